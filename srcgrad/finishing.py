"""The passes over generated code: what makes it read as if written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from srcgrad import tree
from srcgrad.analysis.kinds import Kind, join
from srcgrad.pipeline import Prepared, Watch
from srcgrad.transforms.attributes import attributes
from srcgrad.transforms.caught import caught
from srcgrad.transforms.cleared import cleared
from srcgrad.transforms.coalesce import coalesce
from srcgrad.transforms.dead_stores import dead_stores
from srcgrad.transforms.fold import Fold
from srcgrad.transforms.list_methods import list_methods
from srcgrad.transforms.over_items import over_items
from srcgrad.transforms.part_adjoints import part_adjoints
from srcgrad.transforms.renumber import renumber
from srcgrad.transforms.simplify import constants, dead_code
from srcgrad.transforms.starts import starts
from srcgrad.transforms.tidy import tidy


def _joined(kinds: dict[str, Kind], names: dict[str, str]) -> dict[str, Kind]:
    """What is known of each name, now that it stands for all values that it has been given."""
    members: dict[str, list[Any]] = {}
    for old, new in names.items():
        members.setdefault(new, []).append(kinds.get(old))
    return {name: join(*found) for name, found in members.items() if None not in found}


def finished(function: Any, ready: Prepared, user: frozenset[str], watch: Watch) -> Any:
    """Make a generated function read as if written by hand."""
    program, scope = ready.program, ready.scope
    parameters = tree.parameters_of(function)
    local = scope.local | parameters | tree.writes(function.body)
    scope = replace(scope, local=local)
    fold = Fold(parameters, scope, program.namer, set(user), program.unstable)
    function.body = constants(function.body)
    for _ in range(2):  # names that have become one make more copies superfluous
        while True:  # what is dead hides what can be folded, and the other way round
            before = function.body
            stored = starts(cleared(dead_stores(before, scope, parameters), scope, parameters), scope)
            function.body = fold.run(dead_code(stored, scope))
            if tree.equal(function.body, before):
                break
        function.body = part_adjoints(function.body, scope)  # before names stand for several adjoints
        watch("simplify", function)
        function.body, names = coalesce(function, program.namer, set(user))
        if tree.equal(function.body, before):
            watch("coalesce", function)
            break
        scope = replace(scope, kinds=_joined(scope.kinds, names))
        fold = Fold(parameters, scope, program.namer, set(user), program.unstable)
        watch("coalesce", function)
    function.body = list_methods(tidy(function.body, scope), scope)
    function.body = over_items(function, scope, program.builtin, user)
    watch("tidy", function)
    function.body = caught(function.body, scope, program, user)
    function.body = renumber(function, program.namer, user)  # last: what is known of names goes by their old ones
    if any(isinstance(getattr(node, "value", None), tree.Field) for node in tree.walk(function.body)):
        function.body = attributes(function.body, program.builtin(vars))
    watch("renumber", function)
    return function
