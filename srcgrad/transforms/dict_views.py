"""Loops over what dicts hold as loops over their keys, also inside of ``enumerate``, ``zip`` and ``reversed``.

>>> from srcgrad.transforms.containers import containers
>>> from srcgrad.transforms.examples import show
>>> print(show(containers, '''
... def f(x):
...     table = {"a": x, "b": x * x}
...     total = 0.0
...     for n, (key, value) in enumerate(table.items()):
...         total = total + n * value
...     return total
... ''', kinds=True))
def f(x):
    table = {"a": x, "b": x * x}
    total = 0.0
    for n, key in enumerate(table):
        value = table[key]
        total = total + n * value
    return total
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from srcgrad import tree
from srcgrad.transforms.dicts import is_view

if TYPE_CHECKING:
    from srcgrad.transforms.containers import _Containers


def over_keys(loop: Any, worker: _Containers, before: list[Any]) -> Any:
    """The same loop over keys; itself, if it runs over no values of dicts that a derivative reaches.

    The values are read when a turn starts, as a view reads them.  What names dicts goes ``before`` the loop.
    """
    views = _Views(loop, worker, before)
    names = [node.id for node in tree.walk(loop.target) if isinstance(node, gast.Name)]
    if not views.are_in(loop.iter) or len(set(names)) < len(names):
        return loop
    made, target = views.over(loop.iter, loop.target)
    return tree.shallow(loop, iter=made, target=target, body=[*views.bound, *loop.body])


def with_views(body: list[Any], worker: _Containers) -> list[Any]:
    """The same statements with views of dicts where they are used, in place of names for them.

    A view has nothing of its own: it can as well be made again, as long as the same dict is meant.
    """
    bound = [name for node in tree.walk(body) for name in tree.writes(node) if isinstance(node, gast.Assign)]
    once = {str(tree.single_target(n)): n for n in tree.walk(body) if bound.count(str(tree.single_target(n))) == 1}
    views: dict[str, Any] = {}
    count = -1
    while len(views) > count:  # a name of a view may have others
        count = len(views)
        for name, node in once.items():
            value = views.get(getattr(node.value, "id", ""), node.value)
            base = value.func.value if is_view(value, worker) else None
            if isinstance(base, gast.Name) and bound.count(base.id) < 2 and worker.is_followed(base, base):
                views[name] = value
    if not views:
        return body

    def block(statements: list[Any]) -> list[Any]:
        kept = [s for s in statements if tree.single_target(s) not in views]
        return [tree.with_blocks(s, block) for s in kept]

    def exchanged(node: Any, clone: Any) -> Any:
        is_read = isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load) and node.id in views
        return tree.copy(views[node.id]) if is_read else clone

    return [tree.remade(statement, exchanged) for statement in block(body)]


class _Views:
    def __init__(self, loop: Any, worker: _Containers, before: list[Any]) -> None:
        self.loop = loop
        self.worker = worker
        self.before = before
        self.bound: list[Any] = []  # at the start of each turn

    def parts(self, node: Any) -> list[Any]:
        """What ``enumerate``, ``zip`` or ``reversed`` runs through."""
        function = self.worker.scope.resolve(node.func) if isinstance(node, gast.Call) else None
        if function is zip:
            return list(node.args)
        return list(node.args[:1]) if function is enumerate or function is reversed else []

    def are_in(self, node: Any) -> bool:
        """Whether it runs over values of a dict."""
        if is_view(node, self.worker):
            return self.worker.is_followed(node, node.func.value)
        return any(map(self.are_in, self.parts(node)))

    def over(self, node: Any, target: Any) -> tuple[Any, Any]:
        """What to run over instead, and the target for it."""
        if not self.are_in(node):
            return node, target
        if is_view(node, self.worker):
            base = self.worker.named(node.func.value, "part", self.loop, self.before)
            return base, self.read(node.func.attr, base, target)
        function, parts = self.worker.scope.resolve(node.func), self.parts(node)
        if function is reversed:
            whole, target = self.over(parts[0], target)
            return tree.shallow(node, args=[whole]), target
        counted = 1 if function is enumerate else 0
        targets = self.taken_apart(target, counted + len(parts))
        pairs = [self.over(*pair) for pair in zip(parts, targets[counted:], strict=True)]
        made = tree.shallow(node, args=[*(whole for whole, _ in pairs), *node.args[len(parts) :]])
        if not isinstance(target, gast.Tuple) or len(target.elts) != len(targets):
            self.bind(target, tree.tuple_([tree.name(part.id) for part in targets]))
        return made, tree.tuple_([*targets[:counted], *(target for _, target in pairs)], store=True)

    def taken_apart(self, target: Any, count: int) -> list[Any]:
        """As many targets as there are values: the parts of one, or new names."""
        if isinstance(target, gast.Tuple) and len(target.elts) == count:
            return list(target.elts)
        return [tree.target(self.worker.temporary("item", None)) for _ in range(count)]

    def read(self, method: str, base: Any, target: Any) -> Any:
        """The target for a key, after which the value is read."""
        if method == "keys":
            return target
        is_pair = method == "items" and isinstance(target, gast.Tuple) and len(target.elts) == 2
        is_named = is_pair and isinstance(target.elts[0], gast.Name)
        key = target.elts[0] if is_named else tree.target(self.worker.temporary("key", None))
        value = tree.subscript(tree.copy(base), tree.name(key.id))
        if is_pair and not is_named:
            self.bind(target.elts[0], tree.name(key.id))
        if is_pair:
            self.bind(target.elts[1], value)
        else:
            self.bind(target, value if method == "values" else tree.tuple_([tree.name(key.id), value]))
        return key

    def bind(self, target: Any, value: Any) -> None:
        """Bind a target when a turn starts."""
        self.bound.append(tree.assign(target, value, self.loop))
