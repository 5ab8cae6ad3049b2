"""Statements without derivative stay in the forward sweep and run once."""

import numpy as np

from tests.zoo import arr, ex, pos, program

KINDS = (ex(0.7), ex(arr(2)))


@program(*KINDS)
def prints(x):
    print("in", x)
    y = x * x
    print("out", y, sep=": ")
    return y


@program(ex(0.7, 3), ex(0.7, 0))
def prints_in_a_loop(x, n):
    for i in range(n):
        print(i, x)
        x = x * x
        print(f"{x:.3f}")
    return x


@program(*KINDS)
def asserts(x):
    assert np.all(x > -10), "too small"
    y = x * x
    assert np.shape(y) == np.shape(x)
    return y * x


@program(*KINDS)
def raises_elsewhere(x):
    if np.any(x > 100):
        raise ValueError(f"too large: {x}")
    return x * x


@program(*KINDS)
def passes(x):
    pass
    "a string"
    ...
    return x * x


@program(*KINDS)
def imports(x):
    import math as m

    return x * x * m.pi


@program(ex(0.7, []), ex(arr(2), [1]))
def reads_a_list(x, log):
    n = len(log)
    return x * x + n


@program(ex(pos(3)))
def prints_between_overwrites(x):
    print(x)
    x = np.sin(x)
    print(x)
    x = x * x
    print(x)
    return x


@program(ex(0.7), ex(-0.7))
def prints_before_an_exit(x):
    for i in range(4):
        print(i)
        x = x * 1.5 + 0.2
        if x > 1.0:
            print("left")
            return x * x
    print("stayed")
    return x


@program(ex(0.7))
def assertion_on_the_carried_value(x):
    y = x
    for i in range(3):
        y = y * x
        assert y < 1.0, y
    return y


def noisy(x):
    print("noisy", x)
    return x * x


@program(ex(0.7), ex(arr(2)))
def prints_in_a_callee(x):
    y = noisy(x)
    return y * noisy(y)
