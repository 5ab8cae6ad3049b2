"""Operators and what else combines two arguments element by element.

Where the larger (or smaller) of two equal values is taken, each receives half of the cotangent, as
in JAX and autograd.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

import math
import operator

import numpy as np

from srcgrad.rules.registry import elementwise, known
from srcgrad.runtime import (
    chosen_share,
    larger_share,
    limited,
    power_adjoint_x,
    power_adjoint_y,
    ratio,
)
from srcgrad.special import exp_difference


@elementwise(operator.add, np.add)
def add(x1, x2, *, d):
    return d, d


@elementwise(operator.sub, np.subtract)
def subtract(x1, x2, *, d):
    return d, -d


@elementwise(operator.mul, np.multiply)
def multiply(x1, x2, *, d):
    return d * x2, d * x1


# d * x1 / (x2 * x2) would be wrong for an x2 whose square is out of range.
@elementwise(operator.truediv, np.divide)
def divide(x1, x2, *, out, d):
    return d / x2, -d * out / x2


@elementwise(operator.neg, np.negative)
def negative(x, *, d):
    return -d


@elementwise(operator.pos, np.positive)
def positive(x, *, d):
    return d


@elementwise(operator.mod, np.remainder)
def remainder(x1, x2, *, d):
    return d, -d * (x1 // x2)


@elementwise(np.fmod, math.fmod, math.remainder)
def fmod(x, y, *, out, d):
    return d, -d * ((x - out) / y)


@elementwise(operator.pow, np.power, np.float_power, math.pow)
def power(x1, x2, *, out, d):
    return (
        d * 2 * x1
        if known(x2 == 2)
        else d * 3 * (x1 * x1)
        if known(x2 == 3)
        else d
        if known(x2 == 1)
        else d * 0.5 / out
        if known(x2 == 0.5)
        else d * x2 * x1 ** (x2 - 1)
        if known(x2 < 0) or known(x2 > 1)
        else power_adjoint_x(d, x1, x2),
        power_adjoint_y(d, x1, out),
    )


@elementwise(np.maximum)
def maximum(x1, x2, *, d):
    return larger_share(d, x1, x2), larger_share(d, x2, x1)


# They ignore what is not a number.
@elementwise(np.fmax, np.fmin)
def fmax(x1, x2, *, out, d):
    return chosen_share(d, x1, x2, out), chosen_share(d, x2, x1, out)


@elementwise(np.minimum)
def minimum(x1, x2, *, d):
    return larger_share(d, x2, x1), larger_share(d, x1, x2)


# clip(a, low, high) is minimum(maximum(a, low), high).
@elementwise(np.clip)
def clip(a, a_min=None, a_max=None, *, d):
    return (
        larger_share(larger_share(d, a_max, limited(a, a_min)), a, a_min),
        larger_share(larger_share(d, a_max, limited(a, a_min)), a_min, a),
        larger_share(d, limited(a, a_min), a_max),
    )


@elementwise(np.ndarray.clip, methods=("clip",))
def clip_method(a, min=None, max=None, *, d):
    return (
        larger_share(larger_share(d, max, limited(a, min)), a, min),
        larger_share(larger_share(d, max, limited(a, min)), min, a),
        larger_share(d, limited(a, min), max),
    )


@elementwise(np.where)
def where(condition, x, y, /, *, d):
    return (
        np.zeros_like(condition),  # which decides only
        (d if condition else 0.0) if known(np.ndim(d) == 0) else np.where(condition, d, 0.0),
        (0.0 if condition else d) if known(np.ndim(d) == 0) else np.where(condition, 0.0, d),
    )


@elementwise(np.arctan2, math.atan2)
def arctan2(y, x, *, d):
    r2 = x * x + y * y
    return d * x / r2, -d * y / r2


@elementwise(np.hypot)
def hypot(x1, x2, *, out, d):
    return d * ratio(x1, out), d * ratio(x2, out)


@elementwise(np.logaddexp)
def logaddexp(x1, x2, *, out, d):
    return d * exp_difference(x1, out), d * exp_difference(x2, out)


@elementwise(np.logaddexp2)
def logaddexp2(x1, x2, *, out, d):
    return (
        d * exp_difference(x1 * math.log(2), out * math.log(2)),
        d * exp_difference(x2 * math.log(2), out * math.log(2)),
    )


@elementwise(np.copysign, math.copysign)
def copysign(x1, x2, *, out, d):
    return d * np.copysign(1.0, x1) * np.copysign(1.0, out), 0.0 * d
