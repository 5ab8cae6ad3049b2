"""Complex numbers: which rules hold for them, and what there is for them alone.

A cotangent ``y_bar`` of a complex value says that the result changes by the real part of ``y_bar * dy``.  So for a
holomorphic function the adjoint is ``y_bar * f'(x)``, nothing is conjugated, and its rule is that of real numbers.
For any other it is ``y_bar * f_x + conj(y_bar * f_xc)``, with the derivatives by ``x`` and by its conjugate.
"""

# mypy: allow-untyped-defs, allow-untyped-decorators
from __future__ import annotations

import builtins
import cmath
import math
import operator
from typing import Any

import numpy as np

from srcgrad.rules import elementary, scalars
from srcgrad.rules.registry import constant, elementwise, known, linear, of_complex, pushforward
from srcgrad.runtime import matched, unreduce


def _all_of(module: Any, names: str) -> list[Any]:
    return [getattr(module, name) for name in names.split() if hasattr(module, name)]


# --- parts and magnitudes


@linear(builtins.complex)
def complex(real=0, imag=0, *, d):
    return (
        d if known(np.ndim(real) == 0) else unreduce(d, real),
        1j * d if known(np.ndim(imag) == 0) else unreduce(1j * d, imag),
    )


elementwise(np.complex64, np.complex128, np.clongdouble, view=True)(scalars.floating)


# Of a real number it is 0 or pi.
@elementwise(np.angle)
def angle(z, deg=False, *, d):
    return (
        0.0 * d
        if known(not np.iscomplexobj(z))
        else -1j * d / z
        if known(np.iscomplexobj(z) and deg is False)
        else matched(-1j * (math.degrees(1.0) if deg else 1.0) * d / z, z)
    )


@pushforward(np.angle)
def angle_forward(z, deg=False, *, d):
    return (
        0.0 * d
        if known(not np.iscomplexobj(z))
        else np.imag(d / z)
        if known(deg is False)
        else np.imag(d / z) * (math.degrees(1.0) if deg else 1.0)
    )


# --- functions of Python's complex numbers; those of a real number may be complex

elementwise(cmath.exp)(elementary.exp)
elementwise(cmath.sqrt)(elementary.sqrt)
elementwise(cmath.log10)(elementary.log10)
elementwise(cmath.sin)(elementary.sin)
elementwise(cmath.cos)(elementary.cos)
elementwise(cmath.tan)(elementary.tan)
elementwise(cmath.atan)(elementary.arctan)
elementwise(cmath.sinh)(elementary.sinh)
elementwise(cmath.cosh)(elementary.cosh)
elementwise(cmath.tanh)(elementary.tanh)
elementwise(cmath.asinh)(elementary.arcsinh)
elementwise(cmath.atanh)(elementary.arctanh)


@elementwise(cmath.log)
def log(z, base=2.718281828459045, /, *, out, d):
    return (
        d / z if known(base == 2.718281828459045) else d / (z * np.log(base)),
        -d * out / (base * np.log(base)),
    )


@elementwise(cmath.asin)
def asin(z, /, *, out, d):
    return d / np.cos(out)


@elementwise(cmath.acos)
def acos(z, /, *, out, d):
    return -d / np.sin(out)


@elementwise(cmath.acosh)
def acosh(z, /, *, out, d):
    return d / np.sinh(out)


@elementwise(cmath.phase)
def phase(z, /, *, d):
    return (
        0.0 * d
        if known(not np.iscomplexobj(z))
        else -1j * d / z
        if known(np.iscomplexobj(z))
        else matched(-1j * d / z, z)
    )


@pushforward(cmath.phase)
def phase_forward(z, /, *, d):
    return 0.0 * d if known(not np.iscomplexobj(z)) else np.imag(d / z)


@elementwise(cmath.rect)
def rect(r, phi, /, *, out, d):
    return d * np.exp(1j * phi), 1j * d * out


constant(*_all_of(cmath, "isnan isinf isfinite isclose"))

# --- rules that hold for complex numbers as they are

of_complex(
    *_all_of(operator, "add sub mul truediv neg pos pow matmul"),
    *_all_of(np, "add subtract multiply divide negative positive power float_power square reciprocal sqrt"),
    *_all_of(np, "exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh"),
    *_all_of(np, "arcsinh arccosh arctanh sinc where conjugate absolute"),
    *_all_of(np, "sum mean prod cumsum cumprod diff var std full full_like linspace"),
    *_all_of(np, "dot matmul vdot inner outer tensordot kron cross einsum convolve polyval polyder vander"),
    *_all_of(np, "array asarray stack concatenate vstack hstack dstack column_stack block append insert"),
    *_all_of(np, "split array_split select meshgrid reshape ravel squeeze expand_dims atleast_1d atleast_2d"),
    *_all_of(np, "atleast_3d broadcast_to transpose swapaxes moveaxis flip flipud fliplr rot90 roll copy"),
    *_all_of(np, "ascontiguousarray asfortranarray asanyarray real imag repeat tile resize pad take"),
    *_all_of(np, "take_along_axis compress delete diagonal trace diag triu tril"),
    *_all_of(np, "float64 float32 float16 longdouble complex64 complex128 clongdouble"),
    *_all_of(np.ndarray, "flatten astype item tolist conjugate"),
    *_all_of(np.linalg, "norm solve inv det slogdet cholesky pinv matrix_power cond"),
    *_all_of(cmath, "exp log sqrt log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh phase rect"),
    *(np.angle, math.prod, builtins.sum, builtins.abs, builtins.complex),
)
