"""Helpers of derivatives that act element by element or are constant, where a derivative is itself differentiated.

Those that have no rule are differentiated as a user's function is, by their source.  A term ``zeros_for`` is that of
a parameter that is read for its structure only, or whose value only decides: no derivative flows through it.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
from __future__ import annotations

import numpy as np

from srcgrad.averages import evenly, interp_interval, number_count, quantile_places
from srcgrad.matrices import axes_turned, direction, einsum_plan, einsum_terms, tensordot_axes
from srcgrad.orders import WITH_KEY, partition_positions, sort_positions
from srcgrad.rules.registry import Discrete, constant, elementwise, known, of_complex
from srcgrad.runtime import (
    axes_last,
    chosen_elements,
    chosen_share,
    count,
    insert_positions,
    inverse_permutation,
    larger_share,
    ones_like,
    positions,
    power_adjoint_x,
    power_adjoint_y,
    ratio,
    rows_shape,
    sign,
)
from srcgrad.special import digamma, exp_difference, lowered, polygamma, raised, sinc_derivative, times_power
from srcgrad.structures import fits, is_pair, zeros_for

constant(sign, count, positions, insert_positions, sort_positions, partition_positions, *WITH_KEY, inverse_permutation)
constant(axes_last, rows_shape, chosen_elements, number_count, evenly, interp_interval, quantile_places)
constant(einsum_terms, einsum_plan, tensordot_axes, axes_turned, fits, is_pair)
of_complex(power_adjoint_x, power_adjoint_y, raised, times_power, lowered, ratio, direction, sinc_derivative)


# t * y * x ** (y - 1)
@elementwise(power_adjoint_x)
def of_power_adjoint_x(t, x, y, *, d):
    return (
        power_adjoint_x(d, x, y),
        power_adjoint_x(d * t * y, x, lowered(x, y)),
        times_power(d * t, x, y - 1) + power_adjoint_y(d * t * y, x, raised(x, y - 1)),
    )


@elementwise(times_power)
def of_times_power(t, x, y, *, d):
    return times_power(d, x, y), power_adjoint_x(d * t, x, y), power_adjoint_y(d * t, x, raised(x, y))


@elementwise(raised)
def of_raised(x, y, *, out, d):
    return power_adjoint_x(d, x, y), power_adjoint_y(d, x, out)


@elementwise(lowered)
def of_lowered(x, y, *, d):
    return np.zeros_like(x), d


# t * whole * log(x), where whole is x ** y
@elementwise(power_adjoint_y)
def of_power_adjoint_y(t, x, whole, *, d):
    return (
        power_adjoint_y(d, x, whole),
        ratio(d * t * whole, x),
        power_adjoint_y(d * t, x, 1.0)
        if known(not np.iscomplexobj(whole))
        else power_adjoint_y(d * t, x, ones_like(whole)),
    )


@elementwise(ratio)
def of_ratio(x, y, *, out, d):
    return ratio(d, y), -ratio(d * out, y)


# conj(x) / abs(x) turns with x; its derivative along d is that by d, too.
@elementwise(direction)
def of_direction(x, *, out, d):
    return zeros_for(x) if known(not np.iscomplexobj(x)) else ratio(0.5 * (np.conjugate(d) - d * out * out), np.abs(x))


@elementwise(larger_share, view=True)
def of_larger_share(t, x, y, /, *, d):
    return larger_share(d, x, y), zeros_for(x), zeros_for(y)


@elementwise(chosen_share)
def of_chosen_share(t, x, y, whole, /, *, d):
    return chosen_share(d, x, y, whole), zeros_for(x), zeros_for(y), zeros_for(whole)


@elementwise(exp_difference)
def of_exp_difference(x, whole, /, *, out, d):
    return d * out, -d * out


@elementwise(sinc_derivative)
def of_sinc_derivative(x, order: Discrete, *, d):
    return d * sinc_derivative(x, order + 1)


@elementwise(digamma)
def of_digamma(x, *, d):
    return d * polygamma(1, x)


@elementwise(polygamma)
def of_polygamma(n: Discrete, x, *, d):
    return None, d * polygamma(n + 1, x)
