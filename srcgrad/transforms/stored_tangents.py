"""Tangents of what is changed in place: they share storage as the values do, and are stored in the same places."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad import contents, structures, tree
from srcgrad.analysis.indexing import is_spliced
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Known, Scalar
from srcgrad.analysis.name_kinds import is_point
from srcgrad.analysis.operations import Apply, Copy, Display, Read, describe
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.analysis.views import may_share
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.shadows import is_sure_view
from srcgrad.transforms.tangents import Tangents


class StoredTangents:
    """Writes the tangents of stores, and makes those of new arrays storage of their own."""

    def __init__(self, program: Program, scope: Scope, tangents: Tangents, active: frozenset[str]) -> None:
        self.program = program
        self.scope = scope
        self.tangents = tangents
        self.changed = program.changed & active
        self.kind = Inference(scope).kind

    def store(self, statement: Any) -> list[Any]:
        """A store and that of its tangent."""
        target, value = tree.stored(statement), statement.value
        base = target.value.id
        if base not in self.changed:
            return [statement]
        place = tree.subscript(tree.name(self.tangents.dot(base)), tree.copy(target.slice), store=True)
        if tree.is_end(target):
            place = tree.subscript(place.value, self.end(place.value), store=True)
        is_splice = is_spliced(target, self.kind)
        is_active = self.tangents.is_active(value)
        op = getattr(statement, "op", None)
        if isinstance(op, (gast.Mult, gast.Div)):
            dot: Any = gast.AugAssign(place, op, tree.copy(value))
        elif op is not None:
            dot = gast.AugAssign(place, op, tree.name(self.tangents.dot(value.id))) if is_active else None
        elif tree.is_removal(statement):
            dot = tree.assign(place, value)
        elif is_splice and isinstance(value, gast.List):
            dot = tree.assign(place, tree.list_(map(self.element, value.elts)))
        elif is_active:
            dot = tree.assign(place, tree.name(self.tangents.dot(value.id)))
        elif is_splice:
            zero = self.program.external(structures.zeros_for, "zeros_for")
            dot = tree.assign(place, tree.call(zero, tree.copy(value)))
        elif isinstance(self.kind(tree.overwritten(target)), Scalar) or isinstance(self.kind_of(base), Array):
            dot = tree.assign(place, tree.constant(0.0))
        else:
            zero = self.program.external(contents.shadow, "shadow")
            dot = tree.assign(place, tree.call(zero, tree.copy(tree.overwritten(target))))
        if dot is None:
            return [statement]
        return [tree.at(dot, statement), statement] if is_splice else [statement, tree.at(dot, statement)]

    def end(self, node: Any) -> Any:
        """Where a list of tangents ends."""
        return gast.Slice(tree.call(self.program.builtin(len), tree.copy(node)), None, None)

    def element(self, node: Any) -> Any:
        """The tangent of an element that is stored."""
        if self.tangents.is_active(node):
            return tree.name(self.tangents.dot(node.id))
        if isinstance(self.tangents.infer.kind(node), (Array, Scalar)):
            return tree.call(self.program.external(structures.zeros_for, "zeros_for"), tree.copy(node))
        return tree.call(self.program.external(contents.zero_twins, "zero_twins"), tree.copy(node))

    def kind_of(self, name: str) -> Kind:
        """What is known of a name."""
        return self.scope.kinds.get(name, UNKNOWN)

    def owned(self, name: str, dot: Any, statement: Any) -> Any:
        """The tangent of what a statement binds: storage of its own if the value is, the same view if it is one."""
        kind = self.kind_of(name)
        if isinstance(kind, (Scalar, Known)) or not (name in self.changed or self.shares_changed(dot, statement)):
            return dot
        operation = describe(statement.value, self.scope)
        if isinstance(operation, (Copy, Display, Read)):  # the same index gives a view of both, or a copy of both
            return dot
        if isinstance(operation, Apply) and operation.rule.view:
            operands = [o for o in operation.operands() if self.tangents.is_active(o)]
            if len(operands) == 1:
                return self.view(operands[0].id, name, operation, dot)
        if is_point(kind):  # of which an operator makes a number
            return tree.call(tree.attribute(self.program.external(np, "np"), "array"), dot)
        return self.copied(dot, kind) if may_share(dot, self.scope) else dot

    def of_results(self, target: Any, dots: Any, statement: Any) -> Any:
        """The tangents of what a user's function returns, as storage of its own; None where nothing changes that.

        What the function returns twice is changed twice, whatever the tangents share that it returns.
        """
        names = sorted(tree.writes(target) & self.tangents.active)
        own = [name for name in names if self.is_changed_result(name, tree.name(self.tangents.dot(name)), statement)]
        if not own:
            return None
        if any(map(self.may_be_changed, effect_of(statement.value, self.scope).shares)):
            reason = "this call may return storage that is changed in place, which cannot be followed yet"
            raise refuse(statement, self.program.source, reason, "return a copy from the function that is called")
        if len(tree.writes(target)) == 1 and isinstance(self.kind_of(own[0]), Array):
            return tree.call(tree.attribute(self.program.external(np, "np"), "copy"), dots)
        return tree.call(self.program.external(contents.shared_like, "shared_like"), dots, tree.loaded(target))

    def is_changed_result(self, name: str, dot: Any, statement: Any) -> bool:
        """Whether what a call gives a name is storage that is changed, or has to do with some that is."""
        is_number = isinstance(self.kind_of(name), (Scalar, Known))
        return not is_number and (name in self.changed or self.shares_changed(dot, statement))

    def may_be_changed(self, part: Any) -> bool:
        """Whether what a call may hand back is changed in place: not a number, and not a name that is not changed."""
        if isinstance(part, gast.Constant):
            return False
        is_number = isinstance(part, gast.AST) and isinstance(self.kind(part), (Scalar, Known))
        return not is_number and not (isinstance(part, gast.Name) and part.id not in self.program.changed)

    def shares_changed(self, dot: Any, statement: Any) -> bool:
        """Whether a tangent may be, in part, one that is changed in place, though the value is new."""
        dots = {self.tangents.dot(name) for name in self.changed}
        read = tree.reads(statement.value) if isinstance(statement.value, gast.Call) else set()
        return not dots.isdisjoint(may_share(dot, self.scope)) or not self.changed.isdisjoint(read)

    def view(self, source: str, name: str, operation: Apply, dot: Any) -> Any:
        """The tangent of what is a view of an array, or may be one."""
        if is_sure_view(operation, self.kind_of(source)):
            return dot
        names = [tree.name(self.tangents.dot(source)), tree.name(name), tree.name(source)]
        return tree.call(self.program.external(contents.as_shared, "as_shared"), dot, *names)

    def copied(self, dot: Any, kind: Kind) -> Any:
        """A copy of a tangent."""
        if isinstance(kind, Array):
            return tree.call(tree.attribute(self.program.external(np, "np"), "copy"), dot)
        return tree.call(self.program.external(contents.twins, "twins"), dot)
