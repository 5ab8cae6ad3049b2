"""Arithmetic of adjoints that raises nothing that the primal would not raise, and loses no digits.

The adjoint of a NumPy scalar may be a Python number, because seeds and constants are.  ``1.0 / 0.0`` raises in Python
and is infinite in NumPy, and a Python number times a float32 array is float32.  So where the primal is NumPy's, a
quotient or power of what may be Python numbers on both sides is spelled ``np.divide(x, y)``; a program of
Python floats keeps Python's operators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Scalar
from srcgrad.analysis.operations import Apply
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.rules.registry import is_numpys

_SPELLED = {gast.Div: "divide", gast.Pow: "power", gast.FloorDiv: "floor_divide"}


class Arithmetic:
    """What is NumPy's in the terms of ``out = operation`` with the cotangent ``d``."""

    def __init__(self, scope: Scope, operation: Apply, out: str, d: Any, uniform: bool) -> None:
        self.scope = scope
        self.out = out
        self.d = d.id if isinstance(d, gast.Name) else None
        self.is_weak = uniform or not isinstance(scope.kind_of_name(out), Array)
        self.kinds = [scope.kind_of_name(o.id) for o in operation.operands() if isinstance(o, gast.Name)]
        self.is_numpys = is_numpys(operation.primitive) or any(map(_is_numpy_kind, self.kinds))

    def mixes_precisions(self) -> bool:
        """Whether an operand has fewer digits than the result, so that a Python number would be rounded to them."""
        whole = _float_size(self.scope.kind_of_name(self.out))
        return whole > 0 and any(0 < _float_size(kind) < whole for kind in self.kinds)

    def type_name(self) -> str:
        """The name of the result's NumPy type, where it is a scalar."""
        kind = self.scope.kind_of_name(self.out)
        return kind.type.__name__ if isinstance(kind, Scalar) else "float64"

    def spelled(self, numpy: Callable[[str], Any]) -> Callable[[Any], Any]:
        """How a filled-in arithmetic expression of a rule is written; ``numpy`` names a function of NumPy's."""

        def spell(node: Any) -> Any:
            function = _SPELLED.get(type(node.op))
            if function is None or not self.is_numpys or self.is_numpy(node.left) or self.is_numpy(node.right):
                return node
            return tree.call(numpy(function), node.left, node.right)

        return spell

    def is_numpy(self, node: Any) -> bool:
        """Whether the value of an expression is surely an array or a NumPy scalar."""
        if isinstance(node, gast.Name):
            if node.id == self.d:
                return not self.is_weak
            return (node.id == self.out and self.is_numpys) or _is_numpy_kind(self.scope.kinds.get(node.id, UNKNOWN))
        if isinstance(node, gast.BinOp):
            return self.is_numpy(node.left) or self.is_numpy(node.right)
        if isinstance(node, gast.UnaryOp):
            return self.is_numpy(node.operand)
        if isinstance(node, gast.IfExp):
            return self.is_numpy(node.body) and self.is_numpy(node.orelse)
        if isinstance(node, gast.Call):
            function = self.scope.resolve(node.func)
            return function is not MISSING and is_numpys(function)
        return False


def _is_numpy_kind(kind: Kind) -> bool:
    return isinstance(kind, Array) or (isinstance(kind, Scalar) and issubclass(kind.type, np.generic))


def _float_size(kind: Kind) -> int:
    """The bytes of a floating point number of a NumPy kind; 0 of any other kind."""
    if isinstance(kind, Array):
        return 0 if kind.dtype is None else _size(kind.dtype)
    if isinstance(kind, Scalar) and issubclass(kind.type, np.inexact):
        return _size(np.dtype(kind.type))
    return 0


def _size(dtype: Any) -> int:
    return int(dtype.itemsize) // (2 if dtype.kind == "c" else 1) if dtype.kind in "fc" else 0


__all__ = ["Arithmetic"]
