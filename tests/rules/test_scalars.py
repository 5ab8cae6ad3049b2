"""Rules of Python's own functions of numbers."""

from __future__ import annotations

import builtins
import math

import numpy as np
import pytest

from tests.rules.support import case, check, check_transpose, tangent_of, terms_of

A1, A2 = np.array([0.3, 0.9, 0.7]), np.array([[0.3, 0.9], [0.7, 0.2]])

CASES = [
    *(case(builtins.float, x) for x in (0.5, np.float64(0.5), np.array(0.5))),
    *(case(builtins.sum, x) for x in ([0.3, 0.7], (0.3,), A1, A2, [A1, A1], [A1, A2[:1].T, 0.5])),
    case(builtins.sum, [0.3, 0.7], 1.5),
    case(builtins.sum, [A1, A1 + 1], np.ones(3)),
    case(builtins.sum, A1, start=0.5),
    case(builtins.sum, A1, A1 + 1),
    case(builtins.sum, A2, A1[:1]),
    case(builtins.sum, [A1, 0.5], A1[:1]),
    *(
        case(f, *x)
        for f in (builtins.max, builtins.min)
        for x in ((0.3, 0.7), (0.7, 0.3), (0.3, 0.9, 0.5), ([0.3, 0.9, 0.5],), ((0.3, 0.9),), (A1,), (A2[:1],))
    ),
    *(
        case(f, *x)
        for f in (builtins.divmod, np.divmod)
        for x in ((7.3, 2.0), (-7.3, 2.1), (7 * A1, 0.41), (0.37, A2), (7.3 * A2 + 0.05, A1[:2]))
    ),
    *(case(math.hypot, *x) for x in ((0.3, 0.4), (0.3,), (0.3, -0.4, 1.2))),
    *(
        case(math.dist, p, q)
        for p, q in (([0.3, 0.4], [1.2, 0.1]), ((0.3,), (0.5,)), (A1, A1**2), (A1, [0.1, 0.2, 0.3]))
    ),
    *(case(math.fsum, x) for x in ([0.3, 0.7], A1, (0.3,))),
    *(case(math.prod, x) for x in ([0.3, 0.7, 2.0], A1, [0.0, 2.0, 3.0], [0.0, 0.0, 3.0], (0.3,))),
    case(math.prod, [0.3, 0.7], start=1.5),
    case(math.prod, [A1, A1 + 1, 0.5]),
    case(math.prod, [A2, A2[0]], start=A2[:, :1]),
    case(math.prod, [0.3, 2.0], start=A1),
    case(math.prod, A2),
    case(math.prod, A2 * [[0.0], [1.0]], start=A2),
    case(math.prod, A1, start=A1),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


@pytest.mark.parametrize("decide", [False, True])
@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (max, (0.5, 0.5), [1.0, 0.0]),
        (min, (0.5, 0.5), [1.0, 0.0]),
        (max, (0.5, 1, 1.0), [0.0, 1.0, 0.0]),
        (max, (math.nan, 1.0), [1.0, 0.0]),
        (max, (1.0, math.nan), [1.0, 0.0]),
    ],
)
def test_the_first_of_equal_ones_is_taken(f, args, expected, decide):
    assert terms_of(case(f, *args), f(*args), 1.0, decide)["args"] == expected


def test_points_that_are_the_same_have_distance_zero():
    assert terms_of(case(math.dist, [0.5], [0.5]), 0.0, 1.0, True)["p"] == [0.0]
    assert terms_of(case(math.hypot, 0.0, 0.0), 0.0, 1.0, True)["coordinates"] == [
        0,
        0,
    ]


@pytest.mark.parametrize(
    "one",
    [
        *(case(f, *x) for f in (max, min) for x in ((0.5, 0.5), (0.5, 0.5, 0.5), ([0.5, 0.7, 0.5],), (A1 * 0.0,))),
        *(case(math.hypot, *x) for x in ((0.0, 0.0), (0.0,), (0.0, 0.0, 0.0), (0.0, 0.5))),
        *(case(math.dist, p, p) for p in ([0.5], (0.5, 0.7), A1)),
        case(math.prod, [0.0, 0.0, 0.5], start=0.0),
    ],
    ids=str,
)
def test_a_tangent_at_a_tie_is_the_transpose_of_the_adjoint(one):
    check_transpose(one)


@pytest.mark.parametrize("decide", [False, True])
@pytest.mark.parametrize(("f", "args"), [(max, (0.5, 0.5)), (min, (0.5, 0.5)), (max, (0.5, 0.5, 0.1))])
def test_the_tangent_of_the_first_of_equal_ones_is_taken(f, args, decide):
    assert tangent_of(case(f, *args), 0.5, {"args": [3.0, 5.0, 7.0][: len(args)]}, decide) == 3.0


def test_a_quotient_has_the_tangent_zero():
    assert tangent_of(case(divmod, 7.3, 2.0), (3.0, 1.3), {"x": 1.0, "y": 1.0}, True) == (0.0, -2.0)
    quotient, rest = tangent_of(case(np.divmod, 7.3, A1), np.divmod(7.3, A1), {"x": 1.0}, True)
    np.testing.assert_array_equal((quotient, rest), [np.zeros(3), np.ones(3)])


@pytest.mark.parametrize("f", [np.float32, np.float16])
def test_the_tangent_of_a_cast_has_the_new_dtype(f):
    for x, d in ((0.5, 0.25), (A1, A1)):
        found = tangent_of(case(f, x), f(x), {"x": d}, True)
        assert np.result_type(found) == f
        np.testing.assert_array_equal(found, f(d))
