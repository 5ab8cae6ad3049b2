"""What an exception in generated code is about: the line of the user's that the failing statement belongs to.

Nothing is computed until something is raised.  Then the generated text is parsed, and its nodes are matched with those
that it was printed from, which have the positions of the primal.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import gast

from srcgrad import tree
from srcgrad.assembly import Lines
from srcgrad.errors import DifferentiationError
from srcgrad.source import Source

_SWEEPS = ("forward sweep", "reverse sweep")
Span = tuple[int, int, int | None, int | None]  # first and last line, first and last column


@dataclass(frozen=True)
class Origin:
    """What a generated function was made from; ``sweep`` says which half it is, None where it has both."""

    source: Source
    sweep: str | None = None


@dataclass(frozen=True)
class Place:
    """A place in the user's code that generated code belongs to."""

    name: str
    sweep: str | None
    file: str
    line: int
    text: str

    @property
    def note(self) -> str:
        """What is said of it.

        >>> Place("f", "reverse sweep", "model.py", 12, "y = np.log(x)").note
        'in the derivative of f, reverse sweep of line 12: "y = np.log(x)" (model.py)'
        """
        where = f"{self.sweep} of line" if self.sweep else "line"
        return f'in the derivative of {self.name}, {where} {self.line}: "{self.text}" ({self.file})'


@dataclass(frozen=True)
class Places:
    """The places that the lines of a generated text belong to."""

    text: str
    functions: tuple[Any, ...]
    origins: Mapping[str, Origin]

    def find(self, function: str, span: Span) -> Place | None:
        """The place of what a generated function has in some line and columns; None if it is nobody's."""
        made = next((one for one in self.functions if one.name == function), None)
        parsed = _functions(self.text).get(function)
        origin = self.origins.get(function)
        if made is None or parsed is None or origin is None:
            return None
        sweep, line = origin.sweep, None
        for below, printed in _pairs(parsed, made):
            if isinstance(printed, tree.Comment):
                sweep = printed.text if printed.text in _SWEEPS else sweep
            elif _covers(below, span):
                line = _line_of(below, printed, span)
                break
        if line is None:
            return None
        source = origin.source
        texts = Lines(source).texts
        first = max((number for number in texts if number <= line), default=line)  # the statement of the line
        return Place(source.name, sweep, source.file, first, texts.get(first, ""))


@functools.lru_cache(maxsize=16)
def _functions(text: str) -> dict[str, Any]:
    return {node.name: node for node in gast.parse(text).body if isinstance(node, gast.FunctionDef)}


def _pairs(parsed: Any, made: Any) -> Iterator[tuple[Any, Any]]:
    """The statements of a function as they are parsed and as they were made; comments come by themselves."""
    statements = iter(parsed.body)
    for printed in made.body:
        if isinstance(printed, tree.Comment):
            yield None, printed
        elif (below := next(statements, None)) is not None:
            yield below, printed


def _line_of(parsed: Any, made: Any, span: Span) -> int | None:
    """The line of the smallest part of a statement that covers a span and comes from the user's code."""
    found = None
    pending = [(parsed, made)]
    while pending:
        below, printed = pending.pop()
        if not _covers(below, span) or (span[2] is None and isinstance(below, gast.expr)):
            continue
        if getattr(below, "lineno", None) is not None:
            found = getattr(printed, "lineno", None) or found
        inner = [child for child in tree.children(printed) if not isinstance(child, tree.Comment)]
        own = tree.children(below)
        if len(own) == len(inner):
            pending.extend(zip(own, inner, strict=True))
    return found


def _covers(node: Any, span: Span) -> bool:
    """Whether a parsed node holds a span; one that has no position may."""
    if getattr(node, "lineno", None) is None:
        return node is not None
    first, last, start, end = span
    if start is None or end is None:
        return bool(node.lineno <= first and last <= node.end_lineno)
    before = (node.lineno, node.col_offset) <= (first, start)
    return bool(before and (last, end) <= (node.end_lineno, node.end_col_offset))


def explain(error: Exception) -> None:
    """Say of an exception which line of the user's the generated code belongs to that raised it.

    That is a note.  Before Python 3.11, which has none, the exception is raised again from that line of the user's, so
    that a traceback shows it.
    """
    place = None if isinstance(error, DifferentiationError) else _place_of(error.__traceback__)
    if place is None:
        return
    if sys.version_info >= (3, 11):
        if place.note not in getattr(error, "__notes__", ()):
            error.add_note(place.note)
    else:
        _raise_from(place, error)


def _place_of(traceback: TracebackType | None) -> Place | None:
    """The place of the innermost frame of a traceback that is generated code."""
    found = None
    while traceback is not None:
        places = getattr(traceback.tb_frame.f_globals.get("__loader__"), "places", None)
        found = traceback if places is not None else found
        traceback = traceback.tb_next
    if found is None:
        return None
    loader = found.tb_frame.f_globals["__loader__"]
    place: Place | None = loader.places.find(found.tb_frame.f_code.co_name, _span(found))
    return place


def _span(traceback: TracebackType) -> Span:
    """The lines and columns of the instruction that a traceback entry is about."""
    line = traceback.tb_lineno
    if sys.version_info >= (3, 11):
        positions = list(traceback.tb_frame.f_code.co_positions())
        first, last, start, end = positions[traceback.tb_lasti // 2]
        if first is not None and last is not None:
            return first, last, start, end
    return line, line, None, None


def _raise_from(place: Place, error: Exception) -> None:
    """Raise an exception with an entry in its traceback for a line of the user's."""
    what = f"the derivative of {place.name}" + (f", {place.sweep}" if place.sweep else "")
    code = compile("\n" * (place.line - 1) + "raise error", place.file, "exec").replace(co_name=what)
    exec(code, {"error": error})
