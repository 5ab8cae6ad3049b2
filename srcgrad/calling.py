"""Calls of what is known at run time only: its derivative is made when it is called, and kept.

A derivative calls ``call_fwd(function, x)`` and ``call_bwd(saved, y_bar)``, or ``call_jvp(function, x, x_dot)``, which
are these functions.  Unlike helpers they need the whole of srcgrad.
"""

from __future__ import annotations

import itertools
import threading
import types
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.analysis.summaries import summary_of
from srcgrad.errors import refuse_call
from srcgrad.loader import load
from srcgrad.run_time_calls import CHECKS

_MOST = 256  # derivatives that are kept
_HINT = "call it by a name that is known before the run"
_kept: OrderedDict[Any, tuple[Any, Any, Any]] = OrderedDict()
_count = itertools.count(1)
_lock = threading.RLock()
_maker: list[Callable[..., Any]] = []  # what makes a derivative, which is in a layer above


def use(maker: Callable[..., Any]) -> None:
    """Say what makes derivatives: ``maker(function, wrt, form)``."""
    _maker[:] = [maker]


def forward_call(
    function: Any, wrt: tuple[str, ...], names: tuple[str, ...], apart: bool, *args: Any
) -> tuple[Any, Any]:
    """The value of a call, with arguments of some ``names``, and what ``backward_call`` needs.

    ``names`` of arguments that are passed by name end in ``=``.  Raises DifferentiationError for a function that
    changes something, and, where the result is to be ``apart`` from all but the arguments, for one that may return what
    is not new.
    """
    value, pullback = _derivative(function, wrt, names, "vjp", apart, args)(*args)
    return value, pullback


def backward_call(saved: Any, y_bar: Any) -> Any:
    """The adjoints of the arguments in ``wrt``: one, or a tuple of them."""
    return saved(y_bar)


def tangent_call(
    function: Any, wrt: tuple[str, ...], names: tuple[str, ...], apart: bool, dots: Any, *args: Any
) -> tuple[Any, Any]:
    """The value of a call, and its tangent; the rest is as in ``forward_call``."""
    value, tangent = _derivative(function, wrt, names, "jvp", apart, args)(*args, *dots)
    return value, tangent


def _derivative(
    function: Any, wrt: tuple[str, ...], names: tuple[str, ...], form: str, apart: bool, args: tuple[Any, ...]
) -> Any:
    """The derivative of a callable, made once: an object is itself, and not another one that is equal to it."""
    parts = (function.__self__, function.__func__) if isinstance(function, types.MethodType) else (function,)
    key = (*map(id, parts), wrt, names, form)
    with _lock:
        if key not in _kept:
            called = _called(function, names)
            _kept[key] = parts, called, _maker[0](called, wrt if len(wrt) > 1 else wrt[0], form)
            if len(_kept) > _MOST:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        _, called, derivative = _kept[key]
    _check(function, called, apart, args)
    return derivative


def _called(function: Any, names: tuple[str, ...]) -> Any:
    """A function with positional parameters that calls another one, which its text knows."""
    if not callable(function):
        raise TypeError(f"'{type(function).__name__}' object is not callable")
    parameters = [name.rstrip("=") for name in names]
    wish = "function"
    while wish in parameters:
        wish += "_"
    given = [f"{name}{p}" if name.endswith("=") else name for name, p in zip(names, parameters, strict=True)]
    text = f"def called({', '.join(parameters)}):\n    return {wish}({', '.join(given)})\n"
    return load(text, f"<srcgrad called {next(_count)}>", {wish: function})["called"]


def check(function: Any, names: tuple[str, ...], args: tuple[Any, ...]) -> None:
    """Look at a callable of which no derivative is taken: what it gives is not differentiated."""
    _check(function, _called(function, names), True, args)


def _check(function: Any, called: Any, apart: bool, args: tuple[Any, ...]) -> None:
    """Raise DifferentiationError for a function that does more than its caller was told before the run."""
    name = getattr(function, "__name__", type(function).__name__)
    lists = not all(isinstance(argument, (np.ndarray, np.generic, float, int, complex)) for argument in args)
    does = summary_of(called, lists)  # the sums of lists hold the elements of both
    if does.changes or does.keeps or does.objects or does.rebound:
        reason = f"'{name}', which is known at run time only, may change what it is given, or what is not its own"
        raise refuse_call(reason, f"{_HINT}, or return new values from it")
    if apart and (does.hidden or does.outside):
        reason = f"'{name}', which is known at run time only, may return what is not its own, where arrays are changed"
        raise refuse_call(reason, f"{_HINT}, or return a copy from it")


CHECKS.append(check)
