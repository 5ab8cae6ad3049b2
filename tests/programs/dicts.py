"""Dicts that are made, filled, merged, run through and emptied."""

import numpy as np

from tests.zoo import arr, ex, program


@program(ex(arr(3)), ex(arr(3, 2)))
def displays_and_reads(x):
    d = {"a": x[0] * x[1], 2: x[2], "c": {"d": x * x, "e": [x[0], 3.0]}}
    d["a"] = d["a"] * d[2]
    return d["a"] * d["c"]["d"] + d["c"]["e"][0] * d["c"]["e"][1]


@program(ex(arr(3)), needs_kinds=True)
def every_method_of_dicts(x):
    d = {"x": x[0], "a": x[1]}
    d["y"] = d["x"] * d["a"]
    d.update({"a": x[2] * x[2]}, z=d["y"] ** 2)
    d.update([("w", x[0])])
    u = d.get("u", x[1]) * d.get("w", 0.0)
    d.setdefault("x", 3.0)
    v = d.setdefault("v", x[0] * 2.0)
    e = d.copy()
    e["x"] = e["x"] * u
    w = d.pop("w")
    r = d.pop("missing", x[0])
    d.clear()
    return e["x"] * e["z"] + v * w * r + e["a"] + len(d)


@program(ex(arr(3)), ex(arr(3, 2)), needs_kinds=True)
def keys_values_and_items(x):
    d = {"a": x[0], "b": x[1] * x[2], "c": x[2]}
    s = 0.0
    for k in d:
        s = s * 0.5 + d[k] ** 2
    for k in d.keys():  # noqa: SIM118
        d[k] = d[k] * x[0]
    for v in d.values():
        s = s * v + v
    for k, v in d.items():
        s = s + v * len(k)
    del d["a"]
    d["a"] = s * s
    return s * d["a"] * d["c"]


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1), needs_kinds=True)
def table_of_pairs(x, y):
    table = {}
    for i in range(3):
        for j in range(3):
            best = x[i] * y[j]
            if (i - 1, j) in table:
                best = best + 0.5 * table[i - 1, j]
            if (i, j - 1) in table:
                best = best * np.cos(table[i, j - 1])
            table[i, j] = best
    return table[2, 2] + table[(1, 0)]


@program(ex(arr(3), [("s", 0), ("t", 1), ("s", 2)]), ex(arr(3), [("s", 1)]), needs_kinds=True)
def groups_are_collected(x, marks):
    groups = {}
    for name, i in marks:
        if name not in groups:
            groups[name] = []
        groups[name].append(x[i] * x[i - 1])
    s = 0.0
    for members in groups.values():
        s = s * 0.3 + sum(members) ** 2 + members[0]
    return s * len(groups)


@program(ex(arr(3), 0.4), wrt=(0, 1), needs_kinds=True)
def dicts_are_merged(x, a):
    base = dict(a=a, b=x[0])
    other = {**base, "b": base["b"] * a, "c": x[0]}
    third = base | {"d": x[1] * x[2]}
    third |= {"a": a * 2.0}
    both = dict(other, a=third["a"] * x[1])
    del third["b"]
    found = "b" in both and "b" not in third
    return (both["a"] * both["b"] + third["d"] * both["c"]) * (2.0 if found else 1.0)


@program(ex(arr(3)), ex(arr(3, 2)))
def views_in_a_dict(x):
    y = np.cos(x)
    parts = {"head": y[:1], "tail": y[1:], "all": y}
    parts["tail"][0] = parts["head"][0] * x[1]
    parts["all"] *= x
    parts["head"] += parts["tail"][1]
    return y * x


@program(ex(arr(3), 3), ex(arr(3), 0), needs_kinds=True)
def shared_arrays_in_a_dict(x, n):
    y = x * 1.0
    d = {"m": y, "v": y * y}
    for i in range(n):
        d["m"] = d["m"] * 0.9 + x
        d["v"][i] = d["m"][i]
        d["v"] *= 0.5
        if i == 1:
            del d["m"]
            d["m"] = y
            y[0] = x[2]
    return d["m"] * d["v"] + y


@program(ex(arr(4), 0.7), wrt=(0, 1), needs_kinds=True)
def an_array_is_put_in_a_container_and_stored_to_there(x, s):
    b, c = x * 2.0, np.ones(4)
    d, items = {"v": x}, [x]
    d["v"] = b
    items[0] = c
    part = d["v"]
    part[0] = s
    items[0][1] = s * b[1]
    return np.sum(b) * np.sum(c)


@program(ex(arr(3)))
def updated_with_what_they_hold(x):
    held = {"j": x[0], "k": x[1]}
    held.update({"j": held["k"] * 2.0, "k": held["j"] * x[2]})
    held |= {"j": held.pop("k") * 2.0, "k": held["j"] * x[1]}
    held.update([("j", held["k"] * 2.0)], k=held["j"] * x[2])
    other = {"m": x[2]}
    held.update({**other, "j": held["k"] * x[0], "k": held["j"] * x[2]})
    held.update(other, m=held["m"] * held["j"], j=held["m"])
    rows = {"row": {"j": x[0], "k": x[1]}}
    rows["row"] |= {"j": rows["row"]["k"] * x[0], "k": rows["row"]["j"]}
    return held["j"] * held["k"] ** 2 * held["m"] * rows["row"]["j"] * rows["row"]["k"]
