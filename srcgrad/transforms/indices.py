"""Refuse an index that depends on what is differentiated: an integer in ``wrt`` counts as real."""

from __future__ import annotations

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Array, Scalar, Sequence
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program


def indices(program: Program, scope: Scope) -> Program:
    """Return the program as it is if no element of an array or a list is chosen by a real number."""
    varied = activity(program, scope).varied
    kind = Inference(scope).kind
    for node in tree.walk(program.function.body):
        if not isinstance(node, gast.Subscript) or varied.isdisjoint(tree.reads(node.slice)):
            continue
        for part in node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]:
            found = kind(part)
            if (
                isinstance(found, Scalar)
                and issubclass(found.type, float)
                and isinstance(kind(node.value), (Array, Sequence))
            ):
                raise refuse(
                    part,
                    program.source,
                    "this index depends on what is differentiated, and so it is a real number",
                    "leave the argument out of wrt, or make it an integer with int(...)",
                )
    return program
