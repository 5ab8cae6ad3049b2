"""What cannot be differentiated is refused, at the right place, and leaves nothing half done."""

from __future__ import annotations

import copy
import functools
import inspect
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError
from tests import zoo
from tests.refused import functions as refused
from tests.refused.functions import REFUSED, Refused

pytest.importorskip("scipy.special")
FILE = Path(refused.__file__)
LINES = FILE.read_text(encoding="utf-8").splitlines()
TRANSFORMS = ["grad", "value_and_grad", "vjp"]


def label(value: Any) -> str:
    """Name a value, without the addresses that differ between processes."""
    return re.sub(r" (of str object )?at 0x[0-9a-f]+", "", repr(value))


def refusal(case: Refused, transform: str = "grad") -> DifferentiationError:
    with pytest.raises(DifferentiationError) as caught:
        getattr(srcgrad, transform)(case.function, case.wrt)(*copy.deepcopy(case.args))
    return caught.value


def words(error: DifferentiationError) -> str:
    return " ".join([str(error.msg), *getattr(error, "__notes__", [])])


def body_lines(function: Any) -> range:
    start = function.__code__.co_firstlineno
    count = len(inspect.getsourcelines(function)[0])
    return range(start, start + count)


def marked(function: Any) -> tuple[int, int, int] | None:
    """Return line, first and last column (from 1) of what a comment of the function names."""
    for number in body_lines(function):
        code, _, part = LINES[number - 1].partition("  # refused: ")
        if part:
            first = code.index(part)
            return number, first + 1, first + len(part)
    return None


every_refusal = pytest.mark.parametrize("case", [pytest.param(case, id=case.function.__name__) for case in REFUSED])


@every_refusal
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_refused(case: Refused, transform: str) -> None:
    error = refusal(case, transform)
    assert len(str(error.msg)) > 10
    assert re.search(case.says, words(error), re.IGNORECASE)
    assert error.hint, "a hint says what to do instead"


@every_refusal
def test_points_at_the_node(case: Refused) -> None:
    error = refusal(case)
    inner = case.function.__name__ == "unknown_in_a_callee"
    place = marked(refused.calls_the_unknown if inner else case.function)
    if place is None:
        assert error.lineno is None or error.lineno in body_lines(case.function)
        return
    line, first, last = place
    assert error.filename is not None
    assert Path(error.filename) == FILE
    assert (error.lineno, error.offset) == (line, first)
    assert error.text is not None
    assert error.text.rstrip("\n") == LINES[line - 1]
    assert error.end_lineno == line
    assert error.end_offset is not None
    assert first < error.end_offset - 1 <= len(LINES[line - 1])
    assert error.end_offset - 1 >= min(last, first + 3)


@every_refusal
def test_changes_nothing(case: Refused) -> None:
    before = {
        name: zoo.frozen(value)
        for name, value in vars(refused).items()
        if isinstance(value, (int, float, str, dict, np.ndarray))
    }
    kept = {name: zoo.frozen(value) for name, value in vars(refused.Box).items()}
    args = copy.deepcopy(case.args)
    cells = [cell.cell_contents for cell in case.function.__closure__ or ()]
    with pytest.raises(DifferentiationError):
        srcgrad.grad(case.function, case.wrt)(*args)
    assert zoo.same(args, case.args)
    assert [cell.cell_contents for cell in case.function.__closure__ or ()] == cells
    assert {name: zoo.frozen(vars(refused)[name]) for name in before} == before
    assert {name: zoo.frozen(value) for name, value in vars(refused.Box).items()} == kept


@every_refusal
def test_refused_again_at_the_second_call(case: Refused) -> None:
    """No cache entry is left behind that a second call would find."""
    try:
        derivative = srcgrad.grad(case.function, case.wrt)
    except DifferentiationError:
        return
    messages = []
    for _ in range(2):
        with pytest.raises(DifferentiationError) as caught:
            derivative(*copy.deepcopy(case.args))
        messages.append(caught.value.msg)
    assert messages[0] == messages[1]


# By kind of the argument: the same derivative goes on working.


def square(x: Any, n: Any = 2) -> Any:
    return np.sum(x * x) * n


@pytest.mark.parametrize(
    "bad",
    [
        np.array([1, 2]),
        np.array([True]),
        np.array([1j]),
        1j,
        "text",
        None,
        True,
        np.bool_(True),
        np.array(["a"]),
        object(),
    ],
    ids=label,
)
def test_good_call_after_a_bad_one(bad: Any) -> None:
    derivative = srcgrad.grad(square)
    with pytest.raises(DifferentiationError):
        derivative(bad)
    assert derivative(1.5) == 6.0
    with pytest.raises(DifferentiationError):
        derivative(bad)
    np.testing.assert_array_equal(derivative(np.array([1.0, 2.0])), [4.0, 8.0])


@pytest.mark.parametrize(
    "wrt",
    [5, -4, "z", ("x", "z"), (0, 7), (), 1.5, None, ("x", 0), (0, 0), True, ["q"]],
    ids=label,
)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_wrt_that_names_nothing(wrt: Any, transform: str) -> None:
    with pytest.raises(DifferentiationError) as caught:
        getattr(srcgrad, transform)(square, wrt)
    assert "wrt" in words(caught.value)


