"""Straight-line code: operators, broadcasting, kinds of arguments."""

import numpy as np

from tests.zoo import arr, ex, pos, program

KINDS = (ex(1.3), ex(np.float64(0.7)), ex(np.array(0.4)), ex(arr(3)), ex(arr(2, 3)), ex(arr(1)))


@program(*KINDS, ex(3), ex(arr(3, dtype=np.float32)), ex(np.float32(1.5)), ex(np.zeros((0, 2))))
def polynomial(x):
    return 3.0 * x**2 - 2.0 * x + 1.0


@program(*KINDS, ex(2))
def identity(x):
    return x


@program(*KINDS)
def negated(x):
    """A docstring stays one."""
    return -x


@program(*KINDS)
def plus_of_minus(x):
    return +(-(-x))


@program(*KINDS)
def constant_result(x):
    return 2.0


@program(*KINDS)
def dead_code(x):
    y = np.sin(x)
    z = y * y
    w = z + x
    return 3.0 * x


@program(ex(1.2, 0.3), ex(arr(3), arr(2, 2)), wrt=(0, 1))
def unused_argument(x, y):
    return x * x


@program(*KINDS)
def used_many_times(x):
    a = x * x
    return a + a * x + x - a * a / (1.0 + x * x) + x * x * x


@program(ex(1.7, 0.6), ex(pos(3), 0.6), ex(pos(3), pos(3, seed=1)), ex(2, 3), wrt=(0, 1))
def arithmetic(x, y):
    a = x + y
    b = a - x * y
    c = b / (1.0 + y * y)
    return c * a - 2.0 / x


@program(
    ex(1.7, 2.5),
    ex(pos(3), 2.0),
    ex(pos(2, 3), pos(3)),
    ex(1.5, pos(3)),
    ex(np.array(1.5), pos(2, 1)),
    ex(2, 3),
    wrt=(0, 1),
)
def power(x, y):
    return x**y


@program(ex(-1.7), ex(arr(4)), ex(2), ex(np.array([-2.0, 0.5])))
def integer_powers(x):
    return x**3 + x**0 + x**1 - x**-1 + x**2


@program(ex(0.0), ex(np.zeros(2)))
def powers_at_zero(x):
    return x**2 + x**1 + x**3 + x**0


@program(ex(3, 1.4), ex(2, pos(3)), wrt=1)
def power_of_constant_base(a, x):
    return a**x + 2.0**x


@program(ex(2.7, 0.8), ex(np.array([2.7, -1.1]), 0.8), ex(arr(2, 3), pos(3)), wrt=(0, 1))
def floor_and_modulo(x, y):
    return x * (x // y) + (x % y) * y


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1))
def vector_dot_vector(a, b):
    return (a @ b) ** 2


@program(ex(arr(2, 3), arr(3)), wrt=(0, 1))
def matrix_times_vector(a, b):
    return np.sin(a @ b)


@program(ex(arr(3), arr(3, 2)), wrt=(0, 1))
def vector_times_matrix(a, b):
    return np.sin(a @ b)


@program(ex(arr(2, 3), arr(3, 4)), ex(arr(1, 3), arr(3, 1)), ex(arr(2, 0), arr(0, 3)), wrt=(0, 1))
def matrix_times_matrix(a, b):
    return np.sin(a @ b)


@program(
    ex(arr(5, 2, 3), arr(3, 4)),
    ex(arr(2, 3), arr(5, 3, 4)),
    ex(arr(4, 1, 2, 3), arr(5, 3, 2)),
    wrt=(0, 1),
)
def stacked_matrices(a, b):
    return np.sin(a @ b)


