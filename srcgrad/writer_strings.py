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
    imaginary = f"({_INFINITY} - {_INFINITY}) * 1j"
    if not math.isnan(value.imag):
        imaginary = repr(complex(0, abs(value.imag))).replace("inf", _INFINITY).replace("e+", "e")
    negative = math.copysign(1, value.imag) < 0
    if repr(value).endswith(")"):
        return f"({number(value.real)} {'-' if negative else '+'} {imaginary})"
    return f"-{imaginary}" if negative else imaginary


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
