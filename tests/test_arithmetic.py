"""Derivatives raise nothing that the primal does not raise, and have the precision of their arguments."""

from __future__ import annotations

import math

import numpy as np
import pytest

import srcgrad
from tests.rules.support import NUMPY_2


def log(x):
    return np.log(x)


def arctan2(x, y):
    return np.arctan2(x, y)


def reciprocal(x):
    return np.float_power(x, -1)


def high_power(x):
    return np.power(x, 300)


def power(x, y):
    return np.power(x, y)


def quotient(x, y):
    return np.divide(x, y)


def quotient_of_scalars(x, y):
    return x / y


def remainder(x, y):
    return np.remainder(x, y)


def arctanh(x):
    return np.arctanh(x)


def mean(x):
    return np.mean(x)


def mean_of_rows(x):
    return np.mean(x, axis=1) * 2.0


def variance(x):
    return np.var(x, ddof=1)


def deviation(x):
    return np.std(x, ddof=1)


def covariance(x):
    return np.cov(x)


EDGES = [
    (log, (0.0,), np.inf),
    (arctan2, (0.0, 0.0), np.nan),
    (reciprocal, (0.0,), -np.inf),
    (high_power, (1e3,), np.inf),
    (power, (1e300, 1.5), 1.5e150),
    (power, (0.0, 0.5), np.inf),
    (power, (1e300, 3.5), np.inf),
    (quotient, (1.0, 0.0), np.inf),
    (quotient_of_scalars, (np.float64(1.0), 0.0), np.inf),
    (remainder, (1.0, 0.0), 1.0),
    (arctanh, (1.0,), np.inf),
    (mean, (np.zeros(0),), np.zeros(0)),
    (mean_of_rows, (np.zeros((2, 0)),), np.zeros((2, 0))),
    (variance, (np.ones(1),), [np.nan]),
    (variance, (np.zeros(0),), np.zeros(0)),
    (deviation, (np.ones(1),), [np.nan]),
    (covariance, (np.ones(1),), [np.nan]),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize(("f", "args", "expected"), EDGES, ids=lambda v: getattr(v, "__name__", None))
def test_a_derivative_raises_nothing_that_the_primal_does_not(f, args, expected, offline):
    f(*args)
    gradient = srcgrad.grad(f)
    if offline:
        home = {}
        exec(gradient.source, home)
        gradient = home[f"{f.__name__}_grad"]
    np.testing.assert_allclose(gradient(*args), expected)


def test_python_s_operators_stay_in_programs_of_floats():
    def f(x, y):
        return math.log(x) / y + x**y - math.sqrt(x) + math.atan2(x, y)

    text = srcgrad.grad(f, wrt=(0, 1)).source_for(0.5, 0.7)
    assert "np." not in text


def test_numpy_s_quotients_are_written_as_such_only_between_python_numbers():
    def f(x):
        return np.log(x)

    assert "np.divide(y_bar, x)" in srcgrad.grad(f).source_for(0.5)
    assert "np.divide" not in srcgrad.grad(f).source_for(np.float64(0.5))
    assert "np.divide" not in srcgrad.grad(f).source_for(np.ones(2))


# --- precision


def cast(x):
    return np.float32(x) * 2.0


def cast_by_method(x):
    return x.astype(np.float32) * 2.0


def scaled_dot(x, y):
    return np.dot(x, y) * 0.1


def scaled_sum(x, y):
    return np.sum(x * y) * 0.1


def product(x, y):
    return x * y * 0.1


LOW = np.array([1 / 3, 1 / 7], np.float32)


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (cast, (np.ones(2),), [2.0, 2.0]),
        (cast_by_method, (np.ones(2),), [2.0, 2.0]),
        pytest.param(
            *(scaled_dot, (np.ones(2), LOW), 0.1 * LOW.astype(float)),
            marks=pytest.mark.skipif(not NUMPY_2, reason="with NumPy 1 no number widens an array"),
        ),
        (scaled_sum, (np.ones(2), LOW), 0.1 * LOW.astype(float)),
        (product, (np.float64(2.0), LOW[0]), 0.1 * float(LOW[0])),
        (cast, (np.ones(2, np.float32),), [2.0, 2.0]),
        (scaled_dot, (LOW, LOW), np.float32(0.1) * LOW),
        (scaled_dot, (LOW, np.ones(2)), np.float32([0.1, 0.1])),
        (product, (LOW[0], np.float64(2.0)), np.float32(0.2)),
        (product, (LOW[0], 2.0), np.float32(0.2)),
    ],
)
def test_a_gradient_has_the_precision_of_its_argument(f, args, expected, offline):
    gradient = srcgrad.grad(f)
    if offline:
        home = {}
        exec(gradient.source, home)
        gradient = home[f"{f.__name__}_grad"]
    found = gradient(*args)
    assert np.result_type(found) == np.result_type(args[0])
    np.testing.assert_allclose(found, expected, rtol=1e-15 if args[0].dtype == float else 2e-7)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.array([1.0, x], dtype=object)[1] * 2,
        lambda x: np.array([x]).astype(object)[0] * 2,
        lambda x: np.asarray([x, 2.0], object)[0] * 2,
    ],
)
def test_a_conversion_to_objects_is_refused(function):
    for derivative in (srcgrad.grad(function), lambda x: srcgrad.jvp(function)(x, 1.0)):
        with pytest.raises(TypeError, match="dtype object cannot be differentiated"):
            derivative(1.37)
