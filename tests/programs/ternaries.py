"""Conditional expressions, and their short-circuit relatives."""

import math

import numpy as np

from tests.zoo import arr, ex, program

BOTH = (ex(0.7), ex(-0.7))


@program(*BOTH)
def ternary(x):
    return x * x if x > 0 else -3.0 * x


@program(*BOTH)
def only_the_taken_side_runs(x):
    return math.sqrt(x) if x > 0 else math.sqrt(-x) * 2.0


@program(ex(0.7), ex(-0.7), ex(3.2))
def nested_ternaries(x):
    return x if x < 0 else (x * x if x < 2 else x * x * x)


@program(*BOTH)
def ternary_inside_an_expression(x):
    return x * (2.0 if x > 0 else x) + np.sin(x if x < 0 else 2.0 * x)


@program(*BOTH)
def ternary_as_an_argument(x):
    y = max(x if x > 0 else x * x, 0.1)
    return y * y


@program(*BOTH)
def active_test_in_a_ternary(x):
    y = (x * x if x * x - 0.1 * x > 0.5 else x) * 2.0
    return y


@program(ex(0.7, 0.3), ex(0.3, 0.7), wrt=(0, 1))
def ternary_of_names(a, b):
    c = a if a > b else b
    return c * c * a


@program(ex(arr(3), True), ex(arr(3), False))
def ternary_of_arrays(x, flag):
    y = x if flag else np.sin(x)
    return y * x


@program(ex(arr(3), arr(3, seed=1), True), ex(arr(3), arr(3, seed=1), False), wrt=(0, 1))
def ternary_tuple(a, b, flag):
    u, v = (a, b) if flag else (b, a)
    return u * u + v


@program(*BOTH)
def ternary_in_a_loop(x):
    y = x
    for k in range(4):
        y = y * x if k % 2 else y + x
    return y


@program(*BOTH)
def ternary_with_a_constant_side(x):
    y = x if x > 0 else 0.0
    return y * y + y


@program(ex(0.7), ex(-0.7), ex(arr(3)[0]))
def ternary_in_a_subscript(x):
    v = np.array([x, x * x, 2.0 * x])
    return v[0 if x > 0 else 1] * v[2]
