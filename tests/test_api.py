"""``grad``, ``value_and_grad`` and ``vjp``: every way to call them, ``wrt``, results of any shape, ``has_aux``."""

from __future__ import annotations

import functools
import inspect
import math
import pickle
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError, grad, jvp, value_and_grad, vjp
from tests import zoo

X = np.array([1.0, 2.0, 3.0])
SCALE = 2.0


def weighted(x, y=2.0, *, z=3.0):
    return x * y * z * z


def square(x):
    return x * x


def cube(x):
    return x * x * x


def product(x, y):
    return x * y


# --- functions and decorators


@grad
def bare(x):
    return x * x


@grad()
def empty(x):
    return x * x


@grad(wrt="y")
def named(x, y):
    return x * y * y


@value_and_grad(wrt=("x", "y"))
def several(x, y):
    return x * y * y


@vjp
def pulled(x):
    return x * x


def test_decorators():
    assert bare(3.0) == 6.0
    assert empty(3.0) == 6.0
    assert named(3.0, 2.0) == 12.0
    assert several(3.0, 2.0) == (12.0, (4.0, 12.0))
    value, pullback = pulled(3.0)
    assert (value, pullback(2.0)) == (9.0, 12.0)


class Model:
    rate = 2.0

    def __init__(self, weight):
        self.weight = weight

    def loss(self, x):
        return x * x * self.weight

    @grad(wrt="x")
    def slope(self, x):
        return x * x * self.weight

    @staticmethod
    @grad
    def apart(x):
        return x * x

    @classmethod
    def of_class(cls, x):
        return x * x * cls.rate

    def __call__(self, x):
        return x * x * x


def test_methods():
    model = Model(5.0)
    assert model.slope(2.0) == 20.0
    assert Model.slope(model, 2.0) == 20.0
    assert model.apart(2.0) == Model.apart(2.0) == 4.0
    assert grad(Model.of_class)(2.0) == 8.0
    assert grad(model)(2.0) == 12.0
    assert Model(1.0).slope(2.0) == 4.0


def test_a_bound_method_sees_its_object_as_it_is_now():
    model = Model(5.0)
    derivative = grad(model.loss)
    assert derivative(2.0) == 20.0
    model.weight = 7.0
    assert derivative(2.0) == 28.0
    model.weight = X
    assert derivative(2.0) == 4.0 * X.sum()


# --- wrt


@pytest.mark.parametrize(
    ("wrt", "expected"),
    [
        (0, 18.0),
        ("x", 18.0),
        (1, 45.0),
        (-1, 45.0),
        (-2, 18.0),
        ("z", 60.0),
        (("z", "x", 1), (60.0, 18.0, 45.0)),
        (("z",), (60.0,)),
        (["z"], (60.0,)),
        ((0,), (18.0,)),
        (np.int64(1), 45.0),
        ((np.int32(-1), "z"), (45.0, 60.0)),
    ],
)
def test_wrt(wrt, expected):
    assert grad(weighted, wrt)(5.0) == expected
    assert value_and_grad(weighted, wrt)(5.0) == (90.0, expected)
    value, pullback = vjp(weighted, wrt)(5.0)
    assert (value, pullback()) == (90.0, expected)


@pytest.mark.parametrize("wrt", ["q", 2, -3, (), (0, "x"), True, None, 1.5, ("x", None)])
def test_wrt_that_names_nothing_is_refused(wrt):
    with pytest.raises(DifferentiationError):
        grad(weighted, wrt)


@pytest.mark.parametrize("transform", [grad, value_and_grad, vjp])
def test_none_is_no_function(transform):
    with pytest.raises(DifferentiationError, match="NoneType"):
        transform(None)


def with_later_defaults(x, y=2.0, z=2.0, *, w=1.0):
    return x * y * z * w


def test_a_partial_keeps_later_defaults():
    bound = functools.partial(with_later_defaults, y=3.0)
    assert grad(bound)(1.0) == 6.0
    assert grad(bound, ("x", "z"))(1.0, w=2.0) == (12.0, 6.0)
    assert grad(bound)(1.0, z=1.0) == 3.0


def test_arguments_by_name_and_left_out():
    assert grad(weighted)(x=5.0) == 18.0
    assert grad(weighted, "y")(y=1.0, x=5.0) == 45.0
    assert grad(weighted, "z")(5.0, z=1.0) == 20.0
    assert grad(weighted, "y")(5, 2, z=3) == 45.0
    assert grad(lambda x=3: x * x)() == 6.0


@pytest.mark.parametrize("value", [3, np.int64(3), 3.0, np.float64(3.0)])
def test_integers_count_as_reals(value):
    assert grad(cube)(value) == 27.0
    assert grad(lambda x: x**-1)(value) == pytest.approx(-1 / 9)
    np.testing.assert_allclose(vjp(lambda x: x**-1)(value)[1](), -1 / 9)


