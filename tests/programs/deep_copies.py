"""Deep copies of lists, tuples, dicts and objects, which are changed afterwards, as is what they are copies of."""

import copy
import dataclasses

import numpy as np

from tests.zoo import arr, ex, program


@dataclasses.dataclass
class Weights:
    w: object
    b: float


class Layer:
    def __init__(self, w):
        self.w = w
        self.turns = 3
        self.name = "layer"

    def __call__(self, x):
        return self.w * x


@program(ex(arr(3)), needs_kinds=True)
def lists_in_lists(x):
    rows = [x, x * 2.0, [x[0], x]]
    copied = copy.deepcopy(rows)
    copied[0][0] = 5.0
    copied[2][1][1] = 7.0
    return np.sum(rows[0] * copied[0] * copied[1]) + np.sum(copied[2][1] * rows[1]) + copied[2][0]


@program(ex(arr(3)), needs_kinds=True)
def one_array_twice(x):
    y = x * 1.0
    pair = [y, y]
    copied = copy.deepcopy(pair)
    copied[0][0] = 3.0
    y[1] = 2.0
    return np.sum(copied[1] * y * pair[0])


@program(ex(arr(3)), needs_kinds=True)
def dicts_and_tuples(x):
    settings = {"w": x * 1.0, "b": [x[0], 2.0], "t": (x, 1.5)}
    copied = copy.deepcopy(settings)
    copied["w"] *= x
    copied["b"].append(x[1])
    settings["w"][0] = 4.0
    return np.sum(settings["w"] * copied["w"] * copied["t"][0]) * copied["b"][2] + len(settings["b"])


@program(ex(arr(3)), needs_kinds=True)
def objects(x):
    first, weights = Layer(x * 1.0), Weights(x * x, 2.0)
    second, others = copy.deepcopy(first), copy.deepcopy(weights)
    second.w = second.w * x
    second.w[0] = 1.0
    others.w[1] = x[0]
    others.b = x[1]
    return np.sum(first(x) * second(x)) * second.turns + np.sum(weights.w * others.w) * others.b * weights.b


@program(ex([{"w": arr(2)}, {"w": arr(2, seed=1)}], arr(2, seed=2)), wrt=(0, 1), needs_kinds=True)
def arguments(layers, x):
    copied = copy.deepcopy(layers)
    for layer in copied:
        layer["w"] *= 0.5
        x = np.tanh(layer["w"] * x)
    return np.sum(x) * np.sum(layers[0]["w"])


@program(ex(arr(3)), needs_kinds=True)
def turn_by_turn(x):
    s, state = 0.0, [x * 1.0]
    for k in range(3):
        following = copy.deepcopy(state)
        following[0][k] *= 2.0
        s = s + np.sum(following[0] * state[0])
        state = following
    return s


@program(ex(arr(3)), needs_kinds=True)
def order_of_the_axes(x):
    m = np.outer(x, x)
    copied = copy.deepcopy([m.T, m])
    flat = copied[0].ravel()  # a copy, as that of a transpose is one
    flat[1] = 5.0
    flat = copied[1].ravel()
    flat[1] = 5.0
    return np.sum(copied[0] * m) + np.sum(copied[1] * m)
