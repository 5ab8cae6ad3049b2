"""The operators beside ``grad``: what they return, as functions and as decorators, saved and pickled."""

from __future__ import annotations

import collections
import importlib.util
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError
from srcgrad.analysis.computing import is_ufunc_of_elements

X = np.array([0.3, -0.7, 1.1])
K = np.array([[0.5, 0.1, -0.3], [0.2, -0.4, 0.6]])


def mixed(x: Any, k: Any) -> Any:
    return np.tanh(k @ x) * x[0]


def energy(x: Any, a: Any) -> Any:
    y = x
    for _ in range(2):
        y = np.sin(a * y) + x
    return np.sum(y * y)


def parts(x: Any) -> Any:
    return x[0] * x, np.sum(x * x)


def add(a: Any, b: Any) -> Any:
    """A global of the name of a helper that only the pushforward uses."""
    return a * 1000 + b


def adds(x: Any) -> Any:
    k = add(2, 3)
    s = x
    for _ in range(3):
        s = s + np.sin(x * s) * k
    return s


def with_aux(x: Any) -> Any:
    return x * x, "seen"


def of_pair(pair: Any) -> Any:
    a, b = pair
    return a * b


def with_default(x: Any, scale: Any = 2.0) -> Any:
    return scale * x * x


def columns(function: Callable[..., Any], x: Any) -> Any:
    step = 1e-6
    return np.stack([(function(x + step * e) - function(x - step * e)) / (2 * step) for e in np.eye(len(x))], -1)


# --- Jacobians


@pytest.mark.parametrize("mode", [None, "forward", "reverse"])
def test_jacobian_has_the_shape_of_the_result_and_of_the_argument(mode: str | None) -> None:
    jacobian = srcgrad.jacobian(mixed, mode=mode)
    for _ in range(2):
        np.testing.assert_allclose(jacobian(X, K), columns(lambda x: mixed(x, K), X), rtol=1e-8, atol=1e-9)
    by_k = srcgrad.jacobian(mixed, "k", mode=mode)(X, K)
    assert by_k.shape == (2, 2, 3)
    np.testing.assert_allclose(by_k[1, 0], np.zeros(3))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobians_of_several_arguments_and_structures(mode: str) -> None:
    by_x, by_k = srcgrad.jacobian(mixed, ("x", "k"), mode=mode)(X, K)
    assert by_x.shape == (2, 3)
    assert by_k.shape == (2, 2, 3)
    (alone,) = srcgrad.jacobian(mixed, ("x",), mode=mode)(X, K)
    np.testing.assert_allclose(alone, by_x, rtol=1e-12)
    first, second = srcgrad.jacobian(parts, mode=mode)(X)
    np.testing.assert_allclose(first, np.diag(np.full(3, X[0])) + np.outer(X, [1, 0, 0]), rtol=1e-12)
    np.testing.assert_allclose(second, 2 * X, rtol=1e-12)
    (by_a, by_b) = srcgrad.jacobian(of_pair, mode=mode)((X, X + 1))
    np.testing.assert_allclose(by_a, np.diag(X + 1), rtol=1e-12)
    np.testing.assert_allclose(by_b, np.diag(X), rtol=1e-12)
    value, seen = srcgrad.jacobian(with_aux, mode=mode, has_aux=True)(X)
    np.testing.assert_allclose(value, np.diag(2 * X), rtol=1e-12)
    assert seen == "seen"


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobians_of_nothing_and_of_numbers(mode: str) -> None:
    assert srcgrad.jacobian(with_default, mode=mode)(np.zeros(0)).shape == (0, 0)
    assert srcgrad.jacobian(energy, mode=mode)(np.zeros(0), 1.0).shape == (0,)
    assert srcgrad.jacobian(with_default, mode=mode)(3.0) == 12.0
    assert srcgrad.jacobian(lambda x: np.sum(x * x), mode=mode)(X).shape == (3,)
    assert srcgrad.jacobian(with_default, mode=mode)(X.astype(np.float32)).dtype == np.float32


