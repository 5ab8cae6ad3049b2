"""One derivative of a problem in each mode, with what must hold whatever the numbers are."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import srcgrad
from srcgrad.objects import attributes
from srcgrad.testing.leaves import (
    Vector,
    arrays_in,
    count,
    deep_copy,
    holds_numbers,
    leaves,
    mapped,
    pack,
    random_like,
    same,
    unpack,
)
from srcgrad.testing.problems import Problem

_NUMPY_1 = np.__version__.startswith("1.")


@dataclass(frozen=True)
class Run:
    """A derivative that was called once.

    ``apply`` maps the seed (a cotangent in reverse mode, the tuple of tangents in forward mode) to gradients or to the
    tangent of the result; it is linear.
    """

    mode: str
    value: Any
    apply: Callable[[Any], Any]
    like: Any  # what the results of ``apply`` have the structure of
    seed: Any  # what seeds have the structure of


def _derivative(transform: str, problem: Problem) -> Any:
    """The derivative of a problem's function; that of one which is looked at again is made once."""
    try:
        return _made(transform, problem.function, problem.places)
    except TypeError:  # no hash
        return getattr(srcgrad, transform)(problem.function, problem.places)


@functools.lru_cache(64)
def _made(transform: str, function: Any, places: tuple[int | str, ...]) -> Any:
    return getattr(srcgrad, transform)(function, places)


def reverse_run(problem: Problem) -> Run:
    """Call ``srcgrad.vjp``; raises AssertionError where the value or an argument is not as the primal leaves it."""
    expected = problem.value()
    args, kwargs = problem.fresh()
    derivative = _derivative("vjp", problem)
    with np.errstate(all="ignore"):
        value, pullback = derivative(*args, **kwargs)
    _unchanged("reverse mode", problem, args, kwargs)
    _same_value("reverse mode", problem, value, expected)
    inputs = arrays_in([args, kwargs])

    def apply(y_bar: Any) -> Any:
        before = deep_copy(y_bar)
        with np.errstate(all="ignore"):
            gradients = pullback(y_bar)
        assert same(y_bar, before), "reverse mode changes the cotangent that it is given"
        for array in arrays_in(list(gradients)):
            if any(np.shares_memory(array, x) for x in inputs):
                raise AssertionError("reverse mode: a gradient shares memory with an argument")
        return gradients

    run = Run("reverse", value, apply, problem.seeds(), problem.result())
    _independent(run, args, kwargs)
    return run


def forward_run(problem: Problem) -> Run:
    """Call ``srcgrad.jvp`` at each seed; raises AssertionError as ``reverse_run`` does."""
    expected = problem.value()
    derivative = _derivative("jvp", problem)

    def apply(tangents: Any) -> Any:
        args, kwargs = problem.fresh()
        before = deep_copy(tangents)
        positional, named = _tangent_arguments(problem, tangents)
        with np.errstate(all="ignore"):
            value, tangent = derivative(*args, *positional, **kwargs, **named)
        _unchanged("forward mode", problem, args, kwargs)
        _same_value("forward mode", problem, value, expected)
        assert same(tangents, before), "forward mode changes the tangents that it is given"
        return tangent

    return Run("forward", expected, apply, problem.result(), problem.seeds())


_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _tangent_arguments(problem: Problem, tangents: Any) -> tuple[list[Any], dict[str, Any]]:
    """Tangents come after the arguments, by name where parameters may be left out or are keyword-only."""
    parameters = _signature(problem)
    by_name = [p for p in parameters if p.default is not p.empty or p.kind not in _BY_POSITION]
    if not by_name and not problem.kwargs:
        return list(tangents), {}
    names = [p.name for p in parameters]
    labels = [names[place] if isinstance(place, int) else place for place in problem.places]
    return [], {f"{label}_dot": tangent for label, tangent in zip(labels, tangents, strict=True)}


def _signature(problem: Problem) -> list[inspect.Parameter]:
    """The parameters of the primal, as srcgrad sees them for this call."""
    derivative = _derivative("vjp", problem)
    args, kwargs = problem.fresh()
    derivative.source_for(*args, **kwargs)
    return list(inspect.signature(derivative).parameters.values())


def _unchanged(mode: str, problem: Problem, args: Any, kwargs: Any) -> None:
    before_args, before_kwargs = problem.fresh()
    for place, (left, right) in enumerate(zip(args, before_args, strict=True)):
        if not same(left, right):
            raise AssertionError(f"{mode} changes the argument at position {place}: it was {right!r}, it is {left!r}")
    for name, left in kwargs.items():
        if not same(left, before_kwargs[name]):
            raise AssertionError(f"{mode} changes argument '{name}': it was {before_kwargs[name]!r}, it is {left!r}")


def _same_value(mode: str, problem: Problem, value: Any, expected: Any) -> None:
    chosen = problem.chosen(problem.args, problem.kwargs)
    whole = any(isinstance(leaf, int) for _, leaf in leaves(chosen))  # integers count as reals
    given = arrays_in([problem.args, dict(problem.kwargs)])
    if all(array.flags.c_contiguous or array.flags.f_contiguous for array in given):
        right = same(value, expected, exact=not whole)
    else:  # NumPy rounds what is not contiguous in another way than the copies that are kept of it
        right = same(mapped(_emptied, value), mapped(_emptied, expected), exact=not whole)
        right = right and np.allclose(pack(value), pack(expected), rtol=1e3 * precision(expected), equal_nan=True)
    if not right:
        raise AssertionError(f"{mode} returns another value than the function: {value!r}, not {expected!r}")


