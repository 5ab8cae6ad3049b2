"""Rules of reductions and running sums."""

from __future__ import annotations

import numpy as np
import pytest

from tests.rules.support import case, check, check_single, check_transpose, tangent_of, terms_of

RNG = np.random.default_rng(3)
A1, A2, A3 = RNG.normal(size=4), RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3, 2))
FORTRAN, BACKWARDS = np.asfortranarray(A3), A3[::-1, :, ::-1]
ZEROS = np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 1.5], [1.0, 2.0, 0.7]])
SHAPES = [A1, A2, A3, FORTRAN, BACKWARDS, np.array(0.7), 0.7, np.zeros((0, 3)), np.ones((1, 1))]
AXES = [
    (A1, 0),
    (A1, -1),
    (A2, 0),
    (A2, 1),
    (A2, -1),
    (A2, -2),
    (A2, (0, 1)),
    (A3, (0, -1)),
    (A3, 1),
    (A3, (2,)),
    (FORTRAN, 1),
    (BACKWARDS, (1, 2)),
    (np.zeros((0, 3)), 1),
]
ALL = [np.sum, np.mean, np.var, np.std, np.prod, np.max, np.min]
POSITIVE = [np.amax, np.amin]


def empty(f, x):
    return not np.size(x) and f is not np.sum and f is not np.prod


CASES = [
    *(
        case(f, x, axis=a)
        for f in (np.sum, np.prod, np.max, np.min)
        for x in (np.float64(0.7), np.array(0.7))
        for a in (0, -1)
    ),
    *(case(f, x) for f in ALL for x in SHAPES if not empty(f, x) and not (f is np.std and np.size(x) == 1)),
    *(case(f, x, axis) for f in ALL for x, axis in AXES if not (empty(f, x))),
    *(case(f, x, axis=axis, keepdims=True) for f in ALL for x, axis in AXES if np.size(x)),
    *(case(f, x, keepdims=True) for f in ALL for x in (A1, A2)),
    *(case(f, A2, axis=a, keepdims=False) for f in (np.sum, np.mean) for a in (0, 1, None)),
    *(case(f, A2) for f in POSITIVE),
    *(case(f, A2, axis=a, ddof=1, keepdims=k) for f in (np.var, np.std) for a in (None, 1) for k in (False, True)),
    *(case(np.prod, ZEROS, axis=a) for a in (None, 0, 1, (0, 1))),
    case(np.prod, np.array([0.0, 2.0, 3.0])),
    *(case(f, x) for f in (np.cumsum, np.cumprod) for x in SHAPES),
    *(case(f, x, a) for f in (np.cumsum, np.cumprod) for x, a in AXES if not isinstance(a, tuple)),
    *(case(np.cumprod, ZEROS, a) for a in (None, 0, 1)),
    *(case(np.diff, x, n, a) for n in (1, 2, 0) for x, a in ((A1, -1), (A3, 1), (A3, -3), (A3, 0))),
    *(case(np.cov, x, **k) for x in (A1, A2, A2.T, A2[:1]) for k in ({}, {"bias": True}, {"ddof": 0})),
    *(case(np.cov, x, rowvar=False) for x in (A1, A2, A2[:, :1])),
    case(np.bincount, np.array([0, 2, 2, 1]), A1),
    case(np.bincount, np.array([0, 2, 2, 1]), weights=A1, minlength=5),
    *(case(np.diff, x) for x in (A1, A2, np.zeros((2, 0)), np.ones(1))),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


@pytest.mark.parametrize("one", CASES[::3], ids=str)
def test_single_precision(one):
    if isinstance(one.args[0], np.ndarray):
        check_single(one)


@pytest.mark.parametrize("f", [np.max, np.min])
def test_an_extremum_that_is_no_number_has_no_derivative(f):
    x = np.array([[1.0, np.nan], [3.0, 2.0]])
    one = case(f, x, axis=1)
    np.testing.assert_array_equal(
        terms_of(one, f(x, axis=1), np.ones(2), True)["a"], [[np.nan, np.nan], 1.0 * (x[1] == f(x[1]))]
    )


TIES = np.array([[1.0, 3.0, 3.0, 0.5], [2.0, 2.0, 2.0, 2.0], [-1.0, -1.0, 0.0, 0.0]])
AT_TIES = [
    *(case(f, TIES, axis=a, keepdims=k) for f in (np.max, np.min, np.std) for a in (None, 0, 1) for k in (False, True)),
    *(case(f, TIES[1], axis=a) for f in (np.max, np.min, np.std) for a in (None, 0)),
    *(case(np.std, x) for x in (0.5, np.array(0.5), np.ones((2, 1)))),
    *(case(f, np.zeros((0, 3)), axis=1) for f in (np.prod, np.cumprod)),
    *(case(f, np.zeros((2, 0, 3)), axis=0) for f in (np.max, np.min, np.std, np.var)),
]


@pytest.mark.parametrize("one", AT_TIES, ids=str)
def test_a_tangent_at_a_tie_is_the_transpose_of_the_adjoint(one):
    check_transpose(one)


def test_the_tangent_of_equal_extrema_is_the_mean_of_theirs():
    one = case(np.max, TIES, axis=1)
    d = np.arange(12.0).reshape(3, 4)
    found = tangent_of(one, TIES.max(1), {"a": d}, True)
    np.testing.assert_array_equal(found, [1.5, 5.5, 10.5])


@pytest.mark.parametrize("f", [np.max, np.min])
def test_the_tangent_of_an_extremum_that_is_no_number_is_none(f):
    x = np.array([[1.0, np.nan], [3.0, 2.0]])
    found = tangent_of(case(f, x, axis=1), f(x, axis=1), {"a": np.ones((2, 2))}, True)
    np.testing.assert_array_equal(found, [np.nan, 1.0])


def test_what_is_not_chosen_adds_nothing_to_the_tangent_of_an_extremum():
    x, d = np.array([1.0, 2.0]), np.array([np.inf, 1.0])
    assert tangent_of(case(np.max, x), 2.0, {"a": d}, True) == 1.0
