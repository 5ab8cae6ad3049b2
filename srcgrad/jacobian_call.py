"""The call of a function that computes a Jacobian: by columns or by rows, whichever are fewer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.errors import DifferentiationError
from srcgrad.jacobians import numbers
from srcgrad.objects import attributes
from srcgrad.structures import holds_complex


def jacobian_call(
    by_columns: Callable[..., Any], names: Sequence[str], by_rows: Callable[[], Callable[..., Any]]
) -> Callable[..., Any]:
    """A function that computes columns at first, and rows from then on for shapes of which these are fewer.

    ``names`` are the parameters that are differentiated; ``by_rows`` makes the other function.
    """
    fewer: dict[Any, bool] = {}  # whether rows are, by shapes
    made: list[Callable[..., Any]] = []

    @functools.wraps(by_columns)
    def call(*args: Any, **kwargs: Any) -> Any:
        key = _shapes((*args, *kwargs.values()))
        if fewer.get(key):
            try:
                if not made:
                    made.append(by_rows())
                return made[0](*args, **kwargs)
            except (DifferentiationError, TypeError):  # there is no reverse mode, or the result is complex this time
                fewer[key] = False
        result = by_columns(*args, **kwargs)
        if key not in fewer:
            bound = inspect.signature(by_columns).bind(*args, **kwargs)
            bound.apply_defaults()
            columns = numbers([bound.arguments[name] for name in names])
            fewer[key] = numbers(result) < columns * columns and not holds_complex(result)
        return result

    return call


def _shapes(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((name, _shapes(item)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_shapes, value))
    if (held := attributes(value)) is not None:
        return type(value), _shapes(held)
    return np.shape(value) if isinstance(value, np.ndarray) else None
