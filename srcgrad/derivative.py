"""The ``Derivative`` object: a derivative that is made at its first call, for the kinds of that call's arguments."""

from __future__ import annotations

import contextlib
import copy
import functools
import html
import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from srcgrad import calling, making, modes, pickling
from srcgrad.analysis.kinds import Kind, Known, Unknown, without_sizes
from srcgrad.arguments import Wrt as Wrt
from srcgrad.arguments import of_names, parameters, wrt_names
from srcgrad.bound import BoundDerivative
from srcgrad.captured_values import values_of, with_captured
from srcgrad.dispatch import MISSING, Entry, binder, dispatcher, is_hashable, key_of, needs_reals, with_reals
from srcgrad.errors import refuse_call
from srcgrad.forms import called, module_of
from srcgrad.generation import Form
from srcgrad.guards import Condition, checker, of_callable
from srcgrad.kind_checks import holds_function
from srcgrad.plain import plain_for
from srcgrad.primals import check_suited, is_primitive, read_primal
from srcgrad.program import Plain
from srcgrad.rules.plugins import load_rules
from srcgrad.rules.registry import watch
from srcgrad.signatures import extended, is_closed, tangent_names
from srcgrad.source import Source
from srcgrad.source_derivatives import renewed
from srcgrad.specialise import Specialised, annotated_kinds
from srcgrad.transforms.gathered import with_places
from srcgrad.variadic import spread

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R", covariant=True)
_CHAIN = 8  # combinations of kinds that are chosen among without a search
_PATIENCE = 32  # searches for another one until it takes the place of the oldest of these
_KEPT = 128


