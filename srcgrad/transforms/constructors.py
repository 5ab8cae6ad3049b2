"""Objects that are made by code of the user's: first an empty one, then the call of ``__init__`` with it."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator
from typing import Any, Protocol

import gast

from srcgrad import tree
from srcgrad.analysis.constructors import (
    arguments_of_fields,
    coded_init,
    is_followed_class,
    kept_arguments,
    stored_defaults,
)
from srcgrad.analysis.kinds import NEVER, UNKNOWN, Kind, Mapping, Unknown
from srcgrad.analysis.objects import ABSENT, Method, class_entry, is_super, method_named
from srcgrad.analysis.order import first_of, made_first
from srcgrad.analysis.places import Place, place_of
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.program import Program

_PLAIN = ("__getattr__", "__setattr__", "__new__")  # what makes the objects of a class other than plain


def rely_on(program: Program, kind: type, name: str) -> None:
    """Note that a derivative is right as long as a class has under a name what it has now."""
    for one in (name, *_PLAIN):
        own = class_entry(kind, one)
        is_same = own is ABSENT or isinstance(own, types.FunctionType) or not hasattr(type(own), "__get__")
        program.externals.guards.append((kind, one, own if is_same else None))


class Worker(Protocol):
    """What rewrites a function: says what is known of values, gives names, calls methods."""

    program: Program
    scope: Scope
    found: bool
    is_last: bool
    inits: set[Place]

    def kind(self, node: Any) -> Kind:
        """What is known of a value."""

    def object_of(self, node: Any, named: bool = False) -> Any:
        """What is known of an object."""

    def held(self, wish: str, node: Any) -> Any:
        """A new name for a value."""

    def outside(self, kind: type) -> Any:
        """The name of a class."""

    def function(self, value: Any, wish: str) -> Any:
        """The name of a function."""

    def bound_call(self, node: Any, found: Method, value: Any, name: str) -> Any:
        """The call of a method."""


class Constructors:
    """The statements that make objects."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def first(self, statement: Any) -> list[Any] | None:
        """A statement with the first object that it makes before it; None where it makes none."""
        field = next((f for f in ("value", "test", "iter") if hasattr(statement, f)), "")
        value = None if isinstance(statement, (gast.While, gast.AugAssign)) else getattr(statement, field, None)
        calls = [n for n in tree.walk(value or []) if isinstance(n, gast.Call)]
        coded = list(filter(self.is_coded, calls))
        if coded and isinstance(value, gast.IfExp) and isinstance(statement, gast.Assign) and not self.worker.is_last:
            body, orelse = (tree.shallow(statement, value=side) for side in (value.body, value.orelse))
            return [tree.if_(value.test, [body], [orelse], statement)]  # made where it is chosen
        made = self.constructed(value, first_of(value, coded), statement) if coded else None
        if made is None:
            parts = [part for call in calls for part in (self.copied(call), self.chained(call)) if part is not None]
            made = self.given_a_name(value, first_of(value, parts), statement) if parts else None
        if made is None:
            return None
        *before, rest = made
        return [*before, tree.shallow(statement, **{field: rest})]

    def copied(self, call: Any) -> Any:
        """What an object is made like by ``replace``, where that must be computed first; None for any other call."""
        value = None
        if self.worker.scope.resolve(call.func) is dataclasses.replace and len(call.args) == 1:
            value = call.args[0]
        elif isinstance(call.func, gast.Attribute) and call.func.attr == "_replace" and not call.args:
            value = call.func.value
        has_calls = any(isinstance(item, gast.Call) for item in tree.walk(value or []))
        return value if has_calls and self.worker.object_of(value, named=True) is not None else None

    def chained(self, call: Any) -> Any:
        """What a method is called of, where that is the result of a method, or an object that a function returns.

        It gets a name, which says what the first method does to its object before the second one is looked at.
        """
        value = call.func.value if isinstance(call.func, gast.Attribute) else None
        if not isinstance(value, gast.Call) or self.worker.scope.resolve(call.func) is not MISSING or is_super(value):
            return None
        owner = value.func.value if isinstance(value.func, gast.Attribute) else value
        may_be_one = any(isinstance(self.worker.kind(node), Unknown) for node in (owner, value))
        return value if may_be_one or self.worker.object_of(owner) or self.worker.object_of(value) else None

    def given_a_name(self, whole: Any, part: Any, like: Any) -> list[Any] | None:
        """The statements that give a name to a part of an expression, and the expression with that name."""
        before: list[Any] = []
        held = self.worker.held("part", part)
        rest = made_first(whole, part, held, lambda node: self.hold(node, like, before))
        return None if rest is None else [*before, tree.assign(held.id, part, like), rest]

    def hold(self, node: Any, like: Any, before: list[Any]) -> Any:
        """A name for what is evaluated before another part."""
        held = self.worker.held("part", node)
        before.append(tree.assign(held.id, node, like))
        return held

    def constructed(self, whole: Any, call: Any, like: Any) -> list[Any] | None:
        """The statements that make an object by code of the user's, and the expression that it was made in."""
        kind = self.worker.scope.resolve(call.func)
        init = coded_init(kind)
        given = None if init is not None else arguments_of_fields(kind, call)
        if init is None and (given is None or _is_frozen(kind)):
            return None
        made = self.worker.program.namer.temporary(kind.__name__.lower())
        before: list[Any] = []
        rest = made_first(whole, call, tree.name(made), lambda node: self.hold(node, like, before))
        if rest is None:
            return None
        self.worker.found = True
        self.worker.scope.local.add(made)
        self.worker.scope.kinds[made] = Mapping(None, UNKNOWN, kind)  # until what it does is seen
        new = tree.call(tree.attribute(self.worker.program.builtin(object), "__new__"), self.worker.outside(kind))
        before.append(tree.assign(made, new, like))
        if init is not None:
            rely_on(self.worker.program, kind, "__init__")
            method = self.worker.bound_call(call, Method(init, True), tree.name(made), "init")
            before.append(tree.expression(tree.at(method, call), like))
        else:
            before += self.fields(kind, made, given or {}, call, like)
        self.worker.inits.add(place_of(call))
        return [*before, rest]

    def fields(self, kind: type, made: str, given: dict[str, Any], call: Any, like: Any) -> list[Any]:
        """What a dataclass with a ``__post_init__`` does with its arguments."""
        stores = [*given.items(), *self.defaults(kind, given)]
        found = [tree.assign(tree.field(tree.name(made), n, store=True), value, like) for n, value in stores]
        rely_on(self.worker.program, kind, "__post_init__")
        own = method_named(Mapping((), NEVER, kind), "__post_init__")
        if own is not None:
            method = self.worker.bound_call(tree.call("post_init"), own, tree.name(made), "post_init")
            found.append(tree.expression(tree.at(method, call), like))
        return found

    def is_coded(self, call: Any) -> bool:
        """Whether a call makes an object by code of the user's."""
        function = self.worker.scope.resolve(call.func)
        return is_followed_class(function) and kept_arguments(function, call) is None

    def defaults(self, kind: type, given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """The attributes of a dataclass that have their defaults, with an expression for each."""
        for one in stored_defaults(kind, given):
            if one.default is dataclasses.MISSING:
                empty = {list: tree.list_([]), dict: gast.Dict([], [])}.get(one.default_factory)
                yield one.name, empty or tree.call(self.worker.function(one.default_factory, "factory"))
            elif one.default is None or isinstance(one.default, (bool, int, float, str)):
                yield one.name, tree.constant(one.default)
            else:
                yield one.name, self.worker.function(one.default, one.name)


def _is_frozen(kind: type) -> bool:
    return bool(getattr(getattr(kind, "__dataclass_params__", None), "frozen", False))
