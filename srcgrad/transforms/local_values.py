"""Functions as values of a function: what is known of them, and how they are read again."""

from __future__ import annotations

import functools
import inspect
import itertools
import operator
import sysconfig
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.equivalents import CALLING
from srcgrad.errors import refuse
from srcgrad.free_names import bound_in, outer_names
from srcgrad.helpers import is_helper
from srcgrad.loader import is_generated
from srcgrad.method_names import is_only_called
from srcgrad.program import Program
from srcgrad.source import read
from srcgrad.transforms.parameters import given_to, has_stars
from srcgrad.transforms.surgery import outside_blocks

_IN = (gast.In, gast.NotIn)
_STANDARD = sysconfig.get_paths()["stdlib"]
_WRITTEN = (operator.itemgetter, operator.attrgetter, itertools.chain)
_READING = ("get", "items", "keys", "values")
_CACHES = (functools.lru_cache, functools.cache)
_SAME = (*_CACHES, functools.wraps)  # decorators after which a call gives the same


@dataclass(frozen=True, eq=False)
class Local:
    """A function as a value: its definition, with what it takes from where it was defined.

    It ``is_of_turn`` if what it takes may be another value when it is defined again.  Of a partial, ``first`` and
    ``named`` come before what a call gives; what it calls is ``called``, if that has no definition here.
    """

    tree: Any = None
    defaults: dict[str, Any] = field(default_factory=dict)
    called: Any = None
    first: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    is_of_turn: bool = False


def own_nodes(body: list[Any], scope: Scope) -> Iterator[Any]:
    """All nodes of a body but those inside of functions that it defines, and of blocks of the reverse sweep."""
    return outside_blocks(body, scope, (gast.FunctionDef, gast.Lambda))


def with_defaults(local: Local) -> Any:
    """The parameters of a definition with defaults that have been evaluated."""
    arguments = tree.copy(local.tree.args)
    positional = [one.id for one in (*arguments.posonlyargs, *arguments.args)]
    arguments.defaults = [tree.copy(local.defaults[n]) for n in positional if n in local.defaults]
    arguments.kw_defaults = [tree.copy(local.defaults.get(one.id)) for one in arguments.kwonlyargs]
    return arguments


def decorators(function: Any, scope: Any) -> list[Any]:
    """The decorators of a definition that change what a call gives."""
    called = [(d, scope.resolve(d.func if isinstance(d, gast.Call) else d)) for d in function.decorator_list]
    return [decorator for decorator, made in called if not any(made is one for one in _SAME)]


def as_function(node: Any) -> Any:
    """The definition of a lambda."""
    return tree.at(tree.function("lambda", node.args, [tree.return_(node.body, node)]), node)


def is_docstring(statement: Any) -> bool:
    """Whether a statement is a text, or another constant, that nobody gets."""
    return isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Constant)


def is_special(function: types.FunctionType) -> bool:
    """Whether a function takes any number of arguments, or defines functions itself."""
    file = function.__code__.co_filename
    if is_generated(file) or (file.startswith(_STANDARD) and "site-packages" not in file):
        return False  # a derivative, or one of Python's own functions, which are followed otherwise
    if takes_any(function):
        return True
    inner = [constant for constant in function.__code__.co_consts if isinstance(constant, types.CodeType)]
    if any(code.co_name.isidentifier() and code.co_flags & inspect.CO_OPTIMIZED for code in inner):
        return True
    return any(code.co_name == "<lambda>" for code in inner) and _gives_lambda(function.__code__, function)


def takes_any(function: types.FunctionType) -> bool:
    """Whether a function has ``*args`` or ``**kwargs``."""
    return bool(function.__code__.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS))


@functools.lru_cache(maxsize=1024)
def _gives_lambda(code: types.CodeType, function: types.FunctionType) -> bool:
    """Whether a function returns a lambda."""
    try:
        returned = [node.value for node in tree.walk(read(function).tree.body) if isinstance(node, gast.Return)]
    except SyntaxError:
        return False
    sides = [
        part
        for value in returned
        for part in ((value.body, value.orelse) if isinstance(value, gast.IfExp) else (value,))
    ]
    return any(isinstance(part, gast.Lambda) for part in sides)


def calling(function: Any) -> types.FunctionType | None:
    """The program of one of Python's own functions that calls others, or takes any number of arguments."""
    return next((program for primitive, program in CALLING.items() if function is primitive), None)


def check_cached(function: Any, program: Program, scope: Scope) -> None:
    """Raise where a cache shows: its function reads what may change, or what it has given may be changed."""
    made = [(d, scope.resolve(d.func if isinstance(d, gast.Call) else d)) for d in function.decorator_list]
    found = [decorator for decorator, kind in made if any(kind is one for one in _CACHES)]
    if not found:
        return
    own = bound_in(function)
    reads = (tree.reads(function.body) - own) & scope.local
    values = [node.value for node in tree.walk(program.function.body) if tree.single_target(node) is not None]
    names = [value.func for value in values if isinstance(value, gast.Call)]
    if reads or outer_names(function) or any(getattr(name, "id", "") == function.name for name in names):
        reason = f"'{function.name}' has a cache, and what it gives may be something else when it is called again"
        raise refuse(found[0], program.source, reason, "leave the cache out")


