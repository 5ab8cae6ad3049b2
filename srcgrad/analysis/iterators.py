"""What is used up when it is run through: iterators, and what may be one."""

from __future__ import annotations

import math
from typing import Any

import gast

from srcgrad.analysis import known_calls as known
from srcgrad.analysis.computing import is_in
from srcgrad.analysis.kinds import Array, Known, Scalar, Sequence, is_dict, is_tuple
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.scope import MISSING, Scope


def run_through(function: Any, arguments: list[Any]) -> list[Any]:
    """The arguments that a consuming function iterates over: the larger of two numbers is no iteration."""
    if function in (max, min):
        return arguments if len(arguments) == 1 else []
    return arguments[:1] if function in (sum, math.prod, enumerate) else arguments


def is_iterator(node: Any, scope: Scope) -> bool:
    """Whether a value surely is an iterator, or runs through one: it is used up when it is run through."""
    if isinstance(node, gast.Name):
        kind = scope.kind_of_name(node.id)
        if isinstance(kind, Sequence):
            return kind.type not in (list, range, sorted) and not is_tuple(kind)
        return isinstance(kind, Known) and hasattr(kind.value, "__next__")
    if isinstance(node, gast.Call):
        function = scope.resolve(node.func)
        return function is next or (is_in(function, known.ITERATORS) and any(is_iterator(a, scope) for a in node.args))
    return False


def is_sized(node: Any, scope: Scope) -> bool:
    """Whether a value surely can be run through again."""
    if isinstance(node, gast.Name):
        kind = scope.kind_of_name(node.id)
        return (
            isinstance(kind, (Array, Scalar))
            or is_dict(kind)
            or is_tuple(kind)
            or (isinstance(kind, Sequence) and kind.type in (list, range, sorted))
        )
    if isinstance(node, gast.Call):
        function = scope.resolve(node.func)
        if is_in(function, known.ITERATORS):
            return all(is_sized(a, scope) for a in node.args)
        return not is_user_function(function) and function is not MISSING and function is not next
    return isinstance(node, gast.AST) and not isinstance(node, (gast.Attribute, gast.Subscript))


def uses_up(node: Any, scope: Scope) -> bool:
    """Whether a node runs through what can perhaps be run through once only: a comprehension, a star, ``in``."""
    if isinstance(node, gast.comprehension):
        return not is_sized(node.iter, scope)
    if isinstance(node, gast.Starred):
        return isinstance(node.ctx, gast.Load) and not is_sized(node.value, scope)
    if isinstance(node, gast.Compare) and any(isinstance(op, (gast.In, gast.NotIn)) for op in node.ops):
        return not all(is_sized(part, scope) for part in node.comparators)
    return False
