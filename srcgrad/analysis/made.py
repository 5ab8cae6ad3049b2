"""Kinds made of other kinds: of elements, of gradients, of arrays broadcast against each other."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from srcgrad.analysis import sampling
from srcgrad.analysis.indexing import broadcast
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Scalar, Sequence, ndim


def common_dtype(function: Any, kinds: list[Kind]) -> Any:
    """The dtype of an operation on arrays, whatever their sizes; arrays without dimensions are promoted as numbers."""
    found = set()
    ranks = [(0, 1) if isinstance(k, Array) and k.dims is None else (ndim(k),) for k in kinds]
    for chosen in itertools.product(*ranks):
        pairs = zip(chosen, kinds, strict=True)
        flat = [Array((False,) * min(n or 0, 1), k.dtype) if isinstance(k, Array) else k for n, k in pairs]
        result = sampling.result_kind(function, tuple(flat), ())
        if isinstance(result, Array):
            found.add(result.dtype)
        else:
            exact = isinstance(result, Scalar) and not result.also and issubclass(result.type, np.generic)
            found.add(np.dtype(result.type) if exact and isinstance(result, Scalar) else None)
    return found.pop() if len(found) == 1 else None


def broadcast_dims(kinds: list[Kind]) -> tuple[bool | None, ...] | None:
    """The dimensions of arrays and scalars broadcast against each other."""
    shapes = [k.dims if isinstance(k, Array) else () for k in kinds if isinstance(k, (Array, Scalar))]
    known = [shape for shape in shapes if shape is not None]
    return broadcast(known) if len(known) == len(shapes) else None


def element_kind(kind: Kind) -> Kind:
    """The kind of what a loop over a value yields."""
    if isinstance(kind, Sequence):
        return kind.item
    if isinstance(kind, Array) and kind.dims:
        if len(kind.dims) > 1:
            return Array(kind.dims[1:], kind.dtype)
        return Scalar(kind.dtype.type) if kind.dtype is not None and kind.dtype.kind in "biufc" else UNKNOWN
    return UNKNOWN
