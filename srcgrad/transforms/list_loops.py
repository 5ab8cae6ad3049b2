"""Loops over lists and dicts that change in them.

A loop over a list that its body makes longer is one that looks how long the list is, turn by turn, as Python does.

>>> from srcgrad.transforms.containers import containers
>>> from srcgrad.transforms.examples import show
>>> print(show(containers, '''
... def f(x):
...     items = [x]
...     total = 0.0
...     for item in items:
...         if len(items) < 3:
...             items.append(item * x)
...         total = total + item
...     return total
... ''', kinds=True))
def f(x):
    items = [x]
    total = 0.0
    turn = 0
    while turn < len(items):
        item = items[turn]
        if len(items) < 3:
            items[len(items) :] = [item * x]
        total = total + item
        turn_2 = turn + 1
        turn = turn_2
    return total
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gast

from srcgrad import contents, tree
from srcgrad.analysis.indexing import is_spliced
from srcgrad.analysis.kinds import INT
from srcgrad.errors import refuse
from srcgrad.transforms.dict_views import over_keys
from srcgrad.transforms.sweeps import split

if TYPE_CHECKING:
    from srcgrad.transforms.containers import _Containers


class Loops:
    """Finds and rewrites such loops, for a ``worker`` that rewrites what changes lists."""

    def __init__(self, worker: _Containers) -> None:
        self.worker = worker

    def rewritten(self, loop: Any) -> list[Any]:
        """A loop over what a list holds, then or turn by turn, or over the keys of a dict."""
        made: list[Any] = []
        keyed = over_keys(loop, self.worker, made)
        self.worker.has_changed = self.worker.has_changed or keyed is not loop
        loop = keyed
        changed = self.changed_by_name(loop)
        if changed and (base := self.counted(loop)) is not None:
            return [*made, *self.by_turns(loop, base)]
        if changed:
            reason = f"'{getattr(changed[0].func, 'attr', 'this')}' changes the list that this loop runs over"
            raise refuse(changed[0], self.worker.program.source, reason, "run over a copy of it: for v in list(...)")
        grown = self.grown(loop)
        self.worker.has_changed = self.worker.has_changed or bool(grown)
        clone = tree.with_blocks(loop, self.worker.block)
        after = self.checked(clone, grown, loop, made)
        clone.iter = self.worker.new.made(self.worker.new.consumed.as_list(clone.iter), loop, made)
        return [*made, clone, *after]

    def checked(self, clone: Any, grown: list[Any], loop: Any, before: list[Any]) -> list[Any]:
        """The tests after a loop, and in it, that lists which may get longer by other names do not."""
        checking = self.worker.program.external(contents.check_length, "check_length") if grown else ""
        after = []
        for whole in grown:  # first in a turn: its end binds what the loop carries, and leaves it
            held = self.worker.temporary("items", self.worker.kind(whole))
            count = self.worker.temporary("count", INT)
            before.append(tree.assign(held, whole, loop))
            before.append(tree.assign(count, self.worker.end(tree.name(held)), loop))
            clone.iter = tree.exchanged(clone.iter, {id(whole): tree.name(held)})
            check = tree.call(checking, tree.name(held), tree.name(count))
            clone.body = [tree.expression(check, loop), *clone.body]
            after.append(tree.expression(tree.copy(check), loop))
        return after

    # --- turn by turn

    def counted(self, loop: Any) -> Any:
        """The list that a loop runs over, or numbers from zero; None of any other loop."""
        over = loop.iter
        is_numbered = (
            isinstance(over, gast.Call)
            and self.worker.scope.resolve(over.func) is enumerate
            and len(over.args) == 1
            and not over.keywords
        )
        base = over.args[0] if is_numbered else over
        return base if isinstance(base, gast.Name) and self.worker.is_list(base) and not loop.orelse else None

    def by_turns(self, loop: Any, base: Any) -> list[Any]:
        """A loop that looks at the length of its list before each turn."""
        self.worker.has_changed = True
        turn = self.worker.temporary("turn", INT)
        value: Any = tree.subscript(tree.copy(base), tree.name(turn))
        bound = [(loop.target, value)]
        if loop.iter is not base:  # but numbers it
            pair, targets = [tree.name(turn), value], getattr(loop.target, "elts", ())
            is_apart = len(targets) == 2
            bound = list(zip(targets, pair, strict=True)) if is_apart else [(loop.target, tree.tuple_(pair))]
        following = self.worker.temporary("turn", INT)
        step = tree.assign(following, tree.binary(tree.name(turn), "+", tree.constant(1)), loop)
        carried = tree.assign(turn, tree.name(following), loop)
        test = gast.Compare(tree.name(turn), [gast.Lt()], [self.worker.end(base)])
        self.worker.heads.add(turn)
        main, updates, leave = split(loop, self.worker.program.heads)
        first = [tree.assign(target, part, loop) for target, part in bound]
        body = self.worker.block([*first, *main, step, *updates, carried, *leave])
        return [tree.assign(turn, tree.constant(0), loop), tree.while_(test, body, loop)]

    # --- what changes

    def changed_by_name(self, loop: Any) -> list[Any]:
        """The calls of methods that make a list longer or shorter, by the name by which the loop runs over it."""
        names = {getattr(whole, "id", None) for whole in self.lists_in(loop.iter)}
        nodes = (n for statement in loop.body for n in tree.walk(statement)) if names else ()
        own = (n for n in nodes if self.worker.method(n) and self.worker.is_list(n.func.value))
        return [node for node in own if getattr(node.func.value, "id", "") in names]

    def grown(self, loop: Any) -> list[Any]:
        """The lists that a loop runs over which may get longer or shorter in it: their lengths are looked at."""
        own = list(self.lists_in(loop.iter))
        if not own:
            return []
        aliases = self.worker.aliases
        keys = {other for key in aliases.sources(loop.iter) for other in aliases.together(key)}
        for node in (n for statement in loop.body for n in tree.walk(statement)):
            if not keys.isdisjoint(key for part in self.resized(node) for key in aliases.sources(part)):
                return own
        return []

    def lists_in(self, node: Any) -> Iterator[Any]:
        """The lists that are there before an expression is evaluated, and that it runs over."""
        if isinstance(node, (gast.Name, gast.Subscript, gast.Attribute)):
            is_new = isinstance(node, gast.Subscript) and isinstance(node.slice, gast.Slice)
            yield from [node] if self.worker.is_list(node) and not is_new else []
        elif isinstance(node, gast.Call):
            function = self.worker.scope.resolve(node.func)
            makes_new = any(function is one for one in (list, tuple, sorted))
            for part in () if makes_new else node.args:
                yield from self.lists_in(part)

    def resized(self, node: Any) -> list[Any]:
        """What a node may make longer or shorter."""
        worker = self.worker
        if isinstance(node, gast.Assign) and worker.is_extended(node):
            return [node.value.left]
        if isinstance(node, gast.AugAssign):
            return [node.target] if worker.is_list(tree.overwritten(node.target)) else []
        if (target := tree.stored(node)) is not None:
            return [target.value] if is_spliced(target, worker.kind) else []
        if worker.method(node):
            return [node.func.value] if worker.is_list(node.func.value) else []
        return list(worker.aliases.effect(node).changes) if isinstance(node, gast.Call) else []
