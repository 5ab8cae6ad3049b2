"""What a line of text to be laid out consists of: pieces of text and marks."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Kind(enum.Enum):
    """What an `Open` mark opens and the next unmatched `CLOSE` closes."""

    GROUP = enum.auto()
    GROUP_IF_BROKEN = enum.auto()
    INDENT = enum.auto()
    INDENT_IF_BROKEN = enum.auto()
    MAY_BREAK_ALONE = enum.auto()
    PARENTHESISE = enum.auto()
    PARENTHESISED = enum.auto()
    OPTION = enum.auto()


class Line(NamedTuple):
    """A line break in a group that breaks, `flat` elsewhere.

    With a group number it can break only if that group is broken.
    """

    flat: str
    group: int = 0


class IfBroken(NamedTuple):
    """Text that appears only if a group (by default the one around) breaks."""

    text: str
    group: int = 0


class Open(NamedTuple):
    """The start of a group or the like; `group` numbers it or says what it depends on."""

    kind: Kind
    group: int = 0
    broken: bool = False


class Close(NamedTuple):
    """The end of what the last `Open` started."""


class Options(NamedTuple):
    """Alternatives, the most compact first: the first that fits is taken, else the last."""

    variants: list[list[Token]]


Token = str | Line | IfBroken | Open | Close | Options
CLOSE = Close()
SOFT = Line("")
SPACE = Line(" ")


class Measure(enum.Enum):
    """How much has to fit: up to the first break, all lines, or all but what cannot be helped."""

    FIRST = enum.auto()
    ALL = enum.auto()
    LENIENT = enum.auto()


class Frame(NamedTuple):
    """What holds inside one open mark."""

    kind: Kind
    broken: bool
    indent: int
    measure: Measure
    below: Frame | None

    def inside(
        self,
        kind: Kind,
        broken: bool | None = None,
        indent: int = 0,
        measure: Measure | None = None,
    ) -> Frame:
        """The frame for a mark inside this one."""
        mode = self.broken if broken is None else broken
        return Frame(kind, mode, self.indent + indent, measure or self.measure, self)

    def outside(self) -> Frame:
        """The frame around this one."""
        assert self.below is not None
        return self.below


def flat(tokens: list[Token]) -> str:
    """The text of `tokens` on one line."""
    parts: list[str] = []
    for token in tokens:
        if isinstance(token, str):
            parts.append(token)
        elif isinstance(token, Line):
            parts.append(token.flat)
        elif isinstance(token, Options):
            parts.append(flat(token.variants[0]))
    return "".join(parts)
