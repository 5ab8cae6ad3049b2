"""From a primal and the kinds of its arguments to a compiled derivative."""

from __future__ import annotations

import itertools
import math
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcgrad import modes, runtime, structures, tree
from srcgrad.analysis.kinds import FLOAT, UNKNOWN, Array, Kind, Known, Scalar, Sequence, is_complex, kind_of
from srcgrad.errors import refuse
from srcgrad.generation import Form, Generated, Generator
from srcgrad.loader import load
from srcgrad.source import Source
from srcgrad.writer import to_text

_counter = itertools.count(1)
_ARRAY = re.compile(r"([\w.]+\.)?(ndarray|NDArray)(\[.*\])?")
_HELPERS = (runtime, structures, modes)


@dataclass(frozen=True)
class Specialised:
    """A derivative for arguments of certain kinds: its text, its compiled functions, and its guard.

    ``valid()`` says whether every global that the generation relied on is still the same object.
    """

    generated: Generated
    text: str
    functions: tuple[Callable[..., Any], ...]
    valid: Callable[[], bool]
    kinds: Mapping[str, Kind]

    @property
    def stages(self) -> dict[str, str]:
        """The text of the function after each pass, by the pass's name; the last of a pass that runs twice."""
        return dict(self.generated.stages)


def specialise(
    source: Source, wrt: tuple[str, ...], kinds: Mapping[str, Kind], form: Form, has_aux: bool
) -> Specialised:
    """Generate, print and compile the derivative for arguments of the given kinds.

    Raises DifferentiationError, with the place in the user's file, where that cannot be done.
    """
    check_wrt(source, wrt, kinds)
    generated = Generator().generate(source, wrt, kinds, form, has_aux)
    if asks_for_mode(source.function):
        _run_under_record(generated)
    text = render(generated)
    module = load(text, f"<srcgrad {generated.main[0]} {next(_counter)}>", _supplied(generated))
    functions = tuple(module[name] for name in generated.main)
    return Specialised(generated, text, functions, _guard(generated.guards), dict(kinds))  # type: ignore[arg-type]


def check_wrt(source: Source, wrt: tuple[str, ...], kinds: Mapping[str, Kind]) -> None:
    """Refuse to differentiate with respect to what has no derivative."""
    nodes = {a.id: a for a in [*source.tree.args.posonlyargs, *source.tree.args.args, *source.tree.args.kwonlyargs]}
    for name in wrt:
        kind = kinds.get(name, UNKNOWN)
        reason = hint = None
        if is_complex(kind):
            reason, hint = "is complex; complex arguments cannot be differentiated yet", "pass real and imaginary parts"
        elif isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind not in "f":
            reason = f"is an array of {kind.dtype}, which has no derivative"
            hint = f"convert it: {name}.astype(float)"
        elif isinstance(kind, Scalar) and issubclass(kind.type, (bool, np.bool_)):
            reason, hint = "is a boolean, which has no derivative", "leave it out of wrt"
        elif (isinstance(kind, Known) and kind.value is not None) or kind == Known(None):
            reason = f"is {type(kind.value).__name__}, which has no derivative"  # type: ignore[union-attr]
            hint = "leave it out of wrt"
        if reason is not None:
            raise refuse(nodes[name], source, f"'{name}' {reason}", hint)


def argument_kind(value: Any, differentiated: bool) -> Kind:
    """The kind of an argument: a Python integer that is differentiated counts as real."""
    kind = kind_of(value)
    integer = isinstance(kind, Scalar) and kind.type is not bool and issubclass(kind.type, (int, np.integer))
    if differentiated and integer:
        return FLOAT
    if isinstance(kind, Known):
        known = (types.FunctionType, types.BuiltinFunctionType, np.ufunc, type, str, type(None), np.dtype)
        return kind if isinstance(value, known) or differentiated else UNKNOWN
    return kind


def annotated_kind(annotation: Any) -> Kind:
    """The kind that an annotation promises, UNKNOWN if none."""
    if annotation in (float, "float"):
        return Scalar(float)
    if annotation in (int, "int"):
        return Scalar(int)
    if annotation in (bool, "bool"):
        return Scalar(bool)
    if annotation is np.ndarray or typing.get_origin(annotation) is np.ndarray:
        return Array(None, None)
    if isinstance(annotation, str) and _ARRAY.fullmatch(annotation):
        return Array(None, None)
    return UNKNOWN


