"""Kinds: what is known of a value before the run.

A kind says whether a value is a scalar, an array (of how many dimensions, which of them have size one, of what
dtype), a list or tuple, or one particular object.  Kinds are joined where control flow joins.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from srcgrad.objects import attributes, is_named_tuple, is_told

Types: TypeAlias = frozenset[type]


@dataclass(frozen=True)
class Scalar:
    """A Python or NumPy number of the given type.

    Where control flow joins several types, ``also`` are the others that the number may be of, and ``type`` is the
    one that NumPy promotes them all to.
    """

    type: type
    also: Types = field(default=frozenset(), repr=False)

    @property
    def types(self) -> Types:
        """All types that the number may be of."""
        return self.also | {self.type}


@dataclass(frozen=True)
class Array:
    """An ndarray.

    ``dims`` has for each dimension True (size one), False (any other size, zero too) or None (not known);
    it is None where the number of dimensions is not known, as ``dtype`` is where that is not known.  Where the
    number of dimensions is not known, the value may be a NumPy number: that is what NumPy makes of no dimensions.
    """

    dims: tuple[bool | None, ...] | None
    dtype: Any

    def __eq__(self, other: object) -> bool:  # to NumPy None is float64
        return isinstance(other, Array) and self.dims == other.dims and _same(self.dtype, other.dtype)

    def __hash__(self) -> int:
        return hash((self.dims, self.dtype))


def _same(left: Any, right: Any) -> bool:
    return (left is None) == (right is None) and bool(left == right)


Sites: TypeAlias = frozenset[Any] | None
_OUTSIDE: Sites = frozenset([0])  # no node has this identity


@dataclass(frozen=True)
class Sequence:
    """A list or tuple; ``items`` is None where the length is not known, ``item`` joins all elements.

    ``sites`` are the displays that may have made a list, None where that is not followed.
    """

    type: type
    items: tuple[Kind, ...] | None
    item: Kind
    sites: Sites = None


@dataclass(frozen=True)
class Mapping:
    """A dict; ``items`` is None where the keys are not known, ``item`` joins all values.

    Where ``type`` is another class it is a plain object with attributes (``srcgrad.objects``): ``items`` are those that
    are known of, some of which it may not have yet; ``optional`` says that it may be None in its place.  ``sites`` are
    the displays and calls that may have made it.
    """

    items: tuple[tuple[Any, Kind], ...] | None
    item: Kind
    type: Any = dict
    sites: Sites = None
    optional: bool = False

    def with_items(self, pairs: Iterable[tuple[Any, Kind]]) -> Mapping:
        """The same with other values."""
        return replace(mapping_of(pairs, self.type), sites=self.sites, optional=self.optional)


class Known:
    """One particular object: None, a string, a dtype, a function, a module, ..."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and (
            other.value is self.value
            or (
                isinstance(self.value, (str, bytes))
                and type(self.value) is type(other.value)
                and self.value == other.value
            )
        )

    def __hash__(self) -> int:
        return hash(self.value) if isinstance(self.value, (str, bytes)) else id(self.value)

    def __repr__(self) -> str:
        return f"Known({self.value!r})"


@dataclass(frozen=True)
class Unknown:
    """Nothing is known; the code for it must be right for everything."""


@dataclass(frozen=True, eq=False)
class Instance(Unknown):
    """An object of a class of which nothing is known here."""

    type: type

    def __eq__(self, other: object) -> bool:  # a class may have no hash
        return isinstance(other, Instance) and type(other) is type(self) and other.type is self.type

    def __hash__(self) -> int:
        return id(self.type)


@dataclass(frozen=True, eq=False)
class Key(Unknown):
    """A key of a dict, or something else that has no derivative: none of its kind may be one that has."""


@dataclass(frozen=True, eq=False)
class Given(Instance):
    """An object of some other class that an argument is, or holds, which is not differentiated.

    It keeps this kind through assignments, containers and calls, so what has it is that very object: as long as
    nothing that is differentiated may be stored in it (which is refused), it has no derivative at any order.
    ``inside`` are classes of objects that it holds, as far as these were looked at.
    """

    inside: frozenset[type] = frozenset()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and isinstance(other, Given) and other.inside == self.inside

    __hash__ = Instance.__hash__


Kind: TypeAlias = Scalar | Array | Sequence | Mapping | Known | Unknown
UNKNOWN = Unknown()
NEVER = Known(object())  # of what is not reached: the result of a recursive call that is still being looked at
TEXT = Known(object())  # some string
PLAIN = Known(object())  # a slice, or None or an integer in its place
FLOAT, INT, BOOL = Scalar(float), Scalar(int), Scalar(bool)
KNOWN: tuple[Any, ...] = (types.FunctionType, types.BuiltinFunctionType, np.ufunc, type, str, type(None), np.dtype)
_REALS = (float, np.floating)
_PYTHON_NUMBERS = (bool, int, float, complex)


