def ternary_grad(x, y, y_bar=1.0):
    # forward sweep
    took = x > y
    if took:
        z = x * y
    else:
        t = x / y
        z = t
    # reverse sweep
    # return z * z
    z_bar = 2 * (y_bar * z)
    # z = x * y if x > y else x / y
    if took:
        x_bar = z_bar * y
        y_bar_2 = z_bar * x
    else:
        x_bar = z_bar / y
        y_bar_2 = -z_bar * t / y
    return x_bar, y_bar_2
