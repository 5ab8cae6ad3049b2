"""Names that are overwritten, reused, shadowed and swapped."""

import numpy as np

from tests.zoo import arr, ex, pos, program

KINDS = (ex(0.7), ex(np.float64(0.7)), ex(arr(3)), ex(arr(2, 2)))


@program(*KINDS)
def squared_twice(x):
    x = x * x
    x = x * x
    return x


@program(*KINDS)
def chain_of_overwrites(x):
    y = np.sin(x)
    y = y * y
    y = np.exp(y)
    y = y / (1.0 + y)
    return y * x


@program(*KINDS)
def argument_overwritten_by_constant(x):
    y = x * x
    x = 3.0
    return y * x


@program(*KINDS)
def activity_lost_and_found(x):
    y = x * x
    z = 2.0
    z = z * y
    y = 1.0
    w = y * z
    z = 0.5
    return w * z + x


@program(ex(0.7, 0.3), ex(arr(3), arr(3, seed=1)), wrt=(0, 1))
def swap(a, b):
    a, b = b, a
    return a * a + 3.0 * b


@program(ex(0.7, 0.3), ex(arr(3), arr(3, seed=1)), wrt=(0, 1))
def swap_with_update(a, b):
    a, b = b, a + b
    a, b = a * b, a - b
    return a * b


@program(ex(0.7, 0.3, 0.2), ex(arr(3), 0.2, arr(3, seed=1)), wrt=(0, 1, 2))
def rotate_three(a, b, c):
    a, b, c = b * c, c * a, a * b
    a, b, c = c, a, b
    return a + 2.0 * b * b + 3.0 * c


@program(ex(arr(3)), ex(arr(2, 3)))
def array_then_scalar(x):
    y = x * x
    y = np.sum(y)
    y = y * y
    return y


@program(ex(0.7))
def scalar_then_array(x):
    y = x * x
    y = np.array([y, x, 2.0]) * y
    return y * y


@program(ex(arr(3)))
def array_scalar_array(x):
    t = x * 2.0
    t = t.sum()
    t = t * x
    return t * t


@program(*KINDS)
def old_value_kept_under_another_name(x):
    old = x
    x = np.sin(x)
    older = old
    old = x
    x = x * old
    return x * old * older


@program(*KINDS)
def copies_of_copies(x):
    a = x
    b = a
    c = b
    b = b * a
    a = a + c
    return a * b * c


@program(ex(arr(3), arr(3, seed=1)), ex(0.2, 0.3), wrt=(0, 1))
def one_name_for_two_values(x, y):
    t = x * y
    u = np.sin(t)
    t = x - y
    v = np.cos(t)
    t = u * v
    return t * t


@program(*KINDS)
def shadows_a_builtin(x):
    sum = x * x
    max = sum + 1.0
    return sum * max


@program(*KINDS)
def shadows_the_module(x):
    y = np.sin(x)
    sin = y * x
    return sin * y


def helper(x):
    return x * x


@program(*KINDS)
def shadows_a_global_function(x):
    y = helper(x)
    abs = y * 2.0
    return abs * y


@program(ex(pos(3)), ex(0.7))
def exp_overwrites_its_operand(x):
    x = np.exp(x)
    x = np.sqrt(x)
    x = np.tanh(x)
    return x


@program(ex(pos(3), pos(3, seed=1)), ex(0.7, 1.1), wrt=(0, 1))
def product_overwrites_a_factor(x, y):
    x = x * y
    y = x * y
    x = x / y
    y = y**2 * x
    return y


@program(ex(arr(3), arr(3)), wrt=(0, 1))
def matmul_overwrites_an_operand(w, x):
    x = np.dot(w, x)
    w = w * x
    x = np.dot(w, w)
    return x


@program(*KINDS)
def deleted_before_reuse(x):
    y = x * x
    y = y + 0.0 * y
    z = y
    y = None
    y = z * x
    return y


THRESHOLD = 0.6


@program(ex(1.0, 2.0, 3.0), ex(0.5, 0.25, 7.0), wrt="x")
def a_swap_beside_what_is_differentiated(a, b, x):
    while x < 10.0:
        a, b = b, a + b
        x = x + x * x
    return x * b


@program(ex(1.0, 2.0, 3.0), ex(0.5, 0.25, 7.0), wrt="x")
def a_swap_of_what_is_multiplied(a, b, x):
    for i in range(3):
        a, b = b, a + 1.0
        x = x * b
    return x


@program(ex(0.2, 0.9), ex(0.9, 0.2))
def a_global_as_one_side_of_a_choice(x, y):
    y = y - (THRESHOLD if x < y else x)
    return y * x


@program(ex(0.2, 0.9), ex(0.9, 0.2))
def a_global_as_one_side_of_a_branch(x, y):
    if x < y:
        y = THRESHOLD
    else:
        y = x * y
    y = y * x
    return y * THRESHOLD


@program(ex(0.4, 0.5))
def a_name_of_a_tangent_that_is_assigned(x, x_dot):
    x_dot = x_dot * x
    for i in range(2):
        x = x * x_dot
    x_dot = x * x
    return x * x_dot


def rate_jvp(x):
    return x * x


def rate_bwd(x):
    return x * x * x, x + 1.0


@program(*KINDS)
def callees_called_as_generated_functions_are(x):
    y, z = rate_bwd(rate_jvp(x))
    return rate_jvp(y) * z
