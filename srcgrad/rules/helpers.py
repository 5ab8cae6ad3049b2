"""Helpers of the runtime that are no code to differentiate: where a derivative is itself differentiated."""

# mypy: allow-untyped-defs, allow-untyped-decorators
from __future__ import annotations

from srcgrad.rules.registry import elementwise
from srcgrad.runtime import power_adjoint_x, power_adjoint_y


# t * y * x ** (y - 1)
@elementwise(power_adjoint_x)
def of_power_adjoint_x(t, x, y, *, d):
    return (
        power_adjoint_x(d, x, y),
        power_adjoint_x(d * t * y, x, y - 1),
        d * t * x ** (y - 1) + power_adjoint_y(d * t * y, x, x ** (y - 1)),
    )


# t * whole * log(x), where whole is x ** y
@elementwise(power_adjoint_y)
def of_power_adjoint_y(t, x, whole, *, d):
    return power_adjoint_y(d, x, whole), d * t * whole / x, power_adjoint_y(d * t, x, 1.0)
