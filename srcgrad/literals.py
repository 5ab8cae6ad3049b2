"""Values as source text: what a saved module can hold of the user's globals."""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

LARGEST = 10_000  # elements of an array, or of containers together, that are still written out
_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes, type(...)})
_WIDTH = 96
Refer = Callable[[object, str], str]


class UnwritableError(Exception):
    """A value cannot be written as source; the text says why."""


class Literal:
    """Writes values as expressions.

    ``refer`` gives the name of what is no literal (a function, a module) for a wish.
    """

    def __init__(self, refer: Refer) -> None:
        self.refer = refer
        self.room = LARGEST
        self.open: set[int] = set()

    def text(self, value: Any) -> str:
        """Return an expression whose value equals the given one; raise UnwritableError if none does.

        >>> Literal(lambda value, wish: wish).text({"a": (1.5, float("-inf")), "b": np.float32(0.1)})
        "{'a': (1.5, float('-inf')), 'b': np.float32(0.1)}"
        """
        if type(value) in _PLAIN:
            return _plain(value)
        if isinstance(value, np.ndarray):
            return self.array(value)
        if isinstance(value, np.generic):
            return self.scalar(value)
        if isinstance(value, np.dtype):
            return f"{self.refer(np, 'np')}.dtype({_dtype_text(value)})"
        if id(value) in self.open:
            raise UnwritableError("contains itself")
        self.open.add(id(value))
        try:
            return self.container(value)
        finally:
            self.open.discard(id(value))

    def container(self, value: Any) -> str:
        """A list, tuple, dict, set, range, slice or partial."""
        kind = type(value)
        if kind in (list, tuple, set, frozenset, dict):
            self.room -= len(value)
            if self.room < 0:
                raise UnwritableError(f"has more than {LARGEST:,} elements")
        if kind is dict:
            return f"{{{', '.join(f'{self.text(k)}: {self.text(v)}' for k, v in value.items())}}}"
        if kind in (range, slice):
            return f"{kind.__name__}({self.arguments(value.start, value.stop, value.step)})"
        if kind is functools.partial:
            keywords = "".join(f", {k}={self.text(v)}" for k, v in value.keywords.items())
            owner = self.refer(functools.partial, "partial")
            return f"{owner}({self.arguments(value.func, *value.args)}{keywords})"
        if kind in (list, tuple):
            inner = self.arguments(*value)
            return f"[{inner}]" if kind is list else f"({inner}{',' * (len(value) == 1)})"
        if kind in (set, frozenset):
            inner = ", ".join(sorted(map(self.text, value)))  # whatever the hash seed is
            shown = f"{{{inner}}}" if value else ""
            return shown if shown and kind is set else f"{kind.__name__}({shown})"
        return self.refer(value, "value")

    def arguments(self, *values: Any) -> str:
        """Several values with commas between them."""
        return ", ".join(map(self.text, values))

    def scalar(self, value: np.generic) -> str:
        """A NumPy scalar with its type."""
        numpy, dtype = self.refer(np, "np"), value.dtype
        if dtype.kind in "mM":
            unit = dtype.name.partition("[")[2].rstrip("]") or "generic"
            return f"{numpy}.{type(value).__name__}({value.astype('int64')!s}, {unit!r})"
        if dtype.kind in "US":
            return f"{numpy}.{type(value).__name__}({value.item()!r})"
        return f"{numpy}.{_type_name(dtype)}({_element(value)})"

    def array(self, value: np.ndarray[Any, Any]) -> str:
        """An array: nested lists if it is small, else one flat list that is reshaped."""
        numpy, dtype = self.refer(np, "np"), value.dtype
        if type(value) is not np.ndarray:
            raise UnwritableError(f"is an array of the class {type(value).__name__}")
        self.room -= value.size
        if self.room < 0:
            raise UnwritableError(f"is an array of {value.size:,} elements")
        if dtype.kind in "mM":
            inner, suffix = value.astype("int64"), f".view({dtype.str!r})"
        else:
            inner, suffix = value, ""
        shape = f".reshape({value.shape})" if value.size == 0 else ""
        options = _dtype_option(inner.dtype, numpy)
        text = f"{numpy}.array({_nested(inner)}{options}){shape}{suffix}"
        return text


def raw_statement(name: str, text: str) -> str | None:
    """A long assignment with filled lines, as a formatter is told to leave it; None for a short one.

    >>> print(raw_statement("n", str(list(range(40)))), end="")
    # fmt: off
    n = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
        25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]
    # fmt: on
    """
    if len(text) < _WIDTH or "'" in text or '"' in text or "{" in text:
        return None
    lines = textwrap.wrap(
        f"{name} = {text}",
        _WIDTH,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "# fmt: off\n" + "\n".join(lines) + "\n# fmt: on\n"


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return _real(value)
    if isinstance(value, complex):
        return f"complex({_real(value.real)}, {_real(value.imag)})"
    try:
        return repr(value)
    except ValueError:  # Python writes no integers of thousands of digits
        raise UnwritableError("is an integer of too many digits") from None


def _real(value: float) -> str:
    return repr(value) if math.isfinite(value) else f"float('{value}')"


def _nested(value: np.ndarray[Any, Any]) -> str:
    """The elements as nested lists."""
    if value.ndim == 0:
        return _element(value[()])
    return (
        f"[{', '.join(_nested(np.asarray(item)) for item in value)}]"
        if value.ndim > 1
        else (f"[{', '.join(_element(item) for item in value)}]")
    )


def _element(value: Any) -> str:
    """One element, or a scalar without its type."""
    dtype = value.dtype
    if dtype.kind == "V" and dtype.names:
        return f"({', '.join(_element(value[n]) for n in dtype.names)}{',' * (len(dtype.names) == 1)})"
    if dtype.kind == "f" and dtype.itemsize < 8 and np.isfinite(value):
        short = str(value)
        return short if dtype.type(float(short)) == value else _real(float(value))
    if dtype.kind in "fc" and dtype.char in "gG":
        raise UnwritableError("has extended precision, which differs between machines")
    if dtype.kind in "biufcUS":
        return _plain(value.item())
    raise UnwritableError(f"has the dtype {dtype}")


def _type_name(dtype: np.dtype[Any]) -> str:
    return "bool_" if dtype.kind == "b" else dtype.name


def _dtype_option(dtype: np.dtype[Any], numpy: str) -> str:
    """The keyword for a dtype, left out where NumPy finds the same on every machine."""
    if dtype in (np.dtype("=f8"), np.dtype("=c16"), np.dtype(bool)):
        return f", dtype={numpy}.{_type_name(dtype)}" if dtype.kind != "f" else ""
    if dtype.isnative and dtype.kind in "iufc":
        return f", dtype={numpy}.{_type_name(dtype)}"
    return f", dtype={_dtype_text(dtype)}"


def _dtype_text(dtype: np.dtype[Any]) -> str:
    if dtype.names:
        return repr(dtype.descr)
    return repr(dtype.name if dtype.isnative and dtype.kind in "biufc" else dtype.str)
