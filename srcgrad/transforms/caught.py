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
... '''
>>> known = {"attempted": contexts.attempted, "settled": contexts.settled}
>>> scope, program = Scope(known, {"x", "y"}), example_program("def f(x): pass")
>>> print(to_text(caught(gast.parse(code).body, scope, program, frozenset())).strip())
try:
    y = x[9]
except IndexError as error:
    failure = error
else:
    failure = None
    y_stack.append(y)
took = failure is None
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

_CHECKING = (  # they raise TypeError where a derivative cannot go on
    contents.add_in_place, contents.as_shared, contents.check_alone, contents.check_length, contents.mirrored,
    contents.read_first, structures.as_tangent, structures.seed,
)  # fmt: skip
_STACK = re.compile(r"_stack(_\d+)?$")  # what ``records`` calls them


def caught(body: list[Any], scope: Scope, program: Program, user: frozenset[str]) -> list[Any]:
    """A function's body without ``attempted`` and ``settled``; ``user`` are the names that the user wrote."""
    if not any(_is_call(node, contexts.attempted, scope) for node in tree.walk(body)):
        return body
    return _Caught(body, scope, program, user).block(body)


def _is_call(node: Any, function: Any, scope: Scope) -> bool:
    return isinstance(node, gast.Call) and scope.resolve(node.func) is function


class _Caught:
    def __init__(self, body: list[Any], scope: Scope, program: Program, user: frozenset[str]) -> None:
        self.counts = Counter(name.id for name in tree.names(body))
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
            if name is None or not _is_call(statement.value, contexts.attempted, self.scope):
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
            made += [*self.tried(name, statement, pending.pop(0)), *late]
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

    def tried(self, failure: str, asked: Any, branch: Any) -> list[Any]:
        """The ``try`` of an attempt, and what is done only if it has failed."""
        ended = not _is_negated(branch.test)
        body, others = (branch.body, branch.orelse) if ended else (branch.orelse, branch.body)
        inside: list[Any] = []
        after: list[Any] = [tree.assign(failure, tree.constant(None), asked)]
        statements = self.block(body)
        for place, statement in enumerate(statements):
            if isinstance(statement, gast.Expr) and _is_call(statement.value, contexts.settled, self.scope):
                values = [node for node in statement.value.args if not isinstance(node, gast.Name)]
                inside += [tree.expression(value, statement) for value in values]
            elif self.is_push(statement):
                rebound = tree.writes(statements[place + 1 :])
                after.append(self.with_early_parts(statement, set(), inside, rebound))
            else:
                inside.append(statement)
        self.check_own(inside, asked)
        inside, late = self.with_late_bindings(inside, branch)
        after = [*late, *after]
        types = asked.value.args[0] if len(asked.value.args) == 1 else tree.tuple_(asked.value.args)
        handler = gast.ExceptHandler(
            types, tree.target(self.error), [tree.assign(failure, tree.name(self.error), asked)]
        )
        made = [tree.at(gast.Try(inside, [tree.at(handler, asked)], after, []), asked)]
        if others:
            test = gast.Compare(tree.name(failure), [gast.IsNot()], [tree.constant(None)])
            made.append(tree.if_(test, self.block(others), [], branch))
        return made

    def check_own(self, inside: list[Any], asked: Any) -> None:
        """Raise where a handler would catch what the derivative, and not the function, may raise."""
        kinds = [self.scope.resolve(node) for node in asked.value.args]
        if all(isinstance(kind, type) and not issubclass(TypeError, kind) for kind in kinds):
            return
        for node in tree.walk(inside):
            is_error = isinstance(node, gast.Raise) and node not in inside and isinstance(node.exc, gast.Call)
            own = is_error and self.scope.resolve(node.exc.func) is TypeError
            if own or (isinstance(node, gast.Call) and any(_is_call(node, one, self.scope) for one in _CHECKING)):
                reason = "whether this can be followed is known at run time only, and 'try' would catch the answer"
                hint = "name the exceptions that are meant, without TypeError, or do this outside of the 'try'"
                raise refuse(asked, self.program.source, reason, hint)

    def with_late_bindings(self, inside: list[Any], branch: Any) -> tuple[list[Any], list[Any]]:
        """Statements which bind names that are known outside at their end only, when all of them are done."""
        own = Counter(name.id for name in tree.names(branch))
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
            names = {n for n in tree.writes(statement.targets[0]) if self.counts[n] > own[n]}
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


def _is_negated(test: Any) -> bool:
    """Whether a test holds where the attempt has failed."""
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return not _is_negated(test.operand)
    return isinstance(test, gast.Compare) and isinstance(test.ops[0], gast.IsNot)
