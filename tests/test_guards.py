"""A derivative is made anew where something that it relied on has changed, and a call pays for no more than that."""

from __future__ import annotations

import functools
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.guards import is_trusted

ROOT = Path(__file__).parents[1]
THREE = np.ones(3)
CALLEE_DEFAULT = [1.0]
TUPLE = (1.0, ([2.0], {"k": 2.0}))
ARRAYS = (np.ones(1), 2.0)


class numpy:  # a class of the user's with the name of a trusted package
    scale = 2.0


class Settings:
    scale = 2.0


settings = types.ModuleType("math")  # a module of the user's with the name of a trusted one
settings.table = [2.0]  # type: ignore[attr-defined]
imported = types.ModuleType("srcgrad_test_imported")
imported.scale = 2.0  # type: ignore[attr-defined]
sys.modules[imported.__name__] = imported


def times(x: Any, k: Any) -> Any:
    return x * k * x


POWER = functools.partial(times, k=2.0)


def reads_a_tuple(x: Any) -> Any:
    return TUPLE[1][0][0] * x * x


def reads_a_dict_in_a_tuple(x: Any) -> Any:
    return TUPLE[1][1]["k"] * x * x


def reads_an_array_in_a_tuple(x: Any) -> Any:
    return np.sum(ARRAYS[0] * x) * x


def with_default(x: Any, p: Any = CALLEE_DEFAULT) -> Any:
    return p[0] * x * x


def with_keyword_default(x: Any, *, p: Any = CALLEE_DEFAULT) -> Any:
    return p[0] * x * x


def leaves_default_out(x: Any) -> Any:
    return with_default(x)


def leaves_keyword_default_out(x: Any) -> Any:
    return with_keyword_default(x)


def reads_a_class_called_numpy(x: Any) -> Any:
    return numpy.scale * x * x


def reads_a_module_called_math(x: Any) -> Any:
    return settings.table[0] * x * x


def reads_a_class_by_another_name(x: Any) -> Any:
    own = Settings
    return own.scale * x * x


def calls_a_partial(x: Any) -> Any:
    return POWER(x) * x


def imports_inside(x: Any) -> Any:
    from srcgrad_test_imported import scale

    return scale * x * x


def set_first(holder: Any, value: Any) -> Callable[[], None]:
    return lambda: holder.__setitem__(0, value)


CHANGES: list[tuple[Callable[..., Any], Callable[[], None], Callable[[], None]]] = [
    (reads_a_tuple, set_first(TUPLE[1][0], THREE), set_first(TUPLE[1][0], 2.0)),  # type: ignore[index]
    (
        reads_a_dict_in_a_tuple,
        lambda: TUPLE[1][1].update(k=THREE),  # type: ignore[index]
        lambda: TUPLE[1][1].update(k=2.0),  # type: ignore[index]
    ),
    (leaves_default_out, set_first(CALLEE_DEFAULT, THREE), set_first(CALLEE_DEFAULT, 1.0)),
    (leaves_keyword_default_out, set_first(CALLEE_DEFAULT, THREE), set_first(CALLEE_DEFAULT, 1.0)),
    (
        leaves_default_out,
        lambda: setattr(with_default, "__defaults__", ([3.0],)),
        lambda: setattr(with_default, "__defaults__", (CALLEE_DEFAULT,)),
    ),
    (
        leaves_keyword_default_out,
        lambda: setattr(with_keyword_default, "__kwdefaults__", {"p": [3.0]}),
        lambda: setattr(with_keyword_default, "__kwdefaults__", {"p": CALLEE_DEFAULT}),
    ),
    (
        reads_a_class_called_numpy,
        lambda: setattr(numpy, "scale", THREE),
        lambda: setattr(numpy, "scale", 2.0),
    ),
    (reads_a_module_called_math, set_first(settings.table, THREE), set_first(settings.table, 2.0)),
    (
        reads_a_class_by_another_name,
        lambda: setattr(Settings, "scale", THREE),
        lambda: setattr(Settings, "scale", 2.0),
    ),
    (calls_a_partial, lambda: POWER.keywords.update(k=7.0), lambda: POWER.keywords.update(k=2.0)),
    (imports_inside, lambda: setattr(imported, "scale", THREE), lambda: setattr(imported, "scale", 2.0)),
    (POWER, lambda: POWER.keywords.update(k=7.0), lambda: POWER.keywords.update(k=2.0)),
]


@pytest.mark.parametrize(("function", "change", "back"), CHANGES)
def test_a_change_that_kinds_see_is_seen(
    function: Callable[..., Any], change: Callable[[], None], back: Callable[[], None]
) -> None:
    derivative = srcgrad.grad(function)
    before = derivative(1.3)
    assert before == srcgrad.grad(function)(1.3)
    change()
    try:
        expected = srcgrad.grad(function)(1.3)
        assert expected != before
        assert derivative(1.3) == expected
    finally:
        back()
    assert derivative(1.3) == before


class Holder:
    pass


def reads_an_argument(x: Any, holder: Any) -> Any:
    return holder.scale * x * x


def test_a_class_that_is_an_argument() -> None:
    derivative = srcgrad.grad(reads_an_argument)
    Holder.scale = 2.0  # type: ignore[attr-defined]
    assert derivative(1.5, Holder) == 6.0
    Holder.scale = THREE  # type: ignore[attr-defined]
    assert derivative(1.5, Holder) == 9.0


def helper(x: Any) -> Any:
    return x * x


def calls_helper(x: Any) -> Any:
    return helper(x) * x


def test_a_rule_that_is_registered_later() -> None:
    derivative = srcgrad.grad(calls_helper)
    inner = srcgrad.grad(helper)
    assert derivative(2.0) == 12.0
    assert inner(2.0) == 4.0
    srcgrad.rules.constant(helper)
    assert derivative(2.0) == 4.0
    assert inner(2.0) == 0.0


def test_what_is_trusted() -> None:
    assert is_trusted(np)
    assert is_trusted(np.linalg)
    assert is_trusted(np.float64)
    assert not any(map(is_trusted, (numpy, settings, Settings, imported)))


def plain(x: Any) -> Any:
    return np.sin(x) * np.pi


def test_plain_code_pays_for_the_names_alone() -> None:
    derivative = srcgrad.grad(plain)
    derivative(1.0)
    (made,) = derivative._specialised.values()
    texts = sorted(condition.text for condition in made.conditions)
    assert texts == [
        "{0}.__code__ is {1}",
        "{0}.__defaults__ is {1}",
        "{0}.__kwdefaults__ is {1}",
        "{0}.get('np') is {1}",
    ]


SHADOW = """
import srcgrad


def gain(x):
    return 3.0 if srcgrad.is_training() else 5.0


def loss(x):
    return x * x * gain(x)
"""


def test_a_file_with_the_name_of_one_of_pythons_own_is_the_users(tmp_path: Path) -> None:
    (tmp_path / "profile.py").write_text(SHADOW, encoding="utf-8")
    script = "import profile, srcgrad; d = srcgrad.grad(profile.loss); print(d(2.0)); d.save('saved.py', 2.0)"
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "12.0\n"
    assert "import profile" not in (tmp_path / "saved.py").read_text(encoding="utf-8")
