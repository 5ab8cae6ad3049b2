"""The kinds of what helpers return: of stacks and what is popped from them, of directions, of Jacobians, of copies."""

from __future__ import annotations

import operator
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import (
    INT,
    NEVER,
    UNKNOWN,
    Array,
    Kind,
    Mapping,
    Scalar,
    Sequence,
    is_discrete,
    is_object,
    join,
    mapping_of,
)
from srcgrad.analysis.made import joined_sequences
from srcgrad.contents import place_in, read_first, shadow, shared_like, twins, zero_twins
from srcgrad.jacobians import columns, directions, directions_apart, rows
from srcgrad.orders import order_of, place_of_largest, place_of_smallest
from srcgrad.patterns import is_mapping, is_sequence
from srcgrad.stacks import empty, held, pop, push
from srcgrad.structures import (
    add_into,
    as_tangent,
    chained,
    copied,
    detached,
    restored,
    seed,
    snapshot,
    with_added,
    zeros_for,
)

# which argument their result has the kind of
_LIKE = {
    as_tangent: 1,
    restored: 1,
    detached: 0,
    seed: 0,
    snapshot: 0,
    twins: 0,
    zero_twins: 0,
    read_first: 0,
    shared_like: 0,
}
_STACKS = (empty, push, pop, held)


def helper_kind(
    function: Callable[..., Any], args: list[Any], kind: Callable[[Any], Kind], literal: Callable[[Any], Any]
) -> Kind | None:
    """The kind of what a helper returns for some argument nodes; None of those of which nothing is said here."""
    if function in (is_sequence, is_mapping):
        return Scalar(bool)
    if function in _STACKS:
        return stack_kind(function, list(map(kind, args)), *map(literal, args[-1:]))
    if function in (directions, directions_apart):
        return directions_kind(kind(args[0]))
    if function in (columns, rows):
        y, x = args[1:] if function is columns else reversed(args[1:])
        return jacobian_kind(kind(y), kind(x), kind(args[0]))
    if function in (zeros_for, copied, shadow) and args:
        found = kind(args[0])
        if isinstance(found, Sequence) and function is not shadow:
            return _adjoint_of(found)
        return _adjoint_kind(found) if is_object(found) else None  # type: ignore[arg-type]
    if function in (add_into, with_added) and args:
        found = kind(args[0])
        return _added_to(found) if isinstance(found, Sequence) else found if isinstance(found, Array) else None
    if function is order_of:
        return Sequence(list, None, INT)
    if function in (place_of_largest, place_of_smallest, place_in):
        return INT
    if function is chained and len(args) == 2:
        return joined_sequences(operator.add, *map(kind, args))
    if function not in _LIKE or len(args) <= _LIKE[function]:
        return None
    found = kind(args[_LIKE[function]])
    if function is restored and (isinstance(found, Sequence) or is_object(found)):
        return _restored(found, inside=len(args) != 2)
    if function in (seed, as_tangent) and is_object(found):
        return _adjoint_kind(found)  # type: ignore[arg-type]
    return _of_numbers(function, found)


def _of_numbers(function: Callable[..., Any], found: Kind) -> Kind | None:
    real = isinstance(found, Array) and found.dtype is not None and found.dtype.kind in "fc"
    number = isinstance(found, Scalar) and all(issubclass(one, (float, complex, np.inexact)) for one in found.types)
    same = function in (detached, twins) and isinstance(found, (Mapping, Sequence))
    return found if real or number or same or found == NEVER else None


def _adjoint_kind(kind: Mapping) -> Mapping:
    """The kind of the adjoint of an object: attributes that are no numbers are not told."""
    if kind.items is None:
        return Mapping(None, UNKNOWN, types.SimpleNamespace)
    return mapping_of(((name, _adjoint_of(item)) for name, item in kind.items), types.SimpleNamespace)


def _adjoint_of(kind: Kind) -> Kind:
    if isinstance(kind, Mapping) and is_object(kind):
        return _adjoint_kind(kind)
    if isinstance(kind, Sequence) and kind.items is not None:
        return _items(list, [_adjoint_of(item) for item in kind.items])
    return UNKNOWN if isinstance(kind, (Mapping, Sequence)) or is_discrete(kind) else kind


