"""Functions with ``*args`` and ``**kwargs``: inside, these are a tuple and a dict like other parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from srcgrad.analysis.kinds import Kind, Sequence
from srcgrad.analysis.kinds import Mapping as Items
from srcgrad.source import Source


@dataclass(frozen=True)
class Stars:
    """The names of ``*args`` and ``**kwargs``, None of what a function has not, and of what is given by position."""

    many: str | None = None
    named: str | None = None
    positional: tuple[str, ...] = ()


def stars_of(source: Source) -> Stars:
    """What a function takes any number of."""
    arguments = source.tree.args
    many, named = (None if one is None else str(one.id) for one in (arguments.vararg, arguments.kwarg))
    return Stars(many, named, tuple(one.id for one in (*arguments.posonlyargs, *arguments.args)))


def stars_in(signature: inspect.Signature) -> Stars:
    """The same by a signature.

    >>> stars_in(inspect.signature(lambda x, *more, **named: x))
    Stars(many='more', named='named', positional=('x',))
    """
    found = list(signature.parameters.values())
    many = next((one.name for one in found if one.kind is one.VAR_POSITIONAL), None)
    named = next((one.name for one in found if one.kind is one.VAR_KEYWORD), None)
    return Stars(many, named, tuple(one.name for one in found if one.kind < one.VAR_POSITIONAL))


def spread(function: Callable[..., Any], signature: inspect.Signature) -> Callable[..., Any]:
    """A function that is given all arguments by name, ``*args`` and ``**kwargs`` among them, and passes them on.

    >>> spread(lambda x, *more: (x, more), inspect.signature(lambda x, *more: None))(x=1, more=(2, 3))
    (1, (2, 3))
    """
    stars = stars_in(signature)
    many, named, before = stars.many, stars.named, stars.positional
    if many is None and named is None:
        return function
    own = frozenset(one for one in inspect.signature(function).parameters if one != named)

    def call(**values: Any) -> Any:
        rest = values.pop(many, ()) if many else ()
        others = values.pop(named, {}) if named else {}
        if taken := own & others.keys():
            raise TypeError(f"the keyword {min(taken)!r} has another meaning in a derivative: use another one")
        return function(*(values.pop(name) for name in before), *rest, **values, **others)

    return call


def gathered_signature(signature: inspect.Signature) -> inspect.Signature:
    """The signature of a function that is given ``*args`` and ``**kwargs`` by their names."""
    found = [one for one in signature.parameters.values() if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    whole = [one for one in signature.parameters.values() if one not in found]
    by_name = [one.replace(kind=one.KEYWORD_ONLY) for one in whole]
    return signature.replace(parameters=[*found, *by_name])


def kinds_of_stars(kinds: Mapping[str, Kind], stars: Stars) -> dict[str, Kind]:
    """Kinds by annotations, which say of ``*args`` and ``**kwargs`` what each of these is."""
    made = dict(kinds)
    if stars.many is not None:
        made[stars.many] = Sequence(tuple, None, kinds[stars.many])
    if stars.named is not None:
        made[stars.named] = Items(None, kinds[stars.named])
    return made
