"""Every example runs, and its derivatives equal ones worked out by hand."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from examples import (
    autograd_chapter,
    demo,
    logistic_regression,
    newton,
    rnn,
    rosenbrock,
)

FOLDER = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("[!_]*.py")))
def test_runs_and_prints(name, capsys):
    importlib.import_module(f"examples.{name}").main()
    assert len(capsys.readouterr().out.splitlines()) > 2


def test_chapter_quadratic():
    x = np.arange(4.0).reshape(4, 1)
    np.testing.assert_array_equal(srcgrad.grad(autograd_chapter.quadratic)(x), 4 * x)


def test_chapter_modes(capsys):
    autograd_chapter.show_training_mode()
    said = [line.split()[-1] for line in capsys.readouterr().out.splitlines() if "()" in line]
    assert said == ["False", "False", "True", "predict_mode():", "False"]
    assert not srcgrad.is_training()


@pytest.mark.parametrize("shape", [(), (3,), (2, 2), (4, 1, 2)])
@pytest.mark.parametrize("sign", [1, -1])
def test_chapter_control_flow(shape, sign):
    rng = np.random.default_rng(1)
    a = sign * np.abs(rng.normal(size=shape)) if shape else sign * abs(rng.normal())
    doublings = 1
    while np.linalg.norm(a * 2.0**doublings) < 1000:
        doublings += 1
    factor = 2.0**doublings * (1 if sign > 0 else 100)
    gradient = srcgrad.grad(autograd_chapter.f)(a)
    np.testing.assert_array_equal(gradient, np.full(shape, factor))
    np.testing.assert_allclose(gradient, autograd_chapter.f(a) / a, rtol=1e-14)


@pytest.mark.parametrize(("income", "rate"), [(5e3, 0.10), (1e4, 0.10), (25e3, 0.22), (6e4, 0.35), (1e6, 0.45)])
def test_chapter_tax(income, rate):
    assert srcgrad.grad(autograd_chapter.tax)(income) == rate


def test_demo_puts_two_texts_side_by_side():
    text = demo.side_by_side("a\nbb\n", "ccc\n", ("l", "r"))
    assert text.splitlines() == ["l  | r", "-- | ---", "a  | ccc", "bb |"]


def test_demo_rnn():
    rng = np.random.default_rng(2)
    w, u, h = rng.normal(size=(2, 2)), rng.normal(size=(2, 3)), rng.normal(size=2)
    xs = rng.normal(size=(4, 3))
    states = [h]
    for x in xs:
        states.append(np.tanh(w @ states[-1] + u @ x))
    w_bar, u_bar, h_bar = np.zeros_like(w), np.zeros_like(u), np.ones(2)
    for x, before, after in reversed(list(zip(xs, states, states[1:], strict=False))):
        z_bar = h_bar * (1 - after**2)
        w_bar += np.outer(z_bar, before)
        u_bar += np.outer(z_bar, x)
        h_bar = w.T @ z_bar
    got = srcgrad.grad(demo.rnn, wrt=("w", "u", "h"))(w, u, h, xs)
    for result, expected in zip(got, (w_bar, u_bar, h_bar), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-15)


def test_logistic_regression_gradient():
    x, y, _, _ = logistic_regression.data()
    rng = np.random.default_rng(3)
    w, b = rng.normal(size=x.shape[1]), 0.3
    p = 1 / (1 + np.exp(-(x @ w + b)))
    value, (w_bar, b_bar) = logistic_regression.loss(w, b, x, y)
    penalty = logistic_regression.DECAY * (w @ w) / 2
    assert value == pytest.approx(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + penalty)
    expected = x.T @ (p - y) / len(y) + logistic_regression.DECAY * w
    np.testing.assert_allclose(w_bar, expected, rtol=1e-10, atol=1e-15)
    assert b_bar == pytest.approx(np.mean(p - y))


def test_logistic_regression_learns():
    assert logistic_regression.main() > 0.9


def _rnn_by_hand(w, u, b, v, h, xs, ys):
    """Return the gradients of rnn.loss with respect to w, u, b and v."""
    states, errors = [h], []
    for x, y in zip(xs, ys, strict=True):
        states.append(np.tanh(w @ states[-1] + u * x + b))
        errors.append(v @ states[-1] - y)
    w_bar, u_bar, b_bar, v_bar = (np.zeros_like(z) for z in (w, u, b, v))
    h_bar = np.zeros_like(h)
    for t in reversed(range(len(xs))):
        error_bar = 2 * errors[t] / len(xs)
        v_bar += error_bar * states[t + 1]
        z_bar = (h_bar + error_bar * v) * (1 - states[t + 1] ** 2)
        w_bar += np.outer(z_bar, states[t])
        u_bar += z_bar * xs[t]
        b_bar += z_bar
        h_bar = w.T @ z_bar
    return w_bar, u_bar, b_bar, v_bar


def test_rnn_gradient():
    rng = np.random.default_rng(4)
    arguments = (*rnn.start(3, rng), rng.normal(size=3), rng.normal(size=5), rng.normal(size=5))
    got = srcgrad.grad(rnn.loss, wrt=rnn.WEIGHTS)(*arguments)
    for result, expected in zip(got, _rnn_by_hand(*arguments), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-11, atol=1e-14)


def test_rnn_learns():
    history = rnn.train(steps=100)
    assert history[-1] < 0.2 * history[0]


def test_newton_agrees_with_the_implicit_derivative():
    assert newton.main() < 1e-9


def test_rosenbrock_gradient():
    x = np.random.default_rng(5).normal(size=7)
    expected = np.zeros_like(x)
    expected[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    expected[1:] += 200 * (x[1:] - x[:-1] ** 2)
    np.testing.assert_allclose(rosenbrock.rosenbrock(x)[1], expected, rtol=1e-12)


def test_rosenbrock_is_minimised():
    result = rosenbrock.main()
    assert result.success
    np.testing.assert_allclose(result.x, 1, atol=1e-6)
