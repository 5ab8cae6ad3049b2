"""``with``: what NumPy does with errors, managers of the user's, exits from inside."""

import contextlib
import warnings

import numpy as np

import srcgrad
from tests.zoo import arr, ex, program

VECTOR = ex(arr(3))
KINDS = ex(arr(3)), ex(np.array(0.7))
ENTERED = []


@contextlib.contextmanager
def scaled(by=2.0):
    ENTERED.append(by)
    yield by
    ENTERED.pop()


class Counted:
    entered = 0

    def __enter__(self):
        Counted.entered += 1
        return self

    def __exit__(self, *error):
        return False


@program(*KINDS)
def errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x * x)
        y = y * x
    return np.sum(y)


@program(ex(np.array([0.4, -0.2, -0.3])))
def errstate_where_it_matters(x):
    with np.errstate(all="ignore"):
        y = np.where(x > 0.0, x / np.abs(x) * x, 0.0)
        z = np.where(x < 0.0, x**3, np.sqrt(x * x + 1.0))
    return np.sum(y * z)


@program(*KINDS, saves=False)
def managers_of_the_users(x):
    with scaled(3.0) as by, scaled() as more:
        y = x * by
        with Counted():
            y = y * more
    return np.sum(y * x)


@program(*KINDS, saves=False)
def manager_in_a_loop(x):
    y = x
    for k in range(3):
        with scaled(1.0 + k) as by, np.errstate(over="ignore"):
            y = y * by * x
    return np.sum(y)


@program(ex(arr(3), 0), ex(arr(3), 1), ex(arr(3), 2), ex(arr(3), 3))
def exits_from_inside(x, n):
    total = 0.0
    for k in range(4):
        with contextlib.nullcontext():
            if k == n:
                break
            if k == 1:
                continue
            with np.errstate(all="ignore"):
                if n == 3 and k == 2:
                    return total * x[0]
                total = total + x[1] * x[2]
        total = total * 2.0
    return total * x[2] + x[0] * x[0]


@program(*KINDS)
def returns_from_inside(x):
    with np.errstate(all="ignore"):
        y = x * x
        return np.sum(np.sin(y))


@program(VECTOR)
def stores_inside(x):
    y = np.zeros(3)
    with contextlib.nullcontext(2) as n, np.errstate(all="ignore"):
        for k in range(n):
            y[k] = x[k] * x[k + 1]
            y[k] *= y[k]
    return np.sum(y * x)


@program(VECTOR)
def branches_inside(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if x[0] > 0.0:
            y = x * x
        else:
            y = x
        z = y * 2.0
    return np.sum(z * y)


@program(*KINDS)
def modes_left_early(x):
    with srcgrad.train_mode():
        if srcgrad.is_training():
            return np.sum(x * x)
    return np.sum(x)


def inner(x):
    with scaled(2.0) as by:
        if np.sum(x) > 9.0:
            return x
        return x * by * x


@program(*KINDS, saves=False)
def in_a_callee(x):
    return np.sum(inner(x) * x)


@program(VECTOR)
def suppressed(x):
    s = x[0] * 1.0
    with contextlib.suppress(IndexError, KeyError):
        s = s * x[1]
        s = s * x[50]
        s = s * 3.0
    return s
