"""Where something is written, by which passes that are run again know what they have found before."""

from __future__ import annotations

from typing import Any, NamedTuple


class Place(NamedTuple):
    """The place of a node in its file; two nodes of one class do not begin at the same."""

    line: int
    column: int
    node: str


def place_of(node: Any) -> Place:
    """Where a node is written.

    >>> import gast
    >>> place_of(gast.parse("y = f(x)").body[0].value)
    Place(line=1, column=4, node='Call')
    """
    return Place(getattr(node, "lineno", -1), getattr(node, "col_offset", -1), type(node).__name__)
