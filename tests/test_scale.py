"""Long and deep programs go through: no recursion error, no limit of the transformation's own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad


def function_of(body: list[str], folder: Path, parameters: str = "x") -> Callable[..., Any]:
    """A function ``f`` with the given statements, in a real file."""
    text = "\n".join(["import numpy as np", "", "", f"def f({parameters}):", *(f"    {line}" for line in body), ""])
    path = folder / "long_program.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("long_program", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f  # type: ignore[no-any-return]


def check(function: Callable[..., float], x: float = 0.7) -> None:
    """Hold a gradient, in all three forms, against central differences."""
    h = 1e-5
    expected = (function(x + h) - function(x - h)) / (2 * h)
    assert srcgrad.grad(function)(x) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_thousand_statements(tmp_path: Path):
    block = [
        "a{n} = a{m} * 0.5 + np.sin(b{m})",
        "b{n} = b{m} / (1.0 + a{n} * a{n})",
        "if a{n} > b{n}:",
        "    a{n} = a{n} * b{n}",
        "else:",
        "    a{n} = a{n} + 0.1",
        "for i in range(2):",
        "    b{n} = b{n} * 0.9 + i * a{n}",
    ]
    lines = ["a0 = x * 2.0", "b0 = x + 1.0"]
    for number in range(1, 1000 // 7 + 1):
        lines += [line.format(n=number, m=number - 1) for line in block]
    check(function_of([*lines, f"return a{number} * b{number}"], tmp_path))


def test_one_name_bound_a_thousand_times(tmp_path: Path):
    check(function_of(["y = x", *["y = y * 0.999 + 0.001"] * 1000, "return y * y"], tmp_path))


def test_sum_of_three_hundred_terms(tmp_path: Path):
    terms = " + ".join(f"{n}.0 * x * x" if n % 2 else f"np.sin({n}.0 * x)" for n in range(300))
    check(function_of([f"return {terms}"], tmp_path))


def test_product_of_three_hundred_factors(tmp_path: Path):
    factors = " * ".join(f"(x + {n / 300})" for n in range(300))
    function = function_of([f"return {factors}"], tmp_path)
    expected = function(0.6) * sum(1.0 / (0.6 + n / 300) for n in range(300))  # differences are too coarse here
    assert srcgrad.grad(function)(0.6) == pytest.approx(expected, rel=1e-12)


def test_calls_nested_eighty_deep(tmp_path: Path):
    check(function_of([f"return {'np.sin(' * 80}x{')' * 80}"], tmp_path))


def test_branches_nested_fifteen_deep(tmp_path: Path):
    lines = ["y = x"]
    for depth in range(15):
        lines += [f"{'    ' * depth}if y < {100.0 + depth}:", f"{'    ' * (depth + 1)}y = y * x + 0.3"]
    for depth in reversed(range(15)):
        lines += [f"{'    ' * depth}else:", f"{'    ' * (depth + 1)}y = y - {depth}.0 * x"]
    function = function_of([*lines, "return y * x"], tmp_path)
    check(function)
    check(function, 2.0)


def test_elif_chain_of_sixty(tmp_path: Path):
    lines = ["if x < 0.0:", "    y = -x"]
    for number in range(60):
        lines += [f"elif x < {number / 10 + 0.05}:", f"    y = x * {number}.0"]
    check(function_of([*lines, "else:", "    y = x", "return y * y"], tmp_path))


def test_loops_nested_eight_deep(tmp_path: Path):
    lines = ["y = x"]
    for depth in range(8):
        lines += [f"{'    ' * depth}for i{depth} in range(2):", f"{'    ' * (depth + 1)}y = y * 0.99 + x * 0.01"]
    check(function_of([*lines, "return y * y"], tmp_path))


def test_the_recursion_limit_is_left_alone(tmp_path: Path):
    before = sys.getrecursionlimit()
    test_sum_of_three_hundred_terms(tmp_path)
    assert sys.getrecursionlimit() == before


def test_callees_thirty_deep(tmp_path: Path):
    path = tmp_path / "callees.py"
    chain = "\n\n".join(f"def f{n}(x):\n    return f{n + 1}(x) * 0.9 + x" for n in range(30))
    path.write_text(f"{chain}\n\ndef f30(x):\n    return x * x\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("callees", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert np.isfinite(srcgrad.grad(module.f0)(0.7))
    check(module.f0)
