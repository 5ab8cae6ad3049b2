"""The functions that derivatives of averages, quantiles, integrals and interpolation may call.

As in ``runtime``, each calls nothing but NumPy and other functions of the two files, and results are new memory
unless the description says otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime import count, expanded, reshape_like, unbroadcast, unreduce, zeros_like

# --- averages


def spread_weights(a: Any, axis: Any, weights: Any) -> Any:
    """Give the weights of ``np.average(a, axis, weights)`` the axes of ``a``; a view of them."""
    if np.ndim(weights) == np.ndim(a) or axis is None:
        return np.asarray(weights)
    axes = [k % np.ndim(a) for k in np.atleast_1d(axis)]
    ordered = np.transpose(weights, np.argsort(axes))
    return np.expand_dims(ordered, tuple(k for k in range(np.ndim(a)) if k not in axes))


def average_adjoint(d: Any, like: Any, axis: Any, weights: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.average(a, axis, weights)``."""
    if weights is None:
        return unreduce(np.divide(d, count(like, axis)), like, axis)
    shares = np.broadcast_to(spread_weights(like, axis, weights), np.shape(like))
    t = expanded(d, axis, False) * shares / np.sum(shares, axis=axis, keepdims=True)
    return reshape_like(t, like)


def average_weights_adjoint(d: Any, a: Any, axis: Any, weights: Any, out: Any) -> Any:
    """Return the cotangent of the weights in ``np.average(a, axis, weights)``, None if it has none."""
    if weights is None:
        return None
    spread = spread_weights(a, axis, weights)
    total = np.sum(np.broadcast_to(spread, np.shape(a)), axis=axis, keepdims=True)
    t = expanded(d, axis, False) * (np.asarray(a) - expanded(out, axis, False)) / total
    t = unbroadcast(t, spread)
    if np.ndim(weights) == np.ndim(a) or axis is None:
        return reshape_like(t, weights)
    axes = [k % np.ndim(a) for k in np.atleast_1d(axis)]
    kept = np.reshape(t, [np.shape(a)[k] for k in sorted(axes)])
    return np.transpose(kept, np.argsort(np.argsort(axes)))


def nansum_adjoint(d: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.nansum(a, ...)``: 0 where it is not a number."""
    return np.where(np.isnan(a), 0.0, unreduce(d, a, axis, keepdims))[()]


def nanmean_adjoint(d: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.nanmean(a, ...)``: 0 where it is not a number."""
    counts = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims, dtype=np.result_type(d))
    return nansum_adjoint(d / np.where(counts, counts, 1.0), a, axis, keepdims)


# --- quantiles


def quantile_rows(a: Any, axis: Any) -> Any:
    """Arrange what each quantile over ``axis`` takes together along a last axis of its own."""
    values = np.ravel(a) if axis is None else np.asarray(a)
    axes = [0] if axis is None else [k % values.ndim for k in np.atleast_1d(axis)]
    rest = [k for k in range(values.ndim) if k not in axes]
    return np.transpose(values, (*rest, *axes)).reshape(*[values.shape[k] for k in rest], count(a, axis))


