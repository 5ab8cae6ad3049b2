"""Objects as structures: what is told apart between calls, what gradients are, and what is refused."""

from __future__ import annotations

import functools
import pickle
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError, grad, jvp, value_and_grad
from srcgrad.testing import check_grads
from tests.programs.objects import Cell, Gated, Layer, Net, Pair, Point


def loss(model, x):
    return np.sum(model.w * x) * model.scale


@dataclass
class Model:
    w: np.ndarray
    scale: float
    n: int = 2
    name: str = "model"
    sizes: list = field(default_factory=lambda: [2, 3])


def test_a_gradient_is_an_object_of_the_class_of_its_argument():
    model = Model(np.ones(2), 3.0)
    gradient = grad(loss)(model, np.array([1.0, 2.0]))
    assert type(gradient) is Model
    assert gradient.w.tolist() == [3.0, 6.0]
    assert (gradient.scale, gradient.n, gradient.name, gradient.sizes) == (3.0, None, None, None)


def test_objects_are_told_apart_by_what_they_hold():
    derivative = grad(loss)
    x = np.array([1.0, 2.0])
    assert derivative(Model(np.ones(2), 3.0), x).w.tolist() == [3.0, 6.0]
    assert derivative(Model(2.0, np.ones(2)), x).w == 6.0
    assert derivative(types.SimpleNamespace(w=np.ones((2, 1)), scale=2.0), x).w.tolist() == [[6.0], [6.0]]
    single = derivative(Model(np.ones(2, np.float32), 3.0), x.astype(np.float32))
    assert single.w.dtype == np.float32
    assert derivative(Model(np.ones(2), 3.0), x).w.tolist() == [3.0, 6.0]


class Pump:
    """Its method is exchanged by a test."""

    factor = 2.0

    def __init__(self, w):
        self.w = w

    def apply(self, x):
        return self.w * x * self.factor

    @property
    def twice(self):
        return 2.0 * self.w


def pumped(pump, x):
    return pump.apply(x) * pump.twice


def test_what_a_class_has_is_looked_at_again(monkeypatch):
    derivative = grad(pumped)
    assert derivative(Pump(3.0), 1.0).w == 24.0
    monkeypatch.setattr(Pump, "apply", lambda self, x: self.w * x)
    assert derivative(Pump(3.0), 1.0).w == 12.0
    monkeypatch.setattr(Pump, "twice", property(lambda self: self.w))
    assert derivative(Pump(3.0), 1.0).w == 6.0
    monkeypatch.undo()
    monkeypatch.setattr(Pump, "factor", 1.0)
    assert derivative(Pump(3.0), 1.0).w == 12.0


def test_an_attribute_hides_what_its_class_has():
    pump = Pump(3.0)
    pump.factor = 5.0
    gradient = grad(pumped)(pump, 1.0)
    assert (gradient.w, gradient.factor) == (60.0, 18.0)
    pump.apply = np.sin
    with pytest.raises(DifferentiationError, match="class Pump"):
        grad(pumped)(pump, 1.0)


def test_functions_in_attributes_are_told_apart():
    def applied(layer, x):
        return np.sum(layer(x))

    derivative = grad(applied, wrt=1)
    x, w, b = np.array([0.3]), np.array([[2.0]]), np.array([0.1])
    assert derivative(Layer(w, b), x) == pytest.approx(2.0 * (1 - np.tanh(0.7) ** 2))
    assert derivative(Layer(w, b, np.sin), x) == pytest.approx(2.0 * np.cos(0.7))
    assert derivative(Layer(w, b), x) == pytest.approx(2.0 * (1 - np.tanh(0.7) ** 2))


class Spring:
    def __init__(self, k):
        self.k = k

    @srcgrad.grad(wrt="self")
    def energy(self, x):
        return 0.5 * self.k * x * x

    @srcgrad.grad(wrt=("self", "x"))
    def both(self, x):
        return 0.5 * self.k * x * x

    def stretched(self, x):
        return self.k * x * x


def test_methods_by_their_object():
    assert Spring(3.0).energy(2.0).k == 2.0
    gradient, x_bar = Spring(3.0).both(2.0)
    assert (gradient.k, x_bar) == (2.0, 6.0)
    assert grad(Spring(3.0).stretched)(2.0) == 12.0
    assert grad(Spring.stretched, wrt="self")(Spring(3.0), 2.0).k == 4.0


