"""What a piece of code reads of the content of arrays, rather than of their shapes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import gast
import numpy as np

from srcgrad import contents, runtime, structures, tree
from srcgrad.analysis.kinds import Mapping, Sequence
from srcgrad.analysis.operations import SHAPE_ATTRIBUTES
from srcgrad.analysis.scope import MISSING, Scope

# of these functions the arguments in some places are asked for their shape, dtype and structure only
_SHAPED: tuple[tuple[Any, tuple[int, ...]], ...] = (
    *((f, (0,)) for f in (np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.shape, np.ndim, np.size, len)),
    *(
        (f, (0,))
        for f in (structures.zeros_for, contents.shadow, runtime.zeros_like, runtime.ones_like, structures.seed)
    ),
    *((f, (1,)) for f in (runtime.unbroadcast, runtime.unreduce, runtime.matched, runtime.like_nested)),
    *((f, (0, 1)) for f in (np.may_share_memory, isinstance)),
    (contents.mirrored, (2, 3)),
    (structures.restored, (1,)),
)


def content_reads(node: Any, scope: Scope) -> set[str]:
    """The names whose values an expression or a statement reads, not just their shapes.

    >>> import gast
    >>> scope = Scope({"np": np}, {"u", "v", "w"})
    >>> sorted(content_reads(gast.parse("np.zeros_like(u) + np.ones(v.shape) * w"), scope))
    ['np', 'w']
    """
    found: set[str] = set()
    pending = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, gast.Name):
            found |= tree.reads(item)
        elif isinstance(item, gast.AugAssign) and isinstance(item.target, gast.Name):
            found.add(item.target.id)
            pending.append(item.value)
        elif isinstance(item, gast.Attribute) and item.attr in SHAPE_ATTRIBUTES and isinstance(item.value, gast.Name):
            continue
        elif isinstance(item, gast.Call) and (places := shaped_places(item, scope)):
            pending += [item.func, *(_index_of(a, scope) if n in places else a for n, a in enumerate(item.args))]
            pending += [keyword.value for keyword in item.keywords]
        else:
            pending.extend(tree.children(item))
    return found


def _index_of(node: Any, scope: Scope) -> Any:
    """What is read of an array, or a part of one, that is asked for its shape: what the part is chosen by.

    The length of a list is its content.
    """
    if isinstance(node, gast.Name):
        return node if isinstance(scope.kinds.get(node.id), (Mapping, Sequence)) else []
    if isinstance(node, gast.Subscript):
        return [_index_of(node.value, scope), node.slice]
    return _index_of(node.value, scope) if isinstance(node, gast.Attribute) and node.attr == "T" else node


def shaped_places(node: Any, scope: Scope) -> tuple[int, ...]:
    """The positions of the arguments of a call that are asked for their shape only."""
    function = scope.resolve(node.func)
    if function is MISSING:
        return ()
    return next((places for known, places in _SHAPED if known is function), ())


class ContentReads(ABC):
    """Goes backwards over code, with what is read after each point of the content of storage.

    What stands for the storage, ``read`` says.
    """

    def before(self, statements: list[Any], live: frozenset[str]) -> frozenset[str]:
        """What is read at the start of a block or after it, if ``live`` is read after it."""
        for statement in reversed(statements):
            live = self.statement(statement, live)
        return live

    def statement(self, node: Any, live: frozenset[str]) -> frozenset[str]:
        """The same for a statement."""
        if isinstance(node, gast.If):
            return self.before(node.body, live) | self.before(node.orelse, live) | self.read(node.test)
        if isinstance(node, (gast.For, gast.While)):
            head = live | self.read(node.iter if isinstance(node, gast.For) else node.test)
            while (turn := self.before(node.body, head) | head) != head:
                head = turn
            return head
        if isinstance(node, gast.With):
            return self.before(node.body, live) | self.read(node.items)
        return live | self.read(node)

    @abstractmethod
    def read(self, node: Any) -> frozenset[str]:
        """The storage whose content an expression, or a simple statement, reads."""
