"""Calls of functions with a cache, ``functools.lru_cache``, as calls of the functions themselves.

That is the same where they only compute: what is not differentiated is still looked up.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.bound_methods import CACHED
from srcgrad.analysis.computing import computes
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.reached_functions import source_of
from srcgrad.rules.registry import is_constant_method, rule_of_method


def cached_calls(program: Program, scope: Scope) -> Program:
    """Return the program without caches between what is differentiated and what it depends on."""
    calls = [node for node in tree.walk(program.function.body) if isinstance(node, gast.Call)]
    if not any(isinstance(scope.resolve(call.func), CACHED) for call in calls):
        return program
    varied = activity(program, scope).varied

    def change(node: Any, clone: Any) -> Any:
        function: Any = scope.resolve(node.func) if isinstance(node, gast.Call) else None
        if not isinstance(function, CACHED) or varied.isdisjoint(real_reads(node, scope)):
            return clone
        found = effect_of(node, scope)
        changes = found.changes or found.keeps or found.objects or found.rebound
        if changes or not _only_computes(function, set()):
            reason = f"'{function.__name__}' has a cache, and does more than compute, or calls itself"
            raise refuse(node, program.source, reason, f"call it without the cache: {function.__name__}.__wrapped__")
        name = program.external(function.__wrapped__, function.__name__)
        return tree.at(tree.shallow(clone, func=tree.name(name)), node)

    return program.with_body([tree.remade(statement, change) for statement in program.function.body])


def _only_computes(function: Any, seen: set[int]) -> bool:
    """Whether a function may run again: nobody sees that it does, and it does not rely on its cache to end soon."""
    if id(function) in seen:
        return not isinstance(function, CACHED)
    seen.add(id(function))
    if (source := source_of(function)) is None:
        return False
    scope = Scope.of(source)
    return all(_is_quiet(node, scope, seen) for node in tree.walk(source.tree.body) if isinstance(node, gast.Call))


def _is_quiet(call: Any, scope: Scope, seen: set[int]) -> bool:
    called: Any = scope.resolve(call.func)
    if called is MISSING:
        method = call.func.attr if isinstance(call.func, gast.Attribute) else ""
        return rule_of_method(method) is not None or is_constant_method(method)
    if isinstance(called, CACHED) or is_user_function(called):
        return _only_computes(called, seen)
    return computes(called)
