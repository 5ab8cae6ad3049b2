"""The arguments of a call by the parameters of a rule, and what they say of the rule."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

import gast

from srcgrad import tree
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.rules.registry import Rule


class Unbound(Exception):
    """A call that a rule does not cover: the reason, and a hint."""


@functools.cache
def signature_of(rule: Rule) -> inspect.Signature:
    """The primitive's own parameters, as the rule states them."""
    whole = inspect.signature(rule.body)
    own = [p for p in whole.parameters.values() if not (p.name in ("d", "out") and p.kind is p.KEYWORD_ONLY)]
    return whole.replace(parameters=own)


@functools.cache
def _choices(rule: Rule) -> dict[str, tuple[Any, ...]]:
    """The parameters annotated with ``Literal[...]``, which may have these values only."""
    if not any("Literal" in str(hint) for hint in rule.body.__annotations__.values()):
        return {}
    hints = get_type_hints(rule.body)
    return {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}


def bound(rule: Rule, args: Sequence[Any], keywords: dict[str, Any], scope: Scope) -> tuple[Rule, dict[str, Any]]:
    """The arguments of a call by the rule's parameters, a list of nodes for ``*args``; raises Unbound.

    The rule that is returned knows of this call whether its result may share memory with an argument.
    """
    signature = signature_of(rule)
    try:
        given = signature.bind(*args, **keywords).arguments
    except TypeError as error:
        shown = signature.replace(parameters=[p.replace(annotation=p.empty) for p in signature.parameters.values()])
        raise Unbound(
            f"this call of '{rule.name}' has no derivative rule: {error}", f"the rule covers {rule.name}{shown}"
        ) from None
    arguments: dict[str, Any] = {}
    for parameter in signature.parameters.values():
        if parameter.name in given:
            value = given[parameter.name]
            arguments[parameter.name] = list(value) if isinstance(value, tuple) else value
        elif parameter.kind is parameter.VAR_POSITIONAL:
            arguments[parameter.name] = []
        else:
            arguments[parameter.name] = default_node(parameter.default)
    for name, allowed in _choices(rule).items():
        if scope.literal(arguments[name]) not in allowed:
            values = " or ".join(map(repr, allowed))
            reason = f"this call of '{rule.name}' has no derivative rule: '{name}' is not known to be {values}"
            raise Unbound(reason, f"write {name}={allowed[0]!r}")
    return _of_call(rule, arguments, scope), arguments


def _of_call(rule: Rule, arguments: dict[str, Any], scope: Scope) -> Rule:
    if isinstance(rule.view, bool):
        return rule
    values = {}
    for name in inspect.signature(rule.view).parameters:
        value = arguments[name]
        values[name] = value if isinstance(value, list) else scope.literal(value)
    return _with_view(rule, MISSING in values.values() or bool(rule.view(**values)))


@functools.cache
def _with_view(rule: Rule, view: bool) -> Rule:
    return replace(rule, view=view)


def default_node(value: Any) -> Any:
    """A default value as an expression."""
    if isinstance(value, (tuple, list)):
        return tree.tuple_([default_node(item) for item in value])
    return tree.constant(value)


def default_values(function: Any) -> dict[str, Any]:
    """The defaults of a function's parameters, by name; none of a primitive's."""
    if not isinstance(function, types.FunctionType):
        return {}
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    defaults = dict(zip(reversed(positional), reversed(function.__defaults__ or ()), strict=False))
    return {**defaults, **(function.__kwdefaults__ or {})}


def unwrapped_partial(node: Any, partial: functools.partial[Any]) -> Any:
    """The call of a partial's function with all arguments written out; None if they are no literals."""
    values = [*partial.args, *partial.keywords.values()]
    if not all(value is None or type(value) in (bool, int, float, str) for value in values):
        return None
    args = [*map(default_node, partial.args), *node.args]
    given = {k.arg for k in node.keywords}
    bound = [gast.keyword(k, default_node(v)) for k, v in partial.keywords.items() if k not in given]
    return gast.Call(node.func, args, [*bound, *node.keywords])
