"""Refuse what changes storage that the derivative reads; note what else may change, so that it is not read twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.aliases import CODED, HIDDEN, Aliases
from srcgrad.analysis.binding import default_values
from srcgrad.analysis.classes import acts, is_generator
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array, Given, Known, Mapping, Scalar, Sequence, is_discrete
from srcgrad.analysis.known_calls import HOLDER_KEEPS
from srcgrad.analysis.mentions import mentioned
from srcgrad.analysis.operations import Opaque, UserCall, describe
from srcgrad.analysis.reach import reached
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_in
from srcgrad.errors import refuse
from srcgrad.objects import is_plain_class
from srcgrad.program import Outside, Program


@dataclass(frozen=True)
class _Place:
    """A statement's own expressions, its number in source order, and the loops around it."""

    node: Any
    order: int
    loops: frozenset[int]

    def surely_before(self, other: _Place) -> bool:
        """Whether the statement never runs after the other one has."""
        return self.order < other.order and not self.loops & other.loops


def mutations(program: Program, scope: Scope) -> Program:
    """Return the program with ``unstable``, the names of what is changed while the function runs, and ``outside``.

    What is built up first and read by the derivative only afterwards is as good as constant.
    """
    aliases = aliases_in(program.function, scope)
    places = list(_places(program.function.body))
    blocks = [place.node for place in places if isinstance(place.node, tree.OnReverse)]
    places = [place for place in places if not isinstance(place.node, tree.OnReverse)]
    facts = activity(program, scope)
    reads = _Reads(program, aliases, facts.varied)
    read = {name for place in places for name in reads.of(place.node, facts.active)}
    changes = [(keys, node, place) for place in places for keys, node in _changes(place.node, aliases)]
    changed = {name for keys, _, _ in changes for name in keys}
    program = replace(program, outside=_outside(program, aliases, read, changed))
    _check_seen(places, aliases, facts.varied, program)
    _check_kept(places, reads, facts.varied, facts.useful)
    parameters = tree.parameters_of(program.function)
    unstable: set[str] = set()
    for keys, node, place in changes:
        stores_varied = not facts.varied.isdisjoint(tree.reads(node))
        late = {
            name
            for reader in places
            if stores_varied or not place.surely_before(reader)
            for name in reads.of(
                reader.node,
                facts.useful if stores_varied else facts.active,
                node if reader is place and not place.loops else None,
            )
        }
        needed = sorted(keys & (late | facts.active), key=lambda name: (name not in scope.local, name))
        if needed:
            raise _refusal(node, needed[0], stores_varied, program, scope)
        outside = sorted(_of_users(node, aliases) & aliases.outside.keys()) if stores_varied else []
        if outside:  # which a function that is called may read, out of sight
            reason = f"{_shown(node)} may store a differentiated value in '{outside[0]}', outside of the function"
            raise refuse(node, program.source, reason, f"pass a copy of it, {outside[0]}.copy(), or return the value")
        for name in sorted(keys & parameters):
            kind = scope.kinds.get(name)
            is_plain = isinstance(kind, Given) and is_plain_class(kind.type)
            if is_plain or isinstance(kind, (Array, Sequence, Mapping)):
                raise refuse(
                    node,
                    program.source,
                    f"{_shown(node)} may change '{program.namer.base(name)}', which is the caller's",
                    f"work on a copy: {name} = {name}.copy()",
                )
        unstable |= keys | {key.partition(".")[0] for key in keys}  # who asks for names knows no paths
    for block in blocks:
        _check_block(block, blocks, read, aliases, program, scope)
    return replace(program, unstable=frozenset(unstable))


def _of_users(call: Any, aliases: Aliases) -> set[str]:
    """What a call of a function of the user's changes."""
    is_own = isinstance(describe(call, aliases.scope), UserCall)
    return aliases.changed_by(aliases.effect(call)) if is_own else set()


def _check_block(
    block: Any, blocks: list[Any], read: set[str], aliases: Aliases, program: Program, scope: Scope
) -> None:
    """Refuse a block of the reverse sweep that has to do with a value without adjoint, or changes primal values."""
    for node in block.primals:
        if is_discrete(scope.kinds.get(node.id, UNKNOWN)):
            reason = f"'{program.namer.base(node.id)}' can have no derivative, and so it has no adjoint"
            raise refuse(node, program.source, reason, "name a variable that holds real numbers")
    own = {name for other in blocks for name in tree.writes(other)}
    for node in tree.walk(block.statements):
        keys: set[str] = set()
        if isinstance(node, gast.Call):
            keys = aliases.changed_by(aliases.effect(node))
        elif isinstance(node, (gast.Subscript, gast.Attribute)) and isinstance(node.ctx, gast.Store):
            keys = aliases.sources(node.value)
        elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            keys = {node.target.id}
        reached = {other for key in keys for other in aliases.together(key)}
        needed = sorted((reached & (scope.local | read)) - own)
        if needed:
            who = "something out of sight" if needed[0].startswith("<") else f"'{program.namer.base(needed[0])}'"
            reason = f"{_shown(node)} may change {who}, which the derivative needs"
            raise refuse(node, program.source, reason, "change the adjoints only, or a copy: value.copy()")


