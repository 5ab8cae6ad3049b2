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
    summed, order = tensordot_axes(like, b, axes)
    t = np.tensordot(d, b, summed)
    return np.transpose(t, order) if np.ndim(like) else t[()]


def tensordot_axes(a: Any, b: Any, axes: Any) -> Any:
    """Return over which axes a cotangent of ``np.tensordot(a, b, axes)`` and ``b`` are summed, and the order then."""
    m, n = np.ndim(a), np.ndim(b)
    if not np.ndim(axes):
        axes = (range(m - axes, m), range(axes))
    axes_a = [int(k) % m for k in np.atleast_1d(axes[0])]
    axes_b = [int(k) % n for k in np.atleast_1d(axes[1])]
    free_a = [k for k in range(m) if k not in axes_a]
    free_b = [k for k in range(n) if k not in axes_b]
    order = free_a + [axes_a[axes_b.index(k)] for k in sorted(axes_b)]
    return (range(len(free_a), len(free_a) + len(free_b)), free_b), np.argsort(order)


def tensordot_adjoint_b(d: Any, a: Any, like: Any, axes: Any) -> Any:
    """Return the cotangent of ``b`` in ``np.tensordot(a, b, axes)``."""
    mirrored = (axes[1], axes[0]) if np.ndim(axes) else (range(axes), range(np.ndim(a) - axes, np.ndim(a)))
    return tensordot_adjoint_a(np.transpose(d, axes_turned(d, a, mirrored[1])), like, a, mirrored)


def axes_turned(d: Any, a: Any, axes: Any) -> Any:
    """Return the order of the axes of ``d`` in which those that came from ``a`` are last."""
    free = np.ndim(a) - np.size(axes)
    return *range(free, np.ndim(d)), *range(free)


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
    whole = np.pad(d, (start, m + n - 1 - start - np.size(d)))
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


def einsum_of(subscripts: Any, operands: Any) -> Any:
    """Return ``np.einsum(subscripts, *operands)``; it may be a view of a lone operand."""
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2)[()]


def einsum_adjoint(d: Any, subscripts: Any, operands: Any, k: int) -> Any:
    """Return the cotangent of ``operands[k]`` in ``np.einsum(subscripts, *operands)``."""
    transposed, summed, term = einsum_plan(subscripts, operands, k)
    t = einsum_of(transposed, replaced(operands, k, d))
    return with_letters(np.expand_dims(t, summed) if summed else t, operands[k], term)


def einsum_plan(subscripts: Any, operands: Any, k: int) -> Any:
    """Return the einsum that gives the cotangent of ``operands[k]``, the axes that it lacks, the operand's letters."""
    terms, result = einsum_terms(subscripts, operands)
    sources = [result if j == k else term for j, term in enumerate(terms)]
    own = list(dict.fromkeys(terms[k]))
    summed = tuple(n for n, c in enumerate(own) if not any(c in source for source in sources))
    kept = "".join(c for n, c in enumerate(own) if n not in summed)
    return ",".join(sources) + "->" + kept, summed, terms[k]


def einsum_adjoints(d: Any, subscripts: Any, operands: Any, n: int = -1) -> Any:
    """Return the cotangents of the operands of ``np.einsum(subscripts, *operands)``: zeros but for the first ``n``."""
    n = len(operands) if n < 0 else n
    if not n:
        return zeros_like(operands)
    rest = einsum_adjoints(d, subscripts, operands, n - 1)
    return replaced(rest, n - 1, einsum_adjoint(d, subscripts, operands, n - 1))


def replaced(items: Any, k: int, x: Any) -> Any:
    """Return a list of the items with another one in place ``k``."""
    return [x if n == k else item for n, item in enumerate(items)]


