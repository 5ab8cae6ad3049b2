"""Short forms: ``sorted``, ``map``, ``filter``, targets with a star, ``np.ndindex``, tuples of any length."""

from __future__ import annotations

import numpy as np

from tests.zoo import arr, ex, pos, program


@program(ex(arr(4)), ex(arr(4, seed=2)))
def sorted_numbers(x):
    s = sorted([x[0], x[1], x[2]])
    t = sorted(s, reverse=True)
    return s[0] * t[0] + s[1] ** 3 + x[3] * t[2]


@program(ex([0.3, -0.4, 1.5]), ex([2.0, 0.1]))
def sorted_list(values):
    values = sorted(values)
    return values[0] * 3.0 + values[-1] ** 2


@program(ex(arr(4)))
def sorted_by_key(x):
    pairs = sorted([(x[0], "a"), (x[1], "b"), (x[2], "c")], key=lambda pair: -pair[0])
    (first, name), *rest = pairs
    return first**2 + rest[0][0] * rest[1][0] * len(name)


@program(ex(arr(5)), needs_kinds=True)
def list_put_in_order(x):
    values = [x[i] * 2 for i in range(5)]
    same = values
    values.sort()
    low = same[0]
    values.sort(key=lambda v: abs(v), reverse=True)
    same.append(low)
    return values[0] * values[4] + values[5] * low


@program(ex({"b": 0.3, "a": -0.4}), needs_kinds=True)
def keys_in_order(d):
    s = 1.0
    for name in sorted(d):
        s = s * d[name] + d[name] ** 2
    return s


@program(ex(arr(4)), needs_kinds=True)
def queue_in_order(x):
    queue = [(x[0], 0), (x[1], 1)]
    s = 0.0
    while queue:
        queue = sorted(queue, key=lambda item: item[0])
        (v, k), *queue = queue
        s = s + v * (k + 1)
        if k < 3:
            queue.append((v * x[k], k + 2))
    return s


@program(ex(arr(5)), ex(arr(3, 4)), ex([1.0, 2.0, 3.0]), needs_kinds=True)
def star_in_the_middle(x):
    first, *others, last = x
    total = first * last
    for one in others:
        total = total + one**2
    return total


@program(ex(arr(4, 3)), needs_kinds=True)
def star_in_loops(x):
    s = 0.0
    for first, *others in x:
        s = s + first * others[0] * others[-1]
    for i, (a, *b) in enumerate([(x[0], x[1], x[2]), (x[2], x[1])]):
        s = s + (i + 1) * np.sum(a * b[-1]) * len(b)
    *start, end = x[0], x[1]
    return s + np.sum(start[0] * end)


@program(ex(arr(4)), needs_kinds=True)
def star_of_a_display(x):
    a, *b = x[0], x[1] * x[2], x[3]
    b, *a = [a, *b]
    return b * a[0] * a[1]


@program(ex(pos(4)))
def mapped(x):
    s = 0.0
    for v in map(np.sin, x):
        s = s + v**2
    for v, w in map(lambda a: (a, a * a), x):
        s = s + v * w
    for v in map(lambda a, b: a * b, x, x[1:]):
        s = s + v
    return s + sum(map(np.exp, [x[0], x[1]])) + max(map(abs, [x[0], x[3]]))


@program(ex(arr(5)), ex(pos(3)))
def filtered(x):
    s = 0.0
    for v in filter(lambda v: v > 0, x):
        s = s + v**2
    return s + sum(filter(None, [x[0], 0.0, x[2]])) + len(list(filter(None, [0, 1])))


@program(ex(arr(2, 3)), ex(arr(4)))
def every_element(x):
    out = np.zeros_like(x)
    for place, v in np.ndenumerate(x):
        out[place] = v * v * (place[0] + 1)
    for place in np.ndindex(x.shape):
        out[place] *= x[place]
    return out


@program(ex(arr(3, 3)))
def element_by_element(x):
    out = np.zeros((3, 3))
    y = x * x
    for (i, j), v in np.ndenumerate(y):
        out[j, i] = v * (i + 1)
        y[0, 0] = out[0, 0] * 0.5
    for i, j in np.ndindex(*y.shape):
        out[i, j] += y[j, i]
    for i, j in np.ndindex(2, 3):
        out[i, j] *= x[i, j]
    return out


@program(ex(arr(2, 4)), ex(arr(4)), ex(arr(2, 4, 2)))
def split_across(x):
    a, b = np.hsplit(x, 2)
    return a * b


@program(ex(arr(4, 3, 2)))
def split_all_ways(x):
    y = x * x
    top, bottom = np.vsplit(y, [1])
    top *= 2.0
    front, back = np.dsplit(y, 2)
    return np.sum(front * back) + np.sum(bottom)


@program(ex(arr(4)), needs_kinds=True)
def tuples_of_any_length(x):
    t = tuple(x[i] ** 2 for i in range(3))
    u = tuple([v * 2 for v in t])
    w = ()
    for i in range(4):
        w = w + (x[i] * u[i % 3],)
    w = (x[0], *w) if len(w) > 9 else w + t
    return t[0] * u[2] + w[3] * w[-1]


@program(ex(arr(4)), optional=True)
def history_of_tuples(x):
    t = ()
    kept = []
    for i in range(4):
        if i % 2:
            t = t + (x * i,)
        else:
            t = t + (x, x[::-1])
        kept.append(t)
    return np.sum(kept[1][2] * kept[3][1]) + np.sum(kept[2][4])


@program(ex(arr(3)), needs_kinds=True)
def last_of_a_dict(x):
    d = {"a": x[0] ** 2, "b": x[1] ** 3, "c": x[2]}
    s = 1.0
    while d:
        name, v = d.popitem()
        s = s * v + len(name)
    return s


@program(ex({"a": {"w": 0.3, "b": 0.5}, "c": {"w": 1.2, "b": -0.3}}), needs_kinds=True)
def dicts_in_dicts(params):
    s = 0.0
    for layer in params.values():
        for v in layer.values():
            s = s + v**2
    for name, layer in params.items():
        for key, v in layer.items():
            s = s + v * len(name + key)
    return s


@program(ex(arr(4)), ex(arr(5)))
def displays_with_stars(x):
    values = [*x, *x[:2]]
    pair = (*values[:2], x[0])
    return values[-1] * pair[2] + pair[0]


@program(ex(arr(5)))
def joined_two_at_a_time(x):
    s = 0.0
    queue = [x[i] for i in range(5)]
    while len(queue) > 1:
        queue.sort(reverse=True)
        a = queue.pop()
        b = queue.pop()
        queue.append(a + b * 0.5)
        s = s + a * b
    return s
