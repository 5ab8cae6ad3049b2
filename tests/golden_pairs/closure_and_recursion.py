"""A closure's captured values belong to the derivative itself; recursion nests what is saved."""


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def polynomial(coefficients):
    def p(x):
        total = 0.0
        for k, c in enumerate(coefficients):
            total += c * power(x, k)
        return total

    return p


f = polynomial([1.0, -2.0, 0.5, 3.0])


def power_fwd(x, n):
    if n == 0:
        return 1.0, None
    v, saved = power_fwd(x, n - 1)
    return x * v, (x, v, saved)


def power_bwd(saved, y_bar):
    if saved is None:
        return 0.0
    x, v, saved = saved
    x_bar = y_bar * v
    x_bar += power_bwd(saved, y_bar * x)
    return x_bar


def f_grad(x, total_bar=1.0, *, coefficients=(1.0, -2.0, 0.5, 3.0)):
    # forward sweep
    power_stack = []
    for k, _ in enumerate(coefficients):
        _, saved = power_fwd(x, k)
        power_stack.append(saved)
    # reverse sweep
    x_bar = 0.0
    # for k, c in enumerate(coefficients):
    for c in reversed(coefficients):
        # total += c * power(x, k)
        x_bar += power_bwd(power_stack.pop(), total_bar * c)
    return x_bar


def example(rng):
    return f, f_grad, (float(rng.normal()),), (0,)
