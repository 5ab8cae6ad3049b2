"""A derivative as a method of one object, as ``Derivative.__get__`` makes it."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class BoundDerivative(Generic[P, R]):
    """A derivative whose first argument is an object (or a class); what else there is of it is as without that.

    >>> import srcgrad
    >>> class Spring:
    ...     stiffness = 3.0
    ...     @srcgrad.grad(wrt="x")
    ...     def force(self, x):
    ...         return self.stiffness * x * x
    >>> spring = Spring()
    >>> spring.force(2.0), spring.force.function(2.0)(4.0)
    (12.0, 24.0)
    """

    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
            """Compute the derivative at the given arguments."""
            raise NotImplementedError

    else:  # a bound method, so that a call costs no more than that of a method
        __slots__ = ("__call__", "__func__", "__self__", "__weakref__")

    def __init__(self, derivative: Any, instance: Any) -> None:
        self.__func__ = derivative
        self.__self__ = instance
        setattr(self, "__call__", types.MethodType(derivative, instance))  # noqa: B010  # a slot

    @property
    def __signature__(self) -> inspect.Signature:
        found: inspect.Signature = self.__func__.__signature__
        return found.replace(parameters=[*found.parameters.values()][1:])

    def function(self, *args: P.args, **kwargs: P.kwargs) -> Callable[P, R]:
        """As ``Derivative.function``, for this object."""
        made: Callable[P, R] = types.MethodType(self.__func__.function(self.__self__, *args, **kwargs), self.__self__)
        return made

    def source_for(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """As ``Derivative.source_for``, for this object."""
        return str(self.__func__.source_for(self.__self__, *args, **kwargs))

    def save(self, path: str | Path, *args: Any, **kwargs: Any) -> None:
        """As ``Derivative.save``: the function that is saved takes the object as its first argument."""
        given = (self.__self__, *args) if args or kwargs else ()
        self.__func__.save(path, *given, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """What does not depend on the object: ``source``, ``stages``, ``primal``, ``wrt``, the name, ..."""
        if name == "plain_for":  # how a derivative that takes all its arguments is known
            raise AttributeError(name)
        return getattr(self.__func__, name)

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, BoundDerivative) and other.__func__ is self.__func__
        return same and getattr(other, "__self__", None) is self.__self__

    def __hash__(self) -> int:
        return hash((id(self.__func__), id(self.__self__)))

    def __repr__(self) -> str:
        return f"<{self.__func__!r}, of {self.__self__!r}>"

    def __reduce__(self) -> Any:
        return getattr, (self.__self__, self.__func__.__name__)
