"""What holds for all rules: their form, their signatures, and that each has a case."""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import operator
import textwrap

import numpy as np
import pytest

import srcgrad.rules
from srcgrad import (
    averages,
    contents,
    jacobians,
    matrices,
    orders,
    placements,
    runtime,
    special,
    stacks,
    structures,
    tangents,
    transposes,
)
from srcgrad.rules.registry import (
    all_rules,
    is_constant,
    is_constant_method,
    pushforward_of,
    rule_of,
    rule_of_method,
)
from srcgrad.testing.templates import fresh, shares, view_of
from tests import test_complex
from tests.rules import (
    test_assembling,
    test_averages,
    test_elementwise,
    test_helpers,
    test_jacobians,
    test_linalg,
    test_placements,
    test_products,
    test_reductions,
    test_scalars,
    test_shaping,
    test_stacks,
    test_structures,
)
from tests.rules.support import NUMPY_2, case

OWN = [rule for rule in all_rules() if rule.body.__module__.startswith("srcgrad.rules")]
CASES = [
    one
    for module in (
        test_assembling,
        test_averages,
        test_elementwise,
        test_helpers,
        test_jacobians,
        test_linalg,
        test_placements,
        test_products,
        test_reductions,
        test_scalars,
        test_shaping,
        test_stacks,
        test_structures,
    )
    for one in module.CASES
]
# float32 and the like are casts, whose differences are rounding errors
UNTESTED = {np.float32, np.float16, np.longdouble}
each_rule = pytest.mark.parametrize(
    "rule", OWN, ids=lambda rule: f"{rule.body.__module__.rpartition('.')[2]}-{rule.body.__name__}"
)


def test_every_primitive_has_a_case():
    tested = {id(one.primitive) for one in CASES} | {id(p) for p in UNTESTED}
    tested |= {id(p) for one in test_complex.CASES for p in one.primitives}
    missing = [str(p) for rule in OWN for p in rule.primitives if id(p) not in tested]
    assert not missing


def tree_of(rule):
    return ast.parse(textwrap.dedent(inspect.getsource(rule.body))).body[0]


@each_rule
def test_a_body_is_lets_and_one_return(rule):
    *lets, last = tree_of(rule).body
    assert isinstance(last, ast.Return)
    for let in lets:
        assert isinstance(let, ast.Assign)
        assert len(let.targets) == 1
        assert isinstance(let.targets[0], ast.Name)


@each_rule
def test_a_body_binds_no_names_of_its_own(rule):
    # a name bound by a comprehension or a lambda could be that of an operand
    binding = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.NamedExpr)
    assert not [node for s in tree_of(rule).body for node in ast.walk(s) if isinstance(node, binding)]


@each_rule
def test_a_body_reads_only_what_generated_code_can_have(rule):
    function = tree_of(rule)
    bound = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    bound |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    names = {n.id for s in function.body for n in ast.walk(s) if isinstance(n, ast.Name)}
    for name in names - bound:
        value = rule.body.__globals__.get(name, getattr(builtins, name, None))
        helpers = (
            runtime,
            special,
            matrices,
            averages,
            transposes,
            tangents,
            structures,
            stacks,
            jacobians,
            placements,
            contents,
            orders,
        )
        homes = [module.__name__ for module in helpers]
        helper = getattr(value, "__module__", "") in homes
        assert value in (np, math, srcgrad.rules.known) or helper or name in ("len", "float"), name


