"""Saved modules of the zoo, of gradients and of tangents: no srcgrad, and the same numbers."""

from __future__ import annotations

import ast
import functools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests import zoo
from tests.zoo import Example, Program, module_at
from tests.zoo_checks import (
    check_gradient,
    derivative,
    directions,
    first_examples,
    printed,
    refusal_allowed,
    single,
    with_directions,
)

pytestmark = pytest.mark.usefixtures("time_limit")


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


@pytest.mark.slow
@pytest.mark.parametrize(("entry", "example"), first_examples(7))
def test_saved_module_of_unknown_kinds(
    entry: Program, example: Example, saved_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusal_allowed(entry.optional or not entry.saves or entry.needs_kinds):
        path = saved(entry, example, saved_folder)
    extra = imported_names(path.read_text(encoding="utf-8")) - {"numpy", "__future__"}
    assert extra <= set(sys.stdlib_module_names)
    _, text, _ = printed(entry.function, example)  # which may take derivatives itself
    without_srcgrad(monkeypatch)
    module = module_at(path)
    functions = [name for name in vars(module) if name.endswith("_grad")]
    assert functions, "a saved module holds NAME_grad"
    own = f"{getattr(entry.function, '__name__', '')}_grad"
    function = getattr(module, own if own in functions else functions[-1])
    gradient, got_text, after = printed(function, example)
    monkeypatch.undo()
    check_gradient(entry, example, gradient, zoo.reference(entry, example))
    assert got_text == text
    assert zoo.same(after, example.fresh())


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
@pytest.mark.parametrize(("entry", "example"), first_examples(20))
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
    module = module_at(path)
    name = next(name for name in module.__all__ if name.endswith("_jvp"))
    got, _, _ = printed(getattr(module, name), whole)
    monkeypatch.undo()
    rtol, atol = (1e-4, 1e-5) if single(example) else (1e-10, 1e-12)
    np.testing.assert_allclose(zoo.flat(got), zoo.flat(expected), rtol=rtol, atol=atol)
