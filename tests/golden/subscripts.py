import numpy as np
from srcgrad.runtime import unbroadcast, unreduce
from srcgrad.structures import add_into, seed


def subscripts_grad(x, index, y_bar=1.0):
    # forward sweep
    t = x[0]
    t_2 = x[-1]
    t_4 = x[1:-1]
    t_5 = t_4**2
    t_7 = t * t_2 + np.sum(t_5)
    t_8 = x[index]
    t_9 = np.sum(t_8)
    # reverse sweep
    # return x[0] * x[-1] + np.sum(x[1:-1] ** 2) + np.sum(x[index])
    value_bar = seed(t_7 + t_9, y_bar)
    t_bar = unbroadcast(value_bar, t_7)
    x_bar = np.zeros_like(x)
    add_into(x_bar, index, unreduce(unbroadcast(value_bar, t_9), t_8, None, False))
    x_bar[1:-1] += unbroadcast(np.full_like(t_5, t_bar) * 2 * t_4, t_4)
    x_bar[-1] += t_bar * t
    x_bar[0] += t_bar * t_2
    return x_bar
