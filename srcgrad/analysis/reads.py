"""The names through which a derivative can reach the value of an expression."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.kinds import Array, is_dict, is_discrete
from srcgrad.analysis.operations import Apply, Choice, Copy, Display, Opaque, Read, UserCall, describe
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.template import template_of

_RUN_THROUGH = (list, tuple, set, sorted, iter, enumerate, zip, reversed)


def is_mapping(node: Any, scope: Scope) -> bool:
    """Whether a value surely is a dict: what is met in running through it are keys, which have no derivative."""
    return isinstance(node, gast.Name) and is_dict(scope.kind_of_name(node.id))


def is_bound_inside(node: Any, scope: Scope) -> bool:
    """Whether a node reads what a comprehension or a lambda binds: no name of the function, and none from outside."""
    is_read = isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load)
    return is_read and node.id not in scope.local and scope.resolve(node) is MISSING


def is_of_keys(node: Any, scope: Scope) -> bool:
    """Whether an expression is a list of the keys of a dict, one of them, or their number."""
    if not isinstance(node, gast.Call) or len(node.args) != 1 or not is_mapping(node.args[0], scope):
        return False
    function, given = scope.resolve(node.func), {k.arg for k in node.keywords}
    return function in (list, tuple, sorted, set, len, iter, reversed) or (function in (max, min) and given <= {"key"})


def real_reads(node: Any, scope: Scope) -> set[str]:
    """The names through which a derivative can reach the value of an expression: local ones, and bound inside of it."""
    found: set[str] = set()
    stack = [node]
    while stack:
        item = stack.pop()
        if is_bound_inside(item, scope):
            found.add(item.id)
            continue
        if is_of_keys(item, scope):
            continue
        operation = describe(item, scope)
        if isinstance(operation, Copy):
            if not is_discrete(scope.kinds.get(operation.source, Array(None, None))):
                found.add(operation.source)
        elif isinstance(operation, Apply):
            flat = template_of(operation.rule).flat
            for place, value in enumerate(operation.arguments.values()):
                if place not in flat:
                    stack.extend(value if isinstance(value, list) else [value])
        elif isinstance(operation, UserCall):
            stack.extend(operation.node.args)
            stack.extend(k.value for k in operation.node.keywords)
        elif isinstance(operation, Read):
            stack.append(operation.value)
        elif isinstance(operation, Display):
            stack.extend(operation.elements)
        elif isinstance(operation, Choice):
            stack.extend((operation.body, operation.orelse))
        elif isinstance(operation, Opaque) and isinstance(item, gast.Call):
            given = [a.value if isinstance(a, gast.Starred) else a for a in item.args]
            runs_through = scope.resolve(item.func) in _RUN_THROUGH
            stack.extend(a for a in given if not (runs_through and is_mapping(a, scope)))
            stack.extend(k.value for k in item.keywords)
            stack.append(item.func.value if isinstance(item.func, gast.Attribute) else item.func)
        elif isinstance(operation, Opaque) and isinstance(item, gast.Lambda):
            found |= real_reads(item.body, scope) - tree.parameters_of(item)
            stack.extend(tree.defaults_of(item).values())
        elif isinstance(operation, Opaque):
            stack.extend(tree.children(item))
    return found
