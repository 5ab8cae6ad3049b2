"""What a call may do besides giving a value: which storage it changes, keeps and shares.

The tables of ``known_calls`` say it for NumPy's and Python's own functions, a summary (``summaries``) for the user's.
Of all else the worst is assumed, but for one thing: a method of an object of which nothing is known changes its
object, not the arrays that it is given, unless its name says so.
"""

from __future__ import annotations

import copy
import functools
import inspect
import types
from dataclasses import replace
from typing import Any, cast

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis import known_calls as known
from srcgrad.analysis.array_api import is_array_api
from srcgrad.analysis.bound_methods import CACHED, bound_method, functions_in, looked_up_in
from srcgrad.analysis.callbacks import is_harmless, key_of
from srcgrad.analysis.classes import class_of, has_code, kind_of_path
from srcgrad.analysis.computing import is_in, is_number_type, is_ufunc_method
from srcgrad.analysis.constructors import coded_init, is_followed_class, kept_arguments
from srcgrad.analysis.given import Unnamed
from srcgrad.analysis.helper_effects import helper_effect
from srcgrad.analysis.iterators import is_iterator, is_sized, run_through
from srcgrad.analysis.kinds import (
    KNOWN,
    NEVER,
    Array,
    Kind,
    Known,
    Mapping,
    Scalar,
    Sequence,
    Unknown,
    is_dict,
    is_object,
)
from srcgrad.analysis.objects import inherited, is_named, is_super, method_named
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.ruled import ruled
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summary import ELEMENTS, Effect, Summarise
from srcgrad.analysis.suspects import is_suspect
from srcgrad.analysis.taken import Taken, is_derivative_call, taken
from srcgrad.analysis.user_calls import kind_of_node, made_effect, user_effect
from srcgrad.analysis.written import viewed, written_out
from srcgrad.helpers import is_helper
from srcgrad.rules.registry import is_constant, rule_of
from srcgrad.run_time_calls import is_run_time_call
from srcgrad.surgery import on_reverse

_COMPUTES = Effect(pure=True)
_NONE = Known(None)


def effect(node: Any, scope: Scope, summarise: Summarise) -> Effect:
    """What a call may do."""
    function = scope.resolve(node.func)
    owner = scope.resolve(node.func.value) if isinstance(node.func, gast.Attribute) else None
    if function is MISSING and isinstance(owner, np.ufunc):
        function = getattr(owner, node.func.attr, MISSING)
    arguments = [a.value if isinstance(a, gast.Starred) else a for a in node.args]
    arguments += [k.value for k in node.keywords]
    if is_derivative_call(node, function, scope):
        return _of_derivative(node, scope, summarise)
    if is_run_time_call(function):  # which raises where what is called does more than that
        return Effect(shares=tuple(arguments[1:]), joined=True, stores=frozenset())
    if (through := _through_object(node, function, arguments, scope)) is not None:
        return through
    if several := functions_in(node.func, scope):
        each = [_followed(f, node, scope, summarise) or _known(f, arguments, node, scope) for f in several]
        return _looked_up(_any_of(each), node, scope)
    if (method := bound_method(node.func, scope)) is not None:
        return _looked_up(user_effect(node, method.function, None, summarise, scope), node, scope)
    if function is MISSING:
        whole = kind_of_path(node.func, scope)
        if whole == NEVER:  # an attribute that has not been met yet
            return Effect(stores=frozenset())
        if isinstance(whole, Known) and isinstance(whole.value, KNOWN) and callable(whole.value):
            function = whole.value  # which an object holds
        elif is_object(whole):
            return _method("__call__", node.func, arguments, node, scope, summarise)
    if function is MISSING:
        if isinstance(node.func, gast.Attribute) and is_super(node.func.value):
            return _inherited(node, arguments, scope, summarise)
        if isinstance(node.func, gast.Attribute):
            return _method(node.func.attr, node.func.value, arguments, node, scope, summarise)
        numbers = all(isinstance(kind_of_node(a, scope), Scalar) for a in arguments)
        plain = numbers and isinstance(node.func, gast.Subscript)
        return _foreign(arguments if plain else [node.func, *arguments])  # it may be a method of what has a name
    while isinstance(function, functools.partial):
        arguments = [*arguments, *(Unnamed(v) for v in (*function.args, *function.keywords.values()))]
        function = function.func
    owner = getattr(function, "__objclass__", None)
    if owner in (np.ndarray, list, dict, set) and arguments and rule_of(function) is None:
        return _method(function.__name__, arguments[0], arguments[1:], node, scope, summarise)
    if (receiver := known.receiver_of(function)) is not None:
        return _method(function.__name__, Unnamed(receiver), arguments, node, scope, summarise)
    calls_back = is_in(function, known.CALLS_BACK)
    called = node.args[0] if calls_back and node.args else key_of(function, node)
    if (calls_back or called is not None) and not is_harmless(called, scope, summarise, effect):
        return _foreign(arguments)
    if is_helper(function):
        return Effect(**helper_effect(function, arguments, scope))
    if str(getattr(function, "__module__", "")).split(".")[0] == "srcgrad":
        return Effect(pure=is_constant(function), shares=() if function is on_reverse else tuple(arguments))
    if is_super(node):
        return Effect(pure=True, shares=tuple(node.args[1:]))
    if (kept := kept_arguments(function, node)) is not None:
        return Effect(pure=True, shares=tuple(kept.values()))
    if is_followed_class(function) and (init := coded_init(cast(type, function))) is not None:
        return made_effect(node, init, summarise, scope)
    if is_array_api(function) or function is copy.copy or function is copy.deepcopy:
        return Effect(pure=is_array_api(function), shares=tuple(arguments))
    return _followed(function, node, scope, summarise) or _known(function, arguments, node, scope)


