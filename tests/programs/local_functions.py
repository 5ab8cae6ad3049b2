"""Functions that are values of a function: inner functions, lambdas with names, partials, callbacks, ``*args``."""

import functools
import itertools
import math
import operator

import numpy as np

from tests.zoo import arr, ex, program

KINDS = ex(arr(3)), ex(np.array(0.7))
VECTOR = ex(arr(3))


@program(*KINDS)
def inner_function(x):
    def square(a):
        return a * a

    return np.sum(square(x) + square(np.sin(x)))


@program(*KINDS)
def reads_its_surroundings(x):
    k = np.sum(x) * 2.0

    def scaled(a):
        return a * k

    return np.sum(scaled(x))


@program(*KINDS)
def reads_what_is_bound_later(x):
    k = 1.0

    def scaled(a):
        return a * k

    y = scaled(x)
    k = np.sum(x)
    return np.sum(y * scaled(x))


@program(VECTOR)
def default_of_the_time_of_the_definition(x):
    k = x[0]

    def scaled(a, by=k * 2.0, *, plus=x[1]):
        return a * by + plus

    k = x[1]
    return np.sum(scaled(x)) + scaled(k, 3.0) + scaled(k, plus=2.0)


@program(VECTOR)
def binds_nonlocal(x):
    total = 0.0
    count = 0

    def add(v):
        nonlocal total, count
        total = total + v * v
        count += 1

    for v in x:
        add(v)
    add(x[0])
    return total * count


@program(VECTOR)
def counter_that_is_returned(x):
    def make(start):
        value = start

        def advance(by):
            nonlocal value
            value = value * by
            return value

        return advance

    first = make(x[0])
    second = make(x[1])
    a = first(x[2])
    b = second(x[0])
    c = first(2.0)
    return a + b * c + second(0.5)


def make_scaled(k, power=2):
    def scaled(a):
        return k * a**power

    return scaled


@program(VECTOR)
def functions_of_a_maker(x):
    double = make_scaled(2.0 * x[0])
    cube = make_scaled(x[1], power=3)
    return double(cube(x[2])) + make_scaled(x[2])(x[0])


def applied(g, x, *more):
    return g(x, *more) * 0.5


def applied_twice(g, x):
    return g(g(x))


@program(*KINDS)
def functions_as_arguments(x):
    k = np.sum(x)
    squared = applied(lambda a: a * a, x)
    scaled = applied(lambda a, b: a * b * k, x, 3.0)
    return np.sum(squared + scaled + applied_twice(lambda a: np.sin(a) * k, x) + applied(np.tanh, x))


@program(VECTOR)
def function_handed_on(x):
    def outer(h, a):
        def inner(b):
            return h(b) + a

        return applied(inner, a)

    return outer(lambda v: v * x[1], x[0]) + outer(math.sin, x[2])


@program(*KINDS)
def early_returns_inside(x):
    def piecewise(a):
        for k in range(4):
            if a * k > 1.0:
                return a * k
            if a < -5.0:
                break
        else:
            return np.sin(a)
        return a

    return piecewise(np.sum(x)) + piecewise(0.3 * np.sum(x)) + piecewise(np.sum(x) - 9.0)


@program(VECTOR)
def same_names_in_and_out(x):
    y = x * 2.0
    k = 3.0

    def first(x, y=1.0):
        k = x * y
        return k * k

    def second(y):
        x = np.sin(y)
        return first(y=x, x=y)

    return np.sum(second(y)) + np.sum(first(x, k)) * k


@program(VECTOR)
def names_of_comprehensions(x):
    def total(values):
        return sum([v * v for v in values])

    v = x[0]
    return total([v * w for w in x]) * v + sum([total([v, u]) for u in x])


@program(*KINDS)
def lambdas_with_names(x):
    square = lambda a: a * a  # noqa: E731
    scaled = lambda a, k=2.0, *, plus=1.0: square(a) * k + plus  # noqa: E731
    again = scaled
    return np.sum(scaled(x) + again(x, 3.0) + scaled(x, plus=np.sum(x)))