# --- text


def render(generated: Generated) -> str:
    """The functions with the imports that they need."""
    lines = [*_imports(used_objects(generated))]
    body = to_text(list(generated.functions)).strip("\n")
    return ("\n".join(lines) + "\n\n\n" if lines else "") + body + "\n"


def used_objects(generated: Generated) -> dict[str, Any]:
    """The objects that the functions really read, by name."""
    read = tree.reads(list(generated.functions)) | {
        n
        for f in generated.functions
        for d in f.args.defaults + f.args.kw_defaults
        if d is not None
        for n in tree.reads(d)
    }
    own = {f.name for f in generated.functions}
    return {n: v for n, v in sorted(generated.objects.items()) if n in read and n not in own}


def is_helper(value: Any) -> bool:
    """Whether an object is one of srcgrad's own run-time functions."""
    return any(getattr(value, "__module__", None) == module.__name__ for module in _HELPERS)


def _imports(objects: Mapping[str, Any]) -> Iterable[str]:
    modules = {n: v for n, v in objects.items() if isinstance(v, types.ModuleType)}
    for name, module in sorted(modules.items(), key=lambda item: (item[1] not in (math,), item[1].__name__)):
        plain = module.__name__ == name
        yield f"import {module.__name__}" if plain else f"import {module.__name__} as {name}"
    for owner in _HELPERS:
        names = [
            value.__name__ if value.__name__ == name else f"{value.__name__} as {name}"
            for name, value in objects.items()
            if getattr(value, "__module__", None) == owner.__name__ and callable(value)
        ]
        if names:
            yield f"from {owner.__name__} import {', '.join(names)}"


def _supplied(generated: Generated) -> dict[str, Any]:
    """What the text does not import: the user's own globals, captured values and functions."""
    return used_objects(generated)


# --- guards and modes


def _guard(guards: list[tuple[Any, str, Any]]) -> Callable[[], bool]:
    """One function that checks that each global is still what it was; builtins are not checked."""
    tests, environment = [], {}
    seen = set()
    for number, (namespace, name, value) in enumerate(guards):
        cells, home = getattr(namespace, "_cells", {}), getattr(namespace, "_home", {})
        key = (id(home), id(cells.get(name)), name)
        if key in seen or (name not in cells and name not in home):
            continue
        seen.add(key)
        environment[f"v{number}"] = value
        if name in cells:
            environment[f"c{number}"] = cells[name]
            tests.append(f"c{number}.cell_contents is v{number}")
        else:
            environment[f"g{number}"] = home
            tests.append(f"g{number}.get({name!r}) is v{number}")
    return eval(f"lambda: {' and '.join(tests) or 'True'}", environment)  # type: ignore[no-any-return]


def asks_for_mode(function: Any) -> bool:
    """Whether a function, or one that it calls, asks if it is training or recording."""
    pending, seen = [function], set()
    while pending:
        current = pending.pop()
        code = getattr(current, "__code__", None)
        if code is None or id(code) in seen:
            continue
        seen.add(id(code))
        codes = [code]
        while codes:
            inner = codes.pop()
            if {"is_training", "is_recording"} & set(inner.co_names):
                return True
            codes.extend(c for c in inner.co_consts if isinstance(c, types.CodeType))
            for name in (*inner.co_names, *inner.co_freevars):
                value = _value_of(current, name)
                if value is modes.is_training or value is modes.is_recording:
                    return True
                if isinstance(value, types.FunctionType) and not (value.__module__ or "").startswith("numpy"):
                    pending.append(value)
    return False


def _value_of(function: Any, name: str) -> Any:
    if name in function.__code__.co_freevars:
        try:
            return function.__closure__[function.__code__.co_freevars.index(name)].cell_contents
        except ValueError:
            return None
    return function.__globals__.get(name)


def _run_under_record(generated: Generated) -> None:
    """A derivative call is a recording: the code sees training mode."""
    name = next((n for n, v in generated.objects.items() if v is modes.record), "record")
    generated.objects[name] = modes.record
    for function in generated.functions:
        if function.name == generated.main[0]:
            function.decorator_list = [tree.call(name)]


__all__ = ["Sequence", "Specialised", "specialise"]
