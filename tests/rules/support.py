"""Checks of a rule against differences: the body is run as the function that it is."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import math
import types
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

import srcgrad.rules
from srcgrad import source, tree
from srcgrad.analysis.kinds import UNKNOWN, kind_of
from srcgrad.analysis.scope import MISSING
from srcgrad.rules.registry import Rule, rule_of
from srcgrad.runtime import unbroadcast
from srcgrad.template import template_of
from srcgrad.transforms.proofs import proved

assert srcgrad.rules  # registers

NUMPY_2 = int(np.__version__.split(".")[0]) >= 2  # whose scalars do not change an array's dtype
MATH_NAMES = {
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
        return getattr(math, MATH_NAMES.get(name, name))


@dataclass
class Case:
    """One call of a primitive; ``fixed`` names the parameters that are not differentiated."""

    primitive: Any
    args: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule:
        rule = rule_of(self.primitive)
        assert rule is not None, f"no rule for {self.primitive}"
        return rule

    def __str__(self) -> str:
        shown = [describe(a) for a in self.args]
        shown += [f"{k}={describe(v)}" for k, v in self.keywords.items()]
        return f"{getattr(self.primitive, '__name__', self.primitive)}({', '.join(shown)})"


def case(primitive: Any, *args: Any, fixed: tuple[str, ...] = (), **keywords: Any) -> Case:
    return Case(primitive, args, keywords, fixed)


def describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype.char}{list(value.shape)}"
    if isinstance(value, (list, tuple)) and len(value) > 3:
        return f"{type(value).__name__}{len(value)}"
    return f"[{', '.join(map(describe, value))}]" if isinstance(value, list) else str(value)


# --- numbers of a structure


def is_real(x: Any) -> bool:
    if isinstance(x, np.ndarray):
        return x.dtype.kind == "f"
    return isinstance(x, (float, np.floating))


def pack(x: Any) -> np.ndarray:
    """All real numbers of a structure, in order."""
    if isinstance(x, (list, tuple)):
        return np.concatenate([np.zeros(0), *map(pack, x)])
    return np.ravel(x).astype(float) if is_real(x) else np.zeros(0)


def unpack(x: Any, numbers: Any) -> Any:
    """The same structure with numbers from an iterator."""
    if isinstance(x, tuple) and hasattr(x, "_make"):
        return x._make(unpack(item, numbers) for item in x)
    if isinstance(x, (list, tuple)):
        return type(x)([unpack(item, numbers) for item in x])
    if not is_real(x):
        return x
    values = np.array(list(itertools.islice(numbers, int(np.size(x)))), np.result_type(x))
    if not isinstance(x, np.ndarray):
        return type(x)(values[0])
    like = np.empty_like(x)  # in the same memory order
    like[...] = values.reshape(x.shape)
    return like


def same_shapes(t: Any, x: Any) -> None:
    if isinstance(x, (list, tuple)):
        assert len(t) == len(x)
        for part, item in zip(t, x, strict=True):
            same_shapes(part, item)
    elif is_real(x):
        assert np.shape(t) == np.shape(x), (np.shape(t), np.shape(x))
        assert isinstance(x, np.ndarray) or not isinstance(t, np.ndarray), "the adjoint of a scalar is a scalar"


# --- running rules


def bind(one: Case) -> tuple[inspect.BoundArguments, list[str]]:
    """The arguments of a call by the rule's parameters, defaults included."""
    signature = inspect.signature(one.rule.body)
    own = [p for p in signature.parameters.values() if p.name not in ("d", "out")]
    bound = signature.replace(parameters=own).bind(*one.args, **one.keywords)
    return bound, [p.name for p in own]


def is_known(test: Any) -> bool:
    return "known" in {node.id for node in tree.walk(test) if isinstance(node, gast.Name)}


