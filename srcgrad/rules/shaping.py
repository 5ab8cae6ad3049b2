"""Other arrangements of the elements of one array: shapes, axes, orders, copies, selections."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

from typing import Any, Literal

import numpy as np

from srcgrad.orders import partition_positions, sort_positions
from srcgrad.rules.registry import Discrete, known, linear, pullback, pushforward
from srcgrad.runtime import (
    array_like,
    cast_back,
    diag_adjoint,
    diagonal_adjoint,
    gathered,
    inverse_permutation,
    item_adjoint,
    like_nested,
    matched,
    pad_adjoint,
    positions,
    reshape_like,
    unbroadcast,
)
from srcgrad.tangents import cast_tangent, sort_tangent
from srcgrad.transposes import item_of, taken

# --- shapes


@linear(np.reshape, methods=("reshape",), packed="shape", view=True)
def reshape(a, shape: Discrete, order: Discrete = "C", *, d):
    return (
        d.reshape(a.shape)
        if known(np.ndim(a) > 0 and np.ndim(d) > 0 and order == "C")
        else reshape_like(d, a)
        if known(order == "C")
        else gathered(d, a, np.reshape(positions(a), np.shape(d), order=order))
    )


# The orders "A" and "K" go by the memory of the array, which need not be that of its tangent.
@pushforward(np.reshape)
def reshape_forward(a, shape: Discrete, order: Discrete = "C", *, d):
    return (
        np.reshape(d, shape)
        if known(order == "C")
        else np.reshape(d, shape, order)
        if known(order == "F")
        else taken(d, np.reshape(positions(a), shape, order=order))
    )


@linear(np.ravel, methods=("ravel",), view=True)
def ravel(a, order: Discrete = "C", *, d):
    return (
        d.reshape(a.shape)
        if known(np.ndim(a) > 0 and order == "C")
        else reshape_like(d, a)
        if known(order == "C")
        else gathered(d, a, np.ravel(positions(a), order))
    )


@pushforward(np.ravel)
def ravel_forward(a, order: Discrete = "C", *, d):
    return (
        np.ravel(d)
        if known(order == "C")
        else np.ravel(d, order)
        if known(order == "F")
        else taken(d, np.ravel(positions(a), order))
    )


@linear(np.ndarray.flatten, methods=("flatten",))
def flatten(a, order: Discrete = "C", *, d):
    return (
        d.reshape(a.shape)
        if known(np.ndim(a) > 0 and order == "C")
        else reshape_like(d, a)
        if known(order == "C")
        else gathered(d, a, np.ravel(positions(a), order))
    )


@pushforward(np.ndarray.flatten)
def flatten_forward(a, order: Discrete = "C", *, d):
    return d.flatten() if known(order == "C" and np.ndim(a) > 0) else taken(d, np.ravel(positions(a), order))


@linear(np.squeeze, methods=("squeeze",), view=True)
def squeeze(a, axis: Discrete = None, *, d):
    return reshape_like(d, a)


@linear(np.expand_dims, view=True)
def expand_dims(a, axis: Discrete, *, d):
    return reshape_like(d, a)


@linear(np.atleast_1d, view=True)
def atleast_1d(ary, /, *, d):
    return d if known(np.ndim(ary) > 0) else reshape_like(d, ary)


@linear(np.atleast_2d, view=True)
def atleast_2d(ary, /, *, d):
    return d if known(np.ndim(ary) > 1) else reshape_like(d, ary)


@linear(np.atleast_3d, view=True)
def atleast_3d(ary, /, *, d):
    return d if known(np.ndim(ary) > 2) else reshape_like(d, ary)


@linear(np.broadcast_to, view=True)
def broadcast_to(array, shape: Discrete, *, d):
    return unbroadcast(d, array)


# --- axes


@linear(np.transpose, methods=("transpose",), packed="axes", view=True)
def transpose(a, axes: Discrete = None, *, d):
    return (
        d.T
        if known(axes is None and np.ndim(a) > 0)
        else np.transpose(d, inverse_permutation(axes))
        if known(np.ndim(a) > 0)
        else np.transpose(d, inverse_permutation(axes))[()]
    )


@linear(np.swapaxes, methods=("swapaxes",), view=True)
def swapaxes(a, axis1: Discrete, axis2: Discrete, *, d):
    return np.swapaxes(d, axis1, axis2)


@linear(np.moveaxis, view=True)
def moveaxis(a, source: Discrete, destination: Discrete, *, d):
    return np.moveaxis(d, destination, source)


# --- orders


@linear(np.flip, view=True)
def flip(m, axis: Discrete = None, *, d):
    return np.flip(d, axis)


@linear(np.flipud, view=True)
def flipud(m, *, d):
    return np.flipud(d)


@linear(np.fliplr, view=True)
def fliplr(m, *, d):
    return np.fliplr(d)


@linear(np.rot90, view=True)
def rot90(m, k: Discrete = 1, axes: Discrete = (0, 1), *, d):
    return np.rot90(d, -k, axes)


@linear(np.roll)
def roll(a, shift: Discrete, axis: Discrete = None, *, d):
    return (
        np.roll(d, -shift if known(np.ndim(shift) == 0) else np.negative(shift), axis)
        if known(np.ndim(a) > 0)
        else reshape_like(np.roll(d, np.negative(shift), axis), a)
    )


@pullback(np.sort)
def sort(a, axis: Discrete = -1, *, d):
    return gathered(d, a, sort_positions(a, axis))


@pushforward(np.sort)
def sort_forward(a, axis: Discrete = -1, *, d):
    return d[np.argsort(a, kind="stable")] if known(np.ndim(a) == 1) else sort_tangent(d, a, axis)


@pullback(np.partition)
def partition(a, kth: Discrete, axis: Discrete = -1, *, out, d):
    return gathered(d, a, partition_positions(a, out, axis))


@pushforward(np.partition)
def partition_forward(a, kth: Discrete, axis: Discrete = -1, *, out, d):
    return taken(d, partition_positions(a, out, axis))


# --- copies and dtypes


@linear(np.copy, methods=("copy",), lists=("a",))
def copy(a, *, d):
    return d if known(np.ndim(a) > 0) else like_nested(d, a)


@linear(np.ascontiguousarray, np.asfortranarray, np.asanyarray, view=True, lists=("a",))
def contiguous(a, *, d):
    return d if known(np.ndim(a) > 0) else like_nested(reshape_like(d, a), a)


@linear(np.ndarray.astype, methods=("astype",), view=True)
def astype(a, dtype: Discrete, *, copy: Discrete = True, out, d):
    return d.astype(a.dtype) if known(dtype is float and np.ndim(a) > 0) else cast_back(d, a, out)


@pushforward(np.ndarray.astype)
def astype_forward(a, dtype: Discrete, *, copy: Discrete = True, out, d):
    return d.astype(dtype) if known(dtype is float and copy and np.ndim(a) > 0) else cast_tangent(d, out, copy)


@linear(np.real, methods=("real",), view=True)
def real(val, *, d):
    return d if known(not np.iscomplexobj(val)) else d + 0j if known(np.iscomplexobj(val)) else matched(d, val)


@linear(np.imag, methods=("imag",), view=True)
def imag(val, *, d):
    return (
        0.0 * d
        if known(not np.iscomplexobj(val))
        else -1j * d
        if known(np.iscomplexobj(val))
        else matched(-1j * d, val)
    )


@linear(np.ndarray.item, methods=("item",))
def item(a, /, *args, d):
    return item_adjoint(d, a, args)


# The tangent of a number may be one of Python's, which has no such methods.
@pushforward(np.ndarray.item)
def item_forward(a, /, *args, d):
    return d.item() if known(len(args) == 0 and np.ndim(a) > 0) else item_of(d, args)


@linear(np.ndarray.tolist, methods=("tolist",))
def tolist(a, *, d):
    return array_like(d, a)


@pushforward(np.ndarray.tolist)
def tolist_forward(a, *, d):
    return d.tolist() if known(np.ndim(a) > 0) else np.asarray(d).tolist()


# --- repetitions


@linear(np.repeat, methods=("repeat",))
def repeat(a, repeats: Discrete, axis: Discrete = None, *, d):
    return gathered(d, a, np.repeat(positions(a), repeats, axis))


@linear(np.tile)
def tile(A, reps: Discrete, *, d):
    return gathered(d, A, np.tile(positions(A), reps))


@linear(np.resize)
def resize(a, new_shape: Discrete, *, d):
    return gathered(d, a, np.resize(positions(a), new_shape))


# The other modes compute what they add.
@linear(np.pad)
def pad(
    array: Any,
    pad_width: Discrete,
    mode: Literal["constant", "edge", "reflect", "symmetric", "wrap"] = "constant",
    *,
    d: Any,
) -> Any:
    return pad_adjoint(d, array, pad_width, mode)


# --- selections


@linear(np.take, methods=("take",))
def take(a, indices: Discrete, axis: Discrete = None, *, d):
    return gathered(d, a, np.take(positions(a), indices, axis))


@linear(np.take_along_axis)
def take_along_axis(arr, indices: Discrete, axis: Discrete, *, d):
    return gathered(d, arr, np.take_along_axis(positions(arr), indices, axis))


@linear(np.compress)
def compress(condition, a, axis: Discrete = None, *, d):
    return np.zeros_like(condition), gathered(d, a, np.compress(condition, positions(a), axis))


@linear(np.delete)
def delete(arr, obj: Discrete, axis: Discrete = None, *, d):
    return gathered(d, arr, np.delete(positions(arr), obj, axis))


@linear(np.diagonal, methods=("diagonal",), view=True)
def diagonal(a, offset: Discrete = 0, axis1: Discrete = 0, axis2: Discrete = 1, *, d):
    return diagonal_adjoint(d, a, offset, axis1, axis2)


@linear(np.trace, methods=("trace",))
def trace(a, offset: Discrete = 0, axis1: Discrete = 0, axis2: Discrete = 1, *, d):
    return diagonal_adjoint(np.expand_dims(d, -1), a, offset, axis1, axis2)


@linear(np.diag, view=True)
def diag(v, k: Discrete = 0, *, d):
    return diag_adjoint(d, v, k)


@linear(np.triu)
def triu(m, k: Discrete = 0, *, d):
    return np.triu(d, k) if known(np.ndim(m) > 1) else unbroadcast(np.triu(d, k), m)


@linear(np.tril)
def tril(m, k: Discrete = 0, *, d):
    return np.tril(d, k) if known(np.ndim(m) > 1) else unbroadcast(np.tril(d, k), m)
