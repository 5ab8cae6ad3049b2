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

_BINDING = (*tree.COMPREHENSIONS, gast.Lambda, gast.NamedExpr)
_SUSPENDING = (gast.Yield, gast.YieldFrom, gast.Await)
_LITERALS = (type(None), bool, int, float, str)
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
        if isinstance(primitive, classmethod):
            reason = "a class method is a function only when it is read from its class"
            raise refuse_call(reason, "give it as Model.method, below the class")
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
    _check_terms(body, form, lets, result, source)


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
    if source.tree.args.kwarg is not None:
        raise refuse(source.tree.args.kwarg, source, "a rule names its keyword parameters", "leave ** out")
    for primitive in primitives:
        wrong = _misfit(own, primitive)
        if wrong is not None:
            name = getattr(primitive, "__name__", "the function")
            reason = f"the rule's parameter '{wrong}' is none of '{name}'"
            place = next(node for node in tree.walk(source.tree.args) if getattr(node, "id", None) == wrong)
            raise refuse(place, source, reason, f"it has: {_shown(primitive)}")
        _check_defaults(own, primitive, source)


def _check_defaults(own: list[inspect.Parameter], primitive: Any, source: Source) -> None:
    """Refuse a default that is another one than the primitive's: a call that leaves it out would be another call."""
    theirs = {p.name: p.default for p in _signature(primitive) or []}
    for mine in own:
        default = theirs.get(mine.name, mine.empty)
        if _is_literal(mine.default) and _is_literal(default) and not _same(mine.default, default):
            reason = f"the rule's '{mine.name}' is {mine.default!r} where it is left out, the function's is {default!r}"
            place = next(node for node in tree.walk(source.tree.args) if getattr(node, "id", None) == mine.name)
            raise refuse(place, source, reason, f"write {mine.name}={default!r}")


def _is_literal(value: Any) -> bool:
    """Whether a default is a literal, or a tuple or list of them; a parameter without one has a class there."""
    return isinstance(value, _LITERALS) or (type(value) in (tuple, list) and all(map(_is_literal, value)))


def _same(mine: Any, theirs: Any) -> bool:
    """Whether two literals are one; True is not 1 here, and what is not a number is itself."""
    if isinstance(mine, (tuple, list)):
        return type(mine) is type(theirs) and len(mine) == len(theirs) and all(map(_same, mine, theirs))
    equal = mine == theirs or (mine != mine and theirs != theirs)
    return equal and isinstance(mine, bool) == isinstance(theirs, bool)


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
        if name in lets or name in tree.parameters_of(source.tree):
            what = "bound twice" if name in lets else "a parameter of the rule, and a let too"
            raise refuse(statement, source, f"'{name}' is {what}", "give this value a name of its own")
        unbound = sorted((tree.reads(statement.value) & _lets_of(source)) - lets.keys())
        if unbound:
            raise refuse(
                statement, source, f"'{unbound[0]}' is read before it is bound", "change the order of the lets"
            )
        lets[name] = statement.value
    raise refuse(source.tree, source, "the body of a rule ends with the return of its terms", "return d * ...")


def _lets_of(source: Source) -> set[str]:
    return {name for name in map(tree.single_target, source.tree.body) if name is not None}


def _check_names(source: Source) -> None:
    for node in tree.walk(source.tree.body):
        if isinstance(node, _SUSPENDING):
            raise refuse(node, source, "a rule computes its terms at once", "leave yield and await out")
        if isinstance(node, _BINDING):
            reason = "a rule binds no names but its lets: an operand may have the same one"
            raise refuse(node, source, reason, "put this expression into a function of its own")
    own = tree.parameters_of(source.tree) | tree.writes(source.tree.body)
    for node in tree.walk(source.tree.body):
        if isinstance(node, gast.Name) and node.id not in own and node.id not in source.namespace:
            reason = f"the name '{node.id}' is neither a parameter of the rule nor known here"
            raise refuse(node, source, reason, "import it, or define it above the rule")
        if isinstance(node, gast.Attribute):
            module = _module(node.value, own, source)
            if module is not None and not hasattr(module, node.attr):
                reason = f"the module {module.__name__} has no '{node.attr}'"
                raise refuse(node, source, reason, "look for a slip of the pen")


def _module(node: Any, own: set[str], source: Source) -> types.ModuleType | None:
    """The module that a name or a dotted path is."""
    if isinstance(node, gast.Name):
        found = None if node.id in own else source.namespace.get(node.id)
    else:
        owner = _module(node.value, own, source) if isinstance(node, gast.Attribute) else None
        found = getattr(owner, node.attr, None) if owner is not None else None
    return found if isinstance(found, types.ModuleType) else None


def _check_terms(body: Any, form: str, lets: dict[str, Any], result: Any, source: Source) -> None:
    terms = result.elts if isinstance(result, gast.Tuple) else [result]
    parameters = _parameters(body)
    if form == "bilinear" and (len(terms) != 2 or len(parameters) < 2):
        reason = "a bilinear rule has two terms, the transposes in its first two parameters"
        raise refuse(result, source, reason, "use pullback for any other function")
    for term in terms:
        if isinstance(term, gast.Starred):
            raise refuse(term, source, "the terms must be written out", "return one term for each parameter")
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
