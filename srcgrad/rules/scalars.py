"""Python's own functions of numbers: builtins, and those of ``math`` that NumPy does not have."""

# mypy: allow-untyped-defs, allow-untyped-decorators
from __future__ import annotations

import builtins
import math

import numpy as np

from srcgrad.rules.registry import elementwise, known, linear, pullback, pushforward
from srcgrad.runtime import (
    cast_back,
    dist_adjoint,
    factors_adjoint,
    first_equal,
    hypot_adjoint,
    ratio,
    sum_adjoint,
    unbroadcast,
    unreduce,
)
from srcgrad.special import digamma
from srcgrad.tangents import (
    cast_tangent,
    dist_tangent,
    divmod_tangent,
    factors_tangent,
    first_equal_tangent,
    hypot_tangent,
)

# --- builtins


@linear(builtins.float)
def float(x=0.0, /, *, d):
    return d if known(np.ndim(x) == 0) else unreduce(d, x)


@elementwise(np.float64, np.float32, np.float16, np.longdouble, view=True)
def floating(x=0.0, /, *, out, d):
    return d if known(np.result_type(x) == np.result_type(out)) else cast_back(d, x, out)


@pushforward(np.float64, np.float32, np.float16, np.longdouble)
def floating_forward(x=0.0, /, *, out, d):
    return d if known(np.result_type(x) == np.result_type(out)) else cast_tangent(d, out)


# Of nothing they are the start.
@linear(builtins.sum, view=lambda start: False)
def sum(iterable, /, start=0, *, d):
    return sum_adjoint(d, iterable), unbroadcast(d, start)


# Of equal ones the first is taken, as Python does.
@pullback(builtins.max, view=True)
def max(*args, out, d):
    return (
        [0.0 if args[1] > args[0] else d, d if args[1] > args[0] else 0.0]
        if known(len(args) == 2 and np.ndim(d) == 0)
        else first_equal(d, args, out)
    )


@pushforward(builtins.max)
def max_forward(*args, out, d):
    return (
        [0.0 if args[1] > args[0] else d[0], d[1] if args[1] > args[0] else 0.0]
        if known(len(args) == 2 and np.ndim(out) == 0)
        else first_equal_tangent(d, args, out)
    )


@pullback(builtins.min, view=True)
def min(*args, out, d):
    return (
        [0.0 if args[1] < args[0] else d, d if args[1] < args[0] else 0.0]
        if known(len(args) == 2 and np.ndim(d) == 0)
        else first_equal(d, args, out)
    )


@pushforward(builtins.min)
def min_forward(*args, out, d):
    return (
        [0.0 if args[1] < args[0] else d[0], d[1] if args[1] < args[0] else 0.0]
        if known(len(args) == 2 and np.ndim(out) == 0)
        else first_equal_tangent(d, args, out)
    )


@pullback(builtins.divmod, np.divmod)
def divmod(x, y, /, *, out, d):
    return (
        d[1] if known(np.ndim(x) == 0 and np.ndim(y) == 0) else unbroadcast(d[1], x),
        -d[1] * out[0] if known(np.ndim(x) == 0 and np.ndim(y) == 0) else unbroadcast(-d[1] * out[0], y),
    )


@pushforward(builtins.divmod, np.divmod)
def divmod_forward(x, y, /, *, out, d):
    return divmod_tangent(d, out), divmod_tangent(-d * out[0], out)


# --- math


# The default is math.e.
@elementwise(math.log)
def log(x, base=2.718281828459045, /, *, out, d):
    return (
        d / x if known(base == 2.718281828459045) else d / (x * math.log(base)),
        -d * out / (base * math.log(base)),
    )


@pullback(math.hypot)
def hypot(*coordinates, out, d):
    return (
        [d * ratio(coordinates[0], out), d * ratio(coordinates[1], out)]
        if known(len(coordinates) == 2)
        else hypot_adjoint(d, coordinates, out)
    )


@pushforward(math.hypot)
def hypot_forward(*coordinates, out, d):
    return (
        [d[0] * ratio(coordinates[0], out), d[1] * ratio(coordinates[1], out)]
        if known(len(coordinates) == 2)
        else hypot_tangent(d, coordinates, out)
    )


@pullback(math.dist)
def dist(p, q, /, *, out, d):
    return dist_adjoint(d, p, q, out), dist_adjoint(d, q, p, out)


@pushforward(math.dist)
def dist_forward(p, q, /, *, out, d):
    return dist_tangent(d, p, q, out), dist_tangent(d, q, p, out)


@linear(math.fsum)
def fsum(seq, /, *, d):
    return sum_adjoint(d, seq)


@pullback(math.prod, view=lambda start: False)
def prod(iterable, /, *, start=1, d):
    return (
        factors_adjoint(d, iterable, start),
        d * math.prod(iterable) if known(np.ndim(d) == 0) else unbroadcast(d * math.prod(iterable), start),
    )


@pushforward(math.prod)
def prod_forward(iterable, /, *, start=1, d):
    return factors_tangent(d, iterable, start), d * math.prod(iterable)


@elementwise(math.erf)
def erf(x, /, *, d):
    return d * (2 / math.sqrt(math.pi)) * math.exp(-x * x)


@elementwise(math.erfc)
def erfc(x, /, *, d):
    return -d * (2 / math.sqrt(math.pi)) * math.exp(-x * x)


@elementwise(math.gamma)
def gamma(x, /, *, out, d):
    return d * out * digamma(x)


@elementwise(math.lgamma)
def lgamma(x, /, *, d):
    return d * digamma(x)
