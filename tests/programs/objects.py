"""Plain objects as structures: dataclasses, namespaces, named tuples, and objects with methods."""

import dataclasses
from collections import namedtuple
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from tests.zoo import arr, ex, program


@dataclass
class Point:
    x: float
    y: float = 2.0

    def norm2(self):
        return self.x * self.x + self.y * self.y

    def scaled(self, k):
        return Point(self.x * k, self.y * k)

    def move(self, dx, dy):
        self.x = self.x + dx
        self.y += dy
        return self

    @property
    def area(self):
        return self.x * self.y

    @staticmethod
    def mix(a, b):
        return a * b + 1.0

    @classmethod
    def unit(cls, s):
        return cls(s, s * s)


@dataclass(frozen=True)
class Frozen:
    a: np.ndarray
    b: float


@dataclass
class State:
    pos: np.ndarray
    vel: np.ndarray
    hist: list = field(default_factory=list)
    t: float = 0.0


@dataclass
class Scaled:
    w: np.ndarray
    k: float
    n: int = field(init=False, default=3)

    def __post_init__(self):
        self.w = self.w * self.k


class Cell:
    rate = 0.5

    def __init__(self, w):
        self.w = w
        self.n = 0
        self.cache = None

    def forward(self, x):
        self.n += 1
        self.cache = x * self.w
        return np.sin(self.cache) * self.rate


class Gated(Cell):
    rate = 2.0

    def __init__(self, w, k):
        super().__init__(w)
        self.k = k

    def forward(self, x):
        if self.n > 1:
            return super().forward(x)
        return self.k * super().forward(x)


class Layer:
    def __init__(self, w, b, activation=np.tanh):
        self.w, self.b, self.activation = w, b, activation

    def __call__(self, x):
        return self.activation(self.w @ x + self.b)


class Net:
    def __init__(self, *layers):
        self.layers = list(layers)

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    @property
    def depth(self):
        return len(self.layers)


class Pair(NamedTuple):
    left: object
    right: object

    def total(self):
        return np.sum(self.left) * self.right


Triple = namedtuple("Triple", "x y z")


@program(ex(Point(1.5, -0.5)), needs_kinds=True)
def methods_and_properties(p):
    q = p.scaled(3.0)
    return p.norm2() * p.area + q.norm2() * p.x


@program(ex(Point(1.5, -0.5)), needs_kinds=True)
def a_method_that_changes_its_object(p):
    p.move(p.y, 2.0)
    q = p.move(1.0, p.x)
    return p.x * q.y


@program(ex(1.3), needs_kinds=True)
def class_and_static_methods(x):
    p = Point.unit(x)
    return Point.mix(p.x, p.y) * p.area


@program(ex(arr(3)), ex(arr(2)), needs_kinds=True)
def frozen_objects(a):
    z = Frozen(a, np.sum(a))
    w = Frozen(z.a * z.b, z.b)
    v = dataclasses.replace(w, b=w.b * a[0])
    return np.sum(v.a) * w.b + v.b


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1), needs_kinds=True)
def an_object_that_changes_in_a_loop(x, v):
    s = State(x.copy(), v.copy())
    for _ in range(4):
        s.pos += 0.1 * s.vel
        s.vel -= 0.1 * s.pos**3
        s.hist.append(np.sum(s.pos**2))
        s.t += 0.1
    return s.hist[1] * s.hist[3] + s.t * s.hist[-1]


@program(ex(Frozen(arr(3), 2.0)), ex(Frozen(arr(2, 2), 0.5)), needs_kinds=True)
def a_frozen_object_is_read(z):
    return np.sum(z.a * z.b) * z.b


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1), needs_kinds=True)
def objects_with_constructors(x, v):
    c = Cell(v)
    g = Gated(c.w * x, 2.0)
    a = c.forward(x)
    b = g.forward(a) + g.forward(a)
    b = g.forward(b)
    return np.sum(b * c.cache * g.cache) * c.n * g.n


@program(ex(Gated(arr(3), 0.7), arr(3, seed=1)), wrt=(0, 1), needs_kinds=True)
def an_inherited_method_in_a_loop(c, x):
    for _ in range(3):
        x = c.forward(x)
    return np.sum(x * c.w)


@program(
    ex(Net(Layer(arr(3, 3), arr(3)), Layer(arr(2, 3), arr(2))), arr(3, seed=1)),
    wrt=(0, 1),
    saves=False,
    needs_kinds=True,
)
def objects_in_objects(net, x):
    return np.sum(net(x) ** 2) * net.depth


@program(ex(Cell(arr(3)), arr(3, seed=1)), wrt=1, needs_kinds=True)
def an_object_that_is_not_differentiated_is_changed(c, x):
    y = c.forward(x)
    c.w = c.w * y
    return np.sum(c.w * c.cache) * c.n


@program(ex(SimpleNamespace(a=arr(3), b=SimpleNamespace(c=arr(3, seed=2), d=0.3))), needs_kinds=True)
def namespaces(s):
    s.b.c[1] = s.a[0] * s.b.d
    s.b.d = s.b.d * s.b.c[1]
    s.e = s.b
    s.e.c = s.e.c * s.a
    s.a[2] *= s.b.d
    return np.sum(s.a * s.b.c) + s.e.d