def _check_kept(places: list[_Place], reads: _Reads, varied: frozenset[str], useful: frozenset[str]) -> None:
    """Refuse a call that keeps a differentiated value out of sight, from where another statement may take it."""
    aliases, program = reads.aliases, reads.program
    for place in places:
        for call in (n for n in tree.walk(place.node) if isinstance(n, gast.Call)):
            effect = aliases.effect(call)
            kept = [part for group in effect.keeps for part in group if None in group]
            if not (kept or effect.rebound) or varied.isdisjoint(real_reads(call, aliases.scope)):
                continue
            if effect.rebound:
                what = f"{_shown(call)} binds variables out of the function, and is given a differentiated value"
                hint = "hand such values back as results, or use srcgrad.stop_gradient for the argument"
                raise refuse(call, program.source, what, hint)
            keys = {key for part in kept for key in ({HIDDEN} if part is None else aliases.sources(part))}
            beyond = {o for key in keys for o in aliases.together(key) if o.startswith("<") or o in aliases.outside}
            late = {name for reader in places if reader is not place for name in reads.of(reader.node, useful)}
            for name in sorted(beyond & late):
                raise _refusal(call, name, True, program, aliases.scope)


def _check_seen(places: list[_Place], aliases: Aliases, varied: frozenset[str], program: Program) -> None:
    """Refuse what does more than can be followed: code of a class that gets a differentiated value, another shape."""
    for node in (node for place in places for node in tree.walk(place.node)):
        is_operator = isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare))
        if is_operator and acts(node, aliases.scope) and not varied.isdisjoint(tree.reads(node)):
            operation = describe(node, aliases.scope)
            reason = "a class of the user's has code for this, which may keep the differentiated value that it is given"
            hint: str | None = "call a function instead, or use srcgrad.stop_gradient"
            if isinstance(operation, Opaque):
                reason, hint = operation.reason, operation.hint
            raise refuse(node, program.source, reason, hint)
        resizes = isinstance(node, gast.Call) and getattr(node.func, "attr", "") == "resize"
        if resizes and _may_be_array(node.func.value, aliases):
            reason = "'resize' changes the shape of an array, which all that is known of it relies on"
            raise refuse(node, program.source, reason, "make a new array: np.resize(a, shape)")


def _may_be_array(node: Any, aliases: Aliases) -> bool:
    kind = Inference(aliases.scope).kind(node)
    return isinstance(kind, Array) or kind == UNKNOWN


def _changes(node: Any, aliases: Aliases) -> Iterator[tuple[set[str], Any]]:
    """What a statement may change other than by binding a name, each with the call that does it."""
    for item in tree.walk(node):
        if isinstance(item, gast.Call):
            effect = aliases.effect(item)
            changed = tuple(part for part in effect.changes if not is_generator(part, aliases.scope))
            keys = aliases.changed_by(replace(effect, changes=changed))
            if any(aliases.is_object(key) for key in keys):
                keys.add(CODED)
            reached = {other for key in keys for other in aliases.together(key)}
            if reached:
                yield reached, item


def _outside(program: Program, aliases: Aliases, read: set[str], names: set[str]) -> Outside:
    """What the function changes, ``names`` among it, and what it reads of the outside where a derivative flows."""
    changed, rebound = [], []
    for item in tree.walk(program.function.body):
        if isinstance(item, gast.Call):
            effect = aliases.effect(item)
            program.externals.relied |= effect.relies
            objects = effect.objects | aliases.identities({k for part in effect.changes for k in aliases.sources(part)})
            changed += [(objects, item)] if objects else []
            rebound += [(effect.rebound, item)] if effect.rebound else []
    defaults = [value for name, value in default_values(program.source.function).items() if name in read]
    held = {identity for value in defaults for identity in reached(value)}
    parameters = tree.parameters_of(program.function)
    own = frozenset(parameters & names), program.outside.copied, frozenset(parameters & _updated(program, aliases))
    seen = program.outside.mentioned | mentioned(program.source) if any(own) else frozenset()
    return Outside(tuple(changed), tuple(rebound), aliases.identities(read) | held, *own, seen)


