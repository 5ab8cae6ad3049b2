"""The functions that users call: each makes a ``Derivative``, and each is a decorator, bare or with options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeAlias, TypeVar, overload

import numpy as np

from srcgrad.arguments import Wrt
from srcgrad.derivative import Derivative
from srcgrad.generation import Form
from srcgrad.pullback import Pullback

if TYPE_CHECKING:
    from srcgrad.decorators import Grad, Jvp, ValueAndGrad, Vjp, VjpWithAux

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")
Of: TypeAlias = str | Sequence[str] | None


class _Later:
    """Stands for the function that is going to be decorated."""

    def __repr__(self) -> str:
        return "<what is decorated>"


_LATER: Any = _Later()


def _derivative(function: Any, wrt: Wrt, form: Form, has_aux: bool, holomorphic: bool = False, of: Of = None) -> Any:
    if function is _LATER:
        return lambda decorated: Derivative(decorated, wrt, form, has_aux, holomorphic, of)
    return Derivative(function, wrt, form, has_aux, holomorphic, of)


# A ufunc has several signatures, of which a type checker would take the first: numbers only.
@overload
def grad(
    function: np.ufunc, wrt: Wrt = ..., *, has_aux: bool = ..., holomorphic: bool = ..., of: Of = ...
) -> Derivative[..., Any]: ...
@overload
def grad(
    function: Callable[P, Any], wrt: Wrt = ..., *, has_aux: bool = ..., holomorphic: bool = ..., of: Of = ...
) -> Derivative[P, Any]: ...
@overload
def grad(*, wrt: Wrt = ..., has_aux: bool = ..., holomorphic: bool = ..., of: Of = ...) -> Grad: ...
def grad(
    function: Any = _LATER, wrt: Wrt = 0, *, has_aux: bool = False, holomorphic: bool = False, of: Of = None
) -> Any:
    """Return the gradient of a function with respect to one or several of its parameters.

    ``wrt`` is a name, a position, or a tuple of these; for a tuple the result is a tuple of gradients.  Of ``*args``
    the name stands for the tuple of them, a position for one; of ``**kwargs`` the name stands for the dict; the name of
    a variable that a closure has captured stands for the value that it has at the time of the call.  A result
    that is not a scalar is summed, as are the elements of a tuple of results.  Each gradient has the shape and
    structure of its argument.  With ``has_aux`` the function returns ``(value, auxiliary)``, only the value is
    differentiated, and the derivative returns ``(gradient, auxiliary)``.

    ``of`` says what is differentiated, if not what is returned: the name of a parameter that the function writes its
    result into, or several, ``"return"`` among them.  Such a parameter may be in ``wrt`` as well.  The caller's arrays
    stay as they are.

    Of a real result the gradient by a complex argument ``a + ib`` is ``df/da - i df/db``.  With ``holomorphic`` the
    result and the arguments must be complex, and the gradient is the complex derivative.

    Raises DifferentiationError where the function, or the call, cannot be differentiated.

    >>> import numpy as np, srcgrad
    >>> @srcgrad.grad
    ... def slope(x):
    ...     return np.sin(x) * x
    >>> float(slope(0.0))
    0.0
    >>> srcgrad.grad(lambda w, b: w * 3.0 + b, wrt=("w", "b"))(2.0, 1.0)
    (3.0, 1.0)
    >>> def double(x, out):
    ...     out[:] = 2.0 * x
    >>> srcgrad.grad(double, of="out")(np.ones(2), np.zeros(2))
    array([2., 2.])
    """
    return _derivative(function, wrt, "grad", has_aux, holomorphic, of)


@overload
def value_and_grad(
    function: np.ufunc, wrt: Wrt = ..., *, has_aux: bool = ..., holomorphic: bool = ..., of: Of = ...
) -> Derivative[..., tuple[Any, Any]]: ...
@overload
def value_and_grad(
    function: Callable[P, R], wrt: Wrt = ..., *, has_aux: bool = ..., holomorphic: bool = ..., of: Of = ...
) -> Derivative[P, tuple[R, Any]]: ...
@overload
def value_and_grad(*, wrt: Wrt = ..., has_aux: bool = ..., holomorphic: bool = ..., of: Of = ...) -> ValueAndGrad: ...
def value_and_grad(
    function: Any = _LATER, wrt: Wrt = 0, *, has_aux: bool = False, holomorphic: bool = False, of: Of = None
) -> Any:
    """Return a function that computes the value and the gradient in one run, as ``(value, gradient)``.

    With ``has_aux`` it returns ``((value, auxiliary), gradient)``.  See ``grad`` for ``wrt``, ``holomorphic`` and
    what is summed.

    >>> import srcgrad
    >>> srcgrad.value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    return _derivative(function, wrt, "value_and_grad", has_aux, holomorphic, of)


