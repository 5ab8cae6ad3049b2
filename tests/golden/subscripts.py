import numpy as np
from srcgrad.runtime import unbroadcast, unreduce
from srcgrad.structures import add_into, seed


def subscripts_grad(x, index, y_bar=1.0):
    # forward sweep
    t = x[0]
    t_2 = x[-1]
    t_3 = x[1:-1]
    t_4 = t * t_2 + np.sum(t_3**2)
    t_5 = x[index]
    t_6 = np.sum(t_5)
    # reverse sweep
    # return x[0] * x[-1] + np.sum(x[1:-1] ** 2) + np.sum(x[index])
    value_bar = seed(t_4 + t_6, y_bar)
    t_bar = unbroadcast(value_bar, t_4)
    x_bar = np.zeros_like(x)
    add_into(x_bar, index, unreduce(unbroadcast(value_bar, t_6), t_5, None, False))
    x_bar[1:-1] += np.full_like(t_3, t_bar) * 2 * t_3
    x_bar[-1] += t_bar * t
    x_bar[0] += t_bar * t_2
    return x_bar
