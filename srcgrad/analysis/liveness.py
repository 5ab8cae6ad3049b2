"""Which names a block needs from before it, and which it surely binds: summaries that make liveness one walk.

Works on structured code, in which the only jump is ``if flag: break`` at the end of a loop's body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import tree

_EMPTY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Summary:
    """``uses`` are read before they are bound (on some path), ``kills`` are bound on every path."""

    uses: frozenset[str]
    kills: frozenset[str]

    def before(self, after: set[str] | frozenset[str]) -> frozenset[str]:
        """The names that are live before the block if ``after`` are live after it."""
        return self.uses | (frozenset(after) - self.kills)


def _free_reads(node: Any) -> set[str]:
    """The names that are read, but for what comprehensions bind where these read it.

    >>> sorted(_free_reads(gast.parse("[x * y for x in x]")))
    ['x', 'y']
    """
    if isinstance(node, gast.Name):
        return {node.id} if isinstance(node.ctx, gast.Load) else set()
    found = {name for child in tree.children(node) for name in _free_reads(child)}
    if isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
        found.add(node.target.id)
    if isinstance(node, tree.COMPREHENSIONS):
        found -= tree.writes([generator.target for generator in node.generators])
        found |= _free_reads(node.generators[0].iter)
    return found


class Liveness:
    """Summaries of blocks and statements, each computed once per tree node."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Any, Summary]] = {}

    def statement(self, node: Any) -> Summary:
        """The summary of one statement."""
        entry = self._found.get(id(node))
        if entry is not None and entry[0] is node:
            return entry[1]
        summary = self._summarise(node)
        self._found[id(node)] = (node, summary)
        return summary

    def block(self, statements: list[Any]) -> Summary:
        """The summary of a list of statements."""
        uses: set[str] = set()
        kills: set[str] = set()
        for statement in statements:
            inner = self.statement(statement)
            uses |= inner.uses - kills
            kills |= inner.kills
        return Summary(frozenset(uses), frozenset(kills))

    def _summarise(self, node: Any) -> Summary:
        if isinstance(node, gast.If):
            body, orelse = self.block(node.body), self.block(node.orelse)
            return Summary(frozenset(tree.reads(node.test)) | body.uses | orelse.uses, body.kills & orelse.kills)
        if isinstance(node, gast.While):
            return Summary(frozenset(tree.reads(node.test)) | self.block(node.body).uses, _EMPTY)
        if isinstance(node, gast.For):
            inner = self.block(node.body).uses - tree.writes(node.target)
            return Summary(frozenset(tree.reads(node.iter)) | inner, _EMPTY)
        if isinstance(node, gast.With):
            body = self.block(node.body)
            return Summary(frozenset(tree.reads(node.items)) | body.uses, body.kills)
        if isinstance(node, tree.OnReverse):  # what it binds besides adjoints is its own
            own = tree.writes(node)
            return Summary(frozenset(tree.reads(node.primals) | (tree.reads(node.statements) - own)), frozenset(own))
        found = [item for item in tree.walk(node) if isinstance(item, tree.COMPREHENSIONS)]
        if found:
            bound = tree.writes([generator.target for item in found for generator in item.generators])
            return Summary(frozenset(_free_reads(node)), frozenset(tree.writes(node) - bound))
        return Summary(frozenset(tree.reads(node)), frozenset(tree.writes(node)))

    def points(self, statements: list[Any], after: frozenset[str]) -> list[frozenset[str]]:
        """For each statement the names that are live after it."""
        found: list[frozenset[str]] = [after] * len(statements)
        live = after
        for position in range(len(statements) - 1, -1, -1):
            found[position] = live
            live = self.statement(statements[position]).before(live)
        return found


def certain_reads(node: Any, arguments: bool = True) -> set[str]:
    """The names that are read whenever an expression or simple statement is evaluated.

    Without ``arguments`` names that are only handed to a call do not count.

    >>> sorted(certain_reads(gast.parse("a < b < c or d").body[0]))
    ['a', 'b']
    """
    found: set[str] = set()
    pending = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, gast.Name):
            found |= tree.reads(item)
        elif isinstance(item, gast.AugAssign):
            found |= tree.reads(item)
            pending.append(item.value)
        elif isinstance(item, tree.OnReverse):
            found |= tree.reads(item) - tree.writes(item)
        elif isinstance(item, gast.IfExp):
            pending.append(item.test)
        elif isinstance(item, gast.BoolOp):
            pending.append(item.values[0])
        elif isinstance(item, gast.Compare):
            pending.extend((item.left, item.comparators[0]))
        elif isinstance(item, gast.Call) and not arguments:
            given = [*item.args, *(k.value for k in item.keywords)]
            pending.extend([item.func, *(one for one in given if not isinstance(one, gast.Name))])
        elif not isinstance(item, (gast.Lambda, *tree.COMPREHENSIONS)):
            pending.extend(tree.children(item))
    return found
