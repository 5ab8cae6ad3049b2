"""Automatic differentiation from the start: a quadratic, training mode, control flow.

Run it: python examples/autograd_chapter.py
"""

from __future__ import annotations

import numpy as np

import srcgrad

# The upper end of each tax bracket and the rate within it; above the last one TOP_RATE holds.
BRACKETS = ((10_000.0, 0.10), (40_000.0, 0.22), (90_000.0, 0.35))
TOP_RATE = 0.45


def quadratic(x):
    return 2 * np.dot(x.T, x)


def talkative(x):
    print("    inside the function: is_training() is", srcgrad.is_training())
    return np.sum(x * x)


def f(a):
    b = a * 2
    while np.linalg.norm(b) < 1000:
        b = b * 2
    if np.sum(b) > 0:
        c = b
    else:
        c = 100 * b
    return c


def tax(income):
    due = 0.0
    lower = 0.0
    for upper, rate in BRACKETS:
        if income <= upper:
            return due + (income - lower) * rate
        due = due + (upper - lower) * rate
        lower = upper
    return due + (income - lower) * TOP_RATE


def show_quadratic() -> None:
    """Differentiate y = 2 x'x, whose gradient is 4 x."""
    x = np.arange(4.0).reshape(4, 1)
    gradient = srcgrad.grad(quadratic)(x)
    print("y = 2 * dot(x.T, x), x = arange(4) as a column")
    print("    gradient:", gradient.ravel(), " 4 x:", (4 * x).ravel())
    assert gradient.shape == x.shape
    assert np.array_equal(gradient, 4 * x)


def show_training_mode() -> None:
    """Ask for the mode outside and inside a derivative call."""
    print("\nA derivative call trains; a plain call predicts")
    print("    outside: is_training() is", srcgrad.is_training())
    print("  a plain call:")
    talkative(np.ones(2))
    print("  a derivative call:")
    srcgrad.grad(talkative)(np.ones(2))
    print("  a derivative call under predict_mode():")
    with srcgrad.predict_mode():
        srcgrad.grad(talkative)(np.ones(2))


def show_control_flow(rng: np.random.Generator) -> None:
    """Differentiate through a while loop and a branch that depend on the data."""
    print("\nf doubles 2 a until its norm reaches 1000, then takes 1 or 100 times it by the sign")
    gradient = srcgrad.grad(f)
    for a in (rng.normal(), -abs(rng.normal())):
        slope = gradient(a)
        factor = slope if f(a) > 0 else slope / 100
        print(f"    a = {a:+.4f}: gradient {slope:g}, f(a) / a = {f(a) / a:g}")
        assert np.isclose(slope, f(a) / a, rtol=1e-12)
        assert np.log2(factor) == round(np.log2(factor)), "a power of two"

    print("  f is linear between its jumps, so the gradient of the sum of f(a) is one factor,")
    print("  the same for every element: it has the shape of a, and f(a) / a elementwise equals it")
    for a in (rng.normal(size=3), rng.normal(size=(2, 2))):
        slopes = gradient(a)
        print(f"    a of shape {a.shape}: gradient {slopes.tolist()}")
        assert slopes.shape == a.shape
        assert np.all(slopes == slopes.flat[0])
        assert np.allclose(slopes, f(a) / a, rtol=1e-12)


def show_tax() -> None:
    """Differentiate a loop that a return leaves early: the slope of a tax is its marginal rate."""
    print("\nThe derivative of the tax with respect to the income is the marginal rate")
    tax_and_rate = srcgrad.value_and_grad(tax)
    for income, expected in ((5_000.0, 0.10), (25_000.0, 0.22), (60_000.0, 0.35), (1e6, 0.45)):
        due, rate = tax_and_rate(income)
        print(f"    income {income:>11,.2f}: tax {due:>11,.2f}, marginal rate {rate:.2f}")
        assert rate == expected


def main() -> None:
    """Show the whole chapter."""
    show_quadratic()
    show_training_mode()
    show_control_flow(np.random.default_rng(0))
    show_tax()


if __name__ == "__main__":
    main()
