"""Line breaking: a stream of text and marks becomes lines no wider than they must be.

The algorithm is the one of Oppen, Wadler and their heirs: a group is printed on one line if it fits
and otherwise breaks at its own line marks, while the groups inside get the same choice again. The
additions make the result agree with ruff's formatter: parentheses that appear only where a group
breaks, brackets that may break without their surroundings, and alternatives to choose from.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from srcgrad.layout_marks import (
    CLOSE,
    Frame,
    IfBroken,
    Kind,
    Line,
    Measure,
    Open,
    Options,
    Token,
    flat,
)

STEP = 4


def lay_out(tokens: list[Token], indent: int, width: int) -> str:
    """The text of `tokens` on lines of at most `width` columns, where that can be done."""
    text = " " * indent + flat(tokens)
    if len(text) <= width:
        return text
    return _Printer(tokens, indent, width).text()


class _Printer:
    """Prints one stream of tokens."""

    def __init__(self, tokens: list[Token], indent: int, width: int) -> None:
        self.tokens = tokens
        self.next = 0
        self.width = width
        self.out: list[str] = [" " * indent]
        self.column = indent
        self.frame = Frame(Kind.GROUP, True, indent, Measure.FIRST, None)
        # By group number; 0 stands for no group and never changes.
        self.broken = {0: True}
        # Whether what is printed flat is known to fit, so that groups inside need no measuring.
        self.fits = False

    def text(self) -> str:
        while self.next < len(self.tokens):
            token = self.tokens[self.next]
            self.next += 1
            self._print(token)
        return "".join(self.out)

    def _print(self, token: Token) -> None:
        frame = self.frame
        if isinstance(token, str):
            self._write(token)
        elif isinstance(token, Line):
            if frame.broken and self.broken[token.group]:
                self._break(frame.indent)
            else:
                self._write(token.flat)
        elif isinstance(token, IfBroken):
            if self._is_broken(token.group, frame):
                self._write(token.text)
        elif isinstance(token, Open):
            self._open(token, frame)
        elif isinstance(token, Options):
            self._choose(token, frame)
        else:
            self._close(frame)

    def _write(self, text: str) -> None:
        self.out.append(text)
        self.column += len(text)

    def _break(self, indent: int) -> None:
        self.out.append("\n" + " " * indent)
        self.column = indent

    def _is_broken(self, group: int, frame: Frame) -> bool:
        return self.broken[group] if group else frame.broken

    def _close(self, frame: Frame) -> None:
        self.frame = frame.outside()
        if frame.kind is Kind.PARENTHESISED:
            self.frame = self.frame.outside()
            self._break(self.frame.indent)
            self._write(")")

    def _open(self, token: Open, frame: Frame) -> None:
        kind, group, broken = token
        if kind is Kind.GROUP:
            self.remember(group, False)
            broken = broken or not self._fits_flat(frame.inside(kind, broken=False))
            self.remember(group, broken)
            self.frame = frame.inside(kind, broken)
        elif kind is Kind.GROUP_IF_BROKEN and self.broken[group]:
            self.frame = frame.inside(kind, not self._fits_flat(frame.inside(kind, broken=False)))
        elif kind is Kind.PARENTHESISE:
            self._parenthesise(group, frame)
        else:
            # What may break although it was measured as part of a flat line is measured again.
            if kind is Kind.MAY_BREAK_ALONE and not (group and self.broken[group]):
                self.fits = False
            self.frame = frame.inside(kind, indent=self.step(kind, group))

    def step(self, kind: Kind, group: int) -> int:
        indents = kind is Kind.INDENT or (kind is Kind.INDENT_IF_BROKEN and self.broken[group])
        return STEP if indents else 0

    def remember(self, group: int, broken: bool) -> None:
        if group:
            self.broken[group] = broken

    def _fits_flat(self, trial: Frame) -> bool:
        if not trial.outside().broken and self.fits:
            return True
        self.fits = True
        return self._measure(trial, self._rest())

    def _parenthesise(self, group: int, frame: Frame) -> None:
        """Put parentheses around what follows if that makes it fit."""
        self.broken[group] = False
        unbroken = frame.inside(Kind.PARENTHESISE, broken=False)
        if self._fits_flat(unbroken):
            self.frame = unbroken
            return
        self.broken[group] = True
        trial = frame.inside(Kind.PARENTHESISE, measure=Measure.ALL)
        trial = trial.inside(Kind.PARENTHESISED, indent=STEP)
        if self.column < self.width and self._measure(trial, self._rest(), trial.indent):
            self._write("(")
            self._break(trial.indent)
            self.frame = frame.inside(Kind.PARENTHESISE, broken=True)
            self.frame = self.frame.inside(Kind.PARENTHESISED, indent=STEP)
        else:
            self.broken[group] = False
            self.frame = unbroken

    def _choose(self, options: Options, frame: Frame) -> None:
        chosen, broken = options.variants[0], False
        if frame.broken or not self.fits:
            self.fits = True
            trial = frame.inside(Kind.OPTION, broken=False, measure=Measure.FIRST)
            for chosen in options.variants[:-1]:
                if self._measure(trial, chain(chosen, (CLOSE,), self._rest())):
                    break
            else:
                chosen, broken = options.variants[-1], True
        self.frame = frame.inside(Kind.OPTION, broken)
        self.tokens[self.next : self.next] = [*chosen, CLOSE]

    def _rest(self) -> Iterator[Token]:
        return (self.tokens[index] for index in range(self.next, len(self.tokens)))

    def _measure(self, frame: Frame, rest: Iterator[Token], column: int | None = None) -> bool:
        """Whether the text from here to the next possible break fits on its line."""
        return _Measurer(self, frame, rest, self.column if column is None else column).result()


class _Measurer:
    """Prints nothing, but finds out what would fit."""

    def __init__(self, printer: _Printer, frame: Frame, rest: Iterator[Token], column: int) -> None:
        self.printer = printer
        self.broken = printer.broken
        self.width = printer.width
        self.frame = frame
        self.rest = rest
        self.column = column

    def result(self) -> bool:
        while (token := next(self.rest, None)) is not None:
            verdict = self._token(token)
            if verdict is not None:
                return verdict
        return True

    def _token(self, token: Token) -> bool | None:
        frame = self.frame
        if isinstance(token, str):
            return self._text(token)
        if isinstance(token, Line):
            if not (frame.broken and self.broken[token.group]):
                return self._text(token.flat)
            if frame.measure is Measure.FIRST:
                return True
            self.column = frame.indent
        elif isinstance(token, IfBroken):
            if self.broken[token.group] if token.group else frame.broken:
                return self._text(token.text)
        elif isinstance(token, Open):
            self._open(token, frame)
        elif isinstance(token, Options):
            chosen = token.variants[-1 if frame.broken else 0]
            measure = frame.measure if frame.broken else Measure.FIRST
            self.frame = frame.inside(Kind.OPTION, measure=measure)
            self.rest = chain(chosen, (CLOSE,), self.rest)
        else:
            return self._close(frame)
        return None

    def _text(self, text: str) -> bool | None:
        self.column += len(text)
        if self.column > self.width and self.frame.measure is not Measure.LENIENT:
            return False
        return None

    def _close(self, frame: Frame) -> bool | None:
        self.frame = frame.outside()
        if frame.kind is Kind.PARENTHESISED:
            self.column = self.frame.indent
            verdict = self._text(")")
            self.frame = self.frame.outside()
            return verdict
        return None

    def _open(self, token: Open, frame: Frame) -> None:
        kind, group, broken = token
        if kind in (Kind.GROUP, Kind.PARENTHESISE):
            broken = broken or frame.broken
            self.printer.remember(group, broken)
            self.frame = frame.inside(kind, broken)
        elif kind is Kind.MAY_BREAK_ALONE and not frame.broken:
            alone = not (group and self.broken[group])
            measure = Measure.LENIENT if alone else frame.measure
            self.frame = frame.inside(kind, alone, measure=measure)
        else:
            self.frame = frame.inside(kind, indent=self.printer.step(kind, group))
