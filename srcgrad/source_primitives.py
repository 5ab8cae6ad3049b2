"""Primitives as functions: ``np.sin`` becomes ``def sin(x): return np.sin(x)``."""

from __future__ import annotations

import builtins
import inspect
import linecache
import math
import operator
import types
from collections.abc import Iterable
from typing import Any, NamedTuple

import gast
import numpy as np

from srcgrad.errors import SourceNotFoundError

_ROOTS: dict[str, tuple[str, Any]] = {
    "numpy": ("np", np),
    "math": ("math", math),
    "_operator": ("operator", operator),
    "builtins": ("", builtins),
}
# Primitives whose signature cannot be asked for (before NumPy 2.4 that of its C functions), or
# says less than what is differentiated.
_SIGNATURES = {
    "builtins.float": ["x"],
    "math.hypot": ["x", "y"],
    "numpy.dot": ["a", "b"],
    "numpy.inner": ["a", "b"],
    "numpy.vdot": ["a", "b"],
    "numpy.where": ["condition", "x", "y"],
    "numpy.clip": ["a", "a_min", "a_max"],
}


class Wrapper(NamedTuple):
    """A function that calls a primitive, as text, as tree, and with the globals that it needs."""

    tree: Any
    file: str
    lines: tuple[str, ...]
    home: dict[str, Any]


def is_primitive(function: Any) -> bool:
    """Whether a callable is one of NumPy's, of Python's own, or a ufunc.

    >>> is_primitive(math.sin), is_primitive(abs), is_primitive(np.ndarray), is_primitive("x".join)
    (True, True, False, False)
    """
    if isinstance(function, np.ufunc) or function is float:
        return True
    owner = getattr(function, "__self__", None)
    if isinstance(function, type) or not isinstance(owner, (types.ModuleType, types.NoneType)):
        return False
    return bool(_public(function)[1])


def _public(function: Any) -> tuple[str, str]:
    """The full name of a primitive and how a program says it, or empty strings."""
    name = getattr(function, "__name__", None)
    module = getattr(function, "__module__", None) or ("numpy" if isinstance(function, np.ufunc) else None)
    root = str(module).partition(".")[0]
    if not isinstance(name, str) or root not in _ROOTS:
        return "", ""
    short, value = _ROOTS[root]
    path = [*str(module).split(".")[1:], name]
    for part in path:
        value = getattr(value, part, None)
    if value is not function:
        return "", ""
    return ".".join([root.lstrip("_"), *path]), ".".join([short, *path] if short else path)


def wrap(function: Any, count: int, keywords: Iterable[str]) -> Wrapper:
    """Make a function that calls a primitive with ``count`` arguments, or all that it needs.

    >>> print("".join(wrap(np.sum, 0, ["axis"]).lines), end="")
    def sum(a, *, axis):
        return np.sum(a, axis=axis)
    """
    full, call = _public(function)
    name = call.rpartition(".")[2] or str(getattr(function, "__name__", ""))
    if not name.isidentifier():
        name = "function"
    full, call = full or name, call or name
    required, optional = _parameters(function, full)
    given = required + optional[: max(0, count - len(required))]
    named = [key for key in keywords if key not in given]
    while call in given:
        call += "_"
    signature = ", ".join(given + (["*", *named] if named else []))
    arguments = ", ".join(given + [f"{key}={key}" for key in named])
    text = f"def {name}({signature}):\n    return {call}({arguments})\n"
    file = f"<srcgrad primitive {full}>"
    lines = tuple(text.splitlines(keepends=True))
    linecache.cache[file] = (len(text), None, list(lines), file)
    root = call.partition(".")[0]
    modules = dict(_ROOTS.values())
    home = {root: modules[root] if "." in call else function}
    return Wrapper(gast.parse(text).body[0], file, lines, home)


def _parameters(function: Any, full: str) -> tuple[list[str], list[str]]:
    """The names of the required and of the optional positional parameters."""
    if full in _SIGNATURES:
        return _SIGNATURES[full], []
    if isinstance(function, np.ufunc):
        count = function.nin
        return ["x"] if count == 1 else [f"x{i + 1}" for i in range(count)], []
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return ["x"], []
    positional = [p for p in signature.parameters.values() if p.kind in (0, 1)]
    required = [p.name for p in positional if p.default is p.empty]
    if not required:
        label = str(getattr(function, "__name__", function))
        hint = f"differentiate a function that calls it: lambda x: {label}(x)"
        raise SourceNotFoundError(f"{label} can be called in several ways", hint=hint)
    return required, [p.name for p in positional if p.default is not p.empty]
