"""Which storage a statement may change, other than by binding a name."""

from __future__ import annotations

import random
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gast
import numpy as np

from srcgrad import matrices, runtime, structures, tree
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.loader import is_generated
from srcgrad.modes import unwrapped
from srcgrad.source import read

MUTATING_METHODS = frozenset(
    (
        *("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault", "popitem"),
        *("add", "discard", "appendleft", "popleft", "extendleft", "rotate", "__setitem__", "__delitem__", "__iadd__"),
        *("fill", "put", "partition", "itemset", "setfield", "setflags", "resize", "byteswap"),
    )
)
_HELPERS = (runtime.__name__, matrices.__name__, structures.__name__)
_ADDING: dict[Any, frozenset[str]] = {structures.add_into: frozenset({"x"}), runtime.add_at: frozenset({"x_bar"})}
_SHUFFLES = {"shuffle", "readinto"}
_MUTATORS = {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis, random.shuffle}


@dataclass(frozen=True)
class Changes:
    """What a function may change: the storage of parameters, by name, and of globals and cells, by identity."""

    parameters: frozenset[str]
    objects: frozenset[int]


def changed_by(node: Any, scope: Scope, free: Mapping[int, str]) -> Iterator[tuple[Any, Any]]:
    """The expressions whose storage may be changed below a node, each with the place that does it.

    ``free`` names the globals that the program reads, by the identity of their values.
    """
    for item in tree.walk(node):
        if isinstance(item, (gast.Subscript, gast.Attribute)) and isinstance(item.ctx, (gast.Store, gast.Del)):
            yield item.value, item
        elif isinstance(item, gast.Call):
            for changed in _changed_by_call(item, scope):
                yield changed, item
            function = scope.resolve(item.func)
            if is_user_function(function):
                for name in (free[key] for key in changes_of(function).objects if key in free):
                    yield tree.name(name), item


def _changed_by_call(node: Any, scope: Scope) -> Iterator[Any]:
    function = scope.resolve(node.func)
    for keyword in node.keywords:
        if keyword.arg == "out" and not tree.is_literal(keyword.value, None):
            yield keyword.value
    if function is MISSING:
        if isinstance(node.func, gast.Attribute):
            if node.func.attr in MUTATING_METHODS:
                yield node.func.value
            elif node.func.attr in _SHUFFLES or node.func.attr == "at":
                yield from node.args[:1]
        return
    if isinstance(function, np.ufunc):
        yield from node.args[function.nin :]
    elif _is_ufunc_at(function) or any(function is mutator for mutator in _MUTATORS):
        yield from node.args[:1]
    elif is_user_function(function):
        yield from _changed_arguments(node, function, changes_of(function).parameters)


def _is_ufunc_at(function: Any) -> bool:
    return isinstance(getattr(function, "__self__", None), np.ufunc) and getattr(function, "__name__", "") == "at"


def _changed_arguments(node: Any, function: types.FunctionType, changed: frozenset[str]) -> Iterator[Any]:
    function = unwrapped(function)[0]
    for name, value in zip(function.__code__.co_varnames, node.args, strict=False):
        if name in changed:
            yield value
    for keyword in node.keywords:
        if keyword.arg in changed:
            yield keyword.value


@lru_cache(maxsize=1024)
def changes_of(function: types.FunctionType) -> Changes:
    """What a user's function may change, directly or through what it calls."""
    return _changes(function, frozenset())


def _own_additions(body: list[Any], scope: Scope) -> set[int]:
    """Where generated code adds in place: only ever to storage of its own, and what it was made from never does."""
    found: set[int] = set()
    for item in tree.walk(body):
        if isinstance(item, gast.AugAssign):
            found |= {id(item), id(item.target)}
        elif isinstance(item, gast.Call) and any(scope.resolve(item.func) is adding for adding in _ADDING):
            found.add(id(item))
    return found


def _changes(function: types.FunctionType, seen: frozenset[int]) -> Changes:
    if id(function) in seen:
        return Changes(frozenset(), frozenset())
    if function.__module__ in _HELPERS:
        return Changes(_ADDING.get(function, frozenset()), frozenset())
    try:
        source = read(unwrapped(function)[0])
    except SyntaxError:
        return Changes(frozenset(), frozenset())
    parameters = tree.identifiers(source.tree.args)
    scope = Scope(source.namespace, parameters | tree.writes(source.tree.body))
    aliases = Aliases(source.tree, scope)
    roots: set[str] = set()
    objects: set[int] = set()
    own = _own_additions(source.tree.body, scope) if is_generated(source.file) else set()
    for item in tree.walk(source.tree.body):
        if id(item) in own:
            continue
        if isinstance(item, gast.AugAssign) and isinstance(item.target, gast.Name):
            roots.add(item.target.id)
        elif isinstance(item, (gast.Subscript, gast.Attribute)) and isinstance(item.ctx, (gast.Store, gast.Del)):
            roots |= tree.reads(item.value)
        elif isinstance(item, gast.Call):
            callee = scope.resolve(item.func)
            if is_user_function(callee):
                inner = _changes(callee, seen | {id(function)})
                objects |= inner.objects
                for value in _changed_arguments(item, callee, inner.parameters):
                    roots |= tree.reads(value)
            else:
                roots |= {r for changed in _changed_by_call(item, scope) for r in tree.reads(changed)}
    touched = {other for root in roots for other in aliases.together(root)}
    outside = (source.namespace[name] for name in touched - scope.local if name in source.namespace)
    return Changes(frozenset(parameters & touched), frozenset(objects | {id(value) for value in outside}))
