"""Lists, tuples, dictionaries and objects in any nesting: as arguments, locals and results; read, changed, shared."""

import types
from collections import defaultdict, deque, namedtuple
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tests.storage_programs.support import program
from tests.zoo import arr, ex, pos


def layers(*sizes):
    return [{"w": arr(n, m, seed=n), "b": arr(m, seed=m)} for n, m in zip(sizes[:-1], sizes[1:])]


# As arguments.


@program(
    ex({"layers": layers(2, 3, 2), "scale": 0.7}, arr(2, 2)),
    ex({"layers": layers(2, 2), "scale": 0.7}, arr(2)),
    wrt=(0, 1),
)
def network_of_dictionaries(params, x):
    acts = []
    for layer in params["layers"]:
        x = np.tanh(np.dot(x, layer["w"]) + layer["b"])
        acts.append(x)
    return np.sum(acts[-1]) + params["scale"] * np.sum(acts[0])


@program(ex([arr(2), arr(2, seed=1), arr(2, seed=2)]), ex((arr(3), 0.6)))
def list_or_tuple_of_arrays(xs):
    s = xs[0] * xs[-1]
    for x in xs:
        s = np.sin(s * x) + x
    return s * len(xs)


@program(ex([0.3, -0.7, 1.1]), ex((0.3, -0.7)), ex([0.4]))
def list_of_numbers(values):
    total = 0.0
    for i, v in enumerate(values):
        total += v * values[i - 1] * (i + 1)
    return total


@program(ex([[0.3, -0.7], [1.1, 0.4]]), ex([[0.3, -0.7, 0.2], [1.1, 0.4, 0.9], [0.5, 0.6, -0.8]]))
def matrix_as_a_list_of_lists(a):
    n = len(a)
    squared = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                squared[i][j] += a[i][k] * a[k][j]
    return squared


@program(ex({"a": arr(2), "b": {"c": 0.4, "d": [arr(2, seed=1), arr(2, seed=2)]}}))
def nested_dictionary(p):
    inner = p["b"]
    y = p["a"] * inner["c"] + inner["d"][1] ** 2
    return y * inner["d"][0] * p["a"]


@program(ex({"u": [arr(2), arr(2, seed=1)], "v": [arr(2, seed=2)]}), ex({"u": [arr(2)], "v": []}))
def dictionary_of_lists(groups):
    s = 1.0
    for name, members in groups.items():
        for member in members:
            s = s * np.sum(member * member) + len(name) * member[0]
    return s


@program(ex((arr(2), (0.3, [arr(2, seed=1), 0.8]))), ex((0.5, (0.3, [arr(2), 0.8]))))
def nested_sequences_are_unpacked(tree):
    a, (b, [c, d]) = tree
    (e, _), f = tree[1], tree[0]
    return a * b * c + d * f * e


@program(ex({"w": arr(2, 2), "b": arr(2)}, {"w": arr(2, 2, seed=1), "b": arr(2, seed=1)}), wrt=(0, 1))
def two_dictionaries_with_the_same_keys(p, q):
    return {k: p[k] * q[k] - q[k] ** 2 for k in p}


@program(ex([arr(2), arr(2, seed=1)], 0.1, 3), ex([arr(2), arr(2, seed=1)], 0.1, 0), wrt=(0, 1))
def elements_of_an_argument_are_replaced(params, rate, n):
    for _ in range(n):
        for i in range(len(params)):
            params[i] = params[i] - rate * np.sin(params[i] * params[i - 1])
    return params[0] * params[1]


@program(ex({"m": arr(2), "v": pos(2)}, arr(2)), wrt=(0, 1))
def arrays_of_an_argument_are_written(state, g):
    state["m"] *= 0.9
    state["m"] += 0.1 * g
    state["v"][:] = 0.9 * state["v"] + 0.1 * g * g
    state["step"] = state["m"] / np.sqrt(state["v"])
    return state["step"] * g


# Lists.


