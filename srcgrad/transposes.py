"""The functions that derivatives of derivatives may call: the transposes of what derivatives call.

As in ``runtime``, each calls nothing but NumPy and other helpers, and results are new memory unless the description
says otherwise.  A parameter called ``like`` is read for its shape, structure and dtype only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.matrices import einsum_of, replaced
from srcgrad.runtime import expanded, reshape_like, unbroadcast, unreduce, zeros_like
from srcgrad.structures import add_into, zeros_for

# --- of shapes


def reduced_like(t: Any, like: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return the transpose of ``unreduce``, which made an array of the shape of ``t`` of one like ``like``.

    >>> reduced_like(np.ones((2, 3)), np.zeros(2), axis=1).tolist()
    [3.0, 3.0]
    """
    if np.iscomplexobj(t) != np.iscomplexobj(like):
        t = np.real(t) if np.iscomplexobj(t) else t + 0j
    if not np.shape(t):
        return reshape_like(t, like)
    return reshape_like(unbroadcast(t, expanded(like, axis, keepdims)), like)


def taken(t: Any, numbers: Any) -> Any:
    """Return the elements of ``t`` that ``numbers`` tell, counted from 1 as ``positions`` do; 0 for 0.

    >>> taken(np.array([0.5, 1.5]), np.array([2, 0, 1])).tolist()
    [1.5, 0.0, 0.5]
    """
    flat = np.ravel(t)
    return np.concatenate([np.zeros(1, flat.dtype), flat])[numbers]


def item_of(t: Any, args: Any) -> Any:
    """Return ``t.item(*args)``; a number is its own."""
    return t.item(*args) if isinstance(t, (np.ndarray, np.generic)) else t


# --- of lists


def joined(parts: Any, like: Any, axis: Any) -> Any:
    """Return the concatenation that ``split_like`` took apart, of the shape and dtype of ``like``."""
    made, start = zeros_like(like), 0
    for x in parts:
        if axis is None:
            width = np.size(x)
        else:
            width = np.shape(x)[axis] if np.ndim(x) == np.ndim(like) else 1
        place = (slice(None),) * ((axis or 0) % np.ndim(like)) + (slice(start, start + width),)
        made[place] = np.reshape(x, made[place].shape)
        start += width
    return made


def meshed(xi: Any, indexing: Any) -> Any:
    """Return ``np.meshgrid(*xi, indexing=indexing)`` as a list."""
    return list(np.meshgrid(*xi, indexing=indexing))


def summed(items: Any, like: Any) -> Any:
    """Return the sum of the items, each broadcast to the shape of ``like``."""
    return sum(items, start=zeros_like(like))


def einsum_slope(d: Any, subscripts: Any, operands: Any, n: int = -1) -> Any:
    """Return the derivative of an einsum along the list ``d``: the sum over the first ``n`` operands, or over all."""
    n = len(operands) if n < 0 else n
    first = einsum_of(subscripts, replaced(operands, n - 1, d[n - 1]))
    return first if n == 1 else first + einsum_slope(d, subscripts, operands, n - 1)


# --- of structures


def seed_adjoint(d: Any, y_bar: Any) -> Any:
    """Return the cotangent of ``y_bar`` in ``seed(value, y_bar)``.

    >>> float(seed_adjoint([1.0, np.ones(2)], 1.0))
    3.0
    """
    if isinstance(y_bar, (list, tuple)):
        return [seed_adjoint(part, item) for part, item in zip(d, y_bar, strict=True)]
    if isinstance(y_bar, dict):
        return {key: seed_adjoint(d[key], item) for key, item in y_bar.items()}
    if isinstance(d, (list, tuple, dict)):
        parts = d.values() if isinstance(d, dict) else d
        return sum([seed_adjoint(part, y_bar) for part in parts], start=zeros_like(y_bar))
    return zeros_like(y_bar) if d is None else unbroadcast(d, y_bar)


def element_like(x: Any, index: Any, like: Any) -> Any:
    """Return ``x[index]`` in the shape of ``like``, which was added there; a number is all of its elements.

    >>> float(element_like(np.array([1.0, 2.0, 3.0]), slice(0, 2), 0.0))
    3.0
    """
    if not isinstance(x, (float, complex, np.generic)):
        x = x[index]
    if isinstance(like, (list, tuple, dict)):
        return x
    return unreduce(x, like) if np.ndim(x) < np.ndim(like) else unbroadcast(x, like)


def only_element(t: Any, like: Any, index: Any) -> Any:
    """Return zeros like ``like`` but for ``t`` in the place ``index``.

    >>> only_element(2.0, np.zeros(2), 1)
    array([0., 2.])
    """
    return add_into(zeros_for(like), index, t)