def test_wrt_error_names_the_parameters() -> None:
    with pytest.raises(DifferentiationError) as caught:
        srcgrad.grad(square, "weights")
    assert "weights" in words(caught.value)
    assert "x" in words(caught.value)
    assert "n" in words(caught.value)


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        ((1.0, 2, 3), {}),
        ((1.0,), {"m": 2}),
        ((1.0,), {"x": 2.0}),
        ((), {"n": 3}),
        ((1.0, 2), {"y_bar": 1.0}),
    ],
)
def test_wrong_arguments_of_a_call(transform: str, args: Any, kwargs: Any) -> None:
    derivative = getattr(srcgrad, transform)(square)
    for _ in range(2):
        with pytest.raises(TypeError):
            derivative(*args, **kwargs)
        assert srcgrad.grad(square)(3.0) == 12.0
    good = derivative(3.0)
    assert good is not None
    with pytest.raises(TypeError):
        derivative(*args, **kwargs)


@pytest.mark.parametrize("thing", [3.0, "text", None, [], np.zeros(2)], ids=label)
def test_what_is_no_function(thing: Any) -> None:
    with pytest.raises((DifferentiationError, TypeError)):
        srcgrad.grad(thing)(1.0)


@pytest.mark.parametrize("thing", [int, dict, refused.Box, print, sorted, "".join], ids=label)
def test_callables_without_source_or_rule(thing: Any) -> None:
    with pytest.raises(DifferentiationError) as caught:
        srcgrad.grad(thing)(1.0)
    assert caught.value.hint


def test_no_source() -> None:
    names: dict[str, Any] = {}
    exec("def lost(x):\n    return x * x\n", names)
    with pytest.raises(DifferentiationError) as caught:
        srcgrad.grad(names["lost"])(1.0)
    assert "lost" in words(caught.value)
    assert caught.value.hint


def test_no_source_of_a_callee() -> None:
    names: dict[str, Any] = {}
    exec("def lost(x):\n    return x * x\n", names)
    with pytest.raises(DifferentiationError) as caught:
        srcgrad.grad(functools.partial(calls_what_it_gets, names["lost"]))(1.0)
    assert "lost" in words(caught.value)


def calls_what_it_gets(function: Any, x: Any) -> Any:
    return function(x) * x


def test_error_in_the_primal_is_the_users() -> None:
    derivative = srcgrad.grad(divides)
    with pytest.raises(ZeroDivisionError):
        derivative(0.0)
    assert derivative(2.0) == -0.25
    with pytest.raises(ValueError, match="too large"):
        derivative(200.0)
    assert derivative(2.0) == -0.25


def divides(x: float) -> float:
    if x > 100:
        raise ValueError("too large")
    return 1.0 / x


def test_results_that_are_no_numbers() -> None:
    for function in (returns_text, returns_nothing):
        with pytest.raises((DifferentiationError, TypeError)):
            srcgrad.grad(function)(1.0)


def returns_text(x: float) -> str:
    return "text"


def returns_nothing(x: float) -> None:
    x * x


@pytest.mark.parametrize(
    ("y_bar", "error"),
    [
        (np.ones(3), ValueError),
        (np.ones((2, 1)), ValueError),
        (1.0, ValueError),
        ("text", TypeError),
        (1j * np.ones(2), TypeError),
        ((1.0, 1.0), TypeError),
        (np.array(["a", "b"]), TypeError),
    ],
    ids=label,
)
def test_wrong_cotangents(y_bar: Any, error: type[Exception]) -> None:
    value, pullback = srcgrad.vjp(doubled)(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(value, [2.0, 4.0])
    with pytest.raises(error):
        pullback(y_bar)
    np.testing.assert_array_equal(pullback(np.array([1.0, 3.0])), [2.0, 6.0])


def doubled(x: Any) -> Any:
    return 2.0 * x


def test_wrong_buffers_are_not_half_filled() -> None:
    _, pullback = srcgrad.vjp(weighted, wrt=(0, 1))(np.ones(2), np.ones(2))
    first, second = np.zeros(2), np.zeros(3)
    with pytest.raises((TypeError, ValueError)):
        pullback(into=(first, second))
    assert not first.any()
    with pytest.raises((TypeError, ValueError)):
        pullback(into=(first,))
    with pytest.raises((TypeError, ValueError)):
        pullback(into=(first, np.zeros(2, dtype=int)))
    assert not first.any()
    second = np.zeros(2)
    pullback(into=(first, second))
    pullback(into=(first, second))
    np.testing.assert_array_equal(first, [2.0, 2.0])


def weighted(a: Any, b: Any) -> Any:
    return np.sum(a * b)


def test_python_shows_the_place() -> None:
    """The interpreter's own traceback holds the line and carets below the node."""
    import traceback

    case = next(c for c in REFUSED if c.function.__name__ == "unknown_ufunc")
    with pytest.raises(DifferentiationError) as caught:
        srcgrad.grad(case.function)(*case.args)
    shown = "".join(traceback.format_exception_only(caught.type, caught.value))
    assert "scipy.special.gamma(y)" in shown
    assert "^^^^" in shown
    assert f'{FILE.name}", line' in shown
    assert "rule" in shown


def test_refusals_give_no_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for case in REFUSED:
            refusal(case)
    assert "srcgrad" in sys.modules
