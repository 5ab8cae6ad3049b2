"""Derivatives taken inside differentiated functions: no perturbation confusion, second order where it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad


def cube(x: Any) -> Any:
    return x * x * x


slope = srcgrad.grad(cube)


def confusing(x: Any) -> Any:
    return x * srcgrad.grad(lambda y: x + y)(1.0)


def of_a_function(x: Any) -> Any:
    return x * srcgrad.grad(cube)(x)


def by_name(x: Any) -> Any:
    return slope(x) * x


def with_value(x: Any) -> Any:
    value, gradient = srcgrad.value_and_grad(cube)(x)
    return value * gradient


def captures(x: Any) -> Any:
    return srcgrad.grad(lambda y: x * x * y * y)(x)


def of_arrays(x: Any) -> Any:
    return np.sum(srcgrad.grad(lambda y: np.sum(np.sin(y) * x))(x * 2.0))


def descends(x: Any) -> Any:
    for _ in range(5):
        x = x - srcgrad.grad(lambda y: (y * y - 2.0) * y)(x) * 0.1
    return x


def nested(x: Any) -> Any:
    return srcgrad.grad(lambda y: srcgrad.grad(lambda z: x * y * z * z)(y))(x)


def in_a_branch(x: Any) -> Any:
    return srcgrad.grad(cube)(x) if x > 1.0 else srcgrad.grad(np.sin)(x)


PROGRAMS = [confusing, of_a_function, by_name, with_value, captures, descends, nested, in_a_branch]


@pytest.mark.parametrize("function", PROGRAMS)
@pytest.mark.parametrize("x", [0.7, 1.3])
def test_scalars(function: Callable[[Any], Any], x: float) -> None:
    step = 1e-5
    expected = (function(x + step) - function(x - step)) / (2 * step)
    assert srcgrad.grad(function)(x) == pytest.approx(expected, rel=1e-7)
    value, gradient = srcgrad.value_and_grad(function)(x)
    assert value == pytest.approx(function(x), rel=1e-14)
    assert gradient == pytest.approx(expected, rel=1e-7)


def test_arrays() -> None:
    x, step = np.array([0.3, 0.5]), 1e-6
    expected = [(of_arrays(x + step * e) - of_arrays(x - step * e)) / (2 * step) for e in np.eye(2)]
    np.testing.assert_allclose(srcgrad.grad(of_arrays)(x), expected, rtol=1e-7)


def test_no_perturbation_confusion() -> None:
    assert srcgrad.grad(confusing)(3.0) == 1.0


def hidden(x: Any, transforms: Any) -> Any:
    return transforms[0](cube)(x)


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(srcgrad.DifferentiationError):
        srcgrad.grad(hidden)(2.0, [srcgrad.grad])


def element(x: Any, a: Any) -> Any:
    return a[x]


def test_an_index_that_is_differentiated_is_refused() -> None:
    with pytest.raises(srcgrad.DifferentiationError, match="index"):
        srcgrad.grad(element)(1, np.ones(3))
    np.testing.assert_array_equal(srcgrad.grad(element, wrt="a")(1, np.ones(3)), [0.0, 1.0, 0.0])


class Table:
    def __getitem__(self, key: Any) -> Any:
        return key * 3.0


TABLE = Table()


def looked_up(x: Any) -> Any:
    return TABLE[x]


def test_what_an_object_does_with_an_index_is_refused() -> None:
    with pytest.raises(srcgrad.DifferentiationError, match="index"):
        srcgrad.grad(looked_up)(1.0)


def spaced(x: Any) -> Any:
    return np.sum(np.r_[x:3.0:0.5])


def front(x: Any, a: Any) -> Any:
    return np.sum(a[:x])


@pytest.mark.parametrize(("function", "args"), [(spaced, (1.0,)), (front, (1, np.ones(3)))])
def test_a_slice_whose_bound_is_differentiated_is_refused(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    with pytest.raises(srcgrad.DifferentiationError, match="index"):
        srcgrad.grad(function)(*args)
