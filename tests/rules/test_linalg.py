"""Rules of linear algebra."""

from __future__ import annotations

import numpy as np
import pytest

from tests.rules.support import NUMPY_2, case, check, check_single, check_transpose, tangent_of, terms_of

RNG = np.random.default_rng(7)


def a(*shape):
    return RNG.normal(size=shape)


def regular(*shape):
    return a(*shape) + 3 * np.eye(shape[-1])


def positive(*shape):
    x = a(*shape)
    return x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1])


L = np.linalg
M, M1, STACK = regular(3, 3), regular(1, 1), regular(2, 3, 3)
SINGULAR = np.diag([1.0, 2.0, 0.0]) @ a(3, 3)
VECTORS = [None, 1, 2, 3, 0.5, 1.5, 4, -1, -2, np.inf, -np.inf, 0]
MATRICES = [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]

CASES = [
    *(case(L.norm, x) for x in (a(4), a(2, 3), a(2, 3, 2), np.asfortranarray(a(2, 3)), a(3)[::-1], -0.5)),
    *(case(L.norm, a(4), o, keepdims=k, fixed=("ord",)) for o in VECTORS for k in (False, True)),
    *(case(L.norm, a(2, 3), o, 1, fixed=("ord",)) for o in VECTORS),
    *(case(L.norm, a(3, 2, 2), o, axis=-2, keepdims=True, fixed=("ord",)) for o in VECTORS),
    *(
        case(L.norm, x, o, keepdims=k, fixed=("ord",))
        for x in (a(3, 2), a(3, 3))
        for o in MATRICES
        for k in (False, True)
    ),
    *(
        case(L.norm, a(2, 3, 2), o, x, k, fixed=("ord",))
        for o in MATRICES
        for x in ((0, 1), (2, 0), (-1, -2))
        for k in (False, True)
    ),
    case(L.norm, a(2, 3), axis=0),
    case(L.norm, a(2, 3), axis=(0, 1)),
    *(case(L.solve, M, b) for b in (a(3), a(3, 2), a(3, 1), a(3, 0))),
    case(L.solve, np.asfortranarray(M), a(3)[::-1]),
    case(L.solve, M1, a(1)),
    case(L.solve, STACK, a(2, 3, 2)),
    case(L.solve, STACK, a(1, 3, 1)),
    case(L.solve, M, a(2, 3, 2)),
    case(L.solve, STACK[:1], a(2, 3, 2)),
    case(L.solve, STACK, a(3, 2)) if NUMPY_2 else case(L.solve, STACK, a(2, 3)),
    *([case(L.solve, STACK, a(3))] if NUMPY_2 else []),
    *(case(L.inv, x) for x in (M, M1, STACK, M.T)),
    *(
        case(L.det, x)
        for x in (
            M,
            M1,
            STACK,
            SINGULAR,
            np.stack([M, SINGULAR]),
            np.zeros((2, 2)),
            np.zeros((1, 1)),
        )
    ),
    *(case(L.slogdet, x, fixed=()) for x in (M, -M, M1, STACK)),
    *(case(L.cholesky, x) for x in (positive(3, 3), positive(1, 1), positive(2, 2, 2))),
    *(case(L.pinv, x) for x in (a(3, 2), a(2, 3), M, a(2, 3, 2))),
    *(case(L.matrix_power, x, n) for x in (M, STACK) for n in (0, 1, 2, 3, 5, -1, -2)),
    *(case(L.cond, x) for x in (M, a(3, 2), a(2, 3, 2))),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    # the fourth-order differences of a condition number or an inverse lose a few digits
    check(one, rtol=1e-5)


@pytest.mark.parametrize("one", CASES[::3], ids=str)
def test_single_precision(one):
    if one.primitive not in (L.slogdet, L.cond) and isinstance(one.args[0], np.ndarray):
        check_single(one)


@pytest.mark.parametrize("order", [None, 2, 3, 1, np.inf])
@pytest.mark.parametrize("decide", [False, True])
def test_the_derivative_of_a_norm_at_zero_is_zero(order, decide):
    terms = terms_of(case(L.norm, np.zeros(3), order), 0.0, 1.0, decide)
    assert terms["x"].tolist() == [0.0, 0.0, 0.0]


def test_cholesky_reads_the_lower_triangle_only():
    x = positive(3, 3)
    terms = terms_of(case(L.cholesky, x), L.cholesky(x), np.ones((3, 3)), True)
    assert not np.any(np.triu(terms["a"], 1))


@pytest.mark.parametrize("order", [2, "nuc", -2, 1, np.inf, "fro"])
def test_the_derivative_of_a_matrix_norm_at_zero_is_zero(order):
    x = np.zeros((2, 3))
    assert not np.any(terms_of(case(L.norm, x, order), L.norm(x, order), 1.0, False)["x"])


@pytest.mark.parametrize("order", [0.5, -1, 1.5, 3])
def test_an_element_that_is_zero_adds_nothing_to_the_derivative_of_a_norm(order):
    x = np.array([0.0, 2.0, 1.0])
    with np.errstate(all="ignore"):
        out = L.norm(x, order)
    found = terms_of(case(L.norm, x, order), out, 1.0, False)["x"]
    assert found[0] == 0.0
    assert np.all(np.isfinite(found))


KINKS = [
    *(case(L.norm, np.zeros(3), o, fixed=("ord",)) for o in (None, 2, 3, 1, np.inf, -np.inf, 0)),
    *(case(L.norm, np.zeros((2, 3)), o, axis=1, fixed=("ord",)) for o in (None, 2, 1.5, 1, np.inf)),
    *(case(L.norm, np.zeros((2, 3)), o, fixed=("ord",)) for o in (None, "fro", "nuc", 1, 2, -2, np.inf, -np.inf)),
    *(case(L.norm, np.array([0.0, 2.0, -1.0]), o, fixed=("ord",)) for o in (None, 0.5, 1.5, 3, 1)),
    *(case(L.norm, np.array([[2.0, -2.0], [1.0, 2.0]]), o, axis=1, fixed=("ord",)) for o in (np.inf, -np.inf)),
    *(case(L.norm, np.ones((2, 3)), o, fixed=("ord",)) for o in (1, -1, np.inf, -np.inf, "nuc", 2)),
    case(L.norm, 0.0),
]


@pytest.mark.parametrize("one", KINKS, ids=str)
def test_a_tangent_at_a_kink_is_the_transpose_of_the_adjoint(one):
    check_transpose(one)


@pytest.mark.parametrize("order", [None, 2, 3, 1, np.inf])
@pytest.mark.parametrize("decide", [False, True])
def test_the_tangent_of_a_norm_at_zero_is_zero(order, decide):
    assert tangent_of(case(L.norm, np.zeros(3), order), 0.0, {"x": np.ones(3)}, decide) == 0.0


def test_the_tangent_of_cholesky_reads_the_lower_triangle_only():
    x, d = positive(3, 3), a(3, 3)
    one = case(L.cholesky, x)
    found = tangent_of(one, L.cholesky(x), {"a": d}, True)
    np.testing.assert_array_equal(found, tangent_of(one, L.cholesky(x), {"a": np.tril(d)}, True))
