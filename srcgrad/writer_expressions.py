"""Operations, attributes, calls and subscripts as text with the fewest parentheses."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import astunparse

from srcgrad.layout_marks import CLOSE, SOFT, IfBroken, Kind, Open, Options, flat
from srcgrad.writer_base import INSIDE, OUTSIDE, TokenWriter
from srcgrad.writer_shape import (
    ATOM,
    BINARY,
    BITOR,
    NAMED,
    OPERATORS,
    OR,
    TEST,
    TRAILERS,
    TUPLE,
    YIELD,
    Node,
    Wish,
    base,
    base_level,
    is_fluent,
    kind,
    needs_parentheses,
    operands,
    precedence,
    simple_bound,
    simple_operand,
    wish,
    wrapped,
)

COMPARISONS: dict[str, str] = astunparse.Unparser.cmpops
PREFIXES = {"Invert": "~", "Not": "not ", "UAdd": "+", "USub": "-"}
Part = tuple[Any, int]


class ExpressionWriter(TokenWriter):
    """Prints gast and ast expressions, which it tells apart by no more than their class names."""

    # Operators

    def _BinOp(self, t: Node) -> None:
        parts = flattened(t)
        for index, count in _nesting(parts):
            if count > 0:
                self._operation_marks(count)
            if index % 2 == 0:
                self.put(*parts[index])
            elif parts[index][0] == "**" and _hugs(parts, index):
                self.line("")
                self.write("**")
                if self.breakable != OUTSIDE:
                    self.tokens.append(IfBroken(" ", self.breakable))
            else:
                self.line()
                self.write(f"{parts[index][0]} ")
            if count < 0:
                self._operation_marks(count)

    _BoolOp = _BinOp
    _Compare = _BinOp

    def _operation_marks(self, count: int) -> None:
        """Open `count` groups (or close `-count`) if lines may break here at all."""
        if self.breakable != OUTSIDE:
            mark = Kind.GROUP if self.breakable == INSIDE else Kind.GROUP_IF_BROKEN
            self.tokens += [Open(mark, self.breakable) if count > 0 else CLOSE] * abs(count)

    def _UnaryOp(self, t: Node) -> None:
        self.write(PREFIXES[kind(t.op)])
        for operand, level in operands(t):
            self.put(operand, level)

    def _IfExp(self, t: Node) -> None:
        self._operation_marks(1)
        while True:
            self.put(t.body, OR)
            self.line()
            self.write("if ")
            self.put(t.test, OR)
            self.line()
            self.write("else ")
            if kind(t.orelse) != "IfExp":
                break
            t = t.orelse
        self._operation_marks(1)
        self.put(t.orelse, TEST)
        self._operation_marks(-2)

    def _NamedExpr(self, t: Node) -> None:
        with self.grouped():
            self.put(t.target, ATOM)
            self.line()
        self.write(":= ")
        self.put(t.value, TEST)

    def _Lambda(self, t: Node) -> None:
        self.lambda_header(t)
        self.lambda_body(t)

    def lambda_header(self, t: Node) -> None:
        """Print a lambda up to its colon."""
        parameters = flat(self.captured(lambda: self.dispatch(t.args)))
        self.write(f"lambda {parameters}: " if parameters else "lambda: ")

    def lambda_body(self, t: Node) -> None:
        """Print what a lambda evaluates."""
        wanted = wish(t.body)
        if wanted is Wish.NONE or needs_parentheses(t.body, TEST):
            self.put(t.body, TEST)
        elif wanted is Wish.IF_THEY_HELP and kind(t.body) in ("Call", "Subscript"):
            self._choose_parentheses(t.body)
        else:
            with self.optionally_bracketed():
                self.put(t.body, TEST)

    def _choose_parentheses(self, t: Node) -> None:
        """Print a call or a subscript broken in its brackets or, if that is no use, in others."""
        body = self.captured(lambda: self.dispatch(t))
        broken = [Open(Kind.GROUP, broken=True), *body, CLOSE]
        bracketed = ["(", Open(Kind.INDENT), SOFT, *body, CLOSE, SOFT, ")"]
        self.tokens.append(Options([body, broken, bracketed]))

    def _Starred(self, t: Node) -> None:
        self.write("*")
        self.put(t.value, BITOR)

    def _Await(self, t: Node) -> None:
        self._after_word("await ", t.value, ATOM)

    def _Yield(self, t: Node) -> None:
        if t.value is None:
            self.write("yield")
        else:
            self._after_word("yield ", t.value, TUPLE)

    def _YieldFrom(self, t: Node) -> None:
        self._after_word("yield from ", t.value, TEST)

    def _after_word(self, word: str, value: Node, level: int) -> None:
        self.write(word)
        if self.breakable == OUTSIDE:
            self.whole(value, level)
        else:
            self.put(value, level)

    # Attributes, calls and subscripts

    def _Attribute(self, t: Node) -> None:
        fluent = self.breakable != OUTSIDE and is_fluent(t)
        chain = [t]
        while kind(base(chain[-1])) in TRAILERS:
            chain.append(base(chain[-1]))
        root, level = base(chain[-1]), base_level(chain[-1])
        with self.grouped() if fluent else nullcontext():
            self.put(root, level)
            break_before = wrapped(root, level)
            for link in reversed(chain):
                if kind(link) == "Call":
                    self.call_arguments([*link.args, *link.keywords])
                elif kind(link) == "Subscript":
                    self._index(link.slice)
                else:
                    if fluent and break_before:
                        self.tokens.append(SOFT)
                    self.write(f".{link.attr}")
                break_before = kind(link) != "Attribute"

    _Call = _Attribute
    _Subscript = _Attribute

    def call_arguments(self, items: Sequence[Node]) -> None:
        """Print arguments, positional and keyword, and the parentheses around them."""
        if not items:
            self.write("()")
        elif len(items) == 1 and kind(items[0]) == "GeneratorExp":
            self.dispatch(items[0])
        else:
            with self.bracketed("(", ")"), self.grouped():
                for item in self.separated(items):
                    if kind(item) == "keyword":
                        self.write("**" if item.arg is None else f"{item.arg}=")
                        self.put(item.value, TEST)
                    else:
                        self.put(item, NAMED)

    def _index(self, t: Node) -> None:
        kinds = {kind(element) for element in t.elts} if kind(t) == "Tuple" else set()
        with self.bracketed("[", "]"):
            # Before 3.11 a starred index needs parentheses, which do not go with slices.
            if not kinds or ("Starred" in kinds and "Slice" not in kinds):
                self.put(t, TEST)
            elif len(t.elts) == 1:
                self.put(t.elts[0], TEST)
                self.write(",")
            else:
                with self.grouped():
                    for element in self.separated(t.elts):
                        self.put(element, TEST)

    def _Slice(self, t: Node) -> None:
        space = "" if all(simple_bound(bound) for bound in (t.lower, t.upper, t.step)) else " "
        if t.lower is not None:
            self.put(t.lower, TEST)
            self.write(space)
        self.write(":")
        if t.upper is not None:
            self.write(space)
            self.put(t.upper, TEST)
        if t.step is not None:
            self.write(f"{space if t.upper is not None else ''}:{space}")
            self.put(t.step, TEST)


def flattened(t: Node) -> list[Part]:
    """Operands (at even places) and operators of nested operations in the order of the text.

    With an operand stands how tightly it has to bind, with an operator how tightly that does.
    """
    parts: list[Part] = []
    pending: list[Part] = [(t, YIELD)]
    while pending:
        node, level = pending.pop()
        if isinstance(node, str) or kind(node) not in BINARY or needs_parentheses(node, level):
            parts.append((node, level))
            continue
        if kind(node) == "Compare":
            symbols = [(COMPARISONS[kind(op)], precedence(node)) for op in node.ops]
        else:
            # `and` and `or` break together.
            level = OR if kind(node) == "BoolOp" else precedence(node)
            count = len(node.values) - 1 if kind(node) == "BoolOp" else 1
            symbols = [(OPERATORS[kind(node.op)][0], level)] * count
        inner = list(operands(node))
        for operand, symbol in zip(reversed(inner[1:]), reversed(symbols), strict=True):
            pending += (operand, symbol)
        pending.append(inner[0])
    return parts


def _nesting(parts: Sequence[Part]) -> list[tuple[int, int]]:
    """For each part how many groups open before it or (negative) close behind it.

    A group holds what lies between two operators looser than all inside.
    """
    opening, closing = [0] * len(parts), [0] * len(parts)
    spans = [(0, len(parts))]
    while spans:
        start, end = spans.pop()
        if end - start == 1:
            continue
        opening[start] += 1
        closing[end - 1] += 1
        loosest = min(level for _, level in parts[start + 1 : end : 2])
        for index in range(start + 1, end, 2):
            if parts[index][1] == loosest:
                spans.append((start, index))
                start = index + 1
        spans.append((start, end))
    return [(index, opening[index] - closing[index]) for index in range(len(parts))]


def _hugs(parts: Sequence[Part], index: int) -> bool:
    return all(
        not needs_parentheses(*part) and simple_operand(part[0]) for part in (parts[index - 1], parts[index + 1])
    )
