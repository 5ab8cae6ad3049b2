"""The kind of a primitive's result, found by running the primitive on tiny sample arguments.

All that a kind leaves open is varied: a dimension that is not of size one is tried with 0, 2 and 3, one that is not
known with 1 too, a number with negative, zero and large ones, a flag with both.  What comes out the same in all trials
is known; what does not, is not.  So no shape function is written by hand for any primitive, and none can
disagree with NumPy.  Trials cannot tell what follows for sizes that were not tried, so what they show of sizes
counts only for functions that make sizes of sizes (see ``sizes``).
"""

from __future__ import annotations

import inspect
import itertools
import math
import operator
import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import (
    NEVER,
    TEXT,
    UNKNOWN,
    Array,
    Kind,
    Known,
    Scalar,
    Sequence,
    is_tuple,
    join,
    kind_of,
    without_sizes,
)
from srcgrad.analysis.sizes import is_elementwise, keeps_sizes, may_hold_sizes, takes_indices, takes_values

_SIZES = (2, 3, 0)
_FLAGS = (True, False)
_INTEGERS = (2, 1, 3, 0, -1, 7, 4, -3, 5)
_REALS = (0.625, -1.5, 0.0, 7.5, 1.0, 2.0, 3.0)
_COMPLEX = (0.625 + 0.25j, -1.5 - 1.0j, 0.0j, 1e300 + 0.0j)
_LARGE_INTEGERS = (300, 70_000, 2**40)  # NumPy 1 promotes by value
_WIDE_REALS = (0.625, -1.5, 0.0, 1e300, -1e300)
_EVERY = 81  # combinations of numbers that are all tried: those of two integers
_AT_RANDOM = 16
_UNKNOWN_SIZES = 5  # with more of them nothing is said of sizes
_TYPES = 64  # combinations of types that numbers may have
_NOISE = random.Random(0).sample(range(997), 997)
_HUGE_POWERS = (operator.pow, operator.lshift, operator.rshift, np.power, np.left_shift, np.float_power)
_VALUES = (str, bytes, np.dtype, type, slice, type(Ellipsis), type(None), np.ufunc)


class NoSample(Exception):
    """A kind of which no sample can be made."""


