"""Calls of what is known at run time only: its derivative is made when it is called, and kept.

A derivative calls ``call_fwd(function, x)`` and ``call_bwd(saved, y_bar)``, or ``call_jvp(function, x, x_dot)``, which
are these functions.  Unlike helpers they need the whole of srcgrad.
"""

from __future__ import annotations

import functools
import itertools
import threading
import types
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from srcgrad.analysis.summaries import summary_of
from srcgrad.errors import refuse_call
from srcgrad.loader import load
from srcgrad.run_time_calls import MARK

_MOST = 256  # callables that are remembered
_HINT = "call it by a name that is known before the run"
_known: OrderedDict[Any, _Callee] = OrderedDict()
_count = itertools.count(1)
_lock = threading.RLock()
_maker: list[Callable[..., Any]] = []  # what makes a derivative, which is in a layer above


@dataclass
class _Callee:
    """A callable, by the objects that it is made of, as a function that can be read, and its derivatives."""

    parts: tuple[Any, ...]
    called: Any
    derivatives: dict[Any, Any] = field(default_factory=dict)


def use(maker: Callable[..., Any]) -> None:
    """Say what makes derivatives: ``maker(function, wrt, form)``."""
    _maker[:] = [maker]


# --- what the primal calls


@functools.cache
def call_of(count: int, keywords: tuple[str, ...]) -> Any:
    """``call(function, x, y, *, key)``, which calls a function with ``count`` arguments and some by ``keywords``.

    >>> call_of(2, ("key",))(lambda a, b, key: (a, b, key), 1.0, 2.0, key=3.0)
    (1.0, 2.0, 3.0)
    """
    function, *given = _apart_from(keywords, ["function", *("x" if n == 0 else f"x_{n + 1}" for n in range(count))])
    names = (*given, *(f"{key}=" for key in keywords))
    parameters = ", ".join([function, *given, *(["*", *keywords] if keywords else [])])
    arguments = ", ".join([function, repr(names), *given, *keywords])
    text = f"def call({parameters}):\n    return checked({arguments})({_passed(names)})\n"
    made = load(text, f"<srcgrad call {next(_count)}>", {"checked": checked})["call"]
    setattr(made, MARK, True)
    return made


def checked(function: Any, names: tuple[str, ...], *args: Any) -> Any:
    """A callable of which no derivative is taken where it is called: it does no more than ``forward_call`` allows.

    >>> checked(len, ("x",), [1.0])
    <built-in function len>
    """
    _check(function, _callee(function, names).called, True, args)
    return function


# --- what derivatives call


def forward_call(function: Any, wrt: tuple[str, ...], names: tuple[str, ...], apart: bool, *args: Any) -> Any:
    """The value of a call, with arguments of some ``names``, and what ``backward_call`` needs.

    ``names`` of arguments that are passed by name end in ``=``.  Raises DifferentiationError for a function that
    changes something, and, where the result is to be ``apart`` from all but the arguments, for one that may return what
    is not new.
    """
    return _derivative(function, wrt, names, "vjp", apart, args)(*args)


def backward_call(saved: Any, y_bar: Any) -> Any:
    """The adjoints of the arguments in ``wrt``: one, or a tuple of them."""
    return saved(y_bar)


def tangent_call(
    function: Any, wrt: tuple[str, ...], names: tuple[str, ...], apart: bool, dots: Any, *args: Any
) -> Any:
    """The value of a call, and its tangent; the rest is as in ``forward_call``."""
    return _derivative(function, wrt, names, "jvp", apart, args)(*args, *dots)


# --- callables


def _derivative(
    function: Any, wrt: tuple[str, ...], names: tuple[str, ...], form: str, apart: bool, args: tuple[Any, ...]
) -> Any:
    """The derivative of a callable, made once."""
    callee = _callee(function, names)
    _check(function, callee.called, apart, args)
    with _lock:
        if (wrt, form) not in callee.derivatives:
            callee.derivatives[wrt, form] = _maker[0](callee.called, wrt if len(wrt) > 1 else wrt[0], form)
        return callee.derivatives[wrt, form]


def _callee(function: Any, names: tuple[str, ...]) -> _Callee:
    """What is known of a callable: an object is itself, and not another one that is equal to it."""
    if not callable(function):
        raise TypeError(f"'{type(function).__name__}' object is not callable")
    parts = (function.__self__, function.__func__) if isinstance(function, types.MethodType) else (function,)
    key = (*map(id, parts), names)
    with _lock:
        if key not in _known:
            _known[key] = _Callee(parts, _called(function, names))
            if len(_known) > _MOST:
                _known.popitem(last=False)
        _known.move_to_end(key)
        return _known[key]


def _called(function: Any, names: tuple[str, ...]) -> Any:
    """A function with positional parameters that calls another one, which its text knows."""
    parameters = [name.rstrip("=") for name in names]
    (wish,) = _apart_from(parameters, ["function"])
    text = f"def called({', '.join(parameters)}):\n    return {wish}({_passed(names)})\n"
    return load(text, f"<srcgrad called {next(_count)}>", {wish: function})["called"]


def _passed(names: tuple[str, ...]) -> str:
    """Parameters as the arguments of a call, some by name."""
    return ", ".join(name + name.rstrip("=") if name.endswith("=") else name for name in names)


def _apart_from(taken: Sequence[str], wishes: list[str]) -> list[str]:
    """Names that are none of some others."""
    longest = max(map(len, taken), default=0)
    return [wish + "_" * longest if wish in taken else wish for wish in wishes]


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
