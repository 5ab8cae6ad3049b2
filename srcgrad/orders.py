"""What derivatives of sorted and of partly sorted values compute with: where each of them comes from.

Like ``runtime``, it uses NumPy and the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime import positions


def sort_positions(a: Any, axis: Any) -> Any:
    """Say where each element of ``np.sort(a, axis)`` comes from in ``a``."""
    numbers = positions(a).ravel() if axis is None else positions(a)
    return np.take_along_axis(numbers, np.argsort(a, axis, kind="stable"), 0 if axis is None else axis)


def order_of(items: Any, key: Any = None, reverse: bool = False) -> list[int]:
    """Say where in ``items`` the elements of ``sorted(items, key=key, reverse=reverse)`` are.

    >>> order_of([3.0, 1.0, 2.0]), order_of([3.0, 1.0, 2.0], lambda x: -x)
    ([1, 2, 0], [0, 2, 1])
    """
    keys = _keys(items, key)
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


def _keys(items: Any, key: Any) -> list[Any]:
    return list(items) if key is None else list(map(key, items))


def place_of_largest(items: Any, key: Any) -> int:
    """Say where in ``items`` the element ``max(items, key=key)`` is.

    >>> place_of_largest([1.0, -3.0, 3.0], abs)
    1
    """
    keys = _keys(items, key)
    return max(range(len(keys)), key=keys.__getitem__)


def place_of_smallest(items: Any, key: Any) -> int:
    """Say where in ``items`` the element ``min(items, key=key)`` is.

    >>> place_of_smallest([1.0, -3.0, 0.5], abs)
    2
    """
    keys = _keys(items, key)
    return min(range(len(keys)), key=keys.__getitem__)


WITH_KEY = (order_of, place_of_largest, place_of_smallest)  # they call the key that they are given


def partition_positions(a: Any, out: Any, axis: Any) -> Any:
    """Say where each element of ``np.partition(a, kth, axis)``, which is ``out``, comes from in ``a``."""
    rank = np.argsort(np.argsort(out, axis, kind="stable"), axis)
    return np.take_along_axis(sort_positions(a, axis), rank, 0 if axis is None else axis)
