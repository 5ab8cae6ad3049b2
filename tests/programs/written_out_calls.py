"""Calls of functions that share storage with their caller: one array twice, parts handed back, lists that grow."""

import numpy as np

from tests.zoo import arr, ex, pos, program


def scaled_sum(a, p, q):
    p += a * q
    return p


def row(m, i):
    return m[i]


def doubled_into(target, source):
    target[...] = source * 2.0


def either(p, q, k):
    if k > 2:
        return p
    return q


def squared_on_top(stack, v):
    stack.append(v * v)
    return len(stack)


def both_changed(p, q):
    doubled_into(p, q)
    r = row(q, 0) if q.ndim > 1 else q
    r *= 0.5
    for i in range(len(p)):
        if i == 2:
            return p
        p[i] += r[-1]
    return p


def extended(table, name, v):
    if name not in table:
        table[name] = []
    table[name].append(v)
    return table


@program(ex(arr(3)), ex(arr(2, 2)), needs_kinds=True)
def one_array_twice(x):
    y = x * 1.0
    z = scaled_sum(2.0, y, y)
    z[0] = x[1]
    return y * x


@program(ex(arr(3)), needs_kinds=True)
def row_that_is_handed_back(x):
    m = np.outer(x, x)
    r = row(m, 0)
    r[1] = x[0]
    s = row(m, 2)
    s *= r
    return m * m


@program(ex(arr(4)), ex(arr(4, 2)), needs_kinds=True)
def overlapping_parts_are_given(x):
    y = x * 1.0
    doubled_into(y[1:], y[:-1])
    return y * x


@program(ex(arr(3), 3), ex(arr(3), 1), needs_kinds=True)
def one_of_two_is_handed_back(x, k):
    y = x * 1.0
    z = x * x
    for i in range(k):
        p = either(y, z, i + k)
        p[0] = x[2] * p[1]
        doubled_into(p, z)
    return y * z


@program(ex(arr(3)), ex(arr(3, 2)), needs_kinds=True)
def list_grows_in_a_call(x):
    stack = []
    n = squared_on_top(stack, x[0])
    for i in range(2):
        n = squared_on_top(stack, x[i] * stack[-1])
    return stack[0] * stack[1] * n + stack[-1]


@program(ex(arr(3)), ex(arr(1)), needs_kinds=True, optional=True)
def calls_in_calls(x):
    y = x * 1.0
    z = both_changed(y, y[::-1])
    z[0] = 1.0
    return y * z * x


@program(ex(arr(3)), needs_kinds=True)
def dict_of_lists_grows_in_calls(x):
    table = {}
    for i in range(3):
        table = extended(table, "even" if i % 2 == 0 else "odd", x[i] * x[0])
    return sum(table["even"]) * table["odd"][0]


def first_changed(p):
    p[0] = 5.0 * p[1]
    return p[1]


@program(ex(arr(3)))
def updates_by_calls_that_change_the_same(x):  # what is updated is read before the call
    y = x * 1.0
    y[0] += first_changed(y)
    y[1:] *= first_changed(y)
    z = y[0]
    z -= first_changed(y)
    return y * x + z


def shrunk(p):
    p *= 0.5
    return p[0]


@program(ex(pos(3)))
def calls_in_tests(x):
    y = x * 1.0
    n = 0
    if shrunk(y) > 0.0:
        y[1] = y[0] * x[1]
    elif shrunk(y) > 1.0:
        y[0] = 3.0
    while shrunk(y) > 0.01:
        y[2] += shrunk(y)
        n += 1
        if n > 2:
            if shrunk(y) > -1.0:
                continue
    assert shrunk(y) < 10.0
    return y * x * n


@program(ex(arr(3)), ex(pos(3)), needs_kinds=True)
def calls_that_are_made_perhaps(x):
    y = x * 1.0
    n = 0
    z = first_changed(y) if shrunk(y) > 0.0 and first_changed(y) > -9.0 else y[2]
    while n < 4 and (shrunk(y) > 0.0 or first_changed(y) > -9.0):
        y[2] += first_changed(y) if n > 1 else z
        n += 1
    return y * x * z


def scaled_first(items, a, b):
    items[0] = items[0] * a
    return items[0] + b * b


def moved_on(place, held):
    place[0] += 1
    held[0] = held[0] * 1.5
    return held[0]


@program(ex(arr(4)))
def arguments_are_evaluated_as_they_are_written(x):
    values, held = [x[0], x[1], x[2]], [x[3]]
    y = scaled_first(held, b=values.pop(), a=values.pop()) * held[0]
    return y + scaled_first(b=held[0], a=scaled_first(held, x[0], b=x[1]), items=held) * held[0]


@program(ex(arr(4)))
def places_of_updates_are_found_first(x):
    place, held, y = [0], [x[0]], x * 1.0
    y[place[0]] += moved_on(place, held)
    items = [x[1], x[2], x[3]]
    items[place[0]] *= moved_on(place, held)
    return np.sum(y * x) * items[1] + items[2] * items[0]
