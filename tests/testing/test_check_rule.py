"""``check_rule`` finds what is wrong with a rule, and lets right rules pass."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import elementwise, known, linear, pullback, pushforward
from srcgrad.testing import check_rule

X = np.random.default_rng(0).uniform(0.2, 0.9, size=(2, 3))
V = X[0]


def product(x, y):
    return np.multiply(x, y)


@elementwise(product)
def product_rule(x, y, *, d):
    return d * y, d * x


def reversed_rows(x, axis=0):
    return np.flip(x, axis)


@linear(reversed_rows, view=True)
def reversed_rows_rule(x, axis=0, *, d):
    return np.flip(d, axis)


def power_sum(x, p=2.0, *, axis=None):
    return np.sum(x**p, axis)


@pullback(power_sum)
def power_sum_rule(x, p=2.0, *, axis=None, d):
    return p * x ** (p - 1) * (d if axis is None else np.expand_dims(d, axis))


@pushforward(power_sum)
def power_sum_tangent(x, p=2.0, *, axis=None, d):
    return np.sum(p * x ** (p - 1) * d, axis)


@pytest.mark.parametrize(
    ("f", "args", "more"),
    [
        (product, (X, X + 1), {}),
        (product, (X, 0.5), {}),
        (reversed_rows, (X,), {}),
        (reversed_rows, (X, 1), {}),
        (power_sum, (X, 3.0), {"orders": 1}),
        (power_sum, (X,), {"orders": 1, "axis": 1}),
        (np.tanh, (X,), {}),
        (np.sum, (X, 0), {}),
        (np.stack, ([V, V + 1.0],), {}),
        (np.where, (X > 0.5, X, 0.7), {"fixed": ("y",)}),
    ],
)
def test_right_rules_pass(f, args, more):
    check_rule(f, *args, **more)


# --- planted errors


def wrong_sign(x):
    return np.cos(x)


@elementwise(wrong_sign)
def wrong_sign_rule(x, *, d):
    return d * np.sin(x)


def wrong_factor(x, y):
    return x * y * y


@elementwise(wrong_factor)
def wrong_factor_rule(x, y, *, d):
    return d * y * y, d * x * y


def missing_term(x):
    return np.sum(x * x) + np.ravel(x)[0]


@pullback(missing_term)
def missing_term_rule(x, *, d):
    return 2.0 * d * x


@pushforward(missing_term)
def missing_term_tangent(x, *, d):
    return 2.0 * np.sum(x * d) + np.ravel(d)[0]


def wrong_tangent(x):
    return np.sum(x * x)


@pullback(wrong_tangent)
def wrong_tangent_rule(x, *, d):
    return 2.0 * d * x


@pushforward(wrong_tangent)
def wrong_tangent_forward(x, *, d):
    return np.sum(x * d)


def every_other(x):
    return x[::2]


def spread(d, x):
    made = np.zeros_like(x)
    made[::2] = d
    return made


@linear(every_other)
def every_other_rule(x, *, d):
    return spread(d, x)


def unshaped(x, y):
    return x * y


@linear(unshaped)
def unshaped_rule(x, y, *, d):
    return d * y, None


def known_wrongly(x):
    return np.asarray(x) * 2.0


@elementwise(known_wrongly)
def known_wrongly_rule(x, *, d):
    return d * 2.0 if known(np.ndim(x) == 2) else d * 3.0


def no_axis(x, axis=None):
    return np.sum(x, axis)


@linear(no_axis)
def no_axis_rule(x, axis=None, *, d):
    return np.zeros_like(x) + d


def wrong_second(x):
    return np.sin(x)


def slope(x):
    return np.cos(x)


@elementwise(wrong_second)
def wrong_second_rule(x, *, d):
    return d * slope(x)


@elementwise(slope)
def slope_rule(x, *, d):
    return d * np.sin(x)


def widened(x):
    return np.sum(x, axis=0)


def in_double(d, x):
    return np.full(np.shape(x), d, float)


@pullback(widened)
def widened_rule(x, *, d):
    return in_double(d, x)


@pushforward(widened)
def widened_tangent(x, *, d):
    return np.sum(d, axis=0).astype(float)


def rescaled(x):
    return x * 2.0


@elementwise(rescaled)
def rescaled_rule(x, *, d):
    return d + d * np.sign(d) * 1e-3


@pytest.mark.parametrize(
    ("f", "args", "says"),
    [
        (wrong_sign, (X,), r"argument 'x_0', index \[0, 0\]"),
        (wrong_factor, (X, X), r"argument 'x_1', index \[0, 0\]"),
        (
            missing_term,
            (X,),
            r"reverse mode disagrees with forward mode and differences: argument 'x_0', index \[0, 0\]",
        ),
        (wrong_tangent, (X,), r"forward mode disagrees with reverse mode and differences: argument 'x_0'"),
        (every_other, (X,), "shares memory with an argument, and the rule does not say view=True"),
        (known_wrongly, (X,), r"the term of 'x' depends on what is known of"),
        (no_axis, (X,), r"axis=0|axis=1"),
        (wrong_second, (X,), r"the derivative of the gradient \(order 2\)"),
        (widened, (X,), "float32.*dtype float64"),
        (rescaled, (X,), "not linear in its seed|disagree"),
    ],
)
def test_planted_errors_are_found(f, args, says):
    with pytest.raises(AssertionError, match=says):
        check_rule(f, *args)


def test_a_wrong_broadcast_is_found():
    with pytest.raises(AssertionError, match=r"argument [01]|one element|dtype|shape"):
        check_rule(unshaped, X, X, fixed=("y",))


def test_a_term_that_is_none_is_refused():
    check_rule(np.interp, 0.3, np.array([0.0, 1.0]), np.array([0.5, 0.7]), fixed=("xp",), orders=1)


def test_what_is_no_rule():
    with pytest.raises(ValueError, match="there is no rule"):
        check_rule(np.unwrap, X)
    with pytest.raises(ValueError, match="no argument"):
        check_rule(np.tanh, np.arange(3))
    with pytest.raises(srcgrad.DifferentiationError):
        check_rule(np.nan_to_num, X, copy=False)


# --- complex numbers are two real ones


@pytest.mark.parametrize("f", [np.conjugate, np.absolute, np.real, np.imag, np.angle, np.exp])
def test_rules_of_functions_of_complex_numbers_pass(f):
    check_rule(f, np.array([1 + 2j, -0.5 + 0.3j, 2 - 1j]))


def squared_size(z):
    return z.real**2 + z.imag**2


@elementwise(squared_size)
def _squared_size(z, *, d):
    return d * 2 * z  # right for real numbers only


def conjugate_times(z, s):
    return np.conj(z) * s


@elementwise(conjugate_times)
def _conjugate_times(z, s, *, d):
    return d * np.conj(s), d * np.conj(z)  # the first one is not conjugated at all


def test_a_wrong_complex_rule_of_what_is_not_analytic_is_found():
    with pytest.raises(AssertionError, match="complex128"):
        check_rule(squared_size, V)
    with pytest.raises(AssertionError, match=r"argument 'x_0', index \[0\].real|argument 'x_0', index \[0\].imag"):
        check_rule(conjugate_times, V + 1j, V - 1j)


# --- what is wrong in other calls than the one that is given


def times(x, s):
    return x * s


@elementwise(times)
def _times(x, s: srcgrad.rules.Discrete, *, d):
    return d * s


def rounded_down(x, s):
    return x * np.floor(s)


@elementwise(rounded_down)
def _rounded_down(x, s: srcgrad.rules.Discrete, *, d):
    return d * np.floor(s)


def test_a_discrete_parameter_that_is_none_is_found():
    with pytest.raises(AssertionError, match="'s' is Discrete, and the result changes with it"):
        check_rule(times, V, V + 1)
    check_rule(times, V, 3)
    check_rule(rounded_down, V, V + 1)
    check_rule(times, V, V + 1, fixed=("s",))


def by_keyword(x, n=None):
    return x * (2 if n is None else n)


@elementwise(by_keyword)
def _by_keyword(x, n: srcgrad.rules.Discrete = None, *, d):
    return d * (3 if n is None else n)


def row_sums(x):
    return np.sum(x, -1)


def spread_in_rows(d, x):
    return np.full_like(x, d) if isinstance(x, np.ndarray) else d


@linear(row_sums)
def _row_sums(x, *, d):
    return spread_in_rows(d, x)


def square(x):
    return x * x


@elementwise(square)
def _square(x, *, d):
    return d * (3 * x if isinstance(x, np.generic) else 2 * x)


def operand_by_keyword(x, *, w):
    return x * w


@pullback(operand_by_keyword)
def _operand_by_keyword(x, *, w, d):
    return srcgrad.runtime.unbroadcast(d * w, x), d * x


@pushforward(operand_by_keyword)
def _operand_by_keyword_tangent(x, *, w, d):
    return d * w, d * x


def of_one(x):
    return np.sum(x)


def along_last(d, x):
    return np.broadcast_to(d[..., None], x.shape) if np.ndim(x) else d


@linear(of_one)
def _of_one(x, *, d):
    return along_last(d, x)


@pytest.mark.parametrize(
    ("f", "args", "more", "says"),
    [
        (by_keyword, (V,), {"n": 5}, "without 'n'"),
        (by_keyword, (V, 5), {}, "without arguments from 1 on"),
        (row_sums, (V,), {}, "more dimensions"),
        (square, (V,), {}, "NumPy numbers"),
        (square, (0.5,), {}, "NumPy numbers"),
        (operand_by_keyword, (V,), {"w": V}, "gradient of 'x_w' has shape"),
        (of_one, (V,), {}, "with the cotangent 1.0, which is a float"),
    ],
)
def test_a_rule_that_is_wrong_in_other_calls_is_found(f, args, more, says):
    with pytest.raises(AssertionError, match=says):
        check_rule(f, *args, **more)
