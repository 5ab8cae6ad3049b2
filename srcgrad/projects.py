"""The derivatives that a project names in its ``pyproject.toml``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KEYS = ("target", "wrt", "output", "value", "vjp")
_EXAMPLE = """
[[tool.srcgrad.generate]]
target = "model.py:loss"
wrt = ["w", "b"]
output = "model_grad.py"
"""


class ProjectError(Exception):
    """What a project asks for cannot be read; the text says why."""


@dataclass(frozen=True)
class Entry:
    """One table: a derivative that the project keeps."""

    target: str
    wrt: Any
    form: Any
    output: str | None


def find_project(start: Path) -> Path:
    """The ``pyproject.toml`` of a folder or of the nearest one above it."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file():
            return folder / "pyproject.toml"
    raise ProjectError(f"name a function to generate, or the project's functions in pyproject.toml:\n{_EXAMPLE}")


def read_project(file: Path) -> list[Entry]:
    """The tables of ``[tool.srcgrad]``; raises ProjectError where one makes no sense."""
    try:
        found = _parse(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ProjectError(f"{file} is not encoded in UTF-8: {error}") from None
    except (OSError, ValueError) as error:
        raise ProjectError(f"{file}: {error}") from None
    table = _table(found.get("tool", {}), file, "tool")
    options = table.get("srcgrad", {})
    tables = options
    if not isinstance(options, list):
        options = _table(options, file, "tool.srcgrad")
        tables = options.get("generate", [options] if "target" in options else [])
    if isinstance(tables, dict):
        tables = [tables]
    if not isinstance(tables, list):
        raise ProjectError(f"{file}: tool.srcgrad.generate must be tables, not {type(tables).__name__}")
    if not tables:
        raise ProjectError(f"{file} names no functions to generate; name them as in\n{_EXAMPLE}")
    return [_entry(table, f"{file}, table {n}") for n, table in enumerate(tables, 1)]


def _table(value: Any, file: Path, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProjectError(f"{file}: {key} must be a table, not {type(value).__name__}")
    return value


def _parse(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError:
            raise ProjectError("reading pyproject.toml on Python 3.10 needs tomli: pip install tomli") from None
    return tomllib.loads(text)


def _several(wrt: Any) -> tuple[Any, ...]:
    return wrt if isinstance(wrt, tuple) else () if wrt is None else (wrt,)


def _entry(table: Any, place: str) -> Entry:
    if not isinstance(table, dict):
        raise ProjectError(f"{place}: a table is needed, as in\n{_EXAMPLE}")
    for key in table:
        if key not in _KEYS:
            raise ProjectError(f"{place}: there is no option {key!r}; there are {', '.join(_KEYS)}")
    target, wrt, output = table.get("target"), table.get("wrt"), table.get("output")
    if not isinstance(target, str):
        raise ProjectError(f"{place}: target must say which function, as in 'model.py:loss'")
    if isinstance(wrt, list):
        wrt = tuple(wrt)
    if not all(isinstance(one, (str, int)) and not isinstance(one, bool) for one in _several(wrt)):
        raise ProjectError(f"{place}: wrt must be names or positions, as in ['w', 'b']")
    if isinstance(wrt, str) and "," in wrt:
        wrt = tuple(part.strip() for part in wrt.split(",") if part.strip())
    if output is not None and not isinstance(output, str):
        raise ProjectError(f"{place}: output must be the name of a file")
    for key in ("value", "vjp"):
        if not isinstance(table.get(key, False), bool):
            raise ProjectError(f"{place}: {key} must be true or false")
    if table.get("value") and table.get("vjp"):
        raise ProjectError(f"{place}: value and vjp exclude each other")
    form = "vjp" if table.get("vjp") else "value_and_grad" if table.get("value") else None
    return Entry(target, wrt, form, output)