@program(VECTOR)
def lambda_called_at_once(x):
    return (lambda a, b=x[1]: a * b)(x[0]) + (lambda *a: a[0] * len(a))(x[2], 1.0)


@program(VECTOR)
def lambda_of_the_turn(x):
    total = 0.0
    for i in range(3):
        by = lambda a, i=i: a * x[i] * (i + 1)  # noqa: E731
        total += by(x[0])
    return total


@program(VECTOR)
def called_in_comprehensions(x):
    def weight(v, k):
        w = v * k
        return w * np.sin(w)

    square = lambda a: a * a  # noqa: E731
    return sum([weight(v, 2.0) for v in x]) + sum(square(v) for v in x) + sum([square(v + 1.0) for v in x if v > -9])


@program(VECTOR)
def called_in_tests(x):
    def small(v):
        return abs(v) < 1e-1

    def halved(v):
        return 0.5 * v

    y = x[0]
    count = 0
    while not small(y) and count < 9:
        y = halved(y) + 0.01 * x[1]
        count += 1
    return y * x[2] if small(y) or halved(y) > 3.0 else halved(y)


@program(VECTOR)
def called_conditionally(x):
    def log(v):
        assert v > 0.0
        return np.log(v)

    s = x[0] * x[0] + 0.5
    a = log(s) if s > 0.0 else 0.0
    b = log(-s) if s < 0.0 else s
    return a * b


@program(VECTOR)
def writes_into_an_array(x):
    y = x.copy()

    def put(i, v):
        y[i] = v * y[i]

    for i in range(3):
        put(i, x[0])
    put(slice(0, 2), 3.0)
    return np.sum(y)


@program(VECTOR)
def inner_in_inner(x):
    def outer(a):
        def middle(b):
            def inner(c):
                return a * b * c

            return inner(x[0]) + inner(b)

        return middle(a) * middle(x[2])

    return outer(x[1])


@program(VECTOR)
def partials(x):
    def power(base, exponent, scale=1.0):
        return scale * base**exponent

    cube = functools.partial(power, exponent=3.0)
    scaled = functools.partial(power, x[0] * x[0] + 1.0, scale=x[1])
    root = functools.partial(np.power, x[0] * x[0] + 1.0)
    both = functools.partial(cube, scale=2.0)
    return cube(x[2]) + scaled(2.0) + scaled(exponent=2.0, scale=3.0) + root(0.5) + both(x[1])


@program(VECTOR)
def partial_of_the_time_it_was_made(x):
    k = x[0]
    scaled = functools.partial(lambda a, b: a * b, k)
    k = x[1]
    return scaled(x[2]) * k


def product(*factors, scale=1.0, **more):
    result = scale
    for factor in factors:
        result = result * factor
    if "plus" in more:
        result = result + more["plus"]
    return result


@program(VECTOR)
def any_number_of_arguments(x):
    pair = [x[0], x[1]]
    named = {"scale": x[2], "plus": x[0]}
    a = product(x[0], x[1], x[2])
    b = product(*(x[0], x[1]), scale=2.0) + product(**{"plus": x[2]}) + product(plus=x[1] * 2.0)
    return a + b + product(*pair, 2.0) + product(**named) + named["scale"] * pair[1]


def forwarded(g, *args, **kwargs):
    return g(*args, **kwargs) + len(args) + len(kwargs)


@program(VECTOR)
def arguments_handed_on(x):
    def inner(a, b, c=2.0):
        return a * b * c

    return forwarded(inner, x[0], x[1]) * forwarded(inner, x[0], b=x[2], c=3.0) + forwarded(product, x[0], plus=x[1])


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2.0 * function(*args, **kwargs)

    return wrapper


def repeated(times):
    def decorate(function):
        def wrapper(value):
            for _ in range(times):
                value = function(value)
            return value

        return wrapper

    return decorate


