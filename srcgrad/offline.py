"""Derivatives as modules of their own that import NumPy only: their text, and writing it to a file."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
import textwrap
import types
from collections.abc import Mapping as Mapping_
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.kinds import Array, Kind, Known, Mapping, Scalar, ndim
from srcgrad.analysis.kinds import Sequence as Items
from srcgrad.embedding import MISSING, Definition, Embedder, found_in
from srcgrad.free_names import uses
from srcgrad.imports import is_importable
from srcgrad.source import Source, read
from srcgrad.specialise import Specialised, used_objects
from srcgrad.version import __version__
from srcgrad.writer import to_text

_WIDTH = 96
_FORMS = {"grad": "gradient", "value_and_grad": "value and gradient", "vjp": "pullback"}


@dataclass(frozen=True)
class Part:
    """One derivative of a saved module.

    ``file`` is what the module says it was made from; without it that is the base name of the primal's file.
    """

    derivative: Any
    specialised: Specialised
    file: str | None = None


def module_text(derivative: Any, specialised: Specialised) -> str:
    """The text of a module that holds a derivative and all that it needs.

    Raises DifferentiationError if it needs a global that cannot be written down.

    >>> import srcgrad
    >>> def f(x):
    ...     return scale * x
    >>> scale = 3.0
    >>> derivative = srcgrad.grad(f)
    >>> text = module_text(derivative, derivative.general())
    >>> "srcgrad" in text.partition("__all__")[2], "scale = 3.0" in text
    (False, True)
    """
    return modules_text([Part(derivative, specialised)])


def modules_text(parts: Sequence[Part]) -> str:
    """The text of one module that holds several derivatives."""
    first = parts[0].derivative._source
    embedder = Embedder(first, frozenset(package(p.derivative._source) for p in parts))
    for part in parts:  # numpy is called what the derivatives call it
        for name, value in used_objects(part.specialised.generated).items():
            if value is np:
                embedder.name_of(np, name)
    functions: list[Any] = []
    public: list[str] = []
    for part in parts:
        generated = part.specialised.generated
        embedder.source = part.derivative._source
        names = {f.name: embedder.allocate(f.name) for f in generated.functions}
        objects = {n: v for n, v in generated.objects.items() if n not in names}
        for function in map(tree.copy, generated.functions):
            if function.name == generated.main[-1] and not part.derivative._single:
                _return_tuple(function, part.derivative)
            if function.name == generated.main[0]:
                objects = _check_dimensions(function, part.specialised.kinds, objects)
            function.name = names[function.name]
            embedder.embed(function, functools.partial(found_in, objects), names)
            functions.append(function)
        public += [names[name] for name in generated.main]
    definitions = embedder.ordered()
    values = _print([], [d for d in definitions if isinstance(d.node, gast.Assign)])
    head = _head(parts, embedder, public, _digest(parts, embedder.copied, values))
    return _print(head, [*definitions, *map(Definition, functions)])


def _check_dimensions(function: Any, kinds: Mapping_[str, Kind], objects: dict[str, Any]) -> dict[str, Any]:
    """Let a derivative refuse arguments of other dimensions than it was made for; return the objects it reads."""
    known = {name: n for name, kind in kinds.items() if (n := ndim(kind)) is not None}
    if not known:
        return objects
    numpy = next((name for name, value in objects.items() if value is np), "np")
    found = tree.tuple_(tree.call(tree.attribute(numpy, "ndim"), tree.name(name)) for name in known)
    test = gast.Compare(found, [gast.NotEq()], [tree.tuple_(tree.constant(n) for n in known.values())])
    wanted = ", ".join(f"{name} of {n}" for name, n in known.items())
    error = tree.call(
        "TypeError", tree.constant(f"{function.name} was made for arguments of other dimensions: {wanted}")
    )
    function.body.insert(0, tree.if_(test, [gast.Raise(error, None)], []))
    return {**objects, numpy: np}


def _return_tuple(function: Any, derivative: Any) -> None:
    """Let a derivative by ``wrt=("x",)`` return a tuple of one gradient."""
    if len(derivative._names) > 1:
        return
    returned = function.body[-1]
    if derivative.form == "value_and_grad" or (derivative.form == "grad" and derivative.has_aux):
        place = int(derivative.form == "value_and_grad")
        returned.value.elts[place] = tree.tuple_([returned.value.elts[place]])
    else:
        returned.value = tree.tuple_([returned.value])


def write(path: str | Path, text: str) -> None:
    """Write a file as a whole or not at all, with the same bytes on every system."""
    target = Path(path).resolve()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(target: Path) -> int:
    """The permissions of a file, or those that a new one gets."""
    try:
        return target.stat().st_mode & 0o7777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


# --- text


def _head(parts: Sequence[Part], embedder: Embedder, names: list[str], digest: str) -> list[Any]:
    """The docstring, the imports and ``__all__``."""
    lines = []
    for part in parts:
        lines += [_title(part), "", f"Made for {_made_for(part)}.", ""]
    needed = ["NumPy", *embedder.imports.packages]
    needs = " and ".join([", ".join(needed[:-1]), needed[-1]] if needed[1:] else needed)
    lines.append(f"Generated by srcgrad {__version__}; needs {needs} only. Do not edit.")
    lines.append(f"sha256:{digest}")
    wrapped = (textwrap.fill(line, _WIDTH, break_long_words=False) for line in lines)
    docstring = gast.Expr(gast.Constant("\n".join(wrapped) + "\n", None))
    public = tree.list_(tree.constant(name) for name in sorted(names))
    return [docstring, *embedder.imports.statements(), tree.assign("__all__", public)]


def _title(part: Part) -> str:
    """What the first line says: which function of which file, with respect to what."""
    derivative = part.derivative
    source = derivative._source
    file = part.file or PurePath(source.file).name
    where = "" if file.startswith("<") else f" in {PurePath(file).as_posix()}"
    name = getattr(source.function, "__qualname__", source.name)
    module = _module(source) or PurePath(file).stem
    wrt = ", ".join(derivative._names)
    aux = ", with an auxiliary value" if derivative.has_aux else ""
    return f"The {_FORMS[derivative.form]} of {module}:{name}{where} with respect to {wrt}{aux}."


def _made_for(part: Part) -> str:
    kinds = part.specialised.kinds
    return ", ".join(f"{name}: {_described(kind)}" for name, kind in kinds.items()) or "no arguments"


def _described(kind: Kind) -> str:
    """A kind in a few words."""
    if isinstance(kind, Scalar):
        return kind.type.__name__
    if isinstance(kind, Array):
        dtype = "" if kind.dtype is None else f" of {kind.dtype}"
        if kind.dims is None:
            return f"array{dtype}"
        sizes = ", ".join("?" if one is None else "1" if one else "n" for one in kind.dims)
        return f"array ({sizes}{',' * (len(kind.dims) == 1)}){dtype}"
    if isinstance(kind, Items):
        inner = kind.items if kind.items is not None else (kind.item,)
        return f"{kind.type.__name__} of ({', '.join(map(_described, inner))})"
    if isinstance(kind, Mapping):
        return f"dict of ({', '.join(f'{key!r}: {_described(k)}' for key, k in kind.items)})"
    if isinstance(kind, Known):
        value = kind.value
        plain = value is None or isinstance(value, str)
        return repr(value) if plain else str(getattr(value, "__name__", type(value).__name__))
    return "anything"


def _print(statements: Sequence[Any], definitions: Sequence[Definition]) -> str:
    """The module's text; long values are put in as they are laid out already."""
    raw: dict[str, str] = {}
    body = list(statements)
    for definition in definitions:
        node = definition.node
        if definition.raw is not None:
            name = tree.single_target(node)
            node = tree.assign(str(name), tree.constant("laid out below"))
            raw[f'{name} = "laid out below"'] = definition.raw.rstrip("\n")
        body.append(node)
    text = to_text(gast.Module(body, []))
    return "\n".join(raw.get(line, line) for line in text.split("\n")) if raw else text


