"""Functions that stand for a call of what is known at run time only, one for each way of passing arguments."""

from __future__ import annotations

import functools
import itertools
from typing import Any

from srcgrad.loader import load

CALLING = "srcgrad.calling"  # the module of the functions that derivatives call for this
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
    named = [f"{key}={key}" for key in keywords]
    parameters = ", ".join([*names, *(["*", *keywords] if keywords else [])])
    text = f"def call({parameters}):\n    return {names[0]}({', '.join([*names[1:], *named])})\n"
    made = load(text, f"<srcgrad call {next(_count)}>", {})["call"]
    _made[id(made)] = made
    return made


def is_run_time_call(function: Any) -> bool:
    """Whether a function is one of these.

    >>> is_run_time_call(call_of(1, ())), is_run_time_call(len)
    (True, False)
    """
    return _made.get(id(function)) is function
