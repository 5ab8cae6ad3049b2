"""Derivatives of derivatives over the zoo: forward over reverse, reverse over reverse, reverse over forward.

Each gives the same number for the second derivative along two directions, and so do differences of the gradient.
"""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests import zoo
from tests.zoo import WHOLE, Example, Program
from tests.zoo_checks import derivative, directions, gradients, refusal_allowed, single, with_directions

pytestmark = pytest.mark.slow

# one program in so many, or all of them: SRCGRAD_WHOLE_ZOO=1 pytest tests/test_zoo_orders.py; and those whose
# derivatives name parts of adjoints, which is undone where they are differentiated again
FIRST = [
    pytest.param(entry, entry.examples[0], id=name)
    for place, (name, entry) in enumerate(zoo.collect().items())
    if WHOLE or place % 55 == 0 or name.startswith("layers.")
]
# where the numbers that a program computes jump, or its slope does: differences see what derivatives do not
JUMPS = {"nested.bisection", "straight_line.powers_at_zero"}
# blocks of the user's in the first derivative may hold anything, and what is known at run time only has no second one
BLOCKS = ("reverse_blocks.", "run_time_calls.")
# whose derivatives take from lists, or change what has several names: they are refused
REFUSED = {
    "caches.arrays_that_are_copied",
    "comprehensions.in_the_test_of_a_while",
    "expressions.walrus_in_comprehensions",
    "expressions.walrus_in_an_index",
    "inner_recursion.bound_methods_as_arguments",
    "inner_recursion.bound_methods_as_values",
    "inner_recursion.bound_methods_inside_methods",
    "inner_recursion.in_methods",
    "inner_recursion.names_of_comprehensions",
    "inner_recursion.stored_between_calls",
    "inner_recursion.trees_by_kinds",
    "layers.items_that_are_stored_to",
    "layers.layers_added_on_the_way",
    "layers.part_that_is_replaced",
    "matches.mappings",
    "outside_objects.as_arguments",
    "outside_objects.methods_as_arguments",
    "outside_objects.methods_that_store_to_what_they_get",
    "outside_objects.second_names",
    "subscripts.lists_of_slices",
    "tables.in_methods",
}


def is_excused(entry: Program) -> bool:
    """Say whether a derivative of higher order may be refused: of code that changes arrays it is not followed yet."""
    return (
        entry.optional or entry.name in REFUSED or entry.name.startswith(BLOCKS) or zoo.is_about_storage(entry.function)
    )


Second = Callable[[Program, Example, list[Any], list[Any]], Any]


def total(left: list[Any], right: list[Any]) -> Any:
    return sum(map(zoo.dot, left, right))


@functools.cache
def composed(outer: str, inner: str, name: str) -> Any:
    entry = zoo.PROGRAMS[name]
    return getattr(srcgrad, outer)(derivative(inner, name), entry.wrt)


def forward_over_reverse(entry: Program, example: Example, u: list[Any], v: list[Any]) -> Any:
    function = composed("jvp", "grad", entry.name)
    args, kwargs = with_directions(function, entry, example, u).fresh()
    return total(v, gradients(entry, function(*args, **kwargs)[1]))


def reverse_over_reverse(entry: Program, example: Example, u: list[Any], v: list[Any]) -> Any:
    args, kwargs = example.fresh()
    _, pullback = composed("vjp", "grad", entry.name)(*args, **kwargs)
    return total(u, gradients(entry, pullback(tuple(v) if isinstance(entry.wrt, tuple) else v[0])))


def reverse_over_forward(entry: Program, example: Example, u: list[Any], v: list[Any]) -> Any:
    function = composed("vjp", "jvp", entry.name)
    args, kwargs = with_directions(function, entry, example, v).fresh()
    (value, _), pullback = function(*args, **kwargs)
    return total(u, gradients(entry, pullback((zoo.zeros(value), ones(value)))))


def ones(value: Any) -> Any:
    if (parts := zoo.parts_of(value)) is not None:
        return zoo.made_like(value, map(ones, parts))
    return np.ones_like(value) if isinstance(value, np.ndarray) else 1.0


def differences(entry: Program, example: Example, u: list[Any], v: list[Any]) -> float:
    """The same from gradients on both sides."""
    return zoo.along(
        entry, example, u, lambda found: total(v, gradients(entry, found)), 1e-4, derivative("grad", entry.name)
    )


@pytest.mark.parametrize(("entry", "example"), FIRST)
def test_second_derivatives(entry: Program, example: Example) -> None:
    u, v = directions(entry, example, 1), directions(entry, example, 2)
    if entry.name in JUMPS or single(example):
        pytest.skip("no differences of the gradient")
    ways: tuple[Second, ...] = (forward_over_reverse, reverse_over_reverse, reverse_over_forward)
    with contextlib.redirect_stdout(io.StringIO()), refusal_allowed(is_excused(entry)):
        found = [way(entry, example, u, v) for way in ways]
        expected = differences(entry, example, u, v)
    scale = max(1.0, abs(expected))
    np.testing.assert_allclose(found, found[0], rtol=0, atol=1e-8 * scale)
    np.testing.assert_allclose(found[0], expected, rtol=1e-5, atol=1e-5 * scale)
