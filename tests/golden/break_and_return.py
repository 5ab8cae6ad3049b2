def f_grad(a, tol, y_bar=1.0):
    # forward sweep
    took = a == 0.0
    if not took:
        x = a
        x_stack = []
        for _ in range(50):
            x_stack.append(x)
            x_new = 0.5 * (x + a / x)
            stopped = abs(x_new - x) < tol
            x = x_new
            if stopped:
                break
    # reverse sweep
    # if a == 0.0:
    if took:
        # return a
        a_bar = y_bar
    else:
        # return x
        x_bar = y_bar
        # for _ in range(50):
        a_bar = 0.0
        for x in reversed(x_stack):
            # x_new = 0.5 * (x + a / x)
            x_bar = x_bar * 0.5
            a_bar += x_bar / x
            x_bar = x_bar - x_bar * (a / x) / x
        # x = a
        a_bar += x_bar
    return a_bar