def _added_to(kind: Kind) -> Kind:
    """The kind of an adjoint to which something has been added: lists and objects in their places, any numbers."""
    if isinstance(kind, Sequence) and kind.items is not None:
        return _items(list, [_added_to(item) for item in kind.items])
    if isinstance(kind, Mapping) and is_object(kind) and kind.items is not None:
        return kind.with_items((name, _added_to(item)) for name, item in kind.items)
    return UNKNOWN


def _restored(kind: Kind, inside: bool) -> Kind:
    if isinstance(kind, Sequence) and kind.items is not None:
        return _items(kind.type, [_restored(item, inside) for item in kind.items])
    if isinstance(kind, Mapping) and is_object(kind):
        made = _adjoint_kind(kind)
        return made if inside else replace(made, type=kind.type, optional=kind.optional)
    return _of_numbers(restored, kind) or UNKNOWN


def stack_kind(function: Callable[..., Any], kinds: list[Kind], count: Any = None) -> Kind:
    """The kind of what a function of ``srcgrad.stacks`` returns, for arguments of some kinds and a literal count.

    >>> from srcgrad.analysis.kinds import FLOAT, INT
    >>> pair = Sequence(tuple, (FLOAT, INT), UNKNOWN)
    >>> made = stack_kind(push, [stack_kind(empty, []), pair, INT], 2)
    >>> stack_kind(pop, [made, INT], 2).items[1:] == (FLOAT, INT)
    True
    """
    if function is empty:
        return Sequence(list, None, NEVER)
    stack = kinds[0]
    if NEVER in kinds:
        return NEVER
    if not isinstance(stack, Sequence):
        return UNKNOWN if function is not pop else _popped(UNKNOWN, (UNKNOWN,) * max(count, 1))
    items = [stack.item] if stack.items is None else list(stack.items) or [NEVER]
    if function is push:
        return Sequence(list, None, join(*items, kinds[1]))
    left = Sequence(list, None, join(*items))
    if function is not pop:
        return left
    if not count:
        return _popped(left, (left.item,))
    item = left.item
    if isinstance(item, Sequence) and item.items is not None and len(item.items) == count:
        return _popped(left, item.items)
    return NEVER if item == NEVER else _popped(left, (UNKNOWN,) * count)


def _popped(stack: Kind, values: tuple[Kind, ...]) -> Kind:
    return Sequence(tuple, (stack, *values), join(stack, *values))


def directions_kind(x: Kind) -> Kind:
    """The kind of ``directions(x)``.

    >>> from srcgrad.analysis.kinds import FLOAT
    >>> directions_kind(FLOAT)
    Array(dims=(None,), dtype=dtype('float64'))
    """
    if isinstance(x, Sequence):
        item = directions_kind(x.item)
        return Sequence(x.type, None if x.items is None else tuple(map(directions_kind, x.items)), item)
    dims, dtype = _dims(x), _dtype(x)
    if dims is None or dtype is None:
        return UNKNOWN
    return Array((None, *dims), dtype if dtype.kind in "fc" else np.dtype(float))


def jacobian_kind(y: Kind, x: Kind, t: Kind) -> Kind:
    """The kind of the Jacobian of ``y`` by ``x``, made from ``t``.

    >>> from srcgrad.analysis.kinds import kind_of
    >>> jacobian_kind(kind_of(1.0), kind_of(np.zeros(3)), directions_kind(kind_of(1.0)))
    Array(dims=(False,), dtype=dtype('float64'))
    """
    if isinstance(y, Sequence) and y.items is not None:
        return _items(y.type, [jacobian_kind(item, x, UNKNOWN) for item in y.items])
    if isinstance(x, Sequence) and x.items is not None:
        return _items(x.type, [jacobian_kind(y, item, UNKNOWN) for item in x.items])
    first, second = _dims(y), _dims(x)
    if first is None or second is None:
        return UNKNOWN
    dtype = t.dtype if isinstance(t, Array) else None
    if first or second:
        return Array(first + second, dtype)
    return UNKNOWN if dtype is None else Scalar(dtype.type)


def _items(kind: type, items: list[Kind]) -> Kind:
    return Sequence(kind, tuple(items), join(*items))


def _dims(kind: Kind) -> tuple[bool | None, ...] | None:
    return () if isinstance(kind, Scalar) else kind.dims if isinstance(kind, Array) else None


def _dtype(kind: Kind) -> Any:
    return np.dtype(kind.type) if isinstance(kind, Scalar) else getattr(kind, "dtype", None)
