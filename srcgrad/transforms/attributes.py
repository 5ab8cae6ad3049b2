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

    def attribute(part: Any, clone: Any) -> Any:
        if tree.is_field(part):
            return tree.at(gast.Attribute(clone.value, str(part.slice.value), part.ctx), part)
        for place, argument in enumerate(part.args if isinstance(part, gast.Call) else ()):
            if isinstance(argument, gast.Constant) and isinstance(argument.value, tree.Field):
                clone.args[place - 1] = tree.call(dict_of, clone.args[place - 1])
                clone.args[place] = tree.constant(str(argument.value))
        return clone

    return tree.remade(node, attribute)
