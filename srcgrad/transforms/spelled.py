"""Short forms of Python and NumPy, by means of what the other passes follow.

>>> from srcgrad.transforms.examples import show
>>> print(show(spelled, '''
... def f(x):
...     first, *others = x
...     total = first * 2.0
...     for y in map(np.sin, others):
...         total = total + y
...     return total
... '''))
def f(x):
    items = list(x)
    check_enough(items, 1)
    first = items[0]
    others = items[1:]
    total = first * 2.0
    for y in (np.sin(item) for item in others):
        total = total + y
    return total
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import gast
import numpy as np

from srcgrad import contents, tree
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program
from srcgrad.transforms.comprehensions import is_consumer


def spelled(program: Program) -> Program:
    """Write out targets with a star, loops over ``np.ndenumerate``, and ``map`` and ``filter`` that are run through."""
    return program.with_body(_Spelled(program).block(program.function.body))


class _Spelled:
    def __init__(self, program: Program) -> None:
        self.program = program
        local = tree.parameters_of(program.function) | tree.writes(program.function.body)
        self.scope = Scope(program.namespace, local)

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        if isinstance(statement, gast.Assign) and any(map(_has_star, statement.targets)):
            return [made for left in self.targets(statement) for made in self.statement(left)]
        before: list[Any] = []
        if isinstance(statement, gast.For):
            before, statement = self.loop(statement)
        if not tree.blocks(statement):
            return [tree.remade(statement, self.expression)]
        clone = tree.with_blocks(statement, self.block)
        heads = {
            f: tree.remade(getattr(clone, f), self.expression) for f in ("test", "iter", "items") if hasattr(clone, f)
        }
        return [*before, tree.shallow(clone, **heads)]

    # --- expressions

    def expression(self, node: Any, clone: Any) -> Any:
        """``sum(map(f, x))`` as ``sum(f(item) for item in x)``, and ``[x, *y]`` as ``[x] + list(y)``."""
        is_display = isinstance(node, (gast.List, gast.Tuple)) and isinstance(node.ctx, gast.Load)
        if is_display and any(map(_is_star, node.elts)):
            return tree.at(self.sum_of_displays(clone), node)
        if isinstance(node, gast.Call) and node.args and is_consumer(self.scope.resolve(node.func)):
            return tree.shallow(clone, args=[self.generator(clone.args[0]), *clone.args[1:]])
        return clone

    def sum_of_displays(self, display: Any) -> Any:
        """A display with stars as a sum of displays without, and of what has a star."""
        is_list = isinstance(display, gast.List)
        make, made_of = (tree.list_, list) if is_list else (tree.tuple_, tuple)
        sides: list[Any] = []
        for starred, group in itertools.groupby(display.elts, _is_star):
            parts = list(group)
            sides += [tree.call(self.program.builtin(made_of), p.value) for p in parts] if starred else [make(parts)]
        return functools.reduce(lambda left, right: tree.binary(left, "+", right), sides)

    def generator(self, node: Any) -> Any:
        """A call of ``map`` or ``filter`` as a generator; anything else as it is."""
        function = self.scope.resolve(node.func) if isinstance(node, gast.Call) and not node.keywords else None
        if (
            not (function is map or function is filter)
            or len(node.args) < 2
            or any(isinstance(a, gast.Starred) for a in node.args)
        ):
            return node
        called, *iterables = [node.args[0], *map(self.generator, node.args[1:])]
        names = [self.program.namer.temporary("item") for _ in iterables]
        tests_itself = self.scope.literal(called) is None and function is filter
        made = tree.name(names[0]) if tests_itself else _applied(called, names)
        if made is None:
            return node
        several = len(names) > 1
        target = _bound(names) if several else tree.target(names[0])
        over = tree.call(self.program.builtin(zip), *iterables) if several else iterables[0]
        if function is map:
            return tree.at(gast.GeneratorExp(made, [gast.comprehension(target, over, [], 0)]), node)
        return tree.at(gast.GeneratorExp(tree.name(names[0]), [gast.comprehension(target, over, [made], 0)]), node)

    # --- statements

    def loop(self, loop: Any) -> tuple[list[Any], Any]:
        """A loop over ``map``, ``filter`` or ``np.ndenumerate``, or with a star, and what comes before it."""
        call, target = loop.iter, loop.target
        if _has_star(target):  # each turn starts with a target that is written out
            item = self.program.namer.temporary("item")
            first = tree.at(gast.Assign([target], tree.name(item), None), loop)
            return self.loop(tree.shallow(loop, target=tree.target(item), body=[first, *loop.body]))
        is_pair = isinstance(target, gast.Tuple) and len(target.elts) == 2
        if not is_pair or not self.is_enumerated(call):
            return [], tree.shallow(loop, iter=self.generator(call))
        return self.enumerated(loop)

    def enumerated(self, loop: Any) -> tuple[list[Any], Any]:
        """``for place, v in np.ndenumerate(x)`` as ``for place in np.ndindex(np.shape(x))``, with ``v = x[place]``."""
        call, target = loop.iter, loop.target
        items, place = self.program.namer.temporary("items"), self.program.namer.temporary("place")
        value = tree.subscript(tree.name(items), tree.name(place))
        parts = [tree.name(place), value]
        body = [tree.at(gast.Assign([part], of, None), loop) for part, of in zip(target.elts, parts, strict=True)]
        shape = tree.call(tree.attribute(tree.copy(call.func.value), "shape"), tree.name(items))
        over = tree.call(tree.attribute(call.func.value, "ndindex"), shape)
        array = tree.call(tree.attribute(tree.copy(call.func.value), "asarray"), call.args[0])
        made = tree.shallow(loop, target=tree.target(place), iter=tree.at(over, call), body=[*body, *loop.body])
        return [tree.assign(items, array, loop)], made

    def is_enumerated(self, node: Any) -> bool:
        """Whether an expression is ``np.ndenumerate(x)``."""
        is_call = isinstance(node, gast.Call) and len(node.args) == 1 and not node.keywords
        return is_call and isinstance(node.func, gast.Attribute) and self.scope.resolve(node.func) is np.ndenumerate

    def targets(self, statement: Any) -> list[Any]:
        """Assignments for one of which a target has a star."""
        value = statement.value
        if len(statement.targets) > 1:
            whole = self.program.namer.temporary("items")
            made = [tree.assign(whole, value, statement)]
            return [*made, *(tree.at(gast.Assign([t], tree.name(whole), None), statement) for t in statement.targets)]
        parts = statement.targets[0].elts
        if not any(map(_is_star, parts)):  # there is one further inside
            held = [self.program.namer.temporary("part") for _ in parts]
            made = [tree.at(gast.Assign([_bound(held)], value, None), statement)]
            pairs = zip(parts, held, strict=True)
            return [*made, *(tree.at(gast.Assign([part], tree.name(n), None), statement) for part, n in pairs)]
        place = next(n for n, part in enumerate(parts) if isinstance(part, gast.Starred))
        after = len(parts) - place - 1
        is_display = isinstance(value, (gast.Tuple, gast.List)) and not any(map(_is_star, value.elts))
        if is_display and len(value.elts) >= len(parts) - 1:
            rest = tree.list_(value.elts[place : len(value.elts) - after])
            values = [*value.elts[:place], rest, *value.elts[len(value.elts) - after :]]
            left = tree.tuple_([part.value if _is_star(part) else part for part in parts], store=True)
            return [tree.at(gast.Assign([left], tree.tuple_(values), None), statement)]
        return self.taken_apart(statement, parts, place)

    def taken_apart(self, statement: Any, parts: list[Any], place: int) -> list[Any]:
        """Targets, one of which has a star, as elements and a slice of a list of what they are given."""
        whole = self.program.namer.temporary("items")
        made = [tree.assign(whole, tree.call(self.program.builtin(list), statement.value), statement)]
        checking = tree.name(self.program.external(contents.check_enough, "check_enough"))
        check = tree.call(checking, tree.name(whole), tree.constant(len(parts) - 1))
        made += [tree.expression(check, statement)] if len(parts) > 1 else []
        after = len(parts) - place - 1
        for n, part in enumerate(parts):
            if n == place:
                start, end = (tree.constant(at) if at else None for at in (place, -after))
                left, index = part.value, gast.Slice(start, end, None)
            else:
                left, index = part, tree.constant(n if n < place else n - len(parts))
            made.append(tree.at(gast.Assign([left], tree.subscript(tree.name(whole), index), None), statement))
        return made


def _applied(called: Any, names: list[str]) -> Any:
    """The call of a function with some names; None of what is no name, which would be evaluated again each time."""
    if not isinstance(called, gast.Lambda):
        return None if tree.path_of(called) is None else tree.call(called, *map(tree.name, names))
    given = called.args
    if any(isinstance(node, (*tree.COMPREHENSIONS, gast.Lambda)) for node in tree.walk(called.body)):
        return None  # which may bind the same names
    if given.defaults or given.kwonlyargs or given.vararg or given.kwarg or len(given.args) != len(names):
        return None
    parameters = [one.id for one in given.args]
    return tree.substitute(called.body, {p: tree.name(n) for p, n in zip(parameters, names, strict=True)})


def _is_star(node: Any) -> bool:
    return isinstance(node, gast.Starred)


def _has_star(target: Any) -> bool:
    """Whether a target, or one inside of it, takes what is left over."""
    return isinstance(target, (gast.Tuple, gast.List)) and any(_is_star(p) or _has_star(p) for p in target.elts)


def _bound(names: list[str]) -> Any:
    """A tuple of names that are bound."""
    return tree.tuple_(map(tree.target, names), store=True)
