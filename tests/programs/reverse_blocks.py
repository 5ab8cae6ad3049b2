"""Blocks that run in the reverse sweep, and leave the derivative what it is."""

import numpy as np

from srcgrad import on_reverse
from tests.zoo import arr, ex, pos, program

KINDS = (ex(0.7), ex(arr(2)), ex(pos(2, 3)))


@program(*KINDS)
def reads_only(x):
    h = np.sin(x)
    with on_reverse(h) as h_bar:
        assert np.shape(h_bar) == np.shape(h)
        size = np.max(np.abs(h_bar))
        assert size >= 0.0, size
    return h * h * x


@program(*KINDS)
def changes_in_place(x):
    h = x * x
    with on_reverse(h, x) as (h_bar, x_bar):
        h_bar *= 2.0
        x_bar /= 2.0
        h_bar *= 0.5
        x_bar *= 2.0
    return np.sum(h * x)


@program(*KINDS)
def assigns(x):
    h = np.exp(x)
    g = h
    with on_reverse(h) as h_bar:
        h_bar = np.clip(h_bar, -1e9, 1e9)
    return np.sum(h * g)


@program(*KINDS)
def assigns_what_is_tested(x):
    h = np.exp(x)
    with on_reverse(h) as bar:
        copied = np.array(bar)
        bar = copied if np.ndim(h) else float(copied)
    return np.sum(h * x)


@program(ex(0.7, 3), ex(arr(3), 2), ex(arr(3), 0))
def in_a_loop(x, n):
    h = x
    for i in range(n):
        before = h
        with on_reverse(before, x) as (before_bar, x_bar):
            assert np.shape(before_bar) == np.shape(x_bar) == np.shape(before)
        h = np.tanh(h * x + i)
        with on_reverse(h) as h_bar:
            for k in range(3):
                if k > i:
                    break
                h_bar *= 1.0
    return np.sum(h)


@program(ex(0.7, 100.0), ex(2.5, 0.1))
def in_a_while_loop_with_exit(x, limit):
    steps = 0
    while steps < 20:
        x = x * x + 0.5
        steps += 1
        with on_reverse(x) as x_bar:
            assert steps > 0
            x_bar = x_bar + 0.0
        if x > limit:
            break
    return x


@program(ex(arr(3), 1), ex(arr(3), -1), ex(0.7, 1))
def in_branches(x, flag):
    y = x * x
    z = y + 1.0
    if flag > 0:
        with on_reverse(y) as y_bar:
            y_bar *= 1.0
        z = z * y
    else:
        with on_reverse(z, x) as (z_bar, x_bar):
            assert np.shape(z_bar) == np.shape(x_bar)
    return np.sum(z * y)


def _hooked(y, s):
    with on_reverse(y, s) as (y_bar, s_bar):
        assert np.ndim(s_bar) == 0
        assert np.shape(y_bar) == np.shape(y)
        y_bar *= 1.0
    return y * s


@program(*KINDS)
def in_a_callee(x):
    return np.sum(_hooked(_hooked(x, 3.0), 0.5))


@program(ex([0.3, 0.7]), ex((0.3, arr(2))))
def of_lists(xs):
    with on_reverse(xs) as xs_bar:
        assert len(xs_bar) == len(xs)
    a, b = xs
    return np.sum(a * b)


@program(ex(arr(3)))
def of_rows(x):
    total = 0.0
    for row in x:
        part = row * row
        with on_reverse(part) as part_bar:
            part_bar = part_bar * 1.0
        total += part
    return total


@program(*KINDS)
def of_what_is_returned(x):
    y = x * x
    with on_reverse(y) as y_bar:
        y_bar *= 1.0
    return y


@program(*KINDS)
def of_what_does_not_matter(x):
    y = x * x
    c = np.ones(3)
    with on_reverse(y, c) as (y_bar, c_bar):
        assert np.all(y_bar == 0.0)
        assert np.all(c_bar == 0.0)
        c_bar += 1.0
    return np.sum(x * 3.0)


@program(*KINDS)
def on_one_line(x):
    y = np.cos(x)
    with on_reverse(y) as y_bar: y_bar *= 1.0  # fmt: skip
    return np.sum(y * x)


@program(*KINDS)
def tries_and_catches(x):
    y = np.cos(x)
    with on_reverse(y) as y_bar:
        try:
            found = y_bar.nothing
        except AttributeError:
            found = [v for v in np.ravel(y_bar)]
        else:
            raise AssertionError
        assert len(found) == np.size(y)
    return np.sum(y * x)


@program(*KINDS)
def as_a_loop_over_nothing(x):
    y = np.cos(x)
    for y_bar, x_bar in on_reverse(y, x):
        for k in range(2):
            if k:
                continue
            y_bar *= 1.0
        assert np.shape(x_bar) == np.shape(x)
        assert np.any(y_bar != 0.0)
    return np.sum(y * x)
