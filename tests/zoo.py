"""The zoo: small primal functions with example arguments, and reference gradients to hold against.

A module of ``tests/programs`` registers its functions with ``@program(ex(...), wrt=...)``.  The
decorator hands back the function itself, so that what srcgrad sees is what a user would write.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from srcgrad.objects import attributes, is_discrete, with_attributes

Wrt = int | str | tuple[int | str, ...]
WHOLE = bool(os.environ.get("SRCGRAD_WHOLE_ZOO"))  # all programs, rules and examples
FOLDER = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Example:
    """The arguments of one call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)

    def fresh(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Copy the arguments; two that are one object stay one object."""
        args, kwargs = copy.deepcopy((self.args, self.kwargs))
        return args, kwargs


@dataclass(frozen=True)
class Program:
    """A primal function, what it is differentiated by, and what is special about it."""

    function: Callable[..., Any]
    examples: tuple[Example, ...]
    wrt: Wrt
    saves: bool  # a saved module can hold it: no captured arrays or objects
    optional: bool  # a refusal is fine, a wrong number is not
    needs_kinds: bool  # refused where nothing is known of the arguments
    name: str

    @property
    def names(self) -> tuple[int | str, ...]:
        """The positions or names in ``wrt``, one or several."""
        return self.wrt if isinstance(self.wrt, tuple) else (self.wrt,)


PROGRAMS: dict[str, Program] = {}


def ex(*args: Any, **kwargs: Any) -> Example:
    """Make one example call."""
    return Example(args, kwargs)


def program(
    *examples: Example,
    wrt: Wrt = 0,
    saves: bool = True,
    optional: bool = False,
    needs_kinds: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function of the zoo and hand it back as it is."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        add(
            function,
            *examples,
            wrt=wrt,
            saves=saves,
            optional=optional,
            needs_kinds=needs_kinds,
        )
        return function

    return register


def add(
    function: Callable[..., Any],
    *examples: Example,
    wrt: Wrt = 0,
    saves: bool = True,
    optional: bool = False,
    needs_kinds: bool = False,
    name: str | None = None,
) -> None:
    """Register a callable that no decorator can reach: a lambda, a bound method, a primitive."""
    topic = getattr(function, "__module__", None) or "builtins"
    label = name or f"{topic.rpartition('.')[2]}.{function.__name__}"
    assert label not in PROGRAMS, f"two programs of the zoo are called {label}"
    assert examples, f"{label} has no example"
    PROGRAMS[label] = Program(function, examples, wrt, saves, optional, needs_kinds, label)


def is_about_storage(function: Any) -> bool:
    """Say whether a program is one of those that change arrays: some are only followed where kinds are known."""
    topic = (getattr(function, "__module__", None) or "").rpartition(".")[2]
    return topic in (
        "stores",
        "views",
        "inplace_functions",
        "mutating_calls",
        "numerical",
        "lists",
        "deep_copies",
        "dicts",
        "dict_views",
        "points",
        "written_out_calls",
        "objects",
        "sharing",
        "comprehensions",
        "short_forms",
        "objects_of_objects",
        "finds",
        "special_methods",
        "linked_objects",
        "generators",
        "local_functions",
        "managers",
        "tries",
        "any_number",
    )


def collect() -> dict[str, Program]:
    """Import every module of the zoo and return its programs by name, in the same order whoever imports some before."""
    modules = [path.stem for path in sorted(FOLDER.glob("*.py"))]
    for module in modules:
        importlib.import_module(f"tests.programs.{module}")
    topics = {module: place for place, module in enumerate(modules)}
    return dict(sorted(PROGRAMS.items(), key=lambda item: topics.get(item[0].partition(".")[0], -1)))


def cases() -> Iterator[tuple[str, Program, Example]]:
    """Yield an id, the program and the example of every call of the zoo."""
    for name, entry in collect().items():
        for position, example in enumerate(entry.examples):
            yield f"{name}-{position}", entry, example


def module_at(path: Path) -> Any:
    """Import a file under its own name, without letting others import it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Example arrays: always the same ones, away from the kinks of |x|, max and the like.


def arr(*shape: int, seed: int = 0, dtype: type = np.float64) -> Any:
    """Make an array of normal numbers."""
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)


def pos(*shape: int, seed: int = 0) -> Any:
    """Make an array of numbers between 0.5 and 1.5."""
    return np.random.default_rng([seed, *shape]).uniform(0.5, 1.5, size=shape)