def with_letters(t: Any, like: Any, term: str) -> Any:
    """Return the cotangent of ``x``, which is like ``like``, in ``np.einsum`` of ``term`` to its letters, each once.

    It is ``t`` on the diagonals of a letter that is there twice; sizes of one are broadcast, or summed.
    """
    own = "".join(dict.fromkeys(term))
    if own == "":
        return t
    x_bar = zeros_like(np.asarray(like))
    if np.iscomplexobj(t):
        x_bar = np.zeros_like(x_bar, np.result_type(x_bar.dtype, np.complex64))
    part = np.einsum(f"{term}->{own}", x_bar)  # a view
    part[...] = unbroadcast(np.broadcast_to(t, np.broadcast_shapes(np.shape(t), part.shape)), part)
    return x_bar


def of_letters(x: Any, like: Any, term: str) -> Any:
    """Return ``np.einsum`` of ``x``, from ``term`` to its letters, each once, in the shape of ``like``."""
    part = np.asarray(np.einsum(f"{term}->{''.join(dict.fromkeys(term))}", x))
    return unbroadcast(np.broadcast_to(part, np.broadcast_shapes(part.shape, np.shape(like))), like)


def polyval_adjoint_p(d: Any, like: Any, x: Any) -> Any:
    """Return the cotangent of the coefficients in ``np.polyval(p, x)``: of a row for each power."""
    rows = (len(like), *(1,) * (np.ndim(d) - np.ndim(like) + 1), *np.shape(like)[1:])
    powers = np.arange(len(like) - 1, -1, -1).reshape((-1, *(1,) * np.ndim(d)))
    return reshape_like(unbroadcast(d * np.power(x, powers), np.empty(rows)), like)


def polyval_slope(p: Any, x: Any) -> Any:
    """Return the derivative of ``np.polyval(p, x)`` with respect to ``x``."""
    like = np.asarray(p)
    powers = np.arange(len(p) - 1, 0, -1, dtype=np.result_type(like, np.float16))
    return np.polyval(like[:-1] * powers.reshape((-1, *(1,) * (np.ndim(p) - 1))), x)


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
    return d * cofactors(a)


def cofactors(a: Any) -> Any:
    """Return the cofactors of matrices that may be singular."""
    u, s, vh = np.linalg.svd(a)
    signs = np.expand_dims(np.linalg.det(u) * np.linalg.det(vh), (-1, -2))
    return signs * ((u * products_of_others(s)[..., np.newaxis, :]) @ vh).conj()


def cofactors_slope(d: Any, a: Any) -> Any:
    """Return the derivative of ``cofactors(a)`` along ``d``, which is its transpose, too: a polynomial.

    The recurrence of Faddeev and Leverrier for the adjugate, without its division by the determinant.
    """
    n = np.shape(a)[-1]
    _, slope = adjugate_part(a, d, n)
    return np.swapaxes(slope, -1, -2) * (-1.0) ** (n - 1)


def adjugate_part(a: Any, d: Any, k: int) -> Any:
    """Return the matrix of the k-th step of the recurrence for the adjugate, and its derivative along ``d``."""
    eye = np.eye(np.shape(a)[-1], dtype=np.result_type(a))
    if k <= 1:
        return eye + 0.0 * a, 0.0 * a
    part, slope = adjugate_part(a, d, k - 1)
    whole, along = a @ part, d @ part + a @ slope
    trace = np.expand_dims(np.trace(whole, axis1=-2, axis2=-1), (-1, -2))
    traced = np.expand_dims(np.trace(along, axis1=-2, axis2=-1), (-1, -2))
    return whole - trace * eye / (k - 1), along - traced * eye / (k - 1)


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
    """Return the cotangent of ``a`` in ``np.linalg.matrix_power(a, n)``: a block of the power of a block matrix.

    N. Higham, "Functions of matrices" (2008), theorem 3.6.
    """
    t = np.swapaxes(a, -1, -2)
    m = np.shape(a)[-1]
    return np.linalg.matrix_power(np.block([[t, d], [np.zeros_like(t), t]]), n)[..., :m, m:]


