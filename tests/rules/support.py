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
from srcgrad.rules.registry import Rule, pushforward_of, rule_of
from srcgrad.runtime import unbroadcast, unreduce, zeros_like
from srcgrad.structures import add
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


def chosen(one: Case, out: Any, decide: Any, rule: Rule) -> Any:
    """The tree of a rule's body with its ``known`` conditions decided as the transformation decides them.

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

    function = change(source.read(rule.body).tree)
    function.decorator_list = []
    return function


def compiled(function: Any, one: Case, rule: Rule) -> Any:
    home = dict(rule.body.__globals__)
    if isinstance(one.primitive, types.BuiltinFunctionType) and one.primitive.__module__ == "math":
        home["np"] = _MathAsNumpy()
    exec(ast.unparse(gast.gast_to_ast(function)), home)
    return home[rule.body.__name__]


def terms_of(one: Case, out: Any, d: Any, decide: Any) -> Any:
    """The rule's terms by parameter; ``decide`` says what ``known`` conditions may be decided by."""
    terms = run(chosen(one, out, decide, one.rule), one, one.rule, out, d)
    terms = terms if isinstance(terms, tuple) else (terms,)
    return dict(zip(bind(one)[1], terms, strict=False))


def run(function: Any, one: Case, rule: Rule, out: Any, d: Any) -> Any:
    """The value of a rule's body, or of a part of it, for the arguments of a case."""
    bound, _ = bind(one)
    bound.apply_defaults()
    keywords = dict(bound.kwargs)
    if "out" in parameters_of(rule):
        keywords["out"] = out
    with np.errstate(all="ignore"):
        return compiled(function, one, rule)(*bound.args, **keywords, d=d)


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


# --- forward mode


def check_forward(one: Case, out: Any, active: dict[str, Any]) -> None:
    """The tangent, stated or derived, is that of differences, and the transpose of the adjoint."""
    check_transpose(one)
    if not pack(out).size:
        return
    rng = np.random.default_rng(2)
    tangents = {k: unpack(v, iter(rng.normal(size=pack(v).size))) for k, v in active.items()}
    slope, h = np.zeros(pack(out).size), 1e-5
    for shift, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
        moved = {k: unpack(v, iter(pack(v) + shift * h * pack(tangents[k]))) for k, v in active.items()}
        slope += factor * pack(call(one, moved)) / (12 * h)
    found = pack_all(tangent_of(one, out, tangents, True))
    np.testing.assert_allclose(found, slope, rtol=1e-5, atol=1e-7, err_msg="tangent")


def check_transpose(one: Case) -> None:
    """``<y_bar, y_dot> == <x_bar, x_dot>``, for all arguments together and for each by itself, on all branches.

    This holds where there are no differences, too: at ties and kinks.  Float32 is kept, and a tangent need not lie in
    memory as its value does.
    """
    rng = np.random.default_rng(2)
    active, out = active_parameters(one), call(one, {})
    d = unpack(out, iter(rng.normal(size=pack(out).size)))
    tangents = {k: reordered(unpack(v, iter(rng.normal(size=pack(v).size)))) for k, v in active.items()}
    x_bars = terms_of(one, out, d, True)
    if one.rule.form == "elementwise":
        x_bars = {k: unbroadcast(np.broadcast_to(x_bars[k], np.shape(out)), v) for k, v in active.items()}
    for decide in (True, False, *asked(pushforward_of(one.primitive) or one.rule)):
        for part in parts(one, tangents):
            y_dot = tangent_of(one, out, part, decide)
            left = pack_all(d) * pack_all(y_dot)
            right = np.concatenate([pack_all(x_bars[k]) * pack_all(filled(part[k], active[k])) for k in part])
            scale = np.sum(np.abs(left)) + np.sum(np.abs(right))
            np.testing.assert_allclose(left.sum(), right.sum(), rtol=0, atol=1e-12 * scale, err_msg=f"{decide}")
    if NUMPY_2:
        check_dtype(one, tangents)


def reordered(t: Any) -> Any:
    """The same arrays in another memory order."""
    if isinstance(t, (list, tuple)):
        return [reordered(item) for item in t]
    return t.T.copy("C" if t.flags.c_contiguous else "K").T if isinstance(t, np.ndarray) else t


def check_dtype(one: Case, tangents: dict[str, Any]) -> None:
    """The tangent of a float32 array is one, unless a choice by elements makes an array of a Python number's."""
    if one.rule.form == "elementwise" and any(isinstance(t, float) for t in tangents.values()):
        return
    low = lowered(one)
    out = call(low, {})
    y_dot = tangent_of(low, out, {k: single(t) for k, t in tangents.items()}, True)
    if isinstance(out, np.ndarray) and out.dtype == np.float32:
        assert np.result_type(y_dot) == np.float32


