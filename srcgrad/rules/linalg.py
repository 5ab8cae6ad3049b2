"""Linear algebra.

Formulas are from M. Giles, "An extended collection of matrix derivative results for forward
and reverse mode algorithmic differentiation" (2008), unless the function called names another.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

import numpy as np

from srcgrad.matrices import (
    cholesky_adjoint,
    cond_adjoint,
    det_adjoint,
    matrix_power_adjoint,
    norm_adjoint,
    pinv_adjoint,
    slogdet_adjoint,
    solve_adjoint_a,
    solve_transposed,
)
from srcgrad.rules.registry import Discrete, known, pullback, pushforward
from srcgrad.runtime import matched, ratio, unbroadcast
from srcgrad.tangents import (
    cholesky_tangent,
    cond_tangent,
    det_tangent,
    matrix_power_tangent,
    norm_tangent,
    pinv_tangent,
    slogdet_tangent,
    solve_tangent_a,
)


# 0 where the norm is 0: the smallest of its subgradients.
@pullback(np.linalg.norm)
def norm(x, ord=None, axis: Discrete = None, keepdims: Discrete = False, *, out, d):
    return (
        ratio(d, out) * x
        if known(ord is None and axis is None and np.ndim(x) > 0 and not np.iscomplexobj(x))
        else norm_adjoint(d, x, out, ord, axis, keepdims)
    )


@pushforward(np.linalg.norm)
def norm_forward(x, ord=None, axis: Discrete = None, keepdims: Discrete = False, *, out, d):
    return (
        ratio(np.sum(x * d), out)
        if known(ord is None and axis is None and not keepdims and not np.iscomplexobj(x))
        else ratio(np.sum(x * d, axis=axis, keepdims=keepdims), out)
        if known(ord is None and not np.iscomplexobj(x))
        else norm_tangent(d, x, out, ord, axis, keepdims)
    )


@pullback(np.linalg.solve)
def solve(a, b, *, out, d):
    t = (
        np.linalg.solve(a.T, d)
        if known(np.ndim(a) == 2 and (np.ndim(b) == 1 or np.ndim(b) == 2))
        else solve_transposed(a, d)
    )
    return (
        -np.outer(t, out)
        if known(np.ndim(a) == 2 and np.ndim(b) == 1)
        else -np.dot(t, out.T)
        if known(np.ndim(a) == 2 and np.ndim(b) == 2)
        else solve_adjoint_a(t, a, out),
        t if known(np.ndim(a) == 2 and (np.ndim(b) == 1 or np.ndim(b) == 2)) else unbroadcast(t, b),
    )


@pushforward(np.linalg.solve)
def solve_forward(a, b, *, out, d):
    return (
        -np.linalg.solve(a, d @ out)
        if known(np.ndim(a) == 2 and (np.ndim(b) == 1 or np.ndim(b) == 2))
        else solve_tangent_a(d, a, out),
        np.linalg.solve(a, d),
    )


@pullback(np.linalg.inv)
def inv(a, *, out, d):
    return (
        -(out.T @ d @ out.T) if known(np.ndim(a) == 2) else -(np.swapaxes(out, -1, -2) @ d @ np.swapaxes(out, -1, -2))
    )


@pushforward(np.linalg.inv)
def inv_forward(a, *, out, d):
    return -(out @ d @ out)


@pullback(np.linalg.det)
def det(a, *, out, d):
    return det_adjoint(d, a, out)


@pushforward(np.linalg.det)
def det_forward(a, *, out, d):
    return det_tangent(d, a, out)


# The sign of a complex determinant turns with it.
@pullback(np.linalg.slogdet)
def slogdet(a, *, out, d):
    return (
        d[1] * np.linalg.inv(a).T
        if known(np.ndim(a) == 2 and not np.iscomplexobj(a))
        else np.expand_dims(d[1], (-1, -2)) * np.swapaxes(np.linalg.inv(a), -1, -2)
        if known(not np.iscomplexobj(a))
        else matched(slogdet_adjoint(d, a, out), a)
    )


@pushforward(np.linalg.slogdet)
def slogdet_forward(a, *, out, d):
    return slogdet_tangent(d, a, out)


@pullback(np.linalg.cholesky)
def cholesky(a, /, *, out, d):
    return cholesky_adjoint(d, out)


@pushforward(np.linalg.cholesky)
def cholesky_forward(a, /, *, out, d):
    return cholesky_tangent(d, out)


@pullback(np.linalg.pinv)
def pinv(a, *, out, d):
    return pinv_adjoint(d, a, out)


@pushforward(np.linalg.pinv)
def pinv_forward(a, *, out, d):
    return pinv_tangent(d, a, out)


@pullback(np.linalg.matrix_power, view=lambda n: n == 1)
def matrix_power(a, n: Discrete, *, d):
    return matrix_power_adjoint(d, a, n)


@pushforward(np.linalg.matrix_power)
def matrix_power_forward(a, n: Discrete, *, d):
    return d @ a + a @ d if known(n == 2) else d if known(n == 1) else matrix_power_tangent(d, a, n)


@pullback(np.linalg.cond)
def cond(x, *, out, d):
    return cond_adjoint(d, x, out)


@pushforward(np.linalg.cond)
def cond_forward(x, *, out, d):
    return cond_tangent(d, x, out)
