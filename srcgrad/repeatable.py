"""Primals that cannot be run once for each direction: they draw random numbers, or do something each time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis import known_calls as known
from srcgrad.analysis.classes import draws, is_generator
from srcgrad.analysis.computing import is_in
from srcgrad.analysis.kinds import Instance, Kind, Known, Sequence, items_of
from srcgrad.analysis.kinds import Mapping as Mapping_
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.errors import refuse
from srcgrad.helpers import is_helper
from srcgrad.program import Program
from srcgrad.source import read

_REASON = "this is done once for each direction, as no way is known to compute them all at once"
_HINT = "take mode='reverse', or move this out of the function"
# with a seed these give the same numbers again
_MAKERS = frozenset({np.random.default_rng, np.random.RandomState, random.Random})
_DRAWS = known.DRAWS | {"shuffle"}


def check_repeatable(programs: Iterable[Program]) -> None:
    """Refuse to run a primal, given with its callees, several times if that is not the same as once."""
    for program in programs:
        for node in _acting(program):
            raise refuse(node, program.source, _REASON, _HINT)


def _acting(program: Program) -> Iterator[Any]:
    """What changes something that is not the function's own, draws random numbers, or acts out of sight."""
    yield from (node for _, node in [*program.outside.changed, *program.outside.rebound])
    if program.outside.arguments or any(map(_is_used_up, program.kinds.values())):
        yield program.source.tree
    yield from _acting_calls(program.function, program.namespace, program.kinds, frozenset())


def _is_used_up(kind: Kind) -> bool:
    """Whether an argument is, or holds, what can be run through once only."""
    if isinstance(kind, (Mapping_, Sequence)):
        return any(map(_is_used_up, items_of(kind)))
    found = kind.type if isinstance(kind, Instance) else type(kind.value) if isinstance(kind, Known) else object
    return hasattr(found, "__next__")


def _acting_calls(
    function: Any, namespace: Mapping[str, Any], kinds: Mapping[str, Kind], seen: frozenset[Any]
) -> Iterator[Any]:
    scope = Scope(namespace, tree.parameters_of(function) | tree.writes(function.body), dict(kinds))
    nodes = list(tree.walk_forward(function.body))
    seeded = {
        name
        for node in nodes
        if isinstance(node, gast.Assign) and (name := tree.single_target(node)) is not None
        if isinstance(node.value, gast.Call) and is_in(scope.resolve(node.value.func), _MAKERS)
    }
    calls = (node for node in nodes if isinstance(node, gast.Call))
    yield from (node for node in calls if _acts(node, scope, seeded, seen))


def _acts(node: Any, scope: Scope, seeded: set[str], seen: frozenset[Any]) -> bool:
    function = scope.resolve(node.func)
    if _draws(node, function, scope, seeded) or is_in(function, known.BUILTIN_ACTS | known.NUMPY_ACTS):
        return True
    if is_helper(function):  # which computes
        return False
    if is_user_function(function):  # what it changes is known from this call
        return function not in seen and _user_acts(function, seen | {function})
    return function is not MISSING and not isinstance(function, type) and effect_of(node, scope).hidden


def _draws(node: Any, function: Any, scope: Scope, seeded: set[str]) -> bool:
    if is_in(function, _MAKERS):
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return all(scope.literal(seed) is None or is_generator(seed, scope) for seed in given)
    if isinstance(node.func, gast.Attribute) and function is MISSING:
        return node.func.attr in _DRAWS and getattr(node.func.value, "id", None) not in seeded
    owner = getattr(function, "__self__", None)
    return draws(type(owner)) or str(getattr(function, "__module__", "")) == "numpy.random"


def _user_acts(function: Any, seen: frozenset[Any]) -> bool:
    """Whether a function of the user's, or what it calls, acts."""
    try:
        source = read(function)
    except SyntaxError:
        return True
    return any(True for _ in _acting_calls(source.tree, source.namespace, {}, seen))
