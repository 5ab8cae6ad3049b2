"""The reverse sweep of one call of ``vjp``: cotangents of the result in, gradients out, as often as wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Pullback:
    """Maps a cotangent of the result to gradients of the differentiated arguments.

    Called without a cotangent it takes ones.  With ``into`` it adds the gradients to the given arrays in place (one
    array, or a tuple of them for several arguments) and returns these.

    Raises TypeError if the cotangent has not the structure of the result, ValueError if it has not its shape.

    >>> import numpy as np, srcgrad
    >>> value, pullback = srcgrad.vjp(lambda x: x * x)(np.array([1.0, 2.0]))
    >>> pullback(np.array([1.0, 10.0]))
    array([ 2., 40.])
    >>> total = np.ones(2)
    >>> pullback(into=total)
    array([3., 5.])
    """

    def __init__(self, backward: Callable[..., Any], saved: Any, value: Any, single: bool) -> None:
        self._backward = backward
        self._saved = saved
        self._shapes = _shapes(value)
        self._single = single

    def __call__(self, y_bar: Any = None, *, into: Any = None) -> Any:
        """Return the gradients for the cotangent ``y_bar`` (ones if left out)."""
        if y_bar is None:
            y_bar = _ones(self._shapes)
        else:
            _check(y_bar, self._shapes, "y_bar")
        gradients = self._backward(self._saved, y_bar)
        several = isinstance(gradients, tuple) and not self._single
        found = gradients if several else (gradients,)
        if into is None:
            return found if not self._single else gradients
        buffers = into if isinstance(into, (tuple, list)) and not self._single else (into,)
        if len(buffers) != len(found):
            raise TypeError(f"into has {len(buffers)} buffers for {len(found)} gradients")
        for buffer, gradient in zip(buffers, found, strict=True):
            if not isinstance(buffer, np.ndarray) or buffer.shape != np.shape(gradient):
                raise TypeError(f"into needs arrays of the arguments' shapes, not {_described(buffer)}")
            if not np.can_cast(np.asarray(gradient).dtype, buffer.dtype, "same_kind"):
                raise TypeError(f"a gradient of {np.asarray(gradient).dtype} cannot be added into {buffer.dtype}")
        for buffer, gradient in zip(buffers, found, strict=True):
            buffer += gradient
        return into


def _shapes(value: Any) -> Any:
    """The structure of a result: its shape, or a list of those of its elements, or None for what is no number."""
    if isinstance(value, (list, tuple)):
        return [_shapes(item) for item in value]
    if isinstance(value, (bool, int, float, np.generic, np.ndarray)):
        return np.shape(value)
    return None


def _ones(shapes: Any) -> Any:
    return tuple(_ones(item) for item in shapes) if isinstance(shapes, list) else 1.0


def _check(y_bar: Any, shapes: Any, label: str) -> None:
    if isinstance(shapes, list):
        if not isinstance(y_bar, (list, tuple)) or len(y_bar) != len(shapes):
            raise TypeError(f"{label} must be a sequence of {len(shapes)} cotangents, one for each result")
        for position, (item, shape) in enumerate(zip(y_bar, shapes, strict=True)):
            _check(item, shape, f"{label}[{position}]")
    elif shapes is not None:
        if not isinstance(y_bar, (int, float, np.generic, np.ndarray)) or isinstance(y_bar, bool):
            raise TypeError(f"{label} must be a number or an array, not {type(y_bar).__name__}")
        if np.asarray(y_bar).dtype.kind not in "fiu":
            raise TypeError(f"{label} must be real, not {np.asarray(y_bar).dtype}")
        if np.shape(y_bar) != shapes:
            raise ValueError(f"{label} has shape {np.shape(y_bar)}, the result has {shapes}")


def _described(value: Any) -> str:
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
