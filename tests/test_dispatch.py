"""The choice among kinds: the signature, what it relies on, what it keeps, and that nothing runs twice."""

from __future__ import annotations

import enum
import gc
import inspect
import timeit
import types
import weakref

import numpy as np
import pytest

from srcgrad import DifferentiationError, grad, value_and_grad, vjp
from srcgrad.dispatch import key_of
from srcgrad.structures import as_real

X = np.array([1.0, 2.0, 3.0])
FACTOR = 2.0
START = 2.0


def square(x):
    return x * x


def product(x, y):
    return x * y


def positional(x, /, y, *, z=1.0):
    return x * y * z


def named_badly(self, args, kwargs, type, len=1.0, _0=1.0):
    return self * args * kwargs * type * len * _0


# --- the signature


def test_the_signature_is_the_primals():
    derivative = grad(positional)
    assert inspect.signature(derivative) == inspect.signature(positional)
    assert derivative(3.0, y=2.0) == derivative(3.0, 2.0, z=1.0) == 2.0
    for _ in range(2):
        with pytest.raises(TypeError, match=r"positional\(\).*'x'"):
            derivative(x=3.0, y=2.0)
        assert derivative(3.0, 2.0) == 2.0


def test_errors_name_the_users_function():
    for derivative in (grad(product), value_and_grad(product), vjp(product)):
        for _ in range(2):
            with pytest.raises(TypeError, match=r"product\(\) missing 1 required positional argument: 'y'"):
                derivative(1.0)
            with pytest.raises(TypeError, match=r"product\(\) takes 2 positional arguments but 3 were given"):
                derivative(1.0, 2.0, 3.0)
            with pytest.raises(TypeError, match=r"product\(\) got an unexpected keyword argument 'q'"):
                derivative(1.0, 2.0, q=1)
            with pytest.raises(TypeError, match=r"product\(\) got multiple values for argument 'x'"):
                derivative(1.0, x=2.0)
            derivative(1.0, 2.0)


def test_any_name_of_a_parameter():
    derivative = grad(named_badly)
    for _ in range(2):
        assert derivative(3.0, args=2.0, kwargs=1.0, type=1.0) == 2.0
        assert derivative(self=3.0, args=2.0, kwargs=1.0, type=1.0, len=2.0) == 4.0


def test_a_method_binds():
    class Holder:
        @grad(wrt="x")
        def slope(self, x, y=2.0):
            return x * x * y

    assert Holder().slope(3.0) == 12.0
    assert str(inspect.signature(Holder().slope)) == "(x, y=2.0)"


# --- defaults


def with_defaults(x=3, y=START, *, z=START, ws=(1, 2)):
    return x * x * y * z * ws[0] * ws[1]


def test_arguments_left_out():
    derivative = grad(with_defaults, ("x", "ws"))
    for _ in range(2):
        assert derivative() == (48.0, (72.0, 36.0))
        assert derivative(3.0, z=1.0) == (24.0, (36.0, 18.0))
        assert derivative(y=1.0) == (24.0, (36.0, 18.0))


def with_mutable_default(x, ws=[1.0]):  # noqa: B006
    return x * ws[0] if len(ws) == 1 else x * ws[0] * ws[1]


def test_a_default_that_is_changed_in_place():
    derivative = grad(with_mutable_default)
    assert derivative(1.0) == 1.0
    with_mutable_default.__defaults__[0].append(5.0)
    try:
        assert derivative(1.0) == 5.0
    finally:
        with_mutable_default.__defaults__[0].pop()
    assert derivative(1.0) == 1.0


# --- what it relies on


def scaled(x):
    return abs(x) * FACTOR


def test_a_builtin_that_a_global_hides(monkeypatch):
    derivative = grad(scaled)
    assert derivative(-2.0) == -2.0
    monkeypatch.setitem(globals(), "abs", square)
    assert derivative(-2.0) == -8.0
    monkeypatch.delitem(globals(), "abs")
    assert derivative(-2.0) == -2.0


def replaced(x):
    return x * 2.0


def calls_replaced(x):
    return replaced(x) * 3.0


def other_code(x):
    return x * x


def more_parameters(x, y, z=START):
    return x * y * z


