"""Operators and functions that call special methods of known objects, as calls of these methods.

``a + b``, ``a[k]``, ``a[k] = x``, ``len(a)``, ``k in a``, ``if a`` and ``for x in a`` run code of the class of ``a``,
which is differentiated like any other method.

>>> from srcgrad.analysis.inference import no_callees
>>> from srcgrad.analysis.kinds import UNKNOWN, Mapping
>>> from srcgrad.source import Namespace
>>> from srcgrad.transforms.examples import show
>>> def step(program, scope):
...     scope.kinds["names"] = Mapping(None, UNKNOWN, Namespace)
...     return special_methods(program, scope, no_callees)
>>> print(show(step, '''
... def f(x, names):
...     return names["scale"] * x
... ''', kinds=True))
def f(x, names):
    return names.__getitem__("scale") * x
"""

from __future__ import annotations

import builtins
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.effects import is_pure
from srcgrad.analysis.implicit_calls import changing, takes_apart
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.iterators import run_through
from srcgrad.analysis.kinds import UNKNOWN, Kind
from srcgrad.analysis.objects import class_entry
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.special_methods import (
    BY_FUNCTION,
    COMPARED,
    ITERATED,
    OPERATORS,
    SIGNS,
    SWAPPED,
    answering,
    class_of,
    has_method,
    has_source,
    held_by,
    is_asked_first,
    is_deletion,
    is_last_word,
)
from srcgrad.program import Program
from srcgrad.transforms.bars import as_value
from srcgrad.transforms.constructors import rely_on


