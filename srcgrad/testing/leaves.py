"""The numbers in values of any structure: lists, tuples, dicts, arrays and numbers in each other.

In a vector a complex number is two real ones, so that a function need not be analytic to be checked.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from srcgrad.objects import attributes, with_attributes

Vector = Any  # an array of one dimension, of float64 or complex128


def holds_numbers(x: Any) -> bool:
    """Whether a value is a number, or an array of numbers, that can be moved by a little.

    >>> holds_numbers(1.5), holds_numbers(np.ones(2)), holds_numbers(2), holds_numbers(np.arange(2))
    (True, True, False, False)
    """
    return x.dtype.kind in "fc" if isinstance(x, np.ndarray) else isinstance(x, (float, complex, np.inexact))


def leaves(x: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what a structure holds, each with the subscripts that lead to it.

    >>> list(leaves({"w": [1.0, "a"]}))
    [("['w'][0]", 1.0), ("['w'][1]", 'a')]
    """
    if isinstance(x, dict):
        for key, item in x.items():
            yield from leaves(item, f"{path}[{key!r}]")
    elif isinstance(x, (list, tuple)):
        for place, item in enumerate(x):
            yield from leaves(item, f"{path}[{place}]")
    elif (held := attributes(x)) is not None:
        for name, item in held.items():
            yield from leaves(item, f"{path}.{name}")
    else:
        yield path, x


def mapped(change: Any, x: Any, *others: Any) -> Any:
    """The same structure with every leaf changed; ``others`` have the same structure.

    >>> mapped(lambda a, b: a + b, (1, [2]), (10, [20]))
    (11, [22])
    """
    if isinstance(x, dict):
        return {key: mapped(change, item, *(other[key] for other in others)) for key, item in x.items()}
    if isinstance(x, (list, tuple)):
        items = [mapped(change, *parts) for parts in zip(x, *others, strict=True)]
        return x._make(items) if hasattr(x, "_make") else type(x)(items)
    if (held := attributes(x)) is not None:
        return with_attributes(x, mapped(change, held, *map(vars, others)))
    return change(x, *others)


def real_copy(x: Any, integers: bool = False) -> Any:
    """A copy with all numbers in double precision; with ``integers`` whole numbers are made real, too.

    >>> real_copy([np.ones(2, np.float32), 2]), real_copy([2], integers=True)
    ([array([1., 1.]), 2], [2.0])
    """

    def change(leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc":
            made = np.empty_like(leaf, np.result_type(leaf.dtype, np.float64))  # in the same memory order
            made[...] = leaf
            return made
        if isinstance(leaf, np.inexact):
            return np.result_type(leaf.dtype, np.float64).type(leaf)
        if integers and isinstance(leaf, int) and not isinstance(leaf, bool):
            return float(leaf)
        return leaf

    return mapped(change, x)


def pack(x: Any, like: Any = None, dual: bool = False) -> Vector:
    """All numbers of a structure in one vector; of those places only where ``like`` holds some.

    A complex number is its real and its imaginary part.  A cotangent or a gradient is ``dual``: the imaginary part has
    the other sign, as the real part of its product with a tangent counts, and that is the product of the vectors.

    >>> pack((1.0, [np.zeros(2), "a"])), pack(1 + 2j, dual=True)
    (array([1., 0., 0.]), array([ 1., -2.]))
    """
    found = [np.zeros(0)]

    def take(pattern: Any, leaf: Any) -> None:
        if holds_numbers(pattern):
            numbers = np.ravel(leaf)
            wide = numbers.astype(np.result_type(numbers.dtype, complex if np.iscomplexobj(pattern) else float))
            found.append((np.conj(wide) if dual else wide).view(wide.real.dtype) if np.iscomplexobj(pattern) else wide)

    mapped(take, x if like is None else like, x)
    return np.concatenate(found)


def unpack(x: Any, numbers: Vector, dual: bool = False) -> Any:
    """The structure of ``x``, its dtypes and memory orders included, with the numbers of a vector that ``pack`` made.

    In the place of real numbers there may be complex ones.

    >>> unpack((1.0, np.zeros(2, np.float32)), np.arange(3.0)), unpack(0j, np.ones(2), dual=True)
    ((0.0, array([1., 2.], dtype=float32)), (1-1j))
    """
    start = 0

    def change(leaf: Any) -> Any:
        nonlocal start
        if not holds_numbers(leaf):
            return leaf
        taken = numbers[start : start + count(leaf)]
        start += count(leaf)
        if np.iscomplexobj(leaf):
            taken = taken[0::2] + (-1j if dual else 1j) * taken[1::2]
        elif not np.any(np.imag(taken)):
            taken = np.real(taken)
        if not isinstance(leaf, np.ndarray):
            kind = complex if np.iscomplexobj(taken) and not np.iscomplexobj(leaf) else type(leaf)
            return kind(taken[0])
        dtype = np.result_type(leaf.dtype, taken.dtype) if _is_wider(taken, leaf) else leaf.dtype
        made = np.empty_like(leaf, dtype)
        made[...] = np.reshape(taken, leaf.shape)
        return made

    return mapped(change, x)


def _is_wider(taken: Any, leaf: Any) -> bool:
    return np.iscomplexobj(taken) and not np.iscomplexobj(leaf)


def count(leaf: Any) -> int:
    """How many real numbers a leaf holds.

    >>> count(np.zeros(2)), count(np.zeros(2, complex)), count("a")
    (2, 4, 0)
    """
    return int(np.size(leaf)) * (1 + bool(np.iscomplexobj(leaf))) if holds_numbers(leaf) else 0


def place_of(x: Any, number: int) -> str:
    """Where in a structure the component of a packed vector is, as a subscript; empty for a lone number.

    >>> place_of({"w": np.zeros((2, 3))}, 5), place_of(1.0, 0), place_of(1j, 1)
    ("['w'][1, 2]", '', '.imag')
    """
    for path, leaf in leaves(x):
        size = count(leaf)
        if number < size:
            number, part = divmod(number, 2) if np.iscomplexobj(leaf) else (number, None)
            index = np.unravel_index(number, np.shape(leaf))
            which = "" if part is None else (".real", ".imag")[part]
            return path + (f"[{', '.join(map(str, index))}]" if index else "") + which
        number -= size
    raise IndexError(number)


def same(left: Any, right: Any, exact: bool = True) -> bool:
    """Whether two values are equal to the bit, in structure and shape; ``exact``: in type and dtype, too.

    >>> same([1.0, np.nan], [1.0, np.nan]), same(1, 1.0), same(1, 1.0, exact=False)
    (True, False, True)
    """
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return _same_arrays(left, right, exact)
    numbers = (bool, int, float, complex, np.generic)
    if type(left) is not type(right) and (exact or not (isinstance(left, numbers) and isinstance(right, numbers))):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key], exact) for key in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(same(a, b, exact) for a, b in zip(left, right, strict=True))
    if left is right:
        return True
    if attributes(left) is not None or (hasattr(left, "__dict__") and not callable(left)):
        return same(vars(left), vars(right), exact)
    return bool(left == right) or (left != left and right != right)


