"""Rules run as the functions that they are, with their ``known`` conditions decided one way or another."""

from __future__ import annotations

import ast
import functools
import inspect
import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from srcgrad import source, tree
from srcgrad.analysis.kinds import UNKNOWN, kind_of
from srcgrad.analysis.scope import MISSING
from srcgrad.rules.registry import Rule, rule_of
from srcgrad.template import is_known
from srcgrad.transforms.proofs import proved

_MATH_NAMES = {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
}


class _MathAsNumpy:
    """What ``np`` is in the template of a function of ``math``."""

    ndim = staticmethod(np.ndim)

    def __getattr__(self, name: str) -> Any:
        return getattr(math, _MATH_NAMES.get(name, name))


@dataclass
class Case:
    """One call of a primitive; ``fixed`` names the parameters that are not differentiated."""

    primitive: Any
    args: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule:
        """The rule of the primitive; raises ValueError if it has none."""
        rule = rule_of(self.primitive)
        if rule is None:
            raise ValueError(f"there is no rule for {self.primitive}")
        return rule

    def __str__(self) -> str:
        shown = [describe(a) for a in self.args]
        shown += [f"{k}={describe(v)}" for k, v in self.keywords.items()]
        return f"{getattr(self.primitive, '__name__', self.primitive)}({', '.join(shown)})"


def describe(value: Any) -> str:
    """A short text for an argument.

    >>> describe(np.ones((2, 3))), describe([1.0, np.ones(2)])
    ('d[2, 3]', '[1.0, d[2]]')
    """
    if isinstance(value, np.ndarray):
        return f"{value.dtype.char}{list(value.shape)}"
    if isinstance(value, (list, tuple)) and len(value) > 3:
        return f"{type(value).__name__}{len(value)}"
    return f"[{', '.join(map(describe, value))}]" if isinstance(value, list) else str(value)


def bind(one: Case) -> tuple[inspect.BoundArguments, list[str]]:
    """The arguments of a call by the rule's parameters, and the names of these."""
    signature = inspect.signature(one.rule.body)
    own = [p for p in signature.parameters.values() if p.name not in ("d", "out")]
    bound = signature.replace(parameters=own).bind(*one.args, **one.keywords)
    return bound, [p.name for p in own]


@functools.cache
def asked(rule: Rule) -> tuple[tuple[str, str], ...]:
    """What the rule's ``known`` conditions ask for: ("value", name) and ("kind", name)."""
    found: dict[tuple[str, str], None] = {}
    for choice in tree.walk(source.read(rule.body).tree):
        if isinstance(choice, gast.IfExp) and _is_decided(choice.test):
            inside = set()
            for node in tree.walk(choice.test):
                if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and not is_known(node):
                    found["kind", node.args[0].id] = None
                    inside |= {id(item) for item in tree.walk(node)}
            for node in tree.walk(choice.test):
                if isinstance(node, gast.Name) and id(node) not in inside and node.id in parameters_of(rule):
                    found["value", node.id] = None
    return tuple(found)


def _is_decided(test: Any) -> bool:
    return any(map(is_known, tree.walk(test)))


def parameters_of(rule: Rule) -> Mapping[str, inspect.Parameter]:
    """The parameters of a rule, ``d`` and ``out`` among them."""
    return inspect.signature(rule.body).parameters


def is_literal(value: Any) -> bool:
    """Whether an argument can be known before the run, because it is written out."""
    if isinstance(value, (tuple, list)):
        return all(map(is_literal, value))
    return value is None or type(value) in (bool, int, float, str) or isinstance(value, type)


def chosen(one: Case, out: Any, decide: Any, rule: Rule) -> Any:
    """The tree of a rule's body with its ``known`` conditions decided as the transformation decides them.

    ``decide`` is True (what can be known is known), False (nothing is), or the one thing, as ``asked`` names
    it, that is not.  ``rule`` is that of the primitive, or the one for its tangent.
    """
    bound, _ = bind(one)
    bound.apply_defaults()
    values = {**bound.arguments, "out": out, "d": out}
    several = [p.name for p in bound.signature.parameters.values() if p.kind is p.VAR_POSITIONAL]

    def literal(name: str) -> Any:
        if name in several:
            return list(values[name])
        return values[name] if decide and decide != ("value", name) and is_literal(values[name]) else MISSING

    def kind(name: str) -> Any:
        hidden = not decide or decide == ("kind", name) or (decide == ("kind", "out") and name == "d")
        return UNKNOWN if hidden or name in several else kind_of(values[name])

    def change(node: Any) -> Any:
        if isinstance(node, list):
            return [change(item) for item in node]
        if not isinstance(node, gast.AST):
            return node
        if isinstance(node, gast.IfExp) and _is_decided(node.test):
            return change(node.body if proved(node.test, literal, kind) else node.orelse)
        return tree.rebuilt(node, change)

    function = change(source.read(rule.body).tree)
    function.decorator_list = []
    return function


def fresh(value: Any) -> Any:
    """The same values in other lists: a stack is changed in place.

    >>> stack = [1.0]
    >>> fresh((stack, 2.0))[0] is stack
    False
    """
    if type(value) in (list, tuple):
        return type(value)(map(fresh, value))
    return value


def _compiled(function: Any, primitive: Any, body: Any) -> Any:
    home = {**body.__globals__, **inspect.getclosurevars(body).nonlocals}
    if isinstance(primitive, types.BuiltinFunctionType) and primitive.__module__ == "math":
        home["np"] = _MathAsNumpy()
    exec(ast.unparse(gast.gast_to_ast(function)), home)
    return home[function.name]


def run(function: Any, one: Case, rule: Rule, out: Any, d: Any) -> Any:
    """The value of a rule's body (as ``chosen`` gives it), or of a part of it, for the arguments of a case."""
    bound, _ = bind(one)
    bound.apply_defaults()
    keywords = dict(bound.kwargs)
    if "out" in parameters_of(rule):
        keywords["out"] = out
    with np.errstate(all="ignore"):
        return _compiled(function, one.primitive, rule.body)(
            *fresh(bound.args), **{k: fresh(v) for k, v in keywords.items()}, d=fresh(d)
        )


def terms_of(one: Case, out: Any, d: Any, decide: Any) -> dict[str, Any]:
    """The rule's terms by parameter; ``decide`` says what ``known`` conditions may be decided by."""
    terms = run(chosen(one, out, decide, one.rule), one, one.rule, out, d)
    terms = terms if isinstance(terms, tuple) else (terms,)
    return dict(zip(bind(one)[1], terms, strict=False))


def view_of(one: Case) -> bool:
    """Whether the rule says that the result of a call may share memory with an argument."""
    bound, _ = bind(one)
    bound.apply_defaults()
    view = one.rule.view
    if isinstance(view, bool):
        return view
    return bool(view(**{name: bound.arguments[name] for name in inspect.signature(view).parameters}))


def shares(result: Any, args: Sequence[Any]) -> bool:
    """Whether a result is, or shares memory with, one of some arguments or of what these hold.

    >>> x = np.ones(2)
    >>> shares(x[:1], [x]), shares(x + 1, [x])
    (True, False)
    """
    given = _arrays_in(list(args))
    inside = any(np.shares_memory(x, y) for x in _arrays_in(result) for y in given)
    return inside or (isinstance(result, (list, np.ndarray)) and any(result is x for x in (*args, *given)))


def _arrays_in(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [item for part in value for item in _arrays_in(part)]
    return [value] if isinstance(value, np.ndarray) else []
