"""Functions that srcgrad must refuse.

``@refused`` registers one: its arguments, and a pattern that the reason or the hint must match.  A
comment ``# refused: CODE`` names the part of its line that the error must point at.
"""

import contextlib
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.special

from srcgrad import on_reverse, pause, stop_gradient

X = np.array([0.3, 0.7, 1.1])


@dataclass(frozen=True)
class Refused:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    says: str
    wrt: Any


REFUSED: list[Refused] = []


def refused(*args, says="", wrt=0):
    def register(function):
        REFUSED.append(Refused(function, args, says, wrt))
        return function

    return register


COUNTER = 0
TOTALS = {"calls": 0}
CACHE = np.zeros(3)
COUNTS = np.array([1.0, 2.0, 3.0])


@refused(X.copy(), says="generator|yield")
def generator(x):
    yield x * x


@refused(0.7, says="generator|yield")
def generator_from(x):
    y = x * x
    yield from [y]


@refused(0.7, says="async")
async def coroutine(x):
    return x * x


@refused(0.7, says="global")
def writes_a_global(x):
    global COUNTER  # refused: global COUNTER
    COUNTER = COUNTER + 1
    return x * x


def make_counter():
    count = 0.0

    def counting(x):
        nonlocal count
        count = count + 1.0
        return x * count

    return counting


counting = make_counter()
REFUSED.append(Refused(counting, (0.7,), "nonlocal|enclosing", 0))


@refused(0.7, says="element|subscript|stor")
def stores_into_a_global(x):
    TOTALS["calls"] = x * x  # refused: TOTALS["calls"]
    return x * x


class Box:
    value = 1.0


BOX = Box()


@refused(0.7, says="attribute")
def stores_an_attribute(x):
    BOX.value = x * x  # refused: BOX.value
    return BOX.value * x


@refused(X.copy(), says="alias|in place|shar|names|global")
def updates_a_global_array(x):
    y = CACHE
    y += x  # refused: y += x
    return np.sum(y * x)


@refused(0.7, says=r"special\.gamma")
def unknown_ufunc(x):
    y = x * x
    return scipy.special.gamma(y) * x  # refused: scipy.special.gamma(y)


@refused(0.7, says="modf")
def unknown_math_function(x):
    part, whole = math.modf(x * x)  # refused: math.modf(x * x)
    return part * whole


@refused(X.copy(), says="unwrap")
def unknown_numpy_function(x):
    y = np.unwrap(x * x)  # refused: np.unwrap(x * x)
    return np.sum(y)


@refused(X.copy(), says="byteswap")
def unknown_method(x):
    return np.sum(x.byteswap())  # refused: x.byteswap()


def calls_the_unknown(x):
    return math.modf(x * x)[0] * x  # refused: math.modf(x * x)


@refused(0.7, says="modf")
def unknown_in_a_callee(x):
    return calls_the_unknown(x)


@refused(0.7, says="with")
def gives_a_manager_what_is_differentiated(x):
    with contextlib.nullcontext(x) as y:  # refused: contextlib.nullcontext(x)
        return y * x


@refused(X, says="with")
def gives_a_manager_an_array(x):
    y = np.zeros(3)
    with contextlib.nullcontext(y):  # refused: contextlib.nullcontext(y)
        y[0] = x[0]
    return np.sum(y)


def adds(values, x):
    values[0] += x[0]
    return values if values[0] > 9.0 else adds(values, x)


@refused(X, says="try")
def calls_what_changes_its_argument_in_a_try(x):
    y = x * 1.0
    try:
        adds(y, x)  # refused: adds(y, x)
    except RecursionError:
        y = x
    return np.sum(y)


@refused(X, says="calls itself")
def inner_function_that_calls_itself_and_binds(x):
    total = 0.0

    def count(n):
        nonlocal total
        total = total + x[0] * n
        if n > 0:
            count(n - 1)  # refused: count(n - 1)

    count(3)
    return total


@refused(X, says="several")
def one_of_several_inner_functions(x):
    if x[0] > 0.0:

        def inner(a):  # refused: def inner(a):
            return a
    else:

        def inner(a):
            b = a * a
            return b

    return np.sum(inner(x)) + sum([len(str(inner))])