def _emptied(leaf: Any) -> Any:
    """A leaf with its numbers forgotten."""
    return unpack(leaf, np.zeros(count(leaf)))


def _independent(run: Run, args: Any, kwargs: Any) -> None:
    """What happens to the arguments and the value after the call must not reach the pullback."""
    y_bar = unpack(run.seed, np.cos(np.arange(pack(run.seed).size)))
    before = deep_copy(run.apply(y_bar))
    for array in arrays_in([args, kwargs, run.value]):
        if array.flags.writeable and array.dtype.kind in "fc":
            array[...] = np.nan
    if not same(run.apply(y_bar), before):
        raise AssertionError("reverse mode: writing into an argument or the value after the call changes the gradient")


def check_structure(run: Run, result: Any, labels: tuple[str, ...] = ()) -> None:
    """Raise AssertionError unless a result of ``apply`` has exactly the structure, shapes and dtypes that it must."""
    if run.mode != "reverse":
        plain = any(type(leaf) is float for _, leaf in leaves(run.seed))
        _check_like("forward mode: the tangent of the result", result, run.like, wider=plain)
        return
    assert len(result) == len(run.like), f"reverse mode gives {len(result)} gradients for {len(run.like)} arguments"
    for label, gradient, argument in zip(labels, result, run.like, strict=True):
        _check_like(f"reverse mode: the gradient of '{label}'", gradient, argument)


def _check_like(what: str, result: Any, like: Any, wider: bool = False) -> None:
    """``wider``: it may be of double precision, as what NumPy makes of a Python number is."""
    if isinstance(like, dict):
        assert isinstance(result, dict), f"{what} is a {type(result).__name__}, not a dict"
        assert list(result) == list(like), f"{what} has the keys {list(result)}, not {list(like)}"
        for key, item in like.items():
            _check_like(f"{what}, [{key!r}]", result[key], item, wider)
    elif isinstance(like, (list, tuple)):
        right = type(result) in (type(like), tuple if isinstance(like, tuple) else list)
        assert right, f"{what} is a {type(result).__name__}, not a {type(like).__name__}"
        assert len(result) == len(like), f"{what} has {len(result)} elements, not {len(like)}"
        for place, item in enumerate(like):
            _check_like(f"{what}, [{place}]", result[place], item, wider)
    elif (held := attributes(like)) is not None:
        assert attributes(result) is not None, f"{what} is a {type(result).__name__}, not a {type(like).__name__}"
        assert vars(result).keys() >= held.keys(), f"{what} has the attributes {list(vars(result))}, not {list(held)}"
        for name, item in held.items():
            _check_like(f"{what}, .{name}", vars(result)[name], item, wider)
    elif holds_numbers(like):
        assert np.shape(result) == np.shape(like), f"{what} has shape {np.shape(result)}, not {np.shape(like)}"
        kind, wanted = type(result).__name__, type(like).__name__
        if isinstance(like, np.ndarray) and like.ndim:
            assert isinstance(result, np.ndarray), f"{what} is a {kind}, not a {wanted}"
        elif not isinstance(like, (np.ndarray, np.generic)):  # NumPy makes no difference between these
            assert not isinstance(result, np.ndarray), f"{what} is a {kind}, not a {wanted}"
        if isinstance(like, (np.ndarray, np.generic)):
            found = np.asarray(result).dtype
            # there numbers promote by value
            by_value = _NUMPY_1 and not np.ndim(like) and found.kind == like.dtype.kind
            right = found == like.dtype or by_value or (wider and found == np.float64)
            assert right, f"{what} has dtype {found}, not {like.dtype}"


def check_linear(run: Run, rng: np.random.Generator) -> None:
    """Raise AssertionError unless a zero seed gives exact zeros, and the sum of two seeds the sum of their results."""
    size = pack(run.seed).size
    zero = pack(run.apply(unpack(run.seed, np.zeros(size))), run.like)
    if np.any(zero != 0):
        raise AssertionError(f"{run.mode} mode: a seed of zeros does not give zeros but {zero}")
    first, second = (pack(random_like(run.seed, rng)) for _ in range(2))
    apart = [pack(run.apply(unpack(run.seed, numbers)), run.like) for numbers in (first, second)]
    both = pack(run.apply(unpack(run.seed, 2.0 * first - 3.0 * second)), run.like)
    expected = 2.0 * apart[0] - 3.0 * apart[1]
    sizes = 2.0 * np.abs(apart[0]) + 3.0 * np.abs(apart[1])
    scale = float(np.max(sizes, initial=0.0)) + float(np.max(np.abs([first, second]), initial=0.0))
    bad = np.abs(both - expected) > 1e3 * precision((run.seed, run.like)) * (sizes + scale)
    if np.any(bad):
        k = int(np.argmax(bad))
        raise AssertionError(
            f"{run.mode} mode is not linear in its seed: component {k} is {both[k]}, "
            f"of the two parts it would be {expected[k]}"
        )


def precision(x: Any) -> float:
    """The rounding error of the coarsest numbers that a structure holds.

    >>> precision([1.0, np.ones(2)])
    2.220446049250313e-16
    """
    found = [float(np.finfo(np.float64).eps)]
    mapped(lambda leaf: found.append(_epsilon(leaf)) if holds_numbers(leaf) else None, x)
    return max(found)


def _epsilon(leaf: Any) -> float:
    return float(np.finfo(leaf.dtype if isinstance(leaf, (np.ndarray, np.generic)) else float).eps)


__all__ = ["Run", "Vector", "check_linear", "check_structure", "forward_run", "precision", "reverse_run"]
