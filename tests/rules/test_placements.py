"""What is put in places of an array."""

import numpy as np
import pytest

from srcgrad.placements import (
    put_adjoint,
    put_of,
    unplaced,
    with_added_at,
    with_along_axis,
    with_diagonal,
    with_masked,
    with_placed,
    with_put,
    with_subtracted_at,
)
from tests.rules.support import case, check

A, B = np.random.default_rng(6).normal(size=(2, 3))
M = np.outer(A, B)

MASK = np.array([True, False, True])
ORIGINS = np.array([-2, 1, -1])
CASES = [
    case(with_added_at, A, [0, 0, 2], B, fixed=("index",)),
    case(with_added_at, A, [0, 0, 2], 0.5, fixed=("index",)),
    case(with_added_at, M, (0, [1, 1, 2]), B, fixed=("index",)),
    case(with_subtracted_at, A, [0, 0, 2], B, fixed=("index",)),
    case(with_put, A, [0, 2, 0], B, fixed=("ind", "mode")),
    case(with_put, M, [0, 2, 4], B[:2], fixed=("ind", "mode")),
    case(with_put, A, [0, 5], B[:2], mode="clip", fixed=("ind", "mode")),
    case(with_placed, A, MASK, B, fixed=("mask",)),
    case(with_placed, A, MASK, B[:1], fixed=("mask",)),
    case(with_masked, A, MASK, B, fixed=("mask",)),
    case(with_masked, A, MASK, 0.5, fixed=("mask",)),
    case(with_along_axis, M, np.array([[1, 0, 0]]), np.array([B]), 0, fixed=("indices", "axis")),
    case(with_along_axis, M, np.array([[1, 0, 0]]), 0.5, 0, fixed=("indices", "axis")),
    case(with_diagonal, M[:, :2], 0.5, fixed=("wrap",)),
    case(with_diagonal, M[:, :2], B[:2], fixed=("wrap",)),
    case(unplaced, A, ORIGINS, fixed=("origins",)),
    case(put_adjoint, A, ORIGINS, B[:2], fixed=("origins",)),
    case(put_adjoint, A, np.array([-1, 1, -1]), 0.5, fixed=("origins",)),
    case(put_of, B[:2], ORIGINS, fixed=("origins",)),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)