@program(
    ex(0.5, arr(3)),
    ex(arr(3), 0.5),
    ex(arr(3, 1), arr(1, 4)),
    ex(np.array(0.5), arr(2, 2)),
    ex(arr(1), 0.3),
    ex(arr(1, 1), arr(3)),
    ex(arr(3), arr(2, 3)),
    ex(arr(2, 1, 3), arr(4, 1)),
    ex(np.float64(0.5), arr(2)),
    ex(2, arr(3)),
    ex(arr(1), np.array(0.4)),
    ex(arr(0), arr(1)),
    wrt=(0, 1),
)
def broadcasting(x, y):
    s = x + y
    d = y - x
    return s * x + np.sin(d * y) / (2.0 + y * y)


@program(
    ex(arr(3, 1), arr(4), 0.3),
    ex(arr(1), arr(1, 1), arr(1, 1, 1)),
    ex(0.1, 0.2, arr(2)),
    wrt=(0, 1, 2),
)
def broadcasting_three(x, y, z):
    return x * y * z + x / (1.0 + z**2) - y


@program(ex(arr(3)), ex(0.8), ex(-0.8), ex(arr(2, 2)))
def comparison_as_number(x):
    return (x > 0) * x + (x <= 0.0) * x * x


@program(*KINDS)
def chained_assignment(x):
    a = b = x * x
    c = b = b + a
    return a * b * c


@program(*KINDS)
def annotated_assignment(x):
    y: float = x * 2.0
    z: float
    z = y * x
    return z


@program(ex(0.3, 0.4), ex(arr(2), arr(2, seed=1)), wrt=(0, 1))
def results_are_arguments(x, y):
    return y, x, y


SHARED = arr(3)


@program(ex(SHARED, SHARED), ex(0.3, 0.3), wrt=(0, 1))
def one_array_twice(x, y):
    return x * y + 3.0 * y


@program(ex(SHARED, SHARED), wrt=(0, 1))
def sum_of_one_array(x, y):
    return x + y


@program(ex(arr(3)), ex(arr(2, 2)), ex(0.3))
def added_to_itself(x):
    y = x + x
    return y + x


@program(ex(arr(3), 2.0), ex(0.4, 1.5), wrt="x")
def only_the_first(x, scale):
    return scale * np.cos(x) + scale**2


@program(ex(arr(3), 2.0), ex(0.4, 1.5), wrt="scale")
def only_the_second(x, scale):
    return scale * np.cos(x) + scale**2


@program(ex(arr(3), 2.0), ex(0.4, 1.5), wrt=("scale", 0))
def names_and_positions_out_of_order(x, scale):
    return scale * np.cos(x) + scale**2


@program(ex(arr(3)), ex(0.3), wrt=("x",))
def a_tuple_of_one_name(x):
    return x * x


@program(ex(arr(3, dtype=np.float32), 2.0), ex(arr(2, dtype=np.float32), arr(2)), wrt=(0, 1))
def single_precision(x, y):
    return np.tanh(x) * y + x


@program(ex(2, 3), ex(1, 0.5), ex(2, arr(2)), wrt=(0, 1))
def integers_are_reals(n, x):
    return n * x + n / 3 + n**2


@program(ex(arr(2, 3)), ex(np.asfortranarray(arr(2, 3))), ex(arr(4, 6)[::2, ::2]))
def memory_layouts(x):
    return x * x.T.T + x


@program(ex(0.7), ex(arr(2)))
def long_expression(x):
    return 1 + x * (2 + x * (3 + x * (4 + x * (5 + x * (6 + x * (7 + x * (8 + x))))))) - (x - (x - (x - 2) * x) * x) * x


@program(ex(0.7), ex(arr(2)))
def names_like_generated_ones(x):
    x_bar = x * 2.0
    y_bar = x_bar * x
    x_stack = y_bar + x
    t = x_stack * x_bar
    t_bar = t * y_bar
    trips = t_bar + x
    return trips * x_bar


@program(ex(0.7, 0.2), ex(arr(2), arr(2, seed=1)), wrt=(0, 1))
def argument_called_y_bar(x, y_bar):
    z = x * y_bar
    return z * y_bar


@program(ex(0.7), ex(arr(2)))
def unicode_names(x):
    θ = x * 2.0
    été = θ * x
    return été - θ
