import numpy as np
from srcgrad.runtime import unbroadcast


def broadcast_grad(w, b, x, y_bar=1.0):
    # forward sweep
    t = x[:, None]
    # reverse sweep
    # return np.sum(np.exp(w * x[:, None] + b))
    t_bar = y_bar * np.exp(w * t + b)
    b_bar = np.sum(t_bar, axis=0)
    w_bar = t_bar * t
    x_bar = np.zeros_like(x)
    x_bar[:, None] += unbroadcast(t_bar * w, t)
    return w_bar, b_bar, x_bar
