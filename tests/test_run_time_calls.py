"""Calls of what is known at run time only: what they do, once and in order, and what is refused."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests.programs.run_time_calls import one_after_the_other, squared

X = np.array([0.4, 0.7])
TOTAL = np.array([2.0, 3.0])
CALLS: list[float] = []
COUNT = [0]


def noted(x: Any) -> Any:
    print("noted")
    return x * 3.0


def zeroed(x: Any) -> Any:
    x[0] = 0.0
    return x * 2.0


def counted(x: Any) -> Any:
    COUNT[0] += 1
    return x * COUNT[0]


def logged(x: Any) -> Any:
    CALLS.append(1.0)
    return x * 2.0


def held(x: Any) -> Any:
    return TOTAL


def nothing(x: Any) -> Any:
    pass


def raising(x: Any) -> Any:
    if x[0] > 0.0:
        raise KeyError("here")
    return x


FOUND = SimpleNamespace(functions={f.__name__: f for f in (noted, zeroed, counted, logged, held, nothing, raising)})


def looked_up(x: Any, name: str) -> Any:
    return np.sum(FOUND.functions[name](x) * x)


def stored_to(x: Any, name: str) -> Any:
    y = x * 1.0
    z = FOUND.functions[name](x)
    y[0] = z[1]
    return np.sum(y * z)


def result_stored_to(x: Any, name: str) -> Any:
    z = FOUND.functions[name](x)
    z[0] = 1.0
    return np.sum(z * x)


def test_a_call_is_made_once_in_the_forward_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    np.testing.assert_allclose(srcgrad.grad(looked_up)(X, "noted"), 6.0 * X)
    assert capsys.readouterr().out == "noted\n"
    srcgrad.jvp(looked_up)(X, "noted", X)
    assert capsys.readouterr().out == "noted\n"


@pytest.mark.parametrize("name", ["zeroed", "counted", "logged"])
def test_functions_that_change_something_are_refused(name: str) -> None:
    with pytest.raises(srcgrad.DifferentiationError, match="may change what it is given, or what is not its own"):
        srcgrad.grad(looked_up)(X, name)
    assert COUNT == [0]
    assert not CALLS


def test_what_is_returned_must_be_new_where_arrays_are_changed() -> None:
    assert srcgrad.grad(looked_up)(X, "held").tolist() == [2.0, 3.0]
    with pytest.raises(srcgrad.DifferentiationError, match="may return what is not its own"):
        srcgrad.grad(stored_to)(X, "held")
    with pytest.raises(srcgrad.DifferentiationError, match="another name may share"):
        srcgrad.grad(result_stored_to)(X, "noted")


def test_exceptions_are_those_of_the_callee() -> None:
    with pytest.raises(KeyError, match="here"):
        srcgrad.grad(looked_up)(X, "raising")
    with pytest.raises(srcgrad.DifferentiationError, match="nothing to differentiate"):
        srcgrad.grad(looked_up)(X, "nothing")
    with pytest.raises(TypeError, match="'int' object is not callable"):
        srcgrad.grad(one_after_the_other)(X, [squared, 3])


class Equal:
    """Equal to all others of its class."""

    def __init__(self, by: float) -> None:
        self.by = by

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)

    def __hash__(self) -> int:
        return 1

    def __call__(self, x: Any) -> Any:
        return self.by * x

    def scaled(self, x: Any) -> Any:
        return self.by * x


def test_an_object_is_not_another_one_that_is_equal() -> None:
    first, second = Equal(2.0), Equal(3.0)
    assert srcgrad.grad(one_after_the_other)(0.5, [first, second, first.scaled, second.scaled]) == 36.0
    second.by = 5.0
    assert srcgrad.grad(one_after_the_other)(0.5, [first, second, first.scaled, second.scaled]) == 100.0


def test_a_global_of_the_callee_that_gets_another_value(monkeypatch: pytest.MonkeyPatch) -> None:
    assert srcgrad.grad(looked_up)(X, "held").tolist() == [2.0, 3.0]
    monkeypatch.setitem(globals(), "TOTAL", np.array([5.0, 7.0]))
    assert srcgrad.grad(looked_up)(X, "held").tolist() == [5.0, 7.0]


def test_no_second_derivative_and_no_saved_module(tmp_path: Any) -> None:
    with pytest.raises(srcgrad.DifferentiationError, match="no second derivative can be taken"):
        srcgrad.hvp(one_after_the_other)(X, [squared, np.sin], X)
    derivative = srcgrad.grad(one_after_the_other)
    derivative(X, [squared, np.sin])
    with pytest.raises(srcgrad.DifferentiationError, match="makes a derivative at run time"):
        derivative.save(tmp_path / "saved.py", X, [squared, np.sin])


def test_the_source_imports_what_it_calls() -> None:
    derivative = srcgrad.grad(one_after_the_other)
    derivative(X, [squared, np.sin])
    assert "from srcgrad.calling import backward_call, forward_call\n" in derivative.source
    assert srcgrad.jacobian(one_after_the_other)(X, [squared, np.sin]).shape == (2,)


def closure_over_it(x: Any) -> Any:
    functions = []
    for _ in range(2):
        functions.append(lambda t: t * x)
    return np.sum(functions[-1](np.ones(2)))


def partial_of_it(x: Any, make: Any) -> Any:
    function = make(np.multiply, x)
    return np.sum(function(x))


def test_what_holds_what_is_differentiated_is_no_callee() -> None:
    with pytest.raises(srcgrad.DifferentiationError, match="cannot be followed yet"):
        srcgrad.grad(closure_over_it)(X)
    with pytest.raises(srcgrad.DifferentiationError, match="there is no rule"):
        srcgrad.grad(partial_of_it)(X, functools.partial)


def of_derivatives(x: Any, k: Any) -> Any:
    slope = srcgrad.grad(np.sin)
    _, pullback = srcgrad.vjp(np.sin)(k)
    return np.sum(slope(x) * pullback(x))


def test_derivatives_that_are_taken_inside_are_known() -> None:
    derivative = srcgrad.grad(of_derivatives)
    np.testing.assert_allclose(derivative(0.5, 0.3), np.cos(0.3) * (np.cos(0.5) - 0.5 * np.sin(0.5)))
    assert "forward_call" not in derivative.source
