"""Programs of blocks inside of blocks, with every way out of the innermost one that Python allows there.

An argument of the program says which way is taken, so one derivative is asked about all of them.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator

# What is around a block, which stands where it says BODY; only a block of LOOPS can be left by ``break``.
BLOCKS = {
    "if": """
        if k >= 0:
            BODY
        else:
            s = s * 3.0
        """,
    "else": """
        if x[0] * k < 0.0:
            y[1] *= 2.0
        else:
            s = s * x[1]
            BODY
        """,
    "for": """
        for NAME in range(3):
            s = s * x[0]
            BODY
            y[NAME] = np.tanh(y[NAME] * s)
        """,
    "while": """
        NAME = 0
        while NAME < 2:
            NAME += 1
            y[0] = np.tanh(y[0]) * s
            BODY
        """,
    "items": """
        for NAME, v in enumerate(x):
            s = s + v * v
            BODY
            y[NAME] = y[NAME] * v
        """,
    "for else": """
        for NAME in range(2):
            s = s * x[NAME]
            if k > 90:
                break
        else:
            BODY
        """,
    "while else": """
        NAME = 2
        while NAME:
            NAME -= 1
            s = s * x[NAME]
        else:
            y[1] *= s
            BODY
        """,
    "with": """
        with Manager():
            y[2] *= s
            BODY
            s = s * x[2]
        """,
    "suppress": """
        with contextlib.suppress(KeyError):
            y[0] = np.tanh(y[0] * s)
            BODY
            y[0] = y[0] * x[0]
        """,
    "try": """
        try:
            y[0] = y[0] * x[1]
            BODY
            s = np.tanh(s * y[0])
        except KeyError:
            s = s * x[2]
        """,
    "except": """
        try:
            s = s * x[1]
            y[1] = s * x[9]
        except IndexError:
            y[0] *= s
            BODY
        """,
    "try else": """
        try:
            s = s * x[0]
        except KeyError:
            s = 0.0
        else:
            BODY
            y[2] = y[2] * s
        """,
    "finally": """
        try:
            y[0] *= x[0]
            if k == 7:
                y[1] = x[9]
        finally:
            s = np.tanh(s) * y[0]
            BODY
        """,
    "tried finally": """
        try:
            s = s * x[2]
            BODY
            s = np.tanh(s) * s
        finally:
            y[1] = y[1] * s
        """,
    "case": """
        match (k, "k"):
            case (99, _):
                s = 0.0
            case (NAME, str()):
                s = s * (1.0 + 0.1 * NAME)
                BODY
        """,
    "function": """
        def NAME(s, a):
            s = s * a[1]
            BODY
            return s
        s = NAME(s, x)
        """,
}
LOOPS = frozenset({"for", "while", "items"})
# What the argument k says of how the innermost block is left: each but the first, 0, in one statement.
EXITS = {
    1: "return s * x[0]",
    2: "break",
    3: "continue",
    4: 'raise KeyError("k")',
    5: "s = s * x[k]",
    6: "assert x[0] > 1.0",
    7: "",  # raised before a 'finally', where there is one
}
HEAD = '''"""Blocks inside of blocks."""

import contextlib

import numpy as np


LOG = []


class Manager:
    def __enter__(self):
        LOG.append("in")

    def __exit__(self, kind, value, traceback):
        LOG.append("out" if kind is None else kind.__name__)
'''


def nestings(depth: int) -> Iterator[tuple[str, ...]]:
    """All ways to put blocks into each other."""
    return itertools.product(BLOCKS, repeat=depth)


def exits_of(nesting: tuple[str, ...]) -> list[int]:
    """The ways out of the innermost block."""
    inside = nesting[len(nesting) - nesting[::-1].index("function") :] if "function" in nesting else nesting
    in_loop = not LOOPS.isdisjoint(inside)
    return [k for k, text in EXITS.items() if in_loop or text not in ("break", "continue")]


def text_of(nesting: tuple[str, ...]) -> str:
    """The module with the function ``f(x, k)`` that nests blocks."""
    lines = [part for k in exits_of(nesting) if EXITS[k] for part in (f"if k == {k}:", f"    {EXITS[k]}")]
    body = "\n".join(["y[0] *= x[1]", *lines, "s = np.tanh(s) * x[0] + y[0]"])
    for depth in range(len(nesting) - 1, -1, -1):
        lines = []
        for line in textwrap.dedent(BLOCKS[nesting[depth]]).strip().replace("NAME", f"n{depth}").splitlines():
            indent = line[: len(line) - len(line.lstrip())]
            lines += textwrap.indent(body, indent).splitlines() if line.strip() == "BODY" else [line]
        body = "\n".join(lines)
    whole = f"s = x[0] * 2.0\ny = x * x\n{body}\nreturn s * np.sum(y) + y[0] * x[2]"
    return f"{HEAD}\n\ndef f(x, k):\n{textwrap.indent(whole, '    ')}\n"
