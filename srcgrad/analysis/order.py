"""The order in which the parts of an expression are evaluated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad import tree

LAZY = (gast.IfExp, gast.BoolOp, gast.Lambda, *tree.COMPREHENSIONS)  # parts of these are evaluated never, or often


def evaluated_before(node: Any, part: Any) -> list[Any] | None:
    """What is evaluated before a part of an expression, in order; None if the part may not be evaluated, or often.

    >>> from srcgrad.writer import to_text
    >>> whole = gast.parse("a[i] * g(x, f(y)) + c").body[0].value
    >>> [to_text(n).strip() for n in evaluated_before(whole, whole.left.right.args[1])]
    ['a[i]', 'g', 'x']
    """
    before: list[Any] = []
    while node is not part:
        inner = _in_order(node)
        place = next((n for n, one in enumerate(inner) if any(item is part for item in tree.walk(one))), None)
        if place is None or isinstance(node, LAZY) or (isinstance(node, gast.Compare) and place > 1):
            return None
        before.extend(inner[:place])
        node = inner[place]
    return before


def _in_order(node: Any) -> list[Any]:
    """The operands of an expression."""
    if isinstance(node, gast.Call):  # of a method the object, which is looked at before the arguments
        first = node.func.value if isinstance(node.func, gast.Attribute) else node.func
        return [first, *node.args, *(k.value for k in node.keywords)]
    if isinstance(node, gast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [one for pair in pairs for one in pair if one is not None]
    return tree.children(node)


def first_of(node: Any, found: list[Any]) -> Any:
    """The one of some parts of an expression that is evaluated before the others, those inside of it included."""
    for one in found:
        before = evaluated_before(node, one) or []
        earlier = {id(item) for part in [*before, *tree.children(one)] for item in tree.walk(part)}
        if not any(id(other) in earlier for other in found):
            return one
    return found[0]


def made_first(node: Any, part: Any, result: Any, hold: Callable[[Any], Any]) -> Any:
    """An expression of which a part has been evaluated already, to ``result``; None if it may not be evaluated.

    ``hold`` evaluates, in order, what comes before that part, and gives a name for it.
    """
    before = evaluated_before(node, part)
    if before is None:
        return None
    new = {id(one): hold(one) for one in before if not isinstance(one, (gast.Name, gast.Constant))}
    return tree.exchanged(node, new | {id(part): result})
