"""Averages, quantiles, integrals of samples and interpolation between them, and evenly spaced numbers."""

# mypy: allow-untyped-defs, allow-untyped-decorators
from __future__ import annotations

from typing import Any, Literal

import numpy as np

from srcgrad.averages import (
    average_adjoint,
    average_weights_adjoint,
    interp_adjoint_fp,
    interp_adjoint_x,
    nanmean_adjoint,
    nansum_adjoint,
    quantile_adjoint,
    trapezoid_adjoint_x,
    trapezoid_adjoint_y,
)
from srcgrad.rules.registry import known, pullback, pushforward
from srcgrad.tangents import average_weights_tangent, nanmean_tangent, quantile_tangent, trapezoids


@pullback(np.average)
def average(a, axis=None, weights=None, *, out, d):
    return average_adjoint(d, a, axis, weights), None, average_weights_adjoint(d, a, axis, weights, out)


@pushforward(np.average)
def average_forward(a, axis=None, weights=None, *, out, d):
    return (
        np.mean(d, axis) if known(weights is None) else np.average(d, axis, weights),
        None,
        average_weights_tangent(d, a, axis, weights, out),
    )


@pullback(np.nansum)
def nansum(a, axis=None, *, keepdims=False, d):
    return nansum_adjoint(d, a, axis, keepdims)


@pushforward(np.nansum)
def nansum_forward(a, axis=None, *, keepdims=False, d):
    return np.sum(np.where(np.isnan(a), 0.0, d), axis, keepdims=keepdims)


@pullback(np.nanmean)
def nanmean(a, axis=None, *, keepdims=False, d):
    return nanmean_adjoint(d, a, axis, keepdims)


@pushforward(np.nanmean)
def nanmean_forward(a, axis=None, *, keepdims=False, d):
    return nanmean_tangent(d, a, axis, keepdims)


# The two elements in the middle share it.
@pullback(np.median)
def median(a, axis=None, *, keepdims=False, d):
    return quantile_adjoint(d, a, 0.5, axis)


@pushforward(np.median)
def median_forward(a, axis=None, *, keepdims=False, out, d):
    return quantile_tangent(d, a, 0.5, axis, out)


# The other methods jump from one element to the next, or weigh more of them.
@pullback(np.quantile)
def quantile(
    a: Any, q: Any, axis: Any = None, *, method: Literal["linear"] = "linear", keepdims: Any = False, d: Any
) -> Any:
    return quantile_adjoint(d, a, q, axis)


@pushforward(np.quantile)
def quantile_forward(
    a: Any, q: Any, axis: Any = None, *, method: Literal["linear"] = "linear", keepdims: Any = False, out: Any, d: Any
) -> Any:
    return quantile_tangent(d, a, q, axis, out)


@pullback(np.percentile)
def percentile(
    a: Any, q: Any, axis: Any = None, *, method: Literal["linear"] = "linear", keepdims: Any = False, d: Any
) -> Any:
    return quantile_adjoint(d, a, np.true_divide(q, 100), axis)


@pushforward(np.percentile)
def percentile_forward(
    a: Any, q: Any, axis: Any = None, *, method: Literal["linear"] = "linear", keepdims: Any = False, out: Any, d: Any
) -> Any:
    return quantile_tangent(d, a, np.true_divide(q, 100), axis, out)


@pullback(*[getattr(np, name) for name in ("trapezoid", "trapz") if hasattr(np, name)])
def trapezoid(y, x=None, dx=1.0, axis=-1, *, d):
    return trapezoid_adjoint_y(d, y, x, dx, axis), trapezoid_adjoint_x(d, y, x, axis)


@pushforward(*[getattr(np, name) for name in ("trapezoid", "trapz") if hasattr(np, name)])
def trapezoid_forward(y, x=None, dx=1.0, axis=-1, *, d):
    return trapezoids(d, x, dx, axis), trapezoids(y, d, dx, axis)


# Linear in fp; in x it has the slope of the piece to the right.
@pullback(np.interp)
def interp(x, xp, fp, *, d):
    return interp_adjoint_x(d, x, xp, fp), None, interp_adjoint_fp(d, x, xp, fp)


@pushforward(np.interp)
def interp_forward(x, xp, fp, *, d):
    return interp_adjoint_x(d, x, xp, fp), None, np.interp(x, xp, d)


# start + k * step; how many there are does not change. A single argument is the stop.
@pullback(np.arange)
def arange(start, /, stop=None, step=1, *, d):
    return (
        np.sum(d) if known(np.ndim(stop) == 0) else np.sum(d) * (stop is not None),
        0.0 * np.sum(d),
        np.sum(d * np.arange(d.size)),
    )


@pushforward(np.arange)
def arange_forward(start, /, stop=None, step=1, *, out, d):
    return (
        np.full_like(out, d) if known(np.ndim(stop) == 0) else np.full_like(out, d) * (stop is not None),
        np.zeros_like(out),
        d * np.arange(out.size),
    )
