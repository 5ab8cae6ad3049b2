"""Kinds made of other kinds: of elements, of gradients, of arrays broadcast against each other."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis import sampling
from srcgrad.analysis.indexing import broadcast, is_integer
from srcgrad.analysis.kinds import (
    NEVER,
    TEXT,
    UNKNOWN,
    Array,
    Key,
    Kind,
    Mapping,
    Scalar,
    Sequence,
    is_dict,
    join,
    kind_of,
    ndim,
)


def common_dtype(function: Any, kinds: list[Kind]) -> Any:
    """The dtype of an operation on arrays, whatever their sizes; arrays without dimensions are promoted as numbers."""
    found = set()
    ranks = [(0, 1) if isinstance(k, Array) and k.dims is None else (ndim(k),) for k in kinds]
    for chosen in itertools.product(*ranks):
        pairs = zip(chosen, kinds, strict=True)
        flat = [Array((False,) * min(n or 0, 1), k.dtype) if isinstance(k, Array) else k for n, k in pairs]
        result = sampling.result_kind(function, tuple(flat), ())
        if isinstance(result, Array):
            found.add(result.dtype)
        else:
            exact = isinstance(result, Scalar) and not result.also and issubclass(result.type, np.generic)
            found.add(np.dtype(result.type) if exact and isinstance(result, Scalar) else None)
    return found.pop() if len(found) == 1 else None


def broadcast_dims(kinds: list[Kind]) -> tuple[bool | None, ...] | None:
    """The dimensions of arrays and scalars broadcast against each other."""
    shapes = [k.dims if isinstance(k, Array) else () for k in kinds if isinstance(k, (Array, Scalar))]
    known = [shape for shape in shapes if shape is not None]
    return broadcast(known) if len(known) == len(shapes) else None


def joined_sequences(function: Any, left: Kind, right: Kind) -> Kind | None:
    """The kind of a sum of lists or tuples, or of a multiple of one; None if it is neither.

    >>> from srcgrad.analysis.kinds import kind_of
    >>> joined_sequences(operator.add, kind_of([1.0]), kind_of([2])).items
    (Scalar(type=<class 'float'>), Scalar(type=<class 'int'>))
    """
    if function is operator.mul:
        whole, count = (left, right) if isinstance(left, Sequence) else (right, left)
        is_one = isinstance(whole, Sequence) and whole.type in (list, tuple) and is_integer(count)
        return Sequence(whole.type, None, whole.item) if is_one and isinstance(whole, Sequence) else None
    if not (isinstance(left, Sequence) and isinstance(right, Sequence)) or left.type is not right.type:
        return None
    if left.type not in (list, tuple):
        return None
    items = None if left.items is None or right.items is None else left.items + right.items
    kept = [side.item for side in (left, right) if side.items != ()]
    return Sequence(left.type, items, join(*kept) if kept else NEVER)


def written_dims(shape: Any, content: Kind | None, literal: Callable[[Any], Any]) -> tuple[bool | None, ...] | None:
    """The dimensions of a shape that is written out; ``content`` is what is given that shape."""
    if isinstance(shape, (gast.Tuple, gast.List)) and not any(isinstance(e, gast.Starred) for e in shape.elts):
        sizes = [literal(item) for item in shape.elts]
        return tuple(size == 1 if isinstance(size, int) and size >= 0 else None for size in sizes)
    size = literal(shape)
    if not isinstance(size, int):
        return None
    if size >= 0:
        return (size == 1,)
    dims = content.dims if isinstance(content, Array) else None
    return (None,) if dims is None else (False if False in dims else None if None in dims else True,)


def key_kind(kind: Mapping) -> Kind:
    """The kind of the keys of a dict."""
    keys = [key for key, _ in kind.items or ()]
    found = join(*(TEXT if isinstance(key, str) else kind_of(key) for key in keys))
    return Key() if found == UNKNOWN else found


def element_kind(kind: Kind) -> Kind:
    """The kind of what a loop over a value yields."""
    if isinstance(kind, Sequence):
        return kind.item
    if is_dict(kind):
        return key_kind(kind)  # type: ignore[arg-type]
    if isinstance(kind, Array) and kind.dims:
        if len(kind.dims) > 1:
            return Array(kind.dims[1:], kind.dtype)
        return Scalar(kind.dtype.type) if kind.dtype is not None and kind.dtype.kind in "biufc" else UNKNOWN
    return NEVER if kind == NEVER else UNKNOWN


def shaped_kind(
    function: Any,
    args: list[Any],
    keywords: list[Any],
    kind_of_node: Callable[[Any], Kind],
    literal: Callable[[Any], Any],
    sampled: Callable[[Any, list[Any], list[Any]], Kind],
) -> Kind | None:
    """The kind of an array whose shape is written out; None if it is not."""
    position = 1 if function is np.reshape else 0
    if len(args) <= position or any(k.arg not in ("dtype", "order", "copy") for k in keywords):
        return None
    content = args[1 - position] if function is np.reshape or (function is np.full and len(args) > 1) else None
    kind = None if content is None else kind_of_node(content)
    dims = written_dims(args[position], kind, literal)
    if dims is None:
        return None
    if isinstance(kind, Array) and function is np.reshape:
        return Array(dims, kind.dtype)
    if function is np.reshape:
        whole = sampled(np.asarray, [content], [])
    elif function is np.full:
        whole = sampled(np.asarray, args[1:3], [k for k in keywords if k.arg == "dtype"])
    else:
        whole = sampled(function, [tree.constant(0), *args[1:]], keywords)
    return NEVER if whole == NEVER else Array(dims, whole.dtype if isinstance(whole, Array) else None)


def spread(left: Any, kind: Kind) -> Any:
    """The names of a target with the kind that each one gets."""
    if isinstance(left, gast.Name):
        yield left.id, kind
    elif isinstance(left, (gast.Tuple, gast.List)):
        items = kind.items if isinstance(kind, Sequence) and kind.items and len(kind.items) == len(left.elts) else None
        for position, part in enumerate(left.elts):
            yield from spread(part, items[position] if items is not None else element_kind(kind))
