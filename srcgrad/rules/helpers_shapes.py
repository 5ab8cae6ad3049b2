"""Helpers of derivatives that arrange and sum elements, where a derivative is itself differentiated: all are linear.

Each is the transpose of a primitive or of another helper, which is then its own transpose.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

from typing import Any, Literal

import numpy as np

from srcgrad.rules.registry import Discrete, known, linear, of_complex
from srcgrad.runtime import (
    array_like,
    block_adjoint,
    cast_back,
    diag_adjoint,
    diagonal_adjoint,
    diff_adjoint,
    expanded,
    first_equal,
    gathered,
    item_adjoint,
    items_of,
    like_nested,
    matched,
    meshgrid_adjoint,
    pad_adjoint,
    reshape_like,
    rows_of,
    select_adjoint,
    split_like,
    sum_adjoint,
    unbroadcast,
    unreduce,
    unstack,
)
from srcgrad.structures import zeros_for
from srcgrad.tangents import first_equal_tangent
from srcgrad.transposes import item_of, joined, meshed, reduced_like, summed, taken

of_complex(unbroadcast, unreduce, reduced_like, reshape_like, expanded, cast_back, gathered, taken, pad_adjoint)
of_complex(item_adjoint, item_of, diagonal_adjoint, diag_adjoint, diff_adjoint, like_nested, array_like, split_like)
of_complex(joined, unstack, block_adjoint, select_adjoint, meshgrid_adjoint, meshed, sum_adjoint, summed)
of_complex(rows_of, items_of)

# --- shapes


@linear(unbroadcast, view=True)
def of_unbroadcast(t, like, *, d):
    return d if known(np.ndim(t) == 0) else unreduce(d, t), zeros_for(like)


@linear(unreduce)
def of_unreduce(t, like, axis: Discrete = None, keepdims: Discrete = False, /, *, d):
    return np.sum(d) if known(np.ndim(t) == 0 and not np.iscomplexobj(t)) else reduced_like(
        d, t, axis, keepdims
    ), zeros_for(like)


@linear(reduced_like, view=True)
def of_reduced_like(t, like, axis: Discrete = None, keepdims: Discrete = False, *, d):
    return unreduce(d, t, axis, keepdims), zeros_for(like)


@linear(reshape_like, view=True)
def of_reshape_like(t, like, *, d):
    return reshape_like(d, t), zeros_for(like)


@linear(expanded, view=True)
def of_expanded(t, axis: Discrete, keepdims: Discrete, /, *, d):
    return reshape_like(d, t)


@linear(cast_back, view=True)
def of_cast_back(t, like, whole, /, *, d):
    return cast_back(d, t, whole), zeros_for(like), zeros_for(whole)


# --- elements


@linear(gathered)
def of_gathered(t, like, numbers: Discrete, /, *, d):
    t_bar = taken(d, numbers)
    return t_bar if known(not np.iscomplexobj(t)) else matched(t_bar, t), zeros_for(like)


@linear(taken)
def of_taken(t, numbers: Discrete, *, d):
    return gathered(d, t, numbers)


@linear(pad_adjoint, view=True)
def of_pad_adjoint(
    t: Any,
    like: Any,
    pad_width: Discrete,
    mode: Literal["constant", "edge", "reflect", "symmetric", "wrap"],
    /,
    *,
    d: Any,
) -> Any:
    return np.pad(d, pad_width, mode), zeros_for(like)


@linear(item_adjoint, view=True)
def of_item_adjoint(t, like, args: Discrete, /, *, d):
    return item_of(d, args), zeros_for(like)


@linear(item_of, view=True)
def of_item_of(t, args: Discrete, *, d):
    return item_adjoint(d, t, args)


@linear(diagonal_adjoint)
def of_diagonal_adjoint(t, like, offset: Discrete = 0, axis1: Discrete = 0, axis2: Discrete = 1, /, *, d):
    return unbroadcast(np.diagonal(d, offset, axis1, axis2), t), zeros_for(like)


@linear(diag_adjoint)
def of_diag_adjoint(t, like, k: Discrete, /, *, d):
    return np.diag(d, k), zeros_for(like)


@linear(diff_adjoint, view=True)
def of_diff_adjoint(t, like, n: Discrete, axis: Discrete, /, *, d):
    return np.diff(d, n, axis), zeros_for(like)


# --- lists


@linear(like_nested, view=True)
def of_like_nested(t, like, /, *, d):
    return array_like(d, t), zeros_for(like)


@linear(array_like, view=True)
def of_array_like(t, like, /, *, d):
    return like_nested(d, t), zeros_for(like)


@linear(split_like, view=True)
def of_split_like(t, arrays, axis: Discrete, /, *, d):
    return joined(d, t, axis), zeros_for(arrays)


@linear(joined)
def of_joined(parts, like, axis: Discrete, *, d):
    return split_like(d, parts, axis), zeros_for(like)


@linear(unstack, view=True)
def of_unstack(t, like, axis: Discrete, /, *, d):
    return np.stack(d, axis), zeros_for(like)


@linear(block_adjoint)
def of_block_adjoint(t, arrays, /, *, d):
    return np.block(d), zeros_for(arrays)


@linear(select_adjoint)
def of_select_adjoint(t, condlist, choicelist, /, *, d):
    return unreduce(np.select(condlist, d), t), zeros_for(condlist), zeros_for(choicelist)


@linear(meshgrid_adjoint)
def of_meshgrid_adjoint(t, xi, indexing: Discrete, /, *, d):
    return meshed(d, indexing), zeros_for(xi)


@linear(meshed)
def of_meshed(xi, indexing: Discrete, *, d):
    return meshgrid_adjoint(d, xi, indexing)


@linear(sum_adjoint, view=True)
def of_sum_adjoint(t, iterable, /, *, d):
    return summed(d, t), zeros_for(iterable)


@linear(summed)
def of_summed(items, like, *, d):
    return sum_adjoint(d, items), zeros_for(like)


@linear(first_equal, view=True)
def of_first_equal(t, args, whole, /, *, d):
    return first_equal_tangent(d, args, whole), zeros_for(args), zeros_for(whole)


@linear(first_equal_tangent, view=True)
def of_first_equal_tangent(t, args, whole, /, *, d):
    return first_equal(d, args, whole), zeros_for(args), zeros_for(whole)


@linear(rows_of)
def of_rows_of(items, like, *, d):
    return items_of(d, items), zeros_for(like)


@linear(items_of)
def of_items_of(rows, like, *, d):
    return reshape_like(rows_of(d, rows[0] if len(rows) else 0.0), rows), zeros_for(like)
