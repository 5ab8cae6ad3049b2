"""Which array a name means is known only at run time: shadows are made in the forward sweep and bound as the arrays are."""

import numpy as np


def f(x):
    a = x * 1.0
    b = x * x
    c = a if x[0] > 0 else b
    c[1] = x[2] * 5.0
    return np.sum(a * b)


# srcgrad.grad(f)
def f_grad(x, y_bar=1.0):
    # forward sweep
    a = x * 1.0
    a_bar = np.zeros_like(a)
    b = x * x
    b_bar = np.zeros_like(b)
    if x[0] > 0:
        c, c_bar = a, a_bar
    else:
        c, c_bar = b, b_bar
    c[1] = x[2] * 5.0
    # reverse sweep
    # return np.sum(a * b)
    a_bar += y_bar * b
    b_bar += y_bar * a
    # c[1] = x[2] * 5.0
    x_bar = np.zeros_like(x)
    x_bar[2] = c_bar[1] * 5.0
    c_bar[1] = 0.0
    # b = x * x
    x_bar += b_bar * 2 * x
    # a = x * 1.0
    x_bar += a_bar
    return x_bar


def example(rng):
    return f, f_grad, (rng.normal(size=5),), (0,)
