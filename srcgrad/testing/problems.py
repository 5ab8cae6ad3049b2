"""A function with the arguments at which its derivative is checked, and its slopes by differences."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from srcgrad.testing.leaves import (
    Vector,
    deep_copy,
    holds_numbers,
    leaves,
    mapped,
    pack,
    place_of,
    random_like,
    real_copy,
    unpack,
)

Wrt = int | str | Sequence[int | str]
Method = Literal["auto", "central", "complex"]
_STEPS = (1e-3, 2.5e-4, 1e-4, 1e-5, 1e-6, 1e-2, 3e-2)  # the large ones for functions that round in single precision
_SMALLEST = 1e-2  # numbers below it are moved as if they were of this size
_TINY = 1e-30
_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Problem:
    """One call of a function.

    ``places`` are the differentiated arguments, by position or keyword; ``labels`` what they are called; ``starts``
    their values in double precision, whose numbers are what is moved.
    """

    function: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    places: tuple[int | str, ...]
    labels: tuple[str, ...]
    starts: tuple[Any, ...]

    def fresh(self) -> tuple[list[Any], dict[str, Any]]:
        """Copy the arguments; two that are one object stay one object."""
        args, kwargs = deep_copy((list(self.args), dict(self.kwargs)))
        return args, kwargs

    def chosen(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """The differentiated ones of some arguments."""
        return [args[place] if isinstance(place, int) else kwargs[place] for place in self.places]

    def seeds(self) -> tuple[Any, ...]:
        """What tangents are like: the differentiated arguments, with whole numbers made real where they are moved."""
        chosen = self.chosen(self.args, self.kwargs)
        return tuple(
            value if any(holds_numbers(leaf) for _, leaf in leaves(value)) else start
            for value, start in zip(chosen, self.starts, strict=True)
        )

    def value(self) -> Any:
        """What the function returns for copies of the arguments as they are."""
        args, kwargs = self.fresh()
        return self.function(*args, **kwargs)

    def result(self) -> Any:
        """The value, with the whole numbers real that depend on whole numbers among the arguments that are moved."""
        value = self.value()
        if all(not isinstance(leaf, int) for _, leaf in leaves(value)):
            return value
        return mapped(lambda left, right: left if holds_numbers(left) else right, value, self.moved(pack(self.starts)))

    def moved(self, point: Vector) -> Any:
        """What the function returns at another point, given as one vector of all the numbers that can be moved."""
        args, kwargs = self.fresh()
        for place, value in zip(self.places, unpack(self.starts, point), strict=True):
            (args if isinstance(place, int) else kwargs)[place] = value  # type: ignore[index]
        with np.errstate(all="ignore"):
            return self.function(*args, **kwargs)

    def place(self, number: int) -> str:
        """What one number is called: its argument and the subscript in it.

        >>> problem_of(np.multiply, (np.ones(2), 3.0)).place(1)
        "argument 'x1', index [1]"
        """
        for label, start in zip(self.labels, self.starts, strict=True):
            size = pack(start).size
            if number < size:
                index = place_of(start, number)
                return f"argument '{label}'" + (f", index {index}" if index else "")
            number -= size
        raise IndexError(number)


def problem_of(
    function: Any, args: Sequence[Any], kwargs: Mapping[str, Any] | None = None, wrt: Wrt | None = None
) -> Problem:
    """Find the arguments that are differentiated: those in ``wrt``, or all parameters that hold real numbers.

    Raises ValueError if there is none, TypeError if ``wrt`` names what the call does not give.
    """
    args, kwargs = tuple(args), dict(kwargs or {})
    names = _names(function, len(args))
    given: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
    places: list[int | str]
    if wrt is None:
        taken = _taken_by_stars(function, kwargs)  # which are no parameters of their own
        numbers = [place for place, value in given if any(holds_numbers(leaf) for _, leaf in leaves(value))]
        places = [place for place in numbers if place not in taken]
    else:
        wanted = [wrt] if isinstance(wrt, (int, str)) else list(wrt)
        places = [_place(one, len(args), kwargs, names) for one in wanted]
    if not places:
        raise ValueError("no argument holds real numbers: nothing can be differentiated")
    labels = [names[place] if isinstance(place, int) else place for place in places]
    values = [args[place] if isinstance(place, int) else kwargs[place] for place in places]
    starts = [real_copy(v, not any(holds_numbers(leaf) for _, leaf in leaves(v))) for v in values]
    return Problem(function, args, kwargs, tuple(places), tuple(labels), tuple(starts))


def parameters_of(function: Any) -> list[inspect.Parameter]:
    """The parameters of a function, none if they are not told."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def _taken_by_stars(function: Any, kwargs: Mapping[str, Any]) -> set[str]:
    """The arguments that a function gets in ``**kwargs``."""
    found = parameters_of(function)
    has_stars = any(one.kind is one.VAR_KEYWORD for one in found)
    return set(kwargs) - {one.name for one in found if one.kind is not one.VAR_KEYWORD} if has_stars else set()


def _names(function: Any, count: int) -> list[str]:
    """What positional arguments are called."""
    found: list[str] = []
    for parameter in parameters_of(function):
        if parameter.kind is parameter.VAR_POSITIONAL:
            found += [f"{parameter.name}[{k}]" for k in range(count - len(found))]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            found.append(parameter.name)
    return found + [str(place) for place in range(len(found), count)]


