"""The parameters of a primal: which are differentiated, what they are called and what their defaults are."""

from __future__ import annotations

import ast
import inspect
import operator
from typing import Any

import numpy as np

from srcgrad.errors import refuse_call
from srcgrad.source import Source
from srcgrad.writer import to_text

Wrt = int | str | tuple[int | str, ...] | list[int | str]
_EMPTY = inspect.Parameter.empty


def parameters(source: Source) -> inspect.Signature:
    """The signature of a primal without what is bound already, with the defaults of now."""
    tree, values = source.tree.args, {} if source.wraps else defaults(source.function)
    annotations = getattr(source.function, "__annotations__", None) or {}
    kind = inspect.Parameter
    positional = [*tree.posonlyargs, *tree.args]
    nodes = [None] * (len(positional) - len(tree.defaults)) + list(tree.defaults)

    def made(node: Any, how: Any, default: Any = None) -> inspect.Parameter:
        if node.id in source.captured:
            values[node.id] = source.captured[node.id].cell_contents
        value = _EMPTY if default is None else values.get(node.id, _EMPTY) if not source.wraps else _literal(default)
        return kind(node.id, how, default=value, annotation=annotations.get(node.id, _EMPTY))

    only = len(tree.posonlyargs)
    found = [
        made(node, kind.POSITIONAL_ONLY if n < only else kind.POSITIONAL_OR_KEYWORD, nodes[n])
        for n, node in enumerate(positional)
    ]
    found += [made(tree.vararg, kind.VAR_POSITIONAL)] if tree.vararg else []
    found += [made(n, kind.KEYWORD_ONLY, d) for n, d in zip(tree.kwonlyargs, tree.kw_defaults, strict=True)]
    found += [made(tree.kwarg, kind.VAR_KEYWORD)] if tree.kwarg else []
    return inspect.Signature(found)


def _literal(node: Any) -> Any:
    return ast.literal_eval(to_text(node).strip())


def defaults(function: Any) -> dict[str, Any]:
    """The defaults that a Python function has now, by parameter; none for a primitive."""
    code, values = getattr(function, "__code__", None), getattr(function, "__defaults__", None) or ()
    if code is None:
        return {}
    names = code.co_varnames[: code.co_argcount]
    return dict(zip(names[len(names) - len(values) :], values, strict=False)) | (function.__kwdefaults__ or {})


def of_names(source: Source, of: Any, has_aux: bool) -> tuple[str, ...]:
    """What ``of`` says is differentiated: names of parameters, and ``"return"``; nothing for the default.

    Raises DifferentiationError where a name is that of no parameter, or comes twice.
    """
    if of is None or of == "return":
        return ()
    names = (of,) if isinstance(of, str) else tuple(of)
    arguments = source.tree.args
    found = {a.id for a in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]}
    for name in names:
        if name != "return" and name not in found:
            reason = f"{source.name} has no parameter {name!r} that it could write a result into"
            raise refuse_call(reason, f"of names parameters, or 'return': {', '.join(sorted(found))}")
    if not names or len(set(names)) < len(names):
        raise refuse_call("of must name at least one result, and none twice", "of='C', or of=('return', 'C')")
    if has_aux:
        raise refuse_call("has_aux cannot be said together with of", "leave one of them out")
    return names


def wrt_names(source: Source, wrt: Any) -> tuple[str, ...]:
    """The parameters that ``wrt`` names, by name or by position.

    Raises DifferentiationError where it names none, or one twice.
    """
    arguments = source.tree.args
    positional = [a.id for a in [*arguments.posonlyargs, *arguments.args]]
    every = [*positional, *(a.id for a in (arguments.vararg, *arguments.kwonlyargs, arguments.kwarg) if a)]
    items: tuple[Any, ...] = tuple(wrt) if isinstance(wrt, (tuple, list)) else (wrt,)
    found = [_name(item, positional, every, source) for item in items]
    if not found:
        raise refuse_call("wrt is empty", "name at least one parameter")
    if len(set(found)) < len(found):
        raise refuse_call("wrt names a parameter twice", "name each once")
    return tuple(found)


def _name(item: Any, positional: list[str], every: list[str], source: Source) -> str:
    hint, function = f"its parameters are {', '.join(every) or 'none'}", source.name
    many, named = source.tree.args.vararg, source.tree.args.kwarg
    if named:
        hint += f"; '{named.id}' is a dict of all others that are given by name"
    if many:
        hint += f"; '{many.id}' is a tuple of all others, and wrt=({len(positional)},) the first of them"
    if isinstance(item, str):
        if item not in every:
            raise refuse_call(f"wrt={item!r} names no parameter of {function}", hint)
        return item
    if isinstance(item, (int, np.integer)) and not isinstance(item, bool):
        place = operator.index(item)
        if not -len(positional) <= place < len(positional):
            what = f"which has {len(positional)} positional parameters"
            raise refuse_call(f"wrt={place} is no position of {function}, {what}", hint)
        return positional[place]
    raise refuse_call(f"wrt must be names or positions, not {item!r}", "for example wrt=0 or wrt=('w', 'b')")
