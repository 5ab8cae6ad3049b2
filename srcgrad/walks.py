"""Walking over nodes, without recursion and in source order; nearly all that a transformation does is this."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

import gast

LEAVES = {gast.Name, gast.Constant}
_NO_NODES = {"ctx", "op", "ops", "kind", "id", "attr", "type_comment"}
_FIELDS: dict[type[Any], tuple[str, ...]] = {}
_REVERSED: dict[type[Any], tuple[str, ...] | None] = {}  # None for what is no node


def walk(node: Any, leaves: Container[type[Any]] | None = None) -> Iterator[Any]:
    """Every node below and including ``node`` (a node or a list), in source order, without recursion.

    Contexts and operators, which say nothing by themselves, are left out; inside nodes of the classes in ``leaves`` it
    does not look.
    """
    leaves = LEAVES if leaves is None else leaves
    stack = [node]
    while stack:
        item = stack.pop()
        kind = item.__class__
        if kind is list:
            stack.extend(item[::-1])
            continue
        fields = _REVERSED[kind] if kind in _REVERSED else _reversed_fields(kind)
        if fields is None:
            continue
        yield item
        if kind not in leaves:
            values = item.__dict__
            for field in fields:
                value = values.get(field)
                if value is not None:
                    stack.append(value)


def names(node: Any, context: type[Any] | None = None) -> list[Any]:
    """The names below and including ``node`` (a node or a list), in source order: all, or those read, or bound."""
    found = []
    stack = [node]
    while stack:
        item = stack.pop()
        kind = item.__class__
        if kind is gast.Name:
            if context is None or item.ctx.__class__ is context:
                found.append(item)
            continue
        if kind is list:
            stack.extend(item[::-1])
            continue
        fields = _REVERSED[kind] if kind in _REVERSED else _reversed_fields(kind)
        if fields is None or kind is gast.Constant:
            continue
        values = item.__dict__
        for field in fields:  # the same once more: a call for each node would take as long as all the rest
            value = values.get(field)
            if value is not None:
                stack.append(value)
    return found


def fields_of(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a class of nodes that may hold statements or expressions."""
    found = _FIELDS.get(kind)
    if found is None:
        found = _FIELDS[kind] = tuple(f for f in kind._fields if f not in _NO_NODES)
    return found


def _reversed_fields(kind: type[Any]) -> tuple[str, ...] | None:
    _REVERSED[kind] = found = fields_of(kind)[::-1] if issubclass(kind, gast.AST) else None
    return found


def children(node: Any) -> list[Any]:
    """The direct child nodes of a node, in field order, without contexts and operators."""
    kind = node.__class__
    found: list[Any] = []
    values = node.__dict__
    for field in fields_of(kind):
        value = values.get(field)
        if value.__class__ is list:
            found.extend([item for item in value if isinstance(item, gast.AST)])
        elif isinstance(value, gast.AST):
            found.append(value)
    return found
