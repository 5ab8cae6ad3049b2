"""Imports inside a function: what they bind is looked up once, as if they stood at module level."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import gast

from srcgrad import tree
from srcgrad.errors import refuse
from srcgrad.guards import Guard, is_trusted


def hoisted_imports(function: Any, source: Any) -> tuple[Any, Mapping[str, Any], list[Guard]]:
    """The function without its imports, the objects that these bind, and what must stay for them to be the same.

    Raises DifferentiationError for an import whose name is bound by something else too.
    """
    found: dict[str, Any] = {}
    guards: list[Guard] = []
    imports = [n for n in tree.walk(function.body) if isinstance(n, (gast.Import, gast.ImportFrom))]
    if not imports:
        return function, found, guards
    taken = tree.writes(function.body) | tree.parameters_of(function)
    for node in imports:
        for name, guard in _bound(node, source):
            value = guard[2]
            if name in taken or found.get(name, value) is not value:
                raise refuse(node, source, f"'{name}' is imported and bound otherwise, too", "import at module level")
            found[name] = value
            if not is_trusted(value if guard[0] is sys.modules else guard[0]):
                guards.append(guard)
    clone = tree.copy(function)
    dropped = {id(node) for node in tree.walk(clone.body) if isinstance(node, (gast.Import, gast.ImportFrom))}
    clone.body = tree.without(clone.body, dropped) or [gast.Pass()]
    return clone, found, guards


def _bound(node: Any, source: Any) -> Iterator[tuple[str, Guard]]:
    """Each name that an import binds, with where its value is found."""
    try:
        if isinstance(node, gast.Import):
            for item in node.names:
                importlib.import_module(item.name)
                top = item.name.partition(".")[0]
                name = item.name if item.asname else top
                yield item.asname or top, (sys.modules, name, sys.modules[name])
            return
        package = source.home.get("__package__")
        module = importlib.import_module("." * (node.level or 0) + (node.module or ""), package)
        for item in node.names:
            yield item.asname or item.name, (module, item.name, getattr(module, item.name))
    except (ImportError, AttributeError) as error:
        raise refuse(node, source, f"this import fails: {error}") from None
