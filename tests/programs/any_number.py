"""Functions with ``*args`` and ``**kwargs``."""

import numpy as np

from tests.zoo import arr, ex, program

VECTOR = arr(3)


@program(ex(0.7, -1.2, 0.4), ex(VECTOR, arr(3, seed=1)), ex(0.7), wrt=0)
def squares(*args):
    return sum(np.sum(x * x) for x in args)


@program(ex(0.7, -1.2, 0.4), ex(VECTOR, arr(3, seed=1), 2.0), wrt=(0, 1))
def after_one_of_its_own(x, *rest):
    y = np.sin(x) * len(rest)
    for n, one in enumerate(rest):
        y = y * one + n
    return np.sum(y)


@program(ex(0.7, 1.2, 0.4), ex(0.7, 1.2, 0.4, -0.3), wrt=2)
def a_place_in_the_middle(x, *rest):
    first, *others = rest
    return x * first * np.exp(others[0]) + sum(others[1:])


@program(ex(VECTOR), ex(VECTOR, 2.0), ex(VECTOR, 2.0, 3.0, 4.0))
def not_always_given(x, *more):
    if not more:
        return np.sum(x * x)
    if len(more) == 1:
        return np.sum(x) * more[0]
    return np.sum(np.outer(x, np.array(more)) ** 2)


@program(ex(VECTOR), ex(VECTOR, scale=2.0), ex(VECTOR, power=3, scale=1.5), ex(VECTOR, 0.5, shift=1.0))
def options(x, y=2.0, **options):
    scale = options.pop("scale", 1.0)
    power = options.get("power", 2)
    return scale * np.sum((x * y + options.get("shift", 0.0)) ** power)


@program(ex(0.7, a=1.5, b=-2.0), ex(0.7))
def sum_of_options(x, **weights):
    y = x * x
    for name, w in weights.items():
        y = y + w * np.sin(x) * len(name)
    return y


@program(ex(VECTOR, 2.0, -1.0, k=3.0, p=0.5), ex(VECTOR, k=1.0), wrt=(0, "k"))
def everything(x, *args, k, n=2, **others):
    y = x * k
    for a in args:
        y = y * a
    for value in others.values():
        y = y + value
    return np.sum(y**n)


def combine(x, *rest, scale=1.0, **other):
    return x * scale * sum(rest) + other.get("shift", 0.0)


@program(ex(0.7, 1.2, 0.4), ex(0.7, 1.2, scale=2.0, shift=1.0), wrt=(0, 1), needs_kinds=True)
def handed_on(*args, **options):
    return combine(*args, **options) ** 2


@program(ex(0.7, 1.2, 0.4), ex(VECTOR, 1.2))
def handed_on_in_part(x, *args):
    return np.sum(combine(x * x, *args, scale=2.0) * combine(x, 3.0, *args[1:]))


@program(ex(0.7, 1.2), ex(VECTOR, arr(3, seed=1)), wrt=(0, 1))
def assigned(*xs):
    xs = [np.sin(x) for x in xs]
    xs.append(xs[0] * xs[1])
    xs = xs[::-1]
    return np.sum(xs[0] * xs[2])


@program(ex(np.zeros(3), VECTOR, arr(3, seed=1)), wrt=0)
def first_is_stored_to(out, *arrays):
    for n, one in enumerate(arrays):
        out[n] = out[n] * 2.0 + np.sum(one * one)
    return np.sum(out * out)


@program(ex(0.7, 1.2, w=0.5))
def star_in_inner_functions(x, *args, **named):
    def scaled(*values, **weights):
        return sum(v * weights.get("w", 1.0) for v in values)

    return scaled(x, *args, **named) * x


class Layer:
    def __init__(self, *sizes, **options):
        self.w = sizes[0]
        self.b = options.get("b", 0.0)

    def __call__(self, x, *more):
        return self.w * x + self.b + sum(more)


@program(ex(0.7, 1.2))
def of_methods(x, *more):
    return Layer(x, 3, b=x * x)(x, *more) + Layer(x)(*more)


@program(ex(0.7, 2.0, -1.0))
def tested_in_a_try(x, *more):
    try:
        return x * more[2]
    except IndexError:
        return x * x * more[-1]


class Network:
    """Its constructor takes any number of sizes, and keeps what it is given by name."""

    def __init__(self, *layers, **options):
        self.first, *self.others = layers
        self.slope = options.pop("slope", 1.0)
        self.options = options

    def __call__(self, x, *more, **named):
        y = self.first * x * self.slope
        for w in self.others:
            y = np.tanh(y * w)
        return y * named.get("k", 1.0) + sum(more)


@program(ex(0.7), ex(1.3), saves=False)
def objects_with_any_number(x):
    net = Network(x, 2.0, x * x, slope=x, bias=3.0)
    return net(x, x, k=x) * net.options["bias"]


@program(ex(0.7, {"scale": 2.0, "n": 3}), ex(0.7, {}))
def options_that_are_copied_and_taken_from(x, options):
    options = dict(options)
    scale = options.pop("scale", 1.0)
    others = options.copy()
    others["n"] = others.get("n", 2) + 1
    return scale * x ** others["n"] + len(options)


@program(ex(np.zeros(3), VECTOR, (arr(3, seed=1), arr(3, seed=2))), wrt=(0, 1))
def stores_beside_a_tuple_of_a_tuple(out, first, others):
    every = (first, *others)
    for n, one in enumerate(every):
        out[n] = out[n] + np.sum(one * one)
    return np.sum(out * np.sum(every[0]))


def tail_of(x, *rest):
    return x * sum(rest[1:])


@program(ex(0.7, (1.2, -0.4, 2.0)))
def slices_of_tuples_as_arguments(x, parts):
    return tail_of(x, *parts[1:]) + tail_of(x * x, *parts[::-1])