def thin_svd(x: Any) -> Any:
    """Return the three factors of ``np.linalg.svd(x, full_matrices=False)``."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return u, s, vh


def hermitian(x: Any) -> Any:
    """Return the conjugate transposes of matrices, real ones as a view."""
    return np.swapaxes(x, -1, -2).conj()


def svd_adjoint(u_bar: Any, s_bar: Any, vh_bar: Any, u: Any, s: Any, vh: Any) -> Any:
    """Return the cotangent of ``x`` in ``thin_svd(x)``; not a number where equal singular values had to be told apart.

    J. Townsend, "Differentiating the singular value decomposition" (2016).  Each pair of complex singular vectors may
    be turned together; of a turn of ``x`` each of the two takes half, which is left where the factors are multiplied.
    """
    v, uh = hermitian(vh), hermitian(u)
    u_bar, v_bar = u_bar.conj(), np.swapaxes(vh_bar, -1, -2)
    across, down = np.expand_dims(s, -2), np.expand_dims(s, -1)
    gaps = across * across - down * down
    of_u, of_v = uh @ u_bar - hermitian(u_bar) @ u, vh @ v_bar - hermitian(v_bar) @ v
    on_diagonal = ratio(of_u - of_v, 4.0 * across) + np.expand_dims(s_bar, -2)
    inner = parted(of_u, gaps) * across + parted(of_v, gaps) * down
    inner = inner + np.eye(np.shape(s)[-1], dtype=np.result_type(s)) * on_diagonal
    outside_u = ratio(u_bar - u @ (uh @ u_bar), across)
    outside_v = ratio(v_bar - v @ (vh @ v_bar), across)
    return (u @ inner @ vh + outside_u @ vh + u @ hermitian(outside_v)).conj()


def svd_slope(d: Any, u: Any, s: Any, vh: Any) -> Any:
    """Return the derivatives of the factors ``thin_svd(x)`` along ``d``, as ``svd_adjoint`` is their transpose."""
    v, uh = hermitian(vh), hermitian(u)
    across, down = np.expand_dims(s, -2), np.expand_dims(s, -1)
    gaps = across * across - down * down
    inner = uh @ d @ v
    mirrored = hermitian(inner)
    turn = np.eye(np.shape(s)[-1], dtype=np.result_type(s)) * ratio(inner - mirrored, 4.0 * across)
    du = u @ (parted(inner * across + down * mirrored, gaps) + turn) + ratio(d @ v - u @ inner, across)
    dv = v @ (parted(down * inner + mirrored * across, gaps) - turn) + ratio(hermitian(uh @ d - inner @ vh), across)
    return du, np.real(np.diagonal(inner, axis1=-2, axis2=-1)), hermitian(dv)


def parted(t: Any, gaps: Any) -> Any:
    """Return ``t / gaps`` without the diagonal: 0 where both are 0, not a number where only the gap is."""
    t = t * (1.0 - np.eye(np.shape(gaps)[-1], dtype=np.result_type(gaps)))
    return np.where(np.equal(gaps, 0) & np.not_equal(t, 0), np.nan, ratio(t, gaps))


def cond_adjoint(d: Any, x: Any, out: Any) -> Any:
    """Return the cotangent of ``x`` in ``np.linalg.cond(x)``."""
    u, s, vh = thin_svd(x)
    largest = u[..., :, :1] * vh[..., :1, :]
    smallest = u[..., :, -1:] * vh[..., -1:, :]
    scale = np.expand_dims(d / s[..., -1], (-1, -2))
    return scale * (largest - np.expand_dims(out, (-1, -2)) * smallest).conj()


def cov_adjoint(d: Any, m: Any, rowvar: Any, bias: Any, ddof: Any) -> Any:
    """Return the cotangent of ``m`` in ``np.cov(m, ...)``."""
    rows = np.atleast_2d(m)
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
        u, s, vh = thin_svd(np.moveaxis(x, axes, (-2, -1)))
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
    zero = np.equal(x, 0)
    sizes = np.abs(np.where(zero, 1.0, x))
    share = ratio(sizes, out) ** (ord - 1) if ord > 1 else ratio(out, sizes) ** (1 - ord)
    return d * direction(x) * np.where(zero, 0.0, share)
