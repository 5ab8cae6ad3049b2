"""Forward mode over the zoo: same value, and tangents that meet the gradients of reverse mode to rounding."""

from __future__ import annotations

import contextlib
import inspect
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests import zoo
from tests.test_zoo import (
    check_value,
    derivative,
    every_case,
    gradients,
    imported_names,
    is_single,
    load,
    printed,
    refusal_allowed,
    without_srcgrad,
)
from tests.zoo import Example, Program

pytestmark = pytest.mark.usefixtures("_time_limit")
from tests.test_zoo import _time_limit  # noqa: E402, F401


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


@every_case
def test_tangent(entry: Program, example: Example) -> None:
    with refusal_allowed(entry.optional):
        function = derivative("jvp", entry.name)
        chosen = directions(entry, example)
        whole = with_directions(function, entry, example, chosen)
        (value, tangent), text, after = printed(function, whole)
    check_value(entry, example, value, text, without(example, after))
    assert zoo.same(after, whole.fresh())
    check_structure(tangent, value)
    y_bar = zoo.random_like(value, np.random.default_rng(5))
    with contextlib.redirect_stdout(io.StringIO()), refusal_allowed(entry.optional):
        pullback = printed(derivative("vjp", entry.name), example)[0][1]
        found = gradients(entry, pullback(y_bar))
    forward, reverse = zoo.dot(y_bar, tangent), sum(map(zoo.dot, chosen, found))
    size = sum(
        float(np.sum(np.abs(np.multiply(a, b))))
        for a, b in zip(map(zoo.flat, chosen), map(zoo.flat, found), strict=True)
    )
    np.testing.assert_allclose(forward, reverse, rtol=0, atol=(1e-5 if single(example) else 1e-12) * max(size, 1e-3))


def save(function: Any, path: Path, whole: Example) -> None:
    """Save for all kinds; for the example's if in-place updates may meet arrays that are shared."""
    try:
        function.save(path)
    except srcgrad.DifferentiationError as error:
        if "changed in place" not in error.reason and not zoo.is_about_storage(function.primal):
            raise
        args, kwargs = whole.fresh()
        function.save(path, *args, **kwargs)


@pytest.mark.slow
@every_case
def test_saved_tangent_of_unknown_kinds(
    entry: Program, example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "saved_jvp.py"
    chosen = directions(entry, example)
    with refusal_allowed(entry.optional or not entry.saves or entry.needs_kinds):
        function = derivative("jvp", entry.name)
        whole = with_directions(function, entry, example, chosen)
        save(function, path, whole)
    expected = printed(function, whole)[0]
    extra = imported_names(path.read_text(encoding="utf-8")) - {"numpy", "__future__"}
    assert "srcgrad" not in extra
    without_srcgrad(monkeypatch)
    module = load(path)
    name = next(name for name in module.__all__ if name.endswith("_jvp"))
    got, _, _ = printed(getattr(module, name), whole)
    monkeypatch.undo()
    rtol, atol = (1e-4, 1e-5) if single(example) else (1e-10, 1e-12)
    np.testing.assert_allclose(zoo.flat(got), zoo.flat(expected), rtol=rtol, atol=atol)


@pytest.mark.parametrize("entry", [entry for entry in zoo.collect().values() if entry.optional], ids=lambda e: e.name)
def test_what_reverse_mode_differentiates_forward_mode_does_too(entry: Program) -> None:
    example = entry.examples[0]
    try:
        printed(derivative("grad", entry.name), example)
    except srcgrad.DifferentiationError:
        return
    function = derivative("jvp", entry.name)
    printed(function, with_directions(function, entry, example, directions(entry, example)))
