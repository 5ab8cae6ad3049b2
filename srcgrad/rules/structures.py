"""What derivatives do with adjoints of any structure, for derivatives of derivatives."""

# mypy: allow-untyped-defs, allow-untyped-decorators
from __future__ import annotations

from srcgrad.rules.registry import constant, linear, pullback, pushforward
from srcgrad.runtime import filled_like, matched, ones_like, unbroadcast, zeros_like
from srcgrad.structures import add, as_tangent, broadcast_like, copied, restored, seed, with_added, zeros_for

constant(zeros_for, zeros_like, ones_like, filled_like)


@linear(with_added)
def with_added_rule(x, index, t, *, d):
    return d, None, d[index]


@linear(add)
def add_rule(x, y, *, d):
    return copied(d), copied(d)


@linear(copied)
def copied_rule(x, *, d):
    return copied(d)


@linear(matched, view=True)
def matched_rule(t, like, *, d):
    return matched(d, t), zeros_for(like)  # which is read for its kind only


@linear(restored, view=True)
def restored_rule(x_bar, x, *, d):
    return matched(copied(d), x_bar), zeros_for(x)  # which is read for its structure only


@pullback(seed)
def seed_rule(value, y_bar=1.0, *, d):
    return zeros_for(value), None  # the value is read for its structure only


@pushforward(seed)
def seed_forward(value, y_bar=1.0, *, d):
    return zeros_for(value), seed(value, d)


@linear(as_tangent, view=True)
def as_tangent_rule(t, x, name="the tangent", *, d):
    return d, zeros_for(x)


@linear(broadcast_like, view=True)
def broadcast_like_rule(t, like, *, d):
    return unbroadcast(d, t)
