"""Logistic regression by gradient descent on the breast cancer data that scikit-learn ships.

Run it: python examples/logistic_regression.py
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_breast_cancer

import srcgrad

DECAY = 1e-3


@srcgrad.value_and_grad(wrt=("w", "b"))
def loss(w, b, x, y):
    """Return the mean negative log likelihood plus a penalty, without overflow for any score."""
    z = np.dot(x, w) + b
    likelihood = np.maximum(z, 0) - y * z + np.log(1 + np.exp(-np.abs(z)))
    return np.mean(likelihood) + DECAY * np.dot(w, w) / 2


def data(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return standardised features and labels: three quarters to train on, then the rest."""
    features, labels = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    features, labels = features[order], labels[order].astype(float)
    cut = 3 * len(labels) // 4
    mean, spread = features[:cut].mean(axis=0), features[:cut].std(axis=0)
    features = (features - mean) / spread
    return features[:cut], labels[:cut], features[cut:], labels[cut:]


def train(x: np.ndarray, y: np.ndarray, steps: int = 200, rate: float = 0.5) -> tuple:
    """Return the weights, the bias and the loss at each step of plain gradient descent."""
    w, b = np.zeros(x.shape[1]), 0.0
    history = []
    for _ in range(steps):
        value, (w_bar, b_bar) = loss(w, b, x, y)
        w, b = w - rate * w_bar, b - rate * b_bar
        history.append(float(value))
    return w, b, history


def accuracy(w: np.ndarray, b: float, x: np.ndarray, y: np.ndarray) -> float:
    """Return the share of labels that the sign of the score predicts."""
    return float(np.mean((np.dot(x, w) + b > 0) == (y > 0.5)))


def main() -> float:
    """Train, print the progress and return the accuracy on the data held back."""
    x, y, x_test, y_test = data()
    w, b, history = train(x, y)
    for step in (0, 1, 10, 50, len(history) - 1):
        print(f"step {step:>3}: loss {history[step]:.4f}")
    result = accuracy(w, b, x_test, y_test)
    print(f"accuracy on {len(y_test)} cases held back: {result:.3f}")
    return result


if __name__ == "__main__":
    main()