@doubled
def decorated_square(x):
    return x * x


@doubled
@doubled
def decorated_twice(x, by=1.0):
    return np.sin(x) * by


@program(*KINDS)
def decorated_functions(x):
    return np.sum(decorated_square(x) + decorated_twice(x, by=2.0))


@program(VECTOR)
def decorated_inside(x):
    @doubled
    def square(v):
        return v * v

    @repeated(3)
    def damped(v):
        return 0.5 * v + x[1]

    return square(x[0]) + damped(x[2])


@program(VECTOR)
def cached_inside(x):
    @functools.lru_cache
    def weight(k):
        return 1.0 / (k + 1.0)

    return sum(weight(k) * v for k, v in enumerate(x))


@program(VECTOR)
def mapped_and_sorted(x):
    square = lambda v: v * v  # noqa: E731
    key = lambda pair: pair[1]  # noqa: E731

    def shifted(v):
        return v + x[0]

    first = sorted([(v, k) for k, v in enumerate(x)], key=key)[0][0]
    return sum(map(square, x)) + sum(map(shifted, x)) * first + sum(filter(lambda v: v > 0.1, x))


@program(VECTOR)
def with_a_docstring(x):
    def inner(a):
        """What it does."""
        b: float = a * 2.0
        pass
        return b * b

    def nothing(a):
        a * 2.0

    nothing(x)
    return np.sum(inner(x))


@program(VECTOR)
def returns_several(x):
    def both(a):
        if a > 0.0:
            return a * 2.0, a * a
        return a, a * a * a

    p, q = both(x[0])
    r, (s, _) = x[1], both(x[2])
    return p * q + r * s + both(x[1])[1]


@program(VECTOR)
def uses_its_arguments_often(x):
    def twice(a):
        a = a * 2.0
        a = a * a
        return a

    y = x[0]
    z = twice(y) + y
    return z * twice(twice(z))


@program(VECTOR)
def integrator(x):
    def rates(t, state):
        a, b = state
        return np.array([b, -x[0] * a - x[1] * b + 0.1 * t])

    def step(f, t, state, h):
        k1 = f(t, state)
        k2 = f(t + h / 2, state + h / 2 * k1)
        k3 = f(t + h / 2, state + h / 2 * k2)
        k4 = f(t + h, state + h * k3)
        return state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    state, t, h = np.array([1.0, x[2]]), 0.0, 0.1
    for _ in range(5):
        state = step(rates, t, state, h)
        t = t + h
    return state[0] * state[1]


def newton(g, slope, start):
    y = start
    for _ in range(20):
        change = g(y) / slope(y)
        y = y - change
        if abs(change) < 1e-14:
            break
    return y


@program(ex(2.3))
def root_finder(a):
    return newton(lambda y: y * y - a, lambda y: 2.0 * y, 1.0)


@program(VECTOR)
def assigned_by_stars(x):
    def head(first, *others):
        return first * len(others) + sum(others)

    return head(x[0], *(x[1], x[2])) + head(*[x[1]], x[0])


@program(VECTOR, ex(-arr(3)))
def one_of_several(x):
    if x[0] < 0.0:
        g = np.sin
    elif x[1] > 0.0:
        g = lambda v, k=x[1]: v * k  # noqa: E731
    else:

        def g(v):
            w = v * v
            return w + v

    total = 0.0
    for i in range(3):
        total += g(x[i])
        if i == 1:
            g = np.exp
    act = np.tanh if x[2] > 0.0 else (lambda t: t * t)
    return total * np.sum(act(x)) + sum([act(v) for v in x])


@program(VECTOR)
def tables_of_functions(x):
    def square(v):
        w = v * v
        return w

    table = {"sine": np.sin, "square": square, "cube": lambda v: v**3}
    layers = [np.tanh, square]
    total = table["square"](x[0]) * layers[0](x[1])
    for name, g in table.items():
        total = total + g(x[1]) * len(name)
    for scale, g in ((2.0, np.exp), (3.0, square)):
        total = total * scale + g(x[2])
    for g in layers:
        total = total + np.sum(g(x))
    return total


