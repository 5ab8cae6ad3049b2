"""The functions that derivatives may call: what no expression states for all shapes.

Each is a plain function of NumPy arrays, scalars and nested lists that calls nothing but NumPy,
``math`` and other functions of this file, because a saved derivative carries a copy of those that
it needs (so does ``matrices``).  A parameter called ``like`` is read for its shape, structure and
dtype only.  Unless its description says otherwise, a result is new memory, the caller's to change.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# --- shapes and structures


def unbroadcast(t: Any, like: Any) -> Any:
    """Sum ``t`` over the axes along which ``like`` was broadcast; ``t`` itself if there are none.

    >>> unbroadcast(np.ones((2, 3)), np.zeros(3)).tolist()
    [2.0, 2.0, 2.0]
    """
    if type(t) is type(like) is np.ndarray and t.shape == like.shape != ():
        return t  # as it mostly is, which should cost nothing
    if isinstance(like, (list, tuple, dict)):
        if isinstance(t, (list, tuple)) and len(t) != len(like):  # what was taken for numbers are lists
            raise TypeError("lists are added up or repeated where that was not known: give examples of the arguments")
        return t  # an element of a list is not broadcast
    if isinstance(t, float) and isinstance(like, (float, int)):
        return t
    shape, full = np.shape(like), np.shape(t)
    if not shape:
        return np.sum(t) if full else t[()] if isinstance(t, np.ndarray) else t
    if full == shape:
        return t
    new = len(full) - len(shape)
    if new < 0:  # stored in fewer dimensions than it has
        return unbroadcast(np.reshape(t, (1,) * -new + full), like)
    axes = [new + k for k, n in enumerate(shape) if n == 1 and full[new + k] != 1]
    return np.sum(t, axis=(*range(new), *axes)).reshape(shape)


def filled_like(x: Any, value: float) -> Any:
    """Return the structure of ``x`` (nested lists, tuples, dicts, arrays) filled with a number.

    Integers count as reals; what is no number (None, a string) gets None.
    """
    if isinstance(x, (float, int)):
        return value
    if isinstance(x, (np.ndarray, np.generic)):
        dtype = x.dtype if x.dtype.kind in "fcO" else np.dtype(float)
        return np.full_like(x, value, dtype) if isinstance(x, np.ndarray) else dtype.type(value)
    if isinstance(x, dict):
        return {key: filled_like(item, value) for key, item in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_make"):
        return x._make(filled_like(item, value) for item in x)
    if isinstance(x, (list, tuple)):
        return type(x)([filled_like(item, value) for item in x])
    if hasattr(x, "dtype"):  # an array of another library
        return np.full_like(x, value)
    return complex(value) if isinstance(x, complex) else None


def zeros_like(x: Any) -> Any:
    """Return zeros of the structure of ``x``: nested lists, tuples, dicts, arrays and numbers.

    >>> zeros_like({"w": [1.5, np.ones(2)], "name": "first"})
    {'w': [0.0, array([0., 0.])], 'name': None}
    """
    return filled_like(x, 0.0)


def ones_like(x: Any) -> Any:
    """Return ones of the structure of ``x``, as ``zeros_like`` returns zeros.

    >>> ones_like([2, np.zeros(2)])
    [1.0, array([1., 1.])]
    """
    return filled_like(x, 1.0)


def reshape_like(t: Any, like: Any) -> Any:
    """Give ``t`` the shape of ``like``; a view of ``t`` where there can be one."""
    shape = np.shape(like)
    return np.reshape(t, shape) if shape else np.reshape(t, ())[()]


def expanded(d: Any, axis: Any, keepdims: Any) -> Any:
    """Make a reduction's cotangent broadcast against what was reduced; a view of ``d``."""
    return d if axis is None or keepdims else np.expand_dims(d, axis)


