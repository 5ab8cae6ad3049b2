def swap_grad(x, y, n, y_bar=1.0):
    # forward sweep
    x_y_stack = []
    for _ in range(n):
        x_y_stack.append((x, y))
        x_2 = y
        y = x * y
        x = x_2
    # reverse sweep
    # return x
    x_bar = y_bar
    # for _ in range(n):
    y_bar_2 = 0.0
    for x, y in reversed(x_y_stack):
        # x, y = y, x * y
        x_next_bar = x_bar
        x_bar = y_bar_2 * y
        y_bar_2 *= x
        y_bar_2 += x_next_bar
    return x_bar, y_bar_2
