import numpy as np


def f_grad(a, y_bar=1.0):
    # forward sweep
    b = a * 2
    trips = 0
    while np.linalg.norm(b) < 1000:
        trips += 1
        b = b * 2
    took = b.sum() > 0
    if took:
        c = b
    else:
        c = 100 * b
    # reverse sweep
    # return c
    c_bar = np.full_like(c, y_bar)
    # if b.sum() > 0:
    if took:
        # c = b
        b_bar = c_bar
    else:
        # c = 100 * b
        b_bar = c_bar * 100
    # while np.linalg.norm(b) < 1000:
    for _ in range(trips):
        # b = b * 2
        b_bar = b_bar * 2
    # b = a * 2
    a_bar = b_bar * 2
    return a_bar
