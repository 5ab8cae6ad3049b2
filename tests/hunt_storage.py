"""Hunt for wrong derivatives of random programs about storage: ``python tests/hunt_storage.py --count 1000``.

Each seed is a program of ``storage_grammar``.  What becomes of it is one of CLASSES; programs that failed are kept in
``--keep``, with the numbers that differ.  ``--shrink SEED`` prints the smallest program that still fails like that of
the seed (give the same ``--features``); ``--show SEED`` prints it whole, ``--again DIR`` examines kept programs once
more, ``--productions`` runs primals only and counts what the grammar wrote.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.util
import linecache
import multiprocessing
import re
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

if __name__ == "__main__":  # as a script it is in the folder of the tests, not above it
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import srcgrad
from tests.storage_grammar import ALL, StorageProgram, program_of

WRT = ("x", "w", "s")
TOLERANCE = 1e-5
LIMIT = 20  # seconds for a program
CLASSES = {
    "broken": "the primal raises, warns, or gives another value the second time: the grammar is wrong",
    "steep": "differences disagree with each other, nothing can be said",
    "refused": "DifferentiationError",
    "timeout": f"more than {LIMIT} s",
    "error": "another exception, or a warning",
    "value": "the value is not the primal's",
    "mutated": "the caller's arguments were changed",
    "wrong": "the gradient disagrees with differences",
    "jvp error": "the gradient is right, but forward mode raised something else than DifferentiationError",
    "jvp": "the gradient is right, but forward mode disagrees with it",
    "vjp error": "the gradient is right, but vjp raised something else than DifferentiationError",
    "vjp": "the gradient is right, but a pullback that is called twice, after its arguments changed, is not",
    "hvp error": "the gradient is right, but hvp raised something else than DifferentiationError",
    "hvp": "the gradient is right, but hvp disagrees with its differences",
    "good": "all is right",
}
FAILURES = tuple(kind for kind in CLASSES if kind not in ("steep", "refused", "good"))
MODES = ("jvp", "vjp")  # and hvp, if it is asked for


class TimeUp(BaseException):
    """No Exception: nothing that is run may catch it."""


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Outcome:
    """What became of a program."""

    kind: str
    message: str = ""  # what outcomes of a kind are counted by
    details: str = ""
    modes: tuple[str, ...] = ()  # of each other mode whether it is good, or why it refused
    productions: tuple[str, ...] = field(default=())

    def like(self, other: Outcome) -> bool:
        """Whether a smaller program fails in the same way."""
        return self.kind == other.kind and self.message == other.message


class Modules:
    """Imports texts as modules, and forgets them again; in a ``with`` also their folder."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="hunt_storage_")
        self.count = 0

    def __enter__(self) -> Modules:
        return self

    def __exit__(self, *exception: object) -> None:
        self.folder.cleanup()

    def load(self, text: str, name: str) -> Any:
        self.count += 1
        path = Path(self.folder.name) / f"{name}_{self.count}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module

    def unload(self, module: Any) -> None:
        sys.modules.pop(module.__name__, None)
        linecache.cache.pop(str(module.__file__), None)
        Path(str(module.__file__)).unlink()


def copied(arguments: Sequence[Any]) -> list[Any]:
    return [value.copy() if isinstance(value, np.ndarray) else value for value in arguments]


def flat(arguments: Sequence[Any]) -> np.ndarray[Any, Any]:
    return np.concatenate([np.ravel(np.asarray(value, dtype=float)) for value in arguments[:3]])


def moved(arguments: Sequence[Any], point: np.ndarray[Any, Any]) -> list[Any]:
    """Arguments with other numbers in x, w and s."""
    x, w, s = arguments[:3]
    a, b = x.size, x.size + w.size
    del s
    return [point[:a].reshape(x.shape).copy(), point[a:b].reshape(w.shape).copy(), float(point[b]), *arguments[3:]]


def slope(f: Callable[..., Any], arguments: Sequence[Any], direction: np.ndarray[Any, Any], step: float) -> float:
    """The derivative in a direction, by extrapolated central differences."""
    point = flat(arguments)

    def at(factor: float) -> float:
        return float(f(*moved(arguments, point + factor * step * direction)))

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)


