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

from srcgrad import tree


def supers(function: Any, namespace: Mapping[str, Any]) -> Any:
    """A method in which ``super()`` says whose base it looks for; any other function as it is."""
    parameters = [*function.args.posonlyargs, *function.args.args]
    if not parameters or "super" not in tree.reads(function.body):
        return function
    if "__class__" not in namespace:
        return function
    first = parameters[0].id

    def written_out(node: Any, clone: Any) -> Any:
        is_short = tree.is_call_of(node, "super") and not node.args and not node.keywords
        return tree.shallow(clone, args=[tree.name("__class__"), tree.name(first)]) if is_short else clone

    return tree.shallow(function, body=tree.remade(function.body, written_out))
