"""The call of a primitive as it is written, with other arguments."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.binding import signature_of
from srcgrad.analysis.operations import Apply, unwrapped_partial
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.program import Program


def with_arguments(node: Any, operation: Apply, new: Mapping[str, Any], scope: Scope, program: Program) -> Any:
    """``node``, an operation on atoms, with other nodes for some parameters of its rule (lists for ``*args``).

    A parameter that the call leaves to its default is passed by its name, unless the new argument is the default.
    """
    node = _unwrapped(node, scope, program)
    names = list(signature_of(operation.rule).parameters)
    if isinstance(node, gast.BinOp):
        left, right = names[:2]
        return tree.shallow(node, left=new.get(left, node.left), right=new.get(right, node.right))
    if isinstance(node, gast.UnaryOp):
        return tree.shallow(node, operand=new.get(names[0], node.operand))
    if isinstance(node, gast.Attribute):
        return tree.shallow(node, value=new.get(names[0], node.value))
    clone = tree.shallow(node)
    if scope.resolve(node.func) is MISSING:  # a method
        clone.func = tree.attribute(new.get(names[0], node.func.value), node.func.attr)
        names = names[1:]
    clone.args = list(_positional(node.args, operation, names, new))
    clone.keywords = [gast.keyword(k.arg, new.get(k.arg, k.value)) for k in node.keywords]
    given = {k.arg for k in node.keywords} | set(names[: len(node.args)])
    for name, value in new.items():
        default = operation.arguments[name]
        left_out = name in names and name not in given and not isinstance(value, list)
        if left_out and not tree.equal(default, value) and scope.literal(default) != 0:
            clone.keywords.append(gast.keyword(name, value))
    return clone


def _positional(args: list[Any], operation: Apply, names: list[str], new: Mapping[str, Any]) -> Iterator[Any]:
    several = next((n for n, value in enumerate(map(operation.arguments.get, names)) if isinstance(value, list)), None)
    for place, node in enumerate(args):
        if several is not None and place >= several:
            values = new.get(names[several])
            yield node if values is None else values[place - several]
        else:
            yield new.get(names[place], node) if place < len(names) else node


def _unwrapped(node: Any, scope: Scope, program: Program) -> Any:
    """The call of a partial's function with all arguments written out."""
    partial = scope.resolve(node.func) if isinstance(node, gast.Call) else None
    if not isinstance(partial, functools.partial):
        return node
    whole = tree.shallow(unwrapped_partial(node, partial))
    whole.func = tree.name(program.external(partial.func, partial.func.__name__))
    return whole


__all__ = ["with_arguments"]
