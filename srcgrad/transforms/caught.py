"""Make statements again ``try`` that ``attempts`` has made branches.

>>> import gast
>>> from srcgrad import contexts
>>> from srcgrad.analysis.scope import Scope
>>> from srcgrad.transforms.examples import example_program
>>> from srcgrad.writer import to_text
>>> code = '''
... failure = attempted(IndexError)
... took = failure is None
... if took:
...     y = x[9]
...     y_stack.append(y)
...     settled(y)
...     s = s * y
... else:
...     s = s * 2.0
... '''
>>> known = {"attempted": contexts.attempted, "settled": contexts.settled}
>>> scope, program = Scope(known, {"x", "y"}), example_program("def f(x): pass")
>>> print(to_text(caught(gast.parse(code).body, scope, program, frozenset())).strip())
try:
    y = x[9]
except IndexError:
    took = False
    s = s * 2.0
else:
    y_stack.append(y)
    took = True
    s = s * y
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import gast

from srcgrad import contents, contexts, structures, tree
from srcgrad.analysis.kinds import Scalar
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.attempted import is_asked, parts_of

_CHECKING = (  # they raise TypeError where a derivative cannot go on
    contents.add_in_place, contents.as_shared, contents.check_alone, contents.check_length, contents.mirrored,
    contents.read_first, structures.as_tangent, structures.seed,
)  # fmt: skip
_STACK = re.compile(r"_stack(_\d+)?$")  # what ``records`` calls them


def caught(body: list[Any], scope: Scope, program: Program, user: frozenset[str]) -> list[Any]:
    """A function's body without ``attempted`` and ``settled``; ``user`` are the names that the user wrote."""
    if not any(scope.is_call(node, contexts.attempted) for node in tree.walk(body)):
        return body
    names = {str(tree.single_target(node)) for node in tree.walk(body) if is_asked(node, scope)}
    made = _Caught(body, scope, program, user).block(body)
    return _without_failures(made, names - {name.id for name in tree.names(made, gast.Load)})


def _without_failures(body: list[Any], unread: set[str]) -> list[Any]:
    """The same without names for exceptions that nobody asks for."""
    made: list[Any] = []
    for statement in body:
        if tree.single_target(statement) in unread:
            continue
        clone = tree.with_blocks(statement, lambda block: _without_failures(block, unread))
        if isinstance(clone, gast.Try):
            clone.handlers = [_without_name(handler) for handler in clone.handlers]
        made.append(clone)
    return made


def _without_name(handler: Any) -> Any:
    """A handler whose exception has a name only where that is read."""
    is_read = handler.name is not None and handler.name.id in tree.reads(handler.body)
    return tree.shallow(handler, name=handler.name if is_read else None, body=handler.body or [gast.Pass()])


