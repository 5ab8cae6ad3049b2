"""Context managers in derivatives: entered once, in the forward sweep.

Like ``runtime``, it uses the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

from typing import Any


class Entering:
    """A context manager with what it gave when it was entered; it must not swallow what is raised in its block.

    A block that was left in the middle has computed a part of its values only, which nobody could tell afterwards.
    """

    def __init__(self, manager: Any) -> None:
        self.manager = manager
        self.value: Any = None

    def __enter__(self) -> Any:
        self.value = type(self.manager).__enter__(self.manager)
        return self.value

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if type(self.manager).__exit__(self.manager, kind, error, traceback) and kind is not None:
            raise TypeError("what is raised in a 'with' that swallows it cannot be differentiated: use try") from error


def entering(manager: Any) -> Entering:
    """The manager of a block.

    >>> import contextlib
    >>> with entering(contextlib.nullcontext(2.0)) as k:
    ...     print(k)
    2.0
    """
    return Entering(manager)


def entered(manager: Entering) -> Any:
    """What a manager gave when it was entered.

    >>> import contextlib
    >>> manager = entering(contextlib.nullcontext(2.0))
    >>> with manager:
    ...     print(entered(manager))
    2.0
    """
    return manager.value


def enter(manager: Entering) -> None:
    """Begin the block of a manager, which ``leave`` ends.

    >>> import contextlib
    >>> manager = entering(contextlib.nullcontext(2.0))
    >>> enter(manager)
    >>> entered(manager)
    2.0
    >>> leave(manager, None)
    False
    """
    manager.__enter__()


def leave(manager: Entering, failure: BaseException | None) -> bool:
    """End the block of a manager, with what was raised in it, and say whether it swallows that."""
    if failure is None:
        manager.__exit__(None, None, None)
        return False
    own = manager.manager
    return bool(type(own).__exit__(own, type(failure), failure, failure.__traceback__))


def attempted(*kinds: type[BaseException]) -> BaseException | None:
    """What a statement will have raised, if that is of one of some classes; None if it ends.

    No derivative calls it: the branch that follows is written as a ``try``.
    """
    raise AssertionError(f"what may raise {kinds} is no try")


def settled(*values: Any) -> None:
    """Say that values are needed for what computing them may raise; no derivative calls it, either."""
