"""The objects outside that a function, or one that it calls, may read: an argument must be none that it changes."""

from __future__ import annotations

import inspect
from typing import Any

from srcgrad.analysis.bound_methods import CACHED
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.reach import is_mutable, reached
from srcgrad.free_names import Use
from srcgrad.reached_functions import functions_reached, values_named
from srcgrad.source import Source


def mentioned(source: Source) -> frozenset[int]:
    """The identities of the objects that a function names, that functions do which it names, and of what these hold.

    >>> import srcgrad.source
    >>> len(mentioned(srcgrad.source.read(lambda x: x * x)))
    0
    """
    values = [value for one in functions_reached(source, _followed) for _, value in values_named(one)]
    return frozenset(one for value in values if is_mutable(value) for one in reached(value, classes=False))


def _followed(use: Use, value: Any) -> Any:
    """The function that a name stands for, or the method that may be called of an object outside."""
    found = value.__wrapped__ if isinstance(value, CACHED) else value
    if not is_user_function(found) and is_mutable(value):
        found = inspect.getattr_static(type(value), use.path[-1] if use.path else "__call__", None)
    return found if is_user_function(found) else None
