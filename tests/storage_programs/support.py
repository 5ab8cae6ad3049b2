"""Programs whose arguments are of any structure, and their slopes along a direction."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.zoo import Example

PROGRAMS: list[Program] = []


@dataclass(frozen=True)
class Program:
    """A function, calls of it, what it is differentiated by, and what of (None: what it returns)."""

    function: Callable[..., Any]
    examples: tuple[Example, ...]
    wrt: int | str | tuple[int | str, ...] = 0
    of: tuple[str, ...] | None = None


def program(*examples: Example, wrt: Any = 0, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function and hand it back; what the zoo's options say is of no concern here."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append(Program(function, examples, wrt))
        return function

    return register


def numbers(value: Any) -> Iterator[Any]:
    """The numbers and arrays in a value, of objects too, in a fixed order."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, dict):
        yield from numbers(list(value.values()))
    elif isinstance(value, (np.ndarray, np.number, float, complex)) or type(value) is int:
        yield value
    elif hasattr(value, "__dict__") and not callable(value):
        yield from numbers(list(vars(value).values()))


def flat(value: Any) -> np.ndarray[Any, Any]:
    """All numbers of a value."""
    return np.concatenate([np.zeros(0), *(np.ravel(np.asarray(one)) for one in numbers(value))])


def moved(value: Any, step: float, along: Iterator[float]) -> Any:
    """A value moved by a step along a direction, which is used up; what is one object in it stays one."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        value += step * np.array([next(along) for _ in range(value.size)]).reshape(value.shape)
        return value
    if isinstance(value, (bool, np.bool_, str, type(None), np.ndarray)):
        return value
    if isinstance(value, (int, float, complex, np.number)):
        return float(value) + step * next(along) if isinstance(value, int) else type(value)(value + step * next(along))
    if isinstance(value, dict):
        return {key: moved(item, step, along) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [moved(item, step, along) for item in value]
        return value._make(items) if hasattr(value, "_make") else type(value)(items)
    for name, item in list(vars(value).items()):
        if not isinstance(item, int):  # which has no derivative as an attribute
            setattr(value, name, moved(item, step, along))
    return value


def outcome(one: Program, example: Example, step: float = 0.0, direction: Any = ()) -> float:
    """The sum of all numbers of what is differentiated, with the arguments in ``wrt`` moved."""
    args, kwargs = copy.deepcopy((example.args, example.kwargs))
    bound = inspect.signature(one.function).bind(*args, **kwargs)
    names, along = list(inspect.signature(one.function).parameters), iter(direction)
    for place in one.wrt if isinstance(one.wrt, tuple) else (one.wrt,):
        name = names[place] if isinstance(place, int) else place
        if step:
            bound.arguments[name] = moved(bound.arguments[name], step, along)
    value = one.function(*bound.args, **bound.kwargs)
    found = [value] if one.of is None else [bound.arguments[name] if name != "return" else value for name in one.of]
    return float(np.sum(np.real(flat(found))))


def slope(one: Program, example: Example, direction: Any) -> float:
    """The derivative along a direction by central differences, extrapolated to fourth order."""
    near, far = (outcome(one, example, h, direction) - outcome(one, example, -h, direction) for h in (1e-3, 2e-3))
    return (8 * near - far) / 12e-3
