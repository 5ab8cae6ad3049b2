"""Refuse operators, tests and loops by which code of a class changes something, where that is not seen through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.classes import class_of
from srcgrad.analysis.implicit_calls import BY_ANY, asked, changes_by_itself, changing
from srcgrad.analysis.kinds import Given, Kind, Unknown, is_object
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.special_methods import is_deletion
from srcgrad.analysis.suspects import classes_given
from srcgrad.errors import DifferentiationError, refuse
from srcgrad.program import Program


def check_implicit_calls(program: Program, scope: Scope, kind: Callable[[Any], Kind]) -> None:
    """Refuse what may call a special method that changes something, and stores to elements of an object."""
    suspects = [one for one in classes_given(scope) if changes_by_itself(one)]
    for node in tree.walk_forward(program.function.body):
        target = node.func.value if isinstance(node, gast.Call) and is_deletion(node) else None
        stored = tree.stored(node)
        if stored is not None and not tree.is_field(stored):
            target = stored.value
        if target is not None and (own := class_of(target, scope)) is not None and is_object(kind(target)):
            raise _refused(node, program, f"an element of an object of class {own.__name__} is stored to or deleted")
        for operand, names in asked(node, scope):
            # any function may call any of them, which says too little of values of which nothing is known
            for one in _classes(operand, scope, kind, [] if names is BY_ANY else suspects):
                name = next((name for name in sorted(names) if changing(one, name)), None)
                if name is not None:
                    shown = (
                        f"this may call '{name}' of class {one.__name__}, which changes its object or something else"
                    )
                    raise _refused(node, program, shown)


def _classes(operand: Any, scope: Scope, kind: Callable[[Any], Kind], suspects: list[type]) -> list[type]:
    """The classes that a value may be of, as far as these matter."""
    own = class_of(operand, scope)
    if own is not None and own is not object:
        return [own]
    if not suspects or not isinstance(operand, (gast.Name, gast.Attribute, gast.Subscript)):
        return []
    found = kind(operand)
    if isinstance(found, Given) or (is_object(found) and found.type is not object):  # type: ignore[union-attr]
        return [found.type]  # type: ignore[union-attr]
    return suspects if type(found) is Unknown or is_object(found) else []


def _refused(node: Any, program: Program, shown: str) -> DifferentiationError:
    return refuse(node, program.source, shown, "give it a method with a name, and call that on a line of its own")
