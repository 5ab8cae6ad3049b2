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
    scope = Scope(namespace, tree.identifiers(function.args) | tree.writes(function.body))
    return tree.shallow(function, body=_block(function.body, scope, externals))


def _block(statements: list[Any], scope: Scope, externals: Externals) -> list[Any]:
    made = []
    for statement in statements:
        clone = tree.shallow(statement)
        for field in ("body", "orelse"):
            if isinstance(inner := getattr(clone, field, None), list):
                setattr(clone, field, _block(inner, scope, externals))
        made.append(_statement(clone, scope, externals))
    return made


def _statement(statement: Any, scope: Scope, externals: Externals) -> Any:
    if isinstance(statement, gast.AugAssign) and isinstance(statement.target, gast.Subscript):
        whole, index, value = statement.target.value, _index(statement.target.slice), statement.value
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
    added = tree.call(externals.name_of(structures.with_added, "with_added"), tree.name(whole.id), index, value)
    return tree.assign(whole.id, tree.at(added, statement), statement)


def _index(node: Any) -> Any:
    """What stands between brackets as an expression."""
    if isinstance(node, gast.Slice):
        return tree.call(
            "slice", *[tree.constant(None) if p is None else p for p in (node.lower, node.upper, node.step)]
        )
    return tree.tuple_(map(_index, node.elts)) if isinstance(node, gast.Tuple) else node
