"""``Pullback``: cotangents checked, repeated calls, ``into``, and nothing that is changed afterwards reaches it."""

from __future__ import annotations

import collections
import functools

import numpy as np
import pytest

import srcgrad
from srcgrad import vjp

X = np.array([1.0, 2.0, 3.0])


def square(x):
    return x * x


def pair(x, y):
    return x * y, np.sum(x)


def test_called_again_and_again():
    _, pullback = vjp(square)(X)
    np.testing.assert_array_equal(pullback(), 2 * X)
    np.testing.assert_array_equal(pullback(2 * np.ones(3)), 4 * X)
    np.testing.assert_array_equal(pullback(), 2 * X)


def doubling(x):
    while np.sum(x) < 100:
        x = x * 2.0
    return x * x


def sines(x):
    total = 0.0
    for k in range(3):
        if k == 1:
            continue
        x = np.sin(x)
        total = total + x * x
    return total


def overwriting(x, ys):
    for y in ys:
        x = np.tanh(x * y)
    return x


@pytest.mark.parametrize(
    ("function", "rest"), [(doubling, ()), (sines, ()), (overwriting, ([0.5, 1.5],)), (overwriting, (np.ones((2, 3)),))]
)
def test_stacks_serve_every_call(function, rest):
    _, pullback = vjp(function)(X, *rest)
    first = pullback()
    for _ in range(2):
        np.testing.assert_array_equal(pullback(), first)


@pytest.mark.parametrize(
    ("y_bar", "error"),
    [
        (np.ones(2), ValueError),
        (np.ones((1, 3)), ValueError),
        (1.0, ValueError),
        (np.ones(3) * 1j, TypeError),
        (np.ones(3, bool), TypeError),
        ("a", TypeError),
        ([1.0, 1.0, 1.0], TypeError),
    ],
)
def test_a_cotangent_of_an_array_is_checked(y_bar, error):
    _, pullback = vjp(square)(X)
    with pytest.raises(error, match="y_bar"):
        pullback(y_bar)
    np.testing.assert_array_equal(pullback(), 2 * X)


def test_a_cotangent_of_a_number_is_checked():
    _, pullback = vjp(square)(3.0)
    assert pullback(2) == pullback(np.array(2.0)) == pullback(np.float64(2)) == 12.0
    for wrong, error in ((np.array([2.0]), ValueError), (1j, TypeError), (True, TypeError), ((1.0,), TypeError)):
        with pytest.raises(error):
            pullback(wrong)


def test_cotangents_of_a_tuple():
    _, pullback = vjp(pair, (0, 1))(X, 2.0)
    x_bar, y_bar = pullback()
    np.testing.assert_array_equal(x_bar, [3.0, 3.0, 3.0])
    assert y_bar == 6.0
    x_bar, y_bar = pullback((np.zeros(3), 1.0))
    np.testing.assert_array_equal(x_bar, [1.0, 1.0, 1.0])
    assert y_bar == 0.0
    for wrong, error in ((1.0, TypeError), ((np.ones(3),), TypeError), ((1.0, 1.0), ValueError)):
        with pytest.raises(error):
            pullback(wrong)


def test_nested_results():
    value, pullback = vjp(lambda x: [x, [x]])(2.0)
    assert value == [2.0, [2.0]]
    assert pullback() == 2.0
    assert pullback([1.0, [5.0]]) == 6.0


def test_the_gradient_has_the_dtype_of_the_argument():
    _, pullback = vjp(square)(X.astype(np.float32))
    assert pullback().dtype == pullback(np.ones(3)).dtype == np.float32
    _, pullback = vjp(lambda x: x)(X)
    assert pullback(np.ones(3, int)).dtype == np.float64


def test_an_integer_cotangent_is_real():
    _, pullback = vjp(lambda x: x)(3.0)
    assert type(pullback(2)) is type(pullback(np.int64(2))) is float
    _, pullback = vjp(lambda x: (x, [x]))(3.0)
    assert type(pullback((1, [2]))) is float


def test_gradients_do_not_share_the_cotangent():
    seed = np.ones(3)
    _, pullback = vjp(lambda x, y: x + y, (0, 1))(X, X)
    first, second = pullback(seed)
    assert not np.shares_memory(first, seed)
    assert not np.shares_memory(second, seed)
    assert not np.shares_memory(first, second)


@pytest.mark.parametrize("function", [lambda x: 2.0 * x, lambda x: np.dot(np.full(3, 3.0), x)])
def test_a_changed_gradient_does_not_reach_the_next(function):
    _, pullback = vjp(function)(X)
    first = pullback()
    kept = first.copy()
    first.fill(9.0)
    np.testing.assert_array_equal(pullback(), kept)


