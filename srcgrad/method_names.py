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
    called = {id(node.func) for node in tree.walk(body) if isinstance(node, gast.Call)}
    values = {node.id for node in tree.names(body, gast.Load) if id(node) not in called}
    stored = {n.attr for n in tree.walk(body) if isinstance(n, gast.Attribute) and not isinstance(n.ctx, gast.Load)}
    methods = {
        name: value
        for name, value in found.items()
        if counts[name] == 1 and counts[value.value.id] <= 1 and name not in values and _attribute(value) not in stored
    }
    if not methods:
        return function
    kept = [s for s in body if tree.single_target(s) not in methods] or [gast.Pass()]
    return tree.shallow(function, body=tree.substitute(kept, methods))


def _is_path(node: Any) -> bool:
    return isinstance(node, (gast.Attribute, gast.Subscript)) and isinstance(node.value, gast.Name)


def _attribute(node: Any) -> str:
    return getattr(node, "attr", "")
