"""Additions in place, which only generated code makes to storage of its own, become new values.

So the derivative of a derivative sees no storage change: ``x_bar[i] += t`` is ``x_bar = with_added(x_bar, i, t)``.
What the primal adds in place to an array that has another name later on, a view of it, stays a change.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import runtime, stacks, structures, tree
from srcgrad.analysis.liveness import Liveness
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.storage_names import State, head_of, shared, storage_after
from srcgrad.errors import refuse
from srcgrad.program import Externals
from srcgrad.source import Source
from srcgrad.transforms.parts_apart import parts_apart

_NEW = {gast.Call, gast.BinOp, gast.UnaryOp, gast.Compare, gast.Constant, gast.Name}  # no storage that is there
_ADDING = (structures.add_into, runtime.add_at)


def additions(function: Any, source: Source, namespace: Any, externals: Externals) -> Any:
    """A generated function without changes of elements.

    Raises DifferentiationError where a stack holds an array that is changed afterwards: it is to see the change.
    """
    scope = Scope(namespace, tree.parameters_of(function) | tree.writes(function.body))
    held = {name for node in tree.walk(function.body) for name in _held_by(node, scope)}
    for node in tree.walk(function.body) if held else ():
        target = tree.stored(node)
        if target is not None and isinstance(target.value, gast.Name) and target.value.id in held:
            reason = f"'{target.value.id}' is changed while it is kept for the reverse sweep"
            raise refuse(node, source, reason, "make new arrays: np.array([...]), np.concatenate, np.where")
    body = parts_apart(function.body, scope, externals, source)
    state = {name: frozenset({name}) for name in tree.parameters_of(function)}
    return tree.shallow(function, body=_block(body, scope, externals, state, frozenset()))


def _held_by(node: Any, scope: Scope) -> set[str]:
    """The names whose storage a call puts on a stack, by themselves or in tuples."""
    if not isinstance(node, gast.Call):
        return set()
    is_append = isinstance(node.func, gast.Attribute) and node.func.attr == "append"
    is_push = is_append or scope.resolve(node.func) is stacks.push
    return {n.id for n in tree.walk(node.args, _NEW) if isinstance(n, gast.Name)} if is_push else set()


def _block(statements: list[Any], scope: Scope, externals: Externals, state: State, after: frozenset[str]) -> list[Any]:
    """A block at whose start names stand for the storage in ``state``; some names are read ``after`` it."""
    made, liveness = [], Liveness()
    for statement, live in zip(statements, liveness.points(statements, after), strict=True):
        if tree.blocks(statement):
            state, live = head_of(statement, state, scope), live | liveness.statement(statement).uses
        clone = tree.with_blocks(statement, lambda block: _block(block, scope, externals, state, live))  # noqa: B023
        whole = getattr(tree.stored(statement), "value", None)
        has_others = isinstance(whole, gast.Name) and not shared(whole.id, state).isdisjoint(live)
        made.append(clone if has_others else _statement(clone, scope, externals))
        state = storage_after(statement, state, scope)
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
