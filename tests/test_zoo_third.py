"""Third derivatives of the zoo by every nesting of both modes, against each other, differences and autograd.

With ``S`` the sum of all numbers that a function returns, forward mode along ``u`` makes ``S + u(S)`` of it, since the
value is returned beside the tangent, and reverse mode makes ``1(S)``: the gradient's sum is the derivative along ones.
So what a nesting gives is told by the parts of what forward over forward over forward mode returns.
"""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import types
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests import zoo
from tests.test_peers import NOT_AUTOGRAD, autograd_summed
from tests.test_zoo_orders import JUMPS, is_excused, ones
from tests.zoo import WHOLE, Example, Program
from tests.zoo_checks import derivative, directions, gradients, refusal_allowed, single, with_directions

pytestmark = pytest.mark.slow

NESTINGS = ["".join(modes) for modes in itertools.product("RF", repeat=3) if modes != ("F", "F", "F")]
LONG = {"bound_later.recursion_with_deeper_lists"}  # a function for each depth and kind: minutes to make them all


def cases() -> Iterator[Any]:
    """Programs, their first examples and nestings, the innermost mode first."""
    for place, (name, entry) in enumerate(zoo.collect().items()):
        example = entry.examples[0]
        if name in JUMPS or single(example) or (not WHOLE and (place % 97 or name in LONG)):
            continue
        for nesting in NESTINGS if WHOLE else NESTINGS[place // 97 % 7 :][:1]:
            yield pytest.param(entry, example, nesting, id=f"{name}-{nesting}")


@functools.cache
def nested(name: str, nesting: str) -> Any:
    inner, transform = nesting[:-1], "jvp" if nesting[-1] == "F" else "grad"
    if not inner:
        return derivative(transform, name)
    return getattr(srcgrad, transform)(nested(name, inner), zoo.PROGRAMS[name].wrt)


def summed(value: Any) -> float:
    parts = zoo.parts_of(value)
    return float(np.sum(value) if parts is None else sum(map(summed, parts)))


def result(entry: Program, example: Example, nesting: str, along: list[list[Any]]) -> Any:
    """What a nesting returns, along one direction for each mode."""
    for place in range(3):
        function = nested(entry.name, nesting[: place + 1])
        if nesting[place] == "F":
            example = with_directions(function, entry, example, along[place])
    args, kwargs = example.fresh()
    return function(*args, **kwargs)


def parts(entry: Program, example: Example, along: list[list[Any]]) -> list[float]:
    """The derivatives along the last direction of the function's sum, of those along the others, and along both."""
    (_, first), (second, both) = result(entry, example, "FFF", along)[1]
    plain = result(entry, example, "FFF", along)[1][0][0]
    return [summed(plain), summed(first), summed(second), summed(both)]


def third(entry: Program, example: Example, nesting: str, along: list[list[Any]]) -> float:
    """The derivative along the last direction of what the two inner modes make of the function."""
    found = result(entry, example, nesting, along)
    if nesting[-1] == "F":
        return summed(found[1])
    return float(sum(map(zoo.dot, along[-1], gradients(entry, found))))


def all_ones(entry: Program, example: Example) -> list[Any]:
    return [ones(zoo.to_real(argument)) for argument in zoo.selected(entry, *example.fresh())]


@pytest.mark.parametrize(("entry", "example", "nesting"), list(cases()))
def test_nestings(entry: Program, example: Example, nesting: str) -> None:
    along = [
        all_ones(entry, example) if mode == "R" and place < 2 else directions(entry, example, place)
        for place, mode in enumerate(nesting)
    ]
    allowed = is_excused(entry)
    with contextlib.redirect_stdout(io.StringIO()), refusal_allowed(allowed):
        plain, first, second, both = parts(entry, example, along)
        found = third(entry, example, nesting, along)
        expected = both
        expected += first if nesting[1] == "F" else 0.0
        expected += second if nesting[0] == "F" else 0.0
        expected += plain if nesting[:2] == "FF" else 0.0
        scale = max(1.0, *map(abs, (plain, first, second, both)))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8 * scale)
        by_differences = differences(entry, example, along)
    np.testing.assert_allclose(both, by_differences, rtol=1e-5, atol=1e-5 * max(1.0, abs(both)))


def differences(entry: Program, example: Example, along: list[list[Any]]) -> float:
    """The third derivative from second ones, by forward over forward mode."""
    inner = with_directions(nested(entry.name, "F"), entry, example, along[0])
    function = nested(entry.name, "FF")
    whole = with_directions(function, entry, inner, along[1])
    return zoo.along(entry, whole, along[2], lambda found: summed(found[1][1]), 1e-4, function)


def peer_cases() -> Iterator[Any]:
    for place, (name, entry) in enumerate(zoo.collect().items()):
        example = entry.examples[0]
        plain = isinstance(entry.function, types.FunctionType) and name not in NOT_AUTOGRAD | JUMPS
        if plain and not single(example) and (WHOLE or place % 113 == 0):
            yield pytest.param(entry, example, id=name)


@pytest.mark.parametrize(("entry", "example"), list(peer_cases()))
def test_autograd(entry: Program, example: Example) -> None:
    """Reverse over reverse over reverse mode of both tools: autograd differentiates by three steps along directions."""
    autograd = pytest.importorskip("autograd")
    along = [all_ones(entry, example)] * 2 + [directions(entry, example, 3)]
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            function, chosen = autograd_summed(entry, example)

            def stepped(a: Any, b: Any, c: Any) -> Any:
                return function(tuple(moved(x, *d, (a, b, c)) for x, *d in zip(chosen, *along, strict=True)))

            expected = autograd.grad(autograd.grad(autograd.grad(stepped, 0), 1), 2)(0.0, 0.0, 0.0)
    except Exception as error:  # what autograd cannot do is no concern of ours
        pytest.skip(f"autograd: {type(error).__name__}: {error}")
    allowed = is_excused(entry)
    with contextlib.redirect_stdout(io.StringIO()), refusal_allowed(allowed):
        found = third(entry, example, "RRR", along)
        if not np.isclose(expected, by_differences := differences(entry, example, along), rtol=1e-5, atol=1e-5):
            assert np.isclose(found, by_differences, rtol=1e-5, atol=1e-5)
            pytest.skip("autograd is wrong here")
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * max(1.0, abs(float(expected))))


def moved(x: Any, u: Any, v: Any, w: Any, steps: Any) -> Any:
    """An argument after a step along each of three directions."""
    if isinstance(x, (list, tuple)):
        return type(x)([moved(*parts, steps) for parts in zip(x, u, v, w, strict=True)])
    a, b, c = steps
    return x if u is None else x + a * u + b * v + c * w
