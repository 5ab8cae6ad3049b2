"""The ``Derivative`` object: the choice among kinds, guards, arguments, errors, and what can be read of it."""

from __future__ import annotations

import copy
import functools
import itertools
import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from srcgrad import Derivative, DifferentiationError, grad, value_and_grad, vjp

X = np.array([1.0, 2.0, 3.0])


def square(x):
    return x * x


def weighted(x, y=2.0, *, z=1.0):
    """Multiply three numbers."""
    return x * y * z * x


def apply(x, f):
    return f(x)


# --- kinds

VALUES = [
    2.0,
    3,
    np.float64(2),
    np.float32(2),
    np.array([2.0]),
    np.array([1.0, 2.0]),
    np.array([[1.0, 2.0]]),
    np.array([[2.0]]),
    np.array([1.0, 2.0], dtype=np.float32),
]


@pytest.mark.parametrize("first", VALUES, ids=repr)
def test_one_call_does_not_spoil_the_next(first):
    derivative = grad(square)
    for second in VALUES:
        derivative(first)
        result = derivative(second)
        np.testing.assert_allclose(result, 2 * second)
        alone = grad(square)(second)
        assert type(result) is type(alone)
        assert np.shape(result) == np.shape(second)


@pytest.mark.parametrize("shape", [(), (1,), (2,), (1, 2), (3, 1), (3, 2), (1, 1)])
def test_broadcast_arguments_get_their_own_shape(shape):
    derivative = grad(lambda x, y: x * y, (0, 1))
    x = np.full(shape, 3.0) if shape else 3.0
    for y in (2.0, np.full(2, 2.0), np.full(1, 2.0), np.full((3, 2), 2.0), np.full((3, 1), 2.0)):
        size = math.prod(np.broadcast_shapes(np.shape(x), np.shape(y)))
        x_bar, y_bar = derivative(x, y)
        assert np.shape(x_bar) == np.shape(x)
        assert np.shape(y_bar) == np.shape(y)
        assert np.sum(x_bar) == pytest.approx(2.0 * size)
        assert np.sum(y_bar) == pytest.approx(3.0 * size)


def total(xs):
    result = 0.0
    for x in xs:
        result = result + x * x
    return result


def test_lengths_of_sequences():
    derivative = grad(total)
    assert derivative([1.0, 2.0]) == [2.0, 4.0]
    assert derivative([1.0, 2.0, 3.0]) == [2.0, 4.0, 6.0]
    assert derivative([]) == []
    assert derivative((1.0, 2.0)) == (2.0, 4.0)
    np.testing.assert_array_equal(derivative(X), 2 * X)
    first, second = derivative([X, 2 * X])
    np.testing.assert_array_equal(first, 2 * X)
    np.testing.assert_array_equal(second, 4 * X)


def test_dicts_in_any_order():
    derivative = grad(lambda p: p["a"] * p["a"] * p["b"])
    assert derivative({"a": 2.0, "b": 3.0}) == {"a": 12.0, "b": 4.0}
    assert derivative({"b": 3.0, "a": 2.0}) == {"b": 4.0, "a": 12.0}
    assert derivative({"b": 3.0, "a": 2.0, "c": 1.0}) == {"b": 4.0, "a": 12.0, "c": 0.0}
    with pytest.raises(KeyError):
        derivative({"b": 3.0})
    assert derivative({"a": 2.0, "b": 3.0}) == {"a": 12.0, "b": 4.0}


def choose(x, mode=None):
    if mode is None:
        return x
    if mode == "square":
        return x * x
    return x * 3.0


def test_strings_and_none():
    derivative = grad(choose)
    calls = [(2.0,), (2.0, "square"), (2.0, "other"), (2.0, None)]
    for order in itertools.permutations(calls, 3):
        for call in order:
            assert derivative(*call) == {"square": 4.0, "other": 3.0}.get((*call, None)[1], 1.0)
    assert derivative(2.0, mode="square") == derivative(mode="square", x=2.0) == 4.0


def test_flags_and_numbers_as_arguments():
    branch = grad(lambda x, b: x * x if b else x)
    assert [branch(2.0, b) for b in (True, False, 1, 0, np.bool_(False))] == [4.0, 1.0, 4.0, 1.0, 1.0]
    power = grad(lambda x, n: x**n)
    assert [power(2.0, 3), power(2.0, 2), power(2.0, 0), power(2, 3)] == [12.0, 4.0, 0.0, 12.0]
    assert power(2.0, 0.5) == pytest.approx(0.5 * 2**-0.5)


