"""Functions of one argument, element by element; those that ``math`` has too share the rule."""

# mypy: allow-untyped-defs, allow-untyped-decorators
from __future__ import annotations

import builtins
import math

import numpy as np

from srcgrad.rules.registry import elementwise, known, pushforward
from srcgrad.runtime import ratio, sign
from srcgrad.special import sinc_derivative

# --- magnitudes and powers


# 0 at 0, where the derivative jumps.
@elementwise(np.absolute, np.fabs)
def absolute(x, *, out, d):
    return d * np.sign(x) if known(not np.iscomplexobj(x)) else d * ratio(np.conjugate(x), out)


@pushforward(np.absolute)
def absolute_forward(x, *, out, d):
    return d * np.sign(x) if known(not np.iscomplexobj(x)) else np.real(d * ratio(np.conjugate(x), out))


@elementwise(builtins.abs, math.fabs)
def abs(x, *, out, d):
    return (
        d * (np.sign(x) if known(np.ndim(x) > 0) else sign(x))
        if known(not np.iscomplexobj(x))
        else d * ratio(x.conjugate(), out)
    )


@pushforward(builtins.abs)
def abs_forward(x, *, out, d):
    return (
        d * (np.sign(x) if known(np.ndim(x) > 0) else sign(x))
        if known(not np.iscomplexobj(x))
        else (d * ratio(x.conjugate(), out)).real
    )


@elementwise(np.sqrt, math.sqrt)
def sqrt(x, *, out, d):
    return d * 0.5 / out


@elementwise(np.cbrt, *([math.cbrt] if hasattr(math, "cbrt") else []))
def cbrt(x, *, out, d):
    return d / (3 * out * out)


@elementwise(np.square)
def square(x, *, d):
    return d * 2 * x


@elementwise(np.reciprocal)
def reciprocal(x, *, out, d):
    return -d * out * out


# --- exponentials and logarithms


@elementwise(np.exp, math.exp)
def exp(x, *, out, d):
    return d * out


@elementwise(np.exp2, *([math.exp2] if hasattr(math, "exp2") else []))
def exp2(x, *, out, d):
    return d * out * math.log(2)


@elementwise(np.expm1, math.expm1)
def expm1(x, *, out, d):
    return d * (out + 1)


@elementwise(np.log)
def log(x, *, d):
    return d / x


@elementwise(np.log2, math.log2)
def log2(x, *, d):
    return d / (x * math.log(2))


@elementwise(np.log10, math.log10)
def log10(x, *, d):
    return d / (x * math.log(10))


@elementwise(np.log1p, math.log1p)
def log1p(x, *, d):
    return d / (1 + x)


# --- trigonometric and hyperbolic functions; (1 - x) * (1 + x) keeps digits near 1


@elementwise(np.sin, math.sin)
def sin(x, *, d):
    return d * np.cos(x)


@elementwise(np.cos, math.cos)
def cos(x, *, d):
    return -d * np.sin(x)


@elementwise(np.tan, math.tan)
def tan(x, *, out, d):
    return d * (1 + out * out)


@elementwise(np.arcsin, math.asin)
def arcsin(x, *, d):
    return d / np.sqrt((1 - x) * (1 + x))


@elementwise(np.arccos, math.acos)
def arccos(x, *, d):
    return -d / np.sqrt((1 - x) * (1 + x))


@elementwise(np.arctan, math.atan)
def arctan(x, *, d):
    return d / (1 + x * x)


@elementwise(np.sinh, math.sinh)
def sinh(x, *, d):
    return d * np.cosh(x)


@elementwise(np.cosh, math.cosh)
def cosh(x, *, d):
    return d * np.sinh(x)


@elementwise(np.tanh, math.tanh)
def tanh(x, *, out, d):
    return d * (1 - out * out)


@elementwise(np.arcsinh, math.asinh)
def arcsinh(x, *, d):
    return d / np.sqrt(x * x + 1)


@elementwise(np.arccosh, math.acosh)
def arccosh(x, *, d):
    return d / np.sqrt((x - 1) * (x + 1)) if known(not np.iscomplexobj(x)) else d / (np.sqrt(x - 1) * np.sqrt(x + 1))


@elementwise(np.arctanh, math.atanh)
def arctanh(x, *, d):
    return d / ((1 - x) * (1 + x))


@elementwise(np.sinc)
def sinc(x, *, d):
    return d * sinc_derivative(x, 1)


# --- linear functions


@elementwise(np.deg2rad, np.radians, math.radians)
def radians(x, *, d):
    return np.radians(d)


@elementwise(np.rad2deg, np.degrees, math.degrees)
def degrees(x, *, d):
    return np.degrees(d)


@elementwise(np.conjugate)
def conjugate(x, *, d):
    return np.conjugate(d)


# Of a real array it is the array itself.
@elementwise(np.ndarray.conjugate, methods=("conj", "conjugate"), view=True)
def conjugate_method(x, *, d):
    return d if known(not np.iscomplexobj(x)) else np.conjugate(d)


@elementwise(np.nan_to_num)
def nan_to_num(x, *, nan=0.0, posinf=None, neginf=None, d):
    return np.where(np.isfinite(x), d, 0.0) if known(np.ndim(d) > 0) else np.where(np.isfinite(x), d, 0.0)[()]
