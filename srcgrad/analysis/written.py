"""Which arguments a function of NumPy writes its result into, ``out`` among them, and which it returns views of."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis import known_calls as known
from srcgrad.analysis.computing import is_ufunc_method
from srcgrad.analysis.operations import Apply, bind_rule
from srcgrad.analysis.scope import Scope


def written_out(function: Any, node: Any, scope: Scope) -> Iterator[Any]:
    """The arguments that a function of NumPy writes its result into."""
    for keyword in node.keywords:
        if keyword.arg == "out" and not tree.is_literal(keyword.value, None):
            yield from keyword.value.elts if isinstance(keyword.value, gast.Tuple) else [keyword.value]
        elif (keyword.arg == "overwrite_input" and scope.literal(keyword.value) is not False) or (
            keyword.arg == "copy" and function is np.nan_to_num and scope.literal(keyword.value) is not True
        ):
            yield from node.args[:1]
    if isinstance(function, np.ufunc):
        yield from node.args[function.nin :]
    elif is_ufunc_method(function):
        yield from node.args[known.UFUNC_BEFORE_OUT.get(function.__name__, 99) :][:1]
    elif str(getattr(function, "__module__", "")).split(".")[0] == "numpy":
        place = _place_of_out(function)
        if place is not None and place < len(node.args) and not tree.is_literal(node.args[place], None):
            yield node.args[place]
        if function is np.nan_to_num and len(node.args) > 1 and scope.literal(node.args[1]) is not True:
            yield node.args[0]


@functools.lru_cache(maxsize=1024)
def _place_of_out(function: Any) -> int | None:
    """The position of a function's parameter ``out``."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return known.NUMPY_BEFORE_OUT.get(function)
    places = [n for n, p in enumerate(parameters) if p.name == "out" and p.kind is p.POSITIONAL_OR_KEYWORD]
    return places[0] if places else None


def viewed(function: Any, rule: Any, node: Any, scope: Scope) -> Iterator[Any]:
    """The operands whose storage the result may be; none where this call makes a copy."""
    operation = bind_rule(rule, function, list(node.args), {k.arg: k.value for k in node.keywords}, scope)
    if not isinstance(operation, Apply):
        yield from [*node.args, *(k.value for k in node.keywords)]
        return
    copied = operation.arguments.get("copy")
    if operation.rule.view and (copied is None or scope.literal(copied) is not True):
        yield from operation.operands()