@overload
def vjp(
    function: np.ufunc, wrt: Wrt = ..., *, has_aux: Literal[False] = ..., of: Of = ...
) -> Derivative[..., tuple[Any, Pullback]]: ...
@overload
def vjp(
    function: Callable[P, R], wrt: Wrt = ..., *, has_aux: Literal[False] = ..., of: Of = ...
) -> Derivative[P, tuple[R, Pullback]]: ...
@overload
def vjp(
    function: Callable[P, tuple[R, A]], wrt: Wrt = ..., *, has_aux: Literal[True], of: Of = ...
) -> Derivative[P, tuple[R, Pullback, A]]: ...
@overload
def vjp(*, wrt: Wrt = ..., has_aux: Literal[False] = ..., of: Of = ...) -> Vjp: ...
@overload
def vjp(*, wrt: Wrt = ..., has_aux: Literal[True], of: Of = ...) -> VjpWithAux: ...
def vjp(function: Any = _LATER, wrt: Wrt = 0, *, has_aux: bool = False, of: Of = None) -> Any:
    """Return a function that computes the value and a ``Pullback`` of cotangents to gradients.

    What the caller does to the arguments or to the value afterwards does not reach the pullback.

    >>> import srcgrad
    >>> value, pullback = srcgrad.vjp(lambda x: x * x)(3.0)
    >>> value, pullback(), pullback(10.0)
    (9.0, 6.0, 60.0)
    """
    return _derivative(function, wrt, "vjp", has_aux, of=of)


@overload
def jvp(function: np.ufunc, wrt: Wrt = ..., *, has_aux: bool = ..., of: Of = ...) -> Derivative[..., Any]: ...
@overload
def jvp(
    function: Callable[..., R], wrt: Wrt = ..., *, has_aux: Literal[False] = ..., of: Of = ...
) -> Derivative[..., tuple[R, Any]]: ...
@overload
def jvp(
    function: Callable[..., Any], wrt: Wrt = ..., *, has_aux: Literal[True], of: Of = ...
) -> Derivative[..., Any]: ...
@overload
def jvp(*, wrt: Wrt = ..., has_aux: bool = ..., of: Of = ...) -> Jvp: ...
def jvp(function: Any = _LATER, wrt: Wrt = 0, *, has_aux: bool = False, of: Of = None) -> Any:
    """Return a function that computes the value and its tangent, side by side, in forward mode.

    It takes the arguments of the primal and, after them, one tangent for each parameter in ``wrt``: the direction in
    which that is moved, of the parameter's structure and shape.  Where the primal has parameters with defaults, or by
    keyword only, tangents are passed by their names: ``x_dot=...``.  With ``has_aux`` the function returns
    ``(value, auxiliary)``, and the derivative ``(value, tangent, auxiliary)``.

    Raises ValueError for a tangent of another shape than its argument, TypeError for one of another structure,
    DifferentiationError as ``grad`` does.

    >>> import srcgrad
    >>> srcgrad.jvp(lambda x, a: a * x * x, wrt=("x", "a"))(3.0, 2.0, 1.0, 0.5)
    (18.0, 16.5)
    """
    return _derivative(function, wrt, "jvp", has_aux, of=of)


def elementwise_grad(
    function: Any = _LATER, wrt: Wrt = 0, *, has_aux: bool = False, holomorphic: bool = False, of: Of = None
) -> Any:
    """Return the derivative of a function of elements, for all of them at once.

    It has the shape of its argument, as the result must have: the derivative raises ValueError if that has another.
    ``wrt``, ``has_aux`` and ``holomorphic`` are as in ``grad``.

    >>> import numpy as np, srcgrad
    >>> srcgrad.elementwise_grad(np.square)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    """
    return _derivative(function, wrt, "elementwise_grad", has_aux, holomorphic, of)