@pytest.mark.parametrize("value", [np.arange(3), np.array([True]), True, np.bool_(True), 1j, "a", None])
def test_what_has_no_derivative_is_refused(value):
    with pytest.raises(DifferentiationError):
        grad(lambda x: x * 2.0)(value)


# --- results


@pytest.mark.parametrize("shape", [(1,), (1, 1), (3,), (0,), (2, 3)])
def test_results_are_summed(shape):
    x = np.linspace(1.0, 2.0, math.prod(shape)).reshape(shape)
    result = grad(square)(x)
    assert result.shape == shape
    np.testing.assert_array_equal(result, 2 * x)


def test_tuples_are_summed():
    np.testing.assert_array_equal(grad(lambda x: (x * x, np.sum(x)))(X), 2 * X + 1)
    np.testing.assert_array_equal(grad(lambda x: (x * x, (np.sum(x), x)))(X), 2 * X + 2)
    np.testing.assert_array_equal(grad(lambda x: [x * x, np.sum(x)])(X), 2 * X + 1)
    np.testing.assert_array_equal(grad(lambda x: (x, x))(X), [2.0, 2.0, 2.0])


def test_a_result_that_does_not_depend():
    assert grad(lambda x: 3.0)(2.0) == 0.0
    np.testing.assert_array_equal(grad(lambda x: len(x))(X), np.zeros(3))


def test_identity_gives_a_gradient_of_its_own():
    value, gradient = value_and_grad(lambda x: x)(X)
    np.testing.assert_array_equal(gradient, np.ones(3))
    assert not np.shares_memory(value, gradient)


def test_gradients_share_no_storage():
    first, second = grad(lambda x, y: np.sum(x) + np.sum(y), (0, 1))(X, X)
    first += 1.0
    np.testing.assert_array_equal(second, np.ones(3))
    weights = np.full(3, 3.0)
    assert not np.shares_memory(grad(lambda x, c: np.dot(c, x))(X, weights), weights)


@pytest.mark.parametrize("function", [lambda x: None, lambda x: [None][0] if x > 5 else None])
def test_no_result_is_refused(function):
    with pytest.raises((DifferentiationError, TypeError)):
        grad(function)(2.0)


def test_structured_arguments():
    assert grad(lambda x: x[0] * x[1])([2.0, 3.0]) == [3.0, 2.0]
    assert grad(lambda x: x[0] * x[1])((2.0, 3.0)) == (3.0, 2.0)
    assert grad(lambda x: x["a"] * x["b"])({"a": 2.0, "b": 3.0}) == {"a": 3.0, "b": 2.0}
    assert grad(lambda x: x[0][1] * x[1][0])([[2.0, 3.0], [4.0]]) == [[0.0, 4.0], [3.0]]


# --- has_aux


def with_branches(x):
    if x > 0:
        return x * x, "positive"
    return -x, None


def with_name(x):
    result = (x * x, x)
    return result


def with_array(x):
    y = x * x
    return y.sum(), (y, [x, "k"])


def test_has_aux_of_grad():
    assert grad(lambda x: (x * x, "a"), has_aux=True)(3.0) == (6.0, "a")
    assert grad(with_branches, has_aux=True)(3.0) == (6.0, "positive")
    assert grad(with_branches, has_aux=True)(-3.0) == (-1.0, None)
    assert grad(with_name, has_aux=True)(3.0) == (6.0, 3.0)
    assert grad(lambda x: (x * x, "a"), (0,), has_aux=True)(3.0) == ((6.0,), "a")
    assert grad(lambda x: ((x, x * x), "a"), has_aux=True)(3.0) == (7.0, "a")
    assert grad(lambda x: (x * x, {"v": x * 2}), has_aux=True)(3.0) == (6.0, {"v": 6.0})
    assert grad(lambda x: (x * x, f"{x:.1f}"), has_aux=True)(3.0) == (6.0, "3.0")


def test_has_aux_of_value_and_grad_and_vjp():
    assert value_and_grad(lambda x: (x * x, "a"), has_aux=True)(3.0) == ((9.0, "a"), 6.0)
    value, pullback, auxiliary = vjp(lambda x: (x * x, "a"), has_aux=True)(3.0)
    assert (value, pullback(2.0), auxiliary) == (9.0, 12.0, "a")


def test_aux_of_arrays():
    gradient, (y, (x, text)) = grad(with_array, has_aux=True)(X)
    np.testing.assert_array_equal(gradient, 2 * X)
    np.testing.assert_array_equal(y, X * X)
    assert x is X
    assert text == "k"


def test_aux_needs_a_pair():
    with pytest.raises(DifferentiationError, match="pair"):
        grad(lambda x: (x, x, x), has_aux=True)(3.0)


def dict_in_a_name(x):
    r = np.sum(x * x), {"x": x}
    return r


