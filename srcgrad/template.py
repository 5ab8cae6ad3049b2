"""A rule's body as a template: parsed once, filled in with the operands of a call."""

from __future__ import annotations

import inspect
import math
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.rules.registry import Rule

_MATH_NAMES = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "power": "pow", "absolute": "fabs", "abs": "fabs", "deg2rad": "radians",
    "rad2deg": "degrees",
}  # fmt: skip


@dataclass(frozen=True)
class Template:
    """Lets and terms of a rule; a term is None where the rule has none for that parameter."""

    lets: tuple[tuple[str, Any], ...]
    terms: tuple[Any, ...]
    namespace: Mapping[str, Any]

    def flows(self, node: Any) -> set[str]:
        """The names that a let or term reads, by itself or through the lets before it."""
        found = set(tree.reads(node))
        for let, value in reversed(self.lets):
            if let in found:
                found |= tree.reads(value)
        return found


@cache
def template_of(rule: Rule) -> Template:
    """Parse a rule's body: lets and one ``return``."""
    source = textwrap.dedent(inspect.getsource(rule.body))
    function = gast.parse(source).body[0]
    found = inspect.getclosurevars(rule.body)
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
    return Template(tuple(lets), terms, {**found.globals, **found.nonlocals})


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
        if isinstance(node, gast.Attribute) and isinstance(node.value, gast.Name) and node.value.id not in bindings:
            owner = template.namespace.get(node.value.id)
            if owner is np and use_math:
                found = _MATH_NAMES.get(node.attr, node.attr)
                if hasattr(math, found):
                    return tree.attribute(self.external(math, "math"), found)
        shaped = _read_for_shape(node, template)
        if shaped is not None:
            bound = bindings.get(shaped)
            if isinstance(bound, gast.Name):
                bindings = {**bindings, shaped: tree.name(self.like(bound.id))}
                return self._clone(node, bindings, template, use_math)
        return self._clone(node, bindings, template, use_math)

    def _clone(self, node: Any, bindings: Mapping[str, Any], template: Template, use_math: bool) -> Any:
        clone = node.__class__.__new__(node.__class__)
        for key, value in node.__dict__.items():
            if key not in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
                clone.__dict__[key] = self.fill(value, bindings, template, use_math)
        if isinstance(clone, gast.Subscript) and isinstance(clone.value, gast.List):  # of several arguments or results
            return _part(clone.value, clone.slice)
        if isinstance(clone, gast.IfExp) and (decided := _decided(clone.test)) is not None:
            return clone.body if decided else clone.orelse
        return self.safe(clone) if isinstance(clone, gast.BinOp) else clone

    def _name(self, node: Any, bindings: Mapping[str, Any], template: Template) -> Any:
        if node.id in bindings:
            return tree.copy(bindings[node.id])
        if node.id in template.namespace:
            return tree.name(self.external(template.namespace[node.id], node.id))
        return tree.name(node.id) if isinstance(node.ctx, gast.Load) else tree.copy(node)


_SHAPE_ATTRIBUTES = {"shape", "size", "ndim", "dtype"}
_SHAPE_FUNCTIONS = {"full_like", "zeros_like", "ones_like", "empty_like", "shape", "ndim", "size"}


def _read_for_shape(node: Any, template: Template) -> str | None:
    """The operand that a node reads for its shape and dtype only."""
    if isinstance(node, gast.Attribute) and node.attr in _SHAPE_ATTRIBUTES and isinstance(node.value, gast.Name):
        return str(node.value.id)
    if not isinstance(node, gast.Call) or not node.args:
        return None
    function = node.func
    if isinstance(function, gast.Attribute) and function.attr in _SHAPE_FUNCTIONS:
        return str(node.args[0].id) if isinstance(node.args[0], gast.Name) else None
    return None


def _part(display: Any, index: Any) -> Any:
    """One element, or the rest, of a list that is written out."""
    if isinstance(index, gast.Slice):
        return tree.list_(display.elts[index.lower.value :])
    return display.elts[index.value]


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
        if all(isinstance(side, gast.Constant) for side in sides) and any(side.value is None for side in sides):
            return (sides[0].value is sides[1].value) == isinstance(test.ops[0], gast.Is)
    return None
