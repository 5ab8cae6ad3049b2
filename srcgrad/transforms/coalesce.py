"""Give versions of a name one name again, where they are never needed at the same time.

Two names can be one if neither is bound while the other is still to be read (copies of each other apart).  Tried
are, innermost loops first, the two sides of each copy, then all versions of each of the user's names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.liveness import Liveness
from srcgrad.names import Namer, primal_of


def coalesce(function: Any, namer: Namer, user: set[str]) -> tuple[list[Any], dict[str, str]]:
    """The body of a function with as few names as its live ranges allow, and the new name of each."""
    graph = _Interference(function)
    classes = _Classes(graph, namer, user)
    for _, left, right in sorted(graph.copies, key=lambda item: -item[0]):
        if classes.may_rename(left, right):
            classes.merge(left, right)
    for versions in classes.by_base():
        for other in versions[1:]:
            for first in versions:
                if classes.merge(first, other):
                    break
    names = classes.names()
    return _without_self_copies(tree.renamed(function.body, names)), names


class _Interference:
    """Which names are live when another is bound; sets of names are bits of an integer."""

    def __init__(self, function: Any) -> None:
        self.liveness = Liveness()
        self.order: dict[str, int] = {}
        self.conflicts: dict[str, int] = {}
        self.copies: list[tuple[int, str, str]] = []
        self.parameters = sorted(tree.parameters_of(function))
        self.local = tree.writes(function.body) | set(self.parameters)
        for name in self.parameters:
            self.bit(name)
        live = self.block(function.body, 0, 0)
        for name in self.parameters:
            self.bound(name, live | self.bits(self.parameters))

    def bit(self, name: str) -> int:
        if name not in self.order:
            self.order[name] = len(self.order)
            self.conflicts[name] = 0
        return 1 << self.order[name]

    def bits(self, names: Iterable[str]) -> int:
        found = 0
        for name in sorted(names):
            found |= self.bit(name)
        return found

    def bound(self, name: str, live: int) -> None:
        self.bit(name)
        self.conflicts[name] |= live & ~self.bit(name)

    def block(self, statements: list[Any], live: int, depth: int) -> int:
        for statement in reversed(statements):
            live = self.statement(statement, live, depth)
        return live

    def statement(self, node: Any, live: int, depth: int) -> int:
        if isinstance(node, gast.If):
            body, orelse = self.block(node.body, live, depth), self.block(node.orelse, live, depth)
            return body | orelse | self.bits(tree.reads(node.test))
        if isinstance(node, (gast.For, gast.While)):
            return self.loop(node, live, depth)
        if isinstance(node, gast.With):
            return self.block(node.body, live, depth) | self.bits(tree.reads(node.items))
        if isinstance(node, tree.OnReverse):
            return self.reverse_block(node, live)
        written = tree.writes(node)
        source = 0
        name = tree.single_target(node)
        if name is not None and isinstance(node.value, gast.Name) and node.value.id in self.local:
            source = self.bit(node.value.id)
            self.copies.append((depth, name, node.value.id))
        others = self.bits(written)
        for bound in sorted(written):
            self.bound(bound, (live | others) & ~source)
        return (live & ~others) | self.bits(tree.reads(node))

    def reverse_block(self, node: Any, live: int) -> int:
        """A block of the user's may jump: each name in it is needed as long as the block runs."""
        everything = live | self.bits(tree.identifiers(node))
        for bound in sorted(tree.writes(node)):
            self.bound(bound, everything)
        summary = self.liveness.statement(node)
        return (live & ~self.bits(summary.kills)) | self.bits(summary.uses)

    def loop(self, node: Any, live: int, depth: int) -> int:
        summary = self.liveness.statement(node)
        head = live | self.bits(summary.uses)
        is_for = isinstance(node, gast.For)
        if is_for:
            head |= self.bits(self.liveness.block(node.body).uses - tree.writes(node.target))
        start = self.block(node.body, head, depth + 1)
        if is_for:
            targets = tree.writes(node.target)
            for target in sorted(targets):
                self.bound(target, start | self.bits(targets) | live | head)
            start &= ~self.bits(targets)
        return head | start | self.bits(tree.reads(node.iter if is_for else node.test))


class _Classes:
    """Sets of names that become one name."""

    def __init__(self, graph: _Interference, namer: Namer, user: set[str]) -> None:
        self.graph = graph
        self.namer = namer
        self.user = user
        self.parameters = set(graph.parameters)
        self.parent = {name: name for name in graph.order}
        self.members = {name: graph.bit(name) for name in graph.order}
        self.conflicts = dict(graph.conflicts)

    def find(self, name: str) -> str:
        while self.parent[name] != name:
            self.parent[name] = self.parent[self.parent[name]]
            name = self.parent[name]
        return name

    def is_user(self, name: str) -> bool:
        base = self.namer.base(name)
        return base in self.user or primal_of(base) in self.user

    def may_rename(self, left: str, right: str) -> bool:
        """A copy from one of the user's names to another stays, for the reader's sake."""
        return self.namer.base(left) == self.namer.base(right) or not (self.is_user(left) and self.is_user(right))

    def may_change(self, parameter: str) -> bool:
        """Whether further versions may have a parameter's name: the user's own, and the tangents of these."""
        return parameter in self.user or (parameter.endswith("_dot") and primal_of(parameter) in self.user)

    def merge(self, left: str, right: str) -> bool:
        a, b = self.find(left), self.find(right)
        if a == b:
            return True
        if not {a, b} <= self.graph.local:
            return False  # a global is no version of a name of the function
        if self.conflicts[a] & self.members[b] or self.conflicts[b] & self.members[a]:
            return False
        foreign = {a, b} & self.parameters
        if foreign and (self.namer.base(a) != self.namer.base(b) or not all(map(self.may_change, foreign))):
            return False  # a parameter keeps its name, and nothing else gets it
        first, second = (b, a) if self.rank(b) < self.rank(a) else (a, b)
        self.parent[second] = first
        self.members[first] |= self.members[second]
        self.conflicts[first] |= self.conflicts[second]
        return True

    def rank(self, name: str) -> tuple[bool, bool, bool, int]:
        """Which of two names is kept: parameters, then the user's, then first versions."""
        return (
            name not in self.graph.parameters,
            not self.is_user(name),
            self.namer.base(name) != name,
            self.graph.order[name],
        )

    def by_base(self) -> list[list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.graph.order:
            found.setdefault(self.namer.base(name), []).append(name)
        return [names for base, names in found.items() if len(names) > 1]

    def names(self) -> dict[str, str]:
        return {name: self.find(name) for name in self.graph.order}


def _without_self_copies(body: list[Any]) -> list[Any]:
    kept = []
    for statement in body:
        name = tree.single_target(statement)
        if name is not None and isinstance(statement.value, gast.Name) and statement.value.id == name:
            continue
        for field in ("body", "orelse"):
            if getattr(statement, field, None):
                setattr(statement, field, _without_self_copies(getattr(statement, field)))
        if isinstance(statement, gast.If) and not statement.body:
            if not statement.orelse:
                statement = tree.expression(statement.test, statement)
            else:
                statement = tree.if_(tree.invert(statement.test), statement.orelse, [], statement)
        elif isinstance(statement, (gast.For, gast.While)) and not statement.body:
            statement.body = [gast.Pass()]
        kept.append(statement)
    return kept
