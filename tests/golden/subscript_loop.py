import numpy as np


def f_grad(x, y_bar=1.0):
    # reverse sweep
    # for i in range(len(x) - 1):
    x_bar = np.zeros_like(x)
    for i in reversed(range(len(x) - 1)):
        # total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
        x_bar[i] -= y_bar * 2 * (1.0 - x[i])
        t = x[i]
        t_bar = y_bar * 100.0 * 2 * (x[i + 1] - t**2)
        x_bar[i] -= t_bar * 2 * t
        x_bar[i + 1] += t_bar
    return x_bar