def dict_in_branches(x):
    for n in range(3):
        if np.sum(x) > 3.0:
            return np.sum(x), {"turns": n}
        x = x * 2.0
    if np.sum(x) > 0.0:
        return square(np.sum(x)), [x, {"x": x}]
    return with_list(x)


def with_list(x):
    return [np.sum(x * 3.0), x]


def calls_a_pair(x):
    return with_list(x)


def calls_a_dict(x):
    return returns_a_dict(x)


def returns_a_dict(x):
    return np.sum(x * x), {"x": x}


def test_has_aux_of_containers():
    gradient, auxiliary = grad(dict_in_a_name, has_aux=True)(X)
    np.testing.assert_array_equal(gradient, 2.0 * X)
    assert list(auxiliary) == ["x"]
    _, pullback, auxiliary = vjp(dict_in_a_name, has_aux=True)(X)
    np.testing.assert_array_equal(pullback(2.0), 4.0 * X)
    np.testing.assert_array_equal(auxiliary["x"], X)
    gradient, auxiliary = grad(dict_in_branches, has_aux=True)(np.array([1.0, 1.0]))
    np.testing.assert_array_equal(gradient, [2.0, 2.0])
    assert auxiliary == {"turns": 1}
    gradient, auxiliary = grad(calls_a_pair, has_aux=True)(X)
    np.testing.assert_array_equal(gradient, np.full(3, 3.0))
    np.testing.assert_array_equal(auxiliary, X)
    gradient, auxiliary = grad(calls_a_dict, has_aux=True)(X)
    np.testing.assert_array_equal(gradient, 2.0 * X)
    np.testing.assert_array_equal(auxiliary["x"], X)


@pytest.mark.parametrize("transform", [grad, value_and_grad, vjp])
@pytest.mark.parametrize("x", [3.0, np.ones(2), np.ones((2, 2)), [1.0, 2.0]])
def test_has_aux_of_what_is_no_pair(transform, x):
    function = square if not isinstance(x, list) else lambda x: {"x": x}
    with pytest.raises(DifferentiationError, match="returns a pair"):
        transform(function, has_aux=True)(x)


def test_has_aux_of_what_turns_out_to_be_no_pair():
    class Maker:
        def __init__(self, result):
            self.result = result

    def made(x, maker):
        result = maker.result
        return result

    assert grad(made, has_aux=True)(1.0, Maker((2.0, "a"))) == (0.0, "a")
    for result in (np.ones(2), (1.0, 2.0, 3.0), "ab", {0: 1.0, 1: 2.0}):
        with pytest.raises(TypeError, match="has_aux=True needs a function that returns a pair"):
            grad(made, has_aux=True)(1.0, Maker(result))
    text = grad(square, has_aux=True).source
    assert "if not is_pair(result):" in text
    assert "is_pair" not in grad(calls_a_pair, has_aux=True).source_for(X)


# --- primitives, partials, lambdas


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (np.sin, 0.5, math.cos(0.5)),
        (math.exp, 0.5, math.exp(0.5)),
        (abs, -2.0, -1.0),
        (float, 2.0, 1.0),
        (np.linalg.norm, X, X / np.linalg.norm(X)),
        (np.prod, X, [6.0, 3.0, 2.0]),
        (np.max, X, [0.0, 0.0, 1.0]),
        (np.floor, X, [0.0, 0.0, 0.0]),
        (sum, [1.0, 2.0], [1.0, 1.0]),
    ],
)
def test_bare_primitives(function, x, expected):
    np.testing.assert_allclose(grad(function)(x), expected)


def test_bare_primitives_of_several_arguments():
    first, second = grad(np.multiply, (0, 1))(2.0, X)
    assert first == X.sum()
    np.testing.assert_array_equal(second, [2.0, 2.0, 2.0])
    assert grad(math.pow, (0, 1))(2.0, 3.0) == (12.0, pytest.approx(8 * math.log(2)))


A = np.array([[1.0, 2.0], [3.0, 5.0]])


