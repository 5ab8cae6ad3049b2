"""How long the transformation takes, from reading the source to compiled code, by the length of the function.

    python benchmarks/transform_time.py [STATEMENTS ...] [--profile] [--kind KIND] [--json FILE]

The functions are written for this: arithmetic, branches, loops and NumPy calls in turn, all of it active.
The growth column is the exponent of the time in the number of statements since the row above: 1 is linear.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib.util
import itertools
import json
import math
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from measure import calls_for, duration, pin, sample, table

ROOT = Path(__file__).resolve().parents[1]
TARGETS = {20: 0.1, 160: 1.0, 2000: 15.0}
HIT = 1e-6

# What a function is made of: {n} counts up, {a} and {b} are the latest arrays, {s} is the latest scalar.
_PARTS = {
    "mixed": (
        "v{n} = {a} * {b} + np.sin({a}) / (1.0 + {b} * {b})",
        "s{n} = {s} * 0.5 + np.sum({b} * {a}) * 1e-3",
        "if {s} > 0.0:\n    v{n} = np.tanh({a} * {s})\nelse:\n    v{n} = {a} - {s} * {b}",
        "v{n} = np.exp(-{a} * {a}) + {b}",
        "v{n} = {a} * 0.5\nfor i in range(3):\n    v{n} = v{n} * 0.5 + np.cos({b} + i)\n    v{n} = v{n} + {a}",
        "v{n} = np.dot(w, {a}) + {b}\nv{n} /= 1.0 + np.linalg.norm({b})",
    ),
    "straight": (
        "v{n} = {a} * {b} + np.sin({a}) / (1.0 + {b} * {b})",
        "v{n} = np.exp(-{a} * {a}) + {b}",
    ),
}


def program(length: int, kind: str = "mixed") -> str:
    """The text of a module with a function ``f(x, w)`` of about so many statements."""
    lines = ["import numpy as np", "", "", "def f(x, w):", "    v0 = x * 2.0", "    s0 = np.sum(x)"]
    arrays, scalars, count = ["x", "v0"], ["s0"], 3
    for number, part in enumerate(itertools.cycle(_PARTS[kind]), start=1):
        if count >= length:
            break
        made = part.format(n=number, a=arrays[-1], b=arrays[-2], s=scalars[-1]).split("\n")
        (scalars if part.startswith("s") else arrays).append(f"{part[0] if part[0] == 's' else 'v'}{number}")
        lines += ["    " + line for line in made]
        count += sum(line != "else:" for line in made)
    return "\n".join([*lines, f"    return np.sum({arrays[-1]}) + {scalars[-1]}", ""])


def load(text: str, folder: str, name: str) -> Callable[..., Any]:
    """The function of a module text that is written to a real file."""
    path = Path(folder) / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.f


@dataclass
class Row:
    """What was measured for one length."""

    statements: int
    seconds: float
    generated: int
    growth: float
    hit: float

    @property
    def cells(self) -> list[str]:
        late = self.seconds > TARGETS.get(self.statements, math.inf)
        return [
            str(self.statements),
            duration(self.seconds) + ("!" if late else " "),
            str(self.generated),
            "" if math.isnan(self.growth) else f"{self.growth:.2f}",
            duration(self.hit) + ("!" if self.hit > HIT else " "),
        ]


def _arguments() -> tuple[Any, Any]:
    import numpy as np

    return np.linspace(0.1, 1.0, 4), np.eye(4) * 0.5


def first_call(
    function: Callable[..., Any], args: tuple[Any, ...], profile: cProfile.Profile | None
) -> tuple[float, Any]:
    """Seconds of a whole first call, with reading the source, and the derivative."""
    import srcgrad

    if profile is not None:
        profile.enable()
    start = time.process_time()
    derivative = srcgrad.grad(function, wrt=0)
    derivative(*args)
    seconds = time.process_time() - start
    if profile is not None:
        profile.disable()
    return seconds, derivative


def hit_time(derivative: Any, args: tuple[Any, ...]) -> float:
    """What a call of the ``Derivative`` costs above a call of the plain function, where that does next to nothing."""
    thunk, plain = partial(derivative, *args), partial(derivative.function(*args), *args)
    calls = calls_for(thunk, 0.01)
    return statistics.median(sample(thunk, calls) - sample(plain, calls) for _ in range(31))


def measure(length: int, kind: str, folder: str, repeats: int, profile: cProfile.Profile | None) -> Row:
    """Time the first call for a function of so many statements."""
    from golden import ast_statements

    function = load(program(length, kind), folder, f"{kind}_{length}")
    args = _arguments()
    times = []
    for _ in range(repeats):
        seconds, derivative = first_call(function, args, profile)
        times.append(seconds)
        if sum(times) > 30:
            break
    hits = load("def f(x, w):\n    return 2.0\n", folder, "nothing")
    _, nothing = first_call(hits, args, None)
    return Row(length, statistics.median(times), ast_statements(derivative.source), math.nan, hit_time(nothing, args))


def report(profile: cProfile.Profile, count: int) -> None:
    """The hottest functions, by their own time and by the time of all they call."""
    stats = pstats.Stats(profile).strip_dirs()
    for order in ("tottime", "cumulative"):
        stats.sort_stats(order).print_stats(count)
    stats.sort_stats("tottime").print_callers(6)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lengths", nargs="*", type=int, metavar="STATEMENTS", default=list(TARGETS))
    parser.add_argument("--kind", choices=sorted(_PARTS), default="mixed")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--profile", nargs="?", type=int, const=25, metavar="N", help="list the N hottest functions")
    parser.add_argument("--print", action="store_true", help="print the functions that are transformed")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    pin()
    sys.path.insert(0, str(ROOT))
    profile = cProfile.Profile() if options.profile else None
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        measure(5, options.kind, folder, 1, None)  # what is loaded at first use
        for length in options.lengths:
            if options.print:
                print(program(length, options.kind))
            row = measure(length, options.kind, folder, options.repeats, profile)
            if rows:
                row.growth = math.log(row.seconds / rows[-1].seconds) / math.log(length / rows[-1].statements)
            rows.append(row)
            print(
                table(["statements", "first call", "generated", "growth", "hit"], [r.cells for r in rows]), flush=True
            )
    if profile is not None:
        report(profile, options.profile)
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
