"""NumPy's functions that put values in places of an array, as functions that return a new array.

Like ``runtime``, it uses NumPy and the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def with_put(x: Any, ind: Any, v: Any, mode: Any = "raise") -> Any:
    """``x`` after ``np.put(x, ind, v)``.

    >>> with_put(np.zeros(3), [0, 2], [1.0, 2.0])
    array([1., 0., 2.])
    """
    made = np.array(x)
    np.put(made, ind, v, mode)
    return made


def with_placed(x: Any, mask: Any, v: Any) -> Any:
    """``x`` after ``np.place(x, mask, v)``: the places of the mask get the first values, one after the other.

    >>> with_placed(np.zeros(3), [True, False, True], [1.0, 2.0])
    array([1., 0., 2.])
    """
    made = np.array(x)
    np.place(made, mask, v)
    return made


def with_masked(x: Any, mask: Any, v: Any) -> Any:
    """``x`` after ``np.putmask(x, mask, v)``: the places of the mask get the values that stand there.

    >>> with_masked(np.zeros(3), [True, False, True], np.array([1.0, 2.0, 3.0]))
    array([1., 0., 3.])
    """
    made = np.array(x)
    np.putmask(made, mask, v)
    return made


def with_along_axis(x: Any, indices: Any, v: Any, axis: Any) -> Any:
    """``x`` after ``np.put_along_axis(x, indices, v, axis)``.

    >>> with_along_axis(np.zeros((2, 2)), np.array([[1], [0]]), 5.0, 1).tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    made = np.array(x)
    np.put_along_axis(made, indices, v, axis)
    return made


def with_diagonal(x: Any, v: Any, wrap: Any = False) -> Any:
    """``x`` after ``np.fill_diagonal(x, v, wrap)``.

    >>> with_diagonal(np.zeros((2, 2)), 1.0).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    made = np.array(x)
    np.fill_diagonal(made, v, wrap)
    return made


def with_added_at(x: Any, index: Any, t: Any) -> Any:
    """``x`` after ``np.add.at(x, index, t)``: what an index names twice gets both.

    >>> with_added_at(np.zeros(2), [0, 0], [1.0, 2.0])
    array([3., 0.])
    """
    made = np.array(x)
    np.add.at(made, index, t)
    return made


def with_subtracted_at(x: Any, index: Any, t: Any) -> Any:
    """``x`` after ``np.subtract.at(x, index, t)``.

    >>> with_subtracted_at(np.zeros(2), [0, 0], [1.0, 2.0])
    array([-3.,  0.])
    """
    made = np.array(x)
    np.subtract.at(made, index, t)
    return made


def numbered(x: Any) -> Any:
    """The numbers of the elements of ``x``, from zero.

    >>> numbered(np.ones((2, 2))).tolist()
    [[0, 1], [2, 3]]
    """
    return np.arange(np.size(x)).reshape(np.shape(x))


def unplaced(d: Any, origins: Any) -> Any:
    """The adjoint of an array some of whose elements were replaced: ``origins`` has negative numbers there.

    >>> unplaced(np.ones(3), np.array([0, -1, 2]))
    array([1., 0., 1.])
    """
    return np.where(origins < 0, np.zeros_like(d), d)


def put_adjoint(d: Any, origins: Any, v: Any) -> Any:
    """The adjoint of values, of which an array got the one with number ``-1 - origins`` where that is negative.

    >>> put_adjoint(np.array([1.0, 2.0, 3.0]), np.array([-1, 1, -1]), np.array([5.0, 6.0]))
    array([4., 0.])
    """
    found = np.zeros(np.size(v), np.asarray(d).dtype)
    np.add.at(found, -1 - origins[origins < 0], d[origins < 0])
    return found.reshape(np.shape(v)) if np.ndim(v) else found[0]


def put_of(t: Any, origins: Any) -> Any:
    """What an array gets of values, zero where it keeps its own elements: the transpose of ``put_adjoint``.

    >>> put_of(np.array([5.0, 6.0]), np.array([-2, 1, -1]))
    array([6., 0., 5.])
    """
    flat = np.ravel(t)
    found = np.zeros(origins.shape, flat.dtype)
    found[origins < 0] = flat[-1 - origins[origins < 0]]
    return found
