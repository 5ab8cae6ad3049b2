"""The choice among generated derivatives by the kinds of a call's arguments, as a generated function.

It has the primal's own parameters and one ``if`` for each of the few combinations of kinds that were called last,
with everything that the derivative relied on tested in it.  All other calls go to ``slow``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import KNOWN, Known
from srcgrad.explain import explain
from srcgrad.guards import Environment
from srcgrad.objects import attributes, is_named_tuple
from srcgrad.specialise import Specialised
from srcgrad.structures import as_real


class _Missing:
    """Stands for an argument that was left out."""

    def __repr__(self) -> str:
        return "<left out>"


MISSING: Any = _Missing()
_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_SCALARS = (float, int, bool, complex)
_shape = object()  # the name of a local variable that holds a shape


@dataclass(eq=False)
class Entry:
    """A derivative for certain kinds of arguments.

    ``keys`` tells the kind of each parameter's value, ``defaults`` the value of each that was left out, and ``real``
    names those whose integers become real.
    """

    made: Specialised
    function: Callable[..., Any]
    keys: Mapping[str, Any]
    defaults: Mapping[str, Any]
    real: frozenset[str]
    misses: int = 0

    def call(self, values: Mapping[str, Any]) -> Any:
        """Call the function with the values of all parameters."""
        try:
            return self.function(**{n: as_real(v) if n in self.real else v for n, v in values.items()})
        except Exception as error:
            explain(error)
            raise


# --- kinds of values, for the choice


def is_hashable(key: Any) -> bool:
    """Whether no argument is of a class that has no hash itself."""
    try:
        hash(key)
    except TypeError:
        return False
    return True


def key_of(value: Any, followed: bool = False) -> Any:
    """What tells the kinds of arguments apart; raises RecursionError for a list that holds itself.

    Objects are told apart by their attributes where these are ``followed``, else by their classes.

    >>> key_of([1.0, 2]) == key_of([3.0, 4]), key_of(np.ones(3)) == key_of(np.ones(1))
    (True, False)
    """
    kind = type(value)
    if kind in _SCALARS:
        return kind
    if kind is np.ndarray:
        return kind, tuple([n == 1 for n in value.shape]), value.dtype
    if kind in (list, tuple) or is_named_tuple(kind):
        return kind, tuple([key_of(item, followed) for item in value])
    if kind is dict:
        return kind, tuple([(name, key_of(item, followed)) for name, item in value.items()])
    if isinstance(value, KNOWN):
        return Known(value)
    held = attributes(value) if followed else None
    return kind if held is None else (kind, tuple([(name, key_of(one, True)) for name, one in held.items()]))


def _same(value: Any, key: Any) -> bool:
    """Whether a list, a dict or an object is of the kind that ``key`` tells."""
    try:
        return bool(key_of(value) == key or key_of(value, True) == key)
    except RecursionError:
        return False


def _uniform(value: Any, types: set[type]) -> bool:
    """Whether all elements of a list are of one type."""
    try:
        return set(map(type, value)) == types
    except TypeError:  # a class without a hash
        return False


def needs_reals(value: Any) -> bool:
    """Whether ``as_real`` would change a value."""
    if type(value) in (list, tuple) or is_named_tuple(type(value)):
        return any(map(needs_reals, value))
    if type(value) is dict:
        return any(map(needs_reals, value.values()))
    if isinstance(value, (bool, np.floating)) or type(value) is float:
        return False
    return isinstance(value, (int, np.integer, float))


def with_reals(plain: Callable[..., Any], real: list[str], values: Mapping[str, Any]) -> Callable[..., Any]:
    """A generated function that first makes the integers in some of its arguments real."""
    names = list(values)
    positions = {names.index(name) for name in real}

    @functools.wraps(plain)
    def converted(*args: Any, **kwargs: Any) -> Any:
        changed = [as_real(a) if n in positions else a for n, a in enumerate(args)]
        named = {k: as_real(v) if k in real else v for k, v in kwargs.items()}
        missing = {n: as_real(values[n]) for n in real if n not in named and names.index(n) >= len(args)}
        return plain(*changed, **named, **missing)

    return converted


# --- generated functions


def binder(signature: inspect.Signature, name: str) -> Callable[..., dict[str, Any]]:
    """A function with the primal's parameters that returns its arguments by name, MISSING where left out.

    What does not fit raises the TypeError that the primal would.
    """
    environment = Environment(signature.parameters)
    missing = environment.name(MISSING)
    parts, star = [], False
    found = list(signature.parameters.values())
    for n, one in enumerate(found):
        if one.kind is one.KEYWORD_ONLY and not star:
            parts.append("*")
        star = star or one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        stars = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
        parts.append(f"{stars}{one.name}" + ("" if one.default is one.empty else f"={missing}"))
        if one.kind is one.POSITIONAL_ONLY and (n + 1 == len(found) or found[n + 1].kind is not one.kind):
            parts.append("/")
    names = ", ".join(f"{n!r}: {n}" for n in signature.parameters)
    made: Callable[..., dict[str, Any]]
    made = compiled(f"def call({', '.join(parts)}):\n    return {{{names}}}\n", environment, name)
    return made


def dispatcher(
    signature: inspect.Signature,
    name: str,
    entries: Sequence[Entry] | None,
    slow: Callable[[tuple[Any, ...], dict[str, Any]], Any],
    latest: list[Any],
) -> Callable[..., Any]:
    """The function that a derivative is called by.

    It takes any arguments, as the primal's parameters may have changed: what does not fit goes to ``slow``, as
    positional and keyword arguments.  ``latest[0]`` becomes the derivative that was chosen.  Without ``entries`` all
    calls go there.
    """
    if entries is None or any(p.kind in _VARIABLE for p in signature.parameters.values()):
        return lambda *args, **kwargs: slow(args, kwargs)
    environment = Environment(signature.parameters)
    missing, extra, unknown = environment.name(MISSING), environment.name(object()), environment.name(object())
    parts: list[str] = []
    found = list(signature.parameters.values())
    named = [p.name for p in found if p.kind is p.KEYWORD_ONLY]
    places = [p.name for p in found if p.kind is not p.KEYWORD_ONLY]
    only = sum(p.kind is p.POSITIONAL_ONLY for p in found)
    for n, one in enumerate(places):
        parts += [f"{one}={missing}"] + (["/"] if n + 1 == only else [])
    parts += [f"*{extra}", *(f"{one}={missing}" for one in named), f"**{unknown}"]
    lines = [f"def call({', '.join(parts)}):"]
    for entry in entries:
        tests = [f"not {extra}", f"not {unknown}", *_tests(entry, environment)]
        lines += _branch(entry, tests, environment, latest, set(named))
    forward = environment.name(_forward(places, slow))
    given = ", ".join(f"{n!r}: {n}" for n in named)
    lines.append(f"    return {forward}(({', '.join(places)}{',' * bool(places)}), {extra}, {{{given}}}, {unknown})")
    made: Callable[..., Any] = compiled("\n".join(lines) + "\n", environment, name)
    return made


def _branch(entry: Entry, tests: list[str], environment: Environment, latest: list[Any], named: set[str]) -> list[str]:
    """The lines that call the function of an entry where its tests hold."""
    given = []
    keyword = False
    for name, key in entry.keys.items():
        left_out = name in entry.defaults
        if left_out and name not in entry.real:
            keyword = True  # the generated function has the same default
            continue
        text = environment.name(entry.defaults[name]) if left_out else name
        if name in entry.real:
            text = f"{environment.name(as_real if isinstance(key, tuple) else float)}({text})"
        keyword = keyword or name in named
        given.append(f"{name}={text}" if keyword else text)
    conditions = [environment.text(c) for c in entry.made.conditions]
    error = environment.name(object())
    inner = [
        f"{environment.name(latest)}[0] = {environment.name(entry.made)}",
        "try:",
        f"    return {environment.name(entry.function)}({', '.join(given)})",
        f"except {environment.name(Exception)} as {error}:",
        f"    {environment.name(explain)}({error})",
        "    raise",
    ]
    if not any("cell_contents" in c for c in conditions):
        return [f"    if {' and '.join([*tests, *conditions])}:", *(f"        {line}" for line in inner)]
    holds = environment.name(object())
    return [  # a captured variable may have been deleted
        f"    if {' and '.join(tests)}:",
        "        try:",
        f"            {holds} = {' and '.join(conditions)}",
        f"        except {environment.name(ValueError)}:",
        f"            {holds} = {environment.name(False)}",
        f"        if {holds}:",
        *(f"            {line}" for line in inner),
    ]


def _forward(places: list[str], slow: Callable[..., Any]) -> Callable[..., Any]:
    """Put the arguments of a call together again."""

    def forward(positional: tuple[Any, ...], extra: tuple[Any, ...], named: dict[str, Any], other: Any) -> Any:
        count = next((n for n, v in enumerate(positional) if v is MISSING), len(positional))
        keywords = {**dict(zip(places[count:], positional[count:], strict=True)), **named}
        given = {name: value for name, value in keywords.items() if value is not MISSING}
        return slow((*positional[:count], *extra), {**given, **other})

    return forward


def compiled(text: str, environment: Environment, name: str) -> Any:
    """The function ``call`` of a text, under a name that users see."""
    environment.objects["__builtins__"] = {}
    exec(compile(text, f"<srcgrad call of {name}>", "exec"), environment.objects)
    made = environment.objects["call"]
    made.__name__ = made.__qualname__ = name
    return made


# --- tests of kinds


def _tests(entry: Entry, environment: Environment) -> list[str]:
    """The conditions under which other arguments are of an entry's kinds."""
    found = []
    for name, key in entry.keys.items():
        if name not in entry.defaults:
            found += _test(name, key, environment)
            continue
        found.append(f"{name} is {environment.name(MISSING)}")
        if isinstance(key, tuple):  # an array or a list may have changed
            found += _test(environment.name(entry.defaults[name]), key, environment)
    return found


