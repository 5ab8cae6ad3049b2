"""Turn early return, ``break``, ``continue`` and loop ``else`` into structured code.

What follows a branch that always jumps becomes the other branch; what follows one that may jump is guarded by a
flag.  Afterwards the only ``return`` is the last statement, and the only ``break`` in a loop is its last statement,
``if flag: break``.

>>> from srcgrad.transforms.examples import show
>>> print(show(jumps, '''
... def f(x):
...     if x < 0:
...         return -x
...     while True:
...         x = x / 2
...         if x < 1:
...             break
...     return x
... '''))
def f(x):
    if x < 0:
        result = -x
    else:
        while True:
            x = x / 2
            stopped = x < 1
            if stopped:
                break
        result = x
    return result
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.effects import is_decision
from srcgrad.program import Program
from srcgrad.transforms.attempts import Fail, Tried, attempts


@dataclass
class _Flags:
    """The flags of one loop (or of the function, where ``stopped`` and ``skipped`` are not used)."""

    stopped: str = ""
    skipped: str = ""
    guards: set[str] = field(default_factory=set)


@dataclass
class _Outcome:
    """A rewritten block: whether it always jumps, and which flags it may set."""

    body: list[Any]
    must: bool = False
    may: frozenset[str] = frozenset()


def jumps(program: Program) -> Program:
    """Structure every jump of the function."""
    program = attempts(program)
    body = list(program.function.body)
    if not body or not isinstance(body[-1], gast.Return):
        body.append(tree.return_(tree.constant(None), body[-1] if body else program.function))
    returns = [node for node in tree.walk(body) if isinstance(node, gast.Return)]
    rewriter = _Rewriter(program, keep=returns == [body[-1]])
    made = rewriter.block(body, _Flags()).body
    if rewriter.returned in rewriter.guards:
        made.insert(0, tree.assign(rewriter.returned, tree.constant(False), body[0]))
    elif not rewriter.keep:
        made = _without(made, rewriter.returned)
    if not rewriter.keep:
        made.append(tree.return_(tree.name(rewriter.result), body[-1]))
    return program.with_body(made)


def _jumps_inside(statement: Any) -> bool:
    """Whether there is a jump, or a loop with ``else``, inside a statement."""
    return any(
        isinstance(node, (gast.Return, gast.Break, gast.Continue, Fail))
        or (isinstance(node, (gast.For, gast.While)) and node.orelse)
        for node in tree.walk(statement)
    )


class _Rewriter:
    def __init__(self, program: Program, keep: bool) -> None:
        self.program = program
        self.namer = namer = program.namer
        self.keep = keep
        self.result = "" if keep else namer.temporary("result")
        self.returned = "" if keep else namer.temporary("returned")
        self.guards: set[str] = set()

    def block(self, statements: list[Any], flags: _Flags) -> _Outcome:
        made: list[Any] = []
        for position, statement in enumerate(statements):
            jump = self.jump(statement, flags)
            if jump is not None:
                return _Outcome(made + jump.body, True, jump.may)
            if isinstance(statement, (gast.For, gast.While)):
                inner = self.loop(statement, flags)
            elif isinstance(statement, gast.If) and _jumps_inside(statement):
                return self.branch(made, statement, statements[position + 1 :], flags)
            elif isinstance(statement, Tried):
                inner = self.tried(statement, flags)
            elif isinstance(statement, gast.With):
                inner = self.block(statement.body, flags)
                inner.body = [tree.at(gast.With(statement.items, inner.body, None), statement)]
            else:
                inner = _Outcome([statement])
            made.extend(inner.body)
            if inner.must and isinstance(statement, gast.With):
                return _Outcome(made, True, inner.may)
            if inner.may:
                rest = self.block(statements[position + 1 :], flags)
                return _Outcome(made + self.guarded(rest.body, inner.may), rest.must, inner.may | rest.may)
        return _Outcome(made)

    def tried(self, statement: Tried, flags: _Flags) -> _Outcome:
        """A block that may be left for its handlers: what comes after it knows by a flag whether it was."""
        flag = statement.flag
        body, handling = self.block(statement.body, flags), self.block(statement.handling, flags)
        orelse, final = self.block(statement.orelse, flags), self.block(statement.finalbody, flags)
        others = body.may - {flag}
        rest = self.guarded(orelse.body, others)
        made = list(body.body)
        if flag not in body.may:
            made += rest
        elif handling.body or rest:
            made.append(self.conditional(tree.if_(tree.name(flag), [], [], statement), handling.body, rest))
        pending = others | handling.may | orelse.may
        made += self.after(final, sorted(pending), statement) if final.may else final.body
        return _Outcome(made, False, pending | final.may)

    def after(self, final: _Outcome, pending: list[str], statement: Any) -> list[Any]:
        """What is done in any case: where it is left itself, other ways out are forgotten."""
        self.guards |= {*pending, *final.may}
        held = {name: self.namer.temporary("pending") for name in pending}
        before = [tree.assign(other, tree.name(name), statement) for name, other in held.items()]
        before += [tree.assign(name, tree.constant(False), statement) for name in pending]
        again = [tree.assign(name, tree.name(other), statement) for name, other in held.items()]
        return [
            *before,
            *final.body,
            *([tree.if_(tree.invert(_any(final.may)), again, [], statement)] if again else []),
        ]

    def jump(self, statement: Any, flags: _Flags) -> _Outcome | None:
        if isinstance(statement, Fail):
            return _Outcome(
                [tree.assign(statement.flag, tree.constant(True), statement)], True, frozenset([statement.flag])
            )
        if isinstance(statement, gast.Return):
            if self.keep:
                return _Outcome([statement], True, frozenset())
            value = tree.constant(None) if statement.value is None else statement.value
            made = [
                tree.assign(self.result, value, statement),
                tree.assign(self.returned, tree.constant(True), statement),
            ]
            return _Outcome(made, True, frozenset([self.returned]))
        if isinstance(statement, (gast.Break, gast.Continue)):
            flag = flags.stopped if isinstance(statement, gast.Break) else flags.skipped
            return _Outcome([tree.assign(flag, tree.constant(True), statement)], True, frozenset([flag]))
        return None

    def branch(self, before: list[Any], statement: Any, after: list[Any], flags: _Flags) -> _Outcome:
        body, orelse = self.block(statement.body, flags), self.block(statement.orelse, flags)
        if body.must and orelse.must:
            whole = tree.if_(statement.test, body.body, orelse.body, statement)
            return _Outcome([*before, whole], True, body.may | orelse.may)
        rest = self.block(after, flags)
        if body.must:
            orelse.body = orelse.body + self.guarded(rest.body, orelse.may)
        elif orelse.must:
            body.body = body.body + self.guarded(rest.body, body.may)
        made = [*before, self.conditional(statement, body.body, orelse.body)]
        if not body.must and not orelse.must:
            made += self.guarded(rest.body, body.may | orelse.may)
        return _Outcome(made, rest.must, body.may | orelse.may | rest.may)

    @staticmethod
    def conditional(statement: Any, body: list[Any], orelse: list[Any]) -> Any:
        if not body:
            return tree.if_(tree.invert(statement.test), orelse, [], statement)
        return tree.if_(statement.test, body, orelse, statement)

    def guarded(self, rest: list[Any], flags: frozenset[str]) -> list[Any]:
        if not rest or not flags:
            return rest
        self.guards |= flags
        return [tree.if_(tree.invert(_any(flags)), rest, [], rest[0])]

    def loop(self, statement: Any, outer: _Flags) -> _Outcome:
        flags = _Flags(self.namer.temporary("stopped"), self.namer.temporary("skipped"))
        inner = self.block(statement.body, flags)
        body, exits = inner.body, inner.may - {flags.skipped}
        if flags.skipped in self.guards:
            body.insert(0, tree.assign(flags.skipped, tree.constant(False), statement))
        else:
            body = _without(body, flags.skipped)
        if flags.stopped in inner.may and not self.flag_by_test(body, flags.stopped):
            body.insert(0, tree.assign(flags.stopped, tree.constant(False), statement))
        if exits:
            body.append(tree.if_(_any(exits), [gast.Break()], [], statement))
        if self.returned in exits:
            self.guards.add(self.returned)
        clone = tree.shallow(statement)
        clone.body, clone.orelse = body, []
        made, after = [clone], self.block(statement.orelse, outer)
        if statement.orelse:
            if flags.stopped in exits:
                made.insert(0, tree.assign(flags.stopped, tree.constant(False), statement))
            made += self.guarded(after.body, exits)
        return _Outcome(made, False, (exits - {flags.stopped}) | after.may)

    def flag_by_test(self, body: list[Any], flag: str) -> bool:
        """Where ``if test: ...; flag = True`` is the flag's only assignment, make it ``flag = test; if flag: ...``."""
        sites = [n for n in tree.walk(body) if isinstance(n, gast.Assign) and tree.single_target(n) == flag]
        for position, statement in enumerate(body):
            if len(sites) != 1 or not isinstance(statement, gast.If) or flag in self.guards:
                continue
            if statement.body and statement.body[-1] is sites[0]:
                test = statement.test  # asked once: what it asks may have changed when the block is done
                if not is_decision(test) and not self.is_flag(test):
                    test = tree.call(self.program.builtin(bool), test)
                made = [tree.assign(flag, test, statement)]
                rest = statement.body[:-1]
                if rest or statement.orelse:
                    made.append(self.conditional(tree.if_(tree.name(flag), [], [], statement), rest, statement.orelse))
                body[position : position + 1] = made
                return True
        return False

    def is_flag(self, test: Any) -> bool:
        """Whether a test is a name that is only ever true or false, as in what has been structured before."""
        if not isinstance(test, gast.Name) or test.id in tree.parameters_of(self.program.function):
            return False
        body = self.program.function.body
        values = [node.value for node in tree.walk(body) if tree.single_target(node) == test.id]
        constants = [value for value in values if isinstance(value, gast.Constant) and isinstance(value.value, bool)]
        bound = sum(1 for node in tree.names(body, gast.Store) if node.id == test.id)
        return 0 < bound == len(constants)


def _any(flags: frozenset[str]) -> Any:
    names = [tree.name(flag) for flag in sorted(flags)]
    return names[0] if len(names) == 1 else gast.BoolOp(gast.Or(), names)


def _without(body: list[Any], flag: str) -> list[Any]:
    """Drop the assignments to a flag that nobody reads."""
    kept = []
    for statement in body:
        if tree.single_target(statement) == flag:
            continue
        if isinstance(statement, gast.If):
            inner, orelse = _without(statement.body, flag), _without(statement.orelse, flag)
            if not inner and not orelse:
                kept.append(tree.expression(statement.test, statement))
                continue
            statement = _Rewriter.conditional(statement, inner, orelse)
        kept.append(statement)
    return kept
