import numpy as np


def logistic_field_grad(u0, r, steps, y_bar=1.0):
    # forward sweep
    u = u0.copy()
    u_old_stack = []
    for t in range(steps):
        u_old = u[1:-1].copy()
        u_old_stack.append(u_old)
        u[1:-1] = r * u[1:-1] * (1.0 - u[2:])
    # reverse sweep
    # for t in range(steps):
    r_bar = 0.0
    u_bar = np.full_like(u, y_bar)
    for u_old in reversed(u_old_stack):
        # u[1:-1] = r * u[1:-1] * (1.0 - u[2:])
        u[1:-1] = u_old
        tmp_bar = u_bar[1:-1]
        tmp_bar_2 = tmp_bar * (1.0 - u[2:])
        tmp = u[1:-1]
        tmp_bar = tmp_bar * (r * tmp)
        u_bar[1:-1] = 0.0
        u_bar[2:] -= tmp_bar
        r_bar += np.sum(tmp_bar_2 * tmp)
        u_bar[1:-1] += tmp_bar_2 * r
    return u_bar, r_bar
