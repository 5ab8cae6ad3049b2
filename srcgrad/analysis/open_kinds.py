"""Kinds of what is not known yet, or has no end: results of recursive functions, attributes that come later."""

from __future__ import annotations

from srcgrad.analysis.kinds import NEVER, UNKNOWN, Kind, Mapping, Sequence, is_object, items_of, with_elements

_DEEPEST = 3  # objects of one class in each other, of what a recursive function makes


def without_never(kind: Kind) -> Kind:
    """A kind of which nothing is left open: what was never reached is unknown.

    >>> from srcgrad.analysis.kinds import INT
    >>> without_never(Sequence(tuple, (NEVER, INT), NEVER)).items == (UNKNOWN, INT)
    True
    """
    return UNKNOWN if kind == NEVER else with_elements(kind, without_never)


def shortened(kind: Kind, holders: tuple[type, ...] = ()) -> Kind:
    """A kind of which nothing is said of objects that are in several of their own class: it would have no end."""
    if is_object(kind):
        holders = (*holders, kind.type)  # type: ignore[union-attr]
        if holders.count(kind.type) > _DEEPEST:  # type: ignore[union-attr]
            return UNKNOWN
    sites = getattr(kind, "sites", None)
    return with_elements(kind, lambda item: shortened(item, holders), sites)


def waits(kind: Kind) -> bool:
    """Whether something that a value is, or holds, may wait for what is not known yet: an object for attributes."""
    if isinstance(kind, (Sequence, Mapping)):
        return is_object(kind) or any(map(waits, items_of(kind)))
    return kind == NEVER