@refused(X, says="used as a value")
def inner_function_in_a_list(x):
    def inner(a):
        b = a * a
        return b

    functions = [inner]  # refused: inner
    return np.sum(functions[len(x) - 3](x))


@refused(X, says=":=")
def walrus_in_a_lambda(x):
    return max(x, key=lambda v: (y := v) * y)  # refused: y := v


@refused(0.7, says="class")
def defines_a_class(x):
    class Local:  # refused: class Local:
        value = x

    return Local.value * x


@refused(X.copy(), says="set comprehension")
def set_comprehension_of_active_values(x):
    squares = {v * v for v in x}  # refused: {v * v for v in x}
    return sum(squares)


@refused(X.copy(), says="generator expression")
def generator_that_is_kept(x):
    squares = (v * v for v in x)  # refused: (v * v for v in x)
    return sum(squares)


@refused(X.copy(), says="'append' changes the list that this loop runs over")
def appends_to_what_it_runs_over(x):
    values = [x[0]]
    for v, w in zip(values, x, strict=False):
        values.append(v * w)  # refused: values.append(v * w)
    return values[0] * values[1]


@refused(X.copy(), says="'pop' changes a list in the middle of an expression")
def takes_an_element_perhaps(x):
    values = [x[0], x[1]]
    return values.pop() if len(values) > 1 else 0.0  # refused: values.pop()


@refused(X.copy(), says="this extends a list by what may be no list or tuple")
def extended_by_an_array(x):
    values = [x[0]]
    values.extend(2.0 * x)  # refused: 2.0 * x
    return values[0] * values[1]


@refused(0.7, says="lambda|assigned")
def lambda_of_a_name_that_changes(x):
    a = x
    g = [lambda t: t * a][0]  # refused: lambda t: t * a
    a = a * a
    return g(x)


@refused("text")
def string_argument(x):
    return x * 2


@refused(1.0 + 2.0j, says="'maximum' has a derivative for real numbers only, and its argument is complex")
def larger_of_complex_numbers(x):
    return np.abs(np.maximum(x, 1.0))  # refused: np.maximum(x, 1.0)


@refused(np.array([1.0 + 1.0j, 2.0]), says="for real numbers only")
def sorted_complex_array(x):
    return np.sum(np.abs(np.sort(x * x)))  # refused: np.sort(x * x)


@refused(np.array([1.0, 2.0]), says="for real numbers only")
def larger_of_complex_numbers_made_of_real_ones(x):
    return np.real(np.max(1j * x))  # refused: np.max(1j * x)


@refused(np.array([1.0 + 1.0j, 2.0]), says="no rule")
def real_if_close(x):
    return np.sum(np.real_if_close(x * 1.0))  # refused: np.real_if_close(x * 1.0)


@refused(1.0 + 2.0j, says="sign")
def sign_of_a_complex_number(x):
    return np.real(np.sign(x) * x)  # refused: np.sign(x)


@refused(np.array([1.0 + 1.0j, 2.0]), says="for real numbers only")
def covariance_of_complex_numbers(x):
    return np.real(np.cov(x))  # refused: np.cov(x)


@refused(np.array([1, 2, 3]), says="int")
def integer_array(x):
    return np.sum(x * x)


@refused(np.array([True, False]), says="bool")
def boolean_array(x):
    return np.sum(x * 2.0)


@refused(True, says="bool")
def boolean_argument(x):
    return x * 2.0


@refused(None, says="None")
def none_argument(x):
    return 2.0


@refused(np.array(["a", "b"]))
def array_of_strings(x):
    return x


@refused(np.array([1.0, 2.0], dtype=object))
def array_of_objects(x):
    return x * x


@refused(X.copy(), says="'method' is not known to be 'linear'")
def quantile_by_another_method(x):
    return np.quantile(x, 0.3, method="nearest")  # refused: np.quantile(x, 0.3, method="nearest")


@refused(X.copy(), "mean", says="'mode' is not known to be 'constant' or")
def padding_that_may_compute(x, mode):
    return np.pad(x, 1, mode)  # refused: np.pad(x, 1, mode)


@refused(X.copy(), says="np.percentile|'q'")
def percentile_of_a_differentiated_level(x):
    return np.percentile(x, x[0])  # refused: np.percentile(x, x[0])


