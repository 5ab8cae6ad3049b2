"""Refuse what is constant between jumps for real numbers only, where complex ones are differentiated."""

from __future__ import annotations

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program


def complexes(program: Program, scope: Scope) -> Program:
    """Refuse the sign of a complex number: it turns with the number (and NumPy 1 has another)."""
    if not program.externals.complex:
        return program
    infer = Inference(scope)
    for node in tree.walk(program.function.body):
        if not isinstance(node, gast.Call) or scope.resolve(node.func) is not np.sign or not node.args:
            continue
        varied = not activity(program, scope).varied.isdisjoint(tree.reads(node.args[0]))
        if varied and program.complexity(infer.kind(node.args[0])) is not False:
            reason = "'sign' has no derivative for complex numbers, and its argument may be complex"
            raise refuse(node, program.source, reason, "write z / np.abs(z), or take the sign of a real part")
    return program
