r"""Run over the items of a sequence, rather than over the indices of its items, as the user's loop does.

>>> import gast
>>> from srcgrad import tree
>>> from srcgrad.analysis.kinds import FLOAT, Sequence
>>> from srcgrad.analysis.scope import Scope
>>> from srcgrad.writer import to_text
>>> scope = Scope({"range": range, "len": len}, {"index", "t", "x", "y"}, {"x": Sequence(list, None, FLOAT)})
>>> code = "def f(x):\n    for index in range(len(x)):\n        t = x[index]\n        y = 2 * t"
>>> function = gast.parse(code).body[0]
>>> print(to_text(over_items(function, scope, lambda made: tree.name(made.__name__), frozenset())).strip())
for t in x:
    y = 2 * t
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import gast

from srcgrad import structures, tree
from srcgrad.analysis.kinds import Array, Sequence
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import effect_of
from srcgrad.analysis.views import Views

Builtin = Callable[[Any], Any]  # the name of a builtin, whatever the user has left for it
_ADDING = (structures.add_into, structures.restored)
_OF_STACKS = ("append", "pop", "extend")


def over_items(function: Any, scope: Scope, builtin: Builtin, user: frozenset[str]) -> list[Any]:
    """A function's body where loops over indices that serve to read items only are loops over these."""
    return _OverItems(function, scope, builtin, user).block(function.body)


