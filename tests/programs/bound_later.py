"""Names that are read where they have no value yet, in what is not evaluated then; kinds that grow in a recursion."""

import numpy as np

import srcgrad
from tests.zoo import ex, program


def product(a, b):
    return a * b


def squared(q, s):
    return q * q * s


@program(ex(1.3))
def other_side_of_a_ternary(x):
    w = 0
    for i in range(3):
        z = x if i == 0 else y  # noqa: F821
        y = z * 2.0
        w = z
    return w * w


@program(ex(1.3))
def argument_of_a_callee(x):
    w = 0
    for i in range(3):
        w = product(x, y if i > 0 else 1)  # noqa: F821
        y = w
    return w


@program(ex(1.3))
def second_half_of_a_test(x):
    w = 1
    for i in range(3):
        t = 0 < i < 3 and y > 0  # noqa: F821
        w = x * 3 if not t else w
        y = w
    return w


@program(ex(1.3))
def end_of_a_chained_comparison(x):
    w = 0
    for i in range(3):
        t = 1 < i < y  # noqa: F821
        y = 9
        w = w + (x if t else 1)
    return w


@program(ex(1.3), saves=False)
def capture_of_an_inner_derivative(x):
    w = 1
    for i in range(3):
        w = srcgrad.grad(lambda q: q * q if i == 0 else q * y)(x)  # noqa: B023, F821
        y = w
    return w


@program(ex(1.3), saves=False)
def argument_of_an_inner_derivative(x):
    w = 1
    for i in range(3):
        w = srcgrad.grad(squared)(x, y if i else 1)  # noqa: F821
        y = w
    return w


def bound_in_the_loop(x, p):
    q, k = x, 0
    while True:
        k = k + 1
        q = p * 1.5 if k == 1 else q * p
        if k > 2:
            return q


@program(ex(1.3))
def callee_of_a_loop_without_end(x):
    return bound_in_the_loop(x, x * x)


def deeper(x, t, n):
    return x if n == 0 else deeper(x * 2, [t], n - 1)


@program(ex(1.37))
def recursion_with_deeper_lists(x):
    return deeper(x, 1, 3) * x


def wider(x, n):
    return np.sum(x * x) if n == 0 else wider(x[None] * 2, n - 1)


@program(ex(1.37))
def recursion_with_more_dimensions(x):
    return wider(np.array([x, x]), 3)


def paired(x, t, n):
    return t if n == 0 else paired(x, (t, x), n - 1)


@program(ex(1.37))
def recursion_with_deeper_pairs(x):
    t = paired(x, 2, 3)
    return t[0][1] * t[1]
