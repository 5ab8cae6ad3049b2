"""Helpers of derivatives of products and of linear algebra, where a derivative is itself differentiated."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

import numpy as np

from srcgrad.averages import quantile_adjoint
from srcgrad.matrices import (
    cofactors,
    cofactors_slope,
    einsum_adjoints,
    einsum_of,
    of_letters,
    replaced,
    svd_adjoint,
    svd_slope,
    thin_svd,
    with_letters,
)
from srcgrad.rules.registry import Discrete, linear, of_complex, pullback, pushforward
from srcgrad.runtime import recurrence
from srcgrad.structures import zeros_for
from srcgrad.tangents import quantile_tangent
from srcgrad.transposes import einsum_slope

of_complex(recurrence, einsum_of, replaced, with_letters, of_letters, cofactors, thin_svd)


# A linear recurrence, run backwards.
@pullback(recurrence)
def of_recurrence(b, a, *, out, d):
    t = np.flip(recurrence(np.flip(d, 0), np.roll(np.flip(a, 0), 1, 0)), 0)
    return t, t * np.concatenate([np.zeros_like(out[:1]), out[:-1]])


@pushforward(recurrence)
def along_recurrence(b, a, *, out, d):
    return recurrence(d, a), recurrence(d * np.concatenate([np.zeros_like(out[:1]), out[:-1]]), a)


@pullback(einsum_of, view=True)
def of_einsum_of(subscripts: Discrete, operands, *, d):
    return None, einsum_adjoints(d, subscripts, operands)


@pushforward(einsum_of)
def along_einsum_of(subscripts: Discrete, operands, *, d):
    return None, einsum_slope(d, subscripts, operands)


@linear(replaced, view=True)
def of_replaced(items, k: Discrete, x, *, d):
    return replaced(d, k, zeros_for(items[k])), None, d[k]


@linear(with_letters, view=True)
def of_with_letters(t, like, term: Discrete, *, d):
    return of_letters(d, t, term), zeros_for(like)


@linear(of_letters, view=True)
def of_of_letters(x, like, term: Discrete, *, d):
    return with_letters(d, x, term), zeros_for(like)


# The second derivative of a determinant is symmetric.
@pullback(cofactors)
def of_cofactors(a, *, d):
    return cofactors_slope(d, a)


@pushforward(cofactors)
def along_cofactors(a, *, d):
    return cofactors_slope(d, a)


@pullback(thin_svd)
def of_thin_svd(x, *, out, d):
    return svd_adjoint(d[0], d[1], d[2], out[0], out[1], out[2])


@pushforward(thin_svd)
def along_thin_svd(x, *, out, d):
    return svd_slope(d, out[0], out[1], out[2])


# --- quantiles


@linear(quantile_tangent)
def of_quantile_tangent(t, a, q: Discrete, axis: Discrete, like, /, *, d):
    return quantile_adjoint(d, a, q, axis), zeros_for(a), None, None, zeros_for(like)
