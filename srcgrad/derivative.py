"""The ``Derivative`` object: a derivative that is made at its first call, for the kinds of that call's arguments."""

from __future__ import annotations

import contextlib
import functools
import html
import inspect
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

from srcgrad.analysis.kinds import Kind
from srcgrad.errors import refuse_call
from srcgrad.generation import Form
from srcgrad.source import Source, read
from srcgrad.specialise import Specialised, annotated_kind, argument_kind, specialise

P = ParamSpec("P")
R = TypeVar("R")
Wrt = int | str | tuple[int | str, ...]
_CACHE_SIZE = 512


class Derivative(Generic[P, R]):
    """A generated derivative of ``primal``.

    It is called with the primal's own arguments.  The first call with arguments of new kinds (scalar, array of so
    many dimensions, list, ...) generates a plain Python function for them; later calls only choose among those.

    >>> import srcgrad
    >>> def f(x):
    ...     return x * x
    >>> g = srcgrad.grad(f)
    >>> g(3.0)
    6.0
    >>> print(g.source_for(3.0))
    def f_grad(x, y_bar=1.0):
        # reverse sweep
        # return x * x
        x_bar = 2 * (y_bar * x)
        return x_bar
    <BLANKLINE>
    """

    def __init__(self, primal: Callable[..., Any], wrt: Wrt = 0, form: Form = "grad", has_aux: bool = False) -> None:
        self.primal = primal
        self.wrt = wrt
        self.form: Form = form
        self.has_aux = has_aux
        self._source = read(primal)
        self._names = _wrt_names(self._source, wrt)
        self._single = not isinstance(wrt, (tuple, list))
        self._parameters = _parameters(self._source)
        self._specialised: dict[tuple[Kind, ...], Specialised] = {}
        self._calls: dict[Any, tuple[Callable[[], bool], Callable[..., Any]]] = {}
        self._latest: Specialised | None = None
        with contextlib.suppress(AttributeError, TypeError):
            functools.update_wrapper(self, primal, updated=())
        if hasattr(self, "__wrapped__"):
            del self.__wrapped__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute the derivative at the given arguments."""
        try:
            valid, function = self._calls[_call_key(args, kwargs)]
        except (KeyError, TypeError):
            return self._first_call(args, kwargs)  # type: ignore[no-any-return]
        if not valid():
            self._forget()
            return self._first_call(args, kwargs)  # type: ignore[no-any-return]
        return function(*args, **kwargs)  # type: ignore[no-any-return]

    # --- specialisation

    def _first_call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        made, values = self._specialise_for(args, kwargs)
        function = self._callable(made, values, args, kwargs)
        try:
            key = _call_key(args, kwargs)
            if len(self._calls) >= _CACHE_SIZE:
                self._calls.clear()
            result = function(*args, **kwargs)
            self._calls[key] = (made.valid, function)
        except TypeError:
            if _is_hashable(args, kwargs):
                raise
            return function(*args, **kwargs)
        return result

    def _specialise_for(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Specialised, dict[str, Any]]:
        values = self._bind(args, dict(kwargs))
        kinds = tuple(argument_kind(value, name in self._names) for name, value in values.items())
        return self._specialise(dict(zip(values, kinds, strict=True))), values

    def _specialise(self, kinds: Mapping[str, Kind]) -> Specialised:
        key = tuple(kinds.values())
        made = self._specialised.get(key)
        if made is None or not made.valid():
            made = specialise(self._source, self._names, kinds, self.form, self.has_aux)
            self._specialised[key] = made
        self._latest = made
        return made

    def _forget(self) -> None:
        """A global has changed: what was generated for the old one is not used again."""
        self._calls.clear()
        self._specialised.clear()
        self._source = read(self.primal)

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The value of every parameter; raises TypeError as the primal itself would."""
        bound = self._parameters.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments

    def _callable(
        self, made: Specialised, values: dict[str, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Callable[..., Any]:
        """The generated function, with Python integers that are differentiated made real first."""
        plain = made.functions[0] if self.form != "vjp" else _vjp_call(made, self._names, self._single, self.has_aux)
        names = list(self._parameters.parameters)
        real = [n for n in self._names if type(values[n]) is int or isinstance(values[n], np.integer)]
        if not self._single and len(self._names) == 1 and self.form != "vjp":
            plain = _as_tuple(plain, self.form, self.has_aux)
        if not real:
            return plain
        positions = {names.index(n) for n in real}

        def converted(*args: Any, **kwargs: Any) -> Any:
            changed = [float(a) if n in positions else a for n, a in enumerate(args)]
            named = {k: float(v) if k in real else v for k, v in kwargs.items()}
            missing = {n: float(values[n]) for n in real if n not in named and names.index(n) >= len(args)}
            return plain(*changed, **named, **missing)

        return converted

    def plain_for(self, args: list[Kind], keywords: Mapping[str, Kind]) -> tuple[Callable[..., Any], bool]:
        """The plain function for arguments of the given kinds, and whether its only gradient is to be a tuple."""
        own = self._parameters.bind(*args, **keywords)
        given = dict(own.arguments)
        own.apply_defaults()
        kinds = {
            name: given[name] if name in given else argument_kind(value, name in self._names)
            for name, value in own.arguments.items()
        }
        latest = self._latest
        made = self._specialise(kinds)
        self._latest = latest
        return made.functions[0], not self._single and len(self._names) == 1

    # --- what can be read

    def function(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """The plain generated function for arguments of these kinds, without the choice at each call."""
        made, values = self._specialise_for(args, kwargs)
        return self._callable(made, values, args, kwargs)

    def source_for(self, *args: Any, **kwargs: Any) -> str:
        """The text of the derivative for arguments of these kinds."""
        return self._specialise_for(args, kwargs)[0].text

    @property
    def source(self) -> str:
        """The text of the derivative for the latest call's kinds.

        Before any call it is made for what annotations tell; what they do not tell is handled in every case.
        """
        return self._current().text

    @property
    def stages(self) -> dict[str, str]:
        """The text after each pass, by the pass's name."""
        return self._current().stages

    def _current(self) -> Specialised:
        return self._latest if self._latest is not None else self.general()

    def general(self) -> Specialised:
        """The derivative for the kinds that annotations tell."""
        annotations = getattr(self._source.function, "__annotations__", {})
        kinds = {name: annotated_kind(annotations.get(name)) for name in self._parameters.parameters}
        kinds |= {n: annotated_kind(float) for n in self._names if annotations.get(n) in (int, "int")}
        return self._specialise(kinds)

    def save(self, path: str | Path, *args: Any, **kwargs: Any) -> None:
        """Write the derivative as a module that imports NumPy only.

        With example arguments it is made for their kinds, else for what annotations tell.  Raises
        DifferentiationError if it needs a global that cannot be written down.
        """
        from srcgrad.offline import module_text, write

        made = self._specialise_for(args, kwargs)[0] if args or kwargs else self.general()
        write(path, module_text(self, made))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a method: the instance is the first argument."""
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<srcgrad derivative ({self.form}) of {self._source.name} with respect to {', '.join(self._names)}>"

    def _repr_html_(self) -> str:
        """The source for Jupyter, highlighted where pygments is installed."""
        try:
            from pygments import highlight
            from pygments.formatters import HtmlFormatter
            from pygments.lexers import PythonLexer
        except ImportError:
            return f"<pre>{html.escape(self.source)}</pre>"
        return str(highlight(self.source, PythonLexer(), HtmlFormatter(noclasses=True)))

    def __reduce__(self) -> Any:
        return _restore, (self.primal, self.wrt, self.form, self.has_aux)


def _restore(primal: Callable[..., Any], wrt: Wrt, form: Form, has_aux: bool) -> Derivative[Any, Any]:
    return Derivative(primal, wrt, form, has_aux)


def _parameters(source: Source) -> inspect.Signature:
    """The signature of the primal without what is bound already."""
    arguments = source.tree.args
    own = [a.id for a in [*arguments.posonlyargs, *arguments.args]]
    defaults = list(getattr(source.function, "__defaults__", None) or ())
    keyword_defaults = dict(getattr(source.function, "__kwdefaults__", None) or {})
    values = dict(
        zip(
            own[len(own) - len(arguments.defaults) :], defaults[len(defaults) - len(arguments.defaults) :], strict=False
        )
    )
    kinds = inspect.Parameter
    made = [kinds(n, kinds.POSITIONAL_OR_KEYWORD, default=values.get(n, kinds.empty)) for n in own] + [
        kinds(a.id, kinds.KEYWORD_ONLY, default=keyword_defaults.get(a.id, kinds.empty)) for a in arguments.kwonlyargs
    ]
    return inspect.Signature(made)


def _wrt_names(source: Source, wrt: Wrt) -> tuple[str, ...]:
    """The parameters that ``wrt`` names, by name or by position."""
    arguments = source.tree.args
    positional = [a.id for a in [*arguments.posonlyargs, *arguments.args]]
    every = [*positional, *(a.id for a in arguments.kwonlyargs)]
    found = []
    items: tuple[Any, ...] = tuple(wrt) if isinstance(wrt, (tuple, list)) else (wrt,)
    for item in items:
        if isinstance(item, str):
            if item not in every:
                raise refuse_call(
                    f"wrt={item!r} names no parameter of {source.name}",
                    f"its parameters are {', '.join(every) or 'none'}",
                )
            found.append(item)
        elif isinstance(item, int) and not isinstance(item, bool):
            if not -len(positional) <= item < len(positional):
                raise refuse_call(
                    f"wrt={item} is no position of {source.name}, which has {len(positional)} positional parameters",
                    f"its parameters are {', '.join(every) or 'none'}",
                )
            found.append(positional[item])
        else:
            raise refuse_call(f"wrt must be names or positions, not {item!r}", "for example wrt=0 or wrt=('w', 'b')")
    if not found:
        raise refuse_call("wrt is empty", "name at least one parameter")
    if len(set(found)) < len(found):
        raise refuse_call("wrt names a parameter twice", "name each once")
    return tuple(found)


def _call_key(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What tells the kinds of a call's arguments apart, as cheaply as can be."""
    key = tuple([(a.shape, a.dtype) if type(a) is np.ndarray else _key(a) for a in args])
    if kwargs:
        return key, tuple((k, _key(v)) for k, v in kwargs.items())
    return key


def _key(value: Any) -> Any:
    kind = type(value)
    if kind in (float, int, bool, complex):
        return kind
    if kind is np.ndarray:
        return value.shape, value.dtype
    if kind in (list, tuple):
        return kind, tuple([_key(item) for item in value])
    if kind is dict:
        return kind, tuple([(k, _key(v)) for k, v in value.items()])
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, np.ufunc, type, str, np.dtype)):
        return kind, value
    return kind


def _is_hashable(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    try:
        hash(_call_key(args, kwargs))
    except TypeError:
        return False
    return True


def _as_tuple(function: Callable[..., Any], form: Form, has_aux: bool) -> Callable[..., Any]:
    """``wrt=(0,)`` asks for a tuple of one gradient."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if form == "value_and_grad":
            return result[0], (result[1],)
        return ((result[0],), result[1]) if has_aux else (result,)

    return wrapped


def _vjp_call(made: Specialised, names: tuple[str, ...], single: bool, has_aux: bool) -> Callable[..., Any]:
    from srcgrad.pullback import Pullback

    forward, backward = made.functions

    def call(*args: Any, **kwargs: Any) -> Any:
        value, saved = forward(*args, **kwargs)
        if has_aux:
            return value[0], Pullback(backward, saved, value[0], single), value[1]
        return value, Pullback(backward, saved, value, single)

    return call
