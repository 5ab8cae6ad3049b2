"""Functions that others call: what ``sorted`` has as a key, what ``map`` runs through."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, cast

import gast

from srcgrad import orders, tree
from srcgrad.analysis.classes import kind_of_path
from srcgrad.analysis.computing import computes
from srcgrad.analysis.kinds import is_dict
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.scope import MISSING, Scope


def key_of(function: Any, node: Any) -> Any:
    """What ``sorted``, ``min`` or ``max`` calls with each element, if there is such a function."""
    takes_key = any(function is one for one in (sorted, min, max, *orders.WITH_KEY))
    given = [k.value for k in node.keywords if k.arg == "key"] if takes_key else []
    given += node.args[1:2] if any(function is one for one in orders.WITH_KEY) else []
    return given[0] if given else None


def is_harmless(called: Any, scope: Scope, summarise: Any, effect: Callable[[Any, Scope, Any], Any]) -> bool:
    """Whether a function that another one calls back only computes, as ``effect`` and ``summarise`` know of calls."""
    function = scope.resolve(called) if called is not None else MISSING
    if isinstance(called, gast.Constant):
        return called.value is None
    if isinstance(called, gast.Lambda):
        calls = [effect(node, scope, summarise) for node in tree.walk(called.body) if isinstance(node, gast.Call)]
        return not any(one.changes or one.keeps or one.objects or one.rebound for one in calls)
    if is_user_function(function):
        found = summarise(cast(types.FunctionType, function), False, ())
        return not (found.changes or found.keeps or found.objects or found.rebound)
    if isinstance(called, gast.Attribute) and called.attr == "get" and is_dict(kind_of_path(called.value, scope)):
        return True
    return function is None or (function is not MISSING and computes(function))
