"""What calls of classes make: plain objects whose attributes are the arguments, or what ``__init__`` makes of them."""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Callable
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.kinds import (
    NEVER,
    UNKNOWN,
    Kind,
    Mapping,
    Sequence,
    join,
    kind_of,
    mapping_of,
)
from srcgrad.analysis.objects import class_entry
from srcgrad.objects import is_named_tuple, is_plain_class

_NEW = object.__new__
# what makes an empty list or dict, which has no elements until something is put in it
_EMPTY: dict[Any, Kind] = {list: Sequence(list, (), NEVER), dict: Mapping((), NEVER)}


def is_followed_class(function: Any) -> bool:
    """Whether what is called is a class of plain objects, of the user's; what ``with`` enters does more than hold."""
    if not isinstance(function, type) or type(function).__call__ is not type.__call__:
        return False
    return is_plain_class(function) and not hasattr(function, "__enter__")


def is_generated(function: types.FunctionType) -> bool:
    """Whether a dataclass decorator has made a method, whose source nobody can read."""
    return function.__code__.co_filename == "<string>" and function.__name__.startswith("__")


def coded_init(kind: type) -> types.FunctionType | None:
    """The ``__init__`` of a class that the user has written, if there is one."""
    found = class_entry(kind, "__init__")
    return found if isinstance(found, types.FunctionType) and not is_generated(found) else None


def arguments_of_fields(kind: type, call: Any) -> dict[str, Any] | None:
    """The argument that each attribute gets in the call of a class that only keeps them; None if it does more.

    Attributes that have their default are left out.
    """
    if any(isinstance(a, gast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    if kind is types.SimpleNamespace:
        return None if call.args else {k.arg: k.value for k in call.keywords}
    init = class_entry(kind, "__init__")
    if init is object.__init__:
        return None if call.args or call.keywords else {}
    if not isinstance(init, types.FunctionType) or not (is_generated(init) and dataclasses.is_dataclass(kind)):
        return None
    names = list(inspect.signature(init).parameters)[1:]
    if len(call.args) > len(names) or not set(names) <= {one.name for one in dataclasses.fields(kind)}:
        return None
    return dict(zip(names, call.args, strict=False)) | {k.arg: k.value for k in call.keywords}


def kept_arguments(function: Any, call: Any) -> dict[str, Any] | None:
    """The same for a call of any function: those of an object that is its arguments and its defaults, or has none."""
    if function is _NEW:
        return {} if len(call.args) == 1 and not call.keywords else None
    if is_named_tuple(function):
        return _fields_of(function, call)
    if not is_followed_class(function) or hasattr(function, "__post_init__"):
        return None
    return arguments_of_fields(function, call)


def _fields_of(kind: Any, call: Any) -> dict[str, Any] | None:
    """The argument that each field of a named tuple gets in a call."""
    if any(isinstance(a, gast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    given = dict(zip(kind._fields, call.args, strict=False)) | {k.arg: k.value for k in call.keywords}
    whole = given.keys() | kind._field_defaults.keys() == set(kind._fields)
    return given if whole and len(call.args) <= len(kind._fields) else None


def made_class(function: Any, call: Any, resolve: Callable[[Any], Any]) -> type | None:
    """The class of the plain object that a call makes, if it makes one."""
    made = resolve(call.args[0]) if function is _NEW and len(call.args) == 1 else function
    return made if is_followed_class(made) else None


def defaults_of(kind: type, given: dict[str, Any]) -> dict[str, Kind]:
    """The kinds of the attributes of a dataclass, or of the fields of a named tuple, that have their defaults."""
    if is_named_tuple(kind):
        defaults: dict[str, Any] = kind._field_defaults  # type: ignore[attr-defined]
        return {name: kind_of(value) for name, value in defaults.items() if name not in given}
    found: dict[str, Kind] = {}
    for one in stored_defaults(kind, given):
        if one.default is not dataclasses.MISSING:
            found[one.name] = kind_of(one.default)
        else:
            found[one.name] = _EMPTY.get(one.default_factory, UNKNOWN)
    return found


def stored_defaults(kind: Any, given: dict[str, Any]) -> list[Any]:
    """The fields of a dataclass in which its ``__init__`` stores their defaults; the class has those of the others."""
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    made = dataclasses.MISSING
    own = [f for f in fields if f.name not in given and not (f.default is made and f.default_factory is made)]
    return [f for f in own if f.init or f.default_factory is not made]


def object_kind_of_call(
    function: Any, call: Any, resolve: Callable[[Any], Any], kind: Callable[[Any], Kind]
) -> Kind | None:
    """What is known of the object that a call makes; None if it makes no plain object."""
    given = kept_arguments(function, call)
    if is_named_tuple(function):
        pairs = {n: kind_of(value) for n, value in function._field_defaults.items()}
        pairs |= {n: kind(node) for n, node in (given or {}).items()}
        items = tuple(pairs.get(n, UNKNOWN) for n in function._fields)
        return Sequence(function, items, join(*items))
    made = made_class(function, call, resolve)
    if made is None:
        return None
    if given is None:
        return Mapping(None, UNKNOWN, made)  # until ``__init__`` is written out
    if function is _NEW:
        return Mapping((), NEVER, made)
    pairs = {name: kind(node) for name, node in given.items()} | defaults_of(made, given)
    found = mapping_of(pairs.items(), made)
    return found if pairs else Mapping((), NEVER, made)


def place_of_field(kind: Any, name: str) -> Any:
    """The index by which an attribute of an object, or a field of a named tuple, is read."""
    return tree.constant(kind._fields.index(name)) if is_named_tuple(kind) else gast.Constant(tree.Field(name), None)