@pytest.mark.parametrize(
    ("make", "args", "kwargs", "plain"),
    [
        (lambda: grad(np.sum), (A,), {"axis": 0}, np.sum),
        (lambda: grad(np.sum), (A, 1), {"keepdims": True}, np.sum),
        (lambda: grad(np.std), (A, 0), {"keepdims": True}, np.std),
        (lambda: grad(np.var), (X,), {"ddof": 1}, np.var),
        (lambda: grad(np.linalg.norm), (A,), {"axis": 1}, np.linalg.norm),
        (lambda: grad(np.diff), (A,), {"axis": 0}, np.diff),
        (lambda: grad(np.clip), (X, 1.5, 2.5), {}, np.clip),
        (lambda: grad(np.pad), (X, 1), {"mode": "edge"}, np.pad),
        (lambda: grad(np.round), (X,), {"decimals": 1}, np.round),
        (lambda: grad(math.log), (2.0, 10.0), {}, math.log),
        (lambda: grad(math.log, wrt=1), (2.0, 10.0), {}, math.log),
        (lambda: grad(sum), ([1.0, 2.0], 3.0), {}, sum),
        (lambda: grad(max, wrt=1), (1.0, 3.0), {}, max),
        (lambda: grad(min), (1.0, 3.0, 0.5), {}, min),
        (lambda: grad(max), ([1.0, 3.0],), {}, max),
        (lambda: grad(math.hypot, wrt=2), (1.0, 2.0, 2.0), {}, math.hypot),
        (lambda: grad(np.einsum, wrt=1), ("i,i->", X, 2.0 * X), {}, np.einsum),
        (lambda: grad(np.einsum, wrt=1), ("ii->", A), {}, np.einsum),
        (lambda: grad(np.einsum, wrt=3), ("i,i,i->", X, X, X), {}, np.einsum),
        (lambda: grad(functools.partial(np.einsum, "i,i->")), (X, X), {}, functools.partial(np.einsum, "i,i->")),
        (lambda: grad(A.dot), (A[0],), {}, A.dot),
        (lambda: grad(X.clip), (1.5, 3.0), {}, X.clip),
        (lambda: grad(np.float64), (2.0,), {}, np.float64),
    ],
)
def test_bare_primitives_take_their_own_arguments(make, args, kwargs, plain):
    derivative = make()
    place = derivative.wrt
    for _ in range(2):  # the second call is by the generated choice
        gradient = derivative(*args, **kwargs)
    values = np.asarray(args[place], float)
    expected = np.zeros(values.shape)
    for index in np.ndindex(values.shape):
        sums = []
        for step in (1e-6, -1e-6):
            moved = values.copy()
            moved[index] += step
            given = list(args)
            given[place] = moved if isinstance(args[place], np.ndarray) else moved.tolist()
            sums.append(np.sum(plain(*given, **kwargs)))
        expected[index] = (sums[0] - sums[1]) / 2e-6
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-7)


def test_a_bare_primitive_called_in_several_ways():
    derivative = grad(np.sum)
    assert "axis" not in derivative.source
    for _ in range(2):
        np.testing.assert_array_equal(derivative(A, axis=0, keepdims=True), np.ones((2, 2)))
        np.testing.assert_array_equal(derivative(X), np.ones(3))
        np.testing.assert_array_equal(derivative(A, 1), np.ones((2, 2)))
    with pytest.raises(TypeError, match="unexpected keyword argument 'where'"):
        derivative(A, where=A > 1)
    with pytest.raises(TypeError, match="takes"):
        derivative(A, 1, 2, 3)
    np.testing.assert_array_equal(derivative(X), np.ones(3))


@pytest.mark.parametrize(
    ("make", "args", "kwargs", "expected"),
    [
        (lambda: jvp(np.sum), (A,), {"axis": 1, "a_dot": A}, np.sum(A, axis=1)),
        (lambda: jvp(np.sum), (A, 1), {"a_dot": A}, np.sum(A, axis=1)),
        (lambda: jvp(np.sum), (A, 1, A), {"keepdims": True}, np.sum(A, axis=1, keepdims=True)),
        (lambda: jvp(np.sum), (A, A), {}, np.sum(A)),
        (lambda: jvp(np.sum), (), {"a": A, "a_dot": A}, np.sum(A)),
        (lambda: jvp(np.clip), (A, 1.5, 3.5, A), {}, np.where((A > 1.5) & (A < 3.5), A, 0.0)),
        (lambda: jvp(np.linalg.norm), (A,), {"axis": 1, "x_dot": A}, np.linalg.norm(A, axis=1)),
        (lambda: jvp(np.dot, wrt=(0, 1)), (A, A), {"a_dot": A, "b_dot": A}, 2 * A @ A),
        (lambda: jvp(np.multiply, wrt=(0, 1)), (A, A, A, A), {}, 2 * A * A),
        (lambda: jvp(math.hypot), (3.0, 4.0), {"x_dot": 1.0}, 0.6),
        (lambda: jvp(np.einsum, wrt=1), ("ij->i", A, A), {}, np.sum(A, axis=1)),
        (lambda: jvp(functools.partial(np.sum, axis=0)), (A, A), {}, np.sum(A, axis=0)),
    ],
)
def test_tangents_of_bare_primitives(make, args, kwargs, expected):
    derivative = make()
    for _ in range(2):
        np.testing.assert_allclose(derivative(*args, **kwargs)[1], expected)
    assert callable(derivative.function(*args, **kwargs))


