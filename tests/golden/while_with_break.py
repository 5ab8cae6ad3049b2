def while_with_break_grad(x, limit, y_bar=1.0):
    # forward sweep
    steps = 0
    x_stack = []
    while x < limit:
        x_stack.append(x)
        x = x * x + 0.5
        steps += 1
        if steps == 10:
            break
    # reverse sweep
    # return x
    x_bar = y_bar
    # while x < limit:
    for x in reversed(x_stack):
        # x = x * x + 0.5
        x_bar = 2 * (x_bar * x)
    return x_bar
