"""Split off the auxiliary value of a function that returns ``(value, auxiliary)``; it is not differentiated.

>>> from srcgrad.transforms.examples import show
>>> print(show(auxiliary, '''
... def f(x):
...     return g(x)
... ''', has_aux=True))
def f(x):
    result = g(x)
    return result[0], result[1]
"""

from __future__ import annotations

import gast

from srcgrad import tree
from srcgrad.errors import refuse
from srcgrad.program import Program


def auxiliary(program: Program) -> Program:
    """Make the result a display of two elements, where ``has_aux`` is set."""
    if not program.has_aux:
        return program
    body = list(program.function.body)
    returned = body.pop()
    value = returned.value
    if isinstance(value, gast.Tuple):
        if len(value.elts) != 2:
            raise refuse(
                value, program.source, "has_aux=True needs a pair (value, auxiliary)", "return exactly two values"
            )
        return program
    held = program.namer.temporary("result")
    parts = [tree.subscript(tree.name(held), tree.constant(n)) for n in (0, 1)]
    body.append(tree.assign(held, value, returned))
    body.append(tree.return_(tree.tuple_(parts), returned))
    return program.with_body(body)
