"""Functions that return objects and containers in which one array is found twice, or an array and its view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import srcgrad


class Twice:
    def __init__(self, a):
        self.a = a
        self.b = a


class WithView:
    def __init__(self, a):
        self.a = a * 2.0
        self.b = self.a[1:]


@dataclass
class Plain:
    a: Any
    b: Any


class Pair(NamedTuple):
    a: Any
    b: Any


def twice(x):
    return Twice(x * 2.0)


def with_view(x):
    return WithView(x)


def plain(x):
    y = x * 2.0
    return Plain(y, y[1:])


def named(x):
    y = x * 2.0
    return Pair(y, y)


def as_dict(x):
    y = x * 2.0
    return dict(a=y, b=y)  # noqa: C408


def as_list(x):
    y = x * 2.0
    return list((y, y))  # noqa: C410


def pair_of(a, b):
    return (a, b)


class Factory:
    def __init__(self, scale):
        self.scale = scale

    def make(self, x):
        return Twice(x * self.scale)


def from_an_object(make, x):
    made = make(x)
    made.a[1] = x[0] ** 2
    return np.sum(made.b**2)


def from_a_dict(x):
    made = as_dict(x)
    made["a"][1] = x[0] ** 2
    return np.sum(made["b"] ** 2)


def from_a_list(x):
    made = as_list(x)
    made[0][1] = x[0] ** 2
    return np.sum(made[1] ** 2)


def from_a_pair(x):
    y = x * 2.0
    a, b = pair_of(y, y)
    a[1] = x[0] ** 2
    return np.sum(b**2)


def from_a_factory(x):
    made = Factory(2.0).make(x)
    made.a[1] = x[0] ** 2
    return np.sum(made.b**2)


def in_a_list(x):
    made = [twice(x * i) for i in range(3)]
    for one in made:
        one.b[0] *= x[0]
    return np.sum(made[1].a ** 2) + np.sum(made[2].a)


def of_twice(x):
    return from_an_object(twice, x)


def of_a_view(x):
    return from_an_object(with_view, x)


def of_a_dataclass(x):
    return from_an_object(plain, x)


def of_a_named_tuple(x):
    return from_an_object(named, x)


PROGRAMS = [
    from_a_dict,
    from_a_list,
    from_a_pair,
    from_a_factory,
    in_a_list,
    of_twice,
    of_a_view,
    of_a_dataclass,
    of_a_named_tuple,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_right_or_refused(f):
    x, h = np.array([0.7, 1.3, -0.4, 0.9]), 1e-6
    right = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(4)]
    done = []
    for derive in (srcgrad.grad, lambda g: lambda x: srcgrad.vjp(g)(x)[1](1.0)):
        try:
            assert derive(f)(x) == pytest.approx(right, rel=1e-6, abs=1e-8)
            done.append(True)
        except srcgrad.DifferentiationError:
            done.append(False)
    assert all(done) == any(done)
    assert all(done) or f in (of_twice, of_a_view, of_a_dataclass, of_a_named_tuple)  # a function as an argument
