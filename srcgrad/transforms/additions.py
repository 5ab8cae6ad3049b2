"""Additions in place, which only generated code makes to storage of its own, become new values.

So the derivative of a derivative sees no storage change: ``x_bar[i] += t`` is ``x_bar = with_added(x_bar, i, t)``.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import runtime, structures, tree
from srcgrad.analysis.scope import Scope
from srcgrad.program import Externals

_ADDING = (structures.add_into, runtime.add_at)


def additions(function: Any, namespace: Any, externals: Externals) -> Any:
    """A generated function without changes of elements."""
    own = tree.parameters_of(function) | tree.writes(function.body)
    return tree.shallow(function, body=_block(function.body, Scope(namespace, own), externals))


def _block(statements: list[Any], scope: Scope, externals: Externals) -> list[Any]:
    made = []
    for statement in statements:
        statement = tree.with_blocks(statement, lambda block: _block(block, scope, externals))
        made.append(_statement(statement, scope, externals))
    return made


def _statement(statement: Any, scope: Scope, externals: Externals) -> Any:
    if isinstance(statement, gast.AugAssign) and isinstance(statement.target, gast.Subscript):
        whole, index, value = statement.target.value, statement.target.slice, statement.value
        if isinstance(statement.op, gast.Sub):
            value = tree.negate(value)
        elif not isinstance(statement.op, gast.Add):
            return statement
    elif isinstance(statement, (gast.Expr, gast.Assign)) and isinstance(statement.value, gast.Call):
        call = statement.value
        if not any(scope.resolve(call.func) is adding for adding in _ADDING):
            return statement
        whole, index, value = call.args
    else:
        return statement
    if not isinstance(whole, gast.Name):
        return statement
    helper = externals.name_of(structures.with_added, "with_added", scope.local)
    added = tree.call(helper, tree.name(whole.id), _index(index, externals, scope), value)
    return tree.assign(whole.id, tree.at(added, statement), statement)


def _index(node: Any, externals: Externals, scope: Scope) -> Any:
    """What stands between brackets as an expression."""
    if isinstance(node, gast.Slice):
        parts = [tree.constant(None) if p is None else p for p in (node.lower, node.upper, node.step)]
        return tree.call(externals.name_of(structures.span, "span", scope.local), *parts)
    return tree.tuple_(_index(item, externals, scope) for item in node.elts) if isinstance(node, gast.Tuple) else node
