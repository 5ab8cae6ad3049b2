"""Adjoints that are one object for a while, and go different ways."""

import copy

import numpy as np

from tests.zoo import arr, ex, pos, program


@program(ex(arr(2), arr(2, seed=1), -1.0), ex(arr(2), arr(2, seed=1), 1.0), wrt=(0, 1))
def only_one_side_touches_one_of_two(x, y, p):
    a = np.sin(x)
    b = np.cos(y)
    u = np.sum(a * a)
    s = 0.0
    if p > 0:
        s = np.sum(b * b)
    c = a + b
    return np.sum(np.exp(c)) + u + s


@program(ex(arr(2), arr(2, seed=1), -1.0), ex(arr(2), arr(2, seed=1), 1.0), wrt=(0, 1))
def each_side_touches_another(x, y, p):
    a, b, c = np.sin(x), np.cos(y), np.tanh(x * y)
    u = np.sum(a * b * c)
    if p > 0:
        s = np.sum(b * b)
    else:
        s = np.sum(c * c)
    d = a + b + c
    return np.sum(np.exp(d)) + u + s


@program(ex(arr(2), arr(2, seed=1), 0), ex(arr(2), arr(2, seed=1), 3), wrt=(0, 1))
def loop_of_no_turns_over_one_of_two(x, y, n):
    a = np.cos(x)
    b = np.sin(y)
    u = np.sum(b * b)
    for _ in range(n):
        a = np.tanh(a * 1.1)
    c = a + b
    return np.sum(np.exp(c)) + u


@program(ex(arr(2), arr(2, seed=1), 0.0), ex(arr(2), arr(2, seed=1), 2.5), wrt=(0, 1))
def while_of_no_turns_over_one_of_two(x, y, level):
    a = np.cos(x)
    b = np.sin(y)
    u = np.sum(a * a) + np.sum(b * b)
    while level > 0:
        a = a * b
        level -= 1.0
    c = a + b
    return np.sum(np.exp(c)) + u


@program(ex(arr(2), arr(2, seed=1), 3, 0), ex(arr(2), arr(2, seed=1), 3, 2), wrt=(0, 1))
def break_in_the_first_turn_over_one_of_two(x, y, n, last):
    a = np.cos(x)
    b = np.sin(y)
    u = np.sum(b * b)
    for k in range(n):
        if k == last:
            break
        a = np.tanh(a * 1.1)
        u = u + np.sum(b * a)
    c = a + b
    return np.sum(np.exp(c)) + u


@program(ex(arr(2), arr(2, seed=1), 0), ex(arr(2), arr(2, seed=1), 1), ex(arr(2), arr(2, seed=1), 4), wrt=(0, 1))
def partners_change_from_turn_to_turn(x, y, n):
    a, b, c = np.sin(x), np.cos(y), x * y
    for _ in range(n):
        u = a + b
        a, b, c = b + c, u, c + a
        c = np.tanh(c * np.sum(u))
    return np.sum(np.sin(a + c)) + np.sum(b * b)


@program(ex(arr(2), arr(2, seed=1), 0), ex(arr(2), arr(2, seed=1), 3), wrt=(0, 1))
def one_of_two_is_used_up_in_the_loop(x, y, n):
    a, b, c, d = np.sin(x), np.cos(y), x * 2.0, y * 3.0
    for _ in range(n):
        t = np.sum(a * b)
        a = b + c
        b = c + d * t
        c = d + t
        d = b * 0.5 + a
    return np.sum((a + b) * (c + d))


@program(ex(0.5, 2.0), ex(np.float64(0.5), 2.0), ex(pos(), pos(seed=1)), wrt=(0, 1))
def numbers_through_arrays_without_dimensions(x, w):
    u = x * x
    z = x + w
    return np.copy(z), u, np.array(z) * w, np.asarray(z)


def added_up(x, w):
    return x + w


