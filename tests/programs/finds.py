"""What random programs found: kept for good."""

from types import SimpleNamespace

import numpy as np

from tests.zoo import arr, ex, program

V = np.array([0.41, -0.72, 1.07])


def second(p, n):
    s = p
    for k in range(n):
        if k == 2:
            break
        s = np.tanh(s * 0.7 + 0.2 * p)
    return s, 0.5 * p


@program(
    ex(-1.13, -0.47, V, 1, True),
    ex(-1.13, -0.47, V, 1, False),
    ex(0.3, 0.8, V, 3, False),
    wrt=(0, 1, 2),
)
def old_and_new_array_in_an_inner_loop(x, w, v, n, flag):
    for i in range(2, -1, -1):
        a = 0.3 * np.dot((0.3 * np.dot(w * v, v[::-1])) * v, v[::-1])
        for j in range(3):
            v = 0.4 * (np.sin(v[:, None]) * v).sum(axis=1)
            if n == 3 or flag:
                continue
            a = np.sin(0.6 * (v[i % 3] + w)) ** 2
        break
    b = 0.5 if flag else a
    a = 0.3 * np.sum((second(x, 0)[0]) * v)
    return np.sin(a + b)


@program(ex(0.4, arr(3), 2), ex(0.4, arr(3), 0), wrt=(0, 1))
def array_overwritten_then_read_in_a_branch(x, v, n):
    a = x
    for i in range(n):
        v = 0.4 * np.sin(v[:, None] * v).sum(axis=1)
        if i == 0:
            continue
        a = np.sin(v[i % 3] + a) ** 2
    return a + np.sum(v * a)


def stores_through_a_copy(g, p):
    g.reshape(-1)[::2] = np.full((6,), p[1])  # of rows in reverse, reshape makes a copy
    return p[1] * p[0]


@program(ex(arr(3), arr(3, 4)), wrt=(0, 1), needs_kinds=True)
def reversed_rows_in_a_callee(x, w):
    y = x * 2.0
    z = stores_through_a_copy(w[::-1], y)
    return np.sum(np.sin(w)) * z


def stores_what_is_computed(p, q):
    p[[0, 2, 0]] = 0.5 * (p[np.arange(3)] + np.tanh(q[1:]))


@program(ex(arr(4), arr(3, 4)), wrt=(0, 1))
def part_of_what_is_computed_from_a_store(x, w):
    a = np.zeros(x.shape)
    np.copyto(x, a)  # which only a part of what is computed below reads
    a, x = x, a
    stores_what_is_computed(w[0], np.cos(a))
    return np.sum(x * a) + np.sum(np.sin(w))


def stores_through_its_transpose(p, q):
    q.T[1:3] = -0.7
    return p[0] + p[2] + q[-1] + p[-1]


def scales_and_stores(q, c):
    q *= c
    q.T[1:3] = -0.7 * c
    return q[0] * c


@program(ex(0.7, arr(3, 4)), wrt=(0, 1), needs_kinds=True)
def rows_and_columns_of_what_was_updated(s, w):
    v = w.swapaxes(0, 1)
    v += 0.4 * np.sin(s)
    t = stores_through_its_transpose(w[0], v[:, 0])
    return np.sum(np.sin(w)) + np.sin(s * t)


@program(ex(0.7, arr(3, 4)), wrt=(0, 1), needs_kinds=True)
def row_that_is_read_before_a_call_changes_it(s, w):
    v = w.swapaxes(0, 1)
    v += 0.4 * np.sin(s)
    return w[0][2] * scales_and_stores(v[:, 0], s) + w[0][1]


@program(ex(arr(4), arr(3, 4), 2), ex(arr(4), arr(3, 4), 0), wrt=(0, 1), needs_kinds=True)
def number_in_a_dict_of_arrays_that_is_copied_in_a_loop(x, w, n):
    y = np.sin(x)
    record = {"v": y, "g": w, "t": y[0]}  # arrays of one and two dimensions, and a number
    for _ in range(n):
        record = dict(record)
        record["v"][1] *= 2.0
    return record["t"] * np.sum(record["v"])


class Held:
    def __init__(self, v):
        self.v = v


def result_that_is_left(p, q):
    r = np.zeros_like(p)
    r[...] = 0.5 * p
    r += 0.4 * np.sin(q)
    return r


def object_that_is_asked_for_a_shape_only(p, q):
    held = Held(np.cos(p + p[::-1]))
    return result_that_is_left(q, held.v)


def shape_of_what_is_left(values, p):
    a = object_that_is_asked_for_a_shape_only(np.sin(p[::-1]) ** 2, p)
    for _ in range(3):
        values.append(0.5 * (values[0] + 0.5))


@program(ex(arr(4)), needs_kinds=True)
def object_of_which_only_a_shape_matters(x):
    a = np.zeros(x.shape)
    site = SimpleNamespace(v=x, t=0.5 * x[1])
    shape_of_what_is_left([np.sin(site.v[2]), np.tanh(site.t)], a)
    return np.sum(x * a) + np.sum(np.sin(site.v)) + np.sin(site.t)


def of_no_meaning(rows, parts):
    return 1.0


@program(ex(arr(4), 1))
def part_of_a_part_beside_what_is_stored_to(x, n):
    a = x
    a.T[:2] = 1.0
    rows = [np.zeros(4) for _ in range(3)]
    return of_no_meaning([], [rows[n % 2][2:], a]) * np.sum(a * a)


@program(ex(1.3, (1.0, 2.0)), ex(1.3, [1.0, 2.0]))
def list_of_a_tuple_with_two_names(x, t):
    u = [*t, x]
    v = u
    v[0] = x * x
    w = list(t) + [x]
    z = w
    z[1] = x
    return sum(u) + t[0] * sum(w)
