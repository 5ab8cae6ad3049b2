"""Module globals and constants."""

import math

import numpy as np
from numpy import cos, linalg, pi
from numpy import sin as sine

from tests.programs import other_module
from tests.zoo import arr, ex, program

KINDS = (ex(0.7), ex(arr(2)))
RATE = 0.5
COUNT = 3
WEIGHTS = np.array([0.5, -1.5])
MATRIX = arr(2, 2)
OPTIONS = {"scale": 2.0, "names": ["a", "b"]}
NOTHING = None
TINY = np.float64(1e-3)


@program(*KINDS)
def scalars(x):
    for _ in range(COUNT):
        x = x * RATE + TINY
    return x * x


@program(*KINDS, saves=False)
def arrays(x):
    return np.dot(MATRIX, x * WEIGHTS) + WEIGHTS * 2.0


@program(*KINDS, saves=False)
def dictionary(x):
    y = x * OPTIONS["scale"]
    for name in OPTIONS["names"]:
        y = y * len(name) * x
    return y


@program(*KINDS)
def none_and_flags(x):
    if NOTHING is None:
        return x * x
    return x


@program(*KINDS)
def imported_names(x):
    return sine(x) * cos(x) * pi + linalg.norm(x)


@program(*KINDS)
def module_constants(x):
    return x * np.pi + math.e * x * x + other_module.FACTOR * x


@program(*KINDS)
def special_numbers(x):
    y = x * x
    if y is not np.nan and np.sum(y) < np.inf:
        y = y * 1e-3 + 0x10 * x + 1_000.5
    return y - -1 * x


@program(*KINDS)
def other_constants(x):
    label = "a" + 'b"c'
    flags = (True, None, ..., b"bytes")
    return x * len(label) * len(flags)


@program(*KINDS)
def formatted_strings(x):
    text = f"{COUNT:>5d} {RATE!r}"
    return x * len(text)


def shadowed(RATE):
    return RATE * RATE


@program(*KINDS)
def global_shadowed_by_an_argument(x):
    return shadowed(x) + RATE


@program(ex(arr(3)), ex(arr(2, 2)))
def constructors(x):
    n = len(x)
    grid = np.linspace(0.0, 1.0, n)
    return x * grid + np.arange(n) * x + np.ones(n) - np.eye(n)[0] * x + np.zeros(n) + np.full(n, 2.0) * x


@program(ex(arr(3)), ex(arr(2, 2)))
def constructors_like(x):
    return x * np.ones_like(x) + np.zeros_like(x) + np.full_like(x, 2.0) * x


@program(ex(0.7))
def comprehension_of_constants(x):
    weights = [k * 0.5 for k in range(4)]
    table = {k: k * k for k in range(3)}
    y = x
    for w in weights:
        y = y * x + w
    return y * table[2]


@program(ex(0.7))
def list_built_of_constants(x):
    weights = []
    for k in range(3):
        weights.append(k + 0.5)
    y = x
    for w in weights:
        y = y * w + x
    return y


@program(ex(arr(4)))
def random_numbers_of_a_seed(x):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=4)
    return np.sum(x * x * noise)
