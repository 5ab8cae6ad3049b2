"""What the parameters of a function get in a call."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.analysis.binding import default_values


@dataclass(frozen=True, eq=False)
class Unnamed:
    """An object that takes part in a call without a name in the program."""

    value: Any


def arguments_of(function: types.FunctionType, node: Any, receiver: Any = None) -> dict[str, list[Any]]:
    """The nodes that each parameter gets in a call; what is left out has its default, an object out of the program."""
    code = function.__code__
    positional = list(code.co_varnames[: code.co_argcount])
    named = [*positional, *code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]]
    values = ([receiver] if receiver is not None else []) + list(node.args)
    found: dict[str, list[Any]] = {}
    if any(isinstance(v, gast.Starred) for v in values) or any(k.arg is None for k in node.keywords):
        everything = [v.value if isinstance(v, gast.Starred) else v for v in values]
        everything += [k.value for k in node.keywords]
        return dict.fromkeys(named, everything)
    for name, value in zip(positional, values, strict=False):
        found[name] = [value]
    if len(values) > len(positional) and code.co_flags & inspect.CO_VARARGS:
        found[code.co_varnames[len(named)]] = values[len(positional) :]
    for keyword in node.keywords:
        found.setdefault(keyword.arg, []).append(keyword.value)
    for name, value in default_values(function).items():
        found.setdefault(name, [Unnamed(value)])
    return found


def objects_in(nodes: tuple[Any, ...]) -> Iterator[Any]:
    """The objects without a name among the nodes of an effect."""
    for node in nodes:
        if isinstance(node, Unnamed):
            yield node.value
