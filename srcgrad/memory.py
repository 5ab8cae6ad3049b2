"""Which arrays share memory, and copies of them that share it in the same way.

Like ``runtime``, it uses NumPy and the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

_ALIGNED = 16  # bytes, as NumPy's own arrays are


def extent(x: Any) -> tuple[int, int]:
    """The address of the first byte of an array's numbers, and the one behind the last; the same twice of none.

    >>> a = np.zeros((2, 3))
    >>> first, last = extent(a[::-1])
    >>> last - first
    48
    """
    start: int = x.__array_interface__["data"][0]
    if not x.size:
        return start, start
    reach = [step * (n - 1) for step, n in zip(x.strides, x.shape, strict=True)]
    return start + sum(r for r in reach if r < 0), start + sum(r for r in reach if r > 0) + x.itemsize


def repeats(x: Any) -> bool:
    """Whether an array may have an element at more than one place, as a broadcast one or a sliding window does.

    >>> repeats(np.broadcast_to(np.ones(2), (3, 2))), repeats(np.ones((2, 2)).T)
    (True, False)
    """
    covered: int = x.itemsize
    for step, n in sorted((abs(step), n) for step, n in zip(x.strides, x.shape, strict=True) if n > 1):
        if step < covered:
            return bool(x.size)
        covered += step * (n - 1)
    return False


def together(arrays: Sequence[Any]) -> Iterator[list[Any]]:
    """The arrays in groups, of which each lies in one piece of memory that no other group touches.

    >>> a, b = np.ones(4), np.ones(2)
    >>> [len(group) for group in sorted(together([a[:3], b, a[2:]]), key=len)]
    [1, 2]
    """
    group: list[Any] = []
    end = 0
    for x in sorted(arrays, key=extent):
        first, last = extent(x)
        if group and first >= end:
            yield group
            group = []
        group.append(x)
        end = max(last, end) if len(group) > 1 else last
    if group:
        yield group


def is_woven(v: Any, x: Any, index: Any) -> bool:
    """Whether ``x[index] = v`` reads what it has stored: so it may where both are in one piece of memory.

    NumPy is asked: it stores numbers of places in memory of the same layout.

    >>> a = np.zeros((2, 2))
    >>> is_woven(a[:, 1], a, 0), is_woven(a[0, :1], a[0], slice(1, None)), is_woven(a[:, 0], a, 0)
    (False, False, False)
    >>> b = np.zeros((3, 3))
    >>> is_woven(b[:, 2], b, 1)
    True
    """
    start, end = min(extent(v)[0], extent(x)[0]), max(extent(v)[1], extent(x)[1])
    size = x.itemsize
    if not np.may_share_memory(v, x):
        return False
    if v.dtype != x.dtype or any(step % size for step in (*v.strides, *x.strides, extent(v)[0] - extent(x)[0])):
        return True  # as far as it is seen here
    numbers, expected = (np.arange((end - start) // size) for _ in range(2))
    read, stored, whole = (_laid_like(a, m, start) for a, m in ((v, numbers), (x, numbers), (x, expected)))
    whole[index] = np.array(read)
    stored[index] = read
    return not np.array_equal(numbers, expected)


def _laid_like(x: Any, memory: Any, start: int) -> Any:
    """A view of other memory, that begins at an address, which lies in it as an array does in its own."""
    scale = memory.itemsize / x.itemsize
    first = (x.__array_interface__["data"][0] - start) // x.itemsize
    strides = [int(step * scale) for step in x.strides]
    return np.lib.stride_tricks.as_strided(memory[first:], x.shape, strides)


class Pickled:
    """An array that is pickled as a view of the memory that it lies in, which is pickled once for all views of it."""

    def __init__(self, view: Any) -> None:
        self.view = view

    def __reduce__(self) -> Any:
        x, memory = self.view, self.view.base
        offset = x.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
        return np.ndarray, (x.shape, x.dtype, memory, offset, x.strides)


def copies(arrays: Sequence[Any], zero: bool = False) -> dict[int, Any]:
    """Copies by the arrays' identities, or zeros, with their strides: what shares memory shares it again.

    Raises TypeError for zeros of arrays that repeat elements and share them with others, or can be written to.

    >>> a = np.arange(3.0)
    >>> made = copies([a, a[1:]])
    >>> made[id(a)][1] = 7.0; [one.tolist() for one in made.values()]
    [[0.0, 7.0, 2.0], [7.0, 2.0]]
    >>> backwards = a[::-1]
    >>> copies([backwards])[id(backwards)].strides
    (-8,)
    """
    made: dict[int, Any] = {}
    for group in together(arrays):
        x = group[0]
        again = any(map(repeats, group))
        if zero and again and (len(group) > 1 or x.flags.writeable):
            raise TypeError(
                "an array that repeats elements of another one, which is changed, cannot be followed: copy it"
            )
        first = extent(x)[0]
        size = max(extent(one)[1] for one in group) - first
        is_plain = size == x.nbytes and min(x.strides, default=0) >= 0  # NumPy turns what runs backwards round
        if len(group) == 1 and (is_plain or again):
            made[id(x)] = np.zeros(x.shape, x.dtype) if zero and again else np.zeros_like(x) if zero else np.copy(x)
            continue
        space = first % _ALIGNED
        memory = np.zeros(size + space, np.uint8)
        for one in group:
            offset = one.__array_interface__["data"][0] - first + space
            made[id(one)] = np.ndarray(one.shape, one.dtype, memory, offset, one.strides)
            if not zero:
                made[id(one)][...] = one
    return made
