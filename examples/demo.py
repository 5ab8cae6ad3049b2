"""A function beside the derivative that srcgrad prints for it.

Run it: python examples/demo.py
"""

from __future__ import annotations

import inspect
from itertools import zip_longest

import numpy as np

import srcgrad


def f(a):
    b = a * 2
    while np.linalg.norm(b) < 1000:
        b = b * 2
    if np.sum(b) > 0:
        c = b
    else:
        c = 100 * b
    return c


def rnn(w, u, h, xs):
    for x in xs:
        h = np.tanh(np.dot(w, h) + np.dot(u, x))
    return np.sum(h)


def side_by_side(left: str, right: str, titles: tuple[str, str] = ("primal", "derivative")) -> str:
    """Return two texts as two columns with titles."""
    columns = [text.strip("\n").splitlines() for text in (left, right)]
    width = max(len(line) for line in [titles[0], *columns[0]])
    rule = max(len(line) for line in [titles[1], *columns[1]])
    rows = [titles, ("-" * width, "-" * rule), *zip_longest(*columns, fillvalue="")]
    return "\n".join(f"{a:<{width}} | {b}".rstrip() for a, b in rows)


def main() -> None:
    """Print two primals beside their derivatives, and what these return."""
    rng = np.random.default_rng(0)

    a = rng.normal(size=3)
    gradient = srcgrad.grad(f)
    print(side_by_side(inspect.getsource(f), gradient.source_for(a)))
    print(f"\ngrad(f)({a.round(3)}) = {gradient(a)}\n")

    w, u, xs = (rng.normal(size=shape) for shape in ((2, 2), (2, 3), (4, 3)))
    arguments = (w, u, np.zeros(2), xs)
    gradient = srcgrad.grad(rnn, wrt=("w", "u"))
    print(side_by_side(inspect.getsource(rnn), gradient.source_for(*arguments)))
    w_bar, u_bar = gradient(*arguments)
    print(f"\nw_bar =\n{w_bar}\nu_bar =\n{u_bar}")


if __name__ == "__main__":
    main()
