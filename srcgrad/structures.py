"""Seeds, sums and copies of values of any structure: what generated code calls where the kind is not known.

Like ``runtime``, it uses NumPy and the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from srcgrad.objects import adjoint_of, attributes, is_discrete, with_attributes
from srcgrad.runtime import add_at, matched


def of_type(x: Any, items: Any) -> Any:
    """The items as a list, tuple or named tuple like ``x``."""
    return x._make(items) if hasattr(x, "_make") else type(x)(items)


def parts_of(x: Any) -> Any:
    """What a structure holds by indices, keys or names, of an object what has a derivative; None of what is none.

    >>> parts_of(("a", 1.0)), parts_of({"w": 2.0}), parts_of(2.0)
    ({0: 'a', 1: 1.0}, {'w': 2.0}, None)
    """
    if isinstance(x, dict):
        return x
    if isinstance(x, (list, tuple)):
        return dict(enumerate(x))
    held = attributes(x)
    return None if held is None else {name: value for name, value in held.items() if not is_discrete(value)}


def made_like(x: Any, parts: Any) -> Any:
    """A structure with other parts, in the order of ``parts_of``; None in the place of what has no derivative.

    >>> made_like((2, 3), {0: 1.0, 1: 4.0})
    (1.0, 4.0)
    """
    if isinstance(x, dict):
        return dict(parts)
    if isinstance(x, (list, tuple)):
        return of_type(x, list(parts.values()))
    return with_attributes(x, {**dict.fromkeys(attributes(x)), **parts})


def part_of(x: Any, key: Any) -> Any:
    """One of the parts.

    >>> part_of([1.0, 2.0], 1)
    2.0
    """
    return x[key] if isinstance(x, (dict, list, tuple)) else vars(x)[key]


def add(x: Any, y: Any) -> Any:
    """The sum of two adjoints of the same structure, as new storage; tuples become lists, which can be added to.

    >>> add((1.0, 2.0), [0.5, 0.5])
    [1.5, 2.5]
    """
    if type(x) is type(y) is np.ndarray:
        return x + y  # as it mostly is
    if isinstance(x, dict):
        return {key: add(value, y[key]) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [add(a, b) for a, b in zip(x, y, strict=True)]
    if x is not None and y is not None and (held := attributes(x)) is not None:
        return adjoint_of(add(held, attributes(y)))
    return x if y is None else y if x is None else x + y


def copied(x: Any) -> Any:
    """A copy of an adjoint that shares no storage with it; tuples become lists, so that elements can be added to.

    >>> copied((1.0, [2.0]))
    [1.0, [2.0]]
    """
    if isinstance(x, dict):
        return {key: copied(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [copied(item) for item in x]
    if (held := attributes(x)) is not None:
        return adjoint_of(copied(held))
    return np.array(x) if isinstance(x, np.ndarray) else x


def zeros_for(x: Any) -> Any:
    """Zeros of the structure of ``x`` into which elements can be added: tuples become lists, integers real zeros.

    >>> zeros_for((2, [1.5]))
    [0.0, [0.0]]
    """
    if isinstance(x, dict):
        return {key: zeros_for(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [zeros_for(item) for item in x]
    if isinstance(x, np.ndarray):
        return np.zeros_like(x, dtype=None if x.dtype.kind in "fc" else float)
    if isinstance(x, np.generic):
        return x.dtype.type(0) if x.dtype.kind in "fc" else 0.0
    if (held := attributes(x)) is not None:
        try:
            return adjoint_of({name: zeros_for(value) for name, value in held.items()})
        except RecursionError:
            reason = "cannot be followed where the whole of one is read: read its attributes one by one"
            raise TypeError(f"objects that hold each other in a circle {reason}") from None
    unbound = x is UnboundLocalError  # what stands for a number or an array that has no value yet
    return 0.0 if unbound or isinstance(x, (bool, int, float)) else 0j if isinstance(x, complex) else None


def add_into(x: Any, index: Any, t: Any) -> Any:
    """``x[index] += t`` for an adjoint ``x`` of any structure, in place; repeated indices add up.

    Returns ``x``, a list if it is a tuple, or the sum if it is a number, whose elements are all itself.
    """
    if isinstance(x, tuple):
        x = list(x)
    if isinstance(x, (float, complex, np.generic)):
        return x + np.sum(t)
    if isinstance(x, np.ndarray):
        add_at(x, index, t)
    elif isinstance(index, slice):
        x[index] = [add(a, b) for a, b in zip(x[index], t, strict=True)]
    else:
        x[index] = add(x[index], t)
    return x


def span(start: Any, stop: Any, step: Any) -> slice:
    """Return the slice as a value; what it is made of are indices, through which no derivative flows."""
    return slice(start, stop, step)


def chained(x: Any, y: Any) -> Any:
    """The sum of two tuples, or of tangents of them, which may be lists.

    >>> chained((1.0,), (2.0, 3.0)), chained((1.0,), [2.0])
    ((1.0, 2.0, 3.0), [1.0, 2.0])
    """
    return x + y if isinstance(x, tuple) and isinstance(y, tuple) else [*x, *y]


def listed(iterable: Any, most: int) -> Any:
    """What can be run through by index: the object itself if it is a sequence, else a list of its first ``most`` items.

    >>> listed((1.0, 2.0), 1), listed(iter([1.0, 2.0, 3.0]), 2)
    ((1.0, 2.0), [1.0, 2.0])
    """
    if isinstance(iterable, (list, tuple, range, np.ndarray)):
        return iterable
    return [item for _, item in zip(range(most), iterable, strict=False)]


def with_added(x: Any, index: Any, t: Any) -> Any:
    """``x`` with ``t`` added to ``x[index]``, as new storage: ``add_into`` where a derivative is taken again.

    >>> with_added([1.0, 2.0], 0, 0.5)
    [1.5, 2.0]
    """
    return add_into(copied(x), index, t)


def fitted(x_bar: Any, x: Any) -> Any:
    """An adjoint that a block of the user's has assigned; raises ValueError unless it has the shape of its value.

    >>> fitted(np.zeros(2), np.ones(3))
    Traceback (most recent call last):
    ValueError: an adjoint of shape (2,) cannot be that of a value of shape (3,)
    """
    if (held := attributes(x)) is not None:
        fitted(attributes(x_bar), held)
    elif isinstance(x, (dict, list, tuple)):
        fits = (
            isinstance(x_bar, dict) and x_bar.keys() == x.keys() if isinstance(x, dict) else _has_length(x_bar, len(x))
        )
        if not fits:
            raise ValueError(f"an adjoint must have the structure of its value, {type(x).__name__} of {len(x)}")
        for key in x if isinstance(x, dict) else range(len(x)):
            fitted(x_bar[key], x[key])
    elif x_bar is not None and np.shape(x_bar) != np.shape(x):
        raise ValueError(f"an adjoint of shape {np.shape(x_bar)} cannot be that of a value of shape {np.shape(x)}")
    return x_bar


def _has_length(x_bar: Any, count: int) -> bool:
    return isinstance(x_bar, (list, tuple)) and len(x_bar) == count


def restored(x_bar: Any, x: Any, inside: bool = False) -> Any:
    """An adjoint with exactly the structure, shape and dtype of its value: tuples again, zeros where nothing came.

    What is real gets a real one.  Of an object it is one of that class, but ``inside`` of a derivative, which adds to
    it: a class may forbid that.

    >>> restored([1.0, None], (2.0, 3.0))
    (1.0, 0.0)
    """
    if type(x) is type(x_bar) is np.ndarray and x.dtype == x_bar.dtype and x.dtype.kind in "fc":
        return x_bar  # as it mostly is, which should cost nothing
    if isinstance(x, dict):
        return {key: restored(x_bar[key], value, inside) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return of_type(x, [restored(a, b, inside) for a, b in zip(x_bar, x, strict=True)])
    if (held := attributes(x)) is not None:
        bars = vars(x_bar)
        made = {n: None if is_discrete(v) else restored(bars[n], v, inside) for n, v in held.items()}
        return adjoint_of(made) if inside else with_attributes(x, made)
    if x_bar is None or not isinstance(x, (bool, int, float, complex, np.generic, np.ndarray)):
        return zeros_for(x)
    x_bar = matched(x_bar, x)
    if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
        return np.asarray(x_bar, x.dtype)
    if isinstance(x, (complex, np.inexact)) and not np.ndim(x_bar):
        return type(x)(x_bar)
    return x_bar[()] if isinstance(x_bar, np.ndarray) and isinstance(x, float) else x_bar


def seed(value: Any, y_bar: Any = 1.0) -> Any:
    """The cotangent of a result to start from: ``y_bar`` in the shape and structure of the result.

    Raises TypeError if the result is nothing that can be differentiated, or is complex where ``y_bar`` is real.

    >>> seed((2.0, np.zeros(2)))
    [1.0, array([1., 1.])]
    """
    if isinstance(value, (list, tuple)):
        parts = y_bar if isinstance(y_bar, (list, tuple)) else [y_bar] * len(value)
        return [_seed_of_part(item, part) for item, part in zip(value, parts, strict=True)]
    if isinstance(value, dict):
        parts_of = y_bar if isinstance(y_bar, dict) else dict.fromkeys(value, y_bar)
        return {key: _seed_of_part(item, parts_of[key]) for key, item in value.items()}
    if (held := attributes(value)) is not None:
        bars = attributes(y_bar) or dict.fromkeys(held, y_bar)
        return adjoint_of({n: zeros_for(v) if is_discrete(v) else _seed_of_part(v, bars[n]) for n, v in held.items()})
    if np.iscomplexobj(value) and not np.iscomplexobj(y_bar):
        raise TypeError("the result is complex: pass holomorphic=True if the function is, or return a real number")
    if np.iscomplexobj(y_bar) and not np.iscomplexobj(value):
        raise TypeError("the result is real: its cotangent must be real, and holomorphic=True is for complex results")
    if isinstance(value, np.ndarray):
        return np.full_like(value, y_bar, dtype=None if value.dtype.kind in "fc" else float)
    if isinstance(value, np.inexact) and not np.ndim(y_bar):
        return type(value)(y_bar)  # a Python number would take the dtype of any array that it multiplies
    if isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
        return y_bar
    raise TypeError(
        f"the function returned {type(value).__name__}, which has no derivative; return a number or an array"
    )


def _seed_of_part(value: Any, y_bar: Any) -> Any:
    """A part that is no number, of a result that has a structure, has no cotangent."""
    known = isinstance(value, (list, tuple, dict, int, float, complex, np.generic, np.ndarray))
    return seed(value, y_bar) if known or attributes(value) is not None else None


def broadcast_like(t: Any, like: Any) -> Any:
    """A tangent in the shape of ``like``, into which it is broadcast.

    >>> broadcast_like(np.array([1.0, 2.0]), np.zeros((2, 2))).tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    if not isinstance(like, np.ndarray) or np.shape(t) == like.shape:
        return t
    return np.array(np.broadcast_to(t, like.shape))


