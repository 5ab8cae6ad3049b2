r"""Write elements of objects as the attributes that they are: the last thing before the text.

What a helper is given of an object, and the name of an attribute, is the dict of the object's attributes.

>>> import gast
>>> from srcgrad.writer import to_text
>>> read = tree.field(tree.name("x"), "w")
>>> print(to_text(attributes([tree.expression(tree.call("entry", tree.name("x"), read.slice))], "vars")).strip())
entry(vars(x), "w")
>>> print(to_text(attributes([tree.return_(read)], "vars")).strip())
return x.w
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree


def attributes(node: Any, dict_of: str) -> Any:
    """A body, a statement or an expression with attributes; ``dict_of`` is the name of ``vars``."""
    if isinstance(node, list):
        return [attributes(item, dict_of) for item in node]
    if not isinstance(node, gast.AST):
        return node
    clone = tree.rebuilt(node, lambda part: attributes(part, dict_of))
    if tree.is_field(node):
        return tree.at(gast.Attribute(clone.value, str(node.slice.value), node.ctx), node)
    if isinstance(node, gast.Call):
        for place, argument in enumerate(node.args):
            if isinstance(argument, gast.Constant) and isinstance(argument.value, tree.Field):
                clone.args[place - 1] = tree.call(dict_of, clone.args[place - 1])
                clone.args[place] = tree.constant(str(argument.value))
    return clone
