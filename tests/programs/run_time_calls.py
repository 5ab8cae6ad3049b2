"""Calls of what is known at run time only: from registries, lists that are made, arguments, by name."""

import functools

import numpy as np

from tests.zoo import arr, ex, program


def squared(x):
    return x * x


def scaled(x, by=2.0, *, shift=0.0):
    return x * by + shift


def split(x):
    return np.sin(x), x * x[0]


def of_two(x, y):
    return x * np.cos(y)


def of_a_dict(settings):
    return settings["a"] * settings["b"][0]


def kept(x):
    return x


class Scale:
    def __init__(self, by):
        self.by = by

    def __call__(self, x):
        return x * self.by

    def shifted(self, x):
        return x + self.by


class Registry:
    def __init__(self, **entries):
        self.entries = entries


FOUND = Registry(
    squared=squared,
    scaled=scaled,
    split=split,
    of_two=of_two,
    of_a_dict=of_a_dict,
    kept=kept,
    tanh=np.tanh,
    total=np.sum,
    size=abs,
    scale=Scale(3.0),
    shifted=Scale(np.array([0.5, 0.25, 2.0])).shifted,
    partial=functools.partial(scaled, by=-1.5),
    transposed=np.transpose,
)


@program(ex(arr(3), "squared"), ex(arr(3), "tanh"), ex(arr(3), "scale"), ex(arr(3), "shifted"), saves=False)
def from_a_registry(x, name):
    return np.sum(FOUND.entries[name](x) * x)


@program(ex(0.7, [np.sin, squared, np.cos]), ex(arr(3), [squared, Scale(0.5), np.tanh]), ex(arr(2), []), saves=False)
def one_after_the_other(x, functions):
    for function in functions:
        x = function(x)
    return np.sum(x)


@program(ex(arr(3), "sin"), ex(arr(3), "tanh"), ex(0.7, "exp"), saves=False)
def of_numpy_by_its_name(x, name):
    function = getattr(np, name)
    return np.sum(function(x) * function(0.5 * x))


@program(ex(arr(3), 4), ex(0.7, 0), saves=False)
def list_that_a_loop_makes(x, n):
    functions = []
    for k in range(n):
        functions.append(np.sin if k % 2 else squared)
    for function in functions:
        x = function(x) + 0.1
    return np.sum(x)


@program(ex(arr(3), 3), saves=False)
def functions_that_a_loop_makes(x, n):
    powers = []
    for k in range(n):
        powers.append(lambda t, k=k: t ** (k + 1))
    return np.sum(powers[-1](x) * powers[0](x))


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1), saves=False)
def several_arguments(x, y):
    z = FOUND.entries["of_two"](x, y)
    return np.sum(z * FOUND.entries["of_two"](y, 2.0 * z))


@program(ex(arr(3)), saves=False)
def arguments_by_name(x):
    z = FOUND.entries["scaled"](x, by=x[0], shift=np.sum(x))
    return np.sum(FOUND.entries["scaled"](z, shift=x) * FOUND.entries["partial"](x))


@program(ex(arr(3)), saves=False)
def tuples_and_dicts(x):
    a, b = FOUND.entries["split"](x)
    c = FOUND.entries["of_a_dict"]({"a": a * b, "b": [x[1], x]})
    return np.sum(c) * FOUND.entries["size"](x[2])


@program(ex(arr(3)), saves=False)
def what_it_is_given(x):
    y = FOUND.entries["kept"](x)
    t = FOUND.entries["transposed"](np.outer(y, x))
    return np.sum(y * x) + np.sum(t[0] * y)


@program(ex(arr(3), 3), saves=False)
def until_it_is_large(x, most):
    s, turns = 0.0, 0
    while True:
        x = FOUND.entries["scale"](x)
        s = s + FOUND.entries["total"](x * x)
        turns += 1
        if turns >= most:
            break
        if s > 500.0:
            return 2.0 * s
    return s


@program(ex(arr(3)), saves=False)
def into_arrays_and_lists(x):
    rows = np.zeros((3, 3))
    kept_ones = []
    for k, name in enumerate(("squared", "tanh", "scale")):
        rows[k] = FOUND.entries[name](x)
        kept_ones.append(FOUND.entries[name](x * k))
    found = {name: FOUND.entries[name](x[0]) for name in ("squared", "tanh")}
    return np.sum(rows * rows) + np.sum(kept_ones[1] * kept_ones[2]) + found["squared"] * found["tanh"]


def applied(function, x):
    return function(x) * x


@program(ex(arr(3)), saves=False)
def in_callees(x):
    return np.sum(applied(FOUND.entries["tanh"], applied(FOUND.entries["squared"], x)))
