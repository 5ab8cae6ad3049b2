"""The kinds of stacks and of what is popped from them: that of all that is pushed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcgrad.analysis.kinds import NEVER, UNKNOWN, Kind, Sequence, join
from srcgrad.stacks import empty, pop, push


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
