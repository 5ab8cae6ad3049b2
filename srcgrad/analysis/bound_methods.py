"""Methods of objects outside of a function, and such objects that are called, as functions that can be read."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.kinds import Known, kind_of
from srcgrad.analysis.ruled import Ruled, methods_of, own_attributes
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.lifted import Definition, lifted
from srcgrad.modes import unwrapped
from srcgrad.source import read

CACHED = functools._lru_cache_wrapper
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, np.ufunc, type(np.sum), CACHED)
_MOST = 64  # methods that are remembered, with their objects


def bound_method(func: Any, scope: Scope) -> Ruled | None:
    """What the callee of a call is, if that is a method of an object outside, also one with a name, or such an object.

    Its ``function`` gets what the call gives, and knows the object.
    """
    value = scope.resolve(func)
    if isinstance(value, (*FUNCTIONS, type)):  # as it mostly is, which should cost nothing
        return None
    found: Ruled | None = None
    if isinstance(value, types.MethodType):  # which has a name of its own
        found = Ruled(value) if _is_object(value.__self__) else None
    elif value is not MISSING:
        called = inspect.getattr_static(type(value), "__call__", None)
        if isinstance(called, types.FunctionType):
            found = Ruled(types.MethodType(called, value), None, type(value), "__call__")
    elif isinstance(func, gast.Attribute) and tree.is_call_of(func.value, "super") and len(func.value.args) == 2:
        found = _inherited(func.attr, *(scope.resolve(part) for part in func.value.args))
    elif isinstance(func, gast.Attribute):
        held = held_object(func.value, scope)
        if held is not None and _is_object(held.function):
            found = next(methods_of(held.function, func), None)
            found = None if found is None else replace(found, holders=held.holders)
    function = _as_function(None if found is None else found.function)
    return None if found is None or function is None else replace(found, function=function)


def functions_in(func: Any, scope: Scope) -> list[Any]:
    """The functions that are in a table outside, if that is where the callee of a call is looked up."""
    table: Any = scope.resolve(func.value) if isinstance(func, gast.Subscript) else None
    if type(table) not in (list, tuple, dict):
        return []
    found = list(table.values() if type(table) is dict else table)
    return found if all(isinstance(one, FUNCTIONS) for one in found) else []


def looked_up(node: Any, scope: Scope) -> Iterator[tuple[Any, Any, Any]]:
    """In what a call looks up what it calls, by which name or place, and what it finds, where that may change."""
    for place, one in enumerate(functions_in(node.func, scope)):
        table: Any = scope.resolve(node.func.value)
        yield (table, list(table)[place], one) if type(table) is dict else (_Places(table), place, one)
    found = bound_method(node.func, scope)
    if found is not None and found.owner is not None:
        owner = found.owner if isinstance(found.owner, dict) else _Static(found.owner)
        yield owner, found.name, owner.get(found.name)
        yield from [] if found.hidden is None else [(found.hidden, found.name, None)]
        yield from ((held, name, held[name]) for held, name in found.holders)


def looked_up_in(func: Any, scope: Scope) -> frozenset[int]:
    """The identities of the tables and objects outside in which the callee of a call is found."""
    found = {id(scope.resolve(func.value))} if functions_in(func, scope) else set()
    node = getattr(func, "value", None)
    while isinstance(node, (gast.Name, gast.Attribute)):
        held = held_object(node, scope)
        found |= set() if held is None else {id(held.function)}
        node = getattr(node, "value", None)
    return frozenset(found)


class _Static:
    """Looks attributes of a class up without running code."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner

    def get(self, name: str) -> Any:
        return inspect.getattr_static(self.owner, name, None)


class _Places:
    """Looks the elements of a list or a tuple up by their places."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def get(self, place: int) -> Any:
        return self.table[place] if place < len(self.table) else None


def _inherited(name: str, after: Any, owner: Any) -> Ruled | None:
    """What ``super(after, owner).name`` is, for an object outside."""
    order = type(owner).__mro__ if _is_object(owner) else ()
    later = order[order.index(after) + 1 :] if after in order else ()
    kind = next((one for one in later if name in vars(one)), None)
    raw: Any = None if kind is None else vars(kind)[name]
    is_function = isinstance(raw, types.FunctionType)
    return Ruled(types.MethodType(raw, owner), None, kind, name) if is_function else None


def held_object(node: Any, scope: Scope) -> Ruled | None:
    """The object outside that an expression is, a name or an attribute of one, with all that it is looked up in."""
    value = scope.resolve(node)
    if value is not MISSING:
        return Ruled(value)
    whole = held_object(node.value, scope) if isinstance(node, gast.Attribute) else None
    own = None if whole is None or not _is_object(whole.function) else own_attributes(whole.function)
    if whole is None or own is None or node.attr not in own or has_attribute(type(whole.function), node.attr):
        return None
    return Ruled(own[node.attr], holders=(*whole.holders, (own, node.attr)))


def has_attribute(kind: type, name: str) -> bool:
    """Whether a class has an attribute, found in the same way."""
    return inspect.getattr_static(kind, name, MISSING) is not MISSING


def _is_object(value: Any) -> bool:
    """Whether a value is an object of a class that looks attributes up as objects do."""
    is_known = isinstance(kind_of(value), Known) and not isinstance(value, (type, types.ModuleType))
    lookup: Any = type(value).__getattribute__
    return is_known and lookup is object.__getattribute__


def _as_function(value: Any) -> types.FunctionType | None:
    """A function of the user's for a method, or for a function that an object holds."""
    inner = value.__func__ if isinstance(value, types.MethodType) else value
    module = str(inner.__module__ or "").partition(".")[0] if isinstance(inner, types.FunctionType) else ""
    if not isinstance(inner, types.FunctionType) or module in ("numpy", "srcgrad") or unwrapped(inner)[1]:
        return None
    return inner if inner is value else _bound(_Method(value))


class _Method:
    """A bound method, told from others by what it is bound to, whatever that says of itself."""

    def __init__(self, method: types.MethodType) -> None:
        self.method = method

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Method)
            and other.method.__func__ is self.method.__func__
            and other.method.__self__ is self.method.__self__
        )

    def __hash__(self) -> int:
        return hash((id(self.method.__func__), id(self.method.__self__)))


@functools.lru_cache(maxsize=_MOST)
def _bound(one: _Method) -> types.FunctionType | None:
    try:
        source = read(one.method)
    except SyntaxError:  # which is said where it is called
        return None
    names = tree.identifiers(source.tree)
    if any(name.startswith("__") and not name.endswith("__") for name in names):
        return None  # which only means something inside of the class
    given = source.tree.args
    literal = [None if one is None else tree.constant(None) for one in given.kw_defaults]
    arguments = tree.shallow(given, defaults=[tree.constant(None) for _ in given.defaults], kw_defaults=literal)
    made = lifted(source, [Definition(tree.shallow(source.tree, args=arguments), {}, ())], source.namespace)
    if made is None:
        return None
    function, inner = made[source.tree.name], one.method.__func__
    function.__defaults__, function.__kwdefaults__ = inner.__defaults__, inner.__kwdefaults__
    return function
