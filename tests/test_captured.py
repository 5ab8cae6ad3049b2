"""Derivatives by what a closure has captured."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests import zoo


def made(c: Any, w: Any = 2.0) -> Callable[..., Any]:
    def f(x: Any, y: Any = 1.0) -> Any:
        return x * c * c * y * w

    return f


def test_every_form() -> None:
    f = made(3.0)
    assert srcgrad.grad(f, "c")(2.0) == 24.0
    assert srcgrad.value_and_grad(f, ("x", "c", "w"))(2.0, y=2.0) == (72.0, (36.0, 48.0, 36.0))
    assert srcgrad.vjp(f, "c")(2.0)[1](2.0) == 48.0
    assert srcgrad.jvp(f, ("x", "c"))(2.0, x_dot=0.0, c_dot=1.0) == (36.0, 24.0)
    assert srcgrad.jacobian(f, "c")(2.0) == 24.0
    assert srcgrad.hessian(f, ("x", "c"))(2.0) == ((0.0, 12.0), (12.0, 8.0))
    assert srcgrad.linearize(f, ("x", "c"))(2.0)[1](0.0, 1.0) == 24.0
    assert srcgrad.grad(f, "c").function(2.0)(2.0) == 24.0
    assert srcgrad.grad(f, "c")(2.0, c=5.0) == 40.0
    assert srcgrad.grad(srcgrad.grad(f, "c"), "c")(2.0) == 8.0


def test_the_value_of_the_time_of_the_call() -> None:
    f = made(3.0)
    gradient, second = srcgrad.grad(f, "c"), srcgrad.hessian(f, ("x", "c"))
    assert gradient(2.0) == 24.0
    assert second(2.0)[0][1] == 12.0
    cell = f.__closure__[0]  # type: ignore[index]
    cell.cell_contents = 10.0
    assert gradient(2.0) == 80.0
    assert second(2.0)[0][1] == 40.0
    cell.cell_contents = np.array([1.0, 2.0])
    np.testing.assert_array_equal(gradient(2.0), [8.0, 16.0])
    cell.cell_contents = 7.0
    kept = pickle.dumps(gradient)
    cell.cell_contents = 9.0
    assert pickle.loads(kept)(2.0) == 56.0
    assert gradient(2.0) == 72.0


@pytest.mark.parametrize("value", [3.0, np.array([1.0, -2.0]), [1.0, 2.0]])
def test_saved_with_the_value_of_now(value: Any, tmp_path: Path) -> None:
    def f(x: Any) -> Any:
        return x * np.sum(np.square(value))

    srcgrad.grad(f, "value").save(tmp_path / "saved.py", 2.0)
    module = zoo.module_at(tmp_path / "saved.py")
    assert zoo.flat(module.f_grad(2.0)) == zoo.flat(srcgrad.grad(f, "value")(2.0))
    assert zoo.flat(module.f_grad(2.0, value=value)) == zoo.flat(srcgrad.grad(f, "value")(2.0))


def test_inner_functions_and_stores() -> None:
    weights = np.array([1.0, 2.0, 3.0])

    def f(x: Any) -> Any:
        def scaled(y: Any) -> Any:
            return y * weights[1]

        own = weights.copy()
        own[0] = own[0] * x
        weights[2] = weights[2] * x
        return scaled(x) * weights[2] + np.sum(own)

    np.testing.assert_allclose(srcgrad.grad(f, "weights")(2.0), [2.0, 13.0, 9.0])
    np.testing.assert_array_equal(weights, [1.0, 2.0, 3.0])


def test_inner_functions_of_earlier_calls() -> None:
    c = 0.5

    def f(x: Any) -> Any:
        def power(n: Any) -> Any:
            return c if n == 0 else x * power(n - 1)

        return power(3)

    assert f(2.0) == 4.0
    assert srcgrad.grad(f, "c")(2.0) == 8.0


def shared(c: Any) -> tuple[Callable[..., Any], ...]:
    def hidden() -> Any:
        return c * c

    def direct(x: Any) -> Any:
        return x * c * hidden()

    return direct, hidden


def recursive(c: Any) -> Callable[..., Any]:
    def power(n: Any) -> Any:
        return c if n == 0 else c * power(n - 1)

    return power


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (shared(3.0)[0], "shares the variable 'c' with 'hidden'"),
        (recursive(3.0), "may call itself"),
    ],
)
def test_what_others_may_read_is_refused(function: Callable[..., Any], says: str) -> None:
    with pytest.raises(srcgrad.DifferentiationError, match=says) as caught:
        srcgrad.grad(function, "c")
    assert "make 'c' a parameter" in (caught.value.hint or "")


def test_what_is_no_captured_variable() -> None:
    with pytest.raises(srcgrad.DifferentiationError, match="names no parameter"):
        srcgrad.grad(made(1.0), "q")
    with pytest.raises(srcgrad.DifferentiationError, match="has no derivative"):
        srcgrad.grad(made("text"), "c")(2.0)


def test_a_decorator() -> None:
    c = 4.0

    @srcgrad.grad(wrt="c")
    def f(x: Any) -> Any:
        return c * c * x

    assert f(2.0) == 16.0
