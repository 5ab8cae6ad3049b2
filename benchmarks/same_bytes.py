"""Are derivatives the same to the byte on every Python and with every hash seed?

    python benchmarks/same_bytes.py [PYTHON ...] [--zoo] [--folder FOLDER]

Makes a virtual environment for each interpreter (default: every Python from 3.10 on that pyenv or PATH has), prints
the derivatives of the golden programs and of part of the zoo (--zoo: all of it) under two hash seeds, and compares.
"""

from __future__ import annotations

import argparse
import difflib
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("gast>=0.7,<0.8", "astunparse>=1.6.3,<2", "numpy", "pytest", "hypothesis")
SEEDS = ("0", "1")
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def interpreters() -> dict[str, str]:
    """Every Python from 3.10 on, one of each minor version."""
    root = os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))
    on_path = [shutil.which(f"python3.{minor}") for minor in range(10, 20)]
    found: dict[str, str] = {}
    for path in [sys.executable, *sorted(glob.glob(f"{root}/versions/3.*/bin/python")), *filter(None, on_path)]:
        version = version_of(str(path))
        if version is not None and tuple(map(int, version.split("."))) >= (3, 10):
            found.setdefault(version, str(path))
    return dict(sorted(found.items(), key=lambda item: int(item[0].split(".")[1])))


def version_of(python: str) -> str | None:
    """The version of an interpreter; None if it does not run."""
    done = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def prepared(version: str, python: str, folder: Path) -> str:
    """An interpreter that has what srcgrad needs: this one, or one in a virtual environment."""
    if python == sys.executable:
        return python
    own = folder / version / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not own.exists():
        subprocess.run([python, "-m", "venv", str(folder / version)], check=True)
    subprocess.run([str(own), "-m", "pip", "install", "-q", *NEEDED], check=True, stderr=subprocess.DEVNULL)
    return str(own)


def derivatives(python: str, seed: str, whole_zoo: bool) -> str:
    """What tests.generate_all prints."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [python, "-m", "tests.generate_all", *(["--zoo"] if whole_zoo else [])]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{python} failed:\n{done.stderr}")
    return done.stdout


def different(one: str, other: str) -> list[str]:
    """The labels of the derivatives that differ."""
    parts = [dict(re.findall(r"^#### (.*)\n((?:(?!####).*\n)*)", text, re.MULTILINE)) for text in (one, other)]
    return [label for label in parts[0].keys() | parts[1].keys() if parts[0].get(label) != parts[1].get(label)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pythons", nargs="*", metavar="PYTHON", help="interpreters to compare (default: all found)")
    parser.add_argument("--zoo", action="store_true", help="all programs of tests/programs")
    parser.add_argument("--folder", type=Path, help="keep the virtual environments there")
    options = parser.parse_args()
    chosen = {version_of(python) or python: python for python in options.pythons} or interpreters()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="same-bytes-"))
    first, bad = "", 0
    for version, python in chosen.items():
        ready = prepared(version, python, folder)
        for seed in SEEDS:
            made = derivatives(ready, seed, options.zoo)
            first = first or made
            labels = sorted(different(first, made))
            bad += made != first
            verdict = "the same" if made == first else f"{len(labels)} differ: {', '.join(labels[:6])}"
            print(f"Python {version}, hash seed {seed}: {made.count('#### ')} derivatives, {verdict}", flush=True)
            if labels:
                lines = difflib.unified_diff(first.splitlines(), made.splitlines(), lineterm="", n=1)
                print("\n".join(list(lines)[:30]))
    if options.folder is None:
        shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
