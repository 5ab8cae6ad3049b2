"""Flip the sign of every term of every rule, one at a time, and see whether the rule's cases notice.

Each term of an adjoint or a pushforward, each side of a choice (``known`` or not) and each element of a list of terms
is a place.  The rule is registered with that place negated, and the cases of its primitives in ``tests/rules`` are run
until one fails.  A place that all cases pass is a survivor: no case reaches it, or none looks at it.  Of places that
are always zero ``ZEROS`` says why they are: there a flip changes nothing.  Any other one that only zeros came by at is
a survivor, too.

    python benchmarks/flip_signs.py [NAME ...]    # of some rules, by the names of their bodies

Ends with 1 if there are survivors, or cases that fail with the rules as they are.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
import textwrap
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from srcgrad.loader import load
from srcgrad.rules import registry
from srcgrad.rules.registry import Rule, all_rules
from tests.rules import support, test_complex_rules, test_rule_forms

CASES = [*test_rule_forms.CASES, *test_complex_rules.CASES]
FLIP = "_flipped"
# Terms that are zero for all arguments: by the names of their bodies.
ZEROS = {
    ("copysign", "0.0 * d"): "the sign of the second argument is constant wherever it has a derivative",
    ("arange", "0.0 * np.sum(d)"): "where it stops only tells how many numbers there are",
    ("angle", "0.0 * d"): "the angle of a real number is 0 or pi",
    ("angle_forward", "0.0 * d"): "the angle of a real number is 0 or pi",
    ("imag", "0.0 * d"): "a real number has no imaginary part",
    ("phase", "0.0 * d"): "the phase of a real number is 0 or pi",
    ("phase_forward", "0.0 * d"): "the phase of a real number is 0 or pi",
}
_counter = itertools.count(1)


@dataclass
class Seen:
    """What came by at a flipped place."""

    reached: bool = False
    nonzero: bool = False


def flipped(value: Any, seen: Seen) -> Any:
    """The negative of a value of any structure."""
    seen.reached = True
    if isinstance(value, dict):
        return {key: flipped(item, seen) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([flipped(item, seen) for item in value])
    if isinstance(value, (int, float, complex, np.generic, np.ndarray)) and np.asarray(value).dtype.kind in "iufc":
        seen.nonzero |= bool(np.any(value != 0))
        return -value
    return value


# --- places


def places(function: ast.FunctionDef) -> list[Any]:
    """The expressions that are flipped: terms, the sides of choices, the elements of lists of terms."""
    found: dict[int, Any] = {}
    returned = function.body[-1]
    assert isinstance(returned, ast.Return)
    value = returned.value
    for term in value.elts if isinstance(value, ast.Tuple) else [value]:
        found |= {id(side): side for side in sides(term)}
    for node in ast.walk(function):
        if isinstance(node, ast.IfExp) and any(is_known(item) for item in ast.walk(node.test)):
            found |= {id(side): side for side in sides(node)}
    return list(found.values())


def sides(term: Any) -> Iterator[Any]:
    if isinstance(term, ast.IfExp):
        yield from sides(term.body)
        yield from sides(term.orelse)
    elif isinstance(term, ast.List):
        for item in term.elts:
            yield from sides(item)
    elif not is_zero(term):
        yield term


def is_zero(term: Any) -> bool:
    """Whether a term is None or a zero that is written out."""
    if isinstance(term, ast.Call):
        return (getattr(term.func, "attr", "") or getattr(term.func, "id", "")) in ("zeros_like", "zeros_for")
    return isinstance(term, ast.Constant) and not term.value


def is_known(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and "known" in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))


class _Flip(ast.NodeTransformer):
    def __init__(self, place: Any) -> None:
        self.place = place

    def visit(self, node: Any) -> Any:
        if node is self.place:
            return ast.Call(ast.Name(FLIP, ast.Load()), [node], [])
        return self.generic_visit(node)


def mutants(rule: Rule) -> Iterator[tuple[str, Rule, Seen]]:
    """Each of a rule's places as text, the rule with it flipped, and what comes by there."""
    text = textwrap.dedent(inspect.getsource(rule.body))
    count = len(places(_function(text)))
    for number in range(count):
        function = _function(text)
        place = places(function)[number]
        label = f"line {rule.body.__code__.co_firstlineno + place.lineno - 1}: {ast.unparse(place)}"
        seen = Seen()
        changed = ast.fix_missing_locations(_Flip(place).visit(function))
        namespace = {**rule.body.__globals__, FLIP: lambda value, seen=seen: flipped(value, seen)}
        module = load(ast.unparse(changed) + "\n", f"<flipped rule {next(_counter)}>", namespace)
        yield label, replace(rule, body=module[rule.body.__name__]), seen


def _function(text: str) -> ast.FunctionDef:
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    function.decorator_list = []
    return function


# --- running


def passes(one: Any) -> bool:
    """Whether a case of the tests passes, with the rules as they are now."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            support.check(one)
    except Exception:  # however a test fails
        return False
    return True


def survives(rule: Rule, cases: list[Any]) -> bool:
    """Whether all cases pass with another rule in the place of the registered one."""
    table = registry._PUSHFORWARDS if rule.form == "pushforward" else registry._RULES
    before = {id(p): table[id(p)] for p in rule.primitives}
    try:
        table.update({id(p): (p, rule) for p in rule.primitives})
        return all(map(passes, cases))
    finally:
        table.update(before)


def main(names: list[str]) -> int:
    start = time.perf_counter()
    total, zero, survivors, broken = 0, 0, 0, 0
    for rule in list(all_rules()):
        name = f"{rule.body.__module__.removeprefix('srcgrad.rules.')}.{rule.body.__name__}"
        if not rule.body.__module__.startswith("srcgrad.rules.") or (names and rule.body.__name__ not in names):
            continue
        ids = {id(p) for p in rule.primitives}
        cases = [one for one in CASES if id(one.primitive) in ids]
        failing = [one for one in cases if not passes(one)]
        if failing:
            print(f"{name}: {len(failing)} cases fail as it is, among them {failing[0]}")
            broken += len(failing)
            continue
        for label, changed, seen in mutants(rule):
            total += 1
            if not survives(changed, cases):
                continue
            if seen.reached and not seen.nonzero and (rule.body.__name__, label.partition(": ")[2]) in ZEROS:
                zero += 1
                continue
            survivors += 1
            why = "no case fails" if seen.nonzero else "only zeros come by" if seen.reached else "no case comes by"
            print(f"{name} ({rule.form}), {label[:150]}: {why}")
    print(f"{total} flips, {zero} of zeros, {survivors} survivors, {time.perf_counter() - start:.0f} s")
    return int(survivors + broken > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
