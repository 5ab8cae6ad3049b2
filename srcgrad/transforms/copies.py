"""Write ``copy.copy`` and ``copy.deepcopy`` as what they do with a value of its kind.

>>> from srcgrad.transforms.examples import show
>>> print(show(copies, '''
... def f(x):
...     y = copy.deepcopy(x)
...     sizes = copy.copy([1.0, 2.0])
...     return y * sizes[0]
... ''', kinds=True))
def f(x):
    y = np.copy(x)
    sizes = [1.0, 2.0].copy()
    return y * sizes[0]
"""

from __future__ import annotations

import copy
import inspect
from typing import Any

import gast
import numpy as np

from srcgrad import structures, tree
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Array, Kind, Mapping, Scalar, Sequence, is_dict, is_fixed, items_of, types_in
from srcgrad.analysis.objects import is_closed
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program

# by which a class says how its objects are copied
_HOOKS = ("__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__new__")


def copies(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Return the program without ``copy.copy`` and ``copy.deepcopy``, where kinds tell what they do."""
    calls = (node for node in tree.walk(program.function.body) if isinstance(node, gast.Call))
    found = [scope.resolve(call.func) for call in calls]
    if not any(one is copy.copy or one is copy.deepcopy for one in found):
        return program
    kind = Inference(scope, callee_kind).kind

    def change(node: Any, clone: Any) -> Any:
        is_plain = isinstance(node, gast.Call) and len(node.args) == 1 and not node.keywords
        function = scope.resolve(node.func) if is_plain else None
        if function is not copy.copy and function is not copy.deepcopy:
            return clone
        given = kind(node.args[0])
        if is_fixed(given) or (function is copy.copy and isinstance(given, Sequence) and given.type is tuple):
            return clone.args[0]
        if _is_copied(given, function is copy.deepcopy):
            if isinstance(given, Array):  # whose method has an order of its own, where this one keeps that of the axes
                function_of_numpy = tree.attribute(program.external(np, "np"), "copy")
                return tree.at(tree.call(function_of_numpy, clone.args[0]), node)
            return tree.at(tree.call(tree.attribute(clone.args[0], "copy")), node)
        if function is copy.deepcopy and _is_detached(given):
            return tree.at(tree.call(program.external(structures.detached, "detached"), clone.args[0]), node)
        return clone

    return program.with_body([tree.remade(statement, change) for statement in program.function.body])


def _is_detached(kind: Kind) -> bool:
    """Whether a copy of a structure, to its last part, is what ``deepcopy`` makes of it."""
    hooks = ((one, name) for one in types_in(kind) if one.__module__ != "builtins" for name in _HOOKS)
    plain = all(_static(one, name) is _static(object, name) for one, name in hooks)
    return plain and isinstance(kind, (Mapping, Sequence)) and is_closed(kind)


def _static(kind: type, name: str) -> Any:
    return inspect.getattr_static(kind, name, None)


def _is_copied(kind: Kind, deep: bool) -> bool:
    """Whether the method ``copy`` does it."""
    if isinstance(kind, Array):
        return kind.dtype is None or kind.dtype.kind != "O"
    is_own = isinstance(kind, Sequence) and kind.type is list
    if not is_own and not is_dict(kind):
        return False
    held = items_of(kind) if isinstance(kind, (Sequence, Mapping)) else ()
    return not deep or all(isinstance(one, Scalar) or is_fixed(one) for one in held)
