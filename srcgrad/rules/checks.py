"""What a rule must be, checked when it is registered: its signature, its body, its names.

Errors point at the rule's own line.  A body is lets (``name = expression``) and one ``return`` with a term, or a
tuple of terms, for the parameters from left to right; it binds no other names, because those of a caller's
operands take their place.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.errors import refuse, refuse_call
from srcgrad.source import Source, read

_BINDING = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp, gast.Lambda, gast.NamedExpr)
_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_SPECIAL = ("d", "out")


def check_primitives(form: str, primitives: tuple[Any, ...], methods: tuple[str, ...] = ()) -> None:
    """Raise DifferentiationError unless a decorator was given functions.

    >>> check_primitives("elementwise", (3.0,))
    Traceback (most recent call last):
    srcgrad.errors.DifferentiationError: 3.0 is no function that a rule could be for
    Hint: write @srcgrad.rules.elementwise(function) above the rule
    """
    hint = f"write @srcgrad.rules.{form}(function) above the rule"
    if form == "constant":
        hint = "write srcgrad.rules.constant(function)"
    if not (primitives or methods):
        raise refuse_call(f"srcgrad.rules.{form} is given no function", hint)
    for primitive in primitives:
        if not callable(primitive):
            raise refuse_call(f"{primitive!r} is no function that a rule could be for", hint)
        code = getattr(primitive, "__code__", None)
        if code is not None and "d" in code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]:
            raise refuse_call(f"srcgrad.rules.{form} is given the rule instead of the function that it is for", hint)


def check_rule(body: Any, form: str, primitives: tuple[Any, ...]) -> None:
    """Raise DifferentiationError unless ``body`` is a rule for the primitives."""
    hint = f"write @srcgrad.rules.{form}(...) above `def name(x, *, out, d): return d * ...`"
    if not isinstance(body, types.FunctionType):
        raise refuse_call(f"a rule is a function written with def, not {body!r}", hint)
    source = read(body)
    if body.__name__ == "<lambda>":
        raise refuse(source.tree, source, "a rule is a function written with def, not a lambda", hint)
    _check_signature(body, primitives, source)
    lets, result = _check_statements(source)
    _check_names(source)
    _check_terms(body, lets, result, source)


def check_companion(body: Any, primitive: Any, rule: Any) -> None:
    """Raise DifferentiationError unless ``body`` states the tangent of a primitive with the parameters of its rule."""
    name = getattr(primitive, "__name__", "the function")
    if rule is None:
        reason = f"there is no rule for '{name}' yet, beside which its tangent could be stated"
        raise refuse_call(reason, f"write @srcgrad.rules.pullback({name}) first")
    own, theirs = _parameters(body), _parameters(rule)
    if own != theirs:
        reason = f"the tangent of '{name}' must have the parameters of its rule"
        source = read(body)
        raise refuse(source.tree, source, reason, f"these are: {', '.join(theirs)}")


def _parameters(body: Any) -> list[str]:
    return [name for name in inspect.signature(body).parameters if name not in _SPECIAL]


# --- signatures


def _check_signature(body: Any, primitives: tuple[Any, ...], source: Source) -> None:
    parameters = inspect.signature(body).parameters
    d = parameters.get("d")
    if d is None or d.kind is not d.KEYWORD_ONLY:
        hint = f"write def {body.__name__}({', '.join([*(n for n in parameters if n not in _SPECIAL), '*', 'd'])})"
        raise refuse(source.tree, source, "a rule takes the differential as its keyword-only parameter 'd'", hint)
    own = [p for p in parameters.values() if not (p.name in _SPECIAL and p.kind is p.KEYWORD_ONLY)]
    for primitive in primitives:
        wrong = _misfit(own, primitive)
        if wrong is not None:
            name = getattr(primitive, "__name__", "the function")
            reason = f"the rule's parameter '{wrong}' is none of '{name}'"
            place = next(node for node in tree.walk(source.tree.args) if getattr(node, "id", None) == wrong)
            raise refuse(place, source, reason, f"it has: {_shown(primitive)}")


def _misfit(own: list[inspect.Parameter], primitive: Any) -> str | None:
    """The first parameter of a rule's that its primitive cannot be given so; None if all fit, or nothing is known."""
    positional = [p.name for p in own if p.kind in _BY_POSITION]
    if isinstance(primitive, np.ufunc):
        return next(iter(positional[primitive.nin :]), None)
    theirs = _signature(primitive)
    if theirs is None:
        return None
    if not any(p.kind is p.VAR_POSITIONAL for p in theirs):
        places = [p for p in theirs if p.kind in _BY_POSITION]
        for place, mine in enumerate(p for p in own if p.kind in _BY_POSITION):
            if place >= len(places):
                return mine.name
            named = inspect.Parameter.POSITIONAL_OR_KEYWORD
            if mine.kind is named and places[place].kind is named and mine.name != places[place].name:
                return mine.name
    names = {p.name for p in theirs}
    if not any(p.kind is p.VAR_KEYWORD for p in theirs):
        return next((p.name for p in own if p.kind is p.KEYWORD_ONLY and p.name not in names), None)
    return None