def counted(cell, x):
    return np.sum(cell.forward(x)) * cell.n


def test_objects_of_the_caller_stay_as_they_are():
    for cell in (Cell(np.ones(2)), Gated(np.ones(2), 0.5)):
        before = dict(vars(cell))
        value, (gradient, x_bar) = value_and_grad(counted, wrt=(0, 1))(cell, np.array([0.1, 0.2]))
        assert vars(cell) == before
        assert (type(gradient), gradient.n, gradient.cache) == (type(cell), None, None)
        grad(counted, wrt=1)(cell, np.array([0.1, 0.2]))
        assert vars(cell) == before
        check_grads(counted, (cell, np.array([0.1, 0.2])))
        assert value == counted(cell, np.array([0.1, 0.2]))
        assert x_bar.shape == (2,)


def both(p, q):
    p.x = p.x * q.y
    return p.x * q.x


def test_arguments_that_share_storage_with_what_is_changed_are_refused():
    p = Point(1.0, 2.0)
    assert grad(both)(p, Point(1.0, 2.0)).x == 2.0
    with pytest.raises(DifferentiationError, match="'q' is, or shares storage with, 'p'"):
        grad(both)(p, p)


def first_is_changed(items):
    items[0][1] = 5.0 * items[0][0]
    return np.sum(items[1] * items[1])


def test_overlapping_arrays_in_a_list_stay_overlapping():
    whole = np.arange(3.0) + 1.0
    first, second = grad(first_is_changed)([whole, whole[1:]])
    assert first.tolist() == [50.0, 0.0, 6.0]
    assert second.tolist() == [0.0, 0.0]
    assert grad(first_is_changed)([whole, whole])[0].tolist() == [52.0, 0.0, 6.0]


def stores_in_a_global(x):
    SHARED.x = x * 2.0
    return SHARED.x * x


SHARED = Point(1.0, 2.0)


class Slotted:
    __slots__ = ("w",)

    def __init__(self, w):
        self.w = w


def reads_a_slot(s):
    return s.w * 2.0


class Asked:
    def __init__(self, w):
        self.w = w

    def __getattr__(self, name):
        return 2.0


def reads_what_is_asked_for(s):
    return s.w * s.z


def deletes(model):
    y = model.w * model.scale
    del model.n
    return y * model.n


def adds_points(p):
    return (p + p).x


def stores_in_what_may_be_anything(x, p):
    q = p if x > 0.0 else np.ones(2)
    q.x = x
    return q.x * x


@pytest.mark.parametrize(
    ("f", "args", "match"),
    [
        (stores_in_a_global, (2.0,), "the attribute .x. of an object outside"),
        (reads_a_slot, (Slotted(2.0),), "Slotted, which has no derivative"),
        (reads_what_is_asked_for, (Asked(2.0),), "Asked, which has no derivative"),
        (deletes, (Model(np.ones(2), 3.0),), "deleted, and the class Model has one of that name"),
        (adds_points, (Point(1.0, 2.0),), "object of class Point"),
        (stores_in_what_may_be_anything, (2.0, Point(1.0, 2.0)), "of which nothing is known"),
    ],
)
def test_refused(f, args, match):
    with pytest.raises(DifferentiationError, match=match):
        grad(f)(*args)


def squared(p):
    return p.x**2 * p.y + np.sin(p.x)


def test_higher_derivatives():
    p = Point(1.0, 2.0)
    product = srcgrad.hvp(squared)(p, Point(1.0, 0.0))
    assert (product.x, product.y) == pytest.approx((4.0 - np.sin(1.0), 2.0))
    hessian = srcgrad.hessian(squared)(p)
    assert (hessian.x.x, hessian.x.y, hessian.y.x, hessian.y.y) == pytest.approx((4.0 - np.sin(1.0), 2.0, 2.0, 0.0))
    jacobian = srcgrad.jacobian(lambda p: Point(p.x * p.y, p.x))(p)
    assert (jacobian.x.x, jacobian.x.y, jacobian.y.x, jacobian.y.y) == (2.0, 1.0, 1.0, 0.0)
    assert grad(lambda p: grad(squared)(p).x)(p).x == pytest.approx(4.0 - np.sin(1.0))
    value, pullback = srcgrad.vjp(squared)(p)
    assert (pullback(2.0).y, pullback(1.0).y) == (2.0, 1.0)
    assert value == squared(p)


