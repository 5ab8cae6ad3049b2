"""Primals that cannot be run once for each direction: they draw random numbers, or do something each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis import known_calls as known
from srcgrad.analysis.classes import is_generator
from srcgrad.analysis.computing import is_in
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.source import read

_REASON = "this is done once for each direction, as no way is known to compute them all at once"
_HINT = "take mode='reverse', or move this out of the function"


def check_repeatable(programs: Iterable[Program]) -> None:
    """Refuse to run a primal, given with its callees, several times if that is not the same as once."""
    for program in programs:
        for node in _acting(program):
            raise refuse(node, program.source, _REASON, _HINT)


def _acting(program: Program) -> Iterator[Any]:
    """What changes something that is not the function's own, draws random numbers, or prints."""
    yield from (node for _, node in [*program.outside.changed, *program.outside.rebound])
    if program.outside.arguments:
        yield program.source.tree
    parameters = tree.parameters_of(program.function)
    scope = Scope(program.namespace, parameters | tree.writes(program.function.body), dict(program.kinds))
    for node in tree.walk_forward(program.function.body):
        if isinstance(node, gast.Call) and _acts(node, scope, parameters, frozenset()):
            yield node


def _acts(node: Any, scope: Scope, parameters: set[str], seen: frozenset[Any]) -> bool:
    function = scope.resolve(node.func)
    if is_user_function(function):
        return function not in seen and _calls_what_acts(function, seen | {function})
    if function is np.random.default_rng or isinstance(function, type):
        return function is np.random.default_rng and not node.args  # a seed gives the same numbers again
    acting = str(getattr(function, "__module__", "")).startswith("numpy.random")
    if acting or is_in(function, known.BUILTIN_ACTS | known.NUMPY_ACTS):
        return True
    drawn = [part for part in effect_of(node, scope).changes if is_generator(part, scope)]
    return any(not isinstance(part, gast.Name) or part.id in parameters or part.id not in scope.local for part in drawn)


def _calls_what_acts(function: Any, seen: frozenset[Any]) -> bool:
    """Whether a function of the user's draws or prints; what it changes is known from where it is called."""
    try:
        source = read(function)
    except SyntaxError:
        return True
    parameters = tree.parameters_of(source.tree)
    scope = Scope(source.namespace, parameters | tree.writes(source.tree.body))
    calls = (node for node in tree.walk(source.tree.body) if isinstance(node, gast.Call))
    return any(_acts(node, scope, parameters, seen) for node in calls)
