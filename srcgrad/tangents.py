"""The functions that tangents may call: what no expression states for all shapes.

As in ``runtime``, each calls nothing but NumPy and other functions of these files.  ``d`` is the tangent of the
argument that the name of a function or its parameters say; the result is what it adds to the tangent of the result.
Conventions at ties and kinks are those of the adjoints, so that each tangent is the transpose of its adjoint.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.averages import quantile_rows, spread_weights, trapezoid_widths
from srcgrad.matrices import cond_adjoint, det_adjoint, einsum_of, norm_adjoint, polyval_slope, replaced
from srcgrad.orders import sort_positions
from srcgrad.runtime import (
    count,
    expanded,
    made_of_integers,
    matched,
    ones_like,
    prod_adjoint,
    ratio,
    recurrence,
    reshape_like,
    unreduce,
    zeros_like,
)
from srcgrad.structures import of_type
from srcgrad.transposes import taken


def plus(x: Any, y: Any) -> Any:
    """Return the sum of two tangents of the same structure, which is theirs.

    >>> plus((1.0, {"a": 2.0}), (0.5, {"a": 0.5}))
    (1.5, {'a': 2.5})
    """
    if isinstance(x, dict):
        return {key: plus(value, y[key]) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return of_type(x, [plus(a, b) for a, b in zip(x, y, strict=True)])
    return x if y is None else y if x is None else x + y


# --- arrangements and dtypes


def sort_tangent(d: Any, a: Any, axis: Any) -> Any:
    """Return the tangent of ``np.sort(a, axis)``: equal elements stay in order."""
    return taken(d, sort_positions(a, axis))


def cast_tangent(d: Any, out: Any, copy: Any = True) -> Any:
    """Return the tangent of ``out``, which is a value in another dtype: zero if that is one of integers.

    Raises TypeError where it is one of no numbers.
    """
    if made_of_integers(out):
        return zeros_like(out)
    return np.asarray(matched(d, out)).astype(np.result_type(out), copy=copy)[()]


# --- reductions


def var_tangent(d: Any, a: Any, axis: Any, ddof: Any, keepdims: Any) -> Any:
    """Return the tangent of ``np.var(a, ...)``."""
    centred = a - np.mean(a, axis=axis, keepdims=True)
    products = (centred.conj() * d).real
    return 2.0 * np.sum(products, axis=axis, keepdims=keepdims) / (count(a, axis) - ddof)


def std_tangent(d: Any, a: Any, out: Any, axis: Any, ddof: Any, keepdims: Any) -> Any:
    """Return the tangent of ``np.std(a, ...)``; 0 where all elements are equal."""
    return 0.5 * ratio(var_tangent(d, a, axis, ddof, keepdims), out)


def prod_tangent(d: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    """Return the tangent of ``np.prod(a, ...)``, right where elements are 0 too."""
    return np.sum(d * prod_adjoint(1.0, a, axis, True), axis=axis, keepdims=keepdims)


def extremum_tangent(d: Any, a: Any, out: Any, axis: Any, keepdims: Any) -> Any:
    """Return the tangent of ``np.max(a, ...)``: the mean of those of equal extrema.

    It is not a number where the extremum is none.
    """
    chosen = np.equal(a, expanded(out, axis, keepdims))
    shares = np.sum(chosen, axis=axis, keepdims=keepdims, dtype=np.result_type(out))
    total = np.sum(np.where(chosen, d, 0.0), axis=axis, keepdims=keepdims)
    return total / np.where(shares == 0, np.nan, shares)


def cumprod_tangent(d: Any, a: Any, out: Any, axis: Any) -> Any:
    """Return the tangent of ``np.cumprod(a, axis)``, right where elements are 0 too."""
    factors = np.ravel(a) if axis is None else np.moveaxis(np.atleast_1d(a), axis, 0)
    d = np.ravel(d) if axis is None else np.moveaxis(np.atleast_1d(d), axis, 0)
    products = np.moveaxis(out, axis or 0, 0)
    if np.all(factors):
        rows = products * np.cumsum(d / factors, 0)
    else:
        before = np.concatenate([np.ones_like(products[:1]), products[:-1]])
        rows = recurrence(d * before, factors)
    return np.moveaxis(rows, 0, axis or 0)


def cov_tangent(d: Any, m: Any, out: Any, rowvar: Any, bias: Any, ddof: Any) -> Any:
    """Return the tangent of ``np.cov(m, ...)``."""
    rows, d = np.atleast_2d(m), np.atleast_2d(np.asarray(d, np.result_type(d, out)))  # np.cov is of double precision
    if np.ndim(m) == 2 and not rowvar and rows.shape[1] == (np.shape(out) or (1,))[0]:
        rows, d = rows.T, d.T
    freedom = rows.shape[1] - (int(not bias) if ddof is None else ddof)
    half = d @ (rows - np.mean(rows, axis=1, keepdims=True)).T / freedom
    return reshape_like(half + half.T, out)


# --- averages, quantiles, integrals


def average_weights_tangent(d: Any, a: Any, axis: Any, weights: Any, out: Any) -> Any:
    """Return what the tangent of the weights adds to that of ``np.average(a, axis, weights)``."""
    total = np.sum(np.broadcast_to(spread_weights(a, axis, weights), np.shape(a)), axis=axis)
    shares = spread_weights(a, axis, d) * (np.asarray(a) - expanded(out, axis, False))
    return np.sum(shares, axis=axis) / total


def nanmean_tangent(d: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    """Return the tangent of ``np.nanmean(a, ...)``: what is not a number has none."""
    counts = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims, dtype=np.result_type(d))
    total = np.sum(np.where(np.isnan(a), 0.0, d), axis=axis, keepdims=keepdims)
    return total / np.where(counts, counts, 1.0)


def quantile_tangent(d: Any, a: Any, q: Any, axis: Any, out: Any) -> Any:
    """Return the tangent of ``np.quantile(a, q, axis)`` (linear): of two elements each.

    It is not a number where an element that takes part is none, as the quantile is.
    """
    rows = quantile_rows(a, axis)
    n = rows.shape[-1]
    if not n:
        return zeros_like(out)
    ordered = np.take_along_axis(quantile_rows(d, axis), np.argsort(rows, axis=-1, kind="stable"), -1)
    places = np.ravel(q) * (n - 1)
    low = np.minimum(places.astype(int), n - 1)
    upper = places - low
    layers = ordered[..., low] * (1.0 - upper) + ordered[..., np.minimum(low + 1, n - 1)] * upper
    layers = np.where(np.any(np.isnan(rows), axis=-1, keepdims=True), np.nan, layers)
    return cast_tangent(reshape_like(np.moveaxis(layers, -1, 0), out), out)


def trapezoids(y: Any, x: Any, dx: Any, axis: Any) -> Any:
    """Return ``np.trapezoid(y, x, dx, axis)``, which is linear in ``y`` and in ``x``."""
    ordinates = np.moveaxis(y, axis, -1)
    widths = np.moveaxis(trapezoid_widths(y, x, dx, axis), axis, -1)
    return np.sum(widths * (ordinates[..., 1:] + ordinates[..., :-1]), -1) * 0.5


# --- products


def einsum_tangent(d: Any, subscripts: Any, operands: Any) -> Any:
    """Return the tangent of ``np.einsum(subscripts, *operands)``; ``d`` has None where there is none."""
    total: Any = 0.0
    for k in range(len(operands)):
        if d[k] is not None:
            total = total + einsum_of(subscripts, replaced(operands, k, d[k]))
    return total


def polyval_tangent_x(d: Any, p: Any, x: Any) -> Any:
    """Return what the tangent of ``x`` adds to that of ``np.polyval(p, x)``, for a row of ``p`` for each power."""
    slope = polyval_slope(p, x)
    full = np.broadcast_shapes(np.shape(p)[1:], np.shape(x))
    return d * np.broadcast_to(slope, full)[()]


# --- linear algebra


def norm_tangent(d: Any, x: Any, out: Any, ord: Any, axis: Any, keepdims: Any) -> Any:
    """Return the tangent of ``np.linalg.norm(x, ...)``; 0 where the norm is 0."""
    slope = norm_adjoint(ones_like(out), x, out, ord, axis, keepdims)
    return np.sum(np.real(slope * d), axis=axis, keepdims=keepdims)


def solve_tangent_a(d: Any, a: Any, out: Any) -> Any:
    """Return what the tangent of ``a`` adds to that of ``np.linalg.solve(a, b)``."""
    if np.ndim(out) < np.ndim(a):
        return -np.linalg.solve(a, d @ np.expand_dims(out, -1))[..., 0]
    return -np.linalg.solve(a, d @ out)


def det_tangent(d: Any, a: Any, out: Any) -> Any:
    """Return the tangent of ``np.linalg.det(a)``, of singular ones too."""
    return np.sum(det_adjoint(ones_like(out), a, out) * d, axis=(-2, -1))


def slogdet_tangent(d: Any, a: Any, out: Any) -> Any:
    """Return the tangents of the sign, 0 if it is real, and of the logarithm in ``np.linalg.slogdet(a)``."""
    t = np.sum(np.swapaxes(np.linalg.inv(a), -1, -2) * d, axis=(-2, -1))
    return 1j * np.imag(t) * out[0] if np.iscomplexobj(t) else zeros_like(out[0]), np.real(t)


def cholesky_tangent(d: Any, out: Any) -> Any:
    """Return the tangent of ``np.linalg.cholesky(a)``, which reads the lower triangle.

    I. Murray, "Differentiation of the Cholesky decomposition" (2016), equation 8.
    """
    half = 1.0 - 0.5 * np.eye(np.shape(out)[-1], dtype=out.dtype)
    lower = np.tril(d) * half  # of a diagonal that is not real the real part is read
    symmetric = lower + np.swapaxes(lower, -1, -2).conj()
    t = np.linalg.solve(out, np.swapaxes(np.linalg.solve(out, symmetric), -1, -2).conj())
    return out @ (np.tril(t) * half)


def pinv_tangent(d: Any, a: Any, out: Any) -> Any:
    """Return the tangent of ``np.linalg.pinv(a)`` where the rank is constant: see ``pinv_adjoint``."""
    p, g = np.swapaxes(out, -1, -2).conj(), np.swapaxes(d, -1, -2).conj()
    left = g - out @ (a @ g)
    right = g - (g @ a) @ out
    return -(out @ d @ out) + (out @ p) @ right + left @ (p @ out)


def matrix_power_tangent(d: Any, a: Any, n: int) -> Any:
    """Return the tangent of ``np.linalg.matrix_power(a, n)``."""
    if n < 0:
        inverse = np.linalg.inv(a)
        return matrix_power_tangent(-(inverse @ d @ inverse), inverse, -n)
    total, moved = np.zeros_like(d), d
    for _ in range(n):
        total, moved = total @ a + moved, a @ moved
    return total


def cond_tangent(d: Any, x: Any, out: Any) -> Any:
    """Return the tangent of ``np.linalg.cond(x)``."""
    return np.sum(np.real(cond_adjoint(ones_like(out), x, out) * d), axis=(-2, -1))


# --- Python's own functions


def factors_tangent(d: Any, iterable: Any, start: Any) -> Any:
    """Return what the tangents of the items add to that of ``math.prod(iterable, start=start)``."""
    value, total = start, zeros_like(start)
    for k in range(len(iterable)):
        total = total * iterable[k] + value * d[k]
        value = value * iterable[k]
    return total


def first_equal_tangent(d: Any, args: Any, out: Any) -> Any:
    """Return the tangent of ``max`` or ``min``: that of the first equal; ``d`` has None where there is none."""
    items, tangents = (args, d) if len(args) > 1 else (args[0], d[0])
    for k, item in enumerate(items):
        if item is out or np.array_equal(item, out, equal_nan=True):
            return zeros_like(out) if tangents[k] is None else tangents[k]
    return zeros_like(out)


def divmod_tangent(t: Any, out: Any) -> Any:
    """Return the tangents of quotient, 0, and remainder, ``t`` broadcast, in ``divmod``."""
    return zeros_like(out[0]), unreduce(t, out[1])


def hypot_tangent(d: Any, coordinates: Any, out: Any) -> Any:
    """Return the tangent of ``math.hypot``; 0 where it is 0.  ``d`` has None where there is none."""
    total = 0.0
    for k in range(len(coordinates)):
        if d[k] is not None:
            total = total + d[k] * ratio(coordinates[k], out)
    return total


def dist_tangent(d: Any, p: Any, q: Any, out: Any) -> Any:
    """Return what the tangent of ``p`` adds to that of ``math.dist(p, q)``; 0 where the points are the same."""
    total = 0.0
    for k in range(len(p)):
        total = total + d[k] * ratio(p[k] - q[k], out)
    return total
