"""Generator functions that the function itself runs through."""

import numpy as np

from tests.zoo import arr, ex, program

VECTOR = ex(np.array([0.31, 0.72, 1.13]))


def pairs(x, k=2):
    """Twice what is large."""
    for a in x:
        if a > 0.5:
            yield a * a * k
        yield a
    return


def forever(a):
    n = 0
    while True:
        yield a * n
        n += 1


def nested(x):
    yield from pairs(x)
    for v in forever(x[0]):
        if v > 1.0:
            return
        yield v


def with_names_of_its_caller(x):
    s, v, total = 0.0, 1.0, 2.0
    for a in x:
        s, v, total = s + a * v, v * 2.0, total + 1.0
        yield s * total


def chunks(v, n):
    while len(v):
        yield v[:n]
        v = v[n:]


@program(VECTOR, ex([0.3, 0.7, 1.1]))
def run_through(x):
    s = 0.0
    for v in pairs(x):
        s = s * v + v
    return s


@program(VECTOR)
def taken_at_once(x):
    products = [v * 2.0 for v in pairs(x)]
    total = sum(pairs(x, k=3)) * np.sin(max(pairs(x)))
    return total + sum(products) * len(list(pairs(x))) + sum(np.sum(c) ** 2 for c in chunks(x, 2))


@program(VECTOR)
def left_early(x):
    s = 1.0
    for i, v in enumerate(forever(x[1])):
        if i == 0:
            continue
        if v > 3.0:
            break
        s = s * v
    else:
        s = 100.0
    return s


@program(VECTOR, ex(np.array([0.12, 0.23, 0.31])))
def returns_from_loops(x):
    v = x[0]
    for v in nested(x):
        for w in forever(v + 0.1):
            if w > 2.0:
                break
            if w * v > 1.5:
                return w * v
        v = v * 2.0
    return v


@program(VECTOR)
def one_inside_of_itself(x):
    s = x[0]
    for v in pairs(x):
        for w in pairs(x):
            if w > v:
                continue
            s = s + v * w
            if s > 3.0:
                break
        else:
            s = s * 1.5
    return s


@program(VECTOR)
def names_are_apart(x):
    s, v, a = 1.0, 0.5, 0.0
    for total in with_names_of_its_caller(x=x[:2]):
        s = s * total
        a = s
    _, item = x[0], x[1]
    for v in nested(x):
        if v > 0.65:
            continue
        s = s + v * item
    return s * v * _ * item * a


@program(VECTOR)
def what_it_reads_changes(x):
    y = x.copy()

    def gen(n):
        for i in range(n):
            yield y[i]

    for v in gen(3):
        y[2] = y[2] * v
    return np.sum(y) * x[0]


@program(VECTOR)
def raised_inside(x):
    def gen(n=2, *, k=1.0):
        i = 0
        while i < n:
            if i == 1:
                i += 1
                continue
            yield x[i] * k
            i += 1

    s = 1.0
    try:
        for v in gen(9, k=x[1]):
            s = s * v
    except IndexError:
        s = s * x[2]
    for v in gen():
        with np.errstate(all="ignore"):
            if v > 5.0:
                return s
            s = s + v
    return s


@program(VECTOR)
def targets_of_its_loop(x):
    out = np.zeros(3)

    def places():
        for i in range(3):
            yield i, x[i]

    for i, out[i] in places():  # noqa: B020
        pass
    for k, (i, v) in enumerate(places(), start=2):
        out[i] *= v * k
    return np.sum(out)


@program(VECTOR)
def made_in_turns(x):
    s = 0.0
    for i in range(2):

        def gen():
            for v in x:
                yield v * i  # noqa: B023

        for v in gen():
            s += v * v
    return s


@program(ex(arr(4)))
def running_totals(x):
    def totals(values):
        total = 0.0
        for a in values:
            total += a
            yield total

    for total in totals(x):
        if total > 1.5:
            break
    else:
        total = x[0] * 3.0
    return total * total


@program(VECTOR)
def an_inner_one_inside_of_itself(x):
    def gen(n):
        for i in range(n):
            yield x[i]

    s = 0.0
    for v in gen(3):
        for w in gen(2):
            if v < w:
                continue
            s = s + v * w * w
    return s


@program(VECTOR)
def hidden_by_a_parameter(x):
    def apply(pairs):
        s = 0.0
        for v in pairs(x):
            s += v * v
        return s

    return apply(lambda z: [z[0] * 3.0, z[1]])
