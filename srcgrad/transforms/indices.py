"""Refuse an index that depends on what is differentiated: an integer in ``wrt`` counts as real."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.indexing import parts_of
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program


def indices(program: Program, scope: Scope) -> Program:
    """Return the program as it is if no derivative reaches an index: of an array, or of any object."""
    varied = activity(program, scope).varied
    for node in tree.walk_forward(program.function.body):
        if not isinstance(node, gast.Subscript):
            continue
        for part in _values(node.slice):
            if varied.isdisjoint(real_reads(part, scope)):
                continue
            raise refuse(
                part,
                program.source,
                "this index depends on what is differentiated, and so it is a real number",
                "leave the argument out of wrt, or make the index an integer with int(...)",
            )
    return program


def _values(index: Any) -> list[Any]:
    """What an index is computed from, the bounds of its slices included."""
    found: list[Any] = []
    for part in parts_of(index):
        bounds = (part.lower, part.upper, part.step) if isinstance(part, gast.Slice) else (part,)
        found.extend(bound for bound in bounds if bound is not None)
    return found
