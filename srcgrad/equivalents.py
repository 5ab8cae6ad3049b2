"""Python's and NumPy's functions as programs: where they are differentiated, these are written out in their place.

A function belongs here, and not among the rules, if it only arranges the elements of lists, or calls others that
have rules: then its derivative is that of a few lines.
"""

from __future__ import annotations

import builtins
import functools
import itertools
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.orders import order_of, place_of_largest, place_of_smallest

EQUIVALENTS: dict[Any, types.FunctionType] = {}


def is_equivalent(function: Any) -> bool:
    """Whether a function is one of those below, which are read as the user's own are."""
    return any(function is one for one in (*EQUIVALENTS.values(), *BY_KEY.values(), *CALLING.values()))


def _equivalent(*primitives: Any) -> Callable[[Any], Any]:
    """Register a function for what does the same."""

    def register(function: Any) -> Any:
        EQUIVALENTS.update(dict.fromkeys(primitives, function))
        return function

    return register


@_equivalent(builtins.sorted)
def in_order(iterable: Any, *, key: Any = None, reverse: Any = False) -> Any:
    """``sorted``, of which equal elements stay in their order."""
    items = list(iterable)
    ordered = []
    for place in order_of(items, key, reverse):
        ordered.append(items[place])
    return ordered


def largest(iterable: Any, *, key: Any) -> Any:
    """``max`` by a key: the first one of those that are as large."""
    items = list(iterable)
    return items[place_of_largest(items, key)]


def smallest(iterable: Any, *, key: Any) -> Any:
    """``min`` by a key: the first one of those that are as small."""
    items = list(iterable)
    return items[place_of_smallest(items, key)]


BY_KEY: dict[Any, Any] = {builtins.max: largest, builtins.min: smallest}


@_equivalent(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """``np.hsplit``: along the second axis, or the only one."""
    return np.split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@_equivalent(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """``np.vsplit``: along the first axis."""
    return np.split(ary, indices_or_sections, 0)


@_equivalent(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """``np.dsplit``: along the third axis."""
    return np.split(ary, indices_or_sections, 2)


def reduced(function: Any, iterable: Any, *initial: Any) -> Any:
    """``functools.reduce``."""
    items = [*initial, *iterable]
    result = items[0]
    for item in items[1:]:
        result = function(result, item)
    return result


def accumulated(iterable: Any, func: Any = operator.add, *, initial: Any = None) -> Any:
    """``itertools.accumulate`` as a list."""
    items = list(iterable) if initial is None else [initial, *iterable]
    totals = items[:1]
    total = items[0] if items else None
    for item in items[1:]:
        total = func(total, item)
        totals.append(total)
    return totals


# what calls a function is written out for the one that it is called with
CALLING: dict[Any, Any] = {
    functools.reduce: reduced,
    itertools.accumulate: accumulated,
}
