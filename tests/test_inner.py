"""Derivatives taken inside differentiated functions: no perturbation confusion, second order where it is asked for."""

from __future__ import annotations

import inspect
import pickle
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.loader import load
from tests.zoo import WHOLE


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


def records_in_a_loop(x: Any) -> Any:
    for _ in range(3):
        x = np.sin(x) * x
    return x


def of_records(x: Any) -> Any:
    return srcgrad.grad(records_in_a_loop)(x) * x


def tangent_inside(x: Any) -> Any:
    return srcgrad.jvp(lambda z: z * z * x)(x, x)[1]


def tangent_by_name_inside(x: Any) -> Any:
    return srcgrad.jvp(lambda z, *, k=2.0: z * z * x * k)(x, z_dot=x)[1]


def in_a_branch(x: Any) -> Any:
    return srcgrad.grad(cube)(x) if x > 1.0 else srcgrad.grad(np.sin)(x)


def numpy_integer(x: Any) -> Any:
    return srcgrad.grad(lambda y: y**3 * x)(np.int64(2))


def integer_variable(x: Any) -> Any:
    n = 2
    value, slope_there = srcgrad.value_and_grad(lambda y: y**-1 * x)(n)
    return value * slope_there


def integer_that_is_not_differentiated(x: Any) -> Any:
    return srcgrad.grad(times_so_often)(x, 3) * x


def integer_default(x: Any) -> Any:
    return srcgrad.grad(lambda y=3: y * y * x * x)() * x + srcgrad.grad(with_default, wrt=("k", "y"))(x)[0]


def by_keyword(x: Any) -> Any:
    return srcgrad.grad(lambda y: x * y * y)(y=1.5) * x


def by_position_and_keyword(x: Any) -> Any:
    return srcgrad.grad(lambda y, z: x * y * z * z, wrt=1)(x, z=2.0)


def from_the_end(x: Any) -> Any:
    return srcgrad.grad(lambda y, z: x * y * z * z, wrt=-1)(x, 2.0)


def keyword_only(x: Any) -> Any:
    return srcgrad.grad(lambda y, *, z: x * y * z * z, wrt="z")(x, z=x)


def newton(x: Any) -> Any:
    r = 1.0
    for _ in range(5):
        value, gradient = srcgrad.value_and_grad(lambda r: r * r - x)(r)
        r = r - value / gradient
    return r


def captures_what_changes(x: Any) -> Any:
    for _ in range(2):
        x = x - 0.1 * srcgrad.grad(lambda z: z * z * x)(x)  # noqa: B023
    return x


def bound_by_a_default(x: Any) -> Any:
    for _ in range(2):
        x = x - 0.1 * srcgrad.grad(lambda z, x=x: z * z * x)(x)
    return x


def default_by_keyword(x: Any) -> Any:
    x = x * x
    return srcgrad.grad(lambda z, x=x: z * z * x)(x, x=3.0) + srcgrad.grad(lambda z, k=x: z * z * k)(x)


def gradient_in_a_tuple(x: Any) -> Any:
    value, (gradient,) = srcgrad.value_and_grad(cube, wrt=(0,))(x)
    (other,) = srcgrad.grad(lambda y: y * y * x, wrt=("y",))(x)
    return value * gradient * other


def several_gradients(x: Any) -> Any:
    value, (one, two) = srcgrad.value_and_grad(lambda y, z: x * y * y * z, wrt=(0, 1))(x, 2.0)
    return value * one + two * x


def with_auxiliary(x: Any) -> Any:
    gradient, auxiliary = srcgrad.grad(lambda y: (y * y * x, y * 3.0), has_aux=True)(x)
    return gradient * auxiliary


def three_deep(x: Any) -> Any:
    return srcgrad.grad(lambda y: srcgrad.grad(lambda z: srcgrad.grad(lambda w: w**3 * x * y * z)(z))(y))(x)


def names_inside_names(x: Any) -> Any:
    z = x * x
    return srcgrad.grad(lambda y: srcgrad.grad(lambda z: z * z * y * x)(y) * z)(x)


def trained(y: Any) -> Any:
    return y * y * 2.0 if srcgrad.is_training() else y


slope_of_trained = srcgrad.grad(trained)


def asks_inside(x: Any) -> Any:
    return slope_of_trained(x) * x


def with_default(y: Any, k: Any = 3) -> Any:
    return y * y * k ** (-1) * k**3


def times_so_often(y: Any, n: int) -> Any:
    total = 0.0
    for k in range(n):
        total = total + y * y * k
    return total


