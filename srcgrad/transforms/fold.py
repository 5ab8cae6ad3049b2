"""Put copies and single-use temporaries back into the expressions that read them.

A value moves to its only reader if nothing in between binds what it reads, and if it has no effect of its own.
"""

from __future__ import annotations

import bisect
from collections import Counter
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.effects import is_pure
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.analysis.views import Views
from srcgrad.names import Namer, primal_of

_LARGEST = 40  # nodes: longer expressions are harder to read than two statements


class Fold:
    """Folds the temporaries of one function; ``user`` holds the names that the user wrote.

    Only a name that is bound in one place is folded: ``coalesce`` may have run before.
    """

    def __init__(
        self, parameters: set[str], scope: Scope, namer: Namer, user: set[str], unstable: frozenset[str] = frozenset()
    ) -> None:
        self.parameters = parameters
        self.scope = scope
        self.namer = namer
        self.user = user
        self.unstable = unstable
        self.uses: Counter[str] = Counter()
        self.bindings: Counter[str] = Counter()
        self.views = Views([], scope)

    def run(self, body: list[Any]) -> list[Any]:
        """Fold until nothing changes."""
        while True:
            self.uses = Counter(n.id for n in tree.names(body, gast.Load))
            self.bindings = Counter(n.id for n in tree.names(body, gast.Store))
            self.bindings.update(self.parameters)  # bound by the call
            self.views = Views(body, self.scope)
            made, changed = self.block(body)
            if not changed:
                return made
            body = made

    def is_user(self, name: str) -> bool:
        """Whether a name is the user's own, or the adjoint or tangent of one."""
        base = self.namer.base(name)
        return base in self.user or primal_of(base) in self.user

    def is_derived(self, name: str) -> bool:
        """Whether a name is that of an adjoint or a tangent."""
        base = self.namer.base(name)
        return primal_of(base) != base and base not in self.user

    def block(self, statements: list[Any]) -> tuple[list[Any], bool]:
        """Fold what can be folded in one pass over a block."""
        statements = list(statements)
        changed = False
        for index, statement in enumerate(statements):
            for field in ("body", "orelse"):
                inner = getattr(statement, field, None)
                if inner:
                    made, different = self.block(inner)
                    if different:
                        changed = True
                        statement = tree.shallow(statement)
                        setattr(statement, field, made)
                        statements[index] = statement
        facts = _Facts(statements, self.views, self.scope)
        drop: set[int] = set()
        for index, statement in enumerate(statements):
            name = tree.single_target(statement)
            if name is not None and self.bindings[name] == 1 and self.fold(index, name, statements, facts):
                drop.add(index)
        return [s for n, s in enumerate(statements) if n not in drop], changed or bool(drop)

    def fold(self, index: int, name: str, statements: list[Any], facts: _Facts) -> bool:
        """Put one value where it is read, if that changes nothing."""
        value = statements[index].value
        places = facts.reads.get(name, [])
        if not places or sum(facts.counts[name]) != self.uses[name]:
            return False
        copy = isinstance(value, gast.Name)
        if not copy and (self.uses[name] != 1 or self.is_user(name)):
            return False
        if copy and value.id not in self.scope.local and value.id not in self.bindings:
            return False
        if copy and not self.is_derived(name) and self.is_user(name) and self.is_renaming(name, value.id):
            return False
        if not copy and not self.may_move(value, statements[places[0]], name):
            return False
        last = places[-1]
        if any(facts.binds_between(read, index, last) for read in tree.reads(value)):
            return False
        if any(self._in_loop(statements[p], name) for p in places) and not copy:
            return False
        if copy and any(
            facts.binds_at(read, p) and _compound(statements[p]) for p in places for read in tree.reads(value)
        ):
            return False
        if not copy:  # it is still what its own statement belongs to
            value = _placed(value, statements[index])
        for place in places:
            statements[place] = tree.at(tree.substitute(statements[place], {name: value}), statements[place])
        facts.moved(name, value, places)
        return True

    def is_renaming(self, name: str, source: str) -> bool:
        """Whether a copy gives one of the user's values another of the user's names: that stays readable."""
        return self.is_user(source) and self.namer.base(name) != self.namer.base(source)

    def may_move(self, value: Any, reader: Any, name: str) -> bool:
        """Whether a value may be computed where it is read, and reads well there."""
        if not is_pure(value, self.scope) or not self.unstable.isdisjoint(tree.reads(value)):
            return False
        size = sum(1 for _ in tree.walk(value))
        reader_size = sum(1 for _ in tree.walk(_header(reader)))
        return size + reader_size <= 2 * _LARGEST and size <= _LARGEST and self.reads_directly(reader, name)

    @staticmethod
    def reads_directly(reader: Any, name: str) -> bool:
        """Whether the reader's own expressions read the name, once each time it runs."""
        return not isinstance(reader, gast.While) and name in tree.reads(_header(reader))

    @staticmethod
    def _in_loop(statement: Any, name: str) -> bool:
        return _compound(statement) and name not in tree.reads(_header(statement))


