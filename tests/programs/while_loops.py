"""while, by counters and by active values."""

import numpy as np

from tests.zoo import arr, ex, pos, program


@program(ex(0.7, 4), ex(0.7, 0), ex(arr(3), 3))
def counted(x, n):
    y = x
    k = 0
    while k < n:
        y = y * x + k
        k = k + 1
    return y


@program(ex(0.7), ex(7.0), ex(11.0), ex(-0.3), ex(2))
def doubled_until_large(x):
    y = x * 2.0
    while abs(y) < 10.0:
        y = y * 2.0
    return y


@program(ex(arr(3)), ex(arr(2, 2)), ex(1.7), ex(-1.7), ex(1e4))
def chapter_function(a):
    b = a * 2
    while np.linalg.norm(b) < 1000:
        b = b * 2
    if np.sum(b) > 0:
        c = b
    else:
        c = 100 * b
    return c


@program(ex(2.7), ex(0.4), ex(np.float64(90.0)))
def newton_square_root(a):
    x = 0.5 * (1.0 + a)
    while abs(x * x - a) > 1e-14 * a:
        x = 0.5 * (x + a / x)
    return x


@program(ex(1.3), ex(0.6))
def nonlinear_body_active_test(x):
    y = x
    while y < 30.0:
        y = y * y + x
    return y * x


@program(ex(1.3, 0.4), ex(0.1, 2.2), wrt=(0, 1))
def two_carried_values(x, y):
    n = 0
    while x + y < 50.0:
        x, y = x * y + x, y + x
        n += 1
    return x * y * n


@program(ex(0.7))
def never_entered(x):
    y = x * x
    while x < 0:
        y = y * x
        x = x + 1
    return y * x


@program(ex(2.5, 3), ex(2.5, 0))
def counts_down(x, n):
    y = 1.0
    while n:
        y = y * x
        n -= 1
    return y + n


@program(ex(pos(5)), ex(arr(0)))
def walks_an_array(x):
    i = 0
    s = 0.0
    while i < len(x):
        s = s + x[i] * x[i] * s + x[i]
        i += 1
    return s


@program(ex(pos(5)), ex(pos(8)))
def index_jumps(x):
    i = 0
    s = 0.3
    while i < len(x):
        s = s * x[i] + i
        i = 2 * i + 1
    return s * i


@program(ex(pos(5)))
def stops_by_the_data(x):
    i = 0
    s = 0.0
    while s < 1.5 and i < len(x):
        s = s + x[i] ** 2
        i = i + 1
    return s * x[i - 1]


@program(ex(6, 1.3), ex(27, 0.9), wrt=1)
def collatz(n, x):
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            x = x * 1.01
        else:
            n = 3 * n + 1
            x = np.sin(x)
    return x


@program(ex(0.7, 3), ex(0.7, 0))
def nested_whiles(x, n):
    s = x
    i = 0
    while i < n:
        j = 0
        while j <= i:
            s = s * x + j
            j += 1
        s = np.tanh(s)
        i += 1
    return s * j if n else s


@program(ex(0.7, 3))
def inner_counter_not_reset(x, n):
    s = x
    i = 0
    j = 0
    while i < n:
        while j < 2 * i:
            s = s * x + j
            j += 1
        s = s + x * j
        i += 1
    return s


@program(ex(0.7, 3), ex(0.7, 0))
def while_in_a_for(x, n):
    s = x
    for i in range(n):
        while s < i + 1.0:
            s = s * 1.5 + x
        s = s * 0.5
    return s


@program(ex(0.7, 6))
def for_in_a_while(x, n):
    s = x
    while n > 0:
        for i in range(n):
            s = s + 0.1 * x * i * s
        n = n - 2
    return s


@program(ex(0.7), ex(3.0))
def while_else(x):
    y = x
    while y < 2.0:
        y = y * 1.7
    else:
        y = y * x
    return y


@program(ex(0.9), ex(0.3))
def test_with_a_call(x):
    y = x
    while np.sin(y) > 0.1:
        y = y * 1.3
    return y * y


@program(ex(pos(3)), ex(pos(2, 2)))
def array_carried(x):
    y = x
    while np.sum(y) < 40.0:
        y = y * y + x
    return y


@program(ex(0.7, 4), ex(0.7, 1))
def defined_only_in_the_body(x, n):
    k = 0
    while k < n:
        t = x * (k + 1)
        k += 1
        u = t * t
    return t * u * x


@program(ex(0.7, 4), ex(0.7, 0))
def swap_in_a_while(x, n):
    a = x
    b = 1.0
    while n > 0:
        a, b = b, a * x + b
        n -= 1
    return a * b


@program(ex(0.7), ex(0.2))
def decays_until_small(x):
    total = 0.0
    term = 1.0
    k = 0
    while abs(term) > 1e-12:
        total += term
        k += 1
        term = term * x / k
    return total
