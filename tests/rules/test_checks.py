"""A malformed rule is reported where it is registered, at its own line."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy import special

import srcgrad
from srcgrad.rules import constant, elementwise, linear, pullback
from srcgrad.rules.checks import check_rule
from srcgrad.rules.registry import all_rules, rule_of
from srcgrad.source import read
from srcgrad.specialise import specialise
from tests.rules.support import NUMPY_2

OWN = [rule for rule in all_rules() if rule.body.__module__.startswith("srcgrad.rules")]


@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.body.__name__)
def test_srcgrad_s_own_rules_pass(rule):
    if rule.body.__name__ == "reshape" and not NUMPY_2:
        pytest.skip("NumPy 1 calls the shape newshape")
    check_rule(rule.body, rule.form, rule.primitives)


def no_differential(x):
    return x


def positional_differential(x, d):
    return d


def three_terms(a, b, *, out, d):
    return d * out, d * out, d


def loops(x, *, d):
    for _ in range(3):
        d = d * x
    return d


def branches(x, *, d):
    if x > 0:
        return d
    return 2 * d


def returns_nothing(x, *, d):
    d * x


def unknown_name(x, *, d):
    factor = 2.0 * nothing  # noqa: F821
    return d * factor


def binds_a_name(x, *, d):
    return sum([k for k in d])  # noqa: C416


def another_parameter(x, y, *, d):
    return d, d


def forgets_the_differential(x, *, d):
    factor = 2 * x
    return factor


def chooses_all_terms_at_once(a, b, *, d):
    return (d, d) if a else (d, 2 * d)


MALFORMED = [
    (special.erf, no_differential, "keyword-only parameter 'd'", "def no_differential(x)"),
    (special.erf, positional_differential, "keyword-only parameter 'd'", "def positional"),
    (special.beta, three_terms, "3 terms for 2 parameters", "return d * out"),
    (special.erf, loops, "lets .* and one return", "for _ in"),
    (special.erf, branches, "lets .* and one return", "if x > 0"),
    (special.erf, returns_nothing, "lets .* and one return", "d * x"),
    (special.erf, unknown_name, "'nothing' is neither", "factor = 2.0"),
    (special.erf, binds_a_name, "binds no names", "return sum"),
    (special.erf, another_parameter, "'y' is none of 'erf'", "def another"),
    (special.erf, forgets_the_differential, "computed from the differential", "return factor"),
    (special.beta, chooses_all_terms_at_once, "several terms at once", "return (d, d)"),
    (special.erf, lambda x, *, d: d * x, "with def, not a lambda", "lambda x, *, d"),
]


@pytest.mark.parametrize(("primitive", "body", "says", "line"), MALFORMED, ids=lambda v: getattr(v, "__name__", None))
def test_a_malformed_rule(primitive, body, says, line):
    before = rule_of(primitive)
    with pytest.raises(srcgrad.DifferentiationError, match=says) as caught:
        elementwise(primitive)(body)
    assert caught.value.filename == __file__
    assert line in caught.value.text
    assert caught.value.hint
    assert rule_of(primitive) is before


def eigvals_of_b(b, *, d):
    return d


def eigvals_by_keyword(a, *, lower, d):
    return d


@pytest.mark.parametrize("body", [eigvals_of_b, eigvals_by_keyword])
def test_a_parameter_that_the_function_does_not_have(body):
    with pytest.raises(srcgrad.DifferentiationError, match="none of 'eigvals'"):
        pullback(np.linalg.eigvals)(body)


@pytest.mark.parametrize(
    ("register", "says"),
    [
        (lambda: elementwise(3), "3 is no function"),
        (lambda: elementwise(), "given no function"),
        (lambda: constant(), "given no function"),
        (lambda: constant(3), "3 is no function"),
        (lambda: linear(loops), "the rule instead of the function"),
        (lambda: pullback(special.erf)(3), "with def, not 3"),
    ],
)
def test_what_is_no_function(register, says):
    with pytest.raises(srcgrad.DifferentiationError, match=says):
        register()


def test_srcgrad_s_own_rules_are_not_read_when_it_is_imported():
    code = "import srcgrad, linecache; print(sum('srcgrad/rules' in name for name in linecache.cache))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def moved(x, places):
    return np.roll(x, places)


def weighed(x, like):
    return x * np.ones_like(like)


def test_no_derivative_flows_through_a_discrete_parameter():
    @srcgrad.rules.linear(moved)
    def moved_rule(x, places: srcgrad.rules.Discrete, *, d):
        return np.roll(d, -places)

    def f(x, n):
        return np.sum(moved(x, n + 0) * x)

    made = specialise(read(f), ("x", "n"), {}, "grad", False).functions[0]
    x = np.arange(3.0)
    np.testing.assert_array_equal(made(x, 1)[0], np.roll(x, 1) + np.roll(x, -1))


def test_a_parameter_with_a_term_of_zeros_gets_none_and_is_not_read():
    @srcgrad.rules.elementwise(weighed)
    def weighed_rule(x, like, *, d):
        return d, np.zeros_like(like)

    def f(x):
        return weighed(x, np.exp(x))

    text = srcgrad.grad(f).source_for(np.ones(2))
    assert text.count("np.exp") == 2  # in the primal's own line, as code and as a comment
    assert "zeros" not in text
    np.testing.assert_array_equal(srcgrad.grad(f)(np.ones(2)), np.ones(2))
