"""What an expression of generated code may share storage with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import gast
import numpy as np

from srcgrad import contents, matrices, runtime, structures, tree
from srcgrad.analysis.contents import shaped_places
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Array, Mapping, Scalar, Sequence, Unknown
from srcgrad.analysis.operations import SHAPE_ATTRIBUTES
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.helpers import is_helper
from srcgrad.rules.registry import is_numpys

_FRESH = {
    np.sum, np.dot, np.outer, np.where, np.full_like, np.zeros_like, np.ones_like, np.copy, np.array, np.stack,
    np.concatenate, np.tensordot, np.kron, np.cumsum, np.full, np.zeros, np.mean, np.repeat, np.tile,
    np.linalg.inv, np.linalg.solve, runtime.zeros_like, runtime.ones_like, runtime.unreduce, runtime.gathered,
    runtime.extremum_adjoint, runtime.var_adjoint, runtime.std_adjoint, runtime.prod_adjoint,
    matrices.dot_adjoint_a, matrices.dot_adjoint_b, matrices.matmul_adjoint_a, matrices.matmul_adjoint_b,
    structures.zeros_for, structures.add, structures.copied, structures.detached, structures.seed,
    contents.entry, contents.taken_out, contents.stored, contents.part, contents.shadow, contents.twins,
    contents.shared_like, contents.zero_twins, contents.read_first,
}  # fmt: skip
_WITH_OUT = (np.sum, np.cumsum, np.mean, np.dot, np.outer, np.concatenate, np.stack)  # as a third argument or later
_FRESH_METHODS = {"sum", "mean", "copy", "dot", "cumsum"}
_NEW = (gast.BinOp, gast.UnaryOp, gast.Compare, gast.Constant)
_KEEPING = ("append", "extend", "insert")
_OF_SEVERAL = {np.broadcast_arrays, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.meshgrid}


def may_share(node: Any, scope: Scope) -> set[str]:
    """The names whose storage the value of an expression may be a view of, or the same as."""
    if isinstance(node, list):
        return {name for item in node for name in may_share(item, scope)}
    if isinstance(node, gast.Name):
        return {node.id}
    if isinstance(node, gast.BinOp) and (lists := _lists_in(node, scope)):
        return may_share(lists, scope)
    if isinstance(node, _NEW):
        return set()
    if isinstance(node, gast.Call) and is_fresh(node, scope):
        return set()
    if isinstance(node, gast.Call) and scope.resolve(node.func) is structures.restored:
        return may_share(node.args[:1], scope)  # of the second one it has the structure only
    found: set[str] = set()
    places = shaped_places(node, scope) if isinstance(node, gast.Call) else ()
    asked = {id(argument) for n, argument in enumerate(node.args if places else ()) if n in places}
    for child in tree.children(node):
        found |= may_share(child, scope) if id(child) not in asked else set()
    return found


def _lists_in(node: Any, scope: Scope) -> list[Any]:
    """The operands that are lists or tuples, whose elements a sum or a multiple of them holds."""
    if not isinstance(node.op, (gast.Add, gast.Mult)):
        return []
    kind = Inference(scope).kind
    return [side for side in (node.left, node.right) if isinstance(kind(side), Sequence)]


def is_fresh(node: Any, scope: Scope) -> bool:
    """Whether a call makes new storage: what goes to ``out`` is returned, and without a copy it may be a view."""
    function = scope.resolve(node.func)
    if any(k.arg in ("out", "copy", None) for k in node.keywords) or any(
        isinstance(a, gast.Starred) for a in node.args
    ):
        return False
    if function is MISSING:
        named = node.func.attr if isinstance(node.func, gast.Attribute) else ""
        if named == "copy" and isinstance(Inference(scope).kind(node.func.value), (Mapping, Sequence, Unknown)):
            return False  # of a list, say, which has the same elements
        return named in _FRESH_METHODS and len(node.args) < (2 if named == "dot" else 3)
    if isinstance(function, np.ufunc):
        return len(node.args) <= function.nin
    if function is np.einsum:  # of one operand it may be a view
        return len(node.args) > 2 and isinstance(node.args[0], gast.Constant)
    return any(function is fresh for fresh in _FRESH) and (function not in _WITH_OUT or len(node.args) < 3)


def storage_of(node: Any, scope: Scope) -> Iterator[str | None]:
    """The names whose storage an expression may hand on, None for what has no name: as far as callees are known.

    ``may_share`` counts every name that is mentioned; here those are left out that are read for a shape, say.

    >>> import gast
    >>> scope = Scope({"np": np}, {"d", "x"})
    >>> list(storage_of(gast.parse("np.broadcast_to(d, x.shape)").body[0].value, scope))
    ['d']
    """
    if isinstance(node, gast.Name):
        yield node.id
    elif isinstance(node, gast.BinOp):
        for part in _lists_in(node, scope):
            yield from storage_of(part, scope)
    elif not isinstance(node, gast.AST):
        yield None
    elif isinstance(node, gast.Call):
        for part in () if is_fresh(node, scope) else _handed_on(node, scope):
            yield from storage_of(part, scope)
    elif not isinstance(node, _NEW) and not (isinstance(node, gast.Attribute) and node.attr in SHAPE_ATTRIBUTES):
        parts = [node.value] if isinstance(node, gast.Subscript) else tree.children(node)
        for part in parts[1:] if isinstance(node, gast.IfExp) else parts:
            yield from storage_of(part, scope)


def _handed_on(node: Any, scope: Scope) -> Iterable[Any]:
    """The arguments that a call may hand on: NumPy's functions, and helpers, rearrange their first one."""
    function = scope.resolve(node.func)
    if is_helper(function) or (is_numpys(function) and function not in _OF_SEVERAL):
        return list(node.args[:1])
    found = effect_of(node, scope)
    return (*found.shares, *([None] if found.hidden or found.outside else []))


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
                    self._join(names, names if self._is_of_parts(node.value) else ())
                self._keep(node.targets[0], node.value)
            elif isinstance(node, gast.For):
                names = [n for n in tree.writes(node.target) if not self._is_number(n)]
                self._join(names, [*may_share(node.iter, scope), *names])
            elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in _KEEPING:
                stack = node.func.value
                if isinstance(stack, gast.Name) and stack.id in scope.local:  # what is pushed is popped
                    self._join([stack.id], may_share(node.args, scope))
        self._members: dict[str, set[str]] = {}
        for name in self._parent:
            self._members.setdefault(self._find(name), set()).add(name)

    def _keep(self, target: Any, value: Any) -> None:
        """What is stored in a list, a dict or an object is found there again; an array takes copies of numbers."""
        for node in tree.walk(target):
            if not isinstance(node, (gast.Subscript, gast.Attribute)):
                continue
            root = node.value
            while isinstance(root, (gast.Subscript, gast.Attribute)):
                root = root.value
            if isinstance(root, gast.Name) and not isinstance(Inference(self._scope).kind(node.value), Array):
                self._join([root.id], may_share(value, self._scope))

    def _is_of_parts(self, value: Any) -> bool:
        """Whether elements of a value, which get names of their own, may share storage with each other."""
        if isinstance(value, (gast.Tuple, gast.List)):
            return any(map(self._is_of_parts, value.elts))
        if not isinstance(value, gast.Call):
            return isinstance(value, gast.BinOp)
        function = self._scope.resolve(value.func)
        if function in (contents.shadow, contents.shared_like, contents.twins, contents.zero_twins):
            return True
        return not (is_fresh(value, self._scope) or (is_numpys(function) and function not in _OF_SEVERAL))

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
