"""The functions that derivatives of products and of linear algebra may call.

As in ``runtime``, each calls nothing but NumPy and other functions of the two files, and results
are new memory.  Formulas are from M. Giles, "An extended collection of matrix derivative results
for forward and reverse mode algorithmic differentiation" (2008), unless another source is named.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime import (
    expanded,
    extremum_adjoint,
    products_of_others,
    ratio,
    reshape_like,
    unbroadcast,
    zeros_like,
)

# --- products


def tensordot_adjoint_a(d: Any, like: Any, b: Any, axes: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.tensordot(a, b, axes)``."""
    m, n = np.ndim(like), np.ndim(b)
    if not np.ndim(axes):
        axes = (range(m - axes, m), range(axes))
    axes_a = [int(k) % m for k in np.atleast_1d(axes[0])]
    axes_b = [int(k) % n for k in np.atleast_1d(axes[1])]
    free_a = [k for k in range(m) if k not in axes_a]
    free_b = [k for k in range(n) if k not in axes_b]
    t = np.tensordot(d, b, (range(len(free_a), len(free_a) + len(free_b)), free_b))
    order = free_a + [axes_a[axes_b.index(k)] for k in sorted(axes_b)]
    return np.transpose(t, np.argsort(order)) if order else t[()]


def tensordot_adjoint_b(d: Any, a: Any, like: Any, axes: Any) -> Any:
    """Return the cotangent of ``b`` in ``np.tensordot(a, b, axes)``."""
    m = np.ndim(a)
    if not np.ndim(axes):
        axes = (range(m - axes, m), range(axes))
    free = m - np.size(axes[0])
    swapped = np.transpose(d, (*range(free, np.ndim(d)), *range(free)))
    return tensordot_adjoint_a(swapped, like, a, (axes[1], axes[0]))


