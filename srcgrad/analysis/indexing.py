"""The dimensions that indexing an array leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Kind, Scalar
from srcgrad.analysis.scope import Scope

Dims = tuple[bool | None, ...]


def is_integer(kind: Kind) -> bool:
    """Whether a value is surely a single integer (an index that drops a dimension)."""
    return isinstance(kind, Scalar) and issubclass(kind.type, (int, np.integer)) and kind.type is not bool


def is_basic(index: Any, kind: Callable[[Any], Kind], scope: Scope) -> bool:
    """Whether an index is surely made of integers, slices, newaxis and ellipsis."""
    return all(
        isinstance(part, gast.Slice) or scope.literal(part) in (None, Ellipsis) or is_integer(kind(part))
        for part in parts_of(index)
    )


def parts_of(index: Any) -> list[Any]:
    """What an index consists of, one part a dimension."""
    return list(index.elts) if isinstance(index, gast.Tuple) else [index]


def index_dims(dims: Dims, parts: list[Any], kind: Callable[[Any], Kind], scope: Scope) -> Dims | None:
    """The dimensions that basic indexing leaves, or None if it is not surely basic."""
    consumed = sum(1 for p in parts if scope.literal(p) is not None and scope.literal(p) is not Ellipsis)
    rest = list(dims)
    found: list[bool | None] = []
    for part in parts:
        if scope.literal(part) is None:
            found.append(True)
        elif scope.literal(part) is Ellipsis:
            while len(rest) > consumed:
                found.append(rest.pop(0))
        elif not rest:
            return None
        elif isinstance(part, gast.Slice):
            size = rest.pop(0)
            found.append(size if part.lower is None and part.upper is None else None)
            consumed -= 1
        elif is_integer(kind(part)):
            rest.pop(0)
            consumed -= 1
        else:
            return None
    return tuple(found + rest)
