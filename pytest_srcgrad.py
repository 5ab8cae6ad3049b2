"""The fixtures of srcgrad for pytest; srcgrad itself is imported when one of them is used."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def check_grads() -> Callable[..., None]:
    """Return ``srcgrad.testing.check_grads``."""
    from srcgrad.testing import check_grads

    return check_grads
