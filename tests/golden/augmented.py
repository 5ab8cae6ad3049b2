import numpy as np


def augmented_grad(x, b, y_bar=1.0):
    # forward sweep
    y = x * 1.0
    y_2 = y * b
    y_2 = y_2 - np.mean(y_2)
    # reverse sweep
    # return np.dot(y, y)
    y_bar_2 = 2 * (y_bar * y_2)
    # y -= np.mean(y)
    y_bar_2 += np.full_like(y, np.divide(np.sum(-y_bar_2), y.size))
    # y *= b
    b_bar = np.sum(y_bar_2 * y)
    y_bar_2 = y_bar_2 * b
    # y = x * 1.0
    x_bar = y_bar_2 * 1.0
    return x_bar, b_bar
