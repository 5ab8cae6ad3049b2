"""Functions of installed packages, which nobody wrote for srcgrad, called from where they are."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad

X = np.array([0.3, 0.7, 1.1, 0.9, 0.5])
Y = X[::-1] + 0.1
STEP = 1e-6
PUBLIC = [
    ("scipy.optimize.rosen", (X,), (0,)),
    ("scipy.optimize.rosen_der", (X,), (0,)),
    ("scipy.integrate.trapezoid", (X,), (0,)),
    ("scipy.integrate.simpson", (X,), (0,)),
    ("scipy.integrate.romb", (X,), (0,)),
    ("scipy.special.softmax", (X,), (0,)),
    ("scipy.spatial.distance.braycurtis", (X, Y), (0, 1)),
    ("scipy.spatial.distance.canberra", (X, Y), (0, 1)),
    ("scipy.spatial.distance.sqeuclidean", (X, Y), (0, 1)),
    ("scipy.spatial.distance.mahalanobis", (X[:2], Y[:2], np.diag([1.5, 0.5])), (0, 1)),
    ("numpy.polynomial.polynomial.polyval", (0.3, X), (0, 1)),
    ("numpy.polynomial.chebyshev.chebval", (Y, X), (0, 1)),
    ("numpy.polynomial.legendre.legval", (Y, X), (0, 1)),
    ("numpy.polynomial.laguerre.lagval", (Y, X), (0, 1)),
    ("numpy.polynomial.hermite.hermval", (Y, X), (0, 1)),
    ("numpy.polynomial.hermite_e.hermeval", (Y, X), (0, 1)),
    ("colorsys.rgb_to_yiq", (0.2, 0.5, 0.7), (0, 1, 2)),
    ("colorsys.rgb_to_hsv", (0.2, 0.5, 0.7), (0, 1, 2)),
    ("colorsys.hsv_to_rgb", (0.2, 0.5, 0.7), (0, 1, 2)),
    ("colorsys.rgb_to_hls", (0.2, 0.5, 0.7), (0, 1, 2)),
    ("colorsys.hls_to_rgb", (0.2, 0.45, 0.7), (0, 1, 2)),
]
PRIVATE = [  # another version may have them elsewhere
    ("sklearn.neural_network._base.squared_loss", (X, Y), (0, 1)),
    ("scipy.stats._continuous_distns._norm_logpdf", (X,), (0,)),
    ("scipy.stats._continuous_distns._norm_pdf", (X,), (0,)),
    ("scipy.optimize._lsq.common.evaluate_quadratic", (np.diag(X), X, Y), (0, 1, 2)),
    ("scipy.optimize._lsq.common.build_quadratic_1d", (np.diag(X), X, Y), (0, 1, 2)),
    ("scipy.optimize._lsq.common.minimize_quadratic_1d", (1.3, -0.7, -1.0, 1.0), (0, 1)),
    ("scipy.integrate._ivp.common.norm", (X,), (0,)),
]


# SciPy writes its functions anew now and then; in other versions some are refused, which is no wrong number.
FOLLOWED_SCIPY = (1, 17)


def may_be_refused(path: str) -> bool:
    found = tuple(map(int, importlib.metadata.version("scipy").split(".")[:2]))
    return path.startswith("scipy.") and found != FOLLOWED_SCIPY


def function_at(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def total(value: Any) -> float:
    """The sum of all numbers of a result."""
    return float(sum(np.sum(part) for part in value)) if isinstance(value, tuple) else float(np.sum(value))


def differences(function: Callable[..., Any], args: tuple[Any, ...], place: int) -> Any:
    base = np.asarray(args[place], dtype=float)
    found = np.zeros_like(base)

    def at(moved: Any) -> float:
        return total(function(*args[:place], moved if base.ndim else float(moved), *args[place + 1 :]))

    for index in np.ndindex(base.shape):
        step = np.zeros_like(base)
        step[index] = STEP
        found[index] = (at(base + step) - at(base - step)) / (2.0 * STEP)
    return found


@pytest.mark.parametrize(("path", "args", "wrt"), [*PUBLIC, *PRIVATE], ids=lambda value: str(value)[:60])
def test_value_and_gradient(path: str, args: tuple[Any, ...], wrt: tuple[int, ...]) -> None:
    try:
        function = function_at(path)
    except (ImportError, AttributeError):
        if any(path == one for one, *_ in PUBLIC):
            raise
        pytest.skip("not in this version")
    kept = [np.copy(value) for value in args]
    try:
        value, gradients = srcgrad.value_and_grad(function, wrt=wrt)(*args)
    except srcgrad.DifferentiationError as error:
        if not may_be_refused(path):
            raise
        pytest.skip(f"refused: {error.reason}")
    np.testing.assert_equal(value, function(*args))
    tangents = [np.cos(np.arange(np.size(args[place]))).reshape(np.shape(args[place]))[()] for place in wrt]
    names = [list(inspect.signature(function).parameters)[place] for place in wrt]
    given = {f"{name}_dot": tangent for name, tangent in zip(names, tangents, strict=True)}
    _, tangent = srcgrad.jvp(function, wrt=wrt)(*args, **given)
    products = 0.0
    for place, gradient, direction in zip(wrt, gradients, tangents, strict=True):
        np.testing.assert_allclose(gradient, differences(function, args, place), rtol=1e-5, atol=1e-6)
        products += float(np.sum(gradient * direction))
    assert total(tangent) == pytest.approx(products, rel=1e-10, abs=1e-12)
    for before, after in zip(kept, args, strict=True):
        np.testing.assert_array_equal(before, after)


def test_saved(tmp_path: Path) -> None:
    """A saved module holds a copy of what it calls."""
    function = function_at("numpy.polynomial.chebyshev.chebval")
    gradient = srcgrad.grad(function, wrt=(0, 1))
    file = tmp_path / "saved_chebval.py"
    gradient.save(file, Y, X)
    assert "import srcgrad" not in file.read_text(encoding="utf-8")
    namespace = runpy.run_path(str(file))
    for found, expected in zip(namespace["chebval_grad"](Y, X), gradient(Y, X), strict=True):
        np.testing.assert_array_equal(found, expected)
