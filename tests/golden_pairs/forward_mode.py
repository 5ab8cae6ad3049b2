"""Forward mode: primal and tangent side by side, line by line; no stack."""

import numpy as np

TRANSFORM = "jvp"


def f(x, a):
    y = x
    for _ in range(3):
        y = np.sin(a * y)
    return np.sum(y * x)


def f_jvp(x, a, x_dot, a_dot):
    y_dot = x_dot
    y = x
    for _ in range(3):
        t_dot = a_dot * y + a * y_dot
        t = a * y
        y_dot = t_dot * np.cos(t)
        y = np.sin(t)
    v_dot = np.sum(y_dot * x + y * x_dot)
    v = np.sum(y * x)
    return v, v_dot


def example(rng):
    return f, f_jvp, (rng.normal(size=4), 0.8, rng.normal(size=4), 0.3), (0, 1)
