"""In which order the kinds of a function's names are found: again and again, until they are wide enough."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.kinds import NEVER, UNKNOWN, Kind, join
from srcgrad.analysis.liveness import certain_reads

_ROUNDS = 12  # how often a kind is widened before it counts as unknown


class Worklist:
    """The bindings of a function, each again when something that it reads has got a wider kind.

    A binding waits until all that it reads has a kind.  What is bound in code that is not reached never gets one, and
    what surely reads that is not reached either.  Bindings that are left in the end, as they wait for each other or for
    what they may not read after all, count what is missing as unknown.
    """

    def __init__(self, bindings: list[Any], kinds: dict[str, Kind], fixed: set[str]) -> None:
        self.bindings = bindings
        self.kinds = kinds
        self.fixed = fixed
        self.bound = {name for left, _, _ in bindings for name in tree.writes(left)}
        self.reads = [tree.reads(value) & self.bound for _, value, _ in bindings]
        self.readers: dict[str, set[int]] = {}
        for number, names in enumerate(self.reads):
            for name in names:
                self.readers.setdefault(name, set()).add(number)
        self.pending = deque(range(len(bindings)))
        self.waiting = set(self.pending)
        self.blocked: set[int] = set()
        self.unreached: set[str] = set()
        self.unbound: set[str] = set()  # of these, what has no value yet, which may be handed on
        self.changes: dict[str, int] = {}

    def __iter__(self) -> Iterator[Any]:
        while self.pending or self.blocked:
            number = self.pending.popleft() if self.pending else min(self.blocked)
            left_over = number in self.blocked and number not in self.waiting
            self.waiting.discard(number)
            self.blocked.discard(number)
            missing = self.reads[number] - self.kinds.keys()
            if missing and self.is_unreached(number, missing):
                self.leave(self.bindings[number])
            elif left_over or not missing:
                yield self.bindings[number]
            else:
                self.blocked.add(number)

    def is_unreached(self, number: int, missing: set[str]) -> bool:
        """Whether the value of a binding is not computed, as what it surely reads is not."""
        value = self.bindings[number][1]
        never = missing & self.unreached
        return not never.isdisjoint(certain_reads(value, arguments=False)) or not (never - self.unbound).isdisjoint(
            certain_reads(value)
        )

    def leave(self, binding: Any) -> None:
        """Note that a binding has no value."""
        left, value, _ = binding
        names = tree.writes(left)
        if isinstance(value, gast.Name) and (value.id not in self.bound or value.id in self.unbound):
            self.unbound |= names
        for name in sorted(names):
            self.found(name, NEVER)

    def found(self, name: str, kind: Kind) -> None:
        """A kind that a name has, one of perhaps several."""
        old = self.kinds.get(name)
        new = kind if old is None else join(old, kind)
        if name in self.fixed or new == old or (kind == NEVER and (old is not None or name in self.unreached)):
            return
        if kind == NEVER:
            self.unreached.add(name)
            self.wake(name)
            return
        self.changes[name] = self.changes.get(name, 0) + 1
        self.kinds[name] = new if self.changes[name] < _ROUNDS else UNKNOWN
        self.wake(name)

    def wake(self, name: str) -> None:
        """Let those that read a name be looked at again."""
        for reader in sorted(self.readers.get(name, ())):
            if reader not in self.waiting:
                self.waiting.add(reader)
                self.pending.append(reader)


def bound_otherwise(function: Any) -> set[str]:
    """The names of a function that get values in other ways than by its bindings."""
    bound = {id(node) for left, _, _ in bindings_of(function.body) for node in tree.walk(left)}
    names = (node for node in tree.names(function.body) if not isinstance(node.ctx, gast.Load))
    return {node.id for node in names if id(node) not in bound}


def bindings_of(body: list[Any]) -> Any:
    """Every binding of the function as (target, value, how)."""
    for node in tree.walk_forward(body):
        if isinstance(node, gast.Assign):
            yield node.targets[0], node.value, "value"
        elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            yield node.target, tree.value_stored(node), "update"
        elif isinstance(node, tree.OnReverse):
            for bar, primal in zip(node.bars, node.primals, strict=True):
                yield bar, primal, "value"
        elif isinstance(node, gast.For):
            yield node.target, node.iter, "element"