@pytest.mark.parametrize(("function", "before", "after"), [(replaced, 2.0, 6.0), (calls_replaced, 6.0, 18.0)])
def test_code_that_is_replaced_in_place(monkeypatch, function, before, after):
    derivative = grad(function)
    assert derivative(3.0) == before
    monkeypatch.setattr(replaced, "__code__", other_code.__code__)
    assert derivative(3.0) == after
    monkeypatch.undo()
    assert derivative(3.0) == before


def test_code_with_other_parameters(monkeypatch):
    derivative = grad(replaced)
    assert derivative(3.0) == 2.0
    monkeypatch.setattr(replaced, "__code__", more_parameters.__code__)
    monkeypatch.setattr(replaced, "__defaults__", more_parameters.__defaults__)
    assert derivative(3.0, 2.0) == 4.0
    assert derivative(3.0, 2.0, 1.0) == 2.0
    assert str(inspect.signature(derivative)) == "(x, y, z=2.0)"
    monkeypatch.undo()
    assert derivative(3.0) == 2.0


def uses_default(x, k=START, *, m=START):
    return x * k * m


def calls_default(x):
    return uses_default(x)


@pytest.mark.parametrize("function", [uses_default, calls_default])
def test_defaults_that_are_replaced(monkeypatch, function):
    derivative = grad(function)
    assert derivative(1.0) == 4.0
    monkeypatch.setattr(uses_default, "__defaults__", (3.0,))
    assert derivative(1.0) == 6.0
    monkeypatch.setitem(uses_default.__kwdefaults__, "m", 5.0)
    assert derivative(1.0) == 15.0


module = types.ModuleType("srcgrad_users_module")
module.SCALE = 3.0
module.double = replaced


class Base:
    rate = 2.0


class Settings(Base):
    pass


def uses_module(x):
    return module.double(x) * module.SCALE


def uses_class(x):
    return x * Settings.rate


def test_attributes_of_modules_and_classes(monkeypatch):
    derivative = grad(uses_module)
    assert derivative(1.0) == 6.0
    monkeypatch.setattr(module, "SCALE", X)
    assert derivative(1.0) == 12.0
    monkeypatch.setattr(module, "double", square)
    assert derivative(1.0) == 12.0
    derivative = grad(uses_class)
    assert derivative(1.0) == 2.0
    monkeypatch.setattr(Base, "rate", X)
    assert derivative(1.0) == 6.0
    monkeypatch.setattr(Settings, "rate", 4.0, raising=False)
    assert derivative(1.0) == 4.0


# --- what it keeps


def test_no_more_is_kept_for_more_shapes():
    derivative = grad(square)
    for n in range(2, 300):
        np.testing.assert_array_equal(derivative(np.ones(n)), np.full(n, 2.0))
    assert len(derivative._chain) == len(derivative._entries) == len(derivative._specialised) == 1


def test_what_is_kept_is_bounded():
    derivative = grad(lambda x, f: f(x))
    for k in range(200):
        assert derivative(3.0, lambda x: x * 2.0) == 2.0, k
    assert len(derivative._chain) <= 8
    assert len(derivative._entries) <= 128
    assert len(derivative._specialised) <= 128


def test_more_kinds_than_are_chosen_among():
    derivative = grad(square)
    arrays = [np.full([2] * n, 3.0) for n in range(12)]
    for _ in range(40):
        for array in arrays:
            np.testing.assert_array_equal(derivative(array), 2 * array)
    assert len(derivative._chain) == 8
    assert len(derivative._entries) == 12


def test_no_argument_is_kept_alive():
    class Big:
        value = 2.0

    derivative = grad(lambda x, holder, rows: np.sum(x) * holder.value * len(rows))
    holder, x = Big(), np.ones(3)
    kept = [weakref.ref(holder), weakref.ref(x)]
    derivative(x, holder, [x, holder])
    del holder, x
    gc.collect()
    assert [one() for one in kept] == [None, None]


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Text(str):
    __slots__ = ()


def by_color(x, color):
    return x * x if color is Color.RED else x


def by_text(x, text):
    return x * x if text == "a" else x


def test_values_of_one_type():
    derivative = grad(by_color)
    assert [derivative(3.0, c) for c in (Color.RED, Color.BLUE, Color.RED)] == [6.0, 1.0, 6.0]
    derivative = grad(by_text)
    assert [derivative(3.0, t) for t in ("a", Text("a"), "b", Text("b"))] == [6.0, 6.0, 1.0, 1.0]


