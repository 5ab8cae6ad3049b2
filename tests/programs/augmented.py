"""Augmented assignment to names that nothing else names."""

import numpy as np

from tests.zoo import arr, ex, pos, program

KINDS = (ex(0.7), ex(np.float64(0.7)), ex(pos(3)), ex(pos(2, 2)))


@program(ex(0.7), ex(np.float64(0.7)), ex(2))
def all_operators_on_a_scalar(x):
    y = x * 2.0
    y += x
    y *= x + 1.0
    y -= 0.5 * x
    y /= 1.0 + x * x
    y **= 2
    return y


@program(*KINDS)
def fresh_array(x):
    y = np.sin(x)
    y += x
    y *= y
    y -= 1.0
    y /= x
    return y


@program(ex(pos(3)), ex(pos(2, 2)))
def power_in_place(x):
    y = x * 1.0
    y **= 3
    y **= 0.5
    return y


@program(ex(0.7), ex(np.float64(0.7)))
def self_product(x):
    x *= x
    x *= x
    x += x
    return x


@program(ex(0.7), ex(2))
def floor_division_and_modulo(x):
    y = 3.0 * x
    y %= 1.3
    z = x * 2.0
    z //= 0.3
    return y * z


@program(ex(arr(2, 3), arr(3)), ex(arr(2, 3), 0.5), ex(arr(3), np.array(0.5)), wrt=(0, 1))
def broadcast_into_an_array(x, y):
    z = x * x
    z += y
    z *= y
    return z


@program(ex(arr(3), 0.5), ex(arr(2, 2), 0.5), ex(0.4, arr(2)), wrt=(0, 1))
def scalar_grows_into_an_array(x, a):
    total = 0.0
    total += x
    total = total * a
    total = total + a
    return total


@program(ex(0.5, arr(3)), wrt=(0, 1))
def a_float_becomes_an_array(a, x):
    s = a
    s *= 2.0
    s += x
    return s * s


@program(ex(arr(5)), ex(arr(0)))
def sum_in_a_loop(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i]
    return total


@program(ex(pos(5)), ex(pos(0)))
def product_in_a_loop(x):
    p = 1.0
    for v in x:
        p *= v
    return p


@program(ex(arr(3)), ex(arr(2, 2)))
def array_in_a_loop(x):
    acc = np.zeros_like(x)
    for k in range(4):
        acc += x * k
        acc *= 1.0 + 0.1 * x
    return acc


@program(ex(arr(3), arr(3, 3)), wrt=(0, 1))
def matmul_in_place(x, w):
    m = w * 1.0
    m @= w
    return m @ x


@program(ex(0.7, 3), ex(0.7, 0))
def counters_and_sums(x, n):
    k = 0
    total = x
    while k < n:
        total += x**k
        k += 1
    return total * k


@program(ex(arr(3)))
def value_used_before_the_update(x):
    y = x * 2.0
    z = y * y
    y += z
    w = y * z
    y *= w
    return y + z


@program(ex(0.7), ex(-0.7))
def in_a_branch(x):
    y = x * x
    if x > 0:
        y += x
    else:
        y *= x
    return y


@program(ex(0.7, 0.2), wrt=(0, 1))
def old_value_under_another_name(x, y):
    old = x
    x += y
    x *= old
    return x * old


@program(ex(arr(3)))
def copy_then_update(x):
    y = x.copy()
    y *= 2.0
    y += x
    return y * x


@program(ex(arr(3), 0.3), wrt=(0, 1))
def shape_matches_the_array(x, a):
    g = x * a
    g -= a
    g *= a
    g -= g * g
    return np.sum(g)


@program(ex(arr(3)), ex(arr(1)), ex(arr(3, 1)))
def update_of_a_slice_by_an_array(x):
    y = x[:2] * 2.0
    y += x[:2] * x[:2]
    y *= np.sum(x)
    return np.sum(y * y)


@program(ex(arr(1, 3), arr(3)), wrt=(0, 1))
def update_that_keeps_a_shape_of_one(x, v):
    y = x * 1.0
    y += v
    return np.sum(y * y)
