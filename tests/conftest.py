"""Options and fixtures that every test file may use."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every run: a failure must be there again for whoever looks into it.
settings.register_profile(
    "deterministic",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("deterministic")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the expected derivatives in tests/golden with what srcgrad prints now",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Say whether golden files are to be rewritten instead of compared."""
    return bool(request.config.getoption("--update-golden"))


SECONDS = 20


@pytest.fixture
def time_limit() -> Iterator[None]:
    """Fail a derivative that does not end: a wrong while loop must not hang the suite.

    What counts is the time that the process computes, whatever else the machine has to do.
    """
    if not hasattr(signal, "ITIMER_VIRTUAL"):
        yield
        return

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {SECONDS} seconds")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
