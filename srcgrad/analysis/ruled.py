"""Calls of what has a rule but is no plain function: methods of known objects, and objects that can be called."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.kinds import UNKNOWN, Kind, Known, kind_of
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.rules.registry import is_constant, rule_of


@dataclass(frozen=True)
class Ruled:
    """What a call calls: ``receiver`` is the expression of the object that it is given first, None if there is none.

    ``owner`` and ``name`` say where that was looked up: a class, or the attributes of an object; ``hidden`` are
    attributes of an object that would come first, and have not this name; ``holders`` are attributes of objects, with
    their names, through which the object is reached.
    """

    function: Any
    receiver: Any = None
    owner: Any = None
    name: str = ""
    hidden: Any = None
    holders: tuple[tuple[Any, str], ...] = ()

    def is_plain(self, function: Any) -> bool:
        """Whether it is what the expression stands for itself, and that is a function."""
        return self.receiver is None and self.owner is None and not isinstance(function, functools.partial)


def kind_of_call(called: Ruled, node: Any, kind: Callable[[Any], Kind], callee_kind: Callable[..., Kind]) -> Kind:
    """The kind of what a method or an object with a rule returns, as far as its source tells."""
    inner = getattr(called.function, "__func__", called.function)
    if not isinstance(inner, types.FunctionType):
        return UNKNOWN
    first = [] if inner is called.function else [kind_of(called.function.__self__)]
    first += [] if called.receiver is None else [kind(called.receiver)]
    return callee_kind(inner, [*first, *map(kind, node.args)], {k.arg: kind(k.value) for k in node.keywords})


def ruled(func: Any, scope: Scope) -> Ruled | None:
    """What the callee of a call is, if that has a rule or is constant."""
    function = scope.resolve(func)
    if function is not MISSING:
        return Ruled(function) if has_rule(function) else _of_object(function, func)
    if not isinstance(func, gast.Attribute):
        return None
    owner = scope.resolve(func.value)
    if owner is MISSING or not isinstance(kind_of(owner), Known) or isinstance(owner, (type, types.ModuleType)):
        return None
    return next((found for found in methods_of(owner, func) if has_rule(found.function)), None)


def has_rule(function: Any) -> bool:
    """Whether something is a primitive or constant."""
    return rule_of(function) is not None or is_constant(function)


def _of_object(value: Any, func: Any) -> Ruled | None:
    """An object whose class has a rule for its ``__call__``, or a method whose function has one."""
    if isinstance(value, types.MethodType):
        receiver = tree.at(tree.attribute(func, "__self__"), func)
        return Ruled(value.__func__, receiver) if has_rule(value.__func__) else None
    called = inspect.getattr_static(type(value), "__call__", None)
    if not isinstance(called, types.FunctionType) or not has_rule(called):
        return None
    return Ruled(called, func, type(value), "__call__")


def own_attributes(value: Any) -> dict[str, Any] | None:
    """The attributes that an object itself has, found without running code of its class."""
    try:
        found: dict[str, Any] = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return found


def methods_of(owner: Any, func: Any) -> Iterator[Ruled]:
    """What ``owner.name`` may be; no code of the object's is run to find it."""
    name, own = func.attr, own_attributes(owner)
    if own is not None and name in own:
        yield Ruled(own[name], None, own, name)
        return
    raw = inspect.getattr_static(type(owner), name, None)
    if isinstance(raw, staticmethod):
        yield Ruled(raw.__func__, None, type(owner), name, own)
    elif isinstance(raw, classmethod):
        yield Ruled(types.MethodType(raw.__func__, type(owner)), None, type(owner), name, own)
    elif isinstance(raw, types.FunctionType):
        yield Ruled(types.MethodType(raw, owner), None, type(owner), name, own)
        yield Ruled(raw, func.value, type(owner), name, own)
    elif isinstance(raw, types.MethodDescriptorType):
        yield Ruled(raw, func.value, type(owner), name, own)
