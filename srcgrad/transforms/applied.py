"""The call of a primitive as it is written, with other arguments."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.binding import signature_of, unwrapped_partial
from srcgrad.analysis.operations import Apply
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.program import Program


def with_arguments(node: Any, operation: Apply, new: Mapping[str, Any], scope: Scope, program: Program) -> Any:
    """``node``, an operation on atoms, with other nodes for some parameters of its rule (lists for ``*args``).

    A parameter that the call leaves to its default is passed by its name, unless the new argument is the default, or by
    position where it has no name for callers.
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
    changed = [name for name in new if name in names and name not in given and _is_changed(name, operation, new, scope)]
    nameless = _nameless(operation)
    last = max((names.index(name) + 1 for name in changed if name in nameless), default=0)
    clone.args += [new.get(name, operation.arguments[name]) for name in names[len(node.args) : last]]
    clone.keywords += [gast.keyword(name, new[name]) for name in changed if name not in names[:last]]
    return clone


def _is_changed(name: str, operation: Apply, new: Mapping[str, Any], scope: Scope) -> bool:
    """Whether a parameter that the call leaves out has another argument than its default."""
    default, value = operation.arguments[name], new[name]
    return not isinstance(value, list) and not tree.equal(default, value) and scope.literal(default) != 0


def _nameless(operation: Apply) -> set[str]:
    """The parameters of a rule that its primitive takes by position only."""
    mine = list(signature_of(operation.rule).parameters.values())
    try:
        theirs = list(inspect.signature(operation.primitive).parameters.values())
    except (TypeError, ValueError):
        theirs = mine
    pairs = zip(mine, theirs, strict=False)
    return {one.name for one, other in pairs if one.POSITIONAL_ONLY in (one.kind, other.kind)}


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