def test_a_tangent_of_a_bare_primitive_called_in_several_ways():
    derivative = jvp(np.sum)
    for _ in range(2):
        assert derivative(A, A)[1] == np.sum(A)
        np.testing.assert_array_equal(derivative(A, axis=1, a_dot=A)[1], np.sum(A, axis=1))
        np.testing.assert_array_equal(derivative(A, 0, A)[1], np.sum(A, axis=0))
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'a_dot'"):
        derivative(A)
    several = jvp(math.hypot)
    for _ in range(2):
        assert several(2.0, 1.0, 2.0, 3.0)[1] == several(2.0, 1.0, 2.0, x_dot=3.0)[1] == 2.0
        assert several(3.0, 4.0, 5.0)[1] == 3.0


NO_SIGNATURE = pytest.param(
    print, "lambda x: print(x)", marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="print has one there")
)


@pytest.mark.parametrize(
    ("function", "hint"),
    [(np.add.reduce, "lambda x: np.sum(x)"), (np.maximum.reduce, "lambda x: np.max(x)"), NO_SIGNATURE],
)
def test_hints_for_primitives_can_be_run(function, hint):
    with pytest.raises(DifferentiationError) as caught:
        grad(function)
    assert hint in caught.value.hint
    eval(hint)


def with_a_flag(a, keepdims):
    b = np.sum(a, axis=0, keepdims=keepdims)
    return np.sum(b * a)


@pytest.mark.parametrize("keepdims", [True, False])
def test_a_boolean_may_be_either(keepdims):
    assert isinstance(vjp(lambda a, k: np.sum(a, keepdims=k))(X, keepdims)[0], np.ndarray) == keepdims
    np.testing.assert_array_equal(grad(with_a_flag)(A, keepdims), 2.0 * A.sum(axis=0) + 0.0 * A)


def test_a_primitive_without_a_rule_is_named():
    with pytest.raises(DifferentiationError, match="histogram"):
        grad(np.histogram)(X)


def test_partials():
    assert grad(functools.partial(product, 2.0))(3.0) == 2.0
    assert grad(functools.partial(functools.partial(weighted, 2.0), z=2.0))(3.0) == 8.0
    assert grad(functools.partial(math.pow, 2.0))(3.0) == pytest.approx(8 * math.log(2))
    np.testing.assert_array_equal(grad(functools.partial(np.sum, axis=0))(np.ones((2, 2))), np.ones((2, 2)))
    with pytest.raises(DifferentiationError):
        grad(functools.partial(weighted, 2.0), "x")


def powers(x, y=2.0, n=1):
    """A power, by turns that assign a parameter."""
    for _ in range(n):
        x = x * y
    return x


def test_a_parameter_that_a_partial_binds_may_be_assigned():
    bound = functools.partial(powers, np.ones(2), n=3)
    assert grad(bound)(2.0) == 24.0
    np.testing.assert_array_equal(jvp(bound)(2.0, y_dot=1.0)[1], [12.0, 12.0])
    np.testing.assert_array_equal(srcgrad.jacobian(bound)(2.0), [12.0, 12.0])
    assert grad(functools.partial(powers, n=2), wrt="y")(1.0, y=3.0) == 6.0


def test_a_partial_sees_its_array_as_it_is_now():
    weights = np.array([1.0, 2.0])
    derivative = grad(functools.partial(product, weights))
    assert derivative(3.0) == 3.0
    weights[:] = 5.0
    assert derivative(3.0) == 10.0


def test_lambdas_that_share_a_line():
    functions = [lambda x: x * x, lambda x: x * x * x]  # fmt: skip
    assert [grad(f)(2.0) for f in functions] == [4.0, 12.0]
    assert [grad(lambda x, k=k: x * k)(2.0) for k in (1.0, 2.0)] == [1.0, 2.0]


# --- what changes between calls


def closure():
    factor = 2.0

    def inner(x):
        return x * factor

    def change(value):
        nonlocal factor
        factor = value

    return inner, change


def test_a_closure_cell_changes():
    inner, change = closure()
    derivative = grad(inner)
    assert derivative(3.0) == 2.0
    for value, expected in ((5.0, 5.0), (X, 6.0), (2, 2.0), (np.ones((2, 2)), 4.0)):
        change(value)
        assert derivative(3.0) == expected


def test_a_cell_is_filled_later():
    def make():
        def inner(x):
            return x * later

        derivative = grad(inner)
        later = 4.0
        return derivative

    assert make()(2.0) == 4.0


def uses_global(x):
    return x * SCALE


def helper(x):
    return x * 2.0


def between(x):
    return helper(x)


def transitive(x):
    return between(x)


def test_a_global_changes(monkeypatch):
    derivative = grad(uses_global)
    for value, expected in ((2.0, 2.0), (5, 5.0), (X, 6.0), (np.float32(2), 2.0)):
        monkeypatch.setitem(globals(), "SCALE", value)
        assert derivative(3.0) == expected


def test_a_callee_of_a_callee_is_redefined(monkeypatch):
    derivative = grad(transitive)
    assert derivative(2.0) == 2.0
    monkeypatch.setitem(globals(), "helper", cube)
    assert derivative(2.0) == 12.0
    monkeypatch.setitem(globals(), "helper", np.square)
    assert derivative(2.0) == 4.0


