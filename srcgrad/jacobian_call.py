"""The call of a function that computes a Jacobian: by columns or by rows, whichever are fewer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.jacobians import numbers
from srcgrad.specialise import Specialised


def jacobian_call(
    by_columns: Callable[..., Any], names: Sequence[str], by_rows: Callable[[], Specialised]
) -> Callable[..., Any]:
    """A function that computes columns at first, and rows from then on for shapes of which these are fewer.

    ``names`` are the parameters that are differentiated; ``by_rows`` makes the other function.
    """
    chosen: dict[Any, Callable[..., Any]] = {}

    @functools.wraps(by_columns)
    def call(*args: Any, **kwargs: Any) -> Any:
        key = _shapes((*args, *kwargs.values()))
        function = chosen.get(key)
        if function is not None:
            return function(*args, **kwargs)
        result = by_columns(*args, **kwargs)
        bound = inspect.signature(by_columns).bind(*args, **kwargs)
        bound.apply_defaults()
        columns = numbers([bound.arguments[name] for name in names])
        chosen[key] = by_rows().functions[0] if numbers(result) < columns * columns else by_columns
        return result

    return call


def in_tuples(plain: Callable[..., Any], has_aux: bool) -> Callable[..., Any]:
    """A function for ``wrt=("x",)``, which asks for a tuple of one."""

    @functools.wraps(plain)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = plain(*args, **kwargs)
        return ((result[0],), result[1]) if has_aux else (result,)

    return wrapped


def _shapes(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((name, _shapes(item)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_shapes, value))
    return np.shape(value) if isinstance(value, np.ndarray) else None
