"""What functions that compute Jacobians call, for derivatives of them: all are linear in the first argument.

Of the others only the structure and the shapes are read.
"""

# mypy: allow-untyped-defs, allow-untyped-decorators
from __future__ import annotations

from srcgrad.jacobians import (
    aligned,
    columns,
    count,
    directions,
    directions_apart,
    each,
    joined,
    of_columns,
    of_rows,
    rows,
)
from srcgrad.rules.registry import constant, linear, of_complex
from srcgrad.runtime import reshape_like
from srcgrad.structures import zeros_for

constant(directions, directions_apart, count)
of_complex(columns, of_columns, rows, of_rows, joined, each, aligned)


@linear(columns, view=True)
def columns_rule(y_dot, y, x, *, d):
    return of_columns(d, y, x), zeros_for(y), zeros_for(x)


@linear(of_columns, view=True)
def of_columns_rule(t, y, x, *, d):
    return columns(d, y, x), zeros_for(y), zeros_for(x)


@linear(rows, view=True)
def rows_rule(x_bar, x, y, *, d):
    return of_rows(d, x, y), zeros_for(x), zeros_for(y)


@linear(of_rows, view=True)
def of_rows_rule(t, x, y, *, d):
    return rows(d, x, y), zeros_for(x), zeros_for(y)


@linear(joined)
def joined_rule(values, *, d):
    return each(d)


@linear(each, view=True)
def each_rule(t, *, d):
    return joined(d)


@linear(aligned, view=True)
def aligned_rule(t, like, *, d):
    return reshape_like(d, t), zeros_for(like)
