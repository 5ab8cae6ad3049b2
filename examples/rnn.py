"""A recurrent network that learns to predict the next value of a wave.

Run it: python examples/rnn.py
"""

from __future__ import annotations

import numpy as np

import srcgrad

WEIGHTS = ("w", "u", "b", "v")


def loss(w, u, b, v, h, xs, ys):
    """Return the mean squared error of the predictions ``v @ h``, one after each input."""
    total = 0.0
    for x, y in zip(xs, ys):
        h = np.tanh(np.dot(w, h) + u * x + b)
        error = np.dot(v, h) - y
        total = total + error * error
    return total / len(xs)


def start(units: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return small random weights in the order of WEIGHTS."""
    scale = 1 / np.sqrt(units)
    return [
        rng.normal(scale=scale, size=(units, units)),
        rng.normal(size=units),
        np.zeros(units),
        rng.normal(scale=scale, size=units),
    ]


def train(units: int = 8, steps: int = 300, rate: float = 0.02, seed: int = 0) -> list[float]:
    """Return the loss at each step of gradient descent with momentum."""
    wave = np.sin(np.linspace(0, 6 * np.pi, 61)) * np.linspace(1, 0.5, 61)
    loss_and_gradient = srcgrad.value_and_grad(loss, wrt=WEIGHTS)
    weights = start(units, np.random.default_rng(seed))
    velocity = [np.zeros_like(weight) for weight in weights]
    history = []
    for _ in range(steps):
        value, gradients = loss_and_gradient(*weights, np.zeros(units), wave[:-1], wave[1:])
        velocity = [0.9 * v - rate * g for v, g in zip(velocity, gradients, strict=True)]
        weights = [weight + v for weight, v in zip(weights, velocity, strict=True)]
        history.append(float(value))
    return history


def main() -> list[float]:
    """Train, print the progress and return the losses."""
    history = train()
    for step in (0, 10, 50, 100, len(history) - 1):
        print(f"step {step:>3}: mean squared error {history[step]:.5f}")
    return history


if __name__ == "__main__":
    main()
