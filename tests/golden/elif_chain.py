import numpy as np


def elif_chain_grad(x, y_bar=1.0):
    # forward sweep
    took = x < 0.0
    if took:
        y = -x
    else:
        took_2 = x < 1.0
        if took_2:
            y = x * x
        else:
            took_3 = x < 2.0
            if took_3:
                y = 3.0
            else:
                y_2 = np.sqrt(x)
                y = y_2
    # reverse sweep
    # return y * x
    y_bar_2 = y_bar * x
    x_bar = y_bar * y
    # if x < 0.0:
    if took:
        # y = -x
        x_bar -= y_bar_2
    else:
        # if x < 1.0:
        if took_2:
            # y = x * x
            x_bar += 2 * (y_bar_2 * x)
        else:
            # if x < 2.0:
            if not took_3:
                # y = np.sqrt(x)
                x_bar += y_bar_2 * 0.5 / y_2
    return x_bar
