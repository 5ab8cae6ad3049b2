"""Forward mode: each statement of a flattened function that carries derivatives gets its tangent beside it.

The tangent of a name comes before the name is bound where nothing forbids it, so that a loop can update both in place
of their old values: what the tangent reads is then still there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import contents, runtime, stacks, tree
from srcgrad.analysis.computing import is_ufunc_of_elements
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array, Scalar
from srcgrad.analysis.operations import Apply, Copy, Display, Read, UserCall, describe
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.loader import is_generated
from srcgrad.program import Program
from srcgrad.transforms.displays import object_display
from srcgrad.transforms.stored_tangents import StoredTangents
from srcgrad.transforms.tangents import Tangents


@dataclass(frozen=True)
class Callee:
    """The function that computes a function's value and tangent, with its parameters for the tangents.

    These follow the others, or are passed by their names.
    """

    name: str
    dots: tuple[str, ...]
    by_name: bool


CalleeOf = Callable[[UserCall, tuple[str, ...], bool], Callee]


@dataclass(frozen=True)
class Tangent:
    """The statements of a function with their tangents, and both results."""

    body: list[Any]
    value: Any
    tangent: Any


def forward(
    program: Program,
    scope: Scope,
    active: frozenset[str],
    dots: tuple[str, ...],
    callee_of: CalleeOf,
    with_value: bool = True,
) -> Tangent:
    """Write the tangents of a flattened program.

    ``dots`` are the names of the parameters' tangents, ``callee_of`` finds what computes the value and the tangent of a
    called function, or the tangent only where nobody reads the value: of the result one does ``with_value``.
    """
    return _Forward(program, scope, active, callee_of).tangent(dots, with_value)


class _Forward:
    def __init__(self, program: Program, scope: Scope, active: frozenset[str], callee_of: CalleeOf) -> None:
        self.program = program
        self.scope = scope
        self.active = active
        self.callee_of = callee_of
        self.calls: list[tuple[Any, UserCall]] = []
        self.dots: dict[str, str] = {}
        self.empties: set[str] = set()
        self.out: list[Any] = []
        self.like: Any = None
        self.infer = Inference(scope)
        self.tangents = Tangents(program, scope, active, self.dot, self.emit)
        self.stored = StoredTangents(program, scope, self.tangents, active)

    def emit(self, statement: Any) -> None:
        self.out.append(tree.at(statement, self.like))

    def dot(self, primal: str) -> str:
        """The name of a value's tangent."""
        if primal not in self.dots:
            made = self.program.namer.derived(primal, "_dot")
            self.dots[primal] = made
            self.scope.local.add(made)
            self.scope.kinds[made] = self.scope.kinds.get(primal, UNKNOWN)
        return self.dots[primal]

    def tangent(self, dots: tuple[str, ...], with_value: bool) -> Tangent:
        for parameter, made in zip(self.program.wrt, dots, strict=True):
            self.dots[parameter] = self.program.namer.take(made)
            self.scope.local.add(made)
            self.scope.kinds[made] = self.scope.kinds.get(parameter, UNKNOWN)
        *statements, last = self.program.function.body
        others = sorted((tree.parameters_of(self.program.function) & self.active) - set(self.program.wrt))
        shadow = self.program.external(contents.shadow, "shadow") if others else ""
        body = [tree.assign(self.dot(one), tree.call(shadow, tree.name(one)), last) for one in others]
        body += self.block(statements)
        self.like = last
        value, result = self.result(last.value)
        body += self.out
        read = tree.reads([*body, result, *([value] if with_value else [])])
        for statement, operation in self.calls:
            self.complete(statement, operation, not read.isdisjoint(tree.writes(statement.targets[0])))
        return Tangent(body, value, result)

    def result(self, value: Any) -> tuple[Any, Any]:
        """What is returned and its tangent; the statements that they need are emitted."""
        if isinstance(value, gast.Tuple):
            kept = value.elts[:1] if self.program.has_aux else value.elts
            dots = [self.value_dot(item) for item in kept]
            return value, dots[0] if self.program.has_aux else tree.tuple_(dots)
        if not isinstance(value, (gast.Name, gast.Constant)):
            held = self.program.namer.temporary("value")
            self.scope.local.add(held)
            self.scope.kinds[held] = self.infer.kind(value)
            self.emit(tree.assign(held, value))
            value = tree.name(held)
        if self.program.has_aux:
            first = tree.constant(0)
            if isinstance(value, gast.Name) and value.id in self.active:
                return value, tree.subscript(self.value_dot(value), first)
            return value, self.tangents.zero(tree.subscript(tree.copy(value), first))
        return value, self.value_dot(value)

    def value_dot(self, node: Any, exact: bool = False) -> Any:
        active = isinstance(node, gast.Name) and node.id in self.active
        return tree.name(self.dot(node.id)) if active else self.tangents.zero(node, exact)

    # --- statements

    def block(self, statements: list[Any]) -> list[Any]:
        outer, self.out = self.out, []
        for statement in statements:
            self.like = statement
            self.statement(statement)
        made, self.out = self.out, outer
        return made

    def statement(self, statement: Any) -> None:
        if tree.stored(statement) is not None:
            self.out.extend(self.stored.store(statement))
            return
        if isinstance(statement, gast.Assign):
            self.assignment(statement)
            return
        if isinstance(statement, tree.OnReverse):
            return  # there is no reverse sweep that it could run in
        clone = tree.shallow(statement)
        if isinstance(statement, (gast.If, gast.For, gast.While, gast.With)):
            clone.body = self.block(statement.body)
        if isinstance(statement, gast.If):
            clone.orelse = self.block(statement.orelse)
        self.out.append(clone)

    def assignment(self, statement: Any) -> None:
        names = tree.writes(statement.targets[0])
        if self.is_empty_stack(statement.value):
            self.empties |= names - self.program.heads
        if self.active.isdisjoint(names):
            self.out.append(statement)
            return
        operation = describe(statement.value, self.scope)
        if isinstance(operation, UserCall) and not self.active.isdisjoint(tree.reads(statement.value)):
            self.user_call(statement, operation)
            return
        before = len(self.out)
        dot = self.derivative(statement.value, operation, statement.targets[0])
        if dot is None:  # nothing active is read
            self.out.append(statement)
            self.zeros(sorted(names & self.active), self.is_empty_stack(statement.value))
            return
        target = statement.targets[0]
        dot = self.matched(dot, target)
        dot = self.stored.owned(target.id, dot, statement) if isinstance(target, gast.Name) else dot
        self.emit(tree.assign(self.dots_of(target), dot))
        added = self.out[before:]
        early = names.isdisjoint(tree.reads(added)) and all(self.raises_nothing(one.value) for one in added)
        self.out.insert(len(self.out) if early else before, statement)

    def zeros(self, names: list[str], is_empty: bool) -> None:
        """Tangents of names of what is not differentiated; they share storage where that may be changed."""
        structures = [n for n in names if not isinstance(self.scope.kinds.get(n, UNKNOWN), (Array, Scalar))]
        changed = self.program.changed | self.program.shadows
        if not is_empty and not changed.isdisjoint(names) and (structures or len(names) > 1):
            twins = self.program.external(contents.zero_twins, "zero_twins")
            held = tree.name(names[0]) if len(names) == 1 else tree.tuple_(map(tree.name, names))
            dots = list(map(self.dot, names))
            target: Any = dots[0] if len(names) == 1 else tree.tuple_(map(tree.target, dots), store=True)
            self.emit(tree.assign(target, tree.call(twins, held)))
            return
        for one in names:
            made = tree.call(self.program.external(stacks.empty, "empty")) if is_empty else None
            self.emit(tree.assign(self.dot(one), made or self.tangents.zero(tree.name(one))))

    def matched(self, dot: Any, target: Any) -> Any:
        """A tangent that is complex where its value is, though what is added to a real number may not be active."""
        kind = self.scope.kinds.get(target.id, UNKNOWN) if isinstance(target, gast.Name) else UNKNOWN
        if self.program.complexity(kind) is not True:
            return dot
        found = self.program.complexity(self.infer.kind(dot))
        if found is None:
            return tree.call(self.program.external(runtime.matched, "matched"), dot, tree.name(target.id))
        return dot if found else tree.binary(dot, "+", tree.constant(0j))

    def is_empty_stack(self, node: Any) -> bool:
        """Whether a value is a stack on which nothing is yet, whose tangent is one too."""
        if isinstance(node, gast.Name):
            return node.id in self.empties
        return isinstance(node, gast.Call) and self.scope.resolve(node.func) is stacks.empty

    def dots_of(self, target: Any) -> Any:
        """The target for the tangents of one name, or of several that are taken apart."""
        if isinstance(target, gast.Name):
            return tree.target(self.dot(target.id))
        return tree.tuple_([tree.target(self.dot(part.id)) for part in target.elts], store=True)

    def derivative(self, node: Any, operation: Any, target: Any) -> Any:
        """The tangent of an operation on atoms; None where it has none."""
        if self.active.isdisjoint(tree.reads(node)):
            return None
        if isinstance(operation, Copy):
            return tree.name(self.dot(operation.source))
        if isinstance(operation, Read):
            if not self.tangents.is_active(operation.value):
                return None
            return tree.subscript(tree.name(self.dot(operation.value.id)), operation.index)
        if isinstance(operation, Display):
            return self.display(operation, target.id)
        if not isinstance(operation, Apply):
            return None
        if isinstance(target, gast.Name):
            return self.tangents.of(node, operation, target.id)
        return self.tangents.of(node, operation, "", tuple(part.id for part in target.elts))

    def display(self, operation: Display, name: str) -> Any:
        """The display of the tangents of elements; of what may have effects, the zeros are those of its value."""
        dots = []
        exact = is_generated(self.program.source.file)
        for place, element in zip(operation.places(), operation.elements, strict=True):
            simple = isinstance(element, gast.Name) or self.scope.literal(element) is not MISSING
            read = element if simple else tree.subscript(tree.name(name), place)
            dots.append(self.value_dot(read, exact))
        if operation.call is not None:
            return object_display(self.program, operation, name, dots)
        return operation.written(dots)

    def raises_nothing(self, node: Any) -> bool:
        """Whether an expression raises nothing of its own, so that it can come before what may raise in the primal."""
        exact = (gast.Add, gast.Sub, gast.Mult)
        for item in tree.walk(node):
            if isinstance(item, gast.Call) and not is_ufunc_of_elements(self.scope.resolve(item.func)):
                return False
            sides = (item.left, item.right) if isinstance(item, gast.BinOp) and not isinstance(item.op, exact) else ()
            if sides and not any(isinstance(self.infer.kind(side), Array) for side in sides):
                return False
        return True

    def user_call(self, statement: Any, operation: UserCall) -> None:
        """``y = g(x)`` becomes ``y, y_dot = g_jvp(x, x_dot)``, or ``y_dot = ...`` where nobody reads ``y``."""
        made = tree.shallow(statement)
        self.dots_of(made.targets[0])
        self.calls.append((made, operation))
        self.out.append(made)
        target = self.dots_of(statement.targets[0])
        owned = self.stored.of_results(statement.targets[0], tree.loaded(target), statement)
        if owned is not None:
            self.emit(tree.at(gast.Assign([target], owned, None), statement))

    def complete(self, statement: Any, operation: UserCall, is_read: bool) -> None:
        """Make a call of a user's function one that computes tangents."""
        node = operation.node
        positional = list(operation.function.__code__.co_varnames[: len(node.args)])
        arguments = dict(zip(positional, node.args, strict=False)) | {k.arg: k.value for k in node.keywords}
        pattern = tuple(p for p, value in arguments.items() if self.tangents.is_active(value))
        callee = self.callee_of(operation, pattern, is_read)
        dots = [tree.name(self.dot(arguments[parameter].id)) for parameter in pattern]
        by_name = callee.by_name or bool(node.keywords)
        call = tree.call(callee.name, *node.args, *([] if by_name else dots))
        named = zip(callee.dots, dots, strict=True) if by_name else ()
        call.keywords = [*node.keywords, *(gast.keyword(name, dot) for name, dot in named)]
        left = statement.targets[0]
        target = self.dots_of(left)  # of what is not active nobody reads the tangent
        statement.targets = [tree.tuple_([left, target], store=True) if is_read else target]
        statement.value = tree.at(call, statement)


__all__ = ["Callee", "Tangent", "forward"]
