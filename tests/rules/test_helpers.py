"""Rules of helpers that are no code to differentiate."""

from __future__ import annotations

import numpy as np
import pytest

from srcgrad.runtime import power_adjoint_x, power_adjoint_y
from tests.rules.support import case, check

T, X, Y = np.random.default_rng(7).uniform(0.5, 2.5, size=(3, 2, 3))

CASES = [
    case(power_adjoint_x, T, X, Y),
    case(power_adjoint_x, 1.3, 0.7, 2.4),
    case(power_adjoint_x, T, X, 3.0),
    case(power_adjoint_y, T, X, X**Y),
    case(power_adjoint_y, 1.3, 0.7, 0.4),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)
