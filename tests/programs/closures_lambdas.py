"""Closures, lambdas, local functions, partials and primitives that arrive bare."""

import functools
import math

import numpy as np

from tests.zoo import add, arr, ex, program

KINDS = (ex(0.7), ex(arr(3)))


def make_scaled(factor):
    def scaled(x):
        return factor * np.sin(x) * factor

    return scaled


add(make_scaled(2.0), *KINDS, name="closures_lambdas.closure_over_a_float")
add(make_scaled(arr(3)), *KINDS, name="closures_lambdas.closure_over_an_array", saves=False)


def make_polynomial(coefficients):
    def p(x):
        total = 0.0
        for k, c in enumerate(coefficients):
            total += c * power(x, k)
        return total

    return p


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


add(make_polynomial([1.0, -2.0, 0.5, 3.0]), *KINDS, name="closures_lambdas.closure_over_a_list")


def make_composed(f, g):
    def composed(x):
        return f(g(x)) * g(x)

    return composed


def square(x):
    return x * x


add(make_composed(square, np.sin), *KINDS, name="closures_lambdas.closure_over_functions")
add(
    make_composed(make_scaled(0.5), square),
    *KINDS,
    name="closures_lambdas.closure_over_closures",
    saves=False,
)


def make_two(a, b):
    def inner(x):
        return a * x

    def outer(x):
        return inner(x) ** 2 + b * inner(x)

    return outer


add(make_two(1.5, 2.5), *KINDS, name="closures_lambdas.closures_of_one_maker")
add(lambda x: x * np.sin(x), *KINDS, name="closures_lambdas.a_lambda")
# fmt: off
first, second = lambda x: x * x, lambda x: np.sin(x) * 3.0
# fmt: on
add(first, *KINDS, name="closures_lambdas.first_lambda_of_the_line")
add(second, *KINDS, name="closures_lambdas.second_lambda_of_the_line")
add(lambda x, a=2.0: a * x * x, *KINDS, ex(0.7, 3.0), name="closures_lambdas.lambda_with_a_default")
add(
    lambda x: x * x + np.exp(x),
    *KINDS,
    name="closures_lambdas.lambda_over_several_lines",
)

add(np.sin, *KINDS, name="closures_lambdas.ufunc")
add(np.exp, *KINDS, name="closures_lambdas.ufunc_exp")
add(np.multiply, ex(0.7, 0.3), ex(arr(3), 0.3), wrt=(0, 1), name="closures_lambdas.ufunc_of_two")
add(np.sum, ex(arr(3)), ex(arr(2, 2)), name="closures_lambdas.numpy_function")
add(np.dot, ex(arr(2, 3), arr(3)), wrt=(0, 1), name="closures_lambdas.numpy_dot")
add(math.exp, ex(0.7), name="closures_lambdas.math_function")
add(abs, ex(0.7), ex(-0.7), ex(arr(3)), name="closures_lambdas.builtin")
add(
    functools.partial(np.multiply, 2.0),
    *KINDS,
    name="closures_lambdas.partial_of_a_ufunc",
    saves=False,
)
add(
    functools.partial(power, n=3),
    *KINDS,
    name="closures_lambdas.partial_of_a_function",
    saves=False,
)


@program(*KINDS, optional=True)
def local_function(x):
    def g(t):
        return t * t

    return g(x) * g(np.sin(x))


@program(ex(0.7, 0.3), ex(arr(3), 0.3), wrt=(0, 1), optional=True)
def local_function_over_active_values(x, a):
    def g(t):
        return t * a * x

    return g(x) + g(a)


@program(*KINDS, optional=True)
def local_lambda(x):
    g = lambda t: t * t + 1.0
    return g(x) * g(2.0 * x)


@program(*KINDS, optional=True)
def lambda_over_an_active_value(x):
    g = lambda t: t * x
    return g(x) * g(2.0)


module_lambda = lambda x: x * x * 0.5


@program(*KINDS)
def calls_a_module_lambda(x):
    return module_lambda(x) * module_lambda(np.cos(x))


@program(*KINDS, saves=False)
def calls_a_partial(x):
    return tripled(x) * x


tripled = functools.partial(np.multiply, 3.0)
closure = make_scaled(1.25)


@program(*KINDS, saves=False)
def calls_a_closure(x):
    return closure(x) * x


def decorated(f):
    @functools.wraps(f)
    def wrapper(x):
        return f(x) * 2.0

    return wrapper


@decorated
def inside(x):
    return x * x


@program(*KINDS, saves=False)
def calls_a_wrapped_function(x):
    return inside(x) * x


add(inside, *KINDS, name="closures_lambdas.wrapped_function", saves=False, optional=True)
