"""``match`` with every pattern."""

import dataclasses
from collections import namedtuple

import numpy as np

from tests.zoo import arr, ex, program

VECTOR = ex(arr(3))
LIMIT = 3.0


@program(ex("square", arr(3)), ex("cube", arr(3)), ex(2, arr(3)), ex(None, arr(3)), ex(1.5, arr(3)), wrt=1)
def values(kind, x):
    match kind:
        case "square":
            y = x * x
        case "cube" | "third":
            y = x * x * x
        case None:
            y = x
        case 2:
            y = np.sin(x)
        case other:
            y = x * other
    return np.sum(y)


@program(ex(arr(3), 3.0), ex(arr(3), 1), ex(arr(3), True))
def dotted_names_and_singletons(x, kind):
    import math

    match kind:
        case True:
            return np.sum(x * x)
        case math.pi:
            return 0.0
        case int(n):
            return np.sum(x) * n
        case float() as t if t > 2.0:
            return np.sum(np.sin(x)) * t
    return 1.0


@program(VECTOR)
def sequences(x):
    total = 0.0
    for part in ([x[0]], (x[1], x[2]), [x[0], [x[1], x[2]]], [], (x[0], x[1], x[2], x[0])):
        match part:
            case []:
                total = total * 2.0
            case [a]:
                total = total + a * a
            case [a, [b, c]]:
                total = total + a * b * c
            case a, b:
                total = total + a * b
            case [first, *_, last]:
                total = total + np.sin(first) * last
    return total


@program(VECTOR)
def stars(x):
    match [x[0], x[1], x[2], 2.0 * x[0]]:
        case [a, *middle, b]:
            return a * middle[0] * middle[1] + b
        case _:
            return 0.0


@program(VECTOR)
def mappings(x):
    layer = {"kind": "scale", "by": x[0], "plus": x[1], "name": "first"}
    match layer:
        case {"kind": "shift", "by": k}:
            return k + x[2]
        case {"kind": "scale", "by": k, **rest} if len(rest) == 2:
            return k * x[2] + rest["plus"]
        case {}:
            return 0.0


@dataclasses.dataclass
class Disc:
    r: float


@dataclasses.dataclass
class Box:
    a: float
    b: float = 1.0


Pair = namedtuple("Pair", "left right")


def area(shape):
    match shape:
        case Disc(r):
            return np.pi * r * r
        case Box(a, b=b) if a is not b:
            return a * b
        case Pair(left=Disc() as one, right=k):
            return one.r * k
        case _:
            return 0.0


@program(VECTOR)
def classes(x):
    return area(Disc(x[0])) * area(Box(x[1], x[2])) + area(Disc(x[1] * x[2])) + area(Pair(Disc(x[0]), x[1]))


@program(ex(arr(3), 1), ex(arr(3), -1), ex(arr(3), 0))
def guards_that_fail(x, n):
    y = x[0]
    match n:
        case k if k > 0:
            y = y * x[1]
        case k if k < 0:
            y = y * x[2] * k
        case k:
            y = y + k
    return y * (k + 2)


@program(VECTOR)
def alternatives_that_bind(x):
    total = 0.0
    for part in ((1, x[0], x[1]), (2, x[1]), (3, (x[2], x[0]))):
        match part:
            case (1, a, b) | (3, (b, a)):
                total = total + a * b * b
            case (2, a):
                total = total + a
    return total


@program(VECTOR)
def subject_bound_anew(x):
    y = (x[0], x[1])
    match y:
        case (a, y):
            y = a * y
    match x[2] * y:
        case z:
            return z * y


@program(VECTOR)
def matches_in_loops(x):
    total = 0.0
    for k, v in enumerate(x):
        match k:
            case 0:
                continue
            case 2:
                break
            case _:
                pass
        total += v * v
    return total * x[2]
