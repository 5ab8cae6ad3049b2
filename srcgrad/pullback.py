"""The reverse sweep of one call of ``vjp``: cotangents of the result in, gradients out, as often as wanted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from srcgrad.contents import as_pickled, copied_apart
from srcgrad.explain import explain
from srcgrad.objects import adjoint_of, attributes
from srcgrad.structures import parts_of


class _Number(NamedTuple):
    """A number or an array of a result."""

    shape: tuple[int, ...]
    is_complex: bool


class _Object(NamedTuple):
    """An object in a result: its attributes that have a derivative."""

    parts: dict[str, Any]


class Pullback:
    """Maps a cotangent of the result to gradients of the differentiated arguments.

    Called without a cotangent it takes ones.  That of a complex result may be complex, that of a real one is real.
    With ``into`` it adds the gradients to the caller's arrays in place and returns these: one array, or a list or dict
    of them for an argument that is one, and a tuple or list of all that for several arguments.

    Raises TypeError if the cotangent has not the structure of the result, ValueError if it has not its shape.
    Where a buffer does not fit (TypeError) or cannot be written (ValueError), none is changed.

    >>> import numpy as np, srcgrad
    >>> value, pullback = srcgrad.vjp(lambda x: x * x)(np.array([1.0, 2.0]))
    >>> pullback(np.array([1.0, 10.0]))
    array([ 2., 40.])
    >>> total = np.ones(2)
    >>> pullback(into=total)
    array([3., 5.])
    """

    def __init__(
        self,
        backward: Callable[..., Any],
        saved: Any,
        value: Any,
        single: bool,
        lone: bool = False,
        text: Callable[[], str] | None = None,
    ) -> None:
        """``lone``: the function returns its one gradient bare, though a tuple is asked for."""
        self._backward = backward
        self._saved = saved
        self._shapes = _shapes(value)
        self._single = single
        self._lone = lone
        self._text = text

    def __call__(self, y_bar: Any = None, *, into: Any = None) -> Any:
        """Return the gradients for the cotangent ``y_bar`` (ones if left out)."""
        if y_bar is None:
            y_bar = _ones(self._shapes)
        else:
            y_bar = _checked(y_bar, self._shapes, "y_bar")
        try:
            gradients = self._backward(self._saved, y_bar)
        except Exception as error:
            explain(error)
            raise
        if self._lone:
            gradients = (gradients,)
        if into is None:
            return gradients
        if not self._single and (not isinstance(into, (tuple, list)) or len(into) != len(gradients)):
            raise TypeError(f"into must be a tuple of {len(gradients)}, with buffers for each argument in wrt")
        pairs = list(_pairs(into, gradients if self._single else list(gradients), "into"))
        for buffer, gradient in pairs:
            if not buffer.flags.writeable:
                raise ValueError("into holds an array that is read-only")
            if not np.can_cast(np.asarray(gradient).dtype, buffer.dtype, "same_kind"):
                raise TypeError(f"a gradient of {np.asarray(gradient).dtype} cannot be added into {buffer.dtype}")
        for buffer, gradient in pairs:
            buffer += gradient
        return into

    def __repr__(self) -> str:
        name = getattr(self._backward, "__name__", "").removesuffix("_bwd") or "a function"
        return f"<srcgrad pullback of {name}, for a cotangent of {_of_shape(self._shapes)}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Pullback:
        made = copy.copy(self)
        made._saved = copied_apart(self._saved, memo)
        return made

    def __copy__(self) -> Pullback:
        made = Pullback.__new__(Pullback)
        made.__dict__.update(self.__dict__)
        return made

    def __reduce__(self) -> Any:
        from srcgrad.pickling import restored_pullback

        if self._text is None:
            raise TypeError("this pullback cannot be pickled")
        return restored_pullback, (self._text(), as_pickled(self._saved), self._shapes, self._single)


def _pairs(buffers: Any, gradients: Any, label: str) -> Iterator[tuple[Any, Any]]:
    """Each buffer with what is added to it; raises TypeError where the structures differ."""
    if isinstance(gradients, dict):
        if not isinstance(buffers, dict) or buffers.keys() != gradients.keys():
            raise TypeError(f"{label} must be a dict with the keys of the argument")
        for key, gradient in gradients.items():
            yield from _pairs(buffers[key], gradient, f"{label}[{key!r}]")
    elif isinstance(gradients, (list, tuple)):
        if not isinstance(buffers, (list, tuple)) or len(buffers) != len(gradients):
            raise TypeError(f"{label} must be a list or tuple of {len(gradients)} buffers")
        for number, gradient in enumerate(gradients):
            yield from _pairs(buffers[number], gradient, f"{label}[{number}]")
    elif isinstance(buffers, np.ndarray) and buffers.shape == np.shape(gradients):
        yield buffers, gradients
    else:
        raise TypeError(f"{label} must be an array of shape {np.shape(gradients)}, not {_described(buffers)}")


def _shapes(value: Any) -> Any:
    """The structure of a result: a number's shape, or those of what it holds, or None for what is none."""
    if isinstance(value, (list, tuple)):
        return [_shapes(item) for item in value]
    if isinstance(value, dict):
        return {key: _shapes(item) for key, item in value.items()}
    if attributes(value) is not None:
        return _Object({name: _shapes(item) for name, item in parts_of(value).items()})
    if isinstance(value, (bool, int, float, complex, np.generic, np.ndarray)):
        return _Number(np.shape(value), np.iscomplexobj(value))
    return None


