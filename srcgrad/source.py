"""Functions to trees: ``read`` finds the source of a callable and the names that it sees."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from srcgrad import source_derivatives as derivatives
from srcgrad import source_files as files
from srcgrad import source_primitives as primitives
from srcgrad import tree as trees
from srcgrad.deep import deep_recursion
from srcgrad.errors import DifferentiationError, SourceNotFoundError, refuse, refuse_call
from srcgrad.names import Namer
from srcgrad.procedures import procedure_of
from srcgrad.scoping import set_apart
from srcgrad.source_files import label
from srcgrad.supers import supers


class Namespace(Mapping[str, object]):
    """The names that a function sees now: bound values, closure cells, globals, builtins."""

    __slots__ = ("_bound", "_builtins", "_cells", "_home")

    def __init__(
        self,
        home: Mapping[str, object],
        cells: Mapping[str, types.CellType],
        bound: Mapping[str, object],
    ) -> None:
        self._bound = bound
        self._cells = cells
        self._home = home
        found = home.get("__builtins__", builtins)
        self._builtins: Mapping[str, object] = found if isinstance(found, dict) else vars(found)

    def __getitem__(self, key: str) -> object:
        if key in self._bound:
            return self._bound[key]
        if key in self._cells:
            try:
                return self._cells[key].cell_contents
            except ValueError:  # not assigned yet: no global stands in for it
                raise KeyError(key) from None
        if key in self._home:
            return self._home[key]
        return self._builtins[key]

    def __iter__(self) -> Iterator[str]:
        layers = (self._bound, self._cells, self._home, self._builtins)
        names = dict.fromkeys(name for layer in layers for name in layer)
        return (name for name in names if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, eq=False)
class Source:
    """The tree of a function, placed as in its file, and what its names stand for.

    ``function`` is what the tree was read from: the function inside a partial or a bound method,
    whose values are in ``bound``, while their parameters are not in the tree; ``home`` is its
    globals.  ``wraps`` says that the tree is that of a function made to call a primitive, and ``variadic``
    that this takes any number of operands.  ``of`` names what is differentiated: ``"return"``, and parameters that the
    function writes its results into; if it is empty, what is returned.  ``captured`` are the variables of an enclosing
    function that are parameters here, as the function is differentiated by them.
    """

    name: str
    tree: Any
    file: str
    lines: tuple[str, ...]
    namespace: Mapping[str, object]
    bound: Mapping[str, object]
    function: Callable[..., Any]
    home: dict[str, Any]
    cells: Mapping[str, types.CellType]
    wraps: bool = False
    variadic: bool = False
    of: tuple[str, ...] = ()
    captured: Mapping[str, types.CellType] = field(default_factory=dict)

    def variable(self, name: str) -> tuple[int, str]:
        """The identity of the variable that a free name stands for: its namespace, and its name there."""
        return (id(self.cells[name]), "") if name in self.cells else (id(self.home), name)


def read(
    function: Callable[..., Any],
    known: Callable[[object], bool] = lambda function: False,
    covered: Callable[[Any], inspect.Signature | None] = lambda function: None,
    count: int = 0,
    names: Collection[str] = (),
) -> Source:
    """Find the source of a callable.

    NumPy's functions, ufuncs, Python's own, and what ``known`` says is one, are primitives: they
    get a function that calls them.  It has the parameters that are required, and of those that are ``covered``
    by a rule, as many as ``count`` positional arguments and the keywords ``names`` need.  Methods of arrays get
    one if a rule covers them.
    Raises SourceNotFoundError where there is no source, or none that fits what runs.

    >>> import math
    >>> source = read(functools.partial(math.pow, 2.0))
    >>> source.lines[0].rstrip(), [p.id for p in source.tree.args.args], dict(source.bound)
    ('def pow(x, y):', ['y'], {'x': 2.0})
    """
    if (made := procedure_of(function)) is not None:
        return replace(read(made.function), of=made.of)
    positional: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    target: Any = function
    while not (known(target) or primitives.is_primitive(target)):
        called = type(target).__call__ if callable(target) else None
        if isinstance(target, functools.partial):
            positional = target.args + positional
            keywords = {**target.keywords, **keywords}
            target = target.func
        elif isinstance(target, types.MethodType) or hasattr(getattr(target, "__func__", None), "plain_for"):
            positional = (target.__self__, *positional)
            target = target.__func__
        elif isinstance(target, staticmethod):
            target = target.__func__
        elif isinstance(target, functools._lru_cache_wrapper):
            target = target.__wrapped__
        elif hasattr(target, "plain_for") and not isinstance(target, type):
            target = derivatives.caller(target)
        elif _code(target) is not None:
            return _bind(from_file(target), positional, keywords)
        elif not isinstance(target, type) and _code(called) is not None:
            positional = (target, *positional)
            target = called
        elif primitives.is_array_method(target) and covered(target) is not None:
            positional = (target.__self__, *positional)
            break
        else:
            raise _no_source(target)
    signature, given = covered(target), len(positional)
    if signature is not None:
        signature = primitives.needed(signature, given + count, {*names, *keywords})
    if primitives.is_array_method(target) and signature is not None:
        tree, file, lines, home = primitives.wrap_method(target, signature)
    else:
        tree, file, lines, home = primitives.wrap(target, given, keywords, signature)
    variadic = primitives.is_variadic(covered(target))
    namespace = Namespace(home, {}, {})
    source = Source(tree.name, tree, file, lines, namespace, {}, target, home, {}, wraps=True, variadic=variadic)
    return _bind(source, positional, keywords)


# What the ``reduce`` of a ufunc is called by itself.
_REDUCTIONS = {np.add: "np.sum", np.multiply: "np.prod", np.maximum: "np.max", np.minimum: "np.min"}


def _code(function: object) -> types.CodeType | None:
    code = getattr(function, "__code__", None)
    return code if isinstance(code, types.CodeType) else None


def _no_source(function: Any) -> SourceNotFoundError:
    name = label(function)
    if isinstance(function, type):
        return SourceNotFoundError(
            f"{name} is a class; only functions can be differentiated",
            hint="differentiate a function that makes and uses the object",
        )
    if not callable(function):
        return SourceNotFoundError(f"an object of type {name} is not callable")
    if hasattr(function, "__wrapped__"):
        hint = f"differentiate the function inside it: {name}.__wrapped__"
    elif isinstance(owner := getattr(function, "__self__", None), np.ufunc) and owner in _REDUCTIONS:
        hint = f"differentiate the function that says the same: lambda x: {_REDUCTIONS[owner]}(x)"
    elif isinstance(owner, np.ndarray) and hasattr(np, function.__name__):
        hint = f"differentiate a function that calls it, or NumPy's own: lambda x: np.{function.__name__}(x)"
    elif isinstance(function, types.BuiltinMethodType) and owner is not None:
        hint = "differentiate a Python function of numbers or arrays"
    else:
        hint = "give a rule for it (see srcgrad.rules), or differentiate a Python function"
    return SourceNotFoundError(f"{name} has no Python source", hint=hint)


MADE_FROM = "__srcgrad_source__"  # where functions that are made of parts of others have their source


@deep_recursion()
def from_file(function: Any, is_called: bool = True) -> Source:
    """The source of a Python function, of a generator too if it is not to be called."""
    if (made := getattr(function, MADE_FROM, None)) is not None and made.function is function:
        return made  # type: ignore[no-any-return]
    code = function.__code__
    home = getattr(function, "__globals__", {})
    file = files.file_of(function, code, home)
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    source = Source(
        name=code.co_name,
        tree=None,
        file=code.co_filename,
        lines=file.lines,
        namespace=Namespace(home, cells, {}),
        bound={},
        function=function,
        home=home,
        cells=cells,
    )
    try:
        with files.lock:
            site = files.find(function, code, file, home)
            if is_called:
                _refuse_suspended(site.node, source)
            tree = files.to_tree(site)
            set_apart(tree)
    except RecursionError:
        reason = f"{label(function)} or its file nests expressions too deeply"
        place = ast.Pass(lineno=code.co_firstlineno, col_offset=0)
        raise refuse(place, source, reason, "split the longest expression") from None
    return replace(source, name=tree.name, tree=tree)


def _refuse_suspended(node: Any, source: Source) -> None:
    """Raise for a function that does not run when it is called."""
    for flag, what in (
        (inspect.CO_GENERATOR, "a generator"),
        (inspect.CO_COROUTINE, "an async function"),
        (inspect.CO_ASYNC_GENERATOR, "an async generator"),
    ):
        if source.function.__code__.co_flags & flag:
            name = label(source.function)
            reason = f"{name} is {what}; only plain functions can be differentiated"
            hint = "write a function that returns the result, without yield, async and await"
            raise refuse(node, source, reason, hint, SourceNotFoundError)


def _bind(source: Source, positional: tuple[Any, ...], keywords: dict[str, Any]) -> Source:
    """Take bound arguments out of the signature, as ``functools.partial`` and methods do."""
    if not (positional or keywords):
        return source
    source = replace(source, tree=supers(source.tree, source.namespace))  # before the object is no parameter any more
    args, name = source.tree.args, source.name
    in_order = [(p, True) for p in args.posonlyargs] + [(p, False) for p in args.args]
    others = _given_to_stars(source.tree, positional[len(in_order) :], keywords)
    positional = positional[: len(in_order)] if args.vararg else positional
    keywords = {name: value for name, value in keywords.items() if name not in others}
    if len(positional) > len(in_order):
        raise _cannot_bind(name, f"{len(positional)} positional arguments are bound")
    padding = [None] * (len(in_order) - len(args.defaults))
    slots = list(zip(in_order, [*padding, *args.defaults], strict=True))
    bound = {p.id: v for ((p, _), _), v in zip(slots, positional, strict=False)}
    by_name = {p.id for p in [*args.args, *args.kwonlyargs]}
    for key in keywords:
        if key in bound or key not in by_name:
            raise _cannot_bind(name, f"{key!r} is bound")
    bound.update(keywords)
    free = slots[len(positional) :]
    cut = next((i for i, ((p, _), _) in enumerate(free) if p.id in keywords), len(free))
    if cut < len(free) and args.vararg:  # nothing can reach it past a name that is bound
        bound[args.vararg.id] = ()
        args.vararg = None
    named = [(p, default) for (p, _), default in free[cut:]]
    named += zip(args.kwonlyargs, args.kw_defaults, strict=True)
    named = [(p, default) for p, default in named if p.id not in keywords]
    args.posonlyargs = [p for (p, only), _ in free[:cut] if only]
    args.args = [p for (p, only), _ in free[:cut] if not only]
    args.defaults = [default for _, default in free[:cut] if default is not None]
    args.kwonlyargs = [p for p, _ in named]
    args.kw_defaults = [default for _, default in named]
    bound = _assigned(source.tree, bound) | _with_stars(source.tree, others)
    namespace = Namespace(source.home, source.cells, bound)
    return replace(source, namespace=namespace, bound=bound)


def _given_to_stars(function: Any, rest: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str | int, Any]:
    """What ``*args`` and ``**kwargs`` get of bound values, by its place and by its name."""
    args = function.args
    own = {p.id for p in [*args.posonlyargs, *args.args, *args.kwonlyargs]}
    found: dict[str | int, Any] = dict(enumerate(rest)) if args.vararg else {}
    found.update({key: value for key, value in keywords.items() if args.kwarg and key not in own})
    return found


def starting_with(body: list[Any], star: str, given: list[Any]) -> list[Any]:
    """A body that starts with a tuple of what ``*star`` is given before the rest."""
    whole = trees.tuple_([*given, gast.Starred(trees.name(star), gast.Load())])
    return [trees.assign(star, whole, body[0]), *body]


def _with_stars(function: Any, others: dict[str | int, Any]) -> dict[str, Any]:
    """The same by new names; the function starts with a tuple, or a dict, that has them first."""
    args, first, namer = function.args, function.body[0], Namer(trees.identifiers(function))
    names: dict[str | int, str] = {}
    for key in others:
        star = args.vararg if isinstance(key, int) else args.kwarg
        names[key] = namer.fresh(f"{star.id}_{key + 1 if isinstance(key, int) else key}_bound")
    many = [trees.name(new) for key, new in names.items() if isinstance(key, int)]
    named = {key: trees.name(new) for key, new in names.items() if isinstance(key, str)}
    if many:
        function.body = starting_with(function.body, args.vararg.id, many)
    if named:
        given = gast.Dict([*map(trees.constant, named), None], [*named.values(), trees.name(args.kwarg.id)])
        function.body[:0] = [trees.assign(args.kwarg.id, given, first)]
    return {new: others[key] for key, new in names.items()}


def _assigned(function: Any, bound: dict[str, Any]) -> dict[str, Any]:
    """The bound values by the names that stand for them: a parameter that the function assigns starts from another."""
    namer = Namer(trees.identifiers(function) | bound.keys())
    changed = {name: namer.fresh(f"{name}_bound") for name in bound if name in trees.writes(function.body)}
    first = function.body[0]
    function.body[:0] = [trees.assign(name, trees.name(new), first) for name, new in changed.items()]
    return {changed.get(name, name): value for name, value in bound.items()}


def _cannot_bind(name: str, what: str) -> DifferentiationError:
    hint = f"write a function that calls {name} with these arguments"
    return refuse_call(f"{what}, but {name} has no parameter of its own for it", hint)