@program(ex(arr(3), 4), ex(arr(3), 1))
def last_of_what_was_appended(x, n):
    acts = [x]
    for _ in range(n):
        acts.append(np.tanh(acts[-1] * x))
    return acts[-1] * acts[len(acts) // 2]


@program(ex(arr(3), 0.4), ex(arr(2, 2), 0.4), wrt=(0, 1))
def every_method_of_lists(x, a):
    items = [x, a]
    items.append(x * a)
    items.insert(1, a * a)
    items.extend([x[0], 2.0])
    last = items.pop()
    first = items.pop(0)
    items.reverse()
    others = items.copy()
    items.clear()
    items.append(last)
    others[0] = others[0] * a
    return others[0] * others[1] + others[-1] * first + len(items) * others[2]


@program(ex(arr(4)), ex(arr(4, 2)))
def slices_of_lists(x):
    items = [x[i] * x[i - 1] for i in range(4)]
    items[1:3] = [items[2], items[1] * x[0], x[3]]
    items[::4] = items[-1:] + items[:1]
    part = items[1:]
    part[0] = part[0] * 2.0
    del items[2:4]
    return items[0] + items[1] * part[0] * part[-1], len(items)


@program(ex(arr(3)), ex(arr(3, 2)))
def concatenated_and_repeated(x):
    a = [x[0], x[1] * x[2]]
    b = a + [x[2]] + list((x[1],))
    b += [x[0] * 2.0]
    c = a * 2
    c *= 2
    c[2] = c[2] * x[0]
    t = (x[0],) + tuple(b[1:3]) * 2
    return b[-1] * c[2] + c[6] * c[1], t


@program(ex([0.3, -0.7, 1.1, 0.4]))
def elements_are_removed(values):
    values.remove(values[2])
    del values[0]
    values += [values[0] * values[1]]
    values.insert(-1, values[2] ** 2)
    k = values.index(values[1])
    return values[k] * values[-1] + values.count(values[0]) * values[0]


@program(ex([0.3, -0.7, 1.1]), ex((1.2, 0.1)))
def sorted_numbers(values):
    up = sorted(values)
    down = sorted([v * v for v in values], reverse=True)
    both = up + down
    both.sort(key=abs)
    return sum(k * v for k, v in enumerate(both)) + max(values) * min(down)


@program(ex(arr(3), 5), ex(arr(3), 2), ex(arr(3), 0))
def queue_is_fed_and_emptied(x, n):
    queue = [v for v in x]
    total = 0.0
    while queue:
        head = queue.pop(0)
        total = total * 0.5 + head * head
        if n > 0:
            queue.append(np.sin(head) * total)
            n -= 1
    return total


@program(ex(arr(3), ["x", "y", "*", "z", "+", "x", "*"]), ex(arr(3), ["z", "z", "*"]))
def stack_machine(x, code):
    variables = {"x": x[0], "y": x[1], "z": x[2]}
    stack = []
    for op in code:
        if op in variables:
            stack.append(variables[op])
        elif op == "*":
            right, left = stack.pop(), stack.pop()
            stack.append(left * right)
        else:
            stack[-2] += stack[-1]
            del stack[-1]
    return stack[0]


@program(ex(arr(3), [0, 1, None, 2]), ex(arr(3), []))
def elements_of_an_inactive_list(x, indices):
    s = x * 1.0
    names = []
    for k in indices:
        if k is None:
            names.append("none")
            continue
        s = s * x[k] + k
        names.append(str(k))
    if "none" in names and 2 in indices:
        s = s * len(names)
    return s


@program(ex(arr(4)), ex(arr(1)), ex(arr(3, 2)))
def arrays_made_of_lists(x):
    rows = []
    for k in range(len(x)):
        rows.append(x[k] * x[0])
        rows[k] = rows[k] + np.sum(np.stack(rows)) * 0.1
    y = np.array([r * r for r in rows])
    return y + np.sum(rows, axis=0) + np.concatenate([np.ravel(r) for r in rows])[0]


@program(ex(arr(3), [0, 2]), ex(arr(3), []))
def branches_fill_different_lists(x, chosen):
    yes, no = [], [1.0]
    for i in range(3):
        target = yes if i in chosen else no
        target.append(x[i] * x[0])
        target[0] = target[0] * x[i]
    return sum(yes) * 2.0 + sum(no) * x


# Dictionaries.


@program(ex(arr(3), 0.4), ex(arr(2), 0.4), wrt=(0, 1))
def every_method_of_dictionaries(x, a):
    d = {"x": x, "a": a}
    d["y"] = d["x"] * d["a"]
    d.update({"a": a * a}, z=d["y"] ** 2)
    d.update([("w", x[0])])
    u = d.get("u", a) * d.get("w", 0.0)
    d.setdefault("x", 3.0)
    v = d.setdefault("v", x * 2.0)
    e = d.copy()
    e["x"] = e["x"] * u
    w = d.pop("w") + d.pop("missing", a)
    key, last = d.popitem()
    d.clear()
    return e["x"] * e["z"] + v * w, last * len(key) + e["a"]


@program(ex(arr(3)), ex(arr(3, 2)))
def keys_values_and_items(x):
    d = {"a": x[0], "b": x[1] * x[2], "c": x[2]}
    s = 0.0
    for k in d:
        s = s * 0.5 + d[k] ** 2
    for k in d.keys():
        d[k] = d[k] * x[0]
    for v in d.values():
        s = s * v + v
    for n, (k, v) in enumerate(d.items()):
        s = s + n * v * len(k) + (v if k != "b" else 0.0)
    return s, list(d.values())[1]


@program(ex(arr(3), 0.4), wrt=(0, 1))
def dictionaries_are_merged(x, a):
    base = dict(a=a, b=x)
    other = {**base, "b": base["b"] * a, "c": x[0]}
    third = base | {"d": x * x}
    third |= {"a": a * 2.0}
    both = dict(other, a=third["a"] * x[1])
    del third["b"]
    found = "b" in both and "b" not in third
    return (both["a"] * both["b"] + third["d"] * both["c"]) * (2.0 if found else 1.0)


@program(ex(arr(3), [("s", 0), ("t", 1), ("s", 2)]), ex(arr(3), [("s", 1)]))
def groups_are_collected(x, marks):
    groups = {}
    for name, i in marks:
        groups.setdefault(name, []).append(x[i] * x[i - 1])
    s = 0.0
    for members in groups.values():
        s = s * 0.3 + sum(members) ** 2 + members[0]
    return s * len(groups)


@program(ex(0.4, 6), ex(0.4, 1))
def memo_of_a_recursion(x, n):
    memo = {0: x, 1: x * x}

    def value(k):
        if k not in memo:
            memo[k] = value(k - 1) * x + 0.5 * value(k - 2)
        return memo[k]

    return value(n)


@program(ex(arr(4), {3: [1, 2], 1: [0], 2: [0, 1], 0: []}))
def graph_in_order(x, parents):
    values = {}
    for node in sorted(parents):
        values[node] = x[node]
        for parent in parents[node]:
            values[node] += np.sin(values[parent] * x[node])
    return {"last": values[3], "all": [values[k] for k in sorted(values)]}


@program(ex(arr(3), ["a", "b", "a"]), ex(arr(3), []), optional=True)
def default_dictionaries_and_deques(x, names):
    sums = defaultdict(float)
    window = deque([x[0]], maxlen=2)
    for name, v in zip(names, x):
        sums[name] += v * v
        window.append(sums[name] * window[-1])
    window.appendleft(x[2])
    return window.popleft() * window[0] + sum(sums.values()) * x[1]


# Sharing.


@program(ex(arr(3)), ex(arr(2, 2)))
def same_array_twice_in_a_list(x):
    y = x * x
    pair = [y, y]
    pair[0] *= x
    pair[1][0] = x[1]
    three = [pair[0]] * 3
    three[2] += x
    return y, pair[0] * three[1]


@program(ex(arr(3), 3), ex(arr(3), 0))
def array_changes_in_the_list_of_steps(x, n):
    u = x * 1.0
    shared, copies = [u], [u.copy()]
    for i in range(n):
        u[i] = np.sin(u[i - 1] * x[i])
        shared.append(u)
        copies.append(u.copy())
    shared[0][1] *= 2.0
    return sum(shared) + sum(copies) * x, shared[-1]


@program(ex(arr(3)), ex(arr(3, 2)))
def views_in_containers(x):
    y = np.cos(x)
    parts = {"head": y[:1], "tail": y[1:], "all": y}
    parts["tail"][0] = parts["head"][0] * x[1]
    parts["all"] *= x
    parts["head"] += parts["tail"][1]
    rows = [row for row in parts["tail"]]
    return y, rows[0] * rows[1]


@program(ex(arr(2)), ex(arr(2, 2)))
def lists_that_are_one_list(x):
    row = [x[0], x[1]]
    grid = [row] * 2
    grid[0][1] = x[0] * x[1]
    grid[1].append(grid[0][0] * 3.0)
    inner = grid[0]
    inner[0] = inner[2] * x[0]
    other = list(inner)
    other[0] = 0.0
    return row[0] * grid[1][1] + row[2] + other[1]


@program(ex(arr(3), True), ex(arr(3), False))
def alias_of_a_container_by_case(x, shared):
    a = {"v": x * x, "n": [x[0]]}
    b = a if shared else {"v": a["v"], "n": a["n"][:]}
    b["v"][0] = x[1]
    b["v"] = b["v"] * x
    b["n"][0] = b["n"][0] * x[2]
    a["n"].append(x[1])
    return a["v"] + b["v"] * b["n"][0], a["n"][0], len(b["n"])


@program(ex([arr(2), arr(2, seed=1)], arr(2, seed=2)), wrt=(0, 1))
def swapped_and_rotated_elements(buffers, x):
    a, b = buffers
    buffers[0], buffers[1] = b * x, a
    for _ in range(3):
        buffers[0], buffers[1] = buffers[1], buffers[0]
        buffers[0][0] *= x[1]
    a[1] += b[0]
    buffers.append(buffers.pop(0))
    return buffers[0] * buffers[1], a


@program(ex(arr(3), 0.4), ex(arr(2, 2), 0.4), wrt=(0, 1))
def augmented_elements(x, a):
    y = x * x
    items = [y, a, (x[0] * 2.0,)]
    table = {"y": y, "a": a}
    items[0] += x
    items[1] *= a
    items[2] += (a, y)
    table["y"] *= items[1]
    table["a"] -= a * a
    items[2][2][0] = a
    return y, items[1] * table["a"] * items[2][0]


@program(
    ex([arr(2), arr(2, 2)], [arr(2, seed=1), arr(2, 2, seed=1)], 0.1),
    ex([0.3, 0.4], [0.5, 0.6], 0.1),
    wrt=(0, 1, 2),
)
def steps_in_place_over_lists_in_step(params, gradients, rate):
    for p, g in zip(params, gradients):
        g *= rate
        p -= g * g
    for i, p in enumerate(params):
        params[i] = p * gradients[i]
    return params


@program(ex(arr(2), 6), ex(arr(2), 2))
def list_grows_while_it_is_iterated(x, n):
    items = [v for v in x]
    for v in items:
        if len(items) < n:
            items.append(np.sin(v * items[-1]) + x[0])
    return items


# Unpacking and calls.


def weighted(x, y, scale=1.0, shift=0.0):
    return x * y * scale + shift


@program(ex(arr(3), 0.4), wrt=(0, 1))
def containers_as_arguments_of_a_call(x, a):
    pair = [x, x * a]
    options = {"scale": a, "shift": x[0]}
    first, *rest = pair + [a * a]
    options["scale"] = options["scale"] * rest[1]
    return weighted(*pair, **options) + weighted(first, *rest, shift=a)


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1))
def comprehensions_over_containers(x, y):
    squares = [a * b for a, b in zip(x, y) if a < 0.6]
    named = {k: v * v for k, v in zip("abc", squares)}
    pairs = [(v, w) for v in squares for w in named.values()]
    return sum(v * w for v, w in pairs) + sum(named[k] for k in named)


