"""Checks of a rule against differences: the body is run as the function that it is.

A complex number is two real ones here.  Its adjoint is ``df/da - i df/db``, so that ``sum(x_bar * x_dot)``, of which
the real part is taken, is the product of the numbers of ``x_dot`` with those of the conjugate of ``x_bar``.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from typing import Any

import gast
import numpy as np

import srcgrad.rules
from srcgrad import source, tree
from srcgrad.rules.registry import Rule, pushforward_of
from srcgrad.runtime import matched, unbroadcast, unreduce, zeros_like
from srcgrad.stacks import held, pop, push
from srcgrad.tangents import plus
from srcgrad.template import template_of
from srcgrad.testing.templates import Case, asked, bind, chosen, fresh, parameters_of, run, terms_of

assert srcgrad.rules  # registers

STACKS = (push, pop, held)  # which have others' values
NUMPY_2 = int(np.__version__.split(".")[0]) >= 2  # whose scalars do not change an array's dtype


def case(primitive: Any, *args: Any, fixed: tuple[str, ...] = (), **keywords: Any) -> Case:
    return Case(primitive, args, keywords, fixed)


# --- numbers of a structure


def is_number(x: Any) -> bool:
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "fc"
    return isinstance(x, (float, complex, np.inexact))


def is_complex(x: Any) -> bool:
    """Whether there are complex numbers in a structure."""
    return any(map(is_complex, x)) if isinstance(x, (list, tuple)) else is_number(x) and np.iscomplexobj(x)


def pack(x: Any) -> np.ndarray:
    """All numbers of a structure, in order: of a complex one the real and then the imaginary part."""
    if isinstance(x, (list, tuple)):
        return np.concatenate([np.zeros(0), *map(pack, x)])
    return numbers_of(x) if is_number(x) else np.zeros(0)


def numbers_of(x: Any) -> np.ndarray:
    """The numbers of an array as real ones; integers too."""
    return np.ravel(x).astype(complex).view(float) if np.iscomplexobj(x) else np.ravel(x).astype(float)


def unpack(x: Any, numbers: Any) -> Any:
    """The same structure with numbers from an iterator."""
    if isinstance(x, tuple) and hasattr(x, "_make"):
        return x._make(unpack(item, numbers) for item in x)
    if isinstance(x, (list, tuple)):
        return type(x)([unpack(item, numbers) for item in x])
    if not is_number(x):
        return x
    taken = np.array(list(itertools.islice(numbers, pack(x).size)))
    values = (taken.view(complex) if np.iscomplexobj(x) else taken).astype(np.result_type(x))
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
    elif is_number(x):
        assert np.shape(t) == np.shape(x), (np.shape(t), np.shape(x))
        assert np.iscomplexobj(t) == np.iscomplexobj(x), "complex where the other is real"
        assert isinstance(x, np.ndarray) or not isinstance(t, np.ndarray), "the adjoint of a scalar is a scalar"


# --- running rules


def active_parameters(one: Case) -> dict[str, Any]:
    bound, _ = bind(one)
    given = {k: list(v) if isinstance(v, tuple) else v for k, v in bound.arguments.items()}
    return {
        k: v
        for k, v in given.items()
        if k not in one.fixed and (pack(v).size or (isinstance(v, np.ndarray) and is_number(v)))
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
        return one.primitive(*fresh(given), **keywords)  # a stack is changed in place


def check(one: Case, rtol: float = 2e-6) -> None:
    """Compare the terms of every active parameter, on all branches of ``known`` that a call can be given.

    All that can be decided is; nothing is; each single thing that the conditions ask for is not.
    """
    rng = np.random.default_rng(1)
    active = active_parameters(one)
    assert active, "nothing is differentiated"
    out = call(one, {})
    d = unpack(out, iter(rng.normal(size=pack(out).size)))
    weights = packed_term(d)
    expected = {name: differences(one, name, value, weights) for name, value in active.items()}
    for decide in (True, False, *asked(one.rule)):
        terms = terms_of(one, out, d, decide)
        for name, value in active.items():
            term = terms[name]
            assert term is not None, f"no term for {name}"
            if one.rule.form == "elementwise":
                assert np.shape(term) in (np.shape(out), ()), "not of the result's shape"
                assert isinstance(out, np.ndarray) or not isinstance(term, np.ndarray), "a scalar's is a scalar"
            term = adjoint_of(one, out, term, value)
            same_shapes(term, value)
            shown = packed_term(term)
            np.testing.assert_allclose(shown, expected[name], rtol=rtol, atol=2e-8, err_msg=f"{name}, {decide}")
    check_forward(one, out, active)


def adjoint_of(one: Case, out: Any, term: Any, value: Any) -> Any:
    """What the transformation makes of a term: one of the shape of its argument, and real where that is."""
    if one.rule.form == "elementwise":
        term = unbroadcast(np.broadcast_to(term, np.shape(out)), value)
    several = is_complex([out, *one.args, *one.keywords.values()]) and one.primitive not in STACKS
    return real_parts(term, value) if several else term


def real_parts(term: Any, value: Any) -> Any:
    """A term without the imaginary parts of what is real; what is complex stays as it is."""
    if isinstance(value, (list, tuple)):
        return [real_parts(a, b) for a, b in zip(term, value, strict=True)]
    return term if is_complex(value) else matched(term, value)


def packed_term(term: Any) -> np.ndarray:
    """The numbers of the conjugate of an adjoint of any structure."""
    if isinstance(term, (list, tuple)):
        return np.concatenate([np.zeros(0), *map(packed_term, term)])
    return numbers_of(np.conjugate(term) if np.iscomplexobj(term) else term)


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
    terms = terms_of(one, out, d, True)
    x_bars = {k: adjoint_of(one, out, terms[k], v) for k, v in active.items()}
    for decide in (True, False, *asked(pushforward_of(one.primitive) or one.rule)):
        for part in parts(one, tangents):
            y_dot = tangent_of(one, out, part, decide)
            left = packed_term(d) * pack_all(y_dot)
            right = np.concatenate([packed_term(x_bars[k]) * pack_all(filled(part[k], active[k])) for k in part])
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
    """The tangent of an array of single precision is one.

    Not so where a choice by elements makes an array of a Python number's.
    """
    if one.rule.form == "elementwise" and any(isinstance(t, (float, complex)) for t in tangents.values()):
        return
    low = lowered(one)
    out = call(low, {})
    y_dot = tangent_of(low, out, {k: single(t) for k, t in tangents.items()}, True)
    if isinstance(out, np.ndarray) and out.dtype in (np.float32, np.complex64):
        assert np.result_type(y_dot) == out.dtype


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
    return numbers_of(x)


def tangent_of(one: Case, out: Any, tangents: dict[str, Any], decide: Any) -> Any:
    """The tangent of a call's result, as forward mode reads it from the rules: never complex where that is real."""
    y_dot = sum_of_terms(one, out, tangents, decide)
    assert is_complex(out) or not is_complex(y_dot), "the tangent of a real result is real"
    return y_dot if isinstance(out, (list, tuple)) or not is_complex(out) else matched(y_dot, out)


