"""Lists and dicts that change: what is only known at run time, and what the caller has of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.testing import check_grads

X = np.array([0.3, 0.7, 1.1])


def grows_by_another_name(x: Any) -> Any:
    values = [x * 1.0, x * 2.0]
    others = values
    total = 0.0
    for v in values:
        if len(others) < 4:
            others.append(v * x)
        total = total + np.sum(v)
    return total


def fills_another_list(x: Any) -> Any:
    values = [x * 1.0, x * 2.0]
    others: list[Any] = []
    total = 0.0
    for v in values:
        others.append(v)
        total = total * 0.5 + np.sum(v * others[0])
        if total > 100.0:
            break
    return total * np.sum(others[-1])


def test_a_list_that_grows_in_its_loop_is_noticed() -> None:
    with pytest.raises(TypeError, match="runs over it"):
        srcgrad.grad(grows_by_another_name)(X)
    check_grads(fills_another_list, (X,))


def doubled_in_place(pair: Any) -> Any:
    pair[0][0] = pair[1][1] * 2.0
    return np.sum(pair[0] * pair[1])


def test_an_array_that_is_there_twice_counts_once() -> None:
    a = np.array([0.3, 0.5])
    value, (first, second) = srcgrad.value_and_grad(doubled_in_place)([a, a])
    assert value == doubled_in_place([b := a.copy(), b])
    np.testing.assert_allclose(first + second, [0.0, 10.0 * a[1]])
    np.testing.assert_array_equal(a, [0.3, 0.5])


def neighbours(x: Any) -> Any:
    made: list[Any] = []
    for i in range(len(x) - 1):
        made.append(x[i] * x[i + 1])
        if i:
            made[i - 1] = made[i - 1] * made[i]
    return made


def test_the_caller_may_change_the_list_that_is_returned() -> None:
    value, pullback = srcgrad.vjp(neighbours)(X)
    expected = pullback([1.0, 1.0])
    value.append(5.0)
    value[0] = 100.0
    np.testing.assert_array_equal(pullback([1.0, 1.0]), expected)
    np.testing.assert_array_equal(X, [0.3, 0.7, 1.1])


def of_steps(x: Any, n: int) -> Any:
    states = [x]
    for _ in range(n):
        states.append(states[-1] * 0.999)
    while len(states) > 1:
        x = x + states.pop()
    return x


def test_a_loop_that_appends_and_pops_copies_no_list() -> None:
    text = srcgrad.grad(of_steps).source_for(1.0, 10)
    assert not any(word in text for word in ("copied", "detached", "section", "[:]"))
    assert srcgrad.grad(of_steps)(1.0, 10) == pytest.approx(1.0 + np.sum(0.999 ** np.arange(1, 11)))
