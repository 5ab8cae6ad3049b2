"""Operators, indices, tests and loops that run special methods of classes: vectors, polynomials, models, statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.zoo import arr, ex, pos, program


class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __matmul__(self, other):
        return np.sum(self.x * other.x + self.y * other.y)

    def __abs__(self):
        return np.sqrt(self @ self)

    def __iadd__(self, other):
        self.x = self.x + other.x
        self.y = self.y + other.y
        return self

    def __getitem__(self, place):
        return self.x if place == 0 else self.y

    def __setitem__(self, place, value):
        if place == 0:
            self.x = value
        else:
            self.y = value

    def __len__(self):
        return 2

    def __lt__(self, other):
        return abs(self) < abs(other)


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def operators_of_vectors(x):
    v = Vector(x, 2.0 * x)
    w = 3.0 * v - Vector(x * x, x) * 0.5
    return w @ v + abs(-w)


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def sum_of_vectors_in_a_loop(x):
    total = Vector(x, x)
    step = Vector(x * x, 1.0 * x)
    for _ in range(3):
        total = total + step * 0.5
    return total @ step


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def vectors_updated_in_place(x):
    v = Vector(x, x * x)
    w = v
    w += Vector(x, 1.0)
    v += w
    return v @ w


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def elements_of_vectors(x):
    v = Vector(x, x * x)
    v[0] = v[1] * 2.0
    v[1] = v[1] + v[0] * x
    v[0] = v[0] * v[1]
    return np.sum(v[0] + v[1] * len(v))


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def smaller_vector(x):
    v, w = Vector(x, x), Vector(2.0 * x, x * x)
    if v < w:
        return v @ w
    return w @ w


@dataclass
class Body:
    place: Vector
    speed: Vector

    def step(self, h):
        self.speed += self.place * (-h)
        self.place += self.speed * h


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def leapfrog_of_vectors(x):
    body = Body(Vector(x, 2.0), Vector(0.5, x * x))
    for _ in range(3):
        body.step(0.1)
    return body.place @ body.speed


class Polynomial:
    def __init__(self, coefficients):
        self.coefficients = coefficients

    def __call__(self, x):
        result = 0.0
        for one in self.coefficients[::-1]:
            result = result * x + one
        return result

    def __len__(self):
        return len(self.coefficients)

    def __iter__(self):
        return iter(self.coefficients)

    def __bool__(self):
        return len(self.coefficients) > 0


@program(ex(arr(3), arr(2)), needs_kinds=True)
def polynomial(c, x):
    p = Polynomial(c)
    total = np.sin(p(x)) * len(p) if p else 0.0
    for i, one in enumerate(p):
        total = total + one**2 * i
    return np.sum(total)


class Chain:
    """Layers in a row; it counts how often it is asked for one."""

    def __init__(self, layers):
        self.layers = layers
        self.asked = 0

    def __iter__(self):
        yield from self.layers

    def __len__(self):
        self.asked += 1
        return len(self.layers)

    def __getitem__(self, place):
        self.asked += 1
        return self.layers[place]

    def __contains__(self, one):
        self.asked += 1
        return one < len(self.layers)


@program(ex(arr(2), [arr(2), pos(2)]), needs_kinds=True)
def layers_of_a_chain(x, layers):
    chain = Chain(layers)
    for i in range(len(chain)):
        x = np.tanh(chain[i] * x)
    for w in chain:
        x = x * w
    if 1 in chain and 7 not in chain:
        x = x * chain.asked
    return np.sum(x)


class Statistics:
    def __init__(self):
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0

    def __iadd__(self, x):
        self.count += 1
        d = x - self.mean
        self.mean += d / self.count
        self.squares += d * (x - self.mean)
        return self

    @property
    def variance(self):
        return self.squares / self.count


@program(ex(arr(4)), needs_kinds=True)
def running_statistics(x):
    found = Statistics()
    for one in x:
        found += one
    return found.mean * found.variance


class Table:
    """A table of values by pairs of numbers."""

    def __init__(self):
        self.held = {}

    def __getitem__(self, key):
        return self.held[key]

    def __setitem__(self, key, value):
        self.held[key] = value

    def __delitem__(self, key):
        self.held.pop(key)

    def __contains__(self, key):
        return key in self.held


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def table_of_partial_results(x):
    table = Table()
    table["a"] = x
    table["b"] = table["a"] * x
    table["a"] = table["a"] + table["b"]
    y = table["a"] * table["b"]
    del table["a"]
    return np.sum(y * table["b"]) if "a" not in table else np.sum(x)


class Series:
    def __init__(self, values):
        self.values = values

    def __getitem__(self, place):
        return self.values[place]

    def __setitem__(self, place, values):
        self.values[place] = values


@program(ex(arr(4)), needs_kinds=True)
def slices_of_a_series(x):
    series = Series(np.outer(x, x))
    return np.sum(series[1:, 0] * series[..., 1][:-1]) + np.sum(series[:, 1:3] ** 2)


@program(ex(arr(4)), needs_kinds=True)
def stores_to_slices_of_a_series(x):
    series = Series(np.outer(x, x))
    series[::2] = x * 2.0
    series[1, 1:] = x[1:] ** 2
    return np.sum(series.values**2)
