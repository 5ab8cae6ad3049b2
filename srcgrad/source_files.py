"""Where a function is in its file: found by what it compiles to, never by its name alone."""

from __future__ import annotations
import __future__

import ast
import contextlib
import functools
import inspect
import linecache
import operator
import sys
import threading
import types
import warnings
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import gast

from srcgrad.errors import SourceNotFoundError

_LAMBDA = "<lambda>"
_WHERE = "put it in a file, a notebook cell or a doctest (the prompt of IPython works, too)"
_TIMED = "define it in a cell without %%time: IPython keeps no source of a timed cell"
_COMPILED = "it is compiled code: differentiate a Python function of numbers or arrays"
_RELOAD = "reload the module (or restart) so that what runs is what is written"
_FUTURE = (
    functools.reduce(
        operator.or_,
        (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names),
    )
    & ~inspect.CO_NESTED
)
_KEPT_FILES = 64
# Held while trees are read: finding a lambda moves it for a moment.
lock = threading.RLock()


class Site(NamedTuple):
    """A function or lambda in a file."""

    node: Any
    owner: str  # the class whose private names it sees, or ""
    assigned: str  # the name that a lambda is assigned to, or ""

    @property
    def line(self) -> int:
        """The line that a code object names as its first."""
        decorators = getattr(self.node, "decorator_list", None)
        return int(decorators[0].lineno if decorators else self.node.lineno)


@dataclass(frozen=True, eq=False)
class File:
    """A parsed file: its functions by name, and what they compile to by the futures in force.

    It is compiled as a whole: the compiler looks at the names of the module in each function.
    """

    lines: tuple[str, ...]
    sites: dict[str, list[Site]]
    module: ast.Module
    codes: dict[int, dict[str, list[types.CodeType]]] = field(default_factory=dict)


_files: dict[str, File] = {}
# Where functions were found: the defaults of one may have been exchanged since, and it is the same function.
_found: weakref.WeakKeyDictionary[Any, tuple[types.CodeType, weakref.ref[File], Site]] = weakref.WeakKeyDictionary()


def file_of(function: Any, code: types.CodeType, home: Mapping[str, object]) -> File:
    """The parsed file of a function; parsed again only when its lines have changed."""
    name = code.co_filename
    linecache.checkcache(name)
    lines = tuple(linecache.getlines(name, dict(home) if name not in linecache.cache else None))
    if not lines:
        reason = f"no source for {label(function)}: it is not from a file, but from {name}"
        hint = _TIMED if name == "<timed exec>" else _COMPILED if name.endswith((".pyx", ".pyi", ".c")) else _WHERE
        raise SourceNotFoundError(reason, hint=hint)
    with lock:
        file = _files.get(name)
        if file is not None and file.lines == lines:
            return file
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the user has seen them already
                module = ast.parse("".join(lines), name)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = f"the source of {label(function)} cannot be read: {error}"
            raise SourceNotFoundError(reason, hint=_RELOAD) from None
        _files.pop(name, None)
        while len(_files) >= _KEPT_FILES:
            del _files[next(iter(_files))]
        _files[name] = file = File(lines, _sites(module), module)
        return file


def _sites(module: ast.Module) -> dict[str, list[Site]]:
    """The functions and lambdas of a file by the names of their code objects, in source order."""
    found: dict[str, list[Site]] = {}
    stack: list[tuple[ast.AST, str, str]] = [(module, "", "")]
    while stack:
        node, owner, assigned = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            key = getattr(node, "name", _LAMBDA)
            found.setdefault(key, []).append(Site(node, owner, assigned))
        inner = node.name if isinstance(node, ast.ClassDef) else owner
        name = _target(node)
        children = [
            (child, inner, name if child is getattr(node, "value", None) else "")
            for child in ast.iter_child_nodes(node)
        ]
        stack.extend(reversed(children))
    return found


def label(function: Any) -> str:
    """What an error calls a function."""
    return str(getattr(function, "__qualname__", None) or type(function).__qualname__)