def test_functions_as_arguments():
    derivative = grad(apply)
    assert derivative(3.0, square) == 6.0
    assert derivative(3.0, lambda x: x * x * x) == 27.0
    assert derivative(0.0, np.sin) == 1.0
    assert derivative(0.0, math.sin) == 1.0
    assert [derivative(3.0, lambda x, k=k: x * k) for k in (1.0, 2.0)] == [1.0, 2.0]

    def make(k):
        return lambda x: x * k

    assert [derivative(3.0, make(k)) for k in (1.0, 2.0, X)] == [1.0, 2.0, 6.0]


class Holder:
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        raise RuntimeError("compared")


def test_objects_as_arguments():
    derivative = grad(lambda x, holder: x * holder.value)
    holder = Holder(3.0)
    assert derivative(1.0, holder) == 3.0
    holder.value = X
    assert derivative(1.0, holder) == 6.0
    assert derivative(1.0, Holder(2)) == 2.0
    assert grad(lambda x, s: x * len(s))(1.0, {1, 2}) == 2.0


def test_axes_and_indices_as_arguments():
    x = np.arange(6.0).reshape(2, 3)
    sums = grad(lambda x, axis: np.sum(np.sum(x, axis=axis) ** 2))
    for axis in (0, 1, None, (0, 1), -1, 0):
        expected = 2 * np.sum(x, axis=axis, keepdims=True) + 0 * x
        np.testing.assert_array_equal(sums(x, axis), expected)
    reads = grad(lambda x, i: np.sum(x[i] ** 2))
    for index in (0, slice(0, 2), [0, 0], np.array([True, False, True]), None, ..., np.array([0, 0, 1])):
        expected = np.zeros(3)
        np.add.at(expected, index, 2 * X[index])
        np.testing.assert_array_equal(reads(X, index), expected)


# --- arguments and errors


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        ((1.0, 2.0, 3.0), {}),
        ((1.0,), {"q": 1}),
        ((1.0,), {"x": 1.0}),
        ((1.0,), {"y_bar": 1.0}),
        ((), {"y": 1.0}),
    ],
)
@pytest.mark.parametrize("make", [grad, value_and_grad, vjp])
def test_wrong_arguments(make, args, kwargs):
    derivative = make(weighted)
    for _ in range(2):
        with pytest.raises(TypeError):
            derivative(*args, **kwargs)
        derivative(1.0, 2.0)
        derivative(1.0)


def test_defaults_may_be_left_out():
    derivative = grad(weighted)
    assert derivative(3.0) == derivative(3.0, 2.0) == derivative(x=3.0) == derivative(3.0, y=2.0, z=1.0) == 12.0
    assert derivative(3.0, z=2.0) == 24.0


def refused(x):
    return np.histogram(x)[0]


def test_an_error_leaves_nothing_behind():
    derivative = grad(refused)
    kept = X.copy()
    for _ in range(2):
        with pytest.raises(DifferentiationError, match="histogram"):
            derivative(X)
    np.testing.assert_array_equal(X, kept)


def test_what_the_primal_raises_and_then_the_next_call():
    runs = []

    def fragile(x, options):
        if x > 0:
            raise TypeError("of the user")
        return x * options["k"]

    derivative = grad(fragile)
    for _ in range(2):
        with pytest.raises(TypeError, match="of the user"):
            derivative(1.0, {"k": 2.0})
        assert derivative(-1.0, {"k": 2.0}) == 2.0
        with pytest.raises(KeyError):
            derivative(-1.0, {})
    assert not runs


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def test_recursion():
    derivative = grad(power)
    assert derivative(2.0, 3) == 12.0
    with pytest.raises(RecursionError):
        derivative(1.0, 100 * sys.getrecursionlimit())
    assert derivative(2.0, 4) == 32.0


# --- what can be read


def test_it_looks_like_the_primal():
    derivative = grad(weighted)
    assert isinstance(derivative, Derivative)
    assert derivative.primal is weighted
    assert derivative.__name__ == "weighted"
    assert derivative.__doc__ == "Multiply three numbers."
    assert derivative.__module__ == weighted.__module__
    assert callable(derivative)
    assert not hasattr(derivative, "__wrapped__")
    assert "weighted" in repr(derivative)


