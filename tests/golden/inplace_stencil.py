import numpy as np


def heat_grad(u0, k, steps, y_bar=1.0):
    # forward sweep
    u = u0.copy()
    tmp_stack = []
    for t in range(steps):
        tmp = u[2:] - 2 * u[1:-1] + u[:-2]
        tmp_stack.append(tmp)
        u[1:-1] += k * tmp
    # reverse sweep
    # return np.sum(u**2)
    u_bar = y_bar * 2 * u
    # for t in range(steps):
    k_bar = 0.0
    for tmp in reversed(tmp_stack):
        # u[1:-1] += k * (u[2:] - 2 * u[1:-1] + u[:-2])
        tmp_bar = u_bar[1:-1]
        k_bar += np.sum(tmp_bar * tmp)
        tmp_bar = tmp_bar * k
        u_bar[:-2] += tmp_bar
        u_bar[1:-1] -= tmp_bar * 2
        u_bar[2:] += tmp_bar
    return u_bar, k_bar
