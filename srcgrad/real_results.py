"""A derivative that was made for real numbers, where objects of which nothing is known could bring in complex ones."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from srcgrad.analysis.kinds import Kind, Unknown
from srcgrad.structures import holds_complex


def may_meet_complex(kinds: Mapping[str, Kind], for_complex: bool) -> bool:
    """Whether complex numbers may be met that the text is not made for: as attributes of an argument, say."""
    return not for_complex and any(isinstance(kind, Unknown) for kind in kinds.values())


def real_only(function: Callable[..., Any], form: str, has_aux: bool) -> Callable[..., Any]:
    """A generated function that raises TypeError where the gradient, a part of its result, is complex."""
    whole = form in ("vjp", "linearize") or not has_aux  # of which only the second function is looked at
    place = 1 if form in ("value_and_grad", "jvp") else None if whole else 0

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if holds_complex(result if place is None else result[place]):
            raise TypeError(
                f"{function.__name__} met complex numbers where nothing told of them, inside of an object perhaps: "
                "pass what is complex as an argument of its own"
            )
        return result

    return checked
