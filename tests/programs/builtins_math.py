"""Builtins and the math module on active floats."""

import math
from math import exp, sin

import numpy as np

from tests.zoo import add, arr, ex, program

UNIT = (ex(0.4), ex(np.float64(0.3)))
for function in (
    math.sin,
    math.cos,
    math.tan,
    math.asin,
    math.acos,
    math.atan,
    math.sinh,
    math.cosh,
    math.tanh,
    math.exp,
    math.expm1,
    math.log,
    math.log1p,
    math.log2,
    math.log10,
    math.sqrt,
    math.fabs,
):
    add(function, *UNIT, name=f"builtins_math.{function.__name__}")
add(math.atan2, ex(0.4, -0.3), ex(-1.0, 2.0), wrt=(0, 1), name="builtins_math.atan2")
add(math.pow, ex(1.4, 2.3), wrt=(0, 1), name="builtins_math.pow")
add(math.hypot, ex(1.4, 2.3), wrt=(0, 1), name="builtins_math.hypot")


@program(ex(0.7), ex(2))
def math_of_a_float(x):
    y = math.sin(x) * math.exp(x)
    return math.sqrt(y * y + 1.0) + math.log(1.0 + y * y) + math.pi


@program(ex(0.7))
def imported_from_math(x):
    return exp(sin(x) * x)


@program(ex(0.7))
def math_log_with_a_base(x):
    return math.log(x + 1.0, 2) + math.log(x + 2.0, 10.0)


@program(ex(2.7), ex(-2.7))
def rounding_is_constant(x):
    return x * math.floor(x) + x * math.ceil(x) + x * int(x) + x * round(x)


@program(ex(0.7), ex(-0.7), ex(arr(3)))
def absolute_value(x):
    return abs(x) * x


@program(ex(0.7, 0.3), ex(0.3, 0.7), ex(2, 0.3), wrt=(0, 1))
def max_and_min(x, y):
    return max(x, y) * min(x, y, 0.5) + max(x * y, 0.1) * x


@program(ex(arr(4)), ex(-arr(4)))
def max_and_min_of_a_sequence(x):
    return max(x) * 2.0 + min([x[0], x[1] * x[1], 0.3])


@program(ex(arr(4)), ex(arr(3, 2)))
def sum_of_an_array(x):
    return sum(x) * sum(x, 0.5)


@program(ex(0.7, 0.2), wrt=(0, 1))
def sum_of_a_literal(x, y):
    return sum((x, y, x * y)) * sum([x, 2.0], y)


@program(ex(arr(4)), ex(arr(2, 3)))
def length(x):
    return x * len(x) + len(x[0:1])


@program(ex(0.7), ex(np.float64(0.7)), ex(2), ex(np.array(0.3)))
def float_of(x):
    y = float(x)
    return y * math.sin(y)


@program(ex(arr(3)))
def float_of_an_element(x):
    return float(x[0]) * float(x[1] * x[2]) + math.exp(x[0])


@program(ex(arr(3)))
def math_of_elements(x):
    s = 0.0
    for v in x:
        s += math.sin(v) * math.cosh(v)
    return math.sqrt(s * s + 1.0)


@program(ex(1.7), ex(arr(2)))
def pow_builtin(x):
    return pow(x, 3) + pow(x, 2)


@program(ex(0.7))
def isinstance_and_type(x):
    if isinstance(x, float):
        return x * x
    return x


@program(ex(0.7), ex(-0.7))
def bool_and_not(x):
    positive = bool(x > 0)
    return x * positive + x * x * (not positive)


@program(ex(2.5), ex(-2.5))
def divmod_by_hand(x):
    q = x // 1.0
    r = x % 1.0
    return q * x + r * r


@program(ex(0.7, 4), ex(0.7, 0))
def range_len_list(x, n):
    indices = list(range(n))
    for i in indices:
        x = x * 0.9 + i * x * x
    return x * len(indices)


@program(ex(0.7))
def all_and_any(x):
    if all([x > 0, x < 1]) and any((x > 5, x < 2)):
        return x * x
    return x


@program(ex(0.3), ex(0.9))
def scalar_newton(x):
    y = x
    for _ in range(6):
        y = y - (math.cos(y) - x * y) / (-math.sin(y) - x)
    return y
