def power_fwd(x, n):
    power_saved = None
    t = None
    took = n == 0
    if took:
        result_3 = 1.0
    else:
        t, power_saved = power_fwd(x, n - 1)
        result_3 = x * t
    return result_3, (x, took, t, power_saved)


def power_bwd(saved, y_bar):
    x, took, t, power_saved = saved
    # if n == 0:
    if took:
        # return x * power(x, n - 1)
        x_bar = 0.0
    else:
        # return x * power(x, n - 1)
        x_bar = y_bar * t
        x_bar_2 = power_bwd(power_saved, y_bar * x)
        x_bar += x_bar_2
    return x_bar


def p_grad(x, y_bar=1.0):
    # forward sweep
    items = list(enumerate(coefficients))
    power_saved_stack = []
    for k, c in items:
        t, power_saved = power_fwd(x, k)
        power_saved_stack.append(power_saved)
    # reverse sweep
    # for k, c in enumerate(coefficients):
    x_bar = 0.0
    for k, c in reversed(items):
        power_saved = power_saved_stack.pop()
        # total += c * power(x, k)
        x_bar_2 = power_bwd(power_saved, y_bar * c)
        x_bar += x_bar_2
    return x_bar
