r"""Begin an adjoint with its first term, rather than with zeros that parts of it are named before it is added to.

>>> import gast, numpy as np
>>> from srcgrad.analysis.kinds import Array
>>> from srcgrad.analysis.scope import Scope
>>> from srcgrad.writer import to_text
>>> kinds = {name: Array((False,), np.dtype(float)) for name in "bcx"}
>>> code = "b = np.zeros_like(x)\nc = b[1:]\nb += np.full_like(x, y)"
>>> print(to_text(starts(gast.parse(code).body, Scope({"np": np}, {"b", "c", "x", "y"}, kinds))).strip())
b = np.full_like(x, y)
c = b[1:]
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.effects import is_pure
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.views import Views


def starts(body: list[Any], scope: Scope) -> list[Any]:
    """A function's body where arrays of zeros to which one number is added begin as arrays of that number."""
    if not any(isinstance(node, gast.AugAssign) and _filled(node.value, scope) for node in tree.walk(body)):
        return body
    views = Views(body, scope)
    return _block(body, scope, views)


def _block(statements: list[Any], scope: Scope, views: Views) -> list[Any]:
    made = [tree.with_blocks(statement, lambda block: _block(block, scope, views)) for statement in statements]
    for place in range(len(made) - 1, -1, -1):
        begun = _begun(made, place, scope, views)
        if begun is not None:
            made[begun] = tree.shallow(made[begun], value=made[place].value)
            del made[place]
    return made


def _begun(statements: list[Any], place: int, scope: Scope, views: Views) -> int | None:
    """Where the zeros are made to which a statement adds one number everywhere; None if they have been seen since."""
    added = statements[place]
    name = _whole(added.target) if isinstance(added, gast.AugAssign) and isinstance(added.op, gast.Add) else None
    if name is None or not _filled(added.value, scope) or not is_pure(added.value, scope):
        return None
    mine, needed = views.together(name), tree.reads(added.value)
    for before in range(place - 1, -1, -1):
        statement = statements[before]
        if tree.single_target(statement) == name:
            zeros = statement.value
            same = scope.is_call(zeros, np.zeros_like) and len(zeros.args) == 1 and not zeros.keywords
            return before if same and tree.equal(zeros.args[0], added.value.args[0]) else None
        if tree.blocks(statement) or not tree.writes(statement).isdisjoint(needed):
            return None
        if not mine.isdisjoint(tree.identifiers(statement)) and not _is_part(statement, mine):
            return None
    return None


def _whole(target: Any) -> str | None:
    """The name of an array to all of which something is added."""
    every = isinstance(target, gast.Subscript) and tree.is_literal(target.slice, ...)
    named = target.value if every else target
    return str(named.id) if isinstance(named, gast.Name) else None


def _is_part(statement: Any, mine: set[str]) -> bool:
    """Whether a statement gives a name to a part of an array."""
    value: Any = statement.value if tree.single_target(statement) is not None else None
    return tree.is_part(value) and mine.isdisjoint(tree.reads(value.slice))


def _filled(node: Any, scope: Scope) -> bool:
    """Whether an expression is a new array like one that has a name, full of one value."""
    is_plain = scope.is_call(node, np.full_like) and len(node.args) == 2 and not node.keywords
    return is_plain and isinstance(node.args[0], gast.Name)
