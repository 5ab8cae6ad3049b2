"""Values of dicts in loops and calls, and what functions run through: ``items``, ``values``, ``zip``, ``sorted``."""

import numpy as np

from tests.zoo import arr, ex, program


@program(ex(arr(3)))
def items_that_are_counted(x):
    d = {"a": x[0], "bb": x[1] * x[2], "c": x[2]}
    total = 0.0
    for n, (key, value) in enumerate(d.items()):
        total = total + n * value * len(key) + (value if key != "bb" else 0.0)
    return total


@program(ex(arr(3)))
def values_beside_an_array(x):
    d = {"a": x[0], "b": x[1] * x[2], "c": x[2]}
    total = 1.0
    for value, w in zip(d.values(), x):
        d["b"] = d["b"] * w
        total = total * value + w
    return total


@program(ex(arr(3)))
def items_backwards(x):
    d = {"a": x[0], "bb": x[1] * x[2], "c": x[2]}
    total = 1.0
    for pair in reversed(d.items()):
        total = total * pair[1] + len(pair[0])
    return total


@program(ex(arr(3)))
def items_in_order(x):
    d = {"b": x[0], "a": x[1] * x[2], "c": x[2]}
    total = 0.0
    for _, value in sorted(d.items()):
        total = total * value + value
    for n, (_, value) in enumerate(sorted(d.items(), reverse=True)):
        total = total * value + n * x[0]
    return total


@program(ex(arr(3)))
def items_as_they_were(x):
    d = {"a": x[0], "b": x[1] * x[2], "c": x[2]}
    for key, value in list(d.items()):
        d[key] = value * d["a"]
        d["c"] = d["c"] * x[1]
    for key, value in tuple(d.items()):
        d[key + key] = value * 2.0
    return sum(d.values()) * max(d.values()) + len(d.items()) * d["aa"]


@program(ex(arr(3)))
def values_that_are_arrays(x):
    d = {"a": x * 1.0, "b": x * 2.0}
    for n, (key, value) in enumerate(d.items()):
        value *= n + 1.0
        d[key] = value * 2.0 if n else value
    for value in list(d.values()):
        value *= x[0]
    return np.concatenate(list(d.values())) @ np.concatenate([x, x])


@program(ex(arr(3)))
def dicts_of_pairs(x):
    keys = ["a", "b", "c"]
    d = dict(zip(keys, x))
    e = dict(d.items())
    e.update(d.items())
    e.update(zip(keys[:2], [x[1], x[2] * x[0]]))
    a, b, c = e.values()
    more = [x[1]]
    more.extend(d.values())
    more += e.values()
    return a * b * c + more[1] * more[5] * d["a"]


@program(ex({"a": 0.3, "bb": 0.7, "c": -0.4}), ex({"a": arr(2), "bb": arr(2, seed=1)}))
def argument_that_is_run_through(d):
    out = {}
    for key, value in d.items():
        out[key] = value * d["a"]
    out["z"] = sum(out.values())
    return out["z"] * len(out.items()) + np.sum([np.sum(v) * len(k) for k, v in d.items()])


@program(ex({"a": 0.3, "bb": 0.7, "c": -0.4}))
def keys_of_the_largest(d):
    best = max(d, key=d.get)
    worst = min(d, key=lambda key: d[key])
    return d[best] ** 2 * d[worst]


@program(ex(arr(3)))
def largest_by_a_key(x):
    items = [(0, x[0]), (1, x[1] * x[2]), (2, x[2])]
    n, value = max(items, key=lambda pair: pair[1])
    _, other = min(items, key=lambda pair: pair[1] * pair[1])
    rows = [x * 0.5, x * 2.0, x[::-1] * 3.0]
    best = min(rows, key=np.sum)
    other = other * max(x, key=None)
    best[0] = 3.0
    return value * other + n * x[0] + best @ x + np.sum(rows[0])


@program(ex(arr(3)), ex(arr(1)))
def pairs_in_order(x):
    total = 0.0
    for a, b in sorted(zip(x, x[::-1]), key=lambda pair: pair[0]):
        total = total * a + b
    for n, a in sorted(enumerate(x), key=lambda pair: -pair[1]):
        total = total * a + n
    return total


@program(ex(arr(3)))
def tuples_in_a_dict_that_are_extended(x):
    history = {"norms": (), "last": (x[0],)}
    for n in range(3):
        history["norms"] += (x[n] * x[0],)
        history["last"] += history["norms"]
    pairs = [(x[0],), (x[1], x[2])]
    for n in range(2):
        pairs[n] += (x[n] * 2.0,)
    return history["last"][-1] * pairs[0][1] + pairs[1][0] * history["norms"][1]


@program(ex(arr(3)))
def elements_are_counted(x):
    values = [x[0], x[1], x[0] * 1.0, x[2]]
    return values.count(values[0]) * values[values.index(values[1])] ** 2


@program(ex(arr(3)), ex(arr(1)))
def queue_that_is_run_through(x):
    queue, total = [0], 0.0
    for node in queue:
        total = total * 0.5 + x[node] ** 2
        if node + 1 < len(x):
            queue.append(node + 1)
    return total


@program(ex(arr(3)))
def list_that_grows_in_its_loop(x):
    items = [x[0]]
    total = 0.0
    for n, v in enumerate(items):
        if n > 4:
            break
        if v > 1e3:
            continue
        items.append(v * x[1])
        total = total + v * n
    for v in items:
        items.pop()
        for pair in enumerate(items):
            if len(items) < 6:
                items.insert(0, pair[1] * v)
            total = total + pair[1] * pair[0]
    return total + items[-1] * len(items)
