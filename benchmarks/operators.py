"""What the operators beside ``grad`` cost, as ratios.

    python benchmarks/operators.py [--rounds N]

- ``hvp`` over ``grad`` on a multilayer perceptron (784-256-256-10, tanh), for all six parameters: at most 2.5;
- a Jacobian of 100 columns in one sweep over 100 calls of the ``jvp`` of the same function: at most 0.2;
- the same Jacobian by rows over 100 calls of the pullback.
"""

from __future__ import annotations

import argparse
import itertools
from functools import partial
from typing import Any

from measure import duration, paired, pin, ratio, table


def perceptron(w1, b1, w2, b2, w3, b3, x, y):
    import numpy as np

    h1 = np.tanh(x @ w1 + b1)
    h2 = np.tanh(h1 @ w2 + b2)
    z = h2 @ w3 + b3
    m = np.max(z, axis=1, keepdims=True)
    lse = m + np.log(np.sum(np.exp(z - m), axis=1, keepdims=True))
    return np.sum((lse - z) * y) / x.shape[0]


def reaction(x, k):
    import numpy as np

    y = x
    for _ in range(4):
        y = y + 0.1 * (k @ np.tanh(y) - y * np.exp(-y * y))
    return np.sin(y) * x[0]


def of_perceptron(batch: int, rounds: int) -> list[str]:
    import numpy as np

    import srcgrad

    rng = np.random.default_rng(0)
    sizes = (784, 256, 256, 10)
    args: list[Any] = []
    for inputs, outputs in itertools.pairwise(sizes):
        args += [rng.normal(size=(inputs, outputs)) / np.sqrt(inputs), 0.1 * rng.normal(size=outputs)]
    x, y = rng.normal(size=(batch, 784)), np.eye(10)[rng.integers(0, 10, batch)]
    wrt = tuple(range(6))
    vectors = [rng.normal(size=w.shape) for w in args]
    gradient = partial(srcgrad.grad(perceptron, wrt), *args, x, y)
    product = partial(srcgrad.hvp(perceptron, wrt), *args, x, y, *vectors)
    step = 1e-5
    moved = [
        srcgrad.grad(perceptron, wrt)(*(w + s * v for w, v in zip(args, vectors, strict=True)), x, y)
        for s in (step, -step)
    ]
    for found, above, below in zip(product(), *moved, strict=True):
        np.testing.assert_allclose(found, (above - below) / (2 * step), rtol=1e-3, atol=1e-5)
    samples = paired({"grad": gradient, "hvp": product}, rounds, 0.05)
    return [
        f"hvp of the perceptron, batch {batch}",
        duration(float(np.median(samples["grad"]))),
        f"{ratio(samples, 'hvp', 'grad'):.2f}",
        "2.5",
    ]


def of_jacobian(mode: str, rounds: int) -> list[str]:
    import numpy as np

    import srcgrad

    rng = np.random.default_rng(0)
    x, k = rng.normal(size=100), rng.normal(size=(100, 100)) / 10
    jacobian = srcgrad.jacobian(reaction, mode=mode)
    directions = np.eye(100)
    jvp, vjp = srcgrad.jvp(reaction), srcgrad.vjp(reaction)

    def one_by_one() -> Any:
        if mode == "forward":
            return np.stack([jvp(x, k, one)[1] for one in directions], 1)
        _, pullback = vjp(x, k)
        return np.stack([pullback(one) for one in directions])

    np.testing.assert_allclose(jacobian(x, k), one_by_one(), rtol=1e-10, atol=1e-12)
    samples = paired({"calls": one_by_one, "jacobian": partial(jacobian, x, k)}, rounds, 0.05)
    share = ratio(samples, "jacobian", "calls")
    return [f"100 x 100 Jacobian, {mode}", duration(float(np.median(samples["calls"]))), f"{share:.3f}", "0.2"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    pin()
    rows = [of_perceptron(batch, options.rounds) for batch in (16, 128)]
    rows += [of_jacobian(mode, options.rounds) for mode in ("forward", "reverse")]
    print(table(["what", "base", "ratio", "target"], rows))


if __name__ == "__main__":
    main()
