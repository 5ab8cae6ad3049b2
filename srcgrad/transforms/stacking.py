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
    stack = empty()
    for i in range(3):
        stack = push(stack, (x, i), 2)
        x = x * x
    for _ in range(3):
        stack, a, i = pop(stack, 2)
    return a

What a pop gives has names, too, where the text has one for all of it: by the time that the derivative asks what that
was, the stack in it has lost more.
"""

from __future__ import annotations

import re
from typing import Any

import gast

from srcgrad import stacks, tree
from srcgrad.names import Namer
from srcgrad.program import Externals

_SECOND = re.compile(r"_bwd(_\d+)?$")


def stacking(function: Any, externals: Externals) -> Any:
    """A generated function whose pushes and pops bind the stack anew."""
    pushed = {call.func.value.id for node in tree.walk(function.body) if (call := _method(node, "append")) is not None}
    lists = {tree.single_target(n) for n in tree.walk(function.body) if _is_empty_list(getattr(n, "value", None))}
    made = pushed & lists
    popped = {call.func.value.id for node in tree.walk(function.body) if (call := _method(node, "pop")) is not None}
    borrowed = popped & _handed_over(function) - made
    worker = _Stacking(function, externals, made | borrowed, borrowed)
    body = worker.block(function.body)
    given = sorted(tree.parameters_of(function) & borrowed)
    return tree.shallow(function, body=[*map(worker.held, given), *body])


def _handed_over(function: Any) -> set[str]:
    """What the second function of a pair gets from the first; nothing of any other function."""
    if not _SECOND.search(function.name):
        return set()
    saved = function.args.args[0].id
    found = {saved}
    for statement in function.body:
        if isinstance(statement, gast.Assign) and tree.reads(statement.value) == {saved}:
            found |= tree.writes(statement.targets[0])
    return found


class _Stacking:
    """Rewrites blocks; ``borrowed`` stacks were made elsewhere, and are copied before anything is taken off."""

    def __init__(self, function: Any, externals: Externals, stacks: set[Any], borrowed: set[str]) -> None:
        self.externals = externals
        self.stacks = stacks
        self.borrowed = borrowed
        self.namer = Namer(tree.identifiers(function))
        self.own = tree.parameters_of(function) | tree.writes(function.body)
        whole = _read_whole(function.body)
        popped = {tree.single_target(node) for node in tree.walk(function.body) if self.is_pop(node)}
        self.splittable = popped - whole - {None}
        self.parts: dict[str, list[str]] = {}
        calls = [node.value.args[0] for node in tree.walk(function.body) if self.is_pop(node)]
        self.taken_from = {stack.id for stack in calls if isinstance(stack, gast.Name)}

    def block(self, statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        for statement in statements:
            clone = tree.shallow(statement)
            made += self.statement(clone)  # before what is inside: a head reads what has been bound so far
            for field in ("body", "orelse"):
                if isinstance(inner := getattr(clone, field, None), list):
                    setattr(clone, field, self.block(inner))
            if isinstance(clone, gast.Assign) and not isinstance(clone.value, gast.Call):
                made += [self.held(name) for name in sorted(tree.writes(clone.targets[0]) & self.borrowed)]
            if tree.single_target(clone) in self.taken_from and isinstance(clone.value, gast.Subscript):
                made.append(self.held(clone.targets[0].id))  # a part of what somebody else may have
        return made

    def statement(self, statement: Any) -> list[Any]:
        taken: list[Any] = []
        if isinstance(statement, gast.Expr) and (call := self.method(statement.value, "append")) is not None:
            name, value = call.func.value.id, self.without_pops(call.args[0], taken)
            count = len(value.elts) if isinstance(value, gast.Tuple) else 0
            pushed = tree.call(self.helper(stacks.push), tree.name(name), value, tree.constant(count))
            return [*taken, tree.assign(name, tree.at(pushed, statement), statement)]
        if tree.single_target(statement) in self.stacks and _is_empty_list(statement.value):
            return [tree.assign(statement.targets[0].id, tree.call(self.helper(stacks.empty)), statement)]
        if isinstance(statement, gast.Assign) and (call := self.method(statement.value, "pop")) is not None:
            left = statement.targets[0]
            return [self.popped(call, left.elts if isinstance(left, gast.Tuple) else left, statement)]
        if tree.single_target(statement) is not None and _is_copy(statement):
            return [self.held(statement.targets[0].id)]
        name = tree.single_target(statement)
        if name is not None and name in self.splittable and self.is_pop(statement):
            statement.value.args = [self.without_pops(argument, taken) for argument in statement.value.args]
            self.parts[name] = self.part_names(name, statement.value)
            return [*taken, _bound(self.parts[name], statement.value, statement)]
        for field in ("value", "test", "iter"):
            if isinstance(inner := getattr(statement, field, None), gast.AST):
                setattr(statement, field, self.without_pops(inner, taken))
        return [*taken, statement]

    def without_pops(self, node: Any, taken: list[Any]) -> Any:
        """An expression with names for what it pops; the pops come before it, in the order in which it makes them."""
        if (call := self.method(node, "pop")) is not None:
            value = self.namer.fresh("popped")
            taken.append(self.popped(call, tree.target(value), node))
            return tree.name(value)
        if isinstance(node, gast.Subscript) and _is_part(node):
            if isinstance(node.value, gast.Name) and node.value.id in self.parts:
                return _part(self.parts[node.value.id], node.slice)
            if self.is_pop(node):
                call = tree.rebuilt(node.value, lambda inner: self.in_child(inner, taken))
                names = self.part_names("popped", call)
                taken.append(_bound(names, call, node))
                return _part(names, node.slice)
        return tree.rebuilt(node, lambda inner: self.in_child(inner, taken))

    def in_child(self, node: Any, taken: list[Any]) -> Any:
        if isinstance(node, list):
            return [self.in_child(item, taken) for item in node]
        return self.without_pops(node, taken) if isinstance(node, gast.AST) else node

    def popped(self, call: Any, left: Any, like: Any) -> Any:
        """The statement that takes one value, or several, off a stack."""
        name = call.func.value.id
        parts = left if isinstance(left, list) else [left]
        count = tree.constant(len(left) if isinstance(left, list) else 0)
        target = tree.tuple_([tree.target(name), *parts], store=True)
        return tree.assign(target, tree.at(tree.call(self.helper(stacks.pop), tree.name(name), count), like), like)

    def is_pop(self, node: Any) -> bool:
        """Whether a node has as its value a call of the helper ``pop`` that says how many values it takes."""
        call = getattr(node, "value", None)
        if not isinstance(call, gast.Call) or not isinstance(call.func, gast.Name) or len(call.args) != 2:
            return False
        return self.externals.objects.get(call.func.id) is stacks.pop and isinstance(call.args[1], gast.Constant)

    def part_names(self, whole: str, call: Any) -> list[str]:
        """Names for the stack and for each value that a call of ``pop`` gives."""
        return [self.namer.fresh(f"{whole}_{n}") for n in range(1 + max(call.args[1].value, 1))]

    def method(self, node: Any, method: str) -> Any:
        """A call of a method of one of the stacks; None for anything else."""
        call = _method(node, method)
        return call if call is not None and call.func.value.id in self.stacks else None

    def held(self, name: str) -> Any:
        return tree.assign(name, tree.call(self.helper(stacks.held), tree.name(name)))

    def helper(self, function: Any) -> Any:
        return tree.name(self.externals.name_of(function, function.__name__, self.own))


def _method(node: Any, method: str) -> Any:
    """A call of a method of a list that has a name, as generated loops write it; None for anything else."""
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and isinstance(node.func.value, gast.Name):
        arguments = 1 if method == "append" else 0
        if node.func.attr == method and len(node.args) == arguments and not node.keywords:
            return node
    return None


def _is_copy(statement: Any) -> bool:
    """Whether a statement is ``stack = list(stack or [])``, with which a reverse sweep begins that may run again."""
    call = statement.value
    if not tree.is_call_of(call, "list") or len(call.args) != 1 or not isinstance(call.args[0], gast.BoolOp):
        return False
    first, *rest = call.args[0].values
    return isinstance(first, gast.Name) and first.id == statement.targets[0].id and all(map(_is_empty_list, rest))


def _is_empty_list(node: Any) -> bool:
    return isinstance(node, gast.List) and not node.elts


def _bound(names: list[str], call: Any, like: Any) -> Any:
    return tree.assign(tree.tuple_(map(tree.target, names), store=True), call, like)


def _is_part(node: Any) -> bool:
    """Whether a subscript is one that the rules of stacks write: ``[0]``, ``[1]`` or ``[1:]``."""
    where = node.slice
    if isinstance(where, gast.Slice):
        return isinstance(where.lower, gast.Constant) and where.upper is None and where.step is None
    return isinstance(where, gast.Constant) and isinstance(where.value, int)


def _part(names: list[str], where: Any) -> Any:
    if isinstance(where, gast.Slice):
        return tree.tuple_(map(tree.name, names[where.lower.value :]))
    return tree.name(names[where.value])


def _read_whole(body: list[Any]) -> set[str]:
    """The names that are read otherwise than part by part."""
    parts = {id(node.value) for node in tree.walk(body) if isinstance(node, gast.Subscript) and _is_part(node)}
    return {
        n.id
        for n in tree.walk(body)
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load) and id(n) not in parts
    }
