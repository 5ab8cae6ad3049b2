import numpy as np


def elements_grad(x, y, y_bar=1.0):
    # forward sweep
    if len(x) != len(y):
        raise ValueError("zip() arguments have different lengths")
    # reverse sweep
    # for a, b in zip(x, y, strict=True):
    x_bar = np.zeros_like(x)
    for index in reversed(range(min(len(x), len(y)))):
        b_2 = y[index]
        # total += a * b
        a_bar = y_bar * b_2
        x_bar[index] += a_bar
    return x_bar
