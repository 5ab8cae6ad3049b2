"""What functions run through at once, of which no list is there yet: one is made before, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from srcgrad import tree
from srcgrad.analysis.kinds import Sequence
from srcgrad.transforms.dicts import is_view

if TYPE_CHECKING:
    from srcgrad.transforms.containers import _Containers

_MAKERS = (list, tuple)
_FUNCTIONS = (*_MAKERS, sum, max, min, len, any, all, set, frozenset)
_LAZY = (zip, enumerate, reversed)


class Consumed:
    """Finds and rewrites calls of such functions, for a ``worker`` that rewrites what changes lists."""

    def __init__(self, worker: _Containers) -> None:
        self.worker = worker

    def is_one(self, call: Any) -> bool:
        """Whether a call runs through values of dicts, or makes a list of what ``zip`` and the like run through."""
        function = self.function(call)
        if function is None or not self.is_lazy(call.args[0]) or not self.worker.new.is_varied(call.args[0]):
            return False
        return is_view(call.args[0], self.worker) or any(function is one for one in _MAKERS)

    def function(self, call: Any) -> Any:
        """The function, if it is one of those and runs through its only argument."""
        found = self.worker.scope.resolve(call.func) if len(call.args) == 1 and not call.keywords else None
        return next((one for one in _FUNCTIONS if one is found), None)

    def is_lazy(self, node: Any) -> bool:
        """Whether it is no list yet."""
        inner = self.worker.scope.resolve(node.func) if isinstance(node, gast.Call) else None
        return is_view(node, self.worker) or any(inner is one for one in _LAZY)

    def made(self, call: Any, original: Any, statement: Any, before: list[Any]) -> Any:
        """The call with a list that is made before; the list itself, if the call makes one."""
        function = self.function(original)
        node = call.args[0]
        if is_view(original.args[0], self.worker) and node.func.attr == "keys":
            return tree.shallow(call, args=[node.func.value])
        items = self.listed(node, statement, before)
        return items if function is list else tree.shallow(call, args=[items])

    def as_list(self, node: Any) -> Any:
        """``tuple(...)`` that a loop runs over as ``list(...)``, if it is made of what is no list yet."""
        is_tuple = isinstance(node, gast.Call) and self.function(node) is tuple and self.is_one(node)
        return tree.shallow(node, func=tree.name(self.worker.program.builtin(list))) if is_tuple else node

    def listed(self, node: Any, statement: Any, before: list[Any]) -> Any:
        """The list of what is run through, which is made before."""
        kind = self.worker.element_kind(node)
        items = tree.name(self.worker.temporary("items", Sequence(list, None, kind)))
        item = self.worker.temporary("item", kind)
        append = self.worker.store(items, self.worker.end(items), None, tree.list_([tree.name(item)]), statement)
        before.append(tree.assign(items.id, tree.list_([]), statement))
        before.extend(self.worker.loops.rewritten(tree.for_(tree.target(item), node, [append], statement)))
        return tree.copy(items)
