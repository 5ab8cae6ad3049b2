"""Text to functions: compiled under a name that tracebacks, ``inspect`` and debuggers find."""

from __future__ import annotations

import hashlib
import linecache
import os
import re
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
_COUNT = re.compile(r" \d+$")
_LONGEST_NAME, _DIGITS = 100, 10
GENERATED = "srcgrad.generated"  # the module that generated functions say they are from


class _Text:
    """Stands in generated globals as their loader; the text is forgotten when they are."""

    def __init__(self, text: str, places: object) -> None:
        self.text = text
        self.places = places

    def get_source(self, name: str) -> str:
        """Return the text, as the loaders of modules do."""
        return self.text


_OWN = str(Path(__file__).parent)
_gone: list[tuple[str, object]] = []  # texts whose functions are gone
_dumped: set[str] = set()


def is_generated(filename: str) -> bool:
    """Whether a text that an error points into is none of the user's: generated, or srcgrad's own."""
    return filename.startswith(("<srcgrad ", _OWN)) or filename in _dumped


def load(text: str, filename: str, namespace: Mapping[str, object], places: object = None) -> dict[str, object]:
    r"""Run a text as a module with the given globals and return all its globals.

    ``filename`` is what tracebacks show; each call needs its own.  ``places`` tells what the lines of the text belong
    to (see ``explain``).  If the environment variable ``SRCGRAD_DUMP`` names a directory, the text becomes a real file
    there and runs under its name, which is made of ``filename`` and of the text: one text has one file.
    Raises OSError if that file cannot be written.

    >>> text = "def twice(x):\n    return factor * x\n"
    >>> load(text, "<srcgrad twice 1>", {"factor": 2})["twice"](3)
    6
    """
    loader = _Text(text, places)
    directory = os.environ.get("SRCGRAD_DUMP")
    if directory:
        filename = _dump(text, filename, Path(directory))
    else:
        _remember(text, filename, loader)
    module: dict[str, object] = {"__name__": GENERATED, "__loader__": loader}
    module.update(namespace)
    module["__loader__"] = loader
    exec(compile(text, filename, "exec", dont_inherit=True), module)
    return module


def made_from(function: Any) -> Any:
    """Return the function that a generated one was made from, where its text knows that; any other is its own."""
    loader = getattr(function, "__globals__", {}).get("__loader__")
    origins: Mapping[str, Any] = getattr(getattr(loader, "places", None), "origins", {})
    origin = origins.get(getattr(function, "__name__", ""))
    return function if origin is None else made_from(origin.source.function)


def _remember(text: str, filename: str, owner: object) -> None:
    """Give linecache the lines of a text for as long as ``owner`` lives, and drop those whose owners are gone.

    Not when these go: the collector may run while linecache goes through its entries.
    """
    while _gone:
        _forget(*_gone.pop())
    lines = [line + "\n" for line in text.split("\n")]
    if text.endswith("\n"):
        lines.pop()
    entry = (len(text), None, lines, filename)  # without a time: never checked against a file
    linecache.cache[filename] = entry
    weakref.finalize(owner, _gone.append, (filename, entry)).atexit = False


def _forget(filename: str, entry: object) -> None:
    """Drop an entry of linecache unless another text has taken its name."""
    if linecache.cache.get(filename) is entry:
        linecache.cache.pop(filename, None)


def _dump(text: str, filename: str, directory: Path) -> str:
    """Write a text to a file of its own, unless that is there; a reader never sees half of it."""
    wish = _COUNT.sub("", filename.strip("<>").removeprefix("srcgrad "))
    name = _UNSAFE.sub("_", wish).strip("._") or "derivative"
    content = text.encode("utf-8")
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    directory.mkdir(parents=True, exist_ok=True)
    path = (directory / f"{name[:_LONGEST_NAME]}_{digest}.py").resolve()
    _dumped.add(str(path))
    if path.is_file() and path.read_bytes() == content:
        return str(path)
    handle, temporary = tempfile.mkstemp(dir=directory, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    linecache.checkcache(str(path))
    return str(path)