@program(ex(arr(2, 2), 3), ex(arr(2, 2), 1))
def containers_as_results(x, n):
    history = {"states": [], "norms": (), "last": None}
    h = x
    for i in range(n):
        h = np.tanh(h @ x)
        history["states"].append(h)
        history["norms"] += (np.sum(h * h),)
    history["last"] = history["states"][-1]
    return history["states"], history["norms"], {"end": history["last"] * 2.0}


# Objects.


@dataclass
class State:
    u: object
    t: float = 0.0
    past: list = field(default_factory=list)


class Pair(NamedTuple):
    left: object
    right: object


Triple = namedtuple("Triple", "x y z")


class Plain:
    """An object with attributes."""

    rate = 0.5

    def __init__(self, w, scale):
        self.w = w
        self.scale = scale
        self.calls = 0

    def apply(self, x):
        self.calls += 1
        self.last = np.tanh(x * self.w)
        return self.last * self.scale


@program(ex(State(arr(3), 0.3, [arr(3, seed=1)])), saves=False)
def dataclass_is_read(state):
    return state.u * state.t + state.past[0] * state.u


@program(ex(State(arr(3), 0.3), 3), ex(State(arr(3), 0.3), 0), saves=False)
def dataclass_is_written(state, n):
    for _ in range(n):
        state.past.append(state.u)
        state.u = state.u - state.t * np.sin(state.u)
        state.t *= 1.5
    state.u[0] *= 2.0
    return state.u * state.t + len(state.past)


