"""Many directions at once: tangents, or adjoints, get a leading axis with one entry for each direction.

The statements are those for one direction; each value that depends on a direction is rewritten to one that has all of
them.  Elementwise operations broadcast, what takes axes gets them shifted by one, and what has no such form is computed
for one direction after the other where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import gast

from srcgrad import jacobians, structures, tree
from srcgrad.analysis.inference import CalleeKind
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Scalar, Sequence, Unknown
from srcgrad.analysis.name_kinds import infer
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program
from srcgrad.transforms.batching import Batching, Unvectorised


def vectorise(
    body: list[Any],
    program: Program,
    scope: Scope,
    seeds: tuple[str, ...],
    results: tuple[str, ...],
    callees: Mapping[str, str],
    callee_kind: CalleeKind,
) -> list[Any]:
    """Statements with all directions of the ``seeds``, of what depends on them, and of the ``results``.

    ``callees`` are functions that take and return tangents, or cotangents, with all directions, and what each is.  The
    kinds of what has directions are forgotten.  Raises Unvectorised where a kind that is needed is not known.
    """
    kinds = _kinds(body, scope, callee_kind)
    one = replace(scope, local=kinds.local, kinds=kinds.kinds)
    worker = _Vectorise(program, one, {*seeds, *results}, callees)
    worker.spread_over(body)
    first = next((seed for seed in seeds if isinstance(kinds.kinds.get(seed), (Array, Scalar))), None)
    if first is None:
        whole = tree.name(seeds[0]) if len(seeds) == 1 else tree.tuple_(map(tree.name, seeds))
        count = tree.call(worker.helper(jacobians.count), whole)
    else:
        count = tree.call(program.builtin(len), tree.name(first))
    made = [tree.assign(worker.count, count), *worker.block(body)]
    for name in worker.batched:
        scope.kinds[name] = UNKNOWN
    scope.local |= tree.writes(made)
    return made


def _kinds(body: list[Any], scope: Scope, callee_kind: CalleeKind) -> Scope:
    """The kinds of all names for one direction: those that are known, and what follows from them."""
    known = [name for name, kind in scope.kinds.items() if not isinstance(kind, Unknown)]
    whole = replace(scope, local=scope.local | tree.writes(body), kinds=dict(scope.kinds))
    infer(tree.function("body", tree.parameters(sorted(known)), body), whole, callee_kind)
    return whole


class _Vectorise:
    def __init__(self, program: Program, scope: Scope, batched: set[str], callees: Mapping[str, str]) -> None:
        self.program = program
        self.scope = scope
        self.batched = batched
        self.callees = callees
        self.count = program.namer.fresh("count")
        scope.local.add(self.count)
        self.batching = Batching(program, scope, batched, callees, self.count)

    def helper(self, function: Callable[..., Any]) -> Any:
        return tree.name(self.program.external(function, function.__name__))

    # --- which names have directions

    def spread_over(self, body: list[Any]) -> None:
        """Add all names that depend on what has directions."""
        while True:
            before = len(self.batched)
            for node in tree.walk(body):
                if isinstance(node, (gast.Assign, gast.AugAssign)) and not self.batched.isdisjoint(
                    tree.reads(node.value)
                ):
                    target = node.targets[0] if isinstance(node, gast.Assign) else node.target
                    self.batched |= self.written(target, node.value)
                elif isinstance(node, gast.Expr) and isinstance(node.value, gast.Call) and node.value.args:
                    whole, *rest = node.value.args
                    if not self.batched.isdisjoint(tree.reads(rest)) and isinstance(whole, gast.Name):
                        self.batched.add(whole.id)
                elif isinstance(node, gast.For) and not self.batched.isdisjoint(tree.reads(node.iter)):
                    raise Unvectorised("a loop over what has directions")
            if len(self.batched) == before:
                return

    def written(self, target: Any, value: Any) -> set[str]:
        """The names that a statement gives directions."""
        if isinstance(target, gast.Subscript):
            return tree.reads(target.value)
        if self.gives_value(value):
            return tree.writes(target.elts[1])
        return tree.writes(target)

    def gives_value(self, node: Any) -> bool:
        """Whether an expression is a call of a function that gives a value and its tangent."""
        return self.batching.is_callee(node) and self.callees[node.func.id] == "jvp"

    # --- statements

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        if isinstance(statement, gast.Assign):
            return [self.assignment(statement)]
        if isinstance(statement, gast.AugAssign):
            return [self.augmented(statement)]
        if isinstance(statement, gast.Expr):
            return self.added(statement)
        if isinstance(statement, tree.OnReverse):
            raise Unvectorised("a block of the user's, which looks at one adjoint")
        return [tree.with_blocks(statement, self.block)]

    def assignment(self, statement: Any) -> Any:
        target = statement.targets[0]
        if isinstance(target, gast.Subscript) and not self.batched.isdisjoint(tree.identifiers(target.value)):
            raise Unvectorised("a store")
        if self.gives_value(statement.value) or self.batched.isdisjoint(tree.writes(target)):
            return statement
        return tree.assign(target, self.batching.whole(statement.value), statement)

    def augmented(self, statement: Any) -> Any:
        target = statement.target
        if self.batched.isdisjoint(tree.identifiers(target)):
            return statement
        if isinstance(target, gast.Name):
            kind = self.kind(target.id)
            if isinstance(kind, Scalar):  # numbers are added to as values, arrays of them may be shared
                whole = gast.BinOp(tree.name(target.id), statement.op, statement.value)
                return tree.assign(target.id, self.batching.whole(whole), statement)
            value = self.batching.beside(statement.value, kind)
            return tree.at(gast.AugAssign(target, statement.op, value), statement)
        place = self.batching.subscript(target)
        part = self.batching.kind(tree.subscript(target.value, target.slice))
        return tree.at(gast.AugAssign(place, statement.op, self.batching.beside(statement.value, part)), statement)

    def added(self, statement: Any) -> list[Any]:
        """``add_into(x_bar, index, t)`` in each direction."""
        call = statement.value
        if not isinstance(call, gast.Call) or self.batched.isdisjoint(tree.reads(call)):
            return [statement]
        if self.scope.resolve(call.func) is not structures.add_into or not isinstance(call.args[0], gast.Name):
            raise Unvectorised("a call that is made for what it does")
        whole, index, value = call.args
        kind = self.kind(whole.id)
        if isinstance(kind, Sequence):
            return [tree.expression(tree.call(call.func, whole, index, self.batching.whole(value)), statement)]
        if not isinstance(kind, Array):
            raise Unvectorised("an addition into what may be a number")
        parts = self.batching.parts(index)
        if parts is None:
            raise Unvectorised("an addition at an index that may have an axis of its own")
        every = tree.call(self.program.builtin(slice), tree.constant(None))
        place = tree.tuple_([every, *parts])
        added = self.batching.aligned(value, whole, index)
        return [tree.expression(tree.call(call.func, whole, place, added), statement)]

    def kind(self, name: str) -> Kind:
        return self.scope.kinds.get(name, UNKNOWN)


__all__ = ["Unvectorised", "vectorise"]
