"""The special functions that derivatives may call: NumPy and ``math`` do not have them in this form.

As in ``runtime``, each calls nothing but NumPy, ``math`` and other functions of this file.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def raised(x: Any, y: Any) -> Any:
    """Return ``x ** y``, infinite where a power of Python's numbers has no bound.

    >>> raised(0.0, -1.0), raised(2.0, -1.0)
    (inf, 0.5)
    """
    try:
        return x**y
    except (ZeroDivisionError, OverflowError):
        return math.inf


def times_power(t: Any, x: Any, y: Any) -> Any:
    """Return ``t * x ** y``: 0 where ``t`` and ``x`` are, whatever ``y`` is there.

    >>> times_power(0.0, 0.0, -1.0), times_power(3.0, 2.0, -1.0)
    (0.0, 1.5)
    """
    zero = np.equal(t, 0) & np.equal(x, 0)
    return t * raised(np.where(zero, 1, x) if np.ndim(zero) else 1 if zero else x, y)


def lowered(x: Any, y: Any) -> Any:
    """Return ``y - 1``, the exponent of the derivative of ``x ** y``, in the shape of ``y``; 0 for the integer 0.

    An integer is no variable, so that derivative is zero for every ``x``; for another 0 it is where ``x`` is 0, too.

    >>> lowered(0.0, 0), lowered(0.0, 3), lowered(2.0, 0.0)
    (0, 2, -1.0)
    """
    if np.result_type(y).kind in "iub":
        return np.where(np.equal(y, 0), 0, np.subtract(y, 1)) if np.ndim(y) else y - 1 if y else 0
    return y * 0 if not np.ndim(x) and not np.ndim(y) and x == 0 and y == 0 else y - 1


def exp_difference(x: Any, out: Any) -> Any:
    """Return ``exp(x - out)``, and 0 where ``x`` is minus infinity, whatever ``out`` is there."""
    low = np.equal(x, -np.inf)
    return np.where(low, 0.0, np.exp(np.where(low, 0.0, x) - np.where(low, 0.0, out)))[()]


def sinc_derivative(x: Any, order: int) -> Any:
    """Return a derivative of ``np.sinc``: of the lower ones, near 0, where these cancel, by its series.

    That of ``sin(z) / z`` is ``f``, with ``z * f`` the same derivative of the sine less ``order`` times the one before.
    """
    z = np.pi * np.asarray(x)
    near = np.abs(z) < 1 + order
    small, large = np.where(near, z, 0.0), np.where(near, 1.0, z)
    waves = (np.sin(large), np.cos(large), -np.sin(large), -np.cos(large))
    far = waves[0] / large
    for n in range(1, order + 1):
        far = (waves[n % 4] - n * far) / large
    series = np.zeros_like(small)
    first = (order + 1) // 2
    for k in range(first + 12 + order, first - 1, -1):
        series = series * (small * small) + (-1) ** k / ((2 * k + 1) * math.factorial(2 * k - order))
    return np.pi**order * np.where(near, series * small if order % 2 else series, far)[()]


def digamma(x: float) -> float:
    """Return the logarithmic derivative of gamma (Abramowitz and Stegun 6.3.5, 6.3.7, 6.3.18)."""
    if x <= 0:
        return digamma(1 - x) - math.pi / math.tan(math.pi * x)
    total = 0.0
    while x < 10:
        total, x = total - 1 / x, x + 1
    r = 1 / (x * x)
    series = 0.0
    for coefficient in (691 / 32760, 1 / 132, 1 / 240, 1 / 252, 1 / 120, 1 / 12):
        series = r * (coefficient - series)
    return total + math.log(x) - 0.5 / x - series


def polygamma(n: int, x: float) -> float:
    """Return the derivative of ``digamma`` of order ``n`` (Abramowitz and Stegun 6.4.6, 6.4.7, 6.4.11)."""
    if x <= 0:
        cot, slope = 1 / math.tan(math.pi * x), [0.0, 1.0]  # the coefficients of a polynomial of the cotangent
        for _ in range(n):
            lower = [k * c for k, c in enumerate(slope)][1:]
            slope = [-a - b for a, b in zip([*lower, 0.0, 0.0], [0.0, 0.0, *lower], strict=True)]
        of_cot = sum(c * cot**k for k, c in enumerate(slope))
        return (-1.0) ** n * polygamma(n, 1 - x) - math.pi ** (n + 1) * of_cot
    total = 0.0
    while x < 12 + n:
        total, x = total + math.factorial(n) / x ** (n + 1), x + 1
    total += math.factorial(n - 1) / x**n + math.factorial(n) / (2 * x ** (n + 1))
    for k, bernoulli in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), 1):
        total += bernoulli * math.factorial(2 * k + n - 1) / (math.factorial(2 * k) * x ** (2 * k + n))
    return total if n % 2 else -total
