"""What is said of functions and of their calls: the storage that they change, keep and share."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from srcgrad.analysis.classes import Classes

Stores = frozenset[tuple[Any, str]]
ELEMENTS = (None, "")  # in ``Stores``: lists and dicts may get other elements
Place = tuple[int, str]  # a variable out of sight: the identity of its namespace, and its name


def place_of(owner: Any, name: str) -> Place:
    """The variable that an attribute of a module, a class, a function, or a dict of attributes is."""
    return id(owner if isinstance(owner, (type, dict)) else vars(owner)), name


@dataclass(frozen=True)
class Summary:
    """What a user's function does to its parameters (by name) and to objects outside of it (by identity).

    ``changes`` and ``returns`` are parameters whose storage may be changed, and be part of the result; ``keeps`` are
    groups that may share storage afterwards (None is what is out of sight).  ``objects`` may be changed, ``outside``
    may be part of the result, ``rebound`` are variables that get another value.  ``hidden``: the result may be part
    of what nobody can see.  ``joined``: the elements of the result may share storage with each other.  ``stores`` are
    the attributes, by class and name, that may get other values, ELEMENTS among them if lists and dicts may get other
    elements; it is None if nothing is known of that.  ``sets`` are those of parameters themselves, by their names.
    ``relies`` are objects, and tables, in which is looked up what is called: as they are now, this is said of it.
    """

    changes: frozenset[str] = frozenset()
    returns: frozenset[str] = frozenset()
    keeps: frozenset[frozenset[str | None]] = frozenset()
    objects: frozenset[int] = frozenset()
    outside: frozenset[int] = frozenset()
    rebound: frozenset[Place] = frozenset()
    relies: frozenset[int] = frozenset()
    hidden: bool = False
    joined: bool = False
    stores: Stores | None = frozenset()
    sets: frozenset[tuple[str, str]] = frozenset()


Summarise = Callable[[types.FunctionType, bool, Classes], Summary]


@dataclass(frozen=True)
class Effect:
    """What one call may do; nodes are its arguments, the rest is as in ``Summary``."""

    pure: bool = False
    changes: tuple[Any, ...] = ()
    shares: tuple[Any, ...] = ()
    keeps: tuple[tuple[Any, ...], ...] = ()
    objects: frozenset[int] = frozenset()
    outside: frozenset[int] = frozenset()
    rebound: frozenset[Place] = frozenset()
    relies: frozenset[int] = frozenset()
    hidden: bool = False
    joined: bool = False
    stores: Stores | None = None
