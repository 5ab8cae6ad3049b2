"""Rules that hold for complex numbers, with complex arguments: each is run by itself, on all branches of ``known``."""

from __future__ import annotations

import builtins
import cmath
import itertools
import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad import matrices, runtime, special
from srcgrad.rules.registry import _COMPLEX
from srcgrad.stacks import held, pop, push
from srcgrad.structures import add, copied, restored, seed, with_added
from srcgrad.testing.templates import Case
from srcgrad.transposes import element_like, only_element, seed_adjoint
from tests.rules import support
from tests.rules.support import NUMPY_2, case, check, is_complex, tangent_of

RNG = np.random.default_rng(8)


def c(*shape: int) -> Any:
    """Complex numbers, away from the cuts of the elementary functions."""
    made = RNG.uniform(0.3, 0.9, shape) + 1j * RNG.uniform(0.2, 0.8, shape)
    return made if shape else complex(made)


def r(*shape: int) -> Any:
    made = RNG.uniform(0.3, 0.9, shape)
    return made if shape else float(made)


def each(function: Any, *arguments: tuple[Any, ...], **keywords: Any) -> Iterator[Case]:
    """A case for every choice among the arguments that is not real altogether."""
    for chosen in itertools.product(*arguments):
        if is_complex(chosen):
            yield case(function, *chosen, **keywords)


