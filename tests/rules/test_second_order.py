"""Derivatives of any order of each primitive, held against differences of the order below."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import srcgrad
from tests.rules.second_order import check_orders, check_second_tangent, gradients_of, point_of, text_of
from tests.rules.support import call, pack
from tests.rules.test_rule_forms import CASES, OWN
from tests.zoo import WHOLE

SPREAD = {"maximum", "minimum", "fmax"}  # rules with cases of equal elements, where a gradient jumps
RULES = {rule: f"{rule.body.__module__.rpartition('.')[2]}-{rule.body.__name__}" for rule in OWN}
BY_RULE: dict[Any, dict[str, list[Any]]] = {}
for one in CASES:
    lasting = not one.rule.body.__module__.endswith(".stacks")  # each version of a stack is used once
    if lasting and pack(call(one, {})).size:
        BY_RULE.setdefault(one.rule, {}).setdefault(text_of(point_of(one)), []).append(one)
# one rule in seven, in nineteen, in sixty, or all of them: SRCGRAD_WHOLE_ZOO=1 pytest tests/rules/test_second_order.py
many_rules = pytest.mark.parametrize("rule", list(BY_RULE)[:: 1 if WHOLE else 7], ids=lambda rule: RULES[rule])
more_rules = pytest.mark.parametrize("rule", list(BY_RULE)[:: 1 if WHOLE else 19], ids=lambda rule: RULES[rule])
some_rules = pytest.mark.parametrize("rule", list(BY_RULE)[:: 1 if WHOLE else 61], ids=lambda rule: RULES[rule])
# third derivatives of each way in which helpers are differentiated
THIRD = [
    "shaping-take", "assembling-concatenate", "assembling-block", "averages-quantile", "arithmetic-power",
    "linalg-norm", "linalg-solve", "products-einsum", "reductions-std", "scalars-prod", "structures-with_added_rule",
]  # fmt: skip


def check_all(cases: list[Any], order: int, known: bool = False) -> None:
    for one in cases:
        point = point_of(one)
        gradients, names = gradients_of(point, order, known)
        check_orders(point, gradients, names, kinks=one.rule.body.__name__ in SPREAD)


@pytest.mark.slow
@many_rules
def test_second_derivatives_for_all_kinds(rule: Any) -> None:
    for cases in list(BY_RULE[rule].values())[:2]:
        check_all([one for one in cases if one.primitive is cases[0].primitive], 2)


@pytest.mark.slow
@more_rules
def test_second_derivatives_for_all_kinds_of_each_primitive(rule: Any) -> None:
    for cases in BY_RULE[rule].values():
        check_all(cases, 2)


@pytest.mark.slow
@some_rules
def test_second_derivatives_for_the_kinds_of_a_call(rule: Any) -> None:
    for cases in BY_RULE[rule].values():
        check_all(cases[:4], 2, known=True)


@pytest.mark.slow
@more_rules
def test_tangents_of_tangents(rule: Any) -> None:
    for cases in BY_RULE[rule].values():
        check_second_tangent(point_of(cases[0]), kinks=rule.body.__name__ in SPREAD)


@pytest.mark.parametrize("rule", [rule for rule in BY_RULE if RULES[rule] in THIRD], ids=lambda rule: RULES[rule])
def test_third_derivatives(rule: Any) -> None:
    check_all(next(iter(BY_RULE[rule].values()))[:1], 3)


@pytest.mark.slow
@some_rules
def test_third_derivatives_of_each_primitive(rule: Any) -> None:
    for cases in BY_RULE[rule].values():
        check_all(cases[:1], 3)


# --- by the names that a user calls


def softmax(x: Any) -> Any:
    t = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.sum((t / np.sum(t, axis=1, keepdims=True)) ** 2)


def mixed(x: Any) -> Any:
    rows = np.concatenate([x, np.clip(x, -0.4, 0.4)], axis=0)
    return np.sum(np.std(rows, axis=0) * np.prod(x, axis=0)) + np.linalg.norm(x) ** 3


def distances(x: Any) -> Any:
    gaps = x[:, None, :] - 0.5 * x[None, :, :]
    return np.sum(np.where(gaps > 0, gaps, -0.5 * gaps) ** 3 * np.arange(1.0, 4.0)[:, None, None])


X = np.random.default_rng(5).normal(size=(3, 2))


@pytest.mark.parametrize("function", [softmax, mixed, distances])
def test_gradients_of_gradients(function: Any) -> None:
    first = srcgrad.grad(function)
    second = srcgrad.grad(first)
    third = srcgrad.grad(second)
    for above, below in ((second, first), (third, second)):
        step = np.random.default_rng(6).normal(size=X.shape)
        slope = np.sum(below(X + 1e-6 * step) - below(X - 1e-6 * step)) / 2e-6
        np.testing.assert_allclose(np.sum(above(X) * step), slope, rtol=1e-6)


def test_ties_have_the_second_derivative_of_the_pieces() -> None:
    def squared(x: Any, y: Any) -> Any:
        return np.sum(np.maximum(x, y) ** 2)

    x = np.array([1.0, 2.0])
    # half of each: the gradient is max(x, y) for both where they are equal
    np.testing.assert_array_equal(srcgrad.grad(srcgrad.grad(squared))(x, x), [0.5 * 1.0, 0.5 * 1.0])
