"""Calls that change their arguments become calls that return them, and stores of what they return.

``r = g(y, x)``, where ``g`` writes into ``y``, is ``r, y_out = g(y, x)`` and ``y[...] = y_out``: the new ``g`` works
on a copy.  So a change by a callee is differentiated as any other store.
"""

from __future__ import annotations

import types
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.classes import classes_of
from srcgrad.analysis.effects import may_come_first
from srcgrad.analysis.given import arguments_of
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Array
from srcgrad.analysis.objects import holds_object
from srcgrad.analysis.operations import UserCall, describe
from srcgrad.analysis.places import Place, place_of
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_in, summary_of
from srcgrad.analysis.summary import Summary
from srcgrad.errors import refuse
from srcgrad.procedures import procedure, procedure_of
from srcgrad.program import Program
from srcgrad.source import read
from srcgrad.transforms.stores import updated
from srcgrad.tree import replaced


def procedures(program: Program, scope: Scope, callee_kind: CalleeKind) -> tuple[Program, frozenset[Place]]:
    """Rewrite every call, with something that is differentiated, of a function that changes arrays it is given.

    The places of those calls are returned, too, of which this cannot be said: what they are given may share storage,
    or be handed back in part.
    """
    calls = [node for node in tree.walk_forward(program.function.body) if isinstance(node, gast.Call)]
    if not any(_changed(node, scope) or _returned_parts(node, scope) for node in calls):
        return program, frozenset()
    worker = _Procedures(program, scope, callee_kind)
    body = worker.block(program.function.body)
    rest = frozenset(worker.rest) | worker.views()
    return (program.with_body(body) if worker.found else program), rest


def _changed(node: Any, scope: Scope) -> frozenset[str]:
    """The parameters whose storage a call of a user's function may change."""
    operation = describe(node, scope)
    if not isinstance(operation, UserCall) or operation.blocks or procedure_of(operation.function) is not None:
        return frozenset()
    return _summary(operation, scope).changes


def _summary(operation: UserCall, scope: Scope) -> Summary:
    """What a user's function does with the objects that a call gives it."""
    given = arguments_of(operation.function, operation.node)
    return summary_of(operation.function, classes=classes_of(given, scope))


def _returned_parts(node: Any, scope: Scope) -> frozenset[str]:
    """The parameters that the result of a user's function may be a part of."""
    operation = describe(node, scope)
    if not isinstance(operation, UserCall) or operation.blocks or procedure_of(operation.function) is not None:
        return frozenset()
    return _summary(operation, scope).returns


