"""Compound statements as text."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

from srcgrad.layout_marks import CLOSE, SOFT, Kind, Open
from srcgrad.writer_base import INSIDE
from srcgrad.writer_displays import parameters
from srcgrad.writer_shape import NAMED, TEST, TUPLE, Node, kind
from srcgrad.writer_statements import StatementWriter


class BlockWriter(StatementWriter):
    """Prints statements that hold others."""

    def block(self, body: Sequence[Node], owner: str = "") -> None:
        """End the header line and print `body` below it."""
        raise NotImplementedError

    def _If(self, t: Node) -> None:
        word = "if "
        while True:
            self.write(word)
            self.whole(t.test, NAMED)
            self.block(t.body)
            if len(t.orelse) != 1 or kind(t.orelse[0]) != "If":
                break
            # Every `elif` nests one deeper: down in a loop.
            word, t = "elif ", t.orelse[0]
        self._clause("else", t.orelse)

    def _clause(self, word: str, body: Sequence[Node]) -> None:
        if body:
            self.write(word)
            self.block(body)

    def _While(self, t: Node) -> None:
        self.write("while ")
        self.whole(t.test, NAMED)
        self.block(t.body)
        self._clause("else", t.orelse)

    def _For(self, t: Node) -> None:
        self.write("async for " if kind(t) == "AsyncFor" else "for ")
        if kind(t.target) == "Tuple" and len(t.target.elts) > 1:
            with self.optionally_bracketed(inside_first=True):
                for element in self.separated(t.target.elts):
                    self.put(element, TEST)
        else:
            self.whole(t.target)
        self.write(" in ")
        self.whole(t.iter)
        self.block(t.body)
        self._clause("else", t.orelse)

    _AsyncFor = _For

    def _With(self, t: Node) -> None:
        self.write("async with " if kind(t) == "AsyncWith" else "with ")
        # Around a lone tuple the grammar takes one pair of parentheses for the statement's own.
        only = t.items[0] if len(t.items) == 1 else None
        doubled = only and kind(only.context_expr) == "Tuple" and only.optional_vars is None
        self.write("(" if doubled else "")
        for item in self.separated(t.items, breaking=False):
            self.dispatch(item)
        self.write(")" if doubled else "")
        self.block(t.body)

    _AsyncWith = _With

    def _withitem(self, t: Node) -> None:
        self.put(t.context_expr, TEST)
        if t.optional_vars is not None:
            self.write(" as ")
            self.put(t.optional_vars, TEST)

    def _OnReverse(self, t: Node) -> None:
        """A block of the reverse sweep, as it stands in the stages: in a derivative it is its statements."""
        self.write("with on_reverse(")
        for name in self.separated(t.primals, breaking=False):
            self.dispatch(name)
        self.write(") as " if len(t.bars) == 1 else ") as (")
        for name in self.separated(t.bars, breaking=False):
            self.dispatch(name)
        self.write("" if len(t.bars) == 1 else ")")
        self.block(t.statements)

    def _Try(self, t: Node) -> None:
        self.write("try")
        self.block(t.body)
        for handler in t.handlers:
            self.write("except*" if kind(t) == "TryStar" else "except")
            self.dispatch(handler)
        self._clause("else", t.orelse)
        self._clause("finally", t.finalbody)

    _TryStar = _Try

    def _ExceptHandler(self, t: Node) -> None:
        if t.type is not None:
            self.write(" ")
            self.put(t.type, TEST)
        if t.name is not None:
            # gast has a name node here.
            self.write(f" as {t.name if isinstance(t.name, str) else t.name.id}")
        self.block(t.body)

    def _Match(self, t: Node) -> None:
        self.write("match ")
        self.put(t.subject, TUPLE)
        self.block(t.cases)

    def _match_case(self, t: Node) -> None:
        self.write("case ")
        self.put_pattern(t.pattern)
        if t.guard is not None:
            self.write(" if ")
            self.put(t.guard, NAMED)
        self.block(t.body)

    # Definitions

    def _decorators(self, t: Node) -> None:
        for decorator in t.decorator_list:
            self.write("@")
            self.put(decorator, NAMED)
            self.end()

    def _FunctionDef(self, t: Node) -> None:
        self._decorators(t)
        self.write("async def " if kind(t) == "AsyncFunctionDef" else "def ")
        self.write(t.name)
        self.type_parameters(t)
        with self.grouped():
            self._signature(t)
        self.block(t.body, "FunctionDef")

    _AsyncFunctionDef = _FunctionDef

    def _signature(self, t: Node) -> None:
        count = len(list(parameters(t.args)))
        outer, self.breakable = self.breakable, INSIDE
        self.write("(")
        if count:
            self.tokens += (Open(Kind.INDENT), SOFT)
            with self.grouped() if count > 1 else nullcontext():
                self.dispatch(t.args)
            self.tokens += (CLOSE, SOFT)
        self.write(")")
        self.breakable = outer
        if t.returns is not None:
            self.write(" -> ")
            if kind(t.returns) == "Subscript" and count:
                self.put(t.returns, TEST)
            else:
                self.whole(t.returns, eager=not count)

    def _ClassDef(self, t: Node) -> None:
        self._decorators(t)
        self.write(f"class {t.name}")
        self.type_parameters(t)
        if t.bases or t.keywords:
            self.call_arguments([*t.bases, *t.keywords])
        self.block(t.body, "ClassDef")
