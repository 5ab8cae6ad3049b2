"""What a filled-in rule looks like."""

from __future__ import annotations

import types

import numpy as np
import pytest

import srcgrad


def total(x, axis=None):
    return np.add.reduce(x, axis)


@srcgrad.rules.linear(total)
def total_rule(x, axis=None, *, d):
    return (
        np.full_like(x, d)
        if srcgrad.rules.known(axis is None)
        else np.broadcast_to(d if axis is None else np.expand_dims(d, axis), np.shape(x))
    )


def of_all(x):
    return total(x) ** 2


def of_rows(x):
    return total(x, 1) ** 2


def of_any(x, axis):
    return total(x, axis) ** 2


@pytest.mark.parametrize("f", [of_all, of_rows, of_any])
def test_known_is_decided_however_it_is_reached(f):
    text = srcgrad.grad(f).source
    assert "known" not in text
    assert ("axis is None" in text) == (f is of_any)
    arguments = {of_all: (), of_rows: (), of_any: (0,)}[f]
    sums = {of_all: [[6.0], [6.0]], of_rows: [[3.0], [3.0]], of_any: [[2.0], [2.0]]}[f]
    np.testing.assert_array_equal(srcgrad.grad(f)(np.ones((2, 3)), *arguments), 2 * np.tile(sums, 3))


def largest(x, y):
    return max(x, y)


def test_a_choice_between_two_numbers_is_written_out():
    text = srcgrad.grad(largest).source_for(1.0, 2.0)
    assert "x_bar = 0.0 if y > x else y_bar" in text


helpers = types.ModuleType("helpers")
helpers.size = lambda v: np.max(np.abs(v))


def product(items):
    r = 1.0
    for item in items:
        r = r * item
    return r


def tenfold(x):
    return x * 10.0


@srcgrad.rules.pullback(tenfold)
def _tenfold(x, *, d):
    return d * helpers.size(x)


def scaled_by_first(x):
    return np.full_like(x, np.sum(x) * x[0])


@srcgrad.rules.pullback(scaled_by_first)
def _scaled_by_first(x, *, d):
    return np.full_like(x, np.sum(d) * x[0]) + np.sum(d) * np.sum(x) * (np.arange(len(x)) == 0)


def test_a_function_that_is_called_like_one_of_numpys_reads_the_value():
    np.testing.assert_array_equal(srcgrad.grad(lambda x: np.sum(tenfold(2 * x)))(np.array([1.0, 2.0])), [8.0, 8.0])


def test_beside_the_operand_of_a_shape_its_value_is_read():
    found = srcgrad.grad(lambda x: np.sum(scaled_by_first(2 * x)))(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(found, [2 * (2 * 2 + 2 * 6), 2 * 2 * 2])


def last_two(*args):
    return product(args[-2:])


@srcgrad.rules.pullback(last_two)
def _last_two(*args, d):
    return [0 * d] * (len(args) - 2) + [d * args[-1], d * args[-2]]


def three(*args):
    return product(args)


@srcgrad.rules.pullback(three)
def _three(*args, d):
    return [d * product(args[1:3]), d * args[0] * args[-1], d * product(args[:-1])]


@srcgrad.rules.pushforward(three)
def _three_forward(*args, d):
    return [d[0] * product(args[1:]), d[-2] * args[0] * args[2], d[-1] * product(args[0:3:1][:2])]


def both_parts(x):
    return np.sin(x), np.cos(x)


@srcgrad.rules.pullback(both_parts)
def _both_parts(x, *, out, d):
    return d[0] * out[-1] - d[-1] * out[-2]


def test_parts_of_what_is_written_out_are_taken_by_any_literal_index():
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(srcgrad.grad(lambda x: np.sum(three(x, 2 * x, 3 * x)))(x), 18 * x * x)
    np.testing.assert_allclose(srcgrad.jvp(lambda x: three(x, 2 * x, 3 * x))(x, np.ones(2))[1], 18 * x * x)
    np.testing.assert_allclose(srcgrad.grad(lambda x: np.sum(last_two(5.0, x, 3 * x)))(x), 6 * x)

    def turned(x):
        first, second = both_parts(x)
        return np.sum(first + 2 * second)

    np.testing.assert_allclose(srcgrad.grad(turned)(x), np.cos(x) - 2 * np.sin(x))


def by_place(x, y=1.0, /, z=1.0):
    return x + 2 * y + 3 * z


@srcgrad.rules.linear(by_place)
def _by_place(x, y=1.0, z=1.0, *, d):
    return d, 2 * np.sum(d), 3 * np.sum(d)


def test_a_positional_only_parameter_that_is_left_out_is_passed_by_position():
    x = np.array([1.0, 2.0])
    assert srcgrad.jvp(lambda x: by_place(x))(x, x)[1].tolist() == x.tolist()
    assert srcgrad.jvp(lambda x: by_place(x, z=x))(x, x)[1].tolist() == (4 * x).tolist()


def near(x):
    return x * x


def test_of_math_only_functions_that_are_numpys_are_taken(monkeypatch):
    monkeypatch.setattr(near, "__module__", "math")

    @srcgrad.rules.elementwise(near)
    def rule(x, *, d):
        return d * (np.remainder(-1.0, 3.0) + np.isclose(1.0, 1.0 + 1e-6) + np.floor(0.5)) * np.cos(0 * x)

    text = srcgrad.grad(lambda x: near(x)).source_for(2.0)
    assert "math.cos" in text
    assert "np.remainder" in text
    assert srcgrad.grad(lambda x: near(x))(2.0) == 3.0


NonDiscrete = float


def test_only_discrete_is_discrete():
    def times(x, y):
        return x * y

    @srcgrad.rules.elementwise(times)
    def rule(x: srcgrad.rules.Discrete, y: NonDiscrete, *, d):
        return d * y, d * x

    assert srcgrad.grad(lambda y: times(3.0, y))(2.0) == 3.0
    assert srcgrad.rules.registry.discrete(srcgrad.rules.rule_of(times)) == {"x"}
