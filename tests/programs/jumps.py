"""break, continue and return, anywhere."""

import numpy as np

from tests.zoo import arr, ex, pos, program


@program(ex(0.7, 5), ex(1.4, 5), ex(0.7, 0))
def break_on_a_value(x, n):
    y = x
    for i in range(n):
        y = y * x + 0.5
        if y > 2.0:
            break
    return y * x


@program(ex(0.7, 5), ex(1.4, 5), ex(3.0, 5))
def break_before_the_update(x, n):
    y = x
    for i in range(n):
        if y > 2.0:
            break
        y = y * x + 0.5
    return y * i


@program(ex(0.7, 6), ex(0.7, 0))
def continue_before_the_update(x, n):
    y = x
    for i in range(n):
        if i % 3 == 1:
            continue
        y = y * x + i
    return y


@program(ex(0.7, 6), ex(0.7, 0), ex(-0.6, 4), ex(0.2, 5))
def continue_between_updates(x, n):
    y = x
    z = 1.0
    for i in range(n):
        y = y * x + 0.1
        if y > 0.3:
            continue
        z = z * y
        y = y + 0.4
    return y * z


@program(ex(arr(8)), ex(arr(0)))
def continue_on_a_value(x):
    s = 0.5
    for v in x:
        if v < 0:
            continue
        s = s * v + v
    return s


@program(ex(arr(8), 0.9), ex(-pos(4), 0.9), ex(pos(4), 0.9), wrt=(0, 1))
def break_and_continue(x, limit):
    s = 0.1
    for v in x:
        if v < 0:
            s = s * 0.9
            continue
        s = s + v * v
        if s > limit:
            s = s * limit
            break
        s = s * 1.1
    return s


@program(ex(0.7), ex(2.7), ex(90.0, 1e-10))
def newton_with_break(a, tol=1e-13):
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


@program(ex(0.7, 5), ex(1.4, 5), ex(0.7, 0))
def return_in_a_loop(x, n):
    y = x
    for i in range(n):
        y = y * x + 0.5
        if y > 2.0:
            return y * i
    return y * x


@program(ex(0.75), ex(1.4), ex(0.1), ex(2.0), ex(0.695))
def return_in_nested_loops(x):
    y = x
    for i in range(4):
        for j in range(3):
            y = y + x * x * j
            if y > 3.0:
                return y * i + j * x
        y = y * x
        if y > 2.0:
            return y
    return y * y


@program(ex(0.7), ex(1.4), ex(-0.3), ex(-1.4))
def return_in_while_in_for(x):
    y = x
    for i in range(3):
        k = 0
        while k < 4:
            k = k + 1
            y = y * x + 0.3
            if y > 2.5:
                return y * y
            if y < -0.5:
                break
            if k == 2:
                continue
            y = y + 0.1 * x
        y = y * 0.8
    return y


@program(ex(0.7), ex(1.2), ex(0.27), ex(1.9))
def break_in_if_in_for_in_while(x):
    y = x
    rounds = 0
    while rounds < 4:
        rounds += 1
        for i in range(5):
            y = y * x + 0.2 * i
            if i > 1:
                if y > 1.0:
                    y = y * 0.5
                    break
                else:
                    y = y + x
            y = y + 0.05
        if y > 2.0:
            break
    return y * rounds + i


@program(ex(0.7), ex(1.2))
def breaks_at_both_levels(x):
    s = x
    for i in range(5):
        for j in range(5):
            if j > i:
                break
            s = s * x + 0.1 * j
        if s > 1.5:
            break
        s = s + x
    return s * i + j


@program(ex(0.7), ex(1.2))
def while_true(x):
    y = x
    while True:
        y = y * 1.5 + x
        if y > 10.0:
            break
    return y


@program(ex(0.7), ex(1.2), ex(9.0))
def while_true_with_return(x):
    y = x
    while True:
        if y > 8.0:
            return y * x
        y = y * y + x


