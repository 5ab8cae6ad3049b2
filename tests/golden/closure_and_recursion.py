def power_fwd(x, n):
    if n == 0:
        return 1.0, None
    t, power_saved = power_fwd(x, n - 1)
    return x * t, (x, t, power_saved)


def power_bwd(saved, y_bar):
    # if n == 0:
    if saved is None:
        return 0.0
    x, t, power_saved = saved
    # return x * power(x, n - 1)
    x_bar = y_bar * t + power_bwd(power_saved, y_bar * x)
    return x_bar


def p_grad(x, y_bar=1.0):
    # forward sweep
    power_saved_stack = []
    for k, c in enumerate(coefficients):
        t, power_saved = power_fwd(x, k)
        power_saved_stack.append(power_saved)
    # reverse sweep
    # for k, c in enumerate(coefficients):
    x_bar = 0.0
    for c in reversed(coefficients):
        power_saved = power_saved_stack.pop()
        # total += c * power(x, k)
        x_bar += power_bwd(power_saved, y_bar * c)
    return x_bar