class Settings:
    scale = 2.0


def uses_class(x):
    return x * Settings.scale


def test_a_class_attribute_changes(monkeypatch):
    derivative = grad(uses_class)
    assert derivative(1.0) == 2.0
    monkeypatch.setattr(Settings, "scale", 4)
    assert derivative(1.0) == 4.0


# --- transforms inside


cubed_slope = grad(cube)


def inner_constant(x):
    return x * srcgrad.grad(cube)(2.0)


def inner_derivative(x):
    return x * cubed_slope(2.0)


def inner_value(x):
    value, slope = srcgrad.value_and_grad(cube)(2.0)
    return x * value * slope


def inner_vjp(x):
    _, pullback = srcgrad.vjp(cube)(2.0)
    return x * pullback(1.0)


def inner_decision(x):
    if cubed_slope(x) > 0:
        return x * 2.0
    return x


@pytest.mark.parametrize(
    ("function", "expected"),
    [(inner_constant, 12.0), (inner_derivative, 12.0), (inner_value, 96.0), (inner_vjp, 12.0), (inner_decision, 2.0)],
)
def test_a_transform_inside_of_what_is_not_differentiated(function, expected):
    assert grad(function)(5.0) == expected


def inner_capture(x):
    return x * srcgrad.grad(lambda y: x * y)(1.0)


def inner_active(x):
    return cubed_slope(x)


@pytest.mark.parametrize(("function", "expected"), [(inner_capture, 10.0), (inner_active, 30.0)])
def test_a_transform_inside_is_right_or_refused(function, expected):
    try:
        result = grad(function)(5.0)
    except DifferentiationError:
        return
    assert result == expected


# --- threads, errors, types


def test_first_calls_of_several_threads():
    derivative = grad(product)
    found, errors = [], []
    barrier = threading.Barrier(6)

    def run(k):
        barrier.wait()
        try:
            found.append(
                float(np.sum(derivative(1.0 if k % 2 else np.ones(k + 1), float(k)))) == k * (1 if k % 2 else k + 1)
            )
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert all(found)


def test_what_the_primal_raises_passes_through():
    def root(x):
        if x < 0:
            raise ValueError("negative")
        return math.sqrt(x)

    derivative = grad(root)
    for _ in range(2):
        with pytest.raises(ValueError, match="negative"):
            derivative(-1.0)
        assert derivative(4.0) == 0.25


def test_mypy_reports_wrong_arguments(tmp_path: Path):
    pytest.importorskip("mypy")
    program = tmp_path / "calls.py"
    program.write_text(
        textwrap.dedent("""\
        import numpy as np
        import srcgrad

        def f(x: float, y: float = 2.0, *, z: int = 1) -> float:
            return x * y * z

        g = srcgrad.grad(f)
        g(1.0, 2.0, z=3)
        g()  # wrong
        g("a")  # wrong
        g(1.0, q=3)  # wrong

        @srcgrad.value_and_grad(wrt="y")
        def h(x: float, y: float) -> float:
            return x * y

        h(1.0, y=2.0)
        h(1.0)  # wrong
        value, pullback = srcgrad.vjp(f)(1.0)
        value + 1.0
        _, _, auxiliary = srcgrad.vjp(lambda x: (x, "a"), has_aux=True)(1.0)
        srcgrad.vjp(f)("a")  # wrong
        srcgrad.vjp(f)(1.0)[2]  # wrong
        srcgrad.value_and_grad(f)(1.0)[0] + 1.0
        g.source_for("a")  # wrong
        g.function()  # wrong
        g.function(1.0)(1.0)

        class Model:
            @srcgrad.grad(wrt="x")
            def slope(self, x: float) -> float:
                return x

            @staticmethod
            @srcgrad.grad
            def apart(x: float) -> float:
                return x

            @classmethod
            @srcgrad.grad(wrt="x")
            def shared(cls, x: float) -> float:
                return x

            @classmethod
            @srcgrad.value_and_grad(wrt="x")
            def both(cls, x: float) -> float:
                return x

        Model.shared(1.0)
        Model().shared(1.0)
        Model.shared("a")  # wrong
        Model.shared()  # wrong
        Model.shared.source_for(1.0)
        Model.both(1.0)[0] + 1.0
        Model().slope.source_for(1.0)
        Model().slope.function(1.0)(1.0)
        Model().slope.source_for("a")  # wrong
        srcgrad.grad(np.sin)(np.ones(2))
        srcgrad.value_and_grad(np.add, wrt=(0, 1))(np.ones(2), 1.0)
        srcgrad.vjp(np.sin)(np.ones(2))[1](1.0)
        Model().slope(1.0)
        Model.slope(Model(), 1.0)
        Model.apart(1.0)
        Model().slope()  # wrong
        Model().slope("a")  # wrong
        Model().slope(1.0, 2.0)  # wrong
        Model.slope(1.0)  # wrong
        srcgrad.grad(f, ["x"])(1.0)
        srcgrad.grad(f, 1.5)  # wrong
        srcgrad.grad(3)  # wrong
        """)
    )
    root = Path(srcgrad.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--follow-imports=silent", "--cache-dir", str(tmp_path / "cache"), str(program)],
        capture_output=True,
        text=True,
        cwd=root,
        check=False,
    )
    wrong = {n for n, line in enumerate(program.read_text().splitlines(), 1) if line.endswith("# wrong")}
    reported = {
        int(line.split(":")[1]) for line in run.stdout.splitlines() if "calls.py:" in line and ": error:" in line
    }
    assert reported == wrong, run.stdout + run.stderr