def _placed(value: Any, statement: Any) -> Any:
    """A value with the position of its statement, if it has none of its own."""
    return value if getattr(value, "lineno", None) is not None else tree.at(tree.shallow(value), statement)


def _compound(statement: Any) -> bool:
    return bool(tree.blocks(statement)) or isinstance(statement, tree.OnReverse)


def _header(statement: Any) -> Any:
    """What a statement itself evaluates, once."""
    if isinstance(statement, gast.If):
        return statement.test
    if isinstance(statement, gast.For):
        return statement.iter
    if isinstance(statement, (gast.While, gast.With, tree.OnReverse)):
        return []
    return statement


class _Facts:
    """Where the statements of a block (with all inside them) read and bind each name."""

    def __init__(self, statements: list[Any], views: Views, scope: Scope) -> None:
        self.reads: dict[str, list[int]] = {}
        self.counts: dict[str, list[int]] = {}
        self.binds: dict[str, list[int]] = {}
        for index, statement in enumerate(statements):
            found = Counter(n.id for n in tree.names(statement, gast.Load))
            for name, count in found.items():
                self.reads.setdefault(name, []).append(index)
                self.counts.setdefault(name, []).append(count)
            changed = {other for name in _mutated(statement, scope) for other in views.together(name)}
            for name in tree.writes(statement) | changed:
                self.binds.setdefault(name, []).append(index)

    def binds_between(self, name: str, first: int, last: int) -> bool:
        """Whether a statement after ``first`` and before ``last`` binds (or changes) a name."""
        places = self.binds.get(name, [])
        at = bisect.bisect_right(places, first)
        return at < len(places) and places[at] < last

    def binds_at(self, name: str, place: int) -> bool:
        """Whether the statement at a place binds a name."""
        return place in self.binds.get(name, [])

    def moved(self, name: str, value: Any, places: list[int]) -> None:
        """Note that the reads of ``name`` have become reads of what ``value`` reads."""
        counts = self.counts.pop(name)
        del self.reads[name]
        for read in tree.reads(value):
            known = dict(zip(self.reads.get(read, []), self.counts.get(read, []), strict=True))
            for place, count in zip(places, counts, strict=True):
                known[place] = known.get(place, 0) + count
            self.reads[read] = sorted(known)
            self.counts[read] = [known[p] for p in self.reads[read]]


def _mutated(statement: Any, scope: Scope) -> set[str]:
    """The names whose storage a statement may change in place."""
    found = set()
    for node in tree.walk(statement):
        if isinstance(node, gast.Subscript) and isinstance(node.ctx, gast.Store):
            found |= tree.reads(node.value)
        elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            found.add(node.target.id)
        elif isinstance(node, gast.Call):
            changed = effect_of(node, scope).changes
            found |= {name for part in changed if isinstance(part, gast.AST) for name in tree.reads(part)}
    return found
