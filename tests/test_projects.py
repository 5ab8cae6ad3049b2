"""What a project's ``pyproject.toml`` asks for, and what is said where it makes no sense."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from srcgrad.cli import main
from srcgrad.projects import ProjectError, read_project

if sys.version_info < (3, 11):
    pytest.importorskip("tomli")

MISTAKES = {
    b"tool = 3\n": "tool must be a table",
    b"[tool]\nsrcgrad = 3\n": "tool.srcgrad must be a table",
    b"[tool.srcgrad]\ngenerate = 3\n": "tool.srcgrad.generate must be tables",
    b"[tool.srcgrad]\ngenerate = [3]\n": "table 1: a table is needed",
    b"[[tool.srcgrad.generate]]\ntarget = 'm.py:f'\nwrt = 1.5\n": "table 1: wrt must be names or positions",
    b"[[tool.srcgrad.generate]]\ntarget = 'm.py:f'\nwrt = [true]\n": "table 1: wrt must be names or positions",
    b"\xff\xfe": "is not encoded in UTF-8",
    b"[tool.srcgrad\n": "pyproject.toml: ",
}


@pytest.mark.parametrize(("content", "message"), MISTAKES.items())
def test_a_mistake_names_the_file_and_the_key(
    content: bytes,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "--check"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "pyproject.toml" in error


def test_a_folder_is_no_project_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="pyproject"):
        read_project(tmp_path / "pyproject.toml")


def test_a_table_by_itself_and_several(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.srcgrad]\ntarget = 'm.py:f'\nwrt = ['w', 1]\n", encoding="utf-8")
    assert [(e.target, e.wrt) for e in read_project(file)] == [("m.py:f", ("w", 1))]
    file.write_text("[[tool.srcgrad]]\ntarget = 'm.py:f'\n[[tool.srcgrad]]\ntarget = 'm.py:g'\n", encoding="utf-8")
    assert [e.target for e in read_project(file)] == ["m.py:f", "m.py:g"]
