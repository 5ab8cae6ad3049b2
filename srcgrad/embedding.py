"""Collects what a saved module holds beside the derivative: imports, values, and copies of functions."""

from __future__ import annotations

import builtins
import functools
import inspect
import keyword
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import gast
import numpy as np

from srcgrad import helpers, tree
from srcgrad.errors import SourceNotFoundError, refuse, refuse_call
from srcgrad.free_names import Use, inner_names, outer_names, uses
from srcgrad.imports import Imports, builtin_name, is_importable, public_place
from srcgrad.literals import Literal, UnwritableError, raw_statement
from srcgrad.run_time_calls import CALLING
from srcgrad.source import Source, read

_HELPERS = frozenset(module.__name__ for module in helpers.MODULES)
_HINT = "pass it as an argument"
_PLAIN = (type(None), bool, int, float, complex, str, bytes)
_LONGEST = 90  # characters of a helper's description
MISSING = object()
Lookup = Callable[[str], object]


@dataclass
class Definition:
    """A statement of the saved module (as text where it is laid out already) and what it needs defined."""

    node: Any
    raw: str | None = None
    needs: set[str] = field(default_factory=set)
    is_helper: bool = False


class Embedder:
    """Gives every object that embedded functions read a name in the saved module.

    ``home`` are the top-level packages of the primals, which are never imported.  Raises
    DifferentiationError for what cannot be written down.
    """

    def __init__(self, source: Source, home: frozenset[str]) -> None:
        self.source = source
        self.imports = Imports()
        self.definitions: dict[str, Definition] = {}
        self.copied: list[Source] = []
        self._home = home
        self._names: set[str] = set()
        self._known: dict[Any, str] = {}
        self._alive: list[Any] = []  # an id is that of one object only while it lives
        self._pending: list[Callable[[], None]] = []
        self._path = ""  # what is looked at, for errors

    # --- what is asked for

    def embed(self, function: Any, lookup: Lookup, renamed: Mapping[str, str]) -> None:
        """Make a tree's free names those of the saved module, and define what they stand for."""
        self._bind(function, lookup, renamed)
        while self._pending:
            self._pending.pop(0)()

    def ordered(self) -> list[Definition]:
        """The definitions, each after those that it needs; values come before functions."""
        levels: dict[str, int] = {}

        def level(name: str) -> int:
            if name not in levels:
                found = self.definitions[name]
                first = 0 if isinstance(found.node, gast.Assign) else 1
                inner = [level(n) + 1 for n in sorted(found.needs) if n in self.definitions]
                levels[name] = max([first, *inner])
            return levels[name]

        def place(name: str) -> tuple[int, bool]:
            return level(name), self.definitions[name].is_helper

        return [self.definitions[name] for name in sorted(self.definitions, key=place)]

    def allocate(self, wish: str, avoid: set[str] | None = None) -> str:
        """A new name of the module; never that of a builtin, which copied functions may read.

        Names such as ``__all__`` and ``__name__`` are those of the module itself.
        """
        stem = wish if wish.isidentifier() else "value"
        if stem.startswith("__") and stem.endswith("__"):
            stem = stem.strip("_") or "value"
        name, count = stem, 2
        taken = self._names | (avoid or set())
        while name in taken or name in vars(builtins) or keyword.iskeyword(name):
            name, count = f"{stem}_{count}", count + 1
        self._names.add(name)
        return name

    # --- names in functions

    def _bind(self, root: Any, lookup: Lookup, renamed: Mapping[str, str]) -> set[str]:
        """Rename the free names below a node; return those that are read as soon as it is defined."""
        needs: set[str] = set()
        own = inner_names(root)
        for use in uses(root):
            if not use.name:
                self._check_import(use)
                continue
            depth = 0
            if use.name in renamed:
                name = renamed[use.name]
            elif (value := lookup(use.name)) is MISSING:
                continue
            else:
                self._path = use.name
                name, depth = self._resolve(use, value)
            if (name, depth) != (use.name, 0):
                use.replace(self._alias(name, own) if name in own else name, depth)
            if not use.deferred:
                needs.add(name)
        return needs

    def _resolve(self, use: Use, value: Any) -> tuple[str, int]:
        """The name of what is used, and how many attributes it stands for."""
        depth = 0
        while isinstance(value, types.ModuleType) and not is_importable(value, self._home):
            if depth == len(use.path):
                self._refuse("is a module of yours; a saved module holds only single values of it")
            attribute = use.path[depth]
            depth, self._path = depth + 1, f"{self._path}.{attribute}"
            value = getattr(value, attribute, MISSING)
            if value is MISSING:
                self._refuse("does not exist", None)
            if use.is_changed(depth):
                self._refuse("is changed by the function", "return the new value instead")
        if depth:
            by_itself = callable(value) or isinstance(value, types.ModuleType)
            wish = use.path[depth - 1] if by_itself else self._path.replace(".", "_")
            return self.name_of(value, wish), depth
        if isinstance(value, types.ModuleType) and value is not np:
            return self._submodule(use, value)
        return self.name_of(value, use.name), 0

    def _submodule(self, use: Use, module: Any) -> tuple[str, int]:
        """As ``_resolve`` for a module whose attributes may be modules that need an import of their own."""
        inner, depth = module, 0
        while depth < len(use.path) and isinstance(value := getattr(inner, use.path[depth], None), types.ModuleType):
            inner, depth = value, depth + 1
        dotted = ".".join((use.name, *use.path[:depth]))
        if depth and inner.__name__ != dotted:
            return self.name_of(inner, use.path[depth - 1]), depth
        name = self.name_of(module, use.name)
        if depth and name == use.name:
            self.imports.add_module(dotted, None)
        return name, 0

    def _alias(self, name: str, avoid: set[str]) -> str:
        """Another name for what a function would take for a variable of its own."""
        alias = self.allocate(name, avoid)
        self.definitions[alias] = Definition(tree.assign(alias, tree.name(name)), None, {name})
        return alias

    def _check_import(self, use: Use) -> None:
        for module in use.path:
            if module.startswith(".") or not is_importable(module, self._home):
                self._path = module
                self._refuse("is a module of yours, imported inside a function", "import it at the top")

    # --- objects

    def name_of(self, value: Any, wish: str) -> str:
        """The name of an object in the saved module, which gets a definition or an import of it."""
        plain = type(value) in _PLAIN
        if not plain and (builtin := builtin_name(value)) is not None:
            return builtin  # no definition ever takes it
        key = (wish, type(value), repr(value)) if plain else id(value)
        if key not in self._known:
            self._alive.append(value)
            self._define(value, wish, key)
        return self._known[key]

    def _define(self, value: Any, wish: str, key: Any) -> None:
        module = getattr(value, "__module__", None)
        if isinstance(value, types.ModuleType):
            self._known[key] = name = self.allocate(wish)
            self.imports.add_module(value.__name__, name)
        elif isinstance(module, str) and module in _HELPERS and callable(value):
            self._known[key] = self._helper(sys.modules[module], value.__name__)
        elif (place := public_place(value, self._home)) is not None:
            self._known[key] = name = self.allocate(wish)
            self.imports.add_name(*place, name)
        elif isinstance(value, types.FunctionType):
            self._copy(value, wish, key)
        else:
            self._write(value, wish, key)

    def _write(self, value: Any, wish: str, key: Any) -> None:
        """Write a value as a literal."""
        needs: set[str] = set()

        def refer(inner: Any, name: str) -> str:
            if inner is value or not (callable(inner) or isinstance(inner, types.ModuleType)):
                raise UnwritableError(f"has an object of the class {type(inner).__qualname__}")
            found = self.name_of(inner, getattr(inner, "__name__", name) if inner is not np else name)
            needs.add(found)
            return found

        try:
            text = Literal(refer).text(value)
        except UnwritableError as error:
            self._refuse(str(error))
        self._known[key] = name = self.allocate(wish)
        assignment = tree.assign(name, gast.parse(text, mode="eval").body)
        self.definitions[name] = Definition(assignment, raw_statement(name, text), needs)

    def _copy(self, function: types.FunctionType, wish: str, key: Any) -> None:
        """Copy a function of the user's: it is called where nothing is differentiated."""
        path = self._path
        if function.__module__ == CALLING:
            hint = "call functions by their names"
            self._refuse("makes a derivative at run time, where srcgrad need not be", hint)
        if str(function.__module__ or "").partition(".")[0] == "srcgrad":
            self._refuse(f"is srcgrad's {function.__qualname__}, which a saved module cannot hold")
        if "__class__" in function.__code__.co_freevars:
            self._refuse("is a method that uses super()", "write it as a function")
        try:
            source = read(function)
        except SourceNotFoundError as error:
            self._refuse(f"cannot be copied: {error.reason}")
        copy = tree.copy(source.tree)
        without_annotations(copy)
        if changed := sorted(outer_names(copy)):
            self._refuse(f"changes {changed[0]!r}, which is not its own", "return the value instead")
        self._known[key] = copy.name = self.allocate(wish)
        self.copied.append(source)
        definition = self.definitions[copy.name] = Definition(copy)
        arguments, count = copy.args, len(copy.args.defaults)
        values = (function.__defaults__ or ())[-count:] if count else ()
        keyword_values = function.__kwdefaults__ or {}
        positional = [self._default(value, definition) for value in values]
        named = [
            self._default(keyword_values[p.id], definition) if p.id in keyword_values else None
            for p in arguments.kwonlyargs
        ]

        def bind() -> None:
            self._path = path
            arguments.defaults, arguments.kw_defaults = [], []  # they are bound already
            self._bind(copy, lambda name: found_in(source.namespace, name), {})
            arguments.defaults, arguments.kw_defaults = positional, named

        self._pending.append(bind)

    def _default(self, value: Any, definition: Definition) -> Any:
        """The value that a parameter's default has now."""
        if type(value) in (type(None), bool, int, str):
            return tree.constant(value)
        name = self.name_of(value, "default")
        definition.needs.add(name)
        return tree.name(name)

    def _helper(self, module: types.ModuleType, name: str) -> str:
        """Copy a definition of one of srcgrad's run-time modules, with those that it uses."""
        key = (module.__name__, name)
        if key in self._known:
            return self._known[key]
        own = _statements(module)
        copy = tree.copy(own[name])
        without_annotations(copy)
        _shorten_docstring(copy)
        self._known[key] = final = self.allocate(name)
        if isinstance(copy, (gast.FunctionDef, gast.ClassDef)):
            copy.name = final
        else:
            copy = tree.assign(final, copy.value)
        definition = self.definitions[final] = Definition(copy, is_helper=True)

        def bind() -> None:
            free = {use.name for use in uses(copy)} & set(own)
            renamed = {n: self._helper(module, n) for n in sorted(free)}
            definition.needs |= self._bind(copy, lambda n: found_in(vars(module), n), renamed)

        self._pending.append(bind)
        return final

    def _refuse(self, reason: str, hint: str | None = _HINT) -> NoReturn:
        """Raise the error about the global that is being looked at, where the primal names it."""
        root = self._path.partition(".")[0]
        message = f"a saved module cannot hold the global '{self._path}': it {reason}"
        for node in tree.walk(self.source.tree):
            if isinstance(node, gast.Name) and node.id == root:
                raise refuse(node, self.source, message, hint)
        raise refuse_call(message, hint)


