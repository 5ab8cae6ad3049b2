"""Calls of the user's own functions."""

import math

import numpy as np

from tests.programs import other_module
from tests.programs import other_module as aliased
from tests.programs.other_module import helper, polynomial
from tests.programs.other_module import scaled_sine as sine_of_another_name
from tests.zoo import arr, ex, pos, program

KINDS = (ex(0.7), ex(np.float64(0.7)), ex(arr(3)), ex(arr(2, 2)))
FACTOR = 100.0  # not the one of other_module


def square(x):
    return x * x


def layer(x, w):
    return np.tanh(np.dot(x, w))


def weighted(x, a=2.0, *, b=3.0):
    return a * x * x + b * x


def sine_and_square(x):
    return np.sin(x), x * x


def mutates_its_names(x):
    y = x
    x = x * x
    y = y * x
    x = y + x
    return x * y


@program(*KINDS)
def one_call(x):
    return square(x) * x


@program(*KINDS)
def call_of_a_call(x):
    return square(square(x) + x)


@program(*KINDS)
def called_twice(x):
    return square(x) + square(np.sin(x))


@program(*KINDS)
def called_with_a_constant(x):
    return square(2.0) * square(x) + square(3.0)


@program(*KINDS)
def result_not_used(x):
    square(x)
    return x * x


@program(ex(arr(3, 4), arr(4, 5), arr(5, 2)), wrt=(1, 2))
def two_layers(x, w1, w2):
    h = layer(x, w1)
    return np.sum(layer(h, w2))


@program(ex(arr(3, 4), arr(4, 4), arr(4, 4)), wrt=(0, 1))
def different_activity(x, w, c):
    return layer(x, c) + layer(layer(c[:3], w), c) + layer(x, w) + layer(c[:3], c)


@program(ex(0.7, 0.3), ex(arr(2), 0.3), wrt=(0, 1))
def keywords_and_defaults(x, a):
    return weighted(x) + weighted(x, a) + weighted(a, b=x) + weighted(b=a, x=x, a=2.0) + weighted(2.0, a=a)


@program(ex(0.7, 0.3), ex(arr(2), 0.3), wrt=(0, 1))
def same_argument_twice(x, a):
    return weighted(x, x, b=x) + weighted(x * a, x * a)


@program(*KINDS)
def callee_returns_a_tuple(x):
    s, q = sine_and_square(x)
    return s * q + s


@program(*KINDS)
def half_of_a_tuple(x):
    _, q = sine_and_square(x)
    return q * sine_and_square(x)[0]


@program(*KINDS)
def tuple_passed_through(x):
    return sine_and_square(x * x)


@program(*KINDS)
def callee_overwrites_its_argument(x):
    y = mutates_its_names(x)
    return y * x


def accumulate(x, n):
    y = x
    for i in range(n):
        y = y * x + i
    return y


@program(ex(0.7, 3), ex(0.7, 0), ex(arr(2), 2))
def callee_with_a_loop(x, n):
    return accumulate(x, n) * accumulate(x, 2)


def until_large(x, limit):
    while x < limit:
        x = x * 1.5 + 0.1
    return x


@program(ex(0.7, 5.0), ex(6.0, 5.0), wrt=(0, 1))
def callee_with_a_while(x, limit):
    return until_large(x, limit) * limit


def relu_like(x):
    if x < 0:
        return 0.1 * x
    if x > 1:
        y = x * x
        return y
    return x


@program(ex(0.7), ex(-0.7), ex(1.7))
def callee_with_early_returns(x):
    return relu_like(x) * relu_like(x - 1.5) + relu_like(relu_like(x))


def first_large(x):
    s = 0.0
    for v in x:
        s = s + v * v
        if s > 1.0:
            return s * v
    return s


@program(ex(pos(4)), ex(pos(4) * 0.1))
def callee_with_return_in_a_loop(x):
    return first_large(x) + first_large(x[1:])


@program(ex(0.7, 3), ex(0.7, 0), ex(arr(2), 2))
def call_in_a_loop(x, n):
    y = x
    for i in range(n):
        y = square(y) * 0.5 + x
    return y


@program(ex(0.7, 3), ex(0.7, 0))
def call_with_the_loop_variable(x, n):
    y = x
    for i in range(n):
        y = y + accumulate(x, i)
    return y


@program(ex(0.7), ex(-0.7))
def call_in_a_test(x):
    if square(x) - 0.1 > relu_like(x):
        return x * x
    return x


@program(ex(0.7))
def call_in_a_while_test(x):
    y = x
    while square(y) < 20.0:
        y = y * 1.7
    return square(y)


@program(ex(0.7), ex(-0.7))
def call_in_a_ternary(x):
    return square(x) if x > 0 else relu_like(x)


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


@program(ex(0.7, 5), ex(0.7, 0), ex(arr(2), 3))
def recursion(x, n):
    return power(x, n)


@program(ex(0.7, 4))
def itself(x, n):
    if n == 0:
        return x
    return np.sin(itself(x, n - 1)) * x


def ackermann_like(x, n):
    if n <= 0:
        return x
    if n % 2:
        return ackermann_like(x * x, n - 1) + ackermann_like(x, n - 2)
    return np.sin(ackermann_like(x, n - 1))