def test_pickled_and_saved(tmp_path: Path, monkeypatch):
    net = Net(Layer(np.ones((2, 2)), np.zeros(2)), Layer(np.ones((1, 2)), np.zeros(1)))
    x = np.array([0.1, 0.2])
    derivative = grad(net_loss)
    expected = derivative(net, x)
    again = pickle.loads(pickle.dumps(derivative))
    assert again(net, x).layers[0].w.tolist() == expected.layers[0].w.tolist()
    derivative.save(tmp_path / "saved.py", net, x)
    text = (tmp_path / "saved.py").read_text(encoding="utf-8")
    assert "srcgrad" not in text.split('"""')[2]
    names: dict[str, object] = {}
    exec(compile(text, "saved", "exec"), names)
    saved = names["net_loss_grad"]
    assert saved(net, x).layers[1].b.tolist() == expected.layers[1].b.tolist()
    with pytest.raises(TypeError, match="was made for net"):
        saved(Net(Layer(np.ones((2, 2)), np.zeros(2))), x)


def net_loss(net, x):
    return np.sum(net(x) ** 2)


def test_named_tuples():
    gradient = grad(Pair.total)(Pair(np.ones(2), 3.0))
    assert type(gradient) is Pair
    assert (gradient.left.tolist(), gradient.right) == ([3.0, 3.0], 2.0)


class Cached:
    def __init__(self, w):
        self.w = w

    @functools.cached_property
    def square(self):
        return self.w * self.w


def test_a_cached_property_is_refused():
    with pytest.raises(DifferentiationError, match="'square'"):
        grad(lambda c: c.square * c.w)(Cached(2.0))


class Metered:
    """Its property stores three times what it is given, and reads twice what is stored."""

    def __init__(self, w):
        self._w = w

    @property
    def w(self):
        return self._w * 2.0

    @w.setter
    def w(self, value):
        self._w = value * 3.0


def sets_a_property(m, x):
    m.w = x * x
    m.w += x
    return m.w * x


def test_setters_of_properties_are_called():
    check_grads(sets_a_property, (Metered(1.0), 0.7))


class Tripled:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, item, owner=None):
        return vars(item)[self.name] * 2.0

    def __set__(self, item, value):
        vars(item)[self.name] = value * 3.0


class Described:
    w = Tripled()

    def __init__(self, w):
        self.w = w


class Hiding:
    def act(self, v):
        return v * v

    def __init__(self, w, act):
        self.w, self.act = w, act


class Meta(type):
    def __call__(cls, w):
        return super().__call__(w * w)


class Made(metaclass=Meta):
    def __init__(self, w):
        self.w = w


class Counted:
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return 0

    def __iter__(self):
        return iter(self.items)


def joined(p, c, flag):
    q = p if flag else c
    return q.x * p.x


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: Described(x).w * x, (0.7,)),
        (lambda x: Hiding(x, np.sin).act(x) * x, (0.7,)),
        (lambda x: Made(x).w * x, (0.7,)),
        (lambda c: c[0] * 2.0, (Counted([1.0, 2.0]),)),
        (lambda c: np.sum(c), (Counted([1.0, 2.0]),)),
        (joined, (Point(1.0, 2.0), Counted([1.0]), True)),
    ],
)
def test_what_the_code_of_a_class_may_do_is_refused(f, args):
    with pytest.raises(DifferentiationError):
        grad(f)(*args)


def test_a_loop_over_an_object_that_runs_through_a_list():
    assert grad(sum_of)(Counted([1.0, 2.0])).items == [1.0, 1.0]


def sum_of(items):
    total = 0.0
    for item in items:
        total = total + item
    return total


class Named:
    """Its methods have the names of Python's functions."""

    def __init__(self, w):
        self.w = w

    @staticmethod
    def abs(v):
        return v * v

    def range(self, v):
        return v * self.w

    def sum(self, v):
        return np.sum(v) * self.w


def python_names(n, x):
    total = 0.0
    for i in range(2):
        total = total + n.abs(x[i]) * abs(x[i]) + n.range(x[i])
    return total + n.sum(x) * sum(x)


