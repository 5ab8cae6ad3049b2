"""Special methods of arguments that change their object: right, or refused, and the caller's object is left alone."""

from __future__ import annotations

import contextlib
import copy

import numpy as np
import pytest

import srcgrad


class Bag:
    def __init__(self, ws):
        self.ws = ws
        self.seen = 0
        self.total = np.zeros(2)

    def __iter__(self):
        self.seen += 1
        return iter(self.ws)

    def __len__(self):
        self.seen += 1
        return len(self.ws)

    def __contains__(self, k):
        self.seen += 1
        return k < len(self.ws)

    def __getitem__(self, k):
        self.seen += 1
        return self.ws[k]

    def __setitem__(self, k, v):
        self.seen += 1
        self.ws[k] = v

    def __bool__(self):
        self.seen += 1
        return True

    def __call__(self, x):
        self.seen += 1
        return self.ws[0] * x

    def __eq__(self, o):
        self.seen += 1
        return True

    def __lt__(self, o):
        self.seen += 1
        return True

    def __neg__(self):
        self.seen += 1
        return self.ws[0]

    def __mul__(self, o):
        self.seen += 1
        return self.ws[0] * o

    def __matmul__(self, o):
        self.seen += 1
        return self.ws[0] * o

    def __enter__(self):
        self.seen += 1
        return self

    def __exit__(self, *a):
        self.seen += 1

    def __float__(self):
        self.seen += 1
        return 2.0

    def __abs__(self):
        self.seen += 1
        return 2.0

    def __index__(self):
        self.seen += 1
        return 1

    def __hash__(self):
        self.seen += 1
        return 1

    def __str__(self):
        self.seen += 1
        return "a"

    def __format__(self, f):
        self.seen += 1
        return "a"

    def __iadd__(self, o):
        self.ws[0] = self.ws[0] + o
        return self

    def __delitem__(self, k):
        self.seen += 1
        del self.ws[k]

    @property
    def first(self):
        self.seen += 1
        return self.ws[0]

    def __array__(self, dtype=None, copy=None):
        self.seen += 1
        return np.array(self.ws)


def iterates(x, b):
    s = 0.0
    for w in b:
        s = s + w * x * b.seen
    return s


def iterates_beside_a_store(x, b):
    b.total += 1.0
    s = 0.0
    for w in b:
        s = s + w * x * b.seen
    return s


def measures(x, b):
    return x * len(b) * b.seen


def looks_up(x, b):
    if 1 in b:
        x = x * 2
    return x * b.seen


def reads(x, b):
    return x * b[0] * b.seen


def stores(x, b):
    b[0] = x
    return x * b.ws[0]


def is_tested(x, b):
    if b:
        x = x * 2
    return x * b.seen


def negates(x, b):
    y = x * (not b)
    return (x + y) * b.seen


def chooses(x, b):
    y = b and 3.0
    return (x * y) * b.seen


def calls(x, b):
    return b(x) * b.seen


def compares(x, b):
    return x * (b == 3) * b.seen


def orders(x, b):
    return x * (b < 3) * b.seen


def has_a_sign(x, b):
    return x * (-b) * b.seen


def multiplies(x, b):
    return (b * x) * b.seen


def multiplies_matrices(x, b):
    return (b @ x) * b.seen


def enters(x, b):
    with b:
        y = x * 2
    return y * b.seen


def converts(x, b):
    return x * float(b) * b.seen


def takes_the_size(x, b):
    return x * abs(b) * b.seen


def is_an_index(x, b):
    r = [x, x * 2]
    return r[b] * b.seen


def is_a_key(x, b):
    d = {b: x}
    return d[b] * b.seen


def shows(x, b):
    s = str(b)
    return x * b.seen * len(s)


def formats(x, b):
    s = f"{b}"
    return x * b.seen * len(s)


def updates(x, b):
    b += x
    return x * b.ws[0]


def deletes(x, b):
    del b[0]
    return x * b.ws[0]


def reads_a_property(x, b):
    return x * b.first * b.seen


def becomes_an_array(x, b):
    return x * np.sum(b) * b.seen


def lists(x, b):
    return x * sum(list(b)) * b.seen


def sums(x, b):
    return x * sum(b) * b.seen


def is_taken_apart(x, b):
    p, q = b
    return x * p * q * b.seen


def is_spread(x, b):
    r = [*b]
    return x * r[0] * b.seen


def is_comprehended(x, b):
    r = [t * x for t in b]
    return r[0] * b.seen


def is_zipped(x, b):
    s = 0.0
    for p, q in zip(b, b, strict=True):
        s += p * q * x
    return s * b.seen


def is_counted(x, b):
    s = 0.0
    for i, q in enumerate(b):
        s += q * x * i
    return s * b.seen


