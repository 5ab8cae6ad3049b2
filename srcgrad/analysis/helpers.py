"""Which functions are helpers: those that derivatives may call and saved derivatives hold copies of."""

from __future__ import annotations

from typing import Any

from srcgrad import (
    averages,
    contents,
    jacobians,
    matrices,
    placements,
    runtime,
    special,
    stacks,
    structures,
    tangents,
    transposes,
)

_MODULES = (
    runtime,
    special,
    structures,
    matrices,
    averages,
    transposes,
    tangents,
    stacks,
    jacobians,
    contents,
    placements,
)
_NAMES = frozenset(module.__name__ for module in _MODULES)


def is_helper(function: Any) -> bool:
    """Whether a callable is one of the functions that derivatives may call.

    >>> is_helper(runtime.unbroadcast), is_helper(len)
    (True, False)
    """
    return getattr(function, "__module__", None) in _NAMES
