"""Expressions with all directions at once: see ``vectorise``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gast
import numpy as np

from srcgrad import jacobians, runtime, stacks, structures, tangents, tree
from srcgrad.analysis.computing import is_ufunc_of_elements
from srcgrad.analysis.indexing import is_integer, parts_of
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Array, Kind, Scalar, Sequence, is_tuple, items_of, ndim
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.program import Program

_SHIFTED = {np.sum, np.mean, np.cumsum, np.flip, np.concatenate, np.stack, np.expand_dims, np.prod, np.repeat}
_BY_LEAVES = {structures.add, tangents.plus, structures.copied, stacks.pop, stacks.held}


class Unvectorised(Exception):
    """Something has no form with all directions at once, as far as kinds tell."""


class Batching:
    """Rewrites expressions; ``batched`` are the names that have directions, ``count`` names how many there are."""

    def __init__(
        self, program: Program, scope: Scope, batched: set[str], callees: Mapping[str, str], count: str
    ) -> None:
        self.program = program
        self.scope = scope
        self.batched = batched
        self.callees = callees
        self.count = count
        self.infer = Inference(scope)

    def kind(self, node: Any) -> Kind:
        """The kind of an expression for one direction."""
        return self.infer.kind(node)

    def ndim(self, node: Any) -> int:
        """The number of dimensions of an expression for one direction."""
        found = ndim(self.kind(node))
        if found is None:
            raise Unvectorised("an expression of unknown dimensions")
        return found

    def is_callee(self, node: Any) -> bool:
        """Whether an expression is a call of a function that takes all directions."""
        return isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in self.callees

    def has_directions(self, node: Any) -> bool:
        """Whether the value of an expression depends on a direction."""
        return not self.batched.isdisjoint(tree.reads(node))

    def whole(self, node: Any) -> Any:
        """An expression with all directions; what has none is the same in each."""
        if self.has_directions(node):
            return self.value(node)
        if isinstance(node, (gast.List, gast.Tuple)):
            return tree.shallow(node, elts=[self.whole(item) for item in node.elts])
        if isinstance(node, gast.Call) and self.scope.resolve(node.func) in (stacks.empty, stacks.push, stacks.pop):
            return node
        return tree.call(self.helper(jacobians.along), node, tree.name(self.count))

    def beside(self, node: Any, kind: Kind) -> Any:
        """An expression that is added to all directions of a value of some kind."""
        dims = ndim(kind)
        if dims is None:
            raise Unvectorised("an addition to unknown dimensions")
        if self.is_callee(node):
            return self.value(node)
        return self.expanded(node, dims) if self.has_directions(node) else node

    def value(self, node: Any) -> Any:
        """An expression that depends on directions, with all of them."""
        if isinstance(node, gast.Name):
            return node
        if isinstance(node, (gast.List, gast.Tuple)):
            return tree.shallow(node, elts=[self.whole(item) for item in node.elts])
        if isinstance(node, gast.UnaryOp):
            return tree.shallow(node, operand=self.value(node.operand))
        if isinstance(node, gast.BinOp) and not isinstance(node.op, gast.MatMult):
            left, right = self.side_by_side([node.left, node.right])
            return tree.shallow(node, left=left, right=right)
        if isinstance(node, gast.BinOp):
            return self.product(node, node.left, node.right)
        if isinstance(node, gast.Subscript):
            return self.subscript(node)
        if isinstance(node, gast.IfExp) and not self.has_directions(node.test):
            return tree.shallow(node, body=self.whole(node.body), orelse=self.whole(node.orelse))
        if isinstance(node, gast.Attribute) and node.attr == "T":
            return self.transposed(node, node.value)
        return self.call(node) if isinstance(node, gast.Call) else self.one_by_one(node)

    # --- elementwise

    def side_by_side(self, nodes: list[Any]) -> list[Any]:
        """Operands that are broadcast against each other."""
        known = [node for node in nodes if not self.is_callee(node)]  # which gives adjoints of the shape of the others
        most = max(map(self.ndim, known), default=0)
        return [
            self.value(node) if node not in known else self.expanded(node, most) if self.has_directions(node) else node
            for node in nodes
        ]

    def expanded(self, node: Any, most: int) -> Any:
        """All directions of an expression, with as many dimensions of size one as it lacks."""
        missing = most - self.ndim(node)
        made = self.value(node)
        if missing <= 0:
            return made
        axes = [tree.constant(n + 1) for n in range(missing)]
        return tree.call(self.numpy("expand_dims"), made, axes[0] if missing == 1 else tree.tuple_(axes))

    # --- reads

    def subscript(self, node: Any) -> Any:
        """``x_dot[:, i]`` for ``x[i]``; of a list the element."""
        kind = self.kind(node.value)
        if self.has_directions(node.slice):
            raise Unvectorised("an index that depends on a direction")
        if isinstance(kind, Sequence):
            return tree.shallow(node, value=self.value(node.value))
        if not isinstance(kind, Array) and not isinstance(kind, Scalar):
            raise Unvectorised("an element of what is unknown")
        parts = self.parts(node.slice)
        if parts is None:
            if isinstance(node.ctx, gast.Store):
                raise Unvectorised("an addition at an index that may have an axis of its own")
            return self.one_by_one(node)
        index = tree.tuple_([gast.Slice(None, None, None), *parts])
        return tree.shallow(node, value=self.value(node.value), slice=index)

    def parts(self, index: Any) -> list[Any] | None:
        """The parts of an index that mean the same after the axis of directions; None where they may not.

        Alone a tuple is an index for each axis, behind another part it is a list of them; and where a slice is between
        integers and arrays NumPy puts their axes first.
        """
        kind = self.kind(index)
        if not isinstance(index, gast.Tuple) and isinstance(kind, Sequence) and is_tuple(kind):
            if not isinstance(index, gast.Name) or kind.items is None or not all(map(is_integer, kind.items)):
                return None
            return [tree.subscript(index, tree.constant(place)) for place in range(len(kind.items))]
        parts = parts_of(index)
        picks = [place for place, part in enumerate(parts) if not self.is_slice(part)]
        kinds = [self.kind(parts[place]) for place in picks]
        if all(map(is_integer, kinds)):
            return parts
        together = picks[-1] - picks[0] < len(picks)
        return parts if together and all(isinstance(one, (Scalar, Array, Sequence)) for one in kinds) else None

    def is_slice(self, part: Any) -> bool:
        """Whether a part of an index is a slice, an ellipsis or a new axis."""
        if isinstance(part, gast.Call) and self.scope.resolve(part.func) is slice:
            return True
        return isinstance(part, gast.Slice) or self.scope.literal(part) in (None, Ellipsis)

    def aligned(self, node: Any, whole: Any, index: Any) -> Any:
        """All directions of what is added to ``whole[index]``, with as many axes as that has."""
        part = self.kind(tree.subscript(whole, index))
        if ndim(part) is not None:
            return self.beside(node, part)
        first = tree.subscript(tree.subscript(whole, tree.constant(0)), index)
        return tree.call(self.helper(jacobians.aligned), self.whole(node), first)

    # --- products and axes

    def product(self, node: Any, left: Any, right: Any) -> Any:
        """A matrix product in which one side, or both, have directions."""
        first, second = self.ndim(left), self.ndim(right)
        if 0 in (first, second):
            if isinstance(node, gast.BinOp):
                raise Unvectorised("a matrix product of a number")
            return tree.binary(*self.put_between(self.side_by_side([left, right]), "*"))
        if max(first, second) > 2 or (self.has_directions(left) and self.has_directions(right)):
            return self.one_by_one(node)
        whole_left = self.value(left) if self.has_directions(left) else left
        whole_right = self.value(right) if self.has_directions(right) else right
        if self.has_directions(left):
            return tree.binary(whole_left, "@", whole_right)
        if second == 1:  # the directions are the rows of a matrix
            turned = left if first == 1 else tree.attribute(left, "T")
            return tree.binary(whole_right, "@", turned)
        return tree.binary(whole_left, "@", whole_right)

    @staticmethod
    def put_between(sides: list[Any], operator: str) -> tuple[Any, str, Any]:
        """The operands of an elementwise operator."""
        return sides[0], operator, sides[1]

    def transposed(self, node: Any, value: Any) -> Any:
        """Of a matrix the axes of each direction are swapped."""
        dims = self.ndim(value)
        if dims < 2:
            return self.value(value)
        if dims > 2:
            return self.one_by_one(node)
        return tree.call(self.numpy("swapaxes"), self.value(value), tree.constant(1), tree.constant(2))

    def call(self, node: Any) -> Any:
        """A call with an operand that has directions."""
        if self.is_callee(node):
            if self.callees[node.func.id] != "bwd":
                return node  # whose tangents have directions already
            saved, cotangent = node.args
            return tree.call(node.func, saved, self.whole(cotangent))
        function = self.scope.resolve(node.func)
        args, named = list(node.args), {k.arg: k.value for k in node.keywords}
        if function is MISSING and isinstance(node.func, gast.Attribute):  # a method
            function, args = getattr(np, node.func.attr, MISSING), [node.func.value, *args]
            if function is np.reshape and len(args) > 2:
                args = [args[0], tree.tuple_(args[1:])]
        if function is stacks.push:
            return tree.call(node.func, args[0], self.whole(args[1]), args[2])  # what is popped has directions
        if function in _BY_LEAVES:
            return tree.shallow(node, args=[self.whole(a) if self.has_directions(a) else a for a in node.args])
        if (is_ufunc_of_elements(function) or function is np.where) and not named:
            return tree.call(node.func, *self.side_by_side(args))
        if function in (np.dot, np.matmul) and len(args) == 2 and not named:
            return self.product(node, *args)
        handler = _HANDLERS.get(function)
        made = None if handler is None else handler(self, args, named)
        if made is None and function in _SHIFTED:
            made = self.shifted(function, args, named)
        return self.one_by_one(node) if made is None else made

    def shifted(self, function: Any, args: list[Any], named: dict[str, Any]) -> Any:
        """A function that takes an axis; None where that is not written out."""
        if self.has_directions([*args[1:], *named.values()]):
            return None
        place = 2 if function is np.repeat else 1
        joins = function in (np.concatenate, np.stack)
        kind = self.kind(args[0])
        if joins is not isinstance(kind, Sequence):  # a list has its first axis before the directions
            return None
        if isinstance(kind, Sequence) and any(not isinstance(i, Array) and ndim(i) != 0 for i in items_of(kind)):
            return None  # so have the lists in it
        if not joins and self.ndim(args[0]) == 0:  # NumPy sums numbers over an axis, too
            return self.value(args[0]) if function in (np.sum, np.mean) else None
        default = 0 if joins else None
        given = args[place] if len(args) > place else named.get("axis", tree.constant(default))
        axis = self.scope.literal(given)
        if axis is None:
            dims = self.ndim(args[0])
            if function not in (np.sum, np.mean):
                return None
            axis = tuple(range(dims)) if dims > 1 else 0
        if isinstance(axis, (int, tuple)) and not isinstance(axis, bool):
            moved = tuple(k + 1 if k >= 0 else k for k in (axis if isinstance(axis, tuple) else (axis,)))
            written = [tree.constant(k) if k >= 0 else tree.negate(tree.constant(-k)) for k in moved]
            rest = {k: v for k, v in named.items() if k != "axis"}
            others = args[1:place]
            whole = written[0] if len(written) == 1 else tree.tuple_(written)
            return tree.call(self.numpy(function.__name__), self.value(args[0]), *others, axis=whole, **rest)
        return None

    def reshaped(self, args: list[Any], named: dict[str, Any]) -> Any:
        """``np.reshape`` with the directions as first size."""
        if named or len(args) != 2 or self.has_directions(args[1]):
            return None
        shape = args[1]
        kind = self.kind(shape)
        if isinstance(shape, gast.Tuple):
            sizes = list(shape.elts)
        elif ndim(kind) == 0:
            sizes = [shape]
        elif isinstance(kind, Sequence) or ndim(kind) == 1:
            sizes = [gast.Starred(shape, gast.Load())]
        else:
            return None
        whole = tree.tuple_([tree.name(self.count), *sizes])
        return tree.call(self.numpy("reshape"), self.value(args[0]), whole)

    def ravelled(self, args: list[Any], named: dict[str, Any]) -> Any:
        """``np.ravel`` of each direction."""
        if named or len(args) != 1:
            return None
        shape = tree.tuple_([tree.name(self.count), tree.negate(tree.constant(1))])
        return tree.call(self.numpy("reshape"), self.value(args[0]), shape)

    def turned(self, args: list[Any], named: dict[str, Any]) -> Any:
        """``np.transpose`` of each direction."""
        return None if named or len(args) != 1 or self.ndim(args[0]) > 2 else self.transposed(None, args[0])

    def filled(self, args: list[Any], named: dict[str, Any]) -> Any:
        """``np.full_like``: an array filled with the number of each direction."""
        if named or self.has_directions(args[0]) or len(args) != 2:
            return None
        self.ndim(args[1])
        return tree.call(self.helper(jacobians.full_along), args[0], self.value(args[1]))

    def summed_to(self, args: list[Any], named: dict[str, Any]) -> Any:
        """``unbroadcast`` in each direction."""
        if self.has_directions(args[1]):
            return None
        return tree.call(self.helper(jacobians.unbroadcast_along), self.value(args[0]), args[1])

    def broadcast(self, args: list[Any], named: dict[str, Any]) -> Any:
        """``broadcast_like`` in each direction."""
        if self.has_directions(args[1]):
            return None
        return tree.call(self.helper(jacobians.full_along), args[1], self.value(args[0]))

    def same(self, args: list[Any], named: dict[str, Any]) -> Any:
        """A function of the elements as they are."""
        if named or len(args) != 1 or not isinstance(self.kind(args[0]), (Array, Scalar)):
            return None
        return tree.call(self.numpy("array"), self.value(args[0]))

    def outer(self, args: list[Any], named: dict[str, Any]) -> Any:
        """Rows of one side times the other: ``np.outer`` of vectors."""
        if named or any(self.ndim(a) != 1 for a in args) or all(map(self.has_directions, args)):
            return None
        left, right = args
        full, new = gast.Slice(None, None, None), tree.attribute(self.program.external(np, "np"), "newaxis")
        if self.has_directions(left):
            return tree.binary(tree.subscript(self.value(left), tree.tuple_([tree.constant(...), new])), "*", right)
        column = tree.subscript(left, tree.tuple_([full, new]))
        return tree.binary(column, "*", tree.subscript(self.value(right), tree.tuple_([full, new, full])))

    def arrayed(self, args: list[Any], named: dict[str, Any]) -> Any:
        """``np.array`` of a list of numbers or arrays: their directions stay the first axis."""
        kind = self.kind(args[0])
        if named or len(args) != 1 or not isinstance(kind, Sequence) or not kind.items or ndim(kind.item) is None:
            return self.same(args, named)
        return tree.call(self.numpy("stack"), self.whole(args[0]), axis=tree.constant(1))

    # --- what has no other form

    def one_by_one(self, node: Any) -> Any:
        """An expression for one direction after the other."""
        if not isinstance(self.kind(node), (Array, Scalar)):
            raise Unvectorised("a structure that is computed for each direction")
        names = sorted(self.batched & tree.reads(node))
        each = {name: self.program.namer.fresh(f"{name}_k") for name in names}
        value = tree.substitute(node, {name: tree.name(one) for name, one in each.items()})
        targets = [tree.target(one) for one in each.values()]
        if len(names) == 1:
            loop = gast.comprehension(targets[0], tree.name(names[0]), [], 0)
        else:
            zipped = tree.call(self.program.builtin(zip), *map(tree.name, names))
            loop = gast.comprehension(tree.tuple_(targets, store=True), zipped, [], 0)
        if any(not isinstance(self.kind(tree.name(name)), (Array, Scalar)) for name in names):
            raise Unvectorised("a list that has directions")
        return tree.call(self.numpy("array"), gast.ListComp(value, [loop]))

    def numpy(self, function: str) -> Any:
        """``np.function``."""
        return tree.attribute(self.program.external(np, "np"), function)

    def helper(self, function: Callable[..., Any]) -> Any:
        """A function of ``srcgrad.jacobians`` by its name in the generated code."""
        return tree.name(self.program.external(function, function.__name__))


_Handler = Callable[[Batching, list[Any], dict[str, Any]], Any]
_HANDLERS: dict[Any, _Handler] = {
    np.reshape: Batching.reshaped,
    np.ravel: Batching.ravelled,
    np.transpose: Batching.turned,
    np.full_like: Batching.filled,
    runtime.unbroadcast: Batching.summed_to,
    structures.broadcast_like: Batching.broadcast,
    np.copy: Batching.same,
    np.array: Batching.arrayed,
    np.outer: Batching.outer,
}
