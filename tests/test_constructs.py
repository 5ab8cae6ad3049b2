"""The table of what is followed is what the programs in it show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.constructs import CONSTRUCTS, Construct, forward, outcome, table

PAGE = Path(__file__).parents[1] / "docs" / "constructs.md"


def test_the_page_is_what_the_programs_show(update_golden: bool) -> None:
    made = table()
    if update_golden:
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made


@pytest.mark.parametrize("one", CONSTRUCTS, ids=lambda one: one.function.__name__)
def test_forward_mode_follows_what_reverse_mode_does(one: Construct) -> None:
    assert (outcome(one)[0] == "right") == (forward(one) == "right")
