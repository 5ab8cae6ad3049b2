"""Trees of the standard library's and NumPy's files survive printing and parsing unchanged.

By default a seeded sample is tried; with SRCGRAD_ROUNDTRIP=all in the environment, every file.
"""

from __future__ import annotations

import ast
import os
import random
import sysconfig
import warnings
from functools import cache
from pathlib import Path

import gast
import numpy as np
import pytest

from srcgrad.writer import to_text

STDLIB = Path(sysconfig.get_paths()["stdlib"])
NUMPY = Path(np.__file__).parent
SHARES = 8
SAMPLE = 100

# "directory/file.py" below the standard library or NumPy: why its tree may differ.
EXCEPTIONS: dict[str, str] = {}


@cache
def files() -> list[Path]:
    found = {path for path in STDLIB.rglob("*.py") if "site-packages" not in path.parts}
    found |= set(NUMPY.rglob("*.py"))
    every = sorted(found)
    if os.environ.get("SRCGRAD_ROUNDTRIP") == "all":
        return every
    return random.Random(2).sample(every, SAMPLE)


def parsed(path: Path) -> ast.Module | None:
    """The tree of a file, or None for test data that is no Python."""
    with warnings.catch_warnings():
        # Old files have escapes that Python no longer likes.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            return None


@pytest.mark.parametrize("share", range(SHARES))
def test_round_trip(share: int) -> None:
    for path in files()[share::SHARES]:
        tree = parsed(path)
        if tree is None or any(path.match(name) for name in EXCEPTIONS):
            continue
        text = to_text(tree)
        assert ast.dump(ast.parse(text)) == ast.dump(tree), path
        assert to_text(gast.ast_to_gast(tree)) == text, path


def test_sample_is_large_enough() -> None:
    trees = [tree for path in files()[:: SAMPLE // 20] if (tree := parsed(path)) is not None]
    assert len(trees) >= 15
