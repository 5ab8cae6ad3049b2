"""Methods of dicts as reads of their keys, stores and removals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from srcgrad import contents, tree
from srcgrad.analysis.kinds import Mapping, Sequence, is_dict
from srcgrad.errors import refuse

if TYPE_CHECKING:
    from srcgrad.transforms.containers import _Containers

_VIEWS = ("items", "values", "keys")
METHODS = ("update", "pop", "popitem", "setdefault", "get", "clear")


def is_view(node: Any, worker: _Containers) -> bool:
    """Whether an expression is ``d.items()``, ``d.values()`` or ``d.keys()``."""
    if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Attribute) or node.args or node.keywords:
        return False
    return node.func.attr in _VIEWS and worker.is_dict(node.func.value)


class Dicts:
    """The statements that do what methods and displays of dicts do."""

    def __init__(self, worker: _Containers) -> None:
        self.worker = worker

    def call(self, node: Any, base: Any, like: Any, held: str | None) -> list[Any]:
        """What a method does; what it returns goes to the name ``held``, if there is one."""
        method, args = node.func.attr, node.args
        made: list[Any] = []
        if method == "update" and len(args) < 2:
            return self.updated(base, args, [(tree.constant(k.arg), k.value) for k in node.keywords], like)
        if method == "clear" and not args and not node.keywords:
            key = self.worker.temporary("key", None)
            keys = tree.call(self.worker.program.builtin(list), tree.copy(base))
            return [tree.for_(tree.target(key), keys, [_removed(base, tree.name(key), like)], like)]
        if method == "popitem" and not args and not node.keywords:
            last = tree.call(self.worker.program.external(contents.last_key, "last_key"), tree.copy(base))
            key = tree.name(self.worker.temporary("key", None))
            pair = tree.tuple_([tree.copy(key), tree.subscript(tree.copy(base), tree.copy(key))])
            bound = [] if held is None else [tree.assign(held, pair, like)]
            return [tree.assign(key.id, last, like), *bound, _removed(base, key, like)]
        if method not in ("pop", "setdefault", "get") or not 1 <= len(args) <= 2 or node.keywords:
            raise refuse(node, self.worker.program.source, f"'{method}' has other arguments", "look at its signature")
        key = self.worker.named(args[0], "key", like, made)
        other = self.worker.named(args[1], "default", like, made) if len(args) == 2 else tree.constant(None)
        return [*made, *self.looked_up(method, base, key, other if len(args) == 2 else None, like, held)]

    def looked_up(self, method: str, base: Any, key: Any, other: Any, like: Any, held: str | None) -> list[Any]:
        """What ``pop``, ``setdefault`` and ``get`` do with a key."""
        read = tree.subscript(tree.copy(base), tree.copy(key))
        bound = [] if held is None else [tree.assign(held, read, like)]
        default = tree.constant(None) if other is None else other
        missing = [] if held is None else [tree.assign(held, tree.copy(default), like)]
        is_there = gast.Compare(tree.copy(key), [gast.In()], [tree.copy(base)])
        is_missing = gast.Compare(tree.copy(key), [gast.NotIn()], [tree.copy(base)])
        if method == "setdefault":
            return [tree.if_(is_missing, [_stored(base, key, tree.copy(default), like)], [], like), *bound]
        removed = [_removed(base, key, like)] if method == "pop" else []
        if method == "pop" and other is None:
            return [*bound, *removed]
        if not bound and not removed:
            return []
        return [tree.if_(is_there, [*bound, *removed], missing, like)]

    def updated(self, base: Any, others: list[Any], pairs: list[tuple[Any, Any]], like: Any) -> list[Any]:
        """What a dict is updated with, which may read it: all of that is evaluated before the first store."""
        made: list[Any] = []
        whole: list[Any] = []
        for other in others:  # at most one
            if isinstance(other, gast.Dict) and None not in other.keys:
                pairs = [*zip(other.keys, other.values, strict=True), *pairs]
            elif isinstance(other, gast.Dict):
                held = self.worker.temporary("items", self.worker.kind(other))
                made += self.made(other, held, like)
                whole.append(tree.name(held))
            elif isinstance(other, gast.List) and all(
                isinstance(p, gast.Tuple) and len(p.elts) == 2 for p in other.elts
            ):
                pairs = [*(tuple(pair.elts) for pair in other.elts), *pairs]
            elif isinstance(other, gast.Call) and self.worker.new.consumed.is_lazy(other):
                whole.append(other)  # the stores run through it
            else:
                whole.append(self.worker.named(other, "other", like, made))
        if len(pairs) + len(whole) > 1:
            named = self.worker.named
            pairs = [(named(key, "key", like, made), named(value, "value", like, made)) for key, value in pairs]
        made += [store for other in whole for store in self.included(base, other, like)]
        return made + [_stored(base, key, value, like) for key, value in pairs]

    def included(self, base: Any, other: Any, like: Any) -> list[Any]:
        """The stores that put what another dict, or a list of pairs, holds into a dict."""
        if isinstance(other, gast.Dict):
            return self.displayed(base, other, like)
        if isinstance(other, gast.List) and all(isinstance(p, gast.Tuple) and len(p.elts) == 2 for p in other.elts):
            return [_stored(base, pair.elts[0], pair.elts[1], like) for pair in other.elts]
        if is_view(other, self.worker) and other.func.attr == "items":
            return self.included(base, other.func.value, like)
        kind = self.worker.kind(other)
        pair = self.worker.element_kind(other)
        if (
            isinstance(kind, Sequence)
            and isinstance(pair, Sequence)
            and pair.items is not None
            and len(pair.items) == 2
        ):
            names = [self.worker.temporary("key", None), self.worker.temporary("value", pair.items[1])]
            target = tree.tuple_([tree.target(name) for name in names], store=True)
            store = _stored(base, tree.name(names[0]), tree.name(names[1]), like)
            return self.worker.loops.rewritten(tree.for_(target, other, [store], like))
        if not isinstance(kind, Mapping) or not is_dict(kind):
            reason = "a dict is made of, or updated with, what may be no dict"
            raise refuse(other, self.worker.program.source, reason, "store its values key by key")
        made: list[Any] = []
        whole = self.worker.named(other, "other", like, made)
        if kind.items is not None and all(isinstance(key, (str, int)) for key, _ in kind.items):
            keys = [tree.constant(key) for key, _ in kind.items]
            return made + [_stored(base, k, tree.subscript(tree.copy(whole), tree.copy(k)), like) for k in keys]
        key = self.worker.temporary("key", None)
        value = tree.subscript(tree.copy(whole), tree.name(key))
        return [*made, tree.for_(tree.target(key), whole, [_stored(base, tree.name(key), value, like)], like)]

    def made(self, node: Any, held: str, like: Any) -> list[Any]:
        """The statements that make a new dict: of a display with ``**``, ``dict(...)``, ``d.copy()``, or ``a | b``."""
        start = tree.assign(held, gast.Dict([], []), like)
        if isinstance(node, gast.Dict):
            return [start, *self.displayed(tree.name(held), node, like)]
        if isinstance(node, gast.BinOp):
            parts = [self.included(tree.name(held), side, like) for side in (node.left, node.right)]
            return [start, *parts[0], *parts[1]]
        others = node.args or ([node.func.value] if isinstance(node.func, gast.Attribute) else [])
        made = [s for other in others for s in self.included(tree.name(held), other, like)]
        pairs = [_stored(tree.name(held), tree.constant(k.arg), k.value, like) for k in node.keywords]
        return [start, *made, *pairs]

    def displayed(self, base: Any, display: Any, like: Any) -> list[Any]:
        """The stores that put what a display holds into a dict."""
        made: list[Any] = []
        for key, value in zip(display.keys, display.values, strict=True):
            made += self.included(base, value, like) if key is None else [_stored(base, key, value, like)]
        return made


def _stored(base: Any, key: Any, value: Any, like: Any) -> Any:
    return tree.assign(tree.at(tree.subscript(tree.copy(base), key, store=True), like), value, like)


def _removed(base: Any, key: Any, like: Any) -> Any:
    return _stored(base, tree.copy(key), gast.Constant(tree.REMOVED, None), like)
