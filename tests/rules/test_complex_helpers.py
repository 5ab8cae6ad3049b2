"""Complex numbers where derivatives are differentiated again: the rules of helpers, and second derivatives of all."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad import (
    contents,
    jacobians,
    matrices,
    placements,
    runtime,
    special,
    stacks,
    structures,
    tangents,
    transposes,
)
from srcgrad.loader import load
from srcgrad.rules.registry import _COMPLEX
from tests import test_complex
from tests.test_complex import Case, c, check, dots, is_number, places, r, weights
from tests.zoo import WHOLE

pytestmark = pytest.mark.filterwarnings("error")
CASES: list[Case] = []
_numbers = itertools.count(1)
NUMBERS = np.array([1, 0, 3, 1])
TRUE = np.array([True, False, True])


def case(helper: Callable[..., Any], function: Callable[..., Any], *args: Any) -> None:
    CASES.append(Case((helper,), function, args))


# --- elementwise

for _x, _y in ((c(3), c(3)), (c(3), r(3)), (r(3), c(3)), (c(), c()), (c(), r()), (r(), c())):
    case(runtime.ratio, lambda x, y: runtime.ratio(x, y), _x, _y)
    case(special.lowered, lambda x, y: x * special.lowered(x, y), _x, _y)
    for _t in (c(3), r(3)):
        case(runtime.power_adjoint_x, lambda t, x, y: runtime.power_adjoint_x(t, x, y), _t, _x, _y)
        case(special.times_power, lambda t, x, y: special.times_power(t, x, y), _t, _x, _y)
        case(runtime.power_adjoint_y, lambda t, x, y: runtime.power_adjoint_y(t, x, x**y), _t, _x, _y)
for _x in (c(3), c(), c(2, 2), np.array([0j, 1j])[1:]):
    case(matrices.direction, lambda x: matrices.direction(x), _x)
    case(special.sinc_derivative, lambda x: special.sinc_derivative(x, 1), _x)

# --- shapes: what is like something real is real

for _t in (c(2, 3), c(2, 3) * 3):
    case(runtime.unbroadcast, lambda t: runtime.unbroadcast(t, np.ones(3)), _t)
    case(runtime.reshape_like, lambda t: runtime.reshape_like(t, np.ones(6)), _t)
    case(runtime.expanded, lambda t: runtime.expanded(t, 0, False), _t)
for _like in (np.ones((2, 3)), np.ones((2, 3), complex)):
    case(runtime.unreduce, lambda t, like=_like: runtime.unreduce(t, like, 0), c(3))
    case(runtime.unreduce, lambda t, like=_like: runtime.unreduce(t, like), c())
    case(runtime.unreduce, lambda t, like=_like: runtime.unreduce(t, like), r())
    case(transposes.reduced_like, lambda t, like=_like: transposes.reduced_like(t, like[0], 0), c(2, 3))
    case(transposes.reduced_like, lambda t, like=_like: transposes.reduced_like(t, like[0], 0), r(2, 3))
    case(runtime.cast_back, lambda t, like=_like: runtime.cast_back(t, like, like), c(2, 3))
    case(runtime.gathered, lambda t, like=_like: runtime.gathered(t, like[0], NUMBERS), c(4))
    case(runtime.gathered, lambda t, like=_like: runtime.gathered(t, like[0], NUMBERS), r(4))
    case(runtime.array_like, lambda a, b, like=_like: runtime.array_like([a, b], like[0, :2]), c(), r())
    case(runtime.array_like, lambda a, b, like=_like: runtime.array_like([a, b], like[0, :2]), r(), c())

# --- elements

case(transposes.taken, lambda t: transposes.taken(t, NUMBERS), c(3))
case(runtime.pad_adjoint, lambda t: runtime.pad_adjoint(t, np.ones(2, complex), 1, "edge"), c(4))
case(runtime.item_adjoint, lambda t: runtime.item_adjoint(t, np.ones(2, complex), (1,)), c())
case(transposes.item_of, lambda t: transposes.item_of(t, (1,)), c(2))
case(runtime.diagonal_adjoint, lambda t: runtime.diagonal_adjoint(t, np.ones((2, 2), complex)), c(2))
case(runtime.diag_adjoint, lambda t: runtime.diag_adjoint(t, np.ones((2, 2), complex), 0), c(2))
case(runtime.diff_adjoint, lambda t: runtime.diff_adjoint(t, np.ones(4, complex), 1, 0), c(3))

# --- lists

PARTS = [np.ones(2, complex), np.ones(3, complex)]
case(runtime.like_nested, lambda t: runtime.like_nested(t, [1j, 2j]), c(2))
case(runtime.split_like, lambda t: runtime.split_like(t, PARTS, 0), c(5))
case(transposes.joined, lambda a, b: transposes.joined([a, b], np.ones(5, complex), 0), c(2), c(3))
case(runtime.unstack, lambda t: runtime.unstack(t, PARTS, 0), c(2, 3))
case(runtime.block_adjoint, lambda t: runtime.block_adjoint(t, PARTS), c(5))
case(runtime.select_adjoint, lambda t: runtime.select_adjoint(t, [TRUE], [np.ones(3, complex)]), c(3))
case(transposes.meshed, lambda a, b: transposes.meshed([a, b], "xy"), c(2), c(3))
case(runtime.meshgrid_adjoint, lambda a, b: runtime.meshgrid_adjoint([a, b], PARTS, "ij"), c(2, 3), c(2, 3))
case(runtime.sum_adjoint, lambda t: runtime.sum_adjoint(t, [1j, PARTS[0]]), c(2))
case(transposes.summed, lambda a, b: transposes.summed([a, b], np.ones(2, complex)), c(2), c())
case(runtime.rows_of, lambda a, b: runtime.rows_of([a, b], np.ones(2, complex)), c(2), c())
case(runtime.items_of, lambda t: runtime.items_of(t, [np.ones(3, complex), 1j]), c(2, 3))

# --- algebra

for _a, _b in ((c(3), c(3)), (c(3), r(3))):
    case(runtime.recurrence, lambda b, a: runtime.recurrence(b, a), _a, _b)
case(matrices.einsum_of, lambda a, b: matrices.einsum_of("ij,jk->ik", [a, b]), c(2, 3), r(3, 2))
case(matrices.replaced, lambda a, b: matrices.replaced([a, a], 1, b), c(2), c(2))
for _like in (np.ones((2, 2)), np.ones((2, 2), complex)):
    case(matrices.with_letters, lambda t, like=_like: matrices.with_letters(t, like, "ii"), c(2))
    case(matrices.with_letters, lambda t, like=_like: matrices.with_letters(t, like, "ij"), c(2, 2))
case(matrices.of_letters, lambda t: matrices.of_letters(t, np.ones(2, complex), "ii"), c(2, 2))
case(matrices.cofactors, lambda a: matrices.cofactors(a), c(3, 3))


def rebuilt(x: Any) -> Any:
    """What does not depend on how pairs of singular vectors are turned."""
    u, s, vh = matrices.thin_svd(x)
    return (u * s[..., np.newaxis, :] ** 2) @ vh, s


for _x in (c(3, 3), c(4, 2), c(2, 4), c(2, 3, 2), r(3, 2)):
    case(matrices.thin_svd, rebuilt, _x)

# --- what is put in places

MASK, ORIGINS = np.array([True, False, True]), np.array([-2, 1, -1])
for _v in (c(2), r(2)):
    case(placements.with_added_at, lambda x, t: placements.with_added_at(x, [0, 0], t), c(3), _v)
    case(placements.with_subtracted_at, lambda x, t: placements.with_subtracted_at(x, [0, 0], t), c(3), _v)
    case(placements.with_put, lambda x, v: placements.with_put(x, [2, 0], v), c(3), _v)
    case(placements.with_placed, lambda x, v: placements.with_placed(x, MASK, v), c(3), _v)
    case(placements.with_diagonal, lambda x, v: placements.with_diagonal(x, v), c(2, 2), _v)
    case(placements.put_adjoint, lambda d, like=_v: placements.put_adjoint(d, ORIGINS, like), c(3))
    case(placements.put_of, lambda t: placements.put_of(t, ORIGINS), _v)
case(placements.with_masked, lambda x, v: placements.with_masked(x, MASK, v), c(3), c(3))
INDEX = np.array([1, 0])
case(placements.with_along_axis, lambda x, v: placements.with_along_axis(x, INDEX, v, 0), c(3), c(2))
case(placements.unplaced, lambda d: placements.unplaced(d, ORIGINS), c(3))

# --- structures

case(structures.with_added, lambda x, t: structures.with_added(x, 1, t), c(3), c())
case(structures.with_added, lambda x, t: structures.with_added(x, slice(1, None), t), c(3), r(2))
case(transposes.element_like, lambda x: transposes.element_like(x, 1, 1j), c(3))
case(transposes.only_element, lambda t: transposes.only_element(t, np.ones(3, complex), 1), c())
case(structures.add, lambda x, y: structures.add(x, y), c(3), c(3))
case(structures.add, lambda x, y: structures.add(x, y), c(3), r(3))
case(tangents.plus, lambda x, y: tangents.plus(x, y), c(3), r(3))
case(special.raised, lambda x, y: special.raised(x, y), c(3), c(3))
case(special.raised, lambda x, y: special.raised(x, y), c(3), r(3))
case(structures.copied, lambda x: structures.copied(x), c(3))
case(structures.chained, lambda x, y: structures.chained((x, x), (y,)), c(3), r(2))
case(tuple, lambda x: tuple(structures.copied([x, 2 * x])), c(3))
case(contents.read_first, lambda x: contents.read_first(x, np.ones(3, complex), slice(None)), c(3))
case(contents.shared_like, lambda t: contents.shared_like(t, np.ones(3, complex)), c(3))
case(contents.twins, lambda x: contents.twins(x), c(3))
case(structures.detached, lambda x: structures.detached(x), c(3))
case(structures.listed, lambda x: structures.listed(x, 3), c(3))
case(runtime.matched, lambda x: runtime.matched(x, np.ones(3)), c(3))
case(runtime.matched, lambda x: runtime.matched(x, np.ones(3, complex)), r(3))
case(structures.restored, lambda x: structures.restored(x, np.ones(3)), c(3))
case(structures.restored, lambda x: structures.restored(x, np.ones(3, complex)), r(3))
case(structures.seed, lambda y: structures.seed(np.ones(3, complex), y), c())
case(transposes.seed_adjoint, lambda d: transposes.seed_adjoint(d, 1j), c(3))
case(structures.as_tangent, lambda t: structures.as_tangent(t, np.ones(3, complex)), c(3))
case(structures.elementwise, lambda x: structures.elementwise(x, np.ones(3, complex)), c(3))
case(structures.broadcast_like, lambda t: structures.broadcast_like(t, np.ones((2, 3), complex)), c(3))


# --- Jacobians

case(jacobians.columns, lambda t: jacobians.columns(t, np.ones(2, complex), np.ones(3)), c(3, 2))
case(jacobians.of_columns, lambda t: jacobians.of_columns(t, np.ones(2, complex), np.ones(3)), c(2, 3))
case(jacobians.rows, lambda t: jacobians.rows(t, np.ones(3, complex), np.ones(2, complex)), c(2, 3))
case(jacobians.of_rows, lambda t: jacobians.of_rows(t, np.ones(3, complex), np.ones(2, complex)), c(2, 3))
case(jacobians.joined, lambda x, y: jacobians.joined([x, y]), c(3), c(3))
case(jacobians.each, lambda t: jacobians.each(t), c(2, 3))
case(jacobians.aligned, lambda t: jacobians.aligned(t, np.ones((2, 3))), c(2, 3))
case(jacobians.aligned, lambda t: jacobians.aligned(t, 1.0), c(2, 3))

# --- stacks


def stacked(x: Any, y: Any) -> Any:
    """What generated loops do, in statements of their own."""
    stack = stacks.empty()
    stack = stacks.push(stack, x * y, 0)
    stack = stacks.push(stack, (x, y), 2)
    stack = stacks.held(stack)
    stack, a, b = stacks.pop(stack, 2)
    stack, whole = stacks.pop(stack, 0)
    return a * b * whole


CASES.append(Case((stacks.push, stacks.pop, stacks.held), stacked, (c(3), c(3))))
CASES.append(Case((stacks.push, stacks.pop, stacks.held), stacked, (c(3), r(3))))


def shown(cases: list[Case]) -> list[Any]:
    return [pytest.param(one, id=f"{n}-{one}") for n, one in enumerate(cases)]


@pytest.mark.parametrize("one", shown(CASES))
def test_rules(one: Case) -> None:
    check(one.function, *one.args, general=False)


def test_every_helper_whose_rule_holds_has_a_case() -> None:
    tested = {id(p) for one in CASES for p in one.primitives}
    ours = [p for p in _COMPLEX.values() if (getattr(p, "__module__", "") or "").startswith("srcgrad")]
    assert ours
    assert not [p for p in ours if id(p) not in tested]


# --- second derivatives


def product(w: str, value: str, like: Any) -> str:
    """The text of the real part of the inner product of two values of the structure of ``like``."""
    if isinstance(like, (list, tuple)):
        parts = [product(f"{w}[{k}]", f"{value}[{k}]", item) for k, item in enumerate(like)]
        return " + ".join(filter(None, parts))
    return f"np.sum(np.real({w} * {value}))" if is_number(like) else ""


def slopes_of(function: Callable[..., Any], args: tuple[Any, ...]) -> Callable[..., Any]:
    """The inner product of the gradients of a function of the arguments, by all that hold numbers, with weights."""
    wrt = [n for n, value in enumerate(args) if places(value)]
    value = function(*args)
    given = ", ".join(f"a{n}" for n in range(len(args)))
    found = {"np": np, "function": function, "w": weights(value, np.random.default_rng(3))}
    found["v"] = [dots(args[n], np.random.default_rng(4 + n)) for n in wrt]
    outer = " + ".join(product(f"v[{k}]", f"g[{k}]", args[n]) for k, n in enumerate(wrt))
    text = f"def loss({given}):\n    out = function({given})\n    return {product('w', 'out', value)}\n"
    text += f"def slopes({given}):\n    g = gradient({given})\n    return {outer}\n"
    module = load(text, f"<complex second order {next(_numbers)}>", found)
    module["gradient"] = srcgrad.grad(module["loss"], tuple(wrt))
    return module["slopes"]


# one case in fifty, or all of them: SRCGRAD_WHOLE_ZOO=1 pytest tests/rules/test_complex_helpers.py
SOME = [*test_complex.CASES, *[one for one in CASES if one.function is not stacked]][:: 1 if WHOLE else 50]


@pytest.mark.parametrize("one", shown(SOME))
def test_second_derivatives(one: Case) -> None:
    with np.errstate(all="ignore"):
        check(slopes_of(one.function, one.args), *one.args, general=False)
