"""Plain objects as structures: dataclasses, ``SimpleNamespace``, objects of classes with attributes.

Like ``runtime``, it uses the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class that a class statement makes


def is_plain_class(kind: Any) -> bool:
    """Whether objects of a class are their attributes and nothing else, which are read and stored without code.

    >>> from fractions import Fraction
    >>> is_plain_class(SimpleNamespace), is_plain_class(Fraction), is_plain_class(list)
    (True, False, False)
    """
    if kind is SimpleNamespace:
        return True
    if kind.__new__ is not object.__new__ or not kind.__dictoffset__ or kind.__module__.partition(".")[0] == "numpy":
        return False
    if not is_told(kind):
        return False
    for one in kind.__mro__[:-1]:
        own = vars(one)
        frozen = getattr(own.get("__dataclass_params__"), "frozen", False)
        coded = {"__getattr__", "__getattribute__", *(() if frozen else ("__setattr__", "__delattr__"))}
        if not one.__flags__ & _HEAP_TYPE or own.get("__slots__") or not coded.isdisjoint(own):
            return False
    return True


def is_told(kind: type) -> bool:
    """Whether a class can be told from others: its own class may compare it otherwise."""
    made_by: Any = type(kind)
    return made_by.__hash__ is type.__hash__ and made_by.__eq__ is type.__eq__


def is_named_tuple(kind: Any) -> bool:
    """Whether a class is one of named tuples, which are tuples in all that matters.

    >>> from collections import namedtuple
    >>> is_named_tuple(namedtuple("Pair", "x y")), is_named_tuple(tuple)
    (True, False)
    """
    if not (isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")):
        return False
    inherited = kind.__mro__[: kind.__mro__.index(tuple)]
    coded = {"__getattr__", "__getattribute__", "__getitem__", "__iter__", "__len__", "_make"}
    own = [vars(one) for one in inherited if "_fields" not in vars(one)]  # what is not made by namedtuple itself
    plain = not any(coded & names.keys() or "__new__" in names for names in own)
    return plain and not str(kind.__module__).startswith(("numpy", "scipy", "cupy"))


def attributes(x: Any) -> Any:
    """The attributes of a plain object by their names, None of anything else.

    >>> attributes(SimpleNamespace(w=1.0)), attributes([1.0])
    ({'w': 1.0}, None)
    """
    return vars(x) if is_plain_class(type(x)) else None


def with_attributes(x: Any, values: Any) -> Any:
    """An object of the class of ``x`` with the given attributes; no code of the class runs.

    >>> with_attributes(SimpleNamespace(w=1.0), {"w": 2.0})
    namespace(w=2.0)
    """
    kind: Any = type(x)
    made = kind.__new__(kind)
    vars(made).update(values)
    return made


def adjoint_of(values: Any) -> Any:
    """What holds the adjoints of attributes.

    >>> adjoint_of({"w": 2.0})
    namespace(w=2.0)
    """
    return SimpleNamespace(**values)


def is_discrete(x: Any) -> bool:
    """Whether an attribute has no derivative: integers, and arrays and containers of nothing else.

    >>> is_discrete([1, 2]), is_discrete([1.0, 2])
    (True, False)
    """
    if isinstance(x, (list, tuple, dict)):
        return bool(x) and all(map(is_discrete, x.values() if isinstance(x, dict) else x))
    dtype = getattr(x, "dtype", None)
    return isinstance(x, int) or (dtype is not None and dtype.kind in "biu")