def kind_of(value: Any) -> Kind:
    """The kind of a value.

    >>> kind_of(1.5)
    Scalar(type=<class 'float'>)
    >>> kind_of(np.zeros((3, 1))).dims
    (False, True)
    """
    if isinstance(value, np.generic) or type(value) in _PYTHON_NUMBERS:
        return Scalar(type(value))
    if type(value) is np.ndarray:
        return Array(tuple([size == 1 for size in value.shape]), value.dtype)
    if type(value) in (list, tuple) or is_named_tuple(type(value)):
        items = tuple([kind_of(item) for item in value])
        return Sequence(type(value), items, join(*items))
    if type(value) is dict:
        return mapping_of((key, kind_of(item)) for key, item in value.items())
    return Known(value)


def mapping_of(pairs: Iterable[tuple[Any, Kind]], type: Any = dict) -> Mapping:
    """The kind of a dict with the given keys, or of an object with these attributes.

    >>> mapping_of([("a", FLOAT)]).item
    Scalar(type=<class 'float'>)
    """
    items = tuple(pairs)
    return Mapping(items, join(*(item for _, item in items)), type)


def is_tuple(kind: Any) -> bool:
    """Whether a value surely is a tuple, a named one perhaps."""
    return isinstance(kind, Sequence) and (kind.type is tuple or is_named_tuple(kind.type))


def is_dict(kind: Any) -> bool:
    """Whether a value surely is a dict."""
    return isinstance(kind, Mapping) and kind.type is dict


def is_object(kind: Any) -> bool:
    """Whether a value surely is a plain object whose attributes are followed, or perhaps None in its place."""
    return isinstance(kind, Mapping) and kind.type is not dict


def join(*kinds: Kind) -> Kind:
    """The least kind that covers all of the given ones (UNKNOWN for none)."""
    if not kinds:
        return UNKNOWN
    result = kinds[0]
    for kind in kinds[1:]:
        if result == NEVER:
            result = kind
        elif kind not in (result, NEVER):
            result = _join(result, kind)
    return result


def _join(left: Kind, right: Kind) -> Kind:
    if any(isinstance(kind, Key) for kind in (left, right)) and is_discrete(left) and is_discrete(right):
        return Key()
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return _join_scalars(left, right)
    if isinstance(left, Scalar) and isinstance(right, Array):
        return _join_without_dims(left, right)
    if isinstance(left, Array) and isinstance(right, Scalar):
        return _join_without_dims(right, left)
    if isinstance(left, Array) and isinstance(right, Array):
        dtype = left.dtype if _same(left.dtype, right.dtype) else None
        if left.dims is None or right.dims is None or len(left.dims) != len(right.dims):
            return Array(None, dtype)
        return Array(tuple(a if a == b else None for a, b in zip(left.dims, right.dims, strict=True)), dtype)
    if isinstance(left, Sequence) and isinstance(right, Sequence) and left.type is right.type:
        item, sites = join(left.item, right.item), _join_sites(left, right)
        if left.items is None or right.items is None or len(left.items) != len(right.items):
            return Sequence(left.type, None, item, sites)
        return Sequence(left.type, tuple(map(join, left.items, right.items)), item, sites)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if left.type is right.type:
            return _join_mappings(left, right)
        if is_object(left) and is_object(right):
            optional = left.optional or right.optional
            return Mapping(None, UNKNOWN, object, _join_sites(left, right), optional)  # of one of several classes
    if PLAIN in (left, right) and all(is_fixed(kind) and is_discrete(kind) for kind in (left, right)):
        return PLAIN
    one, other = (left, right) if isinstance(left, Mapping) else (right, left)
    return replace(one, optional=True) if is_object(one) and other == Known(None) else UNKNOWN  # type: ignore[type-var]


def _join_mappings(left: Mapping, right: Mapping) -> Mapping:
    if is_object(left):
        optional = left.optional or right.optional
        if left.items is None or right.items is None:
            return Mapping(None, join(left.item, right.item), left.type, _join_sites(left, right), optional)
        pairs = {**dict(left.items), **{k: join(v, dict(left.items).get(k, v)) for k, v in right.items}}
        sites = _join_sites(left, right)
        return replace(mapping_of(pairs.items(), left.type), sites=sites, optional=optional)
    if left.items is None or right.items is None or [k for k, _ in left.items] != [k for k, _ in right.items]:
        return Mapping(None, join(left.item, right.item), sites=_join_sites(left, right))
    both = zip(left.items, right.items, strict=True)
    return replace(mapping_of((key, join(a, b)) for (key, a), (_, b) in both), sites=_join_sites(left, right))


