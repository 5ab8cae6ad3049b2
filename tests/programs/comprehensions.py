"""Comprehensions and generator expressions of what is differentiated."""

from types import SimpleNamespace

import numpy as np

from tests.zoo import arr, ex, program


@program(ex(arr(4, 4)), needs_kinds=True)
def generators_that_are_summed(x):
    return sum(r[0] * r[1] for r in x if r[0] > 0) + max(np.sum(r) for r in x)


@program(ex(arr(4, 4)), needs_kinds=True)
def dict_of_changed_rows(x):
    d = {i: r * 2 for i, r in enumerate(x)}
    d[0][1] = 7.0
    return np.sum(d[0] * d[1]) + sum(np.sum(v) for v in d.values())


@program(ex(arr(4, 4)), needs_kinds=True)
def nested_with_condition(x):
    g = [[a * b for a in x[0]] for b in x[1] if b > -1.0]
    return np.sum(np.array(g) ** 2)


@program(ex(arr(4, 4)), needs_kinds=True)
def two_loops_and_a_condition(x):
    g = [a * b for a in x[0] for b in x[1] if a > b]
    return sum(g)


@program(ex(arr(4, 4)), needs_kinds=True)
def inside_a_ternary(x):
    y = x.copy()
    out = np.sum(y) * sum([y[i, 0] for i in range(3)]) if np.sum(y) > -100 else 0.0
    return out


def doubled_first(y):
    y[0] = y[0] * 2
    return y[1] * 1.0


@program(ex(arr(4, 4)), needs_kinds=True)
def calls_a_helper_that_changes_rows(x):
    y = x.copy()
    v = [doubled_first(r) for r in y]
    return np.sum(y) * np.sum(np.stack(v))


@program(ex(arr(4, 4)), needs_kinds=True)
def in_the_test_of_a_while(x):
    i = 0
    while sum([t * t for t in x[0]]) > i and i < 3:
        i += 1
    return i * sum([t for t in x[0]])


@program(ex(arr(4, 4)), needs_kinds=True)
def stacked_and_concatenated(x):
    return np.stack([np.tanh(r) for r in x]).sum() * np.concatenate([r[:2] for r in x]).sum()


@program(ex(arr(4, 4)), needs_kinds=True)
def rows_that_are_changed(x):
    rows = [r for r in x * 1.0]
    rows[0] += rows[1]
    rows[1] *= rows[0]
    return sum([np.sum(r) for r in rows])


@program(ex(arr(4, 4)), needs_kinds=True)
def neighbours(x):
    rows = [r for r in x]
    return sum([np.sum(r * s) for r, s in zip(rows, rows[1:])])


@program(ex(arr(4, 4)), needs_kinds=True)
def dict_of_zipped(x):
    w = {k: v for k, v in zip("abcd", x)}
    w["a"] = w["a"] * w["b"]
    return sum(np.sum(v) ** 2 for k, v in w.items())


@program(ex(arr(4, 4)), needs_kinds=True)
def dict_of_a_dict(x):
    w = {"a": x[0].copy(), "b": x[1].copy()}
    w = {k: v - 0.1 * v**2 for k, v in w.items()}
    w = {k: v - 0.1 * np.sum(w["a"]) for k, v in w.items()}
    return np.sum(w["a"] * w["b"])


@program(ex(arr(4, 4)), needs_kinds=True)
def rebinds_what_it_reads(x):
    s = 0.0
    for _ in range(2):
        x = np.array([[a * 0.5 + b for a, b in zip(r, r[::-1])] for r in x])
        s = s + np.sum(x)
    return s


@program(ex(arr(4, 4)), needs_kinds=True)
def objects_that_move(x):
    objs = [SimpleNamespace(p=r.copy(), v=np.zeros(4)) for r in x]
    for _ in range(2):
        for o in objs:
            o.v = o.v - 0.1 * o.p
            o.p += o.v
    return sum(np.sum(o.p**2) for o in objs)


@program(ex(arr(4, 4)), needs_kinds=True)
def pairs_of_indices(x):
    n = 3
    rows = [x[i] for i in range(n)]
    return sum(np.dot(rows[i], rows[j]) for i in range(n) for j in range(i))


@program(ex(arr(4, 4)), needs_kinds=True)
def empty(x):
    e = [t for t in x[0] if t > 100.0]
    return sum(e) + np.sum(x[1])


