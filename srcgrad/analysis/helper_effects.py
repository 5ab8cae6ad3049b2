"""What helpers, which only generated code calls, may do besides giving a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcgrad import contents, contexts, orders, patterns, structures
from srcgrad.analysis.classes import kind_of_path
from srcgrad.analysis.objects import is_closed
from srcgrad.analysis.scope import Scope

_ORDERED = (  # in the order of the program, though they change nothing
    contents.check_alone, contents.check_length, contents.check_enough, contents.check_count,
    contexts.entering, contexts.entered, contexts.enter, contexts.leave, contexts.attempted, contexts.settled,
)  # fmt: skip
_CHANGING = (  # their first argument
    contents.add_element,
    contents.add_in_place,
    contents.add_numbers,
    contents.put_back,
    contents.put_section,
    contents.reduce_to,
    contents.take_section,
    contents.taken_out,
    structures.add_into,
)
_COPYING = (structures.detached, structures.copied, contents.shared_like, contents.twins, contents.read_first)
_NEW = (
    structures.zeros_for, contents.shadow, contents.zero_twins, *orders.WITH_KEY, contents.last_key,
    patterns.is_sequence, patterns.is_mapping, contents.place_in,
)  # fmt: skip
_LIKE = (structures.restored,)  # what they return is of the structure of their second argument, but not a part of it


def helper_effect(function: Callable[..., Any], arguments: list[Any], scope: Scope) -> dict[str, Any]:
    """The parts of the effect of a call: whether it is pure, what it changes, and what its result may share."""
    if function in _ORDERED:
        return {}
    changes = function in _CHANGING
    is_copy = function in _COPYING and is_closed(kind_of_path(arguments[0], scope))
    shares = () if is_copy or function in _NEW else tuple(arguments[:1] if function in _LIKE else arguments)
    return {"pure": not changes, "changes": tuple(arguments[:1]) if changes else (), "shares": shares}
