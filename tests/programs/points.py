"""Arrays without dimensions: an operator makes a number of them, unless it updates them in place."""

import numpy as np

from tests.zoo import arr, ex, program


@program(ex(arr(3)), ex(arr(1)))
def sum_in_place_that_is_stored_to(x):
    total = np.zeros(())
    for v in x:
        total += v * v
    total[...] = total * x[0]
    return total * x[-1]


@program(ex(arr(3)))
def other_name_of_a_sum(x):
    total = np.zeros(())
    same = total
    total += x[0]
    same *= x[1]
    total[()] = same * 2.0 + x[2]
    return total * same


@program(ex(arr(3), 2), ex(arr(3), 0), wrt=0)
def sum_that_becomes_a_number(x, n):
    total = np.zeros(())
    for i in range(n):
        if x[i] > 0.0:
            total += x[i]
        else:
            total = total * x[i]
    return total * total + x[2]


def added(total, value):
    total += value
    total[...] = total * value


@program(ex(arr(3)))
def sum_in_a_callee(x):
    total = np.array(1.0)
    added(total, x[1])
    return total * x[0]


@program(ex(arr(3)), needs_kinds=True)
def element_without_dimensions(x):
    point = x[:1].reshape(())
    same = point
    point += x[1]
    return np.sum(x * x) * same


@program(ex(arr(3)))
def sums_in_a_dict(x):
    sums = {"a": np.zeros(()), "b": np.zeros(())}
    for v in x:
        sums["a"] += v
        sums["b"] += sums["a"] * v
    return sums["a"] * sums["b"]


@program(ex(np.array(0.7)), ex(arr(3)))
def argument_with_two_names(x):
    y = x
    x *= 3.0
    return y * x


@program(ex(arr(3)))
def results_without_dimensions(x):
    chosen = np.where(x[0] > 0, x[0], x[1])
    chosen += x[1]
    product = np.tensordot(x, x, 1)
    same = product
    product *= 2.0
    return chosen * same * product


@program(ex(arr(4)))
def element_stored_to_itself(x):
    y = x * x
    z = y[2, ...]
    z[()] = z
    return np.sum(y * x)
