r"""Adjoints that are named as parts of others become adjoints of their own again, which are added up in the end.

Generated code changes storage of its own only, so that it can be read as if nothing was changed; this undoes what
``part_adjoints`` and ``over_items`` do, when a derivative is taken of it.

>>> import gast
>>> from srcgrad import structures
>>> from srcgrad.analysis.scope import Scope
>>> from srcgrad.program import Externals
>>> from srcgrad.writer import to_text
>>> scope = Scope({"zeros_for": structures.zeros_for, "add_into": structures.add_into}, {"b", "c", "t"})
>>> code = "b = zeros_for(net)\nc = b[0]\nadd_into(c, k, 2.0)\nt = 3.0"
>>> print(to_text(parts_apart(gast.parse(code).body, scope, Externals(), None)).strip())
b = zeros_for(net)
c = zeros_for(b[0])
add_into(c, k, 2.0)
add_into(b, 0, c)
t = 3.0
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import structures, tree
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Externals
from srcgrad.source import Source


def parts_apart(body: list[Any], scope: Scope, externals: Externals, source: Source) -> list[Any]:
    """A body of generated code where no adjoint is a part of another one.

    Raises DifferentiationError where parts of adjoints have names in another way.
    """
    worker = _Apart(scope, externals, source)
    adds = (node for node in tree.walk(body) if isinstance(node, gast.Expr))
    return worker.block(body) if any(scope.is_call(one.value, structures.add_into) for one in adds) else body


class _Apart:
    def __init__(self, scope: Scope, externals: Externals, source: Source) -> None:
        self.scope = scope
        self.source = source
        self.externals = externals

    def call(self, function: Any, *args: Any) -> Any:
        """A call of a function by a name that no local variable has."""
        return tree.call(self.externals.name_of(function, function.__name__, self.scope.local), *args)

    def added(self, statement: Any) -> str | None:
        """The adjoint to which a statement adds."""
        call: Any = statement.value if isinstance(statement, gast.Expr) else None
        whole = call.args[0] if self.scope.is_call(call, structures.add_into) else None
        return whole.id if isinstance(whole, gast.Name) else None

    def block(self, statements: list[Any]) -> list[Any]:
        statements = [made for statement in statements for made in self.named(statement)]
        made: list[Any] = []
        ends: dict[int, list[Any]] = {}  # what is added up after a statement
        for place, statement in enumerate(statements):
            name = tree.single_target(statement)
            last = self.last(statements, place, name) if name is not None and tree.is_part(statement.value) else None
            if last is None and name is not None and tree.is_part(statement.value):
                self.check(statement, name, statements[place + 1 :])
            if last is not None:
                whole, key = statement.value.value, statement.value.slice
                if not tree.reads(key).isdisjoint(tree.writes(statements[place : last + 1])):
                    made.append(tree.assign(self.new("place"), key, statement))  # the name has another use since
                    key = tree.name(made[-1].targets[0].id)
                ends.setdefault(last, []).insert(0, self.add(whole.id, key, str(name), statement))
                statement = tree.assign(str(name), self.call(structures.zeros_for, statement.value), statement)
            if isinstance(statement, gast.For):
                statement = self.loop(statement)
            made += [tree.with_blocks(statement, self.block), *ends.get(place, [])]
        return made

    def named(self, statement: Any) -> list[Any]:
        """An addition to a part of a part, ``add_into(b[i], k, t)``, as one to a part with a name."""
        call: Any = statement.value if isinstance(statement, gast.Expr) else None
        if not self.scope.is_call(call, structures.add_into) or not isinstance(call.args[0], gast.Subscript):
            return [statement]
        held = self.new("part_bar")
        bound = self.parts(held, call.args[0], statement)
        return [*bound, tree.expression(tree.shallow(call, args=[tree.name(held), *call.args[1:]]), statement)]

    def parts(self, name: str, part: Any, like: Any) -> list[Any]:
        """The statements that give a name to a part, of a part."""
        if not isinstance(part.value, gast.Subscript):
            return [tree.assign(name, part, like)]
        whole = self.new("part_bar")
        inner = tree.subscript(tree.name(whole), part.slice)
        return [*self.parts(whole, part.value, like), tree.assign(name, inner, like)]

    def check(self, statement: Any, name: str, after: list[Any]) -> None:
        """Refuse a part that is added to, and read, while what it is a part of is in use."""
        whole = statement.value.value.id
        end = next((n for n, one in enumerate(after) if tree.single_target(one) == name), len(after))
        after = after[:end]
        if any(self.added(node) == name for node in tree.walk(after)) and whole in tree.reads(after):
            reason = f"'{name}' is a part of '{whole}' that is added to and read"
            raise refuse(statement, self.source, reason, "write this derivative out by hand")

    def add(self, whole: str, key: Any, name: str, like: Any) -> Any:
        return tree.expression(self.call(structures.add_into, tree.name(whole), tree.copy(key), tree.name(name)), like)

    def last(self, statements: list[Any], place: int, name: str) -> int | None:
        """Where a name, bound at a place, is added to for the last time; None if anything else is done with it."""
        found = None
        for later in range(place + 1, len(statements)):
            statement = statements[later]
            mentions = sum(1 for node in tree.names(statement) if node.id == name)
            if tree.single_target(statement) == name and mentions == 1:
                break  # it is the name of something else
            if mentions != self.additions([statement], name):
                return None
            found = later if mentions else found
        return found

    def additions(self, statements: list[Any], name: str) -> int:
        """How often some statements add to an adjoint, or to parts of it."""
        count = 0
        for place, statement in enumerate(statements):
            part = tree.single_target(statement)
            if self.added(statement) == name:
                count += name not in tree.reads(statement.value.args[1:])
            elif part is not None and tree.is_part(statement.value) and statement.value.value.id == name:
                count += self.last(statements, place, part) is not None
            elif isinstance(statement, gast.For) and self.run_over(statement)[1:2] == [name]:
                count += 1
            count += sum(self.additions(block, name) for block in tree.blocks(statement))
        return count

    def loop(self, loop: Any) -> Any:
        """A loop over items and their adjoints by their indices."""
        if not self.run_over(loop):
            return loop
        (items, bars), (item, part), index = self.run_over(loop), loop.target.elts, tree.name(self.new("turn"))
        bound = [tree.assign(item, tree.subscript(tree.name(items), index), loop)]
        bound += [tree.assign(part.id, tree.subscript(tree.name(bars), tree.copy(index)), loop)]
        turns = self.call(reversed, self.call(range, self.call(len, tree.name(items))))
        return tree.shallow(loop, target=tree.target(index.id), iter=turns, body=[*bound, *loop.body])

    def run_over(self, loop: Any) -> list[str]:
        """The list and its adjoint, to whose parts a loop over both adds; nothing if it is another loop."""
        parts = loop.iter.args if self.scope.is_call(loop.iter, zip) and isinstance(loop.target, gast.Tuple) else []
        turned = [part.args[0] for part in parts if self.scope.is_call(part, reversed)]
        names = [part.id for part in turned if isinstance(part, gast.Name)]
        if len(names) != 2 or len(parts) != 2 or not isinstance(loop.target.elts[-1], gast.Name):
            return []
        return names if self.last([loop, *loop.body], 0, loop.target.elts[-1].id) is not None else []

    def new(self, wish: str) -> str:
        """A new local name."""
        made, count = wish, 2
        while made in self.scope.local or made in self.scope.namespace:
            made, count = f"{wish}_{count}", count + 1
        self.scope.local.add(made)
        return made
