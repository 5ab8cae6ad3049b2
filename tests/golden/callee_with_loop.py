import numpy as np


def damp_fwd(x, n):
    t_stack = []
    for _ in range(n):
        t = np.tanh(x)
        t_stack.append(t)
        x = t * 0.9
    return x, t_stack


def damp_bwd(t_stack, y_bar):
    # return x
    x_bar = y_bar
    # for _ in range(n):
    for t in reversed(t_stack):
        # x = np.tanh(x) * 0.9
        x_bar = x_bar * 0.9 * (1 - t * t)
    x_bar = np.copy(x_bar)
    return x_bar


def callee_with_loop_grad(x, n, y_bar=1.0):
    # forward sweep
    t, damp_saved = damp_fwd(x, n)
    # reverse sweep
    # return np.sum(damp(x, n) * x)
    x_bar = y_bar * t
    x_bar += damp_bwd(damp_saved, y_bar * x)
    return x_bar
