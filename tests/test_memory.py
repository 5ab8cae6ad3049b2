"""Arrays that share memory in ways that no view of NumPy's own shows, as arguments and in what is kept."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import srcgrad
from srcgrad.contents import twins, zero_twins
from srcgrad.memory import is_woven
from srcgrad.testing import check_grads


def first_twice(x: Any, y: Any, /) -> Any:
    x[0] = y[0] * 2.0
    return x * y


def updated(x: Any, y: Any) -> Any:
    x += 1.0
    return x * y


def stored(x: Any, y: Any) -> Any:
    x[:] = x + 1.0
    return x * y


def test_positional_only_parameters() -> None:
    value, (x_bar, y_bar) = srcgrad.value_and_grad(first_twice, (0, 1))(np.ones(2), np.array([3.0, 4.0]))
    assert value.tolist() == [18.0, 4.0]
    assert x_bar.tolist() == [0.0, 4.0]
    assert y_bar.tolist() == [12.0, 1.0]


@pytest.mark.parametrize("function", [updated, stored])
def test_arguments_that_share_storage_with_what_is_changed(function: Any, tmp_path: Any) -> None:
    a = np.array([0.5, 2.0, 1.0, 3.0])
    derivative = srcgrad.grad(function)
    assert derivative(a[:2], a[2:]).tolist() == [1.0, 3.0]  # apart, though in one array
    for other in (a, a[1:3], memoryview(a)):
        with pytest.raises(srcgrad.DifferentiationError, match="shares storage"):
            derivative(a[:2], np.asarray(other)[:2])
    derivative.save(tmp_path / "saved.py", a, a.copy())
    namespace: dict[str, Any] = {}
    exec((tmp_path / "saved.py").read_text(), namespace)
    made = namespace[f"{function.__name__}_grad"]
    assert made(a, np.ones(4)).tolist() == [1.0] * 4
    with pytest.raises(ValueError, match="shares storage"):
        made(a, a[::-1])


def test_twins_share_as_their_originals() -> None:
    whole = np.arange(12.0).reshape(2, 3, 2).transpose(1, 0, 2).copy(order="K")
    line = np.arange(5.0)
    windows = sliding_window_view(line, 3)
    first, part, other, again = twins([whole, whole[1:], whole[:, ::-1], windows])
    assert first.strides == whole.strides
    assert np.array_equal(part, whole[1:])
    assert np.array_equal(other, whole[:, ::-1])
    assert np.array_equal(again, windows)
    first[1, 0, 0] = 70.0
    assert part[0, 0, 0] == other[1, 1, 0] == 70.0
    with pytest.raises(TypeError, match="repeats elements"):
        zero_twins([windows, line])


def test_copies_of_pullbacks_keep_what_is_shared() -> None:
    def f(x: Any) -> Any:
        y = x * 2.0
        v = y[1:]
        v *= v
        y[0] = v[0] * v[1]
        return v * y[0]

    x = np.array([0.5, 0.9, 0.3])
    _, pullback = srcgrad.vjp(f)(x)
    expected = srcgrad.grad(f)(x)
    for made in (pullback, copy.copy(pullback), copy.deepcopy(pullback), pickle.loads(pickle.dumps(pullback))):
        np.testing.assert_array_equal(made(np.ones(2)), expected)


def test_columns_of_what_is_passed_twice() -> None:
    def f(d: Any) -> Any:
        d.a[0] = 3.0 * d.b[1]
        return d.a * d.b

    u = np.array([0.5, 0.9])
    with pytest.raises(TypeError, match="more than once"):
        srcgrad.jacobian(f, mode="forward")(SimpleNamespace(a=u, b=u))
    found = srcgrad.jacobian(f, mode="forward")(SimpleNamespace(a=u, b=u.copy()))
    np.testing.assert_allclose(found.b, [[3.0 * u[1], 3.0 * u[0]], [0.0, u[1]]])


def test_columns_with_an_iterator() -> None:
    def f(x: Any, factors: Any) -> Any:
        y = x * 1.0
        for v in factors:
            y *= v
        return y

    with pytest.raises(srcgrad.DifferentiationError, match="once for each direction"):
        srcgrad.jacobian(f, mode="forward")(np.ones(3), iter([2.0, 3.0]))
    assert srcgrad.jacobian(f, mode="forward")(np.ones(3), [2.0, 3.0]).tolist() == (6.0 * np.eye(3)).tolist()


def test_masks_of_arrays_without_dimensions() -> None:
    def f(x: Any) -> Any:
        y = np.array(x)
        y[y > 0.0] = 0.0
        return y * y

    _, tangent = srcgrad.jvp(f)(np.array(-0.7), np.array(1.0))
    assert tangent == -1.4
    with pytest.raises(srcgrad.DifferentiationError, match="no dimensions"):
        srcgrad.grad(f)(np.array(-0.7))


def test_a_stack_that_holds_what_is_changed_is_not_differentiated_again() -> None:
    def f(x: Any) -> Any:
        s = 0.0
        for _ in range(2):
            w = x[:2] * 1.0
            w[0] += x[1] * x[2]
            s = s + np.sum(w * w)
        return s

    with pytest.raises(srcgrad.DifferentiationError, match="kept for the reverse sweep"):
        srcgrad.hvp(f)(np.array([0.5, -0.3, 0.8]), np.ones(3))


def columns_as_rows(x: Any, first: int, second: int) -> Any:
    y = np.outer(x, x)
    y[first] = y[:, second]
    return np.sum(y**3, axis=0)


def at_a_mask(x: Any) -> Any:
    y = x * x
    y[y > -1.0] = y[::-1]
    return y


def at_integers(x: Any) -> Any:
    y = x * x
    y[[1, 0, 2]] = y[2::-1]
    return y


def row_at_a_mask(x: Any) -> Any:
    y = np.outer(x, x)
    y[y[:, 0] > 0.2] = y[0]
    return y


@pytest.mark.parametrize(
    ("f", "args"),
    [(columns_as_rows, (i, j)) for i in range(3) for j in range(3)]
    + [(at_a_mask, ()), (at_integers, ()), (row_at_a_mask, ())],
)
def test_parts_that_are_stored_in_each_other(f: Any, args: tuple[int, ...]) -> None:
    """Right where NumPy reads nothing that it has stored, else an error at run time."""
    x = np.array([0.5, 0.9, -0.7])
    y = np.outer(x, x)
    if f is columns_as_rows:
        woven = is_woven(y[:, args[1]], y, args[0])
        assert woven == (not np.array_equal(stored(y.copy(), *args)[args[0]], y[:, args[1]]))
    elif f is row_at_a_mask:
        woven = False
    else:
        woven = is_woven(x[::-1], x, x == x if f is at_a_mask else [1, 0, 2])
    if woven:
        with pytest.raises(TypeError, match="reads meanwhile"):
            srcgrad.grad(f)(x, *args)
        with pytest.raises(TypeError, match="reads meanwhile"):
            srcgrad.jvp(f)(x, *args, x_dot=x)
    else:
        check_grads(f, (x, *args))


def stored(y: Any, first: int, second: int) -> Any:
    """What NumPy makes of it."""
    y[first] = y[:, second]
    return y
