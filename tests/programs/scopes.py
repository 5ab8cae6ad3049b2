"""Names that mean one thing in a comprehension or a lambda and another around it."""

import numpy as np

from tests.zoo import arr, ex, pos, program

x_dot = 2.0
s_dot = 0.3
k = 2.0


@program(ex(arr(3)))
def loop_over_what_a_comprehension_binds(x):
    places = [k for k in range(3) if k != 1]
    y = 1
    for k in places:
        y = y * x[k]
    return y


@program(ex(arr(3)))
def loop_over_what_a_lambda_has(x):
    places = sorted([0, 2], key=lambda k: -k)
    y = 1
    for k in places:
        y = y * x[k]
    return y


@program(ex(arr(3)))
def loop_over_what_a_dict_binds(x):
    places = {k: k + 1 for k in range(2)}
    y = 0
    for k in places:
        y = y + x[k] ** 2 * places[k]
    return y


@program(ex(np.array([0.31, 0.57, 0.73])))
def pairs_of_what_a_comprehension_binds(x):
    large = [bool(b) for b in x > 0.4]
    y = 0
    for b, v in zip(large, x):
        y = y + v * v if b else y
    return y


@program(ex(arr(4)))
def counter_of_a_generator(x):
    n = sum(k for k in range(3) if k != 1)
    k = n
    y = 0
    while k > 0:
        y = y + x[k] ** 3
        k = k - 1
    return y


@program(ex(pos(3), 0.43), wrt=(0, 1))
def loop_that_starts_from_an_argument(x, s):
    places = [k for k in range(3) if k != 1]
    y = s
    for k in places:
        y = np.sin(y * x[k])
    return y


@program(ex(arr(3)))
def global_beside_a_comprehension(x):
    n = [k for k in range(3)]
    return np.sum(x**2) * k * n[2]


@program(ex(arr(3)))
def global_beside_a_generator(x):
    n = any(k > 1 for k in range(3))
    return k * x[0] ** 2 if n else x[0]


@program(ex(arr(3)))
def global_in_the_first_iterable(x):
    n = [k for k in range(int(k))]
    return x[0] * x[1] * len(n) * k


@program(ex(arr(3)))
def global_beside_a_lambda(x):
    n = sorted([1, 2], key=lambda k: -k)
    return x[0] * x[0] * n[0] * k


@program(ex(arr(3)))
def argument_beside_a_comprehension(x):
    n = [len(x) for x in ([1], [2, 3])]
    return np.sum(x * x) * n[1]


@program(ex(arr(3)))
def active_name_beside_a_comprehension(x):
    s = x[0]
    n = [a + b for a, b in zip(range(3), range(3))]
    a = s * 2
    return a * a * n[1]


@program(ex(arr(3)))
def comprehension_in_a_comprehension(x):
    n = [[k + j for k in range(j)] for j in range(3)]
    j = x[0] * x[1]
    return j * len(n[2]) * j


def scaled(x):
    return x * x_dot


def scaled_often(x, n):
    if n == 0:
        return x * x_dot
    return scaled_often(x * x_dot, n - 1)


@program(ex(0.7), ex(arr(3)))
def global_with_the_name_of_a_tangent(x):
    return scaled(x) * x


@program(ex(0.7), ex(arr(3)))
def global_with_the_name_of_a_tangent_in_a_recursion(x):
    return scaled_often(np.sin(x), 2)


@program(ex(0.7, 1.3), ex(arr(2), 1.3), wrt=(0, 1))
def global_with_the_name_of_a_second_tangent(x, s):
    return np.sum(x * x) * s * s_dot * s


def product_of_cells(x_dot, s_dot):
    def inner(x, s):
        return np.sum(x**2) * s * x_dot * s_dot

    return inner


cells = product_of_cells(2.0, 3.0)


@program(ex(0.7, 1.3), ex(arr(2), 1.3), wrt=(0, 1))
def cells_with_the_names_of_tangents(x, s):
    return cells(x, s) * s


@program(ex(0.7), ex(arr(2)))
def key_with_the_name_of_an_active_local(x):
    a = x * x
    w = sorted([1.0, 2.0], key=lambda a: -a)
    return a * w[1]


@program(ex(0.7), ex(arr(2)))
def lambda_that_is_called_by_keyword(x):
    k = 2.0
    w = [(lambda k: k * 2)(k=k) for k in (1.0, 2.0)]
    return x * k * w[1]


@program(ex(-0.6), ex(arr(3)))
def power_of_a_local_constant(x):
    p = 3.0
    return x**p
