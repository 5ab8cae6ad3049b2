"""Rules of other packages: those of the entry point group ``srcgrad.rules``, loaded when a derivative is first made."""

from __future__ import annotations

import os
import threading

from srcgrad.errors import refuse_call

GROUP = "srcgrad.rules"
SKIP = "SRCGRAD_SKIP_RULES"  # names of entry points, with commas between them; a star means all
_lock = threading.RLock()
_loaded: set[tuple[str, str]] = set()
_state = {"done": False, "loading": False}


def load_rules() -> bool:
    """Import what the entry points name, once, and say whether that was now; importing it registers its rules.

    Raises DifferentiationError, which names the entry point, where one cannot be loaded.
    """
    if _state["done"]:
        return False
    with _lock:
        if _state["loading"] or _state.get("done"):  # what is imported may itself ask for derivatives
            return False
        _state["loading"] = True
        try:
            found = _load_all()
        finally:
            _state["loading"] = False
        _state["done"] = True
    return found


def _load_all() -> bool:
    from importlib.metadata import entry_points

    skipped = {name.strip() for name in os.environ.get(SKIP, "").split(",")}
    found = [] if "*" in skipped else sorted(entry_points(group=GROUP), key=lambda point: point.name)
    for point in found:
        if point.name not in skipped and (point.name, point.value) not in _loaded:
            _load(point)
            _loaded.add((point.name, point.value))
    return bool(found)


def _load(point: object) -> None:
    name, value = getattr(point, "name", ""), getattr(point, "value", "")
    try:
        point.load()  # type: ignore[attr-defined]
    except Exception as error:
        package = getattr(getattr(point, "dist", None), "name", None)
        source = f"of the package {package} " if package else ""
        what = f"{type(error).__name__}: {getattr(error, 'reason', error)}"
        reason = f"the rules {source}cannot be loaded (entry point '{name} = {value}'): {what}"
        hint = f"update or uninstall that package, or leave these rules out: set {SKIP}={name} in the environment"
        raise refuse_call(reason, hint) from error