# --- into


def test_into_adds():
    _, pullback = vjp(square)(X)
    total = np.ones(3)
    assert pullback(into=total) is total
    np.testing.assert_array_equal(total, 2 * X + 1)
    pullback(np.ones(3), into=total)
    np.testing.assert_array_equal(total, 4 * X + 1)
    single = np.zeros(3, np.float32)
    pullback(into=single)
    np.testing.assert_array_equal(single, 2 * X)


def test_into_of_several():
    _, pullback = vjp(pair, (0, 1))(X, 2.0)
    first, second = np.zeros(3), np.zeros(())
    pullback(into=(first, second))
    np.testing.assert_array_equal(first, [3.0, 3.0, 3.0])
    assert second == 6.0


def test_into_of_structures():
    _, pullback = vjp(lambda xs: xs[0] * xs[1])([X, 2 * X])
    buffers = [np.ones(3), np.zeros(3)]
    assert pullback(into=buffers) is buffers
    np.testing.assert_array_equal(buffers, [2 * X + 1, X])
    _, pullback = vjp(lambda d, y: d["a"] * d["b"][0] * y, ("d", "y"))({"a": X, "b": (2 * X,)}, 2.0)
    named = {"a": np.zeros(3), "b": [np.zeros(3)]}
    pullback(into=[named, last := np.zeros(())])
    np.testing.assert_array_equal(named["a"], 4 * X)
    np.testing.assert_array_equal(named["b"][0], 2 * X)
    assert last == 28.0
    for wrong in (named, (named,), ({"a": X}, last), ({"a": X, "b": X}, last), ({"a": X, "b": []}, last)):
        with pytest.raises(TypeError, match="into"):
            pullback(into=wrong)


def test_into_of_a_tuple_of_one():
    _, pullback = vjp(square, (0,))(X)
    total = np.zeros(3)
    with pytest.raises(TypeError, match="tuple of 1"):
        pullback(into=total)
    assert not total.any()
    pullback(into=(total,))
    np.testing.assert_array_equal(total, 2 * X)
    _, pullback = vjp(lambda xs: xs[0] * xs[1], (0,))((2.0, 3.0))
    assert pullback() == ((3.0, 2.0),)


@pytest.mark.parametrize("place", [0, 1])
def test_a_read_only_buffer_changes_nothing(place):
    _, pullback = vjp(pair, (0, 1))(X, 2.0)
    buffers = np.zeros(3), np.zeros(())
    buffers[place].flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        pullback(into=buffers)
    assert not any(buffer.any() for buffer in buffers)
    whole = np.zeros(3), np.zeros((), int)
    with pytest.raises(TypeError, match="int64"):
        pullback(into=whole)
    assert not whole[0].any()


WRONG_BUFFERS = [
    (np.zeros(3),),
    (np.zeros(3), np.zeros(2)),
    (np.zeros(3), 1.0),
    (np.zeros(2), np.zeros(())),
]


@pytest.mark.parametrize("into", WRONG_BUFFERS)
def test_wrong_buffers_change_nothing(into):
    _, pullback = vjp(pair, (0, 1))(X, 2.0)
    with pytest.raises(TypeError, match="into"):
        pullback(into=into)
    assert not any(np.any(buffer) for buffer in into[:1])


# --- what the caller changes in between


def exp_twice(x):
    y = np.exp(x)
    z = y
    return z[0:2] * 1.0, z


def loop(x, ys):
    for y in ys:
        x = x * y
    return x


def through_callee(x, y):
    return product(x, y)


def product(a, b):
    return a * b


def exponential(x):
    return np.exp(x)


def callee_value(x):
    y = exponential(x)
    return y, y * y


def with_default(x, w=X.copy()):  # noqa: B008
    return x * w


def row():
    return [X.copy(), X.copy()]


