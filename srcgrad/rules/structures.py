"""What derivatives do with adjoints of any structure, for derivatives of derivatives."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

from srcgrad.contents import last_key, place_in, read_first, shared_like, twins, zero_twins
from srcgrad.rules.registry import Discrete, constant, linear, of_complex, pullback, pushforward
from srcgrad.runtime import filled_like, matched, ones_like, unbroadcast, zeros_like
from srcgrad.structures import (
    add,
    as_tangent,
    broadcast_like,
    chained,
    copied,
    detached,
    elementwise,
    listed,
    restored,
    seed,
    span,
    with_added,
    zeros_for,
)
from srcgrad.tangents import plus
from srcgrad.transposes import element_like, only_element, seed_adjoint

constant(zeros_for, zero_twins, last_key, place_in, zeros_like, ones_like, filled_like, span)
of_complex(with_added, element_like, only_element, add, plus, copied, detached, listed, matched, restored, seed)
of_complex(tuple, chained, twins, read_first, shared_like, seed_adjoint, as_tangent, broadcast_like, elementwise)


@linear(with_added)
def with_added_rule(x, index: Discrete, t, *, d):
    return d, None, element_like(d, index, t)


@linear(element_like, view=True)
def element_like_rule(x, index: Discrete, like, *, d):
    return only_element(d, x, index), None, zeros_for(like)


@linear(only_element)
def only_element_rule(t, like, index: Discrete, *, d):
    return element_like(d, index, t), zeros_for(like)


@linear(add, plus)
def add_rule(x, y, *, d):
    return copied(d), copied(d)


@linear(copied, detached)
def copied_rule(x, *, d):
    return copied(d)


@linear(read_first)
def read_first_rule(v, x: Discrete, index: Discrete, *, d):
    return copied(d), None, None


@pullback(shared_like)
def shared_like_rule(t, x, *, d):
    return copied(d), zeros_for(x)  # which is read for its structure only


@pushforward(shared_like)
def shared_like_forward(t, x, *, d):
    return shared_like(d, x), zeros_for(x)


@pullback(twins)
def twins_rule(x, *, d):
    return copied(d)


@pushforward(twins)
def twins_forward(x, *, d):
    return shared_like(d, x)


@linear(tuple, view=True)
def tuple_rule(iterable, /, *, d):
    return copied(d)


@linear(chained, view=True)
def chained_rule(x, y, *, d):
    return d[: len(x)], d[len(x) :]


# Of a sequence it is the sequence itself; nothing else that is run through has a derivative.
@linear(listed, view=True)
def listed_rule(iterable, most: Discrete, *, d):
    return copied(d)


@linear(matched, view=True)
def matched_rule(t, like, *, d):
    return matched(d, t), zeros_for(like)  # which is read for its kind only


@linear(restored, view=True)
def restored_rule(x_bar, x, inside: Discrete = False, *, d):
    return matched(copied(d), x_bar), zeros_for(x)  # which is read for its structure only


@linear(seed)
def seed_rule(value, y_bar=1.0, *, d):
    return zeros_for(value), seed_adjoint(d, y_bar)


@linear(seed_adjoint, view=True)
def seed_adjoint_rule(t, y_bar, /, *, d):
    return seed(t, d), zeros_for(y_bar)


@linear(as_tangent, view=True)
def as_tangent_rule(t, x, name="the tangent", *, d):
    return d, zeros_for(x)


@linear(elementwise, view=True)
def elementwise_rule(x_bar, value, *, d):
    return d, zeros_for(value)


@linear(broadcast_like, view=True)
def broadcast_like_rule(t, like, *, d):
    return unbroadcast(d, t), zeros_for(like)