PROGRAMS = [
    confusing, of_a_function, by_name, with_value, captures, descends, nested, of_records,
    tangent_inside, tangent_by_name_inside, in_a_branch, numpy_integer,
    integer_variable, integer_that_is_not_differentiated, integer_default, by_keyword, by_position_and_keyword,
    from_the_end, keyword_only, newton, captures_what_changes, bound_by_a_default, default_by_keyword,
    gradient_in_a_tuple, several_gradients, with_auxiliary, three_deep, names_inside_names, asks_inside,
]  # fmt: skip


@pytest.mark.parametrize("function", PROGRAMS)
@pytest.mark.parametrize("x", [0.7, 1.3] if WHOLE else [0.7])
def test_scalars(function: Callable[[Any], Any], x: float) -> None:
    step = 1e-5
    with srcgrad.record():
        expected = (function(x + step) - function(x - step)) / (2 * step)
    assert srcgrad.grad(function)(x) == pytest.approx(expected, rel=1e-7)
    assert srcgrad.vjp(function)(x)[1](2.0) == pytest.approx(2 * expected, rel=1e-7)
    value, gradient = srcgrad.value_and_grad(function)(x)
    with srcgrad.record():
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


def test_what_is_known_at_run_time_only() -> None:
    assert srcgrad.grad(hidden)(2.0, [srcgrad.grad]) == 12.0


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


# --- arrays


WEIGHTS = np.array([0.5, -1.0, 2.0])
MATRIX = np.array([[0.3, -0.2, 0.9], [1.0, 0.4, -0.5], [0.1, 0.8, -0.6]])