def is_searched(x, b):
    return x * max(b) * b.seen


def is_sorted(x, b):
    return x * sorted(b)[0] * b.seen


def is_asked_for_all(x, b):
    return x * all(b) * b.seen


def is_stepped_through(x, b):
    it = iter(b)
    return x * next(it) * b.seen


RIGHT = [
    iterates,
    iterates_beside_a_store,
    measures,
    looks_up,
    reads,
    stores,
    is_tested,
    negates,
    calls,
    compares,
    orders,
    has_a_sign,
    multiplies,
    multiplies_matrices,
    converts,
    takes_the_size,
    updates,
    deletes,
    reads_a_property,
    is_comprehended,
    is_zipped,
    is_counted,
    is_taken_apart,
]
REFUSED = [
    chooses,
    enters,
    is_an_index,
    is_a_key,
    shows,
    formats,
    becomes_an_array,
    lists,
    sums,
    is_spread,
    is_searched,
    is_sorted,
    is_asked_for_all,
    is_stepped_through,
]


def derivative(f, x, bag):
    """Central differences: what these functions compute is of degree two at most."""
    up, down = (f(x + h, copy.deepcopy(bag)) for h in (0.5, -0.5))
    return float(up - down)


@pytest.mark.parametrize("f", RIGHT, ids=lambda f: f.__name__)
def test_right(f):
    bag = Bag([2.0, 3.0])
    value, right = float(f(1.5, copy.deepcopy(bag))), derivative(f, 1.5, bag)
    assert srcgrad.grad(f)(1.5, bag) == pytest.approx(right)
    assert srcgrad.jvp(f)(1.5, bag, x_dot=1.0) == (pytest.approx(value), pytest.approx(right))
    found, pullback = srcgrad.vjp(f)(1.5, bag)
    assert (found, pullback(1.0), pullback(2.0)) == (
        pytest.approx(value),
        pytest.approx(right),
        pytest.approx(2 * right),
    )
    assert (bag.ws, bag.seen) == ([2.0, 3.0], 0)


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_refused(f):
    bag = Bag([2.0, 3.0])
    for form in (srcgrad.grad, srcgrad.jvp, srcgrad.vjp):
        with pytest.raises(srcgrad.DifferentiationError):
            form(f)(1.5, bag, **({"x_dot": 1.0} if form is srcgrad.jvp else {}))
    assert (bag.ws, bag.seen) == ([2.0, 3.0], 0)


class Inner:
    """Its object cannot be copied as one of attributes: it has slots."""

    __slots__ = ("seen",)

    def __init__(self):
        self.seen = 0

    def __len__(self):
        self.seen += 1
        return self.seen

    def __bool__(self):
        self.seen += 1
        return True


BAG = Bag([2.0, 3.0])


def measures_a_global(x):
    return x * len(BAG) * BAG.seen


@pytest.mark.parametrize(("f", "args"), [(measures, (Inner(),)), (is_tested, (Inner(),)), (measures_a_global, ())])
def test_objects_that_are_not_followed(f, args):
    with pytest.raises(srcgrad.DifferentiationError, match="which changes its object"):
        srcgrad.grad(f)(1.5, *args)


class Pair:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def __add__(self, other):
        return Pair(self.a + other.a, self.b + other.b)


def adds(p, q):
    r = p + q
    r.a = r.a * r.b
    return r.a * p.a


def test_a_class_that_gets_another_operator():
    p, q = Pair(1.0, 2.0), Pair(3.0, 4.0)
    first = srcgrad.grad(adds)(p, q)
    assert (first.a, first.b) == (30.0, 4.0)

    def subtracts(self, other):
        return Pair(self.a - other.a, self.b - other.b)

    old, Pair.__add__ = Pair.__add__, subtracts
    try:
        second = srcgrad.grad(adds)(p, q)
    finally:
        Pair.__add__ = old
    assert (second.a, second.b) == (2.0, -2.0)


# --- which operand Python asks, and what functions run through


class Left:
    def __init__(self, d):
        self.d = d

    def __add__(self, other):
        return 1.0 + np.sum(self.d * other.d)

    def __lt__(self, other):
        return np.sum(self.d) < np.sum(other.d)


class Right(Left):
    """Python asks it first, where it stands beside one of its own base class."""

    def __radd__(self, other):
        return np.sum(self.d**3 * other.d)

    def __gt__(self, other):
        return False


class Holder:
    def __init__(self, held):
        self.held = held


GLOBAL = Right(np.array([0.3, 0.2, 0.5]))


def beside_a_global(x, p):
    return Left(x * x) + GLOBAL


def beside_an_argument(x, p):
    return Left(x * x) + p


def beside_an_attribute(x, p):
    return Left(x * x) + Holder(p).held


