"""Which stores change storage that another name still needs: pairs of names that may share, at each point.

``aliases`` says which names may ever share storage.  Here the order of statements counts as well: two buffers that a
loop swaps have each other's names in turn, but never at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.kinds import Array, Known, Mapping, Scalar, Sequence
from srcgrad.analysis.liveness import Liveness
from srcgrad.analysis.reads import is_mapping
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_in

_Pairs = dict[str, frozenset[str]]  # for each name those that may have its storage, or a part of it
_NONE: frozenset[str] = frozenset()


class Storage:
    """What the stores of a function change; ``inplace`` are names that stand for a value updated in place.

    ``changed`` holds the names whose storage some store may change, ``others`` for each store (by its identity) the
    names, and paths of the outside, that may share what it changes and are still read afterwards.
    """

    def __init__(self, function: Any, scope: Scope, inplace: frozenset[str] = _NONE) -> None:
        self.scope = scope
        self.inplace = inplace
        self.aliases: Aliases = aliases_in(function, scope)
        self.stores = [node for node in tree.walk_forward(function.body) if self.target(node) is not None]
        self.changed = frozenset(name for node in self.stores for name in self._changed_by(node))
        self.others: dict[int, set[str]] = {id(node): set() for node in self.stores}
        self._liveness = Liveness()
        if self.stores:
            self._block(function.body, _NONE, {})

    def target(self, node: Any) -> Any:
        """The name whose storage a statement changes in place, or None."""
        stored = tree.stored(node)
        if stored is not None:
            return stored.value
        is_update = tree.single_target(node) in self.inplace and isinstance(node.value, gast.BinOp)
        if is_update and not isinstance(self.scope.kinds.get(node.value.left.id), (Scalar, Known)):
            return node.value.left
        return None

    def _changed_by(self, store: Any) -> set[str]:
        """The names whose storage a store may change: of arrays in a list none, if the list gets another element."""
        base = self.target(store).id
        return self._without_parts(self.aliases.together(base), store, base)

    def _without_parts(self, names: set[str], store: Any, base: str) -> set[str]:
        """Names without those of arrays, where a list or a dict gets another element, or loses one."""
        is_holder = isinstance(self.scope.kinds.get(base), (Mapping, Sequence))
        if not is_holder or not isinstance(store, gast.Assign):
            return names
        return {name for name in names if not isinstance(self.scope.kinds.get(name), Array)}

    # --- statements, each changes the pairs that it is given

    def _block(self, statements: list[Any], after: frozenset[str], pairs: _Pairs) -> None:
        for statement, live in zip(statements, self._liveness.points(statements, after), strict=True):
            self._statement(statement, live, pairs)

    def _statement(self, statement: Any, live: frozenset[str], pairs: _Pairs) -> None:
        if isinstance(statement, gast.If):
            other = dict(pairs)
            self._block(statement.body, live, pairs)
            self._block(statement.orelse, live, other)
            _include(pairs, other)
        elif isinstance(statement, (gast.For, gast.While)):
            self._loop(statement, live, pairs)
        elif isinstance(statement, gast.With):
            self._block(statement.body, live, pairs)
        else:
            self._simple(statement, live, pairs)

    def _loop(self, loop: Any, live: frozenset[str], pairs: _Pairs) -> None:
        head = live | self._liveness.statement(loop).uses
        if isinstance(loop, gast.For):  # which holds what it runs over
            head |= self._liveness.block(loop.body).uses - tree.writes(loop.target) | tree.reads(loop.iter)
        while True:
            turn = dict(pairs)
            if isinstance(loop, gast.For) and not is_mapping(loop.iter, self.scope):
                self._bind(loop.target, loop.iter, turn)
            self._block(loop.body, head, turn)
            if not _include(pairs, turn):
                return

    def _simple(self, statement: Any, live: frozenset[str], pairs: _Pairs) -> None:
        base = self.target(statement)
        if base is not None and id(statement) in self.others:
            own = tree.writes(statement)
            keys = {base.id} | self.aliases.sources(base)
            sharing = set().union(*(pairs.get(key, _NONE) for key in keys)) - {base.id} - own
            sharing = self._without_parts(sharing, statement, base.id)
            self.others[id(statement)] |= {name for name in sharing if name in live or self._is_beyond(name)}
        for call in (node for node in tree.walk(statement) if isinstance(node, gast.Call)):
            self._join(self.aliases.kept_by(self.aliases.effect(call)), pairs)
        if isinstance(statement, gast.Assign) and tree.stored(statement) is None:
            self._bind(statement.targets[0], statement.value, pairs)
        elif tree.stored(statement) is not None and self.aliases.holds(base):
            self._join({base.id} | self.aliases.sources(statement.value), pairs)

    def _is_beyond(self, name: str) -> bool:
        return name not in self.scope.local

    # --- pairs

    def _bind(self, target: Any, value: Any, pairs: _Pairs) -> None:
        names = tree.writes(target)
        sources = {key for key in self.aliases.sources(value) if self._may_share(key)}
        held = {key: pairs.get(key, _NONE) for key in sources}
        for name in names:
            for other in pairs.pop(name, _NONE):
                if other in pairs:
                    pairs[other] -= {name}
        names = {name for name in names if self._may_share(name)}
        sharing = (sources | set().union(*held.values())) - names
        several = isinstance(target, (gast.Tuple, gast.List)) and not self.aliases.are_apart(value)
        for name in names:
            self._pair(name, sharing | (names - {name} if several else set()), pairs)

    def _may_share(self, name: str) -> bool:
        return not isinstance(self.scope.kinds.get(name), (Scalar, Known))

    @staticmethod
    def _pair(name: str, others: Iterable[str], pairs: _Pairs) -> None:
        for other in others:
            pairs[name] = pairs.get(name, _NONE) | {other}
            pairs[other] = pairs.get(other, _NONE) | {name}

    def _join(self, keys: set[str], pairs: _Pairs) -> None:
        """Let all that some keys stand for share storage from here on."""
        everything = keys.union(*(pairs.get(key, _NONE) for key in keys)) if keys else keys
        for key in everything:
            self._pair(key, everything - {key}, pairs)


def _include(pairs: _Pairs, others: _Pairs) -> bool:
    """Add other pairs; whether there was a new one."""
    new = False
    for name, sharing in others.items():
        known = pairs.get(name, _NONE)
        if not sharing <= known:
            pairs[name] = known | sharing
            new = True
    return new