@program(ex(arr(3), 0.4), saves=False, wrt=(0, 1))
def dataclass_is_built(x, a):
    state = State(x * x, t=a)
    other = replace(state, u=state.u * a)
    state.u *= other.u
    state.past.append(other.t * x)
    alias = state
    alias.t = alias.t * x[0]
    return state.u * state.t + other.u + alias.past[-1]


@program(ex(Pair(arr(2), Pair(0.4, arr(2, seed=1)))), saves=False)
def named_tuples_are_read_and_built(tree):
    left, (a, b) = tree
    new = Pair(left * tree.right.left, right=tree.left + b)
    new.left[0] = new.right[1]
    old = Triple(new, a, z=b)._replace(y=a * a)
    return old.x.left * old.y + old[2] * new[1]


@program(ex(arr(2), 3), ex(arr(2), 1), saves=False)
def named_tuple_in_a_loop(x, n):
    carry = Triple(x, 1.0, ())
    for _ in range(n):
        carry = Triple(np.sin(carry.x * carry.y), carry.y + carry.x[0], carry.z + (carry.x,))
    return Pair(carry.x, carry.z[0] * carry.y)


@program(ex(types.SimpleNamespace(w=arr(2), inner=types.SimpleNamespace(b=0.3)), arr(2)), wrt=(0, 1))
def namespace_is_read_and_written(model, x):
    model.h = model.w * x + model.inner.b
    model.inner.b = model.inner.b * model.h[0]
    model.w[1] = model.h[1]
    inner = model.inner
    inner.b += x[1]
    return model.h * model.w * model.inner.b


