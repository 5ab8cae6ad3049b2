"""Inner functions that call themselves, or each other."""

import numpy as np

from tests.zoo import arr, ex, program


@program(ex(0.7), ex(-1.2))
def power(x):
    def p(n):
        return x if n == 0 else x * p(n - 1)

    return p(3)


@program(ex(0.7, 5), ex(1.3, 2))
def each_other(x, n):
    def even(n):
        x_ = 2.0
        return x if n == 0 else odd(n - 1) * x_

    def odd(n):
        return x * x if n == 0 else even(n - 1) * x

    return even(n) + odd(n)


@program(ex(1.3))
def captured_variable_changes(x):
    k = 1.0

    def p(n):
        return k if n == 0 else x * p(n - 1)

    s = p(2)
    k = x
    s = s + p(2)
    for _ in range(3):
        k = k * x
        s += p(1)
    return s


@program(ex(1.3))
def names_of_comprehensions(x):
    def p(n):
        return x if n == 0 else x * p(n - 1)

    def q(n):
        return 1.0 if n == 0 else x * q(n - 1)

    s = 0.0
    for k in range(3):
        s = s + p(k)
    return s + sum(q(k) for k in range(2))


@program(ex(1.3))
def defaults_and_keywords(x):
    def p(n, k=2.0, *, m=1.0):
        return m if n == 0 else k * x * p(n - 1, k=k + 1, m=m)

    return p(2) + p(2, 3.0) + p(n=1, m=x)


@program(ex(1.3))
def with_helpers(x):
    def h(v):
        return v * x

    def p(n):
        def inside(v):
            return h(v) * n

        return h(x) if n == 0 else inside(p(n - 1))

    return p(2) + h(3.0)


@program(ex((1.0, (2.0, (3.0, 0.5)))), ex((2.0, 1.0)), needs_kinds=True)
def trees_by_kinds(t):
    def leaves(t):
        if isinstance(t, tuple):
            return sum(leaves(part) for part in t)
        return t * t

    return leaves(t)


@program(ex(1.3, (1, (2, (3,)))), ex(1.3, ()))
def depth_that_is_not_differentiated(x, t):
    def depth(t):
        return 1 + max(map(depth, t)) if isinstance(t, tuple) and t else 0

    return x ** depth(t)


@program(ex(0.9, 3))
def quadrature(x, levels):
    def integral(a, b, d):
        m = 0.5 * (a + b)
        if d == 0:
            return (b - a) * np.sin(m * x)
        return integral(a, m, d - 1) + integral(m, b, d - 1)

    return integral(0.0, x, levels)


@program(ex(arr(5)))
def halves_of_arrays(x):
    scale = np.sum(x)

    def norm(v):
        if len(v) == 1:
            return v[0] * v[0] * scale
        k = len(v) // 2
        return norm(v[:k]) + norm(v[k:]) * 0.5

    return norm(x)


@program(ex(1.3))
def stored_between_calls(x):
    y = np.array([x, 2.0, x * x])

    def p(i):
        return y[i] if i == 0 else y[i] * p(i - 1)

    r = p(2)
    y[1] = x
    return r + p(2)


@program(ex(1.3))
def in_an_inner_function(x):
    def outer(n):
        def inner(m):
            return x * n if m == 0 else x * inner(m - 1)

        return inner(n) * x

    return outer(2) + outer(1)


@program(ex(1.3))
def imports_of_the_function(x):
    import math

    def p(n):
        return math.sin(x) if n == 0 else x * p(n - 1)

    return p(2)


def factory(c):
    def f(x):
        def p(n):
            return c if n == 0 else x * p(n - 1) + c

        return p(2)

    return f


of_a_closure = factory(3.0)


@program(ex(1.3))
def of_closures(x):
    return of_a_closure(x) + factory(2.0)(x * x)


def callee(v, w):
    def p(n):
        return w if n == 0 else v * p(n - 1)

    return p(2)


@program(ex(1.3))
def in_callees(x):
    return callee(x, x * x) + callee(2.0, x)


class Kept:
    def __init__(self, w):
        self.w = w

    def value(self, x):
        def p(n):
            return self.w if n == 0 else x * p(n - 1)

        return p(2)


@program(ex(1.3), saves=False)
def in_methods(x):
    return Kept(x).value(x * 2)


def with_functions_inside(x, n):
    def scaled(v):
        return v * x

    return x if n == 0 else scaled(with_functions_inside(x, n - 1))


@program(ex(1.3, 3))
def recursive_function_with_functions_inside(x, n):
    return with_functions_inside(x, n) * x


class Scaled:
    def __init__(self, w):
        self.w = w

    def go(self, x):
        return self.w * x


def applied_twice(f, v):
    return f(f(v) + 1.0)


@program(ex(1.3), saves=False)
def bound_methods_as_values(x):
    one = Scaled(x)
    go = one.go
    values = [x]
    add = values.append
    add(go(2.0))
    add(go(x) * go(x))
    return values[0] * values[1] * values[2]


@program(ex(1.3), saves=False)
def bound_methods_as_arguments(x):
    return applied_twice(Scaled(x).go, x) + applied_twice(f=Scaled(2.0).go, v=x)


class Twice(Scaled):
    def twice(self, x):
        go = self.go
        return go(go(x))


@program(ex(1.3), saves=False)
def bound_methods_inside_methods(x):
    return Twice(x).twice(x) * Twice(2.0).twice(x)
