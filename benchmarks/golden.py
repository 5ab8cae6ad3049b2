"""Generated derivatives against hand-written ones: how many statements, how much time.

    python benchmarks/golden.py [NAME ...] [--json FILE] [--rounds N] [--source]

The pairs are those of tests/golden_pairs.  Statements are those of all functions of a derivative, ``def`` lines
included, comments and docstrings not.  Times are ratios to the hand-written derivative: of the plain generated
function, and of a call of the ``Derivative`` object, which adds the choice by the kinds of the arguments.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from measure import duration, paired, pin, ratio, table

ROOT = Path(__file__).resolve().parents[1]
PAIRS = ROOT / "tests" / "golden_pairs"
STATEMENTS, TIME = 1.2, 1.1  # the targets


def _larger(name: str, rng: Any) -> tuple[Any, ...] | None:
    """Arguments at a size where arrays weigh more than calls; None where all is scalar."""
    n = rng.normal
    if name == "straight_line":
        return n(size=(100, 50)), n(size=50), n(size=(400, 100)), n(size=(400, 50))
    if name == "while_if":
        return (n(size=10_000) * 1e-6,)
    if name == "loop_with_stack":
        return n(size=(100, 100)) / 10, n(size=(100, 50)), n(size=100), [n(size=50) for _ in range(100)]
    if name == "subscript_loop":
        return (n(size=2000),)
    if name == "forward_mode":
        return n(size=10_000), 0.8, n(size=10_000), 0.3
    if name == "calls":
        return n(size=(200, 100)), n(size=(100, 100)) / 10, n(size=(100, 20))
    return None


@dataclass
class Row:
    """What was measured for one pair at one size."""

    pair: str
    size: str
    statements: int
    by_hand: int
    hand: float
    function: float
    call: float
    error: float

    @property
    def cells(self) -> list[str]:
        share = self.statements / self.by_hand
        return [
            self.pair,
            self.size,
            f"{self.statements}/{self.by_hand}",
            f"{share:.2f}" + ("!" if share > STATEMENTS else " "),
            duration(self.hand),
            f"{self.function:.2f}" + ("!" if self.function > TIME else " "),
            f"{self.call:.2f}" + ("!" if self.call > TIME else " "),
            f"{self.error:.0e}",
        ]


def statements(functions: list[ast.FunctionDef]) -> int:
    """The number of statements in functions, without docstrings."""
    nodes = [node for function in functions for node in ast.walk(function)]
    documented = sum(isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None for node in nodes)
    return sum(isinstance(node, ast.stmt) for node in nodes) - documented


def ast_statements(text: str) -> int:
    """The statements of all functions of a module."""
    return statements([node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)])


def reached(module: ast.Module, name: str) -> list[ast.FunctionDef]:
    """A function of a module and those of the module that it uses."""
    own = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    found: dict[str, ast.FunctionDef] = {}
    pending = [name]
    while pending:
        current = pending.pop()
        if current in own and current not in found:
            found[current] = own[current]
            pending += [node.id for node in ast.walk(own[current]) if isinstance(node, ast.Name)]
    return list(found.values())


def by_hand(function: Callable[..., Any]) -> int:
    """The statements of a hand-written derivative."""
    module = ast.parse(Path(inspect.getfile(function)).read_text(encoding="utf-8"))
    return statements(reached(module, function.__name__))


def difference(ours: Any, theirs: Any) -> float:
    """The largest difference between two gradients, relative to the largest number of the second."""
    import numpy as np

    pairs = list(zip(leaves(ours), leaves(theirs), strict=True))
    scale = max(float(np.max(np.abs(b), initial=0.0)) for _, b in pairs) or 1.0
    return max(float(np.max(np.abs(np.subtract(a, b)), initial=0.0)) for a, b in pairs) / scale


def leaves(value: Any) -> list[Any]:
    """The arrays and numbers of a gradient: those of its tuples, lists and dicts, in order of their keys."""
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in leaves(value[key])]
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def measure(name: str, rounds: int, show: bool) -> list[Row]:
    """Measure a pair at its own size and at a larger one."""
    import numpy as np

    import srcgrad

    module = importlib.import_module(f"tests.golden_pairs.{name}")
    rows = []
    f, hand, small, wrt = module.example(np.random.default_rng(0))
    for size, args in (("small", small), ("large", _larger(name, np.random.default_rng(1)))):
        if args is None:
            continue
        transform = getattr(srcgrad, getattr(module, "TRANSFORM", "grad"))
        options = {"of": module.OF} if hasattr(module, "OF") else {}
        derivative = transform(f, wrt if len(wrt) > 1 else wrt[0], **options)
        text = derivative.source_for(*args)
        if show and size == "small":
            print(text)
        plain = derivative.function(*args)
        error = difference(derivative(*args), hand(*args))
        thunks = {"hand": partial(hand, *args), "function": partial(plain, *args), "call": partial(derivative, *args)}
        samples = paired(thunks, rounds, 0.005)
        rows.append(
            Row(
                name,
                size,
                ast_statements(text),
                by_hand(hand),
                float(np.median(samples["hand"])),
                ratio(samples, "function", "hand"),
                ratio(samples, "call", "hand"),
                error,
            )
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = sorted(path.stem for path in PAIRS.glob("[!_]*.py"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"pairs: {', '.join(names)} (default all)")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there too")
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--source", action="store_true", help="print the generated derivatives")
    options = parser.parse_args()
    pin()
    sys.path.insert(0, str(ROOT))
    rows = [row for name in options.names or names for row in measure(name, options.rounds, options.source)]
    head = ["pair", "size", "statements", "ratio", "hand", "function/hand", "call/hand", "difference"]
    print(table(head, [row.cells for row in rows]))
    print(f"targets: statements {STATEMENTS}, time {TIME}; what is over its target is marked !")
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