@refused(0.7, says=r"def shichi\(x, \*, out, d\)|elementwise\(scipy.special.shichi\)")
def ufunc_without_a_rule(x):
    return scipy.special.shichi(x)[0]  # refused: scipy.special.shichi(x)


@refused(
    X.copy(), says=r"@srcgrad.rules.pullback\(np.heaviside\)|elementwise\(np.heaviside\)[^@]*def heaviside\(x1, x2"
)
def ufunc_of_two_without_a_rule(x):
    return np.heaviside(x, x)  # refused: np.heaviside(x, x)


@refused(np.eye(2), says=r"pullback\(np.linalg.eigvalsh\)\n *def eigvalsh\(a, UPLO='L', \*, out, d\)")
def function_without_a_rule(x):
    return np.linalg.eigvalsh(x)  # refused: np.linalg.eigvalsh(x)


@refused(X.copy(), says="'return' in an on_reverse block")
def returns_from_a_reverse_block(x):
    y = x * x
    with on_reverse(y) as y_bar:
        return y_bar  # refused: return y_bar
    return y


@refused(X.copy(), says="'break' out of it")
def breaks_out_of_a_reverse_block(x):
    for _ in range(3):
        x = x * x
        with on_reverse(x) as x_bar:
            if np.sum(x_bar) > 3:
                break  # refused: break
    return x


@refused(X.copy(), says="'yield' in an on_reverse block|generator")
def yields_from_a_reverse_block(x):
    y = x * x
    with on_reverse(y) as y_bar:
        yield y_bar
    return y


@refused(X.copy(), says="'twofold' is bound in an on_reverse block and used outside")
def reads_a_name_of_a_reverse_block(x):
    y = x * x
    with on_reverse(y) as y_bar:
        twofold = y_bar * 2  # refused: twofold
    return y + twofold


@refused(X.copy(), says="'cube' is bound in an on_reverse block and used outside")
def binds_a_primal_name_in_a_reverse_block(x):
    cube = x * x * x
    y = cube * x
    with on_reverse(y) as y_bar:
        cube = y_bar  # refused: cube
    return y


@refused(X.copy(), says="variables of this function")
def reverse_block_of_an_expression(x):
    with on_reverse(x * 2) as y_bar:  # refused: x * 2
        print(y_bar)
    return x


@refused(X.copy(), says="variables of this function")
def reverse_block_of_a_global(x):
    with on_reverse(CACHE) as y_bar:  # refused: CACHE
        print(y_bar)
    return x


@refused(X.copy(), says="given one variable twice")
def reverse_block_of_one_variable_twice(x):
    with on_reverse(x, x) as (a, b):  # refused: on_reverse(x, x)
        print(a, b)
    return x


@refused(X.copy(), says="1 adjoints of 2 variables")
def reverse_block_with_too_few_names(x):
    y = x * x
    with on_reverse(x, y) as bars:  # refused: bars
        print(bars)
    return y


@refused(X.copy(), 3, says="'count' can have no derivative")
def reverse_block_of_an_integer(x, count):
    with on_reverse(count) as n_bar:  # refused: count
        print(n_bar)
    return x * count


@refused(X.copy(), says="'c' *, which the derivative needs|may change 'c'")
def reverse_block_that_stores_into_a_primal_value(x):
    c = np.ones(3)
    y = x * c
    with on_reverse(y) as y_bar:
        c[0] = np.sum(y_bar)  # refused: c[0]
    return y * c


@refused(X.copy(), says="may change 'y'")
def reverse_block_that_writes_into_a_primal_value(x):
    y = x * x
    with on_reverse(y) as y_bar:
        np.clip(y_bar, -1, 1, out=y)  # refused: np.clip(y_bar, -1, 1, out=y)
    return y


@refused(X.copy(), says="may change 'CACHE'")
def reverse_block_that_changes_what_the_derivative_reads(x):
    y = x * CACHE
    with on_reverse(y) as y_bar:
        CACHE[:] = y_bar  # refused: CACHE[:]
    return y


@refused(X.copy(), says="under pause")
def reverse_block_under_pause(x):
    with pause():
        y = x * x
        with on_reverse(y) as y_bar:  # refused: with on_reverse(y) as y_bar:
            print(y_bar)
    return y * x


