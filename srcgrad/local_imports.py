"""Imports inside a function: what they bind is looked up once, as if they stood at module level."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import gast

from srcgrad import tree
from srcgrad.errors import refuse


def hoisted_imports(function: Any, source: Any) -> tuple[Any, Mapping[str, Any]]:
    """The function without its imports, and the objects that these bind.

    Raises DifferentiationError for an import whose name is bound by something else too.
    """
    found: dict[str, Any] = {}
    imports = [n for n in tree.walk(function.body) if isinstance(n, (gast.Import, gast.ImportFrom))]
    if not imports:
        return function, found
    taken = tree.writes(function.body) | tree.identifiers(function.args)
    for node in imports:
        for name, value in _bound(node, source).items():
            if name in taken or found.get(name, value) is not value:
                raise refuse(node, source, f"'{name}' is imported and bound otherwise, too", "import at module level")
            found[name] = value
    clone = tree.copy(function)
    clone.body = _without(clone.body)
    return clone, found


def _bound(node: Any, source: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        if isinstance(node, gast.Import):
            for item in node.names:
                module = importlib.import_module(item.name)
                top = importlib.import_module(item.name.partition(".")[0])
                found[item.asname or item.name.partition(".")[0]] = module if item.asname else top
            return found
        package = source.home.get("__package__")
        module = importlib.import_module("." * (node.level or 0) + (node.module or ""), package)
        for item in node.names:
            found[item.asname or item.name] = getattr(module, item.name)
    except (ImportError, AttributeError) as error:
        raise refuse(node, source, f"this import fails: {error}") from None
    return found


def _without(body: list[Any]) -> list[Any]:
    kept = []
    for statement in body:
        if isinstance(statement, (gast.Import, gast.ImportFrom)):
            continue
        for field in ("body", "orelse"):
            inner = getattr(statement, field, None)
            if inner:
                setattr(statement, field, _without(inner) or ([gast.Pass()] if field == "body" else []))
        kept.append(statement)
    return kept or [gast.Pass()]
