"""Tuple assignment, unpacking, tuple results; lists that are only read."""

import numpy as np

from tests.zoo import arr, ex, program


@program(ex(0.7), ex(arr(3)))
def tuple_result(x):
    return x * x, np.sin(x)


@program(ex(0.7, arr(3)), wrt=(0, 1))
def results_of_different_shapes(a, x):
    return a * a, a * x, np.sum(x * x)


@program(ex(0.7), ex(arr(3)))
def result_with_a_constant(x):
    return x * x, 3.0


@program(ex(0.7), ex(arr(3)))
def result_names_one_value_twice(x):
    y = x * x
    return y, y


@program(ex(0.7), ex(arr(3)))
def list_result(x):
    return [x * x, x]


@program(ex(0.7), ex(arr(2)))
def tuple_of_one(x):
    return (x * x,)


@program(ex(0.7), ex(arr(3)))
def unpack(x):
    a, b = x * x, np.sin(x)
    return a * b


@program(ex(0.7), ex(arr(3)))
def unpack_a_named_tuple_value(x):
    pair = x * x, np.sin(x)
    a, b = pair
    return a * b


@program(ex(0.7), ex(arr(3)))
def nested_unpacking(x):
    (a, b), c = (x, x * x), x * 3.0
    a, (b, c) = b * c, (a, c)
    return a * b * c


@program(ex(0.7))
def tuple_and_list_targets(x):
    [a, b] = x, x * x
    (c) = a * b
    return a + c


@program(ex(arr(3)), ex(arr(3, 2)))
def unpack_an_array(x):
    a, b, c = x
    return a * b + c * c


@program(ex(arr(2, 2)))
def unpack_a_matrix(x):
    (a, b), (c, d) = x
    return a * d - b * c


@program(ex(arr(3)))
def unpack_a_computed_array(x):
    a, b, c = np.sin(x) * x
    return a * b - c


@program(ex(0.7), ex(arr(2)))
def element_of_a_tuple(x):
    pair = (x * x, x, 2.0)
    return pair[0] * pair[1] + pair[-1]


@program(ex(0.7), ex(arr(2)))
def element_of_a_list(x):
    values = [x, x * x, x * x * x]
    return values[2] * values[0] + values[1]


@program(ex(0.7, 2), ex(0.7, 0))
def element_of_a_list_by_variable(x, i):
    values = [x, x * x, x * x * x]
    return values[i] * values[i - 1]


@program(ex(0.7))
def tuple_overwrites_its_members(x):
    y = x * x
    pair = (x, y)
    x = y * y
    y = x + pair[0]
    return pair[1] * x * y


@program(ex(arr(4)))
def tolist_and_back(x):
    values = x.tolist()
    return values[0] * values[3] + values[1]


@program(ex(arr(3)))
def sum_of_a_list(x):
    return sum([x[0], x[1] * x[2], 2.0])


@program(ex(0.7, 0.2), wrt=(0, 1))
def same_name_on_both_sides(x, y):
    x, y = x + y, x - y
    x, y = x * y, x / (2.0 + y)
    return x * y


@program(ex(0.3, 4), ex(0.3, 0))
def tuple_carried_through_a_loop(x, n):
    state = (x, 1.0)
    for i in range(n):
        state = (state[0] * x, state[1] + state[0])
    return state[0] * state[1]


@program(ex(0.3, 4), ex(0.3, 0))
def tuple_unpacked_in_a_loop(x, n):
    state = x, x * x
    for i in range(n):
        a, b = state
        state = a * b, a + b
    a, b = state
    return a - b


@program(ex(arr(3)), ex(arr(1)), optional=True)
def starred_target(x):
    a, *rest = [x[0], x[0] * 2.0, x[-1]]
    return a * rest[0] * rest[1]


@program(ex([0.3, 0.7]), ex([arr(2), 0.4]), optional=True)
def list_argument(values):
    return values[0] * values[1] + values[0]


@program(ex((0.3, 0.7)), ex((arr(2), 0.4)), optional=True)
def tuple_argument(values):
    a, b = values
    return a * b + a


@program(ex([0.3, 0.7, 0.2]), ex([]), optional=True)
def loop_over_a_list_argument(values):
    s = 0.5
    for v in values:
        s = s * v + v * v
    return s


@program(ex([0.3, 0.7, 0.2]), optional=True)
def array_from_a_list_argument(values):
    return np.array(values) ** 2


def product(pair):
    return pair[0] * pair[1]


@program(ex(0.7), ex(arr(3)))
def element_beside_a_call(x):
    pair = (x, 2 * x)
    return pair[0] * product(pair) + pair[1]


@program(ex((0.3, 0.7)))
def two_calls_and_an_element_before(pair):
    first = pair[0]
    one = product(pair)
    other = product(pair)
    return first * one * other


@program(ex((0.3, 0.7)), optional=True)
def element_of_an_argument_beside_a_call(pair):
    return pair[0] * product(pair) + pair[1]