def jacobian(
    function: Any = _LATER,
    wrt: Wrt = 0,
    *,
    mode: str | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    of: Of = None,
) -> Any:
    """Return the Jacobian: the derivative of each number of the result by each number of a parameter.

    It has the shape of the result followed by that of the parameter.  For a tuple ``wrt`` it is a tuple; for results
    and arguments that are lists, tuples or dicts it has the structure of the result, and in it that of the argument.
    All its columns (``mode="forward"``), or all its rows (``mode="reverse"``), are computed in one sweep.  If no mode
    is said the first call for arguments of some shapes computes columns, and later ones rows if these are fewer.

    By complex arguments only a ``holomorphic`` function has a Jacobian; that of a complex result by real arguments is
    computed by columns.

    Raises ValueError for another mode, DifferentiationError as ``grad`` does.

    >>> import numpy as np, srcgrad
    >>> srcgrad.jacobian(lambda x: x * x[0])(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    """
    if mode not in (None, "forward", "reverse"):
        raise ValueError(f"mode must be 'forward' or 'reverse', not {mode!r}")
    return _derivative(function, wrt, _MODES[mode], has_aux, holomorphic, of)


def hessian(
    function: Any = _LATER, wrt: Wrt = 0, *, has_aux: bool = False, holomorphic: bool = False, of: Of = None
) -> Any:
    """Return the matrix of second derivatives of a function, or of the sum of its results.

    It is the Jacobian of the gradient, forward over reverse: of the shape of the parameter, twice.  For a tuple ``wrt``
    it is a tuple of tuples, one for each pair of parameters.  With ``has_aux`` the derivative returns
    ``(matrix, auxiliary)``; ``holomorphic`` is as in ``grad``.

    >>> import numpy as np, srcgrad
    >>> srcgrad.hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    """
    if function is _LATER:
        return lambda decorated: hessian(decorated, wrt, has_aux=has_aux, holomorphic=holomorphic, of=of)
    gradient: Any = Derivative(function, wrt, "grad", has_aux, holomorphic, of)
    return Derivative(gradient, wrt, "jacobian_forward", has_aux, holomorphic)


def hvp(
    function: Any = _LATER, wrt: Wrt = 0, *, has_aux: bool = False, holomorphic: bool = False, of: Of = None
) -> Any:
    """Return a function that computes the product of the Hessian and a vector, forward over reverse.

    It takes the arguments of the primal and then a vector for each parameter in ``wrt``, of its structure and shape, as
    ``jvp`` takes tangents.  It costs a small multiple of the gradient, whatever the size.  With ``has_aux`` the
    derivative returns ``(product, auxiliary)``; ``holomorphic`` is as in ``grad``.

    >>> import numpy as np, srcgrad
    >>> srcgrad.hvp(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 4.])
    """
    if function is _LATER:
        return lambda decorated: hvp(decorated, wrt, has_aux=has_aux, holomorphic=holomorphic, of=of)
    gradient: Any = Derivative(function, wrt, "grad", has_aux, holomorphic, of)
    return Derivative(gradient, wrt, "hvp", has_aux, holomorphic)


def linearize(function: Any = _LATER, wrt: Wrt = 0, *, has_aux: bool = False, of: Of = None) -> Any:
    """Return a function that computes the value and a ``Pushforward`` there: the derivative as a linear function.

    The pushforward takes a tangent for each parameter in ``wrt`` and gives that of the result, as often as wanted,
    without running the primal again.  With ``has_aux`` the auxiliary value comes third.

    >>> import srcgrad
    >>> value, pushforward = srcgrad.linearize(lambda x, a: a * x * x, wrt=("x", "a"))(3.0, 2.0)
    >>> value, pushforward(1.0, 0.0), pushforward(0.0, 1.0)
    (18.0, 12.0, 9.0)
    """
    return _derivative(function, wrt, "linearize", has_aux, of=of)


_MODES: dict[str | None, Form] = {None: "jacobian", "forward": "jacobian_forward", "reverse": "jacobian_reverse"}
for _transform in (grad, value_and_grad, vjp, jvp, elementwise_grad, jacobian, hessian, hvp, linearize):
    setattr(_transform, "__srcgrad_transform__", True)  # noqa: B010  # how a differentiated function knows them
