"""The call of a function with tangents: they are given the dtype of their values, or refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Container, Sequence
from typing import Any

from srcgrad.contents import tangent_like
from srcgrad.dispatch import compiled
from srcgrad.guards import Environment
from srcgrad.structures import as_tangent


def jvp_call(
    function: Callable[..., Any], names: Sequence[str], dots: Sequence[str], changed: Container[str] = ()
) -> Callable[..., Any]:
    """A generated function that looks at its tangents first: ``dots`` are the parameters for those of ``names``.

    What is ``changed`` shares storage as its value does.
    """
    parameters = inspect.signature(function).parameters
    environment = Environment(parameters)
    checking, sharing, called = map(environment.name, (as_tangent, tangent_like, function))
    values = dict(zip(dots, names, strict=True))
    parts, given = [], []
    star = False
    for one in parameters.values():
        named = one.kind is one.KEYWORD_ONLY
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            star = True
            parts.append(f"{'*' if one.kind is one.VAR_POSITIONAL else '**'}{one.name}")
            given.append(parts[-1])
            continue
        parts += ["*"] if named and not star else []
        star = star or named
        parts.append(one.name if one.default is one.empty else f"{one.name}={environment.name(one.default)}")
        checked = sharing if values.get(one.name) in changed else checking
        value = f"{checked}({one.name}, {values[one.name]}, {one.name!r})" if one.name in values else one.name
        given.append(f"{one.name}={value}" if named else value)
    text = f"def call({', '.join(parts)}):\n    return {called}({', '.join(given)})\n"
    made: Callable[..., Any] = compiled(text, environment, function.__name__)
    return made
