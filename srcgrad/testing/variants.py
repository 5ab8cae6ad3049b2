"""Other forms of one call: dtypes, layouts, shapes, keywords."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcgrad.testing.leaves import mapped
from srcgrad.testing.problems import parameters_of


@dataclass(frozen=True)
class Call:
    """The arguments of one call, and what is special about it."""

    label: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


def variants(call: Call, rule: list[inspect.Parameter], places: Sequence[int | str]) -> Iterator[Call]:
    """Yield the call with other dtypes, layouts and shapes of its arrays, with keywords, with one array twice.

    ``rule`` holds the parameters of the rule, ``places`` says what is differentiated.  Not every function takes
    all that.
    """
    for label, change in {**_dtypes(), **_layouts(), **_shapes()}.items():
        yield _with(call, label, change)
    yield _with(call, "broadcast views", _repeated, places)
    yield _with(call, "NumPy numbers", _first, of_python=True)
    if sum(isinstance(value, (np.ndarray, float, complex)) for value in [*call.args, *call.kwargs.values()]) > 1:
        yield from _broadcasts(call)
    yield from _left_out(call)
    yield from _by_keyword(call, rule)
    arrays = [place for place, value in enumerate(call.args) if isinstance(value, np.ndarray)]
    for first, second in itertools.combinations(arrays, 2):
        if np.shape(call.args[first]) == np.shape(call.args[second]):
            args = list(call.args)
            args[second] = args[first]
            yield Call(f"one array for arguments {first} and {second}", tuple(args), call.kwargs)


def _repeated(x: Any) -> Any:
    return np.broadcast_to(x[:1], x.shape) if x.ndim and x.size else x


def _left_out(call: Call) -> Iterator[Call]:
    """The call without each of its keywords, and without its last arguments."""
    for name in call.kwargs:
        yield Call(f"without '{name}'", call.args, {key: value for key, value in call.kwargs.items() if key != name})
    for number in range(1, len(call.args)):
        yield Call(f"without arguments from {number} on", call.args[:number], call.kwargs)


def _with(
    call: Call,
    label: str,
    change: Callable[[Any], Any],
    places: Sequence[int | str] | None = None,
    of_python: bool = False,
) -> Call:
    """The call with every array of numbers changed, those in lists too; with ``places``, those of these only.

    ``of_python``: Python's numbers, too.
    """

    def leaf(value: Any) -> Any:
        is_array = isinstance(value, np.ndarray) and value.dtype.kind in "fc"
        return change(value) if is_array or (of_python and type(value) in (float, complex)) else value

    given: list[tuple[int | str, Any]] = [*enumerate(call.args), *call.kwargs.items()]
    made = {place: mapped(leaf, value) if places is None or place in places else value for place, value in given}
    return Call(label, tuple(made[k] for k in range(len(call.args))), {name: made[name] for name in call.kwargs})


def _dtypes() -> dict[str, Callable[[Any], Any]]:
    return {
        "float32": lambda x: x.astype(np.complex64 if np.iscomplexobj(x) else np.float32),
        "complex128": lambda x: x + 0.25j * np.cos(np.arange(x.size)).reshape(x.shape),
    }


def _layouts() -> dict[str, Callable[[Any], Any]]:
    def apart(x: Any) -> Any:
        made = np.zeros((*x.shape, 2))
        made[..., 0] = x
        return made[..., 0]

    def backwards(x: Any) -> Any:
        turned = tuple(slice(None, None, -1) for _ in x.shape)
        return np.ascontiguousarray(x[turned])[turned] if x.ndim else x

    def read_only(x: Any) -> Any:
        made = x.copy()
        made.flags.writeable = False
        return made

    return {
        "not contiguous": apart,
        "Fortran order": np.asfortranarray,
        "negative strides": backwards,
        "read-only": read_only,
    }


def _first(x: Any) -> Any:
    """One of NumPy's numbers of an array, or of a Python number; nothing else of what is empty."""
    return np.ravel(x)[0] if np.size(x) else x


