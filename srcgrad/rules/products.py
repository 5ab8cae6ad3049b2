"""Products of vectors, matrices, tensors and polynomials."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

import operator

import numpy as np

from srcgrad.matrices import (
    convolve_adjoint,
    cross_adjoint,
    dot_adjoint_a,
    dot_adjoint_b,
    einsum_adjoint,
    einsum_adjoints,
    inner_adjoint_a,
    inner_adjoint_b,
    kron_adjoint,
    matmul_adjoint_a,
    matmul_adjoint_b,
    polyval_adjoint_p,
    polyval_slope,
    tensordot_adjoint_a,
    tensordot_adjoint_b,
)
from srcgrad.rules.registry import Discrete, bilinear, known, linear, pullback, pushforward
from srcgrad.runtime import reshape_like, unbroadcast
from srcgrad.tangents import einsum_tangent, polyval_tangent_x


@bilinear(np.dot, methods=("dot",))
def dot(a, b, *, d):
    return (
        d * b
        if known(np.ndim(a) == 1 and np.ndim(b) == 1)
        else np.outer(d, b)
        if known(np.ndim(a) == 2 and np.ndim(b) == 1)
        else np.dot(b, d)
        if known(np.ndim(a) == 1 and np.ndim(b) == 2)
        else np.dot(d, b.T)
        if known(np.ndim(a) == 2 and np.ndim(b) == 2)
        else dot_adjoint_a(d, a, b),
        d * a
        if known(np.ndim(a) == 1 and np.ndim(b) == 1)
        else np.dot(a.T, d)
        if known(np.ndim(a) == 2 and (np.ndim(b) == 1 or np.ndim(b) == 2))
        else np.outer(a, d)
        if known(np.ndim(a) == 1 and np.ndim(b) == 2)
        else dot_adjoint_b(d, a, b),
    )


@bilinear(operator.matmul, np.matmul)
def matmul(a, b, *, d):
    return (
        d * b
        if known(np.ndim(a) == 1 and np.ndim(b) == 1)
        else np.outer(d, b)
        if known(np.ndim(a) == 2 and np.ndim(b) == 1)
        else b @ d
        if known(np.ndim(a) == 1 and np.ndim(b) == 2)
        else d @ b.T
        if known(np.ndim(a) == 2 and np.ndim(b) == 2)
        else matmul_adjoint_a(d, a, b),
        d * a
        if known(np.ndim(a) == 1 and np.ndim(b) == 1)
        else a.T @ d
        if known(np.ndim(a) == 2 and (np.ndim(b) == 1 or np.ndim(b) == 2))
        else np.outer(a, d)
        if known(np.ndim(a) == 1 and np.ndim(b) == 2)
        else matmul_adjoint_b(d, a, b),
    )


# It takes the conjugate of its first argument.
@bilinear(np.vdot)
def vdot(a, b, *, d):
    return (
        d * b
        if known(np.ndim(a) == 1 and np.ndim(b) == 1 and not np.iscomplexobj(a) and not np.iscomplexobj(b))
        else d * reshape_like(b, a)
        if known(not np.iscomplexobj(a) and not np.iscomplexobj(b))
        else np.conjugate(d * reshape_like(b, a)),
        d * a
        if known(np.ndim(a) == 1 and np.ndim(b) == 1 and not np.iscomplexobj(a))
        else d * reshape_like(a, b)
        if known(not np.iscomplexobj(a))
        else d * np.conjugate(reshape_like(a, b)),
    )


@bilinear(np.inner)
def inner(a, b, *, d):
    return (
        d * b if known(np.ndim(a) == 1 and np.ndim(b) == 1) else inner_adjoint_a(d, a, b),
        d * a if known(np.ndim(a) == 1 and np.ndim(b) == 1) else inner_adjoint_b(d, a, b),
    )


@bilinear(np.outer)
def outer(a, b, *, d):
    return (
        np.dot(d, b) if known(np.ndim(a) == 1 and np.ndim(b) == 1) else reshape_like(np.dot(d, np.ravel(b)), a),
        np.dot(a, d) if known(np.ndim(a) == 1 and np.ndim(b) == 1) else reshape_like(np.dot(np.ravel(a), d), b),
    )


@bilinear(np.tensordot)
def tensordot(a, b, axes: Discrete = 2, *, d):
    return tensordot_adjoint_a(d, a, b, axes), tensordot_adjoint_b(d, a, b, axes)


@bilinear(np.kron)
def kron(a, b, *, d):
    return kron_adjoint(d, a, b, True), kron_adjoint(d, b, a, False)


# a x b = -(b x a), and <d, a x b> = <a, b x d>.
@bilinear(np.cross)
def cross(a, b, *, d):
    return cross_adjoint(d, a, b), cross_adjoint(-d, b, a)


@pullback(np.einsum, view=lambda operands: len(operands) == 1)
def einsum(subscripts: str, /, *operands, optimize: Discrete = False, d):
    return None, (
        [einsum_adjoint(d, subscripts, operands, 0)]
        if known(len(operands) == 1)
        else [
            einsum_adjoint(d, subscripts, operands, 0),
            einsum_adjoint(d, subscripts, operands, 1),
        ]
        if known(len(operands) == 2)
        else einsum_adjoints(d, subscripts, operands)
    )


@pushforward(np.einsum)
def einsum_forward(subscripts: str, /, *operands, optimize: Discrete = False, d):
    return None, (
        [np.einsum(subscripts, d[0])]
        if known(len(operands) == 1)
        else [np.einsum(subscripts, d[0], operands[1]), np.einsum(subscripts, operands[0], d[1])]
        if known(len(operands) == 2)
        else einsum_tangent(d, subscripts, operands)
    )


@bilinear(np.convolve)
def convolve(a, v, mode: Discrete = "full", *, d):
    return convolve_adjoint(d, a, v, mode), convolve_adjoint(d, v, a, mode)


# The convolution with v reversed, but for the middle of an even number if v is the longer.
@bilinear(np.correlate)
def correlate(a, v, mode: Discrete = "valid", *, d):
    late = np.size(v) > np.size(a)
    return (
        convolve_adjoint(d, a, np.flip(v), mode, late),
        np.flip(convolve_adjoint(d, v, a, mode, late)),
    )


# Horner's rule; in p it is linear, in x it has the derivative of the polynomial.
@pullback(np.polyval)
def polyval(p, x, *, d):
    return (
        np.dot(np.ravel(d), np.vander(np.ravel(x), np.size(p)))
        if known(np.ndim(p) == 1)
        else polyval_adjoint_p(d, p, x),
        d * np.polyval(np.polyder(p), x) if known(np.ndim(p) == 1) else unbroadcast(d * polyval_slope(p, x), x),
    )


@pushforward(np.polyval)
def polyval_forward(p, x, *, d):
    return (
        np.polyval(d, x),
        d * np.polyval(np.polyder(p), x)
        if known(np.ndim(p) == 1 and np.result_type(p) == float)  # noqa: E721 (a dtype); polyder widens others
        else polyval_tangent_x(d, p, x),
    )


@linear(np.polyder)
def polyder(p, *, d):
    return (
        np.append(d * np.arange(p.size - 1, 0, -1), np.zeros_like(p[:1]))
        if known(np.ndim(p) == 1)
        else np.append(unbroadcast(d * np.arange(len(p) - 1, 0, -1), p[:-1]), np.zeros_like(p[:1]), 0)
    )


@pullback(np.vander)
def vander(x, N: Discrete = None, *, d):
    n = np.shape(d)[1]
    slopes = np.vander(x, np.maximum(n - 1, 0)) * np.arange(n - 1, 0, -1)
    return np.sum(d[:, :-1] * slopes, axis=1)


@pushforward(np.vander)
def vander_slope(x, N: Discrete = None, *, out, d):
    n = np.shape(out)[1]
    slopes = np.vander(x, np.maximum(n - 1, 0)) * np.arange(n - 1, 0, -1)
    return np.pad(np.expand_dims(d, 1) * slopes, [(0, 0), (0, 1)])


@linear(np.polyfit)
def polyfit(x, y, deg: Discrete, *, d):
    return None, np.linalg.pinv(np.vander(x, deg + 1)).T @ d
