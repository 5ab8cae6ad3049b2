"""What an expression of generated code may share storage with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast
import numpy as np

from srcgrad import matrices, runtime, structures, tree
from srcgrad.analysis.kinds import Scalar
from srcgrad.analysis.scope import MISSING, Scope

_FRESH = {
    np.sum, np.dot, np.outer, np.where, np.full_like, np.zeros_like, np.ones_like, np.copy, np.array, np.stack,
    np.concatenate, np.einsum, np.tensordot, np.kron, np.cumsum, np.full, np.zeros, np.mean, np.repeat, np.tile,
    np.linalg.inv, np.linalg.solve, runtime.zeros_like, runtime.ones_like, runtime.unreduce, runtime.gathered,
    runtime.extremum_adjoint, runtime.var_adjoint, runtime.std_adjoint, runtime.prod_adjoint,
    matrices.dot_adjoint_a, matrices.dot_adjoint_b, matrices.matmul_adjoint_a, matrices.matmul_adjoint_b,
    structures.zeros_for, structures.add, structures.copied, structures.detached, structures.seed,
}  # fmt: skip
_FRESH_METHODS = {"sum", "mean", "copy", "dot", "cumsum", "pop"}


def may_share(node: Any, scope: Scope) -> set[str]:
    """The names whose storage the value of an expression may be a view of, or the same as."""
    if isinstance(node, gast.Name):
        return {node.id}
    if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare, gast.Constant)):
        return set()
    if isinstance(node, gast.Call) and is_fresh(node, scope):
        return set()
    found: set[str] = set()
    for child in tree.children(node):
        found |= may_share(child, scope)
    return found


def is_fresh(node: Any, scope: Scope) -> bool:
    """Whether a call makes new storage."""
    function = scope.resolve(node.func)
    if function is MISSING:
        return isinstance(node.func, gast.Attribute) and node.func.attr in _FRESH_METHODS
    return isinstance(function, np.ufunc) or any(function is fresh for fresh in _FRESH)


class Views:
    """Classes of names of a function that may share storage; numbers share nothing."""

    def __init__(self, body: list[Any], scope: Scope) -> None:
        self._scope = scope
        self._parent: dict[str, str] = {}
        for node in tree.walk(body):
            if isinstance(node, gast.Assign):
                names = [n for n in tree.writes(node.targets[0]) if not self._is_number(n)]
                if names:
                    self._join(names, may_share(node.value, scope))
        self._members: dict[str, set[str]] = {}
        for name in self._parent:
            self._members.setdefault(self._find(name), set()).add(name)

    def _is_number(self, name: str) -> bool:
        return isinstance(self._scope.kinds.get(name), Scalar)

    def _join(self, names: list[str], sources: Iterable[str]) -> None:
        for source in sources:
            if source in self._scope.local and not self._is_number(source):
                for name in names:
                    left, right = self._find(name), self._find(source)
                    self._parent[left] = right
                    self._parent.setdefault(right, right)

    def _find(self, name: str) -> str:
        while (parent := self._parent.get(name, name)) != name:
            name = parent
        return name

    def together(self, name: str) -> set[str]:
        """All names that may share storage with a name, itself included."""
        return self._members.get(self._find(name), set()) | {name}
