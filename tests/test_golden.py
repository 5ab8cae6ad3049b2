"""Derivatives are printed as they were: each equals its module in tests/golden.

``make golden`` (``pytest tests --update-golden -k golden``) rewrites the modules; what changed is then to be read.
"""

from __future__ import annotations

import ast
import copy
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests.golden_programs import Golden, programs
from tests.storage_programs.support import flat

FOLDER = Path(__file__).parent / "golden"
PROGRAMS = list(programs())
PAIRS = [golden for golden in PROGRAMS if golden.by_hand is not None]


def named(golden: Golden) -> str:
    return golden.name


def derivative(golden: Golden) -> Any:
    options = {} if golden.of is None else {"of": golden.of}
    return getattr(srcgrad, golden.transform)(golden.function, golden.wrt, **options)


def generated(golden: Golden) -> str:
    return str(derivative(golden).source_for(*golden.args))


def written_by_hand(golden: Golden) -> str:
    return (Path(__file__).parent / "golden_pairs" / f"{golden.name}.py").read_text(encoding="utf-8")


def pushes(text: str) -> int:
    """How many values a module's functions append to lists, each member of a tuple counted."""
    values = [
        node.args[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append"
    ]
    return sum(len(value.elts) if isinstance(value, ast.Tuple) else 1 for value in values)


@pytest.mark.parametrize("golden", PROGRAMS, ids=named)
def test_golden_text(golden: Golden, update_golden: bool):
    path = FOLDER / f"{golden.name}.py"
    text = generated(golden)
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "read the difference; `make golden` accepts it"


@pytest.mark.parametrize("golden", PROGRAMS, ids=named)
def test_golden_modules_can_be_imported(golden: Golden):
    spec = importlib.util.spec_from_file_location(f"golden_{golden.name}", FOLDER / f"{golden.name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert any(name.endswith(("_grad", "_fwd", "_jvp")) for name in vars(module))


def test_golden_folder_holds_nothing_else(update_golden: bool):
    known = {golden.name for golden in PROGRAMS}
    strangers = [path for path in sorted(FOLDER.glob("*.py")) if path.stem not in known]
    if update_golden:
        for path in strangers:
            path.unlink()
        strangers = []
    assert not strangers


@pytest.mark.parametrize("golden", PAIRS, ids=named)
def test_golden_pairs_agree(golden: Golden):
    assert golden.by_hand is not None
    ours, theirs = derivative(golden)(*golden.args), golden.by_hand(*copy.deepcopy(golden.args))
    if not isinstance(theirs, tuple):
        ours, theirs = (ours,), (theirs,)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(flat(mine), flat(other), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("golden", PAIRS, ids=named)
def test_golden_pairs_push_no_more_than_is_needed(golden: Golden):
    assert pushes(generated(golden)) <= pushes(written_by_hand(golden))


def test_golden_while_loop_keeps_only_a_count():
    golden = next(golden for golden in PAIRS if golden.name == "while_if")
    loops = [node for node in ast.walk(ast.parse(generated(golden))) if isinstance(node, (ast.While, ast.For))]
    assert [type(loop) for loop in loops] == [ast.While, ast.For]
    counts = [node for node in loops[0].body if isinstance(node, ast.AugAssign)]
    assert [ast.unparse(count) for count in counts] == ["trips += 1"]
    assert len(loops[0].body) == 2


def test_golden_subscript_loop_has_no_forward_sweep():
    golden = next(golden for golden in PAIRS if golden.name == "subscript_loop")
    text = generated(golden)
    assert "forward sweep" not in text
    assert sum(isinstance(node, ast.For) for node in ast.walk(ast.parse(text))) == 1


def test_pushes_counts_the_members_of_a_tuple():
    assert pushes("s.append(x)\nt.append((a, b))\nx.pop()\n") == 3
