"""Enter context managers once, in the forward sweep: what they give has a name, what they swallow is an error.

``contextlib.suppress`` becomes a ``try``.

>>> from srcgrad.transforms.examples import show
>>> print(show(managers, '''
... def f(x):
...     with np.errstate(all="ignore"), lock, scaled(2.0) as k:
...         y = x * k
...     return y
... '''))
def f(x):
    with np.errstate(all="ignore"):
        with entering(lock):
            manager = entering(scaled(2.0))
            with manager:
                k = entered(manager)
                y = x * k
    return y
"""

from __future__ import annotations

import contextlib
from typing import Any

import gast
import numpy as np

from srcgrad import contexts, modes, tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.kinds import Known, Scalar
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.accept import is_mode
from srcgrad.transforms.surgery import is_block

_MODES = (modes.pause, modes.record, modes.train_mode, modes.predict_mode)


def managers(program: Program) -> Program:
    """Return the program with one manager for each ``with``."""
    if not any(isinstance(node, gast.With) for node in tree.walk(program.function.body)):
        return program
    scope = Scope(program.namespace, set())
    assigned = [node for node in tree.walk(program.function.body) if tree.single_target(node) is not None]
    entering = {node.targets[0].id for node in assigned if _is_entering(node.value, scope)}
    return program.with_body(_block(program.function.body, program, scope, entering))


def _is_entering(node: Any, scope: Scope) -> bool:
    """Whether an expression is a manager that a derivative has made."""
    return isinstance(node, gast.Call) and scope.resolve(node.func) is contexts.entering


def _block(statements: list[Any], program: Program, scope: Scope, entering: set[str]) -> list[Any]:
    made: list[Any] = []
    for statement in statements:
        if is_block(statement, scope):
            made.append(statement)
            continue
        clone = tree.with_blocks(statement, lambda block: _block(block, program, scope, entering))
        made += _with(clone, program, scope, entering) if isinstance(statement, gast.With) else [clone]
    return made


def _with(statement: Any, program: Program, scope: Scope, made: set[str]) -> list[Any]:
    """Nested blocks for the managers of a statement."""
    body: list[Any] = statement.body
    for item in reversed(statement.items):
        context, bound = item.context_expr, item.optional_vars
        is_made = _is_entering(context, scope) or getattr(context, "id", None) in made
        if bound is None and (is_made or is_errstate(item, scope) or is_mode_item(item, scope)):
            body = [tree.at(gast.With([item], body, None), statement)]
            continue
        if bound is None and is_mode(item, contextlib.suppress, scope):
            nothing = gast.ExceptHandler(tree.tuple_(context.args), None, [gast.Pass()])
            body = [tree.at(gast.Try(body, [tree.at(nothing, statement)], [], []), statement)]
            continue
        entering = tree.name(program.external(contexts.entering, "entering"))
        manager = tree.at(tree.call(entering, context), context)
        before: list[Any] = []
        if bound is not None:
            held = program.namer.temporary("manager")
            before = [tree.assign(held, manager, statement)]
            entered = tree.call(tree.name(program.external(contexts.entered, "entered")), tree.name(held))
            manager = tree.name(held)
            body = [tree.at(gast.Assign([bound], entered, None), statement), *body]
        body = [*before, tree.at(gast.With([gast.withitem(manager, None)], body, None), statement)]
    return body


def is_errstate(item: Any, scope: Scope) -> bool:
    """Whether an item of a ``with`` says what NumPy does with errors: the reverse sweep does the same with its own."""
    return is_mode(item, np.errstate, scope)


def reverse_inside(statement: Any, undone: list[Any], scope: Scope) -> list[Any]:
    """What reverses the body of a ``with``, in one of its own if that says what NumPy does with errors."""
    if not undone or not all(is_errstate(item, scope) for item in statement.items):
        return undone
    return [tree.at(gast.With(tree.copy(statement.items), undone, None), statement)]


def is_mode_item(item: Any, scope: Scope) -> bool:
    """Whether an item of a ``with`` enters one of srcgrad's modes."""
    return any(is_mode(item, mode, scope) for mode in _MODES)


def check_managers(program: Program, scope: Scope) -> None:
    """Raise where a manager is given something that is differentiated, or that it could change."""
    varied: frozenset[str] | None = None
    for node in tree.walk(program.function.body):
        is_entered = _is_entering(node, scope)
        given = node.args if is_entered else node.items if isinstance(node, gast.With) else []
        held = {n for n in tree.reads(given) & scope.local if not _is_plain(scope.kinds.get(n))}
        if is_entered and held:
            reason = f"the manager of this 'with' could change '{min(held)}'"
            raise refuse(node, program.source, reason, "give it numbers and texts only, or enter it outside")
        if given:
            varied = activity(program, scope).varied if varied is None else varied
            if not varied.isdisjoint(tree.reads(given)):
                reason = "the manager of this 'with' is given a value that is differentiated"
                raise refuse(
                    node if is_entered else node.items[0].context_expr,
                    program.source,
                    reason,
                    "give it a constant, or enter it outside the function",
                )


def _is_plain(kind: Any) -> bool:
    """Whether a value is a number, a text or another object that holds nothing."""
    return isinstance(kind, Scalar) or (isinstance(kind, Known) and not callable(kind.value))