# Reference gradients.


def parts_of(value: Any) -> list[Any] | None:
    """What a structure holds, of an object what is no integer, text or code; None of a number or an array."""
    if isinstance(value, (list, tuple)):
        return list(value)
    held = value if isinstance(value, dict) else attributes(value)
    return None if held is None else [held[name] for name in _names(held)]


def _names(held: dict[Any, Any]) -> list[Any]:
    """The attributes of an object that are differentiated."""
    return [n for n, v in held.items() if not (v is None or is_discrete(v) or isinstance(v, str) or callable(v))]


def made_like(value: Any, parts: Iterable[Any]) -> Any:
    """A structure of other parts."""
    if isinstance(value, (list, tuple)):
        return value._make(parts) if hasattr(value, "_make") else type(value)(parts)
    held = value if isinstance(value, dict) else attributes(value)
    changed = {**held, **dict(zip(_names(held), parts, strict=True))}
    return changed if isinstance(value, dict) else with_attributes(value, changed)


def total(result: Any) -> Any:
    """Sum a result as ``grad`` does: all elements of all members."""
    if (parts := parts_of(result)) is not None:
        return sum(total(part) for part in parts)
    return np.sum(result)


def dot(cotangent: Any, value: Any) -> Any:
    """Return the inner product of two results of one structure."""
    if (parts := parts_of(value)) is not None:
        return sum(dot(c, v) for c, v in zip(parts_of(cotangent) or [], parts, strict=True))
    return np.sum(np.multiply(cotangent, value))


def locate(entry: Program, example: Example) -> list[tuple[bool, int | str]]:
    """Say for each name in ``wrt`` whether it is passed by position, and under which key."""
    try:
        parameters = list(inspect.signature(entry.function).parameters)
    except (TypeError, ValueError):
        parameters = []
    places: list[tuple[bool, int | str]] = []
    for name in entry.names:
        if isinstance(name, str) and name in example.kwargs:
            places.append((False, name))
        elif isinstance(name, str):
            places.append((True, parameters.index(name)))
        elif name < len(example.args):
            places.append((True, name))
        else:
            places.append((False, parameters[name]))
    return places


def parameters_of(entry: Program, example: Example) -> list[str]:
    """The names of a program's parameters."""
    try:
        return list(inspect.signature(entry.function).parameters)
    except (TypeError, ValueError):
        return [*("x" for _ in example.args), *example.kwargs]