def _place(one: int | str, count: int, kwargs: Mapping[str, Any], names: list[str]) -> int | str:
    if one in kwargs or (isinstance(one, int) and 0 <= one < count):
        return one
    if isinstance(one, str) and one in names[:count]:
        return names.index(one)
    if isinstance(one, int) and one < len(names) and names[one] in kwargs:
        return names[one]
    raise TypeError(f"wrt names {one!r}, which is none of the arguments that are given")


# --- differences


@dataclass(frozen=True)
class Slope:
    """The derivative of all numbers of the result along a direction.

    ``error`` bounds what rounding does to the largest of them, ``exact`` says that it is from a complex step.
    """

    numbers: Vector
    error: float
    exact: bool = False


def slope(problem: Problem, direction: Vector, method: Method = "auto") -> Slope:
    """Differentiate along a direction by central differences of fourth order, or by a complex step.

    The step is chosen where two steps agree best.  A complex step gives all digits, but only of a function that hands
    complex numbers through and is analytic; with ``auto`` it is taken where it agrees with the differences.

    >>> problem = problem_of(np.sin, (np.array([0.5]),))
    >>> found = slope(problem, np.ones(1))
    >>> abs(found.numbers - np.cos(0.5)) < 1e-15, found.exact
    (array([ True]), True)
    """
    stepped = complex_step(problem, direction) if method != "central" else None
    if method == "complex":
        if stepped is None:
            raise ValueError("the function does not hand complex numbers through: use method='central'")
        return Slope(stepped, 0.0, True)
    found = central(problem, direction)
    if stepped is not None and stepped.shape == found.numbers.shape:
        scale = max(float(np.max(np.abs(found.numbers), initial=0.0)), _SMALLEST)
        if np.all(np.abs(stepped - found.numbers) <= 1e-6 * scale + 10 * found.error):
            return Slope(stepped, 0.0, True)
    return found


def is_smooth(problem: Problem, rng: np.random.Generator) -> bool:
    """Whether a function is finite and has a linear derivative at its arguments, as far as some directions tell.

    >>> [is_smooth(problem_of(abs, (x,)), np.random.default_rng(0)) for x in (0.0, 0.5)]
    [False, True]
    """
    for _ in range(3):
        first, second = (pack(random_like(problem.starts, rng)) for _ in range(2))
        found = [_sided(problem, direction) for direction in (first, second, first + second)]
        if any(one is None for one in found):
            return False
        right, left = (np.array([one[k] for one in found if one is not None]) for k in (0, 1))
        limit = 1e-3 * float(np.max(np.abs(right), initial=0.0)) + 1e-7
        if not (np.all(np.abs(right - left) <= limit) and np.all(np.abs(right[0] + right[1] - right[2]) <= limit)):
            return False
    return True


def _sided(problem: Problem, direction: Vector) -> tuple[Vector, Vector] | None:
    """The slopes along a direction on both sides, None where there is none."""
    point = pack(problem.starts)
    here = pack(problem.moved(point))
    sides = []
    for h in (1e-4, -1e-4):
        near, far = (pack(problem.moved(point + h * k * direction)) for k in (1, 2))
        if not near.shape == far.shape == here.shape or not np.all(np.isfinite([near, far, here])):
            return None
        sides.append((4 * near - 3 * here - far) / (2 * h))
    return sides[0], sides[1]


def is_complex(x: Any) -> bool:
    """Whether a structure holds complex numbers."""
    return any(holds_numbers(leaf) and np.iscomplexobj(leaf) for _, leaf in leaves(x))


def complex_step(problem: Problem, direction: Vector) -> Vector | None:
    """The derivative along a direction from one complex step.

    None where the function takes no complex numbers, and where it has some already.
    """
    point = pack(problem.starts)
    if is_complex(problem.starts):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, result = problem.moved(point), problem.moved(point + _TINY * 1j * direction)
        return None if is_complex(value) else np.imag(pack(result, value)) / _TINY
    except Exception:  # whatever a function raises that was not made for complex numbers
        return None


def central(problem: Problem, direction: Vector) -> Slope:
    """The derivative along a direction by central differences of fourth order."""
    point = pack(problem.starts)
    size = np.maximum(np.abs(np.nan_to_num(point)), _SMALLEST)
    unit = 1.0 / max(float(np.max(np.abs(direction) / size, initial=0.0)), _TINY)
    best: Slope | None = None
    disagreement = np.inf
    before: Vector | None = None
    for step in _STEPS:
        h = step * unit
        numbers, largest = _fourth_order(problem, point, direction, h)
        if before is not None and np.all(np.isfinite(numbers)) and numbers.shape == before.shape:
            change = float(np.max(np.abs(numbers - before), initial=0.0))
            if best is None or change < disagreement:
                best, disagreement = Slope(numbers, 4 * _EPSILON * largest / h), change
            if change <= 1e-9 * float(np.max(np.abs(numbers), initial=0.0)):
                break
        before = numbers
    if best is None:
        raise AssertionError("the function is not finite around its arguments: nothing to compare with")
    return best


def _fourth_order(problem: Problem, point: Vector, direction: Vector, h: float) -> tuple[Vector, float]:
    total: Any = 0.0
    largest = 0.0
    for shift, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
        numbers = pack(problem.moved(point + shift * h * direction))
        largest = max(largest, float(np.max(np.abs(np.nan_to_num(numbers)), initial=0.0)))
        total = total + factor * np.where(np.isfinite(numbers), numbers, np.nan)
    return total / (12 * h), largest
