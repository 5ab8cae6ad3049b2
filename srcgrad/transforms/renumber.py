r"""Count the versions that are left from the start: where only ``y`` and ``y_7`` have survived, ``y_7`` is ``y_2``.

>>> import gast
>>> from srcgrad.names import Namer
>>> from srcgrad.writer import to_text
>>> namer = Namer(["x", "y"])
>>> names = [namer.version("y") for _ in range(3)]
>>> function = gast.parse("def f(x):\n    y = x\n    y_4 = y * x\n    return y_4").body[0]
>>> function.body = renumber(function, namer, {"x", "y"})
>>> print(to_text(function).strip())
def f(x):
    y = x
    y_2 = y * x
    return y_2
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from srcgrad import tree
from srcgrad.names import Namer


def renumber(function: Any, namer: Namer, reserved: Iterable[str]) -> list[Any]:
    """The body of a function with the lowest numbers for the versions that ``namer`` made; parameters keep theirs.

    No name becomes one of ``reserved``: the user's own names and those of globals.
    """
    fixed = tree.parameters_of(function)
    present = [n.id for n in tree.names(function.body)]
    made = [name for name in dict.fromkeys(present) if namer.base(name) != name and name not in fixed]
    counter = Namer({*reserved, *fixed, *present} - set(made))
    names = {name: counter.fresh(namer.base(name)) for name in made}
    body: list[Any] = tree.renamed(function.body, names)
    return body
