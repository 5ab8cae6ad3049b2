"""What a type checker is told of ``@grad(wrt="x")`` and the like: a class method's derivative is bound to the class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

from srcgrad.bound import BoundDerivative
from srcgrad.derivative import Derivative
from srcgrad.pullback import Pullback

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
S = TypeVar("S", covariant=True)
T = TypeVar("T")
A = TypeVar("A")


class OfClass(Derivative[P, S]):
    """The derivative of a function whose first parameter is a class; it is never made, only told of."""

    def __get__(  # type: ignore[override]
        self: OfClass[Concatenate[Any, Q], S], instance: Any, owner: Any = None
    ) -> BoundDerivative[Q, S]:
        """As a class method."""
        raise NotImplementedError


class Grad(Protocol):
    """``grad`` with options."""

    @overload
    def __call__(
        self, function: Callable[Concatenate[type[T], P], Any], /
    ) -> OfClass[Concatenate[type[T], P], Any]: ...
    @overload
    def __call__(self, function: Callable[P, Any], /) -> Derivative[P, Any]: ...


class ValueAndGrad(Protocol):
    """``value_and_grad`` with options."""

    @overload
    def __call__(
        self, function: Callable[Concatenate[type[T], P], R], /
    ) -> OfClass[Concatenate[type[T], P], tuple[R, Any]]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> Derivative[P, tuple[R, Any]]: ...


class Vjp(Protocol):
    """``vjp`` with options."""

    @overload
    def __call__(
        self, function: Callable[Concatenate[type[T], P], R], /
    ) -> OfClass[Concatenate[type[T], P], tuple[R, Pullback]]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> Derivative[P, tuple[R, Pullback]]: ...


class VjpWithAux(Protocol):
    """``vjp`` with options, of a function that returns a pair."""

    @overload
    def __call__(
        self, function: Callable[Concatenate[type[T], P], tuple[R, A]], /
    ) -> OfClass[Concatenate[type[T], P], tuple[R, Pullback, A]]: ...
    @overload
    def __call__(self, function: Callable[P, tuple[R, A]], /) -> Derivative[P, tuple[R, Pullback, A]]: ...


class Jvp(Protocol):
    """``jvp`` with options: the derivative takes tangents too."""

    def __call__(self, function: Callable[..., Any], /) -> Derivative[..., Any]:
        """Decorate a function."""
