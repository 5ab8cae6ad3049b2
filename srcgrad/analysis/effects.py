"""Which expressions may be left out, repeated or moved, and which are cheap enough to compute a second time."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.classes import acts
from srcgrad.analysis.iterators import uses_up
from srcgrad.analysis.kinds import Scalar, Sequence
from srcgrad.analysis.order import evaluated_before
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.rules.registry import rule_of

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


def is_decision(node: Any) -> bool:
    """Whether a test makes a truth value of its own; any other object may have another one when it is asked again."""
    if isinstance(node, gast.BoolOp):
        return all(map(is_decision, node.values))
    is_not = isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not)
    return is_not or isinstance(node, (gast.Compare, gast.Constant))


def is_pure(node: Any, scope: Scope) -> bool:
    """Whether evaluating an expression has no effect but its value (and gives the same value again)."""
    return not any(
        isinstance(item, (gast.NamedExpr, gast.Await, gast.Yield, gast.YieldFrom, gast.Lambda))
        or (isinstance(item, gast.Call) and not effect_of(item, scope).pure)
        or acts(item, scope)
        or uses_up(item, scope)
        for item in tree.walk(node)
    )


def may_come_first(statement: Any, call: Any, names: Container[str], scope: Scope) -> bool:
    """Whether a call, after which ``names`` may hold something else, may be made before the rest of its statement.

    It is evaluated in any case then, and what comes before it has no effect and looks at none of the names' content.
    """
    value = getattr(statement, "value", None)
    if isinstance(statement, gast.AugAssign) and any(name in names for name in tree.reads(statement.target)):
        return False  # what is updated is read before the value is computed
    before = None if value is None else evaluated_before(value, call)
    return before is not None and all(
        isinstance(part, gast.Name) or (is_pure(part, scope) and not any(name in names for name in tree.reads(part)))
        for part in before
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