def steady(f: Callable[..., Any], arguments: Sequence[Any], direction: np.ndarray[Any, Any]) -> tuple[float, bool]:
    """The derivative in a direction, and whether two steps agree about it."""
    coarse, fine = slope(f, arguments, direction, 1e-4), slope(f, arguments, direction, 2e-5)
    return fine, abs(coarse - fine) <= 1e-6 * (1.0 + abs(fine))


def normalised(message: str) -> str:
    """A message without the names and numbers of one program."""
    message = re.sub(r"\bstorage_\w+", "MODULE", message.splitlines()[0] if message else "")
    message = re.sub(r"0x[0-9a-f]+", "0x", message)
    if "rule" not in message and "attribute" not in message:
        message = re.sub(r"(['`])[^'`]*\1", "'...'", message)
    message = re.sub(r"\b(line )?\d+\b", "0", message)
    return message[:160]


def points(program: StorageProgram) -> list[tuple[Any, ...]]:
    """The program's arguments, and others that take other ways through it."""
    x, w, s, n, flag = program.args
    return [program.args, (x[::-1].copy(), w * 0.9, s + 0.11, (n + 2) % 5, not flag)]


def examine(program: StorageProgram, modules: Modules, limit: int = LIMIT, modes: Sequence[str] = MODES) -> Outcome:
    """Run a program and its derivatives."""
    try:
        with time_limit(limit):
            module = modules.load(program.text, program.name)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    return examined(module.f, program, modes)
            finally:
                modules.unload(module)
    except TimeUp:
        return Outcome("timeout", details=traceback.format_exc())
    except Exception as error:  # of the import
        return Outcome("broken", f"{type(error).__name__}: {normalised(str(error))}", traceback.format_exc())


def examined(f: Callable[..., Any], program: StorageProgram, modes: Sequence[str]) -> Outcome:
    places = points(program)
    generator = np.random.default_rng(0)
    directions = [generator.uniform(-1.0, 1.0, flat(place).size) for place in places]
    values, expected = [], []
    try:
        for place, direction in zip(places, directions, strict=True):
            values.append(f(*copied(place)))
            poison()
            again = f(*copied(place))
            if values[-1] != again or not np.isfinite(again) or np.shape(again) != ():
                return Outcome("broken", "values", f"{values[-1]!r} and {again!r} at {place!r}")
            expected.append(steady(f, place, direction))
    except Exception as error:
        return Outcome("broken", f"{type(error).__name__}: {normalised(str(error))}", traceback.format_exc())
    if not all(good for _, good in expected):
        return Outcome("steep")
    try:
        gradient = srcgrad.grad(f, wrt=WRT)
        for place, direction, (difference, _) in zip(places, directions, expected, strict=True):
            given = copied(place)
            found = gradient(*given)
            if not same(given, place):
                return Outcome("mutated", "grad", f"given {place!r}\nleft {given!r}")
            outcome = compared(f, place, found, direction, difference)
            if outcome is not None:
                return outcome
    except srcgrad.DifferentiationError as error:
        return Outcome("refused", normalised(error.reason), refusal(error))
    except Exception as error:
        return Outcome("error", f"{type(error).__name__}: {normalised(str(error))}", traceback.format_exc())
    said = []
    checks = {"value_and_grad": check_both, "jvp": check_jvp, "vjp": check_vjp, "hvp": check_hvp}
    for mode in modes:
        try:
            derivative = getattr(srcgrad, mode)(f, wrt=WRT)
            for place, value, direction in zip(places, values, directions, strict=True):
                outcome = checks[mode](derivative, place, value, direction, gradient)
                if outcome is not None:
                    return outcome
            said.append(f"{mode}: good")
        except srcgrad.DifferentiationError as error:
            said.append(f"{mode}: {normalised(error.reason)}")
        except Exception as error:
            return Outcome(f"{mode} error", f"{type(error).__name__}: {normalised(str(error))}", traceback.format_exc())
    return Outcome("good", modes=tuple(said))


Derivative = Callable[..., Any]


def called_as(value: Any, got: Any, place: Any, given: Any, mode: str) -> Outcome | None:
    """None if a call gave the primal's value, and left what it was given."""
    if not same(given, place):
        return Outcome("mutated", mode, f"given {place!r}\nleft {given!r}")
    if got != value:
        return Outcome("value", mode, f"{got!r} instead of {value!r} at {place!r}")
    return None