class _Procedures:
    def __init__(self, program: Program, scope: Scope, callee_kind: CalleeKind) -> None:
        self.program = program
        self.scope = scope
        self.kind = Inference(scope, callee_kind).kind
        self.aliases: Aliases = aliases_in(program.function, scope, updated(program))
        self.varied = activity(program, scope).varied
        self.found = False
        self.rest: set[Place] = set()

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        if tree.blocks(statement):
            self.note([getattr(statement, field) for field in ("test", "iter") if hasattr(statement, field)])
            return [tree.with_blocks(statement, self.block)]
        if not isinstance(statement, (gast.Assign, gast.AugAssign, gast.Expr, gast.Return)):
            self.note(statement)
            return [statement]
        calls = [n for n in tree.walk(statement) if isinstance(n, gast.Call) and _changed(n, self.scope)]
        if len(calls) != 1 or not (made := self.call(calls[0], statement)):
            self.note(statement)
            return [statement]
        self.found = True
        return made

    def note(self, node: Any) -> None:
        """Note the calls that change what is followed, and are to be written out."""
        calls = [n for n in tree.walk(node) if isinstance(n, gast.Call) and _changed(n, self.scope)]
        self.rest |= set(map(place_of, filter(self.is_followed, calls)))

    def is_followed(self, call: Any) -> bool:
        """Whether what a call changes is differentiated, or is an object whose attributes are followed."""
        return not self.varied.isdisjoint(real_reads(call, self.scope)) or any(
            isinstance(part, gast.AST) and holds_object(self.kind(part)) for part in self.aliases.effect(call).changes
        )

    def call(self, call: Any, statement: Any) -> list[Any]:
        """The statements instead of one with a call that changes its arguments; none where that cannot be done."""
        operation = describe(call, self.scope)
        assert isinstance(operation, UserCall)
        function = operation.function
        if operation.node is not call:  # of a partial, with all its arguments written out
            statement = replaced(statement, call, call := tree.at(operation.node, call))
        given = arguments_of(function, call)
        names = [n for n in sorted(_changed(call, self.scope)) if len(given.get(n, ())) == 1]
        changed = {name: given[name][0] for name in names if isinstance(self.kind(given[name][0]), Array)}
        is_plain = not any(isinstance(a, gast.Starred) for a in call.args) and all(k.arg for k in call.keywords)
        if not changed or not is_plain or self.varied.isdisjoint(real_reads(call, self.scope)):
            return []
        if set(changed) != {n for n in names if not self.aliases.is_number(given[n][0])} or self.shares(call, changed):
            return []
        whole = call is statement.value and not isinstance(statement, gast.AugAssign)
        is_statement = whole and isinstance(statement, gast.Expr)
        if not whole and not self.may_come_first(call, statement, changed):
            return []
        returned = None if is_statement else _returned(function)
        if not is_statement and returned is None and not _summary(operation, self.scope).returns.isdisjoint(changed):
            return []  # a part of what is changed
        return self.rewritten(call, statement, function, changed, is_statement, returned)

    def views(self) -> frozenset[Place]:
        """The places of calls whose result may be a part of what is changed, or an object that holds what they get."""
        nodes = list(tree.walk_forward(self.program.function.body))
        bases = {target.value.id for n in nodes if (target := tree.stored(n)) is not None}
        bases |= {n.value.left.id for n in nodes if tree.single_target(n) in self.program.inplace and _is_update(n)}
        for call in (n for n in nodes if isinstance(n, gast.Call)):
            changes = [part for part in self.aliases.effect(call).changes if isinstance(part, gast.AST)]
            bases |= {key for part in changes for key in self.aliases.sources(part)}
        changed = {other for base in bases for other in self.aliases.together(base)}
        parts = [node for node in nodes if isinstance(node, gast.Call) and _returned_parts(node, self.scope)]
        parts = [p for p in parts if holds_object(self.kind(p)) or not changed.isdisjoint(self.aliases.sources(p))]
        return frozenset(place_of(one) for one in parts if not self.varied.isdisjoint(real_reads(one, self.scope)))

    def shares(self, call: Any, changed: dict[str, Any]) -> bool:
        """Whether an argument that is changed may share storage with another one."""
        every = [*call.args, *(keyword.value for keyword in call.keywords)]
        for node in changed.values():
            keys = {o for key in self.aliases.sources(node) for o in self.aliases.together(key)}
            if any(not keys.isdisjoint(self.aliases.sources(other)) for other in every if other is not node):
                return True
        return False

    def may_come_first(self, call: Any, statement: Any, changed: dict[str, Any]) -> bool:
        """Whether a call may be made before the rest of its statement is computed."""
        keys = {
            o for node in changed.values() for key in self.aliases.sources(node) for o in self.aliases.together(key)
        }
        return statement.value is not call and may_come_first(statement, call, keys, self.scope)

    def rewritten(
        self,
        call: Any,
        statement: Any,
        function: types.FunctionType,
        changed: dict[str, Any],
        is_statement: bool,
        returned: str | None,
    ) -> list[Any]:
        before, after = [], []
        arguments: dict[int, Any] = {}
        outs = []
        bases: dict[str, str] = {}
        for name, node in changed.items():
            if isinstance(node, gast.Name) and node.id not in self.scope.local:
                reason = f"'{node.id}' is storage outside of the function, in which this stores a differentiated value"
                raise refuse(call, self.program.source, reason, "work on a copy, and return it")
            base = node.id if isinstance(node, gast.Name) else self.program.namer.temporary("part")
            if not isinstance(node, gast.Name):
                before.append(tree.assign(base, node, statement))
            arguments[id(node)] = tree.name(base)
            out = self.program.namer.temporary(f"{name}_out")
            outs.append(tree.target(out))
            bases[name] = base
            target = tree.subscript(tree.name(base), tree.constant(...), store=True)
            after.append(tree.assign(target, tree.name(out), statement))
        with_value = not is_statement and returned not in changed
        of = (*(["return"] if with_value else []), *changed)
        made = tree.shallow(call, func=tree.name(self.program.external(procedure(function, of), function.__name__)))
        made.args = [arguments.get(id(a), a) for a in call.args]
        made.keywords = [gast.keyword(k.arg, arguments.get(id(k.value), k.value)) for k in call.keywords]
        value = self.program.namer.temporary("value")
        targets = [*([tree.target(value)] if with_value else []), *outs]
        left = targets[0] if len(targets) == 1 else tree.tuple_(targets, store=True)
        found = [*before, tree.assign(left, made, statement), *after]
        if is_statement:
            return found
        result = tree.name(value if with_value else bases[str(returned)])
        return [*found, replaced(statement, call, result)]


def _is_update(statement: Any) -> bool:
    return isinstance(statement.value, gast.BinOp) and isinstance(statement.value.left, gast.Name)


def _returned(function: types.FunctionType) -> str | None:
    """The parameter that a function returns itself, wherever it returns; None where it returns something else."""
    body = read(function).tree.body
    values = [node.value for node in tree.walk(body) if isinstance(node, gast.Return)]
    names = {value.id for value in values if isinstance(value, gast.Name)}
    if len(names) != 1 or not all(isinstance(value, gast.Name) for value in values):
        return None
    name = names.pop()
    bound = {n.id for n in tree.names(body, gast.Store)}
    updated = {
        n.target.id for n in tree.walk(body) if isinstance(n, gast.AugAssign) and isinstance(n.target, gast.Name)
    }
    plain = bound - updated
    ends = bool(body) and isinstance(body[-1], gast.Return)
    return str(name) if ends and name not in plain else None
