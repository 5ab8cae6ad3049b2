"""``check_grads`` finds planted errors, says which, and lets right derivatives pass."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import elementwise, linear, pullback, pushforward
from srcgrad.testing import check_dot_product, check_grads
from srcgrad.testing.leaves import deep_copy, pack, random_like, same, unpack
from srcgrad.testing.problems import is_smooth, problem_of, slope

X = np.array([0.3, 0.7, 1.2])


def loss(w, x, scale=2.0):
    h = np.tanh(x @ w)
    return scale * np.sum(h * h)


def several(x, y):
    return np.sin(x) * y, [np.sum(x), y**2]


@pytest.mark.parametrize(
    ("f", "args", "more"),
    [
        (loss, (X, np.eye(3)), {}),
        (loss, (X, np.eye(3)), {"kwargs": {"scale": 0.5}}),
        (loss, (X, np.eye(3)), {"wrt": "w"}),
        (loss, (X, np.eye(3)), {"wrt": ("x", 0), "order": 2, "modes": ("rev",)}),
        (several, (X, 0.4), {}),
        (several, (X, 2), {"wrt": ("x", "y")}),
        (several, (X.astype(np.float32), np.float32(0.4)), {}),
        (np.arctan2, (X, X + 1.0), {"order": 3, "modes": ("rev",)}),
        (np.sum, (np.ones((20, 30)),), {"kwargs": {"axis": 1}, "modes": ("rev",)}),
        (lambda x, axis: np.sum(x * x, axis), (np.ones((20, 30)), 1), {}),
        (np.sin, (X,), {"method": "complex"}),
        (np.sin, (X,), {"method": "central", "rtol": 1e-9}),
        (np.sin, (X[::-1],), {"modes": ("fwd",)}),
    ],
)
def test_right_derivatives_pass(f, args, more):
    check_grads(f, args, **more)


def test_containers_with_integers_and_strings():
    def f(p, n):
        return p["w"] * np.sum(p["b"][0]) ** n

    p = {"w": 1.5, "b": [np.ones(2), 2.0], "n": 3, "name": "layer"}
    check_grads(f, (p, 2), wrt="p")
    assert same(p, {"w": 1.5, "b": [np.ones(2), 2.0], "n": 3, "name": "layer"})


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
    return np.sum(x * x) + x[0]


@pullback(missing_term)
def missing_term_rule(x, *, d):
    return 2.0 * d * x


@pushforward(missing_term)
def missing_term_tangent(x, *, d):
    return 2.0 * np.sum(x * d) + d[0]


def wrong_tangent(x):
    return np.sum(x * x)


@pullback(wrong_tangent)
def wrong_tangent_rule(x, *, d):
    return 2.0 * d * x


@pushforward(wrong_tangent)
def wrong_tangent_rule_forward(x, *, d):
    return np.sum(x * d)


def not_linear(x):
    return x + 1.0


def offset(d):
    return d + 1e-3


@elementwise(not_linear)
def not_linear_rule(x, *, d):
    return offset(d)


def wrong_shape(x):
    return np.sum(x)


@linear(wrong_shape)
def wrong_shape_rule(x, *, d):
    return np.sum(x * 0.0) + d


@pytest.mark.parametrize(
    ("f", "args", "more", "says"),
    [
        (wrong_sign, (X,), {"modes": ("rev",)}, r"reverse mode disagrees with differences: argument 'x', index \[0\]"),
        (wrong_sign, (X,), {}, r"differences disagree with forward and reverse mode, which agree: argument 'x'"),
        (wrong_factor, (X, X), {}, r"argument 'y', index \[0\]"),
        (
            missing_term,
            (X,),
            {},
            r"reverse mode disagrees with forward mode and differences: argument 'x', index \[0\]",
        ),
        (wrong_tangent, (X,), {}, r"forward mode disagrees with reverse mode and differences: argument 'x'"),
        (
            wrong_tangent,
            (X,),
            {"modes": ("fwd",)},
            r"forward mode disagrees with differences: argument 'x', index \[0\]",
        ),
        (not_linear, (X,), {"modes": ("rev",)}, "a seed of zeros does not give zeros"),
        (wrong_shape, (X,), {"modes": ("rev",)}, r"the gradient of 'x' has shape \(\), not \(3,\)"),
    ],
)
def test_planted_errors_are_found(f, args, more, says):
    with pytest.raises(AssertionError, match=says):
        check_grads(f, args, **more)


def meddling(monkeypatch, transform, meddle):
    """Let srcgrad's derivatives do something to their arguments, value, or pullback."""
    whole = getattr(srcgrad, transform)

    def changed(f, wrt):
        derivative = whole(f, wrt)

        def call(*args, **kwargs):
            return meddle(args, kwargs, derivative(*args, **kwargs))

        call.__signature__ = derivative.__signature__
        call.source_for = derivative.source_for
        return call

    monkeypatch.setattr(srcgrad, transform, changed)