def scaled_by_sums(rows):
    return [np.sum(r) * r for r in rows]


@program(ex(arr(4, 4)), needs_kinds=True)
def in_a_helper_twice(x):
    a = scaled_by_sums(x)
    a = scaled_by_sums(a)
    return sum(np.sum(v) for v in a)


@program(ex(arr(4, 4)), needs_kinds=True)
def loop_over_a_generator(x):
    total = 0.0
    for v in (r * r for r in x):
        total += np.sum(v)
    return total


@program(ex(arr(4, 4)), needs_kinds=True)
def flat(x):
    y = np.array([v for r in x for v in r])
    y[::2] *= y[1::2]
    return y.sum()


@program(ex(arr(4, 4)), needs_kinds=True)
def kernel_matrix(x):
    return np.sum(np.array([[np.exp(-((a - b) ** 2)) for b in x[0]] for a in x[1]]))


@program(ex(arr(4, 4)), needs_kinds=True)
def extremes_of_extremes(x):
    m = [max(r) for r in x]
    k = min(m)
    return k * sum(m)


@program(ex(arr(4, 4)), needs_kinds=True)
def norms(x):
    return np.mean([np.linalg.norm(r) for r in x])


@program(ex(arr(4, 4)), needs_kinds=True)
def arrays_of_lists(x):
    return np.sum([r.sum() ** 2 for r in x]) + np.max([r.max() for r in x])


@program(ex(arr(4, 4)), needs_kinds=True)
def rows_that_are_filled(x):
    grid = []
    for i in range(3):
        row = []
        for j in range(4):
            row.append(x[i, j] ** 2)
        grid.append(row)
    return grid[1][2] * grid[2][0]


@program(ex(arr(4, 4)), needs_kinds=True)
def lists_in_a_list_are_filled(x):
    grid = [[], []]
    for i in range(3):
        grid[0].append(x[i] * 2)
        grid[1].append(np.sum(x[i]))
    return np.sum(grid[0][1]) * grid[1][2]


@program(ex(arr(4, 4)), needs_kinds=True)
def lists_in_a_dict_are_filled(x):
    d = {}
    for i in range(3):
        d[i] = []
        for j in range(2):
            d[i].append(x[i, j])
    return d[1][0] * d[2][1]


@program(ex(arr(4, 4)), needs_kinds=True)
def history_of_tuples_with_lists(x):
    hist = []
    y = x.copy()
    for k in range(3):
        y[0] *= 1.5
        hist.append((k, y.copy(), [np.sum(y)]))
    return hist[1][2][0] * np.sum(hist[2][1])


@program(ex(arr(4, 4)), needs_kinds=True)
def optimizer_state(x):
    d = {"m": 0.0, "v": np.zeros(4), "t": 0}
    for i in range(3):
        d["t"] += 1
        d["m"] += 0.1 * np.sum(x[i])
        d["v"] += 0.1 * x[i] ** 2
    return d["m"] * np.sum(d["v"]) / d["t"]


@program(ex(arr(4, 4)), needs_kinds=True)
def adjacency(x):
    adj = {}
    for i in range(4):
        adj.setdefault(i % 2, []).append(x[i])
    return np.sum(adj[0][1] * adj[1][0])


@program(ex(arr(4, 4)), needs_kinds=True)
def linked_list(x):
    tree = [x[0], [x[1], [x[2], []]]]
    s = 0.0
    while tree:
        s = s + np.sum(tree[0]) ** 2
        tree = tree[1]
    return s


@program(ex(arr(4, 4)), needs_kinds=True)
def grid_that_is_filled(x):
    grid = []
    for i in range(3):
        grid.append([])
        for j in range(4):
            grid[i].append(x[i, j] ** 2)
    return grid[1][2] * grid[2][0]


@program(ex(arr(4, 4)), needs_kinds=True)
def list_of_an_array(x):
    a = np.array(x)
    rows = list(a)
    rows[0] *= rows[1]
    t = (a[0],) + (rows[1], a[2])
    return np.sum(a**2) + np.sum(t[1] * t[2])


@program(ex(1.5), ex(arr(3)))
def for_what_it_appends(x):
    y = []
    [y.append(v) for v in (x, 2 * x)]
    return np.sum(np.array(y)) * x
