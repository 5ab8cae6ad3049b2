"""Print the derivatives of many programs: what must be the same on every Python and with every hash seed.

    python -m tests.generate_all [--zoo]

For test_determinism.py, which runs it in new processes, and for benchmarks/same_bytes.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import srcgrad
from tests import zoo
from tests.golden_programs import programs

TRANSFORMS = (srcgrad.grad, srcgrad.value_and_grad, srcgrad.vjp, srcgrad.jacobian)


def texts(whole_zoo: bool) -> Iterator[tuple[str, str]]:
    """The label and the text of each derivative: the golden programs and a few of the zoo, or all of it."""
    for golden in programs():
        for transform in TRANSFORMS:
            count = golden.function.__code__.co_argcount  # tangents are left out
            yield text(golden.name, transform, golden.function, golden.wrt, golden.args[:count], {})
    for _, entry in sorted(zoo.collect().items())[:: 1 if whole_zoo else 120]:  # whichever was imported first
        args, kwargs = entry.examples[0].fresh()
        for transform in TRANSFORMS:
            yield text(entry.name, transform, entry.function, entry.wrt, args, kwargs)


def text(
    name: str, transform: Callable[..., Any], function: Any, wrt: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[str, str]:
    """A derivative's label and text, or why there is none."""
    label = f"{transform.__name__} {name}"
    try:
        return label, transform(function, wrt).source_for(*args, **kwargs)
    except srcgrad.DifferentiationError as error:
        return label, f"refused: {str(error.msg).partition(chr(10))[0]}\n"  # a hint follows on Python 3.10


def main() -> None:
    for label, made in texts("--zoo" in sys.argv):
        sys.stdout.buffer.write(f"#### {label}\n{made}".encode())


if __name__ == "__main__":
    main()