def as_tangent(t: Any, x: Any, name: str = "the tangent") -> Any:
    """A tangent of ``x`` as derivatives take it: of its structure and shape, in its dtype.

    Raises ValueError where the shapes differ, TypeError where the structures do.

    >>> as_tangent([1, np.ones(2)], [2.0, np.zeros(2)])
    [1.0, array([1., 1.])]
    """
    if type(t) is type(x) is np.ndarray and t.dtype == x.dtype and t.shape == x.shape and t.dtype.kind in "fc":
        return t  # as it mostly is, which should cost nothing
    if type(t) is type(x) is float:
        return t
    if isinstance(x, dict):
        if not isinstance(t, dict) or t.keys() != x.keys():
            raise TypeError(f"{name} must be a dict with the keys of what it is the tangent of")
        return {key: as_tangent(t[key], value, f"{name}[{key!r}]") for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        if not isinstance(t, (list, tuple)) or len(t) != len(x):
            raise TypeError(f"{name} must be a {type(x).__name__} of {len(x)}")
        return of_type(x, [as_tangent(a, b, f"{name}[{n}]") for n, (a, b) in enumerate(zip(t, x, strict=True))])
    if (held := attributes(x)) is not None:
        dots = attributes(t)
        if dots is None or not dots.keys() >= {n for n, v in held.items() if not is_discrete(v)}:
            raise TypeError(f"{name} must be an object with the attributes of what it is the tangent of")
        return adjoint_of(
            {n: zeros_for(v) if is_discrete(v) else as_tangent(dots[n], v, f"{name}.{n}") for n, v in held.items()}
        )
    if not isinstance(x, (bool, int, float, complex, np.generic, np.ndarray)):
        return None  # of what is no number it is not read
    if np.asarray(t).dtype.kind not in ("fiuc" if np.asarray(x).dtype.kind == "c" else "fiu"):
        raise TypeError(f"{name} must be real numbers, not {np.asarray(t).dtype}")
    if np.shape(t) != np.shape(x):
        raise ValueError(f"{name} has shape {np.shape(t)}, what it is the tangent of has {np.shape(x)}")
    if isinstance(x, np.ndarray):
        return np.asarray(t, x.dtype if x.dtype.kind in "fc" else float)
    return type(x)(t) if isinstance(x, (float, complex, np.inexact)) else float(t)


def elementwise(x_bar: Any, value: Any) -> Any:
    """The derivatives of a function of elements, which is one only if its result has the shape of its argument.

    Raises ValueError where it has not.

    >>> elementwise(2.0, 5.0)
    2.0
    """
    if np.shape(value) != np.shape(x_bar):
        shapes = f"of shape {np.shape(x_bar)} one of shape {np.shape(value)}"
        raise ValueError(f"this is no function of elements: from an argument {shapes} is computed")
    return x_bar


def detached(x: Any) -> Any:
    """A copy of a value of any structure that shares no storage with it; what is no number stays itself.

    >>> detached([1.0, (2.0, None)])
    [1.0, (2.0, None)]
    """
    return _detached(x, {})


def _detached(x: Any, known: dict[int, Any]) -> Any:
    if id(x) in known:  # what is one object stays one
        return known[id(x)]
    made = x
    if type(x) is dict:
        made = {key: _detached(value, known) for key, value in x.items()}
    elif type(x) is list or isinstance(x, tuple):
        made = of_type(x, [_detached(item, known) for item in x])
    elif isinstance(x, np.ndarray):
        made = x.copy("K")  # in the order of its axes, on which it depends what is a view of it
    elif (held := attributes(x)) is not None:
        made = with_attributes(x, _detached(held, known))
    known[id(x)] = made
    return made


def snapshot(x: Any) -> Any:
    """A copy of an object of any class, with all that it holds; what cannot be copied stays itself."""
    try:
        return copy.deepcopy(x)
    except Exception:  # an open file, a lock
        return x


def is_pair(x: Any) -> bool:
    """Whether a result can be taken apart into a value and an auxiliary value.

    >>> is_pair((1.0, "text")), is_pair(np.ones(2))
    (True, False)
    """
    return isinstance(x, (tuple, list)) and len(x) == 2


def holds_complex(*values: Any) -> bool:
    """Whether some value is complex, or holds a complex number.

    >>> holds_complex(1.0, [np.ones(2), {"a": 1j}]), holds_complex(1.0, "text", None)
    (True, False)
    """
    for value in values:
        if isinstance(value, (list, tuple, dict)):
            found = holds_complex(*(value.values() if isinstance(value, dict) else value))
        elif (held := attributes(value)) is not None:
            found = holds_complex(*held.values())
        else:
            found = isinstance(value, (complex, np.ndarray, np.generic)) and bool(np.iscomplexobj(value))
        if found:
            return True
    return False


def as_real(value: Any) -> Any:
    """The value with its integers made real, those in lists, tuples and dicts too.

    >>> as_real([2, (np.int64(3), True)])
    [2.0, (3.0, True)]
    """
    if isinstance(value, (int, np.integer, float)) and not isinstance(value, (bool, np.floating)):
        return float(value)
    if type(value) is list or isinstance(value, tuple):
        return of_type(value, [as_real(item) for item in value])
    if type(value) is dict:
        return {name: as_real(item) for name, item in value.items()}
    return value


def fits(value: Any, pattern: Any) -> bool:
    """Whether a value has the structure of ``pattern``; what is None there may be anything.

    Numbers are ``"float"``, ``"int"``, ...; arrays ``"float[:, :]"``, with 1 or n for a size that is one or is not.

    >>> fits([(np.ones((2, 3)), 0.5)], [("float[:, :]", "float")]), fits({"b": np.arange(3)}, {"b": "float[:]"})
    (True, False)
    """
    if isinstance(pattern, dict):
        same = type(value) is dict and value.keys() == pattern.keys()
        return same and all(fits(value[key], item) for key, item in pattern.items())
    if isinstance(pattern, (list, tuple)):
        same = type(value) is type(pattern) or (isinstance(value, tuple) and isinstance(pattern, tuple))
        same = same and len(value) == len(pattern)
        return same and all(map(fits, value, pattern))
    if (held := attributes(pattern)) is not None:
        return attributes(value) is not None and fits(vars(value), held)
    if pattern is None or value is None or isinstance(value, (str, bytes)):
        return pattern is None or bool(pattern == repr(value))
    name, array, sizes = pattern.partition("[")
    families = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex", "O": "object"}
    if not array:
        found = np.asarray(value).dtype.kind if isinstance(value, (bool, int, float, complex, np.generic)) else ""
        return bool(families.get(found) == name)
    if type(value) is not np.ndarray or families.get(value.dtype.kind, value.dtype.kind) != name:
        return False
    wanted: list[str] = sizes.rstrip("]").split(", ") if sizes != "]" else []
    marks = zip(value.shape, wanted, strict=False)
    return len(value.shape) == len(wanted) and all(mark == ":" or (mark == "1") == (n == 1) for n, mark in marks)