# --- what it was made from


def _digest(parts: Sequence[Part], copied: Sequence[Source], values: str) -> str:
    """A hash of the version, the options, the functions that it was made from, and the values of globals.

    Functions count by their printed trees: comments and layout make no difference.
    """
    made = [__version__, values]
    for part in parts:
        derivative = part.derivative
        made += [_title(part), _made_for(part), repr(derivative._single)]
        made += [to_text(source.tree) for source in _sources(derivative._source)]
    made += [to_text(source.tree) for source in copied]
    return hashlib.sha256("\0".join(made).encode("utf-8", "surrogatepass")).hexdigest()


def _sources(first: Source) -> list[Source]:
    """A function and the user's functions that it reaches through names and attributes of modules."""
    home = frozenset([package(first)])
    found, seen, todo = [], set(), [first]
    while todo:
        source = todo.pop()
        found.append(source)
        for use in uses(tree.copy(source.tree)):
            value: Any = found_in(source.namespace, use.name)
            for attribute in use.path:
                if not isinstance(value, types.ModuleType):
                    break
                value = getattr(value, attribute, MISSING)
            if not isinstance(value, types.FunctionType) or id(value) in seen:
                continue
            seen.add(id(value))
            if not is_importable(value.__module__ or "", home) and not _is_ours(value):
                with contextlib.suppress(SyntaxError):  # nothing was made of what has no source
                    todo.append(read(value))
    return found


def _is_ours(function: types.FunctionType) -> bool:
    return (function.__module__ or "").partition(".")[0] == "srcgrad"


def _module(source: Source) -> str:
    """The name of the primal's module; empty for the main program."""
    name = str(getattr(source.function, "__module__", None) or "")
    return "" if name == "__main__" else name


def package(source: Source) -> str:
    """The top-level package of a primal."""
    return _module(source).partition(".")[0]
