"""What a function writes into its arguments, as results: ``of`` names them.

>>> from dataclasses import replace
>>> from srcgrad.transforms.examples import example_program
>>> from srcgrad.writer import to_text
>>> program = example_program('''
... def f(x, b):
...     x[0] = b
...     return b
... ''')
>>> program.source.of = ("return", "x")
>>> print(to_text(results(program).function).strip())
def f(x, b):
    x[0] = b
    return b, x
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.summaries import summary_of
from srcgrad.program import Program


def results(program: Program) -> Program:
    """Return what ``of`` names; of a parameter that is bound again what it was given is meant."""
    names = program.source.of
    if not names:
        return program
    *body, returned = program.function.body
    bound = tree.writes(body)
    before: list[Any] = []
    parts = []
    for name in names:
        if name == "return":
            parts.append(returned.value)
            continue
        held = name
        if name in bound:
            held = program.namer.derived(name, "_out")
            before.append(tree.assign(held, tree.name(name), program.function))
        parts.append(tree.name(held))
    if "return" not in names and not isinstance(returned.value, (gast.Name, gast.Constant, type(None))):
        body = [*body, tree.expression(returned.value, returned)]  # which may do something
    value = parts[0] if len(parts) == 1 else tree.tuple_(parts)
    return program.with_body([*before, *body, tree.return_(value, returned)])


def hint_of(program: Program) -> str:
    """What to write instead of a function without result: of a procedure, what it writes."""
    function = program.source.function
    changed = sorted(summary_of(function).changes) if is_user_function(function) else []
    if not changed:
        return "return the value that you want differentiated"
    return f"say what it writes: of={(changed[0] if len(changed) == 1 else tuple(changed))!r}"
