"""Parameters in lists of dicts, run through layer by layer: adjoints of parts, loops over items."""

import numpy as np

from tests.zoo import arr, ex, program


def net_of(count, size=2):
    layers = [{"w": arr(size, size, seed=k), "b": arr(size, seed=k + 5)} for k in range(count)]
    return {"layers": layers, "scale": 0.7}


@program(ex(net_of(3), arr(2)), ex(net_of(0), arr(2)), wrt=(0, 1), needs_kinds=True)
def dense_layers(net, x):
    for layer in net["layers"]:
        x = np.tanh(np.dot(layer["w"], x) + layer["b"])
    return np.sum(x) * net["scale"]


@program(ex(net_of(3), arr(2)), wrt=(0, 1), needs_kinds=True)
def first_layer_inside_the_loop(net, x):
    layers = net["layers"]
    for layer in layers:
        x = np.tanh(layer["w"] @ x) * layers[0]["b"] + layers[-1]["b"]
    return np.sum(x)


@program(ex(net_of(3), arr(2)), wrt=(0, 1), needs_kinds=True)
def last_layer_after_the_loop(net, x):
    layer = net["layers"][0]
    for layer in net["layers"]:
        x = np.tanh(layer["w"] @ x)
    return np.sum(x * layer["b"]) + np.sum(net["layers"][0]["b"])


@program(ex(net_of(3), arr(2)), wrt=(0, 1), needs_kinds=True)
def layers_until_one_is_large(net, x):
    for layer in net["layers"]:
        if np.sum(x) > 50.0:
            continue
        x = layer["w"] @ x * 2.0
        if np.sum(np.abs(x)) > 0.5:
            x = x + layer["b"]
            break
    return np.sum(x * x)


@program(ex(net_of(2), arr(2)), wrt=(0, 1), needs_kinds=True)
def layer_that_is_another_in_a_branch(net, x):
    layers = net["layers"]
    for layer in layers:
        if x[0] > 0:
            layer = layers[0]
        x = np.tanh(layer["w"] @ x + layer["b"])
    return np.sum(x)


@program(ex([net_of(2), net_of(1)], arr(2)), wrt=(0, 1), needs_kinds=True)
def nets_of_layers(nets, x):
    for net in nets:
        for layer in net["layers"]:
            x = np.tanh(layer["w"] @ x + net["scale"] * layer["b"])
        x = x * net["scale"]
    return np.sum(x)


@program(ex(net_of(3), arr(2)), wrt=(0, 1), needs_kinds=True)
def layers_twice_in_a_list(net, x):
    layers = net["layers"]
    tied = [layers[0], layers[1], layers[0]]
    for layer in tied:
        x = np.tanh(layer["w"] @ x + layer["b"])
    for layer in layers:
        x = x * layer["b"]
    return np.sum(x)


@program(ex(net_of(3), arr(2)), wrt=(0, 1), needs_kinds=True)
def layers_added_on_the_way(net, x):
    layers = [{"w": net["scale"] * x[0], "b": x}]
    for layer in net["layers"]:
        layers.append({"w": np.sum(layer["w"]), "b": layer["b"] * x})
        x = x * layers[0]["w"]
    for layer in layers:
        x = np.sin(layer["w"] * x) + layer["b"]
    return np.sum(x)


@program(ex([arr(2), arr(2, seed=1), arr(2, seed=2)], arr(2, seed=3)), wrt=(0, 1), needs_kinds=True)
def items_that_are_stored_to(rows, x):
    rows = [row * 1.0 for row in rows]
    for row in rows:
        rows[-1][0] = rows[-1][0] + np.sum(row * x)
        x = x * row
    return np.sum(rows[-1]) + np.sum(x)


@program(ex(arr(3, 2), arr(2, seed=3)), wrt=(0, 1), needs_kinds=True)
def rows_that_are_stored_to(a, x):
    a = a * 1.0
    for row in a:
        x = x * row
        a[2] = a[2] + x
    return np.sum(a) + np.sum(x)


@program(ex(arr(4)), ex([0.3, 0.7, 1.1]), needs_kinds=True)
def numbers_one_by_one(x):
    total = 1.0
    for index, v in enumerate(x):
        total = total * np.sin(v) + index
    for v in reversed(x):
        total = total * v + v * v
    return total


@program(ex(net_of(2), arr(2)), wrt=(0, 1), needs_kinds=True)
def parts_in_every_turn(net, x):
    for _ in range(3):
        layer = net["layers"][1]
        x = np.tanh(layer["w"] @ x + layer["b"])
        other = net["layers"][1]
        x = x + other["b"] * layer["b"]
    return np.sum(x)


@program(ex({"a": {"b": {"c": arr(2), "d": 1.5}}, "e": arr(2, seed=1)}, arr(2, seed=2)), wrt=(0, 1), needs_kinds=True)
def parts_of_parts(tree, x):
    inner = tree["a"]
    for _ in range(2):
        deep = inner["b"]
        x = np.sin(deep["c"] * x) * deep["d"] + tree["e"]
    inner = tree["a"]["b"]
    return np.sum(x * inner["c"])


@program(ex(net_of(2), arr(2)), wrt=(0, 1), needs_kinds=True)
def part_that_is_replaced(net, x):
    net = {"layers": [{"w": layer["w"], "b": layer["b"]} for layer in net["layers"]], "scale": net["scale"]}
    for layer in net["layers"]:
        x = np.tanh(layer["w"] @ x + layer["b"])
        layer["b"] = x
    net["layers"][0] = {"w": net["layers"][1]["w"], "b": x}
    for layer in net["layers"]:
        x = x * layer["b"] + layer["w"][0]
    return np.sum(x)


@program(ex(net_of(2), arr(2)), wrt=(0, 1), needs_kinds=True)
def layers_in_a_dict_of_others(net, x):
    layers = {"u": net["layers"][0], "v": {"w": net["layers"][1]["w"] @ x, "b": x * net["scale"]}}
    for name in ("u", "v", "u"):
        layer = layers[name]
        x = np.tanh(np.dot(layer["w"], x)) * layer["b"]
    return np.sum(x)


@program(ex(net_of(2), arr(2)), wrt=(0, 1), needs_kinds=True)
def loops_over_layers_in_loops(net, x):
    for _ in range(2):
        for layer in net["layers"]:
            x = np.tanh(layer["w"] @ x)
        x = x * net["layers"][0]["b"]
    return np.sum(x)
