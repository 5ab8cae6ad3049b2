"""Rules of what derivatives do with adjoints of any structure."""

from __future__ import annotations

import numpy as np
import pytest

from srcgrad.contents import read_first, shared_like, twins
from srcgrad.runtime import matched
from srcgrad.structures import (
    add,
    as_tangent,
    broadcast_like,
    chained,
    copied,
    detached,
    elementwise,
    listed,
    restored,
    seed,
    with_added,
)
from srcgrad.tangents import plus
from srcgrad.transposes import element_like, only_element, seed_adjoint
from tests.rules.support import case, check, tangent_of

A, B = np.random.default_rng(6).normal(size=(2, 3))
M = np.outer(A, B)

CASES = [
    case(with_added, A, 1, 0.5, fixed=("index",)),
    case(with_added, A, slice(1, None), B[:2], fixed=("index",)),
    case(with_added, A, [0, 0, 2], B, fixed=("index",)),
    case(with_added, M, (slice(None), 1), B, fixed=("index",)),
    case(with_added, [0.5, A], 1, B, fixed=("index",)),
    case(with_added, [0.5, 1.5], 0, 0.25, fixed=("index",)),
    case(shared_like, A, M[0], fixed=("x",)),
    case(shared_like, [0.5, A], [1.5, B], fixed=("x",)),
    case(chained, (0.5, A), (1.5, B)),
    case(tuple, [0.5, A]),
    case(read_first, A, np.zeros(3), slice(None), fixed=("x", "index")),
    case(twins, A),
    case(twins, [0.5, A]),
    case(add, A, B),
    case(add, [0.5, A], [1.5, B]),
    case(add, 0.5, 1.5),
    case(plus, A, B),
    case(plus, (0.5, A), (1.5, B)),
    case(with_added, A, slice(1, None), 0.5, fixed=("index",)),
    case(with_added, np.float64(0.5), (), 0.25, fixed=("index",)),
    case(element_like, A, 1, 0.5, fixed=("index",)),
    case(element_like, A, slice(1, None), 0.5, fixed=("index",)),
    case(element_like, np.float64(0.5), (), B, fixed=("index",)),
    case(element_like, [0.5, A], 1, B, fixed=("index",)),
    case(only_element, 0.5, A, 1, fixed=("index",)),
    case(only_element, B, [0.5, A], 1, fixed=("index",)),
    case(seed_adjoint, [0.5, A], 1.0),
    case(seed_adjoint, [0.5, A], [1.0, A]),
    case(seed_adjoint, A, 1.0),
    case(detached, [0.5, A]),
    case(listed, [0.5, A], 2),
    case(copied, [0.5, A]),
    case(copied, M),
    case(elementwise, A, B, fixed=("value",)),
    case(restored, [0.5, A], (1.5, B)),
    case(restored, A, B),
    case(matched, [0.5, A], (1.5, B)),
    case(matched, A, B),
    case(seed, [0.5, A], fixed=("y_bar",)),
    case(seed, A, 2.0),
    case(seed, [0.5, A], 2.0),
    case(seed, [0.5, A], [2.0, B]),
    case(as_tangent, A, B, fixed=("x",)),
    case(as_tangent, [0.5, A], [1.5, B], fixed=("x",)),
    case(elementwise, M, M + 1, fixed=("value",)),
    case(elementwise, 0.5, 1.5, fixed=("value",)),
    case(broadcast_like, A, M, fixed=("like",)),
    case(broadcast_like, 0.5, M, fixed=("like",)),
    case(broadcast_like, M, M + 1, fixed=("like",)),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


def test_the_tangent_of_a_seed_is_that_of_what_was_given():
    found = tangent_of(case(seed, A, 2.0), seed(A, 2.0), {"y_bar": 0.5}, True)
    np.testing.assert_array_equal(found, np.full(3, 0.5))
