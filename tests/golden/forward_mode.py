import numpy as np


def f_jvp(x, a, x_dot, a_dot):
    y = x
    y_dot = x_dot
    for _ in range(3):
        t = a * y
        y_dot = (a_dot * y + y_dot * a) * np.cos(t)
        y = np.sin(t)
    return np.sum(y * x), np.sum(y_dot * x + x_dot * y)
