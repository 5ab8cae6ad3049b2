"""Random programs about storage, the same five hundred each time: right or refused, in every mode.

``python tests/hunt_storage.py --count 20000`` makes others, and ``--shrink SEED`` small ones of what fails.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.hunt_storage import Modules, examine
from tests.storage_grammar import ALL, program_of

PROGRAMS, AT_ONCE, LIMIT = 500, 20, 90  # seconds for one, of which most take less than one
FOLLOWED = ALL - {"lists", "dicts", "helpers"}  # what is mostly followed today
ALLOWED = {"good", "refused", "steep"}


@pytest.mark.parametrize(
    "first",
    [pytest.param(first, marks=() if first < 100 else pytest.mark.slow) for first in range(0, PROGRAMS, AT_ONCE)],
)
def test_right_or_refused(first: int) -> None:
    found: Counter[str] = Counter()
    with Modules() as modules:
        for seed in range(first, first + AT_ONCE):
            features = FOLLOWED if seed % 2 else ALL
            most = 8 if seed % 25 == 0 else 2  # short ones mostly: a long one takes ten times as long
            modes = {0: ("jvp", "vjp"), 5: ("jvp",)}.get(seed % 25, ())  # grad in any case
            outcome = examine(program_of(seed, features, most), modules, LIMIT, modes)
            found[outcome.kind] += 1
            assert outcome.kind in ALLOWED, f"seed {seed}: {outcome.kind} {outcome.message}\n{outcome.details}"
    assert found["good"]
