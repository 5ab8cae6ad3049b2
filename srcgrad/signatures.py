"""Signatures of primals and callees: defaults as they are now, kinds of the arguments of a call."""

from __future__ import annotations

import inspect
from typing import Any

from srcgrad import tree
from srcgrad.analysis.kinds import Kind, kind_of
from srcgrad.arguments import defaults
from srcgrad.names import Namer
from srcgrad.program import Externals
from srcgrad.source import Source

Kinds = tuple[tuple[str, Kind], ...]


def literal_defaults(function: Any, source: Source, externals: Externals) -> None:
    """Defaults become the values that they have now; annotations go."""
    arguments = function.args
    for node in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        node.annotation = None
    function.returns = None
    function.decorator_list = []
    arguments.args = [*arguments.posonlyargs, *arguments.args]
    arguments.posonlyargs = []
    if source.wraps or not hasattr(source.function, "__code__"):
        return  # of a primitive and of a derivative they are literals
    values = defaults(source.function) | {name: cell.cell_contents for name, cell in source.captured.items()}
    arguments.defaults = [_value_node(values[a.id], externals) for a in arguments.args if a.id in values]
    arguments.kw_defaults = [
        _value_node(values[a.id], externals) if a.id in values else None for a in arguments.kwonlyargs
    ]


def _value_node(value: Any, externals: Externals) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return tree.constant(value)
    if type(value) is tuple:
        return tree.tuple_([_value_node(item, externals) for item in value])
    return tree.name(externals.name_of(value, "default"))


def bound_kinds(source: Source, args: list[Kind], keywords: dict[str, Kind]) -> Kinds | None:
    """The kinds of a callee's parameters for a call; None if the arguments do not fit."""
    arguments = source.tree.args
    positional = [a.id for a in [*arguments.posonlyargs, *arguments.args]]
    named = [a.id for a in arguments.kwonlyargs]
    if len(args) > len(positional) or arguments.vararg or arguments.kwarg:
        return None
    found = dict(zip(positional, args, strict=False))
    if any(k in found or k not in (*positional, *named) for k in keywords):
        return None
    found |= keywords
    values = defaults(source.function)
    for name in [*positional, *named]:
        if name not in found:
            if name not in values:
                return None
            found[name] = kind_of(values[name])
    return tuple((name, found[name]) for name in [*positional, *named])


def tangent_names(function: Any, wrt: tuple[str, ...]) -> tuple[str, ...]:
    """The parameters for the tangents of those in ``wrt``: ``x_dot``, or another name where the function has that."""
    namer = Namer(tree.identifiers(function))
    return tuple(namer.fresh(f"{name}_dot") for name in wrt)


def is_closed(arguments: Any) -> bool:
    """Whether no positional parameter can follow the last one so that calls still mean the same."""
    return bool(arguments.defaults or arguments.vararg or arguments.kwonlyargs or arguments.kwarg)


def with_tangents(arguments: Any, dots: tuple[str, ...]) -> Any:
    """A function's parameters and those for tangents: after the others, by name only where these have defaults."""
    made = tree.copy(arguments)
    if is_closed(arguments):
        made.kwonlyargs = [*made.kwonlyargs, *map(tree.parameter, dots)]
        made.kw_defaults = [*made.kw_defaults, *([None] * len(dots))]
    else:
        made.args = [*made.args, *map(tree.parameter, dots)]
    return made


def extended(signature: inspect.Signature, closed: bool, dots: tuple[str, ...]) -> inspect.Signature:
    """A signature with parameters for tangents, as ``with_tangents`` gives them to the function."""
    kind = inspect.Parameter.KEYWORD_ONLY if closed else inspect.Parameter.POSITIONAL_OR_KEYWORD
    found = [*signature.parameters.values(), *(inspect.Parameter(dot, kind) for dot in dots)]
    return signature.replace(parameters=sorted(found, key=lambda one: one.kind))
