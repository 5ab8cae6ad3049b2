"""The functions that a derivative calls, with their results in the form that was asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from srcgrad.apart import apart, copied_by
from srcgrad.jacobian_call import jacobian_call
from srcgrad.linearization import linearize_call
from srcgrad.pullback import vjp_call
from srcgrad.real_results import may_meet_complex, real_only
from srcgrad.specialise import Specialised, is_lone, with_lone
from srcgrad.tangent_call import jvp_call


def called(derivative: Any, made: Specialised) -> Callable[..., Any]:
    """The generated function with its results in the form that was asked for."""
    return apart(_called(derivative, made), made.generated.outside, derivative.__signature__)


def _called(derivative: Any, made: Specialised) -> Callable[..., Any]:
    form, has_aux, names = derivative.form, derivative.has_aux, derivative._names
    lone = is_lone(derivative) and derivative._stored is None
    functions = made.functions if form == "vjp" or not lone else (with_lone(made, form, has_aux),)
    if may_meet_complex(made.kinds, made.generated.complex):
        functions = *functions[:-1], real_only(functions[-1], form, has_aux)
    if form == "vjp":
        return vjp_call(functions, derivative._single, lone, has_aux, functools.partial(module_of, derivative, made))
    if form == "linearize":
        return linearize_call(functions, names, has_aux)
    function = functions[0]
    if derivative._dots:
        return jvp_call(function, names, derivative._dots, copied_by(made.generated.outside))
    if form == "jacobian" and derivative._stored is None:
        return jacobian_call(function, names, functools.partial(_by_rows, derivative, made, lone))
    return function


def _by_rows(derivative: Any, made: Specialised, lone: bool) -> Callable[..., Any]:
    """The function that computes the same Jacobian by rows."""
    found: Specialised = derivative._specialise(made.kinds, "jacobian_reverse")
    return with_lone(found, "jacobian_reverse", derivative.has_aux) if lone else found.functions[0]


def module_of(derivative: Any, made: Specialised) -> str:
    """The text of the module for one of a derivative's specialisations."""
    from srcgrad.offline import module_text

    return made.text if derivative._stored is not None else module_text(derivative, made)
