"""Whether complex numbers can come up in a function: only there is anything done about them."""

from __future__ import annotations

import builtins
import cmath
import types
from collections.abc import Iterator, Mapping
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Kind, holds_complex
from srcgrad.analysis.scope import MISSING, Scope

_MODULES = (
    *("numpy.fft", "numpy.lib.scimath", "numpy.lib._scimath_impl"),
    *("scipy.fft", "scipy.fftpack", "scipy.linalg", "scipy.signal", "scipy.special"),
)
_ATTRIBUTES = ("imag", "conj", "conjugate")  # who asks for them expects complex numbers
_FUNCTIONS = (
    *(np.angle, np.vdot, np.conjugate, np.imag, np.iscomplex, np.iscomplexobj, np.isreal, np.isrealobj),
    *(np.roots, np.poly, np.linalg.eig, np.linalg.eigvals, *vars(cmath).values()),
)
_DTYPES = ("complex", "complex64", "complex128", "c8", "c16", "D", "F", "G")


def mentions_complex(function: Any, scope: Scope) -> bool:
    """Whether a function mentions something that is complex or that makes complex numbers of real ones."""
    for node in _nodes(function.body):
        if isinstance(node, gast.Constant):
            if isinstance(node.value, complex) or (isinstance(node.value, str) and node.value in _DTYPES):
                return True
        elif isinstance(node, (gast.Name, gast.Attribute)):
            if isinstance(node, gast.Attribute) and node.attr in _ATTRIBUTES:
                return True
            value = scope.resolve(node)
            if value is not MISSING and _is_complex(value):
                return True
    return False


def takes_complex(kinds: Mapping[str, Kind]) -> bool:
    """Whether some argument is, or holds, a complex number."""
    return any(map(holds_complex, kinds.values()))


def _nodes(body: list[Any]) -> Iterator[Any]:
    for statement in body:
        yield from gast.walk(statement)


def _is_complex(value: Any, depth: int = 3) -> bool:
    """Whether an object is complex, holds complex numbers, or makes them of real ones."""
    if isinstance(value, (complex, np.complexfloating)):
        return True
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "c")
    if isinstance(value, np.dtype):
        return value.kind == "c"
    if isinstance(value, type):
        return issubclass(value, (complex, np.complexfloating))
    if isinstance(value, (types.ModuleType, str, bytes, bool, int, float)) or not depth:
        return False
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(_is_complex(item, depth - 1) for item in value)
    if isinstance(value, dict):
        return any(_is_complex(item, depth - 1) for item in value.values())
    if callable(value):
        return _makes_complex(value)
    return _is_complex(getattr(value, "__dict__", {}), depth - 1)


def _makes_complex(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    if isinstance(function, types.BuiltinFunctionType) and module == builtins.__name__:
        return False
    known = any(function is one for one in _FUNCTIONS)
    return known or any(module == name or module.startswith(f"{name}.") for name in _MODULES)