def test_jacobian_computes_rows_where_these_are_fewer() -> None:
    jacobian = srcgrad.jacobian(energy)
    first = jacobian(X, 0.5)
    assert "_jvp" in jacobian.source
    second = jacobian(X, 0.5)
    np.testing.assert_allclose(first, second, rtol=1e-12)
    np.testing.assert_allclose(first, srcgrad.grad(energy)(X, 0.5), rtol=1e-12)


def test_a_jacobian_prints_once(capsys: pytest.CaptureFixture[str]) -> None:
    def noisy(x: Any) -> Any:
        print("here")
        return x * x

    for mode in ("forward", "reverse"):
        srcgrad.jacobian(noisy, mode=mode)(X)
        assert capsys.readouterr().out == "here\n"


def test_another_mode_is_no_mode() -> None:
    with pytest.raises(ValueError, match="mode must be"):
        srcgrad.jacobian(mixed, mode="sideways")


# --- second derivatives


def test_hessian_and_its_products() -> None:
    hessian = srcgrad.hessian(energy)(X, 0.5)
    np.testing.assert_allclose(hessian, columns(lambda x: srcgrad.grad(energy)(x, 0.5), X), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12)
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(srcgrad.hvp(energy)(X, 0.5, v), hessian @ v, rtol=1e-12)
    ((xx, xa), (ax, aa)) = srcgrad.hessian(energy, ("x", "a"))(X, 0.5)
    np.testing.assert_allclose(xx, hessian, rtol=1e-12)
    np.testing.assert_allclose(xa, ax, rtol=1e-12)
    by_x, by_a = srcgrad.hvp(energy, ("x", "a"))(X, 0.5, v, 2.0)
    np.testing.assert_allclose(by_x, xx @ v + 2.0 * xa, rtol=1e-12)
    np.testing.assert_allclose(by_a, ax @ v + 2.0 * aa, rtol=1e-12)


def test_the_gradient_is_not_computed_beside_the_product() -> None:
    text = srcgrad.hvp(energy).source_for(X, 0.5, X)
    assert "_tangent(" in text


def test_second_derivatives_of_primitives_take_their_keywords() -> None:
    v = np.ones((2, 3))
    np.testing.assert_allclose(srcgrad.hvp(np.sum)(K, axis=0, a_dot=v), np.zeros((2, 3)))
    np.testing.assert_allclose(srcgrad.hvp(np.prod)(X, a_dot=X), srcgrad.hvp(np.prod)(X, X), rtol=1e-12)
    assert srcgrad.hessian(np.var)(K, axis=1).shape == (2, 3, 2, 3)
    np.testing.assert_allclose(srcgrad.grad(srcgrad.grad(np.var))(K, axis=1), np.zeros((2, 3)), atol=1e-15)


def test_elementwise_grad_has_the_shape_of_the_argument() -> None:
    slopes = srcgrad.elementwise_grad(lambda x: np.exp(x) * x)
    np.testing.assert_allclose(slopes(K), np.exp(K) * (K + 1), rtol=1e-12)
    assert slopes(0.0) == 1.0
    with pytest.raises(ValueError, match="no function of elements"):
        srcgrad.elementwise_grad(lambda x: np.sum(x * x))(X)


# --- forward mode


def test_tangents_come_after_the_arguments() -> None:
    value, tangent = srcgrad.jvp(mixed, ("x", "k"))(X, K, np.ones(3), np.zeros((2, 3)))
    np.testing.assert_allclose(value, mixed(X, K))
    np.testing.assert_allclose(tangent, srcgrad.jacobian(mixed)(X, K) @ np.ones(3), rtol=1e-12)
    assert srcgrad.jvp(with_default)(3.0, x_dot=1.0) == (18.0, 12.0)
    with pytest.raises(TypeError):
        srcgrad.jvp(with_default)(3.0, 1.0)
    value, tangent, seen = srcgrad.jvp(with_aux, has_aux=True)(X, np.ones(3))
    np.testing.assert_allclose(tangent, 2 * X)
    assert seen == "seen"


