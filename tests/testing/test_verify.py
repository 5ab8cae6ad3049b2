"""``verify`` names the statement whose derivative is wrong."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import elementwise
from srcgrad.testing import verify

X = np.array([0.3, 0.7, 1.2])


def squashed(x):
    return np.tanh(x) * x


@elementwise(squashed)
def squashed_rule(x, *, d):
    return d * (np.tanh(x) + x * (1.0 + np.tanh(x) ** 2))


def activation(a, b):
    c = a * b
    return squashed(c) + a


def plain_activation(a, b=2.0, *, shift=0.0):
    return np.tanh(a * b) + shift


def right(x, w, n=3):
    total = 0.0
    for i in range(n):
        h = np.exp(x) * np.sin(x[i])
        if np.sum(h) > 0:
            total = total + np.sum(plain_activation(h, w, shift=total)) ** 2
        else:
            total = total - np.sum(h * h)
        x = x * 0.9
    while total > 1.0:
        total = total / 3.0
    return total


def wrong_in_a_callee(x, w, n=3):
    total = 0.0
    for i in range(n):
        h = np.exp(x) * np.sin(x[i])
        if np.sum(h) > 0:
            total = total + np.sum(activation(h, w)) ** 2
        else:
            total = total - np.sum(h * h)
        x = x * 0.9
    return total


def wrong_in_a_branch(x):
    y = x * x
    for k in range(4):
        if k == 2:
            y = np.sum(y) + squashed(y * 0.5) * k
        else:
            y = np.sin(y) + np.sqrt(np.abs(y) + 1.0)
    return np.dot(y, x)


def wrong_twice(x):
    y = np.exp(x)
    a = squashed(y)
    b = squashed(a)
    return a * b


def recursive(x, n):
    return x if n == 0 else np.sin(recursive(x * x, n - 1))


def with_auxiliary_code(p, names):
    for name in names:
        print(name)
    return p["w"] * np.sum(p["x"]) + len(names)


@pytest.mark.parametrize(
    ("f", "args", "kwargs"),
    [
        (right, (X, 0.5 * X), {}),
        (right, (X,), {"w": 0.5 * X, "n": 2}),
        (recursive, (0.5, 3), {}),
        (np.hypot, (X, 2.0), {}),
        (with_auxiliary_code, ({"w": 2.0, "x": X}, ["a", "b"]), {}),
        (lambda x: np.maximum(x, 0.0) * x, (np.array([0.0, 1.0]),), {}),
    ],
)
def test_nothing_is_wrong(f, args, kwargs):
    assert verify(f, *args, **kwargs) is None


@pytest.mark.parametrize(
    ("f", "args", "function", "text", "operation"),
    [
        (wrong_in_a_callee, (X, 0.5 * X), activation, "return squashed(c) + a", "squashed(c)"),
        (wrong_in_a_branch, (X,), wrong_in_a_branch, "y = np.sum(y) + squashed(y * 0.5) * k", "squashed("),
        (wrong_twice, (X,), wrong_twice, "a = squashed(y)", "squashed(y)"),
    ],
)
def test_the_first_wrong_statement_is_named(f, args, function, text, operation):
    with pytest.raises(AssertionError) as caught:
        verify(f, *args)
    lines, start = inspect.getsourcelines(function)
    number = start + next(n for n, line in enumerate(lines) if text in line)
    first, shown, reason, *_ = str(caught.value).splitlines()
    assert first.endswith(f"{__file__}, line {number}: the derivative of")
    assert shown.strip() == text
    assert reason.startswith(f"is wrong, in {operation}")


def test_what_is_refused_is_refused():
    with pytest.raises(srcgrad.DifferentiationError):
        verify(lambda x: np.unwrap(x), X)
    with pytest.raises(ValueError, match="no argument"):
        verify(right, 1, 2)


def test_a_defect_of_the_whole_is_told(monkeypatch):
    whole = srcgrad.vjp

    def changed(f, wrt):
        derivative = whole(f, wrt)
        if f is not right:
            return derivative

        def call(*args, **kwargs):
            value, pullback = derivative(*args, **kwargs)
            return value, lambda y_bar: tuple(2.0 * g for g in pullback(y_bar))

        call.__signature__ = derivative.__signature__
        call.source_for = derivative.source_for
        return call

    monkeypatch.setattr(srcgrad, "vjp", changed)
    with pytest.raises(AssertionError, match="every statement is right by itself"):
        verify(right, X, 0.25 * X)


def test_statements_of_complex_numbers_need_not_be_analytic():
    def energy(z):
        size = np.abs(z) ** 2
        return size + np.real(np.conj(z) * 1j)

    verify(energy, 1 + 2j)
    verify(energy, np.array([1 + 2j, 0.5 - 1j]))