def found_in(namespace: Mapping[str, object], name: str) -> object:
    """What a name stands for, or MISSING; builtins are left to Python."""
    value = namespace.get(name, MISSING)
    return MISSING if vars(builtins).get(name, MISSING) is value else value


def without_annotations(root: Any) -> None:
    """Take annotations out of a tree in place: the names in them need not exist in a saved module."""
    for node in [*tree.walk(root)]:
        if isinstance(node, gast.Name):
            node.annotation = None
        elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef)):
            node.returns, node.type_params = None, []
        elif isinstance(node, gast.AnnAssign):  # in a class it makes a field
            node.annotation = tree.name("object")
        if isinstance(node, gast.ClassDef):
            continue
        for block in tree.blocks(node):
            block[:] = [_plain_assignment(item) for item in block]


def _plain_assignment(node: Any) -> Any:
    if isinstance(node, gast.AnnAssign) and node.value is not None:
        return tree.assign(node.target, node.value, node)
    return node


def _shorten_docstring(node: Any) -> None:
    """Keep the first line of a docstring."""
    first = node.body[0] if isinstance(node, (gast.FunctionDef, gast.ClassDef)) else None
    if isinstance(first, gast.Expr) and isinstance(getattr(first.value, "value", None), str):
        line = first.value.value.strip().split("\n")[0]
        line = line if len(line) <= _LONGEST else line.partition(";")[0].partition(": ")[0].rstrip(".") + "."
        node.body[0] = gast.Expr(gast.Constant(line, None))


@functools.cache
def _statements(module: types.ModuleType) -> dict[str, Any]:
    """The definitions at the top of one of srcgrad's own modules, by name."""
    found: dict[str, Any] = {}
    for node in gast.parse(inspect.getsource(module)).body:
        if isinstance(node, (gast.FunctionDef, gast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, (gast.Assign, gast.AnnAssign)):
            targets = node.targets if isinstance(node, gast.Assign) else [node.target]
            found.update({t.id: node for t in targets if isinstance(t, gast.Name)})
    return found
