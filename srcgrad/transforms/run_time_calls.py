"""Calls of what is known at run time only, ``f(x)``, become ``call(f, x)``, which makes the derivative of ``f`` then.

>>> from srcgrad.transforms.examples import show
>>> print(show(run_time_calls, '''
... def f(x, functions, name):
...     return functions[name](x) * x
... ''', kinds=True))
def f(x, functions, name):
    return call(functions[name], x) * x
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.operations import Opaque, describe
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program
from srcgrad.run_time_calls import call_of


def run_time_calls(program: Program, scope: Scope) -> Program:
    """Return the program with the calls of unknown functions of what is differentiated as calls of known ones."""
    calls = [node for node in tree.walk(program.function.body) if _is_unknown(node, scope)]
    if not calls:
        return program
    whole = _with_calls(program, set(map(id, calls)))  # what may be an unknown method stores what it gets in its object
    varied = activity(whole, scope).varied
    followed = {id(node) for node in calls if _is_followed(node, scope, varied)}
    return _with_calls(program, followed) if followed else program


def _with_calls(program: Program, found: set[int]) -> Program:
    def change(node: Any, clone: Any) -> Any:
        if id(node) not in found:
            return clone
        made = call_of(len(clone.args), tuple(keyword.arg for keyword in clone.keywords))
        name = tree.name(program.external(made, "call"))
        return tree.at(tree.shallow(clone, func=name, args=[clone.func, *clone.args]), node)

    return program.with_body([tree.remade(statement, change) for statement in program.function.body])


def _is_unknown(node: Any, scope: Scope) -> bool:
    operation = describe(node, scope) if isinstance(node, gast.Call) else None
    return isinstance(operation, Opaque) and operation.of_unknown


def _is_followed(call: Any, scope: Scope, varied: frozenset[str]) -> bool:
    """Whether a derivative reaches the arguments of a call, and not what is called."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    reached = [not varied.isdisjoint(real_reads(part, scope)) for part in (call.func, *given)]
    return not reached[0] and any(reached)
