"""Bind the names of ``:=`` in statements of their own.

>>> from srcgrad.transforms.examples import show
>>> print(show(walrus, '''
... def f(x):
...     while (y := x[0] * 2.0) < 1.0 and (z := y) > 0.0:
...         x = x * 2.0
...     return y + (y := z)
... '''))
def f(x):
    while True:
        y = x[0] * 2.0
        value = y < 1.0
        if value:
            z = y
            value = z > 0.0
        if not value:
            break
        x = x * 2.0
    part = y
    y = z
    return part + y
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.order import evaluated_before, made_first
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.inlined import WrittenOut
from srcgrad.walks import LEAVES

_APART = {*tree.COMPREHENSIONS, gast.Lambda, *LEAVES}


def walrus(program: Program) -> Program:
    """Return the program without ``:=``; comprehensions that have it become loops."""
    if not any(isinstance(node, gast.NamedExpr) for node in tree.walk(program.function.body)):
        return program
    body = _Walrus(program, frozenset(), lambda function, program: None).block(program.function.body)
    for node in tree.walk(body):
        if isinstance(node, gast.NamedExpr):
            raise refuse(node, program.source, "':=' cannot be differentiated here", "assign on a line of its own")
    return program.with_body(body)


class _Walrus(WrittenOut):
    """Takes the bindings out of expressions, in the order in which they are evaluated."""

    def parts(self, node: Any) -> list[Any]:
        found = [] if node is None else [one for one in tree.walk(node, _APART) if isinstance(one, gast.NamedExpr)]
        return [*super().parts(node), *found]

    def without(self, statement: Any, field: str, part: Any) -> list[Any]:
        value = getattr(statement, field)
        bound = [one.target.id for one in tree.walk(value) if isinstance(one, gast.NamedExpr)]
        name = part.target.id if isinstance(part, gast.NamedExpr) else ""
        if bound.count(name) != 1 or any(read.id == name for read in tree.names(evaluated_before(value, part) or [])):
            return super().without(statement, field, part)
        before: list[Any] = []
        rest = made_first(value, part, tree.name(name), lambda one: self.held(one, statement, before))
        if rest is None:
            return super().without(statement, field, part)
        given = self.statement(tree.assign(name, part.value, statement))
        return [*before, *given, *self.statement(tree.shallow(statement, **{field: rest}))]

    def written_out(self, part: Any, like: Any) -> list[Any] | None:
        if not isinstance(part, gast.NamedExpr):
            return super().written_out(part, like)
        bound = tree.assign(part.target.id, part.value, like)
        return [*self.statement(bound), tree.name(part.target.id)]

    def rebound_by(self, part: Any) -> set[str]:
        return {node.target.id for node in tree.walk(part) if isinstance(node, gast.NamedExpr)}