def test_source_before_any_call_is_right_for_everything():
    derivative = grad(square)
    assert derivative.source.startswith(("def square_grad", "from ", "import "))
    assert derivative.stages
    general = derivative.source
    assert derivative.source_for(3.0) != general
    derivative(3.0)
    assert "unbroadcast" not in derivative.source
    assert derivative.source == derivative.source_for(3.0)


def test_source_with_annotations():
    def annotated(x: float, n: int) -> float:
        return x * n

    assert grad(annotated).source == grad(annotated).source_for(2.0, 3)


def test_stages_are_texts():
    stages = grad(square).stages
    assert next(iter(stages)) == "accept"
    assert next(reversed(stages)) == "renumber"
    for text in stages.values():
        compile(text, "stage", "exec")


def test_the_plain_function():
    assert grad(square).function(3.0)(3.0) == 6.0
    assert grad(square).function(3)(3) == 6.0
    assert grad(square).function(3.0).__name__ == "square_grad"
    value, pullback = vjp(square).function(3.0)(3.0)
    assert (value, pullback()) == (9.0, 6.0)


def test_the_seed_of_the_plain_function():
    np.testing.assert_array_equal(grad(square).function(X)(X, np.array([1.0, 0.0, 2.0])), [2.0, 0.0, 12.0])


def test_it_can_be_copied_and_pickled():
    for made in (grad(weighted), value_and_grad(weighted, "y"), vjp(weighted, (0, 1))):
        for other in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):
            assert str(other(3.0)).split("<")[0] == str(made(3.0)).split("<")[0]
    assert pickle.loads(pickle.dumps(grad(np.sin)))(0.0) == 1.0


def test_html():
    assert "square_grad" in grad(square)._repr_html_().replace("</span>", "").replace("<span>", "")


@pytest.mark.parametrize(
    ("make", "example", "expression"),
    [
        (functools.partial(grad, square), (3.0,), "m.square_grad(3.0)"),
        (functools.partial(grad, square), (), "m.square_grad(3.0)"),
        (functools.partial(grad, square), (X,), "float(m.square_grad(np.array([3.0, 4.0]))[0])"),
        (functools.partial(vjp, square), (3.0,), "m.square_bwd(m.square_fwd(3.0)[1], 1.0)"),
    ],
)
def test_a_saved_module_needs_numpy_only(tmp_path: Path, make, example, expression):
    make().save(tmp_path / "saved.py", *example)
    program = f"import sys, numpy as np, saved as m; assert 'srcgrad' not in sys.modules; print({expression})"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
    )
    assert run.stdout.strip() == "6.0", run.stderr


# --- modes


def trained(x):
    return x * x if srcgrad.is_training() else x


def rate():
    return 5.0 if srcgrad.is_training() else 1.0


def with_rate(x):
    return x * rate()


def calls_trained(x):
    return trained(x) * 2.0


def test_modes():
    derivative = grad(trained)
    assert (trained(3.0), derivative(3.0), srcgrad.is_training()) == (3.0, 6.0, False)
    with srcgrad.predict_mode():
        assert derivative(3.0) == 1.0
    assert grad(calls_trained)(3.0) == 12.0
    assert grad(with_rate)(3.0) == 5.0
    assert "record" not in grad(square).source_for(3.0)


def test_modes_after_an_error():
    def fails(x):
        if srcgrad.is_training():
            raise ValueError("training")
        return x

    with pytest.raises(ValueError, match="training"):
        grad(fails)(3.0)
    assert (srcgrad.is_training(), srcgrad.is_recording()) == (False, False)


def paused(x):
    with srcgrad.pause():
        y = x * x
    return x * y


def paused_in_branch(x):
    if x > 0:
        with srcgrad.pause():
            y = x * x
    else:
        y = x
    return y * x


def paused_in_loop(x):
    for _ in range(2):
        with srcgrad.pause():
            s = x * 2.0
        x = x * s
    return x


def test_pause():
    assert grad(paused)(3.0) == 9.0
    assert value_and_grad(paused)(3.0) == (27.0, 9.0)
    assert grad(paused_in_branch)(3.0) == 9.0
    assert grad(paused_in_branch)(-3.0) == -6.0
    assert grad(paused_in_loop)(1.0) == 8.0
