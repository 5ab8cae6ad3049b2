"""Forward mode makes of a call what the rules say: the same tangent as that of the rule's own case."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.testing.templates import fresh, is_literal
from tests.rules.support import Case, active_parameters, bind, call, pack, pack_all, tangent_of, unpack
from tests.rules.test_rule_forms import CASES
from tests.zoo import WHOLE

OF_EACH = 3  # cases of each primitive


def first_ones() -> list[Case]:
    """The first few cases of each primitive."""
    counts: dict[int, int] = {}
    found = []
    for one in CASES:
        counts[id(one.primitive)] = counts.get(id(one.primitive), 0) + 1
        if counts[id(one.primitive)] <= OF_EACH:
            found.append(one)
    return found


def is_written(value: Any) -> bool:
    finite = not isinstance(value, float) or math.isfinite(value)
    return is_literal(value) and finite and not isinstance(value, type)


def written(one: Case) -> tuple[str, dict[str, Any], dict[str, tuple[str, int | None]]]:
    """The text of a function that makes the call of what is differentiated, its globals, the places of its parameters.

    What is no array and not differentiated is written out, so that the rule's choices can be made.
    """
    active, signature = active_parameters(one), bind(one)[0].signature
    names = list(signature.parameters)
    packed = [n for n in names if signature.parameters[n].kind is signature.parameters[n].VAR_POSITIONAL]
    held: dict[str, Any] = {"primitive": one.primitive}
    places: dict[str, tuple[str, int | None]] = {}
    spelled = []
    for place, value in [*enumerate(one.args), *one.keywords.items()]:
        name, item = place, None
        if isinstance(place, int):
            late = packed and place >= names.index(packed[0])
            name, item = (packed[0], place - names.index(packed[0])) if late else (names[place], None)
        prefix = "" if isinstance(place, int) else f"{place}="
        if name in active and pack(value).size:
            places[f"x_{place}"] = (str(name), item)
            spelled.append(f"{prefix}x_{place}")
        elif is_written(value):
            spelled.append(f"{prefix}{value!r}")
        else:
            held[f"value_{place}"] = value
            spelled.append(f"{prefix}value_{place}")
    text = f"def function({', '.join(places)}):\n    return primitive({', '.join(spelled)})\n"
    return text, held, places


def tangents_of(one: Case, places: dict[str, tuple[str, int | None]]) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """Tangents by the rule's parameters, and the values and tangents of the function's."""
    rng = np.random.default_rng(3)
    given = active_parameters(one)
    tangents: dict[str, Any] = {}
    values, dots = [], []
    for name, item in places.values():
        value = given[name] if item is None else given[name][item]
        dot = unpack(value, iter(rng.normal(size=pack(value).size)))
        values.append(fresh(value))  # a stack is changed in place
        dots.append(dot)
        if item is None:
            tangents[name] = dot
        else:
            tangents.setdefault(name, [None] * len(given[name]))[item] = dot
    return tangents, values, dots


# one case in three, or all of them: SRCGRAD_WHOLE_ZOO=1 pytest tests/rules/test_tangents_of_calls.py
@pytest.mark.parametrize("one", first_ones()[:: 1 if WHOLE else 3], ids=str)
def test_forward_mode_agrees_with_the_rule(one: Case, tmp_path: Path) -> None:
    text, held, places = written(one)
    if not places:
        pytest.skip("of no numbers")
    path = tmp_path / "written.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("written", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module).update(held)
    tangents, values, dots = tangents_of(one, places)
    expected = tangent_of(one, call(one, {}), tangents, True)
    with np.errstate(all="ignore"):
        _, found = srcgrad.jvp(module.function, wrt=tuple(places))(*values, *dots)
    np.testing.assert_allclose(pack_all(found), pack_all(expected), rtol=1e-11, atol=1e-13)
