"""The kind of a primitive's result, found by running the primitive on tiny sample arguments.

A dimension that is not of size one is tried with sizes 0, 2 and 3, one that is not known also with 1, an integer
that is not known with 1, 2 and 3.  What comes out the same in all trials is known; what does not, is not.  So no
shape function is written by hand for any primitive, and none can disagree with NumPy.
"""

from __future__ import annotations

import builtins
import itertools
import math
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import (
    UNKNOWN,
    Array,
    Kind,
    Known,
    Mapping,
    Scalar,
    Sequence,
    join,
    kind_of,
)

_SIZES = (2, 3, 0)
_UNKNOWN_SIZES = (2, 1, 3, 0)
_INTEGERS = (2, 1, 3)


class NoSample(Exception):
    """A kind of which no sample can be made."""


class Literal:
    """A literal argument: equal and hashable by type and text, so that ``True`` and ``1`` differ."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key = (type(value), repr(value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


Argument = Kind | Literal


@lru_cache(maxsize=16384)
def result_kind(function: Any, args: tuple[Argument, ...], keywords: tuple[tuple[str, Argument], ...]) -> Kind:
    """The kind of ``function(*args, **keywords)``, UNKNOWN if nothing can be said.

    >>> import operator
    >>> result_kind(operator.add, (Array((False, False), np.dtype(float)), Scalar(float)), ()).dims
    (False, False)
    """
    found: list[Kind] = []
    failed = False
    integers = _has_integers(args) or _has_integers(tuple(v for _, v in keywords))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for size, unknown, integer in _trials(integers):
                try:
                    values = [_sample(a, size, unknown, integer) for a in args]
                    named = {k: _sample(a, size, unknown, integer) for k, a in keywords}
                    found.append(kind_of(function(*values, **named)))
                except NoSample:
                    raise
                except Exception:
                    failed = failed or size != 0
    except NoSample:
        return UNKNOWN
    if not found or (failed and integers):
        return UNKNOWN
    result = join(*found)
    return UNKNOWN if isinstance(result, Known) and not _is_plain(result.value) else result


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, np.dtype, type))


def _trials(integers: bool) -> Iterator[tuple[int, int, int]]:
    yield from itertools.product(_SIZES, _UNKNOWN_SIZES, _INTEGERS if integers else _INTEGERS[:1])


def _has_integers(arguments: tuple[Argument, ...]) -> bool:
    return any(
        (isinstance(a, Scalar) and issubclass(a.type, (int, np.integer, np.bool_)))
        or (isinstance(a, Sequence) and _has_integers((a.item, *(a.items or ()))))
        for a in arguments
    )


def _sample(kind: Argument, size: int, unknown: int, integer: int) -> Any:
    if isinstance(kind, Literal):
        return kind.value
    if isinstance(kind, Scalar):
        made: Any = kind.type
        if issubclass(made, (bool, np.bool_)):
            return made(integer % 2)  # once each way: keepdims changes the number of dimensions
        return made(integer if issubclass(made, (int, np.integer)) else 0.625)
    if isinstance(kind, Array):
        return _sample_array(kind, size, unknown)
    if isinstance(kind, Sequence):
        if kind.items is None:
            raise NoSample
        return kind.type(_sample(item, size, unknown, integer) for item in kind.items)
    if isinstance(kind, Known) and not isinstance(kind.value, np.ndarray):
        return kind.value
    if isinstance(kind, Mapping):
        raise NoSample
    raise NoSample


def _sample_array(kind: Array, size: int, unknown: int) -> Any:
    if kind.dims is None or kind.dtype is None or kind.dtype.kind not in "biufc":
        raise NoSample
    shape = tuple(1 if dim else size if dim is False else unknown for dim in kind.dims)
    count = math.prod(shape)
    if kind.dtype.kind in "biu":
        return np.ones(shape, kind.dtype)
    # irregular numbers, so that square matrices are regular and nothing is equal by chance
    values = np.cos(np.arange(count, dtype=float) ** 2 * 0.7 + 0.3).reshape(shape)
    if len(shape) >= 2 and shape[-1] == shape[-2]:
        values = values + np.swapaxes(values, -1, -2) + 4.0 * np.eye(shape[-1])
    return values.astype(kind.dtype)


BUILTINS = vars(builtins)
