import numpy as np


def f_grad(x, y_bar=1.0):
    # forward sweep
    a = x * 1.0
    a_bar = np.zeros_like(x)
    b = x * x
    b_bar = np.zeros_like(x)
    if x[0] > 0:
        c = a
        c_bar = a_bar
    else:
        c = b
        c_bar = b_bar
    c[1] = x[2] * 5.0
    # reverse sweep
    # return np.sum(a * b)
    a_bar += y_bar * b
    b_bar += y_bar * a
    # c[1] = x[2] * 5.0
    t_bar = c_bar[1]
    c_bar[1] = 0.0
    x_bar = np.zeros_like(x)
    x_bar[2] += t_bar * 5.0
    # b = x * x
    x_bar += 2 * (b_bar * x)
    # a = x * 1.0
    x_bar += a_bar * 1.0
    return x_bar
