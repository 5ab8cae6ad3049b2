import numpy as np


def damp_fwd(x, n):
    x = np.copy(x)
    t_stack = []
    for _ in range(n):
        t = np.tanh(x)
        t_stack.append(t)
        x = t * 0.9
    return np.copy(x), (x, t_stack)


def damp_bwd(saved, y_bar=1.0):
    x_2, t_stack = saved
    t_stack = list(t_stack or [])
    # return x
    x_bar = np.full_like(x_2, y_bar)
    # for _ in range(n):
    for t in reversed(t_stack):
        # x = np.tanh(x) * 0.9
        x_bar = x_bar * 0.9 * (1 - t * t)
    return x_bar
