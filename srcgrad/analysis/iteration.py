"""What is known of the elements that a loop runs through."""

from __future__ import annotations

from typing import Any, Protocol

import gast

from srcgrad.analysis.kinds import INT, UNKNOWN, Kind, Mapping, Scalar, Sequence, is_dict
from srcgrad.analysis.made import element_kind, key_kind
from srcgrad.analysis.scope import Scope


class Looks(Protocol):
    """What finds kinds of expressions in a scope."""

    scope: Scope

    def kind(self, node: Any) -> Kind:
        """The kind of an expression."""


def iteration_kind(iterable: Any, inference: Looks, function: Any = None) -> Kind:
    """The kind of a loop's target; ``function`` is what the iterable calls, if that is known already."""
    if isinstance(iterable, gast.Call):
        function = function or inference.scope.resolve(iterable.func)
        if function is enumerate and iterable.args:
            item = iteration_kind(iterable.args[0], inference)
            return Sequence(tuple, (INT, item), UNKNOWN)
        if function is zip:
            return Sequence(tuple, tuple(iteration_kind(a, inference) for a in iterable.args), UNKNOWN)
        if function in (reversed, list, tuple, sorted, iter) and iterable.args:
            return iteration_kind(iterable.args[0], inference)
    method = iterable.func.attr if isinstance(iterable, gast.Call) and isinstance(iterable.func, gast.Attribute) else ""
    base = inference.kind(iterable.func.value) if method in ("items", "values") and not iterable.args else None
    if isinstance(base, Mapping) and is_dict(base):
        return base.item if method == "values" else Sequence(tuple, (key_kind(base), base.item), UNKNOWN)
    return element_kind(inference.kind(iterable))


def place_kind(sizes: list[Kind]) -> Kind:
    """The kind of what ``np.ndindex`` yields: a number for each size, or for each one in a tuple."""
    single = sizes[0] if len(sizes) == 1 else None
    if isinstance(single, Sequence):
        return Sequence(tuple, None if single.items is None else (INT,) * len(single.items), INT)
    count = len(sizes) if all(isinstance(size, Scalar) for size in sizes) else None
    return Sequence(tuple, None if count is None else (INT,) * count, INT)
