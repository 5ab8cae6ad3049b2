r"""``super()`` with the class and the object that it stands for written out.

>>> import gast
>>> from srcgrad.writer import to_text
>>> function = gast.parse("def f(self, x):\n    return super().f(x)").body[0]
>>> print(to_text(supers(function, {"__class__": int})).strip())
def f(self, x):
    return super(__class__, self).f(x)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from srcgrad import tree


def supers(function: Any, namespace: Mapping[str, Any]) -> Any:
    """A method in which ``super()`` says whose base it looks for; any other function as it is."""
    parameters = [*function.args.posonlyargs, *function.args.args]
    if not parameters or "super" not in tree.reads(function.body):
        return function
    if "__class__" not in namespace:
        return function
    return tree.shallow(function, body=_written_out(function.body, parameters[0].id))


def _written_out(node: Any, first: str) -> Any:
    if isinstance(node, list):
        return [_written_out(item, first) for item in node]
    if not isinstance(node, gast.AST):
        return node
    clone = tree.rebuilt(node, lambda part: _written_out(part, first))
    is_short = tree.is_call_of(node, "super") and not node.args and not node.keywords
    return tree.shallow(clone, args=[tree.name("__class__"), tree.name(first)]) if is_short else clone