# --- methods


class Spring:
    stiffness = 3.0

    @grad(wrt="x")
    def force(self, x):
        return self.stiffness * x * x

    @classmethod
    @grad(wrt="x")
    def shared(cls, x):
        return cls.stiffness * x * x

    @grad
    def bare(self, x):
        return self.stiffness * x


def test_a_derivative_of_an_object_passes_the_object(tmp_path):
    spring = Spring()
    spring.stiffness = 4.0
    assert spring.force(2.0) == spring.force(x=2.0) == 16.0
    assert spring.force.function(2.0)(3.0) == 24.0
    assert "self.stiffness" in spring.force.source_for(2.0)
    assert spring.force.source == Spring.force.source
    assert list(inspect.signature(spring.force).parameters) == ["x"]
    assert (spring.force.__name__, spring.force.wrt, spring.force.form) == ("force", "x", "grad")
    assert spring.force == spring.force != Spring().force
    assert len({spring.force, spring.force}) == 1
    assert "of force with respect to x" in repr(spring.force)
    assert pickle.loads(pickle.dumps(spring.force))(2.0) == 16.0
    spring.force.save(tmp_path / "m.py", 2.0)
    assert "Made for self: anything, x: float." in (tmp_path / "m.py").read_text()
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        spring.force.source_for()
    assert Spring.force(spring, 2.0) == 16.0


def test_a_derivative_of_a_class():
    assert Spring.shared(2.0) == Spring().shared(2.0) == 12.0


def test_a_bare_decorator_on_a_method_says_what_to_write():
    with pytest.raises(DifferentiationError, match="'self' is the object of a method, of class Spring") as caught:
        Spring().bare(2.0)
    assert "@grad(wrt=1) or @grad(wrt='x')" in caught.value.hint


# --- what errors say


class Layer:
    weight = 2.0

    def __call__(self, x):
        return np.sum(self.weight * x)


layer = Layer()


class Hidden:
    __call__ = eval("lambda self, x: x")


hidden = Hidden()


def test_an_object_with_a_call():
    np.testing.assert_array_equal(grad(layer)(X), np.full(3, 2.0))
    np.testing.assert_array_equal(grad(lambda x: layer(x))(X), np.full(3, 2.0))
    with pytest.raises(DifferentiationError, match="'hidden' is an object of class Hidden with a __call__") as caught:
        grad(lambda x: hidden(x))(X)
    assert "write what it computes as a function" in caught.value.hint


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2 * function(*args, **kwargs)

    return wrapper


@doubled
def wrapped(x):
    return x * x


@doubled
@doubled
def wrapped_twice(x, k=1.0):
    return x * x * k


class Wrapped:
    @doubled
    def method(self, x):
        return x * x


def starred(x, *xs, s=1.0, **named):
    y = x * s * named.get("k", 1.0)
    for one in xs:
        y = y * one
    return y


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "expected"),
    [
        (wrapped, (3.0,), {}, 12.0),
        (wrapped_twice, (3.0,), {"k": 2.0}, 48.0),
        (Wrapped().method, (3.0,), {}, 12.0),
        (functools.partial(starred, 2.0), (3.0, 4.0), {}, 8.0),
        (functools.partial(starred, 2.0, 3.0), (4.0,), {"k": 2.0}, 12.0),
        (functools.partial(starred, 2.0, 3.0, k=5.0), (4.0,), {}, 30.0),
        (functools.partial(starred, 2.0, 3.0, k=5.0), (4.0,), {"k": 2.0, "s": 3.0}, 36.0),
        (functools.partial(starred, 2.0), (3.0, 4), {"k": 2}, 16.0),
    ],
)
def test_functions_with_star_parameters(function, args, kwargs, expected):
    derivative = grad(function)
    assert derivative(*args, **kwargs) == expected
    assert derivative(*args, **kwargs) == expected
    assert vjp(function)(*args, **kwargs)[1]() == expected
    assert derivative.function(*args, **kwargs)(*args, **kwargs) == expected