def _of_shape(shapes: Any) -> str:
    if isinstance(shapes, list):
        return f"({', '.join(map(_of_shape, shapes))}{',' * (len(shapes) == 1)})"
    if isinstance(shapes, dict):
        return f"{{{', '.join(f'{key!r}: {_of_shape(item)}' for key, item in shapes.items())}}}"
    if isinstance(shapes, _Object):
        return f"an object of {', '.join(f'{name}: {_of_shape(item)}' for name, item in shapes.parts.items())}"
    return "no number" if shapes is None else f"shape {shapes.shape}"


def _ones(shapes: Any) -> Any:
    if isinstance(shapes, list):
        return tuple(_ones(item) for item in shapes)
    if isinstance(shapes, dict):
        return {key: _ones(item) for key, item in shapes.items()}
    if isinstance(shapes, _Object):
        return adjoint_of(_ones(shapes.parts))
    return 1.0 + 0.0j if shapes is not None and shapes.is_complex else 1.0


def _checked(y_bar: Any, shapes: Any, label: str) -> Any:
    """The cotangent, with integers made real, and made complex for a complex result."""
    if isinstance(shapes, list):
        if not isinstance(y_bar, (list, tuple)) or len(y_bar) != len(shapes):
            raise TypeError(f"{label} must be a sequence of {len(shapes)} cotangents, one for each result")
        items = zip(y_bar, shapes, strict=True)
        return tuple([_checked(item, shape, f"{label}[{n}]") for n, (item, shape) in enumerate(items)])
    if isinstance(shapes, dict):
        if not isinstance(y_bar, dict) or y_bar.keys() != shapes.keys():
            raise TypeError(f"{label} must be a dict with the keys of the result: {', '.join(map(repr, shapes))}")
        return {key: _checked(y_bar[key], shape, f"{label}[{key!r}]") for key, shape in shapes.items()}
    if isinstance(shapes, _Object):
        held = attributes(y_bar)
        if held is None or not shapes.parts.keys() <= held.keys():
            raise TypeError(f"{label} must be an object with the attributes {', '.join(shapes.parts)}")
        return adjoint_of({n: _checked(held[n], shape, f"{label}.{n}") for n, shape in shapes.parts.items()})
    if shapes is None:
        return y_bar
    if not isinstance(y_bar, (int, float, complex, np.generic, np.ndarray)) or isinstance(y_bar, bool):
        raise TypeError(f"{label} must be a number or an array, not {type(y_bar).__name__}")
    if isinstance(y_bar, np.ndarray) and not y_bar.ndim:
        y_bar = y_bar[()]  # a number: the array is the caller's, and a gradient may be the cotangent itself
    kind = np.asarray(y_bar).dtype.kind
    if kind not in ("fiuc" if shapes.is_complex else "fiu"):
        wanted = "real or complex" if shapes.is_complex else "real"
        raise TypeError(f"{label} must be {wanted}, not {np.asarray(y_bar).dtype}")
    if np.shape(y_bar) != shapes.shape:
        raise ValueError(f"{label} has shape {np.shape(y_bar)}, the result has {shapes.shape}")
    wide: Any = complex if shapes.is_complex else float
    if kind == "c" or (kind == "f" and not shapes.is_complex):
        return y_bar
    if kind == "f":  # in its own precision
        return np.add(y_bar, 0j)[()]
    return y_bar.astype(wide) if isinstance(y_bar, np.ndarray) else wide(y_bar)


def _described(value: Any) -> str:
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def vjp_call(
    functions: tuple[Callable[..., Any], ...], single: bool, lone: bool, has_aux: bool, text: Callable[[], str]
) -> Callable[..., Any]:
    """Both sweeps as one function that returns the value and a pullback (and the auxiliary value)."""
    forward, backward = functions

    def call(*args: Any, **kwargs: Any) -> Any:
        value, saved = forward(*args, **kwargs)
        if has_aux:
            return value[0], Pullback(backward, saved, value[0], single, lone, text), value[1]
        return value, Pullback(backward, saved, value, single, lone, text)

    return call
