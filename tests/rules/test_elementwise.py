"""Rules of operators and of functions of elements."""

from __future__ import annotations

import builtins
import math
import operator

import numpy as np
import pytest

from tests.rules.support import case, check, check_single, check_transpose

RNG = np.random.default_rng(0)
U = RNG.uniform(0.2, 0.9, size=(2, 3))  # where every function below is smooth
V = RNG.uniform(0.2, 0.9, size=(2, 3))
ROW, COLUMN = U[0], V[:, :1]
BIG = 1.0 + U
EMPTY = np.zeros((0, 3))

UNARY = [
    np.absolute,
    np.fabs,
    np.sqrt,
    np.cbrt,
    np.square,
    np.reciprocal,
    np.exp,
    np.exp2,
    np.expm1,
    np.log,
    np.log2,
    np.log10,
    np.log1p,
    np.sin,
    np.cos,
    np.tan,
    np.arcsin,
    np.arccos,
    np.arctan,
    np.sinh,
    np.cosh,
    np.tanh,
    np.arcsinh,
    np.arctanh,
    np.sinc,
    np.deg2rad,
    np.radians,
    np.rad2deg,
    np.degrees,
    np.conjugate,
    np.nan_to_num,
    np.positive,
    np.negative,
    operator.neg,
    operator.pos,
    builtins.abs,
]
MATH = [
    math.fabs,
    math.sqrt,
    math.exp,
    math.expm1,
    math.log2,
    math.log10,
    math.log1p,
    math.sin,
    math.cos,
    math.tan,
    math.asin,
    math.acos,
    math.atan,
    math.sinh,
    math.cosh,
    math.tanh,
    math.asinh,
    math.atanh,
    math.radians,
    math.degrees,
    math.erf,
    math.erfc,
    math.gamma,
    math.lgamma,
    math.log,
    *(getattr(math, name) for name in ("cbrt", "exp2") if hasattr(math, name)),
]
BINARY = [
    operator.add,
    np.add,
    operator.sub,
    np.subtract,
    operator.mul,
    np.multiply,
    operator.truediv,
    np.divide,
    operator.pow,
    np.power,
    np.maximum,
    np.minimum,
    np.fmax,
    np.fmin,
    np.arctan2,
    np.hypot,
    np.logaddexp,
    np.logaddexp2,
    np.copysign,
    np.float_power,
]
PAIRS = [
    (U, V),
    (U, ROW[::-1]),
    (ROW, V),
    (COLUMN, U),
    (U, 0.43),
    (0.43, U),
    (0.3, 0.7),
    (np.float64(0.7), 0.3),
    (np.array(0.7), V),
    (np.asfortranarray(U), V[::-1, ::-1]),
    (EMPTY, ROW),
    (U[:, :1], np.zeros((2, 0))),
    (COLUMN, ROW),
    (U.reshape(2, 3, 1), COLUMN.reshape(2, 1, 1)),
]
C = np.array([[True, False, True], [False, False, True]])

CASES = [
    *(case(f, x) for f in UNARY for x in (U, ROW, 0.37, np.array(0.4), U[:, ::-2], EMPTY, U.T)),
    *(case(np.arccosh, x) for x in (BIG, 1.7)),
    *(case(f, x) for f in (np.absolute, np.fabs, np.sinc, np.tanh, np.square) for x in (-U, -0.3)),
    case(builtins.abs, -0.3),
    case(builtins.abs, 0.3),
    case(builtins.abs, np.float64(-0.3)),
    *(case(np.sinc, x) for x in (0.0, 1e-9, 0.015, np.array([0.0, 0.014, 0.0165, -1.2, 3.0]))),
    *(case(f, 0.37) for f in MATH),
    case(math.acosh, 1.7),
    *(case(f, x) for f in (math.gamma, math.lgamma) for x in (0.05, 3.7, 12.5, -0.6, -2.3)),
    case(math.log, 0.7, 2.5),
    case(math.log, 0.7, 10, fixed=("base",)),
    *(case(f, x, y) for f in BINARY for x, y in PAIRS),
    *(case(f, 0.3, 0.7) for f in (math.atan2, math.pow, math.copysign)),
    *(case(f, x, y) for f in (math.fmod, math.remainder) for x, y in ((7.3, 2.0), (-7.3, 2.1))),
    *(
        case(f, x, y)
        for f in (operator.mod, np.remainder, np.fmod)
        for x, y in ((7.3 * U, V[0] + 0.01), (-7.3, 2.1), (7.3, -2.1), (-7.3 * U, -0.27))
    ),
    *(
        case(f, x, y, fixed=("x2",))
        for f in (operator.pow, np.power)
        for x in (U, -U, 0.6, -0.6)
        for y in (2, 3, 1, 0, 4, 7, 2.0, 1.0)
    ),
    *(case(operator.pow, x, y, fixed=("x2",)) for x in (U, 0.6) for y in (0.5, -0.5, -1, -2, 1.5, 0.3)),
    *(case(operator.pow, x, np.array([2.0, 0.0, -1.0]), fixed=("x2",)) for x in (U, -U)),
    case(np.clip, U, 0.4, 0.7),
    case(np.clip, U, None, 0.5),
    case(np.clip, U, 0.5, None),
    case(np.clip, 0.3, 0.4, 0.7),
    case(np.clip, U, ROW * 0.9, COLUMN + 0.1),
    case(np.ndarray.clip, U, 0.4, 0.7),
    case(np.ndarray.clip, U, max=0.5),
    case(np.ndarray.clip, U, 0.4),
    case(np.where, C, U, V),
    case(np.where, C, U, 0.3),
    case(np.where, C[0], 0.2, COLUMN),
    case(np.where, C[:, :1], ROW, V),
    case(np.where, True, 0.2, 0.3),
    case(np.where, False, np.array(0.2), 0.3),
    *(case(f, x, y) for f in (np.fmax, np.fmin) for x, y in ((U, V * [1, np.nan, 1]), (0.3, np.nan), (np.nan, 0.3))),
    *(case(np.ndarray.conjugate, x) for x in (U, ROW)),
    case(np.nan_to_num, np.float64(0.3)),
    case(np.float64, 0.3),
    case(np.float64, U),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


@pytest.mark.parametrize("one", [c for c in CASES if isinstance(c.args[0], np.ndarray)], ids=str)
def test_single_precision(one):
    check_single(one)


TIED = np.array([0.0, 1.0, -1.0])


@pytest.mark.parametrize(
    "one",
    [
        *(case(f, *x) for f in (np.maximum, np.minimum, np.fmax, np.fmin) for x in ((TIED, TIED), (0.5, 0.5))),
        *(case(np.clip, x, 0.0, 1.0) for x in (TIED, 0.0, 1.0)),
        *(case(f, x) for f in (np.absolute, builtins.abs) for x in (TIED, 0.0)),
        *(case(np.hypot, *x) for x in ((TIED, 0.0), (0.0, 0.0))),
        *(case(operator.pow, x, 2.0) for x in (np.array([0.0, 1.0]), 0.0)),
    ],
    ids=str,
)
def test_a_tangent_at_a_tie_is_the_transpose_of_the_adjoint(one):
    check_transpose(one)
