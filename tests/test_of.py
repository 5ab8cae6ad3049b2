"""What a function writes into its arguments is differentiated: ``of``."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError


def jacobi(A, B, steps):
    for _ in range(steps):
        B[1:-1] = (A[:-2] + A[1:-1] + A[2:]) / 3.0
        A[1:-1] = (B[:-2] + B[1:-1] + B[2:]) / 3.0


def squares_into(x, out):
    out += x * x
    out[0] *= x[1]
    return np.sum(out) * x[0]


def binds_again(x, out):
    out[:] = np.sin(x)
    out = out * 2.0
    out[0] = 5.0
    return out


X, OUT = np.array([0.3, -0.7, 1.1]), np.array([0.5, 0.2, -0.4])


def written(function, *args):
    """The value of a function and its arguments, after a call on copies."""
    args = copy.deepcopy(args)
    return function(*args), args


def test_in_and_out():
    a, b = np.arange(5.0), np.ones(5)
    found = srcgrad.grad(jacobi, wrt=("A", "B"), of=("A", "B"))(a, b, 2)
    for place, gradient in enumerate(found):
        for k in range(5):
            step = np.zeros((2, 5))
            step[place, k] = 1e-6
            ends = [written(jacobi, a + s * step[0], b + s * step[1], 2)[1] for s in (1.0, -1.0)]
            difference = sum(np.sum(right) - np.sum(left) for right, left in zip(ends[0][:2], ends[1][:2], strict=True))
            assert gradient[k] == pytest.approx(difference / 2e-6, rel=1e-6)
    np.testing.assert_array_equal(a, np.arange(5.0))
    np.testing.assert_array_equal(b, np.ones(5))


def test_every_form():
    value, (_, after) = written(squares_into, X, OUT)
    options = {"wrt": ("x", "out"), "of": ("return", "out")}
    (found, out), gradients = srcgrad.value_and_grad(squares_into, **options)(X, OUT)
    assert found == value
    np.testing.assert_array_equal(out, after)
    dots = np.array([0.4, -0.2, 0.9]), np.array([1.0, 0.3, 0.2])
    _, tangents = srcgrad.jvp(squares_into, **options)(X, OUT, *dots)
    along = sum(np.sum(g * d) for g, d in zip(gradients, dots, strict=True))
    assert along == pytest.approx(tangents[0] + np.sum(tangents[1]), rel=1e-12)
    _, pullback = srcgrad.vjp(squares_into, **options)(X, OUT)
    for _ in range(2):
        for one, other in zip(pullback((1.0, np.ones(3))), gradients, strict=True):
            np.testing.assert_allclose(one, other)
    exact = [[2 * X[0] * X[1], X[0] ** 2 + OUT[0], 0.0], [0, 2 * X[1], 0], [0, 0, 2 * X[2]]]
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(srcgrad.jacobian(squares_into, "x", mode=mode, of="out")(X, OUT), exact)


def test_a_parameter_that_is_bound_again_is_what_was_given():
    np.testing.assert_allclose(srcgrad.grad(binds_again, of="out")(X, OUT), np.cos(X))
    np.testing.assert_allclose(srcgrad.grad(binds_again)(X, OUT), [0.0, *(2.0 * np.cos(X[1:]))])


def test_a_decorator_and_copies():
    @srcgrad.grad(of="out")
    def slope(x, out):
        out[:] = x * x

    np.testing.assert_allclose(slope(X, OUT), 2 * X)
    made = srcgrad.grad(squares_into, of="out")
    for one in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        np.testing.assert_array_equal(one(X, OUT), made(X, OUT))
        assert one.of == "out"


@pytest.mark.parametrize("of", ["y", ("out", "out"), ()])
def test_what_is_no_result_is_refused(of):
    with pytest.raises(DifferentiationError):
        srcgrad.grad(squares_into, of=of)


def test_a_function_that_returns_nothing_says_what_it_writes():
    with pytest.raises(DifferentiationError, match=r"of=\('A', 'B'\)"):
        srcgrad.grad(jacobi)(np.ones(5), np.ones(5), 1)
