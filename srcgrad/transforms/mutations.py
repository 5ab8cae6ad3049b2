"""Refuse what changes storage that the derivative reads; note what else may change, so that it is not read twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.kinds import Scalar
from srcgrad.analysis.mutation import changed_by
from srcgrad.analysis.scope import Scope, free_names
from srcgrad.errors import refuse
from srcgrad.program import Program


@dataclass(frozen=True)
class _Place:
    """A statement's own expressions, its number in source order, and the loops around it."""

    node: Any
    order: int
    loops: frozenset[int]

    def surely_before(self, other: _Place) -> bool:
        """Whether the statement never runs after the other one has."""
        return self.order < other.order and not self.loops & other.loops


def mutations(program: Program, scope: Scope) -> Program:
    """Return the program with ``unstable``: the names whose storage is changed while the function runs.

    What is built up first and read by the derivative only afterwards is as good as constant.
    """
    places = list(_places(program.function.body))
    free = {id(v): n for n in sorted(free_names(program.function)) if (v := program.namespace.get(n)) is not None}
    changes = [(value, node, place) for place in places for value, node in changed_by(place.node, scope, free)]
    if not changes:
        return program
    aliases = Aliases(program.function, scope)
    facts = activity(program, scope)
    active = facts.active
    readers = [(place, _read_by_derivative(place.node, program, active)) for place in places]
    unstable: set[str] = set()
    for value, node, place in changes:
        for root in sorted(tree.reads(value)):
            if isinstance(scope.kinds.get(root), Scalar):
                continue
            together = aliases.together(root)
            stores_varied = not facts.varied.isdisjoint(tree.reads(node))
            late = {n for reader, names in readers if stores_varied or not place.surely_before(reader) for n in names}
            for name in sorted(together & (late | active)):
                raise refuse(
                    node,
                    program.source,
                    f"{_shown(node)} may change '{program.namer.base(name)}', which the derivative needs",
                    "make a new value instead of changing this one, or work on a copy",
                )
            unstable |= together
    return replace(program, unstable=frozenset(unstable))


def _shown(node: Any) -> str:
    if isinstance(node, gast.Call):
        if any(keyword.arg == "out" for keyword in node.keywords):
            return "'out='"
        function = node.func
        return f"'{function.attr if isinstance(function, gast.Attribute) else getattr(function, 'id', 'this call')}'"
    return "this"


def _places(body: list[Any]) -> Iterator[_Place]:
    """Every statement with what it evaluates itself, in source order."""
    order = 0
    stack: list[tuple[Any, frozenset[int]]] = [(s, frozenset()) for s in reversed(body)]
    while stack:
        statement, loops = stack.pop()
        order += 1
        inner = loops | {id(statement)} if isinstance(statement, (gast.For, gast.While)) else loops
        if not tree.blocks(statement):
            yield _Place(statement, order, loops)
        elif isinstance(statement, gast.For):
            yield _Place(tree.for_(statement.target, statement.iter, []), order, loops)
        elif isinstance(statement, gast.With):
            yield _Place(gast.With(statement.items, [], None), order, loops)
        else:
            yield _Place(tree.expression(statement.test, statement), order, inner)
        for block in reversed(tree.blocks(statement)):
            stack.extend((s, inner) for s in reversed(block))


def _read_by_derivative(node: Any, program: Program, active: frozenset[str]) -> set[str]:
    """The names that a statement with a derivative reads: its value, what it loops over, what is returned."""
    if isinstance(node, gast.Assign) and not active.isdisjoint(tree.writes(node.targets[0])):
        return tree.reads(node.value)
    if isinstance(node, gast.For):
        return tree.reads(node.iter)
    if isinstance(node, gast.Return) and node.value is not None:
        pair = program.has_aux and isinstance(node.value, gast.Tuple)
        return tree.reads(node.value.elts[0] if pair else node.value)
    return set()
