"""The imports of a saved module: the standard library, NumPy, and installed packages, never the user's files."""

from __future__ import annotations

import builtins
import importlib.util
import os
import sys
import types
from pathlib import PurePath
from typing import Any

import gast

_STANDARD = os.path.dirname(os.__file__) + os.sep
_NUMPY = ("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "scipy.special")


class Imports:
    """Import statements, each once, in the order that isort likes."""

    def __init__(self) -> None:
        self._modules: set[tuple[str, str | None]] = set()
        self._names: set[tuple[str, str, str]] = set()

    def add_module(self, module: str, name: str | None) -> None:
        """Import a module under a name; None stands for its own."""
        self._modules.add((module, None if name == module else name))

    def add_name(self, module: str, attribute: str, name: str) -> None:
        """Import an attribute of a module under a name."""
        self._names.add((module, attribute, name))

    @property
    def packages(self) -> list[str]:
        """The packages that must be installed, but for NumPy."""
        modules = {module for module, _ in self._modules} | {module for module, _, _ in self._names}
        every = {module.partition(".")[0] for module in modules}
        return sorted(top for top in every if not is_standard(top) and top != "numpy")

    def statements(self) -> list[Any]:
        """The statements: those of the standard library, then the others."""
        groups: list[list[Any]] = [[], []]
        for module, name in sorted(self._modules, key=lambda item: (item[0], item[1] or "")):
            group = groups[not is_standard(module)]
            group.append(gast.Import([gast.alias(module, name)]))
        sources: dict[str, list[Any]] = {}
        for module, attribute, name in sorted(self._names):
            alias = gast.alias(attribute, None if name == attribute else name)
            sources.setdefault(module, []).append(alias)
        for module, aliases in sources.items():
            groups[not is_standard(module)].append(gast.ImportFrom(module, aliases, 0))
        return [*groups[0], *groups[1]]


def is_standard(module: str) -> bool:
    """Whether a module comes with Python: a file of the user's may have the name of one that does.

    >>> is_standard("json"), is_standard("numpy")
    (True, False)
    """
    top = module.partition(".")[0]
    if top not in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    return not file.endswith(".py") or (file.startswith(_STANDARD) and "-packages" not in file)


def is_importable(module: types.ModuleType | str, home: frozenset[str]) -> bool:
    """Whether a saved module may import this: it is Python's, NumPy's, or of an installed package.

    ``home`` are packages of primals; they and srcgrad need not be there.

    >>> import numpy as np
    >>> none = frozenset()
    >>> is_importable(np.linalg, none), is_importable("json", none), is_importable("srcgrad", none)
    (True, True, False)
    """
    name = module if isinstance(module, str) else module.__name__
    top = name.partition(".")[0]
    if top in ("srcgrad", "", "__main__"):
        return False
    if top == "numpy" or is_standard(top):
        return not isinstance(module, types.ModuleType) or sys.modules.get(name) is module
    if top in home:
        return False
    file = getattr(sys.modules.get(top), "__file__", None)
    if file is None:
        try:
            spec = importlib.util.find_spec(top)
        except (ImportError, ValueError):
            return False
        file = spec.origin if spec is not None else None
    return file is not None and not {"site-packages", "dist-packages"}.isdisjoint(PurePath(file).parts)


def builtin_name(value: Any) -> str | None:
    """The name of a builtin function or type, or None."""
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) and vars(builtins).get(name) is value else None


def public_place(value: Any, home: frozenset[str]) -> tuple[str, str] | None:
    """The module and the attribute under which a function or class can be imported, or None.

    >>> import math
    >>> import numpy as np
    >>> [public_place(f, frozenset()) for f in (math.sin, np.sin, np.linalg.norm)]
    [('math', 'sin'), ('numpy', 'sin'), ('numpy.linalg', 'norm')]
    """
    attribute = getattr(value, "__name__", None)
    if not callable(value) or not isinstance(attribute, str):
        return None
    own = getattr(value, "__module__", None)
    candidates: list[str] = []
    if isinstance(own, str):
        parts = own.split(".")
        candidates = [own.lstrip("_"), *(".".join(parts[: n + 1]) for n in range(len(parts)))]
    for module in dict.fromkeys([*candidates, *_NUMPY]):
        found = sys.modules.get(module)
        if vars(found or types).get(attribute) is value and is_importable(module, home):
            return module, attribute
    return None