def selected(entry: Program, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
    """Return the arguments that the program is differentiated by."""
    places = locate(entry, Example(tuple(args), kwargs))
    return [args[key] if by_position else kwargs[key] for by_position, key in places]  # type: ignore[index,call-overload]


def to_real(value: Any) -> Any:
    """Copy an argument with all its numbers in double precision; nothing shared."""
    if (parts := parts_of(value)) is not None:
        return made_like(value, map(to_real, parts))
    if isinstance(value, np.ndarray):
        return value.astype(np.float64)
    return np.float64(value) if isinstance(value, np.generic) else float(value)


def shifted(value: Any, direction: Any, step: complex) -> Any:
    """Return ``value + step * direction``, of the same structure and kinds."""
    if (parts := parts_of(value)) is not None:
        pairs = zip(parts, parts_of(direction) or [], strict=True)
        return made_like(value, [shifted(v, d, step) for v, d in pairs])
    moved = value + step * direction
    return np.asarray(moved) if isinstance(value, np.ndarray) else moved


def at(
    entry: Program,
    example: Example,
    directions: Sequence[Any],
    step: complex,
    function: Callable[..., Any] | None = None,
) -> Any:
    """Call the primal, or ``function``, with the ``wrt`` arguments moved by ``step`` along ``directions``."""
    args, kwargs = example.fresh()
    moved = list(args)
    for (by_position, key), direction in zip(locate(entry, example), directions, strict=True):
        container: Any = moved if by_position else kwargs
        container[key] = shifted(to_real(container[key]), direction, step)
    return (function or entry.function)(*moved, **kwargs)


def along(
    entry: Program,
    example: Example,
    directions: Sequence[Any],
    weigh: Callable[[Any], Any] = total,
    step: float = 1e-3,
    function: Callable[..., Any] | None = None,
) -> float:
    """Return the directional derivative by central differences, extrapolated to fourth order."""

    def value(h: float) -> Any:
        return weigh(at(entry, example, directions, h, function))

    near, far = (value(h) - value(-h) for h in (step, 2 * step))
    return float((8 * near - far) / (12 * step))


def units(value: Any) -> Iterator[Any]:
    """Yield the unit directions of an argument, each of the argument's structure."""
    if (parts := parts_of(value)) is not None:
        for i, part in enumerate(parts):
            for unit in units(part):
                yield made_like(value, [unit if i == j else zeros(v) for j, v in enumerate(parts)])
    elif isinstance(value, np.ndarray):
        for index in np.ndindex(value.shape):
            unit = np.zeros(value.shape)
            unit[index] = 1.0
            yield unit
    else:
        yield 1.0


def zeros(value: Any) -> Any:
    """Return zero of an argument's structure."""
    if (parts := parts_of(value)) is not None:
        return made_like(value, [zeros(part) for part in parts])
    return np.zeros(value.shape) if isinstance(value, np.ndarray) else 0.0


def random_like(value: Any, rng: np.random.Generator) -> Any:
    """Return random numbers of a value's structure and shapes."""
    if (parts := parts_of(value)) is not None:
        return made_like(value, [random_like(part, rng) for part in parts])
    if isinstance(value, np.ndarray):
        dtype = value.dtype if value.dtype.kind == "f" else np.dtype(np.float64)
        return np.asarray(rng.normal(size=value.shape), dtype)
    return float(rng.normal())


def scaled(value: Any, factor: float) -> Any:
    """Multiply all numbers of a structure."""
    if (parts := parts_of(value)) is not None:
        return made_like(value, [scaled(part, factor) for part in parts])
    return value * factor


def components(entry: Program, example: Example) -> Iterator[tuple[int, list[Any]]]:
    """Yield each unit direction of the whole set of ``wrt`` arguments."""
    args, kwargs = example.fresh()
    chosen = selected(entry, args, kwargs)
    for position, value in enumerate(chosen):
        for unit in units(value):
            yield (
                position,
                [unit if i == position else zeros(v) for i, v in enumerate(chosen)],
            )


def reference(entry: Program, example: Example, step: float = 1e-3) -> list[list[float]]:
    """Return the gradient by central differences: the components of each ``wrt`` argument."""
    args, kwargs = example.fresh()
    found: list[list[float]] = [[] for _ in selected(entry, args, kwargs)]
    for position, directions in components(entry, example):
        found[position].append(along(entry, example, directions, step=step))
    return found


def complex_step(entry: Program, example: Example) -> list[list[float]]:
    """Return the gradient by complex steps: exact, where complex numbers pass through."""
    args, kwargs = example.fresh()
    found: list[list[float]] = [[] for _ in selected(entry, args, kwargs)]
    for position, directions in components(entry, example):
        value = total(at(entry, example, directions, 1e-30j))
        found[position].append(float(np.imag(value)) / 1e-30)
    return found


def flat(value: Any) -> list[float]:
    """Return the numbers of a gradient in the order of ``units``."""
    if (parts := parts_of(value)) is not None:
        return [number for part in parts for number in flat(part)]
    return [float(number) for number in np.ravel(value)]


def leaves(value: Any) -> Iterator[Any]:
    """Yield the numbers and arrays in a value."""
    if (parts := parts_of(value)) is not None:
        for part in parts:
            yield from leaves(part)
    else:
        yield value


def arrays_in(value: Any) -> list[Any]:
    """Return the arrays in an argument, inside objects too."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, (list, tuple)):
        return [array for part in value for array in arrays_in(part)]
    if isinstance(value, dict):
        return arrays_in(list(value.values()))
    return arrays_in(vars(value)) if hasattr(value, "__dict__") else []


def frozen(value: Any) -> Any:
    """Return a text that tells whether a plain value has changed."""
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.shape, value.tobytes())
    return repr(value)


def same(left: Any, right: Any) -> bool:
    """Say whether two values are equal in type, structure, dtype, shape and to the bit."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[k], right[k]) for k in left)
    if isinstance(left, np.ndarray):
        return (
            left.dtype == right.dtype
            and left.shape == right.shape
            and bool(np.array_equal(left, right, equal_nan=left.dtype.kind == "f"))
        )
    if hasattr(left, "__dict__"):
        return same(vars(left), vars(right))
    return bool(left == right or (left != left and right != right))
