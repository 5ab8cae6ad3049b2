"""Derivative operators that are called inside a differentiated function."""

import numpy as np

import srcgrad
from tests.zoo import arr, ex, program


def total(x):
    return np.sum(x**3)


def cubes(x):
    return x**3


def mixed(x):
    return np.array([x[0] * x[1], np.sin(x[1]) * x[0] ** 2, x[0] * x[0]])


def energy(x):
    return np.sum(x**3) + x[0] * x[1]


jacobian_of_cubes = srcgrad.jacobian(cubes)


@program(ex(0.8, arr(3)), saves=False)
def hessian_of_what_is_fixed(s, k):
    return srcgrad.hessian(total)(k)[0] * s


@program(ex(0.8, arr(3)), saves=False)
def product_with_a_hessian_of_what_is_fixed(s, k):
    return srcgrad.hvp(total)(k, k) * s


@program(ex(0.8, arr(3)), saves=False)
def jacobian_of_what_is_fixed(s, k):
    return s + srcgrad.jacobian(total)(k)


@program(ex(0.8, arr(3)), saves=False)
def slopes_of_what_is_fixed(s, k):
    return srcgrad.elementwise_grad(np.sin)(k) * s


@program(ex(0.8, arr(3)), saves=False)
def hessian_times_active(s, k):
    return srcgrad.hessian(total)(k) @ np.array([s, s * s, 1.0])


@program(ex(0.8, arr(2)), saves=False)
def jacobian_that_was_made_before(s, k):
    return jacobian_of_cubes(k) * s


@program(ex(arr(2)), saves=False)
def jacobian_in_a_sum(x):
    j = srcgrad.jacobian(mixed)(x)
    return np.sum(j * j)


@program(ex(arr(2)), saves=False)
def jacobian_by_rows(x):
    return np.sum(srcgrad.jacobian(mixed, mode="reverse")(x) ** 2)


@program(ex(arr(2)), saves=False)
def hessian_of_an_argument(x):
    return np.linalg.det(srcgrad.hessian(energy)(x))


@program(ex(arr(2), arr(2, seed=1)), wrt=(0, 1), saves=False)
def product_with_a_hessian(x, v):
    return np.sum(srcgrad.hvp(energy)(x, v) ** 2)


@program(ex(arr(2), arr(2, seed=1)), wrt=(0, 1), saves=False)
def tangent_of_an_argument(x, v):
    y, t = srcgrad.jvp(mixed)(x, v)
    return np.sum(t**2) + np.sum(y)


@program(ex(arr(3)), saves=False)
def slopes_of_an_argument(x):
    return np.sum(srcgrad.elementwise_grad(lambda t: t**3)(x) ** 2)


@program(ex(arr(3)), saves=False)
def jacobian_of_a_gradient(x):
    v = srcgrad.jacobian(total)(x)
    return np.sum(srcgrad.jacobian(lambda u: u**2)(v))


@program(ex(0.7), ex(arr(2)), saves=False)
def gradient_in_a_name(x):
    slope = srcgrad.grad(cubes)
    return slope(x) * x


@program(ex(0.7, arr(2)), saves=False)
def gradient_in_a_name_of_what_is_fixed(x, k):
    slope = srcgrad.grad(cubes)
    return slope(k) * x


@program(ex(0.7), ex(arr(2)), saves=False)
def gradient_of_a_gradient_in_a_name(x):
    slope = srcgrad.grad(cubes)
    bend = srcgrad.grad(slope)
    s = 0.0
    for n in range(2):
        s = s + bend(x) * slope(x) * n
    return s


@program(ex(0.7), saves=False)
def lambda_hides_what_a_name_stands_for(x):
    slope = srcgrad.grad(lambda a: a**2 * x)
    bend = srcgrad.grad(lambda x: slope(x))
    return bend(x)


@program(ex(0.7), saves=False)
def lambda_hides_what_another_captures(x):
    a = x * x
    slope = srcgrad.grad(lambda z: z**3 * a)
    bend = srcgrad.grad(lambda a: slope(a))
    return bend(x)


@program(ex(0.7), saves=False)
def lambda_beside_a_gradient_of_a_gradient(x):
    bend = srcgrad.grad(srcgrad.grad(lambda a: a**4 * x))
    value, slope = srcgrad.value_and_grad(lambda x: bend(x) * x)(x)
    return value * slope


def layer(x, w):
    return np.tanh(w @ x)


@program(ex(arr(2), arr(3, 2)), saves=False)
def pullback_of_a_layer(x, w):
    y, pullback = srcgrad.vjp(layer, wrt=("x", "w"))(x, w)
    x_bar, w_bar = pullback(y * y)
    ones_bar, _ = pullback()
    return np.sum(x_bar * ones_bar) + np.sum(w_bar**2)


@program(ex(1.3), saves=False)
def pullbacks_in_a_loop(x):
    t = 0.0
    for i in range(3):
        y, pullback = srcgrad.vjp(lambda z: z * z * x)(x + i)
        t = t + pullback(y) + pullback(1.0)
    return t


@program(ex(0.7), ex(arr(2)), saves=False)
def pullback_of_what_is_fixed(x):
    y, pullback = srcgrad.vjp(cubes)(2.0 + 0.0 * len("x"))
    return np.sum(pullback(np.sum(x)) * y)


@program(ex(0.7), ex(-0.7), saves=False)
def pullback_in_a_branch(x):
    r = x
    if x > 0:
        y, pullback = srcgrad.vjp(cubes, wrt=("x",))(x)
        r = pullback(y)[0] * x
    return r


@program(ex(0.7), saves=False)
def pullback_of_a_list(x):
    y, pullback = srcgrad.vjp(lambda z: [z * z, z * x])(x)
    y = y[0]
    return pullback([1.0, y])
