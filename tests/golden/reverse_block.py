import numpy as np


def reverse_block_grad(x, n, y_bar=1.0):
    # forward sweep
    t_stack = []
    for i in range(n):
        t = np.tanh(x)
        t_stack.append(t)
        x = t * 0.9
    h = np.exp(x)
    # reverse sweep
    # return np.sum(h * h)
    h_bar = 2 * (y_bar * h)
    # with on_reverse(h) as h_bar:
    h_bar = np.clip(h_bar, -1.0, 1.0)
    # h = np.exp(x)
    x_bar = h_bar * h
    # for i in range(n):
    for i in reversed(range(n)):
        # with on_reverse(x) as x_bar:
        norm = np.linalg.norm(x_bar)
        if norm > 1.0:
            x_bar /= norm
        print(i, norm)
        t = t_stack.pop()
        # x = np.tanh(x) * 0.9
        x_bar = x_bar * 0.9 * (1 - t * t)
    return x_bar