def _target(node: ast.AST) -> str:
    """The name that an assignment binds, or an empty string."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        left: ast.expr = node.targets[0]
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        left = node.target
    else:
        return ""
    return left.id if isinstance(left, ast.Name) else ""


def find(function: Any, code: types.CodeType, file: File, home: Mapping[str, object]) -> Site:
    """The place in the file that compiles to what runs."""
    if not isinstance(function, types.FunctionType):
        return _search(function, code, file, home)
    known = _found.get(function)
    if known is not None and known[0] is code and known[1]() is file:
        return known[2]
    site = _search(function, code, file, home)
    _found[function] = code, weakref.ref(file), site
    return site


def _search(function: Any, code: types.CodeType, file: File, home: Mapping[str, object]) -> Site:
    shape = _shape(code)
    sites = file.sites.get(code.co_name, [])
    here = [site for site in sites if site.line == code.co_firstlineno]
    fits = [site for site in here if _fits(site, code, shape, file, home)]
    if code.co_name == _LAMBDA and len(fits) > 1:
        fits = _choose(fits, code, shape, file)
    elif code.co_name != _LAMBDA and not fits:  # lines were added above it, and it is the same
        moved = [site for site in sites if _fits(site, code, shape, file, {})]
        fits = moved if len(moved) == 1 else []
    fits = [site for site in fits if _same_defaults(site.node.args, function)]
    if len({ast.dump(site.node) for site in fits}) > 1:
        reason = f"several lambdas in line {code.co_firstlineno} of {code.co_filename} may be this one"
        raise SourceNotFoundError(reason, hint="write them in lines of their own, or use def")
    if not fits and code.co_filename == "<string>":  # where 3.13 keeps the text of `python -c`, and exec nothing
        raise SourceNotFoundError(f"no source for {label(function)}: it is not from a file", hint=_WHERE)
    if not fits:
        reason = (
            f"the source of {label(function)} (line {code.co_firstlineno} of {code.co_filename}) "
            "is not what runs: it was edited since it was loaded, or what runs was made from it"
        )
        raise SourceNotFoundError(reason, hint=_RELOAD)
    return fits[0]


def _compile(file: File, like: types.CodeType) -> dict[str, list[types.CodeType]]:
    """All code objects of a file by name, compiled with the futures of one of them."""
    todo: list[types.CodeType] = []
    for flags in (0, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):  # as IPython needs for some cells
        with warnings.catch_warnings(), contextlib.suppress(SyntaxError, ValueError):
            warnings.simplefilter("ignore")
            flags |= like.co_flags & _FUTURE
            modules = [file.module]
            if "ipython" in like.co_filename or "ipykernel" in like.co_filename:
                # a cell's statements are compiled one by one, which calls imported names' methods in another way
                modules += [ast.Module([statement], []) for statement in file.module.body]
            todo = [compile(m, like.co_filename, "exec", flags=flags, dont_inherit=True) for m in modules]
            break
    found: dict[str, list[types.CodeType]] = {}
    while todo:
        code = todo.pop()
        found.setdefault(code.co_name, []).append(code)
        todo.extend(item for item in code.co_consts if isinstance(item, types.CodeType))
    return found


def _fits(site: Site, code: types.CodeType, shape: object, file: File, home: Mapping[str, object]) -> bool:
    """Whether a place compiles to the code of a function."""
    flags = code.co_flags & _FUTURE
    if flags not in file.codes:
        file.codes[flags] = _compile(file, code)
    for made in file.codes[flags].get(code.co_name, []):
        if made.co_firstlineno == site.line:
            if _shape(made) == shape and _qualname(made) == _qualname(code):
                return True
            rewritten = "@pytest_ar" in home and _asserts(site.node)  # by pytest
            if rewritten and _mentions(made) <= _mentions(code):
                return True
    return False


def _qualname(code: types.CodeType) -> object:
    return getattr(code, "co_qualname", None)  # from 3.11


def _asserts(node: Any) -> bool:
    return any(isinstance(inner, ast.Assert) for inner in ast.walk(node))


def _mentions(code: types.CodeType) -> set[object]:
    """What a function with other asserts still has in common."""
    names = (*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars)
    return {*names, (code.co_argcount, code.co_kwonlyargcount)}


def _shape(code: types.CodeType) -> object:
    """What a code object does, whatever lines it is in."""
    return (
        code.co_name,
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount),
        code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS),
        getattr(code, "co_exceptiontable", b""),  # from 3.11
        _constant(code.co_consts),
    )


def _constant(value: object) -> object:
    """A constant as a key that tells 1 from 1.0 and True, and 0.0 from -0.0."""
    if isinstance(value, types.CodeType):
        return _shape(value)
    if isinstance(value, tuple):
        return tuple(_constant(item) for item in value)
    if isinstance(value, frozenset):
        return frozenset(_constant(item) for item in value)
    return type(value), repr(value)


def _same_defaults(args: ast.arguments, function: Any) -> bool:
    """Whether the literal defaults are those of the function: its code does not hold them."""
    live = getattr(function, "__defaults__", None) or ()
    named = getattr(function, "__kwdefaults__", None) or {}
    pairs = list(zip(args.defaults, live, strict=False))
    keyword = [(a.arg, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d]
    pairs += [(node, named.get(name)) for name, node in keyword]
    if (len(args.defaults), len(keyword)) != (len(live), len(named)):
        return False
    for node, value in pairs:
        try:
            written = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(written, (list, dict, set)):
            continue  # it may have been changed since
        if _constant(written) != _constant(value):
            return False
    return True


def _choose(sites: list[Site], code: types.CodeType, shape: object, file: File) -> list[Site]:
    """Which of the lambdas that begin in one line a code object belongs to."""
    spans = _spans(code)
    made = file.codes[code.co_flags & _FUTURE][_LAMBDA]
    if spans and any(_spans(c) == spans and _shape(c) == shape for c in made):
        inside = [s for s in sites if all(_contains(s.node.body, span) for span in spans)]
        if inside:
            return _innermost(inside)
    fits = []
    for site in sites:  # one after the other is moved to lines of its own and looked for there
        shift = len(file.lines)
        _move(site.node, shift)  # with its body: what is compiled depends on where lines change
        try:
            made = _compile(file, code)[_LAMBDA]
        finally:
            _move(site.node, -shift)
        if any(c.co_firstlineno == site.line + shift and _shape(c) == shape for c in made):
            fits.append(site)
    return _innermost(fits)  # what moves a lambda moves those inside it


def _innermost(sites: list[Site]) -> list[Site]:
    """The places that have no other of these inside."""
    return [s for s in sites if not any(o is not s and _encloses(s.node, o.node) for o in sites)]


def _encloses(node: ast.AST, other: ast.AST) -> bool:
    return any(inner is other for inner in ast.walk(node))


def _move(node: ast.AST, lines: int) -> None:
    """Add to the line numbers below a node."""
    for inner in ast.walk(node):
        if isinstance(inner, (ast.expr, ast.arg, ast.keyword)):
            inner.lineno += lines
            inner.end_lineno = (inner.end_lineno or 0) + lines


def _spans(code: types.CodeType) -> list[tuple[int, int, int, int]]:
    """Where the instructions of a function are in its file (3.11 and later)."""
    if sys.version_info < (3, 11):
        return []
    return [
        (line, column, end_line, end_column)
        for line, end_line, column, end_column in code.co_positions()
        if line and end_line and column is not None and end_column and (column, line) != (end_column, end_line)
    ]


def _contains(node: Any, span: tuple[int, int, int, int]) -> bool:
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    return start <= span[:2] and span[2:] <= end


def to_tree(site: Site) -> Any:
    """The tree of a function, without decorators, as gast has it."""
    node = site.node
    if isinstance(node, ast.Lambda):
        body = ast.copy_location(ast.Return(node.body), node.body)
        extra: dict[str, Any] = {"type_params": []} if sys.version_info >= (3, 12) else {}
        made = ast.FunctionDef(site.assigned or "function", node.args, [body], [], None, None, **extra)
        node = ast.copy_location(made, node)
    tree = gast.ast_to_gast(node)
    tree.decorator_list = []
    owner = site.owner.lstrip("_")
    if owner:
        for inner in gast.walk(tree):
            for name in ("id", "attr", "arg"):
                value = getattr(inner, name, None)
                if isinstance(value, str) and value[:2] == "__" and value[-2:] != "__":
                    setattr(inner, name, f"_{owner}{value}")  # as Python does in a class
    return tree
