"""Which storage a statement may change, other than by binding a name."""

from __future__ import annotations

import random
import types
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.source import read

MUTATING_METHODS = frozenset(
    (
        *("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault", "popitem"),
        *("add", "discard", "appendleft", "popleft", "extendleft", "rotate", "__setitem__", "__delitem__", "__iadd__"),
        *("fill", "put", "partition", "itemset", "setfield", "setflags", "resize", "byteswap"),
    )
)
_SHUFFLES = {"shuffle", "readinto"}
_MUTATORS = {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis, random.shuffle}


def changed_by(node: Any, scope: Scope) -> Iterator[tuple[Any, Any]]:
    """The expressions whose storage may be changed below a node, each with the place that does it."""
    for item in tree.walk(node):
        if isinstance(item, (gast.Subscript, gast.Attribute)) and isinstance(item.ctx, (gast.Store, gast.Del)):
            yield item.value, item
        elif isinstance(item, gast.Call):
            for changed in _changed_by_call(item, scope):
                yield changed, item


def _changed_by_call(node: Any, scope: Scope) -> Iterator[Any]:
    function = scope.resolve(node.func)
    for keyword in node.keywords:
        if keyword.arg == "out" and not tree.is_literal(keyword.value, None):
            yield keyword.value
    if function is MISSING:
        if isinstance(node.func, gast.Attribute):
            if node.func.attr in MUTATING_METHODS:
                yield node.func.value
            elif node.func.attr in _SHUFFLES:
                yield from node.args[:1]
            elif node.func.attr == "at" and node.args:
                yield node.args[0]
        return
    if isinstance(function, np.ufunc):
        yield from node.args[function.nin :]
    elif (
        isinstance(getattr(function, "__self__", None), np.ufunc) and getattr(function, "__name__", "") == "at"
    ) or any(function is mutator for mutator in _MUTATORS):
        yield from node.args[:1]
    elif is_user_function(function):
        changed = changed_parameters(function)
        names = list(function.__code__.co_varnames)
        for name, value in zip(names, node.args, strict=False):
            if name in changed:
                yield value
        for keyword in node.keywords:
            if keyword.arg in changed:
                yield keyword.value


@lru_cache(maxsize=1024)
def changed_parameters(function: types.FunctionType) -> frozenset[str]:
    """The parameters whose storage a user's function may change, directly or through what it calls."""
    return _changed_parameters(function, frozenset())


def _changed_parameters(function: types.FunctionType, seen: frozenset[int]) -> frozenset[str]:
    if id(function) in seen:
        return frozenset()
    try:
        source = read(function)
    except SyntaxError:
        return frozenset()
    parameters = tree.identifiers(source.tree.args)
    scope = Scope(source.namespace, parameters | tree.writes(source.tree.body))
    aliases = Aliases(source.tree, scope)
    roots: set[str] = set()
    for item in tree.walk(source.tree.body):
        if isinstance(item, gast.AugAssign) and isinstance(item.target, gast.Name):
            roots.add(item.target.id)
        elif isinstance(item, (gast.Subscript, gast.Attribute)) and isinstance(item.ctx, (gast.Store, gast.Del)):
            roots |= tree.reads(item.value)
        elif isinstance(item, gast.Call):
            callee = scope.resolve(item.func)
            if is_user_function(callee):
                inner = _changed_parameters(callee, seen | {id(function)})
                pairs = zip(callee.__code__.co_varnames, item.args, strict=False)
                roots |= {r for name, value in pairs if name in inner for r in tree.reads(value)}
            else:
                roots |= {r for changed in _changed_by_call(item, scope) for r in tree.reads(changed)}
    touched = {other for root in roots & scope.local for other in aliases.together(root)}
    return frozenset(parameters & touched)
