"""Attributes of objects as elements of them, methods as functions of their object, constructors as stores.

What this leaves are reads and stores of attributes, which the passes take for those of elements, and calls of
functions.

>>> from srcgrad.analysis.inference import no_callees
>>> from srcgrad.transforms.examples import show
>>> print(show(lambda program, scope: objects(program, scope, no_callees)[0], '''
... def f(x):
...     p = SimpleNamespace(w=x)
...     return p.w * x
... ''', kinds=True))
def f(x):
    p = SimpleNamespace(w=x)
    return p["w"] * x
"""

from __future__ import annotations

import builtins
import dataclasses
import types
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.constructors import (
    is_followed_class,
    made_class,
    place_of_field,
)
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Mapping, Sequence, is_object
from srcgrad.analysis.objects import (
    ABSENT,
    Method,
    class_entry,
    holds_object,
    inherited,
    is_attribute,
    is_data_descriptor,
    is_named,
    is_super,
    method_named,
)
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.places import Place
from srcgrad.analysis.ruled import ruled
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.objects import is_named_tuple
from srcgrad.program import Program
from srcgrad.transforms.constructors import Constructors, rely_on


def has_objects(program: Program, scope: Scope, callee_kind: CalleeKind) -> bool:
    """Whether a function has to do with objects whose attributes are followed."""
    if any(map(holds_object, scope.kinds.values())):
        return True
    nodes = list(tree.walk(program.function.body))
    if any(isinstance(node, gast.Call) and _makes_object(node, scope) for node in nodes):
        return True
    results = [node.value for node in nodes if isinstance(node, gast.Attribute) and isinstance(node.value, gast.Call)]
    return any(map(holds_object, map(Inference(scope, callee_kind).kind, results)))


def _makes_object(call: Any, scope: Scope) -> bool:
    function = scope.resolve(call.func)
    owner = getattr(function, "__self__", None) if isinstance(function, types.MethodType) else None
    return is_followed_class(owner) or made_class(function, call, scope.resolve) is not None


def objects(
    program: Program, scope: Scope, callee_kind: CalleeKind, is_last: bool = True
) -> tuple[Program, frozenset[Place]]:
    """Return the program with attributes of known objects as elements, and calls of methods as those of functions.

    With it come the places of constructors, whose calls are to be written out.  ``is_last``: no more will be known.
    """
    worker = _Objects(program, scope, callee_kind, is_last)
    body = worker.block(program.function.body)
    return (program.with_body(body) if worker.found else program), frozenset(worker.inits)


def _own_name(name: str) -> str:
    """A name for something of the user's, which does not hide one of Python's own."""
    return f"{name}_" if hasattr(builtins, name) else name


