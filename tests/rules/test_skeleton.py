"""The rule that a message proposes can be registered once it is filled in."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from scipy import special

import srcgrad
from srcgrad.rules import registry
from srcgrad.rules.skeleton import skeleton


def plain(x, scale=2.0, *, shift=0.0, out=None, dtype=None, where=np.add):
    return scale * x + shift


def of_several(*arrays):
    return sum(arrays)


def by_position(x, y, /):
    return x * y


@pytest.mark.parametrize(
    ("name", "primitive"),
    [
        ("special.shichi", special.shichi),
        ("np.heaviside", np.heaviside),
        ("np.linalg.eigvalsh", np.linalg.eigvalsh),
        ("np.unwrap", np.unwrap),
        ("np.bincount", np.random.default_rng),
        *((f"rules.{f.__name__}", f) for f in (plain, of_several, by_position)),
    ],
    ids=lambda v: v if isinstance(v, str) else None,
)
def test_a_skeleton_that_is_filled_in_is_a_rule(name, primitive, tmp_path, monkeypatch):
    assert srcgrad.rules.rule_of(primitive) is None  # a rule of srcgrad's own would be replaced for all other tests
    for said in ("_RULES", "_PUSHFORWARDS", "_CONSTANTS"):
        monkeypatch.setattr(registry, said, dict(getattr(registry, said)))
    text = skeleton(primitive, "primitive").replace("...", "d")
    file = tmp_path / "filled_in.py"
    file.write_text(f"import srcgrad\ndef register(primitive):\n    {text.replace(chr(10), chr(10) + '    ')}\n")
    spec = importlib.util.spec_from_file_location("filled_in", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.register(primitive)
    assert srcgrad.rules.rule_of(primitive) is not None


def test_a_skeleton_has_the_function_s_own_parameters():
    assert skeleton(plain, "plain") == (
        "@srcgrad.rules.pullback(plain)\n"
        "def plain(x, scale=2.0, *, shift=0.0, out, d):\n"
        "    return ...  # the adjoint of x"
    )
    assert skeleton(by_position, "by_position").splitlines()[1:] == [
        "def by_position(x, y, /, *, out, d):",
        "    return ..., ...  # the adjoints of x, y",
    ]
    assert skeleton(np.heaviside, "np.heaviside").splitlines()[1] == "def heaviside(x1, x2, *, out, d):"