STARRED = (2.0, 3.0, 4.0), {"s": 0.5, "k": 1.5}


@pytest.mark.parametrize(
    ("wrt", "expected"),
    [
        ("x", 9.0),
        ("xs", (6.0, 4.5)),
        ("named", {"k": 12.0}),
        (("named", "s", "xs", "x"), ({"k": 12.0}, 36.0, (6.0, 4.5), 9.0)),
        ((2, 0), (4.5, 9.0)),
    ],
)
def test_by_all_that_stars_take(wrt, expected, tmp_path):
    args, kwargs = STARRED
    derivative = grad(starred, wrt)
    assert derivative(*args, **kwargs) == expected
    assert srcgrad.value_and_grad(starred, wrt)(*args, **kwargs) == (18.0, expected)
    tangents = srcgrad.jvp(starred, wrt)
    names = [name for name in inspect.signature(tangents).parameters if name.endswith("_dot")]
    given = dict(zip(names, expected if isinstance(wrt, tuple) else [expected], strict=True))
    size = sum(np.sum(np.square(zoo.flat(one))) for one in given.values())
    np.testing.assert_allclose(tangents(*args, **kwargs, **given)[1], size)
    for example in (STARRED, ((), {})):
        path = tmp_path / f"saved_{len(example[0])}.py"
        derivative.save(path, *example[0], **example[1])
        assert zoo.module_at(path).starred_grad(*args, **kwargs) == expected
        assert zoo.module_at(path).starred_grad(*args, y_bar=2.0, **kwargs) == zoo.scaled(expected, 2.0)


def test_what_stars_take_has_no_other_meaning():
    with pytest.raises(TypeError, match="'y_bar' has another meaning"):
        grad(starred)(1.0, y_bar=2.0)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'xs_1'"):
        grad(starred, 1)(1.0)
    with pytest.raises(DifferentiationError, match="names no parameter") as caught:
        grad(starred, "k")
    assert "'named' is a dict" in caught.value.hint


def test_derivatives_of_functions_with_stars_in_others():
    def whole(x, y):
        inner = srcgrad.grad(starred, "xs")(x, y, y * x, s=2.0, k=x)
        return inner[0] + inner[1] * srcgrad.grad(starred)(x, y)

    x, y, h = 0.7, 1.2, 1e-6
    expected = [(whole(x + h, y) - whole(x - h, y)) / (2 * h), (whole(x, y + h) - whole(x, y - h)) / (2 * h)]
    np.testing.assert_allclose(grad(whole, (0, 1))(x, y), expected, rtol=1e-7)
    np.testing.assert_allclose(srcgrad.hessian(starred, "xs")(2.0, 3.0, 4.0, 5.0, k=2.0)[0][1], 20.0)


def annotated(x: float, *xs: float, **named: int) -> float:
    return x * sum(xs) ** named.get("n", 1)


def test_annotations_say_what_each_is(tmp_path):
    path = tmp_path / "annotated.py"
    grad(annotated).save(path)
    module = zoo.module_at(path)
    assert module.annotated_grad(2.0, 3.0, 4.0, n=2) == 49.0
    with pytest.raises(TypeError, match="made for"):
        module.annotated_grad(2.0, np.ones(3))
    with pytest.raises(TypeError, match="made for"):
        module.annotated_grad(2.0, 3.0, n=0.5)


def test_what_a_pullback_looks_like():
    _, pullback = vjp(product, wrt=(0, 1))(np.ones((2, 3)), 2.0)
    assert repr(pullback) == "<srcgrad pullback of product, for a cotangent of shape (2, 3)>"
    _, pullback = vjp(lambda x: (x, [x * x]))(2.0)
    assert repr(pullback) == "<srcgrad pullback of function, for a cotangent of (shape (), (shape (),))>"


def test_an_array_is_not_broadcast_in_place():
    def widens(x, y):
        z = x * 1.0
        z += y
        return np.sum(z * z)

    with pytest.raises(ValueError, match="broadcast"):
        widens(np.ones(1), np.ones(3))
    with pytest.raises(ValueError, match="broadcast"):
        grad(widens)(np.ones(1), np.ones(3))


def test_a_loop_over_the_keys_of_a_dict():
    def total(d):
        s = 0.0
        for k in d:
            s = s + np.sum(d[k] ** 2)
        for k in sorted(d):
            s = s * np.sum(d[k])
        return s

    d = {"b": 3.0, "a": np.array([1.0, 2.0])}
    gradient = grad(total)(d)
    assert list(gradient) == ["b", "a"]
    h = 1e-6
    np.testing.assert_allclose(
        gradient["b"], (total({**d, "b": 3.0 + h}) - total({**d, "b": 3.0 - h})) / (2 * h), rtol=1e-7
    )
    np.testing.assert_allclose(gradient["a"], 2 * d["a"] * 9.0 + 14.0 * 3.0, rtol=1e-12)
