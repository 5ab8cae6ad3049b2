"""Displays of adjoints and tangents: those of what a display of values holds."""

from __future__ import annotations

import types
from typing import Any

import gast

from srcgrad import structures, tree
from srcgrad.analysis.constructors import defaults_of, place_of_field
from srcgrad.analysis.operations import Display
from srcgrad.objects import is_named_tuple
from srcgrad.program import Program


def object_display(program: Program, operation: Display, name: str, parts: list[Any]) -> Any:
    """What holds the adjoints, or the tangents, of the attributes of a new object, or a named tuple, that has a name.

    What has its default gets zeros; an empty object, which ``object.__new__`` makes, has none yet.
    """
    kind: Any = operation.type
    fields = kind._fields if is_named_tuple(kind) else ()
    given = {fields[key.value] if fields else str(key.value): p for key, p in zip(operation.keys, parts, strict=True)}
    zeros = program.external(structures.zeros_for, "zeros_for")
    is_empty = getattr(getattr(operation.call, "func", None), "attr", "") == "__new__"
    for attribute in () if is_empty else defaults_of(kind, given):
        place = place_of_field(kind, attribute)
        given[attribute] = tree.call(zeros, tree.subscript(tree.name(name), place))
    if fields:
        return tree.list_([given[field] for field in fields])
    made = tree.call(program.external(types.SimpleNamespace, "SimpleNamespace"))
    made.keywords = [gast.keyword(attribute, part) for attribute, part in given.items()]
    return made
