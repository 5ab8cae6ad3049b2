"""Many directions at once: what functions that compute Jacobians call.

A value has *directions* if each of its arrays and numbers has a leading axis with one entry for each direction.
Like ``runtime``, this uses NumPy and the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def numbers(x: Any) -> int:
    """How many numbers a value of any structure holds.

    >>> numbers([1.0, np.zeros((2, 2)), None])
    5
    """
    if isinstance(x, dict):
        return sum(map(numbers, x.values()))
    if isinstance(x, (list, tuple)):
        return sum(map(numbers, x))
    return int(np.size(x)) if isinstance(x, (bool, int, float, complex, np.generic, np.ndarray)) else 0


def directions(x: Any) -> Any:
    """The unit directions of a value: for each of its numbers one along which that alone moves, at least one in all.

    >>> directions((1.0, np.zeros(2)))
    (array([1., 0., 0.]), array([[0., 0.],
           [1., 0.],
           [0., 1.]]))
    """
    return _block(x, 0, max(numbers(x), 1))


def _block(x: Any, start: int, count: int) -> Any:
    if isinstance(x, (dict, list, tuple)):
        found = []
        for item in x.values() if isinstance(x, dict) else x:
            found.append(_block(item, start, count))
            start += numbers(item)
        return dict(zip(x, found, strict=True)) if isinstance(x, dict) else type(x)(found)
    if not numbers(x) and not isinstance(x, np.ndarray):
        return None
    dtype = np.asarray(x).dtype
    made = np.eye(count, np.size(x), -start, dtype if dtype.kind in "fc" else float)
    return made.reshape(count, *np.shape(x))


def columns(y_dot: Any, y: Any, x: Any) -> Any:
    """The Jacobian of ``y`` from its tangents along ``directions(x)``: of the shape of ``y``, then that of ``x``.

    The Jacobian of a structure has the structure of ``y`` and, for each part of it, that of ``x``.

    >>> columns(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.zeros(2), np.zeros(3))
    array([[1., 3., 5.],
           [2., 4., 6.]])
    """
    if isinstance(y, dict):
        return {key: columns(y_dot[key], item, x) for key, item in y.items()}
    if isinstance(y, (list, tuple)):
        return _like(y, [columns(t, item, x) for t, item in zip(y_dot, y, strict=True)])
    return None if y_dot is None else _split(np.moveaxis(np.asarray(y_dot), 0, -1), np.shape(y), x, 0)


def rows(x_bar: Any, x: Any, y: Any) -> Any:
    """The same from the cotangents of ``x`` for each of ``directions(y)``.

    >>> rows(np.array([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]), np.zeros(3), np.zeros(2)).shape
    (2, 3)
    """
    if isinstance(y, dict):
        starts = _starts(y.values())
        return {
            key: rows(_part(x_bar, n, numbers(item)), x, item) for (key, item), n in zip(y.items(), starts, strict=True)
        }
    if isinstance(y, (list, tuple)):
        return _like(y, [rows(_part(x_bar, n, numbers(item)), x, item) for item, n in zip(y, _starts(y), strict=True)])
    return _rows(x_bar, x, y) if numbers(y) or isinstance(y, np.ndarray) else None


def _rows(x_bar: Any, x: Any, y: Any) -> Any:
    if np.iscomplexobj(y) and isinstance(x, (float, np.ndarray)) and not np.iscomplexobj(x):
        raise TypeError("the Jacobian of a complex result by real arguments is computed by columns: mode='forward'")
    if isinstance(x, dict):
        return {key: _rows(x_bar[key], item, y) for key, item in x.items()}
    if isinstance(x, (list, tuple)):
        return _like(x, [_rows(t, item, y) for t, item in zip(x_bar, x, strict=True)])
    if x_bar is None:
        return None
    return np.asarray(x_bar)[: np.size(y)].reshape(np.shape(y) + np.shape(x))[()]


def _starts(items: Any) -> list[int]:
    found = [0]
    for item in items:
        found.append(found[-1] + numbers(item))
    return found[:-1]


def _part(x_bar: Any, start: int, count: int) -> Any:
    if isinstance(x_bar, dict):
        return {key: _part(item, start, count) for key, item in x_bar.items()}
    if isinstance(x_bar, (list, tuple)):
        return _like(x_bar, [_part(item, start, count) for item in x_bar])
    return None if x_bar is None else x_bar[start : start + count]


def _split(whole: Any, shape: Any, x: Any, start: int) -> Any:
    """The columns of each part of ``x``."""
    if isinstance(x, (dict, list, tuple)):
        items = x.values() if isinstance(x, dict) else x
        starts = [start + n for n in _starts(items)]
        found = [_split(whole, shape, item, n) for item, n in zip(items, starts, strict=True)]
        return dict(zip(x, found, strict=True)) if isinstance(x, dict) else _like(x, found)
    if not numbers(x) and not isinstance(x, np.ndarray):
        return None
    return whole[..., start : start + np.size(x)].reshape(shape + np.shape(x))[()]


def _like(x: Any, items: list[Any]) -> Any:
    return tuple(items) if isinstance(x, tuple) else items


def count(x_dot: Any) -> int:
    """How many directions a value has.

    >>> count((None, np.zeros((3, 2))))
    3
    """
    if isinstance(x_dot, dict):
        return max(map(count, x_dot.values()), default=0)
    if isinstance(x_dot, (list, tuple)):
        return max(map(count, x_dot), default=0)
    return 0 if x_dot is None else len(x_dot)


def along(x: Any, n: int) -> Any:
    """The same value in each of ``n`` directions, as new storage.

    >>> along((2.0, np.ones(2)), 3)[1].shape
    (3, 2)
    """
    if isinstance(x, dict):
        return {key: along(item, n) for key, item in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)([along(item, n) for item in x])
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
    if isinstance(t, dict):
        return {key: _one(item, k) for key, item in t.items()}
    if isinstance(t, (list, tuple)):
        return type(t)([_one(item, k) for item in t])
    return None if t is None else t[k]


def joined(values: list[Any]) -> Any:
    """Values for one direction each as one that has them all.

    >>> joined([(1.0, None), (2.0, None)])
    (array([1., 2.]), None)
    """
    first = values[0]
    if isinstance(first, dict):
        return {key: joined([value[key] for value in values]) for key in first}
    if isinstance(first, (list, tuple)):
        return _like(first, [joined([value[n] for value in values]) for n in range(len(first))])
    return None if first is None else np.array(values)