@program(ex(0.7, 4), ex(1.7, 4), ex(0.7, 0))
def for_else_with_break(x, n):
    y = x
    for i in range(n):
        y = y * x + 0.3
        if y > 2.0:
            y = y * 2.0
            break
    else:
        y = y * y + x
    return y


@program(ex(0.7), ex(1.7))
def while_else_with_break(x):
    y = x
    k = 0
    while k < 5:
        y = y * x + 0.3
        k += 1
        if y > 2.0:
            break
    else:
        y = -y * x
    return y * k


@program(ex(0.7, 5), ex(0.7, 1))
def loop_variable_after_a_break(x, n):
    for i in range(n):
        t = x * (i + 1.0)
        if t > 2.0:
            break
    return t * t * i + x**i


@program(ex(arr(5)), ex(pos(5)))
def element_after_a_break(x):
    s = 1.0
    for v in x:
        s = s * v
        if v < 0:
            break
    return s * v


@program(ex(arr(6)), ex(pos(6)))
def first_negative(x):
    for i, v in enumerate(x):
        if v < 0:
            return v * v * i
    return np.sum(x)


@program(ex(0.7), ex(-0.6), ex(1.2), ex(0.2))
def returns_of_different_kinds_of_work(x):
    if x > 0:
        for i in range(3):
            x = x * x
            if x < 0.1:
                return np.sin(x)
        return x
    while x < 2.0:
        x = x + 0.9
    return x * x


@program(ex(0.7), ex(1.3))
def break_always(x):
    y = x
    for i in range(4):
        y = y * x
        break
    return y


@program(ex(0.7), ex(1.3))
def return_always_in_a_loop(x):
    for i in range(4):
        y = x * x
        return y * x
    return x


@program(ex(0.7), ex(1.3))
def continue_as_the_last_statement(x):
    y = x
    for i in range(3):
        y = y * x
        continue
    return y


@program(ex(0.7), ex(1.3), ex(-1.5), ex(0.9))
def continue_in_nested_branches(x):
    y = x
    for i in range(7):
        y = y + 0.1 * x
        if i % 2:
            if y > 1.1:
                y = y * 0.7
                continue
            elif i == 3:
                y = y * x
            else:
                continue
            y = np.sin(y)
        y = y * 1.1
    return y


@program(ex(0.7), ex(1.3))
def continue_in_a_while(x):
    y = x
    k = 0
    while k < 8:
        k += 1
        if k % 2:
            continue
        y = y * x + 0.1
        if k == 6:
            continue
        y = np.sin(y)
    return y


@program(ex(0.7), ex(1.3), ex(0.2))
def values_defined_before_the_break(x):
    for i in range(6):
        a = x * (i + 1)
        if a > 1.5:
            break
        b = a * x
    else:
        a = x
        b = x * x
    return a + i * x * (b if i > 1 else 1.0)


@program(ex(0.7), ex(0.2), ex(1.9))
def overwritten_between_exit_and_use(x):
    y = x * x
    z = 1.0
    for i in range(5):
        z = z * y
        y = y + 0.3 * x
        if z > 1.5:
            y = 2.0
            break
        z = z + y
    return y * z


@program(ex(pos(4, 3)), ex(arr(4, 3)))
def skips_rows(x):
    s = 0.0
    for i in range(x.shape[0]):
        if x[i, 0] < 0:
            continue
        for j in range(x.shape[1]):
            if x[i, j] < 0:
                break
            s = s * 0.5 + x[i, j] ** 2
        else:
            s = s * 2.0
    return s


@program(ex(0.7), ex(-0.7), ex(1.7))
def guard_clauses(x):
    if x < 0:
        return -x
    y = x * x
    if y > 2:
        return y
    z = y * x
    for _ in range(2):
        z = z * y
    return z


@program(ex(0.7), ex(2.0))
def returns_a_tuple_early(x):
    if x > 1:
        return x, x * x
    y = np.sin(x)
    return y * y, y
