"""Names that may mean something else than for arrays, lists and dicts: methods and attributes of the user's classes.

What is known of a value may be nothing.  Then ``x.sum()`` is taken for what it is of an array, unless a class that the
function can get an object of has a method of that name.
"""

from __future__ import annotations

import dis
import functools
import sys
import types
from typing import Any

from srcgrad.analysis.kinds import types_in
from srcgrad.analysis.scope import Scope
from srcgrad.objects import is_told


def is_suspect(name: str, scope: Scope) -> bool:
    """Whether a method, or an attribute, of a value of which nothing is known may be one of a class of the user's."""
    known = _known(scope)
    seen = scope.found.get(known)
    if seen is None:
        seen = scope.found[known] = _in_sight(scope.namespace, known)
    return any(name in _names_of(kind) for kind in seen)


def classes_given(scope: Scope) -> list[type]:
    """The user's classes of the objects that a function is given, or makes, as far as is known."""
    return list(filter(_is_users, _known(scope)))


def _known(scope: Scope) -> frozenset[type]:
    return scope.classes.union(*map(types_in, list(scope.kinds.values())))


def _in_sight(namespace: Any, known: frozenset[type]) -> list[type]:
    """The classes that a function knows of, those that it reads, and all in their modules and in its callees'."""
    values = [namespace.get(name) for name in list(namespace)]
    found = [*known, *filter(_is_class, values)]
    modules = {one.__module__ for one in (*found, *(v for v in values if isinstance(v, types.FunctionType)))}
    for module in filter(_is_own, modules & sys.modules.keys()):
        found += filter(_is_class, list(vars(sys.modules[module]).values()))
    return list(filter(_is_users, dict.fromkeys(found)))


def _is_class(value: Any) -> bool:
    return isinstance(value, type) and is_told(value)


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
