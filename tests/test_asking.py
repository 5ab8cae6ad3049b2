"""Code that asks for a mode is found, and so is code that may ask; code that never asks pays nothing."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import srcgrad
from srcgrad import grad, is_recording, is_training, modes, vjp

X = np.array([1.0, 2.0, 3.0])
asked = is_training


def rate():
    return 5.0 if is_training() else 1.0


class Layer:
    def rate(self):
        return 5.0 if is_training() else 1.0

    def __call__(self):
        return self.rate()


class Net:
    def __init__(self):
        self.layer = Layer()

    def rate(self):
        return self.layer.rate()


layer = Layer()
net = Net()
table = {"rate": rate}
layers = [Layer()]
bound = layer.rate
partial = functools.partial(rate)


@functools.lru_cache(None)
def cached(flag):
    return 5.0 if is_training() else 1.0


def in_itself(x):
    return x * (5.0 if is_training() else 1.0)


def by_module(x):
    return x * (5.0 if modes.is_training() else 1.0)


def by_package(x):
    return x * (5.0 if srcgrad.is_recording() else 1.0)


def by_other_name(x):
    return x * (5.0 if asked() else 1.0)


def by_getattr(x):
    return x * (5.0 if getattr(srcgrad, "is_" + "training")() else 1.0)


def by_local_import(x):
    from srcgrad import is_training as question

    return x * (5.0 if question() else 1.0)


def in_callee(x):
    return x * rate()


def by_local_name(x):
    f = rate
    return x * f()


def by_table(x):
    return x * table["rate"]()


def by_list(x):
    return x * layers[0]()


def by_method(x):
    return x * layer.rate()


def by_deeper_method(x):
    return x * net.rate()


def by_attribute(x):
    return x * net.layer.rate()


def by_call(x):
    return x * layer()


def by_bound_method(x):
    return x * bound()


def by_partial(x):
    return x * partial()


def by_default(x, f=rate):
    return x * f()


def by_keyword_default(x, *, f=rate):
    return x * f()


def by_recording(x):
    return x * (5.0 if is_recording() else 1.0)


def by_instance_made_here(x):
    return x * Layer().rate()


@pytest.mark.parametrize(
    "function",
    [
        in_itself,
        by_module,
        by_package,
        by_other_name,
        by_getattr,
        by_local_import,
        in_callee,
        by_local_name,
        by_table,
        by_list,
        by_method,
        by_deeper_method,
        by_attribute,
        by_call,
        by_bound_method,
        by_partial,
        by_default,
        by_keyword_default,
        by_recording,
        by_instance_made_here,
    ],
)
def test_who_asks_is_told(function):
    derivative = grad(function)
    for _ in range(2):
        assert derivative(2.0) == 5.0
    assert not is_training()
    if function not in (by_recording, by_package):
        with srcgrad.predict_mode():
            assert derivative(2.0) == 1.0


def takes(x, f):
    return x * f()


def takes_object(x, thing):
    return x * thing.rate()


@pytest.mark.parametrize("given", [rate, partial, bound, layer, lambda: rate()])
def test_what_is_given(given):
    assert grad(takes)(2.0, given) == 5.0


def test_objects_that_are_given():
    assert grad(takes_object)(2.0, layer) == 5.0
    assert grad(functools.partial(takes_object, thing=net))(2.0) == 5.0
    assert grad(lambda x, fs: x * fs[0]())(2.0, [rate]) == 5.0


class Box:
    value = 2.0

    def get(self):
        return self.value


box = Box()
weights = [1.0, X]


def helper(x):
    return np.tanh(x) * math.pi


def quiet(x, axis=None):
    total = 0.0
    for w in weights:
        total = total + np.sum(helper(x) * w, axis=axis)
    return total + x.sum() * len(weights) + np.random.default_rng(0).normal()


def quiet_object(x):
    return x * box.get()


@pytest.mark.parametrize("function", [quiet, quiet_object, helper, np.sin])
def test_who_never_asks_pays_nothing(function):
    for argument in (2.0, X):
        if function is quiet and argument is not X:
            continue
        assert "record" not in grad(function).source_for(argument)
        assert "record" not in vjp(function).source_for(argument)
    assert "record" not in grad(function).source


def deep(x):
    return x * between()


def between():
    return last()


def last():
    return 1.0


def test_what_asks_later(monkeypatch):
    derivative = grad(deep)
    assert derivative(2.0) == 1.0
    assert "record" not in derivative.source
    monkeypatch.setitem(globals(), "last", rate)
    assert derivative(2.0) == 5.0
    monkeypatch.undo()
    monkeypatch.setattr(last, "__code__", rate.__code__)
    assert derivative(2.0) == 5.0
