"""Sums, extrema and what else takes the elements of an array together, and running sums.

Equal extrema share the cotangent equally.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

import numpy as np

from srcgrad.matrices import cov_adjoint
from srcgrad.rules.registry import Discrete, known, linear, pullback, pushforward
from srcgrad.runtime import (
    count,
    cumprod_adjoint,
    cumsum_adjoint,
    diff_adjoint,
    extremum_adjoint,
    prod_adjoint,
    std_adjoint,
    unreduce,
    var_adjoint,
)
from srcgrad.tangents import (
    cast_tangent,
    cov_tangent,
    cumprod_tangent,
    extremum_tangent,
    prod_tangent,
    std_tangent,
    var_tangent,
)


# What is summed as integers does not move.
@linear(np.sum, methods=("sum",))
def sum(a, axis: Discrete = None, dtype: Discrete = None, *, keepdims: Discrete = False, d):
    return (
        (
            d
            if known(np.ndim(a) == 0)
            else np.full_like(a, d)
            if known(np.ndim(a) > 0 and (axis is None or axis == 0 or keepdims or np.ndim(a) == 1))
            else np.full_like(a, d[..., np.newaxis])
            if known(((axis == -1 and np.ndim(a) > 1) or (axis == 1 and np.ndim(a) == 2)) and not keepdims)
            else unreduce(d, a, axis, keepdims)
        )
        if known(dtype is None)
        else unreduce(d * (np.dtype(dtype).kind in "fc"), a, axis, keepdims)
    )


@pushforward(np.sum)
def sum_forward(a, axis: Discrete = None, dtype: Discrete = None, *, keepdims: Discrete = False, out, d):
    return (
        np.sum(d)
        if known(dtype is None and axis is None and not keepdims)
        else np.sum(d, axis=axis)
        if known(dtype is None and not keepdims)
        else np.sum(d, axis=axis, keepdims=keepdims)
        if known(dtype is None)
        else cast_tangent(np.sum(d, axis=axis, dtype=np.result_type(d, out), keepdims=keepdims), out, False)
    )


@linear(np.mean, methods=("mean",))
def mean(a, axis: Discrete = None, *, keepdims: Discrete = False, d):
    return (
        np.full_like(a, d / a.size)
        if known(np.ndim(a) > 0 and axis is None)
        else np.full_like(a, d / a.shape[0])
        if known(np.ndim(a) > 0 and axis == 0)
        else unreduce(d / count(a, axis), a, axis, keepdims)
    )


@pullback(np.var, methods=("var",))
def var(a, axis: Discrete = None, *, ddof=0, keepdims: Discrete = False, d):
    return (
        2.0 * d * (a - np.mean(a)) / (a.size - ddof)
        if known(np.ndim(a) > 0 and axis is None and not np.iscomplexobj(a))
        else var_adjoint(d, a, axis, ddof, keepdims)
    )


@pushforward(np.var)
def var_forward(a, axis: Discrete = None, *, ddof=0, keepdims: Discrete = False, d):
    return (
        2.0 * np.sum((a - np.mean(a)) * d) / (a.size - ddof)
        if known(np.ndim(a) > 0 and axis is None and not keepdims and not np.iscomplexobj(a))
        else var_tangent(d, a, axis, ddof, keepdims)
    )


@pullback(np.std, methods=("std",))
def std(a, axis: Discrete = None, *, ddof=0, keepdims: Discrete = False, out, d):
    return std_adjoint(d, a, out, axis, ddof, keepdims)


@pushforward(np.std)
def std_forward(a, axis: Discrete = None, *, ddof=0, keepdims: Discrete = False, out, d):
    return std_tangent(d, a, out, axis, ddof, keepdims)


@pullback(np.prod, methods=("prod",))
def prod(a, axis: Discrete = None, *, keepdims: Discrete = False, d):
    return prod_adjoint(d, a, axis, keepdims)


@pushforward(np.prod)
def prod_forward(a, axis: Discrete = None, *, keepdims: Discrete = False, d):
    return prod_tangent(d, a, axis, keepdims)


@pullback(np.max, np.amax, methods=("max",))
def max(a, axis: Discrete = None, *, keepdims: Discrete = False, out, d):
    return extremum_adjoint(d, a, out, axis, keepdims)


@pushforward(np.max, np.amax)
def max_forward(a, axis: Discrete = None, *, keepdims: Discrete = False, out, d):
    return extremum_tangent(d, a, out, axis, keepdims)


@pullback(np.min, np.amin, methods=("min",))
def min(a, axis: Discrete = None, *, keepdims: Discrete = False, out, d):
    return extremum_adjoint(d, a, out, axis, keepdims)


@pushforward(np.min, np.amin)
def min_forward(a, axis: Discrete = None, *, keepdims: Discrete = False, out, d):
    return extremum_tangent(d, a, out, axis, keepdims)


@linear(np.cumsum, methods=("cumsum",))
def cumsum(a, axis: Discrete = None, *, d):
    return np.cumsum(d[::-1])[::-1] if known(np.ndim(a) == 1) else cumsum_adjoint(d, a, axis)


@pullback(np.cumprod, methods=("cumprod",))
def cumprod(a, axis: Discrete = None, *, out, d):
    return cumprod_adjoint(d, a, out, axis)


@pushforward(np.cumprod)
def cumprod_forward(a, axis: Discrete = None, *, out, d):
    return cumprod_tangent(d, a, out, axis)


@linear(np.diff, view=lambda n: n == 0)
def diff(a, n: Discrete = 1, axis: Discrete = -1, *, d):
    return diff_adjoint(d, a, n, axis)


@pullback(np.cov)
def cov(m, *, rowvar: Discrete = True, bias: Discrete = False, ddof=None, d):
    return cov_adjoint(d, m, rowvar, bias, ddof)


@pushforward(np.cov)
def cov_forward(m, *, rowvar: Discrete = True, bias: Discrete = False, ddof=None, out, d):
    return cov_tangent(d, m, out, rowvar, bias, ddof)


@linear(np.bincount)
def bincount(x: Discrete, /, weights=None, minlength: Discrete = 0, *, d):
    return None, d[x]