@refused(X.copy(), says="inside another one")
def reverse_block_in_another(x):
    y = x * x
    with on_reverse(y) as y_bar:
        print(y_bar)
        with on_reverse(x) as x_bar:  # refused: with on_reverse(x) as x_bar:
            print(x_bar, y_bar)
    return y


@refused(X.copy(), says="a function defined in an on_reverse block")
def reverse_block_that_defines(x):
    y = x * x
    with on_reverse(y) as y_bar:

        def show():  # refused: def show():
            print(y_bar)

        show()
    return y


@refused(X.copy(), says="cannot be mixed with another context")
def reverse_block_mixed_with_a_context(x):
    with on_reverse(x) as x_bar, open("log") as file:  # refused: open("log")
        print(x_bar, file=file)
    return x


@refused(X.copy(), says="cannot have an 'else'")
def reverse_block_with_else(x):
    y = x * x
    for y_bar in on_reverse(y):
        print(y_bar)
    else:
        print("done")  # refused: print("done")
    return y


@refused(X.copy(), says="'continue' out of it")
def continues_out_of_a_reverse_block(x):
    y = x * x
    for y_bar in on_reverse(y):
        if np.sum(y_bar) > 3:
            continue  # refused: continue
        print(y_bar)
    return y


@refused(X.copy(), says="string as 'subscripts'")
def einsum_without_a_string(whole):
    return np.sum(np.einsum(whole, [0], [0]) ** 2)  # refused: whole


@refused(X.copy(), says="string as 'subscripts'")
def einsum_of_a_constant_first(x):
    return np.sum(np.einsum(COUNTS, [0], x, [0], [0]) ** 2)  # refused: COUNTS


@refused(X.copy(), says="'shift' of 'roll'")
def rolls_by_a_real_number(x):
    return np.sum(np.roll(x, x[0]) * x)  # refused: x[0]


@refused(2, np.eye(2), says="'n' of 'matrix_power'")
def exponent_that_is_differentiated(times, a):
    return np.sum(np.linalg.matrix_power(a, times))  # refused: times


@refused(2, X.copy(), says="'shape' of 'reshape'")
def shape_that_is_differentiated(n, x):
    return np.sum(x.reshape((n, -1)) ** 2)  # refused: (n, -1)


@refused(X.copy(), says="NumPy does not write float64 into an array of int64")
def products_into_integers(x):
    counts = np.zeros(x.shape, np.int64)
    np.multiply(x, 2, out=counts)  # refused: np.multiply(x, 2, out=counts)
    return counts * x


@refused(X.copy(), says="NumPy does not write float64 into an array of int64")
def copies_to_integers(x):
    counts = np.zeros(x.shape, np.int64)
    np.copyto(counts, x)  # refused: np.copyto(counts, x)
    return counts * x


@refused(X.copy(), says="a result of 0 dimensions is written into an array of 1")
def sum_into_several(x):
    sums = np.zeros(3)
    np.sum(x, out=sums)  # refused: np.sum(x, out=sums)
    return sums


@refused(X.copy(), says="'sort'")
def sorts_along_no_axis(x):
    y = x * x
    y.sort(axis=None)  # refused: y.sort(axis=None)
    return y * x


@refused(X.copy(), says="this writes parts of 'y' into it, one after the other")
def joined_into_itself(x):
    y = x * x
    np.concatenate([y[1:], y[:1]], out=y)  # refused: y[1:]
    return y


@refused(X.copy(), says="this writes parts of 'y' into it, one after the other")
def row_in_its_diagonal(x):
    y = np.outer(x, x)
    np.fill_diagonal(y, y[0, ::-1])  # refused: y[0, ::-1]
    return y


@refused(X.copy(), says="this writes parts of 'y' into it, one after the other")
def part_along_its_axis(x):  # NumPy copies it first, but only since 2.1
    y = x * x
    np.put_along_axis(y, np.array([1, 0, 2]), y[2::-1], 0)  # refused: y[2::-1]
    return y


@refused(X.copy(), says="'pop' changes a list in the middle of an expression")
def update_of_a_list_by_its_own_element(x):  # items[0] is read before the list gets shorter
    items = [x[0], x[1], x[2]]
    items[0] += items.pop(0)  # refused: items.pop(0)
    return items[0] * items[1]


