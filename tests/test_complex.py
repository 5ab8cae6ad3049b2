"""Complex numbers: every rule that holds for them against differences, and programs of all shapes."""

from __future__ import annotations

import builtins
import cmath
import copy
import importlib
import itertools
import math
import operator
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError
from srcgrad.derivative import Derivative
from srcgrad.rules.registry import _COMPLEX, is_constant, rule_of
from tests.zoo import WHOLE

NUMPY_2 = int(np.__version__.split(".")[0]) >= 2
pytestmark = pytest.mark.filterwarnings("error")
RNG = np.random.default_rng(7)


def c(*shape: int) -> Any:
    """Complex numbers, away from the cuts of the elementary functions."""
    made = RNG.uniform(0.3, 0.9, shape) + 1j * RNG.uniform(0.2, 0.8, shape)
    return made if shape else complex(made)


def r(*shape: int) -> Any:
    made = RNG.uniform(0.3, 0.9, shape)
    return made if shape else float(made)


# --- references


def products(w: Any, value: Any) -> float:
    """The real part of the sum of ``w * value`` over a structure."""
    if isinstance(value, (list, tuple)):
        return sum(products(a, b) for a, b in zip(w, value, strict=True))
    return float(np.real(np.sum(np.multiply(w, value))))


def weights(value: Any, rng: Any) -> Any:
    """A cotangent of a result: complex where that is."""
    if isinstance(value, (list, tuple)):
        return tuple(weights(item, rng) for item in value)
    made = rng.normal(size=np.shape(value))
    made = made + 1j * rng.normal(size=np.shape(value)) if np.iscomplexobj(value) else made
    return made if np.ndim(value) else made[()]


def is_number(value: Any) -> bool:
    return isinstance(value, (float, complex, np.inexact)) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "fc"
    )


def moved(value: Any, place: list[Any], index: Any, step: Any) -> Any:
    """A structure with one number of it moved; ``place`` are the keys that lead to its array."""
    if place:
        made = copy.copy(value) if isinstance(value, dict) else list(value)
        made[place[0]] = moved(value[place[0]], place[1:], index, step)
        return type(value)(made)
    if not isinstance(value, np.ndarray):
        return type(value)(value + step)
    made = value.copy()
    made[index] += step
    return made


def places(value: Any) -> Any:
    if isinstance(value, dict):
        return [([k, *p], leaf) for k, item in value.items() for p, leaf in places(item)]
    if isinstance(value, (list, tuple)):
        return [([k, *p], leaf) for k, item in enumerate(value) for p, leaf in places(item)]
    return [([], value)] if is_number(value) else []


def differences(function: Callable[..., Any], args: tuple[Any, ...], position: int, w: Any) -> list[Any]:
    """``df/da - i df/db`` of the real part of ``sum(w * result)``, for each array of an argument."""
    found = []
    h = 1e-5
    for place, leaf in places(args[position]):
        gradient = np.zeros(np.shape(leaf), complex if np.iscomplexobj(leaf) else float)
        for index in np.ndindex(np.shape(leaf)):
            for unit in (1.0, 1.0j) if np.iscomplexobj(leaf) else (1.0,):
                sides = []
                for sign in (1, -1):
                    changed = list(args)
                    changed[position] = moved(args[position], place, index, sign * h * unit)
                    sides.append(products(w, function(*changed)))
                slope = (sides[0] - sides[1]) / (2 * h)
                gradient[index] += slope if unit == 1.0 else -1j * slope
        found.append(gradient)
    return found


def same(found: Any, argument: Any, expected: list[Any], note: str) -> None:
    """A gradient has the structure, the shapes and the dtypes of its argument, and the numbers that are expected."""
    leaves = places(found)
    assert len(leaves) == len(expected), note
    for (_, leaf), (_, like), numbers in zip(leaves, places(argument), expected, strict=True):
        assert np.shape(leaf) == np.shape(like), note
        assert np.asarray(leaf).dtype == np.asarray(like).dtype, note
        assert isinstance(leaf, np.ndarray) == isinstance(like, np.ndarray) or not np.ndim(like), note
        np.testing.assert_allclose(leaf, numbers, rtol=2e-6, atol=1e-7, err_msg=note)


