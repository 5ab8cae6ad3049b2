"""What is known of lists, dicts and objects that may have got other elements while a function runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from srcgrad.analysis.kinds import NEVER, UNKNOWN, Kind, Mapping, Sequence, Unknown, is_object, join


@dataclass(frozen=True)
class Filling:
    """What may be put in a list or dict while a function runs: a value of a kind, in a ``holder`` of a kind.

    ``key`` is the name of an attribute, or a key of a dict, None where it is not known which it is.
    """

    holder: Kind
    stored: Kind
    key: str | None = None


Fillings: TypeAlias = frozenset[Filling]
_DEEPEST = 3  # lists put in lists
ANYTHING = Filling(UNKNOWN, UNKNOWN)


def filled(kind: Kind, fillings: Fillings) -> Kind:
    """A kind whose lists and dicts may have got other elements, or have lost some, where they may be the holders.

    >>> from srcgrad.analysis.kinds import FLOAT, kind_of
    >>> numbers = frozenset([Filling(UNKNOWN, FLOAT)])
    >>> filled(kind_of(([1, 2], 3)), numbers).items[0].item.types == {int, float}
    True
    >>> filled(kind_of([[1, 2]]), frozenset([Filling(kind_of([1]), FLOAT)])).item.items is None
    True
    """
    return _Filled(fillings).kind(kind, 0)


class _Filled:
    """What kinds become by some fillings; what is put in something is looked at once for each depth."""

    def __init__(self, fillings: Fillings) -> None:
        self.fillings = fillings
        self.stored: dict[tuple[int, int], Kind] = {}

    def kind(self, kind: Kind, depth: int) -> Kind:
        if is_object(kind):
            return self.object(kind, depth)  # type: ignore[arg-type]
        if isinstance(kind, Mapping) or (isinstance(kind, Sequence) and kind.type is list):
            mine = [one for one in self.fillings if _may_be_one(kind, one.holder)]
            if not mine:
                return self.with_items(kind, depth)
            if isinstance(kind, Mapping) and kind.items and {one.key for one in mine} <= dict(kind.items).keys():
                pairs = self.exchanged(kind, mine, depth)
                return Mapping(tuple(pairs.items()), join(*pairs.values()), sites=kind.sites)
            deeper = [self.deeper(one.stored, depth) for one in mine]
            own = NEVER if kind.items == () else self.kind(kind.item, depth)
            item = join(own, *deeper)
            is_dict = isinstance(kind, Mapping)
            return Mapping(None, item, sites=kind.sites) if is_dict else Sequence(list, None, item, kind.sites)
        return self.with_items(kind, depth) if isinstance(kind, Sequence) else kind

    def object(self, kind: Mapping, depth: int) -> Mapping:
        """An object some of whose attributes may have got other values."""
        mine = [one for one in self.fillings if _may_be_one(kind, one.holder)]
        if kind.items is None or any(one.key is None for one in mine):
            return replace(kind, items=None, item=join(kind.item, *(one.stored for one in mine)))
        return kind.with_items(self.exchanged(kind, mine, depth).items())

    def exchanged(self, kind: Mapping, mine: list[Filling], depth: int) -> dict[Any, Kind]:
        """What is known of values by their keys, some of which may have got others."""
        pairs = {key: self.kind(item, depth) for key, item in kind.items or ()}
        for one in sorted(mine, key=lambda one: str(one.key)):
            stored = self.deeper(one.stored, depth)
            pairs[one.key] = join(pairs.get(one.key, stored), stored)
        return pairs

    def deeper(self, stored: Kind, depth: int) -> Kind:
        """What is put in something, with what may be put in that."""
        if not isinstance(stored, (Mapping, Sequence)):
            return stored
        if (id(stored), depth) not in self.stored:  # which a filling holds as long as this lives
            self.stored[id(stored), depth] = self.kind(stored, depth + 1) if depth < _DEEPEST else UNKNOWN
        return self.stored[id(stored), depth]

    def with_items(self, kind: Sequence | Mapping, depth: int) -> Kind:
        """A container of the same length, whose elements may have got others."""
        if isinstance(kind, Mapping):
            pairs = None if kind.items is None else tuple((key, self.kind(item, depth)) for key, item in kind.items)
            return Mapping(pairs, self.kind(kind.item, depth), sites=kind.sites)
        if kind.items is None:
            return Sequence(kind.type, None, self.kind(kind.item, depth), kind.sites)
        items = tuple(self.kind(item, depth) for item in kind.items)
        return Sequence(kind.type, items, join(*items) if items else kind.item, kind.sites)


def _are_made_apart(left: Kind, right: Kind) -> bool:
    """Whether two lists or dicts are made by different displays."""
    sites = [kind.sites for kind in (left, right) if isinstance(kind, (Mapping, Sequence)) and kind.sites is not None]
    return len(sites) == 2 and sites[0].isdisjoint(sites[1])


def _may_be_one(left: Kind, right: Kind) -> bool:
    """Whether two kinds may be those of one object, as far as it is seen that it is no container or another one."""
    if isinstance(left, Unknown) or isinstance(right, Unknown) or NEVER in (left, right):
        return True
    if _are_made_apart(left, right):
        return False
    if isinstance(left, Sequence) and isinstance(right, Sequence):
        return left.type is right.type and (() in (left.items, right.items) or _may_be_one(left.item, right.item))
    if is_object(left) or is_object(right):
        classes = getattr(left, "type", None), getattr(right, "type", None)
        return is_object(left) and is_object(right) and (classes[0] is classes[1] or object in classes)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return () in (left.items, right.items) or _may_be_one(left.item, right.item)
    holders = (Sequence, Mapping)
    return not (isinstance(left, holders) or isinstance(right, holders))
