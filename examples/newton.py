"""Kepler's equation solved by Newton's method, its solution differentiated through the loop.

The eccentric anomaly E solves E - e sin E = M. The implicit function theorem gives its derivatives
in closed form; srcgrad finds the same numbers by reversing the loop that was run.

Run it: python examples/newton.py
"""

from __future__ import annotations

import math

import srcgrad


def eccentric_anomaly(mean_anomaly, eccentricity):
    """Return E, the solution of E - e sin E = M."""
    anomaly = mean_anomaly
    while True:
        residual = anomaly - eccentricity * math.sin(anomaly) - mean_anomaly
        step = residual / (1 - eccentricity * math.cos(anomaly))
        anomaly = anomaly - step
        if abs(step) < 1e-12:
            break
    return anomaly


def implicit(mean_anomaly: float, eccentricity: float) -> tuple[float, float]:
    """Return the derivatives of E with respect to M and e by the implicit function theorem."""
    anomaly = eccentric_anomaly(mean_anomaly, eccentricity)
    slope = 1 - eccentricity * math.cos(anomaly)
    return 1 / slope, math.sin(anomaly) / slope


def main() -> float:
    """Print both derivatives for a few orbits and return the largest difference."""
    solve = srcgrad.value_and_grad(eccentric_anomaly, wrt=("mean_anomaly", "eccentricity"))
    worst = 0.0
    print("    M     e         E     dE/dM     dE/de   difference from the implicit derivative")
    for mean, eccentricity in ((0.5, 0.0167), (1.0, 0.2056), (2.0, 0.6), (3.0, 0.967)):
        value, slopes = solve(mean, eccentricity)
        exact = implicit(mean, eccentricity)
        difference = max(abs(a - b) for a, b in zip(slopes, exact, strict=True))
        worst = max(worst, difference)
        row = f"{mean:>5.2f} {eccentricity:>5.2f} {value:>9.6f} {slopes[0]:>9.6f} {slopes[1]:>9.6f}"
        print(f"{row}   {difference:.1e}")
    return worst


if __name__ == "__main__":
    main()
