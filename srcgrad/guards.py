"""What a generated derivative relied on, and whether all of it is still as it was."""

from __future__ import annotations

import builtins
import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import kind_of

_ABSENT = object()
Guard = tuple[Any, str, Any]
"""An owner (a namespace, a module or a class), a name in it, and what the name stood for."""


@dataclass(frozen=True)
class Condition:
    """A Python expression over some objects; in ``text`` these are ``{0}``, ``{1}``, ..."""

    text: str
    objects: tuple[Any, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        """Tells conditions apart."""
        return self.text, *map(id, self.objects)


class Environment:
    """The globals of a text: each object under one name, and none under a name that is taken."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.objects: dict[str, Any] = {}
        self._taken = set(taken)
        self._names: dict[int, str] = {}

    def name(self, value: Any) -> str:
        """The name of an object; equal objects that are not the same have names of their own."""
        if id(value) not in self._names:
            name = f"_{len(self.objects)}"
            while name in self._taken:
                name = f"_{name}"
            self._names[id(value)] = name
            self.objects[name] = value
        return self._names[id(value)]

    def text(self, condition: Condition) -> str:
        """A condition with the names of its objects."""
        return condition.text.format(*[self.name(value) for value in condition.objects])


def conditions(guards: Iterable[Guard], functions: Iterable[Any]) -> tuple[Condition, ...]:
    """What must hold for guards and for the code and the defaults of functions, each condition once."""
    found: dict[Any, Condition] = {}
    for condition in _all(guards, functions):
        found.setdefault(condition.key, condition)
    return tuple(found.values())


def _all(guards: Iterable[Guard], functions: Iterable[Any]) -> Iterator[Condition]:
    for owner, name, value in guards:
        if isinstance(owner, (types.ModuleType, type)):
            yield _of_attribute(owner, name, value)
        else:
            yield from _of_name(owner, name, value)
            yield from _of_contents(value)
    for function in functions:
        yield from of_function(function)


def _of_name(namespace: Any, name: str, value: Any) -> Iterator[Condition]:
    """A captured variable, a global, or one of Python's own that no global hides."""
    bound = getattr(namespace, "_bound", {})
    cells: Mapping[str, Any] = getattr(namespace, "_cells", {})
    home: Mapping[str, Any] = getattr(namespace, "_home", {})
    if name in bound:
        return
    if name in cells:
        yield Condition("{0}.cell_contents is {1}", (cells[name], value))
    elif name in home:
        yield _item(home, name, value)
    elif getattr(builtins, name, _ABSENT) is value:
        yield Condition(f"{name!r} not in {{0}}", (home,))


def _of_contents(value: Any) -> Iterator[Condition]:
    """That what is known of a container's or an array's contents still holds, though it may have been changed."""
    if type(value) is list and all(type(item) in (bool, int, float) for item in value):
        types_ = tuple(map(type, value))
        yield Condition("{0}({1}({2}, {3})) == {4}", (tuple, map, type, value, types_))
    elif type(value) in (list, dict):
        yield Condition("{0}({1}) == {2}", (kind_of, value, kind_of(value)))
    elif isinstance(value, np.ndarray):
        yield Condition("{0}.shape == {1}", (value, value.shape))


def _item(home: Any, name: str, value: Any) -> Condition:
    if value is None:
        return Condition(f"{{0}}.get({name!r}, 0) is None", (home,))
    return Condition(f"{{0}}.get({name!r}) is {{1}}", (home, value))


def _of_attribute(owner: Any, name: str, value: Any) -> Condition:
    own = vars(owner)
    if isinstance(owner, types.ModuleType) and own.get(name, _ABSENT) is value:
        return _item(own, name, value)
    if getattr(owner, name, _ABSENT) is value:
        return Condition(f"{{0}}({{1}}, {name!r}, {{2}}) is {{3}}", (getattr, owner, _ABSENT, value))
    raw = inspect.getattr_static(owner, name, _ABSENT)  # each read makes an object: a class method, say
    return Condition(f"{{0}}({{1}}, {name!r}, {{2}}) is {{3}}", (inspect.getattr_static, owner, _ABSENT, raw))


def of_function(function: Any) -> Iterator[Condition]:
    """That a function has the code and the defaults that it had."""
    if not isinstance(function, types.FunctionType):
        return
    yield Condition("{0}.__code__ is {1}", (function, function.__code__))
    yield Condition("{0}.__defaults__ is {1}", (function, function.__defaults__))
    named = function.__kwdefaults__
    yield Condition("{0}.__kwdefaults__ is {1}", (function, named))
    for name, value in (named or {}).items():
        yield _item(named, name, value)


def checker(found: Iterable[Condition]) -> Callable[[], bool]:
    """A function that says whether all conditions hold."""
    environment = Environment()
    tests = " and ".join(map(environment.text, found)) or "True"
    environment.objects["__builtins__"] = {"ValueError": ValueError}
    text = f"def valid():\n    try:\n        return {tests}\n    except ValueError:\n        return False\n"
    exec(compile(text, "<srcgrad guard>", "exec"), environment.objects)
    return environment.objects["valid"]  # type: ignore[no-any-return]
