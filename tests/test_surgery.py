"""``on_reverse``: blocks that run in the reverse sweep, where the adjoints are, and only there."""

from __future__ import annotations

import ast
import copy
import sys

import numpy as np
import pytest

import srcgrad
from srcgrad import on_reverse

SEEN: list = []
SEED = np.ones(3)


@pytest.fixture(autouse=True)
def _nothing_seen():
    SEEN.clear()


# --- plain runs


def test_a_plain_run_passes_over_a_loop_over_it():
    def passed_over(x, y):
        for x_bar in on_reverse(x):
            SEEN.append(x_bar)
            raise AssertionError
        for x_bar, y_bar in on_reverse(x, y):
            SEEN.append((x_bar, y_bar))
        return x

    assert passed_over(1.5, 2.0) == 1.5
    assert not SEEN


def test_a_plain_run_of_a_with_gives_zeros():
    def runs(x, y):
        with on_reverse(x, y) as (x_bar, y_bar):
            SEEN.append((x_bar, y_bar))
        with on_reverse(x) as x_bar:
            x_bar = x_bar + 1.0
        with on_reverse(y):
            pass
        return x

    x = np.ones(2)
    assert runs(x, [1, (2.0, x)]) is x
    ((x_bar, y_bar),) = SEEN
    assert np.array_equal(x_bar, np.zeros(2))
    assert y_bar[0] == y_bar[1][0] == 0.0
    assert np.array_equal(y_bar[1][1], np.zeros(2))


def test_it_is_about_something():
    with pytest.raises(TypeError, match="on_reverse takes the variables"):
        on_reverse()


# --- adjoints


def shown(x):
    h = np.sin(x)
    with on_reverse(h) as h_bar:
        SEEN.append((np.array(h_bar), np.array(h)))
    return np.sum(h * h)


def test_the_block_sees_the_adjoint_and_the_primal_value():
    x = np.array([0.3, 0.7])
    assert np.allclose(srcgrad.grad(shown)(x), np.sin(2 * x))
    ((h_bar, h),) = SEEN
    assert np.allclose(h, np.sin(x))
    assert np.allclose(h_bar, 2 * np.sin(x))


@pytest.mark.parametrize("transform", [srcgrad.grad, srcgrad.value_and_grad])
def test_it_runs_once_a_call(transform):
    transform(shown)(np.ones(2))
    assert len(SEEN) == 1


def test_each_call_of_a_pullback_runs_it():
    value, pullback = srcgrad.vjp(shown)(np.ones(2))
    assert not SEEN
    first, second = pullback(), pullback(10.0)
    assert len(SEEN) == 2
    assert np.allclose(second, 10 * first)
    assert np.allclose(SEEN[1][0], 10 * SEEN[0][0])
    assert np.allclose(value, 2 * np.sin(1.0) ** 2)


def clipped(x):
    h = x * x
    with on_reverse(h) as h_bar:
        h_bar = np.clip(h_bar, -1.0, 1.0)
    return np.sum(5 * h)


def clipped_in_a_loop(x):
    h = x * x
    for h_bar in on_reverse(h):
        h_bar = np.clip(h_bar, -1.0, 1.0)
    return np.sum(5 * h)


def clipped_in_place(x):
    h = x * x
    with on_reverse(h) as h_bar:
        np.clip(h_bar, -1.0, 1.0, out=h_bar)
    return np.sum(5 * h)


@pytest.mark.parametrize("function", [clipped, clipped_in_place, clipped_in_a_loop])
def test_what_the_block_makes_of_the_adjoint_goes_on(function):
    assert np.allclose(srcgrad.grad(function)(np.array([1.0, 2.0])), [2.0, 4.0])
    assert np.allclose(srcgrad.vjp(function)(np.array([1.0, 2.0]))[1](), [2.0, 4.0])


def test_the_block_of_a_loop_meets_the_turns_backwards():
    def power(x, n):
        y = 1.0
        for i in range(n):
            y = y * x
            with on_reverse(y) as y_bar:
                SEEN.append((i, y, y_bar))
        return y

    assert srcgrad.grad(power)(2.0, 3) == 12.0
    assert SEEN == [(2, 8.0, 1.0), (1, 4.0, 2.0), (0, 2.0, 4.0)]


def test_the_adjoint_is_that_of_what_follows():
    def twice(x):
        y = x * 3.0
        a = y * 2.0
        with on_reverse(y) as y_bar:
            SEEN.append(y_bar)
        b = y * 10.0
        return a + b

    assert srcgrad.grad(twice)(1.0) == 36.0
    assert SEEN == [10.0]


def test_an_adjoint_may_be_started_by_the_block():
    def started(x):
        y = x * 3.0
        z = y * 1.0
        with on_reverse(y) as y_bar:
            y_bar = y_bar + 100.0
        return x + 0.0 * z.real if z > 100 else x

    assert srcgrad.grad(started)(1.0) == 301.0


def test_a_value_without_derivative_has_zeros():
    def constant(x, c):
        with on_reverse(c) as c_bar:
            SEEN.append(copy.copy(c_bar))
            c_bar += 1.0
        return np.sum(x * c)

    assert np.allclose(srcgrad.grad(constant)(np.ones(2), np.arange(2.0)), [0.0, 1.0])
    assert np.array_equal(SEEN[0], np.zeros(2))


def test_nothing_that_the_caller_has_is_changed():
    def first(x):
        with on_reverse(x) as x_bar:
            x_bar *= 3.0
        return x * 1.0

    seed = SEED.copy()
    gradient = srcgrad.vjp(first)(np.ones(3))[1](seed)
    assert np.array_equal(seed, SEED)
    assert np.array_equal(gradient, 3 * SEED)


