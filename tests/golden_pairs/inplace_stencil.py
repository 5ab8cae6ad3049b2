"""In-place mutation of slices: the array's adjoint is a buffer of its own that the same slices address; linear
updates keep no copy of the array."""

import numpy as np


def heat(u0, k, steps):
    u = u0.copy()
    for t in range(steps):
        u[1:-1] += k * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


# srcgrad.grad(heat, wrt=("u0", "k"))
def heat_grad(u0, k, steps, y_bar=1.0):
    # forward sweep
    u = u0.copy()
    lap_stack = []
    for t in range(steps):
        lap = u[2:] - 2 * u[1:-1] + u[:-2]
        lap_stack.append(lap)
        u[1:-1] += k * lap
    # reverse sweep
    k_bar = 0.0
    # return np.sum(u ** 2)
    u_bar = y_bar * 2 * u
    # for t in range(steps):
    for t in reversed(range(steps)):
        # u[1:-1] += k * (u[2:] - 2 * u[1:-1] + u[:-2])
        lap = lap_stack.pop()
        k_bar += np.sum(u_bar[1:-1] * lap)
        lap_bar = u_bar[1:-1] * k
        u_bar[2:] += lap_bar
        u_bar[1:-1] -= 2 * lap_bar
        u_bar[:-2] += lap_bar
    # u = u0.copy()
    return u_bar, k_bar


def example(rng):
    return heat, heat_grad, (rng.normal(size=9), 0.2, 5), (0, 1)