def below_another(x, p):
    return np.sum(x) if Left(x) < p else np.prod(x)


def among_others(x, p):
    v, total = Left(x * 1.0), 0.0
    for w in [Left(x**2), Right(x**3)]:
        total = total + (v + w)
    return total


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __iter__(self):
        return iter([self.x, self.y])

    def __lt__(self, other):
        return self.y < other.y

    def __add__(self, other):
        return other * self.x


def least_of_two(x, p):
    a, b = Vec(x[0], x[1]), Vec(x[1], x[2])
    return np.sum(x) if min(a, b) is b else np.prod(x)


def sum_from_an_object(x, p):
    return sum([x[1], x[2]], Vec(x[0] ** 2, x[1])) * x[0]


ASKED = [
    beside_a_global,
    beside_an_argument,
    beside_an_attribute,
    below_another,
    among_others,
    least_of_two,
    sum_from_an_object,
]


@pytest.mark.parametrize("given", [Left, Right])
@pytest.mark.parametrize("f", ASKED, ids=lambda f: f.__name__)
def test_the_operand_that_is_asked(f, given):
    x, p, h = np.array([0.7, 1.3, 0.4]), given(np.array([0.3, 0.2, 0.5])), 1e-6
    right = [float(f(x + h * e, p) - f(x - h * e, p)) / (2 * h) for e in np.eye(3)]
    try:
        assert srcgrad.grad(f)(x, p) == pytest.approx(right, rel=1e-6)
    except srcgrad.DifferentiationError:
        assert f not in (least_of_two, beside_an_argument)
    try:
        assert srcgrad.jvp(f)(x, p, x_dot=np.ones(3))[1] == pytest.approx(sum(right), rel=1e-6)
    except srcgrad.DifferentiationError:
        assert f not in (least_of_two, beside_an_argument)


# --- the order of what is computed, and results that leave the operator to others


class Held:
    def __init__(self, values):
        self.values = values

    def __iter__(self):
        return iter(self.values)


class Yielded(Held):
    def __iter__(self):
        yield from self.values


def exchanges(held):
    held.values = [5.0, 7.0]
    return [1.0, 2.0]


def exchanges_too(held):
    held.values = [5.0, 7.0]
    return 3


def zipped_with_a_call(x, kind):
    held, total = kind([x, x * 2]), 0.0
    for w, k in zip(held, exchanges(held), strict=True):
        total = total + w * k
    return total * x


def counted_from_a_call(x, kind):
    held, total = kind([x, x * 2]), 0.0
    for i, w in enumerate(held, exchanges_too(held)):
        total = total + w * i
    return total * x


def summed_from_a_call(x, kind):
    held = kind([x, x * 2])
    return sum(held, exchanges_too(held)) * x


@pytest.mark.parametrize("kind", [Held, Yielded])
@pytest.mark.parametrize("f", [zipped_with_a_call, counted_from_a_call, summed_from_a_call], ids=lambda f: f.__name__)
def test_a_function_runs_through_what_is_there_when_it_has_all_arguments(f, kind):
    x, h = 1.3, 1e-6
    right = (f(x + h, kind) - f(x - h, kind)) / (2 * h)
    with contextlib.suppress(srcgrad.DifferentiationError):
        assert srcgrad.value_and_grad(f)(x, kind) == (pytest.approx(f(x, kind)), pytest.approx(right))
        assert srcgrad.jvp(f)(x, kind, x_dot=1.0)[1] == pytest.approx(right)


class Careful:
    def __init__(self, v):
        self.v = v

    def __add__(self, other):
        return self.v + other.v if isinstance(other, Careful) else NotImplemented

    def __lt__(self, other):
        return self.v < other.v if isinstance(other, Careful) else NotImplemented


class BySuper(Careful):
    def __add__(self, other):
        return super().__add__(other)

    def __lt__(self, other):
        return super().__lt__(other)


class ByName(Careful):
    def __add__(self, other):
        return Careful.__add__(self, other)

    def __lt__(self, other):
        return Careful.__lt__(self, other)


class Other:
    def __init__(self, v):
        self.v = v

    def __radd__(self, other):
        return other.v * self.v

    def __gt__(self, other):
        return False


@pytest.mark.parametrize("right", [Careful, Other])
@pytest.mark.parametrize("left", [Careful, BySuper, ByName])
def test_a_method_that_may_leave_the_operator_to_the_other_operand(left, right):
    for f in (
        lambda x: (left(x) + right(x * 2)) * x,
        lambda x: x * 2 if left(x) < right(x * 2) else x * 3,
    ):
        expected = (f(1.3 + 1e-6) - f(1.3 - 1e-6)) / 2e-6
        with contextlib.suppress(srcgrad.DifferentiationError):
            assert srcgrad.grad(f)(1.3) == pytest.approx(expected)