@functools.cache
def asked(rule: Rule) -> tuple[tuple[str, str], ...]:
    """What the rule's ``known`` conditions ask for: ("value", name) and ("kind", name)."""
    found: dict[tuple[str, str], None] = {}
    for choice in tree.walk(source.read(rule.body).tree):
        if isinstance(choice, gast.IfExp) and is_known(choice.test):
            inside = set()
            for node in tree.walk(choice.test):
                if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute):
                    found["kind", node.args[0].id] = None
                    inside |= {id(item) for item in tree.walk(node)}
            for node in tree.walk(choice.test):
                if isinstance(node, gast.Name) and id(node) not in inside and node.id in parameters_of(rule):
                    found["value", node.id] = None
    return tuple(found)


def parameters_of(rule: Rule) -> Any:
    return inspect.signature(rule.body).parameters


def is_literal(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(is_literal, value))
    return value is None or type(value) in (bool, int, float, str) or isinstance(value, type)


def chosen(one: Case, out: Any, decide: Any) -> Any:
    """The rule's body with its ``known`` conditions decided as the transformation decides them.

    ``decide`` is True (what can be known is known), False (nothing is), or the one thing, as ``asked`` names
    it, that is not.
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
        if isinstance(node, gast.IfExp) and is_known(node.test):
            return change(node.body if proved(node.test, literal, kind) else node.orelse)
        return tree.rebuilt(node, change)

    function = change(source.read(one.rule.body).tree)
    function.decorator_list = []
    return compiled(ast.unparse(gast.gast_to_ast(function)), one)


def compiled(text: str, one: Case) -> Any:
    home = dict(one.rule.body.__globals__)
    if isinstance(one.primitive, types.BuiltinFunctionType) and one.primitive.__module__ == "math":
        home["np"] = _MathAsNumpy()
    exec(text, home)
    return home[one.rule.body.__name__]


def terms_of(one: Case, out: Any, d: Any, decide: Any) -> Any:
    """The rule's terms by parameter; ``decide`` says what ``known`` conditions may be decided by."""
    bound, names = bind(one)
    bound.apply_defaults()
    keywords = dict(bound.kwargs)
    if "out" in parameters_of(one.rule):
        keywords["out"] = out
    with np.errstate(all="ignore"):
        terms = chosen(one, out, decide)(*bound.args, **keywords, d=d)
    terms = terms if isinstance(terms, tuple) else (terms,)
    return dict(zip(names, terms, strict=False))


def active_parameters(one: Case) -> dict[str, Any]:
    bound, _ = bind(one)
    given = {k: list(v) if isinstance(v, tuple) else v for k, v in bound.arguments.items()}
    return {
        k: v
        for k, v in given.items()
        if k not in one.fixed and (pack(v).size or (isinstance(v, np.ndarray) and is_real(v)))
    }


def call(one: Case, values: dict[str, Any]) -> Any:
    """The primitive's value with some parameters replaced."""
    bound, _ = bind(one)
    given = list(one.args)
    keywords = dict(one.keywords)
    signature = bound.signature
    for position, name in enumerate(signature.parameters):
        if name not in values:
            continue
        if signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            given[position:] = values[name]
        elif position < len(given):
            given[position] = values[name]
        else:
            keywords[name] = values[name]
    with np.errstate(all="ignore"):
        return one.primitive(*given, **keywords)


def check(one: Case, rtol: float = 2e-6) -> None:
    """Compare the terms of every active parameter, on all branches of ``known`` that a call can be given.

    All that can be decided is; nothing is; each single thing that the conditions ask for is not.
    """
    rng = np.random.default_rng(1)
    active = active_parameters(one)
    assert active, "nothing is differentiated"
    out = call(one, {})
    d = unpack(out, iter(rng.normal(size=pack(out).size)))
    weights = pack(d)
    expected = {name: differences(one, name, value, weights) for name, value in active.items()}
    for decide in (True, False, *asked(one.rule)):
        terms = terms_of(one, out, d, decide)
        for name, value in active.items():
            term = terms[name]
            assert term is not None, f"no term for {name}"
            if one.rule.form == "elementwise":
                assert np.shape(term) in (np.shape(out), ()), "not of the result's shape"
                assert isinstance(out, np.ndarray) or not isinstance(term, np.ndarray), "a scalar's is a scalar"
                term = unbroadcast(np.broadcast_to(term, np.shape(out)), value)
            same_shapes(term, value)
            shown = packed_term(term)
            np.testing.assert_allclose(shown, expected[name], rtol=rtol, atol=2e-8, err_msg=f"{name}, {decide}")
    check_forward(one, out, active)


