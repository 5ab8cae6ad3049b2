"""Many directions at once: what functions that compute Jacobians call.

A value has *directions* if each of its arrays and numbers has a leading axis with one entry for each direction.
Like ``runtime``, this uses NumPy and the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.contents import holds_twice
from srcgrad.structures import made_like, part_of, parts_of


def numbers(x: Any) -> int:
    """How many numbers a value of any structure holds.

    >>> numbers([1.0, np.zeros((2, 2)), None])
    5
    """
    if (held := parts_of(x)) is not None:
        return sum(map(numbers, held.values()))
    return int(np.size(x)) if isinstance(x, (bool, int, float, complex, np.generic, np.ndarray)) else 0


def _has_directions(x: Any) -> bool:
    """Whether a value that is no structure has directions of its own."""
    return isinstance(x, np.ndarray) or numbers(x) > 0


def directions(x: Any) -> Any:
    """The unit directions of a value: for each of its numbers one along which that alone moves, at least one in all.

    >>> directions((1.0, np.zeros(2)))
    (array([1., 0., 0.]), array([[0., 0.],
           [1., 0.],
           [0., 1.]]))
    """
    return _block(x, 0, max(numbers(x), 1))


def directions_apart(x: Any) -> Any:
    """As ``directions``, for a function that changes arrays: none of them is in the arguments more than once.

    Raises TypeError if one is: along one direction all its places move.
    """
    if holds_twice(x):
        raise TypeError("an array is in the arguments more than once, and may be changed: take mode='reverse'")
    return directions(x)


def _block(x: Any, start: int, count: int) -> Any:
    if (held := parts_of(x)) is not None:
        starts = _starts(held.values())
        pairs = zip(held.items(), starts, strict=True)
        return made_like(x, {key: _block(item, start + n, count) for (key, item), n in pairs})
    if not _has_directions(x):
        return None
    dtype = np.asarray(x).dtype
    made = np.eye(count, np.size(x), -start, dtype if dtype.kind in "fc" else float)
    return made.reshape(count, *np.shape(x))


def columns(y_dot: Any, y: Any, x: Any) -> Any:
    """The Jacobian of ``y`` from its tangents along ``directions(x)``: of the shape of ``y``, then that of ``x``.

    The Jacobian of a structure has the structure of ``y`` and, for each part of it, that of ``x``.  Axes that come
    before those stay where they are.

    >>> columns(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.zeros(2), np.zeros(3))
    array([[1., 3., 5.],
           [2., 4., 6.]])
    """
    if (held := parts_of(y)) is not None:
        return made_like(y, {key: columns(part_of(y_dot, key), item, x) for key, item in held.items()})
    return None if y_dot is None else _split(np.moveaxis(y_dot, _axis(y_dot, y), -1), x, 0)


def of_columns(t: Any, y: Any, x: Any) -> Any:
    """The transpose of ``columns``: the tangents of ``y`` whose Jacobian is ``t``.

    >>> of_columns(np.array([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]), np.zeros(2), np.zeros(3)).shape
    (3, 2)
    """
    if (held := parts_of(y)) is not None:
        return made_like(y, {key: of_columns(part_of(t, key), item, x) for key, item in held.items()})
    if not _has_directions(y):
        return None
    shape = np.shape(y)
    blocks = [_flat(part, item, (np.size(item),)) for part, item in _pairs(t, x)]
    whole = np.concatenate(blocks, -1) if blocks else np.zeros((*shape, 0))
    if not whole.shape[-1]:
        whole = np.zeros((*whole.shape[:-1], 1), whole.dtype)
    return np.moveaxis(whole, -1, whole.ndim - len(shape) - 1)


def rows(x_bar: Any, x: Any, y: Any) -> Any:
    """The Jacobian of ``y`` from the cotangents of ``x`` for each of ``directions(y)``.

    >>> rows(np.array([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]), np.zeros(3), np.zeros(2)).shape
    (2, 3)
    """
    return _rows(x_bar, x, y, 0)


def _rows(x_bar: Any, x: Any, y: Any, start: int) -> Any:
    if (held := parts_of(y)) is not None:
        pairs = zip(held.items(), _starts(held.values()), strict=True)
        return made_like(y, {key: _rows(x_bar, x, item, start + n) for (key, item), n in pairs})
    return _cut(x_bar, x, y, start) if _has_directions(y) else None


def _cut(x_bar: Any, x: Any, y: Any, start: int) -> Any:
    """The rows of one part of the result, from ``start`` on."""
    if (held := parts_of(x)) is not None:
        return made_like(x, {key: _cut(part_of(x_bar, key), item, y, start) for key, item in held.items()})
    if np.iscomplexobj(y) and _has_directions(x) and not np.iscomplexobj(x):
        raise TypeError("the Jacobian of a complex result by real arguments is computed by columns: mode='forward'")
    if x_bar is None:
        return None
    axis = _axis(x_bar, x)
    part = np.moveaxis(np.moveaxis(x_bar, axis, 0)[start : start + np.size(y)], 0, axis)
    return part.reshape(part.shape[:axis] + np.shape(y) + np.shape(x))[()]


def of_rows(t: Any, x: Any, y: Any) -> Any:
    """The transpose of ``rows``: the cotangents of ``x`` whose Jacobian is ``t``.

    >>> of_rows(np.array([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]), np.zeros(3), np.zeros(2)).shape
    (2, 3)
    """
    return _stacked(_pairs(t, y), x)


def _stacked(parts: list[Any], x: Any) -> Any:
    """The rows of all parts of the result, each given with the part, one below the other."""
    if (held := parts_of(x)) is not None:
        own = {key: [(part_of(d, key), y) for d, y in parts] for key in held}
        return made_like(x, {key: _stacked(own[key], item) for key, item in held.items()})
    if not _has_directions(x):
        return None
    shape = np.shape(x)
    blocks = [_flat(d, x, (np.size(y), *shape), np.ndim(y)) for d, y in parts]
    whole = np.concatenate(blocks, -1 - len(shape)) if blocks else np.zeros((0, *shape))
    axis = whole.ndim - len(shape) - 1
    return whole if whole.shape[axis] else np.zeros((*whole.shape[:axis], 1, *shape), whole.dtype)


def _axis(t: Any, x: Any) -> int:
    """Which axis of directions of ``x`` counts these: the one before those of ``x``."""
    return np.ndim(t) - np.ndim(x) - 1


def _flat(d: Any, x: Any, shape: tuple[int, ...], more: int = 0) -> Any:
    """A part of a Jacobian with other sizes in the place of the axes of ``x``, and of ``more`` before these."""
    return np.reshape(d, np.shape(d)[: np.ndim(d) - np.ndim(x) - more] + shape)


def _pairs(d: Any, x: Any) -> list[Any]:
    """The parts of ``x`` that hold numbers, each with what ``d`` has in its place."""
    if (held := parts_of(x)) is not None:
        return [pair for key, item in held.items() for pair in _pairs(part_of(d, key), item)]
    return [(d, x)] if _has_directions(x) else []


def _starts(items: Any) -> list[int]:
    found = [0]
    for item in items:
        found.append(found[-1] + numbers(item))
    return found[:-1]


def _split(whole: Any, x: Any, start: int) -> Any:
    """The columns of each part of ``x``."""
    if (held := parts_of(x)) is not None:
        pairs = zip(held.items(), _starts(held.values()), strict=True)
        return made_like(x, {key: _split(whole, item, start + n) for (key, item), n in pairs})
    if not _has_directions(x):
        return None
    return whole[..., start : start + np.size(x)].reshape(whole.shape[:-1] + np.shape(x))[()]


def count(x_dot: Any) -> int:
    """How many directions a value has; one if nothing in it has any.

    >>> count((None, np.zeros((3, 2)))), count([])
    (3, 1)
    """
    return max(_lengths(x_dot), default=1)


def _lengths(x_dot: Any) -> list[int]:
    if (held := parts_of(x_dot)) is not None:
        return [n for item in held.values() for n in _lengths(item)]
    return [] if x_dot is None else [len(x_dot)]


def along(x: Any, n: int) -> Any:
    """The same value in each of ``n`` directions, as new storage.

    >>> along((2.0, np.ones(2)), 3)[1].shape
    (3, 2)
    """
    if (held := parts_of(x)) is not None:
        return made_like(x, {key: along(item, n) for key, item in held.items()})
    return None if x is None else np.array(np.broadcast_to(x, (n, *np.shape(x))))


def aligned(t: Any, like: Any) -> Any:
    """Directions of a value in a shape that broadcasts against all directions of one with the shape of ``like``.

    >>> aligned(np.zeros((5, 3)), np.zeros((2, 3))).shape
    (5, 1, 3)
    """
    missing = np.ndim(like) + 1 - np.ndim(t)
    return np.reshape(t, (len(t), *(1,) * missing, *np.shape(t)[1:])) if missing > 0 else t


def full_along(x: Any, d: Any) -> Any:
    """Arrays like ``x`` in each direction, filled with numbers or with what broadcasts into it.

    >>> full_along(np.zeros(2), np.array([1.0, 2.0, 3.0])).tolist()
    [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]
    """
    return np.array(np.broadcast_to(aligned(d, x), (len(d), *np.shape(x))))


def unbroadcast_along(t: Any, like: Any) -> Any:
    """``unbroadcast`` in each direction.

    >>> unbroadcast_along(np.ones((5, 2, 3)), np.zeros((2, 1))).shape
    (5, 2, 1)
    """
    shape = np.shape(like)
    surplus = np.ndim(t) - 1 - len(shape)
    if surplus > 0:
        t = np.sum(t, axis=tuple(range(1, surplus + 1)))
    ones = tuple(n + 1 for n, size in enumerate(shape) if size == 1 and np.shape(t)[n + 1] != 1)
    t = np.sum(t, axis=ones, keepdims=True) if ones else t
    return t if np.shape(t)[1:] == shape else full_along(like, t)


def each(t: Any) -> list[Any]:
    """A value with directions as a list of those for each one.

    >>> each((np.array([[1.0], [2.0]]), None))
    [(array([1.]), None), (array([2.]), None)]
    """
    return [_one(t, k) for k in range(count(t))]


def _one(t: Any, k: int) -> Any:
    if (held := parts_of(t)) is not None:
        return made_like(t, {key: _one(item, k) for key, item in held.items()})
    return None if t is None else t[k]


def joined(values: list[Any]) -> Any:
    """Values for one direction each as one that has them all.

    >>> joined([(1.0, None), (2.0, None)])
    (array([1., 2.]), None)
    """
    first = values[0]
    if (held := parts_of(first)) is not None:
        return made_like(first, {key: joined([part_of(value, key) for value in values]) for key in held})
    return None if first is None else np.array(values)
