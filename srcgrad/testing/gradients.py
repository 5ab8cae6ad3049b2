"""``check_grads``: both modes against each other and against differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import srcgrad
from srcgrad.testing.leaves import Vector, leaves, pack, place_of, random_like, unpack
from srcgrad.testing.problems import Method, Problem, Slope, Wrt, problem_of, slope
from srcgrad.testing.runs import Run, check_linear, check_structure, forward_run, precision, reverse_run
from srcgrad.testing.weighted import weighted

_EACH = 64  # of so many numbers each is moved by itself; of more, random directions are taken
_MODES = {"rev": reverse_run, "fwd": forward_run}


def check_grads(
    f: Any,
    args: Sequence[Any],
    wrt: Wrt | None = None,
    modes: Sequence[str] = ("rev", "fwd"),
    order: int = 1,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    kwargs: Mapping[str, Any] | None = None,
    method: Method = "auto",
    seed: int = 0,
) -> None:
    """Check the derivatives that srcgrad gives of a function at some arguments.

    Reverse mode (``"rev"``, by ``srcgrad.vjp``) and forward mode (``"fwd"``, by ``srcgrad.jvp``) are compared with each
    other to 1e-12, as <y_bar, J x_dot> = <J' y_bar, x_dot>, and with differences of the function: central ones of
    fourth order (``method="central"``), a complex step (``"complex"``), or this where the function takes complex
    numbers and the two agree (``"auto"``).  A complex number is moved along both axes, and of products the real part
    counts, so that a function of complex numbers need not be analytic.  ``wrt`` is a parameter or several, by position
    or name; left out, all arguments that hold real numbers.  ``order`` 2 and 3 check the derivative of a weighted
    gradient in the same way: reverse over reverse, forward over reverse and, where both modes are asked for, reverse
    over forward.

    Furthermore: the value is the function's own to the bit; the arguments and seeds stay as they are; gradients have
    the structure, shape and dtype of their arguments; zero seeds give exact zeros; results are linear in the seed.

    Raises AssertionError, which names the mode, the argument, the index, the numbers and which of the three (forward,
    reverse, differences) disagrees; whatever srcgrad raises where it refuses; ValueError where there is nothing to
    differentiate.  ``rtol`` is relative to the largest derivative of an argument: 1e-6 if left out, 1e-3 where
    arguments or results are of single precision.

    >>> import numpy as np
    >>> def loss(w, x):
    ...     return np.sum(np.tanh(x @ w) ** 2)
    >>> check_grads(loss, (np.array([0.5, -0.3]), np.eye(2)), order=2)
    """
    if not modes or not set(modes) <= _MODES.keys():
        raise ValueError(f"modes are 'rev' and 'fwd', not {modes!r}")
    problem = problem_of(f, args, kwargs, wrt)
    rng = np.random.default_rng(seed)
    check_once(problem, modes, method, rng, rtol, atol)
    if order > 1:
        for name, function, arguments, again in _composed(problem, modes, rng):
            places = range(len(problem.places))
            more: dict[str, Any] = {"rtol": rtol, "atol": atol, "method": method, "seed": seed + 1}
            try:
                check_grads(function, arguments, places, again, order - 1, **more)
            except AssertionError as error:
                raise AssertionError(f"the derivative of {name} (order {order}): {error}") from None


def _composed(
    problem: Problem, modes: Sequence[str], rng: np.random.Generator
) -> Iterator[tuple[str, Any, list[Any], Sequence[str]]]:
    """Functions that are derivatives of a weighted sum of the results, and the modes that differentiate them."""
    value = problem.result()
    whole = weighted(problem, random_like(value, rng))
    chosen = problem.chosen(*problem.fresh())
    places = tuple(range(len(problem.places)))
    if "rev" in modes:
        yield "the gradient", srcgrad.grad(whole, places), chosen, modes
    if "fwd" in modes:
        tangents = random_like(problem.seeds(), rng)
        over = ["rev"] if "rev" in modes else modes
        yield "the tangent", srcgrad.jvp(whole, places), [*chosen, *tangents], over


def check_dot_product(
    f: Any, args: Sequence[Any], wrt: Wrt | None = None, *, kwargs: Mapping[str, Any] | None = None, seed: int = 0
) -> None:
    """Check that forward and reverse mode are each other's transposes: <y_bar, J x_dot> = <J' y_bar, x_dot>.

    No differences are taken, so this costs two calls, works to rounding errors and holds at kinks, too.  Raises
    AssertionError where the two differ by more than 1e-12 of their terms (for single precision 1e-3).

    >>> import numpy as np
    >>> check_dot_product(np.hypot, (3.0, 4.0))
    """
    problem = problem_of(f, args, kwargs, wrt)
    _dot_product(problem, reverse_run(problem), forward_run(problem), np.random.default_rng(seed), None)


# --- one order


def check_once(
    problem: Problem,
    modes: Sequence[str],
    method: Method,
    rng: np.random.Generator,
    rtol: float | None = None,
    atol: float | None = None,
    each: int = _EACH,
) -> None:
    """Check the first derivative; of more numbers than ``each`` along random directions only."""
    runs = {mode: _MODES[mode](problem) for mode in modes}
    value = problem.result()
    if not pack(value).size and not any(np.ndim(leaf) for _, leaf in leaves(value)):
        raise ValueError("the result holds no real numbers: nothing can be differentiated")
    for run in runs.values():
        check_structure(run, run.apply(unpack(run.seed, np.ones(pack(run.seed).size))), problem.labels)
        check_linear(run, rng)
    coarse = precision([problem.chosen(problem.args, problem.kwargs), value]) > 1e-10
    rtol = rtol if rtol is not None else 1e-3 if coarse else 1e-6
    comparison = Comparison(problem, runs, method, pack(random_like(value, rng)), rtol, atol)
    if pack(problem.starts).size <= each:
        comparison.each()
    else:
        comparison.random(rng)
    if len(runs) == 2:
        _dot_product(problem, runs["rev"], runs["fwd"], rng, rtol)


def _dot_product(problem: Problem, reverse: Run, forward: Run, rng: np.random.Generator, rtol: float | None) -> None:
    y_bar = pack(random_like(reverse.seed, rng), dual=True)
    x_dot = pack(random_like(forward.seed, rng))
    x_bar = pack(reverse.apply(unpack(reverse.seed, y_bar, dual=True)), problem.starts, dual=True)
    y_dot = pack(forward.apply(unpack(forward.seed, x_dot)), forward.like)
    left, right = y_bar @ y_dot, x_bar @ x_dot
    size = np.abs(y_bar) @ np.abs(y_dot) + np.abs(x_bar) @ np.abs(x_dot)
    coarse = precision([reverse.like, reverse.seed]) > 1e-10
    limit = 1e-3 if coarse else max(1e-12, 1e-6 * (rtol or 0.0))
    size += 1e-3 * np.sum(np.abs(y_bar)) * np.max(np.abs(x_dot), initial=0.0)  # what is all rounding is no derivative
    if not abs(left - right) <= limit * size:
        raise AssertionError(
            f"forward and reverse mode disagree: <y_bar, J x_dot> is {left!r}, <J' y_bar, x_dot> is {right!r}"
        )


@dataclass(frozen=True)
class Comparison:
    """Derivatives of ``weights @ result`` in each mode, compared with differences, all in real numbers."""

    problem: Problem
    runs: Mapping[str, Run]
    method: Method
    weights: Vector
    rtol: float
    atol: float | None

    def each(self) -> None:
        """Compare the derivative by each number of the arguments."""
        size = pack(self.problem.starts).size
        slopes = [slope(self.problem, unit, self.method) for unit in np.eye(size)]
        expected = np.array([self.weights @ one.numbers for one in slopes])
        reverse, forward = self.reverse(), self.forward(size)
        if forward is not None and reverse is None:
            self.elements(forward, slopes)
        for numbers in self.parts():
            scale = float(np.max(np.abs(expected[numbers]), initial=0.0))
            for k in numbers:
                found = {"reverse": reverse[k] if reverse is not None else None}
                found["forward"] = self.weights @ forward[k] if forward is not None else None
                self.compare(self.problem.place(k), found, expected[k], scale, slopes[k])
        if forward is not None:
            self.elements(forward, slopes)  # what the weighted sum happens to hide

    def parts(self) -> Iterator[range]:
        """The numbers of each argument."""
        start = 0
        for one in self.problem.starts:
            size = pack(one).size
            yield range(start, start + size)
            start += size

    def reverse(self) -> Vector | None:
        """The gradient of the weighted result."""
        run = self.runs.get("rev")
        if run is None:
            return None
        return pack(run.apply(unpack(run.seed, self.weights, dual=True)), self.problem.starts, dual=True)

    def forward(self, size: int) -> list[Vector] | None:
        """The tangent of the result for each number of the arguments."""
        run = self.runs.get("fwd")
        if run is None:
            return None
        return [pack(run.apply(unpack(run.seed, unit)), run.like) for unit in np.eye(size)]

    def elements(self, forward: list[Vector], slopes: list[Slope]) -> None:
        """Compare each number of the result's tangent."""
        value = self.problem.result()
        for k, (tangent, one) in enumerate(zip(forward, slopes, strict=True)):
            scale = float(np.max(np.abs(one.numbers), initial=0.0))
            bad = ~(np.abs(tangent - one.numbers) <= self.tolerance(scale, one))
            if np.any(bad):
                j = int(np.argmax(bad))
                where = f"{self.problem.place(k)}, the result's {place_of(value, j) or 'number'}"
                self.compare(where, {"forward": tangent[j]}, one.numbers[j], scale, one)

    def random(self, rng: np.random.Generator) -> None:
        """Compare along random directions; where one is wrong, find a number of the arguments that is."""
        size = pack(self.problem.starts).size
        for _ in range(2):
            direction = rng.normal(size=size)
            if self.agrees(direction):
                continue
            low, high = 0, size
            while high - low > 1:
                middle = (low + high) // 2
                half = np.zeros(size)
                half[low:middle] = direction[low:middle]
                low, high = (middle, high) if self.agrees(half) else (low, middle)
            unit = np.zeros(size)
            unit[low] = 1.0
            found, expected, one = self.along(unit)
            self.compare(self.problem.place(low), found, expected, abs(expected), one)
            found, expected, one = self.along(direction)
            self.compare("a random direction", found, expected, abs(expected), one)

    def along(self, direction: Vector) -> tuple[dict[str, Any], Any, Slope]:
        """The derivative along a direction in each mode, and by differences."""
        one = slope(self.problem, direction, self.method)
        found: dict[str, Any] = {}
        gradient = self.reverse()
        if gradient is not None:
            found["reverse"] = gradient @ direction
        if "fwd" in self.runs:
            run = self.runs["fwd"]
            found["forward"] = self.weights @ pack(run.apply(unpack(run.seed, direction)), run.like)
        return found, self.weights @ one.numbers, one

    def agrees(self, direction: Vector) -> bool:
        """Whether all modes agree with the differences along a direction."""
        found, expected, one = self.along(direction)
        scale = float(np.sum(np.abs(one.numbers * self.weights)))
        return all(abs(number - expected) <= self.tolerance(scale, one) for number in found.values())

    def tolerance(self, scale: float, one: Slope) -> float:
        """How far a derivative may be from differences; a complex step gives more digits than these."""
        relative = min(self.rtol, 1e-8) if one.exact and self.rtol <= 1e-6 else self.rtol
        rounding = one.error * float(np.sum(np.abs(self.weights)))
        return (self.rtol * 1e-2 if self.atol is None else self.atol) + relative * scale + rounding

    def compare(self, where: str, found: Mapping[str, Any], expected: Any, scale: float, one: Slope) -> None:
        """Raise AssertionError, which says who is wrong, unless all modes agree with the differences."""
        given = {name: number for name, number in found.items() if number is not None}
        limit = self.tolerance(scale, one)
        wrong = [name for name, number in given.items() if not abs(number - expected) <= limit]
        if not wrong:
            return
        shown = [f"  {name:<12} {number!r}" for name, number in {**given, "differences": expected}.items()]
        raise AssertionError("\n".join([f"{_verdict(given, wrong, limit)}: {where}", *shown]))


def _verdict(given: Mapping[str, Any], wrong: list[str], limit: float) -> str:
    if len(given) == 1:
        return f"{wrong[0]} mode disagrees with differences"
    if len(wrong) == 1:
        other = next(name for name in given if name not in wrong)
        return f"{wrong[0]} mode disagrees with {other} mode and differences"
    left, right = given.values()
    if abs(left - right) <= limit:
        return "differences disagree with forward and reverse mode, which agree"
    return "forward mode, reverse mode and differences all disagree"


__all__ = ["Comparison", "check_dot_product", "check_grads", "check_once"]
