import numpy as np


def early_return_in_loop_grad(x, y_bar=1.0):
    # forward sweep
    result = None
    returned_2 = False
    x_2 = x
    trips = 0
    x_stack = []
    for index in range(len(x)):
        x_stack.append(x_2)
        trips += 1
        value = x[index]
        if value > 1.0:
            result = value * value
            returned_2 = True
        elif not value < -1.0:
            x_2 = x_2 * value
        if returned_2:
            break
    took_3 = not returned_2
    if took_3:
        result = np.sum(x_2)
    if result is None:
        raise UnboundLocalError("variable 'result' has no value here")
    # reverse sweep
    # return np.sum(x)
    if took_3:
        x_bar_2 = np.full_like(x_2, y_bar)
        result_bar_4 = 0.0
    else:
        result_bar_4 = y_bar
        x_bar_2 = np.zeros_like(x_2)
    # for value in x:
    x_bar_3 = np.zeros_like(x)
    for index in reversed(range(len(x))[:trips]):
        x_bar_4 = x_bar_2
        x_2 = x_stack.pop()
        value = x[index]
        # if value > 1.0:
        if value > 1.0:
            x_bar_2 = x_bar_4
            # return value * value
            value_bar = 2 * (result_bar_4 * value)
            # if value < -1.0:
            result_bar_4 = 0.0
        else:
            # if value < -1.0:
            if value < -1.0:
                x_bar_2 = x_bar_4
                value_bar = 0.0
            else:
                # x = x * value
                x_bar_2 = x_bar_4 * value
                value_bar = np.sum(x_bar_4 * x_2)
        x_bar_3[index] += value_bar
    x_bar_3 += x_bar_2
    return x_bar_3
