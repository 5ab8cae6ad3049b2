"""Random programs: the derivative agrees with central differences, whatever the flow of control.

The grammar keeps every value bounded and every test away from ties: tests look at counters, at
arguments that are not differentiated, or at a value through ``far``, which is never near zero.
``SRCGRAD_PROPERTY_EXAMPLES=5000`` runs more of them, other ones each time, and shrinks what fails.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import srcgrad

HUNTING = "SRCGRAD_PROPERTY_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("SRCGRAD_PROPERTY_EXAMPLES", "12"))
PHASES = [Phase.explicit, Phase.generate, *([Phase.shrink] if HUNTING else [])]
HEADER = '''"""A random program."""

import math

import numpy as np


def first(p, q):
    r = np.sin(p) * q
    if q > 5.0:
        return r
    return r + 0.3 * p


def second(p, n):
    s = p
    for k in range(n):
        if k == 2:
            break
        s = np.tanh(s * 0.7 + 0.2 * p)
    return s, 0.5 * p


'''
NAMES = ("a", "b", "c")


@dataclass
class Writer:
    """Draws a program statement by statement; ``bound`` are the names that are surely bound."""

    draw: Callable[[st.SearchStrategy[Any]], Any]
    arrays: bool
    lines: list[str] = field(default_factory=list)
    counters: int = 0
    budget: int = 14
    loops: int = 0

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def write(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    # Expressions: smooth, and bounded by a small multiple of their operands.

    def atom(self, bound: frozenset[str], counters: frozenset[str]) -> str:
        options = [*sorted(bound), "x", "w", "0.5", "1.3"]
        if self.arrays:
            options += ["v[0]", "v[1]", "v[-1]"]
            options += [f"v[{name} % 3]" for name in sorted(counters)]
        else:
            options += [f"(0.1 * {name})" for name in sorted(counters)]
        return str(self.pick(*options))

    def expression(self, bound: frozenset[str], counters: frozenset[str], depth: int = 2) -> str:
        if depth == 0:
            return self.atom(bound, counters)
        forms = ["atom", "sum", "difference", "product", "sin", "tanh", "scaled", "quotient"]
        forms += ["math", "call", "ternary", "power", "half"]
        if self.arrays:
            forms += ["reduce", "dot", "mean", "array"]
        form = self.pick(*forms)
        if form == "atom":
            return self.atom(bound, counters)
        left = self.expression(bound, counters, depth - 1)
        if form in ("sin", "tanh"):
            return f"np.{form}({left})"
        if form == "math":
            return f"math.{self.pick('sin', 'cos', 'tanh')}({left})"
        if form == "scaled":
            return f"{self.pick('0.5', '-0.8', '0.3')} * ({left})"
        if form == "power":
            return f"np.sin({left}) ** {self.pick('2', '3')}"
        if form == "half":
            return f"second({left}, {self.pick('0', '1', '3')})[{self.pick('0', '1')}]"
        if form == "ternary":
            return f"({left} if {self.test(bound, counters)} else {self.atom(bound, counters)})"
        if form in ("reduce", "mean", "dot"):
            inner = {
                "reduce": "np.sum({} * v)",
                "mean": "(v * {}).mean()",
                "dot": "np.dot({} * v, v[::-1])",
            }
            return "0.3 * " + inner[form].format(f"({left})")
        right = self.expression(bound, counters, depth - 1)
        if form == "array":
            return f"np.array([{left}, {right}, x])[{self.pick('0', '1', '-1')}]"
        if form == "sum":
            return f"0.6 * ({left} + {right})"
        if form == "difference":
            return f"0.6 * ({left} - {right})"
        if form == "product":
            return f"np.sin({left}) * ({right})"
        if form == "quotient":
            return f"({left}) / (2.0 + ({right}) ** 2)"
        return f"first({left}, {right})"

    def test(self, bound: frozenset[str], counters: frozenset[str]) -> str:
        """A condition that no small change of the differentiated arguments can turn."""
        options = ["n > 2", "n % 2 == 0", "flag", "not flag", "w > 0.0", "far(x)", "n == 3 or flag"]
        options += [f"{name} {op} {k}" for name in sorted(counters) for op in (">", "==") for k in (0, 1)]
        options += [f"{name} % 2 == 0" for name in sorted(counters)]
        options += [f"far({name})" for name in sorted(bound)]
        return str(self.pick(*options))

    # Statements: return the names that are surely bound afterwards.

    def block(self, depth: int, bound: frozenset[str], counters: frozenset[str], looping: bool) -> frozenset[str]:
        for _ in range(self.draw(st.integers(1, 3))):
            bound = self.statement(depth, bound, counters, looping)
        return bound

    def statement(self, depth: int, bound: frozenset[str], counters: frozenset[str], looping: bool) -> frozenset[str]:
        self.budget -= 1
        forms = ["assign", "assign", "augment", "swap", "unpack", "array_state"]
        if self.budget > 0 and depth <= 3:
            forms += ["if", "if_else", "elif", "for", "while", "for_each", "for_else"]
        if looping:
            forms += ["break", "continue", "return_if"]
        elif depth > 1:
            forms += ["return_if"]
        form = self.pick(*forms)
        return getattr(self, f"do_{form}")(depth, bound, counters, looping)  # type: ignore[no-any-return]

    def do_assign(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        name = self.pick(*NAMES)
        self.write(depth, f"{name} = {self.expression(bound, counters)}")
        return bound | {name}

    def do_augment(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        name = self.pick(*sorted(bound))
        operator = self.pick("+=", "-=", "*=", "/=")
        value = self.expression(bound, counters, 1)
        if operator == "/=":
            value = f"(2.0 + np.sin({value}))"
        else:
            value = f"0.4 * np.sin({value})"
        self.write(depth, f"{name} {operator} {value}")
        return bound

    def do_swap(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        left, right = self.draw(st.permutations(NAMES))[:2]
        one = self.expression(bound, counters, 1)
        self.write(depth, f"{left}, {right} = {self.atom(bound, counters)}, {one}")
        return bound | {left, right}

    def do_unpack(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        left, right = self.draw(st.permutations(NAMES))[:2]
        inner = self.expression(bound, counters, 1)
        self.write(depth, f"{left}, {right} = second({inner}, {self.pick('1', '2', 'n')})")
        return bound | {left, right}

    def do_array_state(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        if not self.arrays:
            return self.do_assign(depth, bound, counters, looping)
        kind = self.pick("scale", "roll", "outer")
        value = self.atom(bound, counters)
        if kind == "scale":
            self.write(depth, f"v = np.tanh(v * {value} + 0.3)")
        elif kind == "roll":
            self.write(depth, f"v = 0.7 * v[[2, 0, 0]] + 0.2 * {value}")
        else:
            self.write(depth, f"v = 0.4 * (np.sin(v[:, None]) * v).sum(axis={self.pick('0', '1')})")
        return bound

    def do_if(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        self.write(depth, f"if {self.test(bound, counters)}:")
        self.block(depth + 1, bound, counters, looping)
        return bound

    def do_if_else(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        self.write(depth, f"if {self.test(bound, counters)}:")
        first = self.block(depth + 1, bound, counters, looping)
        self.write(depth, "else:")
        return first & self.block(depth + 1, bound, counters, looping)

    def do_elif(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        self.write(depth, f"if {self.test(bound, counters)}:")
        self.block(depth + 1, bound, counters, looping)
        self.write(depth, f"elif {self.test(bound, counters)}:")
        self.block(depth + 1, bound, counters, looping)
        return bound

    def counter(self) -> str:
        self.counters += 1
        return f"i{self.counters}"

    def do_for(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        name = self.counter()
        turns = self.pick("0", "1", "2", "3", "n", "1, 3", "2, -1, -1")
        self.write(depth, f"for {name} in range({turns}):")
        inner = self.block(depth + 1, bound, counters | {name}, True)
        del inner
        return bound

    def do_for_else(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        self.do_for(depth, bound, counters, looping)
        self.write(depth, "else:")
        self.block(depth + 1, bound, counters, looping)
        return bound

    def do_for_each(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        name = self.counter().replace("i", "e")
        sequence = "[0.4, -0.3]"
        if self.arrays:
            sequence = self.pick("v", "v[1:]", "reversed(v)", "[0.4, -0.3]", "v * 0.5")
        else:
            sequence = self.pick("[0.4, -0.3]", f"[x, {self.atom(bound, counters)}]", "(w, 0.5 * x)")
        self.write(depth, f"for {name} in {sequence}:")
        self.block(depth + 1, bound | {name}, counters, True)
        return bound

    def do_while(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        name = self.counter()
        self.write(depth, f"{name} = 0")
        test = f"{name} < {self.pick('0', '1', '3', 'n')}"
        if self.draw(st.booleans()):
            test += f" and not ({self.test(bound, counters)})"
        self.write(depth, f"while {test}:")
        self.write(depth + 1, f"{name} += 1")
        self.block(depth + 1, bound, counters | {name}, True)
        return bound

    def do_break(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        self.write(depth, f"if {self.test(bound, counters)}:")
        self.block(depth + 1, bound, counters, False) if self.draw(st.booleans()) else None
        self.write(depth + 1, "break")
        return bound

    def do_continue(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        self.write(depth, f"if {self.test(bound, counters)}:")
        self.block(depth + 1, bound, counters, False) if self.draw(st.booleans()) else None
        self.write(depth + 1, "continue")
        return bound

    def do_return_if(self, depth: int, bound: Any, counters: Any, looping: bool) -> Any:
        self.write(depth, f"if {self.test(bound, counters)}:")
        self.write(depth + 1, f"return {self.expression(bound, counters, 1)}")
        return bound


@st.composite
def programs(draw: Callable[[st.SearchStrategy[Any]], Any], arrays: bool) -> str:
    """Draw the text of a module that defines ``f(x, w, v, n, flag)``."""
    writer = Writer(draw, arrays)
    writer.write(0, "def far(z):")
    writer.write(1, "return math.floor(3.0 * z + 0.137) % 2 == 0")
    writer.lines += ["", ""]
    writer.write(0, "def f(x, w, v, n, flag):")
    writer.write(1, "a = x * w")
    bound = frozenset({"a"})
    for _ in range(draw(st.integers(2, 6))):
        bound = writer.statement(1, bound, frozenset(), False)
    results = " + ".join(sorted(bound))
    writer.write(1, f"return {draw(st.sampled_from([results, f'np.sin({results})', f'({results}) * x']))}")
    return HEADER + "\n".join(writer.lines) + "\n"


def imported(text: str, folder: Path) -> ModuleType:
    name = "random_" + hashlib.sha256(text.encode()).hexdigest()[:16]
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def differences(f: Callable[..., Any], arguments: list[Any], step: float) -> list[float]:
    """Return the gradient by x, w and the elements of v, by extrapolated central differences."""
    point = np.array([arguments[0], arguments[1], *arguments[2]])

    def at(z: np.ndarray[Any, Any]) -> float:
        return float(f(float(z[0]), float(z[1]), z[2:].copy(), *arguments[3:]))

    found = []
    for k in range(5):
        unit = np.zeros(5)
        unit[k] = step
        near = at(point + unit) - at(point - unit)
        far = at(point + 2 * unit) - at(point - 2 * unit)
        found.append((8 * near - far) / (12 * step))
    return found


def compare(result: Any, value: Any, expected: Any, text: str) -> None:
    got, gradients = result
    assert got == value
    x_bar, w_bar, v_bar = gradients
    assert np.shape(x_bar) == np.shape(w_bar) == ()
    assert np.shape(v_bar) == (3,)
    tolerance = 3e-6 * (1.0 + np.max(np.abs(expected)))
    found = [x_bar, w_bar, *v_bar]
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance, err_msg=text)


def check(text: str, arguments: list[Any], folder: Path) -> None:
    module = imported(text, folder)
    try:
        value = module.f(*arguments)
    except UnboundLocalError:
        return  # the program is wrong, not its derivative
    coarse = np.array(differences(module.f, arguments, 1e-4))
    fine = np.array(differences(module.f, arguments, 2e-5))
    scale = 1.0 + np.max(np.abs(fine))
    if not np.allclose(coarse, fine, rtol=0, atol=1e-6 * scale):
        return  # a test is too near its tie, or the function too steep
    derivative = srcgrad.value_and_grad(module.f, wrt=("x", "w", "v"))
    compare(derivative(*arguments[:2], arguments[2].copy(), *arguments[3:]), value, fine, text)
    # Where nothing is known a name that is updated in place may be an array that another one holds.
    with contextlib.suppress(srcgrad.DifferentiationError):
        function = srcgrad.value_and_grad(module.f, ("x", "w", "v")).general().functions[0]
        compare(function(*arguments[:2], arguments[2].copy(), *arguments[3:]), value, fine, text)
    again, pullback = srcgrad.vjp(module.f, wrt=("x", "w", "v"))(*arguments)
    compare((again, pullback(2.0)), value, 2 * fine, text)


values = st.sampled_from([0.31, -0.47, 0.83, 1.21, -1.13])
arguments_of = st.tuples(values, values, st.integers(0, 4), st.booleans())
VECTOR = np.array([0.41, -0.72, 1.07])


@pytest.mark.parametrize("arrays", [False, True], ids=["scalars", "arrays"])
def test_random_programs(arrays: bool) -> None:
    refused: list[str] = []
    with tempfile.TemporaryDirectory() as folder:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=not HUNTING,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(text=programs(arrays), drawn=arguments_of)
        def run(text: str, drawn: tuple[float, float, int, bool]) -> None:
            x, w, n, flag = drawn
            failure = ""
            try:
                check(text, [x, w, VECTOR.copy(), n, flag], Path(folder))
            except srcgrad.DifferentiationError as error:
                if "changed in place" in error.reason:
                    refused.append(error.reason)  # it could not be seen that this is no array
                else:
                    failure = traceback.format_exc()
            except Exception:
                failure = traceback.format_exc()
            # One place to fail at: hypothesis takes failures at other places for other ones.
            body = text.partition("def f(")[2]
            assert not failure, f"{failure}\ndef f({body}\n# x, w, n, flag = {drawn}"

        run()
    assert len(refused) <= max(EXAMPLES // 10, 1), refused


def test_the_generator_makes_sensible_programs() -> None:
    """Most programs run, vary with their arguments, and use loops, branches and exits."""
    texts: list[str] = []

    @settings(max_examples=60, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(programs(True))
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    with tempfile.TemporaryDirectory() as folder:
        fine = 0
        for text in texts:
            module = imported(text, Path(folder))
            with contextlib.suppress(UnboundLocalError):
                moved = [float(module.f(x, 0.4, VECTOR.copy(), 3, True)) for x in (0.3, 0.9)]
                assert np.all(np.abs(moved) < 1e3)
                fine += moved[0] != moved[1]
    assert fine > len(texts) / 2
    for word in ("while", "for", "if", "break", "continue", "return"):
        assert any(f" {word}" in text.partition("def f(")[2] for text in texts)
