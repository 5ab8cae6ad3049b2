"""Calls of user functions that write into their arguments, hand back views, share and recurse."""

import numpy as np

from tests.zoo import arr, ex, program

# Helpers.


def double_first(y):
    y[0] *= 2.0


def scale_by(y, w):
    y *= w
    return y


def tail(y):
    return y[1:]


def halves(y):
    n = len(y) // 2
    return y[:n], y[n:]


def relax(u, f, k):
    for i in range(1, len(u) - 1):
        u[i] = 0.5 * (u[i - 1] + u[i + 1]) * k + f[i]


def exchange(y, i, j):
    y[i], y[j] = y[j], y[i]


def add_into(target, value, where=0):
    target[where] += value


def swap(a, b):
    kept = a.copy()
    a[:] = b
    b[:] = kept


def larger(a, b):
    if a[0] > b[0]:
        return a
    return b


# Programs.


@program(ex(arr(3)), ex(arr(3, 2)))
def procedure_without_result(x):
    y = x * x
    double_first(y)
    z = y * x
    double_first(y)
    double_first(z)
    return y * z


@program(ex(arr(3)), ex(arr(2, 2)))
def procedure_on_the_parameter(x):
    s = x[0] * x[1]
    double_first(x)
    x += s
    double_first(x[::-1])
    return x * s


@program(ex(arr(3), arr(3, seed=1)), ex(arr(2, 2), arr(2)), wrt=(0, 1), optional=True)
def result_is_the_argument(x, w):
    y = np.sin(x)
    z = scale_by(y, w)
    z[0] = x[1]
    y += z
    return scale_by(scale_by(y, x), 2.0) * z


@program(ex(arr(4)), ex(arr(4, 2)), optional=True)
def result_is_a_view_of_the_argument(x):
    y = x * x
    t = tail(y)
    t[0] = x[0] * x[3]
    tail(t)[:] *= x[:2]
    y *= 1.5
    tail(tail(y))[0] += t[0]
    return y, t


@program(ex(arr(4)), ex(arr(5, 2)), optional=True)
def results_are_two_views(x):
    y = np.cos(x)
    a, b = halves(y)
    a *= b[:2]
    b[0] = a[1] * x[0]
    _, c = halves(b)
    c += a[:1]
    return y


@program(ex(arr(5), arr(5, seed=1), 0.9, 3), ex(arr(5), arr(5, seed=1), 0.9, 0), wrt=(0, 1, 2))
def sweeps_of_a_procedure(u, f, k, n):
    for _ in range(n):
        relax(u, f, k)
        relax(u[::-1], f, k)
        f[2] *= u[1]
    return u


def mix(a, b):
    a[0] = b[1] * b[2]
    b *= a
    a[1:] += b[:-1]
    return np.sum(a * b)


@program(ex(arr(3)), optional=True)
def same_array_twice(x):
    y = x * 1.5
    s = mix(y, y)
    z = np.sin(x)
    s += mix(y, z)
    return s * y, mix(z, z[::-1]) * z


@program(ex(arr(5)), ex(arr(5, 2)), optional=True)
def overlapping_views_of_one_array(x):
    y = x * x
    s = mix(y[:3], y[2:])
    s += mix(y[1:4], y[:3])
    return s * y


@program(ex(arr(4), [(0, 1), (2, 3), (1, 2)]), ex(arr(4), []), optional=True)
def elements_are_exchanged_by_a_call(x, pairs):
    y = x * x
    for i, j in pairs:
        exchange(y, i, j)
        y[i] *= x[j]
    return y * x


@program(ex(arr(3), arr(3, seed=1)), ex(-arr(3), arr(3, seed=1)), wrt=(0, 1), optional=True)
def result_is_one_or_the_other_argument(x, y):
    a = x * 2.0
    b = np.cos(y) - 0.5
    c = larger(a, b)
    c *= x
    larger(a, b)[1] = y[2]
    return a, b, c