def quantile_adjoint(d: Any, a: Any, q: Any, axis: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.quantile(a, q, axis)`` (linear): of two elements each.

    It is not a number where an element that takes part is none, as the quantile is.
    """
    values = np.ravel(a) if axis is None else np.asarray(a)
    axes = [0] if axis is None else [k % values.ndim for k in np.atleast_1d(axis)]
    rest = [k for k in range(values.ndim) if k not in axes]
    rows = quantile_rows(a, axis)
    n = rows.shape[-1]
    if not n:
        return zeros_like(a)
    order = np.argsort(rows, axis=-1, kind="stable")
    rows_bar = np.zeros(rows.shape, np.result_type(d, np.float64))
    layers = np.reshape(d, (np.size(q), *rows.shape[:-1]))
    for level, layer in zip(np.ravel(q), layers, strict=True):
        low = min(int(level * (n - 1)), n - 1)
        upper = level * (n - 1) - low
        for place, weight in ((low, 1.0 - upper), (min(low + 1, n - 1), upper)):
            index = order[..., place : place + 1]
            old = np.take_along_axis(rows_bar, index, -1)
            np.put_along_axis(rows_bar, index, old + np.expand_dims(layer * weight, -1), -1)
    rows_bar = np.where(np.any(np.isnan(rows), axis=-1, keepdims=True), np.nan, rows_bar)
    ordered = rows_bar.reshape([values.shape[k] for k in (*rest, *axes)])
    whole = np.transpose(ordered, np.argsort([*rest, *axes]))
    return unreduce(reshape_like(whole, a), a)


# --- integrals and interpolation


def trapezoid_widths(y: Any, x: Any, dx: Any, axis: Any) -> Any:
    """Return the widths of the intervals of ``np.trapezoid``, broadcast to those of ``y``."""
    if x is None:
        widths = dx
    elif np.ndim(x) == 1:
        widths = np.diff(x).reshape([-1 if k == axis % np.ndim(y) else 1 for k in range(np.ndim(y))])
    else:
        widths = np.diff(x, axis=axis)
    ones = np.ones_like(np.diff(y, axis=axis))
    return widths * ones


def pair_sum_adjoint(t: Any, axis: Any) -> Any:
    """Return the transpose of the sums of neighbours along an axis, applied to ``t``."""
    width = [(0, 0)] * np.ndim(t)
    width[axis] = (1, 1)
    wide = np.moveaxis(np.pad(t, width), axis, 0)
    return np.moveaxis(wide[1:] + wide[:-1], 0, axis)


def trapezoid_adjoint_y(d: Any, y: Any, x: Any, dx: Any, axis: Any) -> Any:
    """Return the cotangent of ``y`` in ``np.trapezoid(y, x, dx, axis)``."""
    t = np.expand_dims(d, axis) * trapezoid_widths(y, x, dx, axis) * 0.5
    return pair_sum_adjoint(t, axis)


def trapezoid_adjoint_x(d: Any, y: Any, x: Any, axis: Any) -> Any:
    """Return the cotangent of ``x`` in ``np.trapezoid(y, x, axis=axis)``."""
    y = np.moveaxis(y, axis, -1)
    t = np.expand_dims(d, -1) * (y[..., 1:] + y[..., :-1]) * 0.5
    t = t.reshape(-1, t.shape[-1]).sum(0) if np.ndim(x) == 1 else t
    before = [(0, 0)] * (np.ndim(t) - 1)
    t_bar = -np.diff(np.pad(t, [*before, (1, 1)]), axis=-1)
    return t_bar if np.ndim(x) == 1 else unbroadcast(np.moveaxis(t_bar, -1, axis), x)


def interp_places(x: Any, xp: Any) -> Any:
    """Return for each element of ``x`` the number of its interval of ``xp`` and its share of it."""
    xp = np.asarray(xp)
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(len(xp) - 2, 0))
    width = xp[np.minimum(k + 1, len(xp) - 1)] - xp[k]
    return k, np.clip((x - xp[k]) / np.where(width == 0, 1.0, width), 0.0, 1.0)


def interp_adjoint_x(d: Any, x: Any, xp: Any, fp: Any) -> Any:
    """Return the cotangent of ``x`` in ``np.interp(x, xp, fp)``: 0 outside of ``xp``."""
    xp, fp = np.asarray(xp), np.asarray(fp)
    k, _ = interp_places(x, xp)
    after = np.minimum(k + 1, len(xp) - 1)
    width = xp[after] - xp[k]
    slope = (fp[after] - fp[k]) / np.where(width == 0, 1.0, width)
    return d * np.where((x >= xp[0]) & (x <= xp[-1]), slope, 0.0)[()]


def interp_adjoint_fp(d: Any, x: Any, xp: Any, like: Any) -> Any:
    """Return the cotangent of ``fp`` in ``np.interp(x, xp, fp)``."""
    k, share = interp_places(x, xp)
    d, k, share = np.ravel(d), np.ravel(k), np.ravel(share)
    after = np.minimum(k + 1, np.size(xp) - 1)
    places = np.concatenate([k, after])
    return unreduce(np.bincount(places, np.concatenate([d * (1 - share), d * share]), np.size(like)), like)
