"""What the names in a rule stand for is looked up when a derivative is made, and watched like the primal's own."""

from __future__ import annotations

import types

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import elementwise, pullback, pushforward

X = np.ones(2)
SCALE = 2.0
WEIGHTS = np.array([1.0, 2.0])
settings = types.ModuleType("settings")
settings.scale = 2.0


def scaled(x):
    return SCALE * x


@elementwise(scaled)
def _scaled(x, *, d):
    return d * SCALE


def slope(x):
    return 3.0 + 0 * x


settings.slope = slope


def curved(x):
    return np.sin(x)


@elementwise(curved)
def _curved(x, *, d):
    return d * slope(x)


def configured(x):
    return settings.scale * x


@elementwise(configured)
def _configured(x, *, d):
    factor = settings.scale
    return d * factor


def steepened(x):
    return np.sin(x)


@elementwise(steepened)
def _steepened(x, *, d):
    return d * settings.slope(x)


def weighted(x):
    return np.sum(WEIGHTS * x)


@pullback(weighted)
def _weighted(x, *, d):
    return d * WEIGHTS


@pushforward(weighted)
def _weighted_tangent(x, *, d):
    return np.sum(WEIGHTS * d)


def seven(x):
    return 7.0 + 0 * x


CHANGES = [
    (scaled, globals(), "SCALE", 5.0, 2.0, 5.0),
    (curved, globals(), "slope", seven, 3.0, 7.0),
    (configured, vars(settings), "scale", 5.0, 2.0, 5.0),
    (steepened, vars(settings), "slope", seven, 3.0, 7.0),
]


@pytest.mark.parametrize(("f", "home", "name", "new", "before", "after"), CHANGES)
@pytest.mark.parametrize("order", [1, 2])
def test_a_name_of_a_rule_is_watched(monkeypatch, f, home, name, new, before, after, order):
    def total(x):
        return np.sum(f(x) * (x if order == 2 else 1.0))

    def slope_by_jvp(x):
        return srcgrad.jvp(total)(x, np.array([1.0, 0.0]))[1]

    derivative = srcgrad.grad(total) if order == 1 else srcgrad.grad(lambda x: np.sum(srcgrad.grad(total)(x)))
    first, tangent = derivative(X), slope_by_jvp(X)
    monkeypatch.setitem(home, name, new)
    second = derivative(X)
    if order == 1:
        np.testing.assert_allclose([*first, tangent], before)
        np.testing.assert_allclose([*second, slope_by_jvp(X)], after)
    else:
        assert not np.any(np.isclose(first, second))


def test_an_array_that_a_rule_reads_may_be_exchanged(monkeypatch):
    def total(x):
        return weighted(2 * x)

    derivative, tangent = srcgrad.grad(total), srcgrad.jvp(total)
    np.testing.assert_allclose(derivative(X), [2.0, 4.0])
    assert tangent(X, X)[1] == 6.0
    monkeypatch.setitem(globals(), "WEIGHTS", np.array([5.0, 5.0]))
    np.testing.assert_allclose(derivative(X), [10.0, 10.0])
    assert tangent(X, X)[1] == 20.0


def test_a_captured_value_of_a_rule_may_change():
    factor = 2.0

    def grown(x):
        return factor * x

    @elementwise(grown)
    def rule(x, *, d):
        return d * factor

    derivative = srcgrad.grad(lambda x: np.sum(grown(x)))
    np.testing.assert_allclose(derivative(X), 2.0)
    factor = 5.0
    np.testing.assert_allclose(derivative(X), 5.0)


def test_what_has_not_changed_is_not_made_again():
    derivative = srcgrad.grad(lambda x: np.sum(scaled(x)))
    derivative(X)
    made = derivative._latest[0]
    derivative(X)
    assert derivative._latest[0] is made
