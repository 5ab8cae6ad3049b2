"""The kinds of what helpers return: of stacks and what is popped from them, and of what is like another value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import NEVER, UNKNOWN, Array, Kind, Scalar, Sequence, join
from srcgrad.stacks import empty, held, pop, push
from srcgrad.structures import as_tangent, detached, restored, seed

_LIKE = {as_tangent: 1, restored: 1, detached: 0, seed: 0}  # which argument their result has the kind of
_STACKS = (empty, push, pop, held)


def helper_kind(
    function: Callable[..., Any], args: list[Any], kind: Callable[[Any], Kind], literal: Callable[[Any], Any]
) -> Kind | None:
    """The kind of what a helper returns for some argument nodes; None of those of which nothing is said here."""
    if function in _STACKS:
        return stack_kind(function, list(map(kind, args)), *map(literal, args[-1:]))
    if function not in _LIKE or len(args) <= _LIKE[function]:
        return None
    found = kind(args[_LIKE[function]])
    real = isinstance(found, Array) and found.dtype is not None and found.dtype.kind in "fc"
    number = isinstance(found, Scalar) and all(issubclass(one, (float, complex, np.inexact)) for one in found.types)
    return found if real or number or found == NEVER else None


def stack_kind(function: Callable[..., Any], kinds: list[Kind], count: Any = None) -> Kind:
    """The kind of what a function of ``srcgrad.stacks`` returns, for arguments of some kinds and a literal count.

    >>> from srcgrad.analysis.kinds import FLOAT, INT
    >>> pair = Sequence(tuple, (FLOAT, INT), UNKNOWN)
    >>> made = stack_kind(push, [stack_kind(empty, []), pair, INT], 2)
    >>> stack_kind(pop, [made, INT], 2).items[1:] == (FLOAT, INT)
    True
    """
    if function is empty:
        return Sequence(list, None, NEVER)
    stack = kinds[0]
    if NEVER in kinds:
        return NEVER
    if not isinstance(stack, Sequence):
        return UNKNOWN if function is not pop else _popped(UNKNOWN, (UNKNOWN,) * max(count, 1))
    items = [stack.item] if stack.items is None else list(stack.items) or [NEVER]
    if function is push:
        return Sequence(list, None, join(*items, kinds[1]))
    left = Sequence(list, None, join(*items))
    if function is not pop:
        return left
    if not count:
        return _popped(left, (left.item,))
    item = left.item
    if isinstance(item, Sequence) and item.items is not None and len(item.items) == count:
        return _popped(left, item.items)
    return NEVER if item == NEVER else _popped(left, (UNKNOWN,) * count)


def _popped(stack: Kind, values: tuple[Kind, ...]) -> Kind:
    return Sequence(tuple, (stack, *values), join(stack, *values))
