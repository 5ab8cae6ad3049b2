"""Special methods: which of them Python calls for what is written."""

from __future__ import annotations

import inspect
import types
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Mapping, Scalar, is_object, join
from srcgrad.analysis.objects import ABSENT, CalleeKind, class_entry
from srcgrad.analysis.operations import is_user_function
from srcgrad.source import from_file

OPERATORS = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "Div": "truediv",
    "FloorDiv": "floordiv",
    "Mod": "mod",
    "Pow": "pow",
    "MatMult": "matmul",
    "BitAnd": "and",
    "BitOr": "or",
    "BitXor": "xor",
    "LShift": "lshift",
    "RShift": "rshift",
}
SIGNS = {"USub": "__neg__", "UAdd": "__pos__", "Invert": "__invert__"}
COMPARED = {"Eq": "__eq__", "NotEq": "__ne__", "Lt": "__lt__", "LtE": "__le__", "Gt": "__gt__", "GtE": "__ge__"}
SWAPPED = {  # what the other operand is asked
    "Eq": "__eq__",
    "NotEq": "__ne__",
    "Lt": "__gt__",
    "LtE": "__ge__",
    "Gt": "__lt__",
    "GtE": "__le__",
}
BY_FUNCTION = {
    len: "__len__",
    abs: "__abs__",
    float: "__float__",
    int: "__int__",
    complex: "__complex__",
    iter: "__iter__",
    next: "__next__",
    reversed: "__reversed__",
}
ITERATED = (list, tuple, set, sum, min, max, any, all, sorted, enumerate, zip)
_LAZY = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def has_method(kind: type, name: str) -> bool:
    """Whether a class has a special method that is written in Python or somewhere else."""
    own = class_entry(kind, name)
    return own is not ABSENT and own is not None


def is_last_word(kind: type, name: str) -> bool:
    """Whether a special method is a function with a source, whose result is that of the operator that calls it.

    It is none where the other operand may be asked, also by a method of a base class that it calls, and none where it
    runs only as its result is asked for.

    >>> class Pair:
    ...     def __add__(self, other):
    ...         return NotImplemented
    >>> is_last_word(Pair, "__add__"), is_last_word(Pair, "__eq__")
    (False, False)
    """
    own = class_entry(kind, name)
    if not has_source(own) or own.__code__.co_flags & _LAZY:
        return False
    asks_bases = not {"super", name}.isdisjoint(own.__code__.co_names)
    said = [vars(one)[name] for one in kind.__mro__ if name in vars(one)] if asks_bases else [own]
    return all(has_source(one) and "NotImplemented" not in one.__code__.co_names for one in said)


def has_source(function: Any) -> bool:
    """Whether a method is a function that the user has written."""
    is_users = isinstance(function, types.FunctionType) and is_user_function(function)
    return is_users and not function.__code__.co_filename.startswith("<")


def held_by(function: types.FunctionType) -> tuple[str, Any] | None:
    """The parameter of an ``__iter__``, and what it runs through if it does no more than that."""
    try:
        source = from_file(function, is_called=False).tree
    except SyntaxError:
        return None
    body = source.body[1:] if gast.get_docstring(source) is not None else source.body
    if len(body) != 1 or len(source.args.args) != 1:
        return None
    (only,) = body
    value = getattr(only, "value", None)
    found = None
    if isinstance(only, gast.Return) and isinstance(value, gast.Call) and tree.is_call_of(value, "iter"):
        found = value.args[0] if len(value.args) == 1 else None
    elif isinstance(only, gast.Expr) and isinstance(value, gast.YieldFrom):
        found = value.value
    elif isinstance(only, gast.For) and isinstance(only.target, gast.Name) and not only.orelse and len(only.body) == 1:
        inner = getattr(only.body[0], "value", None)
        same = isinstance(inner, gast.Yield) and isinstance(inner.value, gast.Name) and inner.value.id == only.target.id
        found = only.iter if same else None
    return None if found is None else (source.args.args[0].id, found)


def is_deletion(node: Any) -> bool:
    """Whether a call is what ``del x[i]`` was written as."""
    return isinstance(node.func, gast.Attribute) and isinstance(node.func.attr, tree.Deletion)


def is_asked_first(kind: type, other: Kind, name: str) -> bool:
    """Whether Python may ask the other operand before an object of a class: one of a subclass that says otherwise.

    >>> class Base:
    ...     def __add__(self, other):
    ...         return 0.0
    >>> is_asked_first(Base, UNKNOWN, "__radd__")
    False
    >>> class Inheriting(Base):
    ...     def __radd__(self, other):
    ...         return 1.0
    >>> is_asked_first(Base, UNKNOWN, "__radd__"), is_asked_first(Base, Scalar(float), "__radd__")
    (True, False)
    """
    if isinstance(other, (Scalar, Array)):
        return False
    known = class_of(other)
    below = list(kind.__subclasses__()) if known is None else [known]
    for one in below:
        if one is not kind and issubclass(one, kind) and class_entry(one, name) is not class_entry(kind, name):
            return True
        below += one.__subclasses__() if known is None else []
    return False


def class_of(kind: Kind) -> type | None:
    """The class of an object whose attributes are followed, if that is known; None of what may be None."""
    known = isinstance(kind, Mapping) and is_object(kind) and kind.type is not object and not kind.optional
    return kind.type if known else None  # type: ignore[union-attr]


def answering(word: str, left: Kind, right: Kind) -> tuple[bool, str] | None:
    """Which method Python calls for an operator: whether that is the right operand's, and its name.

    None where that is none of a known object, or where it is not known.
    """
    first, second = class_of(left), class_of(right)
    plain, reflected = f"__{word}__", f"__r{word}__"
    if first is not None and has_method(first, plain):
        if is_asked_first(first, right, reflected):
            return (True, reflected) if second is not None and is_last_word(second, reflected) else None
        return (False, plain) if is_last_word(first, plain) else None
    if second is None or not is_last_word(second, reflected):
        return None
    # what is on the left must leave the operator to the object: Python's own numbers do
    leaves = first is not None or (isinstance(left, Scalar) and left.types <= {bool, int, float, complex})
    return (True, reflected) if leaves or getattr(second, "__array_ufunc__", 0) is None else None


def special_kind(name: str, kinds: list[Kind], callee_kind: CalleeKind) -> Kind:
    """What is known of the result of a special method of the first of some values, which gets the others."""
    kind = class_of(kinds[0])
    return UNKNOWN if kind is None or not is_last_word(kind, name) else callee_kind(class_entry(kind, name), kinds, {})


def operator_kind(word: str, kinds: list[Kind], callee_kind: CalleeKind) -> Kind:
    """What is known of the result of an operator of an object, which may be the one that updates it."""
    if len(kinds) == 1:
        return special_kind(word, kinds, callee_kind)
    found = answering(word, *kinds)
    results = [] if found is None else [special_kind(found[1], kinds[::-1] if found[0] else kinds, callee_kind)]
    if (kind := class_of(kinds[0])) is not None and has_method(kind, f"__i{word}__"):
        results.append(special_kind(f"__i{word}__", kinds, callee_kind))
    return join(*results)
