import numpy as np
from srcgrad.runtime import like_nested


def predator_prey_fwd(t, y, k):
    tmp = k[1] * y[0]
    tmp_2 = k[2] * y[0]
    tmp_3 = [k[0] * y[0] - tmp * y[1], tmp_2 * y[1] - k[3] * y[1]]
    tmp_4 = 1.0 + t
    return np.array(tmp_3) * tmp_4, (y, k, tmp, tmp_2, tmp_3, tmp_4)


def predator_prey_bwd(saved, y_bar):
    y, k, tmp, tmp_2, tmp_3, tmp_4 = saved
    # return np.array([k[0] * y[0] - k[1] * y[0] * y[1], k[2] * y[0] * y[1] - k[3] ...
    tmp_bar = like_nested(y_bar * tmp_4, tmp_3)
    tmp_bar_2 = tmp_bar[0]
    tmp_bar_3 = tmp_bar[1]
    tmp_bar = -tmp_bar_3
    y_bar_2 = np.zeros_like(y)
    y_bar_2[1] += tmp_bar * k[3]
    k_bar = np.zeros_like(k)
    k_bar[3] += tmp_bar * y[1]
    tmp_bar = tmp_bar_3 * y[1]
    y_bar_2[1] += tmp_bar_3 * tmp_2
    y_bar_2[0] += tmp_bar * k[2]
    k_bar[2] += tmp_bar * y[0]
    tmp_bar_3 = -tmp_bar_2
    tmp_bar = tmp_bar_3 * y[1]
    y_bar_2[1] += tmp_bar_3 * tmp
    y_bar_2[0] += tmp_bar * k[1]
    k_bar[1] += tmp_bar * y[0]
    y_bar_2[0] += tmp_bar_2 * k[0]
    k_bar[0] += tmp_bar_2 * y[0]
    return y_bar_2, k_bar


def callee_of_elements_grad(k, y, h, n, y_bar=1.0):
    # forward sweep
    t = 0.0
    predator_prey_saved_stack = []
    for _ in range(n):
        tmp, predator_prey_saved = predator_prey_fwd(t + h / 2, y, k)
        predator_prey_saved_stack.append(predator_prey_saved)
        y = y + h * tmp
        t += h
    # reverse sweep
    # for _ in range(n):
    k_bar = np.zeros_like(k)
    y_bar_2 = np.full_like(y, y_bar)
    for predator_prey_saved in reversed(predator_prey_saved_stack):
        # y = y + h * predator_prey(t + h / 2, y, k)
        y_bar_3, k_bar_2 = predator_prey_bwd(predator_prey_saved, y_bar_2 * h)
        y_bar_2 += y_bar_3
        k_bar += k_bar_2
    return k_bar