def unreduce(d: Any, like: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Broadcast the cotangent of a reduction back to the shape of what was reduced.

    >>> unreduce(np.array([1.0, 2.0]), np.zeros((2, 2)), axis=1).tolist()
    [[1.0, 1.0], [2.0, 2.0]]
    """
    if np.iscomplexobj(d) and not np.iscomplexobj(like):
        d = np.real(d)
    if not np.shape(like):
        return reshape_like(d, like)
    dtype = getattr(like, "dtype", None)
    if dtype is None or dtype.kind not in "fcO":
        dtype = np.result_type(d, np.float64)
    return np.full(np.shape(like), expanded(d, axis, keepdims), dtype)


def like_nested(d: Any, like: Any) -> Any:
    """Take an array apart into the nested lists that ``like`` is; leaves that are arrays are views of ``d``."""
    if isinstance(like, (list, tuple)):
        return [like_nested(d[k], item) for k, item in enumerate(like)]
    if isinstance(like, np.ndarray) or np.ndim(d):
        return d
    return float(np.real(d)) if isinstance(like, (float, int)) else np.asarray(d)[()]


def array_like(d: Any, like: Any) -> Any:
    """Make an array of the shape and dtype of ``like`` of a nested list."""
    return np.array(matched(np.array(d), like), like.dtype).reshape(np.shape(like)) if np.ndim(like) else d


def made_of_integers(out: Any) -> bool:
    """Say whether what was converted has no derivative; raise TypeError where its dtype is one of no numbers."""
    dtype = np.result_type(out)
    if dtype.kind not in "biufc":
        raise TypeError(f"a conversion to the dtype {dtype} cannot be differentiated")
    return dtype.kind in "biu"


def cast_back(d: Any, like: Any, out: Any) -> Any:
    """Return the cotangent of ``like`` where ``out`` is the same in another dtype.

    It is zero if that is a dtype of integers, and may be ``d`` itself.  Raises TypeError where it is one of no numbers.
    """
    if made_of_integers(out):
        return zeros_like(like)
    dtype = getattr(like, "dtype", None)
    return d if dtype is None or dtype.kind not in "fc" else np.asarray(matched(d, like), dtype)[()]


def inverse_permutation(axes: Any) -> Any:
    """Return the axes that undo a transposition; None stands for the reversed order."""
    if axes is None or not np.size(axes):
        return None
    return np.argsort([k % np.size(axes) for k in np.atleast_1d(axes)])


# --- real and complex numbers


def matched(t: Any, like: Any) -> Any:
    """Return a cotangent that is real where ``like`` is and complex where that is; it may be ``t`` or a view of it.

    >>> matched(1.0 + 2.0j, 3.0), matched(1.0, 3.0j), matched([1.0j, 2.0j], [1.0, 1.0j])
    (1.0, (1+0j), [0.0, 2j])
    """
    if isinstance(like, dict):
        return {key: matched(t[key], item) for key, item in like.items()}
    if isinstance(like, (list, tuple)):
        return [matched(a, b) for a, b in zip(t, like, strict=True)]
    if t is None or np.iscomplexobj(t) == np.iscomplexobj(like):
        return t
    return np.real(t) if np.iscomplexobj(t) else t + 0j


# --- elements


def add_at(x_bar: Any, index: Any, t: Any) -> None:
    """Add ``t`` to ``x_bar[index]`` in place; an element that the index names twice receives both.

    >>> x_bar = np.zeros(3)
    >>> add_at(x_bar, [0, 0, 2], np.ones(3))
    >>> x_bar.tolist()
    [2.0, 0.0, 1.0]
    """
    repeats = False
    for part in index if isinstance(index, tuple) else (index,):
        if isinstance(part, (np.ndarray, list, tuple)) and np.size(part) > 1:
            repeats = repeats or np.asarray(part).dtype != bool
    if not repeats:
        x_bar[index] += t
    elif x_bar.ndim == 1 or np.size(t) * 10 < x_bar.size or x_bar.dtype.kind != "f":
        np.add.at(x_bar, index, t)
    else:  # up to ten times as fast as np.add.at for rows, blocks, ...
        taken = np.arange(x_bar.size).reshape(x_bar.shape)[index]
        weights = np.broadcast_to(t, taken.shape)
        x_bar += np.bincount(taken.ravel(), weights.ravel(), x_bar.size).reshape(x_bar.shape)


def positions(x: Any) -> Any:
    """Number the elements of ``x`` from 1, in its shape and memory order (0: from elsewhere)."""
    numbers = np.empty_like(x, dtype=np.intp)
    numbers[...] = np.arange(1, np.size(x) + 1).reshape(np.shape(x))
    return numbers


def binned(places: Any, weights: Any, size: int) -> Any:
    """Return ``np.bincount(places, weights, size)``, of complex weights too."""
    if np.iscomplexobj(weights):
        return np.bincount(places, weights.real, size) + 1j * np.bincount(places, weights.imag, size)
    return np.bincount(places, weights, size)


def gathered(d: Any, like: Any, numbers: Any) -> Any:
    """Sum the elements of ``d`` into those elements of ``like`` that they were taken from.

    ``numbers`` is what the primitive makes of ``positions(like)``.
    """
    if not np.shape(like):
        return np.sum(np.where(numbers == 1, d, 0.0))
    total = binned(np.ravel(numbers), np.ravel(d), np.size(like) + 1)[1:]
    return unreduce(total.reshape(np.shape(like)), like)


def insert_positions(arr: Any, obj: Any, values: Any, axis: Any) -> Any:
    """Say where each element of ``np.insert(arr, obj, values, axis)`` comes from in ``values``."""
    return np.insert(np.zeros(np.shape(arr), np.intp), obj, positions(values), axis)


def pad_adjoint(d: Any, like: Any, pad_width: Any, mode: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.pad(a, pad_width, mode)``; it may be a view of ``d``."""
    if mode == "constant" and not isinstance(pad_width, dict):
        widths = np.broadcast_to(pad_width, (np.ndim(like), 2))[:, 0]
        sizes = zip(widths, np.shape(like), strict=True)
        return np.asarray(d)[tuple([slice(before, before + n) for before, n in sizes])][()]
    return gathered(d, like, np.pad(positions(like), pad_width, mode))


def item_adjoint(d: Any, like: Any, args: Any) -> Any:
    """Return the cotangent of ``x`` in ``x.item(*args)``."""
    if not np.ndim(like):
        return d
    x_bar = zeros_like(like)
    index = args[0] if len(args) == 1 else tuple(args)
    (x_bar if np.ndim(index) or not args else x_bar.flat)[index if args else ...] = d
    return x_bar


def diagonal_adjoint(d: Any, like: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    """Return zeros like ``like`` with ``d`` on a diagonal, its last axis along it."""
    x_bar = zeros_like(np.asarray(like))
    planes = np.moveaxis(x_bar, (axis1, axis2), (-2, -1))
    rows, columns = planes.shape[-2:]
    k = np.arange(max(0, min(rows + min(offset, 0), columns - max(offset, 0))))
    planes[..., k - min(offset, 0), k + max(offset, 0)] = d
    return x_bar


def diag_adjoint(d: Any, like: Any, k: Any) -> Any:
    """Return the cotangent of ``v`` in ``np.diag(v, k)``."""
    return np.diagonal(d, k).copy() if np.ndim(like) == 1 else diagonal_adjoint(d, like, k)


# --- elementwise functions


def sign(x: Any) -> Any:
    """Return the sign of ``x``, as a float where ``x`` is a number."""
    if isinstance(x, (float, int)):
        return 1.0 if x > 0 else -1.0 if x < 0 else x * 0.0
    return np.sign(x)


def ratio(x: Any, y: Any) -> Any:
    """Return ``x / y``, and 0 where ``y`` is 0."""
    if not np.ndim(y):
        return x / y if y else x * 0.0
    return x / np.where(y == 0, np.inf, y)


def larger_share(d: Any, x: Any, y: Any) -> Any:
    """Return ``d`` where ``x > y``, half of it where they are equal, and 0 elsewhere.

    Where ``x`` or ``y`` is None (no bound), it is ``d`` itself.
    """
    if x is None or y is None:
        return d
    if not (np.ndim(x) or np.ndim(y) or np.ndim(d)):
        return d if x > y else 0.5 * d if x == y else 0.0
    return np.where(np.greater(x, y), d, np.where(np.equal(x, y), 0.5 * d, 0.0))


def chosen_share(d: Any, x: Any, y: Any, out: Any) -> Any:
    """Return ``d`` where ``x`` was chosen as ``out``, half of it where ``y`` is equal, else 0."""
    half = np.where(np.equal(y, out), 0.5 * d, d)
    return np.where(np.equal(x, out), half, 0.0)[()]


def limited(a: Any, a_min: Any) -> Any:
    """Return the larger of two values, the first if the second is None."""
    return a if a_min is None else np.maximum(a, a_min)


def power_adjoint_x(t: Any, x: Any, y: Any) -> Any:
    """Return ``t * y * x ** (y - 1)``: 0 where ``y`` is 0, infinite at ``x == 0 < y < 1``."""
    if np.ndim(y) or np.iscomplexobj(x) or np.iscomplexobj(y):
        less = np.where(np.equal(y, 0), 0, np.subtract(y, 1)) if np.ndim(y) else y - 1 if y else 0
        return t * y * np.power(x, less)
    if y == 0:
        return t * 0.0
    if np.ndim(x) or isinstance(x, np.generic):
        return t * y * np.power(x, y - 1) if np.ndim(x) or x != 0 or y >= 1 else t * y * math.inf
    try:
        return t * y * x ** (y - 1)
    except (ZeroDivisionError, OverflowError):  # it has no bound, or none that a float can hold
        return t * y * math.copysign(math.inf, x) ** (1 if (y - 1) % 2 == 1 else 2)


def power_adjoint_y(t: Any, x: Any, whole: Any) -> Any:
    """Return ``t * whole * log(x)``: 0 where ``t`` or ``x`` is 0, not a number where ``x < 0`` and all is real."""
    if np.iscomplexobj(whole):
        zero = np.equal(x, 0) | np.equal(t, 0)
        base = np.where(zero, 1, x)  # an array, with a dtype of its own
        base = base.astype(np.result_type(base.dtype, np.complex64))  # of NumPy 1 a value would be taken for less
        return t * np.where(zero, 0.0, whole * np.log(base))[()]
    if not (np.ndim(x) or np.ndim(whole)):
        return t * whole * math.log(x) if x > 0 else t * 0.0 if x == 0 or t == 0 else t * math.nan
    zero = np.equal(x, 0) | np.equal(t, 0)
    return t * np.where(zero, 0.0, whole * np.log(np.where(zero, 1, x)))


# --- reductions


def count(like: Any, axis: Any) -> Any:
    """Return how many elements a reduction over ``axis`` takes together."""
    shape = np.shape(like)
    return math.prod(shape if axis is None else [shape[k] for k in np.atleast_1d(axis)])


def var_adjoint(d: Any, a: Any, axis: Any, ddof: Any, keepdims: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.var(a, ...)``."""
    centred = (a - np.mean(a, axis=axis, keepdims=True)).conj()
    return expanded(d, axis, keepdims) * 2.0 * centred / (count(a, axis) - ddof)


def std_adjoint(d: Any, a: Any, out: Any, axis: Any, ddof: Any, keepdims: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.std(a, ...)``; 0 where all elements are equal."""
    return var_adjoint(0.5 * ratio(d, out), a, axis, ddof, keepdims)


def products_of_others(rows: Any) -> Any:
    """Return, along the last axis, the product of all elements but one."""
    one = np.ones_like(rows[..., :1])
    before = np.concatenate([one, np.cumprod(rows[..., :-1], axis=-1)], axis=-1)
    after = np.concatenate([np.cumprod(rows[..., :0:-1], axis=-1)[..., ::-1], one], axis=-1)
    return before * after


def axes_last(like: Any, axis: Any) -> Any:
    """Return the order of the axes in which those that are reduced come last."""
    n = np.ndim(like)
    axes = list(range(n)) if axis is None else [k % n for k in np.atleast_1d(axis)]
    return [*(k for k in range(n) if k not in axes), *axes]


def rows_shape(ordered: Any, like: Any, axis: Any) -> Any:
    """Return the shape in which the last axes, those that are reduced, are one."""
    reduced = np.ndim(like) if axis is None else np.size(axis)
    return *np.shape(ordered)[: np.ndim(like) - reduced], count(like, axis)


def prod_adjoint(d: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.prod(a, ...)``, right where elements are 0 too."""
    factors = np.atleast_1d(a)
    ordered = np.transpose(factors, axes_last(factors, axis))
    rows = np.reshape(ordered, rows_shape(ordered, factors, axis))
    others = np.reshape(products_of_others(rows), np.shape(ordered))
    others = np.transpose(others, np.argsort(axes_last(factors, axis)))
    return reshape_like(expanded(d, axis, keepdims) * others, a)


def extremum_adjoint(d: Any, a: Any, out: Any, axis: Any, keepdims: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.max(a, ...)``: equal extrema share it equally.

    It is not a number where the extremum is none.
    """
    chosen, number = chosen_elements(a, expanded(out, axis, keepdims), axis)
    return reshape_like(np.where(chosen, expanded(d, axis, keepdims), 0.0) / number, a)


def chosen_elements(a: Any, out: Any, axis: Any) -> Any:
    """Return where an extremum is taken, and by how many elements: not a number of them if it is none."""
    chosen = np.equal(a, out)
    number = np.sum(chosen, axis=axis, keepdims=True, dtype=np.result_type(out))
    return chosen, np.where(number == 0, np.nan, number)


def cumsum_adjoint(d: Any, like: Any, axis: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.cumsum(a, axis)``."""
    return reshape_like(np.flip(np.cumsum(np.flip(d, axis), axis or 0), axis), like)


def cumprod_adjoint(d: Any, a: Any, out: Any, axis: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.cumprod(a, axis)``, right where elements are 0 too."""
    factors = np.ravel(a) if axis is None else np.moveaxis(np.atleast_1d(a), axis, 0)
    d, products = np.moveaxis(d, axis or 0, 0), np.moveaxis(out, axis or 0, 0)
    if np.all(factors):
        bar = np.flip(np.cumsum(np.flip(d * products, 0), 0), 0) / factors
    else:
        before = np.concatenate([np.ones_like(products[:1]), products[:-1]])
        bar = before * np.flip(recurrence(np.flip(d, 0), np.roll(np.flip(factors, 0), 1, 0)), 0)
    return reshape_like(bar if axis is None else np.moveaxis(bar, 0, axis), a)


def recurrence(b: Any, a: Any) -> Any:
    """Return ``s`` with ``s[0] = b[0]`` and ``s[k] = b[k] + a[k] * s[k - 1]``."""
    s = np.array(b)
    for k in range(1, len(s)):
        s[k] += a[k] * s[k - 1]
    return s


def diff_adjoint(d: Any, like: Any, n: Any, axis: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.diff(a, n, axis)``; ``d`` itself if ``n`` is 0."""
    if not np.size(d):  # n may be more than there were elements
        return zeros_like(like)
    for _ in range(n):
        width = [(0, 0)] * np.ndim(d)
        width[axis] = (1, 1)
        d = -np.diff(np.pad(d, width), axis=axis)
    return d


# --- assembling


def split_like(d: Any, arrays: Any, axis: Any) -> Any:
    """Take the cotangent of a concatenation apart: a piece, a view of ``d``, for each array.

    An array of fewer axes than ``d`` is one layer, as in ``np.vstack``; with ``axis=None`` all
    were flattened.
    """
    pieces, start = [], 0
    for x in arrays:
        if axis is None:
            width = np.size(x)
        else:
            width = np.shape(x)[axis] if np.ndim(x) == np.ndim(d) else 1
        place = (slice(None),) * ((axis or 0) % np.ndim(d)) + (slice(start, start + width),)
        pieces.append(reshape_like(d[place], x))
        start += width
    return np.stack(pieces) if isinstance(arrays, np.ndarray) else pieces


def unstack(d: Any, like: Any, axis: Any) -> Any:
    """Return the layers of ``d`` along ``axis``, views of it: a list, an array if ``like`` is."""
    layers = np.moveaxis(d, axis, 0)
    return layers if isinstance(like, np.ndarray) else [layer[()] for layer in layers]


def block_adjoint(d: Any, arrays: Any) -> Any:
    """Return the cotangents of the blocks of ``np.block(arrays)``, in lists as they came."""
    sizes = [0]

    def numbered(x: Any) -> Any:
        if isinstance(x, list):
            return [numbered(item) for item in x]
        sizes.append(sizes[-1] + np.size(x))
        return np.arange(*sizes[-2:]).reshape(np.shape(x))

    def picked(numbers: Any) -> Any:
        return [picked(item) for item in numbers] if isinstance(numbers, list) else flat[numbers]

    numbers = numbered(arrays)
    flat = np.empty(sizes[-1], np.result_type(d))
    flat[np.block(numbers)] = d
    return picked(numbers)


def select_adjoint(d: Any, condlist: Any, choicelist: Any) -> Any:
    """Return the cotangents of the choices of ``np.select(condlist, choicelist)``."""
    cotangents: list[Any] = []
    free: Any = True
    for condition, choice in zip(condlist, choicelist, strict=True):
        cotangents.append(unbroadcast(np.where(free & condition, d, 0.0), choice))
        free = free & ~np.asarray(condition)
    return np.stack(cotangents) if isinstance(choicelist, np.ndarray) else cotangents


def meshgrid_adjoint(d: Any, xi: Any, indexing: Any) -> Any:
    """Return the cotangents of the vectors of ``np.meshgrid(*xi, indexing=indexing)``."""
    n = len(xi)
    axes = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else range(n)
    others = [tuple(j for j in range(n) if j != axis) for axis in axes]
    return [reshape_like(np.sum(d[k], axis=others[k]), x) for k, x in enumerate(xi)]


# --- Python's own functions


def sum_adjoint(d: Any, iterable: Any) -> Any:
    """Return the cotangents of the items of ``sum(iterable)``: each has its own storage, the first may be ``d``."""
    if isinstance(iterable, np.ndarray):
        return unreduce(unbroadcast(d, np.empty(np.shape(iterable)[1:])), iterable)
    items = [unbroadcast(d, item) for item in iterable]
    return [np.array(item) if n and isinstance(item, np.ndarray) else item for n, item in enumerate(items)]


def factors_adjoint(d: Any, iterable: Any, start: Any) -> Any:
    """Return the cotangents of the items of ``math.prod(iterable, start=start)``."""
    others = products_of_others(np.moveaxis(rows_of(iterable, d), 0, -1))
    return items_of(d * start * np.moveaxis(others, -1, 0), iterable)


def rows_of(items: Any, like: Any) -> Any:
    """Return an array of the items of a list, each broadcast to the shape of ``like``."""
    return np.stack([unreduce(x, like) for x in items]) if len(items) else np.zeros((0, *np.shape(like)))


def items_of(rows: Any, like: Any) -> Any:
    """Take an array of rows apart into items of the shapes of those in ``like``, summed to these."""
    items = [like_nested(unbroadcast(row, x), x) for row, x in zip(rows, like, strict=True)]
    return array_like(items, like) if isinstance(like, np.ndarray) else items


def first_equal(d: Any, args: Any, out: Any) -> Any:
    """Return the cotangents of the arguments of ``max`` or ``min``: the first equal has it all."""
    items = args if len(args) > 1 else args[0]
    cotangents = zeros_like(items if isinstance(items, np.ndarray) else list(items))
    for k, item in enumerate(items):
        if item is out or np.array_equal(item, out, equal_nan=True):
            cotangents[k] = d
            break
    return cotangents if len(args) > 1 else [cotangents]


def hypot_adjoint(d: Any, coordinates: Any, out: Any) -> Any:
    """Return the cotangents of the arguments of ``math.hypot``; 0 where it is 0."""
    return like_nested(d * ratio(np.array(coordinates), out), coordinates)


def dist_adjoint(d: Any, p: Any, q: Any, out: Any) -> Any:
    """Return the cotangent of ``p`` in ``math.dist(p, q)``; 0 where the points are the same."""
    return like_nested(d * ratio(np.array(p) - np.array(q), out), p)