class _Caught:
    def __init__(self, body: list[Any], scope: Scope, program: Program, user: frozenset[str]) -> None:
        self.bound = Counter(name.id for name in tree.names(body, gast.Store))
        self.program = program
        self.error = program.namer.fresh("error")
        self.scope = scope
        self.namer = program.namer
        self.user = user

    def block(self, statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        pending = list(statements)
        while pending:
            statement = pending.pop(0)
            name = tree.single_target(statement)
            if name is None or not is_asked(statement, self.scope):
                made.append(tree.with_blocks(statement, self.block))
                continue
            tests = {name}
            late: list[Any] = []
            while not (isinstance(pending[0], gast.If) and tree.reads(pending[0].test) & tests):
                one = pending.pop(0)
                if tree.reads(one) & tests:
                    tests |= tree.writes(one)
                    late.append(self.with_early_parts(one, tests, made))
                else:
                    made.append(tree.with_blocks(one, self.block))
            made.append(self.tried(name, statement, pending.pop(0), late))
        return made

    def with_early_parts(
        self, statement: Any, tests: set[str], before: list[Any], rebound: set[str] | None = None
    ) -> Any:
        """A statement that is done after an attempt, with all else that it reads evaluated before.

        Names have the same value later, but for those that are ``rebound``, if it is known which these are.
        """
        whole = statement.value.args[0] if self.is_push(statement) else getattr(statement, "value", None)
        made: dict[int, Any] = {}
        for part in whole.elts if isinstance(whole, gast.Tuple) else [whole]:
            if not isinstance(part, gast.AST) or isinstance(part, gast.Constant) or tree.reads(part) & tests:
                continue
            if isinstance(part, gast.Name) and rebound is not None and part.id not in rebound:
                continue
            held = self.namer.fresh("kept")
            before.append(tree.assign(held, part, statement))
            made[id(part)] = tree.name(held)
        return tree.exchanged(statement, made) if made else statement

    def tried(self, failure: str, asked: Any, branch: Any, late: list[Any]) -> Any:
        """The ``try`` of an attempt, with what is ``late``, as it asks how the attempt ends, and what follows."""
        ended = not _is_negated(branch.test)
        whole, others = (branch.body, branch.orelse) if ended else (branch.orelse, branch.body)
        body, rest = parts_of(whole, self.scope)
        settled = whole[len(body)]
        inside: list[Any] = []
        pushes: list[Any] = []
        for place, statement in enumerate(body):
            if self.is_push(statement):
                rebound = tree.writes(body[place + 1 :])
                pushes.append(self.with_early_parts(statement, set(), inside, rebound))
            else:
                inside.append(statement)
        values = (node for node in settled.value.args if not isinstance(node, gast.Name))
        inside += [tree.expression(value, settled) for value in values]  # which nothing else reads
        self.check_own(inside, asked)
        inside, after = self.with_late_bindings(inside)
        types = asked.value.args[0] if len(asked.value.args) == 1 else tree.tuple_(asked.value.args)
        caught = tree.assign(failure, tree.name(self.error), asked)
        handling = [caught, *_known(late, failure, has_failed=True), *self.block(others)]
        handler = gast.ExceptHandler(types, tree.target(self.error), handling)
        none = tree.assign(failure, tree.constant(None), asked)
        orelse = [*after, none, *pushes, *_known(late, failure, has_failed=False), *self.block(rest)]
        return tree.at(gast.Try(inside, [tree.at(handler, asked)], orelse, []), asked)

    def check_own(self, inside: list[Any], asked: Any) -> None:
        """Raise where a handler would catch what the derivative, and not the function, may raise."""
        kinds = [self.scope.resolve(node) for node in asked.value.args]
        if all(isinstance(kind, type) and not issubclass(TypeError, kind) for kind in kinds):
            return
        for node in tree.walk(inside):
            is_error = isinstance(node, gast.Raise) and node not in inside and isinstance(node.exc, gast.Call)
            own = is_error and self.scope.resolve(node.exc.func) is TypeError
            if own or any(self.scope.is_call(node, one) for one in _CHECKING):
                reason = "whether this can be followed is known at run time only, and 'try' would catch the answer"
                hint = "name the exceptions that are meant, without TypeError, or do this outside of the 'try'"
                raise refuse(asked, self.program.source, reason, hint)

    def with_late_bindings(self, inside: list[Any]) -> tuple[list[Any], list[Any]]:
        """Statements which bind names that have other values, too, at their end only, when all of them are done."""
        own = Counter(name.id for name in tree.names(inside, gast.Store))
        late: list[Any] = []
        made = list(inside)
        for place in range(len(made) - 1):
            statement = made[place]
            update = statement if isinstance(statement, gast.AugAssign) else None
            if update is not None and isinstance(self.scope.kinds.get(getattr(update.target, "id", "")), Scalar):
                value = gast.BinOp(tree.name(update.target.id), update.op, update.value)
                statement = made[place] = tree.assign(update.target.id, value, update)
            if not isinstance(statement, gast.Assign):
                continue
            names = {n for n in tree.writes(statement.targets[0]) if self.bound[n] > own[n]}
            new = {name: self.namer.fresh(name) for name in sorted(names)}
            made[place] = tree.shallow(statement, targets=tree.renamed(statement.targets, new))
            made[place + 1 :] = [tree.renamed(one, new) for one in made[place + 1 :]]
            late += [tree.assign(name, tree.name(held), statement) for name, held in new.items()]
        return made, late

    def is_push(self, statement: Any) -> bool:
        """Whether a statement records something, which is done for what has ended only."""
        call: Any = statement.value if isinstance(statement, gast.Expr) else None
        owner: Any = call.func.value if isinstance(call, gast.Call) and isinstance(call.func, gast.Attribute) else None
        name = owner.id if isinstance(owner, gast.Name) and call.func.attr == "append" else ""
        return _STACK.search(name) is not None and name not in self.user


def _known(statements: list[Any], failure: str, has_failed: bool) -> list[Any]:
    """Statements that ask whether an attempt has failed, where that is known."""

    def known(node: Any, clone: Any) -> Any:
        is_asked = isinstance(node, gast.Compare) and isinstance(node.left, gast.Name) and node.left.id == failure
        is_none = is_asked and isinstance(node.comparators[0], gast.Constant) and node.comparators[0].value is None
        return tree.constant(isinstance(node.ops[0], gast.IsNot) == has_failed) if is_none else clone

    return [tree.remade(tree.copy(statement), known) for statement in statements]


def _is_negated(test: Any) -> bool:
    """Whether a test holds where the attempt has failed."""
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return not _is_negated(test.operand)
    return isinstance(test, gast.Compare) and isinstance(test.ops[0], gast.IsNot)
