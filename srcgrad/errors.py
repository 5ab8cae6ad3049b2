"""The errors of srcgrad: located at the user's own code, with a reason and a hint."""

from __future__ import annotations

import io
import sys
import tokenize
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

# What SyntaxError takes: file, line, column, text of the line, end line, end column.
# Columns count characters, from 1.
Location = tuple[str, int, int, str, int, int]


class DifferentiationError(SyntaxError):
    """Something cannot be differentiated; being a SyntaxError it shows the line with a caret.

    ``reason`` says why, ``hint`` (or None) what to write instead.

    >>> error = DifferentiationError("no rule for np.foo", hint="give one")
    >>> error.reason, error.hint
    ('no rule for np.foo', 'give one')
    """

    reason: str
    hint: str | None

    def __init__(self, reason: str, location: Location | None = None, *, hint: str | None = None) -> None:
        message = reason
        if hint is not None and sys.version_info < (3, 11):
            message = f"{reason}\nHint: {hint}"  # there is no add_note yet
        super().__init__(*((message,) if location is None else (message, location)))
        self.reason = reason
        self.hint = hint
        if hint is not None and sys.version_info >= (3, 11):
            self.add_note(f"Hint: {hint}")


class SourceNotFoundError(DifferentiationError):
    """A callable has no source that can be differentiated: a class, a C function, ``exec``, ..."""


Error = TypeVar("Error", bound=DifferentiationError)


class HasLines(Protocol):
    """The part of a ``Source`` that an error reads."""

    @property
    def file(self) -> str:
        """The name of the user's file."""

    @property
    def lines(self) -> Sequence[str]:
        """All lines of the file."""


def refuse(
    node: Any,
    source: HasLines,
    reason: str,
    hint: str | None = None,
    kind: type[Error] = DifferentiationError,  # type: ignore[assignment]
) -> Error:
    """Make (not raise) the error that points at ``node``, placed as in the user's file."""
    return kind(reason, _locate(node, source), hint=hint)


def refuse_call(message: str, hint: str | None = None) -> DifferentiationError:
    """Make (not raise) an error about a call, which has no place in the user's file.

    >>> raise refuse_call("loss has no parameter 'v'", "its parameters are: w, b")
    Traceback (most recent call last):
    srcgrad.errors.DifferentiationError: loss has no parameter 'v'
    Hint: its parameters are: w, b
    """
    return DifferentiationError(message, hint=hint)


def _locate(node: Any, source: HasLines) -> Location:
    """The place of a node; of a node that a pass made without one, the function's."""
    if getattr(node, "lineno", None) is None:
        node = getattr(source, "tree", None)
    line = getattr(node, "lineno", None) or 1
    text = source.lines[line - 1] if line <= len(source.lines) else ""
    code = text.rstrip("\r\n")
    start = _characters(code, getattr(node, "col_offset", None) or 0)
    if getattr(node, "end_lineno", None) == line:
        end = _characters(code, getattr(node, "end_col_offset", None) or 0)
    else:  # only one line is shown: mark the node's part of it
        end = start + _code_length(code[start:])
    return source.file, line, start + 1, text, line, max(end, start + 1) + 1


def _characters(line: str, column: int) -> int:
    """The index of the character at a column of the parser's, which counts UTF-8 bytes."""
    return len(line.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))


def _code_length(text: str) -> int:
    """The length of a line without its comment and trailing space."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                return len(text[: token.start[1]].rstrip())
    except (tokenize.TokenError, SyntaxError):
        pass  # a statement that goes on in the next line ends too early for the tokenizer
    return len(text.rstrip())
