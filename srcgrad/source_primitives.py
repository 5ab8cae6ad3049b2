"""Primitives as functions: ``np.sin`` becomes ``def sin(x): return np.sin(x)``."""

from __future__ import annotations

import builtins
import contextlib
import inspect
import linecache
import math
import operator
import types
from collections.abc import Iterable, Set
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


def is_read_of_numpy(function: Any) -> bool:
    """Whether a function of NumPy's is read as the user's are: those of polynomials are ordinary Python.

    >>> is_read_of_numpy(np.polynomial.chebyshev.chebval), is_read_of_numpy(np.sum)
    (True, False)
    """
    return isinstance(function, types.FunctionType) and str(function.__module__).startswith("numpy.polynomial")


def is_primitive(function: Any) -> bool:
    """Whether a callable is one of NumPy's, of Python's own, or a ufunc.

    >>> is_primitive(math.sin), is_primitive(abs), is_primitive(np.ndarray), is_primitive("x".join)
    (True, True, False, False)
    """
    if isinstance(function, np.ufunc) or function is float:
        return True
    owner = getattr(function, "__self__", None)
    if (
        is_read_of_numpy(function)
        or isinstance(function, type)
        or not isinstance(owner, (types.ModuleType, types.NoneType))
    ):
        return False
    return bool(_public(function)[1])


def is_array_method(function: Any) -> bool:
    """Whether a callable is a method of one particular array."""
    return isinstance(function, types.BuiltinMethodType) and isinstance(function.__self__, np.ndarray)


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


def needed(covered: inspect.Signature, count: int, names: Set[str]) -> inspect.Signature:
    """What is required, and what calls with ``count`` positional arguments and with keywords need.

    Operands, of which there may be any number, are as many as there are arguments.

    >>> rule = inspect.signature(lambda a, n=1, axis=-1, *, keepdims=False: a)
    >>> print(needed(rule, 1, set()), needed(rule, 0, {"axis"}), needed(rule, 2, {"keepdims"}))
    (a) (a, n=1, axis=-1) (a, n=1, *, keepdims=False)
    >>> print(needed(inspect.signature(lambda *operands: operands), 2, set()))
    (x, y, /)
    """
    places = [p for p in covered.parameters.values() if p.kind < p.VAR_POSITIONAL]
    last = max([count, *(n + 1 for n, p in enumerate(places) if p.name in names or p.default is p.empty), 1])
    found = [p.replace(annotation=p.empty) for p in places[:last]]
    if is_variadic(covered):
        more = max(count - len(found), 2 if names & {"x", "y"} else 0)
        operands = ["x", "y", *(f"x{n + 1}" for n in range(2, more))][:more]  # one is called the same in every call
        found += [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in operands]
    named = [p for p in covered.parameters.values() if p.kind is p.KEYWORD_ONLY and p.name in names]
    return inspect.Signature([*found, *named])


