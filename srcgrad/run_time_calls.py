"""Functions that stand for a call of what is known at run time only, one for each way of passing arguments."""

from __future__ import annotations

import functools
import itertools
from typing import Any

from srcgrad.loader import load

CALLING = "srcgrad.calling"  # the module of the functions that derivatives call for this
CHECKS: list[Any] = []  # of that module, which is in a layer above: ``check(function, names, args)``
_count = itertools.count(1)
_made: dict[int, Any] = {}


@functools.cache
def call_of(count: int, keywords: tuple[str, ...]) -> Any:
    """``call(function, x, y, *, key)``, which calls a function with ``count`` arguments and some by ``keywords``.

    >>> call_of(2, ("key",))(lambda a, b, key: (a, b, key), 1.0, 2.0, key=3.0)
    (1.0, 2.0, 3.0)
    """
    names: list[str] = []
    for wish in ("function", *("x" if n == 0 else f"x_{n + 1}" for n in range(count))):
        while wish in keywords:
            wish += "_"
        names.append(wish)
    known = (*names[1:], *(f"{key}=" for key in keywords))
    given = ", ".join([*names[1:], *(f"{key}={key}" for key in keywords)])
    parameters = ", ".join([*names, *(["*", *keywords] if keywords else [])])
    checking = f"checked({names[0]}, {known!r}, {''.join(f'{name.rstrip(chr(61))}, ' for name in known)})"
    text = f"def call({parameters}):\n    return {checking}({given})\n"
    made = load(text, f"<srcgrad call {next(_count)}>", {"checked": checked})["call"]
    _made[id(made)] = made
    return made


def checked(function: Any, names: tuple[str, ...], *args: Any) -> Any:
    """A callable that does no more than its caller was told before the run: one that no derivative is taken of, too.

    >>> checked(len, ("x",), [1.0])
    <built-in function len>
    """
    for check in CHECKS:
        check(function, names, args)
    return function


def is_run_time_call(function: Any) -> bool:
    """Whether a function is one of these.

    >>> is_run_time_call(call_of(1, ())), is_run_time_call(len)
    (True, False)
    """
    return _made.get(id(function)) is function
