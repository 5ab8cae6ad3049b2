"""The derivative that the README shows is the one that srcgrad prints."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np

import srcgrad
from examples import demo

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(?<=```text\n).*?(?=```\n)", re.DOTALL)


def test_readme_shows_what_srcgrad_prints(update_golden):
    a = np.array([0.5, -0.25, 1.0])
    printed = srcgrad.grad(demo.f).source_for(a)
    expected = demo.side_by_side(inspect.getsource(demo.f), printed) + "\n"
    readme = README.read_text(encoding="utf-8")
    if update_golden:
        readme = BLOCK.sub(lambda _: expected, readme, count=1)
        README.write_text(readme, encoding="utf-8")
    assert BLOCK.findall(readme) == [expected]
    assert max(map(len, expected.splitlines())) <= 100, "too wide to be read side by side"
