"""Plain objects: what is known of their attributes, and which function a method is."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.kinds import (
    KNOWN,
    NEVER,
    PLAIN,
    TEXT,
    UNKNOWN,
    Array,
    Kind,
    Known,
    Mapping,
    Scalar,
    Sequence,
    is_object,
    items_of,
    join,
)
from srcgrad.objects import is_named_tuple

ABSENT = tree.REMOVED
CalleeKind = Callable[[types.FunctionType, list[Kind], dict[str, Kind]], Kind]


@dataclass(frozen=True)
class Method:
    """The function that a method is, and what it gets before the arguments: the object, its class, or nothing."""

    function: Any
    first: Any  # True for the object, False for nothing, or the class


def holds_object(kind: Kind | None) -> bool:
    """Whether a value is, or holds, an object whose attributes are followed."""
    if isinstance(kind, (Mapping, Sequence)):
        return is_object(kind) or is_named(kind) or any(map(holds_object, items_of(kind)))
    return False


def is_named(kind: Kind) -> bool:
    """Whether a value surely is a named tuple."""
    return isinstance(kind, Sequence) and is_named_tuple(kind.type)


def is_closed(kind: Kind) -> bool:
    """Whether a value holds nothing but numbers, arrays of numbers, and containers and plain objects of these.

    >>> from srcgrad.analysis.kinds import kind_of
    >>> is_closed(kind_of([1.0, None])), is_closed(Sequence(list, None, UNKNOWN))
    (True, False)
    """
    if isinstance(kind, (Sequence, Mapping)):
        return all(map(is_closed, items_of(kind)))
    if isinstance(kind, Array):
        return kind.dtype is not None and kind.dtype.kind != "O"
    plain = isinstance(kind, Known) and (kind in (NEVER, TEXT, PLAIN) or isinstance(kind.value, KNOWN))
    return plain or isinstance(kind, Scalar)


def outline(kind: Kind) -> Kind:
    """What a kind says of objects and of how they are held, numbers and sizes apart.

    >>> from srcgrad.analysis.kinds import INT
    >>> outline(Sequence(list, (INT, INT), INT)).items is None
    True
    """
    if isinstance(kind, Mapping):
        pairs = None if kind.items is None else tuple((key, outline(item)) for key, item in kind.items)
        return replace(kind, items=pairs, item=outline(kind.item), sites=None)
    if isinstance(kind, Sequence):
        items = None if kind.items is None else tuple(map(outline, kind.items))
        return Sequence(kind.type, None if len(set(items or ())) < 2 else items, outline(kind.item))
    if isinstance(kind, Array):
        return Array(None, None)
    return kind if isinstance(kind, (Scalar, Known)) else UNKNOWN


def field_kind(whole: Sequence, name: str) -> Kind:
    """What is known of a field of a named tuple."""
    fields: Any = getattr(whole.type, "_fields", ())
    return whole.items[fields.index(name)] if whole.items is not None and name in fields else UNKNOWN


def replaced_kind(whole: Sequence, node: Any, kind: Callable[[Any], Kind]) -> Kind:
    """What is known of ``x._replace(field=...)``."""
    given = {k.arg: kind(k.value) for k in node.keywords}
    items = tuple(given.get(name) or field_kind(whole, name) for name in getattr(whole.type, "_fields", ()))
    return Sequence(whole.type, items, join(*items))


def class_entry(kind: type, name: str) -> Any:
    """What a class, or one that it inherits from, has under a name, as it stands there; ABSENT if there is nothing."""
    return next((vars(one)[name] for one in kind.__mro__ if name in vars(one)), ABSENT)


def is_data_descriptor(own: Any) -> bool:
    """Whether something in a class comes before what its objects have under that name: a property, say."""
    return hasattr(type(own), "__set__") or hasattr(type(own), "__delete__")


def may_have(whole: Mapping, name: str) -> bool:
    """Whether an object may have an attribute itself, and not from its class."""
    return whole.items is None or name in dict(whole.items)


def is_attribute(whole: Mapping, name: str) -> bool:
    """Whether ``x.name`` surely is what the object has, or a plain value that its class has in its place."""
    own = class_entry(whole.type, name)
    plain = not hasattr(type(own), "__get__") and not is_data_descriptor(own)
    return whole.type is not object and (own is ABSENT or (plain and may_have(whole, name)))


def attribute_kind(whole: Mapping, attribute: str, callee_kind: CalleeKind | None = None) -> Kind:
    """What is known of an attribute of an object; of a property if it is known how kinds of results are found."""
    own = class_entry(whole.type, attribute)
    if isinstance(own, property):
        known = isinstance(own.fget, types.FunctionType) and callee_kind is not None
        return callee_kind(own.fget, [whole], {}) if known else UNKNOWN  # type: ignore[misc,arg-type]
    if whole.items is None:
        return whole.item
    pairs: dict[str, Kind] = dict(whole.items)
    if attribute in pairs:
        return UNKNOWN if hasattr(type(own), "__get__") else pairs[attribute]
    return NEVER if own is ABSENT else UNKNOWN  # which it gets later; a method, or a value of the class


def method_of(own: Any, kind: type) -> Method | None:
    """The function that stands in a class, or in one of its bases, under the name of a method."""
    if isinstance(own, staticmethod):
        return Method(own.__func__, False)
    if isinstance(own, classmethod):
        return Method(own.__func__, kind)
    return Method(own, True) if isinstance(own, types.FunctionType) else None


def method_named(whole: Mapping | Sequence, name: str) -> Method | None:
    """The function that is called by ``x.name(...)``; None if that is not known: the object may have one of its own."""
    own = class_entry(whole.type, name)
    if isinstance(whole, Sequence) or name.startswith("__"):  # which Python looks up in the class
        return method_of(own, whole.type)
    if own is ABSENT:
        held = dict(whole.items or ()).get(name)
        is_known = isinstance(held, Known) and isinstance(held.value, KNOWN) and callable(held.value)
        return Method(held.value, False) if is_known else None  # type: ignore[union-attr]
    return None if may_have(whole, name) else method_of(own, whole.type)


def inherited(name: str, whole: Kind, owner: Any) -> Method | None:
    """The function that ``super(owner, x).name`` is."""
    if not isinstance(whole, Mapping) or not is_object(whole) or owner not in whole.type.__mro__:
        return None
    bases = whole.type.__mro__[whole.type.__mro__.index(owner) + 1 :]
    own = next((vars(base)[name] for base in bases if name in vars(base)), None)
    return Method(own, True) if own is object.__init__ else method_of(own, whole.type)


def kind_of_call(
    whole: Mapping | Sequence, name: str, node: Any, kind: Callable[[Any], Kind], callee_kind: CalleeKind
) -> Kind:
    """What is known of the result of a method."""
    if name == "_replace" and isinstance(whole, Sequence):
        return replaced_kind(whole, node, kind)
    method = method_named(whole, name)
    if method is None or not isinstance(method.function, types.FunctionType):
        return UNKNOWN
    first = [whole] if method.first is True else [Known(method.first)] if method.first else []
    keywords = {k.arg: kind(k.value) for k in node.keywords}
    return callee_kind(method.function, [*first, *map(kind, node.args)], keywords)


def is_super(node: Any) -> bool:
    """Whether a node is ``super(owner, x)``."""
    return isinstance(node, gast.Call) and tree.is_call_of(node, "super") and len(node.args) == 2
