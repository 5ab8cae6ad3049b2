"""What SciPy's functions that look which arrays they are given say of NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Known

_MODULES = ("scipy._lib._array_api", "scipy._lib._array_api_override")


def is_array_api(function: Any) -> bool:
    """Whether a function is one of these: they change nothing, whatever their long texts say."""
    return getattr(function, "__module__", None) in _MODULES


def array_api_kind(function: Any, given: list[Any], kind: Callable[[Any], Kind]) -> Kind | None:
    """The kind of a call of such a function, None for any other: derivatives are for arrays of NumPy's."""
    if not is_array_api(function):
        return None
    name = function.__name__
    if name == "array_namespace":  # another module, with the same functions for arrays of NumPy's
        return Known(np)
    if name in ("xp_promote", "_asarray") and len(given) == 1:
        own = kind(given[0])
        is_floating = isinstance(own, Array) and own.dtype is not None and own.dtype.kind in "fc"
        return own if is_floating else UNKNOWN
    return None
