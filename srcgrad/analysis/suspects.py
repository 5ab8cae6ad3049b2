"""Names that may mean something else than for arrays, lists and dicts: methods and attributes of the user's classes.

What is known of a value may be nothing.  Then ``x.sum()`` is taken for what it is of an array, unless a class that the
function can get an object of has a method of that name.
"""

from __future__ import annotations

import dis
import functools
import sys
import types
from collections.abc import Iterator
from typing import Any

from srcgrad.analysis.kinds import Instance, Kind, Known, Mapping, Sequence, items_of
from srcgrad.analysis.scope import Scope


def is_suspect(name: str, scope: Scope) -> bool:
    """Whether a method, or an attribute, of a value of which nothing is known may be one of a class of the user's."""
    seen = scope.found.get("classes")
    if seen is None:
        seen = scope.found["classes"] = _classes_in(scope.namespace)
    known = {kind for value in list(scope.kinds.values()) for kind in _types_in(value) if _is_told(kind)}
    beside = {other for kind in known - seen for other in (kind, *_beside(kind.__module__))}
    return any(name in _names_of(kind) for kind in seen | beside if _is_users(kind))


def _classes_in(namespace: Any) -> frozenset[type]:
    """The classes that a function sees, and those in their modules and in those of the functions that it sees."""
    values = [namespace.get(name) for name in list(namespace)]
    found = {value for value in values if isinstance(value, type) and _is_told(value) and _is_users(value)}
    modules = {one.__module__ for one in (*found, *(v for v in values if isinstance(v, types.FunctionType)))}
    return frozenset(found.union(*map(_beside, modules)))


def _beside(module: str) -> set[type]:
    """The classes that are defined in a module of the user's."""
    held = vars(sys.modules[module]) if module in sys.modules and _is_own(module) else {}
    return {one for one in list(held.values()) if isinstance(one, type) and _is_told(one) and one.__module__ == module}


def _types_in(kind: Kind) -> Iterator[type]:
    """The classes of the objects that a value is, or holds."""
    if isinstance(kind, Instance):
        yield kind.type
    elif isinstance(kind, Known):
        yield type(kind.value)
    elif isinstance(kind, (Mapping, Sequence)):
        if isinstance(kind.type, type):
            yield kind.type
        for item in items_of(kind):
            yield from _types_in(item)


def _is_told(kind: type) -> bool:
    """Whether a class can be told from others."""
    return type(kind).__hash__ is type.__hash__ and type(kind).__eq__ is type.__eq__


def _is_users(kind: type) -> bool:
    return _is_own(str(kind.__module__))


def _is_own(module: str) -> bool:
    """Whether a module is neither Python's, NumPy's nor srcgrad's."""
    root = str(module).partition(".")[0]
    return (root not in ("numpy", "srcgrad") and root not in sys.stdlib_module_names) or root == "__main__"


@functools.lru_cache(maxsize=1024)
def _names_of(kind: type) -> frozenset[str]:
    """The methods of a class that are written in Python, and the attributes that these store."""
    found: set[str] = set()
    for one in filter(_is_users, kind.__mro__):
        found |= vars(one).get("__annotations__", {}).keys()
        for name, value in vars(one).items():
            own = getattr(value, "__func__", getattr(value, "fget", value))
            if isinstance(own, types.FunctionType):
                stored = (i.argval for i in dis.get_instructions(own.__code__) if i.opname == "STORE_ATTR")
                found |= {name, *stored}
    return frozenset(found)