def rosenbrock(x: Any) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def slices(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def softmax(x: Any) -> Any:
    return np.log(np.sum(np.exp(x)))


def network(x: Any) -> Any:
    return np.sum(np.tanh(MATRIX @ x) ** 2) / (1 + np.dot(x, x))


def decides(x: Any) -> Any:
    return np.sum(x**3) if x[0] > 0 else np.sum(np.sin(x))


def outer_product(x: Any) -> Any:
    return np.sum((x[:, None] * x[None, :]) ** 2 * x)


def solves(x: Any) -> Any:
    return np.sum(np.linalg.solve(np.eye(3) + np.outer(x, x), x) ** 2)


def halves(x: Any) -> Any:
    total = np.sum(x * x)
    while total > 2.0:
        total = total * 0.5
    return total * x[0]


def of_a_list(v: Any) -> Any:
    return np.sum(v[0] * v[0] * v[1]) + np.sum(v[0] ** 3)


def list_of_arrays(x: Any) -> Any:
    first, second = srcgrad.grad(of_a_list)([x, x * x])
    return np.sum(first * second)


def list_with_an_integer(x: Any) -> Any:
    first, second = srcgrad.grad(lambda v: v[0] ** 2 * v[1] * x[0])([x[1], 3])
    return first * second


def list_of_integers(x: Any) -> Any:
    numbers = [2, 3]
    return np.sum(srcgrad.grad(lambda v: v[0] ** 2 * np.sum(x) * v[1])(numbers)[0] * x)


def elementwise_inside(x: Any) -> Any:
    total = 0.0
    for i in range(3):
        total = total + srcgrad.grad(lambda y: y**3 * x[i])(x[i]) * x[i]  # noqa: B023
    return total


def hessian_vector(function: Callable[..., Any]) -> Callable[..., Any]:
    def product(x: Any) -> Any:
        return np.dot(srcgrad.grad(function)(x), WEIGHTS)

    product.__name__ = function.__name__
    return product


OF_ARRAYS = [
    *map(hessian_vector, [rosenbrock, slices, softmax, network, decides, outer_product, solves, halves]),
    list_of_arrays, list_with_an_integer, list_of_integers, elementwise_inside,
]  # fmt: skip


@pytest.mark.parametrize("function", OF_ARRAYS)
def test_second_order_of_arrays(function: Callable[[Any], Any]) -> None:
    x, step = np.array([0.3, -0.7, 1.1]), 1e-6
    expected = [(function(x + step * e) - function(x - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(srcgrad.grad(function)(x), expected, rtol=1e-5, atol=1e-7)
    value, pullback = srcgrad.vjp(function)(x)
    np.testing.assert_allclose(pullback(2.0), 2 * np.array(expected), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(value, function(x), rtol=1e-12)


@pytest.mark.parametrize("kind", [float, np.float64, np.array])
def test_kinds_of_the_outer_argument(kind: Callable[[float], Any]) -> None:
    for function in (captures, descends, newton, numpy_integer):
        expected = srcgrad.grad(function)(1.3)
        assert srcgrad.grad(function)(kind(1.3)) == pytest.approx(expected)


# --- guards


FACTOR = 2.0


def scaled(y: Any) -> Any:
    return FACTOR * y**3


slope_of_scaled = srcgrad.grad(scaled)


def through_a_name(x: Any) -> Any:
    return slope_of_scaled(x) * x


def through_a_lambda(x: Any) -> Any:
    return srcgrad.grad(lambda y: x * scaled(y))(1.0) * x


@pytest.mark.parametrize("function", [through_a_name, through_a_lambda])
def test_a_global_that_only_the_inner_derivative_reads(
    function: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    derivative = srcgrad.grad(function)
    before = derivative(1.0)
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    assert derivative(1.0) == srcgrad.grad(function)(1.0) == 2.5 * before


# --- threads


def test_threads_share_an_inner_derivative() -> None:
    slope_there = srcgrad.grad(lambda y: np.sin(y) * y**3)
    text = "def outer(x):\n    return slope(x) {} x\n"
    errors: list[BaseException] = []
    barrier = threading.Barrier(3)

    def run(function: Callable[..., Any]) -> None:
        barrier.wait()
        try:
            srcgrad.grad(function)(1.3)
        except BaseException as error:
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        made = [load(text.format(sign), f"<test {sign}>", {"slope": slope_there})["outer"] for sign in "*+-"]
        threads = [threading.Thread(target=run, args=(function,)) for function in made]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not errors


# --- copies


@pytest.mark.parametrize("function", [captures, nested, through_a_name, asks_inside, newton, three_deep, of_records])
def test_saved_and_pickled(function: Callable[[Any], Any], tmp_path: Path) -> None:
    derivative = srcgrad.grad(function)
    expected = derivative(1.3)
    derivative.save(tmp_path / "saved.py", 1.3)
    module: dict[str, Any] = {"__name__": "saved"}
    exec((tmp_path / "saved.py").read_text(encoding="utf-8"), module)
    assert "srcgrad" not in module
    assert module[module["__all__"][0]](1.3) == pytest.approx(expected)
    assert pickle.loads(pickle.dumps(derivative))(1.3) == pytest.approx(expected)
    state = srcgrad.derivative.pickling.state_of(derivative)
    assert type(derivative)._from_state(state)(1.3) == pytest.approx(expected)


# --- what is refused, and where


def own_name_by_keyword(x: Any) -> Any:
    return srcgrad.grad(lambda y: x * y)(y=x, x=2.0)  # refused: srcgrad.grad(lambda y: x * y)(y=x, x=2.0)


def captured_in_wrt(x: Any) -> Any:
    return srcgrad.grad(lambda y: x * y, wrt="x")(x)  # refused: srcgrad.grad(lambda y: x * y, wrt="x")(x)


def too_many(x: Any) -> Any:
    return srcgrad.grad(cube)(x, x)  # refused: srcgrad.grad(cube)(x, x)


def integers_in_an_array(x: Any) -> Any:
    return srcgrad.grad(lambda v: np.sum(v) * x)(np.arange(3))  # refused: srcgrad.grad(


def a_pullback(x: Any) -> Any:
    return pullback_of_cube(x)[0] * x  # refused: pullback_of_cube(x)


def no_rule_inside(x: Any) -> Any:
    return srcgrad.grad(lambda y: np.i0(y) * x)(x)  # refused: srcgrad.grad(lambda y: np.i0(y) * x)(x)


pullback_of_cube = srcgrad.vjp(cube)


@pytest.mark.parametrize(
    "function",
    [own_name_by_keyword, captured_in_wrt, too_many, integers_in_an_array, a_pullback, no_rule_inside],
)
def test_errors_point_at_the_inner_call(function: Callable[[Any], Any]) -> None:
    with pytest.raises(srcgrad.DifferentiationError) as caught:
        srcgrad.grad(function)(1.3)
    error = caught.value
    assert error.filename == __file__
    line = inspect.getsource(function).split("\n")[1]
    place = line.partition("# refused: ")[2]
    assert error.text is not None
    assert error.offset is not None
    assert error.text[error.offset - 1 :].startswith(place)


def test_a_derivative_that_calls_itself_is_refused() -> None:
    with pytest.raises(srcgrad.DifferentiationError, match="calls itself"):
        srcgrad.grad(of_itself)(1.0)


def of_itself(x: Any) -> Any:
    return x if x > 2.0 else srcgrad.grad(of_itself)(x + 1.0)


def late(x: Any) -> Any:
    function = lambda y: x * y  # noqa: E731
    x = x * 2.0
    return function(x)


def test_a_lambda_reads_what_a_name_is_when_it_is_called() -> None:
    assert srcgrad.grad(late)(1.0) == srcgrad.jvp(late)(1.0, 1.0)[1] == 8.0


def kept_with_a_default(x: Any, n: Any) -> Any:
    n = n + 1
    scale = (lambda z, n=n: z * n)(1.0, 5.0)
    return x * x * scale


def test_a_parameter_of_a_lambda_hides_the_name_that_its_default_reads() -> None:
    assert srcgrad.grad(kept_with_a_default)(2.0, 1.0) == 20.0
