"""Everything at once."""

import math

import numpy
import numpy as np

from tests.programs import other_module
from tests.zoo import arr, ex, pos, program


def halve_if_large(x, limit=2.0):
    while x > limit:
        x = x / 2.0
    return x


@program(ex(0.7, 4), ex(1.3, 4), ex(0.7, 0))
def loops_branches_and_calls(x, n):
    y = x
    for i in range(n):
        if i % 2:
            y = halve_if_large(y * x + i)
        else:
            k = 0
            while k < i:
                y = y + 0.1 * x * y
                k += 1
        if y > 1.6:
            break
    return y * x


@program(ex(0.7), ex(1.9), ex(-0.6), ex(1.3), ex(2.4))
def every_jump(x):
    total = 0.0
    y = x
    for i in range(6):
        y = y * x + 0.25
        if i == 1:
            continue
        j = 0
        while True:
            j += 1
            total = total + y * j
            if j > i:
                break
            if total > 20.0:
                return total * x
            if j == 2:
                continue
            y = np.sin(y)
        if total > 8.0:
            break
        total = total * 0.9
    else:
        total = total + x
    return total * y


@program(ex(arr(3, 3), arr(3), 5), ex(arr(3, 3), arr(3), 0), wrt=(0, 1))
def matrix_loop_with_exit(a, v, n):
    for i in range(n):
        w = a @ v
        size = np.sqrt(np.sum(w * w))
        v = w / size
        if size > 1.2:
            v = v * size
            break
    return np.sum(v * (a @ v))


@program(ex(pos(2), 0.05), ex(pos(2), 0.1), wrt=(0, 1))
def gradient_descent_by_hand(x, rate):
    for _ in range(4):
        g = np.array([4.0 * x[0] * (x[0] ** 2 - x[1]) + x[0] - 1.0, 2.0 * (x[1] - x[0] ** 2)])
        x = x - rate * g
    return (x[0] - 1.0) ** 2 + (x[1] - x[0] ** 2) ** 2


@program(ex(0.3, 2.0, 10), wrt=(0, 1))
def runge_kutta(x, omega, steps):
    v = 0.0
    h = 0.1
    for _ in range(steps):
        k1, l1 = v, -(omega**2) * x
        k2, l2 = v + 0.5 * h * l1, -(omega**2) * (x + 0.5 * h * k1)
        x, v = x + h * k2, v + h * l2
    return x * x + v * v


@program(ex(0.35, 3.6, 6), wrt=(0, 1))
def logistic_map(x, r, n):
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


@program(ex(arr(4), arr(4, seed=1)), ex(-pos(4), pos(4)), wrt=(0, 1))
def huber(x, y):
    loss = 0.0
    for a, b in zip(x, y):
        r = a - b
        if abs(r) < 1.0:
            loss += 0.5 * r * r
        else:
            loss += abs(r) - 0.5
    return loss / len(x)


@program(ex(arr(5)), ex(pos(5)))
def running_maximum(x):
    best = x[0]
    total = best * 2.0
    for i in range(1, len(x)):
        if x[i] > best:
            best = x[i]
        total = total + best * x[i]
    return total


@program(ex(arr(3), 3), ex(arr(3), 0))
def array_and_scalar_state(x, n):
    scale = 1.0
    y = x
    for i in range(n):
        y = np.tanh(y * scale)
        scale = scale + np.sum(y) * 0.1
        if scale > 1.1:
            scale = scale / 2.0
            continue
        y = y + x
    return y * scale


@program(ex(0.7), ex(1.3))
def bisection(target):
    low = 0.0
    high = 3.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        if middle * middle < target:
            low = middle
        else:
            high = middle
    correction = middle - (middle * middle - target) / (2.0 * middle)
    return correction


@program(ex(arr(2, 3), arr(3, 3), True), ex(arr(2, 3), arr(3, 3), False), wrt=(0, 1))
def optional_layers(x, w, residual):
    h = x
    for k in range(3):
        z = np.tanh(h @ w)
        h = z + h if residual else z
        if k == 1:
            h = h * other_module.FACTOR
    return np.mean(h), h


@program(ex(0.7, 2), ex(0.7, 1), ex(0.4, 3))
def names_reused_at_every_level(x, n):
    t = x
    for i in range(n):
        t = t * x
        for t2 in range(2):
            t = np.sin(t) + 0.9 * t2 * x
            if t > 0.8:
                t = t * t
        u = t
        t = u * u + x
    u = t * u
    t = u
    return t * x


@program(ex(0.9), ex(0.2), ex(3.0))
def math_and_numpy_together(x):
    v = np.array([math.sin(x), math.cos(x)])
    for k in range(3):
        v = v * np.float64(k + 1) + math.exp(-x)
        if v[0] > 2.0:
            return v.sum() * x
    return v


