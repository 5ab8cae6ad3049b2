"""Derivatives of derivatives: ``grad(grad(f))``, stacked decorators, and derivatives that have a name."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.contents import as_shared, mirrored
from srcgrad.source import read
from srcgrad.specialise import specialise
from tests import zoo
from tests.programs import matches
from tests.programs.inplace_functions import joined_with_out


def cube(x: Any) -> Any:
    return x * x * x


def wave(x: Any) -> Any:
    return np.sum(np.exp(x) * np.sin(x))


def layer(w: Any, x: Any, *, scale: Any = 1.0) -> Any:
    return np.sum(np.tanh(w @ x) ** 2) * scale


def turns(x: Any) -> Any:
    s = 0.0
    for n in range(3):
        s = s + x**n * x if x > 1.0 else s + x * x
    return s


RATE = 2.0


def rated(x: Any) -> Any:
    return RATE * x**3


def differences(function: Callable[..., Any], place: int, *args: Any) -> Any:
    """The gradient of the sum of the results, by central differences."""
    args_, step = list(args), 1e-6
    out = np.zeros(np.shape(args[place]))
    for index in np.ndindex(out.shape):
        sums = []
        for sign in (1.0, -1.0):
            moved = np.array(args[place], float)
            moved[index] += sign * step
            args_[place] = moved if out.shape else float(moved)
            sums.append(np.sum(function(*args_)))
        out[index] = (sums[0] - sums[1]) / (2 * step)
    return out


W = np.array([[0.3, -0.2], [0.5, 0.1]])
V = np.array([0.4, -0.7])


@pytest.mark.parametrize(
    ("derivative", "args"),
    [
        (srcgrad.grad(cube), (2.0,)),
        (srcgrad.grad(srcgrad.grad(cube)), (2.0,)),
        (srcgrad.grad(wave), (V,)),
        (srcgrad.grad(layer), (W, V)),
        (srcgrad.grad(layer, wrt="x"), (W, V)),
        (srcgrad.grad(turns), (1.5,)),
        (srcgrad.grad(turns), (0.5,)),
        (srcgrad.grad(np.sin), (V,)),
        (srcgrad.grad(functools.partial(layer, scale=3.0)), (W, V)),
    ],
)
def test_gradient_of_a_derivative(derivative: Any, args: tuple[Any, ...]) -> None:
    for place in range(len(args)):
        expected = differences(derivative, place, *args)
        np.testing.assert_allclose(srcgrad.grad(derivative, wrt=place)(*args), expected, rtol=1e-6, atol=1e-8)
        gradient = srcgrad.vjp(derivative, wrt=place)(*args)[1]()
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)


def test_gradient_of_derivatives_of_other_forms() -> None:
    assert srcgrad.grad(srcgrad.value_and_grad(cube))(2.0) == 24.0  # value and gradient are summed
    assert srcgrad.value_and_grad(srcgrad.grad(cube))(2.0) == (12.0, 12.0)
    assert srcgrad.grad(srcgrad.grad(lambda a, b: a * a * b, wrt=("a", "b")))(2.0, 3.0) == 10.0
    assert srcgrad.grad(srcgrad.grad(lambda x: (x**3, "a"), has_aux=True), has_aux=True)(2.0) == (12.0, "a")
    assert srcgrad.grad(srcgrad.grad(lambda x, k=2.0: k * x**3), wrt="k")(2.0) == 12.0
    with pytest.raises(srcgrad.DifferentiationError, match="returns a pullback"):
        srcgrad.grad(srcgrad.vjp(cube))


@srcgrad.grad
@srcgrad.grad
def curvature(x: Any) -> Any:
    return x**4


def test_stacked_decorators(tmp_path: Path) -> None:
    assert curvature(2.0) == 48.0
    assert "cube_grad_fwd" in srcgrad.grad(srcgrad.grad(cube)).source_for(2.0)
    curvature.save(tmp_path / "m.py", 2.0)
    module: dict[str, Any] = {}
    exec((tmp_path / "m.py").read_text(encoding="utf-8"), module)
    assert module[module["__all__"][0]](2.0) == 48.0


def derivative_in_a_name(x: Any) -> Any:
    g = srcgrad.grad(cube)
    return g(x)


def value_in_a_name(x: Any) -> Any:
    g = srcgrad.value_and_grad(cube)
    value, slope = g(x)
    return value * slope


def captured_in_a_name(x: Any) -> Any:
    g = srcgrad.grad(lambda y: x * y * y)
    return g(2.0) * x + g(x)


def derivative_twice(x: Any) -> Any:
    return srcgrad.grad(srcgrad.grad(cube))(x)


def captured_twice(x: Any) -> Any:
    return srcgrad.grad(srcgrad.grad(lambda y: x * y**3))(x)


def in_a_loop(x: Any) -> Any:
    s = 0.0
    for _ in range(3):
        g = srcgrad.grad(cube)
        s = s + g(x)
    return s


pulled = srcgrad.vjp(cube)


slope = srcgrad.grad(cube)


def primal_of_a_derivative(x: Any) -> Any:
    return slope.primal(x) * x


@pytest.mark.parametrize(
    "function",
    [
        derivative_in_a_name,
        value_in_a_name,
        captured_in_a_name,
        derivative_twice,
        captured_twice,
        in_a_loop,
        primal_of_a_derivative,
    ],
)
def test_derivatives_inside(function: Callable[..., Any]) -> None:
    gradient = srcgrad.grad(function)(1.7)
    np.testing.assert_allclose(gradient, differences(function, 0, 1.7), rtol=1e-6)


def pullback_by_its_place(x: Any) -> Any:
    made = srcgrad.vjp(cube)(x)
    return made[1](1.0)


def known_pullback(x: Any) -> Any:
    return pulled(x)[1](1.0)


def one_of_two(x: Any) -> Any:
    g = srcgrad.grad(cube) if x > 0.0 else srcgrad.grad(wave)
    return g(x)


@pytest.mark.parametrize("function", [pullback_by_its_place, known_pullback])
def test_a_pullback_inside_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(srcgrad.DifferentiationError, match="pullback inside") as caught:
        srcgrad.grad(function)(1.0)
    assert "y, pullback = vjp(f)(x)" in str(caught.value.hint)


def test_one_of_two_derivatives_is_known_at_run_time() -> None:
    assert srcgrad.grad(one_of_two)(2.0) == 12.0
    np.testing.assert_allclose(srcgrad.grad(one_of_two)(-0.5), 2.0 * np.exp(-0.5) * np.cos(-0.5))


def calls_rated(x: Any) -> Any:
    return srcgrad.grad(rated)(x)


def test_what_a_derivative_inside_relies_on_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    outer = [srcgrad.grad(calls_rated), srcgrad.grad(srcgrad.grad(rated)), srcgrad.grad(lambda x: slope_of_rated(x))]
    assert [g(1.0) for g in outer] == [12.0, 12.0, 12.0]
    monkeypatch.setitem(globals(), "RATE", np.float64(5.0))
    assert [g(1.0) for g in outer] == [30.0, 30.0, 30.0]


slope_of_rated = srcgrad.grad(rated)


def test_powers_twice() -> None:
    def f(x: Any, n: Any) -> Any:
        return x**n * n

    def slopes(x: Any, n: Any) -> Any:
        a, b = srcgrad.grad(f, wrt=("x", "n"))(x, n)
        return a * 2.0 + b * 3.0

    x, n, h = 1.3, 2.7, 1e-5
    found = srcgrad.grad(slopes, wrt=("x", "n"))(x, n)
    expected = (
        (slopes(x + h, n) - slopes(x - h, n)) / (2 * h),
        (slopes(x, n + h) - slopes(x, n - h)) / (2 * h),
    )
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_adjoints_of_lists_of_unknown_kind_are_added_up() -> None:
    def f(items: Any) -> Any:
        return np.sum(np.stack(items) ** 2) + np.sum(np.concatenate(items)) + sum(items)[0]

    made = specialise(read(f), ("items",), {}, "grad", False).functions[0]
    a, b = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    first, second = made([a, b])
    np.testing.assert_array_equal(first, [4.0, 5.0])
    np.testing.assert_array_equal(second, [8.0, 11.0])


def test_an_addition_to_a_number_of_unknown_kind_is_differentiated() -> None:
    def f(x: Any) -> Any:
        return np.where(x > 0, x * x * x, 0.0)[()]

    slope = specialise(read(f), ("x",), {}, "grad", False).functions[0]
    assert srcgrad.grad(lambda x: slope(x))(2.0) == 12.0
    general = specialise(read(slope), ("x",), {}, "grad", False).functions[0]
    assert general(2.0) == 12.0


def test_no_version_of_a_tangent_is_a_tangent_that_is_passed() -> None:
    def f(x: Any) -> Any:
        for _ in range(2):
            x = x * x
        return x

    third = srcgrad.jvp(srcgrad.jvp(srcgrad.jvp(f)))
    assert third(2.0, 1.0, 1.0, 5.0)[1][1][1] == 240.0


def recorded(x: Any) -> Any:
    s = x
    for n in range(3):
        if s > 1.0:
            s = s * np.sin(s) * x
        else:
            for _ in range(n + 1):
                x = x * s
            s = s + x
    return s * x


@pytest.mark.parametrize("function", [cube, recorded, turns])
def test_reverse_mode_again_and_again(function: Callable[[Any], Any]) -> None:
    derivative: Any = function
    for _ in range(4):  # what one reverse sweep takes off stacks, the next but one asks for the structure of
        lower, derivative = derivative, srcgrad.grad(derivative)
        assert derivative(1.2) == pytest.approx((lower(1.2 + 1e-5) - lower(1.2 - 1e-5)) / 2e-5, rel=1e-6)


@pytest.mark.parametrize("n", [0, 1, 2, 3, np.array([0, 1, 2, 3])])
@pytest.mark.parametrize("x", [0.0, np.float64(0.0), np.array(0.0)])
def test_derivatives_of_integer_powers_at_zero(x: Any, n: Any) -> None:
    def f(x: Any, n: Any) -> Any:
        return np.sum(x**n)

    derivative: Any = f
    for order in range(1, 4):
        derivative = srcgrad.grad(derivative)
        assert derivative(x, n) == (math.factorial(order) if np.any(np.equal(n, order)) else 0.0)


def test_what_is_put_back_is_in_the_views_that_were_kept() -> None:
    jacobian = srcgrad.jacobian(joined_with_out, (0, 1), mode="forward")
    a, b = np.array([0.3, -0.7, 1.1]), np.array([0.2, 0.9, -0.4])
    value, pullback = srcgrad.vjp(jacobian, (0, 1))(a, b)
    _, tangent = srcgrad.jvp(jacobian, (0, 1))(a, b, np.ones(3), np.ones(3))
    seed = zoo.random_like(value, np.random.default_rng(3))
    for _ in range(2):
        assert sum(map(np.sum, pullback(seed))) == pytest.approx(zoo.dot(seed, tangent), rel=1e-12)


def test_second_derivatives_of_functions_of_objects() -> None:
    x, v = np.array([0.7, -1.2, 1.9]), np.array([1.0, 0.5, -0.25])
    gradient = srcgrad.grad(matches.classes)
    expected = (gradient(x + 1e-6 * v) - gradient(x - 1e-6 * v)) / 2e-6
    np.testing.assert_allclose(srcgrad.jvp(gradient)(x, v)[1], expected, rtol=1e-7)
    np.testing.assert_allclose(srcgrad.vjp(gradient)(x)[1](v), expected, rtol=1e-7)


def test_a_tangent_of_a_structure_is_shared_where_that_is() -> None:
    kept, other = np.ones(2), np.ones(2)
    kept_dot, other_dot = np.zeros(2), np.zeros(2)
    x, x_dot = [kept], [kept_dot]
    view = (SimpleNamespace(a=kept_dot, b=other_dot), {"k": other_dot})
    found = as_shared(view, x_dot, (SimpleNamespace(a=kept, b=other), {"k": other}), x)
    assert found[0].a is kept_dot
    assert found[0].b is not other_dot
    assert found[1]["k"] is not other_dot
    with pytest.raises(TypeError, match="make a copy"):
        as_shared((other_dot,), x_dot, (kept,), x)


def cut(x: Any) -> Any:
    k = np.zeros(3, dtype=int)
    k[0] = 10.0 * x[0]
    k[2] += 4
    return x * k + k[0]


def test_additions_to_integers_have_no_derivative() -> None:
    x, v = np.array([0.31, 0.52, 0.7]), np.ones(3)
    np.testing.assert_array_equal(srcgrad.jvp(srcgrad.grad(cut))(x, v)[1], np.zeros(3))
    np.testing.assert_array_equal(srcgrad.vjp(srcgrad.grad(cut))(x)[1](v), np.zeros(3))


def test_lists_that_a_derivative_takes_from_are_refused_where_they_have_two_names() -> None:
    gradient = srcgrad.grad(lambda x: np.mean([np.sin(v) for v in x]))
    x = np.array([0.3, 0.5])
    np.testing.assert_allclose(srcgrad.jvp(gradient)(x, np.ones(2))[1], -np.sin(x) / 2)
    with pytest.raises(srcgrad.DifferentiationError, match="is a list, or becomes one, that is changed in place"):
        srcgrad.vjp(gradient)(x)
    with pytest.raises(TypeError, match="cannot be followed"):
        mirrored([1.0], [0.0], [1.0], [1.0])


def view_beside_an_update(x: Any) -> Any:
    y = np.sin(x)
    row = y[1]
    z = y[0, 0] * row
    y[1] = [1.0, 0.5, -1.0]
    y[0, 1:] += (1.0, 3.0)
    return y * z


def test_what_the_primal_adds_in_place_is_seen_through_views() -> None:
    """The update was made to a copy, and what was put back into it later was not seen through the view."""
    x, u = np.random.default_rng(3).normal(size=(2, 2, 3))
    gradient = srcgrad.grad(view_beside_an_update)
    expected = (gradient(x + 1e-6 * u) - gradient(x - 1e-6 * u)) / 2e-6
    np.testing.assert_allclose(srcgrad.jvp(gradient)(x, u)[1], expected, rtol=1e-6, atol=1e-8)
    _, pullback = srcgrad.vjp(gradient)(x)
    np.testing.assert_allclose(pullback(u), expected, rtol=1e-6, atol=1e-8)  # the Hessian is symmetric