def test_methods_with_names_of_python_s_functions():
    check_grads(python_names, (Named(1.5), np.array([0.3, -0.7])))


def test_constructors_are_looked_at_again(monkeypatch):
    derivative = grad(lambda x: Point(x, x).x * x)
    assert derivative(0.7) == pytest.approx(1.4)

    def other(self, x, y):
        self.x, self.y = x * x, y

    monkeypatch.setattr(Point, "__init__", other)
    assert derivative(0.7) == pytest.approx(3 * 0.49)


def test_what_a_class_gets_later_is_looked_at(monkeypatch):
    derivative = grad(lambda p, x: p.w * x)
    assert derivative(Pump(3.0), 2.0).w == 2.0
    monkeypatch.setattr(Pump, "w", property(lambda self: 5.0, lambda self, value: None), raising=False)
    assert vars(derivative(Pump(3.0), 2.0)) == {}


def step(p, x):
    p.a.x = p.a.x * x
    return p.b.x * x


def test_one_object_that_is_held_twice_has_one_tangent():
    inner, dot = Point(0.9, 1.0), Point(1.0, 0.0)
    whole, dots = types.SimpleNamespace(a=inner, b=inner), types.SimpleNamespace(a=dot, b=dot)
    assert srcgrad.jvp(step, wrt="p")(whole, 0.7, dots)[1] == pytest.approx(0.49)
    gradient = grad(step)(whole, 0.7)
    assert (gradient.a.x, gradient.b.x) == (pytest.approx(0.49), 0.0)
    with pytest.raises(ValueError, match="one tangent for what is one"):
        srcgrad.jvp(step, wrt="p")(whole, 0.7, types.SimpleNamespace(a=dot, b=Point(2.0, 0.0)))


def overlapping(items, x):
    items[0][0] = items[1][1] * x
    return items[0] * items[1]


def test_views_stay_views_in_a_pullback():
    whole = np.arange(1.0, 5.0)
    value, _ = srcgrad.vjp(overlapping, wrt=("items", "x"))([whole[1:], whole[:3]], 0.7)
    assert value.tolist() == [1.4, 4.2, 12.0] or value.tolist() == pytest.approx([1.4, 4.2, 12.0])
    assert whole.tolist() == [1.0, 2.0, 3.0, 4.0]


def run(layers, x):
    for layer in layers:
        x = layer.apply(x) * layers[0].w
    return x


class Counter(Pump):
    def __init__(self, w, calls=0):
        self.w, self.calls, self.seen = w, calls, []

    def apply(self, x):
        self.calls += 1
        return np.sin(self.w * x) * self.calls


@pytest.mark.parametrize("kind", [Pump, Counter])
def test_objects_in_lists_that_are_not_differentiated_are_followed(kind):
    layers = [kind(0.5), kind(1.5)]
    check_grads(run, (layers, 0.7), wrt="x")
    check_grads(lambda d, x: d["a"].apply(x) * d["n"], ({"a": kind(0.5), "n": 2}, 0.7), wrt="x")
    assert [vars(layer).get("calls", 0) for layer in layers] == [0, 0]


def kept_with(p, x):
    made = types.SimpleNamespace(w=p.w, x=x)
    made.w = made.w * made.x
    return np.sum(made.w)


def test_what_is_put_beside_what_is_changed_may_have_no_tangent():
    model, x = Model(np.arange(1.0, 4.0), 2.0), np.array([0.3, 0.5, 0.7])
    tangent = Model(np.ones(3), 0.0)
    assert srcgrad.jvp(kept_with, wrt="p")(model, x, tangent)[1] == pytest.approx(1.5)
    assert srcgrad.jvp(kept_with, wrt="x")(model, x, np.ones(3))[1] == pytest.approx(6.0)


