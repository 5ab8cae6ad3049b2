"""Which names are stacks that change in place: what is read of an earlier version is what the last one holds."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import stacks, tree
from srcgrad.analysis.scope import Scope

_STACKS = (stacks.empty, stacks.push, stacks.pop, stacks.held)


def stack_names(body: list[Any], scope: Scope) -> frozenset[str]:
    r"""The names of stacks in a flat program.

    >>> names = {"push": stacks.push, "pop": stacks.pop}
    >>> body = gast.parse("s = push(r, x, 0)\nparts_0, y = pop(s, 0)\nt = parts_0").body
    >>> sorted(stack_names(body, Scope(names, {"r", "s", "t", "x", "y", "parts_0"})))
    ['parts_0', 'r', 's', 't']
    """
    found: set[str] = set()
    copies: dict[str, set[str]] = {}
    for statement in tree.walk(body):
        if not isinstance(statement, gast.Assign):
            continue
        target, value = statement.targets[0], statement.value
        if isinstance(value, gast.Name) and isinstance(target, gast.Name) and value.id in scope.local:
            copies.setdefault(value.id, set()).add(target.id)
            copies.setdefault(target.id, set()).add(value.id)
        function = scope.resolve(value.func) if isinstance(value, gast.Call) else None
        if any(function is one for one in _STACKS):
            whole = target.elts[0] if isinstance(target, gast.Tuple) else target
            found |= {node.id for node in (whole, *value.args[:1]) if isinstance(node, gast.Name)}
    waiting = list(found)
    while waiting:
        new = copies.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return frozenset(found)
