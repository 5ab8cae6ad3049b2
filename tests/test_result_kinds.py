"""Kinds of results of functions that call each other."""

from __future__ import annotations

import numpy as np

import srcgrad
from srcgrad.analysis.kinds import FLOAT, INT, NEVER, UNKNOWN, join
from srcgrad.result_kinds import ResultKinds


def test_what_was_found_by_a_guess_is_not_kept() -> None:
    kinds = ResultKinds()

    def even() -> object:
        return join(INT, kinds.of("odd", odd))

    def odd() -> object:
        return join(FLOAT, kinds.of("even", even))

    whole = join(INT, FLOAT)
    assert kinds.of("even", even) == whole
    assert kinds.of("odd", odd) == whole


def test_a_function_without_an_end_has_no_kind() -> None:
    kinds = ResultKinds()
    assert kinds.of("f", lambda: kinds.of("f", lambda: NEVER)) == UNKNOWN
    assert not kinds.guesses


def test_what_does_not_rely_on_a_guess_is_found_once() -> None:
    kinds, asked = ResultKinds(), []

    def leaf() -> object:
        asked.append("leaf")
        return FLOAT

    def recursive() -> object:
        return join(kinds.of("leaf", leaf), kinds.of("f", recursive))

    assert kinds.of("f", recursive) == FLOAT
    assert asked == ["leaf"]


def first(x, n):
    if n == 0:
        return x, None
    return second(x, n - 1)


def second(x, n):
    if n == 0:
        return x, x * x
    return first(x, n - 1)


def summed(x, n):
    _, squared = first(x, n)
    return squared if squared is not None else x


def test_mutual_recursion_of_functions_with_several_kinds() -> None:
    assert srcgrad.grad(summed)(3.0, 1) == 6.0
    assert srcgrad.grad(summed)(3.0, 2) == 1.0
    assert srcgrad.jvp(srcgrad.grad(summed))(3.0, 1, x_dot=1.0) == (6.0, 2.0)
    np.testing.assert_array_equal(srcgrad.jvp(summed)(np.ones(2), 3, np.ones(2))[1], [2.0, 2.0])
