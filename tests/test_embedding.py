"""What a saved module holds beside the derivative: names that are the module's own stay so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gast
import numpy as np
import pytest

import srcgrad
from srcgrad.embedding import Embedder
from srcgrad.source import read
from srcgrad.tangents import norm_tangent, quantile_tangent
from srcgrad.writer import to_text
from tests.zoo import module_at

MODULE = """
__all__ = 2.0
__doc__ = 3.0
abs = 5.0
zeros_like = 7.0


def f(x):
    return x * x * __all__ + x * __doc__ + x * len(__name__) + abs * x + zeros_like * x
"""


@pytest.mark.parametrize("args", [(), (1.3,)])
def test_names_of_the_module_and_of_builtins_are_not_taken(args: tuple[float, ...], tmp_path: Path) -> None:
    (tmp_path / "dunders.py").write_text(MODULE, encoding="utf-8")
    derivative = srcgrad.grad(module_at(tmp_path / "dunders.py").f)
    derivative.save(tmp_path / "saved.py", *args)
    saved = module_at(tmp_path / "saved.py")
    assert saved.__all__ == ["f_grad"]
    assert saved.__name__ == "saved"
    assert saved.f_grad(1.3) == derivative(1.3) == pytest.approx(2 * 1.3 * 2 + 3 + 7 + 5 + 7)


@pytest.mark.parametrize(
    ("helper", "args"),
    [
        (norm_tangent, (np.ones(3), np.arange(3.0), np.sqrt(5.0), 2, None, False)),
        (quantile_tangent, (np.arange(6.0).reshape(2, 3), np.ones((2, 3)), 0.4, 1, np.ones(2))),
    ],
    ids=["norm", "quantile"],
)
def test_a_helper_of_tangents_is_copied_with_those_of_other_modules(helper: Any, args: Any, tmp_path: Path) -> None:
    embedder = Embedder(read(helper), frozenset())
    name = embedder.name_of(helper, helper.__name__)
    embedder.embed(gast.parse(""), dict[str, object]().get, {})
    body = [*embedder.imports.statements(), *(found.node for found in embedder.ordered())]
    text = to_text(gast.Module(body, []))
    assert "srcgrad" not in text
    (tmp_path / "copied.py").write_text(text, encoding="utf-8")
    copied = getattr(module_at(tmp_path / "copied.py"), name)
    np.testing.assert_array_equal(copied(*args), helper(*args))
