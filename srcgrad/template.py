"""A rule's body as a template: parsed once, filled in with the operands of a call."""

from __future__ import annotations

import builtins
import inspect
import math
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.rules.checks import is_zeros
from srcgrad.rules.registry import Rule, discrete
from srcgrad.source import Namespace

MISSING = object()
_MATH_NAMES = {
    **{name: name for name in (
        "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "copysign", "cos", "cosh", "degrees", "e",
        "exp", "exp2", "expm1", "fabs", "fmod", "hypot", "inf", "isfinite", "isinf", "isnan", "log", "log10", "log1p",
        "log2", "nan", "pi", "pow", "radians", "sin", "sinh", "sqrt", "tan", "tanh",
    )},
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "power": "pow", "absolute": "fabs", "abs": "fabs", "deg2rad": "radians",
    "rad2deg": "degrees",
}  # fmt: skip
# Others have the same name there and are another function: np.remainder, np.isclose, np.floor.


@dataclass(frozen=True)
class Template:
    """Lets and terms of a rule; a term is None where the rule has none for that parameter.

    ``flat`` are the places of parameters through which no derivative flows: the term is zero, or they are discrete.
    ``namespace`` holds what the names of the body stand for when it is asked.
    """

    lets: tuple[tuple[str, Any], ...]
    terms: tuple[Any, ...]
    namespace: Mapping[str, Any]
    parameters: frozenset[str]
    flat: frozenset[int] = frozenset()

    def flows(self, node: Any) -> set[str]:
        """The names that a let or term reads, by itself or through the lets before it."""
        found = set(tree.reads(node))
        for let, value in reversed(self.lets):
            if let in found:
                found |= tree.reads(value)
        return found

    def meaning(self, name: str) -> Any:
        """What a name of the body that is not its own stands for now; MISSING for Python's own."""
        found = self.namespace.get(name, MISSING)
        return MISSING if found is vars(builtins).get(name, MISSING) else found

    def relied(self) -> Iterator[tuple[Any, str, Any]]:
        """What the body reads from outside: namespace, module or class, name, and what it stands for now."""
        own = {name for name, _ in self.lets} | self.parameters
        for node in tree.walk([value for _, value in self.lets] + [term for term in self.terms if term is not None]):
            if isinstance(node, gast.Name) and node.id not in own and node.id in self.namespace:
                yield self.namespace, node.id, self.namespace[node.id]
            elif isinstance(node, gast.Attribute):
                owner = self._object(node.value, own)
                if isinstance(owner, (types.ModuleType, type)) and hasattr(owner, node.attr):
                    yield owner, node.attr, getattr(owner, node.attr)

    def _object(self, node: Any, own: set[str]) -> Any:
        if isinstance(node, gast.Name):
            return MISSING if node.id in own else self.namespace.get(node.id, MISSING)
        owner = self._object(node.value, own) if isinstance(node, gast.Attribute) else MISSING
        return getattr(owner, node.attr, MISSING) if isinstance(owner, (types.ModuleType, type)) else MISSING


@cache
def template_of(rule: Rule) -> Template:
    """Parse a rule's body: lets and one ``return``.  Only the text is kept: what its names mean may change."""
    source = textwrap.dedent(inspect.getsource(rule.body))
    function = gast.parse(source).body[0]
    lets = []
    terms: tuple[Any, ...] = ()
    for statement in function.body:
        if isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Constant):
            continue
        if isinstance(statement, gast.Return):
            value = statement.value
            whole = value.elts if isinstance(value, gast.Tuple) else [value]
            terms = tuple(None if tree.is_literal(term, None) else term for term in whole)
            continue
        name = tree.single_target(statement)
        if name is None:
            raise TypeError(f"the body of the rule for {rule.name} is not lets and one return")
        lets.append((name, statement.value))
    flat = {place for place, term in enumerate(terms) if is_zeros(term)}
    parameters = inspect.signature(rule.body).parameters
    flat |= {place for place, name in enumerate(parameters) if name in discrete(rule)}
    code = rule.body.__code__
    cells = dict(zip(code.co_freevars, rule.body.__closure__ or (), strict=True))
    namespace = Namespace(rule.body.__globals__, cells, {})
    return Template(tuple(lets), terms, namespace, frozenset(parameters), frozenset(flat))


