"""The call of a function that computes a Jacobian: by columns or by rows, whichever are fewer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.jacobians import numbers
from srcgrad.specialise import Specialised
from srcgrad.structures import holds_complex


def jacobian_call(
    by_columns: Callable[..., Any], names: Sequence[str], by_rows: Callable[[], Specialised]
) -> Callable[..., Any]:
    """A function that computes columns at first, and rows from then on for shapes of which these are fewer.

    ``names`` are the parameters that are differentiated; ``by_rows`` makes the other function.
    """
    chosen: dict[Any, bool] = {}  # whether rows are fewer

    @functools.wraps(by_columns)
    def call(*args: Any, **kwargs: Any) -> Any:
        key = _shapes((*args, *kwargs.values()))
        if chosen.get(key):
            return by_rows().functions[0](*args, **kwargs)
        result = by_columns(*args, **kwargs)
        if key in chosen:
            return result
        bound = inspect.signature(by_columns).bind(*args, **kwargs)
        bound.apply_defaults()
        columns = numbers([bound.arguments[name] for name in names])
        chosen[key] = numbers(result) < columns * columns and not holds_complex(result)
        return result

    return call


def _shapes(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((name, _shapes(item)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_shapes, value))
    return np.shape(value) if isinstance(value, np.ndarray) else None
