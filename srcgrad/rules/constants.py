"""Functions whose derivative is zero wherever it exists.

Not here, though their results look discrete: ``np.unique`` (it returns values of its argument),
``np.histogram`` (it may have weights), ``np.nextafter`` (its slope is one) and ``np.arange`` (its
values move with its start and step).
"""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

import numpy as np

from srcgrad import modes
from srcgrad.rules.registry import constant


def _all_of(module: Any, names: str) -> list[Any]:
    """Return the functions of these names that the module has in this version."""
    return [getattr(module, name) for name in names.split() if hasattr(module, name)]


constant(
    *_all_of(operator, "lt le eq ne ge gt not_ truth is_ is_not contains index"),
    *_all_of(operator, "and_ or_ xor invert lshift rshift floordiv"),
    *_all_of(builtins, "len int bool range isinstance issubclass str repr format print"),
    *_all_of(builtins, "type id hash callable hasattr round any all ord chr"),
    *_all_of(math, "floor ceil trunc isnan isinf isfinite isclose"),
    *_all_of(math, "comb factorial gcd isqrt lcm perm"),
)

constant(modes.stop_gradient, modes.is_training, modes.is_recording)

# what compares, decides, finds
constant(
    *_all_of(np, "greater greater_equal less less_equal equal not_equal isclose allclose"),
    *_all_of(np, "array_equal array_equiv isin all any count_nonzero signbit"),
    *_all_of(np, "logical_and logical_or logical_xor logical_not"),
    *_all_of(np, "bitwise_and bitwise_or bitwise_xor invert left_shift right_shift"),
    *_all_of(np, "isnan isinf isfinite isneginf isposinf isreal iscomplex"),
    *_all_of(np, "argmax argmin nanargmax nanargmin argsort argpartition argwhere lexsort"),
    *_all_of(np, "nonzero flatnonzero searchsorted digitize"),
    np.linalg.matrix_rank,
    methods=("argmax", "argmin", "argsort", "argpartition", "searchsorted", "nonzero"),
)
constant(methods=("all", "any", "round"))

# what rounds
constant(
    *_all_of(np, "floor ceil trunc rint round round_ around fix sign floor_divide"),
    *_all_of(np, "bool_ int8 int16 int32 int64 intp uint8 uint16 uint32 uint64"),
)

# what asks for shapes and dtypes, and what makes arrays of nothing else
constant(
    *_all_of(np, "shape ndim size common_type isdtype result_type can_cast promote_types min_scalar_type issubdtype"),
    *_all_of(np, "iscomplexobj isrealobj isscalar isfortran iterable broadcast_shapes"),
    *_all_of(getattr(np.lib, "array_utils", np), "normalize_axis_index normalize_axis_tuple"),
    *_all_of(np, "shares_memory may_share_memory"),
    *_all_of(np, "zeros zeros_like ones ones_like empty empty_like eye identity tri indices"),
    *_all_of(np, "tril_indices triu_indices tril_indices_from triu_indices_from"),
    *_all_of(np, "diag_indices diag_indices_from unravel_index ravel_multi_index"),
)