def _same_arrays(left: Any, right: Any, exact: bool) -> bool:
    if type(left) is not type(right) and exact:
        return False
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape or (exact and left.dtype != right.dtype):
        return False
    if left.dtype == object:
        return all(same(a, b, exact) for a, b in zip(left.flat, right.flat, strict=True))
    return bool(np.array_equal(left, right, equal_nan=left.dtype.kind in "fc" and right.dtype.kind in "fc"))


def deep_copy(x: Any) -> Any:
    """A copy that shares nothing with a value, or the value itself where it cannot be copied.

    Arrays keep their memory layout (order, negative strides, gaps) and stay read-only.

    >>> deep_copy([np.arange(3.0)[::-1]])[0].strides
    (-8,)
    """
    plain = [array for array in arrays_in(x) if type(array) is np.ndarray and not array.dtype.hasobject]
    memo: dict[int, Any] = {id(array): laid_out(array) for array in plain}
    try:
        return copy.deepcopy(x, memo)
    except (TypeError, AttributeError):
        return x


def laid_out(x: Any) -> Any:
    """A copy of an array in the same layout."""
    if 0 in x.strides and x.size > 1:
        one = x[tuple(slice(0, 1) if stride == 0 else slice(None) for stride in x.strides)]
        return np.broadcast_to(np.array(one), x.shape)
    if x.flags.c_contiguous or x.flags.f_contiguous:
        made = np.array(x, order="K")
    else:
        made = (
            np.empty(x.shape, x.dtype) if abs(x.strides[-1]) == x.itemsize else np.empty((*x.shape, 2), x.dtype)[..., 0]
        )
        made = made[tuple(slice(None, None, -1 if stride < 0 else 1) for stride in x.strides)]
        made[...] = x
    made.flags.writeable = x.flags.writeable
    return made


def random_like(x: Any, rng: np.random.Generator) -> Any:
    """The same structure with normal random numbers, complex ones where it holds these.

    >>> random_like([0.0, "a"], np.random.default_rng(0))[1]
    'a'
    """

    def change(leaf: Any) -> Any:
        return unpack(leaf, rng.normal(size=count(leaf))) if holds_numbers(leaf) else leaf

    return mapped(change, x)


def arrays_in(x: Any) -> list[Any]:
    """The arrays that a value holds, inside objects too.

    >>> arrays_in({"a": [np.ones(1), 2.0]})
    [array([1.])]
    """
    found: list[Any] = []
    for _, leaf in leaves(x):
        if isinstance(leaf, np.ndarray):
            found.append(leaf)
        elif hasattr(leaf, "__dict__") and not callable(leaf):
            found += arrays_in(dict(vars(leaf)))
    return found
