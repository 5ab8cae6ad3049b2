"""The modes of running: whether derivatives are recorded, and whether code trains or predicts.

A derivative call is a recording, and a recording trains unless a mode was set.  The module needs
the standard library only.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from types import MethodType, TracebackType
from typing import Any, NamedTuple, TypeVar

Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable[..., Any])


class _State(NamedTuple):
    """The modes in force, and in ``outer`` those that the block goes back to.

    ``training`` is None while no mode is set.
    """

    recording: bool = False
    training: bool | None = None
    outer: _State | None = None


_OUTSIDE = _State()
_state: ContextVar[_State] = ContextVar("srcgrad_modes", default=_OUTSIDE)


class _Block:
    """A ``with`` block, or a decorator, that sets modes; None leaves one as it is.

    It holds no state of its own: it may be entered again, and by several threads or tasks at once.
    """

    __slots__ = ("recording", "training")

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        if callable(training):
            raise TypeError("as a decorator it needs its parentheses, as in @srcgrad.record()")
        self.recording = recording
        self.training = training

    def __enter__(self) -> None:
        outer = _state.get()
        recording = outer.recording if self.recording is None else self.recording
        training = outer.training if self.training is None else bool(self.training)
        _state.set(_State(recording, training, outer))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _state.set(_state.get().outer or _OUTSIDE)

    def __call__(self, function: Function) -> Function:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("the modes of a generator are those of its caller: use with inside it")

        @functools.wraps(function)
        def run(*args: Any, **keywords: Any) -> Any:
            with self:
                return function(*args, **keywords)

        @functools.wraps(function)
        async def run_async(*args: Any, **keywords: Any) -> Any:
            with self:
                return await function(*args, **keywords)

        return run_async if inspect.iscoroutinefunction(function) else run  # type: ignore[return-value]


_RUN: Any = next(c for c in _Block.__call__.__code__.co_consts if getattr(c, "co_name", None) == "run")


def unwrapped(function: Any) -> tuple[Any, tuple[_Block, ...]]:
    """A callable without the modes that decorate it, and these, the outermost first.

    >>> inner, blocks = unwrapped(predict_mode()(abs))
    >>> inner is abs, [block.training for block in blocks]
    (True, [False])
    """
    if isinstance(function, functools.partial):
        inner, blocks = unwrapped(function.func)
        return (functools.partial(inner, *function.args, **function.keywords) if blocks else function), blocks
    if isinstance(function, MethodType):
        inner, blocks = unwrapped(function.__func__)
        return (MethodType(inner, function.__self__) if blocks else function), blocks
    if getattr(function, "__code__", None) is not _RUN:
        return function, ()
    cells = dict(zip(function.__code__.co_freevars, (cell.cell_contents for cell in function.__closure__), strict=True))
    inner, blocks = unwrapped(cells["function"])
    return inner, (cells["self"], *blocks)


def is_paused(function: Any) -> bool:
    """Whether a callable is decorated so that no derivative flows through it."""
    return any(block.recording is False for block in unwrapped(function)[1])


def record(train_mode: bool | None = None) -> _Block:
    """Make a block that records; it trains unless a mode is set, here or around it.

    >>> with record():
    ...     is_recording(), is_training()
    (True, True)
    >>> with record(train_mode=False):
    ...     is_recording(), is_training()
    (True, False)
    """
    return _Block(True, train_mode)


def pause(train_mode: bool | None = None) -> _Block:
    """Make a block without derivatives; it predicts unless a mode is set, here or around it.

    >>> with record(), pause():
    ...     is_recording(), is_training()
    (False, False)
    """
    return _Block(False, train_mode)


def train_mode() -> _Block:
    """Make a block that trains, recorded or not.

    >>> with train_mode():
    ...     is_training()
    True
    """
    return _Block(None, True)


def predict_mode() -> _Block:
    """Make a block that predicts, recorded or not.

    >>> with predict_mode(), record():
    ...     is_training()
    False
    """
    return _Block(None, False)


def is_recording() -> bool:
    """Say whether derivatives are being recorded: inside a derivative call and not paused.

    >>> is_recording()
    False
    """
    return _state.get().recording


def is_training() -> bool:
    """Say whether code trains: the mode that was set, otherwise whether it is recorded.

    >>> is_training()
    False
    """
    state = _state.get()
    return state.recording if state.training is None else state.training


def set_training(flag: bool | None) -> bool:
    """Set the mode until the end of the block, or of the thread or task; None sets none.

    Return what ``is_training()`` was.  Raises TypeError if it is neither a boolean nor None.

    >>> set_training(True), is_training(), set_training(None), is_training()
    (False, True, True, False)
    """
    if type(flag).__name__ not in ("bool", "bool_", "NoneType"):  # of Python or NumPy, which is not imported here
        raise TypeError(f"set_training takes True, False or None, not {flag!r}")
    before = is_training()
    _state.set(_state.get()._replace(training=None if flag is None else bool(flag)))
    return before


def stop_gradient(x: Value) -> Value:
    """Return ``x``; its derivative is zero.

    >>> stop_gradient(2.0)
    2.0
    """
    return x