@each_rule
def test_conditions_are_marked(rule):
    for node in ast.walk(tree_of(rule)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "known":
            assert len(node.args) == 1


@each_rule
def test_parameters_are_the_primitive_s_own(rule):
    own = [p for p in inspect.signature(rule.body).parameters.values() if p.name not in ("d", "out")]
    keyword_only = inspect.signature(rule.body).parameters["d"].kind
    assert keyword_only is inspect.Parameter.KEYWORD_ONLY
    for primitive in rule.primitives:
        try:
            theirs = list(inspect.signature(primitive).parameters.values())
        except (ValueError, TypeError):
            continue
        names = [p.name for p in theirs]
        if not names or any(p.kind is p.VAR_POSITIONAL for p in theirs) or isinstance(primitive, np.ufunc):
            continue
        positional = [p for p in own if p.kind is not p.KEYWORD_ONLY]
        for position, p in enumerate(positional):
            their = theirs[position]
            by_name = p.kind is p.POSITIONAL_OR_KEYWORD and their.kind is p.POSITIONAL_OR_KEYWORD
            renamed = {"self", "newshape", "x", "key"}  # methods' own, and NumPy 1's names
            assert not by_name or their.name == p.name or their.name in renamed, (p.name, names)
        for p in own[len(positional) :]:
            assert p.name in names, (p.name, names)


@pytest.mark.parametrize("rule", [rule for rule in OWN if rule.form == "pullback"], ids=lambda rule: rule.name)
def test_what_states_its_adjoint_states_its_tangent(rule):
    assert all(map(pushforward_of, rule.primitives))


@pytest.mark.parametrize("rule", [rule for rule in OWN if rule.form == "pushforward"], ids=lambda rule: rule.name)
def test_a_tangent_is_stated_with_the_parameters_of_the_adjoint(rule):
    def own(body):
        return [p for p in inspect.signature(body).parameters.values() if p.name not in ("d", "out")]

    for primitive in rule.primitives:
        assert own(rule.body) == own(rule_of(primitive).body)


@pytest.mark.parametrize("rule", [rule for rule in OWN if rule.form == "pushforward"], ids=lambda rule: rule.name)
def test_a_tangent_is_stated_directly_below_the_adjoint(rule):
    adjoint = rule_of(rule.primitives[0]).body
    assert rule.body.__module__ == adjoint.__module__
    lines, first = inspect.getsourcelines(adjoint)
    between = inspect.getsourcelines(inspect.getmodule(adjoint))[0][first + len(lines) - 1 :]
    upto = between[: inspect.getsourcelines(rule.body)[1] - first - len(lines)]
    assert not [line for line in upto if line.strip() and not line.startswith("#")]


@each_rule
def test_methods_are_ndarray_s(rule):
    for method in rule.methods:
        assert hasattr(np.ndarray, method)
        assert rule_of_method(method).body.__qualname__ == rule.body.__qualname__


@pytest.mark.parametrize(
    "primitive",
    [
        operator.lt,
        operator.floordiv,
        np.floor,
        np.argmax,
        np.zeros_like,
        len,
        int,
        math.floor,
        np.int64,
    ],
)
def test_constants(primitive):
    assert is_constant(primitive)
    assert rule_of(primitive) is None


def test_constant_methods():
    assert all(map(is_constant_method, ("argmax", "argsort", "all", "any", "round", "nonzero")))
    assert not is_constant_method("sum")


@pytest.mark.parametrize("primitive", [np.unique, np.histogram, np.nextafter, np.arange])
def test_what_only_looks_constant_is_not(primitive):
    assert not is_constant(primitive)


def test_no_primitive_is_both_constant_and_not():
    assert not [p for rule in OWN for p in rule.primitives if is_constant(p)]
    assert not [m for rule in OWN for m in rule.methods if is_constant_method(m)]


# What depends on the arguments' values more than on the rule: copies that are not made, orders zero.
SHARING = [
    *(case(np.array, x, copy=c) for x in (np.ones(2), np.ones((2, 2))) for c in ((True, None) if NUMPY_2 else (True,))),
    *(case(np.einsum, s, np.ones((2, 2))) for s in ("ij->ji", "ii->i", "ij", "...")),
    *(case(f, [np.ones(2)]) for f in (builtins.sum, math.prod)),
    *(case(f, np.ones((1, 2))) for f in (builtins.max, builtins.min, builtins.sum, math.prod)),
    *(case(f, [np.ones(1)]) for f in (builtins.max, builtins.min)),
    *(case(np.linalg.matrix_power, np.eye(2), n) for n in (0, 1, 2)),
    *(case(np.diff, np.ones(3), n) for n in (0, 1)),
    *(case(f, np.ones(2)) for f in (np.float64, np.positive, np.conjugate, np.nan_to_num, np.real, np.copy)),
    *(case(f, [np.ones(2)]) for f in (np.stack, np.concatenate, np.hstack, np.vstack, np.block)),
    *(case(np.meshgrid, np.ones(2), np.ones(3), indexing=i) for i in ("xy", "ij")),
    case(np.repeat, np.ones(2), 1),
    case(np.tile, np.ones(2), 1),
    case(np.pad, np.ones(2), 0),
    case(np.resize, np.ones(2), 2),
    case(np.take, np.ones(2), [0, 1]),
    case(np.delete, np.ones(2), []),
    case(np.compress, [True, True], np.ones(2)),
    case(np.insert, np.ones(2), [], []),
    case(np.append, np.ones(2), []),
    case(np.sort, np.ones(2)),
    case(np.squeeze, np.ones((1, 2))),
    case(np.roll, np.ones(2), 0),
    case(np.triu, np.ones((2, 2))),
    case(np.tril, np.ones((2, 2))),
    case(np.clip, np.ones(2), None, 2.0),
    case(np.ndarray.clip, np.ones(2), 0.0),
    *(case(f, np.ones((2, 1)), axis=1) for f in (np.sum, np.max, np.min, np.prod, np.mean, np.cumsum, np.cumprod)),
]


@pytest.mark.parametrize("one", [*SHARING, *CASES], ids=str)
def test_what_may_share_memory_with_an_argument_says_so(one):
    with np.errstate(all="ignore"):
        args = fresh(list(one.args))
        out = one.primitive(*args, **one.keywords)
    assert view_of(one) or not shares(out, [*args, *one.keywords.values()])


@pytest.mark.parametrize("method", sorted({m for rule in OWN for m in rule.methods} - {"real", "imag"}))
def test_what_a_method_may_share_with_its_array_is_said(method):
    arguments = {"reshape": (4,), "swapaxes": (0, 1), "dot": (np.ones(2),), "repeat": (1,), "take": ([0],)}
    arguments |= {"astype": (float,), "item": (0,), "clip": (0.0,)}
    x = np.ones((2, 2))
    out = getattr(x, method)(*arguments.get(method, ()))
    assert rule_of_method(method).view or not shares(out, [x])