def test_tangents_have_the_shape_and_get_the_dtype_of_their_values() -> None:
    jvp = srcgrad.jvp(lambda x: x + 1.0)
    with pytest.raises(ValueError, match="x_dot has shape"):
        jvp(X, 1.0)
    with pytest.raises(TypeError, match="x_dot must be real"):
        jvp(X, X + 1j)
    assert jvp(X.astype(np.float32), np.array([1, 2, 3]))[1].dtype == np.float32
    with pytest.raises(TypeError, match="pair_dot must be a tuple"):
        srcgrad.jvp(of_pair)((X, X), X)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, a: np.where(x > 0, x, a),
        lambda x, a: np.maximum(x, a),
        lambda x, a: np.clip(x, a, 1.0),
        lambda x, a: x + a,
    ],
)
@pytest.mark.skipif(np.__version__.startswith("1."), reason="NumPy 1 promotes numbers by value")
def test_a_number_among_the_tangents_adds_no_digits(function: Any) -> None:
    value, tangent = srcgrad.jvp(function, ("x", "a"))(X.astype(np.float32), 0.5, X, 1.0)
    assert value.dtype == tangent.dtype == np.float32


def test_of_an_array_without_dimensions_the_tangent_is_a_number_too() -> None:
    value, tangent = srcgrad.jvp(lambda x: +x)(np.array(2.0), np.array(3.0))
    assert type(value) is type(tangent) is np.float64


def test_an_operand_without_tangent_may_be_larger() -> None:
    _, tangent = srcgrad.jvp(lambda x, b: b + x, "x")(2.0, K, 1.0)
    np.testing.assert_array_equal(tangent, np.ones((2, 3)))
    _, tangent = srcgrad.jvp(lambda x: 3.0)(X, X)
    assert tangent == 0.0


# --- linearize


def test_a_pushforward_can_be_called_often() -> None:
    value, pushforward = srcgrad.linearize(energy, ("x", "a"))(X, 0.5)
    assert value == energy(X, 0.5)
    for x_dot, a_dot in ((np.ones(3), 0.0), (X, 1.0), (np.ones(3), 0.0)):
        expected = srcgrad.jvp(energy, ("x", "a"))(X, 0.5, x_dot, a_dot)[1]
        np.testing.assert_allclose(pushforward(x_dot, a_dot), expected, rtol=1e-12)
    with pytest.raises(TypeError, match="2 tangents"):
        pushforward(X)
    with pytest.raises(ValueError, match="tangent 0 has shape"):
        pushforward(1.0, 1.0)


def test_linearize_with_aux() -> None:
    value, pushforward, seen = srcgrad.linearize(with_aux, has_aux=True)(X)
    np.testing.assert_allclose(value, X * X)
    np.testing.assert_allclose(pushforward(np.ones(3)), 2 * X)
    assert seen == "seen"


def test_linearize_where_a_global_has_the_name_of_a_helper() -> None:
    linearized = srcgrad.linearize(adds)
    value, pushforward = linearized(0.3)
    expected = srcgrad.jvp(adds)(0.3, 1.0)
    np.testing.assert_allclose((value, pushforward(1.0)), expected, rtol=1e-12)
    assert "import add as add_2" in linearized.source


# --- all of them

ALL = {
    "jvp": (srcgrad.jvp(mixed, ("x", "k")), (X, K, np.ones(3), K)),
    "jacobian": (srcgrad.jacobian(mixed), (X, K)),
    "jacobian_lone": (srcgrad.jacobian(mixed, ("x",), mode="forward"), (X, K)),
    "jacobian_reverse": (srcgrad.jacobian(mixed, mode="reverse"), (X, K)),
    "hessian": (srcgrad.hessian(energy), (X, 0.5)),
    "hvp": (srcgrad.hvp(energy), (X, 0.5, X)),
    "elementwise_grad": (srcgrad.elementwise_grad(with_default), (X,)),
}


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        assert isinstance(found, tuple)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_saved_and_pickled(name: str, tmp_path: Path) -> None:
    derivative, args = ALL[name]
    expected = derivative(*args)
    path = tmp_path / f"{name}_saved.py"
    derivative.save(path, *args)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (function,) = (getattr(module, public) for public in module.__all__)
    same(function(*args), expected)
    assert "import srcgrad" not in path.read_text(encoding="utf-8")
    same(pickle.loads(pickle.dumps(derivative))(*args), expected)
    assert derivative.stages


