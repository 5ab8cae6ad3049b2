r"""Methods, and entries of tables, that have names, ``go = model.go``, as what they are where they are called.

>>> import gast
>>> from srcgrad.writer import to_text
>>> function = gast.parse("def f(model, x):\n    go = model.go\n    return go(go(x))").body[0]
>>> print(to_text(without_method_names(function)).strip())
def f(model, x):
    return model.go(model.go(x))
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from srcgrad import tree


def without_method_names(function: Any) -> Any:
    """A function in which attributes of what stays the same object have no names, if these are only called."""
    body = function.body
    found = {name: s.value for s in body if (name := tree.single_target(s)) is not None and _is_path(s.value)}
    if not found:
        return function
    counts = Counter(node.id for node in tree.names(body, gast.Store))
    counts.update(tree.parameters_of(function))
    stored = {n.attr for n in tree.walk(body) if isinstance(n, gast.Attribute) and not isinstance(n.ctx, gast.Load)}
    stays = [name for name, value in found.items() if counts[name] == 1 and counts[value.value.id] <= 1]
    plain = [name for name in stays if _attribute(found[name]) not in stored and is_only_called(name, body)]
    methods = {name: found[name] for name in plain}
    if not methods:
        return function
    kept = [s for s in body if tree.single_target(s) not in methods] or [gast.Pass()]
    return tree.shallow(function, body=tree.substitute(kept, methods))


def is_only_called(name: str, body: list[Any]) -> bool:
    """Whether a name is called in a body, and nothing else is done with its value.

    >>> is_only_called("g", gast.parse("y = g(1) + g(2)").body), is_only_called("g", gast.parse("y = h(g)").body)
    (True, False)
    """
    called = {id(node.func) for node in tree.walk(body) if isinstance(node, gast.Call)}
    read = [node for node in tree.names(body, gast.Load) if node.id == name]
    return bool(read) and all(id(node) in called for node in read)


def _is_path(node: Any) -> bool:
    return isinstance(node, (gast.Attribute, gast.Subscript)) and isinstance(node.value, gast.Name)


def _attribute(node: Any) -> str:
    return getattr(node, "attr", "")
