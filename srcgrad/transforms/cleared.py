r"""Read a part of an adjoint where it lies and clear it afterwards, rather than copy it first.

>>> import gast, numpy as np
>>> from srcgrad.analysis.kinds import Array
>>> from srcgrad.analysis.scope import Scope
>>> from srcgrad.writer import to_text
>>> scope = Scope({"np": np}, {"b", "c", "t", "x"}, {name: Array((False,), np.dtype(float)) for name in "bctx"})
>>> def example(code):
...     print(to_text(cleared(gast.parse("b = np.zeros_like(x)\n" + code).body, scope, {"x"})).strip())
>>> example("t = b[1:].copy()\nb[1:] = 0.0\nc = t * x")
b = np.zeros_like(x)
t = b[1:]
c = t * x
b[1:] = 0.0

What goes on being the part, or comes after something else has been added to the array, needs the copy.

>>> example("c = b[1:].copy()\nb[1:] = 0.0\nb[:-1] += c * x")
b = np.zeros_like(x)
c = b[1:].copy()
b[1:] = 0.0
b[:-1] += c * x
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.effects import is_pure
from srcgrad.analysis.indexing import parts_of
from srcgrad.analysis.kinds import Array
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.views import Views, may_share


def cleared(body: list[Any], scope: Scope, parameters: set[str]) -> list[Any]:
    """A function's body where copies are made only of what is overwritten before it has been read."""
    if not any(_copied(node) is not None for node in tree.walk(body)):
        return body
    return _Cleared(body, scope, parameters).block(body)


def _copied(node: Any) -> Any:
    """The part of an array of which a call, ``x[i].copy()``, makes a copy."""
    if not isinstance(node, gast.Call) or node.args or node.keywords or not isinstance(node.func, gast.Attribute):
        return None
    part = node.func.value
    is_part = tree.is_part(part)
    return part if is_part and node.func.attr == "copy" else None


class _Cleared:
    def __init__(self, body: list[Any], scope: Scope, parameters: set[str]) -> None:
        self.scope = scope
        self.parameters = parameters
        self.views = Views(body, scope)
        self.uses = Counter(n.id for n in tree.names(body, gast.Load))
        self.bindings = Counter(n.id for n in tree.names(body, gast.Store))
        self.parts: dict[str, Any] = {}  # of which array, and which part of it, a name is
        for node in tree.walk(body):
            name = tree.single_target(node)
            if name is not None and self.bindings[name] == 1 and isinstance(node.value, gast.Subscript):
                self.parts[name] = node.value

    def block(self, statements: list[Any]) -> list[Any]:
        made = [tree.with_blocks(statement, self.block) for statement in statements]
        for place, statement in enumerate(made):
            copy = next((node for node in tree.walk(_value(statement)) if _copied(node) is not None), None)
            if copy is None or not isinstance(self.scope.kinds.get(_copied(copy).value.id), Array):
                continue
            read = tree.exchanged(statement, {id(copy): _copied(copy)})
            if _copied(copy).value.id not in may_share(read.value, self.scope):
                made[place] = read  # it is computed with at once
            elif tree.single_target(statement) and (last := self.last_read(made, place, _copied(copy))) is not None:
                made[place : last + 1] = [read, *made[place + 2 : last + 1], made[place + 1]]
        return made

    def last_read(self, statements: list[Any], place: int, part: Any) -> int | None:
        """Where a copied part is read for the last time, if it may be cleared after that; None otherwise."""
        shared = {str(tree.single_target(statements[place]))}
        mine = self.views.together(part.value.id)
        is_ours = mine.isdisjoint(self.parameters) and mine <= self.scope.local
        if not _clears(statements[place + 1 : place + 2], part) or not is_pure(part, self.scope) or not is_ours:
            return None
        if any(self.bindings[name] != 1 for name in shared):
            return None
        last, left = place + 1, sum(self.uses[name] for name in shared)
        for later in range(place + 2, len(statements)):
            if not left:
                break
            statement = statements[later]
            handed = self.handed_on(statement, shared)
            if handed is None or not self.leaves(statement, part, mine):
                return None
            found = sum(1 for node in tree.names(statement, gast.Load) if node.id in shared)
            left += sum(self.uses[name] for name in handed) - found
            shared |= handed
            last = later if found else last
        return None if left else last

    def handed_on(self, statement: Any, shared: set[str]) -> set[str] | None:
        """The names that share a part's storage after a statement; None where that is not known."""
        if tree.blocks(statement) or not isinstance(statement, (gast.Assign, gast.AugAssign)):
            return None
        name, target = tree.single_target(statement), tree.stored(statement)
        if name is not None:
            if shared.isdisjoint(may_share(statement.value, self.scope)):
                return set()
            return {name} if self.bindings[name] == 1 else None
        whole = statement.target if target is None and isinstance(statement, gast.AugAssign) else target
        root = whole.value if isinstance(whole, gast.Subscript) else whole
        is_array = isinstance(root, gast.Name) and isinstance(self.scope.kinds.get(root.id), Array)
        return set() if is_array and root.id not in shared else None

    def leaves(self, statement: Any, part: Any, mine: set[str]) -> bool:
        """Whether a statement has nothing to do with what a part is of, or with another part of it only."""
        if not tree.writes(statement).isdisjoint(tree.reads(part)):
            return False
        return all(
            name in self.parts and self.are_apart(self.parts[name], part) for name in tree.identifiers(statement) & mine
        )

    def are_apart(self, left: Any, right: Any) -> bool:
        """Whether two parts of one array have no element in common: their first index is another number."""
        same = isinstance(left.value, gast.Name) and left.value.id == right.value.id
        one, other = (self.scope.literal(parts_of(part.slice)[0]) for part in (left, right))
        numbers = all(type(number) is int for number in (one, other))
        return same and self.bindings[right.value.id] == 1 and numbers and one != other and (one < 0) == (other < 0)


def _clears(statements: list[Any], part: Any) -> bool:
    """Whether the first statement overwrites a part of an array with a constant."""
    target = tree.stored(statements[0]) if statements and isinstance(statements[0], gast.Assign) else None
    is_constant = target is not None and isinstance(statements[0].value, gast.Constant)
    return is_constant and tree.equal(tree.overwritten(target), part)


def _value(statement: Any) -> Any:
    """What a statement gives, or adds, to a name or to a part of an array."""
    is_given = isinstance(statement, gast.AugAssign) or tree.single_target(statement) is not None
    return statement.value if is_given else []
