"""What is attempted, after ``attempts``: calls that change something, and what surely ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from srcgrad import contexts, tree
from srcgrad.analysis.kinds import Array, Scalar
from srcgrad.analysis.operations import UserCall, describe, is_user_function
from srcgrad.analysis.places import Place, place_of
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.reached_functions import source_of
from srcgrad.rules.registry import rule_of
from srcgrad.transforms.managers import is_errstate, is_mode_item

_RAISED = (TypeError, ValueError, ArithmeticError, MemoryError, NameError, Warning)  # where numbers are computed


def parts_of(branch: list[Any], scope: Scope) -> tuple[list[Any], list[Any]]:
    """What is attempted in a branch, and what is done after it."""
    place = next(n for n, statement in enumerate(branch) if is_settled(statement, scope))
    return branch[:place], branch[place + 1 :]


def is_settled(statement: Any, scope: Scope) -> bool:
    """Whether a statement is the end of what is attempted in a branch."""
    call = statement.value if isinstance(statement, gast.Expr) else None
    return isinstance(call, gast.Call) and scope.resolve(call.func) is contexts.settled


def is_asked(statement: Any, scope: Scope) -> bool:
    """Whether a statement asks how the attempt ends that is in the branch after it."""
    call = statement.value if tree.single_target(statement) is not None else None
    return isinstance(call, gast.Call) and scope.resolve(call.func) is contexts.attempted


def surely_ends(statements: list[Any], asked: Any, scope: Scope) -> bool:
    """Whether what is attempted computes with numbers only, which raises nothing that is caught."""
    kinds = [scope.resolve(node) for node in asked.value.args]
    if not all(isinstance(kind, type) and _is_apart(kind) for kind in kinds):
        return False
    return all(tree.single_target(one) is not None and _is_arithmetic(one.value, scope) for one in statements)


def _is_apart(kind: type) -> bool:
    """Whether no number raises an exception of a class."""
    return not any(issubclass(kind, one) or issubclass(one, kind) for one in _RAISED)


def _is_arithmetic(node: Any, scope: Scope) -> bool:
    if isinstance(node, gast.Name):
        kind = scope.kinds.get(node.id)
        is_array = isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind in "biufc"
        return is_array or isinstance(kind, Scalar)  # objects among the elements may raise anything
    if isinstance(node, gast.Constant):
        return isinstance(node.value, (int, float, complex))
    if isinstance(node, gast.Call):
        function = scope.resolve(node.func)
        is_numpys = isinstance(function, np.ufunc) and rule_of(function) is not None  # and not one of `frompyfunc`
        return is_numpys and not node.keywords and all(_is_arithmetic(argument, scope) for argument in node.args)
    if isinstance(node, (gast.BinOp, gast.UnaryOp)):
        return all(_is_arithmetic(part, scope) for part in tree.children(node) if isinstance(part, gast.expr))
    return False


def changing_calls(program: Program, scope: Scope) -> frozenset[Place]:
    """The attempted calls of functions that change something before they raise, perhaps: they are written out."""
    return frozenset(map(place_of, _changing(program, scope)))


def check_attempts(program: Program, scope: Scope) -> None:
    """Raise where a call that may change something before it raises could not be written out."""
    for call in _changing(program, scope):
        reason = "a function is called inside of 'try' that changes something, perhaps before it raises"
        if isinstance(operation := describe(call, scope), UserCall) and _enters(operation.function, set()):
            reason = "a function is called inside of 'try' that enters a manager, which may swallow what is raised"
        raise refuse(call, program.source, reason, "let it return what it computes, and store that after the 'try'")


def _changing(program: Program, scope: Scope) -> Iterator[Any]:
    """The attempted calls of functions that may change something."""
    asked: set[str] = set()
    for node in tree.walk(program.function.body):
        name = tree.single_target(node)
        if name is not None and isinstance(node.value, gast.Call):
            asked |= {name} if scope.resolve(node.value.func) is contexts.attempted else set()
        is_attempt = isinstance(node, gast.If) and not asked.isdisjoint(tree.reads(node.test))
        if is_attempt and any(is_settled(one, scope) for one in node.body):
            calls = (one for one in tree.walk(parts_of(node.body, scope)[0]) if isinstance(one, gast.Call))
            yield from (call for call in calls if _changes(call, scope))


def _changes(call: Any, scope: Scope) -> bool:
    """Whether a call of a function of the user's may change what others see, or enters a manager."""
    operation = describe(call, scope)
    if not isinstance(operation, UserCall):
        return False
    found = effect_of(operation.node, scope)
    return bool(found.changes or found.keeps or found.objects or found.rebound) or _enters(operation.function, set())


def _enters(function: Any, seen: set[int]) -> bool:
    """Whether a function enters a manager, or calls one that does: it may swallow what is raised in it."""
    if id(function) in seen or not is_user_function(function):
        return False
    seen.add(id(function))
    if (source := source_of(function)) is None:
        return False
    scope = Scope.of(source)
    nodes = list(tree.walk(source.tree.body))
    blocks = [node for node in nodes if isinstance(node, gast.With)]
    if not all(is_errstate(item, scope) or is_mode_item(item, scope) for block in blocks for item in block.items):
        return True
    return any(_enters(scope.resolve(node.func), seen) for node in nodes if isinstance(node, gast.Call))