def check_both(both: Derivative, place: Any, value: Any, direction: Any, gradient: Any) -> Outcome | None:
    given = copied(place)
    got, again = both(*given)
    if (outcome := called_as(value, got, place, given, "value_and_grad")) is not None:
        return outcome
    found = gradient(*copied(place))
    if not same(again, found, exact=False):
        return Outcome("wrong", "value_and_grad and grad disagree", f"{again!r}\nand {found!r} at {place!r}")
    return None


def check_jvp(jvp: Derivative, place: Any, value: Any, direction: Any, gradient: Any) -> Outcome | None:
    given = copied(place)
    got, tangent = jvp(*given, *moved(place, direction)[:3])
    if (outcome := called_as(value, got, place, given, "jvp")) is not None:
        return outcome
    product = float(flat(gradient(*copied(place))) @ direction)
    if not abs(product - tangent) <= 1e-9 * (1.0 + abs(product)):
        return Outcome("jvp", "", f"tangent {tangent!r}, product {product!r} at {place!r}")
    return None


def check_vjp(vjp: Derivative, place: Any, value: Any, direction: Any, gradient: Any) -> Outcome | None:
    given = copied(place)
    got, pullback = vjp(*given)
    if (outcome := called_as(value, got, place, given, "vjp")) is not None:
        return outcome
    for changed in given[:2]:
        changed[...] = 3.3
    for factor in (2.0, 1.0, 1.0):
        found = flat(pullback(factor))
        expected = factor * flat(gradient(*copied(place)))
        if not np.allclose(found, expected, rtol=1e-10, atol=1e-12):
            return Outcome("vjp", f"pullback({factor})", f"{found!r}\ninstead of {expected!r} at {place!r}")
    return None


def check_hvp(hvp: Derivative, place: Any, value: Any, direction: Any, gradient: Any) -> Outcome | None:
    given = copied(place)
    found = flat(hvp(*given, *moved(place, direction)[:3]))
    if not same(given, place):
        return Outcome("mutated", "hvp", f"given {place!r}\nleft {given!r}")

    def at(factor: float) -> np.ndarray[Any, Any]:
        return flat(gradient(*moved(place, flat(place) + factor * direction)))

    h = 1e-4
    expected = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    if not np.allclose(found, expected, rtol=0, atol=TOLERANCE * (0.1 + np.max(np.abs(expected)))):
        return Outcome("hvp", "", f"{found!r}\ninstead of {expected!r} at {place!r}")
    return None


def poison() -> None:
    """Leave numbers in the memory that np.empty gets next: what reads it gives another value then."""
    held = [np.full(size, 7.7e3 + size) for size in (1, 2, 3, 4, 6, 8, 9, 12) for _ in range(8)]
    del held


def same(one: Sequence[Any], other: Sequence[Any], exact: bool = True) -> bool:
    pairs = zip(one, other, strict=True)
    if exact:
        return all(np.shape(a) == np.shape(b) and type(a) is type(b) and bool(np.all(a == b)) for a, b in pairs)
    return all(np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-10, atol=1e-12) for a, b in pairs)


def refusal(error: srcgrad.DifferentiationError) -> str:
    line = (error.text or "").strip()
    return f"{error.reason}\n    {line}\n    hint: {error.hint}"


def compared(
    f: Callable[..., Any], place: Sequence[Any], found: Any, direction: np.ndarray[Any, Any], difference: float
) -> Outcome | None:
    """None if the gradient is right."""
    shapes = [np.shape(value) for value in place[:3]]
    if [np.shape(value) for value in found] != shapes:
        return Outcome("wrong", "shapes", f"shapes {[np.shape(value) for value in found]} instead of {shapes}")
    gradient = flat(found)
    product = float(gradient @ direction)
    scale = 0.01 + max(abs(difference), float(np.max(np.abs(gradient))))
    if abs(product - difference) <= TOLERANCE * scale:  # False for nan
        return None
    names = [f"x[{k}]" for k in range(4)] + [f"w[{k // 4}, {k % 4}]" for k in range(12)] + ["s"]
    lines = [f"along a direction: {product!r} instead of {difference!r}, at {place!r}"]
    for name, unit, got in zip(names, np.eye(gradient.size), gradient, strict=True):
        one, good = steady(f, place, unit)
        if not abs(one - got) <= TOLERANCE * scale or not good:
            lines.append(f"{name:>8}: {got: .9f} instead of {one: .9f}{'' if good else ' (steep)'}")
    return Outcome("wrong", "", "\n".join(lines))


