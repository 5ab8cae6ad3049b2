"""``on_reverse``: a block of the user's that runs in the reverse sweep of a derivative."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from srcgrad.structures import zeros_for


class on_reverse:
    """A block that a derivative runs in its reverse sweep, where it has come back to this point.

    ``with on_reverse(x) as x_bar:`` binds the adjoint of ``x`` as it is there: of all that follows in the primal.  It
    has the shape and the structure of ``x`` and may be read, changed in place and assigned; what it is at the end of
    the block goes on backwards.  Several: ``with on_reverse(x, y) as (x_bar, y_bar):``.  Other names have the values
    that they had at this point of the primal.  Raises ValueError, in the derivative, where an adjoint is given another
    shape or structure.

    Called by itself the primal has no adjoints, and Python cannot pass over a ``with``: the block runs with zeros.
    ``for x_bar in on_reverse(x):`` is the same block in a derivative, and passed over elsewhere: a loop over nothing.

    >>> import numpy as np, srcgrad
    >>> def f(x):
    ...     y = x * x
    ...     for y_bar in on_reverse(y):
    ...         print("y_bar =", y_bar)
    ...     with on_reverse(y) as y_bar:
    ...         y_bar = np.clip(y_bar, -1.0, 1.0)
    ...     return 5 * y
    >>> f(3.0)
    45.0
    >>> print(srcgrad.grad(f)(3.0))
    y_bar = 1.0
    6.0
    """

    __slots__ = ("_values",)

    def __init__(self, *values: Any) -> None:
        if not values:
            raise TypeError("on_reverse takes the variables whose adjoints the block is about")
        self._values = values

    def __enter__(self) -> Any:
        zeros = tuple([zeros_for(value) for value in self._values])
        return zeros if len(zeros) > 1 else zeros[0]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        return iter(())
