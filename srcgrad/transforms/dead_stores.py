r"""Drop stores to arrays whose content nobody reads afterwards, and what is put back though it need not have gone.

>>> import gast, numpy as np
>>> from srcgrad.analysis.kinds import Array
>>> from srcgrad.analysis.scope import Scope
>>> from srcgrad.writer import to_text
>>> body = gast.parse('''
... y = np.zeros(3)
... y[0] = x
... z = np.zeros_like(y)
... ''').body
>>> kinds = {"y": Array((False,), np.dtype(float))}
>>> print(to_text(dead_stores(body, Scope({"np": np}, {"x", "y", "z"}, kinds), {"x"})).strip())
y = np.zeros(3)
z = np.zeros_like(y)

A copy of a parameter that is only asked for its shape goes as well, unless either name stands for something else, too.

>>> def example(rest):
...     code = gast.parse("y = np.copy(x)\ny[0] = 1.0\n" + rest).body
...     print(to_text(dead_stores(code, Scope({"np": np}, {"x", "y", "z"}), {"x"})).strip())
>>> example("z = np.zeros_like(y)")
z = np.zeros_like(x)
>>> example("x = x[1:]\nz = np.zeros_like(y)")
y = np.copy(x)
x = x[1:]
z = np.zeros_like(y)
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.contents import ContentReads, content_reads
from srcgrad.analysis.effects import is_pure
from srcgrad.analysis.kinds import Array, Scalar
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.analysis.views import Views, storage_of

_NONE: frozenset[str] = frozenset()


def dead_stores(body: list[Any], scope: Scope, parameters: set[str]) -> list[Any]:
    """A function's body without the stores that have no effect; ``parameters`` are somebody else's storage."""
    stores = [node for node in tree.walk(body) if _base(node) is not None]
    if not stores:
        return body
    worker = _DeadStores(body, scope, parameters)
    body = worker.undone(body)
    worker.before(body, _NONE)
    dead = {id(node) for node in tree.walk(body) if _base(node) is not None} - worker.kept
    if not dead:
        return body
    return _without_copies(tree.without(body, dead), scope, parameters)


def _without_copies(body: list[Any], scope: Scope, parameters: set[str]) -> list[Any]:
    """A body without copies of parameters that are only asked for their shapes."""
    made: list[Any] = []
    same: dict[str, Any] = {}
    read = content_reads(body, scope) | {str(_base(node)) for node in tree.walk(body)}
    bound = Counter(n.id for n in tree.names(body, gast.Store))
    for statement in body:
        name, value = tree.single_target(statement), getattr(statement, "value", None)
        copied = isinstance(value, gast.Call) and scope.resolve(value.func) is np.copy and value.args[0]
        is_parameter = isinstance(copied, gast.Name) and copied.id in parameters and bound[copied.id] == 0
        if name is not None and name not in read and is_parameter and bound[name] == 1:
            same[name] = copied
        else:
            made.append(statement)
    return tree.substitute(made, same) if same else body


def _base(node: Any) -> str | None:
    """The name of an array that a statement stores to, with a value that may be left out."""
    target = tree.stored(node)
    return str(target.value.id) if target is not None and isinstance(target.value, gast.Name) else None


class _DeadStores(ContentReads):
    """Goes backwards over a body; ``kept`` are the stores that matter."""

    def __init__(self, body: list[Any], scope: Scope, parameters: set[str]) -> None:
        self.scope = scope
        self.views = Views(body, scope)
        self.kept: set[int] = set()
        exposed = set(parameters)
        for node in tree.walk(body):
            if isinstance(node, gast.Assign) and tree.stored(node) is None:
                handed = list(storage_of(node.value, scope))
                if any(name is None or (name not in scope.local and not self._is_code(name)) for name in handed):
                    exposed |= tree.writes(node.targets[0])
            elif isinstance(node, (gast.List, gast.Dict, gast.Set)) or _is_tuple(node):
                exposed |= set(filter(self._holds, tree.identifiers(node)))  # which may be found there
            elif isinstance(node, gast.Call) and (effect := effect_of(node, scope)).keeps:
                parts = [part for group in effect.keeps for part in group if isinstance(part, gast.AST)]
                exposed |= set(filter(self._holds, tree.identifiers(parts)))
            elif isinstance(node, (gast.For, gast.With, tree.OnReverse)):
                exposed |= set(filter(self._holds, tree.identifiers(_head(node))))
        self.exposed = {other for name in exposed for other in self.views.together(name)}

    def _is_code(self, name: str) -> bool:
        return callable(self.scope.namespace.get(name)) or hasattr(self.scope.namespace.get(name), "__file__")

    def _holds(self, name: str) -> bool:
        return not isinstance(self.scope.kinds.get(name), Scalar)

    def read(self, node: Any) -> frozenset[str]:
        """All names whose storage the content is read of."""
        return frozenset(o for name in content_reads(node, self.scope) for o in self.views.together(name))

    def statement(self, node: Any, live: frozenset[str]) -> frozenset[str]:
        base = _base(node)
        if base is not None:
            pure = is_pure(node.value, self.scope) and is_pure(tree.stored(node).slice, self.scope)
            if pure and base in self.scope.local and base not in self.exposed and base not in live:
                return live
            self.kept.add(id(node))
            updates = self.views.together(base) if isinstance(node, gast.AugAssign) else _NONE
            return live | self.read([node.value, tree.stored(node).slice]) | frozenset(updates)
        name = tree.single_target(node)
        if name is not None and is_pure(node.value, self.scope) and self.views.together(name).isdisjoint(live):
            return live | self.held(node.value)  # nobody reads it either, but perhaps its shape
        if name is not None and self.is_view(name, node.value):
            return live | self.read(node.value.slice) if isinstance(node.value, gast.Subscript) else live
        return super().statement(node, live)

    def held(self, value: Any) -> frozenset[str]:
        """The lists, dicts and objects that are read for a value: its shape depends on what is in them."""
        return frozenset(n for n in self.read(value) if not isinstance(self.scope.kinds.get(n), (Array, Scalar)))

    def is_view(self, name: str, value: Any) -> bool:
        """Whether a value is an array, or a part of one, whose content is read where its name is."""
        while isinstance(value, gast.Subscript):  # of what is computed there the content is read
            value = value.value
        return isinstance(value, gast.Name) and isinstance(self.scope.kinds.get(name), Array)

    # --- what is put back

    def undone(self, statements: list[Any]) -> list[Any]:
        """A block without ``old = x[i].copy()``, ``x[i] = v`` and ``x[i] = old`` between which ``x`` is not read."""
        made = list(statements)
        for place in range(len(made) - 1, -1, -1):
            found = self.overwritten(made, place)
            if found is not None:
                drop = {*found, place}
                return self.undone([s for n, s in enumerate(made) if n not in drop])
        return made

    def overwritten(self, statements: list[Any], place: int) -> tuple[int, int] | None:
        """Where the old content is kept and overwritten that a statement puts back, if nobody reads in between."""
        put, base = statements[place], _base(statements[place])
        old = getattr(getattr(put, "value", None), "id", None)
        if base is None or not isinstance(put, gast.Assign) or old is None:
            return None
        if sum(1 for n in tree.names(statements) if n.id == old) != 2:
            return None
        kept = next((n for n in range(place) if tree.single_target(statements[n]) == old), None)
        if kept is None or kept + 1 >= place:
            return None
        store = statements[kept + 1]
        same = _base(store) == base and tree.equal(tree.stored(store).slice, tree.stored(put).slice)
        if not same or not is_pure(store.value, self.scope) or base in self.exposed:
            return None
        between = statements[kept + 2 : place]
        mine = self.views.together(base)
        if any(not mine.isdisjoint(content_reads(s, self.scope)) or _stores_to(s, mine) for s in between):
            return None
        return kept, kept + 1


def _stores_to(statement: Any, names: set[str]) -> bool:
    return any(_base(node) in names for node in tree.walk(statement))


def _is_tuple(node: Any) -> bool:
    """Whether a node is a display of arrays: no index, and no target."""
    return isinstance(node, gast.Tuple) and isinstance(node.ctx, gast.Load)


def _head(node: Any) -> Any:
    """What a loop runs over, or a ``with`` enters, and what that is bound to; all of a block of the user's."""
    if isinstance(node, tree.OnReverse):
        return node
    return [node.iter, node.target] if isinstance(node, gast.For) else node.items