class Literal:
    """A literal argument: equal and hashable by type and text, so that ``True`` and ``1`` differ."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key = (type(value), repr(value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


Argument = Kind | Literal


@lru_cache(maxsize=16384)
def result_kind(function: Any, args: tuple[Argument, ...], keywords: tuple[tuple[str, Argument], ...]) -> Kind:
    """The kind of ``function(*args, **keywords)``, UNKNOWN if nothing can be said.

    >>> import operator
    >>> result_kind(operator.add, (Array((False, False), np.dtype(float)), Scalar(float)), ()).dims
    (False, False)
    """
    names = tuple(name for name, _ in keywords)
    everything = (*args, *[value for _, value in keywords])
    exact = [_exact(argument) for argument in everything]
    written = not args or isinstance(args[0], Literal)
    if (function is np.einsum and not written) or _has_array_axis(function, args, keywords):
        return UNKNOWN  # what the subscripts are decides on all of it, and so do the axes
    if math.prod(map(len, exact)) > _TYPES:
        return UNKNOWN
    result: Kind = NEVER
    for arguments in itertools.product(*exact):
        result = join(result, _sampled_kind(function, arguments, names))
        if result == UNKNOWN:
            break
    return result


def _has_array_axis(function: Any, args: tuple[Argument, ...], keywords: tuple[tuple[str, Argument], ...]) -> bool:
    """Whether axes are given by an array: which ones, and how many, depends on its values."""
    place = _place_of_axis(function)
    given = [args[place]] if place is not None and place < len(args) else []
    return any(isinstance(axis, Array) for axis in (*given, *(v for k, v in keywords if k == "axis")))


@lru_cache(maxsize=1024)
def _place_of_axis(function: Any) -> int | None:
    try:
        return list(inspect.signature(function).parameters).index("axis")
    except (TypeError, ValueError):
        return None


def _exact(kind: Argument) -> list[Argument]:
    """A kind for each of the types that a number may have; of too many no more than show that they are."""
    if isinstance(kind, Scalar):
        return list(map(Scalar, sorted(kind.types, key=repr)))
    if isinstance(kind, Sequence) and kind.items is not None:
        choices = itertools.product(*map(_exact, kind.items))
        return [Sequence(kind.type, items, kind.item) for items in itertools.islice(choices, _TYPES + 1)]  # type: ignore[arg-type]
    return [kind]


def _sampled_kind(function: Any, arguments: tuple[Argument, ...], names: tuple[str, ...]) -> Kind:
    """The kind of a result for arguments of which the last ones have names."""
    positional = len(arguments) - len(names)
    if may_hold_sizes(function, [isinstance(argument, Array) for argument in arguments]):
        return UNKNOWN
    repeats = is_elementwise(function) and any(isinstance(a, Sequence) for a in arguments)  # [0] * 10
    wide = takes_values(function) and not repeats
    samples = _Samples(wide, wide and function not in _HUGE_POWERS, 0 if takes_indices(function) else 1)
    result: Kind = NEVER
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            trials = _Trials(function, arguments, samples)
            for trial in trials:
                values = [samples.of(argument, trial) for argument in arguments]
                try:
                    value = function(*values[:positional], **dict(zip(names, values[positional:], strict=True)))
                except Exception:  # outside of what the function is defined for
                    continue
                if function is operator.pow and type(value) is complex and complex not in map(type, values):
                    continue  # a root of a negative number: math.pow raises
                result = join(result, _kind_of_result(value))
                if result == UNKNOWN:
                    return UNKNOWN
    except NoSample:
        return UNKNOWN
    if result == NEVER:
        return UNKNOWN
    if isinstance(result, Known) and result != TEXT and not _is_plain(result.value):
        return UNKNOWN
    written = [isinstance(argument, (Literal, Known)) for argument in arguments]
    if all(written) or (trials.all_sizes and keeps_sizes(function, len(written), all(written[1:]))):
        return result
    return without_sizes(result)


def _kind_of_result(value: Any) -> Kind:
    return TEXT if isinstance(value, str) else kind_of(value)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, type)


@dataclass
class _Trial:
    """One choice for everything that kinds leave open.

    ``size`` is that of the dimensions that are not one, and ``ones`` says which of those that are not known are one.
    ``chosen`` says which option each number is.
    """

    size: int
    regular: bool
    ones: tuple[bool, ...]
    chosen: tuple[int, ...]
    dims: int = 0
    numbers: list[tuple[Any, ...]] = field(default_factory=list)

    def pick(self, options: tuple[Any, ...]) -> Any:
        """The next number."""
        self.numbers.append(options)
        return options[self.chosen[len(self.numbers) - 1] if self.chosen else 0]

    def unknown_size(self) -> int:
        """The size of the next dimension that is not known."""
        self.dims += 1
        return 1 if self.ones and self.ones[self.dims - 1] else self.size


class _Trials:
    """The trials for some arguments; ``all_sizes`` says whether they show all that can be said of sizes.

    A dimension that is not known is one or of the size that the others have: any other size would not fit them.
    """

    def __init__(self, function: Any, arguments: tuple[Argument, ...], samples: _Samples) -> None:
        first = _Trial(_SIZES[0], True, (), ())
        for argument in arguments:
            samples.of(argument, first)
        self.sized = first.dims > 0 or any(map(_has_sizes, arguments))
        self.varied = any(map(_has_data, arguments))
        self.numbers, every = _choices(first.numbers)
        self.all_sizes = first.dims <= _UNKNOWN_SIZES and (every or takes_values(function))
        ones = itertools.product((False, True), repeat=first.dims if self.all_sizes else 0)
        self.ones = list(ones) if self.all_sizes else [(False,) * first.dims, (True,) * first.dims]

    def __iter__(self) -> Iterator[_Trial]:
        sizes = _SIZES if self.sized else _SIZES[:1]
        for size, ones, chosen in itertools.product(sizes, self.ones, self.numbers):
            yield _Trial(size, True, ones, chosen)
        if self.varied:
            for size, ones, chosen in itertools.product(sizes[:1], self.ones, self.numbers):
                yield _Trial(size, False, ones, chosen)


def _choices(numbers: list[tuple[Any, ...]]) -> tuple[list[tuple[int, ...]], bool]:
    """Which options to try together, and whether these are all combinations of the integers and flags.

    All combinations if they are few; otherwise equal options, and some at random.
    """
    counts = list(map(len, numbers))
    if math.prod(counts) <= _EVERY:
        return list(itertools.product(*map(range, counts))), True
    whole = [place for place, options in enumerate(numbers) if type(options[0]) is not float]
    every = math.prod(counts[place] for place in whole) <= _EVERY
    combined = list(itertools.product(*[range(counts[place]) for place in whole])) if every else [()]
    chosen = []
    for number in range(max(len(combined), max(counts) + _AT_RANDOM)):
        options = [_option(number, place, count, max(counts)) for place, count in enumerate(counts)]
        for place, option in zip(whole, combined[number % len(combined)], strict=False):
            options[place] = option
        chosen.append(tuple(options))
    return chosen, every


def _option(number: int, place: int, count: int, equal: int) -> int:
    return (number if number < equal else _NOISE[(number * 61 + place * 7) % len(_NOISE)]) % count


def _has_sizes(kind: Argument) -> bool:
    if isinstance(kind, Sequence):
        return any(map(_has_sizes, kind.items or ()))
    return isinstance(kind, Array) and False in (kind.dims or ())


def _has_data(kind: Argument) -> bool:
    if isinstance(kind, Sequence):
        return any(map(_has_data, kind.items or ()))
    return isinstance(kind, Array) and kind.dims != ()


class _Samples:
    """Makes values of kinds; ``wide_reals`` and ``large_integers`` say whether to try large numbers too.

    ``element`` is what arrays of integers are filled with: as an index, zero is right for every size.
    """

    def __init__(self, wide_reals: bool, large_integers: bool, element: int) -> None:
        self.element = element
        self.reals = _WIDE_REALS if wide_reals else _REALS
        self.integers = _INTEGERS + _LARGE_INTEGERS if large_integers else _INTEGERS

    def of(self, kind: Argument, trial: _Trial) -> Any:
        """A value of a kind, for one trial; raises NoSample if none can be made."""
        if isinstance(kind, Literal):
            return kind.value
        if isinstance(kind, Scalar):
            return kind.type(trial.pick(self.options(kind.type)))
        if isinstance(kind, Array):
            return self.array(kind, trial)
        if isinstance(kind, Sequence) and kind.items is not None:
            items = [self.of(item, trial) for item in kind.items]
            return tuple(items) if is_tuple(kind) else kind.type(items)
        if isinstance(kind, Known) and isinstance(kind.value, _VALUES):
            return kind.value
        raise NoSample

    def options(self, type_: type) -> tuple[Any, ...]:
        """The numbers to try for a type."""
        if issubclass(type_, (bool, np.bool_)):
            return _FLAGS
        if issubclass(type_, (int, np.integer)):
            return self.integers
        return _COMPLEX if issubclass(type_, (complex, np.complexfloating)) else self.reals

    def array(self, kind: Array, trial: _Trial) -> Any:
        """An array; without dimensions it is promoted as a number is."""
        if kind.dims is None or kind.dtype is None or kind.dtype.kind not in "biufc":
            raise NoSample
        if not kind.dims:
            return np.array(trial.pick(self.options(kind.dtype.type))).astype(kind.dtype)
        shape = tuple([1 if dim else trial.size if dim is False else trial.unknown_size() for dim in kind.dims])
        return _filled(shape, kind.dtype, trial.regular, self.element)


def _filled(shape: tuple[int, ...], dtype: Any, regular: bool, element: int) -> Any:
    count = math.prod(shape)
    square = len(shape) >= 2 and shape[-1] == shape[-2]
    if dtype.kind in "biu":
        if square and regular and element:
            return np.broadcast_to(np.eye(shape[-1], dtype=dtype), shape).copy()
        return (np.full(count, element) if regular else np.arange(1, count + 1) % 2).astype(dtype).reshape(shape)
    # irregular numbers, so that square matrices are regular and nothing is equal by chance
    values = np.cos(np.arange(count) ** 2 * 0.7 + (0.3 if regular else 2.3)).reshape(shape)
    if square and regular:
        values = values + np.swapaxes(values, -1, -2) + 4.0 * np.eye(shape[-1])
    elif square and shape[-1] > 1:  # a rotation, which has no real eigenvalues
        values = np.triu(np.abs(values) + 1.0, 1) + np.tril(-np.abs(values) - 1.0, -1)
    if dtype.kind == "c" and not regular:
        values = values * (0.6 + 0.8j)
    return values.astype(dtype)


def attribute(name: str) -> Callable[..., Any]:
    """A function that reads an attribute."""
    return _kept(name, lambda value: getattr(value, name))


def method(name: str) -> Callable[..., Any]:
    """A function that calls a method; ``stands_for`` is the function of NumPy that does the same."""
    return _kept(f"{name}()", lambda value, *args, **keywords: getattr(value, name)(*args, **keywords))


def _kept(key: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """One function for each key, since results are remembered by function."""
    if key not in _CALLERS:
        function.stands_for = _STANDS_FOR.get(key) or getattr(np, key.removesuffix("()"), None)  # type: ignore[attr-defined]
        _CALLERS[key] = function
    return _CALLERS[key]


_STANDS_FOR = {"T": np.transpose, "flatten()": np.ravel, "astype()": np.copy}
_CALLERS: dict[str, Callable[..., Any]] = {}
