"""Copies, sums and multiples of lists, and new dicts made of others, as slices, displays and stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from srcgrad import structures, tree
from srcgrad.analysis.kinds import Array, Scalar, Sequence, is_tuple
from srcgrad.analysis.order import LAZY
from srcgrad.analysis.reads import real_reads
from srcgrad.errors import refuse
from srcgrad.transforms.consumed import Consumed

if TYPE_CHECKING:
    from srcgrad.transforms.containers import _Containers

_LONGEST = 20  # elements that a multiple of a display is written out with


class NewLists:
    """Finds and rewrites what makes a new list or dict, for a ``worker`` that rewrites what changes one."""

    def __init__(self, worker: _Containers) -> None:
        self.worker = worker
        self.consumed = Consumed(worker)

    def made(self, node: Any, statement: Any, before: list[Any]) -> Any:
        """A statement, or an expression of it, with copies and sums of lists as slices, displays and stores."""
        if isinstance(node, list):
            return [self.made(item, statement, before) for item in node]
        if node is None or not any(map(self.is_one, tree.walk(node))):
            return node
        if isinstance(node, LAZY):  # nothing can be evaluated before it
            return tree.remade(node, self.chained)
        clone = tree.rebuilt(node, lambda part: self.made(part, statement, before))
        if not self.is_one(node):
            return clone
        self.worker.has_changed = True
        if isinstance(node, gast.Call) and self.consumed.is_one(node):
            return tree.at(self.consumed.made(clone, node, statement, before), node)
        if self.worker.is_dict(node) and self.worker.method(node) != "get":
            made = self.worker.temporary("items", self.worker.kind(node))
            before.extend(self.worker.dicts.made(node, made, statement))
            return tree.at(tree.name(made), node)
        if isinstance(node, gast.Call) and self.worker.method(node) == "get":
            made = self.worker.temporary("item", self.worker.kind(node))
            base = self.worker.named(node.func.value, "part", statement, before)
            before.extend(self.worker.dicts.call(clone, base, statement, made))
            return tree.at(tree.name(made), node)
        if isinstance(node, gast.Call):
            source = clone.func.value if isinstance(node.func, gast.Attribute) else clone.args[0]
            return tree.at(self.copied(source, statement, before), node)
        if isinstance(node.op, gast.Mult):
            return tree.at(self.repeated(clone, statement, before), node)
        if self.is_sum_of_tuples(node) and self.worker.kind(node).items is None:  # type: ignore[union-attr]
            return self.chained(node, clone)
        if self.is_sum_of_tuples(node):
            parts = [part for side in (clone.left, clone.right) for part in self.elements(side, statement, before)]
            return tree.at(tree.tuple_(parts), node)
        made = self.worker.temporary("items", self.worker.kind(node))
        before.append(tree.assign(made, self.copied(clone.left, statement, before), statement))
        before.append(
            self.worker.store(tree.name(made), self.worker.end(tree.name(made)), None, clone.right, statement)
        )
        return tree.at(tree.name(made), node)

    def is_one(self, node: Any) -> bool:
        """Whether an expression makes a new list or dict of the elements of others, or looks a key up."""
        if isinstance(node, gast.Dict):
            return any(key is None for key in node.keys) and self.is_varied(node)
        if not isinstance(node, (gast.Call, gast.BinOp)):
            return False
        if isinstance(node, gast.Call) and self.consumed.is_one(node):
            return True
        if self.worker.method(node) == "get" or (
            isinstance(node, gast.Call) and self.worker.scope.resolve(node.func) is dict and self.worker.is_dict(node)
        ):
            return self.is_varied(node)
        if isinstance(node, gast.BinOp):
            if isinstance(node.op, gast.BitOr):
                return self.is_union(node)
            is_list = self.may_be_list(node) and self.worker.is_list(node)
            return (is_list or self.is_sum_of_tuples(node)) and self.is_varied(node)
        if isinstance(node.func, gast.Attribute):
            is_copy = node.func.attr == "copy" and not node.args
            whole = node.func.value
            return is_copy and (self.worker.is_list(whole) or self.worker.is_dict(whole)) and self.is_varied(node)
        is_call = self.worker.scope.resolve(node.func) is list and len(node.args) == 1 and not node.keywords
        kind = self.worker.kind(node.args[0]) if is_call and self.is_varied(node) else None
        return isinstance(kind, Sequence) and (kind.type is list or (is_tuple(kind) and kind.items is not None))

    def chained(self, node: Any, clone: Any) -> Any:
        """A sum of tuples as the call of a function; anything else as it is."""
        if not self.is_sum_of_tuples(node) or not self.is_varied(node):
            return clone
        self.worker.has_changed = True
        chaining = tree.name(self.worker.program.external(structures.chained, "chained"))
        return tree.at(tree.call(chaining, clone.left, clone.right), node)

    def is_sum_of_tuples(self, node: Any) -> bool:
        """Whether an expression adds tuples up."""
        if not isinstance(node, gast.BinOp) or not isinstance(node.op, gast.Add) or not self.may_be_tuple(node):
            return False
        kinds = [self.worker.kind(side) for side in (node.left, node.right)]
        return all(isinstance(kind, Sequence) and kind.type is tuple for kind in kinds)

    def may_be_tuple(self, node: Any) -> bool:
        """Whether an expression may be a tuple, as far as can be seen without its kind, which costs more."""
        if isinstance(node, gast.BinOp):
            return isinstance(node.op, gast.Add) and self.may_be_tuple(node.right) and self.may_be_tuple(node.left)
        named = isinstance(node, gast.Name) and is_tuple(self.worker.kind(node))
        return named or isinstance(node, (gast.Tuple, gast.Call, gast.Subscript, gast.Attribute))

    def elements(self, node: Any, statement: Any, before: list[Any]) -> list[Any]:
        """The elements of a tuple of known length, evaluated in order."""
        if isinstance(node, gast.Tuple):
            return [self.worker.named(item, "item", statement, before) for item in node.elts]
        kind = self.worker.kind(node)
        whole = self.worker.named(node, "items", statement, before)
        count = len(kind.items or ()) if isinstance(kind, Sequence) else 0
        return [tree.subscript(tree.copy(whole), tree.constant(n)) for n in range(count)]

    def is_varied(self, node: Any) -> bool:
        """Whether an expression depends on what is differentiated."""
        return not self.worker.varied.isdisjoint(real_reads(node, self.worker.scope))

    def is_union(self, node: Any) -> bool:
        """Whether ``a | b`` is a new dict of differentiated values."""
        if not self.is_varied(node.left) and not self.is_varied(node.right):
            return False
        if not self.worker.is_dict(node) and not all(
            isinstance(self.worker.kind(n), (Array, Scalar)) for n in (node.left, node.right)
        ):
            reason = "'|' of what may be dicts of differentiated values"
            raise refuse(node, self.worker.program.source, reason, "give examples of the arguments, or use update")
        return self.worker.is_dict(node)

    def may_be_list(self, node: Any) -> bool:
        """Whether an expression may be a list, as far as can be seen without its kind, which costs more."""
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Add):
            return self.may_be_list(node.right) and self.may_be_list(node.left)
        if isinstance(node, gast.BinOp):
            return isinstance(node.op, gast.Mult) and (self.may_be_list(node.left) or self.may_be_list(node.right))
        return isinstance(node, (gast.List, gast.Call, gast.Subscript, gast.Attribute)) or (
            isinstance(node, gast.Name) and self.worker.is_list(node)
        )

    def copied(self, node: Any, statement: Any, before: list[Any]) -> Any:
        """A new list of the elements of a list or a tuple."""
        kind = self.worker.kind(node)
        if isinstance(node, gast.List):
            return node
        if self.worker.is_list(node) or not isinstance(kind, Sequence) or kind.items is None:
            return tree.subscript(node, gast.Slice(None, None, None))
        return tree.list_(self.elements(node, statement, before))

    def repeated(self, node: Any, statement: Any, before: list[Any]) -> Any:
        """The display of a display that is repeated."""
        display, count = (node.left, node.right) if isinstance(node.left, gast.List) else (node.right, node.left)
        number = self.worker.scope.literal(count)
        if not isinstance(display, gast.List) or not isinstance(number, int) or number * len(display.elts) > _LONGEST:
            reason = "a list of differentiated values is repeated"
            raise refuse(node, self.worker.program.source, reason, "append them in a loop")
        elements = [self.worker.named(item, "item", statement, before) for item in display.elts]
        return tree.list_([tree.copy(item) for _ in range(number) for item in elements])
