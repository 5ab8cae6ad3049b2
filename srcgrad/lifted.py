"""Inner functions as functions of their own: what they capture of the function around them are parameters."""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import gast

from srcgrad import tree
from srcgrad.free_names import uses
from srcgrad.source import MADE_FROM, Namespace, Source

_KNOWN: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()  # so that each pass finds the same functions


@dataclass(frozen=True)
class Definition:
    """An inner function, as it is written, and the names by which it gets what it captures."""

    node: Any
    captured: Mapping[str, str]  # the parameter for each captured variable that it reads
    given: tuple[str, ...]  # all parameters of this kind, also those that it only hands on

    @property
    def name(self) -> str:
        """What the function is called."""
        return str(self.node.name)


def lifted(
    source: Source, definitions: Sequence[Definition], namespace: Mapping[str, Any]
) -> dict[str, types.FunctionType] | None:
    """Functions for inner functions of ``source`` that call each other; None where one reads what cannot be found.

    Each call of one of them by another hands on what they capture.
    """
    key = tuple((d.name, d.node.lineno, tuple(d.captured.items()), d.given) for d in definitions)
    known = _KNOWN.setdefault(source.function, {}) if not source.bound else {}
    if key not in known:
        known[key] = _made(source, definitions, namespace)
    found: dict[str, types.FunctionType] | None = known[key]
    return found


def _made(
    source: Source, definitions: Sequence[Definition], namespace: Mapping[str, Any]
) -> dict[str, types.FunctionType] | None:
    own = {d.name: d for d in definitions}
    trees = [_tree(d, own) for d in definitions]
    free = {use.name for one in trees for use in uses(tree.copy(one)) if use.name} - own.keys()
    cells = {name: source.cells[name] for name in free if name in source.cells and name not in source.bound}
    cells |= {name: types.CellType(source.bound[name]) for name in free if name in source.bound}
    rest = {name for name in free if not (name in cells or name in source.home or hasattr(builtins, name))}
    if not all(isinstance(namespace.get(name), types.ModuleType) for name in rest):
        return None
    cells |= {name: types.CellType(namespace[name]) for name in rest}  # which the function itself imports
    cells |= {name: types.CellType() for name in own}
    made: dict[str, types.FunctionType] = {}
    for plain, one in zip(_compiled(source, trees, sorted(cells)), trees, strict=True):
        closure = tuple(cells[name] for name in plain.__code__.co_freevars)
        function = types.FunctionType(plain.__code__, source.home, plain.__name__, plain.__defaults__, closure)
        function.__kwdefaults__ = plain.__kwdefaults__
        function.__qualname__ = f"{getattr(source.function, '__qualname__', source.name)}.<locals>.{one.name}"
        function.__module__ = str(source.function.__module__)
        made[one.name] = cells[one.name].cell_contents = function
        read = {name: cells[name] for name in plain.__code__.co_freevars}
        read |= {name: source.cells[name] for name in ("__class__",) if name in source.cells}  # for super()
        seen = Namespace(source.home, read, {})
        changes: dict[str, Any] = {"name": one.name, "tree": one, "namespace": seen, "bound": {}, "cells": read}
        setattr(function, MADE_FROM, replace(source, function=function, captured={}, of=(), **changes))
    return made


def _tree(definition: Definition, own: Mapping[str, Definition]) -> Any:
    """The definition with further parameters, which it hands on to the others."""
    function = tree.copy(definition.node)
    function.decorator_list, function.returns = [], None
    for use in uses(function):
        if use.name in definition.captured:
            use.replace(definition.captured[use.name])
    function.body = handing_on(function.body, {name: {g: g for g in d.given} for name, d in own.items()})
    extra = [tree.at(tree.parameter(name), definition.node) for name in definition.given]
    function.args.kwonlyargs = [*function.args.kwonlyargs, *extra]
    function.args.kw_defaults = [*function.args.kw_defaults, *[None] * len(extra)]
    return function


def handing_on(body: list[Any], given: Mapping[str, Mapping[str, str]]) -> list[Any]:
    """A body whose calls of some functions pass them further values by name: those of some variables.

    >>> from srcgrad.writer import to_text
    >>> to_text(handing_on(gast.parse("y = f(1)").body, {"f": {"x": "x_2"}})[0]).strip()
    'y = f(1, x=x_2)'
    """

    def call(node: Any, clone: Any) -> Any:
        if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Name) or node.func.id not in given:
            return clone
        more = [gast.keyword(new, tree.name(old)) for new, old in given[node.func.id].items()]
        return tree.at(tree.shallow(clone, keywords=[*clone.keywords, *more]), node)

    return [tree.remade(statement, call) for statement in body]


def _compiled(source: Source, trees: Sequence[Any], names: Sequence[str]) -> tuple[types.FunctionType, ...]:
    """The functions, in the file and at the lines of the user's, with variables of their own for ``names``."""
    results = tree.tuple_([tree.name(one.name) for one in trees])
    parameters = gast.arguments([tree.parameter(n) for n in names], [], None, [], [], None, [])
    factory = tree.function("factory", parameters, [*map(tree.copy, trees), tree.return_(results)])
    module = gast.gast_to_ast(gast.Module([factory], []))

    local: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(module), source.file, "exec"), source.home, local)
    found: tuple[types.FunctionType, ...] = local["factory"](*names)
    return found