def plain_signature(function: Any) -> inspect.Signature | None:
    """The parameters of a function up to the first default that is no literal; None where they are not told."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return None
    plain = [p.default is p.empty or isinstance(p.default, (type(None), bool, int, float, str)) for p in found]
    places = [p.kind < p.VAR_POSITIONAL for p in found]
    cut = next((n for n, p in enumerate(found) if places[n] and not plain[n]), len(found))
    kept = [p for n, p in enumerate(found) if (n < cut if places[n] else p.kind is p.KEYWORD_ONLY and plain[n])]
    return inspect.Signature(kept)


def is_variadic(signature: inspect.Signature | None) -> bool:
    """Whether a primitive takes any number of operands."""
    return signature is not None and any(p.kind is p.VAR_POSITIONAL for p in signature.parameters.values())


def wrap(function: Any, count: int, keywords: Iterable[str], covered: inspect.Signature | None = None) -> Wrapper:
    """Make a function that calls a primitive with ``count`` arguments, or all that it needs.

    ``covered`` are the parameters that it gets for its rule.

    >>> print("".join(wrap(np.sum, 0, ["axis"]).lines), end="")
    def sum(a, *, axis):
        return np.sum(a, axis=axis)
    >>> rule = inspect.signature(lambda a, axis=None: a)
    >>> print("".join(wrap(np.sum, 0, [], rule).lines), end="")
    def sum(a, axis=None):
        return np.sum(a, axis=axis)
    """
    full, call = _public(function)
    name = call.rpartition(".")[2] or str(getattr(function, "__name__", ""))
    if not name.isidentifier():
        name = "function"
    full, call = full or name, call or name
    given = _parameters(function, full, call, count, covered)
    known = [p.name for p in given]
    given += [_parameter(key, inspect.Parameter.KEYWORD_ONLY) for key in keywords if key not in known]
    while call in [p.name for p in given]:
        call += "_"
    return _wrapper(name, call, f"<srcgrad primitive {full}>", given, function)


def wrap_method(method: Any, covered: inspect.Signature) -> Wrapper:
    """Make a function of an array and the arguments of one of its methods.

    >>> rule = inspect.signature(lambda a, b: a)
    >>> print("".join(wrap_method(np.ones(2).dot, rule).lines), end="")
    def dot(a, b, /):
        return a.dot(b)
    """
    name = method.__name__
    array, *rest = covered.parameters.values()
    rest = [p.replace(kind=p.POSITIONAL_ONLY) if p.default is p.empty else p for p in rest]
    found = [array.replace(kind=array.POSITIONAL_ONLY), *rest]
    return _wrapper(name, f"{array.name}.{name}", f"<srcgrad method {name}>", found, None)


def _wrapper(name: str, call: str, file: str, parameters: list[inspect.Parameter], function: Any) -> Wrapper:
    """The function ``name`` that hands its parameters to ``call``; a method's first one is in the call."""
    passed = parameters if function is not None else parameters[1:]
    first = [
        p.name for p in passed if p.kind is p.POSITIONAL_ONLY or (p.default is p.empty and p.kind is not p.KEYWORD_ONLY)
    ]
    arguments = ", ".join([*first, *(f"{p.name}={p.name}" for p in passed if p.name not in first)])
    text = f"def {name}{inspect.Signature(parameters)}:\n    return {call}({arguments})\n"
    lines = tuple(text.splitlines(keepends=True))
    linecache.cache[file] = (len(text), None, list(lines), file)
    root = call.partition(".")[0]
    modules = dict(_ROOTS.values())
    home = {} if function is None else {root: modules[root] if "." in call else function}
    return Wrapper(gast.parse(text).body[0], file, lines, home)


def _parameter(name: str, kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD) -> inspect.Parameter:
    return inspect.Parameter(name, kind)


def _parameters(
    function: Any, full: str, call: str, count: int, covered: inspect.Signature | None
) -> list[inspect.Parameter]:
    """The parameters that a call of a primitive may use: those that it needs, and those that its rule knows."""
    own: inspect.Signature | None = None
    with contextlib.suppress(ValueError, TypeError):
        own = inspect.signature(function)
    if covered is not None and _adds(covered) and not isinstance(function, np.ufunc):
        is_users = not _public(function)[0] and own is not None
        if not (is_users and own is not None and not set(covered.parameters) <= set(own.parameters)):
            return [*covered.parameters.values()]
    if full in _SIGNATURES:
        return [_parameter(name) for name in _SIGNATURES[full]]
    if isinstance(function, np.ufunc):
        names = ["x"] if function.nin == 1 else [f"x{i + 1}" for i in range(function.nin)]
        return [_parameter(name) for name in names]
    if own is None:
        return [_parameter("x")]
    positional = [p for p in own.parameters.values() if p.kind in (0, 1)]
    required = [p.name for p in positional if p.default is p.empty]
    if not required:
        label = str(getattr(function, "__name__", function))
        raise SourceNotFoundError(
            f"{label} can be called in several ways",
            hint=f"differentiate a function that calls it: lambda x: {call}(x)",
        )
    optional = [p.name for p in positional if p.default is not p.empty]
    return [_parameter(name) for name in required + optional[: max(0, count - len(required))]]


def _adds(covered: inspect.Signature) -> bool:
    """Whether a signature tells of more than what must be given, or of operands."""
    return any(p.default is not p.empty or p.kind is p.POSITIONAL_ONLY for p in covered.parameters.values())
