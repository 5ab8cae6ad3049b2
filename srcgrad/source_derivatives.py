"""Derivatives as functions to differentiate: ``grad(f)`` becomes ``def f(x): return derivative(x)``."""

from __future__ import annotations

import inspect
import itertools
import types
from collections.abc import Mapping
from typing import Any

from srcgrad.errors import refuse_call
from srcgrad.loader import load

_counter = itertools.count(1)


def caller(derivative: Any) -> types.FunctionType:
    """A Python function with the parameters of a derivative that calls it.

    Raises DifferentiationError for a derivative whose result is no number: that of ``vjp``.
    """
    if derivative.form == "vjp":
        raise refuse_call(
            "a derivative of vjp returns a pullback, which has no derivative", "differentiate grad or value_and_grad"
        )
    found = inspect.signature(derivative).parameters.values()
    namespace: dict[str, Any] = {}
    parts: list[str] = []
    places: list[str] = []
    named: list[str] = []
    taken = {p.name for p in found}
    name = str(getattr(derivative, "__name__", ""))
    name = name if name.isidentifier() and name not in taken else "function"
    called = next(n for n in (f"{name}_grad", "derivative", "derivative_") if n not in taken)
    namespace[called] = derivative
    for one in found:
        default = ""
        if one.default is not one.empty:
            value = f"{one.name}_default"
            namespace[value], default = one.default, f"={value}"
        stars = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
        if one.kind is one.KEYWORD_ONLY:
            named.append(one.name)
            parts += ["*"] if len(named) == 1 and not any(p.startswith("*") for p in parts) else []
        else:
            places.append(stars + one.name)
        parts.append(f"{stars}{one.name}{default}")
    only = sum(p.kind is p.POSITIONAL_ONLY for p in found)
    parts[only:only] = ["/"] if only else []
    arguments = ", ".join([*places, *(f"{n}={n}" for n in named)])
    text = f"def {name}({', '.join(parts)}):\n    return {called}({arguments})\n"
    made = load(text, f"<srcgrad derivative of {name} {next(_counter)}>", namespace)[name]
    assert isinstance(made, types.FunctionType)
    return made


def renewed(derivative: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether a call made the derivative that another one is taken of take further parameters: of a primitive."""
    inner = derivative.primal
    if not hasattr(inner, "plain_for") or isinstance(inner, type) or derivative._stored is not None:
        return False
    known = inspect.signature(inner)
    count = len(args) - sum(dot not in kwargs for dot in derivative._dots)  # tangents come last
    inner._look(args[:count], {name: value for name, value in kwargs.items() if name not in derivative._dots})
    return inspect.signature(inner) != known