def _signature(primitive: Any) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(primitive).parameters.values())
    except (ValueError, TypeError):
        return None


def _shown(primitive: Any) -> str:
    found = _signature(primitive)
    return (
        f"{primitive.nin} arguments"
        if isinstance(primitive, np.ufunc) or found is None
        else ", ".join(p.name for p in found)
    )


# --- bodies


def _check_statements(source: Source) -> tuple[dict[str, Any], Any]:
    """The lets and the value of the one ``return``."""
    lets: dict[str, Any] = {}
    for statement in source.tree.body:
        if isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Constant):
            continue  # a docstring
        if isinstance(statement, gast.Return) and statement.value is not None and statement is source.tree.body[-1]:
            return lets, statement.value
        name = tree.single_target(statement)
        if name is None:
            hint = "choose with `a if srcgrad.rules.known(...) else b`, and put the rest into a function of its own"
            raise refuse(statement, source, "the body of a rule is lets (name = expression) and one return", hint)
        lets[name] = statement.value
    raise refuse(source.tree, source, "the body of a rule ends with the return of its terms", "return d * ...")


def _check_names(source: Source) -> None:
    for node in tree.walk(source.tree.body):
        if isinstance(node, _BINDING):
            reason = "a rule binds no names but its lets: an operand may have the same one"
            raise refuse(node, source, reason, "put this expression into a function of its own")
    own = tree.identifiers(source.tree.args) | tree.writes(source.tree.body)
    for node in tree.walk(source.tree.body):
        if isinstance(node, gast.Name) and node.id not in own and node.id not in source.namespace:
            reason = f"the name '{node.id}' is neither a parameter of the rule nor known here"
            raise refuse(node, source, reason, "import it, or define it above the rule")


def _check_terms(body: Any, lets: dict[str, Any], result: Any, source: Source) -> None:
    terms = result.elts if isinstance(result, gast.Tuple) else [result]
    parameters = _parameters(body)
    if len(terms) > len(parameters):
        reason = f"there are {len(terms)} terms for {len(parameters)} parameters"
        raise refuse(result, source, reason, f"return one term for each of: {', '.join(parameters) or 'no parameters'}")
    for term in terms:
        if any(isinstance(side, gast.Tuple) for side in _sides(term)):
            reason = "a choice of several terms at once is no term"
            raise refuse(term, source, reason, "choose in each of the terms")
        if not any(_flows(side, lets) for side in _sides(term)):
            reason = "a term must be computed from the differential 'd'"
            raise refuse(term, source, reason, "return None for a parameter that has no derivative")


def _sides(term: Any) -> Iterator[Any]:
    if isinstance(term, gast.IfExp):
        yield from _sides(term.body)
        yield from _sides(term.orelse)
    else:
        yield term


def _flows(term: Any, lets: dict[str, Any]) -> bool:
    """Whether a term reads ``d``, by itself or through lets, or has no derivative to give."""
    if tree.is_literal(term, None) or is_zeros(term):
        return True
    reads = tree.reads(term)
    return "d" in reads or any(_flows(lets[name], _before(lets, name)) for name in reads if name in lets)


def _before(lets: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(list(lets.items())[: list(lets).index(name)])


def is_zeros(term: Any) -> bool:
    """Whether a term is zeros of some structure: no derivative flows through its parameter."""
    if not isinstance(term, gast.Call):
        return False
    return (getattr(term.func, "attr", None) or getattr(term.func, "id", None)) in ("zeros_like", "zeros_for")
