"""Whether an expression that reads changed storage has the same value in the reverse sweep as in the forward sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.contents import content_reads
from srcgrad.analysis.indexing import is_basic
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Array
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_of
from srcgrad.program import Program
from srcgrad.transforms.sweeps import Section, Sweeps


@dataclass(frozen=True)
class _Change:
    """A store, what puts back what it overwrites (None: nothing), and the class of its storage."""

    store: Any
    put: Any
    old: str | None  # the name of what is put back
    storage: str


class Changes:
    """The stores of a function, with what is put back of them in the reverse sweep."""

    def __init__(self, program: Program, scope: Scope, sweeps: Sweeps) -> None:
        self.scope = scope
        restores = (*sweeps.restores, *sweeps.mirrored)
        self.aliases: Aliases | None = aliases_of(program.function, scope) if restores else None
        if self.aliases is not None and sweeps.mirrored:
            self.aliases.join(set(sweeps.shadow_bars))  # any may be in any other
        find = self.aliases.find if self.aliases is not None else str
        self.changes = [_Change(one.store, one.put, one.old, find(one.base)) for one in restores]

    def is_same(self, value: Any, section: Section, defined: int, use: int) -> bool:
        """Whether a value has in front of a reversed statement of a section what it has where it is defined.

        ``defined`` is the place of its definition in the section's forward block, ``use`` that of the reader in the
        reversed block.  All that is stored in between must have been put back by then.
        """
        if self.aliases is None or self.is_view(value):
            return True
        read = {self.aliases.find(name) for name in content_reads(value, self.scope)}
        changes = [change for change in self.changes if change.storage in read]
        if not changes:
            return True
        own = _places(section.forward)
        put_at = _put_places(section.reverse)
        for change in changes:
            place = own.get(id(change.store))
            if place is None:
                continue
            if place > defined and (change.put is None or put_at(change) >= use):
                return False
            if section.loop is not None and change.put is None:
                return False  # of the turns that follow
        return all(self.are_put_back(changes, block, place) for block, place in _around(section))

    @staticmethod
    def are_put_back(changes: list[_Change], section: Section, place: int) -> bool:
        """Whether all is put back that is stored in a section after a place, or anywhere in it if it is a loop's."""
        own = _places(section.forward)
        later = [c for c in changes if id(c.store) in own and (section.loop is not None or own[id(c.store)] > place)]
        return all(change.put is not None for change in later)

    def is_view(self, value: Any) -> bool:
        """Whether a value is a part of an array, which is the same storage whatever it holds."""
        if isinstance(value, gast.Name):
            return True
        infer = Inference(self.scope)
        is_part = tree.is_part(value)
        if not is_part or not isinstance(infer.kind(value.value), Array):
            return False
        kind = infer.kind(value)
        is_array = isinstance(kind, Array) and kind.dims is not None
        return is_array and is_basic(value.slice, infer.kind, self.scope)


def _put_places(block: list[Any]) -> Callable[[_Change], int]:
    """Where in a reversed block what a store overwrites is put back; behind all of it if that cannot be seen."""
    read_at: dict[str, int] = {}
    for number, statement in enumerate(block):
        read_at |= dict.fromkeys(tree.reads(statement) - read_at.keys(), number)
    places = _places(block)

    def place(change: _Change) -> int:
        known = places.get(id(change.put)) if change.old is None else read_at.get(change.old)
        return len(block) if known is None else known

    return place


def _places(block: list[Any]) -> dict[int, int]:
    """For each statement in a block, and inside its statements, the place of the latter."""
    return {id(node): place for place, statement in enumerate(block) for node in tree.walk(statement)}


def _around(section: Section) -> Iterator[tuple[Section, int]]:
    """The sections around a section, each with the place of the statement that the inner one belongs to."""
    while section.parent is not None:
        outer = section.parent
        yield outer, _place_of(section, outer)
        section = outer


def _place_of(section: Section, outer: Section) -> int:
    """The place of the statement of an outer section whose block a section is."""
    for place, statement in enumerate(outer.forward):
        for node in tree.walk(statement):
            if any(block is section.forward for block in tree.blocks(node)):
                return place
    raise AssertionError("a section is a block of the section around it")
