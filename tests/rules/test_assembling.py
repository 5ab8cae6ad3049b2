"""Rules of arrays made of several others."""

from __future__ import annotations

import numpy as np
import pytest

from tests.rules.support import case, check, check_single, tangent_of, terms_of

RNG = np.random.default_rng(5)
S, A1, A2, A3 = 0.5, RNG.normal(size=3), RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3, 2))
B1, B2, B3 = A1 + 1, A2 + 1, A3 + 1
C = A2 > 0

CASES = [
    *(
        case(f, x)
        for f in (np.array, np.asarray)
        for x in (
            [0.1, 0.2],
            (0.1, 0.2),
            [[0.1, 0.2], [0.3, 0.4]],
            [A1, B1],
            [[A1], [B1]],
            A2,
            A3.T,
            0.5,
            np.array(0.5),
            [np.float64(0.5), 1.5],
            np.zeros((0, 2)),
            [0.5],
            [[0.5, np.array(0.2)]],
        )
    ),
    *(case(f, [0.1, 0.2], float) for f in (np.array, np.asarray)),
    *(case(f, x, dtype=np.float64) for f in (np.array, np.asarray) for x in ([A1, B1], A2)),
    case(np.array, A2, copy=True),
    *(case(np.stack, [A2, B2], a) for a in (0, 1, 2, -1)),
    case(np.stack, (0.5, 0.7)),
    case(np.stack, A3, 1),
    case(np.stack, [A1, B1], axis=-1),
    *(case(np.concatenate, [A2, B2[:, :1], A2], a) for a in (1, -1)),
    case(np.concatenate, (A1, B1[:1], np.zeros(0))),
    case(np.concatenate, [A2, B1, A3], axis=None),
    case(np.concatenate, A3),
    case(np.concatenate, A3, 1),
    *(case(np.vstack, x) for x in ([A1, A2, B1], [A2, B2], [0.5, 0.7], (A3, B3), A3)),
    *(case(np.hstack, x) for x in ([A1, B1[:1], 0.5], [A2, B2[:, :2]], [0.5, 0.7], (A3, B3), A3)),
    *(case(np.dstack, x) for x in ([A1, B1], [A2, B2], [A3, A2], [0.5, 0.7])),
    *(case(np.column_stack, x) for x in ([A2, A1[:2]], [A1, B1], [0.5, 0.7], (A2, B2))),
    *(case(np.block, x) for x in ([A1, B1], [[A2, B2], [B2, A2]], [[A2, np.zeros((2, 1))]], [0.5, A1], [[0.5]])),
    case(np.append, A2, B1),
    case(np.append, A2, 0.5),
    case(np.append, A2, [0.5, 0.7]),
    case(np.append, A2, B2[:1], 0),
    case(np.append, A2, B2[:, :1], axis=-1),
    case(np.insert, A1, 1, 0.5),
    case(np.insert, A1, [0, 2], [0.5, 0.7]),
    case(np.insert, A2, 3, B1),
    case(np.insert, A2, 1, 0.5, axis=1),
    case(np.insert, A2, 1, B1[:2], axis=1),
    case(np.insert, A2, [1, 1], B2, axis=0),
    case(np.insert, A2, slice(0, 2), B2[:, :2], 1),
    case(np.split, A2, 3, 1),
    case(np.split, A1, [1, 1]),
    case(np.array_split, A1, 2),
    case(np.select, [C, A2 > -0.5], [A2, B2]),
    case(np.select, [C, A2 > -0.5], [0.5, B1], 0.7),
    case(
        np.select,
        [np.array([True, False]), np.array([True, False])],
        [A2[:, 0], B2[:, 0]],
        A2[:, 1],
    ),
    case(
        np.select,
        [np.array([True, False, True]), np.array([[True], [False]])],
        [A1, A2],
        A2 + 1,
    ),
    case(np.select, np.stack([C, A2 > -0.5]), np.stack([A2, B2])),
    *(case(np.meshgrid, *x, indexing=i) for x in ((A1, B1[:2]), (A1,), (A1, B1[:2], A1)) for i in ("xy", "ij")),
    case(np.meshgrid, A1, 0.5),
    case(np.full, (2, 3), 0.5),
    case(np.full, (2, 3), A1),
    case(np.full, 3, 0.5),
    case(np.full_like, A2, 0.5),
    case(np.full_like, A2, B1),
    *(case(np.linspace, 0.2, 0.9, n, e) for n in (4, 1, 0) for e in (True, False)),
    case(np.linspace, 0.2, 0.9),
    case(np.linspace, A1, 0.9, 4),
    case(np.linspace, A1, B1 * np.ones((2, 1)), 3, endpoint=False),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


@pytest.mark.parametrize("one", CASES, ids=str)
def test_single_precision(one):
    if isinstance(one.args[0], np.ndarray) and "dtype" not in one.keywords:
        check_single(one)


@pytest.mark.parametrize("decide", [False, True])
@pytest.mark.parametrize(
    ("one", "tangents"),
    [
        *((case(f, x, int), {name: x}) for f, name in ((np.array, "object"), (np.asarray, "a")) for x in ([1.5], A2)),
        (case(np.full_like, np.zeros((2, 3), int), 1.5), {"fill_value": 2.5}),
    ],
    ids=str,
)
def test_what_is_cast_to_integers_has_the_tangent_zero(one, tangents, decide):
    out = one.primitive(*one.args)
    found = tangent_of(one, out, tangents, decide)
    np.testing.assert_array_equal(found, np.zeros(out.shape))
    assert found.dtype == float


@pytest.mark.parametrize("decide", [False, True])
def test_what_is_inserted_among_integers_has_no_derivative(decide):
    one = case(np.insert, np.arange(3), 1, 1.5)
    out, d = np.insert(np.arange(3), 1, 1.5), np.ones(4)
    np.testing.assert_array_equal(tangent_of(one, out, {"values": 2.5}, decide), np.zeros(4))
    assert terms_of(one, out, d, decide)["values"] == 0.0
