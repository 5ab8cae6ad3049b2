"""A term may be an argument itself, or one value for several arguments: neither is added to in place."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import pullback

X, Y = np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0])
SLOPE = np.array([2.0, 2.0, 2.0])


def choose(d, b):
    return b if np.all(d == 1) else d * b


def by_helper(x, y):
    return x * y


def by_choice(x, y):
    return x * y


def by_a_let(x, y):
    return x * y


def by_display(x, y):
    return x * y


def by_a_global(x, y):
    return SLOPE * x + y


def added(x, y):
    return x + y


def added_all(*args):
    return sum(args)


@pullback(by_helper)
def _by_helper(x, y, *, d):
    return choose(d, y), choose(d, x)


@pullback(by_choice)
def _by_choice(x, y, *, d):
    return y if np.all(d == 1) else d * y, x if np.all(d == 1) else d * x


@pullback(by_a_let)
def _by_a_let(x, y, *, d):
    of_x = choose(d, y)
    return of_x, d * x


@pullback(by_display)
def _by_display(x, y, *, d):
    return [d * y, y][int(np.all(d == 1))], d * x


@pullback(by_a_global)
def _by_a_global(x, y, *, d):
    return choose(d, SLOPE), d


@pullback(added)
def _added(x, y, *, d):
    both = 1.0 * d
    return both, both


@pullback(added_all)
def _added_all(*args, d):
    return [d] * len(args)


@pytest.mark.parametrize("f", [by_helper, by_choice, by_a_let, by_display, by_a_global])
@pytest.mark.parametrize("wrt", [0, (0, 1)])
def test_a_term_that_is_an_argument_is_not_added_to(f, wrt):
    def more(x, y):
        q = x * 5
        z = f(x, y)
        return np.sum(z) + np.sum(q * q)

    x, y, slope = X.copy(), Y.copy(), SLOPE.copy()
    found = srcgrad.grad(more, wrt)(x, y)
    found_x = found[0] if isinstance(found, tuple) else found
    np.testing.assert_allclose(found_x, 50 * X + (SLOPE if f is by_a_global else Y))
    for now, before in ((x, X), (y, Y), (SLOPE, slope)):
        np.testing.assert_array_equal(now, before)


@pytest.mark.parametrize("f", [by_helper, by_choice, by_a_let, by_display, by_a_global])
def test_a_gradient_is_never_an_argument(f):
    def alone(x, y):
        return np.sum(f(x, y))

    x, y = X.copy(), Y.copy()
    for found in (srcgrad.grad(alone)(x, y), srcgrad.vjp(alone)(x, y)[1]()):
        assert not any(np.shares_memory(found, one) for one in (x, y, SLOPE))


@pytest.mark.parametrize("f", [added, added_all])
def test_terms_that_are_one_value_are_two_adjoints(f):
    def more(x, y):
        q = x * 5
        z = f(x, y)
        return np.sum(z * z) + np.sum(q * q)

    found = srcgrad.grad(more, (0, 1))(X, Y)
    np.testing.assert_allclose(found[0], 2 * (X + Y) + 50 * X)
    np.testing.assert_allclose(found[1], 2 * (X + Y))


@pytest.mark.parametrize("f", [added, added_all])
def test_gradients_that_are_one_value_are_two_arrays(f):
    found = srcgrad.grad(lambda x, y: np.sum(f(x, y) ** 2), (0, 1))(X, Y)
    assert not np.shares_memory(*found)


def test_what_a_helper_makes_anew_is_not_copied():
    assert "copy" not in srcgrad.grad(lambda x: total(x) ** 2).source_for(X)


def total(x):
    return np.sum(x)


def spread(d, x):
    return np.full_like(x, d)


@pullback(total)
def _total(x, *, d):
    return spread(d, x)