def dots(value: Any, rng: Any) -> Any:
    """A tangent of the structure of an argument."""
    if isinstance(value, dict):
        return {key: dots(item, rng) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([dots(item, rng) for item in value])
    return weights(value, rng)


def check_tangents(function: Any, args: Any, wrt: Any, w: Any, expected: Any) -> None:
    """The tangent of the result along a direction, against the adjoints."""
    rng = np.random.default_rng(5)
    directions = [dots(args[n], rng) for n in wrt]
    derivative = srcgrad.jvp(function, wrt)
    value, tangent = derivative(*args, **dict(zip(derivative._dots, directions, strict=True)))
    for t, v in zip(tangent, value, strict=True) if isinstance(value, (tuple, list)) else [(tangent, value)]:
        assert np.shape(t) == np.shape(v)
        assert np.iscomplexobj(t) == np.iscomplexobj(v)
    moved_by = 0.0
    for direction, numbers in zip(directions, expected, strict=True):
        for (_, part), gradient in zip(places(direction), numbers, strict=True):
            moved_by += float(np.real(np.sum(gradient * part)))
    np.testing.assert_allclose(products(w, tangent), moved_by, rtol=1e-5, atol=1e-6)


def check(function: Callable[..., Any], *args: Any, general: bool = True) -> None:
    """Compare the derivatives by all arguments that hold numbers, for known kinds and for unknown ones."""
    wrt = tuple(n for n, value in enumerate(args) if places(value))
    before = copy.deepcopy(args)
    value, pullback = srcgrad.vjp(function, wrt)(*args)
    w = weights(value, np.random.default_rng(3))
    expected = [differences(function, args, n, w) for n in wrt]
    for n, found, numbers in zip(wrt, pullback(w), expected, strict=True):
        same(found, args[n], numbers, f"argument {n}")
    check_tangents(function, args, wrt, w, expected)
    if general:
        try:
            made = Derivative(function, wrt, "vjp", False, True).general()
        except DifferentiationError:  # that may need to know more
            return
        _, saved = made.functions[0](*args)
        gradients = made.functions[1](saved, w)
        for n, found, numbers in zip(wrt, gradients if len(wrt) > 1 else [gradients], expected, strict=True):
            same(found, args[n], numbers, f"argument {n}, of unknown kind")
    assert repr(before) == repr(args)


# --- rules


@dataclass
class Case:
    """A function of one primitive (or a few), with arguments."""

    primitives: tuple[Any, ...]
    function: Callable[..., Any]
    args: tuple[Any, ...]

    def __str__(self) -> str:
        kinds = [f"{np.asarray(x).dtype.char}{np.shape(x)}" if is_number(x) else type(x).__name__ for x in self.args]
        return f"{getattr(self.primitives[0], '__name__', self.primitives[0])}-{'-'.join(kinds)}"


CASES: list[Case] = []


def case(primitives: Any, function: Callable[..., Any], *args: Any) -> None:
    CASES.append(Case(primitives if isinstance(primitives, tuple) else (primitives,), function, args))


def each(primitives: Any, function: Callable[..., Any], *arguments: tuple[Any, ...]) -> None:
    """A case for every choice among the arguments that is not real altogether."""
    for chosen in itertools.product(*arguments):
        if any(np.iscomplexobj(leaf) for value in chosen for _, leaf in places(value)):
            case(primitives, function, *chosen)


_unary = "negative positive square reciprocal sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos"
_unary += " arctan sinh cosh tanh arcsinh arccosh arctanh sinc conjugate absolute real imag angle copy ravel squeeze"
_unary += " atleast_1d atleast_2d atleast_3d ascontiguousarray asfortranarray asanyarray asarray sum mean prod cumsum"
_unary += " cumprod var std array"
for _name in _unary.split():
    for _x in (c(), c(2, 3), c(3), np.array(c())):
        case(getattr(np, _name), getattr(np, _name), _x)
for _name in ["arccosh", "arccos", "arcsin", "arctan", "arctanh", "arcsinh", "sqrt", "log"]:
    case(getattr(np, _name), getattr(np, _name), -c(3).conj())
    case(getattr(np, _name), getattr(np, _name), -c(3) - 1)
for _name in [
    "exp",
    "sqrt",
    "log10",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "log",
    "phase",
]:
    for _z in (c(), r(), -c() - 1, c().conjugate()):
        case(getattr(cmath, _name), getattr(cmath, _name), _z)
case(cmath.acosh, cmath.acosh, 0.3)
case(cmath.asin, cmath.asin, 1.7)
case(cmath.sqrt, cmath.sqrt, -1.7)
case(cmath.log, cmath.log, -1.7)
case(cmath.log, lambda z, b: cmath.log(z, b), c(), c())
case(cmath.log, lambda z, b: cmath.log(z, b), c(), 2.5)
case(cmath.rect, cmath.rect, r(), r())
case(operator.neg, lambda z: -z, c(3))
case(operator.pos, lambda z: +z, c(3))
each((operator.add, np.add), lambda a, b: a + b, (c(3), r(3), c(), r()), (c(2, 3), r(2, 3), c(), r()))
each((operator.sub, np.subtract), lambda a, b: a - b, (c(3), r(3), c(), r()), (c(2, 3), r(2, 3), c(), r()))
each((operator.mul, np.multiply), lambda a, b: a * b, (c(3), r(3), c(), r()), (c(2, 3), r(2, 3), c(), r()))
each((operator.truediv, np.divide), lambda a, b: a / b, (c(3), r(3), c(), r()), (c(2, 3), r(2, 3), c(), r()))
each((operator.pow, np.power), lambda a, b: a**b, (c(3), r(3), c(), r(), -r(3)), (c(2, 3), r(2, 3), c(), r()))
for _f in (np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power):
    each(_f, _f, (c(3), r(3)), (c(2, 1), r(2, 1)))
for _n in (2, 3, 0.5, -1, -0.5, 1, 0, 1 + 1j):
    case(operator.pow, operator.pow, c(3), _n)
case(operator.pow, lambda z: z**2 + z**3 + z**0.5 + z**-1 + z**1 + z ** (1 + 2j), c(3))
each(np.where, lambda a, b: np.where(np.array([True, False, True]), a, b), (c(3), r(3)), (c(3), r(3), c(), r()))
case((builtins.abs,), lambda z: abs(z), c())
case((builtins.abs,), lambda z: abs(z), c(2, 2))
case((builtins.complex,), lambda a, b: complex(a, b), r(), r())
case((builtins.complex,), lambda a, b: complex(a, b), c(), r())
case((builtins.complex,), lambda a: complex(a) + complex(a, imag=2.0), r())
case((np.complex128, np.complex64), lambda a: np.complex128(a) * (1 + 2j) + np.complex128(np.complex64(1j)) * a, c(3))
case(np.complex128, lambda a: np.complex128(a) * (1 + 2j), r(3))
case(np.complex128, lambda a: np.complex128(a) * (1 + 2j), r())
case(np.clongdouble, lambda a: np.complex128(np.clongdouble(a)) * 2j, c(2))
case((np.float64,), lambda z: np.float64(z.real) * z, c(3))
case(np.angle, lambda z: np.angle(z, deg=True), c(3))
case((np.real, np.imag), lambda z: z.real * 2 + z.imag * 3, c(3))
case((np.real, np.imag), lambda z: z.real * 2 + z.imag * 3, c())
case(np.ndarray.conjugate, lambda z: z.conj() * 2 + z.conjugate() * 1j, c(3))
case(np.ndarray.conjugate, lambda z: z.conjugate() * 1j, c())
for _axis, _keep in ((None, False), (0, False), (1, True), (-1, False), ((0, 1), False)):
    case(np.sum, lambda z, a=_axis, k=_keep: np.sum(z, axis=a, keepdims=k), c(2, 3))
    case(np.mean, lambda z, a=_axis, k=_keep: np.mean(z, axis=a, keepdims=k), c(2, 3))
    case(np.prod, lambda z, a=_axis, k=_keep: np.prod(z, axis=a, keepdims=k), c(2, 3))
    case(np.var, lambda z, a=_axis, k=_keep: np.var(z, axis=a, keepdims=k), c(2, 3))
    case(np.std, lambda z, a=_axis, k=_keep: np.std(z, axis=a, keepdims=k), c(2, 3))
case(tuple, lambda z: tuple([z, z * z][:])[1] * z, c(3))
case(np.sum, lambda z: z.sum(axis=0) * z.mean() * z.prod() * z.var() * z.std(axis=0), c(2, 3))
case(np.cumsum, lambda z: np.cumsum(z, axis=1) * np.cumprod(z, axis=0), c(2, 3))
case(np.prod, lambda z: np.prod(z * np.array([1.0, 0.0, 1.0])), c(3))
case(np.cumprod, lambda z: np.cumprod(z * np.array([1.0, 0.0, 1.0])), c(3))
case(np.var, lambda z: np.var(z, ddof=1) + np.std(z, ddof=1), c(4))
case(np.diff, lambda z: np.diff(z, 2), c(4))
each(np.full, lambda z: np.full((2, 2), z), (c(),))
each(np.full_like, lambda a, z: np.full_like(a, z) * a, (c(2),), (c(), r()))
each(np.linspace, lambda a, b: np.linspace(a, b, 4), (c(), r(), c(2)), (c(), r()))
each((operator.matmul, np.matmul), lambda a, b: a @ b, (c(3), r(3), c(2, 3), r(2, 3)), (c(3), r(3), c(3, 2), r(3, 2)))
each(np.matmul, np.matmul, (c(2, 2, 3), r(2, 3)), (c(2, 3, 2), r(3, 2)))
each(np.dot, np.dot, (c(3), r(3), c(2, 3), r(2, 3), c()), (c(3), r(3), c(3, 2), r(3, 2)))
each(np.vdot, np.vdot, (c(3), r(3)), (c(3), r(3)))
each(np.vdot, np.vdot, (c(2, 3), r(2, 3)), (c(3, 2), r(3, 2)))
each(np.inner, np.inner, (c(3), r(3), c(2, 3)), (c(3), r(3), c(2, 3)))
each(np.outer, np.outer, (c(3), r(3), c(2, 2)), (c(2), r(2)))
each(np.tensordot, lambda a, b: np.tensordot(a, b, axes=1), (c(2, 3), r(2, 3)), (c(3, 2), r(3, 2)))
each(np.tensordot, lambda a, b: np.tensordot(a, b, ([0, 1], [1, 0])), (c(2, 3), r(2, 3)), (c(3, 2), r(3, 2)))
each(np.kron, np.kron, (c(2), r(2), c(2, 2)), (c(3), r(3)))
each(np.cross, np.cross, (c(3), r(3)), (c(3), r(3)))
each(np.convolve, lambda a, b: np.convolve(a, b, "same"), (c(3), r(3)), (c(4), r(4)))
each(np.polyval, np.polyval, (c(3), r(3)), (c(2), r(2), c()))
case(np.polyder, np.polyder, c(4))
case(np.vander, np.vander, c(3))
case(np.vander, lambda z: np.vander(z, 2), c(3))
case(np.einsum, lambda a: np.einsum("ii->", a), c(2, 2))
case(np.einsum, lambda a: np.einsum("ij->ji", a), c(2, 3))
each(np.einsum, lambda a, b: np.einsum("ij,jk->ik", a, b), (c(2, 3), r(2, 3)), (c(3, 2), r(3, 2)))
each(np.einsum, lambda a, b: np.einsum("ij,ik->", a, b), (c(2, 3), r(2, 3)), (c(2, 2), r(2, 2)))
each(np.einsum, lambda a, b: np.einsum("i,j,i->j", a, b, a), (c(2), r(2)), (c(3), r(3)))
each(np.stack, lambda a, b: np.stack([a, b], axis=1), (c(2), r(2)), (c(2), r(2)))
each((np.concatenate, np.hstack), lambda a, b: np.concatenate([a, b]) * np.hstack([b, a]), (c(2), r(2)), (c(3), r(3)))
each((np.vstack, np.dstack), lambda a, b: np.vstack([a, b]) + np.dstack([a, b])[0].T, (c(2), r(2)), (c(2), r(2)))
each(np.column_stack, lambda a, b: np.column_stack([a, b]), (c(2), r(2)), (c(2), r(2)))
each(np.block, lambda a, b: np.block([[a, b], [b, a]]), (c(2), r(2)), (c(2), r(2)))
each(np.append, lambda a, b: np.append(a, b), (c(2), r(2)), (c(2), r(2), c()))
each(np.insert, lambda a, b: np.insert(a, 1, b), (c(2),), (c(), r()))
each(np.array, lambda a, b: np.array([a, b, 1.0]), (c(), r()), (c(), r()))
each(np.asarray, lambda a, b: np.asarray([[a, b], [b, 1.0]]), (c(), r()), (c(), r()))
case(np.array, lambda a: np.array(a, dtype=complex) * 1j, r(3))
case(np.split, lambda a: np.split(a, 2)[0] * 2j, c(4))
case(np.array_split, lambda a: np.array_split(a, 2)[1] * 2j, c(4))
each(
    np.select,
    lambda a, b: np.select([np.array([True, False, False]), np.array([True, True, False])], [a, b], 0.0),
    (c(3), r(3)),
    (c(3), r(3)),
)
each(np.meshgrid, lambda a, b: np.meshgrid(a, b)[0] * np.meshgrid(a, b)[1], (c(2), r(2)), (c(3), r(3)))
case(np.reshape, lambda z: np.reshape(z, (3, 2)) * 2j, c(2, 3))
case(np.reshape, lambda z: np.reshape(z, (3, 2), order="F") * 2j, c(2, 3))
case(np.ndarray.flatten, lambda z: z.flatten() * 2j, c(2, 3))
case(np.ndarray.flatten, lambda z: z.flatten("F") * 2j, c(2, 3))
case(np.expand_dims, lambda z: np.expand_dims(z, 0), c(2))
case(np.broadcast_to, lambda z: np.broadcast_to(z, (2, 3)), c(3))
case(np.transpose, lambda z: z.T @ z + np.transpose(z) @ z, c(2, 3))
case(np.swapaxes, lambda z: np.swapaxes(z, 0, 1), c(2, 3))
case(np.moveaxis, lambda z: np.moveaxis(z, 0, 1), c(2, 3))
case(
    (np.flip, np.flipud, np.fliplr, np.rot90), lambda z: np.flip(z) + np.flipud(z) * np.fliplr(z) + np.rot90(z), c(2, 2)
)
case(np.roll, lambda z: np.roll(z, 1), c(3))
case(np.repeat, lambda z: np.repeat(z, 2), c(3))
case(np.tile, lambda z: np.tile(z, 2), c(3))
case(np.resize, lambda z: np.resize(z, (5,)), c(3))
case(np.pad, lambda z: np.pad(z, 1) + np.pad(z, 1, mode="edge"), c(3))
case(np.take, lambda z: np.take(z, [0, 0, 2]), c(3))
case(np.take_along_axis, lambda z: np.take_along_axis(z, np.array([0, 0, 2]), 0), c(3))
case(np.compress, lambda z: np.compress([True, False, True], z), c(3))
case(np.delete, lambda z: np.delete(z, 1), c(3))
case((np.diagonal, np.trace, np.diag), lambda z: np.diagonal(z) * np.trace(z) + np.diag(z), c(3, 3))
case(np.diag, lambda z: np.diag(z), c(3))
case((np.triu, np.tril), lambda z: np.triu(z) @ np.tril(z, -1), c(3, 3))
case(np.ndarray.astype, lambda x: x.astype(complex) * (1 + 2j), r(3))
case(np.ndarray.astype, lambda x: x.astype("complex128") * (1 + 2j), r(3))
case(np.ndarray.astype, lambda z: z.astype(np.complex128) * (1 + 2j), c(3))
case(np.ndarray.item, lambda z: z.item() * 2j, c(1))
case(np.ndarray.item, lambda z: z.item(1) * 2j, c(2))
case(np.ndarray.tolist, lambda z: z.tolist()[0] * 2j, c(2))
case(math.prod, lambda a, b: math.prod([a, b, a]), c(), r())
case(builtins.sum, lambda a, b: sum([a, b, a]) ** 2, c(), r())
for _ord in (None, 2, 1, 3, np.inf, -np.inf, 0.5):
    case(np.linalg.norm, lambda z, o=_ord: np.linalg.norm(z, o), c(4))
for _ord in (None, "fro", "nuc", 2, -2, 1, np.inf, -1):
    case(np.linalg.norm, lambda z, o=_ord: np.linalg.norm(z, o), c(3, 3))
case(np.linalg.norm, lambda z: np.linalg.norm(z, axis=1), c(2, 3))
case(np.linalg.norm, lambda z: np.linalg.norm(z, axis=1, keepdims=True), c(2, 3))
each(np.linalg.solve, np.linalg.solve, (c(3, 3), r(3, 3)), (c(3, 2), r(3, 2)))
each(np.linalg.solve, np.linalg.solve, (c(3, 3), r(3, 3)), (c(3), r(3)))
case(np.linalg.inv, np.linalg.inv, c(3, 3))
case(np.linalg.inv, np.linalg.inv, c(2, 3, 3))
case(np.linalg.det, np.linalg.det, c(3, 3))
case(np.linalg.det, lambda z: np.linalg.det(np.outer(z, z) + np.diag(z * np.array([1.0, 1.0, 0.0]))), c(3))
case(np.linalg.slogdet, lambda z: np.linalg.slogdet(z)[0] * np.linalg.slogdet(z)[1], c(3, 3))
case(np.linalg.slogdet, lambda z: np.linalg.slogdet(z)[1], c(3, 3))
case(np.linalg.cholesky, lambda z: np.linalg.cholesky(z @ np.conj(z.T) + 2 * np.eye(3)), c(3, 3))
case(np.linalg.cholesky, lambda z: np.linalg.cholesky(z @ np.conj(np.swapaxes(z, -1, -2))), c(2, 3, 3))
case(np.linalg.pinv, np.linalg.pinv, c(3, 2))
case(np.linalg.pinv, np.linalg.pinv, c(2, 3))
for _n in (0, 1, 2, 3, -2):
    case(np.linalg.matrix_power, lambda z, n=_n: np.linalg.matrix_power(z, n) * 1j, c(3, 3))
case(np.linalg.cond, np.linalg.cond, c(3, 3))


# one case in three, or all of them: SRCGRAD_WHOLE_ZOO=1 pytest tests/test_complex.py
SOME = [pytest.param(one, id=f"{n}-{one}") for n, one in enumerate(CASES)][:: 1 if WHOLE else 3]


@pytest.mark.parametrize("one", SOME)
def test_rules(one: Case) -> None:
    with np.errstate(all="ignore"):
        check(one.function, *one.args)


# Casts whose differences are rounding errors.
WITHOUT_CASES = {"float32", "float16", "longdouble"}


def test_every_rule_that_holds_for_complex_numbers_has_a_case() -> None:
    tested = {id(p) for one in CASES for p in one.primitives}
    ours = [
        p for p in _COMPLEX.values() if not (getattr(p, "__module__", "") or "").startswith("srcgrad")
    ]  # see complex_helpers
    missing = [p for p in ours if id(p) not in tested and p.__name__ not in WITHOUT_CASES]
    assert not missing
    assert all(rule_of(p) is not None and not is_constant(p) for p in _COMPLEX.values())


# --- programs


def fourier_power(x):
    n = len(x)
    total = 0.0
    for k in range(n):
        amplitude = 0.0
        for j in range(n):
            amplitude = amplitude + x[j] * np.exp(-2j * np.pi * j * k / n)
        total = total + k * np.abs(amplitude) ** 2
    return total


def fourier_power_of_arrays(x):
    k = np.arange(len(x))
    spectrum = np.exp(-2j * np.pi * np.outer(k, k) / len(x)) @ x
    return np.sum(k * np.real(spectrum * np.conj(spectrum)))


def probability(theta, phi):
    psi = np.array([np.cos(theta), np.exp(1j * phi) * np.sin(theta)])
    gate = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2.0)
    psi = gate @ psi
    return np.abs(psi[0]) ** 2


