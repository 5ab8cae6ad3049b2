"""What the parameters of a definition get in a call, with ``*args`` and ``**kwargs`` on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.scope import Scope


def given_to(arguments: Any, call: Any, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The node that each parameter gets, in the order in which they are evaluated; defaults come last.

    Raises TypeError where the call does not fit.

    >>> function = gast.parse("def f(a, *rest, b=1, **named): pass").body[0]
    >>> call = gast.parse("f(x, y, z, c=w)").body[0].value
    >>> found = given_to(function.args, call, tree.defaults_of(function))
    >>> [(name, type(node).__name__) for name, node in found.items()]
    [('a', 'Name'), ('rest', 'Tuple'), ('named', 'Dict'), ('b', 'Constant')]
    """
    positional = [one.id for one in (*arguments.posonlyargs, *arguments.args)]
    by_name = {one.type_comment or one.id: one.id for one in (*arguments.args, *arguments.kwonlyargs)}
    every = [*positional, *(one.id for one in arguments.kwonlyargs)]
    found = dict(zip(positional, call.args, strict=False))
    rest = call.args[len(positional) :]
    if rest and arguments.vararg is None:
        raise TypeError(f"it takes {len(positional)} positional arguments")
    if arguments.vararg is not None:
        found[arguments.vararg.id] = tree.tuple_(rest)
    others: list[Any] = []
    for keyword in call.keywords:
        name = by_name.get(keyword.arg)
        if name in found:
            raise TypeError(f"it gets '{keyword.arg}' twice")
        if name is not None:
            found[name] = keyword.value
        elif arguments.kwarg is None:
            raise TypeError(f"it has no parameter '{keyword.arg}'")
        else:
            others.append(keyword)
    if arguments.kwarg is not None:
        keys = [tree.constant(keyword.arg) for keyword in others]
        found[arguments.kwarg.id] = gast.Dict(keys, [keyword.value for keyword in others])
    for name in every:
        if name not in found and name not in defaults:
            raise TypeError(f"it needs '{name}'")
        found.setdefault(name, defaults.get(name))
    return found


def has_stars(call: Any) -> bool:
    """Whether a call has arguments that are not written one by one."""
    return any(isinstance(a, gast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def with_displays(call: Any, scope: Scope) -> Any:
    """``f(**dict(k=v))`` as ``f(**{"k": v})``."""

    def display(keyword: Any) -> Any:
        value = keyword.value
        is_dict = keyword.arg is None and isinstance(value, gast.Call) and scope.resolve(value.func) is dict
        if not is_dict or value.args or has_stars(value):
            return keyword
        keys = [tree.constant(one.arg) for one in value.keywords]
        return gast.keyword(None, gast.Dict(keys, [one.value for one in value.keywords]))

    return tree.shallow(call, keywords=[display(keyword) for keyword in call.keywords])


def without_stars(call: Any, tuples: Mapping[str, list[Any]], dicts: Mapping[str, list[tuple[str, Any]]]) -> Any:
    """A call with the displays that have stars in it written one by one; ``tuples`` and ``dicts`` are known by names.

    >>> from srcgrad.writer import to_text
    >>> call = gast.parse("f(*(a, b), *rest, **{'c': 1})").body[0].value
    >>> to_text(without_stars(call, {"rest": [tree.name("x")]}, {})).strip()
    'f(a, b, x, c=1)'
    """
    args: list[Any] = []
    for node in call.args:
        value = node.value if isinstance(node, gast.Starred) else None
        if isinstance(value, (gast.Tuple, gast.List)) and not any(isinstance(e, gast.Starred) for e in value.elts):
            args.extend(value.elts)
        elif isinstance(value, gast.Name) and value.id in tuples:
            args.extend(tree.copy(tuples[value.id]))
        else:
            args.append(node)
    keywords: list[Any] = []
    for keyword in call.keywords:
        pairs = None if keyword.arg is not None else _pairs(keyword.value, dicts)
        keywords += [keyword] if pairs is None else [gast.keyword(key, value) for key, value in pairs]
    return tree.shallow(call, args=args, keywords=keywords)


def _pairs(value: Any, dicts: Mapping[str, list[tuple[str, Any]]]) -> list[tuple[str, Any]] | None:
    """The names and values that two stars in front of an expression stand for, if these are known."""
    if isinstance(value, gast.Name):
        known = dicts.get(value.id)
        return None if known is None else [(key, tree.copy(node)) for key, node in known]
    if isinstance(value, gast.Dict):
        keys = [key.value for key in value.keys if isinstance(key, gast.Constant) and isinstance(key.value, str)]
        return list(zip(keys, value.values, strict=True)) if len(keys) == len(value.keys) else None
    return None


def known_part(node: Any, tuples: Mapping[str, list[Any]], dicts: Mapping[str, list[tuple[str, Any]]]) -> Any:
    """What is read of ``*args`` or ``**kwargs`` where it is known what they are; None of anything else.

    >>> from srcgrad.writer import to_text
    >>> def example(text):
    ...     node = gast.parse(text).body[0].value
    ...     return to_text(known_part(node, {"a": [tree.name("x")]}, {"d": [("k", tree.name("y"))]})).strip()
    >>> example("a[0]"), example("len(a)"), example("'k' in d"), example("d['k']"), example("d.get('j', 2)")
    ('x', '1', 'True', 'y', '2')
    """
    if tree.is_part(node) and isinstance(node.ctx, gast.Load):
        key = _literal(node.slice)
        items = tuples.get(node.value.id, ())
        if type(key) is int and -len(items) <= key < len(items):
            return items[key]
        return dict(dicts.get(node.value.id, ())).get(key)
    if isinstance(node, gast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (gast.In, gast.NotIn)):
        keys = dicts.get(getattr(node.comparators[0], "id", ""))
        key = _literal(node.left)
        if keys is None or not isinstance(key, str):
            return None
        return tree.constant((key in dict(keys)) == isinstance(node.ops[0], gast.In))
    if not isinstance(node, gast.Call) or node.keywords or not node.args:
        return None
    if isinstance(node.func, gast.Name) and node.func.id == "len" and isinstance(node.args[0], gast.Name):
        whole = tuples.get(node.args[0].id, dicts.get(node.args[0].id))
        return None if whole is None else tree.constant(len(whole))
    if not isinstance(node.func, gast.Attribute) or node.func.attr != "get":
        return None
    keys, key = dicts.get(getattr(node.func.value, "id", "")), _literal(node.args[0])
    if keys is None or not isinstance(key, str):
        return None
    return dict(keys).get(key, node.args[1] if len(node.args) > 1 else tree.constant(None))


def _literal(node: Any) -> Any:
    """The value of a literal key or place."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) and isinstance(node.operand, gast.Constant):
        return -node.operand.value if type(node.operand.value) is int else None
    return node.value if isinstance(node, gast.Constant) else None
