"""Averages, quantiles, integrals of samples and interpolation between them, and evenly spaced numbers."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
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
from srcgrad.rules.registry import Discrete, known, pullback


@pullback(np.average)
def average(a, axis: Discrete = None, weights=None, *, out, d):
    return average_adjoint(d, a, axis, weights), None, average_weights_adjoint(d, a, axis, weights, out)


@pullback(np.nansum)
def nansum(a, axis: Discrete = None, *, keepdims: Discrete = False, d):
    return nansum_adjoint(d, a, axis, keepdims)


@pullback(np.nanmean)
def nanmean(a, axis: Discrete = None, *, keepdims: Discrete = False, d):
    return nanmean_adjoint(d, a, axis, keepdims)


# The two elements in the middle share it.
@pullback(np.median)
def median(a, axis: Discrete = None, *, keepdims: Discrete = False, d):
    return quantile_adjoint(d, a, 0.5, axis)


# The other methods jump from one element to the next, or weigh more of them.
@pullback(np.quantile)
def quantile(
    a: Any, q: Any, axis: Discrete = None, *, method: Literal["linear"] = "linear", keepdims: Discrete = False, d: Any
) -> Any:
    return quantile_adjoint(d, a, q, axis)


@pullback(np.percentile)
def percentile(
    a: Any, q: Any, axis: Discrete = None, *, method: Literal["linear"] = "linear", keepdims: Discrete = False, d: Any
) -> Any:
    return quantile_adjoint(d, a, np.true_divide(q, 100), axis)


@pullback(*[getattr(np, name) for name in ("trapezoid", "trapz") if hasattr(np, name)])
def trapezoid(y, x=None, dx=1.0, axis: Discrete = -1, *, d):
    return trapezoid_adjoint_y(d, y, x, dx, axis), trapezoid_adjoint_x(d, y, x, axis)


# Linear in fp; in x it has the slope of the piece to the right.
@pullback(np.interp)
def interp(x, xp, fp, *, d):
    return interp_adjoint_x(d, x, xp, fp), None, interp_adjoint_fp(d, x, xp, fp)


# start + k * step; how many there are does not change. A single argument is the stop.
@pullback(np.arange)
def arange(start, /, stop=None, step=1, *, d):
    return (
        np.sum(d) if known(np.ndim(stop) == 0) else np.sum(d) * (stop is not None),
        0.0 * np.sum(d),
        np.sum(d * np.arange(d.size)),
    )
