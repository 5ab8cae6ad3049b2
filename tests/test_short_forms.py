# ruff: noqa: C416, C417, RUF005 - the forms are what is tested
"""Short forms on values that are changed in place: right or refused."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from srcgrad.testing import check_grads

rng = np.random.default_rng(1)
X = rng.normal(size=(4, 4))
V = np.array([0.3, -0.9, 0.7, 0.5])
W = np.arange(16.0).reshape(4, 4)
X3 = np.arange(1.0, 10.0).reshape(3, 3) / 4
W3 = np.arange(9.0).reshape(3, 3)


def kk(r):
    r[0] = 5.0
    return r[1]


def key_that_changes_a_row(x):
    s = sorted(x, key=kk)
    return np.sum(s[0] * s[1])


def tuple_of_rows(x):
    t = tuple(x)
    t[1][0] = 9.0
    return np.sum(x**2 * W)


def loop_over_a_tuple_of_rows(x):
    for r in tuple(x):
        r *= r[0]
    return np.sum(x**2 * W)


def display_of_rows(x):
    t = (*x, x[1])
    t[-1][0] = 9.0
    return np.sum(x**2 * W)


def growing_tuple_of_rows(x):
    t = (x[0],)
    for i in range(2):
        t = t + (x[i + 1] * 2,)
    x[0] = 4.0
    return np.sum(t[0] * t[1])


def rows_are_taken_one_by_one(x):
    parts = [x[0], x[1]]
    while parts:
        p, *parts = parts
        p *= 2
    return np.sum(x * W3)


def overlapping_rows(x):
    x[0] = x[1] * x[2]
    for r in [x[1:3], x[2:]]:
        r *= 2
    return np.sum(x**2 * W)


def parts_are_changed(x):
    y = x.copy()
    t = y**2
    for r in np.hsplit(y, 2):
        r += 1.0
    return np.sum(t * W)


def swaps_after_argsort(x):
    y = x[np.argsort(x)]
    for i in range(2):
        y[i], y[i + 1] = y[i + 1], y[i]
    return np.sum(y * np.arange(4.0))


def swaps_of_places(x):
    y = x.copy()
    for p in [(0, 1), (1, 2)]:
        q = p[::-1]
        y[q], y[p] = y[p], y[q]
    return np.sum(y * W3)


def names_in_a_lambda(x):
    return sum(map(lambda t: sum([t for t in [t, 2 * t]]), x))


def names_in_another_lambda(x):
    s = 0.0
    for y in map(lambda i: sum([x[i] for i in range(2)]) * i, [0, 1, 2]):
        s += y
    return s


def too_few_for_a_star(x):
    a, *_, c = (x[0],)
    return a * c


def first_of_a_mask(x):
    y = x[x > -0.5]
    a = y[0]
    y[0] = 2.0
    return a * y[0]


def swap_by_a_place(x):
    y = x.copy()
    p = (0, 1)
    q = p[::-1]
    t = y[q]
    y[q] = y[p]
    y[p] = t
    return np.sum(y * W)


CASES = [
    (key_that_changes_a_row, X), (tuple_of_rows, X), (loop_over_a_tuple_of_rows, X), (display_of_rows, X),
    (growing_tuple_of_rows, X3), (rows_are_taken_one_by_one, X3), (overlapping_rows, X), (parts_are_changed, X),
    (swaps_after_argsort, V), (swaps_of_places, X3), (names_in_a_lambda, V), (names_in_another_lambda, V),
    (first_of_a_mask, V), (swap_by_a_place, X),
]  # fmt: skip
FOLLOWED = (rows_are_taken_one_by_one, overlapping_rows, parts_are_changed, swaps_after_argsort, first_of_a_mask)


@pytest.mark.parametrize(("f", "x"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_right_or_refused(f, x):
    try:
        check_grads(f, (x.copy(),))
        value, pullback = srcgrad.vjp(f)(x.copy())
    except srcgrad.DifferentiationError:
        assert f not in FOLLOWED
        return
    assert value == f(x.copy())
    np.testing.assert_allclose(pullback(), srcgrad.grad(f)(x.copy()), rtol=1e-12)


def test_a_star_asks_for_enough():
    with pytest.raises(ValueError, match="not enough values"):
        srcgrad.grad(too_few_for_a_star)(V)