def _join_sites(left: Sequence | Mapping, right: Sequence | Mapping) -> Sites:
    return None if left.sites is None or right.sites is None else left.sites | right.sites


def without_sites(kind: Kind) -> Kind:
    """A kind that does not tell where lists and dicts were made."""
    return with_elements(kind, without_sites)


def given_outside(kind: Kind) -> Kind:
    """A kind whose lists and dicts, and all in them, were there before: none of a function's displays makes them."""
    return with_elements(kind, given_outside, _OUTSIDE)


def with_elements(kind: Kind, change: Callable[[Kind], Kind], sites: Sites = None) -> Kind:
    """The kind of a container of other elements, made at some places; any other kind as it is."""
    if isinstance(kind, Sequence):
        items = None if kind.items is None else tuple(map(change, kind.items))
        return Sequence(kind.type, items, change(kind.item), sites if kind.type is list else None)
    if isinstance(kind, Mapping):
        pairs = None if kind.items is None else tuple((key, change(item)) for key, item in kind.items)
        return replace(kind, items=pairs, item=change(kind.item), sites=sites)
    return kind


def _join_scalars(left: Scalar, right: Scalar) -> Kind:
    types = left.types | right.types
    if types <= set(_PYTHON_NUMBERS):
        promoted = max(left.type, right.type, key=_PYTHON_NUMBERS.index)
    elif all(kind in _PYTHON_NUMBERS or issubclass(kind, (np.number, np.bool_)) for kind in types):
        promoted = np.result_type(np.dtype(left.type), np.dtype(right.type)).type
    else:
        return UNKNOWN
    return Scalar(promoted, types - {promoted})


def _join_without_dims(number: Scalar, other: Array) -> Kind:
    """An array of an unknown number of dimensions may be a NumPy number."""
    if other.dims is not None or not all(issubclass(made, np.generic) for made in number.types):
        return UNKNOWN
    same = not number.also and _same(other.dtype, np.dtype(number.type))
    return Array(None, other.dtype if same else None)


def is_array(kind: Kind) -> bool:
    """Whether a value is surely an ndarray."""
    return isinstance(kind, Array)


def is_discrete(kind: Kind) -> bool:
    """Whether a value can have no derivative: integers, booleans, strings, None, functions, ...

    A Python float is real, and so is what is unknown, but for objects that are given beside what is differentiated.
    """
    if isinstance(kind, Scalar):
        return not issubclass(kind.type, (float, complex, np.inexact))
    if isinstance(kind, Array):
        return kind.dtype is not None and kind.dtype.kind not in "fcO"
    if isinstance(kind, Sequence):
        return bool(kind.items is not None and all(map(is_discrete, kind.items))) or (
            kind.items is None and is_discrete(kind.item)
        )
    return isinstance(kind, (Known, Given, Key))


def is_fixed(kind: Kind | None) -> bool:
    """Whether nothing can be changed of a value, or of what it holds."""
    if isinstance(kind, Sequence):
        return is_tuple(kind) and all(map(is_fixed, items_of(kind)))
    return isinstance(kind, Scalar) or kind in (TEXT, PLAIN) or (isinstance(kind, Known) and kind.value is None)


def complexity(kind: Kind) -> bool | None:
    """Whether a value is complex (True) or holds no complex number (False); None where that is not known.

    >>> complexity(kind_of(1j)), complexity(kind_of([1.0, np.ones(2)])), complexity(kind_of([1.0, 1j]))
    (True, False, None)
    """
    if isinstance(kind, Scalar):
        found = {issubclass(one, (complex, np.complexfloating)) for one in kind.types}
        return found.pop() if len(found) == 1 else None
    if isinstance(kind, Array):
        return None if kind.dtype is None or kind.dtype.kind == "O" else bool(kind.dtype.kind == "c")
    if isinstance(kind, (Sequence, Mapping)):
        real = all(complexity(item) is False for item in items_of(kind))
        return False if real else None
    return False if isinstance(kind, Known) else None


def holds_complex(kind: Kind) -> bool:
    """Whether a value of this kind is complex, or has complex elements, in some case that the kind tells of."""
    if isinstance(kind, (Sequence, Mapping)):
        return any(map(holds_complex, items_of(kind)))
    if isinstance(kind, Scalar):
        return complexity(kind) is not False
    return isinstance(kind, Array) and complexity(kind) is True


def holds_given(kind: Kind) -> bool:
    """Whether a value is, or has among its elements, an object of some other class."""
    if isinstance(kind, (Sequence, Mapping)):
        return any(map(holds_given, items_of(kind)))
    return isinstance(kind, Given)