class _Objects:
    def __init__(self, program: Program, scope: Scope, callee_kind: CalleeKind, is_last: bool) -> None:
        self.program = program
        self.is_last = is_last
        self.scope = scope
        self.kind = Inference(scope, callee_kind).kind
        self.found = False
        self.inits: set[Place] = set()
        self.constructors = Constructors(self)

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        made = self.constructors.first(statement)
        if made is not None:
            return self.block(made)
        if tree.blocks(statement):
            clone = tree.with_blocks(statement, self.block)
            for field in ("test", "iter", "target", "items"):
                if hasattr(clone, field):
                    setattr(clone, field, self.rewritten(getattr(clone, field)))
            return [clone]
        made = self.set(statement)
        return [tree.rebuilt(statement, self.rewritten)] if made is None else self.block(made)

    def set(self, statement: Any) -> list[Any] | None:
        """The call of the function that a property has for stores; None for any other statement."""
        target = tree.stored(statement)
        whole: Any = self.object_of(target.value) if target is not None and tree.is_field(target) else None
        own = ABSENT if whole is None else class_entry(whole.type, target.slice.value)
        if not isinstance(own, property) or not is_user_function(own.fset):
            return None
        rely_on(self.program, whole.type, target.slice.value)
        self.found = True
        made = []
        value = statement.value
        if isinstance(statement, gast.AugAssign):
            held = self.held("value", tree.overwritten(target))
            made = [tree.assign(held.id, tree.attribute(tree.copy(target.value), str(target.slice.value)), statement)]
            made.append(tree.at(gast.AugAssign(tree.target(held.id), statement.op, value), statement))
            value = held
        call = tree.call(self.function(own.fset, str(target.slice.value)), tree.copy(target.value), value)
        return [*made, tree.expression(tree.at(call, target), statement)]

    # --- expressions

    def rewritten(self, node: Any) -> Any:
        """An expression without attributes and methods of known objects."""
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, gast.AST):
            return node
        if isinstance(node, gast.Call):
            made = self.call(node)
            return tree.rebuilt(node, self.rewritten) if made is None else self.noted(made, node)
        clone = tree.rebuilt(node, self.rewritten)
        if isinstance(node, gast.Attribute) and isinstance(node.ctx, gast.Load):
            whole = self.object_of(node.value, named=True)
            made = None if whole is None else self.attribute(node, clone.value, whole)
            return clone if made is None else self.noted(made, node)
        return clone

    def noted(self, made: Any, node: Any) -> Any:
        self.found = True
        return tree.at(made, node)

    def object_of(self, node: Any, named: bool = False) -> Any:
        """What is known of an object, of a named tuple too if that is wanted, None of anything else."""
        if self.scope.resolve(node) is not MISSING:
            return None
        kind = self.kind(node)
        return kind if is_object(kind) or (named and is_named(kind)) else None

    def attribute(self, node: Any, value: Any, whole: Any) -> Any:
        """The value of an attribute, None where it is not seen what that is."""
        if is_named(whole) and node.attr in whole.type._fields:
            return tree.subscript(value, place_of_field(whole.type, node.attr))
        own = class_entry(whole.type, node.attr)
        rely_on(self.program, whole.type, node.attr)
        if isinstance(own, property) and is_user_function(own.fget):
            return tree.call(self.function(own.fget, node.attr), value)
        if is_named(whole):
            return None
        if whole.items is None and own is not ABSENT and not self.is_last:
            return None  # more is known when constructors and methods are written out
        if is_attribute(whole, node.attr):
            return tree.field(value, node.attr)
        plain = own is not ABSENT and not hasattr(type(own), "__get__") and not is_data_descriptor(own)
        return tree.attribute(self.outside(whole.type), node.attr) if plain and whole.type is not object else None

    def call(self, node: Any) -> Any:
        """A call of a method as one of a function; what a constructor makes, and does, comes before."""
        if ruled(node.func, self.scope) is not None:
            return None
        function = self.scope.resolve(node.func)
        owner: Any = getattr(function, "__self__", None)
        if isinstance(function, types.MethodType) and is_followed_class(owner):
            rely_on(self.program, owner, function.__name__)
            return self.bound_call(node, Method(function.__func__, owner), None, function.__name__)
        if is_followed_class(function):  # which keeps its arguments
            for name in ("__init__", "__post_init__"):
                rely_on(self.program, function, name)
        if function is dataclasses.replace and len(node.args) == 1:
            whole = self.object_of(node.args[0])
            return None if whole is None else self.replaced(node, node.args[0], whole.type)
        if function is getattr and len(node.args) == 2 and isinstance(self.scope.literal(node.args[1]), str):
            return self.rewritten(tree.at(tree.attribute(node.args[0], self.scope.literal(node.args[1])), node))
        if function is not MISSING:
            return None
        if isinstance(node.func, gast.Attribute):
            if (inherited := self.inherited(node)) is not None:
                return inherited
            whole = self.object_of(node.func.value, named=True)
            if isinstance(whole, Sequence) and node.func.attr == "_replace":
                return self.replaced(node, node.func.value, whole.type)
            return None if whole is None else self.method(node, node.func.value, whole, node.func.attr)
        whole = self.object_of(node.func)
        return None if whole is None else self.method(node, node.func, whole, "__call__")

    def replaced(self, node: Any, value: Any, kind: Any) -> Any:
        """The call of a class that makes an object like another one, but for some fields."""
        if any(isinstance(item, gast.Call) for item in tree.walk(value)) or any(k.arg is None for k in node.keywords):
            return None  # it would be computed for every field
        names = kind._fields if is_named_tuple(kind) else [f.name for f in dataclasses.fields(kind) if f.init]
        given = {k.arg: k.value for k in node.keywords}
        fields = {n: given.get(n) or tree.subscript(tree.copy(value), place_of_field(kind, n)) for n in names}
        made = tree.call(self.outside(kind))
        made.keywords = [gast.keyword(n, self.rewritten(field)) for n, field in fields.items()]
        return made

    def method(self, node: Any, value: Any, whole: Mapping | Sequence, name: str) -> Any:
        """The call of the function that a method is."""
        found = method_named(whole, name)
        if found is None:
            return None
        rely_on(self.program, whole.type, name)
        return self.bound_call(node, found, value, name)

    def bound_call(self, node: Any, found: Method, value: Any, name: str) -> Any:
        """The call of a function with the object, or its class, as the first argument."""
        if found.function is object.__init__:
            return tree.constant(None)
        first = [self.rewritten(value)] if found.first is True else [self.outside(found.first)] if found.first else []
        return self.applied(node, self.function(found.function, name), first)

    def inherited(self, node: Any) -> Any:
        """``super().method(...)`` as the call of the function that it finds."""
        finder = node.func.value
        if not is_super(finder):
            return None
        whole, owner = self.kind(finder.args[1]), self.scope.resolve(finder.args[0])
        found = inherited(node.func.attr, whole, owner)
        if found is None:
            return None
        for base in whole.type.__mro__[:-1]:  # type: ignore[union-attr]
            rely_on(self.program, base, node.func.attr)
        rely_on(self.program, whole.type, "__mro__")  # type: ignore[union-attr]
        return self.bound_call(node, found, finder.args[1], node.func.attr)

    def applied(self, node: Any, function: Any, first: list[Any]) -> Any:
        return tree.shallow(
            node, func=function, args=[*first, *self.rewritten(node.args)], keywords=self.rewritten(node.keywords)
        )

    def function(self, value: Any, wish: str) -> Any:
        """The name of a function."""
        name = str(getattr(value, "__name__", wish)).strip("_")
        return tree.name(self.program.external(value, _own_name(name if name.isidentifier() else wish)))

    def outside(self, kind: type) -> Any:
        """The name of a class."""
        return tree.name(self.program.external(kind, _own_name(kind.__name__)))

    def held(self, wish: str, node: Any) -> Any:
        """A new name for a value."""
        name = self.program.namer.temporary(wish)
        self.scope.local.add(name)
        self.scope.kinds[name] = self.kind(node)
        return tree.name(name)