def _followed(function: Any, node: Any, scope: Scope, summarise: Summarise) -> Effect | None:
    """What a function of the user's may do, with its object or its cache; None of any other function."""
    if is_user_function(function):
        found = user_effect(node, cast(types.FunctionType, function), None, summarise, scope)
        return Effect(pure=True, shares=found.shares, hidden=found.hidden) if rule_of(function) is not None else found
    if isinstance(function, types.MethodType) and is_user_function(function.__func__):
        own = cast(types.FunctionType, function.__func__)
        return user_effect(node, own, Unnamed(function.__self__), summarise, scope)
    if isinstance(function, CACHED) and is_user_function(function.__wrapped__):
        inner = cast(types.FunctionType, function.__wrapped__)
        return replace(user_effect(node, inner, None, summarise, scope), hidden=True)  # the cache has what it returns
    return None


def _looked_up(found: Effect, node: Any, scope: Scope) -> Effect:
    """What a call may do if its callee is found where it is found now."""
    return replace(found, relies=found.relies | looked_up_in(node.func, scope))


def _any_of(effects: list[Effect]) -> Effect:
    """What one of several calls may do, which one is not known."""
    stores = [one.stores for one in effects]
    return Effect(
        pure=all(one.pure for one in effects),
        changes=tuple(part for one in effects for part in one.changes),
        shares=tuple(part for one in effects for part in one.shares),
        keeps=tuple(group for one in effects for group in one.keeps),
        objects=frozenset().union(*(one.objects for one in effects)),
        outside=frozenset().union(*(one.outside for one in effects)),
        rebound=frozenset().union(*(one.rebound for one in effects)),
        relies=frozenset().union(*(one.relies for one in effects)),
        hidden=any(one.hidden for one in effects),
        joined=any(one.joined for one in effects),
        stores=None if None in stores else frozenset().union(*(one for one in stores if one is not None)),
    )


def _through_object(node: Any, function: Any, arguments: list[Any], scope: Scope) -> Effect | None:
    """What a call of a method, of an object or of a partial that has a rule may do: what its rule says."""
    found = ruled(node.func, scope)
    rule = None if found is None else rule_of(found.function)
    if found is None or rule is None or (found.is_plain(function) and not isinstance(function, types.MethodType)):
        return None  # the tables, or its source, tell more
    operands = [*arguments, *([] if found.receiver is None else [found.receiver])]
    return Effect(pure=True, shares=tuple(operands) if rule.view else ())


