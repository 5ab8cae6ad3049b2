"""Functions with a cache that are given what is differentiated."""

import functools

import numpy as np

from tests.zoo import arr, ex, program


@functools.lru_cache
def squared(x):
    return x * x


@functools.cache
def pair(x, k=2.0):
    return np.array([x, squared(x) * k])


@functools.lru_cache(maxsize=8)
def table(n):
    return np.arange(n) * 2.0


@program(ex(0.7), ex(-1.3))
def by_itself(x):
    return squared(x) * x + squared(x + 1.0)


@program(ex(0.7), saves=False)
def arrays_that_are_copied(x):
    y = pair(x, k=x) * 1.0
    y[0] = y[0] * x
    return np.sum(y * pair(x)) + np.sum(table(2) * y)


@program(ex(arr(3)), saves=False)
def of_what_is_not_differentiated(x):
    s = 0.0
    for k in range(3):
        s = s + x[k] * squared(k + 0.5) * table(3)[k]
    return s
