"""if, elif, else: decided by active values, by constants, by arguments."""

import numpy as np

from tests.zoo import arr, ex, program

BOTH = (ex(0.7), ex(-0.7), ex(np.float64(0.7)), ex(np.array(-0.7)))


@program(*BOTH)
def if_else(x):
    if x > 0:
        y = x * x
    else:
        y = -3.0 * x
    return y


@program(*BOTH)
def if_only(x):
    y = x * x
    if x > 0:
        y = y * x
    return y


@program(*BOTH)
def else_does_the_work(x):
    y = x * x
    if x > 0:
        pass
    else:
        y = y * x * x
    return y


@program(ex(0.7), ex(-0.7), ex(2.7), ex(5.7), ex(3))
def elif_chain(x):
    if x < 0:
        y = x * x
    elif x < 2:
        y = np.sin(x)
    elif x < 4:
        y = 2.0 * x
    else:
        y = 1.0 / x
    return y * x


@program(ex(0.7, True), ex(0.7, False), ex(arr(3), True), ex(arr(3), False))
def decided_by_an_argument(x, flag):
    if flag:
        y = x * x
    else:
        y = x
    return y * x


@program(*BOTH)
def active_in_one_branch_only(x):
    y = 1.0
    if x > 0:
        y = x * x
    return y * 3.0


@program(*BOTH)
def overwritten_by_a_constant_in_a_branch(x):
    y = x * x
    if x > 0:
        y = 2.0
    return y * x


@program(*BOTH)
def defined_in_a_branch_and_used_in_its_like(x):
    if x > 0:
        t = x * x
    y = x
    if x > 0:
        y = t * y
    return y


@program(*BOTH)
def different_names_in_the_branches(x):
    if x > 0:
        a = x * x
        result = a * a
    else:
        b = np.sin(x)
        result = b * 3.0
    return result


@program(*BOTH)
def condition_variable_overwritten(x):
    if x > 0:
        x = -2.0 * x
    else:
        x = x * x
    if x > 0:
        x = x * 3.0
    return x * x


@program(ex(0.7, 0.3), ex(-0.7, 0.3), ex(0.7, -0.3), ex(-0.7, -0.3), wrt=(0, 1))
def nested_branches(x, y):
    if x > 0:
        z = x * y
        if y > 0:
            z = z * z
        else:
            x = x * 2.0
    else:
        if y > 0:
            z = x
        else:
            z = y * y
            y = x
    return z * x * y


@program(*BOTH)
def early_return(x):
    if x > 0:
        return x * x
    return 3.0 * x


@program(*BOTH)
def returns_in_both_branches(x):
    y = np.sin(x)
    if y > 0:
        return y * x
    else:
        return y * y * y


@program(ex(0.7), ex(-0.7), ex(2.5))
def returns_in_the_middle(x):
    y = x * x
    if x < 0:
        return y
    y = y * x
    if y > 8:
        y = y * 2.0
        return y + x
    y = y * x
    return y


@program(*BOTH)
def returns_a_constant(x):
    if x > 0:
        return 1.0
    return x * x


@program(*BOTH)
def code_after_return(x):
    return x * x
    return x


@program(ex(0.7, 0.3), ex(0.3, 0.7), ex(0.4, 0.2), wrt=(0, 1))
def boolean_conditions(x, y):
    if x > y and x > 0.5:
        z = x * y
    elif not (x > y) or y == 0.3:
        z = x * x
    else:
        z = y
    return z


@program(ex(0.7), ex(1.7), ex(-0.2))
def chained_comparison(x):
    if 0.0 < x < 1.0:
        y = x * x
    else:
        y = 2.0 * x
    return y


@program(ex(arr(4)), ex(-arr(4)))
def decided_by_a_reduction(x):
    if x.sum() > 0:
        y = x * x
    else:
        y = np.exp(x)
    return y * x


@program(ex(arr(3)), ex(arr(2, 3)), ex(0.3))
def decided_by_the_dimension(x):
    if np.ndim(x) == 1:
        y = x * x
    elif np.ndim(x) == 2:
        y = x @ x.T
    else:
        y = np.sin(x)
    return y


@program(ex(arr(3), 0.3), ex(-arr(3), 0.3), wrt=(0, 1))
def kinds_differ_by_branch(x, a):
    if np.sum(x) > 0:
        y = x * a
    else:
        y = a * a
    return y * a


@program(ex(0.7, None), ex(0.7, 0.3))
def decided_by_none(x, bias):
    y = x * x
    if bias is not None:
        y = y + bias * x
    return y


@program(ex(0.7, "square"), ex(0.7, "sine"), ex(0.7, "other"))
def decided_by_a_string(x, mode):
    if mode == "square":
        return x * x
    elif mode == "sine":
        return np.sin(x)
    return x


@program(ex(0.7, 2), ex(0.7, 0), ex(arr(2), 2))
def decided_by_truth(x, n):
    if n:
        x = x * n
    if not n:
        x = x * x
    return x * x


@program(*BOTH)
def both_branches_keep_the_argument(x):
    if x > 0:
        y = x
    else:
        y = x
    y = y * y
    return y * x


@program(ex(0.7, 0.2), ex(-0.7, 0.2), wrt=(0, 1))
def aliases_by_branch(a, b):
    if a > 0:
        c = a
    else:
        c = b
    d = c * c
    c = c * a
    return c * d + b


@program(ex(arr(3), arr(3, seed=1), True), ex(arr(3), arr(3, seed=1), False), wrt=(0, 1))
def array_aliases_by_branch(a, b, flag):
    if flag:
        c = a
    else:
        c = b
    return c * a + c


@program(*BOTH)
def branch_with_only_dead_code(x):
    y = x * x
    if x > 0:
        z = y * y
    return y


@program(*BOTH)
def deep_branches(x):
    y = x
    if x > -1:
        y = y * x
        if x > -0.5:
            y = y * x
            if x > 0:
                y = y * x
                if x > 0.5:
                    y = y * x
    return y


@program(ex(arr(3)), ex(np.array(0.7)))
def text_that_is_made(x):
    name, other = f"{np.ndim(x)} axes", str(3)
    y = x * 2.0 if isinstance(name, str) else x * 3.0
    if other is None or not isinstance(other, str):
        y = y * 5.0
    match name:
        case str():
            y = y * x
        case _:
            y = y * 7.0
    return np.sum(y)
