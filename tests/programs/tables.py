"""Functions that are looked up in tables, by what is known at run time only."""

import numpy as np

from tests.zoo import arr, ex, program


def cubed(x):
    return x * x * x


def shifted(x, by=1.0):
    return x + by


OPERATIONS = {"mul": np.multiply, "add": np.add, "hypot": np.hypot}
ACTIVATIONS = [np.sin, cubed, lambda v: v * v * 2.0]
STEPS = (shifted, cubed)


@program(ex(arr(3), "mul"), ex(arr(3), "add"), ex(arr(3), "hypot"))
def by_text(x, name):
    return np.sum(OPERATIONS[name](x, x * x))


@program(ex(0.7, 0), ex(0.7, 1), ex(0.7, 2), ex(0.7, -1), ex(0.7, np.int64(-2)))
def by_place(x, i):
    return ACTIVATIONS[i](x) * x


@program(ex(0.7), ex(arr(3)))
def places_of_a_loop(x):
    y = x
    for i in range(3):
        y = y + ACTIVATIONS[i](y)
    return np.sum(y)


@program(ex(0.7), ex(arr(3)))
def loop_over_a_global_table(x):
    y = x * 0.5
    for activation in ACTIVATIONS:
        y = y * activation(x)
    for name, operation in OPERATIONS.items():
        y = operation(y, x) * len(name)
    return np.sum(y)


@program(ex(0.7, 1), ex(0.7, 0))
def with_a_name(x, k):
    step = STEPS[k]
    y = step(x)
    if k:
        y = y * step(y)
    return y


@program(ex(0.7, "b"), ex(0.7, "a"))
def in_displays(x, key):
    place = len(key) - 2
    return {"a": np.sin, "b": cubed}[key](x) + [shifted, cubed][place](x)


@program(ex(0.7, "mul"), ex(0.7, "none"))
def key_that_may_be_missing(x, name):
    try:
        y = OPERATIONS[name](x, 2.0)
    except KeyError:
        y = x * x
    return y * x


@program(ex(0.7))
def keywords(x):
    s = 0.0
    for k in range(2):
        place = -1 - k
        s = s + STEPS[place](x) * STEPS[0](x, by=x)
    return s


@program(ex(0.7, 0), ex(0.7, 1))
def computed_places(x, k):
    return STEPS[1 - k](x) * STEPS[-1 - k](x) if k < 2 else x


class Chosen:
    def __init__(self, act, w):
        self.act, self.w = act, w

    def __call__(self, x):
        operation = ACTIVATIONS[self.act]
        return operation(x) * self.w


KEPT = Chosen(1, 2.0)


@program(ex(0.7), saves=False)
def in_methods(x):
    return KEPT(x) * Chosen(0, x)(x * x)


REDUCTIONS = {"sum": np.sum, "largest": np.max}


def reduced(y, name):
    return REDUCTIONS[name](y)


@program(ex(arr(3), "sum"), ex(arr(3), "largest"))
def in_callees(x, name):
    y = x * 2.0
    return reduced(y, name) * y[0]
