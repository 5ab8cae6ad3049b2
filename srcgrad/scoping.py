"""What comprehensions and inner functions bind, under names that mean nothing else in their function.

These have scopes of their own.  Once no name of such a scope is used around it, whoever looks for the names that a
function reads or binds need not know that.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.free_names import bound_in, inner_functions
from srcgrad.names import Namer


def set_apart(function: Any) -> None:
    r"""Rename, in place, what inner scopes bind where the function uses the name for something else, too.

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

    A parameter of an inner function keeps the name by which it is called:

    >>> function = gast.parse("def f(x):\n    def g(x): return 2 * x\n    return g(x=x)").body[0]
    >>> set_apart(function)
    >>> parameter = function.body[0].args.args[0]
    >>> parameter.id, parameter.type_comment
    ('x_2', 'x')
    """
    _note_names(function)
    for inner in inner_functions(function):
        _set_function_apart(inner, function)
    if not any(isinstance(node, tree.COMPREHENSIONS) for node in tree.walk(function)):
        return
    outside: set[str] = set()
    _find_outside(function, frozenset(), outside)
    _rename(function, {}, outside, Namer(tree.identifiers(function)))


def _set_function_apart(inner: Any, function: Any) -> None:
    """Rename what an inner function binds, where a name is used outside of it, or in its defaults, too."""
    own = [*tree.parameter_nodes(inner), *inner.body]
    inside = {id(node) for node in tree.walk(own)}
    others = [node for node in tree.walk(function) if id(node) not in inside]
    used = {node.id for node in others if isinstance(node, gast.Name)}
    used |= {node.name for node in others if isinstance(node, gast.FunctionDef)}
    namer = Namer(tree.identifiers(function) | {node.name for node in inner_functions(function)})
    names = {name: namer.fresh(name) for name in sorted(bound_in(inner) & used)}
    if names:
        _rename_in_function(inner, names)


def _note_names(function: Any) -> None:
    """Keep the names by which callers know parameters, whatever these are called later."""
    for node in tree.walk(function):
        if isinstance(node, (gast.FunctionDef, gast.Lambda)) and node is not function:
            for parameter in tree.parameter_nodes(node):
                parameter.type_comment = parameter.id


def _rename_in_function(inner: Any, names: dict[str, str]) -> None:
    """Rename what a function binds: its defaults and decorators are evaluated outside of it."""
    pending = [*tree.parameter_nodes(inner), *inner.body]
    while pending:
        node = pending.pop()
        if isinstance(node, gast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, gast.Nonlocal):
            node.names = [names.get(name, name) for name in node.names]
        elif isinstance(node, (gast.FunctionDef, gast.Lambda)):
            around = [*tree.defaults_of(node).values(), *getattr(node, "decorator_list", [])]
            pending += around
            if isinstance(node, gast.FunctionDef):
                node.name = names.get(node.name, node.name)
            within = {old: new for old, new in names.items() if old not in bound_in(node)}
            _rename_in_function(node if isinstance(node, gast.FunctionDef) else _as_function(node), within)
        else:
            pending.extend(tree.children(node))


def _as_function(node: Any) -> Any:
    """A lambda with a body that is a list of nodes."""
    return tree.function("", node.args, [node.body])


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