def impedance(r, c, omega):
    z = r + 1 / (1j * omega * c)
    return abs(1 / (1 / z + 1 / (2.0 + 0.5j * omega)))


def newton_fractal(z, n):
    count = 0
    while abs(z**3 - 1) > 1e-3 and count < n:
        z = z - 0.7 * (z**3 - 1) / (3 * z**2)
        count += 1
    if np.real(z) > 0:
        w = z * z
    else:
        w = np.imag(z)
    return np.real(w * np.conj(w))


def mandelbrot(c, n):
    z = 0.0
    for _ in range(n):
        if abs(z) > 2:
            break
        z = z * z + c
    return abs(z) ** 2


def recursion_in_a_stack(a, x):
    state = np.zeros(3)
    total = 0.0
    for k in range(4):
        state = np.tanh(a * state + x * 1j**k)
        total = total + np.sum(np.abs(state) ** 2)
    return total


def rotated(z, angle):
    return z * np.exp(1j * angle)


def overlap(z, angle):
    return np.real(np.dot(np.conj(rotated(z, angle)), rotated(z * z, -angle)))


def recursive(z, n):
    return z if n == 0 else recursive(z * z + 0.1j, n - 1)


def recursive_magnitude(z, n):
    return np.abs(recursive(z, n))


def containers(params, x):
    w = params["w"] @ x + params["b"][0]
    return np.sum(np.abs(w) ** 2) * params["b"][1]


