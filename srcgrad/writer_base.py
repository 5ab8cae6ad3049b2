"""What all printing of expressions rests on: tokens, groups, brackets and optional parentheses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO, TypeVar

import astunparse

from srcgrad.layout_marks import CLOSE, SOFT, SPACE, IfBroken, Kind, Line, Open, Token, flat
from srcgrad.writer_shape import (
    NAMED,
    TEST,
    TUPLE,
    Node,
    Wish,
    breaks_inside,
    kind,
    needs_parentheses,
    wish,
)

T = TypeVar("T")
# Whether lines may break where text is being printed: no, yes, or (a positive number) if the
# group of that number breaks, whose parentheses appear only then.
OUTSIDE, INSIDE = -1, 0


class TokenWriter(astunparse.Unparser):  # type: ignore[misc]
    """Collects the tokens of a line; the methods that print nodes are in the subclasses.

    Brackets and groups are context managers, separated items a generator: that way a level of
    nesting costs few frames, and all that Python can parse prints within its recursion limit.
    """

    def __init__(self, tree: Node, file: TextIO = sys.stdout) -> None:
        self.f = file
        self.future_imports: list[str] = []
        self._indent = 0
        self.tokens: list[Token] = []
        self.breakable = OUTSIDE
        self.groups = 0
        # Quotes of the f-strings around, which old Pythons do not allow inside.
        self.banned: tuple[str, ...] = ()
        self.print_tree(tree)

    def print_tree(self, tree: Node) -> None:
        """Print what the writer was made for to its file."""
        raise NotImplementedError

    def write(self, text: str) -> None:
        """Append a piece of text to the current line."""
        self.tokens.append(text)

    def put(self, node: Node, level: int = TUPLE) -> None:
        """Print `node` where text is due that binds at least as tightly as `level`."""
        if not needs_parentheses(node, level):
            self.dispatch(node)
            return
        with self.bracketed("(", ")"):
            if kind(node) == "Tuple":
                for element in self.separated(node.elts):
                    self.put(element, NAMED)
            else:
                self.dispatch(node)

    def captured(self, content: Callable[[], None]) -> list[Token]:
        """What `content` prints, which is not printed."""
        outer, self.tokens = self.tokens, []
        content()
        inner, self.tokens = self.tokens, outer
        return inner

    def text_of(self, node: Node, level: int = TUPLE) -> str:
        """The text of `node` on one line, apart from what is being printed."""
        return flat(self.captured(lambda: self.put(node, level)))

    def line(self, text: str = " ") -> None:
        """Print `text`, or break the line where that is possible."""
        self.tokens.append(text if self.breakable == OUTSIDE else Line(text, self.breakable))

    def separated(self, items: Sequence[T], always_comma: bool = False, breaking: bool = True) -> Iterator[T]:
        """Put commas between items, and one behind the last if each is on its own line."""
        for index, item in enumerate(items):
            if index:
                self.tokens += (",", SPACE if breaking else " ")
            yield item
        if breaking and (len(items) > 1 or always_comma):
            self.tokens.append(IfBroken(","))

    @contextmanager
    def grouped(self) -> Iterator[None]:
        """A group: on one line, or broken at all its own line marks."""
        self.tokens.append(Open(Kind.GROUP))
        yield
        self.tokens.append(CLOSE)

    @contextmanager
    def bracketed(self, opening: str, closing: str) -> Iterator[None]:
        """Brackets that may stand on lines of their own."""
        outer, self.breakable = self.breakable, INSIDE
        self.write(opening)
        if outer > 0:
            # Breaking inside these brackets does not bring up the optional ones around them.
            self.tokens.append(Open(Kind.MAY_BREAK_ALONE, outer))
        self.tokens += (Open(Kind.GROUP), Open(Kind.INDENT), SOFT)
        yield
        self.tokens += (CLOSE, SOFT, CLOSE)
        if outer > 0:
            self.tokens.append(CLOSE)
        self.write(closing)
        self.breakable = outer

    @contextmanager
    def optionally_bracketed(self, inside_first: bool = False) -> Iterator[None]:
        """Parentheses where the content breaks, unless (`inside_first`) only brackets in it do."""
        outer = self.breakable
        self.groups += 1
        group = self.groups
        self.breakable = group if inside_first else INSIDE
        self.tokens += (Open(Kind.GROUP, group), IfBroken("("))
        self.tokens += (Open(Kind.INDENT_IF_BROKEN, group), SOFT)
        yield
        self.tokens += (CLOSE, SOFT, IfBroken(")"), CLOSE)
        self.breakable = outer

    def whole(self, node: Node, level: int = TEST, eager: bool = False) -> None:
        """Print an expression of a statement, in parentheses if it is too long without.

        What cannot break itself is put in parentheses only if it fits then, or if `eager`.
        """
        if needs_parentheses(node, level):
            self.put(node, level)
            return
        wanted = wish(node)
        if wanted is Wish.IF_IT_BREAKS or (eager and wanted is Wish.IF_THEY_HELP):
            with self.optionally_bracketed(breaks_inside(node)):
                self.dispatch(node)
        elif wanted is Wish.IF_THEY_HELP:
            outer = self.breakable
            self.groups += 1
            self.breakable = self.groups
            self.tokens.append(Open(Kind.PARENTHESISE, self.groups))
            self.dispatch(node)
            self.tokens.append(CLOSE)
            self.breakable = outer
        else:
            self.dispatch(node)
