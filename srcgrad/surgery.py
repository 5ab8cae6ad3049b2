"""``on_reverse``: a block of the user's that runs in the reverse sweep of a derivative, and only there.

The module needs the standard library only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any


class _Skipped(BaseException):
    """Leaves the block of a plain run; nobody sees it."""


class on_reverse:
    """A ``with`` block that a derivative runs in its reverse sweep, where it has come back to this point.

    ``with on_reverse(x) as x_bar:`` binds the adjoint of ``x`` as it is there: of all that follows in the primal.  It
    has the shape and the structure of ``x`` and may be read, changed in place and assigned; what it is at the end of
    the block goes on backwards.  Several: ``with on_reverse(x, y) as (x_bar, y_bar):``.  Other names have the values
    that they had at this point of the primal.  Raises ValueError, in the derivative, where an adjoint is given another
    shape or structure.

    Called by itself the primal passes over the block: not even its names are bound.

    >>> import numpy as np, srcgrad
    >>> def f(x):
    ...     y = x * x
    ...     with on_reverse(y) as y_bar:
    ...         print("y_bar =", y_bar)
    ...         y_bar = np.clip(y_bar, -1.0, 1.0)
    ...     return 5 * y
    >>> f(3.0)
    45.0
    >>> print(srcgrad.grad(f)(3.0))
    y_bar = 5.0
    6.0
    """

    __slots__ = ("_before", "_frame", "_skipped")

    def __init__(self, *values: Any) -> None:
        if not values:
            raise TypeError("on_reverse takes the variables whose adjoints the block is about")

    def __enter__(self) -> Any:
        # A trace function may raise: so the body is left by its first instruction, at the hands of ``__exit__``.
        # By instruction, not by line, as the body may stand on the line of the ``with``.
        frame = sys._getframe(1)
        self._frame: FrameType | None = frame
        self._before = sys.gettrace(), frame.f_trace, frame.f_trace_opcodes
        self._skipped = _Skipped()
        frame.f_trace_opcodes = True
        frame.f_trace = self._leave
        sys.settrace(_ignore)

    def _leave(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
        if event in ("line", "opcode"):
            raise self._skipped
        return self._leave

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        frame, self._frame = self._frame, None
        if frame is not None:
            outer, frame.f_trace, frame.f_trace_opcodes = self._before
            sys.settrace(outer)
        return error is self._skipped


def _ignore(frame: FrameType, event: str, argument: Any) -> None:
    """The trace function while a block is passed over: it traces no further frame."""