class Derivative(Generic[P, R]):
    """A generated derivative of ``primal``.

    It is called with the primal's own arguments.  The first call with arguments of new kinds (scalar, array of so
    many dimensions, list, ...) generates a plain Python function for them; later calls only choose among those.
    Where a global, a captured variable or a function that it uses has changed, it is generated anew.

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

    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
            """Compute the derivative at the given arguments."""
            raise NotImplementedError

    else:  # each object has a function of its own, with the primal's parameters
        __slots__ = ("__call__", "__dict__", "__weakref__")

    def __init__(
        self,
        primal: Callable[P, Any],
        wrt: Any = 0,
        form: Form = "grad",
        has_aux: bool = False,
        holomorphic: bool = False,
        of: Any = None,
    ) -> None:
        self._setup(wrt, form, has_aux, holomorphic, of)
        self.primal: Any = primal
        self._read()
        watch(self)
        with contextlib.suppress(AttributeError, TypeError):
            functools.update_wrapper(self, primal, updated=())
        self.__dict__.pop("__wrapped__", None)

    def _setup(self, wrt: Any, form: Form, has_aux: bool, holomorphic: bool = False, of: Any = None) -> None:
        self.of: str | tuple[str, ...] | None = of
        self.wrt: Wrt = wrt
        self.form: Form = form
        self.has_aux = has_aux
        self.holomorphic = holomorphic
        self._single = not isinstance(wrt, (tuple, list))
        self._lock = threading.RLock()
        self._specialised: dict[tuple[Kind, ...], Specialised] = {}
        self._entries: dict[Any, Entry] = {}
        self._chain: list[Entry] = []
        self._latest: list[Specialised | None] = [None]
        self._stored: list[Specialised] | None = None
        self._state: dict[str, Any] | None = None
        self._cells: Mapping[str, Any] = {}
        wanted = [wrt] if self._single else wrt
        places = [place + 1 for place in wanted if isinstance(place, int)]
        self._used = max([0, *places]), frozenset(name for name in wanted if isinstance(name, str))

    def _read(self) -> None:
        """Take the primal as it is now; of a primitive, the parameters that calls have used."""
        primal, self._blocks = (self.primal, ()) if is_primitive(self.primal) else modes.unwrapped(self.primal)
        if any(block.recording is False for block in self._blocks):
            raise refuse_call("a function under pause() has no derivative", "take the derivative of one that is not")
        source = with_captured(with_places(read_primal(primal, *self._used), self.wrt), self.wrt)
        self._cells = source.captured or getattr(self.primal, "_cells", {})
        source = replace(source, of=of_names(source, self.of, self.has_aux))
        names, found = wrt_names(source, self.wrt), parameters(source)
        self._bound: tuple[Condition, ...] = tuple(of_callable(primal))
        self._own = checker(self._bound)
        self._source: Source = source
        dots = tangent_names(source.tree, names) if self.form in ("jvp", "hvp") else ()
        closed = is_closed(source.tree.args)
        self._grows = source.wraps or getattr(self.primal, "_grows", False)
        shown, taken = extended(found, closed, dots), extended(found, closed or self._grows, dots)
        self._take(names, dots, shown, taken, source.name if source.name.isidentifier() else "function")

    def _take(self, names: tuple[str, ...], dots: tuple[str, ...], shown: Any, taken: Any, name: str) -> None:
        """The parameters of a call: as users see them, and as they are told apart."""
        with self._lock:
            self._names = names
            self._dots = dots
            self.__signature__ = shown
            self._parameters = found = taken
            self._called = name
            self._bind = binder(found, name)
            self._specialised.clear()
            self._entries.clear()
            self._chain.clear()
            self._rebuild()

    def rules_changed(self) -> None:
        """Make everything anew at the next call: a rule was registered."""
        with self._lock:
            self._own = lambda: False
            self._chain.clear()
            self._rebuild()

    # --- calls

    def _rebuild(self) -> None:
        chain = None if self._cells else self._chain  # what is captured may be another value each time
        called = dispatcher(self._parameters, self._called, chain, self._choose, self._latest)
        setattr(self, "__call__", called)  # noqa: B010  # a slot

    def _look(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Read the primal again if it has changed, or if it is a primitive of which a call uses other parameters."""
        if self._stored is None:
            load_rules()
        if self._stored is None and self._source.wraps:
            count, names = self._used
            places = self._places(args, kwargs)
            more = places if self._source.variadic else max(count, places)
            used = more, names | (kwargs.keys() - set(self._dots))
        else:
            used = self._used
        if renewed(self, args, kwargs) or used != self._used or not self._own():
            before, self._used = self._used, used
            try:
                self._read()
            except BaseException:
                self._used = before
                raise

    def _places(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> int:
        """How many of the positional arguments of a primitive are its own: the last ones may be tangents."""
        found = self._parameters.parameters.values()
        needed = sum(p.kind < p.VAR_POSITIONAL and p.default is p.empty and p.name not in kwargs for p in found)
        count = len(args) - len([dot for dot in self._dots if dot not in kwargs])
        return count if count >= (1 if self._source.variadic else needed) else len(args)

    def _named(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of a call with the tangents by name, where a primitive has as many parameters as calls use."""
        if self._stored is not None or not (self._dots and self._grows):
            return args, kwargs
        count = self._places(args, kwargs)
        dots = [dot for dot in self._dots if dot not in kwargs]
        return args[:count], {**kwargs, **dict(zip(dots, args[count:], strict=False))}

    def _choose(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call that the generated choice does not cover."""
        args, kwargs = self._named(args, kwargs)
        self._look(args, kwargs)
        key, values, left_out = self._arguments(args, kwargs)
        entry = self._entries.get(key) if is_hashable(key) else None
        if entry is not None and not entry.made.valid():
            self._read()
            return self._choose(args, kwargs)
        if entry is None:
            made = self._specialise(self._kinds(values))
            keys = dict(zip(values, key[1], strict=True))
            real = frozenset(name for name in (*self._names, *self._dots) if needs_reals(values[name]))
            function = spread(called(self, made), self.__signature__)
            entry = Entry(made, function, keys, {name: values[name] for name in left_out}, real)
        self._latest[0] = entry.made
        result = entry.call(values)
        self._keep(key, entry)
        return result

    def _arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any], tuple[str, ...]]:
        """What tells the kinds of a call apart, the value of every parameter, and those that were left out.

        Raises TypeError as the primal itself would.
        """
        bound = self._bind(*args, **{**values_of(self._cells), **kwargs})
        left_out = tuple(name for name, value in bound.items() if value is MISSING)
        bound |= {name: self._parameters.parameters[name].default for name in left_out}
        try:
            keys = tuple([key_of(value, self._is_followed(name, value)) for name, value in bound.items()])
            return (left_out, keys), bound, left_out
        except RecursionError:
            reason = f"an argument of {self._source.name} holds itself, or is nested too deeply"
            raise refuse_call(reason, "pass lists that do not hold themselves") from None

    def _keep(self, key: Any, entry: Entry) -> None:
        """Let later calls find an entry; one that is called often comes to the front."""
        if not is_hashable(key):
            return
        with self._lock:
            self._entries.setdefault(key, entry)
            if len(self._entries) > _KEPT:
                del self._entries[next(iter(self._entries))]
            entry.misses += 1
            if entry not in self._chain and (len(self._chain) < _CHAIN or entry.misses % _PATIENCE == 0):
                self._chain.insert(0, entry)
                del self._chain[_CHAIN:]
                self._rebuild()

    # --- specialisation

    def _kinds(self, values: Mapping[str, Any]) -> dict[str, Kind]:
        check_suited(values)
        named = {name: value for name, value in values.items() if name not in self._dots}
        source = self._source if self._stored is None else None
        return {
            n: making.kind_of_argument(source, self.wrt, n, v, n in self._names, self._is_followed(n, v))
            for n, v in named.items()
        }

    def _is_followed(self, name: str, value: Any) -> bool:
        """Whether an argument is differentiated, or is an object that the primal stores to."""
        return name in self._names or (self._stored is None and making.is_followed(self._source, value, name))

    def _specialise(self, kinds: Mapping[str, Kind], form: Form | None = None) -> Specialised:
        key = (*kinds.values(), *([] if form is None else [Known(form)]))
        made = self._specialised.get(key)
        if self._stored is not None and made is None:
            made = self._stored[-1]
            if all(isinstance(kind, Unknown) or kind == kinds[name] for name, kind in made.kinds.items()):
                return made
            raise refuse_call(
                f"this derivative of {self._called} was pickled without its function, for arguments of other kinds",
                "call it with arguments of these kinds before it is pickled",
            )
        if made is None or not made.valid():
            options = self.has_aux, self._bound, self._blocks
            made = making.made(self._source, self._names, kinds, form or self.form, options, self.holomorphic)
            with self._lock:
                self._specialised[key] = made
                if len(self._specialised) > _KEPT:
                    del self._specialised[next(iter(self._specialised))]
        self._latest[0] = made
        return made

    def _specialise_for(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Specialised, dict[str, Any]]:
        args, kwargs = self._named(args, kwargs)
        self._look(args, kwargs)
        values = self._arguments(args, kwargs)[1]
        return self._specialise(self._kinds(values)), values

    def plain_for(self, args: list[Kind], keywords: Mapping[str, Kind]) -> Plain:
        """The plain function for a call with arguments of the given kinds in differentiated code.

        Raises TypeError where they do not fit the primal's parameters.
        """
        self._look(tuple(args), keywords)
        return plain_for(self, args, keywords)

    # --- what can be read

    def function(self, *args: P.args, **kwargs: P.kwargs) -> Callable[..., R]:
        """The plain generated function for arguments of exactly these kinds: it checks nothing when it is called.

        Arguments of other kinds, integers where these were real numbers, arrays of other dimensions or dtypes,
        lists of other lengths, another string, None or function, give an error or WRONG NUMBERS without one.  Nor
        does it see that a global or a function which it relies on has changed.  A derivative that is called itself
        sees all that.

        >>> import srcgrad
        >>> plain = srcgrad.grad(lambda x: x * x).function(3.0)
        >>> plain(4.0)
        8.0
        """
        made, values = self._specialise_for(args, kwargs)
        plain = made.functions[0] if self._dots else called(self, made)
        real = [name for name in self._names if needs_reals(values[name])]
        return with_reals(plain, real, values) if real else plain

    def source_for(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The text of the derivative for arguments of these kinds; nothing is called.

        Raises DifferentiationError where the primal cannot be differentiated.

        >>> import srcgrad
        >>> text = srcgrad.grad(lambda x: x**3).source_for(2.0)
        >>> print(text.splitlines()[-1].strip())
        return x_bar
        """
        return self._specialise_for(args, kwargs)[0].text

    @property
    def source(self) -> str:
        """The text of the derivative that was called, asked for or made last.

        Before any call it is made for what annotations tell; what they do not tell is handled in every case.

        >>> import srcgrad
        >>> def half(x: float) -> float:
        ...     return x / 2
        >>> "# return x / 2" in srcgrad.grad(half).source
        True
        """
        return self._current().text

    @property
    def stages(self) -> dict[str, str]:
        """The text after each pass, by the pass's name, of the derivative whose text is ``source``.

        >>> import srcgrad
        >>> list(srcgrad.grad(lambda x: x * x).stages)[-4:]
        ['simplify', 'coalesce', 'tidy', 'renumber']
        """
        return self._current().stages

    def _current(self) -> Specialised:
        return self._latest[0] or self.general()

    def general(self) -> Specialised:
        """The derivative for the kinds that annotations tell."""
        if self._stored is not None:
            return self._stored[-1]
        self._look((), {})
        names = [name for name in self._parameters.parameters if name not in self._dots]
        return self._specialise(annotated_kinds(self._source, names, self._names))

    def save(self, path: str | Path, *args: Any, **kwargs: Any) -> None:
        """Write the derivative as a module that imports NumPy only.

        With example arguments it is made for their kinds, else for what annotations tell; the module raises TypeError
        for arguments of other kinds.  Raises DifferentiationError if it needs a global that cannot be written down,
        FileExistsError if the file is there and srcgrad did not generate it.

        >>> import pathlib, tempfile, srcgrad
        >>> def cube(x):
        ...     return x**3
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "cube_grad.py")
        ...     srcgrad.grad(cube).save(path, 2.0)
        ...     "def cube_grad(x" in path.read_text(encoding="utf-8")
        True
        """
        from srcgrad.offline import write

        made = self._for_any_size(args, kwargs) if args or kwargs else self.general()
        if self._stored is not None and any(map(holds_function, made.kinds.values())):
            reason = f"this derivative of {self._called} was pickled without its function, for a function as argument"
            raise refuse_call(reason, "save it before it is pickled")
        write(path, module_of(self, made))

    def _for_any_size(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Specialised:
        """The derivative for arguments of these dimensions, whatever their sizes (one may be broadcast)."""
        made = self._specialise_for(args, kwargs)[0]
        if self._stored is not None:
            return made
        kinds = made.kinds
        return self._specialise({name: without_sizes(kind) for name, kind in kinds.items()})

    @overload
    def __get__(self, instance: None, owner: Any = None) -> Derivative[P, R]: ...
    @overload
    def __get__(
        self: Derivative[Concatenate[Any, Q], R], instance: object, owner: Any = None
    ) -> BoundDerivative[Q, R]: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a method: the instance is the first argument."""
        return self if instance is None else BoundDerivative(self, instance)

    def __repr__(self) -> str:
        return f"<srcgrad derivative ({self.form}) of {self._called} with respect to {', '.join(self._names)}>"

    def _repr_html_(self) -> str:
        """The source for Jupyter, highlighted where pygments is installed."""
        try:
            from pygments import highlight
            from pygments.formatters import HtmlFormatter
            from pygments.lexers import PythonLexer
        except ImportError:
            return f"<pre>{html.escape(self.source)}</pre>"
        return str(highlight(self.source, PythonLexer(), HtmlFormatter(noclasses=True)))

    # --- copies

    def __reduce__(self) -> Any:
        """By the name of the function where that is enough, else by the text of what was made, and for all kinds.

        Raises DifferentiationError if it needs a global that cannot be written down.
        """
        return pickling.reduced(self)

    def __copy__(self) -> Derivative[P, R]:
        return self._copy(self.primal)

    def __deepcopy__(self, memo: dict[int, Any]) -> Derivative[P, R]:
        return self._copy(copy.deepcopy(self.primal, memo))

    def _copy(self, primal: Any) -> Derivative[P, R]:
        if self._state is not None:
            return self._from_state(self._state)
        return type(self)(primal, self.wrt, self.form, self.has_aux, self.holomorphic, self.of)

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> Derivative[P, R]:
        """A derivative without its function: for the kinds that it was made for before it was pickled."""
        made = cls.__new__(cls)
        made._setup(state["wrt"], state["form"], state["has_aux"], state.get("holomorphic", False), state.get("of"))
        made.primal = None
        made._own = checker(())
        made._state = state
        made._stored = pickling.loaded(state)
        made.__dict__.update(state["attributes"])
        found = inspect.Signature(state["parameters"])
        made._take(state["names"], state["dots"], found, found, state["called"])
        made._specialised.update((tuple(one.kinds.values()), one) for one in made._stored)
        return made


calling.use(Derivative)