@pytest.mark.parametrize("wrt", ["x", ("x",), ("x", "a")])
def test_linearize_is_saved_and_pickled(wrt: Any, tmp_path: Path) -> None:
    linearized = srcgrad.linearize(energy, wrt)
    tangents = (X, 1.0) if wrt == ("x", "a") else (X,)
    value, pushforward = linearized(X, 0.5)
    expected = pushforward(*tangents)
    path = tmp_path / "energy_linearized.py"
    linearized.save(path, X, 0.5)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found, saved = module.energy_fwd(X, 0.5)
    assert found == value
    given = tangents if len(tangents) > 1 else tangents[0]
    np.testing.assert_allclose(module.energy_pushforward(saved, value, given), expected, rtol=1e-12)
    restored = pickle.loads(pickle.dumps(linearized))
    np.testing.assert_allclose(restored(X, 0.5)[1](*tangents), expected, rtol=1e-12)


@pytest.mark.parametrize("transform", [srcgrad.jvp, srcgrad.jacobian, srcgrad.elementwise_grad, srcgrad.linearize])
def test_operators_are_decorators(transform: Any) -> None:
    @transform
    def bare(x: Any) -> Any:
        return x * x

    @transform(wrt="x")
    def with_options(x: Any) -> Any:
        return x * x

    args = (3.0, 1.0) if transform is srcgrad.jvp else (3.0,)
    results = bare(*args), with_options(*args)
    if transform is srcgrad.linearize:
        results = tuple(pushforward(1.0) for _, pushforward in results)
    assert results[0] == results[1]


def test_second_derivatives_are_decorators() -> None:
    @srcgrad.hessian
    def curvature(x: Any) -> Any:
        return x**3

    @srcgrad.hvp(wrt="x")
    def product(x: Any) -> Any:
        return x**3

    assert curvature(2.0) == 12.0
    assert product(2.0, 0.5) == 6.0


def test_tangents_that_are_named_tuples() -> None:
    one = collections.namedtuple("one", "a")

    def ends(t: Any) -> Any:
        return t[0][0][0] * t[1] + t[0][0][-1]

    a, b = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])
    assert srcgrad.jvp(ends)([one(a), 3.0], [one(b), 1.0]) == (6.0, 4.5)


def test_jacobian_where_only_reverse_mode_is_possible() -> None:
    def halved(x: Any) -> Any:
        return x / 2

    @srcgrad.rules.pullback(halved)
    def halved_rule(x, *, d):  # type: ignore[no-untyped-def]
        return d / 2

    def function(x: Any) -> Any:
        return halved(x) * x

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(srcgrad.jacobian(function)(x), np.diag(x))
    np.testing.assert_allclose(srcgrad.jacobian(function, wrt=("x",))(x)[0], np.diag(x))
    with pytest.raises(DifferentiationError, match="does not say its tangent"):
        srcgrad.jacobian(function, mode="forward")(x)


