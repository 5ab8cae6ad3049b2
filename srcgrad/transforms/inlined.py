"""Write the bodies of some functions where they are called: what they share with their caller is then seen there.

So a callee that gets one array twice, or hands back a part of what it changes, is differentiated as if it had been
written out by hand.  Names of the callee get names of their own, unless a parameter only stands for a variable.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.given import Unnamed, arguments_of
from srcgrad.analysis.operations import UserCall, describe
from srcgrad.analysis.order import evaluated_before, first_of, made_first
from srcgrad.analysis.places import Place, place_of
from srcgrad.analysis.scope import Scope
from srcgrad.equivalents import is_equivalent
from srcgrad.program import Program
from srcgrad.source import read as read_source
from srcgrad.transforms.comprehensions import (
    as_loop,
    consumed_by,
    equivalent,
    is_list_of,
    paired,
    runs_over_generator,
    without_generator,
)

_WHOLE = {*tree.COMPREHENSIONS, gast.Lambda, gast.Name, gast.Constant}  # what is not looked into
Read = Callable[[types.FunctionType, Program], Program | None]  # a function with one return, its last statement


def inlined(program: Program, places: frozenset[Place], read: Read) -> Program:
    """Return the program with the callees written out that are called at some places."""
    if not places:
        return program
    worker = WrittenOut(program, places, read)
    body = worker.block(program.function.body)
    return worker.program.with_body(body)


class WrittenOut:
    """Writes out the callees at some places in a function."""

    def __init__(self, program: Program, places: frozenset[Place], read: Read) -> None:
        self.program = program
        self.places = places
        self.read = read
        local = tree.parameters_of(program.function) | tree.writes(program.function.body)
        self.scope = Scope(program.namespace, set(local))

    def block(self, statements: list[Any]) -> list[Any]:
        """Statements with what is called in them written out before them."""
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        """The same for one statement."""
        if runs_over_generator(statement) and place_of(statement.iter) in self.places:
            return self.statement(without_generator(statement))
        field = next((f for f in ("value", "test", "iter") if hasattr(statement, f)), "")
        parts = self.parts(getattr(statement, field, None) if field else None)
        if not parts:
            return [tree.with_blocks(statement, self.block) if tree.blocks(statement) else statement]
        if isinstance(statement, gast.While):
            return [statement if statement.orelse else self.with_test_inside(statement)]
        if isinstance(statement, gast.AugAssign) and not isinstance(statement.target, gast.Name):
            has_calls = any(isinstance(node, gast.Call) for node in tree.walk(statement.target))
            return [statement] if has_calls else self.block(self.updated(statement))
        lazy = self.lazy(getattr(statement, field))
        if lazy is not None and (made := self.decided(statement, field, lazy)) is not None:
            return self.block(made)
        return self.without(statement, field, first_of(getattr(statement, field), parts))

    def lazy(self, node: Any) -> Any:
        """The first part of an expression that may leave out what is to be written out, if there is one."""
        parts = (n for n in tree.walk(node) if isinstance(n, (gast.IfExp, gast.BoolOp)))
        return next((n for n in parts if self.parts(n)), None)

    def decided(self, statement: Any, field: str, lazy: Any) -> list[Any] | None:
        """A statement whose ``a if p else b``, or ``p and q``, is decided before it."""
        before: list[Any] = []
        if (other := self.with_early_names(statement, field, lazy, before)) is not statement:
            return [*before, other]
        held = self.fresh("value")
        rest = made_first(getattr(statement, field), lazy, tree.name(held), lambda n: self.held(n, statement, before))
        if rest is None:
            return None
        if isinstance(lazy, gast.IfExp):
            body, orelse = ([tree.assign(held, side, statement)] for side in (lazy.body, lazy.orelse))
            before.append(tree.if_(lazy.test, body, orelse, statement))
        else:
            before.append(tree.assign(held, lazy.values[0], statement))
            for value in lazy.values[1:]:
                test = tree.name(held) if isinstance(lazy.op, gast.And) else tree.invert(tree.name(held))
                before.append(tree.if_(test, [tree.assign(held, value, statement)], [], statement))
        return [*before, tree.shallow(statement, **{field: rest})]

    def parts(self, node: Any) -> list[Any]:
        """The calls in an expression that are to be written out, and the comprehensions that become loops."""
        found: list[Any] = []
        for inner in [] if node is None else tree.walk(node, _WHOLE):
            consumed = consumed_by(inner, self.scope)
            if isinstance(inner, gast.GeneratorExp):
                continue
            one = inner if consumed is None else consumed
            is_loop = isinstance(one, tree.COMPREHENSIONS) and self.is_loop(one)
            if is_loop or (isinstance(inner, gast.Call) and (self.is_list(inner) or self.callee(inner) is not None)):
                found.append(one)
        return found

    def is_loop(self, node: Any) -> bool:
        """Whether a comprehension becomes a loop: for what it holds, or for what is written out in it."""
        is_one = not isinstance(node, gast.SetComp)  # of numbers that are differentiated there is none
        return is_one and (place_of(node) in self.places or bool(self.parts(tree.children(node))))

    def is_list(self, call: Any) -> bool:
        """Whether a call is the list of an array that becomes a loop."""
        return place_of(call) in self.places and is_list_of(call, self.scope)

    def without(self, statement: Any, field: str, part: Any) -> list[Any]:
        """A statement with one part written out in front of it."""
        value = getattr(statement, field)
        before: list[Any] = []
        if (other := self.with_early_names(statement, field, part, before)) is not statement:
            return [*before, *self.statement(other)]
        result = self.fresh("value")
        rest = made_first(value, part, tree.name(result), lambda part: self.held(part, statement, before))
        made = None if rest is None else self.written_out(part, statement)
        if made is None:
            return [tree.with_blocks(statement, self.block) if tree.blocks(statement) else statement]
        *body, returned = made
        if isinstance(statement, gast.Expr) and value is part:
            is_plain = isinstance(returned, (gast.Name, gast.Constant))
            return body if is_plain else [*body, *self.statement(tree.expression(returned, statement))]
        if value is part and field == "value":
            return [*body, tree.shallow(statement, value=returned)]
        whole = tree.shallow(statement, **{field: rest})
        return [*before, *body, *self.given(result, returned, statement), *self.statement(whole)]

    def with_early_names(self, statement: Any, field: str, part: Any, before: list[Any]) -> Any:
        """A statement that reads other names before a part that may bind the old ones anew."""
        value, rebound = getattr(statement, field), self.rebound_by(part)
        early = [n for n in evaluated_before(value, part) or [] if isinstance(n, gast.Name) and n.id in rebound]
        if not early:
            return statement
        value = tree.exchanged(value, {id(name): self.held(name, statement, before) for name in early})
        return tree.shallow(statement, **{field: value})

    def rebound_by(self, part: Any) -> set[str]:
        """The names of the function that a part of an expression may bind anew."""
        return set()

    def given(self, name: str, value: Any, like: Any) -> list[Any]:
        """What gives a name to the result of what has been written out."""
        return [tree.assign(name, value, like)]

    def written_out(self, part: Any, like: Any) -> list[Any] | None:
        """The statements for a part of an expression, and what it gives."""
        if isinstance(part, gast.Call) and self.is_list(part):
            part = tree.at(self.as_comprehension(part.args[0]), part)
        if isinstance(part, gast.Call):
            function = self.callee(part)
            return None if function is None else self.body(function, part, like)
        items = self.fresh("items")
        return [*self.block(as_loop(part, items, self.fresh("key"))), tree.name(items)]

    def as_comprehension(self, iterable: Any) -> Any:
        """``[item for item in x]``, or ``[(a, b) for a, b in zip(x, y)]``, for what a list is made of."""
        count = paired(iterable, self.scope)
        names = [self.fresh("item") for _ in range(count or 1)]
        target = tree.tuple_(map(tree.target, names), store=True) if count else tree.target(names[0])
        made = tree.tuple_(map(tree.name, names)) if count else tree.name(names[0])
        return gast.ListComp(made, [gast.comprehension(target, iterable, [], 0)])

    def with_test_inside(self, loop: Any) -> Any:
        """``while test:`` as ``while True:`` that ends by a ``break``."""
        leave = tree.if_(tree.invert(loop.test), [tree.at(gast.Break(), loop)], [], loop)
        return tree.shallow(loop, test=tree.at(tree.constant(True), loop), body=self.block([leave, *loop.body]))

    def updated(self, statement: Any) -> list[Any]:
        """``x[i] += v`` as Python does it: what is there is looked at first, and stored in the end."""
        before: list[Any] = []
        target = tree.rebuilt(statement.target, lambda part: self.place(part, statement, before))
        held = self.fresh("part")
        read = tree.assign(held, tree.overwritten(target), statement)
        update = tree.at(gast.AugAssign(tree.target(held), statement.op, statement.value), statement)
        return [*before, read, update, tree.at(gast.Assign([target], tree.name(held), None), statement)]

    def place(self, part: Any, like: Any, before: list[Any]) -> Any:
        """The holder or the index of an element that is updated, evaluated once."""
        if isinstance(part, list):
            return [self.place(item, like, before) for item in part]
        if isinstance(part, (gast.Tuple, gast.Slice)):
            return tree.rebuilt(part, lambda item: self.place(item, like, before))
        is_plain = isinstance(part, (gast.Name, gast.Constant)) or not isinstance(part, gast.expr)
        return part if is_plain else self.held(part, like, before)

    def held(self, node: Any, like: Any, before: list[Any]) -> Any:
        """A name for what is evaluated before a call."""
        made = self.fresh("part")
        before.append(tree.assign(made, node, like))
        return tree.name(made)

    def callee(self, call: Any) -> types.FunctionType | None:
        """The function that is written out for a call."""
        if place_of(call) not in self.places:
            return None
        if (written := equivalent(call, self.scope)) is not None:
            return written
        operation = describe(call, self.scope)
        is_one = isinstance(operation, UserCall) and not operation.blocks and operation.node is call
        return operation.function if is_one and isinstance(operation, UserCall) else None

    def body(self, function: types.FunctionType, call: Any, like: Any) -> list[Any] | None:
        """The statements of a callee, and the expression that it returns; None where it cannot be written out."""
        if calls_itself(function) or any(isinstance(a, gast.Starred) for a in call.args):
            return None
        callee = self.read(function, self.program)
        given = arguments_of(function, call)
        parameters = [] if callee is None else [a.id for a in _positional(callee.function)]
        nodes = [self.argument(given.get(name, [None])[0], name) for name in parameters]
        if callee is None or not all(isinstance(node, gast.AST) for node in nodes):
            return None
        if not isinstance(callee.function.body[-1], gast.Return) or _has_exits(callee.function.body[:-1]):
            return None
        bound = tree.writes(callee.function.body)
        names: dict[str, str] = {}
        direct: dict[str, Any] = {}
        before = []
        written = (*call.args, *(k.value for k in call.keywords))
        order = {id(node): place for place, node in enumerate(written)}
        pairs = zip(parameters, nodes, strict=True)  # evaluated as they are written in the call, defaults last
        for name, node in sorted(pairs, key=lambda pair: order.get(id(pair[1]), len(order))):
            if isinstance(node, gast.Name) and node.id in self.scope.local and name not in bound:
                names[name] = node.id
            else:
                names[name] = self.fresh(name)
                if is_equivalent(function) and _is_direct(node, name, nodes, callee.function):
                    direct[names[name]] = node  # so that it is seen what is called
                else:
                    before.append(tree.assign(names[name], node, like))
        names |= {name: self.fresh(name) for name in sorted(bound - names.keys())}
        body = [placed(statement, like) for statement in tree.renamed(callee.function.body, names)]
        body = [tree.at(tree.substitute(statement, direct), statement) for statement in body] if direct else body
        made = self.block(body[:-1])
        returned = body[-1].value
        return [*before, *made, tree.constant(None) if returned is None else returned]

    def argument(self, node: Any, name: str) -> Any:
        """What a parameter gets: an argument, or its default."""
        if not isinstance(node, Unnamed):
            return node
        value = node.value
        if value is None or type(value) in (bool, int, float, str):
            return tree.constant(value)
        if type(value) is tuple:
            parts = [self.argument(Unnamed(part), name) for part in value]
            return tree.tuple_(parts) if all(isinstance(part, gast.AST) for part in parts) else None
        return tree.name(self.program.external(value, name)) if callable(value) else None

    def fresh(self, name: str) -> str:
        """A new name of the caller's."""
        made = self.program.namer.fresh(name)
        self.scope.local.add(made)
        return made


