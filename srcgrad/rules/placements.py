"""What is put in places of an array: the adjoint of each element goes back to where it came from."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

from srcgrad.placements import (
    numbered,
    put_adjoint,
    put_of,
    unplaced,
    with_added_at,
    with_along_axis,
    with_diagonal,
    with_masked,
    with_placed,
    with_put,
    with_subtracted_at,
)
from srcgrad.rules.registry import Discrete, constant, linear, of_complex
from srcgrad.runtime import unbroadcast
from srcgrad.structures import zeros_for
from srcgrad.transposes import element_like

constant(numbered)
of_complex(with_added_at, with_subtracted_at)
of_complex(with_put, with_placed, with_masked, with_along_axis, with_diagonal, unplaced, put_adjoint, put_of)


@linear(with_added_at)
def with_added_at_rule(x, index: Discrete, t, *, d):
    return d, None, element_like(d, index, t)


@linear(with_subtracted_at)
def with_subtracted_at_rule(x, index: Discrete, t, *, d):
    return d, None, -element_like(d, index, t)


@linear(with_put)
def with_put_rule(x, ind: Discrete, v, mode: Discrete = "raise", *, d):
    origins = with_put(numbered(x), ind, -1 - numbered(v), mode)
    return unplaced(d, origins), None, put_adjoint(d, origins, v)


@linear(with_placed)
def with_placed_rule(x, mask: Discrete, v, *, d):
    origins = with_placed(numbered(x), mask, -1 - numbered(v))
    return unplaced(d, origins), None, put_adjoint(d, origins, v)


@linear(with_masked)
def with_masked_rule(x, mask: Discrete, v, *, d):
    origins = with_masked(numbered(x), mask, -1 - numbered(v))
    return unplaced(d, origins), None, put_adjoint(d, origins, v)


@linear(with_along_axis)
def with_along_axis_rule(x, indices: Discrete, v, axis: Discrete, *, d):
    origins = with_along_axis(numbered(x), indices, -1 - numbered(v), axis)
    return unplaced(d, origins), None, put_adjoint(d, origins, v)


@linear(with_diagonal)
def with_diagonal_rule(x, v, wrap: Discrete = False, *, d):
    origins = with_diagonal(numbered(x), -1 - numbered(v), wrap)
    return unplaced(d, origins), put_adjoint(d, origins, v)


@linear(unplaced)
def of_unplaced(t, origins: Discrete, /, *, d):
    return unbroadcast(unplaced(d, origins), t), None


@linear(put_adjoint)
def of_put_adjoint(t, origins: Discrete, like, /, *, d):
    return put_of(d, origins), None, zeros_for(like)


@linear(put_of)
def of_put_of(t, origins: Discrete, *, d):
    return put_adjoint(d, origins, t)
