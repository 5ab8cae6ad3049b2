"""Data-dependent while and if: a trip count and a flag are kept, and no array."""

import numpy as np


def f(a):
    b = a * 2
    while np.linalg.norm(b) < 1000:
        b = b * 2
    if b.sum() > 0:
        c = b
    else:
        c = 100 * b
    return c


def f_grad(a):
    # forward sweep
    b = a * 2
    trips = 0
    while np.linalg.norm(b) < 1000:
        b = b * 2
        trips += 1
    took_if = b.sum() > 0
    if took_if:
        c = b
    else:
        c = 100 * b
    # reverse sweep
    c_bar = np.ones_like(c)
    # if b.sum() > 0:
    if took_if:
        b_bar = c_bar
    else:
        b_bar = c_bar * 100
    # while np.linalg.norm(b) < 1000:
    for _ in range(trips):
        b_bar = b_bar * 2
    # b = a * 2
    a_bar = b_bar * 2
    return a_bar


def example(rng):
    return f, f_grad, (rng.normal(size=(3,)),), (0,)
