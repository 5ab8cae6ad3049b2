import numpy as np


def f_grad(w, u, h, xs, y_bar=1.0):
    # forward sweep
    h_stack = []
    for x in xs:
        h_stack.append(h)
        h = np.tanh(np.dot(w, h) + np.dot(u, x))
    # reverse sweep
    # for x in xs:
    u_bar = np.zeros_like(u)
    w_bar = np.zeros_like(w)
    h_bar = np.full_like(h, y_bar)
    for x in reversed(xs):
        # h = np.tanh(np.dot(w, h) + np.dot(u, x))
        t_bar = h_bar * (1 - h * h)
        u_bar += np.outer(t_bar, x)
        h = h_stack.pop()
        w_bar += np.outer(t_bar, h)
        h_bar = np.dot(w.T, t_bar)
    return w_bar, u_bar, h_bar
