"""The registry of rules: what the derivative of each primitive is, and which functions are constant.

A rule is an ordinary function of the primitive's own arguments, of ``out`` (the primitive's result, if the
rule wants it) and of ``d`` (the differential).  Its body, lets and one ``return``, is the template that the
transformation inlines; nothing here is run when a derivative is computed.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

Form = Literal["elementwise", "linear", "bilinear", "pullback"]
Body = TypeVar("Body", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """The derivative of one primitive.

    ``body`` is the template.  ``form`` says what the terms mean: *elementwise* terms are unbroadcast by the
    engine, *linear*, *bilinear* and *pullback* terms already have the shape of their argument.  ``methods`` are
    the ndarray methods of the same signature; ``packed`` names the parameter into which a method packs its
    surplus positional arguments (``x.reshape(2, 3)`` is ``np.reshape(x, (2, 3))``).  ``view`` says that the
    primitive's result may share memory with an argument.
    """

    body: Callable[..., Any]
    form: Form
    primitives: tuple[Any, ...]
    methods: tuple[str, ...] = ()
    packed: str | None = None
    view: bool = False

    @property
    def name(self) -> str:
        """The name of the first primitive, for messages."""
        return str(getattr(self.primitives[0], "__name__", getattr(self.body, "__name__", "rule")))


class Watcher(Protocol):
    """Something that was made by the rules of its time."""

    def rules_changed(self) -> None:
        """Called after each registration: what was made may be out of date."""


_watchers: weakref.WeakSet[Watcher] = weakref.WeakSet()
_lock = threading.Lock()
_RULES: dict[int, tuple[Any, Rule]] = {}
_METHODS: dict[str, Rule] = {}
_CONSTANTS: dict[int, Any] = {}
_CONSTANT_METHODS: set[str] = set()


def _register(
    form: Form,
    primitives: tuple[Any, ...],
    methods: tuple[str, ...],
    packed: str | None,
    view: bool,
) -> Callable[[Body], Body]:
    def decorate(body: Body) -> Body:
        rule = Rule(body, form, primitives, methods, packed, view)
        for primitive in primitives:
            _RULES[id(primitive)] = (primitive, rule)
        for method in methods:
            _METHODS[method] = rule
        _tell()
        return body

    return decorate


def elementwise(*primitives: Any, methods: tuple[str, ...] = ()) -> Callable[[Body], Body]:
    """Register the rule of functions that act element by element; one expression in ``d`` serves both modes.

    >>> import numpy as np
    >>> def softplus(x):
    ...     return np.log1p(np.exp(x))
    >>> @elementwise(softplus)
    ... def softplus_rule(x, *, d):
    ...     return d / (1 + np.exp(-x))
    """
    return _register("elementwise", primitives, methods, None, False)


def linear(
    *primitives: Any, methods: tuple[str, ...] = (), packed: str | None = None, view: bool = False
) -> Callable[[Body], Body]:
    """Register the transpose of functions that are linear in their differentiable arguments together."""
    return _register("linear", primitives, methods, packed, view)


def bilinear(*primitives: Any, methods: tuple[str, ...] = ()) -> Callable[[Body], Body]:
    """Register the two transposes of functions that are linear in each of their first two arguments."""
    return _register("bilinear", primitives, methods, None, False)


def pullback(*primitives: Any, methods: tuple[str, ...] = (), view: bool = False) -> Callable[[Body], Body]:
    """Register the adjoint of functions of any other form."""
    return _register("pullback", primitives, methods, None, view)


def constant(*primitives: Any, methods: tuple[str, ...] = ()) -> None:
    """Register functions (and ndarray methods) whose derivative is zero wherever it exists."""
    for primitive in primitives:
        _CONSTANTS[id(primitive)] = primitive
    _CONSTANT_METHODS.update(methods)
    _tell()


def watch(watcher: Watcher) -> None:
    """Tell an object, for as long as it lives, about each further registration: so no call has to ask."""
    with _lock:
        _watchers.add(watcher)


def _tell() -> None:
    with _lock:
        found = list(_watchers)
    for watcher in found:
        watcher.rules_changed()


def rule_of(primitive: Any) -> Rule | None:
    """Return the rule of a callable, or None."""
    entry = _RULES.get(id(primitive))
    return entry[1] if entry is not None else None


def rule_of_method(name: str) -> Rule | None:
    """Return the rule of an ndarray method, or None."""
    return _METHODS.get(name)


def is_constant(primitive: Any) -> bool:
    """Say whether a callable is registered as having a zero derivative."""
    return id(primitive) in _CONSTANTS


def is_constant_method(name: str) -> bool:
    """Say whether an ndarray method is registered as having a zero derivative."""
    return name in _CONSTANT_METHODS


def all_rules() -> Iterator[Rule]:
    """Yield each registered rule once."""
    seen: set[int] = set()
    for _, rule in _RULES.values():
        if id(rule) not in seen:
            seen.add(id(rule))
            yield rule


def known(condition: bool) -> bool:
    """Mark a condition that the transformation decides.

    In a template ``a if known(c) else b`` becomes ``a`` where ``c`` can be proved from literal arguments and kinds,
    and ``b``, which must be right in every case, elsewhere.

    >>> known(1 == 1)
    True
    """
    return condition
