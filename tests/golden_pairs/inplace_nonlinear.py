"""A nonlinear in-place update: the overwritten slice alone is saved, and put back while the sweep runs in reverse."""

import numpy as np


def logistic_field(u0, r, steps):
    u = u0.copy()
    for t in range(steps):
        u[1:-1] = r * u[1:-1] * (1.0 - u[2:])
    return np.sum(u)


# srcgrad.grad(logistic_field, wrt=("u0", "r"))
def logistic_field_grad(u0, r, steps, y_bar=1.0):
    # forward sweep
    u = u0.copy()
    u_stack = []
    for t in range(steps):
        u_stack.append(u[1:-1].copy())
        u[1:-1] = r * u[1:-1] * (1.0 - u[2:])
    # reverse sweep
    r_bar = 0.0
    # return np.sum(u)
    u_bar = np.full_like(u, y_bar)
    # for t in range(steps):
    for t in reversed(range(steps)):
        # u[1:-1] = r * u[1:-1] * (1.0 - u[2:])
        u[1:-1] = u_stack.pop()
        v_bar = u_bar[1:-1].copy()
        u_bar[1:-1] = 0.0
        s = 1.0 - u[2:]
        r_bar += np.sum(v_bar * u[1:-1] * s)
        u_bar[1:-1] += v_bar * r * s
        u_bar[2:] -= v_bar * r * u[1:-1]
    # u = u0.copy()
    return u_bar, r_bar


def example(rng):
    return logistic_field, logistic_field_grad, (rng.uniform(size=9), 2.1, 4), (0, 1)
