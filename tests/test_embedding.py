"""What a saved module holds beside the derivative: names that are the module's own stay so."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import srcgrad

MODULE = """
__all__ = 2.0
__doc__ = 3.0
abs = 5.0
zeros_like = 7.0


def f(x):
    return x * x * __all__ + x * __doc__ + x * len(__name__) + abs * x + zeros_like * x
"""


def module_at(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("args", [(), (1.3,)])
def test_names_of_the_module_and_of_builtins_are_not_taken(args: tuple[float, ...], tmp_path: Path) -> None:
    (tmp_path / "dunders.py").write_text(MODULE, encoding="utf-8")
    derivative = srcgrad.grad(module_at(tmp_path / "dunders.py").f)
    derivative.save(tmp_path / "saved.py", *args)
    saved = module_at(tmp_path / "saved.py")
    assert saved.__all__ == ["f_grad"]
    assert saved.__name__ == "saved"
    assert saved.f_grad(1.3) == derivative(1.3) == pytest.approx(2 * 1.3 * 2 + 3 + 7 + 5 + 7)
