"""Write functions that are values of the function where they are called: inner functions, lambdas, partials.

>>> from srcgrad.transforms.examples import show
>>> print(show(local_functions, '''
... def f(x):
...     k = x[0]
...     def scaled(a, by=2.0):
...         return a * by * k
...     square = lambda a: a * a
...     return scaled(square(x)) + scaled(k, by=3.0)
... '''))
def f(x):
    k = x[0]
    a_2 = x * x
    value = a_2 * 2.0 * k
    return value + k * 3.0 * k

What an inner function reads of its surroundings has the value that it has when it is called, as in Python; what it
binds as ``nonlocal`` is bound there.  A function of the user's is written out, too, where it is given such a function,
defines one, or takes any number of arguments.
"""

from __future__ import annotations

import functools
import itertools
import types
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.operations import UserCall, describe
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.inlined import Read, calls_itself
from srcgrad.transforms.local_bodies import LocalBodies
from srcgrad.transforms.local_values import (
    Local,
    as_function,
    calling,
    check_cached,
    decorators,
    getter_of,
    gives_method,
    is_docstring,
    is_special,
    needs_writing_out,
    takes_any,
    with_defaults,
)
from srcgrad.transforms.parameters import has_stars, known_part, with_displays, without_stars
from srcgrad.transforms.surgery import is_block

_ATOMS = (gast.Name, gast.Constant)
_DEEPEST = 60  # functions written out in each other


def local_functions(program: Program, read: Read = lambda function, program: None) -> Program:
    """Return the program with the functions written out that are values of it; ``read`` reads others."""
    local = tree.parameters_of(program.function) | tree.writes(program.function.body)
    if not needs_writing_out(program.function, Scope(program.namespace, local)):
        return program
    worker = _LocalFunctions(program, read)
    body = worker.whole(program.function.body)
    return program.with_body(body, certain=program.certain | worker.certain)