def _updated(program: Program, aliases: Aliases) -> set[str]:
    """The names that may be arrays which ``x += v`` changes: what else is one of them would see it."""
    statements = [node for node in tree.walk(program.function.body) if tree.single_target(node) in program.inplace]
    old = [node.value.left for node in statements if isinstance(node.value, gast.BinOp)]
    arrays = [node.id for node in old if not isinstance(Inference(aliases.scope).kind(node), (Known, Scalar))]
    return {name for one in arrays for name in aliases.together(one)}


def _refusal(node: Any, name: str, stores_varied: bool, program: Program, scope: Scope) -> Exception:
    """Why a change of what the derivative needs is refused."""
    who = "something out of sight" if name.startswith("<") else f"'{program.namer.base(name)}'"
    operation = describe(node, scope)
    method = node.func.attr if isinstance(node.func, gast.Attribute) else ""
    if stores_varied and method in HOLDER_KEEPS:
        what = f"'{method}' stores a differentiated value in {who}, which cannot be followed yet"
        return refuse(node, program.source, what, "make a new array of the parts: np.append, np.stack, np.array([...])")
    if stores_varied and isinstance(operation, Opaque):
        return refuse(node, program.source, operation.reason, operation.hint)
    return refuse(
        node,
        program.source,
        f"{_shown(node)} may change {who}, which the derivative needs",
        "make a new value instead of changing this one, or work on a copy",
    )


def _shown(node: Any) -> str:
    if isinstance(node, gast.Call):
        if any(keyword.arg == "out" for keyword in node.keywords):
            return "'out='"
        function = node.func
        return f"'{function.attr if isinstance(function, gast.Attribute) else getattr(function, 'id', 'this call')}'"
    return "this"


def _places(body: list[Any]) -> Iterator[_Place]:
    """Every statement with what it evaluates itself, in source order."""
    order = 0
    stack: list[tuple[Any, frozenset[int]]] = [(s, frozenset()) for s in reversed(body)]
    while stack:
        statement, loops = stack.pop()
        order += 1
        inner = loops | {id(statement)} if isinstance(statement, (gast.For, gast.While)) else loops
        if not tree.blocks(statement):
            yield _Place(statement, order, loops)
        elif isinstance(statement, gast.For):
            yield _Place(tree.for_(statement.target, statement.iter, []), order, loops)
        elif isinstance(statement, gast.With):
            yield _Place(gast.With(statement.items, [], None), order, loops)
        else:
            yield _Place(tree.expression(statement.test, statement), order, inner)
        for block in reversed(tree.blocks(statement)):
            stack.extend((s, inner) for s in reversed(block))


@dataclass(frozen=True)
class _Reads:
    """What the derivative of a statement reads: names, and paths of the outside."""

    program: Program
    aliases: Aliases
    varied: frozenset[str]
    known: dict[int, set[str]] = field(default_factory=dict)  # by expression: each is asked for by every change

    def of(self, node: Any, names: frozenset[str], once: Any = None) -> set[str]:
        """What a statement reads that binds one of ``names``: its value, what it loops over, what is returned.

        The call ``once`` changes what its own value is part of, and is not run again.
        """
        if isinstance(node, gast.Assign) and not names.isdisjoint(tree.writes(node.targets[0])):
            return self.within(node.value, once)
        if (target := tree.stored(node)) is not None:  # its place is read again as well
            holders = {other for key in self.aliases.sources(target.value) for other in self.aliases.together(key)}
            if not names.isdisjoint(holders):
                value = set() if tree.is_removal(node) else self.within(node.value, once)
                return value | self.within(target.slice, once)
        if isinstance(node, gast.For):
            return self.within(node.iter, once)
        if isinstance(node, gast.Return) and node.value is not None:
            pair = self.program.has_aux and isinstance(node.value, gast.Tuple)
            return self.within(node.value.elts[0] if pair else node.value, once)
        return set()

    def within(self, node: Any, once: Any) -> set[str]:
        """What an expression reads; of a call that acts and is not differentiated only the value is read again."""
        if once is not None:
            return self.found(node, once)
        if id(node) not in self.known:
            self.known[id(node)] = self.found(node, None)
        return self.known[id(node)]

    def found(self, node: Any, once: Any) -> set[str]:
        """The same, looked for."""
        found: set[str] = set()
        pending = [node]
        while pending:
            item = pending.pop()
            if item is once:
                continue
            if self.is_held(item):
                found |= self.aliases.sources(item)
                continue
            found |= self.aliases.mentions_itself(item)
            pending.extend(tree.children(item))
        return found

    def is_held(self, node: Any) -> bool:
        """Whether a node is a call that acts and through which no derivative flows."""
        return (
            isinstance(node, gast.Call)
            and not self.aliases.effect(node).pure
            and self.varied.isdisjoint(real_reads(node, self.aliases.scope))
        )
