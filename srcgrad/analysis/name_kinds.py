"""Kinds of all names of a function, by going round until nothing changes.

Works on a program in which every definition has a name of its own (see ``transforms.versions``), so that a kind
belongs to a name, not to a point of the program.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.filled import filled
from srcgrad.analysis.inference import CalleeKind, Inference, iteration_kind, no_callees
from srcgrad.analysis.kinds import NEVER, UNKNOWN, Array, Kind
from srcgrad.analysis.made import spread
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.worklist import Worklist, bindings_of


def infer(
    function: Any,
    scope: Scope,
    callee_kind: CalleeKind = no_callees,
    versioned: bool = True,
    inplace: frozenset[str] = frozenset(),
) -> None:
    """Fill ``scope.kinds`` for every name that ``function`` binds; the parameters' kinds are there already.

    Where not every definition has a name of its own, the kind of a name joins all that it is given.  ``inplace`` are
    names of values that are updated in place.
    """
    inference = Inference(scope, callee_kind)
    fixed = tree.parameters_of(function) - (set() if versioned else tree.writes(function.body))
    bindings = list(bindings_of(function.body))
    for node in tree.walk_forward(function.body):
        if isinstance(node, tree.OnReverse):  # its own names are bound as often as it likes
            scope.kinds.update(dict.fromkeys(tree.writes(node.statements), UNKNOWN))
    worklist = Worklist(bindings, scope.kinds, fixed)
    for left, value, how in worklist:
        kind = iteration_kind(value, inference) if how == "element" else inference.kind(value)
        is_update = isinstance(value, gast.BinOp) and (how == "update" or getattr(left, "id", "") in inplace)
        if is_update and is_point(old := inference.kind(value.left)):
            kind = old
        if kind == NEVER:
            worklist.leave((left, value, how))
            continue
        for name, found in spread(left, kind):
            worklist.found(name, filled(found, scope.refilled[name]) if name in scope.refilled else found)


def is_point(kind: Kind) -> bool:
    """Whether it is an array without dimensions: one when it is updated in place, a number when it is computed with."""
    return isinstance(kind, Array) and kind.dims == ()
