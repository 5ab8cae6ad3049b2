"""Give a function its ``*args`` as a tuple and its ``**kwargs`` as a dict, and take that back in what was made of it.

Inside, both are parameters like others.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.names import Namer
from srcgrad.source import Source, starting_with
from srcgrad.transforms.local_values import is_only_read
from srcgrad.variadic import Stars, stars_in


def gathered(source: Source) -> Source:
    """A function that is given its ``*args`` as a tuple and its ``**kwargs`` as a dict, by their names.

    The dict is its own: where it could change it, it works on a copy.
    """
    arguments = source.tree.args
    found = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    if not found:
        return source
    made = tree.shallow(
        arguments,
        kwonlyargs=[*arguments.kwonlyargs, *found],
        kw_defaults=[*arguments.kw_defaults, *[None] * len(found)],
        vararg=None,
        kwarg=None,
    )
    body, named = source.tree.body, arguments.kwarg
    if named is not None and not is_only_read(named.id, body):
        own = tree.call(tree.attribute(named.id, "copy"))
        body = [tree.assign(named.id, own, body[0]), *body]
    return replace(source, tree=tree.shallow(source.tree, args=made, body=body))


def scattered(function: Any, stars: Stars) -> Any:
    """A generated function that takes them as its primal does; what is added after ``*args`` is given by name."""
    arguments = function.args
    by_name = {one.id: one for one in arguments.kwonlyargs}
    if by_name.keys().isdisjoint({stars.many, stars.named}):
        return function
    named = [p for p in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if not _is_star(p[0], stars)]
    positional, defaults = arguments.args, arguments.defaults
    if stars.many is not None and (added := [one for one in positional if one.id not in stars.positional]):
        named = [*zip(added, defaults[-len(added) :], strict=True), *named]
        positional, defaults = positional[: -len(added)], defaults[: -len(added)]
    made = tree.shallow(
        arguments,
        args=positional,
        defaults=defaults,
        vararg=by_name.get(stars.many),
        kwonlyargs=[one for one, _ in named],
        kw_defaults=[default for _, default in named],
        kwarg=by_name.get(stars.named),
    )
    return tree.shallow(function, args=made)


def _is_star(parameter: Any, stars: Stars) -> bool:
    return parameter.id in (stars.many, stars.named)


def with_places(source: Source, wrt: Any) -> Source:
    """A function in which those of ``*args`` that ``wrt`` means by their positions are parameters of their own.

    With ``wrt=2``, ``def f(x, *args)`` becomes ``def f(x, args_1, args_2, /, *args)``, where ``args`` is
    ``(args_1, args_2, *args)`` from the first statement on.
    """
    arguments = source.tree.args
    wanted = [one for one in (wrt if isinstance(wrt, (tuple, list)) else (wrt,)) if isinstance(one, (int, np.integer))]
    before = [*arguments.posonlyargs, *arguments.args]
    last = max([-1, *wanted])
    if arguments.vararg is None or last < len(before) or arguments.defaults:
        return source
    many, namer = arguments.vararg, Namer(tree.identifiers(source.tree))
    count = last + 1 - len(before)
    own = [tree.at(tree.parameter(namer.fresh(f"{many.id}_{n + 1}")), many) for n in range(count)]
    body = starting_with(source.tree.body, many.id, [tree.name(one.id) for one in own])
    made = tree.shallow(arguments, posonlyargs=[*before, *own], args=[])
    return replace(source, tree=tree.shallow(source.tree, args=made, body=body))


def gathered_call(args: list[Any], given: dict[str | None, Any], signature: inspect.Signature) -> tuple[Any, Any]:
    """The arguments of a call, and those that it gives by name (a dict with stars under None), for such a function.

    Raises TypeError where stars stand for what is not the whole of ``*args`` or ``**kwargs``.
    """
    stars = stars_in(signature)
    many, named = stars.many, stars.named
    rest = args[len(stars.positional) :] if many else []
    args = args[: len(args) - len(rest)]
    if any(isinstance(one, gast.Starred) for one in args):
        raise TypeError("a * stands for more than the function takes any number of")
    own = signature.parameters.keys() - {many, named}
    others = {name: value for name, value in given.items() if named and name not in own}
    by_name = {name: value for name, value in given.items() if name not in others}
    if None in by_name:
        raise TypeError("the function takes no **")
    if many:
        whole = rest[0].value if len(rest) == 1 and isinstance(rest[0], gast.Starred) else tree.tuple_(rest)
        by_name[many] = whole
    if named:
        keys = [None if name is None else tree.constant(name) for name in others]
        by_name[named] = others[None] if [*others] == [None] else gast.Dict(keys, list(others.values()))
    return args, by_name
