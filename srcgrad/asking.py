"""Whether a program asks if it is training or being recorded, itself or in what it calls."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Iterable, Mapping
from typing import Any

import gast
import numpy as np

from srcgrad import modes, tree
from srcgrad.analysis.constructors import is_generated
from srcgrad.analysis.kinds import Kind, Known, Sequence, Unknown, items_of
from srcgrad.analysis.kinds import Mapping as Items
from srcgrad.bound import BoundDerivative
from srcgrad.guards import Guard
from srcgrad.imports import is_standard
from srcgrad.rules.registry import is_constant, rule_of
from srcgrad.source import Source, read

_LIMIT = 400
_ASKING = (modes.is_training, modes.is_recording)
_NAMES = {function.__name__ for function in _ASKING}
_DYNAMIC = (eval, exec, __import__, getattr, globals, locals, vars)
_QUIET = {"numpy", "scipy", "srcgrad", "builtins"}
_METHODS = {
    name
    for kind in (np.ndarray, np.generic, np.random.Generator, list, tuple, dict, set, str, bytes, float, int)
    for name in dir(kind)
}
_PLAIN = (np.ndarray, np.generic, np.ufunc, np.dtype, str, bytes, int, float, complex, type(None), types.CodeType)


class Search:
    """Follows what a program calls, as far as that can be known before the run.

    ``asks`` is True where a mode is asked for, and also where something is called that cannot be known;
    ``guards`` and ``functions`` are what a negative answer relies on.
    """

    def __init__(self, source: Source, kinds: Mapping[str, Kind], sources: Mapping[int, Source]) -> None:
        self.sources = sources
        self.guards: list[Guard] = []
        self.functions: list[Any] = []
        self.opaque = any(map(_holds_unknown, kinds.values()))
        self._seen: set[int] = set()
        self._kept: list[Any] = []  # so that no id is used twice
        self._pending: list[Any] = list(_functions_in(kinds.values()))
        self.asks = self._program(source, kinds) or self._follow()

    def _follow(self) -> bool:
        while self._pending:
            value = self._pending.pop()
            if id(value) in self._seen:
                continue
            self._seen.add(id(value))
            self._kept.append(value)
            if len(self._seen) > _LIMIT or self._value(value):
                return True
        return False

    def _value(self, value: Any) -> bool:
        """Look at an object that a program can reach; whether it asks."""
        if value in _ASKING if isinstance(value, types.FunctionType) else False:
            return True
        if isinstance(value, (*_PLAIN, types.ModuleType)) or _is_quiet(value):
            return any(value is one for one in _DYNAMIC)
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, functools.partial):
            self._pending += [value.func, *value.args, *value.keywords.values()]
        elif isinstance(value, (types.MethodType, BoundDerivative)):
            self._pending += [value.__func__, value.__self__]
        elif isinstance(value, (list, tuple, set, frozenset, dict)):
            return any(map(_may_ask, value.values() if isinstance(value, dict) else value))
        elif type(value).__module__ == "srcgrad.derivative":
            self._pending.append(value.primal)
        elif isinstance(value, type):
            for owner in value.__mro__:
                self._pending += [f for f in map(_function_of, vars(owner).values()) if f is not None]
        else:
            self._pending.append(type(value))
            return any(map(_may_ask, getattr(value, "__dict__", {}).values()))
        return False

    def _function(self, function: types.FunctionType) -> bool:
        if rule_of(function) is not None or is_constant(function) or is_generated(function):
            return False
        source = self.sources.get(id(function))
        if source is None:
            try:
                source = read(function)
            except SyntaxError:
                return True
        self.functions.append(function)
        self._pending += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        return self._program(source, {})

    def _program(self, source: Source, kinds: Mapping[str, Kind]) -> bool:
        """Look at the text of a function: all that it names is followed, called or not."""
        function = source.tree
        local = tree.parameters_of(function) | tree.writes(function.body)
        local -= {node.name for node in tree.walk(function.body) if isinstance(node, gast.FunctionDef)}
        self._pending += list(source.bound.values())
        for node in tree.walk(function):
            if isinstance(node, gast.Name) and node.id not in local and node.id in source.namespace:
                value = source.namespace[node.id]
                if isinstance(value, types.FunctionType) and not _is_quiet(value):
                    self.guards.append((source.namespace, node.id, value))
                self._pending.append(value)
            elif isinstance(node, gast.Attribute):
                self._attribute(node, local, source)
                if node.attr in _NAMES and _resolved(node, local, source) is None:
                    return True
            elif isinstance(node, gast.ImportFrom):
                module = sys.modules.get(node.module or "")
                self._pending += [getattr(module, item.name, None) for item in node.names]
            elif isinstance(node, gast.Call) and self._unknown_call(node.func, local, source, kinds):
                return True
        return False

    def _attribute(self, node: Any, local: set[str], source: Source) -> None:
        owner, value = _resolved(node.value, local, source), _resolved(node, local, source)
        if value is not None and owner is not None and not isinstance(owner, types.ModuleType | type):
            return  # a method of an object: its class is followed
        if value is not None:
            if isinstance(value, types.FunctionType) and not _is_quiet(value):
                self.guards.append((owner, node.attr, value))
            self._pending.append(value)

    def _unknown_call(self, called: Any, local: set[str], source: Source, kinds: Mapping[str, Kind]) -> bool:
        """Whether it cannot be known what is called here."""
        if isinstance(called, gast.Name):
            known = isinstance(kinds.get(called.id), Known)
            return self.opaque and called.id in local and not known
        if isinstance(called, gast.Attribute):
            if _resolved(called, local, source) is not None or called.attr in _METHODS:
                return False
            base = called.value
            while isinstance(base, (gast.Attribute, gast.Subscript, gast.Call)):
                base = base.func if isinstance(base, gast.Call) else base.value
            return self.opaque and (not isinstance(base, gast.Name) or base.id in local)
        return self.opaque


def _resolved(node: Any, local: set[str], source: Source) -> Any:
    """What a name or an attribute of a module, a class or an object stands for; None if that is not known."""
    if isinstance(node, gast.Name):
        return source.namespace[node.id] if node.id not in local and node.id in source.namespace else None
    if isinstance(node, gast.Attribute):
        owner = _resolved(node.value, local, source)
        return getattr(owner, node.attr, None) if isinstance(owner, (types.ModuleType, type)) else None
    return None


def _function_of(value: Any) -> Any:
    """The function of a member of a class; None for data."""
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    value = getattr(value, "fget", value) if isinstance(value, property) else value
    return value if isinstance(value, types.FunctionType) or type(value).__module__ == "srcgrad.derivative" else None


def _is_quiet(value: Any) -> bool:
    """Whether something comes from where nothing asks, such as NumPy."""
    if isinstance(value, (types.FunctionType, type)):
        module = getattr(value, "__module__", None)  # a class may keep something else under that name
        return isinstance(module, str) and (module.partition(".")[0] in _QUIET or is_standard(module))
    return isinstance(value, (types.BuiltinFunctionType, types.MethodDescriptorType))


def _may_ask(value: Any) -> bool:
    """Whether something that an object holds, and may exchange, could ask."""
    return callable(value) and not isinstance(value, _PLAIN) and not _is_quiet(value)


def _holds_unknown(kind: Kind) -> bool:
    if isinstance(kind, Sequence):
        return any(map(_holds_unknown, (kind.item,) if kind.items is None else kind.items))
    if isinstance(kind, Items):
        return any(map(_holds_unknown, items_of(kind)))
    return isinstance(kind, Unknown)


def _functions_in(kinds: Iterable[Kind]) -> Iterable[Any]:
    for kind in kinds:
        if isinstance(kind, Known):
            yield kind.value
        elif isinstance(kind, Sequence):
            yield from _functions_in(kind.items or ())
        elif isinstance(kind, Items):
            yield kind.type
            yield from _functions_in(items_of(kind))