@program(ex(0.5, 2.0), ex(arr(2), arr(2, seed=1)), wrt=(0, 1))
def sum_of_a_callee_beside_a_square(x, w):
    u = x * x
    return u, added_up(x, w), w


@program(ex(arr(4)), ex(pos(4)))
def starred_shapes(x):
    wide = np.broadcast_to(x * x, (3, *np.shape(x)))
    ones = (1,) * 2
    high = np.reshape(np.sin(x), (len(x) // 2, *ones, 2))
    return np.sum(wide) * np.sum(high * high[0])


@program(ex(arr(4), (2, 2)), ex(arr(4), [4, 1]))
def starred_shape_of_an_iterator(x, shape):
    sizes = map(int, shape)
    return np.reshape(x * x, (1, *sizes)) * 2.0


@program(ex(arr(2), 1.3, 0.7, 2.0))
def names_of_stack_helpers(x, push, empty, span):
    s = 0.0
    for k in range(2):
        push = push * x[k] * x[k : k + 1][0] + empty * span * with_added
        s = s + push * push
    return s


with_added = 3.0


def twice_one():
    a = np.ones(3)
    return a, a


@program(ex(arr(3)))
def parts_of_what_is_new_are_one(x):
    a, b = twice_one()
    a += x
    (c, d), e = twice_one(), np.zeros(3)
    c *= x
    e += c
    f, g = [np.ones(3)] * 2
    f -= x
    total = np.sum(b * x) + np.sum(d * e * x) + np.sum(g * x)
    for p, q in [twice_one(), twice_one()]:
        p -= x
        total = total + np.sum(p * q)
    for p in (np.ones(3), x * x):
        p *= x
        total = total + np.sum(p)
    return total


@program(ex(arr(3), np.array([0, 1])))
def views_of_indices_are_changed(x, i):
    j = i[::-1]
    y = x[j] * x[i]
    j[0] = 2
    return np.sum(y * x[i])


def twice(a):
    b = a * 2.0
    return b, b


def two_of_one_tangent(a):
    return [a + 1.0, a + 2.0]


def with_zeros_twice(a):
    z = np.ones(4)
    return [a * 1.0, z, [z, z[1:]]]


def whole_and_part(a):
    b = np.exp(a)
    return b, b[1:]


@program(ex(arr(4)), needs_kinds=True)
def what_callees_return_is_shared_as_the_values_are(x):
    p, q = twice(x)
    p[0] = x[2]
    items = two_of_one_tangent(x)
    items[0][0] = x[1]
    held = with_zeros_twice(x)
    held[1][1] = x[0]
    b, tail = whole_and_part(x)
    tail[0] = b[0] * x[2]
    total = np.sum(q * q) + np.sum(items[1] * items[1])
    return total + np.sum(held[2][0] * x) + np.sum(held[2][1]) + np.sum(b * b)


@program(ex(arr(3)), needs_kinds=True)
def copies_by_the_standard_library(x):
    y = copy.copy(x)
    y[0] *= 2.0
    z = copy.deepcopy(x)
    z *= y
    numbers = [x[0] * 1.0, x[1]]
    deep, shallow = copy.deepcopy(numbers), copy.copy(numbers)
    for i in range(2):
        deep.append(deep[i] * x[2])
        shallow[i] += deep[i]
        numbers[i] *= 2.0
    items = [y, y]
    other = copy.copy(items)
    other[0] *= 2.0
    table = copy.copy({"a": x, "n": copy.copy("text")})
    table["a"] = table["a"] * x
    total = sum(numbers) * sum(deep) + sum(shallow) + copy.deepcopy(x[0])
    return total + np.sum(z * items[1]) + np.sum(table["a"]) * len(table["n"])


@program(ex(arr(3)))
def copies_keep_the_order_of_axes(x):
    m = np.outer(x, x)[:2]
    y, z = copy.copy(m.T), copy.deepcopy(m.T)
    v = y.T.ravel()
    v *= 2.0
    w = z.T.reshape(-1)
    w[1] = 5.0
    return np.sum(y**2) + np.sum(z * z)
