"""What an object outside of a function is, and which objects it holds."""

from __future__ import annotations

import contextlib
import functools
import gc
import types
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from srcgrad.analysis.classes import draws
from srcgrad.analysis.scope import MISSING

EVERYTHING = "<out of sight>"  # of what holds too many objects to look at them all
_MOST = 10_000  # objects that are looked at
_FIXED = (bool, int, float, complex, str, bytes, np.generic, np.dtype, type)
_IMMUTABLE_TYPE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: a class of Python's or NumPy's own, from 3.10 on


def is_code(value: Any) -> bool:
    """Whether an object is a module, a class or a function: nothing that holds numbers of the user's."""
    if value is MISSING or isinstance(value, (types.ModuleType, type)):
        return value is not MISSING
    return callable(value) and str(type(value).__module__).split(".")[0] in (
        "builtins",
        "functools",
        "numpy",
        "srcgrad",
    )


def is_mutable(value: Any) -> bool:
    """Whether an object is, or holds, storage that can be changed; numbers, text and code are not."""
    return not (value is None or isinstance(value, _FIXED) or is_code(value))


def reached(value: Any, classes: bool = True) -> Iterator[int]:
    """The identities of what ``objects_reached`` gives."""
    return map(id, objects_reached(value, classes))


def objects_reached(value: Any, classes: bool = True, bases: bool = True) -> Iterator[Any]:
    """An object and what it holds, as far as that can be seen; not numbers and text.

    What holds too many objects to look at them all gives one more, that of all objects.  ``classes`` says whether what
    the classes of objects hold counts as theirs, ``bases`` whether views hold the arrays that they are views of.
    """
    pending: list[Any] = [value]
    seen: set[int] = set()
    while pending and len(seen) < _MOST:
        item = pending.pop()
        if id(item) not in seen and not draws(type(item)) and (is_mutable(item) or _is_bound(item)):
            seen.add(id(item))
            yield item
            pending.extend([] if isinstance(item, np.ndarray) and not bases else _held(item, classes))
    if pending:
        yield EVERYTHING


def _is_bound(item: Any) -> bool:
    """Whether a callable holds objects: a partial, a method that is bound to one."""
    if isinstance(item, (types.MethodType, types.BuiltinMethodType)):
        return is_mutable(item.__self__)
    return isinstance(item, functools.partial)


def _held(item: Any, classes: bool) -> Iterator[Any]:
    """What an object holds: elements, attributes, those of its class, the array that it is a view of.

    No code of the object's class runs, which may do anything where an attribute is asked for.
    """
    if isinstance(item, np.ndarray):
        yield from [] if item.base is None else [item.base]
    elif isinstance(item, (dict, types.MappingProxyType)):
        yield from item.values()
    elif isinstance(item, (list, tuple, set, frozenset, deque)):
        yield from item
    elif isinstance(item, functools.partial):
        yield from (item.func, *item.args, *item.keywords.values())
    elif isinstance(item, (types.MethodType, types.BuiltinMethodType)):
        yield item.__self__
    elif isinstance(item, memoryview):
        yield item.obj
    elif hasattr(type(item), "__next__"):
        yield from gc.get_referents(item)
    for kind in type(item).__mro__[:-1]:
        if not kind.__flags__ & _IMMUTABLE_TYPE:  # a class of the user's
            if classes:
                yield from (v for n, v in vars(kind).items() if not (n.startswith("__") or hasattr(v, "__get__")))
            for slot in (v for v in vars(kind).values() if isinstance(v, types.MemberDescriptorType)):
                with contextlib.suppress(AttributeError):  # it has no value yet
                    yield slot.__get__(item)
    with contextlib.suppress(AttributeError):
        yield from object.__getattribute__(item, "__dict__").values()
