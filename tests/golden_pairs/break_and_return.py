"""break and early return: the reverse sweep starts where the run left off."""


def f(a, tol):
    if a == 0.0:
        return a
    x = a
    for _ in range(50):
        x_new = 0.5 * (x + a / x)
        if abs(x_new - x) < tol:
            x = x_new
            break
        x = x_new
    return x


def f_grad(a, tol, y_bar=1.0):
    # forward sweep
    returned_early = a == 0.0
    if not returned_early:
        x = a
        x_stack = []
        for _ in range(50):
            x_new = 0.5 * (x + a / x)
            converged = abs(x_new - x) < tol
            x_stack.append(x)
            x = x_new
            if converged:
                break
    # reverse sweep
    # if a == 0.0: return a
    if returned_early:
        return y_bar
    # return x
    x_bar = y_bar
    a_bar = 0.0
    # for _ in range(50):
    while x_stack:
        x = x_stack.pop()
        # x_new = 0.5 * (x + a / x)
        t_bar = x_bar * 0.5
        a_bar += t_bar / x
        x_bar = t_bar - t_bar * a / (x * x)
    # x = a
    a_bar += x_bar
    return a_bar


def example(rng):
    return f, f_grad, (float(rng.uniform(2.0, 9.0)), 1e-13), (0,)