def test_adjoints_that_share_storage_are_changed_one_by_one():
    def shares(x, y):
        s = x + y
        with on_reverse(x) as x_bar:
            x_bar *= 0.0
        return np.sum(s * s)

    def later(x, y):
        a = x * 1.0
        s = a + y
        with on_reverse(s) as s_bar:
            s_bar *= 2.0
        return np.sum(s)

    one, other = srcgrad.grad(shares, (0, 1))(np.ones(2), np.ones(2))
    assert np.allclose([one, other], 4.0)  # the block comes after the sum: nothing has reached x yet
    assert np.allclose(srcgrad.grad(later, (0, 1))(np.ones(2), np.ones(2)), 2.0)


def test_what_a_block_keeps_is_left_alone():
    def keeps(x):
        y = x * 1.0
        a = y * 2.0
        with on_reverse(y) as y_bar:
            SEEN.append(y_bar)
        return np.sum(y * 5.0) + np.sum(a)

    assert np.allclose(srcgrad.grad(keeps)(np.ones(2)), 7.0)
    assert np.allclose(SEEN[0], 5.0)


def test_what_a_block_appends_to_is_nothing_that_the_derivative_relies_on():
    def logs(x):
        y = x * x
        with on_reverse(y) as y_bar:
            SEEN.append(float(y_bar))
        return y

    derivative = srcgrad.grad(logs)
    derivative(2.0)
    made = derivative._latest[0]
    derivative(3.0)
    assert derivative._latest[0] is made
    assert SEEN == [1.0, 1.0]


def test_an_adjoint_of_another_shape_is_an_error():
    def flat(x):
        y = x * x
        with on_reverse(y) as y_bar:
            y_bar = 0.0  # noqa: F841
        return np.sum(y)

    def longer(xs):
        with on_reverse(xs) as xs_bar:
            xs_bar *= 2
        return xs[0] * xs[1]

    def part(xs):
        with on_reverse(xs) as xs_bar:
            xs_bar = xs_bar[:1]
        return xs[0] * xs[1]

    with pytest.raises(ValueError, match=r"an adjoint of shape \(\) cannot be that of a value of shape \(3,\)"):
        srcgrad.grad(flat)(np.ones(3))
    with pytest.raises(ValueError, match="structure"):
        srcgrad.grad(part)([1.0, 2.0])
    with pytest.raises(ValueError, match="structure"):
        srcgrad.grad(longer)([1.0, 2.0])
    assert srcgrad.grad(flat)(2.0) == 0.0


def test_an_array_added_to_a_number_is_an_error():
    def widened(x):
        y = x * x
        with on_reverse(y) as y_bar:
            y_bar += np.ones(2)
        return y

    with pytest.raises(ValueError, match="an adjoint of shape"):
        srcgrad.grad(widened)(2.0)


def test_auxiliary_values_are_left_alone():
    def pair(x):
        y = x * x
        with on_reverse(y) as y_bar:
            SEEN.append(y_bar)
        return y, "aux"

    assert srcgrad.grad(pair, has_aux=True)(3.0) == (6.0, "aux")
    assert SEEN == [1.0]


def test_a_call_without_derivative_has_no_reverse_sweep():
    def plain(c):
        for c_bar in on_reverse(c):
            SEEN.append(c_bar)
        return c

    def calls(x, c):
        return x * plain(c)

    assert srcgrad.grad(calls)(2.0, 5.0) == 5.0
    assert not SEEN


def test_derivatives_of_derivatives_run_the_block_in_their_forward_sweep():
    def halved(x):
        y = x * x
        with on_reverse(y) as y_bar:
            SEEN.append(1)
            y_bar *= 0.5
        return y * x

    assert srcgrad.grad(srcgrad.grad(halved))(2.0) == 8.0  # of x * x + 0.5 * x * 2 * x
    assert SEEN == [1]


def test_values_that_are_overwritten_later_are_those_of_the_place():
    def overwrites(x):
        a = x * 2.0
        b = x * x
        with on_reverse(b) as b_bar:
            SEEN.append((a, b, b_bar))
        a = a * b
        b = b + 100.0
        with on_reverse(a) as a_bar:
            SEEN.append((a, b, a_bar))
        return a * b

    srcgrad.grad(overwrites)(3.0)
    assert SEEN == [(54.0, 109.0, 109.0), (6.0, 9.0, 54.0 + 109.0 * 6.0)]


def test_a_condition_is_decided_once():
    answers = iter([True, False])

    def decides(x):
        y = x * x
        if ask():
            with on_reverse(y) as y_bar:
                y_bar *= 2.0
        return y

    def ask():
        return next(answers)

    assert srcgrad.grad(decides)(3.0) == 12.0


def test_the_stages_show_the_block():
    stages = srcgrad.grad(clipped).stages
    assert "with on_reverse(h)" in stages["flatten"]
    assert "with on_reverse(h_bar)" in stages["simplify"]


def test_a_saved_module_holds_the_statements(tmp_path):
    path = tmp_path / "clipped_grad.py"
    srcgrad.grad(clipped).save(path, np.ones(2))
    text = path.read_text(encoding="utf-8")
    imported = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.Import, ast.ImportFrom))]
    assert [ast.unparse(n) for n in imported] == ["import numpy as np"]
    assert "np.clip(h_bar, -1.0, 1.0)" in text


def test_breakpoint_finds_the_adjoint(monkeypatch):
    def stops(x):
        y = x * 2.0
        with on_reverse(y) as y_bar:  # noqa: F841
            breakpoint()
        return y * y

    monkeypatch.setattr(sys, "breakpointhook", lambda: SEEN.append(sys._getframe(1).f_locals["y_bar"]))
    assert srcgrad.grad(stops)(3.0) == 24.0
    assert SEEN == [12.0]
