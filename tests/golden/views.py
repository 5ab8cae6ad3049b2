import numpy as np


def f_grad(x, y_bar=1.0):
    # forward sweep
    state = np.zeros((3, len(x)))
    row = state[1]
    row[:] = x * x
    # reverse sweep
    # state = np.zeros((3, len(x)))
    state_bar = np.full_like(state, y_bar)
    # row = state[1]
    row_bar = state_bar[1]
    # row *= 2.0
    row_bar *= 2.0
    # state[2] = row * x
    t_bar = state_bar[2]
    row_bar += t_bar * x
    x_bar = t_bar * row
    state_bar[2] = 0.0
    # row[:] = x * x
    x_bar += 2 * (row_bar[:] * x)
    return x_bar
