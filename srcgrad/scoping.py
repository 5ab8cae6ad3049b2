"""What comprehensions bind, under names that mean nothing else in their function.

A comprehension has a scope of its own.  Once no name of such a scope is used around it, whoever looks for the names
that a function reads or binds need not know that.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.names import Namer


def set_apart(function: Any) -> None:
    """Rename, in place, what comprehensions bind where the function uses the name for something else, too.

    >>> function = gast.parse('''
    ... def f(x):
    ...     places = [k for k in range(3) if k != 1]
    ...     for k in places:
    ...         x = x * k
    ...     return x, [j for j in places], {j: 1 for j in places}
    ... ''').body[0]
    >>> set_apart(function)
    >>> sorted(tree.identifiers(function) - {"range"})
    ['j', 'k', 'k_2', 'places', 'x']
    """
    if not any(isinstance(node, tree.COMPREHENSIONS) for node in tree.walk(function)):
        return
    outside: set[str] = set()
    _find_outside(function, frozenset(), outside)
    _rename(function, {}, outside, Namer(tree.identifiers(function)))


def _bound(node: Any) -> set[str]:
    return tree.writes([generator.target for generator in node.generators])


def _parts(node: Any) -> tuple[list[Any], list[Any]]:
    """What of a comprehension is evaluated around it, and what inside."""
    first = node.generators[0]
    values = [node.key, node.value] if isinstance(node, gast.DictComp) else [node.elt]
    inner = [part for one in node.generators for part in (one.target, *one.ifs)]
    return [first.iter], [*values, *inner, *(one.iter for one in node.generators[1:])]


def _find_outside(node: Any, bound: frozenset[str], found: set[str]) -> None:
    """Collect the names that are used where no comprehension binds them."""
    if isinstance(node, gast.Name):
        found |= {node.id} - bound
    elif isinstance(node, tree.COMPREHENSIONS):
        around, inside = _parts(node)
        for part in around:
            _find_outside(part, bound, found)
        for part in inside:
            _find_outside(part, bound | _bound(node), found)
    elif isinstance(node, gast.Lambda):
        _find_outside(node.body, bound | tree.parameters_of(node), found)
        for default in tree.defaults_of(node).values():
            _find_outside(default, bound, found)
    else:
        for child in tree.children(node):
            _find_outside(child, bound, found)


def _rename(node: Any, names: dict[str, str], outside: set[str], namer: Namer) -> None:
    if isinstance(node, gast.Name):
        node.id = names.get(node.id, node.id)
    elif isinstance(node, tree.COMPREHENSIONS):
        around, inside = _parts(node)
        inner = {**names, **{name: name for name in _bound(node)}}
        inner |= {name: namer.fresh(name) for name in sorted(_bound(node) & outside)}
        for part in around:
            _rename(part, names, outside, namer)
        for part in inside:
            _rename(part, inner, outside, namer)
    elif isinstance(node, gast.Lambda):
        _rename(node.body, names | {name: name for name in tree.parameters_of(node)}, outside, namer)
        for default in tree.defaults_of(node).values():
            _rename(default, names, outside, namer)
    else:
        for child in tree.children(node):
            _rename(child, names, outside, namer)