def _of_derivative(node: Any, scope: Scope, summarise: Summarise) -> Effect:
    """What a derivative does is what its primal does; what it returns is new."""
    found = taken(node, scope)
    primal: Any = MISSING if found is None else found.primal
    while isinstance(primal, Taken) or hasattr(primal, "plain_for"):
        primal = primal.primal
    if is_user_function(primal):
        own = user_effect(node, primal, None, summarise, scope)
        held = (Array, Scalar, Sequence, Mapping)  # these a derivative leaves alone, or is refused itself
        changes = tuple(part for part in own.changes if not isinstance(kind_of_node(part, scope), held))
        return Effect(False, changes, (), own.keeps, own.objects, rebound=own.rebound, relies=own.relies)
    if not isinstance(primal, gast.Lambda):
        return Effect()
    calls = [call for call in tree.walk(primal.body) if isinstance(call, gast.Call)]
    own = _any_of([effect(call, scope, summarise) for call in calls])
    return Effect(False, own.changes, (), own.keeps, own.objects, rebound=own.rebound, relies=own.relies)


def _foreign(arguments: list[Any]) -> Effect:
    """A call of which nothing is known."""
    given = tuple(arguments)
    return Effect(changes=given, shares=given, keeps=((*given, None),), hidden=True, joined=True)


# --- functions


def _known(function: Any, arguments: list[Any], node: Any, scope: Scope) -> Effect:
    written = tuple(written_out(function, node, scope))
    if written:
        return Effect(changes=written, shares=(*written, *arguments), stores=frozenset())
    found = _known_by_table(function, arguments, node, scope)
    if any(k.arg == "copy" and scope.literal(k.value) is not True for k in node.keywords):
        found = replace(found, shares=tuple(arguments))
    return replace(found, pure=found.pure and not any(has_code(a, scope) for a in arguments))


def _known_by_table(function: Any, arguments: list[Any], node: Any, scope: Scope) -> Effect:
    module = str(getattr(function, "__module__", ""))
    sized = not is_in(function, known.CONSUMES) or all(is_sized(a, scope) for a in run_through(function, arguments))
    if not sized and any(is_iterator(a, scope) for a in arguments):
        return Effect(changes=tuple(arguments), shares=tuple(arguments))
    rule = rule_of(function)
    if rule is not None:
        return Effect(pure=sized, shares=tuple(viewed(function, rule, node, scope)) if rule.view else ())
    if isinstance(function, np.ufunc) or is_ufunc_method(function):
        return Effect(changes=tuple(arguments[:1]), stores=frozenset()) if function.__name__ == "at" else _COMPUTES
    if function is next:
        return Effect(changes=tuple(arguments[:1]), shares=tuple(arguments))
    if is_in(function, known.BUILTIN_ACTS | known.NUMPY_ACTS) or module.startswith(known.ACTING_MODULES):
        changed = arguments[:1] if function.__name__ in known.CHANGES_ARGUMENTS else ()
        return Effect(changes=tuple(changed))
    if is_in(function, known.NUMPY_CHANGES):
        return Effect(changes=tuple(arguments[:1]), stores=frozenset())
    if is_in(function, known.BUILTIN_SHARES | known.NUMPY_SHARES | known.OPERATOR_SHARES | known.ITERATORS):
        return Effect(pure=sized, shares=tuple(arguments))
    computes = known.BUILTIN_COMPUTES | known.OPERATOR_COMPUTES | known.MATH_COMPUTES | known.NUMPY_COMPUTES
    if is_in(function, computes) or is_constant(function) or is_number_type(function):
        return Effect(pure=sized)
    return _foreign(arguments)


# --- methods


