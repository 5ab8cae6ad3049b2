"""Callees that return in their branches: what each exit hands over, and exits that hand over nothing."""

import math

import numpy as np

from tests.zoo import arr, ex, program

KINDS = (ex(0.7), ex(1.9), ex(-0.4))


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def power_with_the_exit_last(x, n):
    if n > 0:
        return x * power_with_the_exit_last(x, n - 1)
    return 1.0


def passes_on(x, n):
    if n == 0:
        return x
    return passes_on(x * x, n - 1)


def only_passes_on(x, n):
    if n == 0:
        return 3.0
    return only_passes_on(x, n - 1)


def three_exits(x, n):
    if n == 0:
        return 1.0
    if n == 1:
        return math.sin(x)
    return x * three_exits(x, n - 1) + three_exits(x, n - 2)


def constant_in_the_middle(x, n):
    if n > 3:
        return x * x
    elif n > 1:
        return 2.0
    elif n > 0:
        return x * math.exp(x)
    else:
        return 5.0


def active_before_the_branch(x, n):
    y = x * x
    if n == 0:
        return 1.0
    return y * active_before_the_branch(y, n - 1)


def linear_before_the_branch(x, n):
    y = 2.0 * x
    if n == 0:
        return y
    return y * math.sin(y)


def decided_by_the_value(x):
    if x > 1.0:
        return 7.0
    y = math.sin(x)
    if y > 0.5:
        return y * y
    return x * y


def pair_of_results(x, n):
    if n == 0:
        return 1.0, x
    a, b = pair_of_results(x * 0.5, n - 1)
    return a * b, a + x


def decision_read_again(x, n):
    took = n == 0
    if took:
        return 2.0
    y = x * x
    if took:
        return y
    return y * x


def one_name_for_both(x, n):
    y = x
    if n == 0:
        y = 4.0
    else:
        y = y * y
    return y


def loop_in_one_exit(x, n):
    if n == 0:
        return 0.0
    y = x
    for k in range(n):
        y = y * x + k
    return y


def arrays(x, n):
    if n == 0:
        return np.ones_like(x)
    return x * arrays(x, n - 1)


@program(*KINDS)
def recursion_to_a_constant(x):
    return power(x, 0) + power(x, 3) * power_with_the_exit_last(x, 2)


@program(*KINDS)
def recursion_that_passes_on(x):
    return passes_on(x, 3) + passes_on(x, 0) * only_passes_on(x, 2) + x


@program(*KINDS)
def recursion_with_three_exits(x):
    return three_exits(x, 5) * three_exits(x, 1) + three_exits(x, 0)


@program(*KINDS)
def exits_of_a_chain(x):
    total = 0.0
    for n in range(6):
        total += constant_in_the_middle(x, n) * (n + 1.0)
    return total


@program(*KINDS)
def work_before_the_exit(x):
    return active_before_the_branch(x, 2) + linear_before_the_branch(x, 0) * linear_before_the_branch(x, 1)


@program(*KINDS)
def exits_by_the_value(x):
    return decided_by_the_value(x) * x + decided_by_the_value(2.0 * x)


@program(*KINDS)
def exits_with_two_results(x):
    a, b = pair_of_results(x, 3)
    return a * math.sin(b)


@program(*KINDS)
def decisions_of_two_branches(x):
    return decision_read_again(x, 0) * x + decision_read_again(x, 1) + one_name_for_both(x, 0) + one_name_for_both(x, 1)


@program(*KINDS)
def exit_before_a_loop(x):
    return loop_in_one_exit(x, 0) + loop_in_one_exit(x, 3)


@program(ex(arr(3)), ex(arr(2, 2)))
def recursion_over_arrays(x):
    return arrays(x, 3) + arrays(x, 0)


@program(*KINDS)
def exits_in_a_loop_of_calls(x):
    total = 0.0
    for k, c in enumerate([1.0, -2.0, 0.5]):
        for m, d in enumerate((0.3, 0.7)):
            total += c * power(x, k) * d * m
            if total > 50.0:
                break
    return total


@program(ex(0.7, [1.0, 2.0, 3.0]), ex(1.3, np.array([1.0, 2.0, 3.0])), ex(1.3, []))
def enumerate_left_early(x, cs):
    total = x
    for k, c in enumerate(cs):
        total = total * x + c
        if total > 4.0:
            break
    return total


@program(ex(0.7, [1.0, 2.0, 3.0]), ex(1.3, (1.0, 2.0)))
def enumerate_whose_count_is_read_backwards(x, cs):
    total = x
    for k, c in enumerate(cs):
        total = total * x**k + c
    return total * k


@program(ex(0.7, [[1.0, 2.0], [3.0]]))
def enumerate_inside_enumerate(x, rows):
    total = 1.0
    for i, row in enumerate(rows):
        for j, c in enumerate(row):
            total = total * x * (i + 1) + c * j
    return total


@program(ex(0.7, [1.0, 2.0, 3.0]))
def enumerate_into_one_name(x, cs):
    total = x
    for item in enumerate(cs):
        total = total * x + item[1] * item[0]
    return total


def elements_twice(y, k):
    return np.array([k[0] * y[0] - k[1] * y[0] * y[1], k[2] * y[1] * y[-1]]) * y[:2].T


@program(ex(arr(2), arr(3)), ex(arr(3), arr(4)), wrt=(0, 1))
def elements_are_read_again(y, k):
    for _ in range(3):
        z = elements_twice(y, k)
        y = y * 0.5 + np.sum(z)
    return np.sum(y)


def two_results_at_the_end(x, n):
    if n == 0:
        a = x
        b = 2.0
    else:
        a = np.sin(x)
        b = a * x
    return a, b


@program(ex(0.7, 0), ex(0.7, 1), ex(-0.4, 2))
def two_results_that_a_branch_decides(x, n):
    a, b = two_results_at_the_end(x * x, n)
    return a * b


def two_constants_or_results(x, n):
    if n == 0:
        a, b = 1.5, 2.0
    else:
        a, b = x * x, x
    return a, b


@program(ex(0.7, 0), ex(0.7, 1))
def constants_that_a_branch_decides(x, n):
    a, b = two_constants_or_results(x, n)
    return a * b * x
