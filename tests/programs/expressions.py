"""``:=``, and ``and`` and ``or`` as values."""

import numpy as np

from tests.zoo import arr, ex, program

VECTOR = ex(arr(3))
KINDS = ex(arr(3)), ex(np.array(0.7))


@program(VECTOR)
def walrus_in_tests(x):
    if (y := x[0] * 2.0) > 0.0 and (z := y * x[1]) > -9.0:
        return y * z
    return y


@program(VECTOR)
def walrus_in_a_loop(x):
    i = 0
    total = 0.0
    while (v := x[i] * x[i]) < 9.0 and i < 2:
        total += v * (w := v + 1.0) * w
        i += 1
    return total * v


@program(*KINDS)
def walrus_in_an_expression(x):
    y = np.sin(x)
    return np.sum(y * (y := y * 2.0) + y * (z := np.exp(y)) + z)


@program(VECTOR)
def walrus_in_comprehensions(x):
    values = [y * y for v in x if (y := np.sin(v)) > -2.0]
    return sum(values) * y + sum((last := v) * v for v in x) * last


@program(VECTOR)
def walrus_in_a_ternary(x):
    return (y := x[0]) * 2.0 if (t := x[1]) > 9.0 else (y := t * x[2]) * y


@program(VECTOR)
def walrus_in_an_index(x):
    y = x.copy()
    y[1] = (k := x[0]) * k
    y[1] *= (s := x[2])
    return np.sum(y) * s * [x[0], (u := x[1])][1] * u


@program(VECTOR)
def walrus_in_calls(x):
    return max((a := x[0] * x[1]), -9.0) + np.sum((b := x) * b) * a


@program(ex(arr(3), None), ex(arr(3), 2.0), ex(arr(3), 0.0))
def default_by_or(x, scale):
    scale = scale or 3.0
    return np.sum(x * x) * scale


@program(VECTOR, ex(np.array([0.0, 0.4, -0.3])))
def and_or_of_values(x):
    y = x[1] and x[2]
    z = x[0] * 0.0 or x[1] * x[1]
    return y * z + (x[0] * x[0] > 5.0 and 1.0 or x[2])


@program(VECTOR)
def chains_of_and_or(x):
    a = x[0] * 0.0 or 0.0 or x[1]
    b = x[0] and x[1] and x[2] * x[0]
    c = (x[0] and 0.0) or (x[1] and x[2])
    return a * b + c


@program(*KINDS)
def or_of_arrays(x, w=None):
    w = w or [x, x * 2.0]
    return np.sum(w[0] * w[1])