class _LocalFunctions(LocalBodies):
    made: frozenset[int] | set[int] = frozenset()  # what a call that has been written out has made

    def whole(self, body: list[Any]) -> list[Any]:
        self.opened(body)
        return [self.as_values(statement) for statement in self.block(body)]

    # --- statements

    def statement(self, statement: Any) -> list[Any]:
        if is_block(statement, self.scope):
            return [statement]
        if id(statement) in self.sites:
            return self.case(statement)
        if isinstance(statement, gast.FunctionDef):
            return self.definition(statement)
        name = tree.single_target(statement)
        if name is not None and self.counts[name] == 1:
            made = self.value(name, statement)
            if made is not None:
                return made
        if isinstance(statement, gast.AugAssign) and self.is_late(statement):
            return self.updated_late(statement)
        heads = {f: self.header(getattr(statement, f)) for f in ("value", "test", "iter") if hasattr(statement, f)}
        if isinstance(statement, gast.If) and isinstance(heads["test"], gast.Constant):
            return self.block(statement.body if heads["test"].value else statement.orelse)
        is_loop = isinstance(statement, (gast.For, gast.While))
        self.turns += is_loop
        made = super().statement(tree.shallow(statement, **heads) if heads else statement)
        self.turns -= is_loop
        return made

    def definition(self, function: Any) -> list[Any]:
        """What remains of a definition: its defaults get names, its decorators are called."""
        if self.counts[function.name] > 1:
            reason = f"'{function.name}' is one of several functions, or values, which one is known at run time only"
            raise refuse(function, self.program.source, reason, "give each function a name of its own")
        called = decorators(function, self.scope)
        check_cached(function, self.program, self.scope)
        if not called:
            return self.held_defaults(self.known[function.name], function)
        raw = self.fresh(function.name)
        self.counts[raw] = 1
        self.known[raw] = self.defined(tree.shallow(function, name=raw, decorator_list=[]))
        value = tree.name(raw)
        for decorator in reversed(called):
            value = tree.at(tree.call(decorator, value), function)
        given = tree.assign(function.name, value, function)
        return [*self.held_defaults(self.known[raw], function), *self.statement(given)]

    def value(self, name: str, statement: Any) -> list[Any] | None:
        """What remains of an assignment of a function; None of one of anything else."""
        value = statement.value
        if isinstance(value, gast.Lambda):
            self.known.setdefault(name, self.defined(as_function(value)))
            return self.held_defaults(self.known[name], statement)
        if isinstance(value, gast.Name) and (value.id in self.known or value.id in self.cases):
            for local in self.locals_of(value.id):
                if id(local) not in self.made:  # else it is what a call gives, which has no other name
                    self.check_turn(local, statement)
            names: dict[str, Any] = self.known if value.id in self.known else self.cases
            names[name] = names[value.id]
            return []
        if isinstance(value, gast.Call) and self.scope.resolve(value.func) is functools.partial and value.args:
            return self.partial(name, value, statement)
        if name in self.methods:
            return self.method(name, value, statement)
        return None

    def method(self, name: str, value: Any, like: Any) -> list[Any]:
        """The same for a method of an object, which is looked up where it is called."""
        before: list[Any] = []
        whole = value.value
        if not isinstance(whole, gast.Name) or self.counts[whole.id] > 1:
            whole = self.atom(whole, like, before)
        self.known[name] = Local(called=tree.attribute(tree.copy(whole), value.attr), is_of_turn=True)
        return before

    def partial(self, name: str, value: Any, like: Any) -> list[Any] | None:
        """The same for a partial: what it is given is evaluated here."""
        function = value.args[0]
        known = isinstance(function, gast.Name) and function.id in self.known
        if has_stars(value) or not (known or isinstance(function, gast.Lambda) or self.is_global(function)):
            return None
        if known:
            self.check_turn(self.known[function.id], like)
        before: list[Any] = []
        called = function
        if isinstance(function, gast.Lambda):
            called = tree.name(self.fresh("function"))
            self.counts[called.id] = 1
            before += self.statement(tree.assign(called.id, function, like))
        named = {}
        first = [self.atom(node, like, before) for node in value.args[1:]]
        for keyword in value.keywords:
            named[keyword.arg] = self.atom(keyword.value, like, before)
        self.known[name] = Local(called=called, first=tuple(first), named=named, is_of_turn=True)
        return before

    def given(self, name: str, value: Any, like: Any) -> list[Any]:
        self.counts[name] += 1
        return self.statement(tree.assign(name, value, like))

    def without(self, statement: Any, field: str, part: Any) -> list[Any]:
        outer, before = self.made, {id(local) for local in self.known.values()}
        made = super().without(statement, field, part)
        self.made = {id(local) for local in self.known.values()} - before
        name = tree.single_target(made[-1]) if made else None
        if name is not None and self.counts[name] == 1 and isinstance(made[-1].value, (gast.Name, gast.Lambda)):
            made = [*made[:-1], *self.statement(made[-1])]
        self.made = outer
        return made

    def rebound_by(self, part: Any) -> set[str]:
        return self.shared if self.parts([part]) else set()

    def is_late(self, statement: Any) -> bool:
        """Whether what is updated is a name that the value may bind anew."""
        is_shared = isinstance(statement.target, gast.Name) and statement.target.id in self.shared
        return is_shared and bool(self.parts(statement.value))

    def updated_late(self, statement: Any) -> list[Any]:
        """``s += g()``, where ``g`` may bind ``s`` anew: what is updated is read first."""
        old, value = self.fresh("old"), self.fresh("value")
        self.counts.update((old, value))
        made = [
            tree.assign(old, tree.name(statement.target.id), statement),
            tree.assign(value, statement.value, statement),
        ]
        made.append(tree.at(gast.AugAssign(tree.target(old), statement.op, tree.name(value)), statement))
        return self.block([*made, tree.assign(statement.target.id, tree.name(old), statement)])

    # --- expressions

    def header(self, node: Any) -> Any:
        """An expression with partials and stars as plain calls, and with calls in place where that is all they need."""
        return tree.remade(node, self.expression)

    def expression(self, node: Any, clone: Any) -> Any:
        """A call that is written out in its place, and what is known of ``*args`` and ``**kwargs``."""
        is_own = isinstance(clone, gast.Call) and isinstance(clone.func, gast.Name) and self.is_other_len(clone.func)
        found = None if is_own else known_part(clone, self.tuples, self.dicts)
        if found is not None:
            return tree.at(tree.copy(found), node)
        if isinstance(clone, gast.Compare) and (answer := self.is_none(clone)) is not None:
            return tree.at(tree.constant(answer), node)
        if not isinstance(clone, gast.Call):
            return clone
        if isinstance(clone.func, gast.Name) and clone.func.id in self.cases:
            return self.header(self.chosen(clone))
        clone = tree.at(without_stars(with_displays(clone, self.scope), self.tuples, self.dicts), node)
        local = self.known.get(clone.func.id) if isinstance(clone.func, gast.Name) else None
        while local is not None and local.called is not None:  # a partial
            named = {k.arg: k.value for k in clone.keywords}
            keywords = [gast.keyword(k, v) for k, v in ({**local.named, **named}).items()]
            clone = tree.shallow(
                clone, func=tree.copy(local.called), args=[*local.first, *clone.args], keywords=keywords
            )
            local = self.known.get(local.called.id) if isinstance(local.called, gast.Name) else None
        if (other := getter_of(clone, self.scope) or self.chain_of(clone)) is not None:
            return tree.at(other, node)
        if isinstance(clone.func, gast.Lambda):
            local = Local(as_function(clone.func), tree.defaults_of(clone.func))
        made = None if local is None or has_stars(clone) else self.in_place(local, clone)
        return clone if made is None else made

    def chain_of(self, call: Any) -> Any:
        """``itertools.chain(x, y)`` as ``list(x) + list(y)``; None of any other call."""
        if self.scope.resolve(call.func) is not itertools.chain or has_stars(call) or not call.args:
            return None
        lists = [tree.call(self.program.builtin(list), part) for part in call.args]
        return functools.reduce(lambda left, right: tree.binary(left, "+", right), lists)

    def is_none(self, test: Any) -> bool | None:
        """The answer of ``g is None`` for a function or a constant; None of another test."""
        asks = len(test.ops) == 1 and isinstance(test.ops[0], (gast.Is, gast.IsNot))
        if not asks or not tree.is_literal(test.comparators[0], None):
            return None
        is_same, name = isinstance(test.ops[0], gast.Is), getattr(test.left, "id", None)
        if isinstance(test.left, gast.Constant):
            return (test.left.value is None) == is_same
        return not is_same if name in self.known or name in self.cases else None

    def is_other_len(self, function: Any) -> bool:
        """Whether what is called ``len`` is something else."""
        return function.id == "len" and self.scope.resolve(function) is not len

    def in_place(self, local: Local, call: Any) -> Any:
        """The value of a call as an expression, where nothing has to be evaluated before; None elsewhere."""
        body = [s for s in local.tree.body if not is_docstring(s)]
        if len(body) != 1 or not isinstance(body[0], gast.Return) or body[0].value is None or self.is_active(local):
            return None
        given = self.bound(local, call)
        atoms = all(isinstance(node, _ATOMS) for node in given.values())
        kept = self.known.keys() | self.cases.keys() | self.shared
        if not atoms or any(isinstance(node, gast.Name) and node.id in kept for node in given.values()):
            return None
        names = {name: self.fresh(name) for name in sorted(tree.writes(body))}
        self.stack.append(local.tree)
        value = tree.substitute(tree.renamed(body[0].value, names), given)
        made = self.header(value)
        self.stack.pop()
        return made

    def callee(self, call: Any) -> Any:
        """What is written out for a call."""
        if isinstance(call.func, gast.Lambda):
            return None if has_stars(call) else Local(as_function(call.func), tree.defaults_of(call.func))
        if isinstance(call.func, gast.Name) and call.func.id in self.known:
            local = self.known[call.func.id]
            return None if has_stars(call) or local.called is not None else local
        function = self.scope.resolve(call.func)
        if (program := calling(function)) is not None and not has_stars(call):
            return program
        if not isinstance(function, types.FunctionType) or has_stars(call):
            return None
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if gives_method(function, call, self.scope):
            return function
        is_plain = not is_special(function) or (not takes_any(function) and calls_itself(function))
        if is_plain and not any(self.is_function(node) for node in given):
            return None
        operation = describe(call, self.scope)
        is_one = isinstance(operation, UserCall) and not operation.blocks and operation.node is call
        return operation.function if is_one and isinstance(operation, UserCall) else None

    def is_function(self, node: Any) -> bool:
        """Whether an argument is a function that is a value here."""
        is_partial = isinstance(node, gast.Call) and self.scope.resolve(node.func) is functools.partial
        return is_partial or isinstance(node, gast.Lambda) or (isinstance(node, gast.Name) and node.id in self.known)

    # --- what is left

    def as_values(self, node: Any) -> Any:
        """A statement in which functions that are no calls are lambdas again."""

        def read(one: Any, clone: Any) -> Any:
            is_read = isinstance(one, gast.Name) and isinstance(one.ctx, gast.Load) and one.id in self.known
            return self.as_lambda(one, self.known[one.id]) if is_read else clone

        return tree.remade(node, read)

    def as_lambda(self, node: Any, local: Local) -> Any:
        body = [] if local.tree is None else [s for s in local.tree.body if not is_docstring(s)]
        if len(body) != 1 or not isinstance(body[0], gast.Return) or body[0].value is None:
            reason = f"the function '{self.program.namer.base(node.id)}' is used as a value here"
            raise refuse(node, self.program.source, reason, "call it, or define it at module level")
        return tree.at(gast.Lambda(with_defaults(local), tree.copy(body[0].value)), node)
