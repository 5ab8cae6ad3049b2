"""Rules of the user's for methods, objects, partials and builtins; a rule goes before the source."""

from __future__ import annotations

import functools
import itertools
import types

import numpy as np
import pytest
from scipy import special

import srcgrad
from srcgrad import rules

X = np.array([1.0, 2.0, 3.0])


class Model:
    """Its methods cannot be differentiated by their source."""

    def __init__(self, weights):
        self.weights = np.array(weights)

    def predict(self, x, power=2):
        return eval("self.weights * x**power")

    @classmethod
    def doubled(cls, x):
        return eval("2 * x")

    @staticmethod
    def tripled(x):
        return eval("3 * x")

    def __call__(self, x, *, scale=1.0):
        return eval("self.weights * x * scale")

    def level(self, x):
        return eval("np.floor(x)")

    def unruled(self, x):
        return eval("x")


class Plain:
    def __call__(self, x):
        return eval("9 * x")

    def scaled(self, x):
        return eval("7 * x")


def power(x, n):
    return eval("x**n")


def wrong(x):
    return np.sum(x) * 1e9


MODEL, OTHER, PLAIN, ANOTHER = Model([1.0, 2.0, 3.0]), Model([5.0, 5.0, 5.0]), Plain(), Plain()
SQUARE = functools.partial(power, n=2)
PREDICT, SCALED = MODEL.predict, PLAIN.scaled


@rules.pullback(Model.predict)
def _predict(self, x, power=2, *, d):
    return None, d * power * self.weights * x ** (power - 1)


@rules.linear(Model.doubled)
def _doubled(x, *, d):
    return 2 * d


@rules.linear(Model.tripled)
def _tripled(x, *, d):
    return 3 * d


@rules.linear(Model.__call__)
def _call(self, x, *, scale=1.0, d):
    return None, d * self.weights * scale


@rules.linear(PLAIN)
def _plain(x, *, d):
    return 9 * d


@rules.linear(PLAIN.scaled)
def _scaled(x, *, d):
    return 7 * d


@rules.elementwise(SQUARE)
def _square(x, *, d):
    return 2 * d * x


@rules.pullback(wrong)
def _wrong(x, *, d):
    return np.full_like(x, d * 11)


@rules.elementwise(special.expm1)
def _expm1(x, *, out, d):
    return d * (out + 1)


rules.constant(Model.level, ANOTHER, ANOTHER.scaled)

CALLS = {
    "a method": (lambda x: np.sum(MODEL.predict(x)), 2 * MODEL.weights * X),
    "a method with more arguments": (lambda x: np.sum(MODEL.predict(x, power=3)), 3 * MODEL.weights * X**2),
    "a method of its class": (lambda x: np.sum(Model.predict(MODEL, x)), 2 * MODEL.weights * X),
    "a bound method by a name": (lambda x: np.sum(PREDICT(x)), 2 * MODEL.weights * X),
    "of two objects": (lambda x: np.sum(OTHER.predict(MODEL.predict(x))), 20 * MODEL.weights**2 * X**3),
    "a class method": (lambda x: np.sum(Model.doubled(x)), 2.0 + 0 * X),
    "a class method of an object": (lambda x: np.sum(MODEL.doubled(x)), 2.0 + 0 * X),
    "a static method": (lambda x: np.sum(Model.tripled(x)), 3.0 + 0 * X),
    "a static method of an object": (lambda x: np.sum(MODEL.tripled(x)), 3.0 + 0 * X),
    "an object whose class has a rule": (lambda x: np.sum(MODEL(x, scale=4.0)), 4 * MODEL.weights),
    "an object": (lambda x: np.sum(PLAIN(x)), 9.0 + 0 * X),
    "a method of one object": (lambda x: np.sum(PLAIN.scaled(x)), 7.0 + 0 * X),
    "that by a name": (lambda x: np.sum(SCALED(x)), 7.0 + 0 * X),
    "a partial": (lambda x: np.sum(SQUARE(x)), 2 * X),
    "a function with a source": (lambda x: wrong(x), 11.0 + 0 * X),
    "a function of another package": (lambda x: np.sum(special.expm1(x)), np.exp(X)),
    "constant methods": (lambda x: np.sum(MODEL.level(x) * x), np.floor(X)),
    "constant objects": (lambda x: np.sum(x * ANOTHER(x)), 9 * X),
    "a constant method of one object": (lambda x: np.sum(x * ANOTHER.scaled(x)), 7 * X),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(name):
    function, expected = CALLS[name]
    derivative = srcgrad.grad(function)
    assert np.allclose(derivative(X), expected)
    made = derivative._latest[0]
    assert np.allclose(derivative(X), expected)
    assert derivative._latest[0] is made
    value, pullback = srcgrad.vjp(function)(X)
    assert np.allclose(value, function(X))
    assert np.allclose(pullback(), expected)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (MODEL.predict, 2 * MODEL.weights * X),
        (Model.doubled, 2.0 + 0 * X),
        (Model.tripled, 3.0 + 0 * X),
        (PLAIN, 9.0 + 0 * X),
        (PLAIN.scaled, 7.0 + 0 * X),
        (SQUARE, 2 * X),
        (special.expm1, np.exp(X)),
    ],
)
def test_derivatives_of_them(function, expected):
    assert np.allclose(srcgrad.vjp(function)(X)[1](), expected)


