"""Rules of the helpers that derivatives call, where they are differentiated themselves."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

from srcgrad.matrices import (
    cofactors,
    cofactors_slope,
    direction,
    einsum_of,
    of_letters,
    replaced,
    thin_svd,
    with_letters,
)
from srcgrad.rules.registry import pushforward_of
from srcgrad.runtime import (
    array_like,
    block_adjoint,
    cast_back,
    chosen_share,
    diag_adjoint,
    diagonal_adjoint,
    diff_adjoint,
    expanded,
    first_equal,
    gathered,
    item_adjoint,
    items_of,
    larger_share,
    like_nested,
    meshgrid_adjoint,
    pad_adjoint,
    positions,
    power_adjoint_x,
    power_adjoint_y,
    ratio,
    recurrence,
    reshape_like,
    rows_of,
    select_adjoint,
    split_like,
    sum_adjoint,
    unbroadcast,
    unreduce,
    unstack,
)
from srcgrad.special import digamma, exp_difference, lowered, polygamma, raised, sinc_derivative, times_power
from srcgrad.tangents import first_equal_tangent, quantile_tangent
from srcgrad.transposes import item_of, joined, meshed, reduced_like, summed, taken
from tests.rules.support import active_parameters, call, case, check, pack, terms_of, unpack

RNG = np.random.default_rng(7)
T, X, Y = RNG.uniform(0.5, 2.5, size=(3, 2, 3))
A, B = RNG.normal(size=(2, 3))
SQUARE, STACK = RNG.normal(size=(3, 3)), RNG.normal(size=(2, 3, 3))
SINGULAR = np.diag([1.0, 2.0, 0.0]) @ SQUARE
WITH_ZEROS = np.array([[0.5, 1.5], [0.0, 2.0], [0.7, 0.3]])
CHOICES = [X > 1, Y > 1]

CASES = [
    case(direction, T - X),
    case(power_adjoint_x, T, X, Y),
    case(power_adjoint_x, 1.3, 0.7, 2.4),
    case(power_adjoint_x, T, X, 3.0),
    case(quantile_tangent, T, X, 0.3, None, 0.5, fixed=("a", "q", "out")),
    case(quantile_tangent, T, X, 0.3, 1, A[:2], fixed=("a", "q", "out")),
    case(raised, X, Y),
    case(raised, 0.7, 2.4),
    case(times_power, T, X, Y),
    case(times_power, 1.3, 0.7, 2.4),
    *(case(lowered, x, y, fixed=("x",)) for x, y in ((X, Y), (0.7, 2.4), (X, 2.4), (0.7, Y))),
    case(power_adjoint_y, T, X, X**Y),
    case(power_adjoint_y, 1.3, 0.7, 0.4),
    *(case(ratio, x, y) for x, y in ((X, Y), (X, 0.7), (0.5, Y), (0.5, 0.7), (X[:, :1], Y))),
    *(case(larger_share, t, x, y) for t, x, y in ((T, X, Y), (0.5, 0.7, 0.2))),
    *(case(larger_share, t, x, x, fixed=("x", "y")) for t, x in ((T, X), (0.5, 0.2))),
    case(larger_share, T, X, None),
    case(chosen_share, T, X, Y, np.fmax(X, Y), fixed=("x", "y", "whole")),
    case(chosen_share, 0.5, 0.7, 0.2, 0.7, fixed=("x", "y", "whole")),
    case(exp_difference, X, Y),
    case(exp_difference, 0.5, 0.7),
    *(case(sinc_derivative, x, n) for x in (0.3, -1.7, np.linspace(-3, 3, 9)) for n in (0, 1, 2, 3, 6)),
    *(case(digamma, x) for x in (0.3, 2.5, 20.0, -0.7, -3.2)),
    *(case(polygamma, n, x) for x in (0.3, 2.5, 20.0, -0.5, -3.5) for n in (1, 2, 3)),
    # shapes
    *(case(unbroadcast, x, y) for x, y in ((X, A), (X, 0.5), (X, X[:, :1]), (X, X), (0.5, 1.5))),
    case(unreduce, A, X),
    case(unreduce, A, X, 0),
    case(unreduce, A[:2], X, -1),
    case(unreduce, A[:2, None], X, 1, True),
    case(unreduce, 0.5, X),
    case(unreduce, 0.5, 1.5, 0),
    *(case(reduced_like, X, y) for y in (A, 0.5, X)),
    case(reduced_like, X, A[:2], 1),
    case(reduced_like, X, A[:, None].T, 0, True),
    case(reduced_like, 0.5, 1.5, 0),
    case(reshape_like, X, np.ones(6)),
    case(reshape_like, 0.5, np.ones((1, 1))),
    case(reshape_like, np.ones((1, 1)), 0.5),
    case(expanded, A, 0, False),
    case(expanded, A, None, False),
    case(expanded, X, (0, 2), False),
    case(cast_back, A, B, A),
    case(cast_back, A, B, np.ones(3, int)),
    # elements
    case(gathered, X, np.ones(4), np.array([[1, 0, 2], [2, 2, 4]])),
    case(gathered, A, 0.5, np.array([1, 0, 1])),
    case(taken, A, np.array([[1, 0], [2, 2]])),
    case(taken, 0.5, np.array([1, 0, 1])),
    case(pad_adjoint, np.arange(5.0), A, 1, "constant"),
    case(pad_adjoint, np.arange(5.0), A, 1, "reflect"),
    case(item_adjoint, 0.5, X, (4,)),
    case(item_adjoint, 0.5, X, (1, 2)),
    case(item_of, X, (1, 2)),
    case(item_of, 0.5, ()),
    case(diagonal_adjoint, A[:2], X, 0, 0, 1),
    case(diagonal_adjoint, A[:1], X, 1, 0, 1),
    case(diag_adjoint, SQUARE, A, 0),
    case(diag_adjoint, A, SQUARE, 0),
    case(diff_adjoint, A, np.ones(4), 1, -1),
    case(diff_adjoint, X, np.ones((4, 3)), 2, 0),
    # lists
    case(like_nested, X, [[1.0, 2.0, 3.0], np.ones(3)]),
    case(like_nested, A, A),
    case(like_nested, 0.5, 1.5),
    case(array_like, [[0.1, 0.2, 0.3], A], X),
    case(array_like, 0.5, 1.5),
    case(split_like, X, [np.ones((2, 1)), np.ones((2, 2))], 1),
    case(split_like, X, [np.ones(3), np.ones((1, 3))], 0),
    case(split_like, A, [0.5, np.ones((1, 2))], None),
    case(joined, [X[:, :1], X[:, 1:]], X, 1),
    case(joined, [A, X[1:]], X, 0),
    case(joined, [0.5, X[:1, :2]], A, None),
    case(unstack, X, [np.ones(3), np.ones(3)], 0),
    case(unstack, X, np.ones((3, 2)), 1),
    case(block_adjoint, X, [[np.ones((2, 1)), np.ones((2, 2))]]),
    case(select_adjoint, X, CHOICES, [X, A], fixed=("condlist",)),
    case(select_adjoint, X, CHOICES, [0.5, X], fixed=("condlist",)),
    case(meshgrid_adjoint, [X, X], [A, A[:2]], "xy"),
    case(meshgrid_adjoint, [X, X], [A[:2], A], "ij"),
    case(meshed, [A, A[:2]], "xy"),
    case(sum_adjoint, X, [X, A, 0.5]),
    case(sum_adjoint, A, X),
    case(summed, [X, A, 0.5], X),
    case(summed, X, A),
    case(first_equal, 0.5, [0.3, 0.7, 0.7], 0.7, fixed=("args", "whole")),
    case(first_equal, 0.5, [[0.3, 0.7]], 0.7, fixed=("args", "whole")),
    case(first_equal, 0.5, [A], A[1], fixed=("args", "whole")),
    case(first_equal_tangent, [0.1, 0.2, 0.3], [0.3, 0.7, 0.7], 0.7, fixed=("args", "whole")),
    case(first_equal_tangent, [[0.1, 0.2]], [[0.3, 0.7]], 0.7, fixed=("args", "whole")),
    case(rows_of, [A, 0.5, X[:, :1]], X),
    case(rows_of, A, 0.5),
    case(items_of, STACK[:, :2], [A, 0.5]),
    case(items_of, X, X),
    # algebra
    case(recurrence, WITH_ZEROS, WITH_ZEROS[::-1]),
    case(recurrence, A, B),
    case(recurrence, A[:0], B[:0]),
    case(einsum_of, "ij,jk->ik", [X, SQUARE]),
    case(einsum_of, "ij,jk,k->i", [X, SQUARE, A]),
    case(einsum_of, "ii->i", [SQUARE]),
    case(replaced, [A, X], 1, B),
    case(replaced, [0.5, 1.5, 2.5], 0, 3.5),
    *(case(with_letters, A, x, s) for x, s in ((SQUARE, "ii"), (A, "i"))),
    case(with_letters, X[:, :1], X, "ij"),
    case(with_letters, X, X[:, :1], "ij"),
    case(with_letters, 0.5, 1.5, ""),
    *(case(of_letters, x, A, s) for x, s in ((SQUARE, "ii"), (A, "i"))),
    case(of_letters, X, X[:, :1], "ij"),
    case(of_letters, X[:, :1], X, "ij"),
    *(case(cofactors, x) for x in (SQUARE, SINGULAR, STACK, np.zeros((2, 2)), np.zeros((1, 1)))),
    *(case(thin_svd, x) for x in (SQUARE, SQUARE[:2], SQUARE[:, :2], STACK)),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


PUSHED = [one for one in CASES if pushforward_of(one.primitive) is not None]


@pytest.mark.parametrize("one", PUSHED, ids=str)
def test_tangents(one):
    parameters = inspect.signature(pushforward_of(one.primitive).body).parameters
    names = [name for name in parameters if name not in ("out", "d")]
    more = {"out": call(one, {})} if "out" in parameters else {}
    for name, value in active_parameters(one).items():
        tangent = unpack(value, iter(RNG.normal(size=pack(value).size)))
        terms = pushforward_of(one.primitive).body(*one.args, **more, d=tangent)
        term = terms[names.index(name)] if len(names) > 1 else terms
        moved = [pack(call(one, {name: unpack(value, iter(pack(value) + h * pack(tangent)))})) for h in (1e-6, -1e-6)]
        np.testing.assert_allclose(pack(term), (moved[0] - moved[1]) / 2e-6, rtol=1e-6, atol=1e-8)


def test_derivatives_of_sinc():
    mp = [1.0, 0.0, -(math.pi**2) / 3, 0.0, math.pi**4 / 5]
    np.testing.assert_allclose([sinc_derivative(0.0, n) for n in range(5)], mp, atol=1e-14)
    x = np.array([0.6, 0.64, 0.9, 1.6, 2.5, 10.0])
    first = np.cos(np.pi * x) / x - np.sin(np.pi * x) / (np.pi * x * x)
    second = -np.pi * np.sin(np.pi * x) / x - 2 * first / x
    np.testing.assert_allclose(sinc_derivative(x, 1), first, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(sinc_derivative(x, 2), second, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("n", "x", "expected"),
    [
        (1, 1.0, math.pi**2 / 6),
        (1, 0.5, math.pi**2 / 2),
        (2, 1.0, -2 * 1.2020569031595942),
        (3, 1.0, math.pi**4 / 15),
        (2, 0.5, -14 * 1.2020569031595942),
        (1, -0.5, math.pi**2 / 2 + 4),
        (1, 40.0, 0.025315103841287286),
    ],
)
def test_polygamma(n, x, expected):
    assert polygamma(n, x) == pytest.approx(expected, rel=3e-15)


def test_equal_singular_values_that_had_to_be_told_apart_give_no_number():
    x = np.eye(2)
    out = thin_svd(x)
    terms = thin_svd_terms(x, out, [np.eye(2)[::-1] * [[0.0], [1.0]], np.zeros(2), np.zeros((2, 2))])
    assert np.any(np.isnan(terms))
    assert np.all(np.isfinite(thin_svd_terms(x, out, [np.zeros((2, 2)), np.ones(2), np.zeros((2, 2))])))


def thin_svd_terms(x, out, d):
    return terms_of(case(thin_svd, x), out, d, True)["x"]


def test_the_second_derivative_of_a_determinant_is_symmetric():
    g, h = STACK
    np.testing.assert_allclose(
        np.sum(g * cofactors_slope(h, SINGULAR)), np.sum(h * cofactors_slope(g, SINGULAR)), rtol=1e-12
    )


def test_positions_are_taken_and_gathered():
    np.testing.assert_array_equal(taken(X, positions(X)), X)
    np.testing.assert_array_equal(gathered(X, X, positions(X)), X)