@program(ex(0.7, 5), ex(0.7, 0))
def branching_recursion(x, n):
    return ackermann_like(x, n) * x


def recursion_in_a_loop_callee(x, depth):
    y = x
    for i in range(depth):
        y = y + 0.3 * x * recursion_in_a_loop_callee(x, i)
        if y > 3.0:
            break
    return y


@program(ex(0.7, 4))
def recursion_in_a_loop(x, depth):
    return recursion_in_a_loop_callee(x, depth)


def even_part(x, n):
    if n == 0:
        return x
    return np.sin(odd_part(x, n - 1))


def odd_part(x, n):
    if n == 0:
        return x * x
    return even_part(x, n - 1) * x


@program(ex(0.7, 4), ex(0.7, 3), ex(0.7, 0))
def mutual_recursion(x, n):
    return even_part(x, n) + odd_part(x, n)


@program(*KINDS)
def other_module_by_attribute(x):
    return other_module.scaled_sine(x) * other_module.FACTOR


@program(*KINDS)
def other_module_by_alias(x):
    return aliased.helper(x) + sine_of_another_name(x) + FACTOR


@program(*KINDS)
def other_module_by_name(x):
    return helper(x) + helper(x, 3) + helper(x, shift=x) + polynomial(x)


@program(ex(arr(2)), ex(arr(2, 3)))
def other_module_with_a_matrix(x):
    return other_module.apply_matrix(x) * FACTOR


@program(ex(0.7), ex(0.3))
def other_module_with_math(x):
    return other_module.scalar_sine(x) * math.cos(x)


def no_result(x):
    y = x * x


@program(*KINDS)
def call_of_a_procedure(x):
    no_result(x)
    return x * x


def first_argument(a, b):
    return a


@program(ex(0.7, 0.3), ex(arr(2), arr(2)), wrt=(0, 1))
def callee_returns_its_argument(x, y):
    z = first_argument(x, y)
    w = first_argument(b=x, a=y)
    return z * w + z


@program(ex(arr(3)), ex(arr(2, 2)))
def callee_returns_a_view(x):
    y = first_argument(x[1:], 0)
    z = y * y
    return z * y


def identity_or_double(x, flag):
    return x if flag else x * 2.0


@program(ex(arr(3)), ex(0.2))
def callee_returns_argument_or_not(x):
    y = identity_or_double(x, True)
    z = identity_or_double(x, False)
    return y * z + y


def constant_callee(n):
    return n * 2


@program(ex(0.7))
def callee_without_activity(x):
    k = constant_callee(3)
    for _ in range(constant_callee(1)):
        x = x * k
    return x * x


def active_bound(x):
    return int(x * 3.0)


@program(ex(0.8), ex(1.1))
def callee_gives_a_count(x):
    y = x
    for _ in range(active_bound(x)):
        y = y * x
    return y


def apply(f, x):
    return f(x) * x


@program(ex(0.7), ex(arr(2)), optional=True)
def function_as_an_argument(x):
    return apply(square, x) + apply(np.sin, x)


@program(ex(0.7), ex(arr(2)))
def function_under_a_local_name(x):
    f = square
    return f(x) * x


def many(*values):
    return values[0] * values[1]


@program(ex(0.7), optional=True)
def variadic_callee(x):
    return many(x, x * x)


@program(ex(0.7), optional=True)
def starred_call(x):
    pair = (x, 2.0)
    return weighted(*pair) + weighted(x, **{"b": 2.0})


def nested_defaults(x, a=FACTOR, f=np.sin):
    return f(x) * a


@program(ex(0.7), ex(arr(2)), optional=True)
def default_is_a_function(x):
    return nested_defaults(x) + nested_defaults(x, 2.0)


@program(ex(0.7, 0.3), ex(arr(2), 0.3), wrt=(0, 1))
def callee_nested_in_callees(x, a):
    return outer_callee(x, a) * a


def outer_callee(x, a):
    return middle_callee(x * a) + middle_callee(a)


def middle_callee(x):
    t = square(x)
    return t * square(t)


LOW, HIGH = 0.7, 1.2
x_bar = 2.5
value = 2.0


@program(*KINDS[:2])
def global_or_global(x):
    return one_of_two(x) * x + x_bar * x + value * x


def one_of_two(x):
    if x < 0:
        return LOW
    return HIGH


def updates_a_number(a, b):
    b *= a
    return b * b


@program(*KINDS[:2])
def callee_updates_a_number(x):
    return updates_a_number(x, HIGH) * HIGH + updates_a_number(x, np.cos(x)) * np.sin(x)


PAIR = (0.9, 1.1)
SEEN = []


def mine_or_outside(x, b):
    a = PAIR[0] if b > 1.0 else x
    SEEN.append(1)
    return a, PAIR[1]


@program(*KINDS[:2], saves=False)
def callee_returns_what_lies_outside(x):
    if x < 0.0:
        return mine_or_outside(x, x)[1] * x
    y = x + mine_or_outside(x, 0.5)[0]
    for _ in range(2):
        y = y * mine_or_outside(PAIR[0], y)[1] + mine_or_outside(0.3, 2.0)[0]
    return y * PAIR[1]