def elements(z):
    total = 0.0
    for k in range(len(z)):
        total = total + (z[k] * z[k - 1]).imag
    return total


def iterated(z):
    total = 0.0
    for one in z:
        total += abs(one) * one.real
    return total


def several_results(z, x):
    return np.real(z * x), np.imag(z) * x


def augmented(z):
    w = z * 2
    w += 1j * z
    w *= np.conj(z)
    return np.sum(w.real + w.imag)


def parts_joined(x, y):
    z = x + 1j * y
    return np.sum(np.abs(np.exp(z) - z**2))


def list_of_several(x, z):
    items = [x, z, x * z]
    return abs(items[0] + items[2] * items[1]) + abs(items[0])


def overwritten(z, x):
    for _ in range(3):
        x = np.sqrt(x * x + np.abs(z) ** 2)
        z = z * x
    return np.sum(np.abs(z))


def choice(z, x):
    w = z if x > 0 else x
    return abs(w * w) + x


def logarithm_of_a_determinant(a, b):
    m = a + 1j * b
    h = m @ np.conj(m.T) + np.eye(3)
    return np.linalg.slogdet(h)[1] + np.real(np.trace(np.linalg.inv(h)))


def resistances(x):
    w = np.array([x[0], 1j * x[1], x[2]])
    return np.real(np.sum(1 / w)) + np.imag(np.sum(w))