def spoils_argument(args, kwargs, result):
    args[0]["w"][1] += 1
    return result


def spoils_list(args, kwargs, result):
    args[0]["w"].append(2.0)
    return result


def spoils_value(args, kwargs, result):
    return result[0] + 1e-15, result[1]


def spoils_cotangent(args, kwargs, result):
    def pullback(y_bar):
        made = result[1](y_bar)
        y_bar *= 2.0
        return made

    return result[0], pullback


def shares_memory(args, kwargs, result):
    return result[0], lambda y_bar: (args[0]["v"],)


@pytest.mark.parametrize(
    ("transform", "meddle", "says"),
    [
        ("vjp", spoils_argument, "reverse mode changes the argument at position 0"),
        ("vjp", spoils_list, "reverse mode changes the argument at position 0"),
        ("jvp", spoils_argument, "forward mode changes the argument at position 0"),
        ("vjp", spoils_value, "reverse mode returns another value than the function"),
        ("jvp", spoils_value, "forward mode returns another value than the function"),
        ("vjp", spoils_cotangent, "reverse mode changes the cotangent"),
        ("vjp", shares_memory, "shares memory with an argument"),
    ],
)
def test_what_a_derivative_must_not_do(monkeypatch, transform, meddle, says):
    def f(p):
        return p["v"] * p["w"][0]

    meddling(monkeypatch, transform, meddle)
    with pytest.raises(AssertionError, match=says):
        check_grads(f, ({"v": X, "w": [2.0, 3]},), modes=("rev",) if transform == "vjp" else ("fwd",))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda g: [g["v"], g["w"]], "is a list, not a dict"),
        (lambda g: {"v": g["v"]}, "has the keys"),
        (lambda g: {**g, "v": g["v"].astype(np.float32)}, r"\['v'\] has dtype float32, not float64"),
        (lambda g: {**g, "v": g["v"][:2]}, r"\['v'\] has shape \(2,\), not \(3,\)"),
        (lambda g: {**g, "w": tuple(g["w"])}, r"\['w'\] is a tuple, not a list"),
        (lambda g: {**g, "w": [np.array(g["w"][0]), 0.0]}, r"\['w'\], \[0\] is a ndarray, not a float"),
    ],
)
def test_a_gradient_of_another_structure(monkeypatch, spoil, says):
    def f(p):
        return p["v"] * p["w"][0]

    def meddle(args, kwargs, result):
        return result[0], lambda y_bar: (spoil(result[1](y_bar)[0]),)

    meddling(monkeypatch, "vjp", meddle)
    with pytest.raises(AssertionError, match=says):
        check_grads(f, ({"v": X, "w": [2.0, 3]},), modes=("rev",))


def test_the_numbers_are_shown():
    with pytest.raises(AssertionError) as caught:
        check_grads(wrong_sign, (0.5,), modes=("rev",))
    lines = str(caught.value).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["reverse", "differences"]


def test_a_wrong_number_among_many_is_found_and_named():
    def f(x):
        return np.sum(x * x) + wrong_sign(x[77])

    with pytest.raises(AssertionError, match=r"argument 'x', index \[77\]"):
        check_grads(f, (np.linspace(0.1, 2.0, 100),), modes=("rev",))


def test_a_wrong_second_derivative_is_found():
    def f(x):
        return np.sum(first(x))

    with pytest.raises(AssertionError, match=r"the derivative of the gradient \(order 2\)"):
        check_grads(f, (X,), order=2, modes=("rev",))
    check_grads(f, (X,), modes=("rev",))


def first(x):
    return np.sin(x)


def slope_of_first(x):
    return np.cos(x)


@elementwise(first)
def first_rule(x, *, d):
    return d * slope_of_first(x)


@elementwise(slope_of_first)
def slope_of_first_rule(x, *, d):
    return d * np.sin(x)


def test_forward_and_reverse_mode_that_are_no_transposes():
    check_dot_product(np.hypot, (X, 0.5))
    with pytest.raises(AssertionError, match="forward and reverse mode disagree"):
        check_dot_product(wrong_tangent, (X,))


def test_a_kink_is_told_by_both_modes():
    with pytest.raises(AssertionError, match="differences disagree with forward and reverse mode"):
        check_grads(lambda x: x * x + np.round(x), (np.array([0.5]),))


# --- what cannot be checked


def test_nothing_to_differentiate():
    with pytest.raises(ValueError, match="no argument holds real numbers"):
        check_grads(lambda n: n * 1.5, (np.arange(3),))
    with pytest.raises(TypeError, match="wrt names 'z'"):
        check_grads(loss, (X, np.eye(3)), wrt="z")
    with pytest.raises(ValueError, match="modes are"):
        check_grads(loss, (X, np.eye(3)), modes=("reverse",))


def test_a_refusal_is_handed_on():
    with pytest.raises(srcgrad.DifferentiationError):
        check_grads(lambda x: np.unwrap(x), (X,))


def test_the_module_is_imported_when_it_is_asked_for():
    code = "import sys, srcgrad; print('srcgrad.testing' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


