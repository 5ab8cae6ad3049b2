"""Rules of averages, quantiles, integrals and interpolation."""

from __future__ import annotations

import numpy as np
import pytest

from tests.rules.support import case, check, check_single, check_transpose, tangent_of, terms_of

RNG = np.random.default_rng(6)
A1, A2, A3 = RNG.normal(size=5), RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3, 4))
W1, W2, W3 = RNG.uniform(0.5, 1, 5), RNG.uniform(0.5, 1, (2, 3)), RNG.uniform(0.5, 1, (2, 3, 4))
F3 = np.asfortranarray(A3)
HOLES = np.array([[1.0, np.nan, 3.0], [np.nan, 2.0, 0.5]])
REDUCED = [(A1, None), (A1, -1), (A2, None), (A2, 0), (A3, 1), (F3, (0, 2)), (A3, (-1, 0)), (np.ones((2, 1)), 1)]
XP, FP = np.array([0.0, 1.0, 1.5, 3.0]), np.array([0.3, 0.7, -0.2, 0.9])
NEW = np.lib.NumpyVersion(np.__version__) >= "2.0.0"

CASES = [
    *(case(np.average, x, axis=a) for x, a in REDUCED),
    *(case(np.average, x, axis=a, weights=w) for x, a, w in ((A1, None, W1), (A2, None, W2), (A3, 1, W3), (F3, 2, W3))),
    *(case(np.average, A3, a, W3[0, 0, : A3.shape[a]] if a != 1 else W3[0, :, 0]) for a in (0, 1, 2)),
    *([case(np.average, A3, a, np.moveaxis(W3, a, (0, 1))[:, :, 0]) for a in ((0, 2), (2, 0), (1, -1))] if NEW else []),
    *(case(f, x, a) for f in (np.nansum, np.nanmean) for x, a in REDUCED),
    *(case(f, HOLES, a) for f in (np.nansum, np.nanmean) for a in (None, 0, 1)),
    *(case(f, HOLES, 1, keepdims=True) for f in (np.nansum, np.nanmean)),
    *(case(np.nansum, x) for x in (0.5, np.nan)),
    *(case(np.median, x, a) for x, a in REDUCED),
    *(case(np.median, A3, a, keepdims=True) for a in (None, 1, (0, 2))),
    *(case(np.median, x) for x in (0.5, np.array(0.5))),
    *(case(np.quantile, x, q, a, fixed=("q",)) for x, a in REDUCED for q in (0.0, 0.3, 1.0)),
    *(case(np.quantile, A3, np.array([0.1, 0.5]), a, fixed=("q",)) for a in (None, 1, (0, 2))),
    case(np.quantile, A3, np.array([[0.1, 0.5]]), 1, method="linear", keepdims=True, fixed=("q",)),
    *(case(np.percentile, A3, q, a, fixed=("q",)) for a in (None, 1) for q in (30, [10.0, 75.0])),
]
TRAPEZOID = [getattr(np, name) for name in ("trapezoid", "trapz") if hasattr(np, name)]
CASES += [
    *(case(f, y, axis=a) for f in TRAPEZOID for y, a in ((A1, -1), (A3, 1), (A3, 0))),
    *(case(f, y, dx=0.3, axis=a, fixed=("dx",)) for f in TRAPEZOID for y, a in ((A1, 0), (A3, -2))),
    *(case(f, A3, np.sort(x), axis=1) for f in TRAPEZOID for x in (A1[:3], A3)),
    *(case(f, A3, A2[:, :, None], axis=1) for f in TRAPEZOID),
    *(case(f, A1, np.sort(A1)) for f in TRAPEZOID),
    *(case(np.interp, x, XP, FP, fixed=("xp",)) for x in (0.3, -1.0, 4.0, np.array([[0.2, 2.9], [1.2, 7.0]]))),
    case(np.interp, np.array([0.5, 2.0]), XP[:1], FP[:1], fixed=("xp",)),
    case(np.arange, 0.5, 3.2, fixed=("stop",)),
    case(np.arange, 0.5, 3.2, 0.4, fixed=("stop",)),
    case(np.arange, 3.2, 0.5, step=-0.4, fixed=("stop",)),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


@pytest.mark.parametrize("one", CASES[::2], ids=str)
def test_single_precision(one):
    if isinstance(one.args[0], np.ndarray) and one.primitive is not np.interp:
        check_single(one)


@pytest.mark.parametrize("decide", [True, False])
def test_a_stop_does_not_move_an_arithmetic_sequence(decide):
    d = np.ones(4)
    assert terms_of(case(np.arange, 3.5), np.arange(3.5), d, decide)["start"] == 0.0
    assert terms_of(case(np.arange, 0.5, 3.5), np.arange(0.5, 3.5), d[:3], decide)["stop"] == 0.0


def test_a_quantile_of_what_is_no_number_is_none():
    x = np.array([[1.0, np.nan, 2.0], [3.0, 1.0, 2.0]])
    found = terms_of(case(np.median, x, 1), np.median(x, 1), np.ones(2), True)["a"]
    np.testing.assert_array_equal(found, [[np.nan] * 3, [0.0, 0.0, 1.0]])


TIES = np.array([[1.0, 3.0, 3.0, 0.5], [2.0, 2.0, 2.0, 2.0], [-1.0, -1.0, 0.0, 0.0]])
AT_TIES = [
    *(case(np.median, TIES, a) for a in (None, 0, 1)),
    *(case(np.quantile, TIES, q, a, fixed=("q",)) for a in (None, 0, 1, (1, 0)) for q in (0.0, 0.4, [0.25, 1.0])),
    *(case(np.interp, x, XP, FP, fixed=("xp",)) for x in (XP, 0.0, 3.0, np.array([[1.0, 1.5], [-1.0, 4.0]]))),
    case(np.interp, np.array([1.0, 0.5, 2.0]), np.array([0.0, 1.0, 1.0, 3.0]), FP, fixed=("xp",)),
]


@pytest.mark.parametrize("one", AT_TIES, ids=str)
def test_a_tangent_at_a_tie_is_the_transpose_of_the_adjoint(one):
    check_transpose(one)


def test_the_tangent_of_a_quantile_of_what_is_no_number_is_none():
    x = np.array([[1.0, np.nan, 2.0], [3.0, 1.0, 2.0]])
    found = tangent_of(case(np.median, x, 1), np.median(x, 1), {"a": np.full((2, 3), 0.5)}, True)
    np.testing.assert_array_equal(found, [np.nan, 0.5])


@pytest.mark.parametrize("decide", [True, False])
def test_the_tangents_of_an_arithmetic_sequence(decide):
    one = case(np.arange, 0.5, 2.5, 0.5)
    out = np.arange(0.5, 2.5, 0.5)
    np.testing.assert_array_equal(tangent_of(one, out, {"start": 2.0}, decide), np.full(4, 2.0))
    np.testing.assert_array_equal(tangent_of(one, out, {"stop": 2.0}, decide), np.zeros(4))
    np.testing.assert_array_equal(tangent_of(one, out, {"step": 2.0}, decide), [0.0, 2.0, 4.0, 6.0])
    only = tangent_of(case(np.arange, 3.5), np.arange(3.5), {"start": 2.0}, decide)
    np.testing.assert_array_equal(only, np.zeros(4))  # it is the stop
