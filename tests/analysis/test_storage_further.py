"""Storage that is reached by further ways: other forms of binding, other functions, modules, classes, tables."""

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError
from tests.analysis import storage_settings as settings

X = np.array([0.7, 1.3, 0.4])
A = np.array([1.0, 2.0, 3.0])
BUFFER = np.zeros(1)
NUMBERS = [1.0]


class Held:
    value = 1.0


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    settings.reset()
    A[:] = [1.0, 2.0, 3.0]
    BUFFER[:] = 0.0
    NUMBERS[:] = [1.0]
    Held.value = 1.0


def chained(a):
    c = b = a
    b += 1.0
    return c


def annotated(a):
    b: np.ndarray = a
    b += 1.0
    return 1.0


def walrus(a):
    if (b := a) is not None:
        b += 1.0
    return 1.0


def in_an_inner_function(a):
    def inner(q=a):
        q += 1.0

    inner()
    return 1.0


def of_a_sum_of_lists(a):
    z = a + a
    z[0][0] = 50.0
    return 1.0


def get_a():
    return A


def poke_a():
    A[0] = 50.0


def put(v):
    BUFFER[0] = v * 2.0


def last():
    return BUFFER


def set_k():
    settings.K = 5.0
    return 0.0


def set_k_by_name():
    setattr(settings, "K", 5.0)  # noqa: B010
    return 0.0


def hold(v):
    Held.value = v


def held():
    return Held.value


def changed_by(m):
    def f(x):
        y = x * 1.0
        z = np.sum(y * y)
        m(y)
        return z * np.sum(y)

    return f


def list_changed(x):
    y = x * 1.0
    z = np.sum(y * y)
    of_a_sum_of_lists([y])
    return z * np.sum(y)


def by_two_callees(x):
    w = get_a()
    z = np.sum(w * x * x)
    poke_a()
    return z * np.sum(x)


def stored_and_read_by_callees(x):
    put(x[0])
    c = np.sum(last())
    return np.sum(x) + c


def an_attribute_of_a_module(x):
    y = x * settings.K
    set_k()
    return np.sum(y * x * settings.K)


def an_attribute_set_by_name(x):
    y = x * settings.K
    set_k_by_name()
    return np.sum(y * x * settings.K)


def held_by_a_class(x):
    hold(x[0] * 3.0)
    c = held()
    return np.sum(x) * c


def median_that_overwrites(x):
    w = np.array([3.0, 1.0, 2.0])
    y = x * w
    m = np.median(w, overwrite_input=True)
    return np.sum(y) * m


def trimmed(x):
    w = np.array([0.0, 1.0, 2.0])
    q = np.trim_zeros(w)
    q += 1.0
    return np.sum(w * x)


@pytest.mark.parametrize(
    "function",
    [
        list_changed,
        by_two_callees,
        stored_and_read_by_callees,
        an_attribute_of_a_module,
        an_attribute_set_by_name,
        held_by_a_class,
        median_that_overwrites,
    ],
)
def test_refused(function):
    with pytest.raises(DifferentiationError):
        srcgrad.grad(function)(X)


@pytest.mark.parametrize("callee", [chained, annotated, walrus, in_an_inner_function])
def test_changed_by_a_callee(callee):
    f = changed_by(callee)
    ends = [[f(X + h * unit) for h in (1e-6, -1e-6)] for unit in np.eye(len(X))]
    np.testing.assert_allclose(srcgrad.grad(f)(X), [(right - left) / 2e-6 for right, left in ends], rtol=1e-6)


def test_a_new_array_is_changed():
    np.testing.assert_allclose(srcgrad.grad(trimmed)(np.ones(3)), [0.0, 2.0, 3.0])


def accumulates_into(x):
    w = np.array([0.0, 1.0, 2.0])
    np.add.accumulate(np.ones(3), 0, None, w)
    return np.sum(w * x)


def sums_around_a_global(x):
    s = 0.5 * 2
    NUMBERS.append(4.0)
    s += len(NUMBERS)
    NUMBERS.pop()
    return np.sum(x * x * s)


def element_of_a_call_in_a_choice(x):
    return (pair(1.0 if x[0] < 0.3 else 2.0)[0] if x[0] > 0 else x[1]) * x[2]


def pair(v):
    return v * v, v


def reversed_zip(x):
    s = 0.0
    for a, b in reversed(list(zip(x, [1.0, 2.0], strict=False))):
        s = s * 0.5 + a * b
    return s


def names_run_out(x):
    t, tmp, t_value, t_made = 2.0, 3.0, 1.0, 1.5
    return np.sum(np.sin(x * t) * np.cos(x * tmp)) * t_value * t_made


@pytest.mark.parametrize(
    "function",
    [accumulates_into, sums_around_a_global, element_of_a_call_in_a_choice, reversed_zip, names_run_out],
    ids=lambda f: f.__name__,
)
def test_right(function):
    value, gradient = srcgrad.value_and_grad(function)(X.copy())
    np.testing.assert_allclose(value, function(X.copy()), rtol=1e-12)
    expected = [(function(X + h) - function(X - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-9)


def test_a_summary_is_made_anew_for_another_object():
    global A
    before = A

    def changed(x):
        z = np.sum(A * x * x)
        poke_a()
        return z * np.sum(A * x)

    with pytest.raises(DifferentiationError):
        srcgrad.grad(changed)(X)
    A = np.array([1.0, 2.0, 3.0])
    try:
        with pytest.raises(DifferentiationError):
            srcgrad.grad(changed)(X)
    finally:
        A = before
