"""A malformed rule is reported where it is registered, at its own line."""

from __future__ import annotations

import functools
import re
import subprocess
import sys

import numpy as np
import pytest
from scipy import special

import srcgrad
from srcgrad.rules import bilinear, constant, elementwise, linear, pullback, pushforward
from srcgrad.rules.checks import check_rule
from srcgrad.rules.registry import all_rules, pushforward_of, rule_of
from srcgrad.source import read
from srcgrad.specialise import specialise
from tests.rules.support import NUMPY_2

OWN = [rule for rule in all_rules() if rule.body.__module__.startswith("srcgrad.rules")]


@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.body.__name__)
def test_srcgrad_s_own_rules_pass(rule):
    if rule.body.__name__ in ("reshape", "reshape_forward") and not NUMPY_2:
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


def slip_of_the_pen(x, *, d):
    return d * np.exq(x)


def let_twice(x, *, d):
    t = 2 * x
    t = t * x
    return d * t


def let_of_a_parameter(x, *, d):
    x = np.abs(x)
    return d * x


def let_too_early(x, *, d):
    t = d * u  # noqa: F821
    u = x * x
    return t + u


def starred_terms(a, b, *, d):
    both = d, d
    return (*both,)


def suspends(x, *, d):
    factor = yield x
    return d * factor


def any_keywords(x, *, d, **others):
    return d * x


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
    (special.erf, slip_of_the_pen, "no 'exq'", "return d \\* np.exq"),
    (special.erf, let_twice, "'t' is bound twice", "t = t"),
    (special.erf, let_of_a_parameter, "'x' is a parameter of the rule", "x = np.abs"),
    (special.erf, let_too_early, "'u' is read before it is bound", "t = d"),
    (special.beta, starred_terms, "terms must be written out", r"return \(\*both,\)"),
    (special.erf, suspends, "generator|yield", "yield x|def suspends"),
    (special.erf, any_keywords, "names its keyword parameters", "def any_keywords"),
    (special.erf, lambda x, *, d: d * x, "with def, not a lambda", "lambda x, *, d"),
]


@pytest.mark.parametrize(("primitive", "body", "says", "line"), MALFORMED, ids=lambda v: getattr(v, "__name__", None))
def test_a_malformed_rule(primitive, body, says, line):
    before = rule_of(primitive)
    with pytest.raises(srcgrad.DifferentiationError, match=says) as caught:
        elementwise(primitive)(body)
    assert caught.value.filename == __file__
    assert line in caught.value.text or re.search(line, caught.value.text)
    assert caught.value.hint
    assert rule_of(primitive) is before


@pytest.mark.parametrize("register", [elementwise, linear, bilinear, pullback, pushforward], ids=lambda f: f.__name__)
@pytest.mark.parametrize(("primitive", "body", "says", "line"), MALFORMED, ids=lambda v: getattr(v, "__name__", None))
def test_every_form_is_checked(register, primitive, body, says, line):
    before = rule_of(primitive), pushforward_of(primitive)
    with pytest.raises(srcgrad.DifferentiationError) as caught:
        register(primitive)(body)
    assert caught.value.filename == __file__
    assert caught.value.lineno is not None
    assert (rule_of(primitive), pushforward_of(primitive)) == before


def three_terms_of_three(a, b, c, *, d):
    return d, d, d


class Owner:
    def method(self, x, axis=None):
        return x

    @classmethod
    def of_class(cls, x):
        return x

    @staticmethod
    def static(x):
        return x

    def __call__(self, x):
        return x


OWNER = Owner()
PARTIAL = functools.partial(np.linalg.norm, ord=2)


def without_self(x, axis=None, *, d):
    return d


def with_self(self, x, *, d):
    return None, d


def with_b(b, *, d):
    return d


def with_ord(x, ord=3, *, d):
    return d


def with_axis_zero(self, x, axis=0, *, d):
    return None, d


MISFITS = [
    (Owner.method, without_self, "'x' is none of 'method'"),
    (Owner.method, with_axis_zero, "'axis' is 0 where it is left out, the function's is None"),
    (OWNER.method, with_self, "'self' is none of 'method'"),
    (Owner.of_class, with_self, "'self' is none of 'of_class'"),
    (OWNER.static, with_self, "'self' is none of 'static'"),
    (OWNER, with_self, "'self' is none of 'the function'"),
    (PARTIAL, with_b, "'b' is none of 'the function'"),
    (np.linalg.norm, with_ord, "'ord' is 3 where it is left out"),
    (np.hypot, three_terms_of_three, "'c' is none of 'hypot'"),
    (max, 3, "with def"),
]


@pytest.mark.parametrize(("primitive", "body", "says"), MISFITS)
@pytest.mark.parametrize("register", [elementwise, linear, pullback, pushforward], ids=lambda f: f.__name__)
def test_a_rule_with_another_signature(register, primitive, body, says):
    before = rule_of(primitive)
    with pytest.raises(srcgrad.DifferentiationError, match=says):
        register(primitive)(body)
    assert rule_of(primitive) is before


def over_axes(x, axes=(0, 1), weights=(1.0, [2, True])):
    return x * (axes[0] + 2 * axes[1])


def other_axes(x, axes=(1, 0), weights=(1.0, [2, True]), *, d):
    return d * (axes[0] + 2 * axes[1])


def axes_in_a_list(x, axes=[0, 1], weights=(1.0, [2, True]), *, d):  # noqa: B006
    return d * (axes[0] + 2 * axes[1])


def one_for_true(x, axes=(0, 1), weights=(1.0, [2, 1]), *, d):
    return d * (axes[0] + 2 * axes[1])


@pytest.mark.parametrize("body", [other_axes, axes_in_a_list, one_for_true])
def test_a_default_of_several_literals_is_the_functions(body):
    with pytest.raises(srcgrad.DifferentiationError, match=r"where it is left out, the function's is \("):
        elementwise(over_axes)(body)

    @elementwise(over_axes)
    def rule(x, axes=(0, 1), weights=(1.0, [2, True]), *, d):
        return d * (axes[0] + 2 * axes[1])


def one_term(a, b, *, d):
    return d * b


def test_a_bilinear_rule_has_two_terms():
    with pytest.raises(srcgrad.DifferentiationError, match="two terms") as caught:
        bilinear(special.beta)(one_term)
    assert "return d * b" in caught.value.text
    with pytest.raises(srcgrad.DifferentiationError, match="two terms"):
        bilinear(special.erf)(forgets_the_differential)


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
        return np.sum(moved(x, int(n + 0)) * x)

    def g(x, n):
        return np.sum(moved(x, n + 0) * x)

    made = specialise(read(f), ("x", "n"), {}, "grad", False).functions[0]
    x = np.arange(3.0)
    np.testing.assert_array_equal(made(x, 1)[0], np.roll(x, 1) + np.roll(x, -1))
    np.testing.assert_array_equal(srcgrad.grad(g)(x, 1), np.roll(x, 1) + np.roll(x, -1))
    for wrt, given in ((("x", "n"), 1), (1, 2.0)):
        with pytest.raises(srcgrad.DifferentiationError, match="flows through 'places' of 'moved'"):
            srcgrad.grad(g, wrt)(x, given)


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
