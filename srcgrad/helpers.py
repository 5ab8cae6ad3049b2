"""Which functions are helpers: those that derivatives may call and saved derivatives hold copies of."""

from __future__ import annotations

from typing import Any

from srcgrad import (
    averages,
    contents,
    contexts,
    jacobians,
    matrices,
    memory,
    modes,
    objects,
    orders,
    patterns,
    placements,
    runtime,
    special,
    stacks,
    structures,
    tangents,
    transposes,
)

_COMPUTING = (
    runtime,
    special,
    matrices,
    averages,
    transposes,
    tangents,
    memory,
    objects,
    structures,
    contents,
    contexts,
    orders,
    patterns,
    placements,
    stacks,
    jacobians,
)
# in the order in which a derivative imports from them, with those that record, pause, train and predict
MODULES = (*_COMPUTING, modes)
_NAMES = frozenset(module.__name__ for module in _COMPUTING)


def is_helper(function: Any) -> bool:
    """Whether a callable is one of the functions that derivatives compute with.

    >>> is_helper(runtime.unbroadcast), is_helper(len)
    (True, False)
    """
    return getattr(function, "__module__", None) in _NAMES
