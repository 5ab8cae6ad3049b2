import numpy as np


def augmented_grad(x, b, y_bar=1.0):
    # forward sweep
    y = x * 1.0
    y_3 = y * b
    y_3 = y_3 - np.mean(y_3)
    # reverse sweep
    # return np.dot(y, y)
    y_bar_3 = 2 * (y_bar * y_3)
    # y -= np.mean(y)
    y_bar_3 += np.full_like(y, np.sum(-y_bar_3) / x.size)
    # y *= b
    y_bar_4 = y_bar_3 * b
    b_bar = np.sum(y_bar_3 * y)
    # y = x * 1.0
    x_bar = y_bar_4 * 1.0
    return x_bar, b_bar