def test_a_later_result_of_a_jacobian_may_be_complex() -> None:
    jacobian = srcgrad.jacobian(lambda x: np.sum(x**2) * (1j if x[0] > 1 else 1.0))
    x = np.array([0.7, 1.3])
    np.testing.assert_allclose(jacobian(x), 2 * x)
    np.testing.assert_allclose(jacobian(x + 1), 2j * (x + 1))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobians_of_lists_in_lists(mode: Any) -> None:
    def joined(x: Any) -> Any:
        return np.concatenate([x, [x[0], x[0] * x[1]]])

    def stacked(x: Any) -> Any:
        return np.stack([[x[0], x[1] ** 2], [x[0] * x[1], 1.0]])

    x = np.array([2.0, 3.0])
    expected = [[1, 0], [0, 1], [1, 0], [3, 2]]
    np.testing.assert_allclose(srcgrad.jacobian(joined, mode=mode)(x), expected)
    np.testing.assert_allclose(srcgrad.jacobian(stacked, mode=mode)(x), [[[1, 0], [0, 6]], [[3, 2], [0, 0]]])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobians_by_nothing(mode: Any) -> None:
    def scaled(factors: Any, x: Any) -> Any:
        return x * 2.0 if len(factors) == 0 else x * factors[0]

    jacobian = srcgrad.jacobian(scaled, ("factors", "x"), mode=mode)
    none, found = jacobian([], np.ones(2))
    assert list(none) == []
    np.testing.assert_allclose(found, 2 * np.eye(2))
    np.testing.assert_allclose(srcgrad.jacobian(jacobian, "x", mode=mode)([], np.ones(2))[1], np.zeros((2, 2, 2)))


def test_gradients_of_jacobians_of_results_that_are_not_all_numbers() -> None:
    found = srcgrad.grad(srcgrad.jacobian(lambda x: (x * x, None)))(np.ones(2))
    np.testing.assert_allclose(found, [2.0, 2.0])


PAIR = (0, 1)


@pytest.mark.parametrize("mode", [None, "forward", "reverse"])
def test_jacobians_of_elements_at_a_tuple_from_anywhere(mode: Any) -> None:
    def of_global(x: Any) -> Any:
        return x[PAIR] ** 2

    def of_local(x: Any) -> Any:
        first = (1, 0)
        return x[first] ** 2

    def of_argument(x: Any, place: Any) -> Any:
        return np.sin(x)[place]

    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(srcgrad.jacobian(of_global, mode=mode)(x), [[0, 4], [0, 0]])
    np.testing.assert_allclose(srcgrad.jacobian(of_local, mode=mode)(x), [[0, 0], [6, 0]])
    assert srcgrad.jacobian(of_argument, mode=mode)(x[:1, :1], (0, 0)).shape == (1, 1)
    for place in (PAIR, (0, [0, 1]), ([0, 1], slice(None), [0, 1]), [0, 1], None, slice(0, 1), True, np.int64(1)):
        y = np.arange(1.0, 13.0).reshape(2, 3, 2)
        rows = np.eye(12).reshape(12, *y.shape)
        expected = np.stack([(np.cos(y) * row)[place] for row in rows], -1)
        found = srcgrad.jacobian(of_argument, mode=mode)(y, place)
        np.testing.assert_allclose(found, expected.reshape(*expected.shape[:-1], *y.shape))


@pytest.mark.parametrize("first", ["forward", "reverse"])
@pytest.mark.parametrize("second", ["forward", "reverse"])
def test_jacobians_of_jacobians_of_elements_at_a_list(first: Any, second: Any) -> None:
    places = np.array([0, 1, 1])

    def at_list(x: Any) -> Any:
        return x[[0, 1]] * x[0]

    def at_array(x: Any, i: Any) -> Any:
        return np.sum(x[i] ** 2) * x[0]

    x = np.array([1.0, 2.0, 3.0])
    found = srcgrad.jacobian(srcgrad.jacobian(at_list, mode=first), mode=second)(x)
    np.testing.assert_allclose(found, [[[2, 0, 0], [0, 0, 0], [0, 0, 0]], [[0, 1, 0], [1, 0, 0], [0, 0, 0]]])
    found = srcgrad.jacobian(srcgrad.jacobian(at_array, mode=first), mode=second)(x, places)
    np.testing.assert_allclose(found, [[6, 8, 0], [8, 4, 0], [0, 0, 0]])