def _test(name: str, key: Any, environment: Environment) -> list[str]:
    if isinstance(key, Known) and not isinstance(key.value, (str, bytes)):
        return [f"{name} is {environment.name(key.value)}"]
    kind: Any = type(key.value) if isinstance(key, Known) else key[0] if isinstance(key, tuple) else key
    same_type = f"{environment.name(type)}({name}) is {environment.name(kind)}"
    if isinstance(key, Known):
        return [same_type, f"{name} == {environment.name(key.value)}"]
    if kind is np.ndarray:
        return [same_type, *_array_tests(name, key[1], key[2], environment)]
    if isinstance(key, tuple):
        return [same_type, *_container_tests(name, key, environment)]
    return [same_type]


def _array_tests(name: str, ones: tuple[bool, ...], dtype: Any, environment: Environment) -> list[str]:
    known, shape = environment.name(dtype), environment.name(_shape)
    same = f"({name}.dtype is {known} or {name}.dtype == {known})"
    if not ones:
        return [same, f"not {name}.ndim"]
    sizes = [f"{shape}[{n}] {'==' if one else '!='} 1" for n, one in enumerate(ones)]
    if len(ones) > 1 and not any(ones):
        sizes = [f"1 not in {shape}"]
    return [same, f"{environment.name(len)}({shape} := {name}.shape) == {len(ones)}", *sizes]


def _container_tests(name: str, key: Any, environment: Environment) -> list[str]:
    kind, items = key
    if kind not in (list, tuple, dict):
        return [f"{environment.name(_same)}({name}, {environment.name(key)})"]
    length = f"{environment.name(len)}({name}) == {len(items)}"
    types = set(items) if kind is not dict else set()
    if len(types) == 1 and all(
        one in _SCALARS or (isinstance(one, type) and issubclass(one, np.generic)) for one in types
    ):
        return [length, f"{environment.name(_uniform)}({name}, {environment.name(types)})"]
    return [length, f"{environment.name(_same)}({name}, {environment.name(key)})"]
