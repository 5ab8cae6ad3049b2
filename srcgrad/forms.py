"""The functions that a derivative calls, with their results in the form that was asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from srcgrad.generation import Form
from srcgrad.jacobian_call import jacobian_call
from srcgrad.linearization import linearize_call
from srcgrad.pullback import vjp_call
from srcgrad.real_results import may_meet_complex, real_only
from srcgrad.specialise import Specialised
from srcgrad.tangent_call import jvp_call


def called(derivative: Any, made: Specialised) -> Callable[..., Any]:
    """The generated function with its results in the form that was asked for."""
    form, has_aux, names = derivative.form, derivative.has_aux, derivative._names
    lone = not derivative._single and len(names) == 1 and derivative._stored is None
    functions = made.functions
    if may_meet_complex(made.kinds, made.generated.complex):
        functions = *functions[:-1], real_only(functions[-1], form, has_aux)
    if form == "vjp":
        return vjp_call(functions, derivative._single, lone, has_aux, functools.partial(module_of, derivative, made))
    if form == "linearize":
        return linearize_call(functions, names, has_aux)
    function = functions[0]
    if derivative._dots:
        return jvp_call(function, names, derivative._dots)
    if form == "jacobian" and derivative._stored is None:
        function = jacobian_call(function, names, lambda: derivative._specialise(made.kinds, "jacobian_reverse"))
    return _as_tuple(function, form, has_aux) if lone else function


def module_of(derivative: Any, made: Specialised) -> str:
    """The text of the module for one of a derivative's specialisations."""
    from srcgrad.offline import module_text

    return made.text if derivative._stored is not None else module_text(derivative, made)


def _as_tuple(function: Callable[..., Any], form: Form, has_aux: bool) -> Callable[..., Any]:
    """``wrt=(0,)`` asks for a tuple of one gradient."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if form == "value_and_grad":
            return result[0], (result[1],)
        return ((result[0],), result[1]) if has_aux else (result,)

    return wrapped
