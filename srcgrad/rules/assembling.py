"""Arrays made of several others, of lists and of numbers."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

import numpy as np

from srcgrad.averages import evenly
from srcgrad.rules.registry import Discrete, known, linear, pushforward
from srcgrad.runtime import (
    block_adjoint,
    cast_back,
    gathered,
    insert_positions,
    like_nested,
    meshgrid_adjoint,
    positions,
    select_adjoint,
    split_like,
    unbroadcast,
    unstack,
    zeros_like,
)
from srcgrad.structures import zeros_for
from srcgrad.tangents import cast_tangent


@linear(np.array, lists=("object",), view=lambda copy: copy is not True)
def array(object, dtype: Discrete = None, *, copy: Discrete = True, order: Discrete = "K", ndmin: Discrete = 0, out, d):
    return (
        (d if known(ndmin == 0) else np.reshape(d, np.shape(object)))
        if known(dtype is None and np.ndim(object) > 0)
        else like_nested(d if known(ndmin == 0) else np.reshape(d, np.shape(object)), object)
        if known(dtype is None)
        else like_nested(cast_back(np.reshape(d, np.shape(object)), object, out), object)
    )


# A dtype of integers would cut the tangents off.
@pushforward(np.array)
def array_forward(
    object, dtype: Discrete = None, *, copy: Discrete = True, order: Discrete = "K", ndmin: Discrete = 0, out, d
):
    return (
        np.array(d)
        if known(dtype is None and copy and ndmin == 0)
        else cast_tangent(d if known(ndmin == 0) else np.reshape(d, np.shape(out)), out, copy)
    )


@linear(np.asarray, view=True, lists=("a",))
def asarray(a, dtype: Discrete = None, order: Discrete = None, *, out, d):
    return (
        d
        if known(dtype is None and np.ndim(a) > 0)
        else like_nested(d, a)
        if known(dtype is None)
        else like_nested(cast_back(d, a, out), a)
    )


@pushforward(np.asarray)
def asarray_forward(a, dtype: Discrete = None, order: Discrete = None, *, out, d):
    return np.asarray(d) if known(dtype is None) else cast_tangent(d, out, False)


@linear(np.stack, lists=("arrays",))
def stack(arrays, axis: Discrete = 0, *, d):
    return unstack(d, arrays, axis)


@linear(np.concatenate, lists=("arrays",))
def concatenate(arrays, /, axis: Discrete = 0, *, d):
    return split_like(d, arrays, axis)


@linear(np.vstack, lists=("tup",))
def vstack(tup, *, d):
    return split_like(d, tup, 0)


@linear(np.hstack, lists=("tup",))
def hstack(tup, *, d):
    return (
        split_like(d, tup, 0)
        if known(np.ndim(d) == 1)
        else split_like(d, tup, 1)
        if known(np.ndim(d) > 1)
        else split_like(d, tup, np.minimum(np.ndim(d) - 1, 1))
    )


@linear(np.dstack, lists=("tup",))
def dstack(tup, *, d):
    return split_like(d, tup, 2)


@linear(np.column_stack, lists=("tup",))
def column_stack(tup, *, d):
    return split_like(d, tup, 1)


@linear(np.block, lists=("arrays",))
def block(arrays, *, d):
    return block_adjoint(d, arrays)


@linear(np.append)
def append(arr, values, axis: Discrete = None, *, d):
    return split_like(d, (arr, values), axis)[0], split_like(d, (arr, values), axis)[1]


# What is inserted is cast to the dtype of the array, that of integers included.
@linear(np.insert)
def insert(arr, obj: Discrete, values, axis: Discrete = None, *, out, d):
    return (
        gathered(d, arr, np.insert(positions(arr), obj, np.zeros(np.shape(values), np.intp), axis)),
        None,
        gathered(d, values, insert_positions(arr, obj, values, axis))
        if known(np.result_type(values) == np.result_type(out))
        else cast_back(gathered(d, values, insert_positions(arr, obj, values, axis)), values, out),
    )


@pushforward(np.insert)
def insert_forward(arr, obj: Discrete, values, axis: Discrete = None, *, out, d):
    return (
        np.insert(d, obj, zeros_like(values), axis),
        None,
        np.insert(np.zeros_like(arr), obj, d, axis)
        if known(np.result_type(values) == np.result_type(out))
        else cast_tangent(np.insert(np.zeros(np.shape(arr), np.result_type(np.asarray(d))), obj, d, axis), out),
    )


@linear(np.split, np.array_split, view=True)
def split(ary, indices_or_sections: Discrete, axis: Discrete = 0, *, d):
    return np.concatenate(d, axis)


@linear(np.select, lists=("condlist", "choicelist"))
def select(condlist, choicelist, default=0, *, d):
    return (
        zeros_for(condlist),  # which decide only
        select_adjoint(d, condlist, choicelist),
        unbroadcast(np.where(np.any(np.broadcast_arrays(*condlist), axis=0), 0.0, d), default),
    )


@linear(np.meshgrid)
def meshgrid(*xi, indexing: Discrete = "xy", d):
    return meshgrid_adjoint(d, xi, indexing)


@linear(np.full)
def full(shape: Discrete, fill_value, *, d):
    return None, unbroadcast(d, fill_value)


@linear(np.full_like)
def full_like(a, fill_value, *, out, d):
    return (
        zeros_like(a),
        unbroadcast(d, fill_value)
        if known(np.result_type(fill_value) == np.result_type(out))
        else cast_back(unbroadcast(d, fill_value), fill_value, out),
    )


@pushforward(np.full_like)
def full_like_forward(a, fill_value, *, out, d):
    return (
        zeros_like(out),
        np.full_like(out, d)
        if known(np.result_type(fill_value) == np.result_type(out))
        else cast_tangent(np.broadcast_to(d, np.shape(out)), out),
    )


@linear(np.linspace)
def linspace(start, stop, num: Discrete = 50, endpoint: Discrete = True, *, d):
    weights = evenly(num, endpoint, d)
    return (
        unbroadcast(np.tensordot(1.0 - weights, d, 1), start),
        unbroadcast(np.tensordot(weights, d, 1), stop),
    )