def whole(z):
    while abs(z) < 10:
        z = z * z
    return z.real


def auxiliary_square(z):
    return np.abs(z) ** 2, z * z


def with_python_math(x, y):
    z = complex(x, y)
    return cmath.phase(cmath.exp(z) + cmath.sqrt(z)) + abs(z)


PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (fourier_power, (r(4),)),
    (fourier_power, (c(4),)),
    (fourier_power_of_arrays, (r(4),)),
    (fourier_power_of_arrays, (c(4),)),
    (probability, (0.4, 0.9)),
    (impedance, (1.5, 0.3, 2.0)),
    (newton_fractal, (0.3 + 0.8j, 5)),
    (newton_fractal, (1.3 + 0.1j, 5)),
    (mandelbrot, (0.1 + 0.3j, 6)),
    (mandelbrot, (0.3, 6)),
    (mandelbrot, (1.3 + 1.1j, 6)),
    (recursion_in_a_stack, (0.5, 0.7)),
    (recursion_in_a_stack, (0.5j, r(3))),
    (recursion_in_a_stack, (c(3), c(3))),
    (overlap, (c(3), 0.7)),
    (overlap, (r(3), 0.7)),
    (overlap, (r(3), 0.7 + 0.1j)),
    (recursive_magnitude, (0.3, 3)),
    (recursive_magnitude, (0.3j, 3)),
    (recursive_magnitude, (c(2), 2)),
    (containers, ({"w": c(2, 3), "b": (c(2), 0.5)}, r(3))),
    (containers, ({"w": r(2, 3), "b": (1j, 0.5)}, r(3))),
    (elements, (c(4),)),
    (elements, ([0.5, 0.2j, 0.3 + 0.1j],)),
    (iterated, (c(4),)),
    (iterated, ([0.5, 0.2j, 0.3 + 0.1j],)),
    (several_results, (c(3), r(3))),
    (augmented, (c(3),)),
    (parts_joined, (r(3), r(3))),
    (parts_joined, (r(3), r(2, 3))),
    (list_of_several, (0.4, 0.3j)),
    (list_of_several, (0.4j, 0.3)),
    (overwritten, (c(3), r(3))),
    (overwritten, (0.5j, 0.5)),
    (choice, (0.5 + 0.5j, 0.5)),
    (choice, (0.5 + 0.5j, -0.5)),
    (logarithm_of_a_determinant, (r(3, 3), r(3, 3))),
    (resistances, (r(3),)),
    (whole, (1.1 + 0.5j,)),
    (with_python_math, (0.5, 0.7)),
]
each_program = pytest.mark.parametrize(
    ("function", "args"), [pytest.param(f, a, id=f"{n}-{f.__name__}") for n, (f, a) in enumerate(PROGRAMS)]
)


def summed(value: Any) -> Any:
    return sum(map(summed, value)) if isinstance(value, tuple) else np.sum(value)


