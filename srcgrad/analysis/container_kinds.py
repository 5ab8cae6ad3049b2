"""The kinds of displays of dicts, of calls of ``dict``, and of what methods of lists and dicts return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcgrad.analysis.kinds import (
    INT,
    NEVER,
    UNKNOWN,
    Kind,
    Mapping,
    Sequence,
    is_dict,
    join,
    mapping_of,
    without_sites,
)
from srcgrad.analysis.made import key_kind
from srcgrad.analysis.scope import MISSING

Look = Callable[[Any], Any]  # at the kind of a node, or at the literal that it is


def dict_kind(node: Any, kind: Look, literal: Look) -> Kind:
    """The kind of a display of a dict."""
    values = [kind(value) for value in node.values]
    keys = [MISSING if key is None else literal(key) for key in node.keys]
    if not any(key is MISSING for key in keys):
        return _filled_later(mapping_of(dict(zip(keys, values, strict=True)).items()))
    held: list[Kind] = []
    for key, value in zip(node.keys, values, strict=True):
        if key is None and value != NEVER and not isinstance(value, Mapping):
            return UNKNOWN
        held.append(value.item if key is None and isinstance(value, Mapping) else value)
    return Mapping(None, join(*held))


def dict_call_kind(args: list[Any], keywords: list[Any], kind: Look, element: Look) -> Kind:
    """The kind of ``dict(other, key=value)``; ``element`` looks at what is run through."""
    given = mapping_of((k.arg, kind(k.value)) for k in keywords)
    whole = kind(args[0]) if args else None
    if whole is None:
        return _filled_later(given)
    if not isinstance(whole, Mapping) or not is_dict(whole):
        pair = NEVER if whole == NEVER else element(args[0])
        values = pair.items if isinstance(pair, Sequence) and len(pair.items or ()) == 2 else None
        if values is None:
            return NEVER if pair == NEVER else UNKNOWN
        return Mapping(None, join(values[1], *(item for _, item in given.items or ())))
    return Mapping(None, join(whole.item, given.item)) if given.items else whole


def method_kind(base: Kind, node: Any, kind: Look) -> Kind | None:
    """The kind of what a method of a list or a dict returns; None if nothing is said here."""
    name = node.func.attr
    if isinstance(base, Sequence) and base.type is list and name in ("pop", "copy"):
        return base.item if name == "pop" else base
    if isinstance(base, Mapping) and is_dict(base) and name in ("pop", "copy", "get", "setdefault"):
        return base if name == "copy" else join(base.item, *map(kind, node.args[1:2]))
    if isinstance(base, Sequence) and name in ("index", "count"):
        return INT
    if isinstance(base, Mapping) and is_dict(base) and name == "popitem":
        return Sequence(tuple, (key_kind(base), base.item), UNKNOWN)
    return None


def joined_dicts(left: Kind, right: Kind) -> Kind | None:
    """The kind of ``left | right``; None if that is not about dicts."""
    if not isinstance(left, Mapping) or not isinstance(right, Mapping) or not (is_dict(left) and is_dict(right)):
        return None
    return Mapping(None, join(*(side.item for side in (left, right) if side.items != ())))


def _filled_later(kind: Mapping) -> Mapping:
    """An empty dict has no values until something is put in it."""
    return kind if kind.items else Mapping((), NEVER)


def with_own_sites(callee_kind: Callable[..., Kind]) -> Callable[..., Kind]:
    """What finds the kind of a callee's result, in which places are others."""

    def kind(function: Any, args: list[Kind], keywords: dict[str, Kind]) -> Kind:
        named = {name: without_sites(one) for name, one in keywords.items()}
        return without_sites(callee_kind(function, list(map(without_sites, args)), named))

    return kind