@pytest.mark.parametrize(
    ("function", "make", "change"),
    [
        (square, lambda: [X.copy()], lambda a, v: a[0].fill(9)),
        (lambda x: x[:2] * x[1:], lambda: [X.copy()], lambda a, v: a[0].fill(9)),
        (lambda x: x.T * x, lambda: [np.ones((2, 2))], lambda a, v: a[0].fill(9)),
        (np.exp, lambda: [X.copy()], lambda a, v: v.fill(9)),
        (lambda x: np.exp(x).reshape(1, 3), lambda: [X.copy()], lambda a, v: v.fill(9)),
        (lambda x: np.exp(x)[:2], lambda: [X.copy()], lambda a, v: v.fill(9)),
        (lambda x: (np.exp(x), np.tanh(x)), lambda: [X.copy()], lambda a, v: (v[0].fill(9), v[1].fill(9))),
        (lambda x: [np.exp(x), x], lambda: [X.copy()], lambda a, v: v[0].fill(9)),
        (exp_twice, lambda: [X.copy()], lambda a, v: v[1].fill(9)),
        (callee_value, lambda: [X.copy()], lambda a, v: v[0].fill(9)),
        (product, lambda: [X.copy(), 2 * X], lambda a, v: a[1].fill(9)),
        (through_callee, lambda: [X.copy(), 2 * X], lambda a, v: a[1].fill(9)),
        (lambda x, ys: x * ys[0] * ys[1], lambda: [X.copy(), row()], lambda a, v: a[1][0].fill(9)),
        (lambda x, ys: x * ys[0] * ys[1], lambda: [X.copy(), row()], lambda a, v: a[1].__setitem__(0, 0.0)),
        (lambda x, ys: x * ys[0] * ys[1], lambda: [X.copy(), tuple(row())], lambda a, v: a[1][0].fill(9)),
        (lambda x, ys: x * ys["a"][0], lambda: [X.copy(), {"a": row()}], lambda a, v: a[1]["a"][0].fill(9)),
        (loop, lambda: [X.copy(), row()], lambda a, v: a[1][0].fill(9)),
        (loop, lambda: [X.copy(), row()], lambda a, v: a[1].append(9.0)),
        (loop, lambda: [X.copy(), row()], lambda a, v: a[1].clear()),
        (loop, lambda: [X.copy(), np.full((2, 3), 2.0)], lambda a, v: a[1].fill(9)),
        (lambda x, i: x[i] * x[i], lambda: [X.copy(), np.array([0, 0, 1])], lambda a, v: a[1].fill(2)),
        (lambda x, i: x[i] * x[i], lambda: [X.copy(), [0, 0, 1]], lambda a, v: a[1].reverse()),
        (lambda x, m: np.where(m, x * x, x), lambda: [X.copy(), X > 1], lambda a, v: a[1].fill(True)),
        (with_default, lambda: [X.copy()], lambda a, v: with_default.__defaults__[0].fill(9)),
    ],
)
def test_what_is_changed_in_between_does_not_reach_it(function, make, change):
    expected = vjp(function)(*make())[1]()
    arguments = make()
    value, pullback = vjp(function)(*arguments)
    change(arguments, value)
    np.testing.assert_array_equal(pullback(), expected)
    np.testing.assert_array_equal(pullback(), expected)
    if function is with_default:
        with_default.__defaults__[0][:] = X


@pytest.mark.parametrize("has", ["array", "dict"])
def test_a_changed_auxiliary_value_does_not_reach_it(has):
    def plain(x):
        y = np.exp(x)
        return y.sum(), y

    def nested(x):
        y = np.exp(x)
        return y.sum(), {"y": y}

    _, pullback, auxiliary = vjp(plain if has == "array" else nested, has_aux=True)(X)
    (auxiliary if has == "array" else auxiliary["y"]).fill(9.0)
    np.testing.assert_allclose(pullback(), np.exp(X))


def test_the_arguments_are_not_copied_for_nothing():
    x = X.copy()
    value, pullback = vjp(functools.partial(np.multiply, 2.0))(x)
    np.testing.assert_array_equal(value, 2 * X)
    np.testing.assert_array_equal(pullback(), np.full(3, 2.0))
    np.testing.assert_array_equal(x, X)


def test_a_cotangent_without_dimensions_is_the_caller_s() -> None:
    def both(x, w):
        return x * x + (x + w)

    y_bar = np.array(1.0)
    for x in (0.5, np.float64(0.5), np.array(0.5)):
        _, pullback = srcgrad.vjp(both, wrt=(0, 1))(x, 2.0)
        for _ in range(2):
            found = pullback(y_bar)
            assert found == (2.0, 1.0)
            assert y_bar == 1.0
            assert not any(part is y_bar for part in found)


def test_arrays_in_named_tuples_are_copied() -> None:
    pair = collections.namedtuple("pair", "a b")
    argument = [pair(np.array([1.0, 2.0]), np.array([0.5, -1.0])), 2.0]
    _, pullback = srcgrad.vjp(lambda t: np.sum(t[0][0] * t[0][1] * t[1]))(argument)
    before = pullback()
    argument[0].a[:] = 100.0
    after = pullback()
    np.testing.assert_array_equal(before[0].b, [2.0, 4.0])
    np.testing.assert_array_equal(after[0].b, [2.0, 4.0])


def test_elements_of_a_gradient_are_objects_of_their_own() -> None:
    first, second = srcgrad.grad(sum)([np.ones(2), np.ones(2)])
    first *= 10
    np.testing.assert_array_equal(second, np.ones(2))
