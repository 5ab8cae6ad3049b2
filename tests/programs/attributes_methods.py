"""Attributes and methods of arrays; attributes of the caller's objects."""

import types
from typing import NamedTuple

import numpy as np

from tests.zoo import add, arr, ex, pos, program


@program(ex(arr(2, 3)), ex(arr(3)), ex(arr(2, 3, 2)))
def transposed(x):
    return x.T * 2.0


@program(ex(arr(2, 3)))
def transposed_product(x):
    return x.T @ x


@program(ex(arr(2, 3)), ex(arr(3)))
def transposed_result(x):
    return x.T


@program(ex(arr(2, 3)))
def transpose_with_axes(x):
    y = x.transpose(1, 0) * x.transpose((1, 0))
    return y.transpose() * x.swapaxes(0, 1).T


@program(ex(arr(2, 3)), ex(arr(3)), ex(arr(0)))
def shape_size_ndim(x):
    return x * x.size + x.shape[0] * x * x + x.ndim * x


@program(ex(arr(2, 3)))
def shape_is_a_constant(x):
    n, m = x.shape
    y = x * n
    return y / m + len(x)


@program(ex(arr(2, 3)), ex(arr(3)), ex(np.array(0.7)), ex(np.float64(0.7)))
def sum_of_all(x):
    return x.sum() * x


@program(ex(arr(2, 3)), ex(arr(2, 3, 2)), ex(arr(2, 0)))
def sums_along_axes(x):
    return x.sum(axis=0).sum() ** 2 + (x.sum(1) ** 2).sum() + (x.sum(axis=-1, keepdims=True) * x).sum()


@program(ex(arr(2, 3)), ex(arr(2, 3, 2)))
def means(x):
    return (x - x.mean(axis=0)) * x.mean() + x.mean(-1, keepdims=True)


@program(ex(arr(2, 3)), ex(arr(5)))
def max_and_min(x):
    return x.max() * x.min() + x.max(axis=0) * x.min(axis=-1).sum()


@program(ex(pos(2, 3)), ex(pos(4)))
def prod_and_cumsum(x):
    return x.prod() * x.cumsum() + x.prod(axis=0).sum()


@program(ex(arr(2, 3), arr(3, 2)), ex(arr(3), arr(3, seed=1)), ex(arr(2, 3), arr(3)), wrt=(0, 1))
def dot_method(a, b):
    return a.dot(b) * 2.0


@program(ex(arr(2, 3)))
def dot_with_itself(x):
    return x.dot(x.T).dot(x)


@program(ex(arr(2, 3)), ex(arr(6)))
def reshapes(x):
    return x.reshape(3, 2) * x.reshape((3, -1)) + x.reshape(-1)[0]


@program(ex(arr(2, 3)), ex(arr(3, 2).T), ex(arr(3)))
def ravels(x):
    return x.ravel() * x.flatten() + x.reshape(-1)


@program(ex(arr(2, 3)))
def reshaped_result(x):
    return x.reshape(6)


@program(ex(arr(1, 3, 1)))
def squeezes(x):
    return x.squeeze() * x.squeeze(axis=0)[:, 0] * x.squeeze(2)


@program(ex(arr(3)), ex(arr(2, 2)))
def copies(x):
    y = x.copy()
    y = y * x
    return y.copy() * y


@program(ex(arr(3)), ex(arr(2, dtype=np.float32)))
def casts(x):
    return x.astype(float) * x + x.astype(np.float64) ** 2


@program(ex(arr(5)), ex(np.array([-2.0, 0.1, 2.0])))
def clips(x):
    return x.clip(-0.5, 0.5) * x


@program(ex(arr(3)), ex(arr(1)))
def items(x):
    return x[0].item() * x.item(0) * 2.0


@program(ex(arr(1)), ex(np.array(0.7)), ex(arr(1, 1)), ex(np.float64(0.7)))
def item_of_size_one(x):
    return x.item() ** 2 * 3.0


@program(ex(arr(3, 3)))
def trace_and_diagonal(x):
    return x.trace() * x.diagonal()


@program(ex(arr(3)), ex(arr(2, 2)))
def repeats(x):
    return x.repeat(2) ** 2


@program(ex(arr(3)), ex(arr(2, 2)))
def real_part(x):
    return x.real * x


@program(ex(pos(3)), ex(pos(2, 3)))
def standard_deviation(x):
    return x.std() * x.var(axis=0)


@program(ex(arr(3)), ex(-pos(3)))
def any_and_all(x):
    y = x * x
    if (x > 0).any():
        y = y * 2.0
    if (x < 0).all():
        y = y * x
    return y


@program(ex(arr(4)))
def arg_methods(x):
    order = x.argsort()
    return x[order] * x[x.argmax()] + x[x.argmin()]


@program(ex(arr(3)))
def method_of_an_expression(x):
    return (x * x).sum() * (x + 1.0).mean() * np.sin(x).dot(x)


@program(ex(arr(2, 3)))
def methods_chained(x):
    return x.T.dot(x).sum(axis=0).reshape(3, 1).max()


@program(ex(arr(2, 3)))
def method_result_overwrites_its_object(x):
    x = x.reshape(3, 2)
    x = x.dot(x.T)
    x = x.sum(axis=0)
    x = x * x
    return x.sum()


class Config(NamedTuple):
    scale: float
    steps: int


@program(ex(0.7, Config(2.0, 3)), ex(arr(2), Config(0.5, 0)))
def fields_of_a_named_tuple(x, config):
    for _ in range(config.steps):
        x = x * config.scale
    return x * x


@program(ex(0.7, types.SimpleNamespace(a=2.0, b=types.SimpleNamespace(c=arr(2)))), saves=True)
def attributes_of_an_object(x, settings):
    return settings.a * x * x + np.sum(settings.b.c * x)


class Model:
    """A user's object: its attributes are constants, its methods functions."""

    def __init__(self, rate):
        self.rate = rate

    def energy(self, x):
        y = x * self.rate
        return y * y

    def twice(self, x):
        return self.energy(x) * 2.0 + x

    @staticmethod
    def cube(x):
        return x * x * x

    @property
    def square_rate(self):
        return self.rate**2


MODEL = Model(1.7)
add(MODEL.energy, ex(0.7), ex(arr(3)), name="attributes_methods.bound_method", saves=False)
add(
    MODEL.twice,
    ex(0.7),
    ex(arr(3)),
    name="attributes_methods.bound_method_calls_its_like",
    saves=False,
    optional=True,
)
add(Model.cube, ex(0.7), ex(arr(3)), name="attributes_methods.static_method")


@program(ex(0.7), ex(arr(3)), saves=False, optional=True)
def method_of_a_global_object(x):
    return MODEL.energy(x) * x + MODEL.rate


@program(ex(0.7, MODEL), ex(arr(3), MODEL), optional=True)
def method_of_an_argument(x, model):
    return model.energy(x) * x