# Many seeds.

STATE: dict[str, Modules] = {}


Task = tuple[int, frozenset[str], tuple[str, ...], int]


def run_seed(task: Task) -> tuple[int, Outcome]:
    seed, features, modes, limit = task
    if "modules" not in STATE:
        STATE["modules"] = Modules()
    modules = STATE["modules"]
    program = program_of(seed, features)
    outcome = examine(program, modules, limit, modes)
    outcome.productions = program.productions
    return seed, outcome


def outcomes(tasks: list[Task], jobs: int) -> Iterable[tuple[int, Outcome]]:
    if jobs <= 1:
        yield from map(run_seed, tasks)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork")) as pool:
        yield from pool.map(run_seed, tasks, chunksize=8)


def written_out(program: StorageProgram, outcome: Outcome, seed: int) -> str:
    said = "\n".join(f"# {line}".rstrip() for line in f"{outcome.message}\n{outcome.details}".splitlines())
    x, w, s, n, flag = program.args
    call = f"ARGS = (np.array({x.tolist()}), np.array({w.tolist()}), {s}, {n}, {flag})"
    return f"# seed {seed}: {outcome.kind}\n{said}\n{program.text}\n\n{call}\n"


def hunt(options: argparse.Namespace, features: frozenset[str]) -> int:
    seeds = range(options.start, options.start + options.count)
    tasks = [(seed, features, asked(options), options.limit) for seed in seeds]
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    modes: Counter[str] = Counter()
    productions: dict[str, Counter[str]] = defaultdict(Counter)
    begun = time.monotonic()
    keep = Path(options.keep) if options.keep else None
    for done, (seed, outcome) in enumerate(outcomes(tasks, options.jobs), start=1):
        found[outcome.kind][outcome.message].append(seed)
        productions[outcome.kind].update(set(outcome.productions))
        modes.update(outcome.modes)
        if outcome.kind in FAILURES or (outcome.kind == "refused" and options.keep_refused):
            if outcome.kind in FAILURES:
                print(f"seed {seed}: {outcome.kind} {outcome.message}", flush=True)
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                path = keep / f"{outcome.kind.replace(' ', '_')}_{seed}.py"
                path.write_text(written_out(program_of(seed, features), outcome, seed), encoding="utf-8")
        if done % 500 == 0:
            counts = ", ".join(f"{kind} {sum(map(len, by.values()))}" for kind, by in found.items())
            print(f"... {done} in {time.monotonic() - begun:.0f} s: {counts}", flush=True)
    summary(found, modes, productions, time.monotonic() - begun)
    return int(any(kind in found for kind in FAILURES))


def summary(
    found: dict[str, dict[str, list[int]]],
    modes: Counter[str],
    productions: dict[str, Counter[str]],
    seconds: float,
) -> None:
    total = sum(len(seeds) for by in found.values() for seeds in by.values())
    print(f"\n{total} programs in {seconds:.0f} s")
    for kind, meaning in CLASSES.items():
        by = found.get(kind)
        if not by:
            continue
        print(f"\n{kind}: {sum(map(len, by.values()))} ({meaning})")
        for message, seeds in sorted(by.items(), key=lambda one: -len(one[1]))[:30]:
            if kind == "good" or not message:
                print(f"    {len(seeds):5}  seeds {', '.join(map(str, seeds[:12]))}")
            else:
                print(f"    {len(seeds):5}  {message}  (seeds {', '.join(map(str, seeds[:6]))})")
    if modes:
        print("\nother modes, where the gradient is right:")
        for message, count in modes.most_common(20):
            print(f"    {count:5}  {message}")
    blamed(productions, total)


def blamed(productions: dict[str, Counter[str]], total: int) -> None:
    """Say what failing programs have more often than others have it."""
    sums: Counter[str] = Counter()
    for counts in productions.values():
        sums.update(counts)
    for kind in FAILURES:
        counts = productions.get(kind, Counter())
        if not counts or total < 50:
            continue
        rates = [(count / sums[name], count, name) for name, count in counts.items() if count >= 2]
        rates.sort(reverse=True)
        print(f"\nmost often in programs that are {kind}:")
        for rate, count, name in rates[:8]:
            print(f"    {100 * rate:5.1f} % of those with  {name}  ({count} programs)")


