"""Helpers of generated code, where the rules' own cases do not reach."""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import types
from collections import namedtuple

import numpy as np
import pytest

from srcgrad import averages, matrices, runtime, tangents
from srcgrad.rules.registry import rule_of
from srcgrad.runtime import (
    add_at,
    cast_back,
    gathered,
    larger_share,
    like_nested,
    ones_like,
    positions,
    power_adjoint_x,
    power_adjoint_y,
    ratio,
    sign,
    unbroadcast,
    unreduce,
    zeros_like,
)
from srcgrad.special import digamma, exp_difference

HELPERS = [
    f
    for module in (runtime, matrices, averages, tangents)
    for f in vars(module).values()
    if isinstance(f, types.FunctionType)
]


@pytest.mark.parametrize("helper", HELPERS, ids=lambda f: f.__name__)
def test_a_helper_calls_numpy_math_builtins_and_other_helpers_only(helper):
    tree = ast.parse(inspect.getsource(helper)).body[0]
    bound = {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    bound |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    for statement in tree.body:
        for node in ast.walk(statement):
            if not isinstance(node, ast.Name) or node.id in bound or hasattr(builtins, node.id):
                continue
            value = helper.__globals__.get(node.id)
            annotation = node.id == "Any"  # of a nested function
            assert value is np or value is math or value in HELPERS or annotation, node.id


# --- unbroadcast


@pytest.mark.parametrize(
    ("full", "shape"),
    [
        ((2, 3), (2, 3)),
        ((2, 3), (3,)),
        ((2, 3), (1, 3)),
        ((2, 3), (2, 1)),
        ((2, 3), (1, 1)),
        ((2, 3), (1,)),
        ((2, 3), ()),
        ((4, 2, 3), (2, 1)),
        ((0, 3), (3,)),
        ((0, 3), (1, 3)),
        ((0, 3), ()),
        ((2, 0), (2, 1)),
        ((), ()),
    ],
)
def test_unbroadcast_is_the_transpose_of_broadcasting(full, shape):
    rng = np.random.default_rng(0)
    t, x = rng.normal(size=full), rng.normal(size=shape)
    reduced = unbroadcast(t, x)
    assert np.shape(reduced) == shape
    np.testing.assert_allclose(np.sum(reduced * x), np.sum(t * np.broadcast_to(x, full)), atol=1e-12)


def test_unbroadcast_gives_back_what_has_the_shape():
    t = np.ones((2, 3))
    assert unbroadcast(t, np.zeros((2, 3))) is t
    assert unbroadcast(1.5, 2) == 1.5


@pytest.mark.parametrize("like", [0.5, 1, np.float64(1), np.array(0.5)])
@pytest.mark.parametrize("t", [2.0, np.float32(2), np.array(2.0), np.ones((2, 1)), np.ones(2)])
def test_unbroadcast_of_scalars_is_a_scalar(t, like):
    assert not isinstance(unbroadcast(t, like), np.ndarray)
    assert unbroadcast(t, like) == 2.0


# --- structures

Pair = namedtuple("Pair", "first second")


@pytest.mark.parametrize(("function", "value"), [(zeros_like, 0.0), (ones_like, 1.0)])
def test_structures(function, value):
    x = {"a": [1.5, (2, True)], "b": Pair(np.float32(2), np.arange(2)), "c": None, "d": "text"}
    found = function(x)
    assert found["a"] == [value, (value, value)]
    assert isinstance(found["b"], Pair)
    assert found["b"].first.dtype == np.float32
    assert found["b"].second.dtype == float
    assert found["b"].second.tolist() == [value, value]
    assert found["c"] is None
    assert found["d"] is None
    assert function(1j) == value
    assert function(np.ones(2, np.float32)).dtype == np.float32
    assert np.shape(function(np.array(0.5))) == ()


def test_zeros_are_new_memory():
    x = np.ones(3)
    zeros = zeros_like([x, x])
    zeros[0] += 1
    assert zeros[1].tolist() == [0, 0, 0]


# --- elements


@pytest.mark.parametrize(
    "index",
    [
        1,
        -1,
        slice(0, 2),
        ...,
        None,
        (slice(None), 1),
        (..., 0),
        (1, 2),
        [0, 0, 2],
        np.array([0, 2, 0, 0]),
        np.array([[0, 1], [1, 1]]),
        np.array(1),
        (np.array([0, 0]), np.array([1, 1])),
        ([0, 0], slice(None)),
        (slice(1, None), [1, 1, 0]),
        (np.array([0, 0, 1]), 2),
        (np.array([[0], [0]]), np.array([1, 1])),
        (None, [1, 1]),
        np.array([True, False, True]),
        np.arange(12).reshape(3, 4) % 2 == 0,
        ([True, False, True], 1),
        [1],
        [],
        (np.array([True, False, True]), [1, 1]),
        slice(None, None, -1),
        np.int64(2),
    ],
    ids=str,
)
@pytest.mark.parametrize("large", [False, True])
def test_add_at_is_the_transpose_of_indexing(index, large):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3, 4, 60) if large else (3, 4))
    if isinstance(index, list) and not index:
        index = np.zeros(0, int)
    t = rng.normal(size=np.shape(x[index]))
    x_bar = np.zeros_like(x)
    add_at(x_bar, index, t)
    np.testing.assert_allclose(np.vdot(x_bar, x), np.vdot(t, x[index]), atol=1e-12)
    before = x_bar.copy()
    add_at(x_bar, index, 0.5)
    np.testing.assert_allclose(np.vdot(x_bar - before, x), 0.5 * np.sum(x[index]), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_add_at_with_repeats_in_rows(dtype):
    x_bar = np.ones((3, 2), dtype, order="F")
    add_at(x_bar, np.array([0, 0, 2]), np.ones((3, 2), dtype))
    assert x_bar.tolist() == [[3, 3], [1, 1], [2, 2]]
    assert x_bar.dtype == dtype


def test_gathered_of_scalars():
    assert gathered(np.array([1.0, 2.0]), 0.5, np.repeat(positions(0.5), 2)) == 3.0


# --- reductions


def test_unreduce_is_new_memory_of_the_dtype():
    like = np.zeros((2, 3), np.float32)
    for d, axis, keepdims in (
        (1.5, None, False),
        (np.ones(3), 0, False),
        (np.ones((2, 1)), 1, True),
    ):
        found = unreduce(d, like, axis, keepdims)
        assert found.dtype == np.float32
        assert found.shape == (2, 3)
        found += 1
    assert unreduce(0.5, np.array([1, 2])).tolist() == [0.5, 0.5]
    assert unreduce(0.5, [1, 2]).tolist() == [0.5, 0.5]
    assert unreduce(np.array([[0.5]]), 1.5, None, True) == 0.5


# --- edges of elementwise functions


def test_larger_share():
    assert [larger_share(1.0, x, 0.5) for x in (0.7, 0.5, 0.2)] == [1.0, 0.5, 0.0]
    # an infinite cotangent stays where it belongs
    d = np.array([math.inf, 1.0])
    assert larger_share(d, np.array([-1.0, 0.0]), 0.0).tolist() == [0.0, 0.5]
    assert larger_share(math.inf, -1.0, 0.0) == 0.0
    assert larger_share(2.0, 0.1, None) == 2.0


@pytest.mark.parametrize("as_array", [False, True])
@pytest.mark.parametrize(
    ("x", "y", "x_term", "y_term"),
    [
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 1.0, 1.0, 0.0),
        (0.0, 2.0, 0.0, 0.0),
        (0.0, 0.5, math.inf, 0.0),
        (2.0, 0.0, 0.0, math.log(2)),
        (-2.0, 3.0, 12.0, math.nan),
        (-2.0, 0.0, 0.0, math.nan),
        (math.inf, 0.0, 0.0, math.inf),
    ],
)
def test_power(x, y, x_term, y_term, as_array):
    out = x**y
    a, b, c = (np.array([v]) for v in (x, y, out)) if as_array else (x, y, out)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(power_adjoint_x(1.0, a, b), x_term)
        np.testing.assert_allclose(power_adjoint_y(1.0, a, c), y_term)
        if as_array:
            np.testing.assert_allclose(power_adjoint_x(np.ones(1), a, y), x_term)
            np.testing.assert_allclose(power_adjoint_x(np.ones(1), x, b), x_term)
            np.testing.assert_allclose(power_adjoint_y(np.ones(1), x, c), y_term)


