"""Functions as the analyses read them: with their short forms, and the functions that they define, written out."""

from __future__ import annotations

import types
from dataclasses import replace

import gast

from srcgrad import tree
from srcgrad.analysis.inference import no_callees
from srcgrad.analysis.summaries import spell_out_by
from srcgrad.named_programs import is_of_derivatives, named_program
from srcgrad.pipeline import Calls, spelled_out
from srcgrad.program import Externals, Program
from srcgrad.source import Source, read

_SHORT = (gast.Match, gast.NamedExpr, gast.FunctionDef, gast.Lambda, gast.Starred)


def plain(source: Source) -> Source:
    """A function without ``match``, ``:=`` and functions of its own; as it is, where that cannot be done."""
    if is_of_derivatives(source) or not any(isinstance(node, _SHORT) for node in tree.walk(source.tree.body)):
        return source
    externals = Externals()

    def callee(function: types.FunctionType, program: Program) -> Program | None:
        try:
            return named_program(read(function), (), {}, False, externals)[0]
        except SyntaxError:
            return None

    try:
        program = named_program(source, (), {}, False, externals)[0]
        made = spelled_out(program, Calls(no_callees, callee))
    except SyntaxError:
        return source
    return replace(source, tree=made.function, namespace=made.namespace)


spell_out_by(plain)