@program(VECTOR)
def reduced_and_accumulated(x):
    def joined(p, q):
        r = p + q
        return r * r

    total = functools.reduce(lambda p, q: p * q, x) + functools.reduce(operator.mul, x, 2.0)
    total = total + functools.reduce(joined, [x * 1.0, x * 2.0])[1]
    for v in itertools.chain(x, x[::-1], [x[0] * x[1]]):
        total += v**3
    for v in itertools.accumulate(x):
        total += v * v
    totals = list(itertools.accumulate(x, lambda p, q: p * q + 1.0, initial=x[2]))
    pairs = sorted([(x[0], x[1]), (x[2], x[0])], key=operator.itemgetter(0))
    return total + sum(totals) + pairs[0][1]


@program(VECTOR)
def makers_with_several_returns(x):
    def act(name):
        if name == "square":
            return lambda v: v * v
        return lambda v: 3.0 * v

    def signed(v):
        if v > 0:
            return lambda w: v * w
        return lambda w: v - w

    return act("linear")(x[1]) * act("square")(x[0]) + signed(x[1])(x[2]) * signed(-x[2])(x[0])


@program(VECTOR)
def names_by_which_parameters_are_called(x):
    y = x * 2

    def g(a, y=1.0, **more):
        return a * y + len(more)

    def called(g):
        return g(x[0], y=x[1])

    h = g
    p = functools.partial(g, y=x[2])
    total = g(x[0], **{"y": x[1]}) + h(x[0], y=x[1]) + p(x[1]) + forwarded(g, x[0], y=x[1])
    return total + called(lambda a, y=3.0, **more: a * y * y) + np.sum(y)


@program(VECTOR)
def read_before_it_is_bound_anew(x):
    n = x[0]

    def advance(by=1.0):
        nonlocal n
        n = n + x[1] * by
        return n

    def scaled(a):
        return advance() * a

    add = lambda a, b: advance(b) * a + b  # noqa: E731
    s = n * (advance() if x[1] > -9.0 else 1.0)
    s = s + n + (x[1] > -9.0 and advance())
    n *= advance()
    return s + scaled(n) + add(n, n)


K = 7.0


def maker_with_a_default(v):
    def inner(a, K=K):
        return a * K * v

    return inner


@program(VECTOR)
def defaults_called_as_globals(x):
    def make(v):
        def inner(a, K=K):
            return a * K * v

        return inner

    g = maker_with_a_default(x[2])
    return maker_with_a_default(x[0])(x[1]) + make(x[0])(x[2]) + g(x[1], K=x[0]) + g(x[2])


@program(VECTOR)
def default_of_the_callers_name(x):
    K = x[0]
    g = maker_with_a_default(2.0)
    return g(x[1], K=K) + g(x[2])


def optional(g, v, args=(), callback=None):
    if callback is not None:
        v = callback(v)
    return g(v, *args)


def slope(w):
    return lambda a: a * w


@program(VECTOR)
def optional_callbacks(x):
    first = optional(lambda v: v * v, x[0]) + optional(lambda v, k: v * k, x[0], (x[1],))
    return first + optional(np.sin, x[2], callback=lambda v: v * x[1]) + slope(x[0])(x[1])


@program(VECTOR)
def declared_in_a_branch(x):
    c = x[0]

    def f(i):
        if i > 0:
            nonlocal c
            c = c * x[i]
        return c

    return f(0) * f(1) + f(2)


@program(VECTOR)
def loop_over_functions_beside_values(x):
    k, total = x[0], 0.0
    for c, g in ((k, np.sin), (k * 2.0, lambda v, by=k: v * by)):  # all of it evaluated before the first turn
        total = total + g(x[2]) * c
        k = k * 3.0
    return total * k
