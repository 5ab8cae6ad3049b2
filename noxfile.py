"""The tests on every supported Python: ``nox``, or ``nox -s tests-3.13`` for one of them."""

from __future__ import annotations

import os
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
# The oldest of everything that pyproject.toml allows; its other packages are pip's choice.
MINIMUM = ["numpy==1.26.0", "gast==0.7.0", "astunparse==1.6.3"]

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["minimum", "tests"]


def _add_pyenv_to_path() -> None:
    """Let nox find the interpreters of pyenv: its shims run only those that are switched on."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [
        str(folder)
        for version in PYTHONS
        for folder in sorted(root.glob(f"versions/{version}.*/bin"))[-1:]
        if (folder / f"python{version}").exists()
    ]
    os.environ["PATH"] = os.pathsep.join([*found, os.environ["PATH"]])


_add_pyenv_to_path()


def _install(session: nox.Session, *pins: str) -> None:
    session.install("-qq", "--upgrade", "pip>=25.1")
    session.install("-qq", "--editable", ".", "--group", "test", *pins)


def _pytest(session: nox.Session, *arguments: str) -> None:
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    session.run("python", "-m", "pytest", "-n", "2", *arguments, *session.posargs, env=threads)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, doctests included."""
    _install(session)
    _pytest(session)


@nox.session(python="3.11")
def peers(session: nox.Session) -> None:
    """The same gradients from JAX, too, which is large and so not installed for the other tests."""
    _install(session, "jax>=0.4.30")
    _pytest(session, "tests/test_peers.py", "tests/test_complex.py", "tests/test_zoo_third.py")


@nox.session(python="3.10")
def minimum(session: nox.Session) -> None:
    """The tests on the oldest Python and packages, without doctests: NumPy 1 prints otherwise."""
    _install(session, *MINIMUM)
    _pytest(session, "tests")