def test_long_lists():
    derivative = grad(lambda x, rows: x * len(rows))
    for rows in ([1.0] * 1000, [np.float64(1.0)] * 1000, [1] * 1000, [1.0, 1] * 500, [Unhashable()] * 1000):
        assert derivative(2.0, rows) == derivative(2.0, rows) == 1000.0


def test_keys():
    assert key_of(np.ones(3)) == key_of(np.zeros(5))
    assert key_of(np.ones(3)) != key_of(np.ones(1))
    assert key_of(np.ones(3)) != key_of(np.ones(3, np.float32))
    assert key_of({"a": [1, 2.0]}) == key_of({"a": [3, 4.0]})
    assert key_of([None, "a"]) != key_of([None, "b"])


# --- nothing runs twice

runs: list[int] = []


def counted(x, options):
    note(1)
    if x > 0:
        raise TypeError("of the user")
    return x * 1.0


def note(number):
    runs.append(number)


class Meta(type):
    __hash__ = None  # type: ignore[assignment]


class Unhashable(metaclass=Meta):
    pass


@pytest.mark.parametrize("options", [{1: []}, {(1,): slice(0, 1)}, Unhashable(), Unhashable, [Unhashable()]])
def test_the_primal_runs_once(options):
    derivative = grad(counted)
    for _ in range(2):
        runs.clear()
        with pytest.raises(TypeError, match="of the user"):
            derivative(1.0, options)
        assert runs == [1]
        runs.clear()
        assert derivative(-1.0, options) == 1.0
        assert runs == [1]


# --- integers, and what is no argument


def test_integers_in_structures_count_as_reals():
    for derivative, argument, expected in (
        (grad(lambda x: x[0] * x[1]), [2, 3], [3.0, 2.0]),
        (grad(lambda x: x[0] * x[1]), (2, np.int64(3)), (3.0, 2.0)),
        (grad(lambda x: x[0] * x[1]), [2.0, 3], [3.0, 2.0]),
        (grad(lambda x: x["a"] * x["b"][0]), {"a": 2, "b": [3]}, {"a": 3.0, "b": [2.0]}),
    ):
        for _ in range(2):
            assert derivative(argument) == expected
        assert derivative.function(argument)(argument) == expected
    assert as_real([2, (np.int64(3), True, "a")]) == [2.0, (3.0, True, "a")]


def test_a_subclass_of_float():
    class Real(float):
        pass

    assert grad(square)(Real(3.0)) == 6.0


@pytest.mark.parametrize("array", [np.arange(2), np.array([True])], ids=str)
@pytest.mark.parametrize("wrap", [lambda a: [1.0, a], lambda a: (1.0, [a]), lambda a: {"a": 1.0, "b": {"c": a}}])
def test_arrays_without_derivative_in_structures(array, wrap):
    derivative = grad(lambda x, y=0: y)
    with pytest.raises(DifferentiationError, match="'x' holds"):
        derivative(wrap(array))
    assert grad(lambda y, x: y * len(x))(1.0, wrap(array)) == len(wrap(array))


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("make", [np.matrix, np.ma.masked_array, lambda a: [np.matrix(a)]])
def test_other_arrays_are_refused(make):
    derivative = grad(lambda x, y: x * y)
    for args in ((make([[1.0, 2.0]]), 2.0), (2.0, make([[1.0, 2.0]]))):
        with pytest.raises(DifferentiationError) as caught:
            derivative(*args)
        assert "np.asarray" in caught.value.hint


def test_a_list_that_holds_itself_is_refused():
    derivative = grad(lambda x, rows: x * len(rows))
    rows = [1.0]
    assert derivative(2.0, [[1.0]]) == 1.0
    rows.append(rows)
    with pytest.raises(DifferentiationError, match="holds itself"):
        derivative(2.0, rows)


# --- time


def test_a_hit_costs_little():
    """Far more than is measured on a quiet machine, which is a fifth of a microsecond."""
    derivative = grad(product)
    derivative(2.0, 3.0)
    plain = derivative.function(2.0, 3.0)
    count = 20_000
    best, bare = (min(timeit.repeat(lambda f=f: f(2.0, 3.0), number=count, repeat=5)) for f in (derivative, plain))
    assert (best - bare) / count < 3e-6