@refused(X.copy(), says="what stop_gradient is given is what it returns, and is changed in place")
def store_to_what_is_stopped(x):
    y = x * x
    z = stop_gradient(y)  # refused: stop_gradient(y)
    z[0] = x[1]
    return y * y


@refused(X.copy(), says="what is updated may be a list")
def update_of_a_list_that_becomes_an_array(x):
    held = {"v": [x[0]]}
    held["v"] += [x[1]]  # refused: held["v"] += [x[1]]
    held["v"] = np.array(held["v"])
    return held["v"]


@refused(X.copy(), says="this updates a list, a tuple or a dict in another one")
def list_in_a_list_is_repeated(x):
    held = [[x[0], x[1]], [x[2]]]
    held[0] *= 2  # refused: held[0] *= 2
    return held[0][2] * held[1][0]


@dataclass
class Ticking:
    w: float
    k = 2.0

    def tick(self, x):
        self.k = self.k * x * self.w


@refused(0.7, says="'k' is stored to an object which has it from its class until then")
def value_of_a_class_in_a_list(x):
    made = [Ticking(x)]
    made[0].tick(x)  # refused: made[0].tick(x)
    return made[0].k


@refused(X.copy(), says="'sort' may change 'i', which the derivative needs")
def index_of_a_store_is_changed(x):
    y, i = x * 1.0, np.array([2, 0])
    y[i] *= x[:2]
    i.sort()  # refused: i.sort()
    return y * x


@refused(X.copy(), says="'sort' may change 'c', which the derivative needs")
def factor_of_an_update_is_changed(x):
    y, c = x * 1.0, np.array([2.0, 3.0, 1.0])
    y[:] *= c
    c.sort()  # refused: c.sort()
    return y * x


@refused(X.copy(), says="'pop' changes a list in the middle of an expression")
def update_of_an_array_by_its_own_list(x):
    items = [x * 1.0, x * x]
    items[0] += items.pop(0)  # refused: items.pop(0)
    return items[0]


@refused(X.copy(), says="got an unexpected keyword argument 'out'")
def update_by_what_is_written_where(x):
    y, m = x * x, x > 0.5
    y[0] += np.sum(np.multiply(y, y, out=y, where=m))  # refused: np.multiply(y, y, out=y, where=m)
    return y


@refused(X.copy(), says="what stop_gradient is given is what it returns")
def loop_over_what_is_stopped(x):
    y = x * x
    for v in [stop_gradient(y)]:  # refused: stop_gradient(y)
        y[0] = x[1]
        x = x * np.sum(v)
    return x


@refused(X.copy(), says="this changes an array in the middle of an expression that reads it")
def element_read_before_it_is_written_to(x):  # by the name of what holds it
    items = [x * x]
    return items[0][0] * np.add(items[0], x, out=items[0])[0]  # refused: np.add(items[0], x, out=items[0])


@refused(X.copy(), says="this changes an array in the middle of an expression that reads it")
def result_read_before_it_is_written_to(x):
    y = x * x
    m = x > 0.5
    return np.sum(np.multiply(y, y, out=y, where=m)) * np.add(y, x, out=y)  # refused: np.add(y, x, out=y)


@refused(X.copy(), says="key depends")
def key_of_a_display(x):
    d = {x[0]: x[1]}  # refused: x[0]
    total = 0.0
    for key in d:
        total += key * d[key]
    return total


@refused(X.copy(), says="this changes an array in the middle of an expression that reads it")
def row_read_before_its_other_name_is_written_to(x):  # which an update in place has made
    w = np.outer(x, x)
    v = w.T
    v += 1.0
    return w[0][2] * np.sum(np.multiply(w[0], 2.0, out=v[:, 0]))  # refused: np.multiply(w[0], 2.0, out=v[:, 0])


@refused(X, says="kept for later")
def keeps_the_function_of_a_turn(x):
    best = -9.0
    for i in range(3):
        g = lambda a, c=x[i]: a * c  # noqa: E731
        if x[i] > best:
            best = x[i]
            kept = g  # refused: kept = g
    return kept(x[0])


def scaled_by(k):
    def inner(a):
        return a * k

    return inner


def twice(g):
    def inner(a):
        return g(a) * 2.0

    return inner