@pytest.mark.parametrize("x", [2.0, np.float32(2.0), np.float16(2.0), [np.float32(2.0)], (np.float16(2.0), 1.0)])
def test_rows_of_complex_results_by_any_real_number_are_refused(x: Any) -> None:
    def turned(x: Any) -> Any:
        return (x[0] if isinstance(x, (list, tuple)) else x) * (1 + 2j)

    with pytest.raises(TypeError, match="mode='forward'"):
        srcgrad.jacobian(turned, mode="reverse")(x)
    assert np.ravel(srcgrad.jacobian(turned, mode="forward")(x))[0] == 1 + 2j


def applied(a: Any, x: Any) -> Any:
    return a @ x


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_rules_may_call_ufuncs_with_a_signature(mode: Any) -> None:
    vecmat = getattr(np, "vecmat", lambda d, a: d @ a)  # from NumPy 2.2 on; a product of the same meaning before

    @srcgrad.rules.bilinear(applied)
    def applied_rule(a, x, *, d):  # type: ignore[no-untyped-def]
        return np.outer(d, x), vecmat(d, a)

    a = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(srcgrad.jacobian(applied, "x", mode=mode)(a, X), a)


def test_what_has_axes_is_no_ufunc_of_elements() -> None:
    assert all(map(is_ufunc_of_elements, [np.add, np.sin, np.arctan2]))
    assert not any(map(is_ufunc_of_elements, [np.matmul, np.linalg.norm, getattr(np, "vecdot", np.matmul), np.sum]))


def test_linearize_of_integers_is_zero() -> None:
    def floors(x: Any) -> Any:
        return x * 2.0, x.astype(int), [x > 1.0, x[0] > 1.0]

    x = np.array([1.5, 2.5])
    value, push = srcgrad.linearize(lambda x: x.astype(int))(x)
    assert value.tolist() == [1, 2]
    assert push(x).tolist() == [0.0, 0.0]
    tangents = srcgrad.linearize(floors)(x)[1](x)
    assert tangents[0].tolist() == [3.0, 5.0]
    assert [np.asarray(t).tolist() for t in (tangents[1], *tangents[2])] == [[0.0, 0.0], [0.0, 0.0], 0.0]


def cubes(x: Any) -> Any:
    return x**3, "seen"


def test_every_operator_takes_an_auxiliary_value(tmp_path: Path) -> None:
    x, v = X, np.array([1.0, 2.0, 0.5])
    for operator, tangents, expected in (
        (srcgrad.elementwise_grad, (), 3 * x**2),
        (srcgrad.hessian, (), np.diag(6 * x)),
        (srcgrad.hvp, (v,), 6 * x * v),
    ):
        made = operator(cubes, has_aux=True)
        for derivative in (made, operator(has_aux=True)(cubes), pickle.loads(pickle.dumps(made))):
            found, seen = derivative(x, *tangents)
            np.testing.assert_allclose(found, expected)
            assert seen == "seen"
        made.save(tmp_path / "m.py", x, *tangents)
        assert "seen" in (tmp_path / "m.py").read_text(encoding="utf-8")
        (tmp_path / "m.py").unlink()
    both = srcgrad.hessian(lambda x, y: (x * x * y, y), ("x", "y"), has_aux=True)(2.0, 3.0)
    assert both == (((6.0, 4.0), (4.0, 0.0)), 3.0)
    with pytest.raises(ValueError, match="no function of elements"):
        srcgrad.elementwise_grad(lambda x: (np.sum(x), None), has_aux=True)(x)


def test_second_derivatives_of_holomorphic_functions() -> None:
    def cubed(x: Any) -> Any:
        return np.sum(x**3)

    x, v = X * (1 + 2j), X - 1j
    np.testing.assert_allclose(srcgrad.hessian(cubed, holomorphic=True)(x), np.diag(6 * x))
    np.testing.assert_allclose(srcgrad.hvp(cubed, holomorphic=True)(x, v), 6 * x * v)
    np.testing.assert_allclose(srcgrad.elementwise_grad(lambda x: x**3, holomorphic=True)(x), 3 * x**2)
    with pytest.raises(DifferentiationError, match="holomorphic"):
        srcgrad.hvp(cubed)(x, v)
