"""x[i] in a loop: the gradient costs what the loop does, and the forward sweep is dead."""

import numpy as np


def f(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def f_grad(x, total_bar=1.0):
    # reverse sweep
    x_bar = np.zeros_like(x)
    # for i in range(len(x) - 1):
    for i in reversed(range(len(x) - 1)):
        # total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
        a_bar = total_bar * 100.0 * 2 * (x[i + 1] - x[i] ** 2)
        x_bar[i + 1] += a_bar
        x_bar[i] -= a_bar * 2 * x[i]
        x_bar[i] -= total_bar * 2 * (1.0 - x[i])
    return x_bar


def example(rng):
    return f, f_grad, (rng.normal(size=6),), (0,)
