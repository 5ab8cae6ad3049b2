"""What derivatives do with the content of arrays, lists and dicts that are changed in place.

Like ``runtime``, it uses NumPy and the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.structures import detached, of_type, zeros_for


def entry(x: Any, index: Any) -> Any:
    """A copy of ``x[index]``, in a tuple; an empty one if a dict has no such key.

    Raises TypeError for a slice of a list, which may get another length.

    >>> entry([1.0, 2.0], 0), entry({}, "a")
    ((1.0,), ())
    """
    if isinstance(x, list) and isinstance(index, slice):
        raise TypeError("a store to a slice of a list cannot be reversed: store element by element")
    if isinstance(x, dict) and index not in x:
        return ()
    return (detached(x[index]),)


def put_back(x: Any, index: Any, old: Any) -> None:
    """Put what ``entry`` gave back in its place.

    >>> x = {"a": 1.0, "b": 2.0}
    >>> put_back(x, "a", (5.0,)); put_back(x, "b", ()); x
    {'a': 5.0}
    """
    if old:
        x[index] = old[0]
    else:
        del x[index]


def taken_out(x_bar: Any, index: Any) -> Any:
    """The adjoint of what was stored in ``x[index]``, as new storage; it is zero in ``x_bar`` afterwards.

    >>> x_bar = [1.0, np.ones(2)]
    >>> taken_out(x_bar, 1), x_bar
    (array([1., 1.]), [1.0, array([0., 0.])])
    """
    if isinstance(x_bar, np.ndarray):
        t = stored(x_bar, index)
        x_bar[index] = 0
        return t
    t = x_bar[index]
    x_bar[index] = zeros_for(t)
    return t


def part(x_bar: Any, index: Any) -> Any:
    """The adjoint of ``v`` in ``x[index] += v``, as new storage, for an ``x`` of any kind.

    >>> part([1.0, 2.0], 1), part(np.array([1.0, 2.0]), [0, 0]).tolist()
    (2.0, [0.0, 1.0])
    """
    return stored(x_bar, index) if isinstance(x_bar, np.ndarray) else detached(x_bar[index])


def stored(x_bar: Any, index: Any) -> Any:
    """The adjoint of ``v`` in ``x[index] = v``, as new storage: of what an index names twice only the last part counts.

    >>> stored(np.array([1.0, 2.0]), [0, 0, 1]).tolist()
    [0.0, 1.0, 2.0]
    """
    t = np.array(x_bar[index])
    parts = index if isinstance(index, tuple) else (index,)
    if any(isinstance(part, (list, tuple, np.ndarray)) and np.asarray(part).dtype != bool for part in parts):
        last = np.zeros(x_bar.shape, int)
        order = np.arange(t.size).reshape(t.shape)
        last[index] = order
        t[last[index] != order] = 0
    return t if t.ndim else t[()]


def mirrored(view: Any, x_bar: Any, r: Any, x: Any) -> Any:
    """The adjoint of ``r``, which is a view of ``x`` or a copy: the same ``view`` of ``x_bar``, or zeros.

    Raises TypeError where the adjoint cannot be seen in the same way, as its strides are others.

    >>> x, x_bar = np.ones((2, 2)), np.zeros((2, 2))
    >>> mirrored(x_bar.ravel(), x_bar, x.ravel(), x).base is x_bar
    True
    """
    if not np.may_share_memory(r, x):
        return zeros_for(r)
    repeats = any(step == 0 and n > 1 for step, n in zip(view.strides, view.shape, strict=True))
    if repeats or not np.may_share_memory(view, x_bar):
        raise TypeError("a view of an array with such strides cannot be followed: make a copy of it")
    if not view.flags.writeable:  # NumPy's diagonal, say
        view.flags.writeable = True
    return view


def add_in_place(x_bar: Any, t: Any) -> None:
    """Add ``t`` to an adjoint of any structure, in place.

    >>> x_bar = [np.zeros(2), 1.0]
    >>> add_in_place(x_bar, [np.ones(2), 0.5]); x_bar
    [array([1., 1.]), 1.5]
    """
    if isinstance(x_bar, np.ndarray):
        x_bar[...] += t
    elif isinstance(x_bar, (list, dict)):
        for key in x_bar if isinstance(x_bar, dict) else range(len(x_bar)):
            if isinstance(x_bar[key], (np.ndarray, list, dict)):
                add_in_place(x_bar[key], t[key])
            elif t[key] is not None:
                x_bar[key] = t[key] if x_bar[key] is None else x_bar[key] + t[key]
    else:
        raise TypeError(f"what is changed in place is {type(x_bar).__name__}, not an array, a list or a dict")


def twins(x: Any, zero: bool = False) -> Any:
    """A copy of values of any structure in which what shares storage shares it again; if ``zero``, zeros and lists.

    >>> a = np.ones(3)
    >>> b, c = twins([a, a[1:]])
    >>> c[0] = 5.0; b.tolist()
    [1.0, 5.0, 1.0]
    """
    return _twin(x, zero, {})


def shadow(x: Any) -> Any:
    """Zeros for an adjoint that shares storage where ``x`` does; an array of no dimensions for a number.

    >>> a = np.ones(2)
    >>> b, c = shadow((a, a))
    >>> b is c
    True
    """
    made = twins(x, zero=True)
    return np.array(made) if isinstance(made, (float, complex, np.generic)) else made


def _twin(x: Any, zero: bool, known: dict[int, Any]) -> Any:
    if id(x) in known:  # what is one object stays one
        return known[id(x)][0]
    if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
        made = _twin_array(x, zero, known)
    elif type(x) is dict:
        made = {key: _twin(value, zero, known) for key, value in x.items()}
    elif isinstance(x, (list, tuple)):
        made = [_twin(item, zero, known) for item in x]
        made = made if zero or isinstance(x, list) else of_type(x, made)
    else:
        made = zeros_for(x) if zero else detached(x)
    known[id(x)] = made, x  # which is kept, so that its identity stays its own
    return made


def _twin_array(x: np.ndarray[Any, Any], zero: bool, known: dict[int, Any]) -> Any:
    """The same view of a copy of the array that owns the memory."""
    root = x
    while isinstance(root.base, np.ndarray):
        root = root.base
    if id(root) not in known:
        known[id(root)] = np.zeros_like(root) if zero else np.copy(root), root
    copy = known[id(root)][0]
    if root is x:
        return copy
    offset = x.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return np.ndarray(x.shape, x.dtype, copy.reshape(-1, order="A"), offset, x.strides)


def once(x_bar: Any) -> Any:
    """Adjoints of parts of one result, each of which counts once: zeros for one that is there before.

    Raises TypeError where one shares a part of its storage with another.

    >>> b = np.ones(2)
    >>> once([b, b])
    [array([1., 1.]), array([0., 0.])]
    """
    return _once(x_bar, [])


def _once(x_bar: Any, known: list[Any]) -> Any:
    if isinstance(x_bar, dict):
        return {key: _once(value, known) for key, value in x_bar.items()}
    if isinstance(x_bar, (list, tuple)):
        return [_once(item, known) for item in x_bar]
    if isinstance(x_bar, np.ndarray):
        if any(x_bar is other for other in known):
            return np.zeros_like(x_bar)
        if any(np.may_share_memory(x_bar, other) for other in known):
            raise TypeError("a function returned arrays that share a part of their storage, which is changed later")
        known.append(x_bar)
    return x_bar


def as_shared(view: Any, x_dot: Any, r: Any, x: Any) -> Any:
    """The tangent of ``r``, which is a view of ``x`` or a copy, as one of ``x_dot``: ``view``, or a copy of it.

    Raises TypeError where the tangent cannot be seen in the same way, as its strides are others.

    >>> x, x_dot = np.ones((2, 2)), np.ones((2, 2))
    >>> as_shared(x_dot.ravel(), x_dot, x.ravel().copy(), x).base is None
    True
    """
    if not np.may_share_memory(r, x):
        return np.copy(view)
    if not np.may_share_memory(view, x_dot):
        raise TypeError("a view of an array with such strides cannot be followed: make a copy of it")
    return view
