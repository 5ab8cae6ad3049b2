"""Which derivative is made of a function for a call, and what of its arguments is followed."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

from srcgrad.analysis.implicit_calls import changes_by_itself, has_operators
from srcgrad.analysis.kinds import Kind, Known, followed, kind_of, unfollowed
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.summaries import summary_of
from srcgrad.errors import DifferentiationError
from srcgrad.generation import Form
from srcgrad.linearization import linearized
from srcgrad.objects import attributes
from srcgrad.source import Source
from srcgrad.specialise import Specialised, argument_kind, is_object_of_method, specialise, specialise_either


def is_followed(source: Source, value: Any, name: str) -> bool:
    """Whether an argument that is not differentiated is an object that the function stores to, or holds objects.

    What an object holds may be objects whose methods are called as those of arrays are; objects that hold themselves
    are not followed, unless they are stored to.
    """
    if not is_user_function(source.function):
        return False
    held = attributes(value)
    if held is None:
        return _holds_objects(value)
    function: types.FunctionType = source.function  # type: ignore[assignment]
    if name in summary_of(function).changes:
        return True
    has_code = changes_by_itself(type(value)) or has_operators(type(value))
    return (has_code or _holds_objects(held)) and not _holds_itself(value, ())


def _holds_objects(value: Any) -> bool:
    """Whether a list, a tuple or a dict holds plain objects."""
    if not isinstance(value, (list, tuple, dict)):
        return False
    items = list(value.values()) if isinstance(value, dict) else value
    return any(attributes(item) is not None or _holds_objects(item) for item in items)


def _holds_itself(value: Any, holders: tuple[Any, ...]) -> bool:
    """Whether an object, a list or a dict is among those that hold it."""
    held = value if isinstance(value, (list, tuple, dict)) else attributes(value)
    if not held:
        return False
    if any(value is one for one in holders):
        return True
    items = list(held.values()) if isinstance(held, dict) else held
    return any(_holds_itself(item, (*holders, value)) for item in items)


def kind_of_argument(
    source: Source | None, wrt: Any, name: str, value: Any, differentiated: bool, is_followed: bool
) -> Kind:
    """The kind of an argument; the object of a method is not meant where nothing is named in ``wrt``."""
    if source is None:  # of a derivative that was pickled without its function
        return argument_kind(value, differentiated)
    arguments = source.tree.args
    is_first = name in [a.id for a in (*arguments.posonlyargs, *arguments.args)[:1]]
    if wrt == 0 and is_first and attributes(value) is not None and is_object_of_method(value, source):
        return Known(value)
    return followed(kind_of(value)) if is_followed and not differentiated else argument_kind(value, differentiated)


def made(
    source: Source,
    names: tuple[str, ...],
    kinds: Mapping[str, Kind],
    form: Form,
    options: tuple[Any, ...],
    holomorphic: bool,
) -> Specialised:
    """The derivative for arguments of some kinds.

    What an object holds that is not differentiated is followed if that can be; if not, nothing must be stored to it.
    Raises DifferentiationError where neither can be.
    """

    def made_for(kinds: Mapping[str, Kind]) -> Specialised:
        if form == "linearize":
            return linearized(source, names, kinds, *options)
        if form == "jacobian":
            return specialise_either(source, names, kinds, *options, holomorphic)
        has_aux, bound, blocks = options
        return specialise(source, names, kinds, form, has_aux, bound, blocks, holomorphic)

    try:
        return made_for(kinds)
    except DifferentiationError as error:
        others = {n: k if n in names else unfollowed(k) for n, k in kinds.items()}
        if others == kinds:
            raise
        try:
            return made_for(others)
        except DifferentiationError:
            raise error from None
