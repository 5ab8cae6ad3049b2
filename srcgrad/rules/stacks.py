"""Stacks of generated loops, for derivatives of derivatives."""

# mypy: allow-untyped-defs, allow-untyped-decorators
from __future__ import annotations

from srcgrad.rules.registry import constant, known, linear, of_complex
from srcgrad.stacks import empty, held, pop, push, top

constant(empty)
of_complex(push, pop, held)


@linear(push, view=True)
def push_rule(stack, value, count, *, d):
    parts = pop(d, count)
    return parts[0], parts[1] if known(count == 0) else parts[1:] if known(count > 0) else top(parts, count)


@linear(pop, view=True)
def pop_rule(stack, count, *, d):
    return push(
        d[0],
        d[1] if known(count == 0) else d[1:] if known(count > 0) else top(d, count),
        count,
    )


@linear(held, view=True)
def held_rule(stack, *, d):
    return d