@program(ex([Point(1.0, 2.0), Point(3.0, -1.0)]), needs_kinds=True)
def objects_in_a_list(points):
    t = 0.0
    for p in points:
        p.x = p.x * p.y
        t = t + p.x
    for i in range(len(points)):
        t = t * points[i].x + points[i].y
    return t


@program(ex(Point(1.0, 2.0), 0.3), wrt=(0, 1), needs_kinds=True)
def one_object_has_several_names(p, s):
    points = [p, p]
    points[0].x = points[0].x * 3.0
    q = p if s > 0.0 else Point(s, s)
    q.y = q.y * s
    return points[1].x * p.y + q.y


@program(ex(arr(3)), ex(arr(1)), needs_kinds=True)
def attributes_that_come_late(x):
    s = SimpleNamespace()
    s.total = 0
    for i in range(len(x) - 1):
        if x[i] > 0:
            s.total = s.total + x[i] ** 2
        else:
            s.last = x[i]
    return s.total * 3.0 + x[0]


@program(ex(Point(1.0, 2.0), 0.3), wrt=(0, 1), needs_kinds=True)
def an_object_as_a_result(p, s):
    q = Point(p.y * p.x, s)
    q.x = q.x * q.y
    return q


@program(ex(2.0), ex(3.0), needs_kinds=True)
def objects_in_a_while_loop(x):
    a = Point(x, x)
    while a.x < 50.0:
        a = a.scaled(a.y)
    return a.norm2()


@program(ex(arr(2), 1.5), wrt=(0, 1), needs_kinds=True)
def a_dataclass_with_a_post_init(x, k):
    s = Scaled(x, k)
    return s.w * s.k * s.n


@program(ex(Pair(arr(2), Pair(0.4, arr(2, seed=1)))), needs_kinds=True)
def named_tuples(tree):
    left, (a, b) = tree
    new = Pair(left * tree.right.left, right=tree.left[0] + b[1])
    new.left[0] = new.right
    old = Triple(new, a, z=b)._replace(y=a * a)
    return old.x.total() * old.y + old[2] * new[1]


@program(ex(Point(0.5, 2.0)), needs_kinds=True)
def setattr_and_getattr(p):
    setattr(p, "x", p.x * 2.0)  # noqa: B010
    return getattr(p, "x") * p.y  # noqa: B009


def shifted(p, d):
    p.x = p.x + d
    return p


def summed(points):
    total = Point(0.0, 0.0)
    for p in points:
        total.x += p.x
        total.y += p.y * p.x
    return total


@program(ex(Point(0.5, 2.0), [Point(1.0, 3.0), Point(0.1, 0.2)]), wrt=(0, 1), needs_kinds=True)
def functions_of_objects(p, points):
    q = shifted(p, p.y)
    t = summed(points)
    points[0].y = q.x
    return summed(points).y * t.x + p.x * shifted(q, 1.0).x


class Rated:
    """Its rate is one of the class until it is stored to."""

    rate = 2.0

    def __init__(self, w):
        self.w = w

    def loss(self, x):
        self.rate = self.rate * x
        return self.rate * self.w


@program(ex(Rated(1.3), 0.7, True), ex(Rated(1.3), 0.7, False), wrt=(0, 1), needs_kinds=True)
def a_value_of_a_class_becomes_one_of_an_object(p, x, flag):
    if flag:
        p.rate = x * x
    p.rate += x
    q, r = Rated(x), Rated(x * 2.0)
    q.rate = x
    return p.loss(x) * p.loss(x) * q.rate * r.rate * r.w


@program(ex(SimpleNamespace(t=0.7, s=0.4), arr(3)), wrt=(0, 1), needs_kinds=True)
def attributes_that_change_their_shape(q, w):
    q.t = q.t + w
    q.t = q.t[0] * w[:2]
    q.s = [q.s, w]
    q.s = q.s[0] * q.s[1]
    q.s = np.sum(q.s)
    return q.t * q.s


@program(ex([0.7, arr(3)], arr(3, seed=1)), wrt=(0, 1), needs_kinds=True)
def elements_that_change_their_shape(q, w):
    q[0] = q[0] * w
    q[1] = q[1][:2] * q[0][0]
    q[0] = np.sum(q[0])
    return q[0] * q[1]


def added(items, v):
    return items.append(v)


def pushed(point, x):
    return point.move(x, x)


@program(ex(Point(0.5, 2.0), 0.3), wrt=(0, 1), needs_kinds=True)
def calls_that_are_returned(p, x):
    items = [x]
    added(items, x * x)
    pushed(p, items[-1])
    return items[-1] * p.x * p.y


class Pump:
    def __init__(self, n):
        self.n, self.k = n, 0

    def step(self, x=1.5):
        self.n = self.n * x
        self.k += 1
        return self.n

    def more(self, most):
        self.step()
        return self.k < most


@program(ex([Pump(0.5), Pump(0.3)], 0.7), wrt=(0, 1), needs_kinds=True)
def methods_that_store_in_tests(pumps, x):
    p, q = pumps
    y = p.step(x) if q.step(x) > 0.0 and p.step() > 0.1 else x
    if p.step(2.0) < 0.0:
        y = x
    elif p.step() > 0.1:
        y = y * p.n
    while pumps[1].more(5):
        y = y + q.n
    p.n += p.step(x)
    p.n *= q.step()
    for one in pumps:
        x = one.step(x) + one.step() * x
    return y * p.n * x