def special_methods(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Return the program with calls of methods in the place of what calls them without their names."""
    worker = _Special(program, scope, Inference(scope, callee_kind).kind)
    body = worker.block(program.function.body)
    return program.with_body(body) if worker.found else program


class _Special:
    def __init__(self, program: Program, scope: Scope, kind: Any) -> None:
        self.program = program
        self.scope = scope
        self.kind = kind
        self.found = False

    def class_of(self, node: Any) -> type | None:
        """The class of an object whose attributes are followed."""
        return class_of(self.known(node))

    def known(self, node: Any) -> Kind:
        return self.kind(node) if self.scope.resolve(node) is MISSING else UNKNOWN

    def call(self, owner: Any, name: str, *arguments: Any, like: Any) -> Any:
        self.found = True
        return tree.at(tree.call(tree.at(tree.attribute(owner, name), like), *arguments), like)

    # --- statements

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        clone = tree.with_blocks(statement, self.block)
        own = {"body", "orelse", "finalbody", "handlers", "cases"} if tree.blocks(statement) else set()
        fields = {k: self.rewritten(v) for k, v in vars(clone).items() if k not in own and _is_code(v)}
        clone = tree.shallow(clone, **fields)
        if isinstance(clone, (gast.If, gast.While, gast.Assert)):
            clone.test = self.truth(statement.test, clone.test)
        elif isinstance(clone, gast.For):
            clone.iter = self.iterated(statement.iter, clone.iter)
        elif takes_apart(clone):
            clone.value = self.iterated(statement.value, clone.value)
        return self.changed(statement, clone)

    def changed(self, statement: Any, clone: Any) -> list[Any]:
        """The statements for one that stores to an element, or updates one."""
        if isinstance(clone, gast.AugAssign):
            return self.updated(statement, clone)
        if (target := tree.stored(clone)) is not None and self.has_elements(target, "__setitem__"):
            before, value = self.first(clone.value)
            return [*before, self.set(target, value, statement)]
        return [clone]

    def updated(self, statement: Any, clone: Any) -> list[Any]:
        """``a += x`` as a call whose result ``a`` is; ``a[k] += x`` as a read, an update and a store."""
        target = clone.target
        if self.has_elements(target, "__setitem__") and self.has_elements(target, "__getitem__"):
            value = self.program.namer.temporary("value")
            read = self.call(tree.copy(target.value), "__getitem__", self.place(tree.copy(target.slice)), like=target)
            update = tree.at(gast.AugAssign(tree.target(value), clone.op, clone.value), statement)
            return [tree.assign(value, read, statement), update, self.set(target, tree.name(value), statement)]
        whole = tree.name(target.id) if isinstance(target, gast.Name) else tree.overwritten(target)
        kind, word = self.class_of(whole), OPERATORS[type(clone.op).__name__]
        if kind is None or not is_pure(whole, self.scope):
            return [clone]
        if is_last_word(kind, f"__i{word}__"):
            value = self.call(whole, f"__i{word}__", clone.value, like=statement)
        elif not has_method(kind, f"__i{word}__"):
            value = self.operated(tree.at(gast.BinOp(whole, clone.op, statement.value), statement), whole, clone.value)
        else:
            return [clone]
        return [clone] if value is None else [tree.assign(target, value, statement)]

    def set(self, target: Any, value: Any, like: Any) -> Any:
        return tree.expression(
            self.call(target.value, "__setitem__", self.place(target.slice), value, like=target), like
        )

    def place(self, index: Any) -> Any:
        """An index as an argument."""
        has_slices = any(isinstance(item, gast.Slice) for item in tree.walk(index))
        return as_value(index, self.program.builtin(slice)) if has_slices else index

    def first(self, value: Any) -> tuple[list[Any], Any]:
        """What computes a value before the element is looked for that it is stored to, and the value."""
        if isinstance(value, (gast.Name, gast.Constant)):
            return [], value
        name = self.program.namer.temporary("value")
        return [tree.assign(name, value, value)], tree.name(name)

    def has_elements(self, node: Any, name: str) -> bool:
        """Whether a node is an element of an object that a special method finds, at a place that can be looked at."""
        if not isinstance(node, gast.Subscript) or tree.is_field(node):
            return False
        kind = self.class_of(node.value)
        pure = isinstance(node.ctx, gast.Load) or (is_pure(node.value, self.scope) and is_pure(node.slice, self.scope))
        return kind is not None and pure and is_last_word(kind, name)

    # --- expressions: ``node`` is what was there, ``clone`` has its parts rewritten

    def rewritten(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, gast.AST):
            return node
        clone: Any = tree.rebuilt(node, self.rewritten)
        handler = getattr(self, f"of_{type(node).__name__.lower()}", None)
        return clone if handler is None else handler(node, clone)

    def of_subscript(self, node: Any, clone: Any) -> Any:
        if not isinstance(node.ctx, gast.Load) or not self.has_elements(node, "__getitem__"):
            return clone
        return self.call(clone.value, "__getitem__", self.place(clone.slice), like=node)

    def of_binop(self, node: Any, clone: Any) -> Any:
        made = self.operated(node, clone.left, clone.right)
        return clone if made is None else made

    def operated(self, node: Any, left: Any, right: Any) -> Any:
        """``a + b`` as the call that Python makes; None where that is not known."""
        found = answering(OPERATORS[type(node.op).__name__], *map(self.known, (node.left, node.right)))
        if found is None:
            return None
        is_right, name = found
        if is_right and not (is_pure(node.left, self.scope) and is_pure(node.right, self.scope)):
            return None  # Python computes the left side first
        return self.call(right, name, left, like=node) if is_right else self.call(left, name, right, like=node)

    def of_unaryop(self, node: Any, clone: Any) -> Any:
        if isinstance(node.op, gast.Not):
            clone.operand = self.truth(node.operand, clone.operand)
            return clone
        kind, name = self.class_of(node.operand), SIGNS[type(node.op).__name__]
        return self.call(clone.operand, name, like=node) if kind is not None and is_last_word(kind, name) else clone

    def of_compare(self, node: Any, clone: Any) -> Any:
        word = type(node.ops[0]).__name__
        if len(node.ops) > 1 or word in ("Is", "IsNot"):
            return clone
        if word in ("In", "NotIn"):
            kind = self.class_of(node.comparators[0])
            in_order = is_pure(node.left, self.scope) and is_pure(node.comparators[0], self.scope)
            if kind is None or not in_order or not is_last_word(kind, "__contains__"):
                return clone
            found = self.call(clone.comparators[0], "__contains__", clone.left, like=node)
            found = tree.at(tree.call(self.program.builtin(bool), found), node)
            return found if word == "In" else tree.at(gast.UnaryOp(gast.Not(), found), node)
        kind, other = self.class_of(node.left), self.known(node.comparators[0])
        if kind is None or not is_last_word(kind, COMPARED[word]) or is_asked_first(kind, other, SWAPPED[word]):
            return clone
        return self.call(clone.left, COMPARED[word], clone.comparators[0], like=node)

    def of_ifexp(self, node: Any, clone: Any) -> Any:
        clone.test = self.truth(node.test, clone.test)
        return clone

    def of_comprehension(self, node: Any, clone: Any) -> Any:
        clone.iter = self.iterated(node.iter, clone.iter)
        clone.ifs = [self.truth(test, made) for test, made in zip(node.ifs, clone.ifs, strict=True)]
        return clone

    def of_starred(self, node: Any, clone: Any) -> Any:
        clone.value = self.iterated(node.value, clone.value, is_sized=True)
        return clone

    def of_call(self, node: Any, clone: Any) -> Any:
        function = self.scope.resolve(node.func)
        if is_deletion(node) and (kind := self.class_of(node.func.value)) is not None:
            is_seen = is_last_word(kind, "__delitem__")
            return self.call(clone.func.value, "__delitem__", *clone.args, like=node) if is_seen else clone
        if function is MISSING or not node.args:
            return clone
        if any(function is one for one in ITERATED):
            clone.args = self.run_through(function, node, clone.args)
            return clone
        if len(node.args) > 1 or node.keywords:
            return clone
        if function is bool:
            made = self.truth(node.args[0], clone.args[0])
            clone.args = [made]
            return clone
        name = next((name for one, name in BY_FUNCTION.items() if one is function), None)
        kind = None if name is None else self.class_of(node.args[0])
        if kind is None or name is None or not is_last_word(kind, name):
            return clone
        return self.call(clone.args[0], name, like=node)

    def run_through(self, function: Any, node: Any, made: list[Any]) -> list[Any]:
        """The arguments of a function that runs through some of them, which it starts when it has them all."""
        run = run_through(function, node.args)
        others = (*node.args, *(keyword.value for keyword in node.keywords))
        if not run or (len(others) > 1 and not all(is_pure(one, self.scope) for one in others)):
            return made
        is_sized = function in (list, tuple, sorted)
        return [*(self.iterated(old, new, is_sized) for old, new in zip(run, made, strict=False)), *made[len(run) :]]

    def truth(self, node: Any, made: Any) -> Any:
        """What a test asks of an object."""
        if isinstance(node, gast.BoolOp):
            made.values = [self.truth(one, new) for one, new in zip(node.values, made.values, strict=True)]
            return made
        kind = self.class_of(node)
        if kind is None:
            return made
        if has_method(kind, "__bool__"):
            return self.call(made, "__bool__", like=node) if is_last_word(kind, "__bool__") else made
        if not is_last_word(kind, "__len__"):
            return made
        length = self.call(made, "__len__", like=node)
        return tree.at(gast.Compare(length, [gast.Gt()], [tree.constant(0)]), node)

    def iterated(self, node: Any, made: Any, is_sized: bool = False) -> Any:
        """What a loop runs over, whose length it may ask for."""
        kind = self.class_of(node)
        if kind is None:
            return made
        if is_pure(node, self.scope) and (held := self.held(kind, made)) is not None:
            self.found = True
            return tree.at(held, node)
        asks = is_sized and any(changing(kind, name) for name in ("__len__", "__length_hint__"))
        return made if asks or not is_last_word(kind, "__iter__") else self.call(made, "__iter__", like=node)

    def held(self, kind: type, owner: Any) -> Any:
        """What an object holds that its ``__iter__`` runs through, with no more than that; None if it does more."""
        own: Any = class_entry(kind, "__iter__")
        found = held_by(own) if has_source(own) else None
        if found is None:
            return None
        parameter, value = found
        used = {name: own.__globals__.get(name, vars(builtins).get(name)) for name in tree.reads(value) - {parameter}}
        if not all(name in vars(builtins) and one is vars(builtins)[name] for name, one in used.items()):
            return None
        rely_on(self.program, kind, "__iter__")
        names = {name: tree.name(self.program.builtin(one)) for name, one in used.items()}
        return tree.substitute(value, {parameter: owner, **names})


def _is_code(value: Any) -> bool:
    return isinstance(value, (list, gast.AST))
