"""What a generated derivative relied on, and whether all of it is still as it was."""

from __future__ import annotations

import builtins
import cmath
import functools
import inspect
import math
import operator
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import kind_of
from srcgrad.imports import is_importable
from srcgrad.loader import GENERATED
from srcgrad.source import Namespace

ABSENT = object()  # what a name stands for that must not be there
_NUMERICAL = {module.__name__: module for module in (np, math, cmath, operator)}
_HEAP_TYPE = 1 << 9  # the flag of a class that was made by Python code: its attributes may change
Guard = tuple[Any, str, Any]
"""An owner (a namespace, a module, a class or a dict), a name in it, and what the name stood for."""


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


def is_trusted(owner: Any) -> bool:
    """Whether the attributes of a module or a class never change: NumPy's, and those of classes made in C.

    >>> import types
    >>> is_trusted(np.linalg), is_trusted(np.ndarray), is_trusted(types.ModuleType("numpy"))
    (True, True, False)
    """
    if isinstance(owner, type):
        return not owner.__flags__ & _HEAP_TYPE
    name = getattr(owner, "__name__", None)
    if not isinstance(name, str) or sys.modules.get(name) is not owner:
        return False
    top = name.partition(".")[0]
    if top in _NUMERICAL:
        return sys.modules.get(top) is _NUMERICAL[top]
    return top == "srcgrad" or (top in ("scipy", "cupy") and is_importable(name, frozenset()))


def untrusted(guards: Iterable[Guard]) -> Iterator[Guard]:
    """The guards of what may change, each once."""
    once = {(id(owner), name): (owner, name, value) for owner, name, value in guards}
    return (guard for guard in once.values() if not is_trusted(guard[0]))


def is_ours(function: Any) -> bool:
    """Whether a function is srcgrad's own, or was generated."""
    return str(getattr(function, "__module__", None)).partition(".")[0] == "srcgrad"


def unique(found: Iterable[Condition]) -> tuple[Condition, ...]:
    """Each condition once."""
    once: dict[Any, Condition] = {}
    for condition in found:
        once.setdefault(condition.key, condition)
    return tuple(once.values())


def of_guards(guards: Iterable[Guard], contents: bool = True) -> Iterator[Condition]:
    """That names and attributes stand for what they stood for, and what is inside that is of the same kinds."""
    looked_into: set[int] = set()
    for owner, name, value in guards:
        if isinstance(owner, Namespace) and owner._home.get("__name__") == GENERATED:
            continue  # nobody changes the globals of a generated function
        if isinstance(owner, (types.ModuleType, type)):
            yield _of_attribute(owner, name, value)
        elif isinstance(owner, dict):
            yield _item(owner, name, value)
        else:
            yield from _of_name(owner, name, value)
        if contents and id(value) not in looked_into:
            looked_into.add(id(value))
            yield from _of_contents(value)


def _of_name(namespace: Any, name: str, value: Any) -> Iterator[Condition]:
    """A captured variable, a global, or one of Python's own that no global hides."""
    own = isinstance(namespace, Namespace)
    bound: Mapping[str, Any] = namespace._bound if own else {}
    cells: Mapping[str, Any] = namespace._cells if own else {}
    home: Mapping[str, Any] = namespace._home if own else {}
    if name in bound:
        return
    if name in cells:
        yield Condition("{0}.cell_contents is {1}", (cells[name], value))
    elif name in home:
        yield _item(home, name, value)
    elif getattr(builtins, name, ABSENT) is value:
        yield Condition(f"{name!r} not in {{0}}", (home,))


