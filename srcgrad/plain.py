"""The plain function of a derivative, for a call of it in code that is differentiated."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from srcgrad.analysis.kinds import Kind, holds_given, settled
from srcgrad.apart import changed_by
from srcgrad.dispatch import needs_reals
from srcgrad.errors import refuse_call
from srcgrad.program import Plain
from srcgrad.specialise import Specialised, argument_kind, is_lone, with_gathered, with_lone
from srcgrad.structures import as_real
from srcgrad.variadic import gathered_signature

# What is being generated, in this thread, for the derivatives around it.
_making: ContextVar[tuple[Any, ...]] = ContextVar("srcgrad_making", default=())


def plain_for(derivative: Any, args: list[Kind], keywords: Mapping[str, Kind]) -> Plain:
    """The plain function of a derivative for a call with arguments of the given kinds.

    Raises TypeError where they do not fit the primal's parameters, DifferentiationError for a derivative that calls
    itself.
    """
    wrt = derivative._names
    signature = gathered_signature(derivative.__signature__)
    found = signature.bind(*args, **keywords)
    given = dict(found.arguments)
    found.apply_defaults()
    left_out = {name: value for name, value in found.arguments.items() if name not in given}
    kinds = {name: settled(kind, name in (*wrt, *derivative._dots)) for name, kind in given.items()}
    kinds |= {name: argument_kind(value, name in wrt) for name, value in left_out.items()}
    if objects := [name for name in wrt if name in given and holds_given(given[name])]:
        hint = "differentiate with respect to numbers, arrays, lists, tuples or dicts of them"
        raise refuse_call(f"'{objects[0]}' is, or holds, an object of another class, which has no derivative", hint)
    made = _specialised(derivative, {name: kinds[name] for name in found.arguments if name not in derivative._dots})
    if made.generated.shadows or (made.generated.stores and hasattr(derivative.primal, "plain_for")):
        reason = f"{derivative._called} changes arrays, and cannot be differentiated that often yet"
        raise refuse_call(reason, "make new arrays: np.array([...]), np.concatenate, np.where")
    is_pair = derivative.form == "vjp"
    lone = is_lone(derivative) and not is_pair
    made = with_gathered(made)
    return Plain(
        with_lone(made, derivative.form, derivative.has_aux) if lone else made.functions[0],
        made.conditions,
        tuple(signature.parameters)[: len(args)],
        frozenset(name for name in (*wrt, *derivative._dots) if name in given and kinds[name] != given[name]),
        {name: as_real(value) for name, value in left_out.items() if name in wrt and needs_reals(value)},
        dict(zip(derivative._dots, wrt, strict=False)),
        backward=made.functions[1] if is_pair else None,
        changed=changed_by(made.generated.outside),
        mentioned=frozenset(one for function in made.generated.outside for one in function.mentioned),
    )


def _specialised(derivative: Any, kinds: Mapping[str, Kind]) -> Specialised:
    """The derivative for some kinds, unless it is being made for them already, further up."""
    options = derivative.form, derivative.holomorphic
    key = derivative._source.function, derivative._names, options, tuple(kinds.values())
    if key in _making.get():
        raise refuse_call(f"the derivative of {derivative._called} calls itself", "write the inner one by hand")
    latest = derivative._latest[0]
    token = _making.set((*_making.get(), key))
    try:
        made: Specialised = derivative._specialise(kinds)
        return made
    finally:
        _making.reset(token)
        derivative._latest[0] = latest
