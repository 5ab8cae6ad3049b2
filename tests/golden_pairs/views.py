"""A name bound to a view writes through to its base: the view's adjoint is the same view of the base's adjoint."""

import numpy as np


def f(x):
    state = np.zeros((3, len(x)))
    row = state[1]
    row[:] = x * x
    state[2] = row * x
    row *= 2.0
    return np.sum(state)


# srcgrad.grad(f)
def f_grad(x, y_bar=1.0):
    # forward sweep
    state = np.zeros((3, len(x)))
    row = state[1]
    row[:] = x * x
    # reverse sweep
    # return np.sum(state)
    state_bar = np.full_like(state, y_bar)
    row_bar = state_bar[1]
    # row *= 2.0
    row_bar *= 2.0
    # state[2] = row * x
    row_bar += state_bar[2] * x
    x_bar = state_bar[2] * row
    state_bar[2] = 0.0
    # row[:] = x * x
    x_bar += row_bar * 2 * x
    return x_bar


def example(rng):
    return f, f_grad, (rng.normal(size=5),), (0,)
