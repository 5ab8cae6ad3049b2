"""Rules of stacks, which are changed in place: each check has lists of its own."""

from __future__ import annotations

import numpy as np
import pytest

from srcgrad.stacks import held, pop, push
from tests.rules.support import case, check

A, B = np.random.default_rng(6).normal(size=(2, 3))

CASES = [
    case(push, [A, B], 0.5, 0),
    case(push, [0.5], A, 0),
    case(push, [(0.5, A)], (1.5, B), 2),
    case(push, [(A,)], (B,), 1),
    case(pop, [A, B, 0.5], 0),
    case(pop, [(0.5, A), (1.5, B)], 2),
    case(pop, [(A,)], 1),
    case(held, [A, B]),
    case(held, [(0.5, A), (1.5, B)]),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


def test_a_case_is_left_as_it_is():
    for one in CASES:
        before = repr(one.args)
        check(one)
        assert repr(one.args) == before
