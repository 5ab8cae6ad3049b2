"""Constants, and statements that nobody needs.

>>> from srcgrad.writer import to_text
>>> one = tree.constant(1)
>>> print(to_text(constants(tree.binary(tree.name("y"), "*", tree.binary(tree.name("x"), "**", one)))))
y * x
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.effects import is_pure
from srcgrad.analysis.liveness import Liveness
from srcgrad.analysis.scope import Scope

_FOLDED = {"Add": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mult": lambda a, b: a * b}


def constants(node: Any, bound: bool = False) -> Any:
    """A copy in which integer arithmetic is done, and factors and exponents of one are gone.

    What the user wrote stays: ``True * 1`` is not ``True``.  Nor does ``x = y * 1`` become ``x = y``, which would give
    one storage two names: ``bound`` says that the value gets a name.
    """
    if isinstance(node, list):
        return [constants(item) for item in node]
    if not isinstance(node, gast.AST):
        return node
    is_binding = isinstance(node, (gast.Assign, gast.Return, gast.Call, gast.Tuple, gast.List))
    clone = tree.rebuilt(node, lambda value: _inside(value, is_binding))
    if getattr(node, "lineno", None) is not None:
        return clone
    if isinstance(clone, gast.BinOp):
        return _binary(clone, bound)
    if _is_negation(clone) and _is_negation(clone.operand) and not bound:
        return clone.operand.operand
    return clone


def _inside(value: Any, is_binding: bool) -> Any:
    return [constants(item, is_binding) for item in value] if isinstance(value, list) else constants(value, is_binding)


def _is_negation(node: Any) -> bool:
    return isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub)


def _integer(node: Any) -> int | None:
    if isinstance(node, gast.Constant) and type(node.value) is int:
        return int(node.value)
    return None


def _binary(node: Any, bound: bool) -> Any:
    left, right = _integer(node.left), _integer(node.right)
    operator = type(node.op).__name__
    if left is not None and right is not None and operator in _FOLDED:
        return tree.at(tree.constant(_FOLDED[operator](left, right)), node)
    if bound:
        return node
    if operator in ("Mult", "Div", "Pow") and right == 1:
        return node.left
    if operator == "Mult" and left == 1:
        return node.right
    return node


def dead_code(body: list[Any], scope: Scope, live: frozenset[str] = frozenset()) -> list[Any]:
    """The statements without those whose only effect is a value that nobody reads."""
    liveness = Liveness()
    while True:
        made, changed = _sweep(body, live, scope, liveness)
        if not changed:
            return made
        body = made


def _sweep(body: list[Any], live: frozenset[str], scope: Scope, liveness: Liveness) -> tuple[list[Any], bool]:
    kept: list[Any] = []
    changed = False
    for statement in reversed(body):
        made, different = _statement(statement, live, scope, liveness)
        changed = changed or different or made is None
        for item in reversed(made if isinstance(made, list) else [made] if made is not None else []):
            kept.append(item)
            live = liveness.statement(item).before(live)
    return kept[::-1], changed


def _statement(statement: Any, live: frozenset[str], scope: Scope, liveness: Liveness) -> tuple[Any, bool]:
    """What is still needed of a statement (None: nothing), and whether that is a change."""
    if isinstance(statement, (gast.Assign, gast.AugAssign)):
        dead = not tree.writes(statement) & live and not _stores(statement)
        return (None, True) if dead and is_pure(statement.value, scope) else (statement, False)
    if isinstance(statement, gast.If):
        return _if(statement, live, scope, liveness)
    if isinstance(statement, (gast.For, gast.While)):
        return _loop(statement, live, scope, liveness)
    if isinstance(statement, gast.Pass) or (isinstance(statement, gast.Expr) and is_pure(statement.value, scope)):
        return None, True
    return statement, False


def _stores(statement: Any) -> bool:
    left = statement.targets[0] if isinstance(statement, gast.Assign) else statement.target
    return any(isinstance(node, (gast.Subscript, gast.Attribute)) for node in tree.walk(left))


def _if(statement: Any, live: frozenset[str], scope: Scope, liveness: Liveness) -> tuple[Any, bool]:
    body, first = _sweep(statement.body, live, scope, liveness)
    orelse, second = _sweep(statement.orelse, live, scope, liveness)
    if not body and not orelse and is_pure(statement.test, scope):
        return None, True
    if tree.equal(body, orelse) and is_pure(statement.test, scope):
        return body, True
    if not (first or second) and body:
        return statement, False
    if body:
        return tree.if_(statement.test, body, orelse, statement), True
    if orelse:
        return tree.if_(tree.invert(statement.test), orelse, [], statement), True
    return tree.expression(statement.test, statement), True


def _loop(statement: Any, live: frozenset[str], scope: Scope, liveness: Liveness) -> tuple[Any, bool]:
    # what the loop itself needs from one turn to the next counts only if something outside needs it
    around = live
    while True:
        body, changed = _sweep(statement.body, around, scope, liveness)
        head = tree.reads(statement.test) if isinstance(statement, gast.While) else set()
        more = around | liveness.block(body).uses | head
        if more == around:
            break
        around = more
    if not body and isinstance(statement, gast.For) and is_pure(statement.iter, scope):
        return None, True
    if not changed and body:
        return statement, False
    clone = tree.shallow(statement)
    clone.body = body or [gast.Pass()]
    return clone, bool(body) or not (statement.body and isinstance(statement.body[0], gast.Pass))
