"""How the functions are known that stand for a call of what is known at run time only (``calling`` makes them)."""

from __future__ import annotations

import types
from typing import Any

CALLING = "srcgrad.calling"  # the module of the functions that derivatives call for this
MARK = "__srcgrad_run_time_call__"


def is_run_time_call(function: Any) -> bool:
    """Whether a function stands for a call of what is known at run time only.

    >>> from srcgrad.calling import call_of
    >>> is_run_time_call(call_of(1, ())), is_run_time_call(len)
    (True, False)
    """
    return isinstance(function, types.FunctionType) and MARK in vars(function)
