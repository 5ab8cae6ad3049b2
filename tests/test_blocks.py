"""Every way out of every block, inside of every block: the same values, exceptions, managers and derivatives.

A part of the programs runs each time; SRCGRAD_WHOLE_ZOO=1 runs all of them to depth three, for some hours.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcgrad
from tests.block_programs import exits_of, nestings, text_of
from tests.hunt_storage import Modules
from tests.zoo import WHOLE

pytestmark = pytest.mark.usefixtures("time_limit")
X = np.array([0.9, 1.1, 0.8])
DIRECTION = np.array([0.3, -0.7, 0.5])
STEP = 1e-6


def some(depth: int, count: int) -> list[Any]:
    """Some ways to nest blocks, the same each time, or all."""
    found = list(nestings(depth))
    kept = found if WHOLE else random.Random(depth).sample(found, count)
    return [pytest.param(nesting, id="/".join(nesting).replace(" ", "_")) for nesting in kept]


def outcome(function: Callable[..., Any], module: Any, *args: Any) -> tuple[Any, str, list[str]]:
    """What a call returns or raises, and what managers saw."""
    module.LOG.clear()
    try:
        return function(*args), "", list(module.LOG)
    except srcgrad.DifferentiationError:
        raise
    except Exception as error:
        return None, type(error).__name__, list(module.LOG)


def differences(module: Any, k: int, step: float = STEP) -> np.ndarray[Any, Any]:
    """The gradient by central differences."""

    def value(x: np.ndarray[Any, Any]) -> float:
        return float(module.f(x, k))

    return np.array([(value(X + h) - value(X - h)) / (2.0 * step) for h in step * np.eye(3)])


@pytest.mark.parametrize("nesting", [*some(1, 16), *some(2, 48), *some(3, 32)])
def test_every_way_out(nesting: tuple[str, ...]) -> None:
    with Modules() as modules:
        module = modules.load(text_of(nesting), "blocks")
        reverse, forward = srcgrad.vjp(module.f), srcgrad.jvp(module.f)
        for k in (0, *exits_of(nesting)):
            value, error, log = outcome(module.f, module, X.copy(), k)
            pair, own_error, own_log = outcome(reverse, module, X.copy(), k)
            assert (own_error, own_log) == (error, log), f"k={k}"
            both, own_error, own_log = outcome(forward, module, X.copy(), k, DIRECTION)
            assert (own_error, own_log) == (error, log), f"k={k}"
            if error:
                continue
            gradient, expected, others = pair[1](), differences(module, k), differences(module, k, 5 * STEP)
            scale = max(1.0, float(np.abs(expected).max()))
            spread = float(np.abs(expected - others).max())
            assert pair[0] == pytest.approx(value, rel=1e-12), f"k={k}"
            np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6 * scale + 5 * spread, err_msg=f"k={k}")
            np.testing.assert_allclose(pair[1](), gradient, rtol=1e-14, err_msg=f"k={k}, once more")
            assert both[0] == pytest.approx(value, rel=1e-12), f"k={k}"
            assert both[1] == pytest.approx(gradient @ DIRECTION, rel=1e-9, abs=1e-12 * scale), f"k={k}"
        del sys.modules[module.__name__]
