"""The call of a function with tangents: they are given the dtype of their values, or refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from srcgrad.dispatch import compiled
from srcgrad.guards import Environment
from srcgrad.structures import as_tangent


def jvp_call(function: Callable[..., Any], names: Sequence[str], dots: Sequence[str]) -> Callable[..., Any]:
    """A generated function that looks at its tangents first: ``dots`` are the parameters for those of ``names``."""
    parameters = inspect.signature(function).parameters
    environment = Environment(parameters)
    checking, called = environment.name(as_tangent), environment.name(function)
    values = dict(zip(dots, names, strict=True))
    parts, given = [], []
    for one in parameters.values():
        named = one.kind is one.KEYWORD_ONLY
        parts += ["*"] if named and "*" not in parts else []
        parts.append(one.name if one.default is one.empty else f"{one.name}={environment.name(one.default)}")
        value = f"{checking}({one.name}, {values[one.name]}, {one.name!r})" if one.name in values else one.name
        given.append(f"{one.name}={value}" if named else value)
    text = f"def call({', '.join(parts)}):\n    return {called}({', '.join(given)})\n"
    made: Callable[..., Any] = compiled(text, environment, function.__name__)
    return made
