"""What is said last of a function counts, and alone: derivatives that were made before are made again."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import srcgrad
from srcgrad import rules
from srcgrad.rules.registry import is_constant, is_constant_method, pushforward_of, rule_of_method

X = np.array([3.0, 4.0])


def size(x):
    return np.sqrt(np.sum(x * x))


def level(x):
    return 3 * x


def steps(x):
    return 3 * x


def test_a_rule_takes_back_the_tangent_of_the_one_before():
    @rules.pullback(size)
    def wrong(x, *, out, d):
        return 7 * d / out * x

    @rules.pushforward(size)
    def wrong_tangent(x, *, out, d):
        return 7 * np.sum(x * d) / out

    gradient, tangent = srcgrad.grad(lambda x: size(x)), srcgrad.jvp(lambda x: size(x))
    assert tangent(X, X)[1] == 35.0
    np.testing.assert_allclose(gradient(X), 7 * X / 5)

    @rules.pullback(size)
    def right(x, *, out, d):
        return d / out * x

    np.testing.assert_allclose(gradient(X), X / 5)
    with pytest.raises(srcgrad.DifferentiationError, match="does not say its tangent"):
        tangent(X, X)

    @rules.elementwise(size)
    def elementwise(x, *, out, d):
        return d * 11

    assert pushforward_of(size) is None


def test_constant_takes_back_a_rule_and_a_rule_takes_back_constant():
    @rules.elementwise(level)
    def rule(x, *, d):
        return d * 3

    derivative = srcgrad.grad(lambda x: np.sum(level(x) + x))
    np.testing.assert_array_equal(derivative(X), [4.0, 4.0])
    rules.constant(level)
    np.testing.assert_array_equal(derivative(X), [1.0, 1.0])
    assert rules.rule_of(level) is None
    rules.elementwise(level)(rule)
    np.testing.assert_array_equal(derivative(X), [4.0, 4.0])
    assert not is_constant(level)


def test_a_malformed_rule_takes_back_nothing():
    rules.constant(steps)
    with pytest.raises(srcgrad.DifferentiationError):

        @rules.elementwise(steps)
        def rule(x, *, d):
            return x

    assert is_constant(steps)


def test_methods_have_a_rule_or_are_constant():
    def tweak(x):
        return x

    rules.constant(tweak, methods=("tweak",))

    @rules.linear(tweak, methods=("tweak",))
    def rule(x, *, d):
        return d

    assert rule_of_method("tweak") is not None
    assert not is_constant_method("tweak")
    rules.constant(tweak, methods=("tweak",))
    assert rule_of_method("tweak") is None
    assert is_constant_method("tweak")


turned = operator.itemgetter(slice(None, None, -1))


def by_helper(x):
    return turned(x)


def test_what_is_known_of_storage_is_found_again():
    def rule(x, *, d):
        return d[::-1]

    def changed(x):
        y = x * 1.0
        z = by_helper(y)
        z *= 2.0
        return np.sum(y * y)

    rules.linear(turned)(rule)
    np.testing.assert_allclose(srcgrad.grad(changed)(X), 2.0 * X)  # as the rule says: the result is new
    rules.linear(turned, view=True)(rule)
    np.testing.assert_allclose(srcgrad.grad(changed)(X), 8.0 * X)
