"""The functions that the command line names: ``model.py:loss`` or ``package.module:function``."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import sys
import traceback
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LASTING = frozenset(sys.stdlib_module_names) | {"numpy", "srcgrad", "__main__", "__mp_main__"}
_INSTALLED = frozenset({"site-packages", "dist-packages"})


class TargetError(Exception):
    """What a user named cannot be had; the text says why."""


def split_target(target: str) -> tuple[str, str]:
    """A file or module, and what is named in it.

    >>> split_target("models/net.py:Net.loss"), split_target("package.module:f")
    (('models/net.py', 'Net.loss'), ('package.module', 'f'))
    """
    place, _, name = target.rpartition(":")
    if not place or not name or not all(part.isidentifier() for part in name.split(".")):
        raise TargetError(f"{target!r} names no function: write file.py:function or package.module:function")
    return place, name


def is_file(place: str) -> bool:
    """Whether the first half of a target is a file, not a module."""
    return place.endswith(".py") or "/" in place or "\\" in place


@contextlib.contextmanager
def imported(place: str, root: Path) -> Iterator[types.ModuleType]:
    """Import a file, or a module that is found from ``root``, for as long as the block lasts.

    Afterwards ``sys.path`` is as it was, and the user's modules are gone from ``sys.modules``; what the
    module prints goes to stderr.  Raises TargetError if it cannot be imported.
    """
    if is_file(place):
        file = (root / place).resolve()
        if not file.is_file():
            raise TargetError(f"there is no file {place}")
        name, folders = _module_of(file)
    else:
        file, name, folders = None, place, [root.resolve()]
    path, modules, bytecode = list(sys.path), dict(sys.modules), sys.dont_write_bytecode
    try:
        sys.path[:0] = [str(folder) for folder in folders]
        sys.dont_write_bytecode = True
        for known, module in modules.items():
            if _is_in_the_way(known, module, folders):
                del sys.modules[known]
        importlib.invalidate_caches()
        with contextlib.redirect_stdout(sys.stderr):
            yield _import(name, file, place)
    finally:
        sys.path[:] = path
        sys.dont_write_bytecode = bytecode
        new = [(n, m) for n, m in sys.modules.items() if modules.get(n) is not m]
        for known in [n for n, m in new if _is_theirs(n, m, folders)]:
            del sys.modules[known]
        for known, module in modules.items():
            sys.modules.setdefault(known, module)


def attribute(module: types.ModuleType, name: str, place: str) -> Any:
    """What a dotted name stands for in a module; raises TargetError if there is no such thing."""
    value: Any = module
    for part in name.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            functions = [
                n
                for n, v in vars(module).items()
                if isinstance(v, types.FunctionType) and v.__module__ == module.__name__
            ]
            known = f"; its functions are {', '.join(functions)}" if functions else ""
            raise TargetError(f"{place} has no {name}{known}") from None
    if not callable(value):
        kind = type(value).__name__
        raise TargetError(f"{place}:{name} is no function, but {'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}")
    return value


def is_method(module: types.ModuleType, name: str) -> bool:
    """Whether a dotted name is a method's, which takes the object as its first argument."""
    owner, _, last = name.rpartition(".")
    value: Any = module
    for part in filter(None, owner.split(".")):
        value = getattr(value, part, None)
    found = inspect.getattr_static(value, last, None) if isinstance(value, type) else None
    return callable(found) and not isinstance(found, (type, staticmethod, classmethod))


def _import(name: str, file: Path | None, place: str) -> types.ModuleType:
    try:
        module = importlib.import_module(name)
    except SyntaxError as error:
        raise TargetError("".join(traceback.format_exception_only(error)).rstrip()) from None
    except (Exception, SystemExit) as error:
        raise TargetError(_failed(error, place)) from None
    found = getattr(module, "__file__", None)
    if file is not None and (found is None or Path(found).resolve() != file):
        raise TargetError(f"{place} cannot be imported: the name {name} is that of {found}")
    return module


def _failed(error: BaseException, place: str) -> str:
    """What went wrong while a module was imported, and where in the user's files."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and "importlib" not in Path(frame.filename).parts
    ]
    inner = [f for f in frames if Path(f.filename) != Path(__file__)]
    where = f" (line {inner[-1].lineno} of {inner[-1].filename})" if inner else ""
    reason = "".join(traceback.format_exception_only(error)).strip()
    return f"{place} cannot be imported{where}\n{reason}"


def _module_of(file: Path) -> tuple[str, list[Path]]:
    """The dotted name under which a file imports its neighbours, and the folders to search.

    Folders count as packages as far as they have an ``__init__.py``, or as the file's own relative imports
    go up.
    """
    levels = _relative_levels(file)
    parts, folder = [file.stem], file.parent
    if file.stem == "__init__":
        parts = []
        levels = max(levels, 1)
    while (folder / "__init__.py").is_file() or len(parts) <= levels - (file.stem == "__init__"):
        if folder == folder.parent:
            break
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts), list(dict.fromkeys([folder, file.parent]))


def _relative_levels(file: Path) -> int:
    try:
        nodes = ast.walk(ast.parse(file.read_bytes()))
    except (SyntaxError, ValueError):
        return 0  # importing it says what is wrong
    return max((n.level for n in nodes if isinstance(n, ast.ImportFrom)), default=0)


def _is_theirs(name: str, module: object, folders: list[Path]) -> bool:
    """Whether a module is the user's, from below one of the folders."""
    if name.partition(".")[0] in _LASTING:
        return False
    file = getattr(module, "__file__", None)
    places = [file] if file else list(getattr(module, "__path__", None) or [])
    paths = [Path(place).resolve() for place in places]
    return any(
        (folder == path or folder in path.parents) and _INSTALLED.isdisjoint(path.parts)
        for path in paths
        for folder in folders
    )


def _is_in_the_way(name: str, module: object, folders: list[Path]) -> bool:
    """Whether a loaded module has the name of one in the folders."""
    top = name.partition(".")[0]
    if top in _LASTING:
        return False
    return any((f / f"{top}.py").is_file() or (f / top).is_dir() for f in folders)