def test_the_derivative_of_a_method_by_its_class():
    assert np.allclose(srcgrad.vjp(Model.predict, "x")(MODEL, X)[1](), 2 * MODEL.weights * X)


def test_what_is_overridden_is_noticed():
    model = Model([1.0, 1.0, 1.0])

    def total(x):
        return np.sum(model.predict(x))

    derivative = srcgrad.grad(total)
    assert np.allclose(derivative(X), 2 * X)
    model.predict = lambda x: eval("x")
    with pytest.raises(srcgrad.DifferentiationError, match="'eval'"):
        derivative(X)
    model.predict = PLAIN
    assert np.allclose(derivative(X), 9.0)
    del model.predict
    assert np.allclose(derivative(X), 2 * X)


def test_a_subclass_with_a_method_of_its_own_has_no_rule():
    class Special(Model):
        def predict(self, x, power=2):
            return eval("x")

    model = Special([1.0, 1.0, 1.0])

    def total(x):
        return np.sum(model.predict(x))

    with pytest.raises(srcgrad.DifferentiationError, match="'eval'"):
        srcgrad.grad(total)(X)


def test_a_rule_for_one_object_is_for_no_other():
    other = Plain()

    def total(x):
        return np.sum(other.scaled(x))

    def called(x):
        return np.sum(other(x))

    for function in (total, called):
        with pytest.raises(srcgrad.DifferentiationError):
            srcgrad.grad(function)(X)


def test_no_code_of_the_object_runs_to_find_a_rule():
    class Secretive:
        @property
        def predict(self):
            raise AssertionError

        def __getattr__(self, name):
            raise AssertionError

    secretive = Secretive()

    def total(x):
        return np.sum(secretive.predict(x))

    with pytest.raises(srcgrad.DifferentiationError):
        srcgrad.grad(total)(X)


def test_a_class_method_itself_is_no_function():
    with pytest.raises(srcgrad.DifferentiationError, match="read from its class"):
        rules.linear(vars(Model)["doubled"])


def test_a_static_method_itself_is_its_function():
    class Holder:
        @staticmethod
        def halved(x):
            return eval("x / 2")

    @rules.linear(vars(Holder)["halved"])
    def rule(x, *, d):
        return d / 2

    assert rules.rule_of(Holder.halved).body is rule


def test_builtins():
    rng = types.SimpleNamespace(table=[10.0, 20.0, 30.0])

    @rules.linear(itertools.pairwise)
    def running(iterable, *, d):
        return [d[2] + d[1] + d[0], d[2] + d[1], d[2]]

    rules.constant(rng.table.index)

    def located(x):
        return x * rng.table.index(20.0)

    assert rules.rule_of(itertools.pairwise).body is running
    assert srcgrad.grad(located)(2.0) == 1.0