def count_productions(options: argparse.Namespace, features: frozenset[str]) -> int:
    """Run primals only, and count what the grammar wrote."""
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    lengths = []
    modules = Modules()
    for seed in range(options.start, options.start + options.count):
        program = program_of(seed, features)
        counts.update(program.productions)
        lengths.append(statements(program.text))
        outcome = primal_only(program, modules)
        kinds[outcome.kind] += 1
        if outcome.kind == "broken":
            print(f"seed {seed}: {outcome.message}\n{outcome.details}")
    for name, count in sorted(counts.items()):
        print(f"{count:7}  {name}")
    quartiles = np.percentile(lengths, [0, 25, 50, 75, 100]).astype(int).tolist()
    print(f"\n{len(counts)} productions, {dict(kinds)}; statements in f: {quartiles} (quartiles)")
    return int(kinds["broken"] > 0)


def statements(text: str) -> int:
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == "f"]
    return sum(isinstance(node, ast.stmt) for node in ast.walk(functions[0])) - 1


def primal_only(program: StorageProgram, modules: Modules) -> Outcome:
    """Run the primal with all integers and flags, and look whether it is smooth at its arguments."""
    module = modules.load(program.text, program.name)
    generator = np.random.default_rng(0)
    try:
        with warnings.catch_warnings(), time_limit(LIMIT):
            warnings.simplefilter("error")
            for n in range(5):
                for flag in (True, False):
                    value = module.f(*copied(program.args)[:3], n, flag)
                    poison()
                    again = module.f(*copied(program.args)[:3], n, flag)
                    if value != again or not np.isfinite(value) or abs(value) > 1e4 or np.shape(value) != ():
                        return Outcome("broken", "values", f"{value!r} and {again!r}")
            for place in points(program):
                direction = generator.uniform(-1.0, 1.0, flat(place).size)
                if not steady(module.f, place, direction)[1]:
                    return Outcome("steep")
    except (Exception, TimeUp) as error:
        return Outcome("broken", f"{type(error).__name__}: {error}", traceback.format_exc())
    finally:
        modules.unload(module)
    return Outcome("smooth")


# Smaller programs that fail alike.


