"""The functions that a function reaches through names, and attributes of modules, and what these names stand for."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

from srcgrad import tree
from srcgrad.free_names import Use, uses
from srcgrad.source import Source, read

Follow = Callable[[Use, Any], Any]  # the function to go on with for what a name stands for, or None


def source_of(function: Any) -> Source | None:
    """The source of a function; None of one that has none, which is said where it is called."""
    try:
        return read(function)
    except SyntaxError:
        return None


def values_named(source: Source) -> Iterator[tuple[Use, Any]]:
    """The free names of a function, with the attributes of modules that it reads of them, and what they stand for.

    >>> import math
    >>> def f(x):
    ...     return math.sin(x)
    >>> source = source_of(f)
    >>> [(use.path, value) for use, value in values_named(source)] if source else []
    [(('sin',), <built-in function sin>)]
    """
    for use in uses(tree.copy(source.tree)):
        value: Any = source.namespace.get(use.name) if use.name else None
        for attribute in use.path:
            if not isinstance(value, types.ModuleType):
                break
            value = getattr(value, attribute, None)
        yield use, value


def functions_reached(first: Source, follow: Follow) -> Iterator[Source]:
    """A function and those that it reaches, each once; ``follow`` says by which values."""
    seen: set[int] = set()
    pending = [first]
    while pending:
        source = pending.pop()
        yield source
        for use, value in values_named(source):
            function = follow(use, value)
            if function is not None and id(function) not in seen:
                seen.add(id(function))
                found = source_of(function)
                pending += [] if found is None else [found]
