"""Activity: which names depend on what is differentiated (varied) and reach the result (useful)."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.aliases import HIDDEN, Aliases
from srcgrad.analysis.kinds import UNKNOWN, is_discrete
from srcgrad.analysis.reads import is_mapping, real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_in, stores_something
from srcgrad.program import Program


@dataclass(frozen=True)
class Activity:
    """The names that depend on ``wrt``, those that the result depends on, and those of which both is true."""

    varied: frozenset[str]
    useful: frozenset[str]
    active: frozenset[str]


def activity(program: Program, scope: Scope) -> Activity:
    """Follow derivatives forward from ``wrt`` and back from the returned value, through what is stored on the way."""
    edges = _Edges()
    results: set[str] = set()
    stores = list(_stores(program, scope, edges))
    written = _Written(program, scope)
    for node in tree.walk_forward(program.function.body):
        if isinstance(node, tree.OnReverse):  # what the block makes of an adjoint goes on backwards
            results |= {name for name in tree.reads(node.primals) if _is_real(name, program, scope)}
        elif isinstance(node, gast.Return):
            value = node.value.elts[0] if program.has_aux and node.value is not None else node.value
            results |= set() if value is None else real_reads(value, scope) | stored_in(value, stores)
        elif tree.stored(node) is not None:
            names = written(node)
            edges.add(real_reads(node.value, scope) | stored_in(node.value, stores), names)
            base = {tree.stored(node).value.id}
            edges.add(names, base)  # what one of them has the others have
            edges.add(base, names)
        elif isinstance(node, (gast.Assign, gast.For)):
            left, value = (node.target, node.iter) if isinstance(node, gast.For) else (node.targets[0], node.value)
            bound = {name for name in tree.writes(left) if _is_real(name, program, scope)}
            if not (isinstance(node, gast.For) and is_mapping(value, scope)):
                edges.add(real_reads(value, scope) | stored_in(value, stores), bound)
        elif isinstance(node, gast.comprehension):
            edges.add(real_reads(node.iter, scope), tree.writes(node.target))
        elif isinstance(node, gast.Lambda) and any(stores_something(n, scope) for n in tree.walk(node.body)):
            edges.add(set(program.wrt), tree.parameters_of(node))  # who calls it with what is not followed
    varied = _closure(set(program.wrt), edges.forward)
    useful = _closure(results, edges.backward)
    return Activity(frozenset(varied), frozenset(useful), frozenset(varied & useful))


def _is_real(name: str, program: Program, scope: Scope) -> bool:
    return name not in program.stopped and not is_discrete(scope.kinds.get(name, UNKNOWN))


@dataclass
class _Written:
    """Finds the names that see what a statement stores in an element or a slice."""

    program: Program
    scope: Scope

    def __call__(self, node: Any) -> set[str]:
        """The name that is stored to, and those that may share its storage."""
        names = {key for base in self.aliases.sources(tree.stored(node).value) for key in self.aliases.together(base)}
        return {name for name in names if name not in self.scope.local or _is_real(name, self.program, self.scope)}

    @functools.cached_property
    def aliases(self) -> Aliases:
        return aliases_in(self.program.function, self.scope)


@dataclass
class _Edges:
    forward: dict[str, set[str]] = field(default_factory=dict)
    backward: dict[str, set[str]] = field(default_factory=dict)

    def add(self, sources: set[str], bound: set[str]) -> None:
        for name in bound:
            self.backward.setdefault(name, set()).update(sources)
        for source in sources:
            self.forward.setdefault(source, set()).update(bound)


def _stores(program: Program, scope: Scope, edges: _Edges) -> Iterator[Callable[[Any], set[str]]]:
    """Add the edges of calls that store what they are given; yield what finds the stored-to storage in expressions."""
    calls = [node for node in tree.walk_forward(program.function.body) if stores_something(node, scope)]
    if not calls:
        return
    aliases = aliases_in(program.function, scope)
    outside: set[str] = set()
    for node in calls:
        effect = aliases.effect(node)
        arguments = [node.func.value] if isinstance(node.func, gast.Attribute) else []
        arguments += [*node.args, *(k.value for k in node.keywords)]
        sources = {name for a in arguments for name in real_reads(a, scope)}
        parts = [*effect.changes, *(part for group in effect.keeps for part in group)]
        keys = {key for part in parts for key in ({HIDDEN} if part is None else aliases.sources(part))}
        keys |= aliases.paths_of(effect.objects)
        keys = {other for key in keys for other in aliases.together(key)}
        local = {key for key in keys if key in scope.local and _is_real(key, program, scope)}
        beyond = {key for key in keys if key not in scope.local}
        edges.add(sources, local | beyond)
        outside |= beyond
    if outside:
        yield lambda value: aliases.mentions(value) & outside


def stored_in(value: Any, stores: list[Callable[[Any], set[str]]]) -> set[str]:
    """The storage out of the function that a call may have stored to, and that an expression reads."""
    return {key for find in stores for key in find(value)}


def _closure(start: set[str], edges: dict[str, set[str]]) -> set[str]:
    found = set(start)
    pending = deque(start)
    while pending:
        for reached in edges.get(pending.popleft(), ()):
            if reached not in found:
                found.add(reached)
                pending.append(reached)
    return found


def is_active(node: Any, scope: Scope, names: frozenset[str]) -> bool:
    """Whether a derivative reaches the value of an expression from one of ``names``."""
    return not names.isdisjoint(real_reads(node, scope))