class Shrinker:
    """Removes statements and simplifies expressions as long as a program fails as it did."""

    def __init__(self, program: StorageProgram, limit: int, modes: Sequence[str]) -> None:
        self.modules = Modules()
        self.limit = limit
        self.modes = modes
        self.args = program.args
        self.tree = ast.parse(program.text)
        self.seen: set[str] = set()
        self.tried = 0
        self.outcome = self.run(self.tree, self.args)

    def run(self, tree: ast.Module, args: tuple[Any, ...]) -> Outcome:
        self.tried += 1
        text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        return examine(StorageProgram(text, "shrunk", args), self.modules, self.limit, self.modes)

    def accept(self, tree: ast.Module, args: tuple[Any, ...] | None = None) -> bool:
        """Take a smaller program if it fails alike."""
        args = self.args if args is None else args
        try:
            text = ast.unparse(ast.fix_missing_locations(tree))
            compile(text, "shrunk", "exec")
        except (SyntaxError, ValueError):
            return False
        key = f"{text}\n{args!r}"
        if key in self.seen:
            return False
        self.seen.add(key)
        if not self.run(tree, args).like(self.outcome):
            return False
        self.tree, self.args = ast.parse(text), args
        return True

    def shrink(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        before = ""
        while before != ast.dump(self.tree) and time.monotonic() < deadline:
            before = ast.dump(self.tree)
            self.statements(deadline)
            self.expressions(deadline)
            self.arguments()

    def statements(self, deadline: float) -> None:
        """Remove runs of statements, long ones first, and replace blocks by what is in them."""
        size = 8
        while size >= 1 and time.monotonic() < deadline:
            place = 0
            while time.monotonic() < deadline:
                changed = self.removed(place, size)
                if changed is None:
                    break
                if not self.accept(changed):
                    place += 1
            size //= 2
        place = 0
        while time.monotonic() < deadline:
            options = self.unwrapped(place)
            if options is None:
                break
            if not any(self.accept(one) for one in options):
                place += 1

    def removed(self, place: int, size: int) -> ast.Module | None:
        """The tree without ``size`` statements of a list; ``place`` counts where such a run begins, from the end."""
        tree = copy.deepcopy(self.tree)
        for block in reversed(list(blocks(tree))):
            starts = len(block) - size + 1
            if starts <= 0:
                continue
            if place < starts:
                start = starts - 1 - place
                del block[start : start + size]
                repaired(tree)
                return tree
            place -= starts
        return None

    def unwrapped(self, place: int) -> list[ast.Module] | None:
        """The tree with a compound statement replaced by one of its blocks: each way to do it."""
        found = []
        for which in range(4):
            tree = copy.deepcopy(self.tree)
            count = 0
            for block in blocks(tree):
                for index, node in enumerate(block):
                    parts = [getattr(node, name, []) for name in ("body", "orelse")]
                    if isinstance(node, ast.FunctionDef) or not parts[0]:
                        continue
                    if count == place:
                        ways: list[list[ast.stmt]] = [[*part] for part in parts if part]
                        if isinstance(node, ast.For):
                            first = ast.Assign([copy.deepcopy(node.target)], turn(node.iter))
                            ways.append([first, *node.body])
                        if isinstance(node, (ast.For, ast.While, ast.If)) and node.orelse:
                            rest = copy.deepcopy(node)
                            rest.orelse = []
                            ways.append([rest])
                        if which < len(ways):
                            block[index : index + 1] = ways[which]
                            found.append(tree)
                    count += 1
            if place >= count:
                return None
        return found

    def expressions(self, deadline: float) -> None:
        """Replace expressions by parts of them or by constants."""
        place = 0
        while time.monotonic() < deadline:
            options = self.simpler(place)
            if options is None:
                break
            if not any(self.accept(one) for one in options):
                place += 1

    def simpler(self, place: int) -> list[ast.Module] | None:
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, ast.expr) and is_read(node)]
        if place >= len(nodes):
            return None
        found = []
        for option in simpler_forms(nodes[place]):
            tree = copy.deepcopy(self.tree)
            targets = [node for node in ast.walk(tree) if isinstance(node, ast.expr) and is_read(node)]
            found.append(Replace(targets[place], option).visit(tree))
        return found

    def arguments(self) -> None:
        """Simplify the integer and the flag."""
        for n in range(self.args[3]):
            if self.accept(self.tree, (*self.args[:3], n, self.args[4])):
                break
        if not self.args[4]:
            self.accept(self.tree, (*self.args[:4], True))


class Replace(ast.NodeTransformer):
    def __init__(self, node: ast.expr, other: ast.expr) -> None:
        self.node = node
        self.other = other

    def visit(self, node: ast.AST) -> Any:
        return self.other if node is self.node else super().visit(node)


def blocks(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """All lists of statements."""
    for node in ast.walk(tree):
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield block


def repaired(tree: ast.Module) -> None:
    """Give blocks that lost all statements a ``pass``, and remove an ``else`` that has nothing else."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.While, ast.If, ast.FunctionDef)) and not node.body:
            node.body = [ast.Pass()]


def turn(iterated: ast.expr) -> ast.expr:
    """The first element of what a loop runs over."""
    if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Name) and iterated.func.id == "range":
        return iterated.args[0] if len(iterated.args) > 1 else ast.Constant(0)
    if isinstance(iterated, (ast.Tuple, ast.List)) and iterated.elts:
        return iterated.elts[0]
    return ast.Subscript(iterated, ast.Constant(0), ast.Load())


def is_read(node: ast.expr) -> bool:
    context = getattr(node, "ctx", None)
    return not isinstance(context, (ast.Store, ast.Del)) and not isinstance(node, ast.Slice)


def simpler_forms(node: ast.expr) -> list[ast.expr]:
    """What an expression may be replaced by: parts first, then numbers."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.UnaryOp):
        parts = [node.operand]
    elif isinstance(node, ast.Compare):
        parts = [ast.Constant(True), ast.Constant(False)]
    elif isinstance(node, ast.BoolOp):
        parts = [*node.values]
    elif isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    elif isinstance(node, ast.Call):
        parts = [*node.args]
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) not in ("np", "math", "np.add"):
            parts.append(node.func.value)
        if node.keywords:
            fewer = copy.deepcopy(node)
            fewer.keywords.pop()
            parts.append(fewer)
    elif isinstance(node, (ast.List, ast.Tuple)):
        for place in range(len(node.elts)):
            fewer_elements = copy.deepcopy(node)
            del fewer_elements.elts[place]
            parts.append(fewer_elements)
        parts += node.elts
    elif isinstance(node, ast.Dict):
        for place in range(len(node.keys)):
            fewer_keys = copy.deepcopy(node)
            del fewer_keys.keys[place], fewer_keys.values[place]
            parts.append(fewer_keys)
    elif isinstance(node, ast.Subscript):
        parts = [node.value]
    if isinstance(node, (ast.BinOp, ast.Call, ast.IfExp, ast.Subscript)):
        parts += [ast.Constant(1.0), ast.Constant(0)]
    if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value not in (1.0, 2.0):
        parts = [ast.Constant(1.0), ast.Constant(2.0)]
    return [copy.deepcopy(part) for part in parts]


