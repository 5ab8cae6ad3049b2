"""Symbolic sizes: which arrays of a flattened function have one shape, though nobody knows which.

A size is a number, or stands for that of an axis of a parameter: ``x[1:]`` and ``x[:-1]`` are both one smaller than
``x``.  ``None`` is a size of which nothing is known.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from srcgrad import structures, tree
from srcgrad.analysis.indexing import is_basic, parts_of
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Array, Scalar
from srcgrad.analysis.operations import Apply, Copy, Read, describe
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.helpers import is_helper
from srcgrad.program import Program


@dataclass(frozen=True)
class Axis:
    """The size of an axis of a parameter, or the value of an integer one (axis -1), less a number (at least zero)."""

    parameter: str
    axis: int
    less: int = 0

    def without(self, count: int) -> Axis:
        """The size without some elements."""
        return Axis(self.parameter, self.axis, self.less + count)


Size = int | Axis | None
Extent = tuple[Size, ...]
_LIKE = (np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.copy, structures.zeros_for)
_SHAPED = (np.zeros, np.ones, np.empty, np.full)
_REDUCTIONS = (np.sum, np.mean, np.max, np.min, np.prod)


class Extents:
    """The sizes of the arrays of a function; ``of`` says them for a name or an expression."""

    def __init__(self, program: Program, scope: Scope) -> None:
        self.scope = scope
        self.kind = Inference(scope).kind
        self.parameters = tree.parameters_of(program.function)
        self.found: dict[str, Extent | None] = {}
        self.numbers: dict[str, Size] = {}
        for name in sorted(self.parameters):
            kind = scope.kinds.get(name)
            if isinstance(kind, Array) and kind.dims is not None:
                self.found[name] = tuple(1 if one else Axis(name, n) for n, one in enumerate(kind.dims))
            elif isinstance(kind, Scalar) and kind.type is int:
                self.numbers[name] = Axis(name, -1)
        bindings = [node for node in tree.walk_forward(program.function.body) if isinstance(node, gast.Assign)]
        loops = [node.target for node in tree.walk_forward(program.function.body) if isinstance(node, gast.For)]
        for name in tree.writes(loops):
            self.found[name] = self.numbers[name] = None
        changed = True
        while changed:
            changed = False
            for node in bindings:
                changed = self._bound(node) or changed

    def _bound(self, node: Any) -> bool:
        """Take a binding into account; whether that changes anything."""
        target = node.targets[0]
        if isinstance(target, gast.Name):
            return self._is_new(target.id, node.value)
        changed = False
        names = [part.id for part in getattr(target, "elts", ()) if isinstance(part, gast.Name)]
        sizes = self._sizes(node.value)
        for position, name in enumerate(names):
            size = sizes[position] if sizes is not None and len(sizes) == len(names) else None
            changed |= self._meet(self.numbers, name, size)
            changed |= self._meet(self.found, name, None)
        return changed

    def _is_new(self, name: str, value: Any) -> bool:
        if isinstance(self.scope.kinds.get(name), Scalar):
            return self._meet(self.numbers, name, self.number(value))
        if any(read in self.scope.local and not self._is_known(read) for read in tree.reads(value)):
            return False  # not yet
        return self._meet(self.found, name, self.of(value))

    def _is_known(self, name: str) -> bool:
        return name in self.found or isinstance(self.scope.kinds.get(name), Scalar) or name in self.numbers

    @staticmethod
    def _meet(facts: dict[str, Any], name: str, found: Any) -> bool:
        """What is left where a name is bound several times."""
        if name not in facts:
            facts[name] = found
            return True
        old = facts[name]
        new = found if old == found else None
        if isinstance(old, tuple) and isinstance(found, tuple) and len(old) == len(found):
            new = tuple(a if a == b else None for a, b in zip(old, found, strict=True))
        facts[name] = new
        return bool(new != old)

    # --- numbers

    def number(self, node: Any) -> Size:
        """An integer as a size."""
        if isinstance(node, gast.Name):
            return self.numbers.get(node.id) if node.id in self.scope.local else None
        literal = self.scope.literal(node)
        if type(literal) is int:
            return literal
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Sub):
            whole, less = self.number(node.left), self.scope.literal(node.right)
            return whole.without(less) if isinstance(whole, Axis) and type(less) is int and less >= 0 else None
        if isinstance(node, gast.Call) and self.scope.resolve(node.func) is len and len(node.args) == 1:
            extent = self.of(node.args[0])
            return extent[0] if extent else None
        if isinstance(node, gast.Subscript):
            sizes, place = self._sizes(node.value), self.scope.literal(node.slice)
            return (
                sizes[place] if sizes is not None and type(place) is int and -len(sizes) <= place < len(sizes) else None
            )
        if isinstance(node, gast.Attribute) and node.attr == "size":
            extent = self.of(node.value)
            return extent[0] if extent is not None and len(extent) == 1 else None
        return None

    def _sizes(self, node: Any) -> Extent | None:
        """A shape: ``x.shape``, or sizes that are written out."""
        if isinstance(node, gast.Attribute) and node.attr == "shape":
            return self.of(node.value)
        if isinstance(node, (gast.Tuple, gast.List)):
            return tuple(self.number(item) for item in node.elts)
        size = self.number(node)
        return None if size is None else (size,)

    # --- arrays

    def of(self, node: Any) -> Extent | None:
        """The sizes of the axes of an expression; None if not even their number is known."""
        if isinstance(self.kind(node), Scalar):
            return ()
        operation = describe(node, self.scope)
        if isinstance(operation, Copy):
            return self.found.get(operation.source)
        if isinstance(operation, Read):
            return self._part(self.of(operation.value), operation.index)
        if isinstance(operation, Apply):
            return self._applied(operation, node)
        function = self.scope.resolve(node.func) if isinstance(node, gast.Call) else MISSING
        return self._made(function, node)

    def _applied(self, operation: Apply, node: Any) -> Extent | None:
        arguments = operation.arguments
        if operation.rule.form == "elementwise" and not is_helper(operation.primitive):
            return broadcast([self.of(operand) for operand in operation.operands()])
        if operation.primitive is np.where:
            return broadcast([self.of(operand) for operand in operation.operands()])
        if isinstance(node, gast.BinOp):
            return None
        first = self.of(next(iter(arguments.values())))
        if operation.primitive is np.transpose and (isinstance(node, gast.Attribute) or len(arguments) == 1):
            return None if first is None else first[::-1]
        if any(operation.primitive is one for one in _LIKE):
            return first
        if any(operation.primitive is one for one in _REDUCTIONS) and arguments.keys() <= {"a", "axis"}:
            axis = self.scope.literal(arguments["axis"]) if "axis" in arguments else None
            if first is not None and type(axis) is int and -len(first) <= axis < len(first):
                place = axis % len(first)
                return first[:place] + first[place + 1 :]
        return None

    def _made(self, function: Any, node: Any) -> Extent | None:
        """What a function makes that has no derivative."""
        if any(function is one for one in _LIKE) and node.args:
            return self.of(node.args[0])
        if any(function is one for one in _SHAPED) and node.args:
            return self._sizes(node.args[0])
        return None

    def _part(self, whole: Extent | None, index: Any) -> Extent | None:
        """What a basic index leaves."""
        if whole is None or not is_basic(index, self.kind, self.scope):
            return None
        parts = parts_of(index)
        rest = list(whole)
        surplus = len(rest) - sum(1 for part in parts if self.scope.literal(part) not in (None, Ellipsis))
        if surplus < 0:
            return None
        found: list[Size] = []
        for part in parts:
            if self.scope.literal(part) is None:
                found.append(1)
            elif self.scope.literal(part) is Ellipsis:
                found += rest[:surplus]
                del rest[:surplus]
            elif isinstance(part, gast.Slice):
                found.append(self._slice(rest.pop(0), part))
            else:
                rest.pop(0)
        return (*found, *rest)

    def _slice(self, size: Size, part: gast.Slice) -> Size:
        """How many elements a slice takes."""
        bounds = [None if b is None else self.scope.literal(b) for b in (part.lower, part.upper, part.step)]
        lower, upper, step = bounds
        if any(b is not None and type(b) is not int for b in bounds):
            return None
        if type(size) is int:
            return len(range(*slice(lower, upper, step).indices(size))) if step != 0 else None
        if (lower, upper) == (None, None) and step in (1, -1, None):
            return size
        if isinstance(size, Axis) and step in (1, None) and (lower or 0) >= 0 and (upper is None or upper < 0):
            return size.without((lower or 0) - (upper or 0))
        return None


def are_equal(left: Extent | None, right: Extent | None) -> bool:
    """Whether two arrays surely have one shape."""
    return left is not None and left == right and None not in left


def broadcast(extents: Sequence[Extent | None]) -> Extent | None:
    """The sizes of arrays broadcast against each other.

    >>> n = Axis("x", 0)
    >>> broadcast([(n,), (1,), ()]) == (n,), broadcast([(n,), (Axis("y", 0),)])
    (True, (None,))
    """
    if any(extent is None for extent in extents):
        return None
    rank = max((len(extent) for extent in extents if extent is not None), default=0)
    columns: Iterable[tuple[Size, ...]] = zip(
        *[(1,) * (rank - len(extent)) + extent for extent in extents if extent is not None], strict=True
    )
    return tuple(functools.reduce(_wider, column) for column in columns)


def _wider(left: Size, right: Size) -> Size:
    if left == 1:
        return right
    return left if right == 1 or left == right else None


def summed_axes(operand: Extent | None, whole: Extent | None) -> tuple[int, ...] | None:
    """The leading axes over which a cotangent is summed to the operand's shape; None if more may be needed.

    >>> n = Axis("x", 0)
    >>> summed_axes((n,), (Axis("x", 1), n)), summed_axes((n,), (n,)), summed_axes((None,), (None,))
    ((0,), (), None)
    """
    if operand is None or whole is None or len(operand) > len(whole):
        return None
    surplus = len(whole) - len(operand)
    pairs: Iterator[tuple[Size, Size]] = zip(operand, whole[surplus:], strict=True)
    return tuple(range(surplus)) if all(a is not None and a == b for a, b in pairs) else None