def getter_of(call: Any, scope: Scope) -> Any:
    """``operator.itemgetter(1)`` as ``lambda item: item[1]``; None of any other call."""
    function = scope.resolve(call.func)
    keys = [scope.literal(node) for node in call.args]
    if not any(function is one for one in _WRITTEN[:2]) or call.keywords or len(keys) != 1:
        return None
    item = tree.name("item")
    if function is operator.itemgetter and keys[0] is not MISSING:
        return gast.Lambda(tree.parameters(["item"]), tree.subscript(item, tree.copy(call.args[0])))
    is_name = function is operator.attrgetter and isinstance(keys[0], str) and keys[0].isidentifier()
    return gast.Lambda(tree.parameters(["item"]), tree.attribute(item, keys[0])) if is_name else None


def needs_writing_out(function: Any, scope: Scope) -> bool:
    """Whether a function may have functions as values, or calls one that gets or makes some."""
    given: Counter[str] = Counter()
    for node in tree.walk(function.body):
        if isinstance(node, (gast.FunctionDef, gast.Lambda, gast.Starred)):
            return True
        name = tree.single_target(node)
        if name is not None and tree.path_of(node.value) is not None and callable(scope.resolve(node.value)):
            given[name] += 1
            if given[name] > 1:
                return True  # one of several functions
        if name is not None and is_attribute(node.value, scope) and is_only_called(name, function.body):
            return True
        if isinstance(node, gast.Call):
            called = scope.resolve(node.func)
            if calling(called) is not None or any(called is one for one in _WRITTEN):
                return True
            is_own = isinstance(called, types.FunctionType) and not is_helper(called) and is_special(called)
            is_given = isinstance(called, types.FunctionType) and gives_method(called, node, scope)
            if (
                is_own
                or is_given
                or called is functools.partial
                or any(keyword.arg is None for keyword in node.keywords)
            ):
                return True
    return False


def renamed(node: Any, names: dict[str, str]) -> Any:
    """A copy of statements with other names, those of inner functions included."""
    made = tree.renamed(node, names)
    for inner in tree.walk(made):
        if isinstance(inner, gast.FunctionDef):
            inner.name = names.get(inner.name, inner.name)
        elif isinstance(inner, gast.Nonlocal):
            inner.names = [names.get(name, name) for name in inner.names]
    return made


def is_only_read(name: str, body: list[Any]) -> bool:
    """Whether a dict stays as it is in a body: it is handed on with stars, or its elements are read by their keys.

    >>> def example(text):
    ...     return is_only_read("d", gast.parse(text).body)
    >>> example("y = f(**d) + d['a'] if 'b' in d else d.get('c')"), example("d.pop('a')"), example("y = f(d)")
    (True, False, False)
    """
    kept: set[int] = set()
    for node in tree.walk(body):
        whole: list[Any] = []
        if (isinstance(node, gast.keyword) and node.arg is None) or (
            isinstance(node, gast.Subscript) and isinstance(node.ctx, gast.Load)
        ):
            whole = [node.value]
        elif isinstance(node, gast.Compare):
            whole = [one for op, one in zip(node.ops, node.comparators, strict=True) if isinstance(op, _IN)]
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in _READING:
            whole = [node.func.value]
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == "len":
            whole = node.args
        kept |= {id(one) for one in whole}
    return all(id(node) in kept for node in tree.names(body) if node.id == name and isinstance(node.ctx, gast.Load))


def is_attribute(node: Any, scope: Scope) -> bool:
    """Whether an expression is an attribute of an object, which may be a method that is bound to it."""
    found = scope.resolve(node) if isinstance(node, gast.Attribute) else None
    return found is MISSING or isinstance(found, (types.MethodType, types.BuiltinMethodType))


def gives_method(function: types.FunctionType, call: Any, scope: Scope) -> bool:
    """Whether an argument is an attribute of an object that the function calls, and does nothing else with."""
    values = (*call.args, *(keyword.value for keyword in call.keywords))
    if has_stars(call) or not any(is_attribute(node, scope) for node in values):
        return False
    try:
        called = read(function).tree
        given = given_to(called.args, call, tree.defaults_of(called))
    except (SyntaxError, TypeError):  # which is said where it is called
        return False
    return any(is_attribute(node, scope) and is_only_called(name, called.body) for name, node in given.items())


def is_read_by_place(name: str, body: list[Any]) -> bool:
    """Whether a list stays as it is: its elements are read by their places, run through, or handed on with a star."""
    kept: set[int] = set()
    for node in tree.walk(body):
        if isinstance(node, gast.Starred) or (isinstance(node, gast.Subscript) and isinstance(node.ctx, gast.Load)):
            kept.add(id(node.value))
        elif isinstance(node, gast.For):
            kept.add(id(node.iter))
    return all(id(node) in kept for node in tree.names(body) if node.id == name and isinstance(node.ctx, gast.Load))