def packed_term(term: Any) -> np.ndarray:
    if isinstance(term, (list, tuple)):
        return np.concatenate([np.zeros(0), *map(packed_term, term)])
    return np.ravel(term).astype(float)


def differences(one: Case, name: str, value: Any, weights: np.ndarray) -> np.ndarray:
    """The gradient of ``weights @ result`` by central differences of fourth order."""
    point = pack(value)
    gradient = np.zeros_like(point)
    for k in range(point.size):
        h = 1e-3 * max(1e-2, abs(point[k]))
        for shift, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            moved = point.copy()
            moved[k] += shift * h
            result = pack(call(one, {name: unpack(value, iter(moved))}))
            gradient[k] += factor * (weights @ result) / (12 * h)
    return gradient


def check_forward(one: Case, out: Any, active: dict[str, Any]) -> None:
    """What the form of a rule promises to forward mode."""
    rng = np.random.default_rng(2)
    form = one.rule.form
    if form == "pullback" or not pack(out).size:
        return
    tangents = {k: unpack(v, iter(rng.normal(size=pack(v).size))) for k, v in active.items()}
    slope = np.zeros(pack(out).size)
    h = 1e-3
    for shift, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
        moved = {k: unpack(v, iter(pack(v) + shift * h * 0.01 * pack(tangents[k]))) for k, v in active.items()}
        slope += factor * pack(call(one, moved)) / (12 * h * 0.01)
    if form == "elementwise":
        total = 0.0
        for name in active:
            d = np.broadcast_to(tangents[name], np.shape(out))
            term = terms_of(one, out, d if np.ndim(d) else d[()], True)[name]
            total = total + np.broadcast_to(term, np.shape(out))
        result = pack(np.asarray(total, float))
    elif form == "linear":
        flat = template_of(one.rule).flat
        kept = {name for place, name in enumerate(bind(one)[1]) if place in flat}
        if tangents.keys() <= kept:
            return  # no derivative flows
        result = pack(call(one, {name: t for name, t in tangents.items() if name not in kept}))
    else:
        result = sum(pack(call(one, {k: t})) for k, t in tangents.items())
    np.testing.assert_allclose(result, slope, rtol=1e-5, atol=1e-7, err_msg="forward")


def single(value: Any) -> Any:
    """The same structure with float32 arrays."""
    if isinstance(value, (list, tuple)):
        return type(value)([single(item) for item in value])
    if isinstance(value, (np.ndarray, np.floating)) and is_real(value):
        return value.astype(np.float32)
    return value


def check_single(one: Case) -> None:
    """In single precision: the same numbers, and float32 where all arguments are float32 arrays."""
    active = active_parameters(one)
    low = Case(one.primitive, single(one.args), {k: single(v) for k, v in one.keywords.items()}, one.fixed)
    out, out_low = call(one, {}), call(low, {})
    d = unpack(out, iter(np.random.default_rng(1).normal(size=pack(out).size)))
    high_terms = terms_of(one, out, d, True)
    low_terms = terms_of(low, out_low, single(d), True)
    for name, value in active.items():
        expected, found = packed_term(high_terms[name]), packed_term(low_terms[name])
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3)
        both = (value, low_terms[name])
        wider = isinstance(out_low, np.ndarray) and out_low.dtype != np.float32
        if NUMPY_2 and all(isinstance(x, np.ndarray) for x in both) and not wider:
            assert low_terms[name].dtype == np.float32, name
