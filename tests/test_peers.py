"""The same gradients from somebody else: written by hand, and by autograd."""

from __future__ import annotations

import contextlib
import importlib
import io
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests import zoo
from tests.zoo import WHOLE, Example, Program

PAIRS = sorted(
    path.stem
    for path in (Path(__file__).parent / "golden_pairs").glob("*.py")
    if path.stem not in ("forward_mode", "procedure", "containers")  # by dicts: see test_golden
)


def pair(name: str, seed: int) -> tuple[Program, Example, Callable[..., Any]]:
    module = importlib.import_module(f"tests.golden_pairs.{name}")
    primal, by_hand, args, wrt = module.example(np.random.default_rng(seed))
    entry = Program(primal, (), wrt, saves=True, optional=False, needs_kinds=False, name=name)
    return entry, Example(args), by_hand


def as_tuple(gradient: Any, count: int) -> tuple[Any, ...]:
    """Undo the habit of bare gradients of single arguments."""
    return gradient if isinstance(gradient, tuple) and count > 1 else (gradient,)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", PAIRS)
def test_written_by_hand(name: str, seed: int) -> None:
    entry, example, by_hand = pair(name, seed)
    args, _ = example.fresh()
    expected = as_tuple(by_hand(*args), len(entry.names))
    for numbers, gradient in zip(zoo.reference(entry, example), expected, strict=True):
        np.testing.assert_allclose(zoo.flat(gradient), numbers, rtol=1e-6, atol=1e-7)
    args, _ = example.fresh()
    found = srcgrad.grad(entry.function, wrt=entry.wrt)(*args)
    for gradient, by_peer in zip(found, expected, strict=True):
        assert isinstance(gradient, dict) or np.shape(gradient) == np.shape(by_peer)
        np.testing.assert_allclose(zoo.flat(gradient), zoo.flat(by_peer), rtol=1e-11, atol=1e-12)


def rebound(function: Callable[..., Any], numpy: types.ModuleType) -> Callable[..., Any]:
    """Copy a function, its callees in its module included, with ``np`` another library."""
    names: dict[str, Any] = dict(function.__globals__)
    for name, value in function.__globals__.items():
        if isinstance(value, types.FunctionType) and value.__module__ == function.__module__:
            copied = types.FunctionType(value.__code__, names, value.__name__, value.__defaults__, value.__closure__)
            copied.__kwdefaults__ = value.__kwdefaults__
            names[name] = copied
    names["np"] = numpy
    copied = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    copied.__kwdefaults__ = function.__kwdefaults__
    return copied


def autograd_summed(entry: Program, example: Example) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return a function of the arguments in ``wrt`` that is the sum of all numbers of the result, and its argument."""
    numpy = importlib.import_module("autograd.numpy")
    function = rebound(entry.function, numpy)
    places = zoo.locate(entry, example)

    def summed(chosen: tuple[Any, ...]) -> Any:
        args, kwargs = example.fresh()
        moved: list[Any] = list(args)
        for (by_position, key), value in zip(places, chosen, strict=True):
            container: Any = moved if by_position else kwargs
            container[key] = value
        result = function(*moved, **kwargs)
        parts = result if isinstance(result, (tuple, list)) else [result]
        return sum(numpy.sum(part) for part in parts)

    return summed, tuple(zoo.to_real(value) for value in zoo.selected(entry, *example.fresh()))


def autograd_gradient(entry: Program, example: Example) -> list[Any]:
    """Return autograd's gradient of the summed result, one for each argument in ``wrt``."""
    autograd = pytest.importorskip("autograd")
    function, chosen = autograd_summed(entry, example)
    return list(autograd.grad(function)(chosen))


# What autograd has no rule, method or answer for, in some example at least.
NOT_AUTOGRAD = {
    "attributes_methods.copies",
    "attributes_methods.dot_method",
    "attributes_methods.dot_with_itself",
    "attributes_methods.item_of_size_one",
    "attributes_methods.items",
    "attributes_methods.method_of_an_expression",
    "attributes_methods.method_result_overwrites_its_object",
    "attributes_methods.methods_chained",
    "attributes_methods.real_part",
    "attributes_methods.trace_and_diagonal",
    "attributes_methods.transpose_with_axes",
    "augmented.array_in_a_loop",
    "augmented.copy_then_update",
    "augmented.floor_division_and_modulo",
    "builtins_math.divmod_by_hand",
    "builtins_math.float_of",
    "builtins_math.float_of_an_element",
    "builtins_math.imported_from_math",
    "builtins_math.isinstance_and_type",
    "builtins_math.math_log_with_a_base",
    "builtins_math.math_of_a_float",
    "builtins_math.math_of_elements",
    "builtins_math.rounding_is_constant",
    "builtins_math.scalar_newton",
    "calls.callee_gives_a_count",
    "calls.other_module_with_math",
    "kept_statements.prints_in_a_loop",
    "nested.math_and_numpy_together",
    "numpy_functions.array_and_asarray",
    "numpy_functions.broadcast_to",
    "numpy_functions.einsum_diagonal",
    "numpy_functions.flipped_and_rolled",
    "numpy_functions.full_of_active",
    "numpy_functions.norms",
    "numpy_functions.norms_along",
    "numpy_functions.norms_of_orders",
    "numpy_functions.of_lists_diag",
    "numpy_functions.of_lists_diagonal",
    "numpy_functions.of_lists_full",
    "numpy_functions.of_lists_meshgrid",
    "numpy_functions.of_lists_sum",
    "numpy_functions.outer",
    "numpy_functions.product",
    "numpy_functions.repeated_and_tiled",
    "numpy_functions.vdot",
    "straight_line.floor_and_modulo",
    "straight_line.plus_of_minus",
    "ternaries.only_the_taken_side_runs",
    "tuples.tolist_and_back",
}


# one example in nine, or all of them: SRCGRAD_WHOLE_ZOO=1 pytest tests/test_peers.py
SOME = list(zoo.cases())[:: 1 if WHOLE else 9]


@pytest.mark.parametrize(
    ("entry", "example"),
    [
        pytest.param(entry, example, id=name)
        for name, entry, example in SOME
        if isinstance(entry.function, types.FunctionType) and entry.name not in NOT_AUTOGRAD
    ],
)
def test_autograd(entry: Program, example: Example) -> None:
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            expected = autograd_gradient(entry, example)
    except Exception as error:  # what autograd cannot do is no concern of ours
        pytest.skip(f"autograd: {type(error).__name__}: {error}")
    numbers = zoo.reference(entry, example)
    if not all(np.allclose(zoo.flat(e), n, rtol=1e-6, atol=1e-7) for e, n in zip(expected, numbers, strict=True)):
        pytest.skip("autograd is wrong here")
    args, kwargs = example.fresh()
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            found = srcgrad.grad(entry.function, wrt=entry.wrt)(*args, **kwargs)
        except srcgrad.DifferentiationError:
            if entry.optional:
                pytest.skip("refused")
            raise
    single = any(getattr(part, "dtype", None) == np.float32 for part in zoo.leaves(list(args)))
    gradients = found if isinstance(entry.wrt, tuple) else (found,)
    for gradient, by_peer in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(
            zoo.flat(gradient),
            zoo.flat(by_peer),
            rtol=2e-4 if single else 1e-9,
            atol=2e-4 if single else 1e-10,
        )
