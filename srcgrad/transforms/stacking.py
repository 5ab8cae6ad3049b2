"""Stacks of generated loops become values, so that the derivative of a derivative can follow what they hold.

Only generated code is rewritten so: its stacks are lists that nobody else has and that are used in one order.

>>> from srcgrad.transforms.examples import show_generated
>>> print(show_generated(stacking, '''
... def f(x):
...     stack = []
...     for i in range(3):
...         stack.append((x, i))
...         x = x * x
...     for _ in range(3):
...         a, i = stack.pop()
...     return a
... '''))
def f(x):
    stack = []
    for i in range(3):
        stack = push(stack, (x, i), 2)
        x = x * x
    for _ in range(3):
        stack, a, i = pop(stack, 2)
    return a
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import stacks, tree
from srcgrad.program import Externals


def stacking(function: Any, externals: Externals) -> Any:
    """A generated function whose pushes and pops bind the stack anew."""
    popped = {call.func.value.id for node in tree.walk(function.body) if (call := _method(node, "pop")) is not None}
    made = {tree.single_target(n) for n in tree.walk(function.body) if _is_empty_list(getattr(n, "value", None))}
    worker = _Stacking(externals, popped - made)
    body = worker.block(function.body)
    given = sorted(tree.identifiers(function.args) & worker.borrowed)
    return tree.shallow(function, body=[*map(worker.held, given), *body])


class _Stacking:
    """Rewrites blocks; ``borrowed`` stacks were made elsewhere, and are copied before anything is taken off."""

    def __init__(self, externals: Externals, borrowed: set[str]) -> None:
        self.externals = externals
        self.borrowed = borrowed

    def block(self, statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        for statement in statements:
            clone = tree.shallow(statement)
            for field in ("body", "orelse"):
                if isinstance(inner := getattr(clone, field, None), list):
                    setattr(clone, field, self.block(inner))
            made.append(self.statement(clone))
            if isinstance(clone, gast.Assign) and _method(clone.value, "pop") is None:
                made += [self.held(name) for name in sorted(tree.writes(clone.targets[0]) & self.borrowed)]
        return made

    def statement(self, statement: Any) -> Any:
        if isinstance(statement, gast.Expr) and (call := _method(statement.value, "append")) is not None:
            name, value = call.func.value.id, call.args[0]
            count = len(value.elts) if isinstance(value, gast.Tuple) else 0
            pushed = tree.call(self.helper(stacks.push), tree.name(name), value, tree.constant(count))
            return tree.assign(name, tree.at(pushed, statement), statement)
        if isinstance(statement, gast.Assign) and (call := _method(statement.value, "pop")) is not None:
            name, left = call.func.value.id, statement.targets[0]
            parts = list(left.elts) if isinstance(left, gast.Tuple) else [left]
            count = len(parts) if isinstance(left, gast.Tuple) else 0
            taken = tree.call(self.helper(stacks.pop), tree.name(name), tree.constant(count))
            target = tree.tuple_([tree.target(name), *parts], store=True)
            return tree.assign(target, tree.at(taken, statement), statement)
        return statement

    def held(self, name: str) -> Any:
        return tree.assign(name, tree.call(self.helper(stacks.held), tree.name(name)))

    def helper(self, function: Any) -> Any:
        return tree.name(self.externals.name_of(function, function.__name__))


def _method(node: Any, method: str) -> Any:
    """A call of a method of a list that has a name, as generated loops write it; None for anything else."""
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and isinstance(node.func.value, gast.Name):
        arguments = 1 if method == "append" else 0
        if node.func.attr == method and len(node.args) == arguments and not node.keywords:
            return node
    return None


def _is_empty_list(node: Any) -> bool:
    return isinstance(node, gast.List) and not node.elts
