import numpy as np


def tuple_results_grad(x, y, y_bar=(1.0, 1.0)):
    # forward sweep
    s = x + y
    d = x - y
    # reverse sweep
    # return s * d, np.sin(s)
    t_bar = y_bar[0]
    s_bar = y_bar[1] * np.cos(s) + t_bar * d
    d_bar = t_bar * s
    # s, d = x + y, x - y
    x_bar = d_bar
    y_bar_2 = -d_bar + s_bar
    x_bar += s_bar
    return x_bar, y_bar_2
