"""Which expressions may be left out, repeated or moved, and which are cheap enough to compute a second time."""

from __future__ import annotations

import warnings
from typing import Any

import gast
import numpy as np

from srcgrad import runtime, tree
from srcgrad.analysis import sampling
from srcgrad.analysis.kinds import Array, Scalar, Sequence
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.rules.registry import is_constant, rule_of

_TRIVIAL = (
    gast.Name,
    gast.Constant,
    gast.Subscript,
    gast.Slice,
    gast.Tuple,
    gast.Attribute,
    gast.UnaryOp,
)
_ARITHMETIC = (*_TRIVIAL, gast.BinOp, gast.Compare)
_CONTEXTS = (gast.operator, gast.unaryop, gast.cmpop, gast.expr_context, gast.boolop, gast.keyword)
_IMPURE_METHODS = {
    "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault", "popitem",
    "add", "discard", "fill", "put", "partition", "itemset", "setfield", "setflags", "resize", "byteswap", "write",
    "next", "__next__", "send", "seed", "shuffle", "tofile", "dump",
}  # fmt: skip
_IMPURE_BUILTINS = (print, input, open, next, setattr, delattr, exec, eval, breakpoint, warnings.warn)
_PURE_METHODS = {name for name in dir(np.ndarray) if not name.startswith("_")} - _IMPURE_METHODS


def is_pure(node: Any, scope: Scope) -> bool:
    """Whether evaluating an expression has no effect but its value (and gives the same value again)."""
    return all(_pure_call(item, scope) for item in tree.walk(node) if isinstance(item, gast.Call)) and not any(
        isinstance(item, (gast.NamedExpr, gast.Await, gast.Yield, gast.YieldFrom, gast.Lambda))
        for item in tree.walk(node)
    )


def _pure_call(node: Any, scope: Scope) -> bool:
    function = scope.resolve(node.func)
    if function is MISSING:
        if not isinstance(node.func, gast.Attribute) or node.func.attr not in _PURE_METHODS:
            return False
        base = node.func.value
        if not isinstance(base, gast.Name):
            return True
        # a method is NumPy's only if its object is: of what is generated the kinds are not noted, but it is
        kind = scope.kind_of_name(base.id) if base.id not in scope.local else scope.kinds.get(base.id)
        return kind is None or isinstance(kind, (Scalar, Array, Sequence))
    if any(function is impure for impure in _IMPURE_BUILTINS):
        return False
    if is_user_function(function):
        return getattr(function, "__module__", "") == runtime.__name__
    return (
        rule_of(function) is not None
        or is_constant(function)
        or sampling.can_sample(function)
        or function in (range, list, tuple, zip, enumerate, reversed, sorted, isinstance, getattr, type, dict, slice)
    )


def is_trivial(node: Any) -> bool:
    """Whether an expression is as good as a name: element reads, attributes, signs and index arithmetic of names."""
    for item in tree.walk(node):
        if isinstance(item, gast.BinOp):
            if not _is_index_arithmetic(item):
                return False
        elif not isinstance(item, (*_TRIVIAL, *_CONTEXTS)):
            return False
    return True


def _is_index_arithmetic(node: Any) -> bool:
    return isinstance(node.op, (gast.Add, gast.Sub)) and (
        isinstance(node.right, gast.Constant) and isinstance(node.right.value, int)
    )


def is_cheap(node: Any, scope: Scope, all_scalar: bool) -> bool:
    """Whether computing an expression again costs less than keeping its value.

    Arithmetic always does, but for matrix products; functions of numbers do, functions of arrays do not.
    """
    for item in tree.walk(node):
        if isinstance(item, gast.BinOp) and isinstance(item.op, gast.MatMult):
            return False
        if isinstance(item, gast.Call):
            function = scope.resolve(item.func)
            rule = None if function is MISSING else rule_of(function)
            listed = function in (len, range, min, max, abs, float, int)
            elementwise = rule is not None and rule.form == "elementwise"
            if not listed and not (elementwise and all_scalar):
                return False
            if function in (min, max) and not all_scalar:
                return False
        elif not isinstance(item, (*_ARITHMETIC, *_CONTEXTS)):
            return False
    return True


def all_scalar(node: Any, scope: Scope) -> bool:
    """Whether every local name in an expression is a number (or a sequence of numbers)."""
    for read in tree.reads(node):
        if read in scope.local:
            kind = scope.kinds.get(read)
            if not isinstance(kind, Scalar) and not (isinstance(kind, Sequence) and isinstance(kind.item, Scalar)):
                return False
    return True
