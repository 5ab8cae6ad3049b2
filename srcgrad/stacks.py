"""Stacks as values: what ``append`` and ``pop`` of generated loops become where a derivative is taken again.

``stack = []`` is written ``stack = empty()``, ``stack.append((a, b))`` is ``stack = push(stack, (a, b), 2)``, and
``a, b = stack.pop()`` is ``stack, a, b = pop(stack, 2)``; the count is 0 for a single value.  The list is changed in
place all the same: each version of a stack is used once, so nobody sees that.  The adjoint of a push is a pop from the
adjoint of the stack, that of a pop is a push onto it, and the tangent of a stack is a stack of tangents.
"""

from __future__ import annotations

from typing import Any

from srcgrad.structures import add


def empty() -> Any:
    """A stack with nothing on it.

    >>> push(empty(), 1.0, 0)
    [1.0]
    """
    return []


def push(stack: Any, value: Any, count: int) -> Any:
    """The stack with a value, or ``count`` values that are taken off together, on top.

    >>> push([(1.0, 2.0)], (3.0, 4.0), 2)
    [(1.0, 2.0), (3.0, 4.0)]
    """
    stack.append(value)
    return stack


def pop(stack: Any, count: int) -> Any:
    """The stack without its top, and the value, or the ``count`` values, that were there.

    >>> pop([(1.0, 2.0), (3.0, 4.0)], 2)
    ([(1.0, 2.0)], 3.0, 4.0)
    """
    value = stack.pop()
    return (stack, *value) if count else (stack, value)


def top(popped: Any, count: int) -> Any:
    """What was on top of the stack, of what ``pop`` returned.

    >>> top(pop([1.0, 2.0], 0), 0), top(pop([(1.0, 2.0)], 2), 2)
    (2.0, (1.0, 2.0))
    """
    return popped[1:] if count else popped[1]


def added(x: Any, y: Any) -> Any:
    """The sum of adjoints of two versions of a stack, of which one may have lost values that the other one still had.

    What has no value yet counts as empty.

    >>> added([1.0, 2.0], [0.5])
    [1.5, 2.0]
    """
    longer, shorter = sorted(([] if isinstance(t, (float, type(None))) else t for t in (x, y)), key=len, reverse=True)
    return [*(add(a, b) for a, b in zip(longer, shorter, strict=False)), *longer[len(shorter) :]]


def held(stack: Any) -> Any:
    """A stack of the same values, to be taken off while somebody else has the first one; None is an empty one.

    >>> first = [1.0, 2.0]
    >>> pop(held(first), 0), first
    (([1.0], 2.0), [1.0, 2.0])
    """
    return list(stack or ())
