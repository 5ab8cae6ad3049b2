"""The last touch: ``x += t`` where that is what happens, and a comment for each statement that is reversed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.effects import is_pure
from srcgrad.analysis.kinds import Array, Scalar
from srcgrad.analysis.reach import is_code
from srcgrad.analysis.scope import Scope

_LONGEST_TERM = 25  # nodes
_AUGMENTED = {"Add", "Sub", "Mult", "Div"}


def tidy(body: list[Any], scope: Scope) -> list[Any]:
    """Tidy every block of a function's body."""
    made: list[Any] = []
    for statement in body:
        made.extend(_statement(tree.with_blocks(statement, lambda block: tidy(block, scope)), scope))
    return _returned_constant(_one_sum(made, scope))


def _one_sum(body: list[Any], scope: Scope) -> list[Any]:
    """``x = a`` and a later ``x += b`` as ``x = a + b``, for numbers and where nothing in between minds."""
    made = list(body)
    index = 0
    while index < len(made):
        name = tree.single_target(made[index])
        later = _added_later(made, index, name, scope) if name and isinstance(scope.kinds.get(name), Scalar) else None
        if later is None:
            index += 1
            continue
        added = made.pop(later)
        term = tree.at(tree.shallow(added.value), None if hasattr(added.value, "lineno") else added)
        value = gast.BinOp(made[index].value, added.op, term)
        made[index] = tree.assign(str(name), value, made[index])
    return made


def _added_later(body: list[Any], index: int, name: str | None, scope: Scope) -> int | None:
    """Where the next statement that has to do with a name adds something to it that is known before."""
    bound: set[str] = set()
    if isinstance(body[index].value, gast.Name):
        return None  # a copy tells more by itself
    for later in range(index + 1, len(body)):
        statement = body[later]
        if name in tree.identifiers(statement):
            sums = isinstance(statement, gast.AugAssign) and isinstance(statement.op, (gast.Add, gast.Sub))
            if not sums or tree.reads(statement.target) or name in tree.reads(statement.value):
                return None
            if later > index + 1 and not _may_move(statement.value, body[index + 1 : later], scope):
                return None
            if bound & tree.reads(statement.value) or sum(1 for _ in tree.walk(statement.value)) > _LONGEST_TERM:
                return None
            return later
        if tree.blocks(statement) or isinstance(statement, tree.OnReverse):
            return None
        bound |= tree.writes(statement)
    return None


def _may_move(value: Any, over: list[Any], scope: Scope) -> bool:
    """Whether a value is the same before some statements: they bind names only, or it is made of numbers."""
    numbers = all(
        isinstance(scope.kinds.get(n), Scalar) if n in scope.local else is_code(scope.namespace.get(n))
        for n in tree.reads(value)
    )
    harmless = all(tree.single_target(s) is not None and is_pure(s.value, scope) for s in over)
    reads_elements = any(isinstance(node, (gast.Subscript, gast.Attribute)) for node in tree.walk(value))
    return is_pure(value, scope) and (harmless or (numbers and not reads_elements))


def _returned_constant(body: list[Any]) -> list[Any]:
    """``return 0.0`` rather than a name that has just become zero."""
    if len(body) < 2 or not isinstance(body[-1], gast.Return) or not isinstance(body[-1].value, gast.Name):
        return body
    if tree.single_target(body[-2]) != body[-1].value.id or not isinstance(body[-2].value, gast.Constant):
        return body
    return [*body[:-2], tree.return_(body[-2].value, body[-1])]


def _statement(statement: Any, scope: Scope) -> list[Any]:
    if isinstance(statement, gast.Assign):
        return [_augmented(_subtracted(statement), scope)]
    if isinstance(statement, gast.AugAssign):
        statement = _whole(statement, scope)
    if isinstance(statement, gast.AugAssign) and isinstance(statement.op, gast.Add):
        positive = _without_sign(statement.value)
        if positive is not None:
            return [tree.at(gast.AugAssign(statement.target, gast.Sub(), positive), statement)]
    if isinstance(statement, gast.If):
        if isinstance(statement.test, gast.UnaryOp) and isinstance(statement.test.op, gast.Not) and statement.orelse:
            return [tree.if_(statement.test.operand, statement.orelse, statement.body, statement)]
        if tree.equal(statement.body, statement.orelse) and is_pure(statement.test, scope):
            return list(statement.body)
    return [statement]


def _whole(statement: Any, scope: Scope) -> Any:
    """``x += t`` for ``x[...] += t``, and ``x[i] += t`` for ``x[i][...] += t``, where that is done in place as well."""
    target = statement.target
    if not isinstance(target, gast.Subscript) or not tree.is_literal(target.slice, ...):
        return statement
    whole = target.value.value if isinstance(target.value, gast.Subscript) else target.value
    kind = scope.kinds.get(whole.id) if isinstance(whole, gast.Name) else None
    if isinstance(kind, Array) and (kind.dims or whole is not target.value):
        return tree.shallow(statement, target=tree.shallow(target.value, ctx=gast.Store()))
    return statement


def _without_sign(node: Any) -> Any:
    """``t`` for a value ``-t``, where the sign stands in front of a product; None for any other."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        return node.operand
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Mult, gast.Div)):
        left = _without_sign(node.left)
        return None if left is None else tree.at(gast.BinOp(left, node.op, node.right), node)
    return None


def _subtracted(statement: Any) -> Any:
    """``x = x - t`` for ``x = x + -t``."""
    value = statement.value
    if isinstance(value, gast.BinOp) and isinstance(value.op, gast.Add) and isinstance(value.left, gast.Name):
        positive = _without_sign(value.right)
        if positive is not None and value.left.id == tree.single_target(statement):
            return tree.shallow(statement, value=tree.at(gast.BinOp(value.left, gast.Sub(), positive), value))
    return statement


def _augmented(statement: Any, scope: Scope) -> Any:
    """``x = x + t`` as ``x += t`` for a number: there is no storage that anybody else could see."""
    name, value = tree.single_target(statement), statement.value
    if (
        name is not None
        and isinstance(value, gast.BinOp)
        and isinstance(value.left, gast.Name)
        and value.left.id == name
        and type(value.op).__name__ in _AUGMENTED
        and isinstance(scope.kinds.get(name), Scalar)
    ):
        return tree.at(gast.AugAssign(tree.target(name), value.op, value.right), statement)
    return statement


def comment_reversal(
    statements: list[Any], described: Callable[[Any], str | None], header: str | None = None
) -> list[Any]:
    """Put the primal statement as a comment above what reverses it; ``header`` stands above the block already."""
    made: list[Any] = []
    last = header
    for statement in statements:
        text = described(statement)
        if text is not None and text not in (last, header):
            made.append(tree.Comment(text))
            last = text
        if isinstance(statement, tree.OnReverse):
            made.extend(statement.statements)
            continue
        for field in ("body", "orelse"):
            inner = getattr(statement, field, None)
            if inner:
                statement = tree.shallow(statement, **{field: comment_reversal(inner, described, text or header)})
        made.append(statement)
    return made