def dot_adjoint_a(d: Any, like: Any, b: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.dot(a, b)``."""
    if not (np.ndim(like) and np.ndim(b)):
        return unbroadcast(d * b, like)
    return tensordot_adjoint_a(d, like, b, ([-1], [max(np.ndim(b) - 2, 0)]))


def dot_adjoint_b(d: Any, a: Any, like: Any) -> Any:
    """Return the cotangent of ``b`` in ``np.dot(a, b)``."""
    if not (np.ndim(a) and np.ndim(like)):
        return unbroadcast(d * a, like)
    return tensordot_adjoint_b(d, a, like, ([-1], [max(np.ndim(like) - 2, 0)]))


def inner_adjoint_a(d: Any, like: Any, b: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.inner(a, b)``."""
    if not (np.ndim(like) and np.ndim(b)):
        return unbroadcast(d * b, like)
    return tensordot_adjoint_a(d, like, b, ([-1], [-1]))


def inner_adjoint_b(d: Any, a: Any, like: Any) -> Any:
    """Return the cotangent of ``b`` in ``np.inner(a, b)``."""
    if not (np.ndim(a) and np.ndim(like)):
        return unbroadcast(d * a, like)
    return tensordot_adjoint_b(d, a, like, ([-1], [-1]))


def matmul_adjoint_a(d: Any, like: Any, b: Any) -> Any:
    """Return the cotangent of ``a`` in ``a @ b``, stacks of matrices included."""
    if np.ndim(b) == 1:
        return unbroadcast(np.expand_dims(d, -1) * b, like)
    if np.ndim(like) > 1:
        return unbroadcast(d @ np.swapaxes(b, -1, -2), like)
    return unbroadcast((np.expand_dims(d, -2) @ np.swapaxes(b, -1, -2))[..., 0, :], like)


def matmul_adjoint_b(d: Any, a: Any, like: Any) -> Any:
    """Return the cotangent of ``b`` in ``a @ b``, stacks of matrices included."""
    if np.ndim(a) == 1:
        t = d * a if np.ndim(like) == 1 else np.expand_dims(a, -1) * np.expand_dims(d, -2)
        return unbroadcast(t, like)
    if np.ndim(like) > 1:
        return unbroadcast(np.swapaxes(a, -1, -2) @ d, like)
    return unbroadcast((np.swapaxes(a, -1, -2) @ np.expand_dims(d, -1))[..., 0], like)


def kron_adjoint(d: Any, like: Any, other: Any, first: bool) -> Any:
    """Return the cotangent of ``like``, the first or second factor of ``np.kron``."""
    n = max(np.ndim(like), np.ndim(other))
    own = (1,) * (n - np.ndim(like)) + np.shape(like)
    rest = (1,) * (n - np.ndim(other)) + np.shape(other)
    pairs = zip(own, rest, strict=True) if first else zip(rest, own, strict=True)
    blocks = np.reshape(d, [size for pair in pairs for size in pair])
    t = np.tensordot(blocks, np.reshape(other, rest), (range(int(first), 2 * n, 2), range(n)))
    return reshape_like(t, like)


def cross_adjoint(d: Any, like: Any, other: Any) -> Any:
    """Return ``np.cross(other, d)`` in the shape of ``like``, for vectors of 2 or 3 elements."""
    if np.shape(other)[-1] == 2:
        if np.shape(like)[-1] == 2:
            d = np.stack([np.zeros_like(d), np.zeros_like(d), d], -1)
        other = np.concatenate([other, np.zeros_like(other)[..., :1]], -1)
    return unbroadcast(np.cross(other, d)[..., : np.shape(like)[-1]], like)


def convolve_adjoint(d: Any, like: Any, other: Any, mode: Any, late: bool = False) -> Any:
    """Return the cotangent of ``like``, one of the two factors of ``np.convolve``.

    ``late`` says that of two middles in mode "same" the later one is taken.
    """
    m, n = np.size(like), np.size(other)
    shorter = min(m, n)
    start = {"full": 0, "same": (shorter - 1 + late) // 2, "valid": shorter - 1}[mode]
    whole = np.zeros(m + n - 1, np.result_type(d))
    whole[start : start + np.size(d)] = d
    return reshape_like(np.convolve(whole, np.ravel(other)[::-1])[n - 1 : n - 1 + m], like)


def einsum_terms(subscripts: Any, operands: Any) -> Any:
    """Return the letters of each operand and of the result of an einsum, all of them explicit."""
    inputs, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    unused = [c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in inputs]
    pairs = zip(terms, operands, strict=True)
    dots = [np.ndim(x) - len(term) + 3 if "..." in term else 0 for term, x in pairs]
    most = "".join(unused[: max(dots)])
    if not arrow:
        seen = inputs.replace("...", "").replace(",", "")
        result = "..." + "".join(sorted(c for c in set(seen) if seen.count(c) == 1))
    pairs = zip(terms, dots, strict=True)
    return [t.replace("...", most[len(most) - n :]) for t, n in pairs], result.replace("...", most)


def einsum_adjoint(d: Any, subscripts: Any, operands: Any, k: int) -> Any:
    """Return the cotangent of ``operands[k]`` in ``np.einsum(subscripts, *operands)``."""
    terms, result = einsum_terms(subscripts, operands)
    own = "".join(dict.fromkeys(terms[k]))
    sources = [result, *terms[:k], *terms[k + 1 :]]
    arrays = [d, *operands[:k], *operands[k + 1 :]]
    if not own:
        return np.einsum(",".join(sources) + "->", *arrays)[()]
    kinds = [np.complex64] if any(map(np.iscomplexobj, arrays)) else []
    x_bar = zeros_like(np.asarray(operands[k]))
    x_bar = np.zeros_like(x_bar, np.result_type(x_bar, *kinds))
    spread = np.einsum(f"{terms[k]}->{own}", x_bar)  # a view: of a diagonal, if a letter is doubled
    for c, size in zip(own, spread.shape, strict=True):
        if not any(c in source for source in sources):  # it was summed: all receive the same
            sources.append(c)
            arrays.append(np.ones(size, x_bar.dtype))
    t = np.einsum(",".join(sources) + "->" + own, *arrays, optimize=len(arrays) > 2)
    spread[...] = unbroadcast(t, spread)
    return x_bar


def einsum_adjoints(d: Any, subscripts: Any, operands: Any) -> Any:
    """Return the cotangents of all operands of ``np.einsum(subscripts, *operands)``."""
    return [einsum_adjoint(d, subscripts, operands, k) for k in range(len(operands))]


def polyval_adjoint_p(d: Any, like: Any, x: Any) -> Any:
    """Return the cotangent of the coefficients in ``np.polyval(p, x)``: of a row for each power."""
    p = np.asarray(like)
    rows = [unbroadcast(d * np.power(x, len(p) - 1 - k), row) for k, row in enumerate(p)]
    return np.reshape(rows, p.shape)


def polyval_slope(p: Any, x: Any) -> Any:
    """Return the derivative of ``np.polyval(p, x)`` with respect to ``x``."""
    p = np.asarray(p)
    powers = np.arange(len(p) - 1, 0, -1, dtype=np.result_type(p, np.float16)).reshape(-1, *[1] * (p.ndim - 1))
    return np.polyval(p[:-1] * powers, x)


# --- linear algebra


def solve_transposed(a: Any, d: Any) -> Any:
    """Solve with the transposed matrices; ``d`` is vectors if it has fewer axes than ``a``."""
    if np.ndim(d) < np.ndim(a):
        return np.linalg.solve(np.swapaxes(a, -1, -2), np.expand_dims(d, -1))[..., 0]
    return np.linalg.solve(np.swapaxes(a, -1, -2), d)


def solve_adjoint_a(t: Any, like: Any, out: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.solve``, of ``solve_transposed(a, d)``."""
    if np.ndim(out) < np.ndim(like):
        t, out = np.expand_dims(t, -1), np.expand_dims(out, -1)
    return unbroadcast(-(t @ np.swapaxes(out, -1, -2)), like)


def det_adjoint(d: Any, a: Any, out: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.det(a)``: cofactors, of singular ones too."""
    d = np.expand_dims(d, (-1, -2))
    if np.all(out):
        return d * np.expand_dims(out, (-1, -2)) * np.swapaxes(np.linalg.inv(a), -1, -2)
    u, s, vh = np.linalg.svd(a)
    signs = np.expand_dims(np.linalg.det(u) * np.linalg.det(vh), (-1, -2))
    return d * signs * ((u * products_of_others(s)[..., np.newaxis, :]) @ vh).conj()


def slogdet_adjoint(d: Any, a: Any, out: Any) -> Any:
    """Return the cotangent of a complex ``a`` in ``np.linalg.slogdet(a)``: ``d`` has those of its sign and logarithm.

    The sign turns by the imaginary part of the change of the logarithm of the determinant.
    """
    turn = np.expand_dims(d[1] + 1j * np.imag(d[0] * out[0]), (-1, -2))
    return turn * np.swapaxes(np.linalg.inv(a), -1, -2)


def cholesky_adjoint(d: Any, out: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.cholesky(a)``: of its lower triangle, as read.

    I. Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10; of a Hermitian matrix, of
    which the diagonal is real, by the conjugate of its second factor.
    """
    upper = np.swapaxes(out, -1, -2)
    half = 1.0 - 0.5 * np.eye(np.shape(out)[-1], dtype=out.dtype)
    t = np.linalg.solve(upper, np.tril(upper @ np.tril(d)) * half)
    s = np.swapaxes(np.linalg.solve(upper.conj(), np.swapaxes(t, -1, -2)), -1, -2)
    return np.tril(s + np.swapaxes(s, -1, -2).conj()) * half


def pinv_adjoint(d: Any, a: Any, out: Any) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.pinv(a)`` where the rank is constant.

    G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares
    problems whose variables separate" (1973).
    """
    p, g = np.swapaxes(out, -1, -2), np.swapaxes(d, -1, -2)
    left = g - a @ (out @ g)
    right = g - (g @ out) @ a
    h = p.conj()
    return -(p @ d @ p) + (left @ (out @ h) + (h @ out) @ right).conj()


def matrix_power_adjoint(d: Any, a: Any, n: int) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.matrix_power(a, n)``."""
    if n < 0:
        inverse = np.linalg.inv(a)
        t = np.swapaxes(inverse, -1, -2)
        return -(t @ matrix_power_adjoint(d, inverse, -n) @ t)
    t, total = np.swapaxes(a, -1, -2), np.zeros_like(d)
    for k in range(n):
        power, rest = np.linalg.matrix_power(t, k), np.linalg.matrix_power(t, n - 1 - k)
        total = total + power @ d @ rest
    return total


def cond_adjoint(d: Any, x: Any, out: Any) -> Any:
    """Return the cotangent of ``x`` in ``np.linalg.cond(x)``."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    largest = u[..., :, :1] * vh[..., :1, :]
    smallest = u[..., :, -1:] * vh[..., -1:, :]
    scale = np.expand_dims(d / s[..., -1], (-1, -2))
    return scale * (largest - np.expand_dims(out, (-1, -2)) * smallest).conj()


def cov_adjoint(d: Any, m: Any, rowvar: Any, bias: Any, ddof: Any) -> Any:
    """Return the cotangent of ``m`` in ``np.cov(m, ...)``."""
    rows = np.array(m, ndmin=2)
    flipped = np.ndim(m) == 2 and not rowvar and rows.shape[1] == (np.shape(d) or (1,))[0]
    rows = rows.T if flipped else rows
    n = len(rows)
    both = np.reshape(d, (n, n)) + np.reshape(d, (n, n)).T
    freedom = rows.shape[1] - (int(not bias) if ddof is None else ddof)
    t = both @ (rows - np.mean(rows, axis=1, keepdims=True)) / freedom
    return reshape_like(t.T if flipped else t, m)


def direction(x: Any) -> Any:
    """Return ``conj(x) / abs(x)``, and 0 where ``x`` is 0: the sign of real numbers."""
    return ratio(np.conj(x), np.abs(x)) if np.iscomplexobj(x) else np.sign(x)


def norm_adjoint(d: Any, x: Any, out: Any, ord: Any, axis: Any, keepdims: Any) -> Any:
    """Return the cotangent of ``x`` in ``np.linalg.norm(x, ...)``; 0 where the norm is 0."""
    x = np.asarray(x)
    matrix = x.ndim == 2 if axis is None else np.size(axis) == 2
    if ord is None or ord == "fro" or (ord == 2 and not matrix):
        return expanded(ratio(d, out), axis, keepdims) * x.conj()
    axes = tuple(range(x.ndim)) if axis is None else axis
    if matrix and (ord == "nuc" or abs(ord) == 2):
        u, s, vh = np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), full_matrices=False)
        k = slice(None) if ord == "nuc" else slice(0, 1) if ord == 2 else slice(-1, None)
        nonzero = np.expand_dims(s[..., k] > 0, -2)  # where one is 0 the norm has a kink
        t = np.moveaxis((u[..., k] * nonzero) @ vh[..., k, :], (-2, -1), axes)
        return expanded(d, axes, keepdims) * t.conj()
    if matrix:  # the largest or smallest sum of magnitudes along the other axis
        sums = np.sum(np.abs(x), axis=axes[abs(ord) != 1], keepdims=True)
        return extremum_adjoint(d, sums, out, axes, keepdims) * direction(x)
    if abs(ord) == np.inf:
        return extremum_adjoint(d, np.abs(x), out, axis, keepdims) * direction(x)
    d, out = expanded(d, axis, keepdims), expanded(out, axis, keepdims)
    if ord in (0, 1):
        return d * ord * direction(x)
    share = ratio(np.abs(x), out) ** (ord - 1) if ord > 1 else ratio(out, np.abs(x)) ** (1 - ord)
    return d * direction(x) * share  # 0 where an element is 0
