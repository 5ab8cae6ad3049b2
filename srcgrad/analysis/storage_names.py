"""Which names may be names of one storage at a point of generated code, statement by statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.views import may_share

State = Mapping[str, frozenset[Any]]  # the storage that a name may be part of


def storage_after(statement: Any, state: State, scope: Scope) -> State:
    r"""What names stand for after a statement.

    >>> scope = Scope({}, {"a", "b", "c"})
    >>> state = {"a": frozenset({"a"})}
    >>> for statement in gast.parse("b = a[1:]\nc = 2 * a\na = c").body:
    ...     state = storage_after(statement, state, scope)
    >>> shared("b", state), shared("a", state)
    (set(), {'c'})
    """
    if isinstance(statement, gast.Assign):
        found = {key for name in may_share(statement.value, scope) for key in state.get(name, {name})}
        return {**state, **dict.fromkeys(tree.writes(statement.targets), frozenset(found or {id(statement)}))}
    if isinstance(statement, gast.For):
        found = {key for name in may_share(statement.iter, scope) for key in state.get(name, {name})}
        state = {**state, **dict.fromkeys(tree.writes(statement.target), frozenset(found))}
    return _joined(state, *(_after_block(block, state, scope) for block in tree.blocks(statement)))


def head_of(loop: Any, state: State, scope: Scope) -> State:
    """What names may stand for at the start of any turn of a loop, or of any block of a ``try``; else at the start."""
    if isinstance(loop, (gast.If, gast.With)):
        return state
    while (after := storage_after(loop, state, scope)) != state:
        state = after
    return state


def shared(name: str, state: State) -> set[str]:
    """The other names that may be names of a name's storage."""
    mine = state.get(name, frozenset({name}))
    return {other for other, found in state.items() if other != name and not found.isdisjoint(mine)}


def _after_block(statements: list[Any], state: State, scope: Scope) -> State:
    for statement in statements:
        state = storage_after(statement, head_of(statement, state, scope) if tree.blocks(statement) else state, scope)
    return state


def _joined(*states: State) -> State:
    made: dict[str, frozenset[Any]] = {}
    for state in states:
        for name, found in state.items():
            made[name] = made.get(name, frozenset()) | found
    return made
