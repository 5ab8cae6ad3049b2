"""A derivative whose primal changes objects that are not its own: its arguments must be others."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from srcgrad.analysis.reach import reached
from srcgrad.errors import refuse_call
from srcgrad.program import Outside


def copied_by(outside: Sequence[Outside]) -> frozenset[str]:
    """The parameters that the primal, which is the first, changes in a copy."""
    return outside[0].copied if outside else frozenset()


def apart(function: Callable[..., Any], outside: Sequence[Outside], signature: inspect.Signature) -> Callable[..., Any]:
    """A generated function that raises DifferentiationError for arguments that the primal changes under other names.

    ``outside`` says what the primal, first, and its callees change, ``signature`` what calls look like.
    """
    objects = frozenset(i for one in outside for identities, _ in one.changed for i in identities)
    changed = sorted(outside[0].arguments | outside[0].copied) if outside else []
    if not (objects or (changed and len(signature.parameters) > 1)):
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        held = {name: set(reached(value, classes=False)) for name, value in bound.arguments.items()}
        for name, identities in held.items():
            others = [o for o in changed if o != name and not identities.isdisjoint(held.get(o, ()))]
            if others or not objects.isdisjoint(identities):
                what = f"'{others[0]}'" if others else "an object"
                reason = f"the argument '{name}' is, or shares storage with, {what} that the function changes"
                raise refuse_call(reason, "pass a copy of it")
        return function(*args, **kwargs)

    return call
