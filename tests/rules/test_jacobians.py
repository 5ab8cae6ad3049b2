"""Rules of what functions that compute Jacobians call: all are linear, and two pairs are each other's transposes."""

from __future__ import annotations

import numpy as np
import pytest

from srcgrad.jacobians import aligned, columns, directions, each, joined, numbers, of_columns, of_rows, rows
from tests.rules.support import case, check

RNG = np.random.default_rng(6)
A, B = RNG.normal(size=(2, 3))
M, T = RNG.normal(size=(2, 3, 3))[:, :2]
NOTHING = np.zeros((0, 2))


def tangents(y, count):
    """A value of the structure of ``y`` with directions."""
    if isinstance(y, (list, tuple)):
        return [tangents(item, count) for item in y]
    return RNG.normal(size=(count, *np.shape(y)))


STRUCTURES = [(A, M), (M, 0.5), (0.5, A), (0.5, 1.5), ([A, 0.5], [B, M]), ((M, [B]), 1.5), (A, NOTHING), (NOTHING, A)]
CASES = []
for y, x in STRUCTURES:
    y_dot, x_bar = tangents(y, max(numbers(x), 1)), tangents(x, max(numbers(y), 1))
    CASES += [case(columns, y_dot, y, x, fixed=("y", "x")), case(rows, x_bar, x, y, fixed=("x", "y"))]
    CASES += [case(of_columns, columns(y_dot, y, x), y, x, fixed=("y", "x"))]
    CASES += [case(of_rows, rows(x_bar, x, y), x, y, fixed=("x", "y"))]
CASES += [case(joined, [A, B]), case(joined, [[A, 0.5], [B, 1.5]]), case(each, M), case(each, [M, A[:2]])]
CASES += [case(aligned, A, M, fixed=("like",)), case(aligned, M, 0.5, fixed=("like",))]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


@pytest.mark.parametrize(("y", "x"), STRUCTURES)
def test_axes_before_the_directions_stay(y, x):
    """What several values of the same structure have in a leading axis comes out one by one."""
    for function, like, first in ((columns, y, numbers(x)), (rows, x, numbers(y))):
        others = (y, x) if function is columns else (x, y)
        parts = [tangents(like, max(first, 1)) for _ in range(2)]
        whole = function(joined(parts), *others)
        for one, part in zip(each(whole), parts, strict=False):
            expected = function(part, *others)
            for left, right in zip(flat(one), flat(expected), strict=True):
                np.testing.assert_array_equal(left, right)


def flat(x):
    return [part for item in x for part in flat(item)] if isinstance(x, (list, tuple)) else [x]


def test_directions_are_those_of_the_identity():
    x = [A, 0.5]
    found = columns(directions(x), x, x)
    np.testing.assert_array_equal(found[0][0], np.eye(3))
    np.testing.assert_array_equal(found[0][1], np.zeros(3))
    assert found[1][1] == 1.0
