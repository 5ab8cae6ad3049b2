"""What to say of a call that cannot be differentiated."""

from __future__ import annotations

import inspect
import types
from typing import Any

import gast

from srcgrad.analysis.scope import Scope
from srcgrad.rules.skeleton import skeleton
from srcgrad.run_time_calls import CALLING
from srcgrad.writer import to_text


def unknown_primitive(function: Any, node: Any) -> tuple[str, str]:
    """Why a function without a rule cannot be differentiated, and what to do."""
    if getattr(function, "__module__", None) == CALLING:
        return "of what is known at run time only no second derivative can be taken", "call a function by its name"
    name = to_text(node).strip()
    if isinstance(inspect.getattr_static(type(function), "__call__", None), types.FunctionType):
        return (
            f"'{name}' is an object of class {type(function).__name__} with a __call__, which cannot be differentiated",
            "write what it computes as a function, with what the object holds as arguments, and call that: "
            f"def model(weights, x): ...; or give a rule: @srcgrad.rules.pullback({type(function).__name__}.__call__)",
        )
    return (
        f"there is no rule for the derivative of '{name}'",
        f"give one, or srcgrad.rules.constant({name}) if the derivative is zero:\n{skeleton(function, name)}",
    )


def undefined(node: Any, scope: Scope) -> tuple[str, str] | None:
    """What is called without being there: Python would say so when it comes to it."""
    if isinstance(node, gast.Attribute):
        owner = scope.resolve(node.value)
        if isinstance(owner, types.ModuleType) and not hasattr(owner, node.attr):
            return (f"the module {owner.__name__} has no '{node.attr}'", "look for a slip of the pen")
        return undefined(node.value, scope)
    if isinstance(node, gast.Name) and node.id not in scope.local and node.id not in scope.namespace:
        return (f"the name '{node.id}' is not defined", "define or import it")
    return None
