"""A derivative whose primal changes objects that are not its own: its arguments must be others."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.analysis.reach import objects_reached, reached
from srcgrad.errors import refuse_call
from srcgrad.program import Outside
from srcgrad.variadic import stars_in


def copied_by(outside: Sequence[Outside]) -> frozenset[str]:
    """The parameters that the primal, which is the first, changes in a copy."""
    return outside[0].copied if outside else frozenset()


def changed_by(outside: Sequence[Outside]) -> frozenset[str]:
    """The parameters that the primal changes, in a copy or as it updates a new array."""
    return outside[0].arguments | outside[0].copied | outside[0].updated if outside else frozenset()


def apart(function: Callable[..., Any], outside: Sequence[Outside], signature: inspect.Signature) -> Callable[..., Any]:
    """A generated function that raises DifferentiationError for arguments that the primal changes under other names.

    ``outside`` says what the primal, first, and its callees change, ``signature`` what calls look like.
    """
    objects = frozenset(i for one in outside for identities, _ in one.changed for i in identities)
    changed = sorted(changed_by(outside))
    mentioned = frozenset().union(*(one.mentioned for one in outside)) if changed else frozenset()
    if not (objects or mentioned or (changed and len(signature.parameters) > 1)):
        return function

    names = list(signature.parameters)
    stars = stars_in(signature)
    has_stars = (stars.many, stars.named) != (None, None)
    defaults = {n: p.default for n, p in signature.parameters.items() if p.default is not inspect.Parameter.empty}
    may_be_quick = not (objects or mentioned) and are_own(tuple(defaults.values()))

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if may_be_quick and are_own((*args, *kwargs.values())):
            return function(*args, **kwargs)
        named = (
            signature.bind(*args, **kwargs).arguments
            if has_stars
            else {**dict(zip(names, args, strict=False)), **kwargs}
        )
        given = {**defaults, **named}
        held = {name: _held(value) for name, value in given.items()}
        for name, mine in held.items():
            others = [o for o in changed if o != name and share(mine, held.get(o, []))]
            identities = set(reached(given[name], classes=False)) if objects or mentioned else set()
            if not identities.isdisjoint(mentioned) and name in changed:
                what = "is an object that it may read under another name, from outside"
                raise refuse_call(f"the argument '{name}', which the function changes, {what}", "pass a copy of it")
            if others or not objects.isdisjoint(identities):
                what = f"'{others[0]}'" if others else "an object"
                reason = f"the argument '{name}' is, or shares storage with, {what} that the function changes"
                raise refuse_call(reason, "pass a copy of it")
        return function(*args, **kwargs)

    return call


def are_own(values: Sequence[Any]) -> bool:
    """Whether values surely share nothing: numbers, and arrays of memory of their own, each there once.

    >>> a = np.zeros(3)
    >>> are_own([a, np.zeros(3), 1.0]), are_own([a, a]), are_own([a[:2]]), are_own([[1.0]])
    (True, False, False, False)
    """
    seen: set[int] = set()
    for value in values:
        if type(value) is np.ndarray:
            if id(value) in seen or not value.flags.owndata:
                return False
            seen.add(id(value))
        elif not isinstance(value, (float, int, np.generic)):
            return False
    return True


def _held(value: Any) -> list[Any]:
    """What an argument is and holds; arrays and numbers, as they mostly are, should cost nothing."""
    if type(value) is np.ndarray or isinstance(value, (float, np.generic)):
        return [value] if type(value) is np.ndarray else []
    return list(objects_reached(value, classes=False, bases=False))


def share(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Whether some objects, or arrays among them, are others as well.

    >>> a = np.zeros(6)
    >>> share([a[:3]], [a[3:]]), share([a[:4]], [a[3:]]), share([[]], [[]])
    (False, True, False)
    """
    known = {id(item) for item in left if not isinstance(item, np.ndarray)}
    if any(id(item) in known for item in right if not isinstance(item, np.ndarray)):
        return True
    first, second = ([item for item in items if isinstance(item, np.ndarray)] for items in (left, right))
    return any(np.may_share_memory(a, b) for a in first for b in second)
