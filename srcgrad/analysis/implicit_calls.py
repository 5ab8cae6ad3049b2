"""Calls that do not look like calls: special methods that operators, tests and loops run, and what these may change."""

from __future__ import annotations

import sysconfig
import types
from collections.abc import Iterator
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.constructors import is_generated
from srcgrad.analysis.objects import class_entry
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.special_methods import (
    BY_FUNCTION,
    COMPARED,
    ITERATED,
    OPERATORS,
    SIGNS,
    SWAPPED,
    has_source,
    held_by,
    is_last_word,
)
from srcgrad.analysis.summaries import summary_of

_TRUTH = frozenset({"__bool__", "__len__"})
_KEYS = frozenset({"__index__", "__hash__", "__eq__"})
_RUN = frozenset({"__iter__", "__next__", "__len__", "__length_hint__", "__getitem__"})
_TEXT = frozenset({"__format__", "__str__", "__repr__"})
_ELEMENTS = {gast.Load: "__getitem__", gast.Store: "__setitem__", gast.Del: "__delitem__"}
_NUMBERS = frozenset(
    f"__{name}__" for name in ("float", "int", "complex", "abs", "round", "trunc", "floor", "ceil", "divmod")
)
_ARITHMETIC = frozenset(SIGNS.values()) | {f"__{p}{word}__" for word in OPERATORS.values() for p in ("", "r")}
_PROTOCOLS = {"__array__", "__array_ufunc__", "__array_function__", "__contains__", "__reversed__"}
BY_ANY = frozenset().union(_TRUTH, _KEYS, _RUN, _TEXT, _NUMBERS, _PROTOCOLS)
_READ = frozenset().union(BY_ANY, _ARITHMETIC, COMPARED.values())  # what a function calls that stores to nothing
_BY_FUNCTION = (
    *((function, frozenset([name])) for function, name in BY_FUNCTION.items()),
    *((function, _RUN) for function in ITERATED),
    *((function, _TEXT) for function in (str, repr, format, print)),
    (bool, _TRUTH),
)
_STORED = frozenset({"__setitem__", "__delitem__"})
_FOLDERS = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")}


def asked(node: Any, scope: Scope) -> Iterator[tuple[Any, frozenset[str]]]:
    """The operands of a node, or of a statement, with the special methods that it may call of each.

    What an attribute is found by is among them; calls of methods by name are not.
    """
    if isinstance(node, gast.BinOp):
        word = OPERATORS[type(node.op).__name__]
        yield node.left, frozenset([f"__{word}__"])
        yield node.right, frozenset([f"__r{word}__"])
    elif isinstance(node, gast.AugAssign):
        word = OPERATORS[type(node.op).__name__]
        target = tree.name(node.target.id) if isinstance(node.target, gast.Name) else tree.overwritten(node.target)
        yield target, frozenset([f"__i{word}__", f"__{word}__"])
        yield node.value, frozenset([f"__r{word}__"])
    elif isinstance(node, gast.UnaryOp):
        yield node.operand, _TRUTH if isinstance(node.op, gast.Not) else frozenset([SIGNS[type(node.op).__name__]])
    elif isinstance(node, gast.Compare):
        yield from _compared(node)
    elif isinstance(node, (gast.BoolOp, gast.comprehension)):
        yield from ((value, _TRUTH) for value in (node.values if isinstance(node, gast.BoolOp) else node.ifs))
    elif isinstance(node, gast.Subscript) and not tree.is_field(node):
        yield node.value, frozenset([_ELEMENTS[type(node.ctx)]])
        yield node.slice, _KEYS
    elif isinstance(node, gast.Attribute) and isinstance(node.ctx, gast.Load):
        yield node.value, frozenset([node.attr, "__getattr__", "__getattribute__"])
    elif isinstance(node, gast.Dict):
        yield from ((key, _KEYS) for key in node.keys if key is not None)
    elif isinstance(node, gast.FormattedValue):
        yield node.value, _TEXT
    elif isinstance(node, gast.Call) and not is_user_function(scope.resolve(node.func)):
        function = scope.resolve(node.func)
        names = next((names for one, names in _BY_FUNCTION if one is function), BY_ANY)
        yield from ((argument, names) for argument in (*node.args, *(keyword.value for keyword in node.keywords)))
    if isinstance(node, (gast.If, gast.While, gast.IfExp, gast.Assert)):
        yield node.test, _TRUTH
    if isinstance(node, (gast.For, gast.comprehension)):
        yield node.iter, _RUN
    if isinstance(node, (gast.Starred, gast.YieldFrom)) or takes_apart(node):
        yield node.value, _RUN


def takes_apart(node: Any) -> bool:
    """Whether a statement gives the elements of something names of their own."""
    return isinstance(node, gast.Assign) and any(isinstance(t, (gast.Tuple, gast.List)) for t in node.targets)


def _compared(node: Any) -> Iterator[tuple[Any, frozenset[str]]]:
    for left, op, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
        word = type(op).__name__
        if word in COMPARED:
            yield left, frozenset([COMPARED[word], "__eq__"])
            yield right, frozenset([SWAPPED[word], "__eq__"])
        elif word in ("In", "NotIn"):
            yield left, _KEYS
            yield right, _RUN | {"__contains__"}


def changing(kind: type, name: str) -> bool:
    """Whether a special method or a property of a user's class may change something, its object most likely.

    Those of installed packages do what their users expect of them.
    """
    own = class_entry(kind, name)
    if not isinstance(own, property) and not name.startswith("__"):
        return False  # a method, which is called by its name
    function = own.fget if isinstance(own, property) else own
    if not isinstance(function, types.FunctionType) or not is_user_function(function) or _is_installed(function):
        return False
    if name == "__iter__" and has_source(function) and held_by(function) is not None:
        return False
    if is_generated(function):  # of a dataclass, which compares and shows its fields
        return False
    done = summary_of(function)
    return bool(done.changes or done.objects or done.rebound)


def changes_by_itself(kind: type) -> bool:
    """Whether what looks like no call may change an object of a class, or something else."""
    properties = {name for one in kind.__mro__ for name, own in vars(one).items() if isinstance(own, property)}
    return any(changing(kind, name) for name in sorted(properties | _READ | _STORED))


def has_operators(kind: type) -> bool:
    """Whether a class has operators that are written in Python."""
    return any(is_last_word(kind, name) for name in _ARITHMETIC)


def _is_installed(function: types.FunctionType) -> bool:
    return any(function.__code__.co_filename.startswith(folder) for folder in _FOLDERS)
