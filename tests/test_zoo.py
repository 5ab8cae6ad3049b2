"""Every program of the zoo: same value, right gradient, nothing changed, nothing shared."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import importlib.util
import io
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests import zoo
from tests.zoo import Example, Program

CASES = [pytest.param(entry, example, id=name) for name, entry, example in zoo.cases()]
every_case = pytest.mark.parametrize(("entry", "example"), CASES)
SECONDS = 20


@pytest.fixture(autouse=True)
def _time_limit() -> Iterator[None]:
    """Fail a derivative that does not end: a wrong while loop must not hang the suite.

    What counts is the time that the process computes, whatever else the machine has to do.
    """
    if not hasattr(signal, "ITIMER_VIRTUAL"):
        yield
        return

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {SECONDS} seconds")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@functools.cache
def derivative(transform: str, name: str) -> Any:
    """Make each derivative once; its examples share it, as a user's calls would."""
    entry = zoo.PROGRAMS[name]
    return getattr(srcgrad, transform)(entry.function, entry.wrt)


@contextlib.contextmanager
def refusal_allowed(allowed: bool) -> Iterator[None]:
    try:
        yield
    except srcgrad.DifferentiationError as error:
        if not allowed:
            raise
        pytest.skip(f"refused: {error.msg}")


def printed(function: Callable[..., Any], example: Example) -> tuple[Any, str, Any]:
    """Return the result of a call, what it printed, and the arguments as they are afterwards."""
    args, kwargs = example.fresh()
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        result = function(*args, **kwargs)
    return result, out.getvalue(), (args, kwargs)


def gradients(entry: Program, gradient: Any) -> list[Any]:
    """Return one gradient for each argument in ``wrt``."""
    if not isinstance(entry.wrt, tuple):
        return [gradient]
    assert isinstance(gradient, tuple), "several arguments have a tuple of gradients"
    assert len(gradient) == len(entry.wrt)
    return list(gradient)


def agrees(got: Any, value: Any, entry: Program, example: Example) -> bool:
    """Say whether a value is the primal's to the bit; an integer in ``wrt`` counts as a real."""
    chosen = zoo.selected(entry, *example.fresh())
    if any(type(argument) is int for argument in chosen):
        return zoo.flat(got) == zoo.flat(value)
    return zoo.same(got, value)


def is_single(value: Any) -> bool:
    return any(getattr(part, "dtype", None) == np.float32 for part in zoo.leaves(value))


def has_structure(gradient: Any, argument: Any) -> None:
    """Assert that a gradient has exactly its argument's structure and shape, in real numbers."""
    if (parts := zoo.parts_of(argument)) is not None:
        assert type(gradient) is type(argument) or isinstance(argument, (list, tuple))
        assert len(zoo.parts_of(gradient)) == len(parts)
        for part, of in zip(zoo.parts_of(gradient), parts, strict=True):
            has_structure(part, of)
        return
    assert np.shape(gradient) == np.shape(argument)
    assert np.asarray(gradient).dtype.kind == "f"
    if np.ndim(argument) > 0:
        assert isinstance(gradient, np.ndarray)


def check_gradient(entry: Program, example: Example, gradient: Any) -> None:
    args, kwargs = example.fresh()
    arguments = zoo.selected(entry, args, kwargs)
    tolerance = 2e-4 if any(map(is_single, (*args, *kwargs.values()))) else 1e-6
    expected = zoo.reference(entry, example)
    for got, argument, numbers in zip(gradients(entry, gradient), arguments, expected, strict=True):
        has_structure(got, argument)
        scale = max((abs(number) for number in numbers), default=1.0)
        np.testing.assert_allclose(zoo.flat(got), numbers, rtol=tolerance, atol=tolerance * max(scale, 0.1))


def check_value(entry: Program, example: Example, value: Any, text: str, after: Any) -> None:
    """Assert that a derivative call does and says what the primal does, and changes nothing."""
    expected, expected_text, _ = printed(entry.function, example)
    assert agrees(value, expected, entry, example)
    assert text == expected_text
    assert zoo.same(after, example.fresh())


def check_memory(gradient: Any, arguments: Any) -> None:
    """Assert that gradients share no memory with each other or with arguments."""
    arrays = [part for part in zoo.leaves(gradient) if isinstance(part, np.ndarray)]
    inputs = zoo.arrays_in(arguments)
    for position, array in enumerate(arrays):
        assert array.flags.writeable or array.size == 0
        for other in (*arrays[:position], *inputs):
            assert not np.shares_memory(array, other)


@every_case
def test_gradient(entry: Program, example: Example) -> None:
    with refusal_allowed(entry.optional):
        gradient, text, after = printed(derivative("grad", entry.name), example)
    check_gradient(entry, example, gradient)
    check_memory(gradient, after)
    assert text == printed(entry.function, example)[1]
    assert zoo.same(after, example.fresh())


@every_case
def test_value_and_gradient(entry: Program, example: Example) -> None:
    with refusal_allowed(entry.optional):
        (value, gradient), text, after = printed(derivative("value_and_grad", entry.name), example)
    check_value(entry, example, value, text, after)
    check_gradient(entry, example, gradient)
    check_memory(gradient, after)


@every_case
def test_vjp(entry: Program, example: Example) -> None:
    with refusal_allowed(entry.optional):
        (value, pullback), text, after = printed(derivative("vjp", entry.name), example)
    check_value(entry, example, value, text, after)
    check_cotangent(entry, example, value, pullback)
    check_repeated(value, pullback)
    check_memory(pullback(), after)
    assert zoo.same(after, example.fresh())


