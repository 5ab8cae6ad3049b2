"""Write ``try`` as decisions: after each statement that may raise it is known whether it has.

A statement that is attempted is a branch of its own, ``if failure is None:``, after ``failure = attempted(...)``, which
stands for what is known of its end before it begins.  So all passes see plain branches, of which the one that was not
taken is not reversed.  In the end ``caught`` makes that a ``try`` again, with one statement in it.  Leaving a block is
a jump, as ``return`` is, which ``jumps`` structures.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import gast

from srcgrad import contents, contexts, tree
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.loader import is_generated
from srcgrad.program import Program
from srcgrad.transforms.attempted import parts_of
from srcgrad.transforms.managers import is_errstate, is_mode_item

_TELLING = (str, repr, print, isinstance, type, len)
_LAZY = (enumerate, zip, reversed)
_QUIET = (gast.Break, gast.Continue, gast.Pass)


class Tried(gast.stmt):  # type: ignore[misc]
    """A block with what is done when it was left by ``Fail``, when it was not, and in any case."""

    _fields = ("body", "handling", "orelse", "finalbody")
    _attributes = ("lineno", "col_offset", "end_lineno", "end_col_offset")

    def __init__(self, body: Any, handling: Any, orelse: Any, finalbody: Any, flag: str) -> None:
        self.body = body
        self.handling = handling
        self.orelse = orelse
        self.finalbody = finalbody
        self.flag = flag


class Fail(gast.stmt):  # type: ignore[misc]
    """Leaves the ``Tried`` whose flag it sets."""

    _fields = ()
    _attributes = ("lineno", "col_offset", "end_lineno", "end_col_offset")

    def __init__(self, flag: str) -> None:
        self.flag = flag


class _Attempt(gast.stmt):  # type: ignore[misc]
    """A statement that may raise one of some exceptions, which ``failure`` is then; it is None otherwise.

    ``orelse`` is done if it has raised, ``rest`` if not.
    """

    _fields = ("body", "types", "orelse", "rest")
    _attributes = ("lineno", "col_offset", "end_lineno", "end_col_offset")

    def __init__(self, body: Any, types: Any, orelse: Any, rest: Any, failure: str) -> None:
        self.body = body
        self.types = types
        self.orelse = orelse
        self.rest = rest
        self.failure = failure


def attempts(program: Program) -> Program:
    """Return the program with ``Tried`` for each ``try``."""
    if not any(isinstance(node, gast.Try) for node in tree.walk(program.function.body)):
        return program
    worker = _Attempts(program)
    return program.with_body(worker.lowered(worker.block(worker.lifted(program.function.body))))


class _Attempts:
    def __init__(self, program: Program) -> None:
        self.program = program
        local = tree.parameters_of(program.function) | tree.writes(program.function.body)
        self.scope = Scope(program.namespace, local)
        items = [
            item for node in tree.walk(program.function.body) if isinstance(node, gast.With) for item in node.items
        ]
        modes = [k.value for item in items if is_errstate(item, self.scope) for k in item.context_expr.keywords]
        self.raises = any(self.scope.literal(mode) not in ("ignore", "warn", "print", "log") for mode in modes)

    def block(self, statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        for statement in statements:
            if isinstance(statement, gast.Try):
                made += self.tried(statement)
            else:
                made.append(tree.with_blocks(statement, self.block))
        return made

    def tried(self, statement: Any) -> list[Any]:
        if statement.finalbody and (statement.handlers or statement.orelse):
            inner = tree.shallow(statement, finalbody=[])
            statement = tree.shallow(statement, body=[inner], handlers=[], orelse=[])
        self.check_types(statement)
        namer = self.program.namer
        whole = tree.with_blocks(statement, self.block)
        return self.whole(whole, namer.temporary("failed"), namer.temporary("failure"))

    def whole(self, statement: Any, flag: str, failure: str, swallowed: str = "") -> list[Any]:
        """The same for a ``try`` that has no other one in its blocks; what is ``swallowed`` is not raised again."""
        every = tree.name(self.program.builtin(BaseException))
        types = [one for h in statement.handlers for one in _classes(h.type or every)] or [every]
        attempt = functools.partial(self.attempted, types=types, failure=failure, flag=flag)
        body = [made for inner in statement.body for made in attempt(inner)]
        handling = self.handling(statement.handlers, failure)
        whole = tree.at(Tried(body, handling, statement.orelse, statement.finalbody, flag), statement)
        made = [
            tree.assign(failure, tree.constant(None), statement),
            tree.assign(flag, tree.constant(False), statement),
        ]
        if not statement.finalbody:
            return [*made, whole]
        again = tree.at(gast.Raise(tree.name(failure), None), statement)
        raising = tree.name(flag)
        if swallowed:
            raising = gast.BoolOp(gast.And(), [raising, tree.invert(tree.name(swallowed))])
        return [*made, whole, tree.if_(raising, [again], [], statement)]

    def check_types(self, statement: Any) -> None:
        """Raise where what NumPy raises at in the middle of an operation is caught."""
        for handler in statement.handlers:
            for kind in _classes(handler.type) if handler.type is not None else [handler]:
                found = BaseException if kind is handler else self.scope.resolve(kind)
                by_name = any(found is one for one in (FloatingPointError, ArithmeticError, Warning, RuntimeWarning))
                catches = isinstance(found, type) and issubclass(FloatingPointError, found) and self.raises
                if by_name or catches:
                    reason = "an operation that raises this may have stored its result, and a derivative may raise it"
                    hint = "test the values, or the result: np.isfinite(...)"
                    raise refuse(handler if kind is handler else kind, self.program.source, reason, hint)

    def handling(self, handlers: list[Any], failure: str) -> list[Any]:
        """What is done about an exception: only those that have a handler are caught."""
        made: list[Any] = []
        for place, handler in reversed(list(enumerate(handlers))):
            body = [self.again(one, failure) for one in handler.body]
            if handler.name is not None:
                self.check_use(handler, handler.name.id)
                body.insert(0, tree.assign(handler.name.id, tree.name(failure), handler))
            if place == len(handlers) - 1:
                made = body
            else:
                test = tree.call(self.program.builtin(isinstance), tree.name(failure), tree.copy(handler.type))
                made = [tree.if_(test, body, made, handler)]
        return made

    def check_use(self, handler: Any, name: str) -> None:
        """Raise where what an exception holds is computed with: it may have been given what is differentiated."""
        if is_generated(self.program.source.file):
            return  # a derivative, of a function that has been looked at
        harmless: set[int] = set()
        for node in tree.walk(handler.body):
            parts: list[Any] = []
            if isinstance(node, gast.Call) and any(self.scope.resolve(node.func) is one for one in _TELLING):
                parts = node.args
            elif isinstance(node, gast.Raise):
                parts = [node.exc, node.cause]
            elif isinstance(node, gast.FormattedValue):
                parts = [node.value]
            harmless |= {id(one) for part in parts if part is not None for one in tree.names(part)}
        for node in tree.names(handler.body, gast.Load):
            if node.id == name and id(node) not in harmless:
                reason = f"what the exception '{name}' holds may be differentiated, which cannot be followed"
                raise refuse(node, self.program.source, reason, "keep the value in a variable before it is raised")

    def again(self, statement: Any, failure: str) -> Any:
        """A statement in which ``raise`` alone raises what was caught."""
        if isinstance(statement, gast.Raise) and statement.exc is None:
            return tree.at(gast.Raise(tree.name(failure), None), statement)
        return tree.with_blocks(statement, lambda block: [self.again(one, failure) for one in block])

    # --- what may raise

    def attempted(self, statement: Any, types: list[Any], failure: str, flag: str) -> list[Any]:
        """A statement that leaves the block where it raises."""
        again = functools.partial(self.attempted, types=types, failure=failure, flag=flag)

        def inside(block: list[Any]) -> list[Any]:
            return [made for one in block for made in again(one)]

        if isinstance(statement, (Fail, *_QUIET)) or self.is_quiet(statement):
            return [statement]
        if isinstance(statement, Tried):
            return [tree.with_blocks(statement, inside)]
        if isinstance(statement, gast.While):
            return [self.loop(statement, inside)]
        before: list[Any] = []
        target = statement.target if isinstance(statement, gast.For) else None
        if isinstance(target, gast.Tuple):  # each turn takes an item apart
            item = self.program.namer.temporary("item")
            first = tree.at(gast.Assign([target], tree.name(item), None), statement)
            statement = tree.shallow(statement, target=tree.target(item), body=[first, *statement.body])
        if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Tuple):
            return self.taken_apart(statement, again)
        if isinstance(statement, (gast.If, gast.For, gast.Return)):
            part = {gast.If: "test", gast.For: "iter", gast.Return: "value"}[type(statement)]
            value = getattr(statement, part)
            if isinstance(statement, gast.For) and self.is_lazy(value):
                before, value = self.asked(value, statement, again)
                statement = tree.shallow(statement, iter=value)
            elif not self.lasts(value):
                held = self.program.namer.temporary("value")
                before = again(tree.assign(held, value, statement))
                statement = tree.shallow(statement, **{part: tree.name(held)})
            return [*before, tree.with_blocks(statement, inside)]
        if isinstance(statement, gast.With):
            if all(is_errstate(item, self.scope) or is_mode_item(item, self.scope) for item in statement.items):
                return [tree.with_blocks(statement, inside)]
            return self.entered(statement, again)
        leave = tree.at(Fail(flag), statement)
        if isinstance(statement, _Attempt):
            return [self.attempted_again(statement, types, failure, leave, inside)]
        return [tree.at(_Attempt([statement], types, [leave], [], failure), statement)]

    def attempted_again(self, attempt: Any, types: list[Any], failure: str, leave: Any, inside: Any) -> Any:
        """What is attempted in two blocks: the inner one comes first."""
        own = attempt.types[0] if len(attempt.types) == 1 else tree.tuple_(attempt.types)
        test = tree.call(self.program.builtin(isinstance), tree.name(attempt.failure), own)
        other = [tree.assign(failure, tree.name(attempt.failure), attempt), leave]
        orelse = [tree.if_(test, inside(attempt.orelse), other, attempt)]
        whole = _Attempt(attempt.body, [*attempt.types, *types], orelse, inside(attempt.rest), attempt.failure)
        return tree.at(whole, attempt)

    def entered(self, statement: Any, again: Any) -> list[Any]:
        """A block of a manager that is left by all that is raised in it."""
        manager = statement.items[0].context_expr
        before: list[Any] = []
        if not isinstance(manager, gast.Name):
            held = self.program.namer.temporary("manager")
            before = again(tree.assign(held, manager, statement))
            manager = tree.name(held)
        enter = tree.call(tree.name(self.program.external(contexts.enter, "enter")), manager)
        flag, failure = self.program.namer.temporary("failed"), self.program.namer.temporary("failure")
        swallowed = self.program.namer.temporary("swallowed")
        leave = tree.call(
            tree.name(self.program.external(contexts.leave, "leave")), tree.copy(manager), tree.name(failure)
        )
        whole = tree.at(gast.Try(statement.body, [], [], [tree.assign(swallowed, leave, statement)]), statement)
        before += [*again(tree.expression(enter, statement)), tree.assign(swallowed, tree.constant(False), statement)]
        return [*before, *(made for one in self.whole(whole, flag, failure, swallowed) for made in again(one))]

    def taken_apart(self, statement: Any, again: Any) -> list[Any]:
        """A value that is bound to several names, which must be as many as it has elements."""
        whole = self.program.namer.temporary("value")
        checking = tree.name(self.program.external(contents.check_count, "check_count"))
        count = tree.constant(len(statement.targets[0].elts))
        check = tree.expression(tree.call(checking, tree.name(whole), count), statement)
        return [
            *again(tree.assign(whole, statement.value, statement)),
            *again(check),
            tree.shallow(statement, value=tree.name(whole)),
        ]

    def loop(self, statement: Any, inside: Any) -> Any:
        """A loop whose test may raise ends by a ``break``."""
        if self.lasts(statement.test):
            return tree.with_blocks(statement, inside)
        if statement.orelse:
            reason = "a loop with 'else' inside of 'try' whose test may raise cannot be followed"
            raise refuse(statement, self.program.source, reason, "decide by a flag what comes after the loop")
        held = self.program.namer.temporary("value")
        leave = tree.if_(tree.invert(tree.name(held)), [tree.at(gast.Break(), statement)], [], statement)
        body = [*inside([tree.assign(held, statement.test, statement)]), leave, *inside(statement.body)]
        return tree.shallow(statement, test=tree.at(tree.constant(True), statement), body=body)

    def is_lazy(self, node: Any) -> bool:
        """Whether a loop runs over a call that only says how it goes through its arguments."""
        return isinstance(node, gast.Call) and any(self.scope.resolve(node.func) is one for one in _LAZY)

    def asked(self, node: Any, statement: Any, again: Any) -> tuple[list[Any], Any]:
        """What a loop runs over with arguments that are names, and what binds these and tries the call."""
        before: list[Any] = []
        held: dict[int, Any] = {}
        for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if self.is_lazy(part):
                own, held[id(part)] = self.asked(part, statement, again)
                before += own
            elif not self.lasts(part):
                name = self.program.namer.temporary("value")
                before += again(tree.assign(name, part, statement))
                held[id(part)] = tree.name(name)
        made = tree.exchanged(node, held)
        return [*before, *again(tree.expression(tree.copy(made), statement))], made

    def is_quiet(self, statement: Any) -> bool:
        """Whether a statement only hands a value on."""
        return tree.single_target(statement) is not None and self.lasts(statement.value)

    def lasts(self, node: Any) -> bool:
        """Whether an expression surely raises nothing."""
        if node is None or isinstance(node, (gast.Name, gast.Constant, gast.Lambda)):
            return True
        if isinstance(node, gast.Compare) and all(isinstance(op, (gast.Is, gast.IsNot)) for op in node.ops):
            return self.lasts(node.left) and all(map(self.lasts, node.comparators))
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
            return isinstance(node.operand, gast.Compare) and self.lasts(node.operand)
        is_range = isinstance(node, gast.Call) and self.scope.resolve(node.func) is range and not node.keywords
        return is_range and all(isinstance(one, (gast.Name, gast.Constant)) for one in node.args)

    # --- attempts as branches

    def lifted(self, statements: list[Any]) -> list[Any]:
        """Statements in which attempts that are branches already, in what has been written out, are attempts again."""
        made: list[Any] = []
        pending = list(statements)
        while pending:
            statement = pending.pop(0)
            name = tree.single_target(statement)
            call = statement.value if name is not None else None
            if not isinstance(call, gast.Call) or self.scope.resolve(call.func) is not contexts.attempted:
                made.append(tree.with_blocks(statement, self.lifted))
                continue
            branch = pending.pop(0)
            body, rest = parts_of(branch.body, self.scope)
            orelse = self.lifted(branch.orelse)
            whole = _Attempt(self.lifted(body), call.args, orelse, self.lifted(rest), str(name))
            made.append(tree.at(whole, statement))
        return made

    def lowered(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.as_branch(statement)]

    def as_branch(self, statement: Any) -> Iterator[Any]:
        if isinstance(statement, _Attempt):
            body = self.lowered(statement.body)
            if isinstance(body[-1], gast.Expr):  # what it gives counts as read
                held = self.program.namer.temporary("value")
                body[-1] = tree.assign(held, body[-1].value, statement)
            asking = tree.name(self.program.external(contexts.attempted, "attempted"))
            call = tree.call(asking, *map(tree.copy, statement.types))
            yield tree.assign(statement.failure, tree.at(call, statement), statement)
            settling = tree.name(self.program.external(contexts.settled, "settled"))
            kept = map(tree.name, sorted(_bound(body)))
            body.append(tree.expression(tree.call(settling, *kept), statement))
            test = gast.Compare(tree.name(statement.failure), [gast.Is()], [tree.constant(None)])
            rest, orelse = self.lowered(statement.rest), self.lowered(statement.orelse)
            yield tree.if_(test, [*body, *rest], orelse, statement)
        else:
            yield tree.with_blocks(statement, self.lowered)


def _classes(node: Any) -> list[Any]:
    """The classes of a handler, one by one."""
    return [one for part in node.elts for one in _classes(part)] if isinstance(node, gast.Tuple) else [node]


def _bound(body: list[Any]) -> set[str]:
    """The names that the last statement of an attempt binds, or in which it stores something."""
    last = body[-1]
    targets = last.targets if isinstance(last, gast.Assign) else [getattr(last, "target", None)]
    found: set[str] = set()
    for target in targets:
        root = target
        while isinstance(root, (gast.Subscript, gast.Attribute)):
            root = root.value
        found |= tree.identifiers(root) if root is not None else set()
    return found
