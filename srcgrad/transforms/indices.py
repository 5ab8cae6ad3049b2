"""Refuse an index that depends on what is differentiated: an integer in ``wrt`` counts as real."""

from __future__ import annotations

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.indexing import parts_of
from srcgrad.analysis.operations import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program


def indices(program: Program, scope: Scope) -> Program:
    """Return the program as it is if no derivative reaches an index: of an array, or of any object."""
    varied = activity(program, scope).varied
    for node in tree.walk(program.function.body):
        if not isinstance(node, gast.Subscript):
            continue
        for part in parts_of(node.slice):
            if isinstance(part, gast.Slice) or varied.isdisjoint(real_reads(part, scope)):
                continue
            raise refuse(
                part,
                program.source,
                "this index depends on what is differentiated, and so it is a real number",
                "leave the argument out of wrt, or make the index an integer with int(...)",
            )
    return program
