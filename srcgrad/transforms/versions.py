"""Give every definition a name of its own (static single assignment, written as ordinary Python).

Where two branches meet, each ends with a copy to the common name.  A name that a loop carries has one name at the
loop's head, which the body's last statements update.  Where a name may have no value, the error that its read would
raise stands for it.  A name is thus a value, and what is known of it does not
depend on where it is read; ``coalesce`` later gives the versions back one name where that is possible.

>>> from srcgrad.transforms.examples import show
>>> print(show(versions, '''
... def f(x, n):
...     for i in range(n):
...         x = x * x
...     return x
... '''))
def f(x, n):
    x_2 = x
    for i in range(n):
        x_3 = x_2 * x_2
        x_2 = x_3
    return x_2
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.liveness import Liveness, certain_reads
from srcgrad.loader import is_generated
from srcgrad.names import Namer
from srcgrad.program import Program

Versions = dict[str, str]


@dataclass
class _State:
    namer: Namer
    liveness: Liveness
    local: set[str]
    unbound: str
    inplace: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    heads: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    certain: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)


def versions(program: Program) -> Program:
    """Rename so that every name has one definition, copies at joins apart."""
    arguments = tree.parameters_of(program.function)
    certain = tree.reads(program.function.body[-1:]) - program.user  # what `jumps` returns is bound by every exit
    certain |= program.certain
    local = arguments | tree.writes(program.function.body)
    if is_generated(program.source.file):  # which tests that itself, and may read what stands for no value
        certain |= local
    unbound = program.builtin(UnboundLocalError)
    state = _State(program.namer, Liveness(), local, unbound, taken=set(arguments), certain=certain)
    environment = {name: name for name in arguments}
    body = _block(program.function.body, frozenset(), environment, state)
    return program.with_body(
        body,
        inplace=frozenset(state.inplace),
        stopped=frozenset(state.stopped),
        heads=frozenset(state.heads),
    )


def _new(name: str, state: _State) -> str:
    """The name itself for its first definition, versions of it for later ones."""
    if name not in state.taken:
        state.taken.add(name)
        return name
    return state.namer.version(name)


def _block(statements: list[Any], after: frozenset[str], names: Versions, state: _State) -> list[Any]:
    """Rewrite a block; ``names`` is updated to the versions that hold at its end."""
    made: list[Any] = []
    live = state.liveness.points(statements, after)
    for statement, live_after in zip(statements, live, strict=True):
        made.extend(_checks(statement, names, state))
        made.extend(_statement(statement, live_after, names, state))
    return made


def _checks(statement: Any, names: Versions, state: _State) -> list[Any]:
    """Python's own error for a name that is read where it may not be bound: the copies at joins would hide it."""
    made = []
    for name in sorted(certain_reads(_header(statement)) & state.local):
        if name not in names:
            names[name] = state.namer.version(name)
            state.maybe.add(names[name])
            made.append(tree.assign(names[name], tree.name(state.unbound), statement))
        version = names[name]
        if version in state.maybe and name not in state.certain:
            error = tree.call(state.unbound, tree.constant(f"variable '{name}' has no value here"))
            test = tree.is_same(version, tree.name(state.unbound))
            made.append(tree.if_(test, [tree.at(gast.Raise(error, None), statement)], [], statement))
            bound = state.namer.version(name)
            made.append(tree.assign(bound, tree.name(version), statement))
            names[name] = bound
    return made


def _header(statement: Any) -> Any:
    """What a statement evaluates before its blocks."""
    if isinstance(statement, gast.With):
        return gast.With(statement.items, [], None)
    parts = [statement] if not tree.blocks(statement) else [getattr(statement, f, None) for f in ("test", "iter")]
    return next(part for part in parts if part is not None)


def _statement(statement: Any, after: frozenset[str], names: Versions, state: _State) -> list[Any]:
    if isinstance(statement, gast.If):
        return _if(statement, after, names, state)
    if isinstance(statement, (gast.For, gast.While)):
        return _loop(statement, after, names, state)
    if isinstance(statement, gast.With):
        return _with(statement, after, names, state)
    if tree.stored(statement) is not None:
        return [_renamed(statement, names)]
    if isinstance(statement, gast.Delete):
        for target in statement.targets:
            names.pop(target.id, None)  # what reads it then raises the error for a name without value
        return []
    if isinstance(statement, gast.AugAssign):
        return [_augmented(statement, names, state)]
    if isinstance(statement, gast.Assign):
        value = _renamed(statement.value, names)
        left = _bind(statement.targets[0], names, state)
        return [tree.assign(left, value, statement)]
    return [_renamed(statement, names)]


def _augmented(statement: Any, names: Versions, state: _State) -> Any:
    old = names.get(statement.target.id, statement.target.id)
    value = gast.BinOp(tree.at(tree.name(old), statement.target), statement.op, _renamed(statement.value, names))
    made = _new(statement.target.id, state)
    state.inplace.add(made)
    names[statement.target.id] = made
    return tree.assign(made, tree.at(value, statement), statement)


