r"""Write stores to slices of lists, and removals from dicts, as what they were before ``containers``.

>>> import gast
>>> from srcgrad.analysis.kinds import FLOAT, Sequence
>>> from srcgrad.analysis.scope import Scope
>>> from srcgrad.writer import to_text
>>> scope = Scope({"len": len}, {"items", "v"}, {"items": Sequence(list, None, FLOAT)})
>>> body = gast.parse("items[len(items):] = [v]\nitems[1:1] = [v]\nitems[-1:] = []\nitems[:] = []").body
>>> print(to_text(list_methods(body, scope)).strip())
items.append(v)
items.insert(1, v)
del items[-1]
items.clear()
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.kinds import Array, Sequence
from srcgrad.analysis.scope import Scope


def list_methods(body: list[Any], scope: Scope) -> list[Any]:
    """A body with methods of lists."""
    return [_statement(tree.with_blocks(s, lambda block: list_methods(block, scope)), scope) for s in body]


def _statement(statement: Any, scope: Scope) -> Any:
    target = tree.stored(statement)
    if target is None or not isinstance(statement, gast.Assign):
        return statement
    if tree.is_removal(statement):
        return tree.at(gast.Delete([tree.shallow(target, ctx=gast.Del())]), statement)
    if not isinstance(target.value, gast.Name):
        return statement
    kind, place, value = scope.kinds.get(target.value.id), target.slice, statement.value
    made = None
    if tree.is_end(target) and not isinstance(kind, Array):
        made = _call(target, "append", value.elts[0]) if _is_one(value) else _call(target, "extend", value)
    elif not isinstance(place, gast.Slice) or not isinstance(kind, Sequence) or not isinstance(value, gast.List):
        return statement
    elif value.elts:
        is_between = place.lower is not None and place.step is None and tree.equal(place.lower, place.upper)
        made = _call(target, "insert", place.lower, value.elts[0]) if _is_one(value) and is_between else None
    elif place.lower is None and place.upper is None:
        made = _call(target, "clear")
    else:
        part = tree.shallow(target, slice=place.lower if _is_single(place) else place, ctx=gast.Del())
        made = gast.Delete([part])
    return statement if made is None else tree.at(made, statement)


def _call(target: Any, method: str, *args: Any) -> Any:
    return tree.expression(tree.call(tree.attribute(tree.name(target.value.id), method), *args))


def _is_one(value: Any) -> bool:
    """Whether a value is a display of one element."""
    return isinstance(value, gast.List) and len(value.elts) == 1 and not isinstance(value.elts[0], gast.Starred)


def _is_single(place: Any) -> bool:
    """Whether a slice is that of one element, which is surely there."""
    if place.lower is None:
        return False
    if tree.equal(place.lower, tree.constant(-1)):
        return place.upper is None
    first = Scope({}, set()).literal(place.lower)
    after = tree.constant(first + 1) if isinstance(first, int) else tree.binary(place.lower, "+", tree.constant(1))
    return place.upper is not None and tree.equal(place.upper, after)


__all__ = ["list_methods"]
