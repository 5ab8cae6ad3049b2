"""A recurrence: one push a turn, of what the adjoint reads; weights' adjoints grow in place."""

import numpy as np


def f(w, u, h, xs):
    for x in xs:
        h = np.tanh(np.dot(w, h) + np.dot(u, x))
    return np.sum(h)


def f_grad(w, u, h, xs, y_bar=1.0):
    # forward sweep
    h_stack = []
    for x in xs:
        h_stack.append(h)
        h = np.tanh(np.dot(w, h) + np.dot(u, x))
    # reverse sweep
    w_bar = np.zeros_like(w)
    u_bar = np.zeros_like(u)
    # return np.sum(h)
    h_bar = np.full_like(h, y_bar)
    # for x in xs:
    for x in reversed(xs):
        # h = np.tanh(np.dot(w, h) + np.dot(u, x))
        z_bar = h_bar * (1.0 - h * h)
        h = h_stack.pop()
        u_bar += np.outer(z_bar, x)
        w_bar += np.outer(z_bar, h)
        h_bar = np.dot(w.T, z_bar)
    return w_bar, u_bar, h_bar


def example(rng):
    xs = [rng.normal(size=3) for _ in range(6)]
    w, u, h = rng.normal(size=(4, 4)), rng.normal(size=(4, 3)), rng.normal(size=4)
    return f, f_grad, (w, u, h, xs), (0, 1, 2)
