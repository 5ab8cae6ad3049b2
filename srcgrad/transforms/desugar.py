"""Bring assignments to the core forms: one target, a plain name or a tuple of names.

>>> from srcgrad.transforms.examples import show
>>> print(show(desugar, '''
... def f(x):
...     a = b = x * 2
...     a, b = b, a + b
...     return a
... '''))
def f(x):
    a = x * 2
    b = a
    a_next = b
    b_next = a + b
    a = a_next
    b = b_next
    return a
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.indexing import parts_of
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program
from srcgrad.transforms.surgery import lifted


def desugar(program: Program) -> Program:
    """Split chained and tuple assignments; drop annotations, ``pass`` and docstrings; lift ``on_reverse`` blocks."""
    program = lifted(program)
    body = _without_index_tricks(program.function.body, Scope(program.namespace, set()))
    return program.with_body(_block(body, program))


def _without_index_tricks(node: Any, scope: Scope) -> Any:
    """``np.r_[a, b]`` as ``np.concatenate([...])`` and ``np.c_[a, b]`` as ``np.column_stack([...])``."""
    if isinstance(node, list):
        return [_without_index_tricks(item, scope) for item in node]
    if not isinstance(node, gast.AST):
        return node
    clone = tree.rebuilt(node, lambda value: _without_index_tricks(value, scope))
    trick = scope.resolve(node.value) if isinstance(node, gast.Subscript) else None
    if (trick is np.r_ or trick is np.c_) and isinstance(node.value, gast.Attribute):
        parts = parts_of(clone.slice)
        if any(isinstance(p, (gast.Slice, gast.Starred)) or isinstance(scope.literal(p), str) for p in parts):
            return clone
        owner = node.value.value
        if trick is np.c_:
            return tree.at(tree.call(tree.attribute(owner, "column_stack"), tree.list_(parts)), node)
        rows = [tree.call(tree.attribute(tree.copy(owner), "atleast_1d"), part) for part in parts]
        return tree.at(tree.call(tree.attribute(owner, "concatenate"), tree.list_(rows)), node)
    return clone


def _block(statements: list[Any], program: Program) -> list[Any]:
    made: list[Any] = []
    for statement in statements:
        made.extend(_statement(statement, program))
    return made


def _statement(statement: Any, program: Program) -> list[Any]:
    if isinstance(statement, gast.Pass):
        return []
    if isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Constant):
        return []
    if isinstance(statement, gast.AnnAssign):
        return [] if statement.value is None else _assign([statement.target], statement.value, statement, program)
    if isinstance(statement, gast.Assign):
        return _assign(statement.targets, statement.value, statement, program)
    if tree.blocks(statement):
        clone = tree.shallow(statement)
        for field in ("body", "orelse"):
            if hasattr(statement, field):
                setattr(clone, field, _block(getattr(statement, field), program))
        return [clone]
    return [statement]


def _assign(targets: list[Any], value: Any, like: Any, program: Program) -> list[Any]:
    first = targets[0]
    if len(targets) > 1 and not isinstance(first, gast.Name):
        held = program.namer.temporary("value")
        made = [tree.assign(held, value, like)]
        for other in targets:
            made.extend(_assign([other], tree.name(held), like, program))
        return made
    made = _single(first, value, like, program)
    for other in targets[1:]:
        made.extend(_single(other, tree.name(first.id), like, program))
    return made


def _single(left: Any, value: Any, like: Any, program: Program) -> list[Any]:
    if isinstance(left, gast.Name):
        return [tree.assign(left.id, value, like)]
    parts = left.elts
    if (
        isinstance(value, (gast.Tuple, gast.List))
        and len(value.elts) == len(parts)
        and not any(isinstance(item, gast.Starred) for item in value.elts)
    ):
        return _parallel(parts, value.elts, like, program)
    if all(isinstance(part, gast.Name) for part in parts):
        return [tree.assign(left, value, like)]
    held = [part.id if isinstance(part, gast.Name) else program.namer.temporary("part") for part in parts]
    made = [tree.assign(tree.tuple_([tree.target(h) for h in held], store=True), value, like)]
    for part, name in zip(parts, held, strict=True):
        if not isinstance(part, gast.Name):
            made.extend(_single(part, tree.name(name), like, program))
    return made


def _parallel(parts: list[Any], values: list[Any], like: Any, program: Program) -> list[Any]:
    """``a, b = v, w``: all values are computed before any name is bound."""
    if not any(tree.writes(p) & tree.reads(v) for n, p in enumerate(parts) for v in values[n + 1 :]):
        made = []
        for part, value in zip(parts, values, strict=True):
            made.extend(_single(part, value, like, program))
        return made
    made, binds = [], []
    for part, value in zip(parts, values, strict=True):
        held = (
            program.namer.derived(part.id, "_next") if isinstance(part, gast.Name) else program.namer.temporary("part")
        )
        made.append(tree.assign(held, value, like))
        binds.extend(_single(part, tree.name(held), like, program))
    return made + binds
