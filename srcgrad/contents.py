"""What derivatives do with the content of arrays, lists and dicts that are changed in place.

Like ``runtime``, it uses NumPy and the standard library only, and a saved derivative carries a copy of what it needs.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from srcgrad.memory import Pickled, copies, is_woven, repeats, together
from srcgrad.objects import adjoint_of, attributes, with_attributes
from srcgrad.runtime import unbroadcast
from srcgrad.structures import as_tangent, detached, of_type, part_of, parts_of, zeros_for


def entry(x: Any, index: Any) -> Any:
    """``x[index]`` in a tuple, of an array a copy of it; an empty tuple if a dict has no such key.

    Raises TypeError for a slice of what turns out to be a list, which may get another length.

    >>> entry([1.0, 2.0], 0), entry({}, "a")
    ((1.0,), ())
    """
    if isinstance(x, list) and isinstance(index, slice):
        raise TypeError("a store to a slice of a list cannot be reversed: store element by element")
    if isinstance(x, dict) and index not in x:
        return ()
    return (detached(x[index]) if isinstance(x, np.ndarray) else x[index],)


def content(x: Any, index: Any) -> Any:
    """The same before an operator updates ``x[index]`` in place: a copy, and what was there.

    >>> x = [np.ones(2)]
    >>> copied, own = content(x, 0)
    >>> copied is x[0], own is x[0]
    (False, True)
    """
    return tuple([made for one in entry(x, index) for made in (detached(one), one)])


def put_back(x: Any, index: Any, old: Any) -> None:
    """Put what ``entry`` or ``content`` gave back in its place; an array stays the one that others may have as well.

    >>> x = {"a": 1.0, "b": 2.0}
    >>> put_back(x, "a", (5.0,)); put_back(x, "b", ()); x
    {'a': 5.0}
    """
    if len(old) == 2 and isinstance(old[1], np.ndarray) and not isinstance(x, np.ndarray):
        old[1][...] = old[0]
        x[index] = old[1]
    elif old:
        x[index] = old[0]
    else:
        del x[index]


def check_alone(x: Any, index: Any) -> None:
    """Raise TypeError if an element of a list or a dict is an array that is in it more than once, and so changes there.

    >>> a = np.ones(2)
    >>> check_alone([a, a], 0)
    Traceback (most recent call last):
    TypeError: an array that is in a list more than once is updated: its kind must be known, give examples of arguments
    """
    if isinstance(x, np.ndarray) or not isinstance(x[index], np.ndarray):
        return
    if sum(np.may_share_memory(item, x[index]) for item in _arrays(x, set())) > 1:
        raise TypeError(
            "an array that is in a list more than once is updated: its kind must be known, give examples of arguments"
        )


def _arrays(x: Any, known: set[int]) -> Iterator[np.ndarray[Any, Any]]:
    """The arrays in a structure, in those in it as well."""
    if isinstance(x, np.ndarray):
        yield x
        return
    held = x if isinstance(x, dict) else attributes(x)
    if id(x) not in known and (held is not None or isinstance(x, (list, tuple))):
        known.add(id(x))
        for item in x if held is None else held.values():
            yield from _arrays(item, known)


def place_in(keys: Any, key: Any) -> int:
    """Which entry of a table a key finds: of some keys, or of so many elements, as an index.

    Raises KeyError or IndexError where it finds none, as the table would.

    >>> place_in(("sin", "cos"), "cos"), place_in(3, -1)
    (1, 2)
    """
    if isinstance(keys, int):
        return int(range(keys)[key])
    return {one: place for place, one in enumerate(keys)}[key]


def check_length(x: Any, n: int) -> None:
    """Raise TypeError if a list that a loop runs over has got longer or shorter in it.

    >>> check_length([1.0], 2)
    Traceback (most recent call last):
    TypeError: a list gets longer or shorter in a loop that runs over it: run over a copy of it
    """
    if len(x) != n:
        raise TypeError("a list gets longer or shorter in a loop that runs over it: run over a copy of it")


def section(x: Any, where: slice, n: int) -> Any:
    """What a list ``x`` holds at a slice to which ``n`` elements are stored, and the slice that these have then.

    >>> section([1.0, 2.0, 3.0], slice(1, 2), 0)
    (slice(1, 1, None), [2.0])
    """
    if where.step in (None, 1):
        start = where.indices(len(x))[0]
        return slice(start, start + n), x[where]
    return where, x[where]


def put_section(x: Any, old: Any) -> Any:
    """Put what ``section`` gave back in its place; the elements that were there are returned.

    >>> x = [1.0, 3.0]
    >>> put_section(x, (slice(1, 1), [2.0])), x
    ([], [1.0, 2.0, 3.0])
    """
    where, elements = old
    came = x[where]
    x[where] = elements
    return came


def take_section(x_bar: Any, old: Any) -> Any:
    """The adjoints of the elements that were stored in a slice of a list, in place of which ``old`` has zeros.

    >>> x_bar = [1.0, 3.0, 5.0]
    >>> take_section(x_bar, (slice(1, 2), [2.0, 7.0])), x_bar
    ([3.0], [1.0, 0.0, 0.0, 5.0])
    """
    where, elements = old
    return put_section(x_bar, (where, zeros_for(elements)))


def is_shared(x_bar: Any) -> bool:
    """Whether an adjoint is storage that others may have, too, and no number.

    >>> is_shared([1.0]), is_shared(1.0)
    (True, False)
    """
    return isinstance(x_bar, (np.ndarray, list, dict)) or attributes(x_bar) is not None


def add_numbers(x_bar: Any, t: Any, where: slice = slice(None)) -> None:
    """Add adjoints of elements to those of the same ones, ``where``, in another list; arrays and lists share theirs.

    >>> x_bar = [1.0, np.ones(2)]
    >>> add_numbers(x_bar, [0.5, x_bar[1]]); x_bar
    [1.5, array([1., 1.])]
    """
    for place, item in zip(range(len(x_bar))[where], t, strict=True):
        if not (item is None or is_shared(item)):
            x_bar[place] = x_bar[place] + item


def element(x_bar: Any, index: Any) -> Any:
    """The adjoint of what is read of a list: that in the list, for a number a new array of no dimensions.

    >>> element([1.0, 2.0], 0), element([np.ones(2)], 0)
    (array(0.), array([1., 1.]))
    """
    t = x_bar[index]
    return t if t is None or is_shared(t) else np.zeros_like(t)


def add_element(x_bar: Any, index: Any, t: Any) -> None:
    """Add the adjoint that ``element`` has given to that of the number in the list; others share theirs.

    >>> x_bar = [1.0, 2.0]
    >>> add_element(x_bar, 0, np.array(0.5)); float(x_bar[0])
    1.5
    """
    if not (x_bar[index] is None or is_shared(x_bar[index])):
        x_bar[index] = x_bar[index] + t[()]


def taken_out(x_bar: Any, index: Any, old: Any = None) -> Any:
    """The adjoint of what was stored in ``x[index]``, as new storage; it is zero in ``x_bar`` afterwards.

    ``old`` is what ``entry`` gave before the store, of which the zeros have the structure and shape.

    >>> x_bar = [1.0, np.ones(2)]
    >>> taken_out(x_bar, 1), x_bar
    (array([1., 1.]), [1.0, array([0., 0.])])
    """
    if isinstance(x_bar, np.ndarray):
        t = stored(x_bar, index)
        x_bar[index] = 0
        return t
    t = x_bar[index]
    x_bar[index] = zeros_for(old[0] if old else t)
    return t


def reduce_to(x_bar: Any, index: Any, old: Any) -> None:
    """Give the adjoint of ``x[index]`` the shape that this had before an operator made it larger.

    >>> x_bar = [np.ones(3)]
    >>> reduce_to(x_bar, 0, (2.0,)); float(x_bar[0])
    3.0
    """
    x_bar[index] = unbroadcast(x_bar[index], old[0])


def part(x_bar: Any, index: Any) -> Any:
    """The adjoint of ``v`` in ``x[index] += v``, as new storage, for an ``x`` of any kind.

    >>> part([1.0, 2.0], 1), part(np.array([1.0, 2.0]), [0, 0]).tolist()
    (2.0, [0.0, 1.0])
    """
    return stored(x_bar, index) if isinstance(x_bar, np.ndarray) else detached(x_bar[index])


def check_count(x: Any, count: int) -> None:
    """Raise what Python raises where a value has another number of elements than there are names for them.

    >>> check_count((1.0, 2.0), 1)
    Traceback (most recent call last):
    ...
    ValueError: too many values to unpack (expected 1)
    """
    found = len(x)
    if found > count:
        raise ValueError(f"too many values to unpack (expected {count})")
    if found < count:
        raise ValueError(f"not enough values to unpack (expected {count}, got {found})")


def check_enough(x: Any, count: int) -> None:
    """Raise ValueError if there are fewer elements than a target with a star takes at least.

    >>> check_enough([1.0], 2)
    Traceback (most recent call last):
    ValueError: not enough values to unpack (expected at least 2, got 1)
    """
    if len(x) < count:
        raise ValueError(f"not enough values to unpack (expected at least {count}, got {len(x)})")


def last_key(x: Any) -> Any:
    """The key that was put into a dict last; raises KeyError if it is empty, as ``popitem`` does.

    >>> last_key({"a": 1.0, "b": 2.0})
    'b'
    """
    for key in reversed(x):
        return key
    raise KeyError("popitem(): dictionary is empty")


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


def read_first(v: Any, x: Any, index: Any) -> Any:
    """A copy of what is stored in ``x[index]``.

    Raises TypeError where NumPy reads what it has stored, for then it stores something else.

    >>> a = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> read_first(a[:, 1], a, 0)
    array([2., 4.])
    """
    if not isinstance(v, np.ndarray) or not isinstance(x, np.ndarray):
        return detached(v)
    if is_woven(v, x, index):
        raise TypeError("this stores a part of an array in another part of it, which it reads meanwhile: make a copy")
    return np.array(v)


def mirrored(view: Any, x_bar: Any, r: Any, x: Any) -> Any:
    """The adjoint of ``r``, which is a view of ``x`` or a copy: the same ``view`` of ``x_bar``, or zeros.

    Raises TypeError where the adjoint cannot be seen in the same way, as its strides are others.

    >>> x, x_bar = np.ones((2, 2)), np.zeros((2, 2))
    >>> mirrored(x_bar.ravel(), x_bar, x.ravel(), x).base is x_bar
    True
    """
    if parts_of(r) is not None or parts_of(x) is not None:
        raise TypeError("what is made of a list that is changed in place cannot be followed: make a copy of it")
    if not np.may_share_memory(r, x):
        return zeros_for(r)
    if repeats(view) or not np.may_share_memory(view, x_bar):
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
            if is_shared(x_bar[key]):
                add_in_place(x_bar[key], t[key])
            elif t[key] is not None:
                x_bar[key] = t[key] if x_bar[key] is None else x_bar[key] + t[key]
    elif (held := attributes(x_bar)) is not None:
        add_in_place(held, vars(t))
    else:
        raise TypeError(f"what is changed in place is {type(x_bar).__name__}, not an array, a list or a dict")


def twins(x: Any) -> Any:
    """A copy of values of any structure in which what shares storage shares it again.

    >>> a = np.ones(3)
    >>> b, c = twins([a, a[1:]])
    >>> c[0] = 5.0; b.tolist()
    [1.0, 5.0, 1.0]
    """
    return _twins(x, "fcbiu", zero=False)


def zero_twins(x: Any) -> Any:
    """Zeros for a tangent of any structure, of lists, that share storage where values do.

    >>> a = np.ones(2)
    >>> b, c = zero_twins([a, a[1:]])
    >>> c[0] = 5.0; b.tolist()
    [0.0, 5.0]
    """
    return _twins(x, "fc", zero=True)


def _twins(x: Any, kinds: str, zero: bool) -> Any:
    arrays = {id(one): one for one in _arrays(x, set()) if one.dtype.kind in kinds}
    made = copies(list(arrays.values()), zero)
    return _twin(x, zero, {key: (made[key], one) for key, one in arrays.items()})


def copied_apart(x: Any, memo: dict[int, Any]) -> Any:
    """``copy.deepcopy`` of values in which what shares storage shares it again."""
    memo |= copies(list({id(one): one for one in _arrays(x, set()) if not one.dtype.hasobject}.values()))
    return copy.deepcopy(x, memo)


def as_pickled(x: Any) -> Any:
    """Values that are, once they are unpickled, a copy in which what shares storage shares it again."""
    arrays = {id(one): one for one in _arrays(x, set()) if not one.dtype.hasobject}
    shared = [one for group in together(list(arrays.values())) if len(group) > 1 for one in group]
    made: dict[int, Any] = {key: (one, one) for key, one in arrays.items()}
    made |= {key: (Pickled(one), arrays[key]) for key, one in copies(shared).items()}
    return _twin(x, False, made)


def shadow(x: Any) -> Any:
    """Zeros for an adjoint that shares storage where ``x`` does; an array of no dimensions for a number.

    >>> a = np.ones(2)
    >>> b, c = shadow((a, a))
    >>> b is c
    True
    """
    made = zero_twins(x)
    return np.array(made) if isinstance(made, (float, complex, np.generic)) else made


def _twin(x: Any, zero: bool, known: dict[int, Any]) -> Any:
    if id(x) in known:  # what is one object stays one
        return known[id(x)][0]
    made: Any
    if type(x) is dict:
        made = {key: _twin(value, zero, known) for key, value in x.items()}
    elif isinstance(x, (list, tuple)):
        made = [_twin(item, zero, known) for item in x]
        made = made if zero or isinstance(x, list) else of_type(x, made)
    elif (held := attributes(x)) is not None:
        made = {name: _twin(value, zero, known) for name, value in held.items()}
        made = adjoint_of(made) if zero else with_attributes(x, made)
    else:
        made = zeros_for(x) if zero else detached(x)
    known[id(x)] = made, x  # which is kept, so that its identity stays its own
    return made


def check_apart(x: Any, others: Any, name: str) -> None:
    """Raise ValueError if what a function changes a copy of is, or shares storage with, another argument.

    >>> a = np.ones(3)
    >>> check_apart(a[:1], (a[1:], 2.0), "x"); check_apart(a, (a[1:],), "x")
    Traceback (most recent call last):
    ValueError: x is changed, and another argument shares storage with it: pass a copy
    """
    mine, rest = ([one for one in _arrays(part, set()) if one.size] for part in (x, others))
    if any(np.may_share_memory(one, other) for one in mine for other in rest):
        raise ValueError(f"{name} is changed, and another argument shares storage with it: pass a copy")


def once(x_bar: Any) -> Any:
    """Adjoints of parts of one result, each of whose elements counts once: zeros for those that are there before.

    Raises TypeError where arrays of several types share memory.

    >>> b = np.ones(2)
    >>> once([b, b[1:]])
    [array([1., 1.]), array([0.])]
    """
    arrays = {id(one): one for one in _arrays(x_bar, set())}
    groups = [group for group in together(list(arrays.values())) if len(group) > 1]
    if any(len({one.dtype for one in group}) > 1 for group in groups):
        raise TypeError("arrays of several types in one structure share storage, which is changed: make copies")
    return _once(x_bar, [], copies([one for group in groups for one in group], zero=True))


def _once(x_bar: Any, known: list[Any], counted: dict[int, Any]) -> Any:
    if is_shared(x_bar) and any(x_bar is other for other in known):
        return zeros_for(x_bar)
    known += [x_bar] if is_shared(x_bar) else []
    if isinstance(x_bar, dict):
        return {key: _once(value, known, counted) for key, value in x_bar.items()}
    if isinstance(x_bar, (list, tuple)):
        return [_once(item, known, counted) for item in x_bar]
    if (held := attributes(x_bar)) is not None:
        return adjoint_of(_once(held, known, counted))
    if id(x_bar) in counted:
        rest = np.copy(x_bar)
        rest[counted[id(x_bar)] != 0] = 0
        counted[id(x_bar)][...] = 1
        return rest
    return x_bar


def shared_like(t: Any, x: Any) -> Any:
    """A tangent of ``x`` as new storage, which is shared where that of ``x`` is, and nowhere else.

    >>> a, t = np.ones(2), np.ones(2)
    >>> first, second = shared_like([t, t], [a, a + 1.0])
    >>> first is second
    False
    """
    made = zero_twins(x)
    if not is_shared(made):
        return detached(t)
    _fill(made, t)
    return made


def as_shared(view: Any, x_dot: Any, r: Any, x: Any) -> Any:
    """The tangent of ``r``, which is a view of ``x`` or a copy, as one of ``x_dot``: ``view``, or a copy of it.

    Of a structure this is said of every array in it.  Raises TypeError where the tangent cannot be seen in the same
    way, as its strides are others.

    >>> x, x_dot = np.ones((2, 2)), np.ones((2, 2))
    >>> as_shared(x_dot.ravel(), x_dot, x.ravel().copy(), x).base is None
    True
    """
    if (held := parts_of(r)) is not None:
        made = {key: as_shared(part_of(view, key), x_dot, value, x) for key, value in held.items()}
        if (dots := attributes(view)) is not None:
            return adjoint_of({**dots, **made})
        return made if isinstance(r, dict) else of_type(view, made.values())
    if not _shares(r, x):
        return np.copy(view) if isinstance(r, np.ndarray) else view
    if not _shares(view, x_dot):
        raise TypeError("a view of an array with such strides cannot be followed: make a copy of it")
    return view


def _shares(r: Any, x: Any) -> bool:
    return any(np.may_share_memory(r, held) for held in _arrays(x, set()))


def tangent_like(t: Any, x: Any, name: str = "the tangent") -> Any:
    """A tangent of ``x``, of its structure, which shares storage where ``x`` does.

    Raises ValueError where the shapes differ, or one thing has several tangents, TypeError where the structures differ.

    >>> a, t = np.ones(2), np.ones(2)
    >>> made = tangent_like([t, t], [a, a])
    >>> made[0] is made[1]
    True
    """
    t = as_tangent(t, x, name)
    if not holds_twice(x):
        return t
    made = zero_twins(x)
    _fill(made, t)
    if not _is_filled(made, t):
        raise ValueError(f"{name} must have one tangent for what is one array, list or object")
    return made


def holds_twice(x: Any) -> bool:
    """Whether a structure holds an array, in whole or in part, or a structure more than once."""
    arrays = [one for one in _arrays(x, set()) if one.size]
    return any(len(group) > 1 for group in together(arrays)) or _comes_again(x, set())


def _comes_again(x: Any, known: set[int]) -> bool:
    """Whether a structure is in itself more than once."""
    held = x if isinstance(x, dict) else attributes(x)
    if held is None and not isinstance(x, (list, tuple)):
        return False
    if id(x) in known:
        return True
    known.add(id(x))
    return any(_comes_again(item, known) for item in (x if held is None else held.values()))


def _fill(made: Any, t: Any) -> None:
    if isinstance(made, np.ndarray):
        made[...] = t
        return
    held = made if isinstance(made, (dict, list)) else vars(made)
    for key in range(len(held)) if isinstance(held, list) else held:
        if is_shared(held[key]):
            _fill(held[key], part_of(t, key))
        else:
            held[key] = part_of(t, key)


def _is_filled(made: Any, t: Any) -> bool:
    if not is_shared(made):
        return made is None or bool(made == t)
    if isinstance(made, np.ndarray):
        return np.array_equal(made, t, equal_nan=made.dtype.kind in "fc")
    held = dict(enumerate(made)) if isinstance(made, list) else made if isinstance(made, dict) else vars(made)
    return all(_is_filled(one, part_of(t, key)) for key, one in held.items())
