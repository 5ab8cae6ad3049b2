"""Methods and attributes of the user's that are called as those of arrays are, on values of which little is known."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import srcgrad
from tests.analysis import holding_classes


class A:
    def __init__(self, v=2.0, nxt=None):
        self.v = v
        self.n = 1
        self.next = nxt

    def sum(self):
        self.n += 1

    def count(self):
        self.n += 1
        return self.n

    def dot(self, t):
        return t * self.v

    def get(self, l):
        l[0] *= 2.0

    def sample(self, a):
        a *= 2.0


class B(A):
    pass


class M:
    def __init__(self, a):
        self.a = a


class Layers:
    def __init__(self, l):
        self.layers = l


def method_of_an_attribute(x, m):
    m.a.sum()
    return x[0] ** 2 * m.a.n


def list_that_a_method_changes(x, m):
    l = [x[0]]
    m.a.get(l)
    return l[0] ** 2


def name_that_is_none_first(x):
    c = None
    for _ in range(2):
        if c is None:
            c = A()
        c.count()
    return x[0] * c.n


def nodes_of_the_caller(x, node):
    c = node
    while c is not None:
        c.count()
        c = c.next
    return x[0] * node.n


def array_that_a_method_changes(x):
    c = None
    for _ in range(2):
        if c is None:
            c = A()
    a = x * x
    c.sample(a)
    return np.sum(np.sin(a))


def walk(c, l):
    while c is not None:
        c.get(l)
        c.count()
        c = c.next
    return len(l)


def nodes_in_a_helper(x):
    a = A(1.0, A())
    l = [x[0]]
    walk(a, l)
    return l[0] ** 2 * a.n


def two_classes(x):
    o = [A(2.0), B(3.0)]
    l = [x[0]]
    for c in o:
        c.get(l)
    return l[0] ** 2


def run(l):
    for c in l:
        c.sum()


def objects_in_a_helper(x, m):
    run(m.layers)
    return x[0] * m.layers[0].n


def own_dot(x, m):
    return np.sum(m.a.dot(x) * x)


class P:
    def __init__(self, v):
        self.size = v
        self.shape = (v, v)


def attribute_called_size(x):
    c = None
    y = x[0]
    for _ in range(2):
        if c is None:
            c = P(x[0])
        y = y * c.size
    return y


def name_of_an_attribute(x, m):
    c = None
    for _ in range(2):
        if c is None:
            c = m.a
        c.sum()
    return x[0] * c.n


def holders_in_a_list(x, ms):
    s = 0.0
    for m in ms:
        c = m.a
        c.sum()
        s = s + x[0] * c.n
    return s


CASES = [
    (method_of_an_attribute, (M(A()),)),
    (list_that_a_method_changes, (M(A()),)),
    (name_that_is_none_first, ()),
    (nodes_of_the_caller, (A(1.0, A()),)),
    (array_that_a_method_changes, ()),
    (nodes_in_a_helper, ()),
    (two_classes, ()),
    (objects_in_a_helper, (Layers([A()]),)),
    (own_dot, (M(A()),)),
    (attribute_called_size, ()),
    (method_of_an_attribute, (holding_classes.holder(),)),
    (list_that_a_method_changes, (holding_classes.holder(),)),
    (own_dot, (holding_classes.holder(),)),
    (name_of_an_attribute, (holding_classes.holder(),)),
    (holders_in_a_list, ([holding_classes.holder(), M(A())],)),
]


@pytest.mark.parametrize(("f", "args"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_right_or_refused(f, args):
    x = np.array([0.7])
    expected, slope = f(x, *copy.deepcopy(args)), differences(f, x, args)
    given = copy.deepcopy(args)
    try:
        value, gradient = srcgrad.value_and_grad(f)(x, *given)
        again, tangent = srcgrad.jvp(f)(x, *given, x_dot=np.ones(1))
    except srcgrad.DifferentiationError:
        assert f not in (method_of_an_attribute, list_that_a_method_changes, objects_in_a_helper, own_dot)
        return
    assert value == again == expected
    assert gradient[0] == pytest.approx(slope, rel=1e-6)
    assert tangent == pytest.approx(slope, rel=1e-6)
    assert f(x, *given) == expected  # nothing of the caller's has changed


def differences(f, x, args):
    high, low = (f(x + h, *copy.deepcopy(args)) for h in (1e-6, -1e-6))
    return (high - low) / 2e-6


def mean_of_weights(x, m):
    return np.sum(x * m.a.v) * m.parent.a.v


def test_objects_that_hold_themselves_are_read():
    m = holding_classes.holder()
    m.parent = m
    assert srcgrad.grad(mean_of_weights)(np.ones(2), m) == pytest.approx([4.0, 4.0])
