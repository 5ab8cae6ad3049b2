"""Which functions only compute, by the tables of ``known_calls``."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.analysis import known_calls as known
from srcgrad.analysis.operations import is_user_function
from srcgrad.rules.registry import is_constant, rule_of


def computes(function: Any) -> bool:
    """Whether a function only computes: it may be run on samples, left out, and run again."""
    if isinstance(function, np.ufunc) or (is_ufunc_method(function) and function.__name__ != "at"):
        return True
    if is_user_function(function):
        return False
    tables = known.BUILTIN_COMPUTES | known.OPERATOR_COMPUTES | known.MATH_COMPUTES | known.NUMPY_COMPUTES
    shares = {*known.NUMPY_SHARES, max, min, sum}
    module = str(getattr(function, "__module__", ""))
    own = module.split(".")[0] in ("numpy", "math", "operator", "_operator", "builtins")
    if own and (rule_of(function) is not None or is_constant(function)):
        return function is not print
    return is_in(function, tables | shares) or is_number_type(function)


def is_in(function: Any, table: frozenset[Any] | set[Any]) -> bool:
    """Whether a table holds a function; what has no hash is in none."""
    try:
        return function in table
    except TypeError:  # not hashable
        return False


def is_number_type(function: Any) -> bool:
    """Whether a callable is a class of numbers or of text."""
    return isinstance(function, type) and issubclass(function, (np.generic, int, float, complex, str))


def is_ufunc_method(function: Any) -> bool:
    """Whether a callable is a method of a ufunc."""
    return isinstance(getattr(function, "__self__", None), np.ufunc)


def is_ufunc_of_elements(function: Any) -> bool:
    """Whether a callable is a ufunc of single elements: others, such as ``np.matmul``, have a signature with axes.

    >>> is_ufunc_of_elements(np.add), is_ufunc_of_elements(np.matmul)
    (True, False)
    """
    return isinstance(function, np.ufunc) and function.signature is None
