"""Literals as text: strings, docstrings, numbers, in the style of ruff's formatter."""

from __future__ import annotations

import math
import sys

# A literal that overflows is how Python's grammar spells infinity.
_INFINITY = f"1e{sys.float_info.max_10_exp + 1}"
QUOTES = ('"', "'", '"""', "'''")


def _escaped(value: str | bytes) -> str:
    """The inside of a literal, all escaped except both kinds of quote."""
    if isinstance(value, bytes):
        return "'".join(repr(b'"' + piece)[3:-1] for piece in value.split(b"'"))
    return "'".join(repr('"' + piece)[2:-1] for piece in value.split("'"))


def preferred_quote(body: str) -> str:
    """Double quotes, unless single ones save escapes."""
    return "'" if body.count('"') > body.count("'") else '"'


def quoted(value: str | bytes, prefix: str = "", quote: str | None = None) -> str:
    """The literal for `value`, between `quote` (one character) or the preferred one."""
    body = _escaped(value)
    quote = quote or preferred_quote(body)
    marker = "b" if isinstance(value, bytes) else ""
    return f"{prefix}{marker}{quote}{protected(body, quote)}{quote}"


def protected(body: str, quote: str) -> str:
    """`body` with the quotes escaped that would end a literal between `quote`."""
    if len(quote) == 1:
        return body.replace(quote, "\\" + quote)
    # Those at the end would merge with the literal's own.
    inside = body.rstrip(quote[0])
    at_end = len(body) - len(inside)
    return inside.replace(quote, "\\" + "\\".join(quote)) + f"\\{quote[0]}" * at_end


def literal_part(value: str, quote: str) -> str:
    """A constant stretch of an f-string whose literal stands between `quote`."""
    return protected(_escaped(value).replace("{", "{{").replace("}", "}}"), quote)


def docstring(value: str) -> str:
    """A triple-quoted literal for `value` with its line breaks as they are."""
    lines = value.split("\n")
    printable = all(line.isprintable() for line in lines)
    if "\\" in value and printable and '"""' not in value and value[-1] not in '"\\':
        return f'r"""{value}"""'
    # Every line alone: what is escaped in one cannot reach into the next.
    body = "\n".join(_escaped(line) for line in lines)
    return f'"""{protected(body, chr(34) * 3)}"""'


def number(value: int | float | complex) -> str:
    """A literal (or, where there is none, an expression) that evaluates to `value`."""
    if isinstance(value, bool):
        return repr(value)
    if isinstance(value, int):
        # Beyond some thousands of digits Python refuses decimal conversion.
        return repr(value) if value.bit_length() < 10_000 else hex(value)
    if isinstance(value, float):
        if math.isnan(value):
            return f"({_INFINITY} - {_INFINITY})"
        return repr(value).replace("inf", _INFINITY).replace("e+", "e")
    return _complex(value)


def _complex(value: complex) -> str:
    """Only literals and operations that keep the signs of zeros, as names may mean something else where this stands.

    A sum with a real number adds 0.0 to the other part, before Python 3.14, so it gives no part that is -0.0.
    """
    real, negative = value.real, math.copysign(1, value.imag) < 0
    minus_zero = real == 0 and math.copysign(1, real) < 0
    if math.isnan(value.imag):
        imaginary, negative = f"({_INFINITY}j - {_INFINITY}j)", False
    else:
        imaginary = repr(complex(0, abs(value.imag))).replace("inf", _INFINITY).replace("e+", "e")
    if not value:
        whole = "(-0j)" if minus_zero else "0j"
        return whole if minus_zero == negative else f"{whole}.conjugate()"
    if value.imag == 0 and negative:
        return f"(-({number(-real)} + {imaginary}))"
    if minus_zero and not negative:
        return f"(-{imaginary})" if math.isnan(value.imag) else f"(-(0.0 - {imaginary}))"
    if real == 0 and not negative:
        return imaginary
    return f"({number(real)} {'-' if negative else '+'} {imaginary})"


def constant(value: object, kind: str | None = None) -> str:
    """The text of any constant that a tree can hold."""
    if value is Ellipsis:
        return "..."
    if isinstance(value, (str, bytes)):
        return quoted(value, kind or "")
    if isinstance(value, (int, float, complex)):
        return number(value)
    if isinstance(value, tuple):
        inner = ", ".join(constant(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, frozenset):
        return f"frozenset({{{', '.join(sorted(constant(item) for item in value))}}})"
    return repr(value)
