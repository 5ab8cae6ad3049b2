"""Objects of other classes: whether NumPy's rules are right for them, and which reads of them run code."""

from __future__ import annotations

import inspect
import types
from collections import namedtuple
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.kinds import (
    KNOWN,
    PLAIN,
    TEXT,
    UNKNOWN,
    Array,
    Instance,
    Kind,
    Known,
    Mapping,
    Sequence,
    is_object,
    kind_of,
)
from srcgrad.analysis.objects import attribute_kind, holds_object, outline
from srcgrad.analysis.scope import MISSING, Scope

Classes = tuple[tuple[str, Kind], ...]  # of the parameters that are objects whose attributes are followed
_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
_OTHERS = "neg pos abs invert lt le eq ne gt ge"
_OPERATORS = frozenset(f"__{p}{name}__" for name in _BINARY.split() for p in ("", "r")) | frozenset(
    f"__{name}__" for name in _OTHERS.split()
)
_BY_FUNCTIONS = "bool len int float complex index abs round trunc floor ceil str format hash iter next getitem contains"
_BY_NUMPY = "array array_ufunc array_function divmod reversed"
_ASKED = tuple(f"__{name}__" for name in f"{_BY_FUNCTIONS} {_BY_NUMPY}".split())
_COMPARED = _OPERATORS | {"__contains__"}
_TRUTH = frozenset({"__bool__", "__len__"})
_PROTOCOLS = frozenset({"__array_ufunc__", "__array_function__"})
_METHODS = frozenset(name for name in dir(np.ndarray) if not name.startswith("_"))
_ARRAYS = ("cupy",)  # packages whose arrays are NumPy's in all that matters
_STORED = (  # what a class has in place of a value that its objects hold: a slot, a field of a named tuple
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
    type(inspect.getattr_static(namedtuple("_Point", "x"), "x")),
)


def class_of(node: Any, scope: Scope) -> type | None:
    """The class of an object that is no number, array, list, dict, text or code; None for all else."""
    kind = kind_of_path(node, scope)
    if isinstance(kind, Instance) or is_object(kind):
        return kind.type  # type: ignore[union-attr]
    plain = not isinstance(kind, Known) or kind in (TEXT, PLAIN) or isinstance(kind.value, (*KNOWN, types.ModuleType))
    return None if plain else type(kind.value)  # type: ignore[union-attr]


def kind_of_path(node: Any, scope: Scope) -> Kind:
    """The kind of a name, a path or an element."""
    value = scope.resolve(node)
    if value is not MISSING:
        return kind_of(value)
    if isinstance(node, gast.Name):
        return scope.kind_of_name(node.id)
    if isinstance(node, gast.Attribute):
        whole = kind_of_path(node.value, scope)
        return attribute_kind(whole, node.attr) if is_object(whole) else UNKNOWN  # type: ignore[arg-type]
    if isinstance(node, gast.Subscript):
        whole, place = kind_of_path(node.value, scope), scope.literal(node.slice)
        if is_object(whole):
            return attribute_kind(whole, node.slice.value) if tree.is_field(node) else UNKNOWN  # type: ignore[arg-type]
        if isinstance(whole, Array) and whole.dtype is not None and whole.dtype.kind != "O":
            return Array(None, whole.dtype)  # or a number, which has the same methods
        if isinstance(whole, Mapping):
            items = dict(whole.items or ())
            return items.get(place, whole.item) if isinstance(place, (str, int)) else whole.item
        if isinstance(whole, Sequence) and not isinstance(node.slice, gast.Slice):
            known = whole.items is not None and isinstance(place, int) and -len(whole.items) <= place < len(whole.items)
            return whole.items[place] if known else whole.item  # type: ignore[index]
    return UNKNOWN


def has_own_operators(kind: type) -> bool:
    """Whether operators and methods of a class may be others than those of NumPy's arrays and numbers.

    >>> has_own_operators(np.memmap), has_own_operators(np.matrix), has_own_operators(dict)
    (False, True, True)
    """
    if str(kind.__module__).split(".")[0] in _ARRAYS:
        return False
    base = next((b for b in (np.ndarray, np.generic, float, int, complex) if issubclass(kind, b)), None)
    if base is None:
        return True
    inherited = kind.__mro__[: kind.__mro__.index(base)]
    changed = {name for one in inherited for name in vars(one)}
    return not changed.isdisjoint(_OPERATORS | _PROTOCOLS | _METHODS)


