"""Kinds of results: nothing is taken for known that holds for the samples only."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import gast
import numpy as np
import pytest

import srcgrad
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import FLOAT, INT, TEXT, UNKNOWN, Array, Kind, Scalar, Sequence, join, kind_of
from srcgrad.analysis.scope import Scope

REAL = np.dtype(float)
VECTOR, MATRIX = Array((False,), REAL), Array((False, False), REAL)
KEEP = False
STOP = 5.0


def kind(text: str, **kinds: Kind) -> Kind:
    """The kind of an expression over names of the given kinds."""
    return Inference(Scope({"np": np, **vars(builtins)}, set(kinds), kinds)).kind(gast.parse(text, mode="eval").body)


def check(function: Callable[..., Any], args: tuple[Any, ...], wrt: str) -> None:
    """Compare the gradient of a sum with central differences."""
    made = srcgrad.grad(function, wrt=wrt)(*args)
    position = function.__code__.co_varnames.index(wrt)
    base = np.asarray(args[position], dtype=float)
    assert np.shape(made) == base.shape
    for place in np.ndindex(base.shape):
        ends = []
        for step in (1e-6, -1e-6):
            moved = base.copy()
            moved[place] += step
            value = function(*args[:position], moved if base.shape else float(moved), *args[position + 1 :])
            ends.append(np.sum(value))
        assert np.isclose(np.asarray(made)[place], (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-6)


def max_with_one(x):
    return max(1, x)


def min_with_zero(x):
    return min(0, x) * 2.0


def max_with_flag(x):
    return max(True, x)


def max_of_list(x):
    return max([1, x])


@pytest.mark.parametrize(
    ("function", "x"), [(max_with_one, 3.0), (min_with_zero, -2.0), (max_with_flag, 3.0), (max_of_list, 3.0)]
)
def test_what_is_selected_is_as_real_as_any_argument(function, x):
    check(function, (x,), "x")


def test_max_with_an_integer_argument():
    check(lambda x, n: max(x, n), (3.0, 1), "x")
    assert kind("max(x, n)", x=FLOAT, n=INT) == join(FLOAT, INT)


def keep_argument(x, w, keep):
    return np.mean(x, axis=1, keepdims=keep) * w


def keep_global(x, w):
    return np.mean(x, axis=1, keepdims=KEEP) * w


def test_flags_are_tried_both_ways(monkeypatch):
    x, w = np.arange(12.0).reshape(3, 4), np.arange(3.0)
    check(keep_argument, (x, w, False), "w")
    check(keep_argument, (x, w, True), "w")
    check(keep_global, (x, w), "w")
    monkeypatch.setitem(keep_global.__globals__, "KEEP", True)
    check(keep_global, (x, w), "w")  # the guard sees that the global is another one now


CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...], str]] = {
    "convolve": (lambda x, w, b: np.convolve(x, w, "valid") + b, (np.ones(6), np.ones(3), np.ones(1)), "b"),
    "correlate": (lambda x, w, b: np.correlate(x, w) + b, (np.ones(6), np.ones(3), np.ones(1)), "b"),
    "arange of a global": (lambda a: a * np.arange(STOP), (np.ones(1),), "a"),
    "arange": (lambda a, t, dt: a * np.exp(-np.arange(0.0, t, dt)), (np.ones(1), 3.0, 1.0), "a"),
    "diff": (lambda x, w: np.diff(x, 3) * w, (np.arange(4.0), np.ones(5)), "x"),
    "pad": (lambda x, w, n: np.pad(x, n) * w, (np.ones(1), np.ones(5), 0), "x"),
    "sum": (lambda x, w, ax: np.sum(x, axis=ax) * w, (np.ones((1, 2, 3, 4)), np.ones((1, 3, 4)), 0), "w"),
    "compress": (lambda x, w, m: np.compress(m, x) * w, (np.ones(3), np.ones(4), np.array([True, False, False])), "x"),
    "take": (lambda x, w, m: np.take(x, np.flatnonzero(m)) * w, (np.ones(3), np.ones(4), np.array([0, 1, 0])), "x"),
    "diagonal": (lambda x, w: np.diagonal(x, 3) * w, (np.ones((4, 4)), np.ones(5)), "x"),
    "a step": (lambda x, w: x[::2] * w, (np.ones(2), np.ones(5)), "x"),
    "concatenate": (lambda x, y, w: np.concatenate([x, y]) * w, (np.ones(1), np.ones(0), np.ones(5)), "x"),
    "append": (lambda x, w: np.append(x, 0.5) * w, (np.ones(0), np.ones(5)), "w"),
    "reshape": (lambda x, w: np.reshape(x, (6, -1)) * w, (np.ones((2, 3)), np.ones((6, 5))), "x"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_sizes_follow_only_from_sizes(case):
    check(*case)


def test_sizes_that_follow_from_sizes_are_known():
    a = {"m": MATRIX, "v": VECTOR, "x": FLOAT, "n": INT}
    for text in ("m @ v", "np.sum(m, 0)", "v * x", "np.exp(v)", "np.append(v, v)", "np.where(v > x, v, 0.0)", "v.T"):
        assert kind(text, **a) == VECTOR, text
    assert kind("np.mean(m, axis=1, keepdims=True)", **a) == Array((False, True), REAL)
    assert kind("np.outer(v, v)", **a) == kind("np.linalg.inv(m)", **a) == kind("m[None][0]", **a) == MATRIX
    assert kind("np.linspace(x, 1.0, 5)", **a) == kind("np.zeros(3)", **a) == kind("np.arange(3.0)", **a) == VECTOR
    assert kind("np.zeros(n)", **a) == kind("np.unique(v)", **a) == kind("np.diff(v)", **a) == Array((None,), REAL)


def test_keywords_of_shapes_that_are_written_out():
    integer = np.dtype(int)
    for text in ("np.zeros((3,), dtype=int)", "np.zeros((3,), int)", "np.full((3,), 1)", "np.ones(3, int, order='F')"):
        assert kind(text) == Array((False,), integer), text
    assert kind("np.full((3, 1), 1, dtype=np.float32)") == Array((False, True), np.dtype(np.float32))
    assert kind("np.full((3,), x)", x=UNKNOWN) == Array((False,), None)
    assert kind("np.zeros((*x, 3))", x=UNKNOWN) == Array(None, np.dtype(float))


def zeros_of_integers(x):
    y = np.zeros((3,), dtype=int)
    y += x
    return np.sum(y)


def test_adding_reals_to_integers_in_place_is_refused():
    with pytest.raises(srcgrad.DifferentiationError, match="dtype int"):
        srcgrad.grad(zeros_of_integers)(np.ones(3))


def test_dtypes_are_those_of_this_numpy():
    for number in (np.float32(2.0), 2.0, 3):
        for other in (np.float32(0.5), np.ones(3, np.float32), np.ones(3, np.int8), np.float32(0.5).reshape(())):
            found = kind("a * b", a=kind_of(number), b=kind_of(other))
            dtype = found.dtype if isinstance(found, Array) else np.dtype(found.type)
            assert dtype in (None, np.result_type(number * other))


def test_a_number_of_two_types_promotes_as_either():
    either = join(INT, FLOAT)
    assert kind("s * a", s=either, a=Array((False,), np.dtype(int))) == Array((False,), None)
    assert kind("s * a", s=either, a=VECTOR) == VECTOR
    assert kind("s + x", s=either, x=FLOAT) == FLOAT


def test_elements_of_iterables():
    assert kind("list(enumerate(v - v))", v=VECTOR).item.items == (INT, Scalar(np.float64))
    assert kind("sorted(v)", v=VECTOR) == Sequence(list, None, Scalar(np.float64))
    assert kind("v[[2, 0, 2]]", v=VECTOR) == VECTOR


def pairs(x, w):
    m = max(np.sum(w), x)
    for k, m in list(enumerate(w - w)):
        w = w[[2, 0, 1]]
        m += x * k
    return m + np.sum(w)


def test_adding_to_the_target_of_a_loop_over_pairs():
    check(pairs, (0.5, np.arange(3.0)), "x")


def test_reading_numbers_as_arrays():
    number, none = Scalar(np.float64), Array((), REAL)
    for text, found in {
        "s[None]": Array((True,), REAL), "s[..., None]": Array((True,), REAL), "s[()]": number, "s[...]": none,
    }.items():  # fmt: skip
        assert kind(text, s=number) == kind(text, s=none) == found


def test_elements_by_what_may_be_a_slice():
    whole = Sequence(list, (FLOAT, FLOAT), FLOAT)
    assert kind("xs[k]", xs=whole, k=INT) == FLOAT
    assert kind("xs[k]", xs=whole, k=UNKNOWN) == UNKNOWN
    assert kind("x[k]", x=VECTOR, k=Array((), np.dtype(int))) == Array(None, REAL)


def test_attributes_of_objects_are_not_those_of_arrays():
    assert kind("x.size", x=UNKNOWN) == UNKNOWN
    assert kind("x.size", x=VECTOR) == INT


def test_some_string_is_no_particular_one():
    assert kind("np.zeros(3, str(n))", n=INT) == Array((False,), None)
    assert kind("str(n)", n=INT) == TEXT
