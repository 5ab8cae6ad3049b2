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

from collections.abc import Iterator
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.operations import Opaque, describe
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.taken import is_derivative_call
from srcgrad.calling import call_of
from srcgrad.loader import is_generated
from srcgrad.program import Program


def run_time_calls(program: Program, scope: Scope) -> Program:
    """Return the program with the calls of unknown functions of what is differentiated as calls of known ones."""
    if is_generated(program.source.file):  # which calls what it knows, and changes what is its own
        return program
    pullbacks = set(_given_by_derivatives(program, scope))
    calls = [node for node in tree.walk(program.function.body) if _is_unknown(node, scope)]
    calls = [node for node in calls if not (isinstance(node.func, gast.Name) and node.func.id in pullbacks)]
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


def _given_by_derivatives(program: Program, scope: Scope) -> Iterator[str]:
    """The names of what derivatives give, such as pullbacks, which other passes know."""
    for node in tree.walk(program.function.body):
        value: Any = node.value if isinstance(node, gast.Assign) else None
        if isinstance(value, gast.Call) and is_derivative_call(value, scope.resolve(value.func), scope):
            yield from tree.writes(node.targets)


def _is_unknown(node: Any, scope: Scope) -> bool:
    """Whether it is a call of what is known at run time only, and of no derivative that is taken here."""
    operation = describe(node, scope) if isinstance(node, gast.Call) else None
    is_one = isinstance(operation, Opaque) and operation.of_unknown
    return is_one and not is_derivative_call(node, scope.resolve(node.func), scope)


def _is_followed(call: Any, scope: Scope, varied: frozenset[str]) -> bool:
    """Whether a derivative reaches the arguments of a call, and not what is called."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    reached = [not varied.isdisjoint(real_reads(part, scope)) for part in (call.func, *given)]
    return not reached[0] and any(reached)