class _OverItems:
    def __init__(self, function: Any, scope: Scope, builtin: Builtin, user: frozenset[str]) -> None:
        self.scope = scope
        self.body = function.body
        self.builtin = builtin
        self.user = user
        self.parameters = tree.parameters_of(function)
        self.views = Views(function.body, scope)
        self.loads = Counter(node.id for node in tree.names(function.body, gast.Load))
        self.values: dict[str, list[Any]] = {}  # what a name is bound to, where it is bound by an assignment
        self.bindings = Counter(node.id for node in tree.names(function.body, gast.Store))
        for node in tree.walk(function.body):
            if (name := tree.single_target(node)) is not None:
                self.values.setdefault(name, []).append(node.value)
        self.in_loops: Counter[str] = Counter()  # how often the index of a loop is read in loops that bind it
        for node in tree.walk(function.body):
            if isinstance(node, gast.For) and isinstance(node.target, gast.Name):
                self.in_loops[node.target.id] += _loads(node.body, node.target.id)

    def block(self, statements: list[Any]) -> list[Any]:
        made = [tree.with_blocks(statement, self.block) for statement in statements]
        return [self.loop(s) if isinstance(s, gast.For) else s for s in made]

    def loop(self, loop: Any) -> Any:
        """A loop over items, if it can be one."""
        sequence, backwards = self.indexed(loop)
        if sequence is None or self.loads[loop.target.id] != self.in_loops[loop.target.id]:
            return loop
        found = list(self.items(loop))
        names = [name for statement, _ in found for name in tree.writes(statement.targets[0])]
        if len(found) != _loads(loop.body, loop.target.id) or len(set(names)) != len(names):
            return loop
        sources = [source for _, source in found]
        if sources[:1] != [sequence] or len(set(sources)) != len(sources) or len(sources) > 2:
            return loop
        if not all(self.is_twin(source, sequence) for source in sources[1:]) or not self.may_hoist(loop, found):
            return loop
        left = tree.without(loop.body, {id(statement) for statement, _ in found})
        runs = [self.call(reversed, tree.name(s)) if backwards else tree.name(s) for s in sources]
        targets = [statement.targets[0] for statement, _ in found]
        over = runs[0] if len(runs) == 1 else self.call(zip, *runs)
        target = targets[0] if len(targets) == 1 else tree.tuple_(targets, store=True)
        return tree.shallow(loop, target=target, iter=over, body=left) if left else loop

    def call(self, function: Any, *args: Any) -> Any:
        return tree.call(self.builtin(function), *args)

    def called(self, node: Any, function: Any) -> Any:
        """The only argument of a call of a builtin; None of anything else."""
        is_call = self.scope.is_call(node, function) and len(node.args) == 1 and not node.keywords
        return node.args[0] if is_call else None

    def indexed(self, loop: Any) -> tuple[str | None, bool]:
        """The sequence whose indices a loop of ours runs over, and whether it does so backwards."""
        if not isinstance(loop.target, gast.Name) or loop.target.id in self.user or loop.orelse:
            return None, False
        turned = self.called(loop.iter, reversed)
        counted = self.called(self.called(loop.iter if turned is None else turned, range), len)
        if not isinstance(counted, gast.Name) or not self.is_sequence(counted.id):
            return None, False
        return counted.id, turned is not None

    def is_sequence(self, name: str) -> bool:
        kind = self.scope.kinds.get(name)
        return isinstance(kind, Array) or (isinstance(kind, Sequence) and kind.type in (list, tuple))

    def items(self, loop: Any) -> Iterator[tuple[Any, str]]:
        """The statements of a loop that bind the items at its index, and of what they are items."""
        for statement in loop.body:
            value: Any = statement.value if isinstance(statement, gast.Assign) and len(statement.targets) == 1 else None
            if not tree.is_part(value) or not isinstance(value.slice, gast.Name) or value.slice.id != loop.target.id:
                continue
            if not any(isinstance(node, (gast.Subscript, gast.Starred)) for node in tree.walk(statement.targets)):
                yield statement, value.value.id

    def is_twin(self, name: str, sequence: str) -> bool:
        """Whether a name is the adjoint of a list, of its length."""
        values, other = self.values.get(name, []), self.values.get(sequence, [])
        is_bound_alone = len(values) == self.bindings[name] and self.bindings[sequence] <= 1
        values = [value for value in values if not self.is_last(value)]
        if not is_bound_alone or len(values) != 1 or not self.is_alone(name):
            return False
        of = self.called(values[0], structures.zeros_for)
        if of is not None:
            return isinstance(of, gast.Name) and of.id == sequence
        if not (tree.is_part(values[0]) and len(other) == 1 and tree.is_part(other[0])):
            return False
        same = tree.equal(values[0].slice, other[0].slice) and isinstance(values[0].slice, gast.Constant)
        return same and self.is_twin(values[0].value.id, other[0].value.id)

    def is_alone(self, name: str) -> bool:
        """Whether nothing else can be a name of an adjoint: parts of it are read, and are added to."""
        known = 0
        for node in tree.walk(self.body):
            if isinstance(node, gast.Subscript) and isinstance(node.ctx, gast.Load):
                known += isinstance(node.value, gast.Name) and node.value.id == name
            elif isinstance(node, gast.Call) and self.scope.resolve(node.func) in _ADDING:
                known += sum(isinstance(part, gast.Name) and part.id == name for part in node.args)
            elif isinstance(node, gast.Return):
                known += _loads(node, name) if isinstance(node.value, (gast.Name, gast.Tuple)) else 0
        return known == self.loads[name]

    def is_last(self, value: Any) -> bool:
        """Whether a value is an adjoint in the structure of what it is the adjoint of, as it is returned."""
        return self.scope.is_call(value, structures.restored)

    def may_hoist(self, loop: Any, found: list[tuple[Any, str]]) -> bool:
        """Whether the items are the same at the begin of a turn, and no turn changes what is run over."""
        mine = self.views.together(found[0][1])
        for statement, _ in found:
            names = tree.writes(statement.targets[0])
            before = loop.body[: next(n for n, s in enumerate(loop.body) if s is statement)]
            others = [s for s in loop.body if s is not statement]
            if not names.isdisjoint(tree.identifiers(before)) or not names.isdisjoint(tree.writes(others)):
                return False
        counts = Counter(node.id for node in tree.names(loop.body))
        if found[0][1] in tree.writes(loop.body) or any(counts[source] > 1 for _, source in found[1:]):
            return False
        return all(self.leaves(node, mine) for node in tree.walk(loop.body))

    def leaves(self, node: Any, mine: set[str]) -> bool:
        """Whether what a node itself does changes nothing of what some names may share."""
        if isinstance(node, gast.Call):
            method = node.func.attr if isinstance(node.func, gast.Attribute) else None
            if method in _OF_STACKS and isinstance(node.func.value, gast.Name) and self.is_list(node.func.value.id):
                return node.func.value.id not in mine
            found = effect_of(node, self.scope)
            if found.hidden or found.objects or found.outside:
                return False
            changed: list[Any] = [*found.changes, *(kept[0] for kept in found.keeps)]
        elif isinstance(node, (gast.Assign, gast.Delete)):
            changed = [target for target in node.targets if not isinstance(target, (gast.Name, gast.Tuple))]
        elif isinstance(node, gast.AugAssign):
            changed = [node.target]
        else:
            return not isinstance(node, (gast.Yield, gast.YieldFrom, gast.Await, gast.With, gast.Try))
        return all(self.is_apart(part, mine) for part in changed)

    def is_list(self, name: str) -> bool:
        """Whether a name is that of a list that the function makes."""
        made = self.values.get(name, [])
        return bool(made) and all(isinstance(value, gast.List) for value in made)

    def is_apart(self, changed: Any, mine: set[str]) -> bool:
        """Whether what is changed is no storage of some names: two parameters may be one object."""
        while isinstance(changed, (gast.Subscript, gast.Attribute)):
            changed = changed.value
        if not isinstance(changed, gast.Name):
            return False
        other = self.views.together(changed.id)
        return mine.isdisjoint(other) and (mine.isdisjoint(self.parameters) or other.isdisjoint(self.parameters))


def _loads(node: Any, name: str) -> int:
    return sum(1 for found in tree.names(node, gast.Load) if found.id == name)
