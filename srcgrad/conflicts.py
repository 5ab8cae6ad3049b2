"""Conflicts between the functions of one derivative: one changes what the derivative of another reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from srcgrad.errors import refuse
from srcgrad.program import Program

_HINT = "hand the value over as an argument, or keep the change out of the differentiated function"


def check_conflicts(
    programs: list[Program], variables: Mapping[tuple[int, str], str], relied: Collection[int] = ()
) -> None:
    """Refuse a call that changes an object which the derivative of another function reads, or that binds a variable.

    ``variables`` names the variables of modules, classes and closures that the programs read; a derivative has them
    under names of its own, so that it would not see another value.  What a function changes and reads itself is
    looked at by ``transforms.mutations``.  In what is ``relied`` upon is looked up what is called.
    """
    for program in programs:
        for objects, call in program.outside.changed:
            others = (other for other in programs if other is not program)
            if any(not objects.isdisjoint(other.outside.read) for other in others):
                what = "this call may change an object that the derivative of another function needs"
                raise refuse(call, program.source, what, _HINT)
            if not objects.isdisjoint(relied):
                what = "this call may change a table, or an object, in which a function or a method is looked up"
                raise refuse(call, program.source, what, _HINT)
        for places, call in program.outside.rebound:
            for name in sorted(variables[place] for place in places & variables.keys()):
                raise refuse(call, program.source, f"this call may give '{name}' another value", _HINT)