def _method(name: str, receiver: Any, arguments: list[Any], node: Any, scope: Scope, summarise: Summarise) -> Effect:
    kind = kind_of_node(receiver, scope)
    path = kind_of_path(receiver, scope) if kind is None and isinstance(receiver, gast.AST) else None
    if not {NEVER, _NONE}.isdisjoint({kind, path}):  # what has not been met yet, or has no methods
        return Effect(stores=frozenset())
    kind = path if isinstance(path, (Array, Mapping, Sequence)) else kind  # what an object, a list or a dict holds
    if isinstance(kind, Known) and isinstance(kind.value, (str, bytes)):
        return Effect(pure=True) if name != "join" else Effect()
    owner = type(receiver.value) if isinstance(receiver, Unnamed) else class_of(receiver, scope)
    if owner is None and kind is not None and is_named(kind):
        if name in ("_replace", "_asdict"):
            return Effect(pure=True, shares=(receiver, *arguments))
        owner = kind.type  # type: ignore[union-attr]
    if kind is not None and isinstance(kind, Mapping) and is_object(kind):
        named = method_named(kind, name)
        if named is None or not is_user_function(named.function):
            return _foreign([receiver, *arguments])
        first = receiver if named.first is True else None
        return user_effect(node, cast(types.FunctionType, named.function), first, summarise, scope)
    if owner is not None:
        method = inspect.getattr_static(owner, name, None)
        function = method.__func__ if isinstance(method, (staticmethod, classmethod)) else method
        if is_user_function(function):
            first = None if isinstance(method, staticmethod) else receiver
            return user_effect(node, cast(types.FunctionType, function), first, summarise, scope)
        if str(owner.__module__).startswith(("numpy.random", "random", "io", "_io")):
            return Effect(changes=(receiver, *(arguments if name in known.CHANGES_ARGUMENTS else [])))
    if isinstance(path if kind is None else kind, Unknown) and is_suspect(name, scope):
        return _foreign([receiver, *arguments])
    of_holder = isinstance(kind, Sequence) or is_dict(kind)
    found = None if of_holder else _array_method(name, receiver, arguments, node, scope, kind)
    if found is None and not isinstance(kind, (Array, Scalar)):
        found = _holder_method(name, receiver, arguments, of_holder)
    if found is not None:
        return found
    if name in known.DRAWS and not any(k.arg == "out" for k in node.keywords):
        return Effect(changes=(receiver,))
    changed = (receiver, *arguments) if name in known.CHANGES_ARGUMENTS else (receiver,)
    return Effect(changes=changed, shares=(receiver, *arguments), keeps=((receiver, *arguments, None),), hidden=True)


def _inherited(node: Any, arguments: list[Any], scope: Scope, summarise: Summarise) -> Effect:
    """What ``super(owner, x).method(...)`` may do."""
    owner, x = node.func.value.args
    found = inherited(node.func.attr, kind_of_path(x, scope), scope.resolve(owner))
    if found is not None and found.function is object.__init__:
        return _COMPUTES
    if found is None or not is_user_function(found.function):
        return _foreign([x, *arguments])
    first = x if found.first is True else None
    return user_effect(node, cast(types.FunctionType, found.function), first, summarise, scope)


def _array_method(
    name: str, receiver: Any, arguments: list[Any], node: Any, scope: Scope, kind: Kind | None
) -> Effect | None:
    out = [k.value for k in node.keywords if k.arg == "out" and not tree.is_literal(k.value, None)]
    out += node.args[known.ARRAY_BEFORE_OUT.get(name, 99) :]
    if name in known.ARRAY_CHANGES and (name != "sort" or kind is not None):
        return Effect(changes=(receiver,))
    if out and name in known.ARRAY_BEFORE_OUT:
        return Effect(changes=tuple(out), shares=(receiver, *out))
    if name in known.ARRAY_COMPUTES and not (name == "copy" and not isinstance(kind, (Array, Scalar))):
        return _COMPUTES
    if name in known.ARRAY_SHARES:
        copied = [k.value for k in node.keywords if k.arg == "copy"]
        fresh = name == "astype" and all(scope.literal(c) is True for c in copied)
        return Effect(pure=True, shares=() if fresh else (receiver,))
    return None


def _holder_method(name: str, receiver: Any, arguments: list[Any], is_holder: bool) -> Effect | None:
    if name in known.HOLDER_COMPUTES:
        return _COMPUTES
    shared = (receiver, *arguments)
    if name in known.HOLDER_SHARES:
        return Effect(pure=True, shares=shared)
    stores = frozenset([ELEMENTS]) if is_holder else None
    if name in known.HOLDER_KEEPS:
        return Effect(changes=(receiver,), keeps=(shared,), shares=shared, stores=stores)
    if name in known.HOLDER_CHANGES:
        return Effect(changes=(receiver,), shares=shared, stores=stores)
    return None
