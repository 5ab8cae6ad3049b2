"""The table of what is followed is what the programs in it show."""

from __future__ import annotations

from pathlib import Path

from tests.constructs import table

PAGE = Path(__file__).parents[1] / "docs" / "constructs.md"


def test_the_page_is_what_the_programs_show(update_golden: bool) -> None:
    made = table()
    if update_golden:
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made


def test_forward_mode_follows_what_reverse_mode_does() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(rows) > 50
    assert [row[0] for row in rows if (row[1] == "right") != (row[2].startswith("right"))] == []