def parts(one: Case, tangents: dict[str, Any]) -> list[dict[str, Any]]:
    """Tangents of all parameters, of each by itself, and of each item of ``*args`` by itself."""
    found = [tangents, *({k: t} for k, t in tangents.items())]
    for name, t in tangents.items():
        if parameters_of(one.rule)[name].kind is inspect.Parameter.VAR_POSITIONAL and len(t) > 1:
            found += [{name: [item if i == k else None for i, item in enumerate(t)]} for k in range(len(t))]
    return found


def filled(t: Any, value: Any) -> Any:
    """A tangent with zeros for the items that have none."""
    if isinstance(t, list) and any(item is None for item in t):
        return [zeros_like(x) if item is None else item for item, x in zip(t, value, strict=True)]
    return t


def pack_all(x: Any) -> np.ndarray:
    """All numbers of a tangent or an adjoint of any structure; integers too, which no tangent is made of."""
    if isinstance(x, (list, tuple)):
        return np.concatenate([np.zeros(0), *map(pack_all, x)])
    assert x is not None
    return np.ravel(x).astype(float)


def tangent_of(one: Case, out: Any, tangents: dict[str, Any], decide: Any) -> Any:
    """The tangent of a call's result, as forward mode reads it from the rules."""
    rule = pushforward_of(one.primitive)
    if rule is not None:
        found = None
        for name, t in tangents.items():
            for term in stated(one, rule, out, name, t, decide):
                same_shapes(term, out)
                found = add(found, term) if isinstance(term, (list, tuple)) and found is not None else _sum(found, term)
        return found
    given = {name: filled(t, active_parameters(one)[name]) for name, t in tangents.items()}
    if one.rule.form == "elementwise":
        found = sum_of([terms_of(one, out, t, decide)[name] for name, t in given.items()])
        return unreduce(found, out) if np.shape(found) != np.shape(out) else found
    if one.rule.form == "linear":
        return call(one, {**zeros_of_others(one, given), **given})
    return sum_of([call(one, {name: t}) for name, t in given.items()])


def _sum(found: Any, term: Any) -> Any:
    return term if found is None else found + term


def sum_of(results: list[Any]) -> Any:
    return functools.reduce(lambda x, y: x + y, results)


def zeros_of_others(one: Case, tangents: dict[str, Any]) -> dict[str, Any]:
    """Zeros for the differentiable arguments of a linear function that have no tangent."""
    terms = terms_nodes(source.read(one.rule.body).tree)
    names = [p for p in parameters_of(one.rule) if p not in ("d", "out")]
    flows = {name for name, term in zip(names, terms, strict=False) if "d" in tree.reads(term) or reads_let(one, term)}
    given = bind(one)[0].arguments
    return {name: zeros_like(given[name]) for name in flows & given.keys() - tangents.keys()}


def reads_let(one: Case, term: Any) -> bool:
    """Whether a term is computed from lets, which only the rules of linspace and the like are."""
    lets = {node.targets[0].id for node in source.read(one.rule.body).tree.body if isinstance(node, gast.Assign)}
    return bool(lets & set(tree.reads(term)))


def terms_nodes(function: Any) -> list[Any]:
    value = function.body[-1].value
    return list(value.elts) if isinstance(value, gast.Tuple) else [value]


def stated(one: Case, rule: Rule, out: Any, name: str, t: Any, decide: Any) -> list[Any]:
    """What a pushforward's term for one parameter gives; of a list display, the items that have a tangent."""
    function = chosen(one, out, decide, rule)
    names = [p for p in parameters_of(rule) if p not in ("d", "out")]
    term = terms_nodes(function)[names.index(name)]
    several = parameters_of(rule)[name].kind is inspect.Parameter.VAR_POSITIONAL
    nodes = [term]
    if several and isinstance(term, gast.List):
        nodes = [node for node, item in zip(term.elts, t, strict=True) if item is not None]
    found = []
    for node in nodes:
        function.body[-1].value = node
        found.append(run(function, one, rule, out, t))
    return found


def lowered(one: Case) -> Case:
    """The same call in single precision."""
    return Case(one.primitive, single(one.args), {k: single(v) for k, v in one.keywords.items()}, one.fixed)


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
    low = lowered(one)
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
    tangents = {k: unpack(v, iter(np.random.default_rng(2).normal(size=pack(v).size))) for k, v in active.items()}
    expected = pack_all(tangent_of(one, out, tangents, True))
    found = pack_all(tangent_of(low, out_low, {k: single(t) for k, t in tangents.items()}, True))
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3, err_msg="tangent")
