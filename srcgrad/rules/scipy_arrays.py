"""How SciPy asks for the arrays that it is given: what it does about them is what NumPy does.

Loaded when a function of SciPy is met.  These functions are not public: a SciPy that does not have them needs none.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from srcgrad.rules.registry import Discrete, constant, known, linear
from srcgrad.runtime import cast_back, like_nested

try:
    _array_api: Any = importlib.import_module("scipy._lib._array_api")
except ImportError:
    _array_api = None
_CONSTANT = "array_namespace is_numpy is_torch is_cupy is_jax is_dask is_lazy_array xp_result_type xp_size xp_device"

constant(*(getattr(_array_api, name) for name in _CONSTANT.split() if hasattr(_array_api, name)))

if hasattr(_array_api, "xp_promote"):

    @linear(_array_api.xp_promote, view=True, lists=("x",))
    def xp_promote(x, /, *, broadcast: Discrete = False, force_floating: Discrete = False, xp: Discrete, d):
        return d if known(np.ndim(x) > 0) else like_nested(d, x)


if hasattr(_array_api, "_asarray"):

    @linear(_array_api._asarray, view=True, lists=("array",))
    def _asarray(
        array,
        dtype: Discrete = None,
        order: Discrete = None,
        copy: Discrete = None,
        *,
        xp: Discrete = None,
        check_finite: Discrete = False,
        subok: Discrete = False,
        out,
        d,
    ):
        return (
            d
            if known(dtype is None and np.ndim(array) > 0)
            else like_nested(d, array)
            if known(dtype is None)
            else like_nested(cast_back(d, array, out), array)
        )