UNARY = "negative positive square reciprocal sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan"
UNARY += " sinh cosh tanh arcsinh arccosh arctanh sinc conjugate absolute real imag angle"
WHOLE = "sum mean prod cumsum cumprod var std copy ravel squeeze atleast_1d atleast_2d atleast_3d ascontiguousarray"
WHOLE += " asfortranarray asanyarray asarray array transpose"
OF_PYTHON = "exp sqrt log log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh phase"
CASES = [
    *(case(getattr(np, name), x) for name in UNARY.split() for x in (c(), c(2, 3), np.array(c()))),
    *(case(getattr(np, name), -c(3) - 1) for name in ["arccosh", "arccos", "arcsin", "sqrt", "log"]),
    *(case(getattr(np, name), x) for name in WHOLE.split() for x in (c(2, 3), c(3))),
    *(case(getattr(cmath, name), z) for name in OF_PYTHON.split() for z in (c(), r(), -c() - 1)),
    *(case(f, x) for f, x in ((cmath.acosh, 0.3), (cmath.asin, 1.7), (cmath.sqrt, -1.7), (cmath.log, -1.7))),
    *(case(cmath.log, c(), b) for b in (c(), 2.5)),
    case(cmath.log, r(), c()),
    case(cmath.rect, r(), r()),
    *(case(f, z, deg=deg) for f in (np.angle,) for z in (c(), c(3), r(3), r()) for deg in (True, False)),
    *(case(f, c(3)) for f in (operator.neg, operator.pos, np.ndarray.conjugate, np.ndarray.flatten)),
    *(case(builtins.abs, z) for z in (c(), c(2, 2))),
    # --- two operands
    *(
        one
        for f in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)
        for one in each(f, (c(3), r(3), c(), r()), (c(2, 3), r(2, 3), c(), r()))
    ),
    *(
        one
        for f in (np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power)
        for one in each(f, (c(3), r(3)), (c(2, 1), r(2, 1)))
    ),
    *(case(operator.pow, z, n) for z in (c(3), c()) for n in (2, 3, 0.5, -1, -0.5, 1, 0, 1 + 1j)),
    *each(np.where, (np.array([True, False, True]),), (c(3), r(3)), (c(3), r(3), c(), r())),
    # --- what becomes complex
    case(builtins.complex, r(), r()),
    case(builtins.complex, c(), r()),
    case(builtins.complex, r(), c()),
    case(builtins.complex, r()),
    case(builtins.complex, np.array(r()), np.array(r())),
    *(case(f, x) for f in (np.complex128, np.clongdouble) for x in (c(3), r(3), r(), c())),
    *(case(np.ndarray.astype, x, complex) for x in (r(3), c(3))),
    case(np.array, r(3), dtype=complex),
    case(np.asarray, r(3), dtype=complex),
    # --- reductions
    *(
        case(f, c(2, 3), axis=axis, keepdims=keep)
        for f in (np.sum, np.mean, np.prod, np.var, np.std)
        for axis, keep in ((None, False), (0, False), (1, True), ((0, 1), False))
    ),
    *(case(f, c(2, 3), axis=1) for f in (np.cumsum, np.cumprod)),
    *(case(f, np.array([c(), 0.0, c()])) for f in (np.prod, np.cumprod)),
    *(case(f, c(4), ddof=1) for f in (np.var, np.std)),
    case(np.diff, c(4), 2),
    *each(np.full, ((2, 2),), (c(),)),
    *each(np.full_like, (c(2),), (c(), r())),
    *each(np.linspace, (c(), r(), c(2)), (c(), r()), (4,)),
    # --- products
    *(
        one
        for f in (operator.matmul, np.matmul, np.dot)
        for one in each(f, (c(3), r(3), c(2, 3), r(2, 3)), (c(3), r(3), c(3, 2), r(3, 2)))
    ),
    *each(np.matmul, (c(2, 2, 3), r(2, 3)), (c(2, 3, 2), r(3, 2))),
    *each(np.vdot, (c(3), r(3)), (c(3), r(3))),
    *each(np.vdot, (c(2, 3), r(2, 3)), (c(3, 2), r(3, 2))),
    *each(np.inner, (c(3), r(3), c(2, 3)), (c(3), r(3), c(2, 3))),
    *each(np.outer, (c(3), r(3), c(2, 2)), (c(2), r(2))),
    *each(np.tensordot, (c(2, 3), r(2, 3)), (c(3, 2), r(3, 2)), axes=1),
    *each(np.tensordot, (c(2, 3), r(2, 3)), (c(3, 2), r(3, 2)), axes=([0, 1], [1, 0])),
    *each(np.kron, (c(2), r(2), c(2, 2)), (c(3), r(3))),
    *each(np.cross, (c(3), r(3)), (c(3), r(3))),
    *each(np.convolve, (c(3), r(3)), (c(4), r(4)), mode="same"),
    *each(np.polyval, (c(3), r(3)), (c(2), r(2), c())),
    case(np.polyder, c(4)),
    *(case(np.vander, c(3), n) for n in (None, 2)),
    *(case(np.einsum, s, c(3, 3)) for s in ("ii->", "ij->ji", "ii->i")),
    *each(np.einsum, ("ij,jk->ik",), (c(2, 3), r(2, 3)), (c(3, 2), r(3, 2))),
    *each(np.einsum, ("ij,ik->",), (c(2, 3), r(2, 3)), (c(2, 2), r(2, 2))),
    # --- assembling
    *(
        one
        for f in (np.stack, np.concatenate, np.hstack, np.vstack, np.dstack, np.column_stack, np.block)
        for one in each(f, ([c(2), c(2)], [c(2), r(2)], [r(2), c(2)]))
    ),
    *each(np.append, (c(2), r(2)), (c(2), r(2), c())),
    *each(np.insert, (c(2),), (1,), (c(), r())),
    *each(np.insert, (c(2),), ([1],), (c(1), r(1))),
    *(one for f in (np.array, np.asarray) for one in each(f, ([c(), r()], [r(), c()], [[c(), 1.0], [r(), c()]]))),
    *(case(f, c(4), 2) for f in (np.split, np.array_split)),
    *each(np.select, ([np.array([True, False, False])],), ([c(3)], [r(3)]), (0.0, c())),
    *each(np.meshgrid, (c(2),), (c(3),)),
    *(case(f, [c(), r(), c()]) for f in (math.prod, builtins.sum)),
    # --- shapes and elements
    *(case(np.reshape, c(2, 3), (3, 2), order=order) for order in "CF"),
    case(np.expand_dims, c(2), 0),
    case(np.broadcast_to, c(3), (2, 3)),
    *(case(f, c(2, 3), 0, 1) for f in (np.swapaxes, np.moveaxis)),
    *(case(f, c(2, 2)) for f in (np.flip, np.flipud, np.fliplr, np.rot90, np.triu, np.tril)),
    case(np.roll, c(3), 1),
    *(case(f, c(3), 2) for f in (np.repeat, np.tile)),
    case(np.resize, c(3), (5,)),
    *(case(np.pad, c(3), 1, mode=mode) for mode in ("constant", "edge")),
    case(np.take, c(3), [0, 0, 2]),
    case(np.take_along_axis, c(3), np.array([0, 0, 2]), 0),
    case(np.compress, [True, False, True], c(3)),
    case(np.delete, c(3), 1),
    *(case(f, c(3, 3)) for f in (np.diagonal, np.trace, np.diag)),
    case(np.diag, c(3)),
    case(np.ndarray.item, c(1)),
    case(np.ndarray.item, c(2), 1),
    case(np.ndarray.tolist, c(2)),
    # --- linear algebra
    *(case(np.linalg.norm, c(4), order, fixed=("ord",)) for order in (None, 2, 1, 3, np.inf, -np.inf, 0.5)),
    *(case(np.linalg.norm, c(3, 3), order, fixed=("ord",)) for order in (None, "fro", "nuc", 2, -2, 1, np.inf, -1)),
    *(case(np.linalg.norm, c(2, 3), axis=1, keepdims=keep) for keep in (True, False)),
    *each(np.linalg.solve, (c(3, 3), r(3, 3)), (c(3, 2), r(3, 2))),
    *(case(f, c(3, 3)) for f in (np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.cond)),
    *(case(f, c(2, 3, 3)) for f in (np.linalg.inv, np.linalg.det, np.linalg.slogdet)),
    *(case(np.linalg.pinv, x) for x in (c(3, 2), c(2, 3))),
    *(case(np.linalg.matrix_power, c(3, 3), n) for n in (0, 1, 2, 3, -2)),
    # --- what derivatives call
    *(case(f, x, y) for f in (runtime.ratio,) for x, y in ((c(3), c(3)), (c(3), r(3)), (r(3), c(3)), (c(), r()))),
    *(case(runtime.power_adjoint_x, c(3), x, y) for x, y in ((c(3), c(3)), (c(3), r(3)), (r(3), c(3)))),
    *(case(matrices.direction, x) for x in (c(3), c(), np.array([0j, 1j])[1:])),
    *(case(special.sinc_derivative, x, 1) for x in (c(3), c())),
    case(runtime.power_adjoint_y, c(3), c(3), c(3)),
    case(runtime.matched, c(3), r(3)),
    case(runtime.matched, r(3), c(3)),
    case(runtime.unreduce, c(), r(2, 3)),
    case(runtime.cast_back, c(2, 3), r(2, 3), r(2, 3)),
    case(restored, c(3), r(3)),
    case(restored, r(3), c(3)),
    case(add, c(3), c(3)),
    case(copied, [c(3), r()]),
    case(with_added, c(3), 1, c(), fixed=("index",)),
    case(element_like, c(3), 1, c(), fixed=("index",)),
    case(only_element, c(), c(3), 1, fixed=("index",)),
    case(seed, c(3), c()),
    case(seed_adjoint, c(3), c()),
    case(push, [c(3)], (c(), r()), 2),
    case(pop, [c(3), c()], 0),
    case(held, [c(3), r()]),
    case(tuple, [c(3), r()]),
]
# Casts whose differences are rounding errors; a matrix that is symmetric is made of fewer numbers than it has.
WITHOUT_CASES = "float64 float32 float16 longdouble complex64 cholesky"