def _of_contents(value: Any) -> Iterator[Condition]:
    """That what is known of the inside of a value still holds, though that may have been changed."""
    if type(value) is list and all(type(item) in (bool, int, float) for item in value):
        types_ = tuple(map(type, value))
        yield Condition("{0}({1}({2}, {3})) == {4}", (tuple, map, type, value, types_))
    elif _may_change(value):
        yield Condition("{0}({1}) == {2}", (kind_of, value, kind_of(value)))
    elif isinstance(value, np.ndarray):
        yield Condition(f"{{0}}.shape == {value.shape!r} and {{0}}.dtype is {{1}}", (value, value.dtype))
    elif isinstance(value, functools.partial):
        yield from of_callable(value)


def _may_change(value: Any) -> bool:
    """Whether something is, or holds, a container whose elements may be exchanged."""
    if type(value) is tuple:
        return any(isinstance(item, np.ndarray) or _may_change(item) for item in value)
    return type(value) in (list, dict)


def _item(home: Any, name: str, value: Any) -> Condition:
    key = repr(name).replace("{", "{{").replace("}", "}}")
    if value is ABSENT:
        return Condition(f"{key} not in {{0}}", (home,))
    if value is None:
        return Condition(f"{{0}}.get({key}, 0) is None", (home,))
    return Condition(f"{{0}}.get({key}) is {{1}}", (home, value))


def _of_attribute(owner: Any, name: str, value: Any) -> Condition:
    own = vars(owner)
    if isinstance(owner, types.ModuleType) and own.get(name, ABSENT) is value:
        return _item(own, name, value)
    static = inspect.getattr_static(owner, name, ABSENT)
    coded = isinstance(getattr(type(static), "__get__", None), types.FunctionType)  # which getattr would run
    if not coded and getattr(owner, name, ABSENT) is value:
        return Condition(f"{{0}}({{1}}, {name!r}, {{2}}) is {{3}}", (getattr, owner, ABSENT, value))
    # each read makes an object: a class method, say
    return Condition(f"{{0}}({{1}}, {name!r}, {{2}}) is {{3}}", (inspect.getattr_static, owner, ABSENT, static))


def of_function(function: Any) -> Iterator[Condition]:
    """That a function of the user's has the code and the defaults that it had."""
    if not isinstance(function, types.FunctionType) or is_ours(function):
        return
    yield Condition("{0}.__code__ is {1}", (function, function.__code__))
    yield Condition("{0}.__defaults__ is {1}", (function, function.__defaults__))
    named = function.__kwdefaults__
    yield Condition("{0}.__kwdefaults__ is {1}", (function, named))
    for name, value in (named or {}).items():
        yield _item(named, name, value)


def of_callee(function: Any) -> Iterator[Condition]:
    """As ``of_function``, and that the inside of the defaults is what it was: a call may leave them out."""
    yield from of_function(function)
    if isinstance(function, types.FunctionType) and not is_ours(function):
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            yield from _of_contents(value)


def of_callable(target: Any) -> Iterator[Condition]:
    """That a callable stands for the function that it stood for, with the same values bound to it."""
    if isinstance(target, functools.partial):
        bound = target.keywords
        yield Condition("{0}({1}) == {2}", (len, bound, len(bound)))
        for name, value in bound.items():
            yield _item(bound, name, value)
        yield from of_callable(target.func)
    elif isinstance(target, (types.MethodType, staticmethod)):
        yield from of_callable(target.__func__)
    elif isinstance(target, types.FunctionType):
        yield from of_function(target)
    elif isinstance(called := inspect.getattr_static(type(target), "__call__", None), types.FunctionType):
        yield Condition("{0}.__call__ is {1}", (type(target), called))
        yield from of_function(called)


def checker(found: Iterable[Condition]) -> Callable[[], bool]:
    """A function that says whether all conditions hold."""
    environment = Environment()
    tests = " and ".join(map(environment.text, found)) or "True"
    environment.objects["__builtins__"] = {"ValueError": ValueError}
    text = f"def valid():\n    try:\n        return {tests}\n    except ValueError:\n        return False\n"
    exec(compile(text, "<srcgrad guard>", "exec"), environment.objects)
    return environment.objects["valid"]  # type: ignore[no-any-return]