def has_protocols(kind: type) -> bool:
    """Whether NumPy's functions hand themselves over to a class."""
    return any(_found(kind, name) not in (None, _found(np.ndarray, name)) for name in _PROTOCOLS)


def runs_code(kind: type, name: str) -> bool:
    """Whether reading an attribute runs code of the class: a property, not what an object holds, nor a method.

    >>> import fractions
    >>> runs_code(fractions.Fraction, "numerator"), runs_code(fractions.Fraction, "limit_denominator")
    (True, False)
    """
    own = {"__getattr__", "__getattribute__"} & {key for one in kind.__mro__[:-1] for key in vars(one)}
    found = _found(kind, name)
    held = found is None or isinstance(found, (*_STORED, types.FunctionType, staticmethod, classmethod))
    return bool(own) or not (held or not hasattr(type(found), "__get__"))


def is_coded(kind: type, name: str) -> bool:
    """Whether a special method of a class is written in Python."""
    return isinstance(_found(kind, name), types.FunctionType)


def _found(kind: type, name: str) -> Any:
    """What a class and those that it inherits from have under a name, but for what its own class has."""
    return next((vars(one)[name] for one in kind.__mro__ if name in vars(one)), None)


def acts(node: Any, scope: Scope) -> bool:
    """Whether a read, an operator or a test runs code of a class, which may give another value each time."""
    if isinstance(node, gast.Attribute):
        kind = class_of(node.value, scope)
        return kind is not None and runs_code(kind, node.attr)
    if isinstance(node, gast.Subscript):
        kind = None if tree.is_field(node) else class_of(node.value, scope)
        return kind is not None and is_coded(kind, "__getitem__")
    operands, names = _operands(node)
    classes = [kind for operand in operands if (kind := class_of(operand, scope)) is not None]
    return any(is_coded(kind, name) for kind in classes for name in names)


def _operands(node: Any) -> tuple[list[Any], frozenset[str]]:
    """What an operator or a test asks, and which special methods may answer."""
    if isinstance(node, gast.BinOp):
        return [node.left, node.right], _OPERATORS
    if isinstance(node, gast.UnaryOp):
        return [node.operand], _OPERATORS | _TRUTH
    if isinstance(node, gast.Compare) and all(isinstance(op, (gast.Is, gast.IsNot)) for op in node.ops):
        return [], _COMPARED
    if isinstance(node, gast.Compare):
        return [node.left, *node.comparators], _COMPARED
    if isinstance(node, gast.IfExp):
        return [node.test], _TRUTH
    return (node.values, _TRUTH) if isinstance(node, gast.BoolOp) else ([], _TRUTH)


def is_generator(node: Any, scope: Scope) -> bool:
    """Whether a value is a generator of random numbers: each draw is made once, and no derivative reads its state."""
    kind = class_of(node, scope) if isinstance(node, gast.AST) else None
    return kind is not None and draws(kind)


def draws(kind: type) -> bool:
    """Whether a class is one of random generators."""
    return str(kind.__module__).startswith(("numpy.random", "random"))


def has_code(node: Any, scope: Scope) -> bool:
    """Whether a value is an object whose class has special methods in Python, which functions may call."""
    kind = class_of(node, scope)
    return kind is not None and any(is_coded(kind, name) for name in _ASKED)


def classes_of(given: dict[str, list[Any]], scope: Scope) -> Classes:
    """What is known of the parameters that get objects whose attributes are followed."""
    found = {}
    for name, nodes in given.items():
        kind = kind_of_path(nodes[0], scope) if len(nodes) == 1 and isinstance(nodes[0], gast.AST) else None
        if kind is not None and holds_object(kind):
            found[name] = outline(kind)
    return tuple(sorted(found.items(), key=lambda item: item[0]))
