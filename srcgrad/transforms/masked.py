"""Calls of ufuncs that write into ``out`` only ``where`` something is true, as stores to a mask.

``np.divide(a, b, out=y, where=m)`` is ``y[m] = np.divide(a[m], b[m])``: what is left out is not computed, so it is not
differentiated either, whatever it would be.
"""

from __future__ import annotations

from typing import Any, Protocol

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.kinds import Array, Kind, Scalar, same_shape
from srcgrad.analysis.order import made_first
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program


class Worker(Protocol):
    """What rewrites a function."""

    program: Program
    scope: Scope

    def kind(self, node: Any) -> Kind:
        """What is known of the value of an expression."""

    def check_dtype(self, call: Any, target: Any, value: Any) -> None:
        """Refuse what NumPy does not cast."""


def is_masked(call: Any, scope: Scope) -> bool:
    """Whether a call is one of a ufunc with ``out`` and ``where``, and nothing else by name."""
    named = {k.arg for k in call.keywords}
    function = scope.resolve(call.func)
    plain = isinstance(function, np.ufunc) and function.nout == 1 and len(call.args) == function.nin
    return plain and named == {"out", "where"} and not any(isinstance(a, gast.Starred) for a in call.args)


def out_of(call: Any) -> Any:
    """What such a call writes into."""
    return next(k.value for k in call.keywords if k.arg == "out")


def masked(statement: Any, call: Any, worker: Worker) -> list[Any] | None:
    """The statements for one that calls such a function; None where the number of dimensions is not known."""
    value = getattr(statement, "value", None)
    before: list[Any] = []

    def named(node: Any, wish: str = "part") -> Any:
        if isinstance(node, (gast.Name, gast.Constant)):
            return node
        held = worker.program.namer.temporary(wish)
        worker.scope.local.add(held)
        worker.scope.kinds[held] = worker.kind(node)
        before.append(tree.assign(held, node, statement))
        return tree.name(held)

    given = {k.arg: k.value for k in call.keywords}
    kinds = [worker.kind(node) for node in (*call.args, given["out"], given["where"])]
    whole, mask = kinds[-2:]
    known = all(isinstance(k, Scalar) or (isinstance(k, Array) and k.dims is not None) for k in kinds)
    boolean = isinstance(mask, Array) and mask.dtype is not None and mask.dtype.kind == "b"
    if value is None or not (known and boolean and isinstance(whole, Array) and whole.dims and isinstance(mask, Array)):
        return None
    if isinstance(statement, gast.AugAssign) and not isinstance(statement.target, gast.Name):
        return None  # what is updated is read before
    result = worker.program.namer.temporary("out")
    rest = made_first(value, call, tree.name(result), named)
    if rest is None:
        return None
    args = [named(node) for node in call.args]
    out, where = named(given["out"], "out"), named(given["where"], "where")
    numpy = worker.program.external(np, "np")

    def part(node: Any, kind: Kind) -> Any:
        """What is used of an operand."""
        if isinstance(kind, Scalar) or (isinstance(kind, Array) and kind.dims == ()):
            return tree.copy(node)
        shape = tree.attribute(tree.copy(out), "shape")
        spread = tree.call(tree.attribute(numpy, "broadcast_to"), tree.copy(node), shape)
        return tree.subscript(tree.copy(node) if same_shape(kind, whole) else spread, tree.copy(where))

    if not same_shape(Array(mask.dims, None), Array(whole.dims, None)):
        shape = tree.attribute(tree.copy(out), "shape")
        where = named(tree.call(tree.attribute(numpy, "broadcast_to"), where, shape), "where")
    worker.check_dtype(call, out, tree.shallow(call, keywords=[]))
    operands = [part(node, kind) for node, kind in zip(args, kinds, strict=False)]
    target = tree.subscript(tree.copy(out), tree.copy(where), store=True)
    made = tree.at(tree.shallow(call, args=operands, keywords=[]), call)
    stores = [*before, tree.assign(tree.at(target, call), made, statement)]
    if isinstance(statement, gast.Expr) and value is call:
        return stores
    worker.scope.local.add(result)
    worker.scope.kinds[result] = whole
    return [*stores, tree.assign(result, tree.copy(out), statement), tree.shallow(statement, value=rest)]