def test_ratio_and_sign_at_zero():
    assert ratio(1.5, 0.0) == 0.0
    assert ratio(np.ones(2), np.array([0.0, 2.0])).tolist() == [0.0, 0.5]
    assert [sign(x) for x in (2.0, -2, 0.0)] == [1.0, -1.0, 0.0]
    assert math.isnan(sign(math.nan))
    assert sign(np.array([-2.0, 0.0])).tolist() == [-1.0, 0.0]


def test_exp_difference_of_minus_infinity():
    low = -np.inf
    assert exp_difference(low, low) == 0.0
    assert exp_difference(np.array([low, 0.0]), np.array([0.0, 0.0])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (1.0, -0.5772156649015329),
        (0.5, -1.9635100260214235),
        (10.0, 2.251752589066721),
        (-0.5, 0.03648997397857652),
    ],
)
def test_digamma(x, expected):
    assert digamma(x) == pytest.approx(expected, rel=2e-15)


def test_division_by_what_has_a_square_out_of_range(recwarn):
    divide = rule_of(np.divide).body
    x, y = np.full(1, 1e-30, np.float32), np.full(1, 1e-30, np.float32)
    assert divide(x, y, out=x / y, d=np.ones(1, np.float32))[1] == pytest.approx(-1e30)


# --- casts


def test_cast_back():
    a = np.ones(2, np.float32)
    assert cast_back(np.ones(2), a, np.ones(2)).dtype == np.float32
    assert cast_back(np.ones(2), a, np.ones(2, int)).tolist() == [0.0, 0.0]
    assert cast_back(1.5, 2.0, np.float32(2)) == 1.5
    assert cast_back(1.5, 2.0, 2) == 0.0


def test_like_nested_gives_python_floats_for_python_floats():
    found = like_nested(np.array([[1.0, 2.0]]), [[0.5, 0.7]])
    assert found == [[1.0, 2.0]]
    assert type(found[0][0]) is float


def test_lists_of_other_lengths_were_concatenated() -> None:
    assert unbroadcast([1.0, 2.0], [0.0, 0.0]) == [1.0, 2.0]
    with pytest.raises(TypeError, match="lists are added up"):
        unbroadcast([1.0, 2.0], [0.0])
