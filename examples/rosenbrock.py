"""Rosenbrock's valley minimised by SciPy, with value and gradient from one call.

Run it: python examples/rosenbrock.py
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import OptimizeResult, minimize

import srcgrad


@srcgrad.value_and_grad
def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def main(size: int = 10) -> OptimizeResult:
    """Minimise, print the outcome and return SciPy's result."""
    result = minimize(rosenbrock, np.zeros(size), jac=True, method="BFGS", options={"gtol": 1e-8})
    print(f"start: value {rosenbrock(np.zeros(size))[0]:.3f}")
    print(f"after {result.nit} iterations and {result.nfev} evaluations: value {result.fun:.2e}")
    print("x =", result.x.round(6))
    return result


if __name__ == "__main__":
    main()
