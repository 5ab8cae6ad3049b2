"""The objects outside that a function, or one that it calls, may read: an argument must be none that it changes."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any

from srcgrad import tree
from srcgrad.analysis.bound_methods import CACHED
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.reach import is_mutable, reached
from srcgrad.free_names import uses
from srcgrad.source import Source, read


def mentioned(source: Source) -> frozenset[int]:
    """The identities of the objects that a function names, that functions do which it names, and of what these hold.

    >>> import srcgrad.source
    >>> len(mentioned(srcgrad.source.read(lambda x: x * x)))
    0
    """
    return frozenset(identity for value in _values(source) for identity in reached(value, classes=False))


def _values(first: Source) -> Iterator[Any]:
    seen: set[int] = set()
    pending = [first]
    while pending:
        source = pending.pop()
        for use in uses(tree.copy(source.tree)):
            value: Any = source.namespace.get(use.name) if use.name else None
            for attribute in use.path:
                value = getattr(value, attribute, None) if isinstance(value, types.ModuleType) else value
            inner = value.__wrapped__ if isinstance(value, CACHED) else value
            if is_user_function(inner) and id(inner) not in seen:
                seen.add(id(inner))
                pending += _read(inner)
            elif is_mutable(value):
                yield value
                method = inspect.getattr_static(type(value), use.path[-1] if use.path else "__call__", None)
                if is_user_function(method) and id(method) not in seen:
                    seen.add(id(method))
                    pending += _read(method)


def _read(function: Any) -> list[Source]:
    try:
        return [read(function)]
    except SyntaxError:  # which is said where it is called
        return []