# --- differences and structures


@pytest.mark.parametrize("x", [0.0, 1e-8, 0.5, 300.0, np.linspace(-3.0, 3.0, 4)])
def test_differences_are_good_to_nine_digits(x):
    problem = problem_of(lambda x: np.exp(-x / 100.0) * np.sin(x), (x,))
    direction = np.ones(np.size(x))
    found = slope(problem, direction, "central").numbers
    exact = slope(problem, direction, "complex").numbers
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-10)


def test_a_complex_step_is_not_believed_where_it_is_wrong():
    problem = problem_of(np.abs, (np.array([-0.5]),))
    assert not slope(problem, np.ones(1)).exact
    np.testing.assert_allclose(slope(problem, np.ones(1)).numbers, -1.0)


def test_single_precision_is_moved_in_double():
    problem = problem_of(np.sin, (np.float32(0.5),))
    np.testing.assert_allclose(slope(problem, np.ones(1)).numbers, np.cos(0.5), rtol=1e-12)


@pytest.mark.parametrize("f", [np.sort, np.max, np.median, np.abs])
def test_kinks_are_known(f):
    x = np.zeros(3)
    assert not is_smooth(problem_of(f, (x,)), np.random.default_rng(0))
    assert is_smooth(problem_of(f, (X,)), np.random.default_rng(0))


@pytest.mark.parametrize(
    "x",
    [
        np.arange(6.0).reshape(2, 3)[:, ::-1],
        np.arange(6.0).reshape(2, 3).T,
        np.arange(12.0).reshape(2, 6)[:, ::2],
        np.broadcast_to(np.arange(3.0), (2, 3)),
        np.zeros((0, 3)),
        np.array(0.5),
    ],
)
def test_copies_keep_the_layout(x):
    made = deep_copy([x])[0]
    assert same(made, x)
    assert not np.shares_memory(made, x)
    assert [np.sign(s) for s in made.strides] == [np.sign(s) for s in x.strides]
    assert made.flags.writeable == x.flags.writeable
    assert made.flags.c_contiguous == x.flags.c_contiguous


def test_packing_is_undone_by_unpacking():
    x = {"a": (np.ones((2, 2), np.float32), 1.5), "b": [2, "text", np.float64(3.0)]}
    assert same(unpack(x, pack(x)), x)
    assert random_like(x, np.random.default_rng(0))["b"][:2] == [2, "text"]


def test_comparisons_name_the_result_s_number():
    with pytest.raises(AssertionError, match=r"the result's \[0\]\[1\]"):
        check_grads(two_results, (X,), modes=("fwd",))


def two_results(x):
    return wrong_second(x), np.sum(x)


def wrong_second(x):
    return x * np.array([1.0, 2.0, 3.0])


@pullback(wrong_second)
def wrong_second_rule(x, *, d):
    return d * np.array([1.0, 2.0, 3.0])


@pushforward(wrong_second)
def wrong_second_tangent(x, *, d):
    return d * np.array([1.0, 2.5, 3.0])


# --- complex numbers are two real ones


def energy(z):
    return np.abs(z) ** 2


def mixed(z, x):
    return np.conj(z) * x + z * z, [np.sum(np.real(z) * x)]


def wrong_conjugate(z):
    return np.conj(z)


@elementwise(wrong_conjugate)
def wrong_conjugate_rule(z, *, d):
    return d


@pytest.mark.parametrize(
    ("f", "args", "more"),
    [
        (energy, (1 + 2j,), {}),
        (energy, (1 + 2j,), {"order": 2}),
        (energy, (np.array([1 + 2j, 0.5 - 0.1j]),), {"order": 2}),
        (mixed, (np.array([1 + 2j, 0.5 - 0.1j]), X[:2]), {}),
        (mixed, (np.array([1 + 2j, 0.5 - 0.1j]), X[:2]), {"order": 2}),
        (mixed, (X[:2] + 1j, 2.0), {"wrt": "x"}),
        (mixed, (np.array([1 + 2j], np.complex64), X[:1].astype(np.float32)), {}),
        (lambda x: np.exp(1j * x), (X,), {"order": 2}),
        (np.conj, (np.linspace(0, 1, 50) + 2j,), {}),
    ],
)
def test_functions_of_complex_numbers_need_not_be_analytic(f, args, more):
    check_grads(f, args, **more)
    check_dot_product(f, args, more.get("wrt"))


def test_a_wrong_derivative_of_what_is_not_analytic_is_found():
    with pytest.raises(AssertionError, match=r"argument 'z', index \[0\].imag"):
        check_grads(wrong_conjugate, (np.array([1 + 2j, 3.0]),))
    check_grads(wrong_conjugate, (X,))


def test_a_complex_step_is_none_of_a_function_that_makes_complex_numbers():
    with pytest.raises(ValueError, match="does not hand complex numbers through"):
        check_grads(lambda x: np.exp(1j * x), (X,), method="complex")
