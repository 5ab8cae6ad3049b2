"""Derivatives of derivatives of single calls of primitives, and differences to hold them against.

A call becomes the function ``sum(w * primitive(...))`` of the cotangent ``w`` and of the active arguments; the next
order differentiates the inner product of its gradient with weights ``v``, by ``w`` and the arguments again.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import srcgrad
from srcgrad.loader import load
from srcgrad.source import read
from srcgrad.specialise import argument_kind, specialise, with_lone
from tests.rules.support import Case, active_parameters, bind, call, pack, unpack

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Point:
    """Where a case is differentiated: its active arguments by name, in order, the others, and the cotangent."""

    one: Case
    active: dict[str, Any]
    fixed: dict[str, Any]
    cotangent: Any

    @property
    def values(self) -> list[Any]:
        """What the functions are differentiated by: the cotangent and the active arguments."""
        return [self.cotangent, *self.active.values()]


def point_of(one: Case, seed: int = 1) -> Point:
    """The point of a case, with a cotangent drawn at random."""
    bound, _ = bind(one)
    active = active_parameters(one)
    out = call(one, {})
    cotangent = unpack(out, iter(np.random.default_rng(seed).normal(size=pack(out).size)))
    if hasattr(cotangent, "_make"):
        cotangent = tuple(cotangent)
    fixed = {name: value for name, value in bound.arguments.items() if name not in active}
    return Point(one, active, fixed, cotangent)


# --- functions as text


def _general(point: Point) -> Callable[[Any], bool]:
    """What stands in the text for all kinds: the values that a rule wants to see."""
    wanted = any("Literal" in str(hint) for hint in point.one.rule.body.__annotations__.values())
    return lambda value: wanted and isinstance(value, str)


def _written(value: Any) -> bool:
    """Whether an argument stands in the text of the call."""
    if isinstance(value, (tuple, list)):
        return all(map(_written, value))
    return value is None or type(value) in (bool, int, str)


def weighted(w: str, value: str, like: Any) -> str:
    """The inner product of two values of the structure of ``like``."""
    if isinstance(like, (list, tuple)):
        parts = [weighted(f"{w}[{k}]", f"{value}[{k}]", item) for k, item in enumerate(like)]
        return " + ".join(part for part in parts if part)
    return f"np.sum({w} * {value})" if pack(like).size or isinstance(like, np.ndarray) else ""


def primal_text(point: Point, written: Callable[[Any], bool]) -> tuple[str, list[str], dict[str, Any]]:
    """The function of a case, the names of what stays fixed, and what its text reads."""
    bound, _ = bind(point.one)
    given, names, globals_ = [], [], {"np": np, "primitive": point.one.primitive}
    for name, parameter in bound.signature.parameters.items():
        if name not in bound.arguments:
            continue
        value = bound.arguments[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            given += [f"{name}[{k}]" for k in range(len(value))] if name in point.active else list(map(repr, value))
            continue
        shown = name
        if name in point.fixed:
            if written(value):
                shown = repr(value)
            else:
                names.append(name)
        given.append(f"{name}={shown}" if name in point.one.keywords else shown)
    inner = weighted("w", "out", point.cotangent)
    parameters = ", ".join(["w", *point.active, *names])
    text = f"def f({parameters}):\n    out = primitive({', '.join(given)})\n    return {inner}\n"
    return text, names, globals_


def next_text(point: Point, names: list[str], order: int) -> str:
    """The inner product of the gradient that ``g`` computes with weights."""
    wanted = ["w", *point.active]
    weights = [f"v{n}_{k}" for n in range(1, order) for k in range(len(wanted))]
    own = [f"v{order}_{k}" for k in range(len(wanted))]
    likes = dict(zip(wanted, point.values, strict=True))
    parts = [weighted(v, f"out[{k}]", likes[name]) for k, (v, name) in enumerate(zip(own, wanted, strict=True))]
    given = ", ".join([*wanted, *names, *weights])
    inner = " + ".join(part for part in parts if part)
    return f"def h({given}, {', '.join(own)}):\n    out = g({given})\n    return {inner}\n"


def text_of(point: Point) -> str:
    """The text for all kinds, which cases have in common."""
    text, names, _ = primal_text(point, _general(point))
    return text + next_text(point, names, 1)


def loaded(text: str, name: str, globals_: dict[str, Any]) -> Any:
    return load(text, f"<second order {next(_numbers)}>", globals_)[name]


_made: dict[Any, list[Callable[..., Any]]] = {}


def gradients_of(point: Point, order: int, known: bool = False) -> tuple[list[Callable[..., Any]], list[str]]:
    """The gradients of the first to the given order, and the names of the arguments that stay fixed.

    Each is a plain function: for the kinds of this call if they are ``known``, else for all.
    """
    text, names, globals_ = primal_text(point, _written if known else _general(point))
    wrt = ("w", *point.active)
    if known:
        values = {**dict(zip(wrt, point.values, strict=True)), **point.fixed}
        kinds = {name: argument_kind(value, name in wrt) for name, value in values.items()}
        shown = tuple(kinds.items())
    else:
        kinds, shown = {}, ()
    found = _made.setdefault((id(point.one.primitive), text, next_text(point, names, 1), shown), [])
    while len(found) < order:
        function = loaded(text, "f", globals_)
        if found:
            function = loaded(next_text(point, names, len(found)), "h", {"np": np, "g": found[-1]})
        used = dict(kinds)
        if known:  # the weights are like what they weigh
            of = {name: wrt[int(name.partition("_")[2])] for name in parameters(function) if name not in values}
            used |= {name: kinds[like] for name, like in of.items()}
        made = specialise(read(function), wrt, used, "grad", False)
        found.append(made.functions[0] if len(wrt) > 1 else with_lone(made, "grad", False))
    return found, names


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


# --- comparisons


def check_orders(point: Point, gradients: list[Callable[..., Any]], names: list[str], kinks: bool = False) -> None:
    """Compare each gradient but the first with differences of the one before.

    With ``kinks`` a case where these depend on the step is left out: two elements are equal there.
    """
    rng = np.random.default_rng(3)
    fixed = [point.fixed[name] for name in names]
    weights: list[Any] = []
    for order, gradient in enumerate(gradients):
        if order:
            own = [unpack(v, iter(rng.normal(size=pack(v).size))) for v in point.values]
            direction = [unpack(v, iter(rng.normal(size=pack(v).size))) for v in point.values]
            with np.errstate(all="ignore"):
                found = gradient(*point.values, *fixed, *weights, *own)
            slope = _packed(found, point.values) @ pack(direction)
            expected = _along(gradients[order - 1], point.values, direction, [*fixed, *weights], own, 1e-5)
            scale = max(1.0, abs(expected))
            if abs(slope - expected) > 1e-5 * scale and kinks:
                finer = _along(gradients[order - 1], point.values, direction, [*fixed, *weights], own, 5e-6)
                assert abs(finer - expected) > 0.5 * scale
                return
            assert abs(slope - expected) <= 1e-5 * scale, f"order {order + 1}: {slope} instead of {expected}"
            weights += own


def check_second_tangent(point: Point, kinks: bool = False) -> None:
    """Compare the tangent of the tangent with differences of the tangent."""
    text, names, globals_ = primal_text(point, _general(point))
    wrt = ("w", *point.active)
    tangent = srcgrad.jvp(loaded(text, "f", globals_), wrt)
    rng = np.random.default_rng(3)
    u, v = ([unpack(x, iter(rng.normal(size=pack(x).size))) for x in point.values] for _ in range(2))
    fixed = [point.fixed[name] for name in names]

    def at(h: float) -> float:
        moved = [unpack(x, iter(pack(x) + h * pack(d))) for x, d in zip(point.values, v, strict=True)]
        return float(tangent(*moved, *fixed, *u)[1])

    with np.errstate(all="ignore"):
        found = float(srcgrad.jvp(tangent, wrt)(*point.values, *fixed, *u, *v)[1][1])
        expected, finer = ((at(h) - at(-h)) / (2 * h) for h in (1e-5, 5e-6))
    scale = max(1.0, abs(expected))
    if not (kinks and abs(finer - expected) > 0.5 * scale):
        assert abs(found - expected) <= 1e-5 * scale, f"{found} instead of {expected}"


def _packed(found: Any, values: list[Any]) -> np.ndarray:
    for part, value in zip(found, values, strict=True):
        _check_shape(part, value)
    return _numbers_in(found)


def _numbers_in(x: Any) -> np.ndarray:
    if isinstance(x, (list, tuple)):
        return np.concatenate([np.zeros(0), *map(_numbers_in, x)])
    return np.zeros(0) if x is None or isinstance(x, (str, bool, int)) else np.ravel(x).astype(float)


def _check_shape(part: Any, value: Any) -> None:
    if isinstance(value, (list, tuple)):
        assert len(part) == len(value)
        for a, b in zip(part, value, strict=True):
            _check_shape(a, b)
    elif value is not None:
        assert np.shape(part) == np.shape(value), (np.shape(part), np.shape(value))


def _along(
    gradient: Any, values: list[Any], direction: list[Any], more: list[Any], weights: list[Any], h: float
) -> float:
    """The slope of the inner product of a gradient with weights, along a direction, by central differences."""
    total = 0.0
    for sign in (1.0, -1.0):
        moved = [unpack(v, iter(pack(v) + sign * h * pack(d))) for v, d in zip(values, direction, strict=True)]
        with np.errstate(all="ignore"):
            found = gradient(*moved, *more)
        total += sign * float(_packed(found, values) @ pack(weights))
    return total / (2 * h)
