"""Room for deep recursion: a long sum nests as deeply as it has terms."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_DEEP = 10_000  # frames: within the stack of a thread on every supported Python
_lock = threading.RLock()
_inside: list[int] = []


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Raise the recursion limit for a block, and leave it as it was; several threads may be inside.

    Trees are full of cycles that nobody drops meanwhile, so the collector of cycles rests.

    >>> import sys
    >>> before = sys.getrecursionlimit()
    >>> with deep_recursion():
    ...     sys.getrecursionlimit() >= 10_000
    True
    >>> sys.getrecursionlimit() == before
    True
    """
    with _lock:
        if not _inside:
            _outside[:] = [sys.getrecursionlimit(), int(gc.isenabled())]
            sys.setrecursionlimit(max(_outside[0], _DEEP))
            gc.disable()
        _inside.append(1)
    try:
        yield
    finally:
        with _lock:
            _inside.pop()
            if not _inside:
                sys.setrecursionlimit(_outside[0])
                if _outside[1]:
                    gc.enable()


_outside = [0, 0]
