"""What indexing an array leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import NEVER, UNKNOWN, Array, Kind, Scalar, Sequence, is_tuple, join
from srcgrad.analysis.scope import Scope

Dims = tuple[bool | None, ...]


def is_integer(kind: Kind) -> bool:
    """Whether a value is surely a single integer (an index that drops a dimension)."""
    return isinstance(kind, Scalar) and all(issubclass(t, (int, np.integer)) and t is not bool for t in kind.types)


def is_basic(index: Any, kind: Callable[[Any], Kind], scope: Scope) -> bool:
    """Whether an index is surely made of integers, slices, newaxis and ellipsis."""
    return all(
        isinstance(part, gast.Slice) or scope.literal(part) in (None, Ellipsis) or is_integer(kind(part))
        for part in parts_of(index)
    ) or is_place(index, kind)


def is_place(index: Any, kind: Callable[[Any], Kind]) -> bool:
    """Whether an index is one tuple of integers, made before."""
    found = UNKNOWN if isinstance(index, gast.Tuple) else kind(index)
    return is_tuple(found) and (found.items == () or is_integer(found.item))  # type: ignore[union-attr]


def is_spliced(target: Any, kind: Callable[[Any], Kind]) -> bool:
    """Whether a store is to a slice of a list, which may get longer or shorter by it."""
    whole = kind(target.value) if isinstance(target.slice, gast.Slice) else None
    return isinstance(whole, Sequence) and whole.type is list


def parts_of(index: Any) -> list[Any]:
    """What an index consists of, one part a dimension."""
    return list(index.elts) if isinstance(index, gast.Tuple) else [index]


def read_array(base: Array, index: Any, kind: Callable[[Any], Kind], scope: Scope) -> Kind:
    """The kind of an array's elements or of a part of it."""
    parts = parts_of(index)
    kinds = [kind(part) for part in parts]
    if is_place(index, kind):
        if (items := getattr(kinds[0], "items", None)) is None:
            return Array(None, base.dtype)  # or a number
        parts = [gast.Constant(0, None) for _ in items]
        kinds = list(items)
    if NEVER in kinds:
        return NEVER
    dims = None if base.dims is None else index_dims(base.dims, parts, kind, scope)
    is_part = any(isinstance(part, gast.Slice) or scope.literal(part) in (None, Ellipsis) for part in parts)
    if is_part or dims:
        return Array(dims, base.dtype)
    if base.dtype is None or base.dtype.kind not in "biufc":
        return UNKNOWN  # an element may be anything
    if dims is None or any(isinstance(found, Array) for found in kinds):
        return Array(None, base.dtype)
    return Scalar(base.dtype.type)


def index_dims(dims: Dims, parts: list[Any], kind: Callable[[Any], Kind], scope: Scope) -> Dims | None:
    """The dimensions that indexing leaves, or None if that is not known."""
    rest = list(dims)
    surplus = len(rest) - sum(1 for part in parts if scope.literal(part) not in (None, Ellipsis))
    if surplus < 0:
        return None
    found: list[bool | None] = []
    picked: list[Dims] = []  # what integers and lists of them put in place of their dimensions
    places: list[tuple[int, int]] = []  # theirs in the index and in the result
    for place, part in enumerate(parts):
        if scope.literal(part) is None:
            found.append(True)
        elif scope.literal(part) is Ellipsis:
            found.extend(rest[:surplus])
            del rest[:surplus]
        elif isinstance(part, gast.Slice):
            found.append(_sliced(rest.pop(0), part, scope))
        else:
            gives = _picked(kind(part))
            if gives is None:
                return None
            picked.append(gives)
            places.append((place, len(found)))
            rest.pop(0)
    if any(picked):  # lists with something else in between put their dimensions first
        start = places[0][1] if places[-1][0] - places[0][0] < len(places) else 0
        found[start:start] = broadcast(picked)
    return tuple(found + rest)


def _picked(kind: Kind) -> Dims | None:
    if is_integer(kind):
        return ()
    if isinstance(kind, Sequence) and kind.type is list and is_integer(kind.item):
        return (None if kind.items is None else len(kind.items) == 1,)
    if isinstance(kind, Array) and kind.dims is not None and kind.dtype is not None and kind.dtype.kind in "iu":
        return kind.dims
    if isinstance(kind, Array) and kind.dims is not None and len(kind.dims) == 1 and kind.dtype == np.dtype(bool):
        return (None,)  # a mask for one dimension
    return None


def _sliced(size: bool | None, part: Any, scope: Scope) -> bool | None:
    step = 1 if part.step is None else scope.literal(part.step)
    return size if part.lower is None and part.upper is None and step in (1, -1) else None


def broadcast(shapes: list[Dims]) -> Dims:
    """The dimensions of shapes broadcast against each other."""
    rank = max(map(len, shapes))
    columns = zip(*[(True,) * (rank - len(shape)) + shape for shape in shapes], strict=True)
    return tuple([False if False in c else None if None in c else True for c in columns])


def slice_of_sequence(whole: Sequence, index: Any, scope: Scope) -> Kind:
    """The kind of a slice of a list or tuple; of a tuple, whose elements stay, it is known which ones these are."""
    bounds = [None if b is None else scope.literal(b) for b in (index.lower, index.upper, index.step)]
    is_known = is_tuple(whole) and whole.items is not None and all(b is None or type(b) is int for b in bounds)
    if not is_known or bounds[2] == 0:
        return Sequence(whole.type, None, whole.item)
    items = (whole.items or ())[slice(*bounds)]
    return Sequence(tuple, items, join(*items))