@program(ex(arr(3), 4), ex(arr(3), 0), optional=True)
def keywords_and_defaults(x, n):
    y = np.zeros(3)
    for k in range(n):
        add_into(y, x[k % 3] * y[k % 3] + x[0])
        add_into(value=y[0] ** 2, target=y, where=(k + 1) % 3)
        add_into(y[1:], where=1, value=x[1])
    return y


# Recursion.


def sort_between(y, low, high):
    if low >= high:
        return
    pivot = y[high]
    store = low
    for i in range(low, high):
        if y[i] < pivot:
            exchange(y, i, store)
            store += 1
    exchange(y, store, high)
    sort_between(y, low, store - 1)
    sort_between(y, store + 1, high)


@program(ex(arr(6)), ex(arr(1)), ex(np.array([3.0, 2.0, 1.5, 1.0])))
def quicksort(x):
    y = x * x
    sort_between(y, 0, len(y) - 1)
    return y * x


def transform(re, im):
    n = len(re)
    if n == 1:
        return
    a, b = re[::2].copy(), im[::2].copy()
    c, d = re[1::2].copy(), im[1::2].copy()
    transform(a, b)
    transform(c, d)
    angle = -2.0 * np.pi * np.arange(n // 2) / n
    p = np.cos(angle) * c - np.sin(angle) * d
    q = np.cos(angle) * d + np.sin(angle) * c
    re[: n // 2], re[n // 2 :] = a + p, a - p
    im[: n // 2], im[n // 2 :] = b + q, b - q


@program(ex(arr(4)), ex(arr(8)))
def fourier_transform_in_place(x):
    re = x.copy()
    im = np.zeros_like(x)
    transform(re, im)
    return re**2 + im**2, re * im


def haar(y):
    if len(y) == 1:
        return
    n = len(y) // 2
    means, differences = y[::2] + y[1::2], y[::2] - y[1::2]
    y[:n] = means * 0.5
    y[n:] = differences * means
    haar(y[:n])


@program(ex(arr(4)), ex(arr(8)), ex(arr(4, 2)))
def recursion_on_a_view(x):
    y = x * 1.0
    haar(y)
    return y


def countdown(y, n):
    if n > 0:
        y[n % len(y)] *= y[0]
        countdown(y, n - 1)
        y[0] += y[n % len(y)]
        return n
    y *= 2.0
    return 0


@program(ex(arr(3), 3), ex(arr(3), 0), optional=True)
def writes_before_and_after_the_recursion(x, n):
    y = np.sin(x)
    k = countdown(y, n)
    return y * k + x * y


# Lists and dictionaries.


def record(history, value):
    history.append(value * value)
    if len(history) > 2:
        history.pop(0)


@program(ex(arr(2), 4), ex(arr(2), 1), optional=True)
def callee_changes_a_list(x, n):
    history = []
    h = x
    for _ in range(n):
        h = np.sin(h * x)
        record(history, h)
        history[0] = history[0] * 1.1
    return history[-1] * history[0] * len(history)


def update(params, gradients, rate=0.1):
    for name in gradients:
        params[name] = params[name] - rate * gradients[name]
        params["seen"].append(params[name] * rate)
    gradients.clear()


@program(ex(arr(2), 0.4, 2), ex(arr(2), 0.4, 0), wrt=(0, 1), optional=True)
def callee_changes_dictionaries(x, a, n):
    params = {"w": x * x, "b": a, "seen": []}
    for _ in range(n):
        gradients = {"w": np.sin(params["w"]), "b": params["b"] ** 2}
        update(params, gradients, rate=a)
        params["b"] += len(gradients)
    return params["w"] * params["b"], params["seen"]


def collect(value, into=None):
    if into is None:
        into = []
    into.append(value)
    return into


@program(ex(arr(3)), optional=True)
def list_that_is_made_by_a_callee(x):
    items = collect(x[0] * x[1])
    collect(x[2], items)
    again = collect(x[0], into=items)
    again[0] = again[0] * again[1]
    return items[0] * items[2] + len(collect(1.0))


def kicked(state, dt):
    q, p = state
    p -= dt * np.sin(q)
    q += dt * p
    return [p, q]


@program(ex(arr(2), arr(2, seed=1), 0.2, 3), wrt=(0, 1, 2), optional=True)
def arrays_in_a_list_change_in_a_callee(q, p, dt, n):
    state = [q, p]
    for _ in range(n):
        other = kicked(state, dt)
        other[0][0] *= 0.9
    return state[0] * other[0], q


# Logs.

LOG = []
COUNTS = {"calls": 0}


def logged(y, label):
    LOG.append(label)
    COUNTS["calls"] += 1
    y[0] = np.sin(y[1])
    return y


@program(ex(arr(3), 2), ex(arr(3), 0), saves=False, optional=True)
def log_gets_inactive_values(x, n):
    y = x * x
    for i in range(n):
        y = logged(y, f"turn {i}") * x
    LOG.append(y.shape)
    return y


# Callees of several kinds.


@program(ex(arr(3), 0.4), wrt=(0, 1), optional=True)
def inner_function_writes(x, a):
    y = x * x

    def bump(i, by):
        y[i] += by * a
        return y[i]

    s = bump(0, x[1]) * bump(2, a)
    y[1] = s
    bump(i=1, by=s)
    return y * s


@program(ex(arr(4)), ex(arr(4, 2)), optional=True)
def lambdas_and_functions_as_arguments(x):
    y = x * x

    def apply(f, *arrays):
        for array in arrays:
            f(array)

    apply(double_first, y, y[1:], y[2:])
    apply(lambda v: scale_by(v, x[0]), y[:2], y)
    view = lambda v: v[::-1]
    view(y)[0] = y[0] * x[1]
    return y


def normalise(y):
    if np.sum(y * y) > 1.0:
        y /= np.sqrt(np.sum(y * y))
        return True
    y[0] += 0.5
    return False


@program(ex(arr(3), 3), ex(2.0 * arr(3), 3), optional=True)
def control_depends_on_what_the_callee_returns(x, n):
    y = x * 1.0
    k = 0
    while k < n and normalise(y):
        y[k % 3] += 1.0 + x[k % 3]
        k += 1
    return y * (k + 1)


def scan(y, limit):
    for i in range(1, len(y)):
        y[i] += y[i - 1] ** 2
        if y[i] > limit:
            y[0] = y[i]
            return i
    return -1


@program(ex(arr(5), 0.6), ex(arr(5), 9.0), wrt=(0, 1))
def callee_leaves_its_loop(x, a):
    y = x * 1.0
    i = scan(y, a)
    y[i] *= a
    return y


def level_three(y, a):
    y[-1] = y[0] * a
    return y[:-1]


def level_two(y, a):
    v = level_three(y[1:], a * a)
    v *= a
    return v[::-1]


@program(ex(arr(4), 0.7), ex(arr(4, 2), 0.7), wrt=(0, 1), optional=True)
def views_pass_through_three_levels(x, a):
    y = np.sin(x)
    v = level_two(y, a)
    v[0] += y[3]
    y[2] *= v[1]
    return y, v


@program(ex(arr(3), arr(3, seed=1)), ex(arr(0), arr(0)), wrt=(0, 1))
def arrays_that_are_exchanged(x, w):
    a, b = x * x, w * x
    swap(a, b)
    swap(b, a * w)
    return a * x + b


def squashed(p):
    return np.tanh(p)


def turned(p):
    q = np.exp(p.T)
    return q.T


def both_of(p):
    a = np.sin(p)
    return a, np.exp(a)


@program(ex(arr(4)), ex(arr(3, 2)))
def what_a_callee_returns_and_needs_is_changed(x):
    a = squashed(x)
    a[1:] = a[:-1]
    b = turned(x)
    b[:-1] += b[1:]
    c, d = both_of(x)
    c[...] = c[::-1]
    d[1:] -= d[:-1]
    return np.sum(a) + np.sum(b) + np.sum(c) + np.sum(d)


@program(ex(arr(4), 3), ex(arr(4), 0))
def what_a_callee_needs_is_changed_in_a_loop(x, n):
    total = 0.0
    for _ in range(n):
        a = squashed(x * (1.0 + total))
        view = a[1:]
        view[:] = a[:-1]
        total = total + np.sum(a) / 9.0
    return total