def calls_itself(function: types.FunctionType) -> bool:
    """Whether a function may call itself, also through others."""
    pending, seen = [function], set()
    while pending:
        try:
            source = read_source(pending.pop())
        except SyntaxError:
            continue
        scope = Scope.of(source)
        for node in (n for n in tree.walk(source.tree.body) if isinstance(n, gast.Call)):
            operation = describe(node, scope)
            if isinstance(operation, UserCall) and operation.function not in seen:
                seen.add(operation.function)
                pending.append(operation.function)
    return function in seen


def _positional(function: Any) -> list[Any]:
    """The parameters of a function, keyword-only ones last."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _has_exits(body: list[Any]) -> bool:
    """Whether statements may return."""
    return any(isinstance(node, gast.Return) for node in tree.walk(body))


def placed(node: Any, like: Any) -> Any:
    """A node of another function, all of which stands where it is called."""
    for item in tree.walk(node):
        tree.at(item, like)
    return node


def _is_direct(node: Any, name: str, nodes: list[Any], function: Any) -> bool:
    """Whether an argument can be written where its parameter is read, and be evaluated once and in order."""
    if isinstance(node, (gast.Constant, gast.Lambda)):
        return True
    reads = [read.id for read in tree.names(function.body, gast.Load)].count(name)
    others = all(isinstance(other, (gast.Constant, gast.Lambda, gast.Name)) for other in nodes[1:])
    return node is nodes[0] and isinstance(node, gast.Call) and others and reads == 1