def test_a_cotangent_has_the_structure_of_the_result():
    _, pullback = srcgrad.vjp(lambda x: {"p": types.SimpleNamespace(a=x * 2, b=x * 3, n=4)})(np.arange(3.0))
    one = np.ones(3)
    assert pullback({"p": types.SimpleNamespace(a=one, b=one, n=None)}).tolist() == [5.0, 5.0, 5.0]
    assert pullback().tolist() == [5.0, 5.0, 5.0]
    assert "{'p': an object of a: shape (3,), b: shape (3,)}" in repr(pullback)
    for parts in ({"a": one}, {"a": None, "b": one}):
        with pytest.raises(TypeError, match="y_bar\\['p'\\]"):
            pullback({"p": types.SimpleNamespace(**parts)})
    with pytest.raises(ValueError, match=r"y_bar\['p'\].a has shape \(1,\)"):
        pullback({"p": types.SimpleNamespace(a=np.ones(1), b=one)})
    for other in ({}, {"q": one}, one):
        with pytest.raises(TypeError, match="a dict with the keys of the result: 'p'"):
            pullback(other)
    with pytest.raises(TypeError, match="an object with the attributes a, b"):
        pullback({"p": one})


def total(node, x):
    if node.left is None:
        return node.v * x
    return total(node.left, x * node.v)


@dataclass
class Node:
    v: float
    left: object = None


def test_whether_there_is_an_object_is_asked():
    gradient = grad(total, wrt=("node", "x"))(Node(2.0, Node(3.0)), 0.5)
    assert (gradient[0].v, gradient[0].left.v, gradient[1]) == (1.5, 1.0, 6.0)


def noted(model, x):
    model.seen.append("called")
    return x * model.w


def test_objects_of_the_caller_not_differentiated_stay():
    counter = Counter(2.0)
    with pytest.raises(DifferentiationError, match="'append' may change 'model', which is the caller's"):
        grad(noted, wrt="x")(counter, 0.7)
    assert counter.seen == []


def given_twice(items, x):
    items[0] += x
    return np.sum(items[1] * x)


def held_twice(items, x):
    items[0].w = x
    return np.sum(items[1].w * x)


def test_what_is_not_differentiated_and_held_twice_has_one_tangent():
    x, one, model = np.array([0.3, 0.5, 0.7]), np.ones(3), Model(np.ones(3), 1.0)
    assert srcgrad.jvp(given_twice, wrt="x")([one, one], x, np.ones(3))[1] == pytest.approx(6.0)
    assert srcgrad.jvp(held_twice, wrt="x")([model, model], x, np.ones(3))[1] == pytest.approx(3.0)
    assert grad(given_twice, wrt="x")([one, one], x) == pytest.approx(1.0 + 2.0 * x)
    assert model.w.tolist() == one.tolist() == [1.0, 1.0, 1.0]


class Part:
    def __init__(self, owner):
        self.owner = owner

    def energy(self):
        return self.owner.v**2


class Owner:
    def __init__(self, v):
        self.v = v
        self.part = Part(self)


def circle(x):
    owner = Owner(x * 1.0)
    return np.sum(owner.part.energy())


def test_objects_that_hold_each_other_in_a_circle():
    x = np.array([0.7, -1.2])
    assert jvp(circle)(x, x_dot=np.ones(2))[1] == pytest.approx(np.sum(2 * x))
    with pytest.raises((TypeError, DifferentiationError), match="hold each other in a circle"):
        grad(circle)(x)


class Outside:
    def __init__(self, w: Any) -> None:
        self.w = w
        self.kept: Any = None

    def predict(self, x: Any) -> Any:
        return self.scaled(x) * self.w

    def scaled(self, x: Any) -> Any:
        return self.w * x

    def keeps(self, x: Any) -> Any:
        self.kept = x
        return x * self.w


OUTSIDE = Outside(2.0)


def by_outside(x: Any) -> Any:
    return OUTSIDE.predict(x) * x


def kept_outside(x: Any) -> Any:
    return OUTSIDE.keeps(x)


def test_methods_of_objects_outside_are_the_ones_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = srcgrad.grad(by_outside)
    assert gradient(3.0) == 24.0
    monkeypatch.setattr(OUTSIDE, "w", 3.0)
    assert gradient(3.0) == 54.0
    monkeypatch.setattr(Outside, "scaled", lambda self, x: x * x)
    assert gradient(3.0) == 81.0
    monkeypatch.setattr(OUTSIDE, "scaled", lambda x: x * 7.0, raising=False)
    assert gradient(3.0) == 126.0
    monkeypatch.setattr(sys.modules[__name__], "OUTSIDE", Outside(1.0))
    assert gradient(3.0) == 27.0
    with pytest.raises(srcgrad.DifferentiationError, match="stores the attribute 'kept'"):
        srcgrad.grad(kept_outside)(1.0)