def sum_of_terms(one: Case, out: Any, tangents: dict[str, Any], decide: Any) -> Any:
    rule = pushforward_of(one.primitive)
    if rule is not None:
        found = None
        for name, t in tangents.items():
            for term in stated(one, rule, out, name, t, decide):
                same_shapes(matched(term, out) if is_number(out) and not is_complex(term) else term, out)
                nested = isinstance(term, (list, tuple)) and found is not None
                found = plus(found, term) if nested else _sum(found, term)
        return found
    given = {name: filled(t, active_parameters(one)[name]) for name, t in tangents.items()}
    if one.rule.form == "elementwise":
        found = sum_of([terms_of(one, out, t, decide)[name] for name, t in given.items()])
        return unreduce(found, out) if np.shape(found) != np.shape(out) else found
    if one.rule.form == "linear":
        flat = template_of(one.rule).flat
        given = {
            name: t
            for place, name in enumerate(bind(one)[1])
            if place not in flat and (t := given.get(name)) is not None
        }
        if not given:
            return zeros_like(out)
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
    """The same structure with arrays of single precision."""
    if isinstance(value, (list, tuple)):
        return type(value)([single(item) for item in value])
    if isinstance(value, (np.ndarray, np.inexact)) and is_number(value):
        return value.astype(np.complex64 if np.iscomplexobj(value) else np.float32)
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
