"""What may be put in lists, dicts and objects while a function runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.filled import ANYTHING, Filling, Fillings
from srcgrad.analysis.indexing import is_spliced
from srcgrad.analysis.kinds import (
    KNOWN,
    NEVER,
    UNKNOWN,
    Array,
    Kind,
    Known,
    Mapping,
    Scalar,
    Sequence,
    Unknown,
    is_dict,
    is_object,
    is_tuple,
    items_of,
)
from srcgrad.analysis.known_calls import HOLDER_CHANGES
from srcgrad.analysis.made import element_kind
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_in, stores_something
from srcgrad.analysis.summary import ELEMENTS, Stores


def stored_kinds(function: Any, scope: Scope, kind: Callable[[Any], Kind]) -> dict[str, Fillings]:
    """The names, and the paths of what lies outside, of which stores and calls may change what they hold, and how."""
    nodes = [node for node in tree.walk(function.body) if stores_something(node, scope) or tree.stored(node)]
    found: dict[str, Fillings] = {}
    if nodes:
        aliases = aliases_in(function, scope)
        for node in nodes:
            if (target := tree.stored(node)) is not None:
                keys = aliases.sources(target.value) if aliases.holds(target.value) else set()
                holder = kind(target.value)
                known = tree.is_field(target) and is_object(holder)
                key = target.slice.value if known else _key_of(target, node, holder, scope)
                holder = replace(holder, items=(), item=NEVER) if known else holder  # type: ignore[type-var]
                stored = Filling(holder, _stored_in(target, node, kind), key)
                is_open = isinstance(holder, Unknown) and not known
                fillings = frozenset() if holder == NEVER else _in_any(stored) if is_open else frozenset([stored])
            else:
                effect = aliases.effect(node)  # of which arrays get other numbers only
                held = tuple(part for part in effect.changes if not _is_array(part, kind))
                effect = replace(effect, changes=held)
                keys = aliases.changed_by(effect) | aliases.kept_by(effect)
                parts = (*effect.changes, *(part for group in effect.keeps for part in group))
                fillings = frozenset([ANYTHING]) if effect.objects else _fillings(node, parts, kind)
                if effect.stores is not None and not effect.objects and not _is_holder_method(node, kind):
                    fillings = frozenset(one for part in parts for one in _stored_by(effect.stores, part, kind))
            for name in {other for key in keys for other in aliases.together(key)} if fillings else ():
                found[name] = found.get(name, frozenset()) | fillings
    return found


def _in_any(one: Filling) -> Fillings:
    """What is put in an element of what is not known: a list or a dict, as objects have attributes only."""
    return frozenset(replace(one, holder=kind) for kind in (Sequence(list, None, UNKNOWN), Mapping(None, UNKNOWN)))


def _key_of(target: Any, node: Any, holder: Kind, scope: Scope) -> str | None:
    """The key of a dict that a store gives another value; None if it is not known, or removed."""
    key = None if tree.is_removal(node) else scope.literal(target.slice)
    return key if is_dict(holder) and isinstance(key, str) else None


def _stored_in(target: Any, node: Any, kind: Callable[[Any], Kind]) -> Kind:
    """The kind of what a store puts into a list or dict; NEVER if that is nothing."""
    if tree.is_removal(node):
        return NEVER
    stored = kind(tree.value_stored(node))
    if is_spliced(target, kind):
        return NEVER if getattr(stored, "items", None) == () else element_kind(stored)
    return stored


def _is_array(part: Any, kind: Callable[[Any], Kind]) -> bool:
    """Whether what a call changes is an array."""
    return isinstance(part, gast.AST) and isinstance(kind(part), Array)


def _fillings(node: Any, parts: tuple[Any, ...], kind: Callable[[Any], Kind]) -> Fillings:
    """What a call puts into what it changes: of methods of lists and dicts that is known, else it may be anything."""
    holder = kind(node.func.value) if isinstance(node.func, gast.Attribute) else UNKNOWN
    if holder == NEVER:
        return frozenset()
    is_list = isinstance(holder, Sequence) and holder.type is list
    if not (is_list or is_dict(holder)):  # a method of the user's may be called the same
        return frozenset().union(*(_reached(kind(p) if isinstance(p, gast.AST) else UNKNOWN) for p in parts))
    if node.func.attr in HOLDER_CHANGES:
        return frozenset([Filling(holder, NEVER)])
    takes_one = node.func.attr in ("append", "insert", "setdefault") and bool(node.args)
    return frozenset([Filling(holder, kind(node.args[-1]) if takes_one else UNKNOWN)])


def _is_holder_method(node: Any, kind: Callable[[Any], Kind]) -> bool:
    """Whether a call is one of a method of a list or a dict."""
    holder = kind(node.func.value) if isinstance(node.func, gast.Attribute) else UNKNOWN
    return holder == NEVER or is_dict(holder) or (isinstance(holder, Sequence) and holder.type is list)


def _stored_by(stores: Stores, part: Any, kind: Callable[[Any], Kind]) -> Fillings:
    """What a call stores in attributes, and in the lists and dicts that it reaches from a value."""
    found = frozenset(Filling(Mapping((), NEVER, t), UNKNOWN, name) for t, name in stores - {ELEMENTS})
    if ELEMENTS in stores:
        inside = _reached(kind(part) if isinstance(part, gast.AST) else UNKNOWN)
        found |= frozenset(one for one in inside if one != ANYTHING and not is_object(one.holder))
        found |= _in_any(ANYTHING) if ANYTHING in inside else frozenset()
    return found


def _reached(kind: Kind) -> Fillings:
    """What a call may put, which is not known, in what it reaches from a value: in that, or in what that holds."""
    if (
        isinstance(kind, (Array, Scalar))
        or kind == NEVER
        or (isinstance(kind, Known) and isinstance(kind.value, KNOWN))
    ):
        return frozenset()
    if not isinstance(kind, (Mapping, Sequence)):
        return frozenset([ANYTHING])
    inside = frozenset().union(*map(_reached, items_of(kind)))
    if is_object(kind):
        return inside | {Filling(Mapping((), NEVER, kind.type), UNKNOWN)}
    return inside if is_tuple(kind) else inside | {Filling(kind, UNKNOWN)}
