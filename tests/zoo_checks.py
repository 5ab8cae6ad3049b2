"""What the tests of the zoo share: the calls of every program, and what must be true of each derivative."""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests import zoo
from tests.zoo import WHOLE, Example, Program

CASES = [pytest.param(entry, example, id=name) for name, entry, example in zoo.cases()]


def some_examples() -> list[Any]:
    """The first example of each program, and a few others; all of them: SRCGRAD_WHOLE_ZOO=1 pytest ..."""
    others = itertools.count()
    return [one for one in CASES if WHOLE or str(one.id).endswith("-0") or not next(others) % 12]


def first_examples(step: int = 1) -> list[Any]:
    """The first example of one program in ``step``, or all examples of all: SRCGRAD_WHOLE_ZOO=1 pytest ..."""
    if WHOLE:
        return CASES
    programs = list(zoo.collect().values())[::step]
    return [pytest.param(entry, entry.examples[0], id=entry.name) for entry in programs]


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


def check_gradient(entry: Program, example: Example, gradient: Any, expected: list[list[float]]) -> None:
    args, kwargs = example.fresh()
    arguments = zoo.selected(entry, args, kwargs)
    tolerance = 2e-4 if any(map(is_single, (*args, *kwargs.values()))) else 1e-6
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


def smooth_reference(entry: Program, example: Example) -> list[list[float]]:
    """Differences, of which two step sizes agree: no example sits on a kink, and a program gives the same twice."""
    first, text, _ = printed(entry.function, example)
    again, text_again, _ = printed(entry.function, example)
    assert zoo.same(first, again)
    assert text == text_again
    with contextlib.redirect_stdout(io.StringIO()):
        coarse, fine = (zoo.reference(entry, example, step) for step in (1e-3, 4e-4))
    for left, right in zip(coarse, fine, strict=True):
        np.testing.assert_allclose(left, right, rtol=2e-6, atol=2e-7)
    return coarse


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


def directions(entry: Program, example: Example, seed: int = 7) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [zoo.random_like(argument, rng) for argument in zoo.selected(entry, *example.fresh())]


def single(example: Example) -> bool:
    """Whether an example has float32 numbers."""
    return any(map(is_single, (*example.args, *example.kwargs.values())))


def with_directions(function: Any, entry: Program, example: Example, chosen: list[Any]) -> Example:
    """The call with one more argument, by name, for each tangent."""
    own = set(zoo.parameters_of(entry, example))
    names = [name for name in inspect.signature(function).parameters if name not in own][-len(chosen) :]
    return Example(example.args, {**example.kwargs, **dict(zip(names, chosen, strict=True))})


def without(example: Example, after: Any) -> Any:
    """The arguments of the primal's own call."""
    args, kwargs = after
    return args, {name: value for name, value in kwargs.items() if name in example.kwargs}


def check_structure(tangent: Any, value: Any) -> None:
    """Assert that a tangent has the structure and the shapes of its value."""
    if isinstance(value, (list, tuple)):
        assert isinstance(tangent, (list, tuple))
        for part, of in zip(tangent, value, strict=True):
            check_structure(part, of)
    elif isinstance(value, (bool, int, float, np.ndarray, np.generic)):
        assert np.shape(tangent) == np.shape(value)
        assert np.asarray(tangent).dtype.kind == "f"
        if np.asarray(value).dtype.kind == "f" and isinstance(value, np.ndarray):
            assert tangent.dtype == value.dtype


def check_tangent(entry: Program, example: Example, pullback: Any) -> None:
    """Assert that forward mode gives the same value, and a tangent that meets reverse mode's gradient to rounding."""
    function = derivative("jvp", entry.name)
    chosen = directions(entry, example)
    whole = with_directions(function, entry, example, chosen)
    (value, tangent), text, after = printed(function, whole)
    check_value(entry, example, value, text, without(example, after))
    assert zoo.same(after, whole.fresh())
    check_structure(tangent, value)
    y_bar = zoo.random_like(value, np.random.default_rng(5))
    found = gradients(entry, pullback(y_bar))
    forward, reverse = zoo.dot(y_bar, tangent), sum(map(zoo.dot, chosen, found))
    size = sum(
        float(np.sum(np.abs(np.multiply(a, b))))
        for a, b in zip(map(zoo.flat, chosen), map(zoo.flat, found), strict=True)
    )
    np.testing.assert_allclose(forward, reverse, rtol=0, atol=(1e-5 if single(example) else 1e-12) * max(size, 1e-3))