def _shapes() -> dict[str, Callable[[Any], Any]]:
    return {
        "0-d arrays": lambda x: np.asarray(_first(x)) if x.size else x,
        "Python floats": lambda x: _first(x).item() if x.size else x,
        "no elements": lambda x: x[:0] if x.ndim else x,
        "one element": lambda x: x[:1] if x.ndim else x,
        "fewer dimensions": lambda x: x[0] if x.ndim > 1 and x.size else x,
        "more dimensions": lambda x: np.stack([x, 0.9 * x + 0.05]).astype(x.dtype) if x.ndim else x,
    }


def _broadcasts(call: Call) -> Iterator[Call]:
    """Each operand of other sizes against the others as they are."""
    given: list[tuple[int | str, Any]] = [*enumerate(call.args), *call.kwargs.items()]
    for place, value in given:
        if not isinstance(value, np.ndarray) or not value.ndim or value.dtype.kind not in "fc":
            continue
        forms = {
            "a first size of one": value[:1],
            "a last size of one": value[..., :1],
            "sizes of one": value[(slice(0, 1),) * value.ndim],
            "fewer dimensions": value[0] if value.shape[0] else value,
            "more dimensions": value[None],
            "a Python float": value.ravel()[0].item() if value.size else value,
            "a 0-d array": np.array(value.ravel()[0]) if value.size else value,
        }
        for label, other in forms.items():
            made = {**dict(given), place: other}
            args = tuple(made[k] for k in range(len(call.args)))
            kwargs = {name: made[name] for name in call.kwargs}
            yield Call(f"argument {place} with {label}", args, kwargs)


def _by_keyword(call: Call, rule: list[inspect.Parameter]) -> Iterator[Call]:
    """As many arguments as can be by their names, and all of them by position."""
    places = [p for p in rule if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = {k: p.name for k, p in enumerate(places) if p.kind is p.POSITIONAL_OR_KEYWORD}
    for first in range(len(call.args)):
        if all(k in names for k in range(first, len(call.args))):
            named = {names[k]: call.args[k] for k in range(first, len(call.args))}
            yield Call(f"keywords from argument {first} on", call.args[:first], {**named, **call.kwargs})
    more = [p.name for p in places[len(call.args) :]]
    taken = list(itertools.takewhile(lambda name: name in call.kwargs, more))
    if taken:
        left = {name: value for name, value in call.kwargs.items() if name not in taken}
        yield Call("no keywords", (*call.args, *(call.kwargs[name] for name in taken)), left)


def attempts(function: Any, call: Call, rule: list[inspect.Parameter]) -> Iterator[tuple[str, list[Call]]]:
    """Yield calls that give each further parameter of the function, or of its rule, some value."""
    given = {p.name for p in rule[: len(call.args)]} | set(call.kwargs)
    found = {p.name: p for p in [*parameters_of(function), *rule]}
    if isinstance(function, np.ufunc):
        more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in ("where", "dtype", "casting")]
        found |= {p.name: p for p in more}
    theirs = [p.name for p in parameters_of(function)]
    skipped = {p for k, p in enumerate(theirs) if k < len(call.args)}
    for name, parameter in found.items():
        if name in given | skipped or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            if rule[len(call.args) : len(call.args) + 1] != [parameter]:
                continue
            made = [Call(f"{name}={v!r}", (*call.args, v), call.kwargs) for v in _candidates(parameter)]
        else:
            made = [Call(f"{name}={v!r}", call.args, {**call.kwargs, name: v}) for v in _candidates(parameter)]
        yield name, made


# without ``out`` the elements that a mask leaves out are anything
_OF_UFUNCS: dict[str, list[Any]] = {"where": [True], "dtype": [float, np.float32], "casting": ["unsafe"], "out": [None]}


def _candidates(parameter: inspect.Parameter) -> list[Any]:
    default = parameter.default
    if parameter.name in _OF_UFUNCS:
        return _OF_UFUNCS[parameter.name]
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, str):
        return [*(value for value in ("F", "same", "valid", "full", "ij", "unsafe") if value != default)]
    if isinstance(default, (int, float)):
        return [default + 1, 0, -1, 0.5]
    return [0, 1, -1, (0, 1), float, "F"] if default is None else [True, 0, 1, (0, 1), 0.5, float, "F"]


__all__ = ["Call", "attempts", "variants"]