@refused(X, says="kept for later")
def keeps_what_was_made_in_a_turn(x):
    for i in range(3):
        g = scaled_by(x[i])
        if i == 0:
            h = g  # refused: h = g
    return h(x[0]) + g(x[1])


@refused(X, says="kept for later")
def keeps_what_calls_the_function_of_a_turn(x):
    total = 0.0
    for i in range(3):
        g = lambda a, c=x[i]: a * c  # noqa: E731
        if i > 0:
            total += h(x[0])  # noqa: F821
        h = twice(g)  # refused: h = twice(g)
    return total


@refused(X, says="partial")
def partial_of_what_is_bound_anew(x):
    h = np.sin
    p = functools.partial(h, x[0])  # refused: functools.partial(h, x[0])
    h = np.cos
    return p() + h(x[1])


@refused(X, says="cache")
def cached_function_of_what_changes(x):
    k = x[0]

    @functools.cache  # refused: functools.cache
    def g(i):
        return x[i] * k

    first = g(1) * 2.0
    k = x[2]
    return first + g(1) * k


class NotConverged(Exception):
    def __init__(self, value):
        super().__init__("not converged")
        self.value = value


@refused(X, says="holds")
def value_of_an_exception(x):
    try:
        raise NotConverged(x[0] * x[1])
    except NotConverged as error:
        y = error.value  # refused: error
    return y


@refused(X, says="raises this")
def catches_floating_point_errors(x):
    y = x * 1.0
    with np.errstate(divide="raise"):
        try:
            y /= x - x
        except FloatingPointError:  # refused: FloatingPointError
            y[1] = 1.0
    return np.sum(y * x)


@refused(X, says="would catch the answer")
def catches_what_the_derivative_raises(x):
    s = 0.0
    for factor in [1.0, "a", 2.0]:
        try:
            s += x[0]  # refused: s += x[0]
            s = s * factor
        except TypeError:
            s = s * x[1]
    return s


@refused(X, says="raises this")
def catches_everything_while_numpy_raises(x):
    y = x * 1.0
    with np.errstate(divide="raise"):
        try:
            y /= x - x
        except Exception:  # refused: Exception
            y[1] = 1.0
    return np.sum(y * x)


@refused(X, says="not known before the run")
def function_of_a_table_with_a_default(x):
    k = x[0]
    table = [lambda v, c=k: v * c, np.sin]
    k = x[1]
    return table[0](x[2]) * k  # refused: table[0]


def one_of_two(v):
    if v > 0.5:
        return lambda w: v * w
    return lambda w: v - w * w


@refused(X, says="kept for later")
def keeps_one_of_several_that_were_made_in_a_turn(x):
    for i in range(3):
        g = one_of_two(x[i])
        if i == 0:
            h = g  # refused: h = g
    return h(x[0]) + g(x[1])


@refused(X.copy(), says="sent to it")
def generator_that_is_sent_values(x):
    def gen():
        k = 1.0
        for v in x:
            k = (yield v * k) or 2.0

    s = 0.0
    for v in gen():  # refused: gen()
        s += v
    return s


@refused(X.copy(), says="inside of 'try' or 'with'")
def generator_with_a_manager(x):
    def gen():
        with np.errstate(all="ignore"):
            yield x[0]

    s = 0.0
    for v in gen():  # refused: gen()
        s += v
    return s


@refused(X.copy(), says="runs through itself")
def generator_of_itself(x):
    def gen(i):
        yield x[i]
        if i < 2:
            yield from gen(i + 1)  # refused: gen(i + 1)

    s = 0.0
    for v in gen(0):
        s += v
    return s


@refused(X.copy(), says="generator that is kept")
def inner_generator_that_is_kept(x):
    def gen():
        yield x[0]  # refused: yield x[0]
        yield x[1]

    kept = gen()
    return next(kept) * next(kept)


@functools.cache
def fibonacci(n, a):
    return a if n < 2 else fibonacci(n - 1, a) + fibonacci(n - 2, a)


@refused(X[0], says="has a cache")
def recursive_function_with_a_cache(x):
    return fibonacci(5, x)  # refused: fibonacci(5, x)


@functools.lru_cache
def counted(a):
    print("once")
    return a * a


@refused(X[0], says="has a cache")
def cached_function_that_prints(x):
    return counted(x) * x  # refused: counted(x)
