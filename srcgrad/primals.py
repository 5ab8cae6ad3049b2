"""What a derivative can be taken of: Python functions, primitives, methods of arrays, and other derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from srcgrad.analysis.binding import signature_of
from srcgrad.errors import SourceNotFoundError, refuse_call
from srcgrad.rules.plugins import load_rules
from srcgrad.rules.registry import is_constant, rule_of, rule_of_method
from srcgrad.source import Source, read
from srcgrad.source_primitives import is_array_method, plain_signature


def read_primal(primal: Any, count: int = 0, names: frozenset[str] = frozenset()) -> Source:
    """The source of a primal; of a primitive, with the parameters that calls use: so many by position, and ``names``.

    >>> read_primal(np.sum, 1, frozenset({"axis"})).lines[0].rstrip()
    'def sum(a, axis=None):'
    """
    try:
        return read(primal, is_primitive, _covered, count, names)
    except SourceNotFoundError:
        if not load_rules():  # another package may have a rule for it
            raise
    return read(primal, is_primitive, _covered, count, names)


def is_primitive(function: Any) -> bool:
    """Whether a rule covers a callable; classes such as ``int`` are none, though they have no derivative."""
    try:
        return rule_of(function) is not None or (is_constant(function) and not isinstance(function, type))
    except TypeError:  # no hash
        return False


def _covered(function: Any) -> inspect.Signature | None:
    """The parameters of a primitive, or of a method of an array, of which something is known."""
    try:
        rule = rule_of_method(function.__name__) if is_array_method(function) else rule_of(function)
        if rule is None and is_constant(function):
            return plain_signature(function)
    except TypeError:  # no hash
        return None
    return None if rule is None else signature_of(rule)


def check_suited(values: Mapping[str, Any]) -> None:
    """Raise DifferentiationError for arguments that are arrays with operators of their own."""
    for name, value in values.items():
        if (kind := unsuited(value)) is not None:
            reason = f"'{name}' is a {kind}, whose operators differ from an array's"
            raise refuse_call(reason, f"pass np.asarray({name})")


def unsuited(value: Any) -> str | None:
    """What an argument is, or holds, that is an array with operators of its own."""
    if isinstance(value, np.matrix):
        return "numpy.matrix"
    if isinstance(value, np.ma.MaskedArray):
        return "masked array"
    if type(value) in (list, tuple, dict):
        items = value.values() if type(value) is dict else value
        return next((kind for item in items if (kind := unsuited(item)) is not None), None)
    return None
