"""Which values have the shape and dtype of another one, so that either can be asked for them."""

from __future__ import annotations

import gast

from srcgrad import tree
from srcgrad.analysis.extents import Extents, are_equal
from srcgrad.analysis.kinds import Array, same_shape
from srcgrad.analysis.operations import Apply, describe
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program


def same_shapes(program: Program, scope: Scope, extents: Extents) -> dict[str, str]:
    """For each result of an elementwise operation on an operand of its own shape and dtype, the first such operand.

    So that ``np.mean(r ** 2)`` needs ``r.size`` and not the squares.
    """
    found: dict[str, str] = {}
    for node in tree.walk_forward(program.function.body):
        name = tree.single_target(node)
        kind = scope.kinds.get(name) if name is not None else None
        if name is None or not isinstance(kind, Array) or kind.dtype is None:
            continue
        operation = describe(node.value, scope)
        if not isinstance(operation, Apply) or operation.rule.form != "elementwise":
            continue
        for operand in operation.operands():
            if not isinstance(operand, gast.Name) or operand.id not in scope.local:
                continue
            other = scope.kinds.get(operand.id)
            same = other == kind and same_shape(other, kind)
            same = same or are_equal(extents.found.get(operand.id), extents.found.get(name))
            if isinstance(other, Array) and other.dtype == kind.dtype and same:
                own = program.namer.base(operand.id) in program.user
                found[name] = operand.id if own else found.get(operand.id, operand.id)
                break
    return found
