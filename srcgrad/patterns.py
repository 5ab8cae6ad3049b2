"""What the patterns of ``match`` ask of a value (PEP 634).

Like ``runtime``, it uses the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def is_sequence(x: Any) -> bool:
    """Whether a pattern with brackets may fit: a list or a tuple, no text, and no array.

    >>> is_sequence([1.0]), is_sequence("ab")
    (True, False)
    """
    return isinstance(x, Sequence) and not isinstance(x, (str, bytes, bytearray))


def is_mapping(x: Any) -> bool:
    """Whether a pattern with keys may fit.

    >>> is_mapping({}), is_mapping([])
    (True, False)
    """
    return isinstance(x, Mapping)
