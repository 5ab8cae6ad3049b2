import numpy as np


def early_return_in_loop_grad(x, y_bar=1.0):
    # forward sweep
    returned = False
    x_2 = x
    trips = 0
    x_stack = []
    for index in range(len(x)):
        x_stack.append(x_2)
        trips += 1
        value = x[index]
        if value > 1.0:
            returned = True
        elif not value < -1.0:
            x_2 = x_2 * value
        if returned:
            break
    # reverse sweep
    # return np.sum(x)
    if returned:
        result_bar = y_bar
        x_bar = np.zeros_like(x_2)
    else:
        x_bar = np.full_like(x_2, y_bar)
        result_bar = 0.0
    # for value in x:
    x_bar_2 = np.zeros_like(x)
    for index in reversed(range(len(x))[:trips]):
        x_2 = x_stack.pop()
        value = x[index]
        # if value > 1.0:
        if value > 1.0:
            # return value * value
            value_bar = 2 * (result_bar * value)
            result_bar = 0.0
        else:
            # if value < -1.0:
            if value < -1.0:
                value_bar = 0.0
            else:
                # x = x * value
                value_bar = np.sum(x_bar * x_2)
                x_bar = x_bar * value
        x_bar_2[index] += value_bar
    x_bar_2 += x_bar
    return x_bar_2