def _renamed(node: Any, names: Versions) -> Any:
    """A copy with every name read replaced by its version; what an inner scope binds stays."""
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if not isinstance(node, gast.AST):
        return node
    if isinstance(node, gast.Name):
        clone = tree.copy(node)
        if isinstance(node.ctx, gast.Load):
            clone.id = names.get(node.id, node.id)
        return clone
    bound: set[str] = set()
    if isinstance(node, gast.Lambda):  # what is left out takes its default from outside
        parameters = tree.parameters_of(node)
        inside = {k: v for k, v in names.items() if k not in parameters}
        return tree.shallow(node, args=_renamed(node.args, names), body=_renamed(node.body, inside))
    if isinstance(node, tree.COMPREHENSIONS):
        bound = tree.writes(node.generators)
    inner = {k: v for k, v in names.items() if k not in bound} if bound else names
    clone = tree.rebuilt(node, lambda value: _renamed(value, inner))
    if bound and hasattr(node, "generators"):
        clone.generators[0].iter = _renamed(node.generators[0].iter, names)  # the first one belongs outside
    return clone


def _bind(left: Any, names: Versions, state: _State) -> Any:
    if isinstance(left, gast.Name):
        names[left.id] = _new(left.id, state)
        return tree.at(tree.target(names[left.id]), left)
    return tree.at(tree.tuple_([_bind(part, names, state) for part in left.elts], store=True), left)


def _if(statement: Any, after: frozenset[str], names: Versions, state: _State) -> list[Any]:
    test = _renamed(statement.test, names)
    left, right = dict(names), dict(names)
    body = _block(statement.body, after, left, state)
    orelse = _block(statement.orelse, after, right, state)
    if tree.raises(body) != tree.raises(orelse):  # only one side goes on
        names.clear()
        names.update(right if tree.raises(body) else left)
        return [tree.if_(test, body, orelse, statement)]
    for name in sorted(left.keys() | right.keys()):
        if left.get(name) == right.get(name):
            continue
        if name not in after:
            names.pop(name, None)
            continue
        joined = _new(name, state)
        for block, found in ((body, left.get(name)), (orelse, right.get(name))):
            value = tree.name(state.unbound if found is None else found)
            block.append(tree.assign(joined, value, statement))
            if found is None or found in state.maybe:
                state.maybe.add(joined)
        names[name] = joined
    return [tree.if_(test, body, orelse, statement)]


def _with(statement: Any, after: frozenset[str], names: Versions, state: _State) -> list[Any]:
    clone = _renamed(gast.With(statement.items, [], None), names)
    clone.body = _block(statement.body, after, names, state)
    if _is_pause(statement):
        state.stopped |= tree.writes(clone.body)
    return [tree.at(clone, statement)]


def _is_pause(statement: Any) -> bool:
    def last(node: Any) -> str:
        return str(node.attr if isinstance(node, gast.Attribute) else getattr(node, "id", ""))

    entered = [item.context_expr for item in statement.items]
    return any(isinstance(context, gast.Call) and last(context.func) == "pause" for context in entered)


def _loop(statement: Any, after: frozenset[str], names: Versions, state: _State) -> list[Any]:
    is_for = isinstance(statement, gast.For)
    head = _renamed(statement.iter, names) if is_for else None
    live_head = after | state.liveness.statement(statement).uses
    if is_for:
        live_head |= state.liveness.block(statement.body).uses - tree.writes(statement.target)
    assigned = tree.writes(statement)
    before: list[Any] = []
    carried: dict[str, str] = {}
    for name in sorted(assigned & live_head):
        carried[name] = _new(name, state) if name not in names else state.namer.version(name)
        if name in names:
            before.append(tree.assign(carried[name], tree.name(names[name]), statement))
        else:
            before.append(tree.assign(carried[name], tree.name(state.unbound), statement))
        if name not in names or names[name] in state.maybe:
            state.maybe.add(carried[name])
        names[name] = carried[name]
    inner = dict(names)
    left = _bind(statement.target, inner, state) if is_for else None
    test = None if is_for else _renamed(statement.test, inner)
    statements, leave = _split_exit(statement.body)
    body = _block(statements, live_head | tree.reads(leave), inner, state)
    exits = _renamed(leave, inner)
    body += _updates(carried, inner, statement, state) + exits
    state.heads |= set(carried.values())
    for name in assigned - carried.keys():
        names.pop(name, None)
    loop = tree.for_(left, head, body, statement) if is_for else tree.while_(test, body, statement)
    return [*before, loop]


def _split_exit(body: list[Any]) -> tuple[list[Any], list[Any]]:
    """The body without the final ``if flag: break``, and that."""
    if body and isinstance(body[-1], gast.If) and any(isinstance(s, gast.Break) for s in body[-1].body):
        return body[:-1], body[-1:]
    return body, []


def _updates(carried: dict[str, str], inner: Versions, like: Any, state: _State) -> list[Any]:
    """The copies to the names at the loop's head; all are read before any is written."""
    pairs = [(carried[n], inner[n]) for n in sorted(carried) if n in inner and inner[n] != carried[n]]
    heads = {head for head, _ in pairs}
    made, last = [], []
    for head, value in pairs:
        if value in heads:
            held = state.namer.version(value)
            made.append(tree.assign(held, tree.name(value), like))
            value = held
        last.append(tree.assign(head, tree.name(value), like))
    return made + last
