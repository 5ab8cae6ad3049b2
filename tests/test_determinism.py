"""The same program has the same derivative, to the byte, whatever the hash seed and whatever was generated before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from tests.generate_all import texts
from tests.golden_programs import programs

ROOT = Path(__file__).parents[1]


def in_new_process(seed: str) -> bytes:
    """Everything that tests.generate_all prints under a hash seed."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.generate_all"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def with_seed_0() -> bytes:
    return in_new_process("0")


def test_there_is_enough_to_compare(with_seed_0: bytes):
    labels = [line for line in with_seed_0.decode().splitlines() if line.startswith("#### ")]
    assert len(labels) >= 45
    assert with_seed_0.count(b"refused:") < len(labels) / 10


def test_hash_seeds_change_nothing(with_seed_0: bytes):
    assert in_new_process("1") == with_seed_0


def test_what_was_generated_before_changes_nothing(with_seed_0: bytes):
    made = list(texts(whole_zoo=False))
    assert "".join(f"#### {label}\n{text}" for label, text in made).encode() == with_seed_0


def test_other_arguments_change_nothing():
    golden = next(golden for golden in programs() if golden.name == "swap")
    derivative = srcgrad.grad(golden.function, golden.wrt)
    first = derivative.source_for(*golden.args)
    arrays = (np.ones(3), np.ones((2, 3)), 4)
    assert derivative.source_for(*arrays) != first
    derivative(*arrays)
    assert derivative.source_for(*golden.args) == first