def wrt_of(args: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(n for n, value in enumerate(args) if places(value))


@each_program
def test_programs(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check(function, *args, general=False)
    wrt = wrt_of(args)
    value, gradients = srcgrad.value_and_grad(function, wrt)(*args)
    np.testing.assert_allclose(summed(value), summed(function(*args)), rtol=1e-13)
    for n, found in zip(wrt, gradients, strict=True):
        same(found, args[n], differences(lambda *a: summed(function(*a)), args, n, 1.0), f"argument {n}")
    for n in wrt:
        same(srcgrad.grad(function, n)(*args), args[n], places_of(gradients[wrt.index(n)]), f"only argument {n}")


def places_of(value: Any) -> list[Any]:
    return [leaf for _, leaf in places(value)]


@each_program
def test_saved(function: Callable[..., Any], args: tuple[Any, ...], tmp_path: Any) -> None:
    derivative = srcgrad.grad(function, wrt_of(args))
    path = tmp_path / "saved.py"
    derivative.save(path, *args)
    space: dict[str, Any] = {"__name__": "saved"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    assert "srcgrad" not in {m.partition(".")[0] for m in space if not m.startswith("__")}
    found = space[space["__all__"][0]](*args)
    for one, expected in zip(found, derivative(*args), strict=True):
        for a, b in zip(places_of(one), places_of(expected), strict=True):
            np.testing.assert_array_equal(a, b)


@each_program
def test_pickled(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    derivative = pickle.loads(pickle.dumps(srcgrad.grad(function, wrt_of(args))))
    repr_of = repr(srcgrad.grad(function, wrt_of(args))(*args))
    assert repr(derivative(*args)) == repr_of


def on_autograd(function: Callable[..., Any]) -> Callable[..., Any]:
    from tests.test_peers import rebound

    return rebound(function, pytest.importorskip("autograd.numpy"))


AUTOGRAD = [fourier_power_of_arrays, overlap, parts_joined, recursive_magnitude, several_results, newton_fractal]


@each_program
def test_autograd(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    autograd = pytest.importorskip("autograd")
    if function not in AUTOGRAD:
        pytest.skip("autograd has no rule for it, or is wrong")
    other = on_autograd(function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for n in wrt_of(args):
            expected = autograd.grad(lambda *a: summed(other(*a)), n)(*args)
            np.testing.assert_allclose(srcgrad.grad(function, n)(*args), expected, rtol=1e-10, atol=1e-12)


def in_order(value: Any, like: Any) -> Any:
    """JAX's arrays as NumPy's, with the keys of dicts in the order of ``like``; JAX sorts them."""
    if isinstance(like, dict):
        return {key: in_order(value[key], item) for key, item in like.items()}
    if isinstance(like, (list, tuple)):
        return [in_order(part, item) for part, item in zip(value, like, strict=True)]
    return np.asarray(value)


@each_program
def test_jax(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """The same gradients as JAX's, where that is installed (``nox -s peers``) and can differentiate the program."""
    from tests.test_peers import rebound

    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    other = rebound(function, importlib.import_module("jax.numpy"))
    for n in wrt_of(args):
        try:
            expected = jax.grad(lambda *a: summed(other(*a)), n)(*args)
        except Exception as error:  # what JAX cannot do is no concern of ours
            pytest.skip(f"JAX: {type(error).__name__}: {error}")
        same(srcgrad.grad(function, n)(*args), args[n], places_of(in_order(expected, args[n])), f"argument {n}")


def test_jax_and_autograd_agree_on_the_convention() -> None:
    """The gradient of a real function is df/da - i df/db: jax.grad(lambda z: abs(z) ** 2)(1 + 2j) is 2 - 4j."""
    assert srcgrad.grad(lambda z: abs(z) ** 2)(1 + 2j) == 2 - 4j
    assert srcgrad.grad(lambda z: np.real(z * z))(1 + 2j) == 2 + 4j
    assert srcgrad.grad(lambda z: z.imag)(1 + 2j) == -1j
    assert srcgrad.grad(lambda z: (z * np.conj(z)).real)(1 + 2j) == 2 - 4j


# --- kinks


@pytest.mark.parametrize("zero", [0j, np.complex128(0), np.zeros(3, complex), np.array(0j), np.zeros((0, 2), complex)])
def test_magnitudes_at_zero(zero: Any) -> None:
    for function in (abs, np.abs, np.linalg.norm, np.std):
        if function is not np.std or np.size(zero):
            found = srcgrad.grad(function)(zero)
            assert not np.any(found)
            assert np.shape(found) == np.shape(zero)
            assert np.asarray(found).dtype == complex


# --- dtypes and shapes


@pytest.mark.skipif(not NUMPY_2, reason="numbers have another precision in NumPy 1")
@pytest.mark.parametrize("wide", [False, True])
def test_single_precision_is_kept(wide: bool) -> None:
    real, number = (np.float64, np.complex128) if wide else (np.float32, np.complex64)
    x, z = r(3).astype(real), c(3).astype(number)
    for function, args in (
        (lambda x: np.sum(np.abs(np.exp(1j * x) + x) ** 2), (x,)),
        (lambda z: np.sum(np.abs(np.exp(1j * z) + z) ** 2), (z,)),
        (lambda x, z: np.abs(np.dot(x, z)), (x, z)),
        (lambda x, z: np.linalg.norm(x * z), (x, z)),
        (lambda x, z: np.abs(np.sum(x[0] * z)), (x, z)),
        (lambda x, z: np.abs(z[0] * x[1]), (x, z)),
        (lambda x, z: np.mean(np.real(z)) * np.var(z) * np.sum(x), (x, z)),
        (lambda x: np.abs(np.sum(x.astype(complex))), (x,)),
        (lambda z: np.abs(np.sum(z.astype(np.complex128))), (z,)),
        (lambda s: np.abs(s * 1j + 1) + np.imag(s), (x[0],)),
        (lambda s: np.abs(s * 1j + 1) + np.imag(s), (z[0],)),
    ):
        gradients = srcgrad.grad(function, tuple(range(len(args))))(*args)
        for found, argument in zip(gradients, args, strict=True):
            assert type(found) is type(argument)
            assert found.dtype == argument.dtype


def test_mixed_precisions() -> None:
    x, z = np.float32([0.5, 0.25]), c(2)
    found = srcgrad.grad(lambda x, z: np.abs(np.sum(x * z)), (0, 1))(x, z)
    assert [g.dtype for g in found] == [np.float32, np.complex128]
    x, z = r(2), c(2).astype(np.complex64)
    found = srcgrad.grad(lambda x, z: np.abs(np.sum(x * z)), (0, 1))(x, z)
    assert [g.dtype for g in found] == [np.float64, np.complex64]
    expected = differences(lambda x: np.abs(np.sum(x * z.astype(complex))), (x,), 0, 1.0)[0]
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0), (2, 1)])
def test_sizes(shape: tuple[int, ...]) -> None:
    z, x = np.asarray(c(*shape)), np.asarray(r(*shape))
    check(lambda z, x: np.sum(np.abs(z * x) ** 2) + np.real(np.sum(z * 1j)), z, x)
    check(lambda z, x: np.sum(np.real(np.exp(z + 1j * x) * np.ones((2, 1)))), z, x)


def test_integers_become_complex() -> None:
    assert srcgrad.grad(lambda n: abs(n * 1j + 1) ** 2)(3) == 6.0
    assert srcgrad.grad(lambda z, n: abs(z * n) ** 2, (0, 1))(1j, 2) == (-8j, 4.0)
    assert srcgrad.grad(lambda z: abs(z[0] * z[1]) ** 2)([1j, 2]) == [-8j, 4.0]


def test_what_is_not_active_is_zero() -> None:
    assert repr(srcgrad.grad(lambda z, x: x, (0, 1))(1j, 2.0)) == "(0j, 1.0)"
    found = srcgrad.grad(lambda z, x: x)(np.ones(2, complex), 2.0)
    assert found.dtype == complex
    assert not np.any(found)
    assert repr(srcgrad.grad(lambda x: x[0].real)([1j, [2.0, 1j]])) == "[(1+0j), [0.0, 0j]]"


def test_auxiliary_value() -> None:
    assert srcgrad.grad(auxiliary_square, has_aux=True)(1 + 2j) == (2 - 4j, -3 + 4j)


# --- holomorphic functions

HOLOMORPHIC: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
    (lambda z: z**3 + 2j * z, lambda z: 3 * z**2 + 2j),
    (lambda z: np.exp(1j * z) / z, lambda z: np.exp(1j * z) * (1j / z - 1 / z**2)),
    (lambda z: np.log(np.sin(z)), lambda z: np.cos(z) / np.sin(z)),
    (lambda z: z, lambda z: z * 0 + 1),
    (lambda z: np.arccosh(z), lambda z: 1 / (np.sqrt(z - 1) * np.sqrt(z + 1))),
    (lambda z: z ** (0.5 + 1j), lambda z: (0.5 + 1j) * z ** (-0.5 + 1j)),
    (lambda z: np.tanh(z) * np.sqrt(z), lambda z: np.sqrt(z) / np.cosh(z) ** 2 + 0.5 * np.tanh(z) / np.sqrt(z)),
]


@pytest.mark.parametrize(("function", "slope"), HOLOMORPHIC)
@pytest.mark.parametrize("z", [0.7 + 0.4j, -0.7 + 0.4j, np.complex128(0.3 - 0.4j), c(2, 3), np.array(0.2j)], ids=repr)
def test_holomorphic(function: Any, slope: Any, z: Any) -> None:
    found = srcgrad.grad(function, holomorphic=True)(z)
    np.testing.assert_allclose(found, slope(z), rtol=1e-12)
    assert type(found) is type(z)
    value, gradient = srcgrad.value_and_grad(function, holomorphic=True)(z)
    np.testing.assert_array_equal(value, function(z))
    np.testing.assert_array_equal(gradient, found)


def test_holomorphic_with_loops_and_callees() -> None:
    def iterated(z: Any, n: int) -> Any:
        w = 0j
        for _ in range(n):
            w = rotated(w * w, 0.3) + z
        return w

    h = 1e-6
    z = 0.3 + 0.2j
    found = srcgrad.grad(iterated, holomorphic=True)(z, 4)
    np.testing.assert_allclose(found, (iterated(z + h, 4) - iterated(z - h, 4)) / (2 * h), rtol=1e-8)


def test_holomorphic_by_several() -> None:
    found = srcgrad.grad(lambda z, w: z * z * w["a"][0], (0, 1), holomorphic=True)(1j, {"a": [2.0 + 1j]})
    assert found == (2j * (2 + 1j), {"a": [-1 + 0j]})


def test_holomorphic_as_a_decorator() -> None:
    @srcgrad.grad(holomorphic=True)
    def slope(z: complex) -> complex:
        return z**2

    assert slope(1j) == 2j
    assert copy.copy(slope)(1j) == copy.deepcopy(slope)(1j) == 2j
    assert slope.holomorphic
    assert "holomorphic" in slope.general().text or slope.general().functions[0](1j) == 2j


def holomorphic_primal(z):
    return z**2


def test_holomorphic_pickled_and_saved(tmp_path: Any) -> None:
    derivative = pickle.loads(pickle.dumps(srcgrad.grad(holomorphic_primal, holomorphic=True)))
    assert derivative.holomorphic
    assert derivative(1j) == 2j
    path = tmp_path / "holomorphic_grad.py"
    derivative.save(path)
    assert "a holomorphic function" in " ".join(path.read_text(encoding="utf-8").split())
    code = "import holomorphic_grad as m; print(m.holomorphic_primal_grad(1j)); m.holomorphic_primal_grad(1.0)"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "2j"
    assert "the result is real" in run.stderr


# --- refusals


@pytest.mark.parametrize("argument", [1j, np.complex64(1j), np.ones(2, complex), 1.0, np.ones(2)], ids=repr)
def test_a_complex_result_is_refused(argument: Any) -> None:
    for transform in (srcgrad.grad, srcgrad.value_and_grad):
        with pytest.raises(DifferentiationError, match="the result is complex") as caught:
            transform(lambda z: z * 1j)(argument)
        assert "holomorphic=True" in caught.value.hint


def test_a_complex_result_of_unknown_kind_is_refused_at_run_time() -> None:
    def numbers(z: Any, n: int) -> Any:
        items = [z, 1.0, 2j]
        return items[n]

    with pytest.raises(TypeError, match="the result is complex: pass holomorphic=True"):
        srcgrad.grad(numbers)(1j, 0)
    with pytest.raises(TypeError, match="the result is complex: pass holomorphic=True"):
        srcgrad.grad(numbers)(1.0, 2)
    assert srcgrad.grad(numbers)(1.0, 0) == 1.0
    assert srcgrad.grad(numbers, holomorphic=True)(1j, 0) == 1.0


@pytest.mark.parametrize("argument", [1.0, 1, np.ones(2), [1.0, 2.0], {"a": 1.0}], ids=repr)
def test_holomorphic_is_for_complex_arguments(argument: Any) -> None:
    with pytest.raises(DifferentiationError, match="'z' is real"):
        srcgrad.grad(lambda z: 1j, holomorphic=True)(argument)


def test_holomorphic_is_for_complex_results() -> None:
    with pytest.raises(DifferentiationError, match="the result is real"):
        srcgrad.grad(lambda z: abs(z), holomorphic=True)(1j)


def test_sums_of_complex_results_are_refused() -> None:
    with pytest.raises(DifferentiationError, match="the result is complex"):
        srcgrad.grad(lambda z: (abs(z), z * z))(1j)


def test_a_rule_of_unknown_kinds_is_for_real_numbers() -> None:
    def limited(x: Any, n: int) -> Any:
        items = [x, 1j, 2.0]
        return np.real(np.maximum(items[n], 0.0))

    with pytest.raises(DifferentiationError, match="may be complex"):
        srcgrad.grad(limited)(1.0, 0)


# --- pullbacks


def test_pullbacks_of_complex_results() -> None:
    value, pullback = srcgrad.vjp(lambda z: z * z)(1 + 1j)
    assert value == 2j
    assert pullback() == pullback(1) == pullback(1.0) == pullback(1 + 0j) == 2 + 2j
    assert pullback(1j) == -2 + 2j
    value, pullback = srcgrad.vjp(lambda x: x * 1j)(np.ones(2))
    np.testing.assert_array_equal(pullback(np.array([1j, 1.0])), [-1.0, 0.0])
    np.testing.assert_array_equal(pullback(np.array([1, 2])), [0.0, 0.0])
    assert pullback().dtype == float


def test_real_results_have_real_cotangents() -> None:
    _, pullback = srcgrad.vjp(lambda z: (abs(z), z))(3j)
    assert pullback((1.0, 0.0)) == -1j
    assert pullback((0.0, 1j)) == 1j
    with pytest.raises(TypeError, match=r"y_bar\[0\] must be real, not complex128"):
        pullback((1j, 1.0))
    with pytest.raises(TypeError, match=r"y_bar\[1\] must be real or complex, not bool"):
        pullback((1.0, np.array(True)))
    with pytest.raises(ValueError, match="has shape"):
        pullback((1.0, np.ones(2, complex)))


def test_pullbacks_add_into_buffers() -> None:
    _, pullback = srcgrad.vjp(lambda z: z * 2j)(np.ones(2, complex))
    total = np.ones(2, complex)
    assert pullback(into=total) is total
    np.testing.assert_array_equal(total, [1 + 2j, 1 + 2j])
    with pytest.raises(TypeError, match="cannot be added into float64"):
        pullback(into=np.ones(2))


def test_pullbacks_are_pickled() -> None:
    _, pullback = srcgrad.vjp(holomorphic_primal)(1j)
    again = pickle.loads(pickle.dumps(pullback))
    assert again(1j) == pullback(1j) == -2
    assert again() == 2j


# --- saved for kinds that are not known


def magnitude(x, w):
    return np.sum(np.abs(x * w))


def real_of_unknown(x, w):
    return np.sum(np.abs(x * np.exp(1j * w)) + np.real(x * 2j) + np.imag(w * 1j))


def load(path: Any) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": path.stem}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    return space


def test_what_is_made_for_real_numbers_refuses_complex_ones(tmp_path: Any) -> None:
    path = tmp_path / "magnitude_grad.py"
    srcgrad.grad(magnitude).save(path)
    saved = load(path)["magnitude_grad"]
    assert "np.sign" in path.read_text(encoding="utf-8")
    assert saved(-2.0, 3.0) == -3.0
    for args in ((1j, 1.0), (1.0, 1j), (np.ones(2), np.ones(2, complex)), ([1.0, 1j], 1.0), (np.complex64(1j), 1.0)):
        with pytest.raises(TypeError, match="was made for real numbers"):
            saved(*args)


def test_where_complex_numbers_come_up_unknown_kinds_may_be_complex(tmp_path: Any) -> None:
    path = tmp_path / "real_of_unknown_grad.py"
    derivative = srcgrad.grad(real_of_unknown, (0, 1))
    derivative.save(path)
    saved = load(path)["real_of_unknown_grad"]
    for args in itertools.product((r(3), c(3), r(), c()), (r(3), c(3), r(), c())):
        for found, expected in zip(saved(*args), derivative(*args), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12)
            assert type(found) is type(expected)


def annotated(z: complex, x: float) -> float:
    return abs(z * x)


def test_annotations(tmp_path: Any) -> None:
    path = tmp_path / "annotated_grad.py"
    srcgrad.grad(annotated).save(path)
    saved = load(path)["annotated_grad"]
    assert saved(2j, 3.0) == -3j
    with pytest.raises(TypeError, match="complex"):
        saved("2", 3.0)


# --- derivatives of derivatives


def test_second_derivatives() -> None:
    def slope(z):
        return srcgrad.grad(lambda w: w**4, holomorphic=True)(z)

    assert srcgrad.grad(slope, holomorphic=True)(1j) == pytest.approx(-12)
    assert srcgrad.grad(srcgrad.grad(lambda w: w**4, holomorphic=True), holomorphic=True)(1j) == pytest.approx(-12)


def test_second_derivatives_of_real_functions() -> None:
    def energy(x):
        return np.abs(np.exp(1j * x) * x + x**2) ** 2

    def slope(x):
        return srcgrad.grad(energy)(x)

    h = 1e-5
    found = srcgrad.grad(slope)(0.7)
    assert found == pytest.approx((slope(0.7 + h) - slope(0.7 - h)) / (2 * h), rel=1e-7)


def test_gradients_of_gradients_by_complex_arguments() -> None:
    def steepness(z):
        return np.sum(np.abs(srcgrad.grad(lambda w: np.sum(np.abs(w * w + 1) ** 2))(z)) ** 2)

    check(steepness, c(3), general=False)
    check(steepness, c(), general=False)


def test_stacks_of_loops() -> None:
    def grown(z):
        for k in range(3):
            z = z * np.exp(z * 0.3) * (k + 1j)
        return np.sum(np.abs(z) ** 2)

    def steepness(z):
        return np.sum(np.abs(srcgrad.grad(grown)(z)) ** 2)

    check(steepness, c(3) * 0.3, general=False)
    check(steepness, r(3) * 0.3, general=False)


def test_real_numbers_stay_real_where_helpers_are_differentiated() -> None:
    def slopes(x):
        return np.sum(srcgrad.grad(lambda y: np.linalg.norm(y, 1) ** 2 + np.linalg.det(np.outer(y, y)))(x) ** 2)

    text = srcgrad.grad(slopes).source_for(np.ones(2))
    assert "matched" not in text
    assert ".real" not in text


def test_a_rule_of_real_numbers_is_not_used_where_its_results_are_taken_apart() -> None:
    def parts(z):
        low, high = np.sort(z)
        return np.abs(low * high)

    with pytest.raises(DifferentiationError, match="real numbers only"):
        srcgrad.grad(parts)(c(2))

    def quotients(z):
        whole, rest = divmod(np.real(z), z)
        return np.abs(whole * rest)

    with pytest.raises(DifferentiationError, match="real numbers only"):
        srcgrad.grad(quotients)(c())


def test_powers_of_numbers_are_of_double_precision() -> None:
    found = srcgrad.grad(lambda y: (2j**y).real)(0.3)
    assert found == pytest.approx((np.log(2j) * 2j**0.3).real, rel=1e-14)


# --- texts


def test_real_programs_are_what_they_were() -> None:
    text = srcgrad.grad(lambda x: np.sum(np.abs(x) ** 2)).source_for(np.ones(2))
    assert "np.sign" in text
    assert "conj" not in text
    assert "real" not in text


# --- what objects hold


class Model:
    """An object with numbers, of which nothing is known before the run."""

    def __init__(self, weights: Any) -> None:
        self.weights = weights

    def magnitude(self, x: Any) -> Any:
        return np.sum(np.abs(x * self.weights))


def pulled_back(result: Any) -> Any:
    """The gradients of a vjp's ones; what anything else returns."""
    return result[1]() if callable(result[1]) else result


GLOBAL_MODEL = Model(np.array([1j, 2.0]))


def by_global_object(x):
    return np.sum(np.abs(x * GLOBAL_MODEL.weights))


@pytest.mark.parametrize("transform", [srcgrad.grad, srcgrad.value_and_grad, srcgrad.jvp, srcgrad.vjp])
def test_complex_numbers_in_objects_are_noticed(transform: Any) -> None:
    x = np.array([1.0, 2.0])
    derivative = transform(Model.magnitude, "x")
    tangents = (np.ones(2),) if transform is srcgrad.jvp else ()
    for weights, wrong in ((np.array([1.0, -2.0]), False), (np.array([1j, 2.0]), True)):
        model = Model(weights)
        if not wrong:
            derivative(model, x, *tangents)
            continue
        with pytest.raises(TypeError, match="met complex numbers where nothing told of them"):
            pulled_back(derivative(model, x, *tangents))


@pytest.mark.parametrize("transform", [srcgrad.grad, srcgrad.value_and_grad, srcgrad.jacobian, srcgrad.vjp])
def test_what_comes_beside_the_derivative_may_be_complex(transform: Any) -> None:
    def with_weights(x: Any, model: Any) -> Any:
        return np.sum(x * x), model.weights

    result = transform(with_weights, "x", has_aux=True)(np.ones(2), Model(np.array([1j, 2.0])))
    aux = result[0][1] if transform is srcgrad.value_and_grad else result[-1]
    np.testing.assert_array_equal(aux, [1j, 2.0])


def test_complex_numbers_in_global_objects_are_known() -> None:
    np.testing.assert_allclose(srcgrad.grad(by_global_object)(np.array([1.0, -2.0])), [1.0, -2.0])


def test_a_derivative_inside_is_not_made_for_what_may_be_complex() -> None:
    def outer(x: Any, model: Any) -> Any:
        return srcgrad.grad(lambda y: np.abs(y * 2j))(x * model.weights)

    with pytest.raises(DifferentiationError, match="not known before the run whether an argument"):
        srcgrad.grad(outer)(1.0, Model(2.0))


def test_who_asks_for_imaginary_parts_expects_complex_numbers() -> None:
    derivative = Derivative(lambda x, w: np.sum((x * w).imag), 0)
    text = derivative.general().text
    assert "-1j" in text
    assert "matched" in text


def layers(ws, z):
    for w in ws:
        z = np.tanh(w @ z)
    return np.sum(np.abs(z))


def test_lists_of_real_and_complex_arrays() -> None:
    for ws in ([r(2, 2), c(2, 2)], [c(2, 2), r(2, 2)], [c(2, 2), c(2, 2)]):
        check(layers, ws, r(2), general=False)
        check(layers, tuple(ws), c(2), general=False)


def test_an_unknown_dtype_is_not_that_of_float64() -> None:
    """To NumPy None is float64."""
    from srcgrad.analysis.kinds import Array, join

    real, number = Array((False,), np.dtype(float)), Array((False,), np.dtype(complex))
    assert join(real, number) == Array((False,), None) != real
    assert join(join(real, number), real) == join(real, join(real, number)) == Array((False,), None)
