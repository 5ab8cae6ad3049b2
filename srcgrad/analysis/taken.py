"""Calls of derivatives: what they differentiate, and of what kinds their results are."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis import sampling
from srcgrad.analysis.computing import computes
from srcgrad.analysis.helper_kinds import jacobian_kind
from srcgrad.analysis.kinds import FLOAT, UNKNOWN, Array, Kind, Sequence, join, settled
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.scope import MISSING, Scope

_GRADIENTS = ("grad", "elementwise_grad", "hvp")
_OF_KNOWN_KINDS = (*_GRADIENTS, "value_and_grad", "jvp", "hessian")

CalleeKind = Callable[[types.FunctionType, list[Kind], dict[str, Kind]], Kind]
KindIn = Callable[[Any, Scope], Kind]


@dataclass(frozen=True)
class Taken:
    """What a call differentiates: ``primal`` is an object, the node of a lambda, or what is taken of something else.

    ``derivative`` is the derivative if it was made before; else ``transform`` makes it, with ``values`` as further
    positional arguments and ``options`` by name.  MISSING stands for what is not known before the run.
    """

    primal: Any
    derivative: Any = None
    transform: Any = None
    values: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether all of it is known before the run."""
        known = self.primal.is_known if isinstance(self.primal, Taken) else self.primal is not MISSING
        return known and not any(value is MISSING for value in (*self.values, *(value for _, value in self.options)))

    @property
    def form(self) -> str:
        """The form of the derivative."""
        return str(self.transform.__name__ if self.derivative is None else self.derivative.form)

    @property
    def has_aux(self) -> bool:
        """Whether the primal returns an auxiliary value, too."""
        return bool(dict(self.options).get("has_aux") if self.derivative is None else self.derivative.has_aux)

    @property
    def wrt(self) -> Any:
        """The parameters that are differentiated, as they were named."""
        if self.derivative is not None:
            return self.derivative.wrt
        return self.values[0] if self.values else dict(self.options).get("wrt", 0)


def taken(node: Any, scope: Scope) -> Taken | None:
    """What a call differentiates: ``slope(x)`` or ``grad(f)(x)``; None for any other call."""
    return _taken(node.func, scope)


def _taken(made: Any, scope: Scope) -> Taken | None:
    """What an expression is the derivative of."""
    value = scope.resolve(made)
    if hasattr(value, "plain_for") and not isinstance(value, type):
        return Taken(value.primal, derivative=value)
    if not isinstance(made, gast.Call):
        return None
    transform = scope.resolve(made.func)
    if not isinstance(transform, types.FunctionType) or not getattr(transform, "__srcgrad_transform__", False):
        return None
    args = list(made.args)
    named = {k.arg: k.value for k in made.keywords}
    primal = args.pop(0) if args else named.pop("function", None)
    if primal is None or None in named or any(isinstance(one, gast.Starred) for one in (primal, *args)):
        return Taken(MISSING, transform=transform)
    found = primal if isinstance(primal, gast.Lambda) else scope.resolve(primal)
    if found is MISSING:
        found = _taken(primal, scope) or MISSING
    values = tuple(scope.literal(value) for value in args)
    return Taken(found, None, transform, values, tuple((name, scope.literal(v)) for name, v in named.items()))


def derivative_kind(node: Any, found: Taken, scope: Scope, kind_in: KindIn, callee_kind: CalleeKind) -> Kind:
    """The kind of what a call of a derivative returns: a gradient has the kind of what it belongs to."""
    positional, every = _parameters(found.primal)
    if not found.is_known or found.form not in _OF_KNOWN_KINDS:
        return UNKNOWN
    given = _defaults(found.primal, scope, kind_in)
    given |= dict(zip(positional, (kind_in(a, scope) for a in node.args), strict=False))
    given |= {k.arg: kind_in(k.value, scope) for k in node.keywords if found.form != "jvp" or k.arg in every}
    single = not isinstance(found.wrt, (tuple, list))
    chosen = [_chosen(one, positional) for one in ([found.wrt] if single else found.wrt)]
    if not set(chosen) <= given.keys() <= set(every):
        return UNKNOWN
    given = {name: settled(kind, name in chosen) for name, kind in given.items()}
    gradients = tuple(given[name] for name in chosen)
    gradient = gradients[0] if single else Sequence(tuple, gradients, join(*gradients))
    if found.form in _GRADIENTS and not found.has_aux:
        return gradient
    if found.form not in ("grad", "value_and_grad", "jvp"):
        return jacobian_kind(gradient, gradient, UNKNOWN) if found.form == "hessian" and not found.has_aux else UNKNOWN
    value = _value_kind(found.primal, given, scope, kind_in, callee_kind)
    if found.form == "jvp":
        return UNKNOWN if found.has_aux else _pair(value, _tangent_kind(value))
    if found.form == "grad":
        parts = value.items if isinstance(value, Sequence) else None
        return _pair(gradient, UNKNOWN if parts is None or len(parts) != 2 else parts[1])
    return _pair(value, gradient)


def _tangent_kind(value: Kind) -> Kind:
    """The kind of a result's tangent; of a NumPy number it may be a Python number."""
    if isinstance(value, Array):
        return Array(value.dims, value.dtype if value.dtype is not None and value.dtype.kind == "f" else None)
    return value if value == FLOAT else UNKNOWN


def _pair(first: Kind, second: Kind) -> Kind:
    return Sequence(tuple, (first, second), join(first, second))


def _parameters(primal: Any) -> tuple[list[str], list[str]]:
    """The names of the positional parameters, and those of all."""
    if isinstance(primal, gast.Lambda):
        positional = [a.id for a in [*primal.args.posonlyargs, *primal.args.args]]
        return positional, positional + [a.id for a in primal.args.kwonlyargs]
    if isinstance(primal, types.FunctionType):
        code = primal.__code__
        names = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
        return names[: code.co_argcount], names
    single = callable(primal) and computes(primal)
    return (["x"], ["x"]) if single else ([], [])


def _defaults(primal: Any, scope: Scope, kind_in: KindIn) -> dict[str, Kind]:
    if not isinstance(primal, gast.Lambda):
        return {}
    return {name: kind_in(node, scope) for name, node in tree.defaults_of(primal).items()}


def _chosen(wrt: Any, positional: list[str]) -> Any:
    if isinstance(wrt, int) and -len(positional) <= wrt < len(positional):
        return positional[wrt]
    return wrt


def _value_kind(primal: Any, given: dict[str, Kind], scope: Scope, kind_in: KindIn, callee_kind: CalleeKind) -> Kind:
    """The kind of the primal's own value."""
    if is_user_function(primal):
        return callee_kind(primal, [], given)
    if isinstance(primal, gast.Lambda):
        return kind_in(primal.body, replace(scope, local=scope.local | given.keys(), kinds={**scope.kinds, **given}))
    if computes(primal):
        return sampling.result_kind(primal, tuple(given.values()), ())
    return UNKNOWN


def is_derivative_call(node: Any, function: Any, scope: Scope) -> bool:
    """Whether a derivative is called, or what a transform like ``grad`` has just made."""
    if isinstance(node.func, gast.Call):
        return hasattr(scope.resolve(node.func.func), "__srcgrad_transform__")
    return hasattr(function, "plain_for") and not isinstance(function, type)
