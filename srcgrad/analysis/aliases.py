"""Which names may share storage: classes of names, regardless of the point of the program."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import modes, tree
from srcgrad.analysis.kinds import Known, Scalar
from srcgrad.analysis.operations import Apply, Choice, Constant, Copy, Display, Read, describe
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.rules.registry import is_constant_method

_COPYING_METHODS = {"copy", "flatten", "tolist", "item", "astype", "sum", "mean", "dot", "max", "min", "prod"}


class Aliases:
    """Classes of names of a function that may share storage; numbers share nothing."""

    def __init__(self, function: Any, scope: Scope) -> None:
        self.scope = scope
        self._parent: dict[str, str] = {}
        for node in tree.walk(function.body):
            if isinstance(node, gast.Assign):
                self._bind(tree.writes(node.targets[0]), node.value)
            elif isinstance(node, gast.For):
                self._bind(tree.writes(node.target), node.iter)

    def _bind(self, names: set[str], value: Any) -> None:
        names = {n for n in names if not self._immutable(n)}
        if not names:
            return
        for source in self.sources(value):
            for name in names:
                self._parent[self.find(name)] = self.find(source)

    def _immutable(self, name: str) -> bool:
        return isinstance(self.scope.kinds.get(name), (Scalar, Known))

    def find(self, name: str) -> str:
        """The representative of a name's class."""
        while (parent := self._parent.get(name, name)) != name:
            name = parent
        return name

    def together(self, name: str) -> set[str]:
        """All names that may share storage with a name, itself included."""
        own = self.find(name)
        return {name} | {other for other in self._parent if self.find(other) == own} | {own}

    def sources(self, node: Any) -> set[str]:
        """The names whose storage the value of an expression may be part of, or contain."""
        operation = describe(node, self.scope)
        parts: list[Any] = []
        if isinstance(operation, Copy):
            return set() if self._immutable(operation.source) else {operation.source}
        if isinstance(node, gast.Name):
            return {node.id}
        if isinstance(operation, Constant) and not isinstance(node, (gast.Call, gast.Attribute)):
            return set()
        if isinstance(operation, Apply):
            parts = operation.operands() if operation.rule.view else []
        elif isinstance(node, gast.Call) and self.scope.resolve(node.func) is modes.stop_gradient:
            parts = list(node.args)
        elif isinstance(operation, Read):
            parts = [operation.value]
        elif isinstance(operation, Display):
            parts = list(operation.elements)
        elif isinstance(operation, Choice):
            parts = [operation.body, operation.orelse]
        elif (
            isinstance(operation, Constant)
            and isinstance(node, gast.Call)
            and self.scope.resolve(node.func) is not MISSING
        ):
            return set()  # np.zeros and the like
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute):
            if node.func.attr in _COPYING_METHODS or is_constant_method(node.func.attr):
                return set()
            return {n for n in tree.reads(node) if n in self.scope.local and not self._immutable(n)}
        else:
            return {n for n in tree.reads(node) if n in self.scope.local and not self._immutable(n)}
        return {name for part in parts for name in self.sources(part)}