def types_in(kind: Kind) -> Iterator[type]:
    """The classes of the objects that a value is, or holds, but for those that cannot be told from others."""
    own = type(kind.value) if isinstance(kind, Known) else getattr(kind, "type", None)
    if not isinstance(kind, Scalar) and isinstance(own, type) and is_told(own):
        yield own
    if isinstance(kind, Given):
        yield from kind.inside
    elif isinstance(kind, (Mapping, Sequence)):
        for item in items_of(kind):
            yield from types_in(item)


def items_of(kind: Sequence | Mapping) -> tuple[Kind, ...]:
    """The kinds of the elements of a container."""
    if isinstance(kind, Mapping):
        return (kind.item,) if kind.items is None else tuple(item for _, item in kind.items)
    return (kind.item,) if kind.items is None else kind.items


def ndim(kind: Kind) -> int | None:
    """The number of dimensions, or None where it is not known."""
    if isinstance(kind, Scalar):
        return 0
    if isinstance(kind, Array) and kind.dims is not None:
        return len(kind.dims)
    return None


def same_shape(left: Kind, right: Kind) -> bool:
    """Whether two values that broadcast against each other surely have the same shape."""
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return True
    return (
        isinstance(left, Array)
        and isinstance(right, Array)
        and left.dims is not None
        and left.dims == right.dims
        and None not in left.dims
    )


def without_sizes(kind: Kind) -> Kind:
    """A kind without what it says of sizes: an array of so many dimensions, any of which may be of size one."""
    if isinstance(kind, Array) and kind.dims is not None:
        return Array((None,) * len(kind.dims), kind.dtype)
    if isinstance(kind, Sequence):
        items = None if kind.items is None else tuple(map(without_sizes, kind.items))
        return Sequence(kind.type, items, without_sizes(kind.item))
    return kind


def object_kind(value: Any) -> Kind:
    """The kind of a plain object whose attributes are followed; UNKNOWN of any other object.

    >>> dict(object_kind(types.SimpleNamespace(n=2, w=0.5)).items)["n"]
    Scalar(type=<class 'int'>)
    """
    held = attributes(value)
    if held is None:
        return UNKNOWN
    return mapping_of(((name, followed(kind_of(one))) for name, one in held.items()), type(value))


def followed(kind: Kind) -> Kind:
    """The kind of what an object, or an argument, holds: objects are followed, integers stay what they are."""
    if isinstance(kind, Known) and not isinstance(kind.value, KNOWN):
        return object_kind(kind.value)
    if isinstance(kind, Mapping) and kind.items is not None:
        return kind.with_items((key, followed(item)) for key, item in kind.items)
    if isinstance(kind, Sequence) and kind.items is not None:
        items = tuple(map(followed, kind.items))
        return Sequence(kind.type, items, join(*items))
    return kind


def unfollowed(kind: Kind) -> Kind:
    """A kind in which objects are those of their classes, of which nothing else is known."""
    if is_object(kind):
        return Given(kind.type, frozenset(types_in(kind)))  # type: ignore[union-attr]
    if isinstance(kind, Mapping) and kind.items is not None:
        return mapping_of((key, unfollowed(item)) for key, item in kind.items)
    if isinstance(kind, Sequence) and kind.items is not None:
        items = tuple(map(unfollowed, kind.items))
        return kind if items == kind.items else Sequence(kind.type, items, join(*items))
    return kind


def settled(kind: Kind, differentiated: bool) -> Kind:
    """A kind without objects that may change; integers that are differentiated count as real.

    >>> settled(kind_of([2, 1.5]), True).items
    (Scalar(type=<class 'float'>), Scalar(type=<class 'float'>))
    """
    if isinstance(kind, Scalar):
        integer = issubclass(kind.type, (int, np.integer)) and kind.type is not bool
        return FLOAT if differentiated and integer else kind
    if isinstance(kind, Known):
        if isinstance(kind.value, KNOWN):
            return kind
        return object_kind(kind.value) if differentiated else Given(type(kind.value))
    if isinstance(kind, Given):
        return UNKNOWN if differentiated else kind
    if isinstance(kind, Mapping):
        if kind.items is None:
            return replace(kind, item=settled(kind.item, differentiated))
        if is_object(kind):  # integers among its attributes stay what they are
            return kind
        return mapping_of((key, settled(item, differentiated)) for key, item in kind.items)
    if isinstance(kind, Sequence) and (kind.type is list or is_tuple(kind)):
        if kind.items is None:
            return Sequence(kind.type, None, settled(kind.item, differentiated))
        items = tuple(settled(item, differentiated) for item in kind.items)
        return kind if items == kind.items else Sequence(kind.type, items, join(*items))
    return kind
