"""Containers and procedures: the derivative is right, or refused, and nothing of the caller's is changed."""

from __future__ import annotations

import contextlib
import copy
import io
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests.storage_programs import containers
from tests.storage_programs.procedures import PROCEDURES
from tests.storage_programs.support import PROGRAMS, Program, flat, outcome, slope
from tests.zoo import Example

assert containers  # registers
CASES = [
    pytest.param(one, example, id=f"{one.function.__name__}-{place}")
    for one in PROGRAMS
    for place, example in enumerate(one.examples)
]
WRITING = [
    pytest.param(Program(function, (), wrt, of), Example(args), id=f"{place}-{function.__name__}")
    for place, (function, args, wrt, of) in enumerate(PROCEDURES)
]


@pytest.mark.parametrize(("one", "example"), [*CASES, *WRITING])
def test_right_or_refused(one: Program, example: Example) -> None:
    args, kwargs = copy.deepcopy((example.args, example.kwargs))
    options: dict[str, Any] = {} if one.of is None else {"of": one.of}
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            value, gradient = srcgrad.value_and_grad(one.function, one.wrt, **options)(*args, **kwargs)
        except srcgrad.DifferentiationError as error:
            pytest.skip(f"refused: {error.reason}")
        finally:
            np.testing.assert_array_equal(flat([args, kwargs]), flat([example.args, example.kwargs]))
        found = flat(list(gradient) if isinstance(one.wrt, tuple) else gradient)
        direction = np.random.default_rng(1).uniform(-1.0, 1.0, found.size)
        expected = slope(one, example, direction)
    assert np.sum(np.real(flat(value))) == pytest.approx(outcome(one, example), rel=1e-12)
    assert float(np.real(found @ direction)) == pytest.approx(expected, rel=2e-6, abs=2e-7)
