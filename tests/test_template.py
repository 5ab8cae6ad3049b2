"""What a filled-in rule looks like."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad


def total(x, axis=None):
    return np.add.reduce(x, axis)


@srcgrad.rules.linear(total)
def total_rule(x, axis=None, *, d):
    return (
        np.full_like(x, d)
        if srcgrad.rules.known(axis is None)
        else np.broadcast_to(d if axis is None else np.expand_dims(d, axis), np.shape(x))
    )


def of_all(x):
    return total(x) ** 2


def of_rows(x):
    return total(x, 1) ** 2


def of_any(x, axis):
    return total(x, axis) ** 2


@pytest.mark.parametrize("f", [of_all, of_rows, of_any])
def test_known_is_decided_however_it_is_reached(f):
    text = srcgrad.grad(f).source
    assert "known" not in text
    assert ("axis is None" in text) == (f is of_any)
    arguments = {of_all: (), of_rows: (), of_any: (0,)}[f]
    sums = {of_all: [[6.0], [6.0]], of_rows: [[3.0], [3.0]], of_any: [[2.0], [2.0]]}[f]
    np.testing.assert_array_equal(srcgrad.grad(f)(np.ones((2, 3)), *arguments), 2 * np.tile(sums, 3))


def largest(x, y):
    return max(x, y)


def test_a_choice_between_two_numbers_is_written_out():
    text = srcgrad.grad(largest).source_for(1.0, 2.0)
    assert "x_bar = 0.0 if y > x else y_bar" in text