@pytest.mark.parametrize("one", [pytest.param(one, id=f"{n}-{one}") for n, one in enumerate(CASES)])
def test_terms(one: Case) -> None:
    check(one)


def test_every_function_of_others_that_takes_complex_numbers_has_a_case() -> None:
    tested = {id(one.primitive) for one in CASES}
    theirs = [p for p in _COMPLEX.values() if not (getattr(p, "__module__", "") or "").startswith("srcgrad")]
    missing = [p.__name__ for p in theirs if id(p) not in tested]
    assert set(missing) <= set(WITHOUT_CASES.split()), missing


@pytest.mark.parametrize("deg", [True, False])
def test_angles_of_single_precision_have_derivatives_of_single_precision(deg: bool) -> None:
    z = c(3).astype(np.complex64)
    out, tangent = srcgrad.jvp(lambda z: np.angle(z, deg=deg))(z, z)
    pullback = srcgrad.vjp(lambda z: np.angle(z, deg=deg))(z)[1]
    assert tangent.dtype == out.dtype
    assert pullback(np.ones(3, out.dtype)).dtype == z.dtype


@pytest.mark.skipif(not NUMPY_2, reason="NumPy 1's scalars do not change an array's dtype in the same way")
@pytest.mark.parametrize("n", [0, 1, 2, -1, 0.5])
def test_powers_of_single_precision_have_derivatives_of_single_precision(n: Any) -> None:
    z = c(3).astype(np.complex64)
    out, tangent = srcgrad.jvp(lambda z, n: z**n, 0)(z, n, z)
    assert out.dtype == tangent.dtype == z.dtype


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [c(), c(2), [c(), c()]], ids=["number", "array", "list"])
def test_what_is_inserted_is_complex_though_no_kind_is_known(values: Any) -> None:
    one = case(np.insert, c(3), [0, 2] if np.ndim(values) else 1, values)
    out = np.insert(*one.args)
    tangent = tangent_of(one, out, {"values": values}, False)
    np.testing.assert_array_equal(tangent, np.insert(np.zeros(3, complex), one.args[1], values))


@pytest.mark.parametrize(
    "one", [case(np.square, c(3)), case(np.multiply, r(3), c(3)), case(np.absolute, c(3))], ids=str
)
@pytest.mark.parametrize("part", [np.conjugate, np.negative, np.real])
def test_a_wrong_adjoint_of_complex_numbers_is_noticed(one: Case, part: Any, monkeypatch: Any) -> None:
    right = support.terms_of
    changed = lambda *a: {name: part(term) for name, term in right(*a).items()}  # noqa: E731
    monkeypatch.setattr(support, "terms_of", changed)
    with pytest.raises(AssertionError):
        check(one)


def test_a_complex_tangent_of_a_real_result_is_noticed(monkeypatch: Any) -> None:
    monkeypatch.setattr(support, "sum_of_terms", lambda *_: c(3))
    with pytest.raises(AssertionError, match="the tangent of a real result is real"):
        tangent_of(case(np.real, c(3)), r(3), {"val": c(3)}, True)
