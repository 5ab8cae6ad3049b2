"""Differentiate by what a closure has captured: inside, that is a keyword parameter like others."""

from __future__ import annotations

import gc
import types
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from srcgrad import tree
from srcgrad.errors import refuse_call
from srcgrad.free_names import Use
from srcgrad.reached_functions import functions_reached, values_named
from srcgrad.source import Source


def with_captured(source: Source, wrt: Any) -> Source:
    """A function in which the captured variables that ``wrt`` names are parameters, which it takes by name.

    Raises DifferentiationError where something else may read such a variable too.
    """
    wanted = wrt if isinstance(wrt, (tuple, list)) else (wrt,)
    own = tree.parameters_of(source.tree)
    names = [name for name in wanted if isinstance(name, str) and name in source.cells and name not in own]
    if not names:
        return source
    for name in names:
        check_alone(source, name)
    arguments = source.tree.args
    made = tree.shallow(
        arguments,
        kwonlyargs=[*arguments.kwonlyargs, *(tree.at(tree.parameter(name), source.tree) for name in names)],
        kw_defaults=[*arguments.kw_defaults, *(tree.constant(None) for _ in names)],
    )
    captured = {name: source.cells[name] for name in names}
    return replace(source, tree=tree.shallow(source.tree, args=made), captured=captured)


def values_of(cells: Mapping[str, types.CellType]) -> dict[str, Any]:
    """What variables hold now.

    >>> import types
    >>> values_of({"c": types.CellType(2.0)})
    {'c': 2.0}
    """
    return {name: cell.cell_contents for name, cell in cells.items()}


def check_alone(source: Source, name: str) -> None:
    """Raise DifferentiationError where another function has a captured variable, or the function may call itself."""
    cell = source.cells[name]
    if _others(cell, source):
        gc.collect()  # inner functions that called themselves in an earlier call, say
    others = _others(cell, source)
    if others or _reaches_itself(source):
        who = f"shares the variable '{name}' with '{others[0].__name__}'" if others else "may call itself"
        reason = f"{source.name} {who}, so more may depend on '{name}' than is seen here"
        raise refuse_call(reason, f"make '{name}' a parameter, and pass it on")


def _others(cell: types.CellType, source: Source) -> list[types.FunctionType]:
    return [one for one in _holders(cell) if one is not source.function]


def _holders(cell: types.CellType) -> list[types.FunctionType]:
    """The functions that have captured a variable."""
    closures = [one for one in gc.get_referrers(cell) if isinstance(one, tuple)]
    found = [one for held in closures for one in gc.get_referrers(held) if isinstance(one, types.FunctionType)]
    return [one for one in found if any(one.__closure__ is held for held in closures)]


def _reaches_itself(source: Source) -> bool:
    """Whether a function may call itself, by what it and the functions of its module that it names read by names."""

    def follow(use: Use, value: Any) -> Any:
        is_own = isinstance(value, types.FunctionType) and value.__module__ == source.function.__module__
        return value if is_own and value is not source.function else None

    reached = functions_reached(source, follow)
    return any(value is source.function for one in reached for _, value in values_named(one))
