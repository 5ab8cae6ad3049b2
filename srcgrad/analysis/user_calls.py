"""What calls of the user's functions and classes may do, by the summaries of what they call."""

from __future__ import annotations

import types
from dataclasses import replace
from typing import Any

import gast

from srcgrad.analysis.classes import classes_of, kind_of_path
from srcgrad.analysis.given import Unnamed, arguments_of
from srcgrad.analysis.kinds import NEVER, Array, Kind, Known, Mapping, Scalar, Sequence, Unknown, is_fixed, is_object
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summary import Effect, Stores, Summarise, Summary
from srcgrad.procedures import procedure_of

_NEW = Unnamed(None)  # the object that a class makes


def kind_of_node(node: Any, scope: Scope) -> Kind | None:
    """The kind of what is as good as a name or a literal, if it is known at once."""
    if isinstance(node, gast.Name):
        return scope.kind_of_name(node.id)
    if isinstance(node, (gast.List, gast.Tuple)):
        return Sequence(list, None, Known(None))
    if isinstance(node, gast.Constant):
        return Known(node.value) if isinstance(node.value, (str, bytes)) else Scalar(type(node.value))
    return None


def _may_hold_lists(kind: Kind | None) -> bool:
    """Whether a value is a list, a tuple or a dict, or an object that may hold one."""
    if isinstance(kind, Mapping) and is_object(kind) and kind.items is not None:
        return any(isinstance(item, Unknown) or _may_hold_lists(item) for _, item in kind.items)
    return isinstance(kind, (Sequence, Mapping))


def made_effect(node: Any, init: types.FunctionType, summarise: Summarise, scope: Scope) -> Effect:
    """What the call of a class may do, by what its ``__init__`` does: the object is new, and shares what it keeps."""
    done = user_effect(node, init, _NEW, summarise, scope)

    def given(parts: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(part for part in parts if part is not _NEW)

    kept = tuple(part for group in done.keeps if _NEW in group for part in group)
    groups = tuple(group for group in map(given, done.keeps) if len(group) > 1)
    hidden = done.hidden or None in kept
    # what it holds may share storage: the same twice, or a part of it as well
    return replace(done, changes=given(done.changes), shares=given(kept), keeps=groups, hidden=hidden, joined=True)


def user_effect(node: Any, function: types.FunctionType, receiver: Any, summarise: Summarise, scope: Scope) -> Effect:
    """What the call of a function, or of a method with its object, may do."""
    given_nodes = [receiver, *node.args, *(k.value for k in node.keywords)]
    holds_lists = any(_may_hold_lists(kind_of_node(part, scope)) for part in given_nodes)
    made = procedure_of(function)
    given = arguments_of(function, node, receiver)
    own = function if made is None else made.function
    summary = summarise(own, holds_lists, classes_of(given, scope))
    if made is not None:  # it works on copies
        kept = summary.changes - set(made.of), summary.returns - set(made.of)
        joined = summary.joined or not summary.returns.isdisjoint(made.of)
        summary = replace(summary, changes=kept[0], returns=kept[1], joined=joined)

    def nodes(names: Any) -> tuple[Any, ...]:
        return tuple(part for name in names for part in ([None] if name is None else given.get(name, ())))

    def holds(group: tuple[Any, ...]) -> bool:
        """Whether something of what is put into each other can hold the rest: an array takes copies of numbers."""
        return any(part is None or not isinstance(kind_of_node(part, scope), (Array, Scalar)) for part in group)

    return Effect(
        changes=tuple(part for part in nodes(sorted(summary.changes)) if not is_fixed(kind_of_node(part, scope))),
        shares=nodes(sorted(summary.returns)),
        keeps=tuple(filter(holds, (nodes(sorted(group, key=str)) for group in summary.keeps))),
        objects=summary.objects,
        outside=summary.outside,
        rebound=summary.rebound,
        relies=summary.relies,
        hidden=summary.hidden,
        joined=summary.joined,
        stores=_stores(summary, given, scope),
    )


def _stores(summary: Summary, given: dict[str, list[Any]], scope: Scope) -> Stores | None:
    """The attributes that a call may give other values: those of the arguments themselves are of their classes."""
    found = summary.stores
    for name, attribute in summary.sets:
        for part in given.get(name, ()):
            kind = kind_of_path(part, scope) if isinstance(part, gast.AST) else None
            if found is None or (part is not _NEW and kind != NEVER and not (kind and is_object(kind))):
                return None
            if part is not _NEW and kind != NEVER:
                found |= {(kind.type, attribute)}  # type: ignore[union-attr]
    return found
