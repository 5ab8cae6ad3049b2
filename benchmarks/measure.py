"""What the benchmarks share: one quiet core, paired samples, tables."""

from __future__ import annotations

import gc
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
Thunk = Callable[[], Any]


def pin(core: int | None = None) -> None:
    """Stay on one core with one BLAS thread; starts the program anew, as BLAS reads its environment when loaded."""
    if any(os.environ.get(name) != "1" for name in _THREADS):
        os.environ.update(dict.fromkeys(_THREADS, "1"))
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    if hasattr(os, "sched_setaffinity"):
        own = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {own[-1] if core is None else core})


def sample(thunk: Thunk, calls: int) -> float:
    """Seconds of processor time per call: what else runs on the machine counts less than on the wall clock."""
    start = time.process_time()
    for _ in range(calls):
        thunk()
    return (time.process_time() - start) / calls


def calls_for(thunk: Thunk, seconds: float) -> int:
    """How many calls fill a sample."""
    calls = 1
    while True:
        spent = sample(thunk, calls) * calls
        if spent >= seconds / 4:
            return max(1, round(calls * seconds / spent))
        calls *= 4


def paired(thunks: Mapping[str, Thunk], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Samples of each thunk, one of each a round in random order: a slow spell of the machine hits all alike."""
    counts = {name: calls_for(thunk, seconds) for name, thunk in thunks.items()}
    samples: dict[str, list[float]] = {name: [] for name in thunks}
    order = list(thunks)
    shuffle = random.Random(0).shuffle
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            thunks[name]()  # refill the caches after the one before
            samples[name].append(sample(thunks[name], counts[name]))
    gc.unfreeze()
    return samples


def ratio(samples: Mapping[str, Sequence[float]], name: str, base: str) -> float:
    """The median of the ratios of the rounds."""
    return statistics.median(a / b for a, b in zip(samples[name], samples[base], strict=True))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need, the first one left, the others right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in [head, ["-" * w for w in widths], *rows]
    ]
    return "\n".join(line.rstrip() for line in lines)


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
