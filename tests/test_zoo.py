"""Every program of the zoo: same value, right gradient and tangent, nothing changed, nothing shared."""

from __future__ import annotations

import contextlib
import importlib
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests import zoo
from tests.zoo import Example, Program
from tests.zoo_checks import (
    check_cotangent,
    check_gradient,
    check_memory,
    check_repeated,
    check_tangent,
    check_value,
    derivative,
    directions,
    first_examples,
    printed,
    refusal_allowed,
    smooth_reference,
    some_examples,
    with_directions,
)

pytestmark = pytest.mark.usefixtures("time_limit")


@pytest.mark.parametrize(("entry", "example"), first_examples(6))
def test_gradient(entry: Program, example: Example) -> None:
    with refusal_allowed(entry.optional):
        gradient, text, after = printed(derivative("grad", entry.name), example)
    check_gradient(entry, example, gradient, zoo.reference(entry, example))
    check_memory(gradient, after)
    assert text == printed(entry.function, example)[1]
    assert zoo.same(after, example.fresh())


@pytest.mark.parametrize(("entry", "example"), first_examples(12))
def test_value_and_gradient(entry: Program, example: Example) -> None:
    with refusal_allowed(entry.optional):
        (value, gradient), text, after = printed(derivative("value_and_grad", entry.name), example)
    check_value(entry, example, value, text, after)
    check_gradient(entry, example, gradient, zoo.reference(entry, example))
    check_memory(gradient, after)


@pytest.mark.parametrize(("entry", "example"), some_examples())
def test_both_modes(entry: Program, example: Example) -> None:
    """Each derivative is made once here: making them is what the zoo takes its time for."""
    expected = smooth_reference(entry, example)
    with refusal_allowed(entry.optional):
        (value, pullback), text, after = printed(derivative("vjp", entry.name), example)
    check_value(entry, example, value, text, after)
    check_gradient(entry, example, pullback(), expected)
    check_cotangent(entry, example, value, pullback)
    check_repeated(value, pullback)
    check_memory(pullback(), after)
    assert zoo.same(after, example.fresh())
    with refusal_allowed(entry.optional):
        check_tangent(entry, example, pullback)


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


def test_zoo_is_large() -> None:
    assert len(zoo.PROGRAMS) >= 150


@pytest.mark.parametrize("entry", [entry for entry in zoo.collect().values() if entry.optional], ids=lambda e: e.name)
def test_what_reverse_mode_differentiates_forward_mode_does_too(entry: Program) -> None:
    example = entry.examples[0]
    try:
        printed(derivative("grad", entry.name), example)
    except srcgrad.DifferentiationError:
        return
    function = derivative("jvp", entry.name)
    printed(function, with_directions(function, entry, example, directions(entry, example)))