class Filler:
    """Fills templates.

    ``external`` names an object in the generated code, ``prove`` decides conditions, ``like`` names a value of the
    same shape and dtype as another, for operands of which only these are read.  ``safe`` spells a quotient or a
    power so that it raises nothing that the primitive would not raise.
    """

    def __init__(
        self,
        external: Callable[[Any, str], str],
        prove: Callable[[Any], bool],
        like: Callable[[str], str],
        safe: Callable[[Any], Any],
    ) -> None:
        self.external = external
        self.prove = prove
        self.like = like
        self.safe = safe

    def fill(self, node: Any, bindings: Mapping[str, Any], template: Template, use_math: bool) -> Any:
        """A copy of a let or term with its choices made and its names replaced."""
        if isinstance(node, list):
            return [self.fill(item, bindings, template, use_math) for item in node]
        if not isinstance(node, gast.AST):
            return node
        if isinstance(node, gast.IfExp) and any(map(is_known, tree.walk(node.test))):
            chosen = node.body if self.prove(node.test) else node.orelse
            return self.fill(chosen, bindings, template, use_math)
        if isinstance(node, gast.Name):
            return self._name(node, bindings, template)
        if use_math and isinstance(node, gast.Attribute) and _is_numpy(node.value, bindings, template):
            found = _MATH_NAMES.get(node.attr, "")
            if hasattr(math, found):
                return tree.attribute(self.external(math, "math"), found)
        return self._shaped(node, self._clone(node, bindings, template, use_math), bindings, template)

    def _shaped(self, node: Any, clone: Any, bindings: Mapping[str, Any], template: Template) -> Any:
        """The copy of a node that reads an operand for its shape and dtype only: of any value of that shape."""
        read = _read_for_shape(node, bindings, template)
        operand = None if read is None else bindings.get(read)
        if isinstance(operand, gast.Name):
            like = tree.name(self.like(operand.id))
            changed = {"args": [like, *clone.args[1:]]} if isinstance(clone, gast.Call) else {"value": like}
            return tree.shallow(clone, **changed)
        return clone

    def _clone(self, node: Any, bindings: Mapping[str, Any], template: Template, use_math: bool) -> Any:
        clone = node.__class__.__new__(node.__class__)
        for key, value in node.__dict__.items():
            if key not in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
                clone.__dict__[key] = self.fill(value, bindings, template, use_math)
        if isinstance(clone, gast.Subscript) and isinstance(clone.value, gast.List):  # of several arguments or results
            return _part(clone)
        if isinstance(clone, gast.IfExp) and (decided := _decided(clone.test)) is not None:
            return clone.body if decided else clone.orelse
        return self.safe(clone) if isinstance(clone, gast.BinOp) else clone

    def _name(self, node: Any, bindings: Mapping[str, Any], template: Template) -> Any:
        if node.id in bindings:
            return tree.copy(bindings[node.id])
        value = template.meaning(node.id)
        if value is not MISSING:
            return tree.name(self.external(value, node.id))
        return tree.name(node.id) if isinstance(node.ctx, gast.Load) else tree.copy(node)


_SHAPE_ATTRIBUTES = {"shape", "size", "ndim", "dtype"}
_SHAPE_FUNCTIONS = {"full_like", "zeros_like", "ones_like", "empty_like", "shape", "ndim", "size"}


def _is_numpy(node: Any, bindings: Mapping[str, Any], template: Template) -> bool:
    return isinstance(node, gast.Name) and node.id not in bindings and template.meaning(node.id) is np


def _read_for_shape(node: Any, bindings: Mapping[str, Any], template: Template) -> str | None:
    """The name that a node reads for its shape and dtype only."""
    if isinstance(node, gast.Attribute) and node.attr in _SHAPE_ATTRIBUTES and isinstance(node.value, gast.Name):
        return str(node.value.id)
    if not isinstance(node, gast.Call) or not node.args:
        return None
    function = node.func
    if isinstance(function, gast.Attribute) and function.attr in _SHAPE_FUNCTIONS:
        named = isinstance(node.args[0], gast.Name) and _is_numpy(function.value, bindings, template)
        return str(node.args[0].id) if named else None
    return None


def _part(node: Any) -> Any:
    """One element, or some, of a list that is written out; ``node`` where its index is known at the run only."""
    elements, index = node.value.elts, node.slice
    if isinstance(index, gast.Slice):
        bounds = [_integer(bound) for bound in (index.lower, index.upper, index.step)]
        known = not any(bound is MISSING for bound in bounds) and bounds[2] != 0
        return tree.list_(elements[slice(*bounds)]) if known else node
    place = _integer(index)
    known = isinstance(place, int) and -len(elements) <= place < len(elements)
    return elements[place] if known else node


def _integer(node: Any) -> Any:
    """A literal integer, None where a bound is left out or is None; else MISSING."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        found = _integer(node.operand)
        return -found if isinstance(found, int) else MISSING
    found = getattr(node, "value", None) if isinstance(node, (gast.Constant, type(None))) else MISSING
    return found if found is None or type(found) is int else MISSING


def is_known(node: Any) -> bool:
    """Whether an expression is a call of ``known``, by that name or as an attribute of a module."""
    if not isinstance(node, gast.Call):
        return False
    function = node.func
    return (getattr(function, "id", None) or getattr(function, "attr", None)) == "known"


def _decided(test: Any) -> bool | None:
    """The truth of ``x is None`` where ``x`` is a literal, which Python would warn of."""
    if isinstance(test, gast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (gast.Is, gast.IsNot)):
        sides = [test.left, *test.comparators]
        nothing = [side for side in sides if isinstance(side, gast.Constant) and side.value is None]
        if nothing and all(isinstance(side, (gast.Constant, gast.UnaryOp, gast.Tuple, gast.List)) for side in sides):
            return (len(nothing) == 2) == isinstance(test.ops[0], gast.Is)
    return None
