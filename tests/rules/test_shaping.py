"""Rules of arrangements of one array."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from tests.rules.support import NUMPY_2, case, check, check_single, check_transpose, tangent_of

RNG = np.random.default_rng(4)
A1, A2, A3 = RNG.normal(size=4), RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3, 2))
F3, B3 = np.asfortranarray(A3), A3[::-1, :, ::-1]
T3 = A3.transpose(1, 2, 0)
EMPTY = np.zeros((0, 3))
N = np.ndarray

CASES = [
    *(case(np.reshape, x, s) for x in (A2, A2.T, A2[::-1]) for s in (6, (6,), (3, 2), (3, -1), [1, 6])),
    *(case(np.reshape, x, (4, 3), order=o) for x in (A3, F3, B3, T3) for o in "CFA"),
    case(np.reshape, np.array([0.5]), ()),
    case(np.reshape, 0.5, (1, 1)),
    case(np.reshape, EMPTY, (3, 0)),
    *(case(f, x) for f in (np.ravel, N.flatten) for x in (A1, A3, F3, B3, T3, EMPTY, np.array(0.5))),
    *(case(f, x, o) for f in (np.ravel, N.flatten) for x in (A3, F3, B3, T3) for o in "FAK"),
    case(np.ravel, 0.5),
    case(np.squeeze, A2[:, None, :, None]),
    case(np.squeeze, A2[:, None, :, None], 1),
    case(np.squeeze, A2[:, None, :, None], axis=(1, -1)),
    case(np.squeeze, np.array([[0.5]])),
    *(case(np.expand_dims, x, a) for x in (A1, A2) for a in (0, -1, (0, 2))),
    case(np.expand_dims, 0.5, 0),
    *(case(f, x) for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d) for x in (0.5, np.array(0.5), A1, A2, A3)),
    case(np.broadcast_to, A1, (3, 4)),
    case(np.broadcast_to, A2[:, :1], (2, 2, 3)),
    case(np.broadcast_to, 0.5, (2, 2)),
    case(np.broadcast_to, 0.5, ()),
    *(case(np.transpose, x) for x in (A1, A2, A3, F3, EMPTY, 0.5, np.array(0.5))),
    *(case(np.transpose, A3, a) for a in ((1, 2, 0), (2, 0, 1), (-1, 0, 1), [0, 2, 1], None)),
    case(np.transpose, A2, axes=(1, 0)),
    case(np.transpose, A3, np.array([1, 2, 0])),
    case(np.transpose, A1, 0),
    case(np.transpose, np.float64(0.5)),
    case(np.transpose, 0.5, ()),
    case(np.swapaxes, A3, 0, -1),
    case(np.swapaxes, A2, 0, 1),
    *(case(np.moveaxis, A3, s, t) for s, t in ((0, -1), (-1, 0), ((0, 1), (2, 0)), ([0, 2], [1, 0]))),
    *(case(np.flip, x) for x in (A1, A2)),
    *(case(np.flip, A3, a) for a in (0, -1, (0, 2))),
    *(case(f, A2) for f in (np.flipud, np.fliplr)),
    *(case(np.rot90, A2, k) for k in (1, 2, -1, 5)),
    case(np.rot90, A3, 1, (1, 2)),
    *(case(np.roll, A2, s, a) for s, a in ((1, None), (-2, 1), (1, 0), ((1, 2), (0, 1)), (1, (0, 1)))),
    case(np.roll, A1, 2),
    *(case(np.roll, x, 1) for x in (0.5, np.float64(0.5), np.array(0.5))),
    *(case(np.sort, x) for x in (A1, A2, F3, B3)),
    *(case(np.sort, A3, a) for a in (0, 1, None)),
    *(case(np.partition, x, 1) for x in (A1, A2, F3, B3)),
    *(case(np.partition, A3, 1, a) for a in (0, 1, None)),
    *(case(f, x) for f in (np.copy, np.ascontiguousarray, np.asfortranarray, np.asanyarray) for x in (A2, F3, 0.5)),
    *(case(f, x) for f in (np.copy, np.asanyarray) for x in ([0.5, 0.7], [[0.5], [0.7]])),
    *(case(N.astype, x, t) for x in (A2, np.array(0.5)) for t in (float, np.float64, "d")),
    case(N.astype, A2, float, copy=False),
    *(case(f, x) for f in (np.real, np.imag) for x in (A2, 0.5)),
    case(N.item, np.array([[0.5]])),
    case(N.item, np.array(0.5)),
    case(N.item, A2, 4),
    case(N.item, F3, 4),
    case(N.item, A2, 1, -1),
    case(N.item, A2, (1, 0)),
    *(case(N.tolist, x) for x in (A1, A3, np.array(0.5), np.zeros((0, 2)), np.zeros((2, 0)))),
    *(case(np.repeat, x, 2) for x in (A1, A2, 0.5)),
    *(case(np.repeat, A2, r, a) for r, a in ((3, 0), (2, -1), ([1, 0, 2], 1), (0, 1))),
    *(case(np.tile, x, r) for x in (A1, A2, 0.5) for r in (2, (2, 1), (2, 1, 3), 0)),
    *(case(np.resize, A2, s) for s in ((4, 4), (2,), 6, (0,))),
    *(case(np.pad, x, w) for x in (A2, F3) for w in (1, (1, 2), ((1, 2),), 0)),
    case(np.pad, A2, ((1, 0), (0, 2))),
    *(case(np.pad, x, 1) for x in (np.float64(0.5), np.array(0.5))),
    *([case(np.pad, A2, {-1: (1, 2)})] if NUMPY_2 else []),
    *(case(np.pad, A2, ((1, 3), (4, 2)), m) for m in ("constant", "edge", "reflect", "symmetric", "wrap")),
    *(case(np.take, A2, i) for i in (4, [0, 5, 0], np.array([[1, -1], [0, 0]]))),
    *(case(np.take, A3, i, a) for i in (1, [1, 1, -1], np.array([[0, 1], [1, 1]])) for a in (0, -1)),
    case(np.take_along_axis, A2, np.array([[0, 0], [2, 1]]), 1),
    case(np.take_along_axis, A2, np.array([0, 5, 5]), None),
    case(np.compress, [True, False, True], A2, 1),
    case(np.compress, [True, False, True], A2),
    *(case(np.delete, A2, o, a) for o, a in ((1, None), ([0, 2], 1), (slice(0, 1), 0), (-1, -1))),
    *(case(np.diagonal, x) for x in (A2, A3, F3)),
    *(
        case(f, A3, o, a, b)
        for f in (np.diagonal, np.trace)
        for o, a, b in ((0, 0, 1), (1, 1, 2), (-1, -1, 0), (5, 0, 1))
    ),
    *(case(np.trace, x, k) for x in (A2, A2.T, A2[:, :2]) for k in (0, 1, -1, 7)),
    case(np.trace, A3),
    *(case(np.diag, x, k) for x in (A1, A2, A2.T, EMPTY) for k in (0, 1, -1, 2)),
    *(case(f, x, k) for f in (np.triu, np.tril) for x in (A1, A2, A3) for k in (0, 1, -1)),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


@pytest.mark.parametrize("one", CASES[::2], ids=str)
def test_single_precision(one):
    if isinstance(one.args[0], np.ndarray) and one.primitive is not N.astype:
        check_single(one)


TIES = np.array([[1.0, 3.0, 3.0, 0.5] * 6, [2.0] * 24])


@pytest.mark.parametrize("axis", [-1, 0, None])
def test_the_tangent_of_sorting_equal_elements_is_the_transpose_of_the_adjoint(axis):
    check_transpose(case(np.sort, TIES, axis))
    check_transpose(case(np.sort, TIES[0], axis))


def test_equal_elements_stay_in_order():
    d = np.arange(24.0)
    np.testing.assert_array_equal(tangent_of(case(np.sort, TIES[1]), TIES[1], {"a": d}, True), d)


@pytest.mark.parametrize("decide", [False, True])
@pytest.mark.parametrize("dtype", [int, np.int32, bool, "i8"])
def test_what_is_cast_to_integers_has_the_tangent_zero(dtype, decide):
    found = tangent_of(case(N.astype, A2, dtype), A2.astype(dtype), {"a": A2}, decide)
    np.testing.assert_array_equal(found, np.zeros((2, 3)))
    assert found.dtype == float


@pytest.mark.parametrize("decide", [False, True])
def test_the_tangent_of_a_cast_has_the_new_dtype(decide):
    found = tangent_of(case(N.astype, A2, np.float32), A2.astype(np.float32), {"a": A2}, decide)
    assert found.dtype == np.float32
    same = tangent_of(case(N.astype, A2, float, copy=False), A2, {"a": A2}, decide)
    assert same is A2 or np.shares_memory(same, A2)
    assert not np.shares_memory(tangent_of(case(N.astype, A2, float), A2, {"a": A2}, decide), A2)


@pytest.mark.parametrize("one", [case(N.item, np.float64(0.5)), case(N.tolist, np.float64(0.5))], ids=str)
def test_the_tangent_of_a_number_may_be_one_of_python_s(one):
    assert tangent_of(one, 0.5, {"a": 0.25}, True) == 0.25


def rows_of(a):
    return len(a), -1


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(np.where(x - 1.0, x**2, 0.0)),
        lambda x: np.sum(np.compress(x - 1.0, x) ** 2),
        lambda x: np.sum(np.select([x > 1.0], [x**2], 0.0)),
        lambda x: np.sum(np.take(x, np.argsort(x)[1:]) ** 2),
        lambda x: np.sum(np.roll(x, int(x[0]))[:1] ** 2),
        lambda x: np.sum(np.reshape(x, rows_of(x))[1:] ** 2),
    ],
)
def test_what_only_decides_may_depend_on_what_is_differentiated(function):
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(srcgrad.grad(function)(x), [0.0, 4.0])
    np.testing.assert_array_equal(srcgrad.jacobian(function, mode="forward")(x), [0.0, 4.0])
    np.testing.assert_allclose(srcgrad.hessian(function)(x), [[0.0, 0.0], [0.0, 2.0]])
