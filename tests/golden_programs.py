"""Small programs whose derivatives are kept in tests/golden, beside those of the golden pairs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srcgrad import on_reverse

PAIRS = Path(__file__).parent / "golden_pairs"


@dataclass(frozen=True)
class Golden:
    """A primal, what it is differentiated by, arguments, the transform, and the hand-written derivative if any."""

    name: str
    function: Callable[..., Any]
    wrt: int | str | tuple[int | str, ...]
    args: tuple[Any, ...]
    transform: str = "grad"
    by_hand: Callable[..., Any] | None = None
    of: tuple[str, ...] | None = None


def pairs() -> Iterator[Golden]:
    """The golden pairs: a primal each, and the derivative as one would write it."""
    for path in sorted(PAIRS.glob("[!_]*.py")):
        module = importlib.import_module(f"tests.golden_pairs.{path.stem}")
        function, by_hand, args, wrt = module.example(np.random.default_rng(0))
        transform = getattr(module, "TRANSFORM", "grad")
        of = getattr(module, "OF", None)
        yield Golden(path.stem, function, wrt if len(wrt) > 1 else wrt[0], args, transform, by_hand, of)


def nested_loops(x, n):
    total = 0.0
    for i in range(n):
        y = x
        for j in range(i):
            y = y * x + j
        total += y * y
    return total


def while_with_break(x, limit):
    steps = 0
    while x < limit:
        x = x * x + 0.5
        steps += 1
        if steps == 10:
            break
    return x


def ternary(x, y):
    z = x * y if x > y else x / y
    return z * z


def damp(x, n):
    for _ in range(n):
        x = np.tanh(x) * 0.9
    return x


def callee_with_loop(x, n):
    return np.sum(damp(x, n) * x)


def predator_prey(t, y, k):
    return np.array([k[0] * y[0] - k[1] * y[0] * y[1], k[2] * y[0] * y[1] - k[3] * y[1]]) * (1.0 + t)


def callee_of_elements(k, y, h, n):
    t = 0.0
    for _ in range(n):
        y = y + h * predator_prey(t + h / 2, y, k)
        t = t + h
    return np.sum(y)


def subscripts(x, index):
    return x[0] * x[-1] + np.sum(x[1:-1] ** 2) + np.sum(x[index])


def tuple_results(x, y):
    s, d = x + y, x - y
    return s * d, np.sin(s)


def broadcast(w, b, x):
    return np.sum(np.exp(w * x[:, None] + b))


def elements(x, y):
    total = 0.0
    for a, b in zip(x, y, strict=True):
        total += a * b
    return total


def elif_chain(x):
    if x < 0.0:
        y = -x
    elif x < 1.0:
        y = x * x
    elif x < 2.0:
        y = 3.0
    else:
        y = np.sqrt(x)
    return y * x


def swap(x, y, n):
    for _ in range(n):
        x, y = y, x * y
    return x


def early_return_in_loop(x):
    for value in x:
        if value > 1.0:
            return value * value
        if value < -1.0:
            continue
        x = x * value
    return np.sum(x)


def augmented(x, b):
    y = x * 1.0
    y *= b
    y -= np.mean(y)
    return np.dot(y, y)


def reverse_block(x, n):
    for i in range(n):
        x = np.tanh(x) * 0.9
        with on_reverse(x) as x_bar:
            norm = np.linalg.norm(x_bar)
            if norm > 1.0:
                x_bar /= norm
            print(i, norm)
    h = np.exp(x)
    with on_reverse(h) as h_bar:
        h_bar = np.clip(h_bar, -1.0, 1.0)
    return np.sum(h * h)


def programs() -> Iterator[Golden]:
    """Every program that has a golden derivative."""
    yield from pairs()
    vector, matrix = np.linspace(0.2, 0.9, 4), np.linspace(-1.0, 1.0, 12).reshape(4, 3)
    yield Golden("nested_loops", nested_loops, "x", (0.7, 4))
    yield Golden("while_with_break", while_with_break, "x", (0.7, 100.0))
    yield Golden("ternary", ternary, ("x", "y"), (0.7, 0.3))
    yield Golden("callee_with_loop", callee_with_loop, "x", (vector, 3))
    yield Golden(
        "callee_of_elements", callee_of_elements, "k", (np.array([1.0, 0.5, 0.3, 0.7]), np.array([1.0, 2.0]), 0.1, 3)
    )
    yield Golden("subscripts", subscripts, "x", (vector, np.array([0, 2, 2])))
    yield Golden("tuple_results", tuple_results, ("x", "y"), (0.7, 0.3))
    yield Golden("broadcast", broadcast, ("w", "b", "x"), (matrix, matrix[0], vector))
    yield Golden("elements", elements, "x", (vector, vector + 1.0))
    yield Golden("elif_chain", elif_chain, "x", (0.7,))
    yield Golden("swap", swap, ("x", "y"), (0.7, 0.3, 5))
    yield Golden("early_return_in_loop", early_return_in_loop, "x", (vector,))
    yield Golden("augmented", augmented, ("x", "b"), (vector, 0.3))
    yield Golden("reverse_block", reverse_block, "x", (vector, 3))
    yield Golden("swap_value_and_grad", swap, ("x", "y"), (0.7, 0.3, 5), "value_and_grad")
    yield Golden("damp_vjp", damp, "x", (vector, 3), "vjp")