def read_back(path: Path) -> StorageProgram:
    """The program of a file that was kept."""
    text = path.read_text(encoding="utf-8")
    names: dict[str, Any] = {"np": np}
    exec(text[text.rindex("\nARGS = ") :], names)
    return StorageProgram(text, "kept", names["ARGS"])


def again(options: argparse.Namespace) -> int:
    """Examine kept programs once more."""
    modules = Modules()
    kinds: Counter[str] = Counter()
    path = Path(options.again)
    for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
        outcome = examine(read_back(file), modules, options.limit, asked(options))
        kinds[outcome.kind] += 1
        print(f"{file}: {outcome.kind} {outcome.message}")
        if not path.is_dir():
            print(outcome.details, *outcome.modes, sep="\n")
    print(dict(kinds))
    return int(any(kind in kinds for kind in FAILURES))


def shrink(options: argparse.Namespace, features: frozenset[str]) -> int:
    if options.shrink.isdigit():
        program = program_of(int(options.shrink), features)
    else:
        program = read_back(Path(options.shrink))
        program = replace(program, text=program.text[: program.text.rindex("\nARGS = ")])
    shrinker = Shrinker(program, options.limit, asked(options))
    first = shrinker.outcome
    print(f"# seed {options.shrink}: {first.kind} {first.message}")
    if first.kind in ("good", "steep"):
        print("# nothing to shrink")
        return 1
    shrinker.shrink(options.seconds)
    last = shrinker.run(shrinker.tree, shrinker.args)
    small = StorageProgram(ast.unparse(shrinker.tree) + "\n", "shrunk", shrinker.args)
    print(f"# {shrinker.tried} programs tried")
    print(written_out(small, last, options.shrink))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="start", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--features", default="all", help=f"of {', '.join(sorted(ALL))}; or all, none, all,-NAME,...")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", help="a folder for programs that failed")
    parser.add_argument("--keep-refused", action="store_true", help="keep those that were refused, too")
    parser.add_argument("--modes", default=",".join(MODES), help="which to compare with grad: jvp, vjp, hvp, or none")
    parser.add_argument("--limit", type=int, default=LIMIT, help="seconds for a program")
    parser.add_argument("--shrink", metavar="SEED", help="or a file that was kept")
    parser.add_argument("--again", metavar="FILE", help="examine a kept file, or all of a folder, once more")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long to shrink")
    parser.add_argument("--show", type=int, metavar="SEED")
    parser.add_argument("--productions", action="store_true", help="primals only")
    options = parser.parse_args()
    features = chosen(options.features)
    if options.show is not None:
        print(program_of(options.show, features).text)
        return 0
    if options.again is not None:
        return again(options)
    if options.shrink is not None:
        return shrink(options, features)
    if options.productions:
        return count_productions(options, features)
    return hunt(options, features)


def asked(options: argparse.Namespace) -> tuple[str, ...]:
    return tuple(mode for mode in ("jvp", "vjp", "hvp") if mode in options.modes.split(","))


def chosen(text: str) -> frozenset[str]:
    """The features that the command line names."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    found: set[str] = set(ALL) if names and names[0].startswith("-") else set()
    for name in names:
        if name == "all":
            found |= ALL
        elif name.startswith("-"):
            found.discard(name[1:])
        elif name != "none":
            found.add(name)
    if unknown := found - ALL:
        raise SystemExit(f"no such features: {', '.join(sorted(unknown))}; there are {', '.join(sorted(ALL))}")
    return frozenset(found)


if __name__ == "__main__":
    sys.exit(main())
