"""The fixture for pytest, and that it costs nothing where it is not used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import sys

def test_not_imported():
    assert "srcgrad" not in sys.modules

def test_fixture(check_grads):
    assert "srcgrad.testing" in sys.modules
    check_grads(cube, (2.0,))

def test_wrong(check_grads):
    check_grads(rounded, (0.5,))

def cube(x):
    return x * x * x

def rounded(x):
    return x + round(x)
"""


def run(folder, *more):
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_srcgrad", "-c", "none.ini", "--rootdir", ".", *more]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_the_fixture(tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "none.ini").write_text("[pytest]\n")
    done = run(tmp_path)
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "differences disagree with forward and reverse mode" in done.stdout


def test_the_plugin_is_an_entry_point():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points.pytest11]\npytest_srcgrad = "pytest_srcgrad"\n' in text
