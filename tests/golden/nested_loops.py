def nested_loops_grad(x, n, y_bar=1.0):
    # forward sweep
    y_stack = []
    y_stack_2 = []
    for i in range(n):
        y = x
        for j in range(i):
            y_stack.append(y)
            y = y * x + j
        y_stack_2.append(y)
    # reverse sweep
    # for i in range(n):
    x_bar = 0.0
    for i in reversed(range(n)):
        y = y_stack_2.pop()
        # total += y * y
        y_bar_2 = 2 * (y_bar * y)
        # for j in range(i):
        for j in reversed(range(i)):
            y = y_stack.pop()
            # y = y * x + j
            x_bar += y_bar_2 * y
            y_bar_2 *= x
        # y = x
        x_bar += y_bar_2
    return x_bar