@program(ex(pos(4, 2)), ex(arr(4, 2)))
def masks_in_a_loop(x):
    h = np.zeros(2)
    for i in range(4):
        row = x[i]
        mask = row > 0.2 * i
        if not mask.any():
            continue
        h = h + np.where(mask, row, 0.0) * np.sum(row[mask] ** 2)
    return h


@program(ex(0.7, 12), ex(0.7, 1), ex(1.4, 12))
def deep_nesting(x, n):
    s = x
    for a in range(2):
        for b in range(2):
            for c in range(2):
                for d in range(2):
                    if a + b + c + d > 2:
                        if d:
                            s = s * x + 0.1
                            if s > 0.8:
                                break
                        else:
                            n -= 1
                            if n == 0:
                                return s * s
                    else:
                        s = np.sin(s) + 0.1 * x
    return s


@program(ex(0.4, 0.2), ex(1.2, 0.2), wrt=(0, 1))
def exit_values_from_different_levels(x, y):
    result = x * y
    i = 0
    while i < 5:
        i += 1
        for j in range(i):
            result = result + x * j
            if result > 2.0:
                i = 10
                break
            y = y * result + 0.1
        x = x + y * 0.1
    return result * x * y


@program(ex(arr(6)))
def second_differences_then_norm(x):
    while len(x) > 2:
        x = x[1:] * x[:-1] + 0.3
    return np.linalg.norm(x)


@program(ex(arr(8)), ex(arr(1)), ex(pos(5)))
def recursive_halves(x):
    if len(x) == 1:
        return x[0] * x[0]
    middle = len(x) // 2
    return recursive_halves(x[:middle]) * 0.5 + np.sin(recursive_halves(x[middle:]))


@program(ex(pos(3), pos(3, seed=1), 2), wrt=(0, 1))
def swap_arrays_in_a_loop(u, v, n):
    for _ in range(n):
        u, v = v, u * v
        u = np.sqrt(u)
    return u - v


@program(ex(0.5, 3), ex(0.5, 0))
def results_from_inside_and_outside(x, n):
    first = x
    last = x
    for i in range(n):
        last = last * x + i
        if i == 0:
            first = last * last
    return first, last, first * last


@program(ex(arr(2)), ex(arr(3)))
def a_mean_that_a_loop_carries(w):
    m = 0.0
    s = w * w
    for k in range(3):
        m = m + np.sum(s)
        s = np.sin(w)
    return m


@program(ex(1.5), ex(7.0))
def an_underscore_that_is_read(x):
    _ = x * x
    y = _ * x
    while x < 10.0:
        x = x * 2.0
    return x * y


@program(ex(2.0))
def sums_around_an_append(x):
    values = [1.0]
    k = 2
    s = 0.5 * k
    values.append(4.0)
    s += values[-1]
    return x * x * s


@program(ex(np.array([0.3, 0.9])))
def booleans_times_one(x):
    sign = (x > 0.5) * 1 - (x < 0.5) * 1
    return np.sum(sign * x * x)


@program(ex(1.5))
def none_is_a_value(x):
    s = 0.0
    for k in range(3):
        best = None
        s = s + x * x
    if best is None:
        s = s * 2.0
    return s


@program(ex(1.5))
def an_unbound_name_in_a_branch_not_taken(x):
    if x < 0.0:
        y = np.sin(y) * x
        return y
    y = x * x
    return y


@program(ex(1.5), ex(0.6), ex(2.5))
def branches_that_raise(x):
    if x > 0.7:
        if x > 2.0:
            return x * 2
    elif x > 0.5:
        y = x
    else:
        raise ValueError("too small")
    for k in range(3):
        if k == 0:
            z = x
        elif k < 3:
            z = z * x
        else:
            raise ValueError(k)
    return z * x


@program(ex(1.3))
def builtins_of_other_meaning(x):
    reversed = x
    len = 2.0
    s = 0.0
    for k in (1, 2, 3):
        s = s * x + reversed * k * len
    return s


@program(ex(arr(3)))
def a_parameter_called_np(x):
    return with_np(x, x) * np.sum(x)


def with_np(x, np):
    return numpy.sum(numpy.sin(x) * np)


@program(ex(0.7, arr(3)), wrt=(0, 1))
def names_of_helpers(x, w):
    seed = x * 2.0
    for i in range(2):
        seed = seed * x
    return seed, w * seed


@program(ex(1.3, 0.1, arr(3)), wrt=(0, 2))
def a_user_who_calls_time_t(t, h, y):
    value = y * t
    took = value + h * np.sin(t + h / 2)
    index = took * t
    return np.sum(index * value) + t