def check_cotangent(entry: Program, example: Example, value: Any, pullback: Any) -> None:
    """Assert that a random cotangent meets a random direction in the right derivative."""
    rng = np.random.default_rng(5)
    arguments = zoo.selected(entry, *example.fresh())
    y_bar = zoo.random_like(value, rng)
    found = gradients(entry, pullback(y_bar))
    directions = [zoo.scaled(zoo.random_like(zoo.to_real(a), rng), 0.3) for a in arguments]
    with contextlib.redirect_stdout(io.StringIO()):
        expected = zoo.along(entry, example, directions, functools.partial(zoo.dot, y_bar))
    got = sum(map(zoo.dot, directions, found))
    tolerance = 1e-3 if any(map(is_single, (*example.args, *example.kwargs.values()))) else 1e-6
    size = sum(float(np.sum(np.abs(leaf))) for leaf in zoo.leaves(found))
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * max(size, 0.1))


def check_repeated(value: Any, pullback: Any) -> None:
    """Assert that a pullback can be called again, whatever its caller does to what it returned."""
    y_bar = zoo.random_like(value, np.random.default_rng(5))
    first = pullback(y_bar)
    numbers = zoo.flat(first)
    for part in zoo.leaves(first):
        if isinstance(part, np.ndarray) and part.flags.writeable:
            part[...] = np.nan
    assert zoo.same(y_bar, zoo.random_like(value, np.random.default_rng(5)))
    assert zoo.flat(pullback(y_bar)) == numbers
    assert zoo.same(zoo.flat(pullback()), zoo.flat(pullback()))


def imported_names(text: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.fixture(scope="session")
def saved_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saved")


def saved(entry: Program, example: Example, folder: Path) -> Path:
    """Save for all kinds; for the example's if in-place updates may meet arrays that are shared."""
    try:
        return saved_text(entry.name, folder)
    except srcgrad.DifferentiationError as error:
        if "changed in place" not in error.reason and not zoo.is_about_storage(entry.function):
            raise
    args, kwargs = example.fresh()
    path = folder / f"saved_{entry.name.replace('.', '_')}_special.py"
    srcgrad.grad(entry.function, entry.wrt).save(path, *args, **kwargs)
    return path


@functools.cache
def saved_text(name: str, folder: Path) -> Path:
    """Save a derivative that was made without example arguments: nothing is known of its kinds."""
    entry = zoo.PROGRAMS[name]
    path = folder / f"saved_{name.replace('.', '_')}.py"
    srcgrad.grad(entry.function, entry.wrt).save(path)
    return path


def without_srcgrad(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] == "srcgrad":
            monkeypatch.setitem(sys.modules, name, None)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@every_case
def test_saved_module_of_unknown_kinds(
    entry: Program, example: Example, saved_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusal_allowed(entry.optional or not entry.saves or entry.needs_kinds):
        path = saved(entry, example, saved_folder)
    extra = imported_names(path.read_text(encoding="utf-8")) - {"numpy", "__future__"}
    assert extra <= set(sys.stdlib_module_names)
    _, text, _ = printed(entry.function, example)  # which may take derivatives itself
    without_srcgrad(monkeypatch)
    module = load(path)
    functions = [name for name in vars(module) if name.endswith("_grad")]
    assert functions, "a saved module holds NAME_grad"
    own = f"{getattr(entry.function, '__name__', '')}_grad"
    function = getattr(module, own if own in functions else functions[-1])
    gradient, got_text, after = printed(function, example)
    monkeypatch.undo()
    check_gradient(entry, example, gradient)
    assert got_text == text
    assert zoo.same(after, example.fresh())


def snapshot() -> dict[str, Any]:
    """Copy the plain values among the globals of the zoo's modules."""
    kept: dict[str, Any] = {}
    for path in zoo.FOLDER.glob("*.py"):
        module = importlib.import_module(f"tests.programs.{path.stem}")
        kept.update(
            {
                f"{path.stem}.{name}": zoo.frozen(value)
                for name, value in vars(module).items()
                if isinstance(value, (int, float, str, list, tuple, dict, np.ndarray, np.generic))
                and not name.startswith("__")
            }
        )
    return kept


def test_globals_are_left_alone() -> None:
    before = snapshot()
    topics = ("globals_constants", "attributes_methods", "closures_lambdas")
    for entry in zoo.PROGRAMS.values():
        if not entry.name.startswith(topics):
            continue
        with contextlib.suppress(srcgrad.DifferentiationError):
            printed(derivative("grad", entry.name), entry.examples[0])
    assert snapshot() == before


# The net itself.


@every_case
def test_zoo_is_smooth_and_repeatable(entry: Program, example: Example) -> None:
    """Two step sizes agree: no example sits on a kink, and a program gives the same twice."""
    first, text, _ = printed(entry.function, example)
    again, text_again, _ = printed(entry.function, example)
    assert zoo.same(first, again)
    assert text == text_again
    with contextlib.redirect_stdout(io.StringIO()):
        coarse, fine = (zoo.reference(entry, example, step) for step in (1e-3, 4e-4))
    for left, right in zip(coarse, fine, strict=True):
        np.testing.assert_allclose(left, right, rtol=2e-6, atol=2e-7)


def test_zoo_is_large() -> None:
    assert len(zoo.PROGRAMS) >= 150
