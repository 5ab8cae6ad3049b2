import numpy as np
from srcgrad.structures import add_into


def subscripts_grad(x, index, y_bar=1.0):
    # forward sweep
    t = x[1:-1]
    # reverse sweep
    # return x[0] * x[-1] + np.sum(x[1:-1] ** 2) + np.sum(x[index])
    x_bar = np.zeros_like(x)
    add_into(x_bar, index, np.full_like(x[index], y_bar))
    x_bar[1:-1] += np.full_like(t, y_bar) * 2 * t
    x_bar[-1] += y_bar * x[0]
    x_bar[0] += y_bar * x[-1]
    return x_bar
