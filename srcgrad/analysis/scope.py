"""What the names of a function mean: which are its own, which are known objects, and of what kind each is."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.filled import Fillings, filled
from srcgrad.analysis.kinds import (
    PLAIN,
    TEXT,
    UNKNOWN,
    Kind,
    Known,
    kind_of,
)
from srcgrad.source import Source

MISSING = object()


@dataclass
class Scope:
    """The names of one function: ``local`` are its own, the rest is looked up in ``namespace``.

    ``kinds`` holds what is known of the local names so far (an absent name has not been reached yet).  ``refilled`` are
    names, and paths of what lies outside, whose lists and dicts get other elements while the function runs, with the
    kind of these.  With ``sites`` kinds tell where lists and dicts are made.  ``classes`` are those of the objects that
    the function is given, whatever is known of these later.  ``found`` keeps what has been found out about the names.
    """

    namespace: Mapping[str, Any]
    local: set[str]
    kinds: dict[str, Kind] = field(default_factory=dict)
    refilled: Mapping[str, Fillings] = field(default_factory=dict)
    sites: bool = False
    classes: frozenset[type] = frozenset()
    found: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @classmethod
    def of(cls, source: Source) -> Scope:
        """The names of a function as it is written."""
        return cls(source.namespace, tree.parameters_of(source.tree) | tree.writes(source.tree.body))

    def resolve(self, node: Any) -> Any:
        """The object that a name or a dotted path surely is, or MISSING."""
        if isinstance(node, gast.Name):
            if node.id in self.local:
                kind = self.kinds.get(node.id)
                return kind.value if isinstance(kind, Known) and kind not in (TEXT, PLAIN) else MISSING
            try:
                return self.namespace[node.id]
            except KeyError:
                return MISSING
        if isinstance(node, gast.Attribute):
            value = self.resolve(node.value)
            if isinstance(value, (types.ModuleType, type)):
                return getattr(value, node.attr, MISSING)
        return MISSING

    def is_call(self, node: Any, function: Any) -> bool:
        """Whether an expression is a call of a function."""
        return isinstance(node, gast.Call) and self.resolve(node.func) is function

    def kind_of_name(self, name: str) -> Kind:
        """The kind of a name, local or not."""
        if name in self.local:
            return self.kinds.get(name, UNKNOWN)
        value = self.namespace.get(name, MISSING)
        return UNKNOWN if value is MISSING else self.kind_of_value(name, value)

    def kind_of_value(self, path: str | None, value: Any) -> Kind:
        """The kind of an object outside that is reached by a path."""
        stored = self.refilled.get(path or "")
        return kind_of(value) if stored is None else filled(kind_of(value), stored)

    def literal(self, node: Any) -> Any:
        """The value of a literal (numbers, strings, tuples of them, dtypes and plain globals), or MISSING."""
        if isinstance(node, gast.Constant):
            return node.value
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
            value = self.literal(node.operand)
            return -value if isinstance(value, (int, float)) else MISSING
        if isinstance(node, (gast.Tuple, gast.List)):
            items = [self.literal(item) for item in node.elts]
            if any(item is MISSING for item in items):
                return MISSING
            return tuple(items) if isinstance(node, gast.Tuple) else items
        if isinstance(node, (gast.Name, gast.Attribute)):
            value = self.resolve(node)
            if value is None or isinstance(value, (bool, int, float, str, type)):
                return value
        return MISSING


def free_names(function: Any) -> set[str]:
    """The names that a function reads and does not bind itself."""
    own = tree.parameters_of(function) | tree.writes(function.body)
    return tree.reads(function) - own