@program(ex(arr(2), Plain(arr(2, seed=1), 0.7)), ex(0.4, Plain(0.5, 2.0)), saves=False)
def attributes_of_an_inactive_object_are_written(x, model):
    model.w = x * model.w
    model.calls += 1
    model.out = [model.w * model.scale]
    model.out.append(model.out[0] * x * model.rate)
    del model.scale
    return model.out[1] * model.calls


@program(ex(arr(2), 0.4), saves=False, wrt=(0, 1))
def object_is_built(x, a):
    model = Plain(x * a, a)
    model.w *= x
    models = {"one": model, "two": Plain(model.w, model.scale * 2.0)}
    models["two"].w[0] = a
    setattr(model, "scale", model.scale * x[1])
    return model.w * models["two"].w * getattr(models["one"], "scale")


@program(ex(arr(2), [Plain(arr(2, seed=1), 0.7), Plain(arr(2, seed=2), 1.2)]), saves=False, optional=True, wrt=(0, 1))
def methods_that_write_attributes(x, models):
    for model in models:
        x = model.apply(x) + x
    return x * models[0].last * models[-1].calls


@program(ex([State(arr(2), 0.3), State(arr(2, seed=1), 0.5)]), saves=False)
def list_of_objects(states):
    first, second = states
    for state, other in zip(states, reversed(states)):
        state.u += state.t * other.u
        state.t = np.sum(state.u * other.u)
    states.append(State(first.u * second.t))
    return sum(s.u for s in states) * states[0].t


@program(ex(arr(3)), saves=False)
def object_as_a_result(x):
    state = State(np.sin(x), x[0] * x[1])
    state.past = [x * 2.0, state.u]
    state.u = state.u * state.t
    return state
