"""Functions of which each size in the result follows from the sizes of the arguments.

These are the functions that act element by element, reduce, multiply, move and join axes.  A size of their results
is one of the arguments' sizes, one, a product or a sum of them, so a few trials tell whether it is one.  Of any other
function (which counts, filters or takes differences) nothing is said of sizes.
"""

from __future__ import annotations

import builtins
import operator
from typing import Any

import numpy as np


def _named(names: str, module: Any = np) -> frozenset[Any]:
    return frozenset(getattr(module, name) for name in names.split() if hasattr(module, name))


_KEEPING = (
    # element by element
    _named("abs round around clip fix sinc i0 unwrap nan_to_num real imag real_if_close angle conj interp select")
    | _named("isclose isin isneginf isposinf isreal iscomplex piecewise searchsorted digitize gradient")
    | _named("float64 float32 float16 longdouble bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64")
    # reductions, and what runs or sorts along an axis
    | _named("sum prod mean average median std var max min amax amin ptp any all argmax argmin count_nonzero")
    | _named("nansum nanprod nanmean nanmedian nanstd nanvar nanmax nanmin nanargmax nanargmin")
    | _named("trapezoid trapz")
    | _named("cumsum cumprod nancumsum nancumprod sort argsort partition argpartition flip fliplr flipud roll")
    # products
    | _named("dot inner outer vdot tensordot einsum kron cross cov corrcoef trace")
    | _named("norm det inv solve cholesky slogdet eig eigh eigvals eigvalsh svd pinv qr cond", np.linalg)
    | _named("matrix_power matrix_rank multi_dot matrix_norm vector_norm trace outer cross matmul", np.linalg)
    # axes, and what joins arrays
    | _named("transpose swapaxes moveaxis rollaxis expand_dims squeeze ravel broadcast_to broadcast_arrays meshgrid")
    | _named("matrix_transpose atleast_1d atleast_2d atleast_3d rot90 append take take_along_axis")
    | _named("concatenate stack vstack hstack dstack column_stack array asarray asanyarray ascontiguousarray")
    | _named("copy require zeros_like ones_like empty_like full_like astype")
    # sizes that are written out
    | _named("zeros ones empty full eye identity tri linspace logspace geomspace")
    | _named("abs sum pow round divmod float int bool complex", builtins)
)
# what makes arrays of sizes: of an array of sizes nothing is known
_CREATING = _named("zeros ones empty full eye identity tri linspace logspace geomspace arange indices broadcast_shapes")
_CREATING |= _named("ravel_multi_index unravel_index tril_indices triu_indices diag_indices")
# those of which more than the first argument is data; an array that any other one is given may hold sizes or axes
_SEVERAL = (
    _named("sum prod mean std var max min amax amin any all average cov corrcoef percentile quantile nanpercentile")
    | _named("nanquantile nansum nanprod nanmean nanstd nanvar nanmax nanmin histogram trapezoid trapz gradient")
    | _named("dot inner outer vdot tensordot einsum kron cross convolve correlate interp polyfit select where")
    | _named("clip isclose allclose array_equal array_equiv isin searchsorted digitize nan_to_num piecewise full_like")
    | _named("append take take_along_axis insert delete repeat compress extract bincount choose meshgrid")
    | _named("broadcast_arrays atleast_1d atleast_2d atleast_3d result_type shares_memory may_share_memory")
    | _named("solve lstsq outer cross matmul multi_dot tensordot vecdot", np.linalg)
)
# no number that these are given is a size or an axis
_VALUES = _named("array asarray clip where select choose nan_to_num isclose kron outer dot inner vdot")
_INDEXING = _named("take take_along_axis insert delete choose compress")
_BY_LITERALS = _named("pad repeat tile triu tril")  # by numbers that are written out
_BY_COUNT = {np.diag: 1, np.diagonal: 1, np.where: 3}  # with other arguments they count or shift
_METHODS_OF_UFUNCS = ("reduce", "accumulate", "outer")


def keeps_sizes(function: Any, count: int, literals: bool) -> bool:
    """Whether each size in the result follows from those of the arguments.

    ``count`` is the number of arguments, ``literals`` says that all but the first are written out.

    >>> keeps_sizes(np.sum, 1, True), keeps_sizes(np.unique, 1, True)
    (True, False)
    """
    function = _of_numpy(function)
    if _is_method(function):
        return function.__name__ in _METHODS_OF_UFUNCS
    if function in _BY_COUNT:
        return count == _BY_COUNT[function]
    if function in _BY_LITERALS:
        return literals
    return is_elementwise(function) or function in _KEEPING


def may_hold_sizes(function: Any, is_array: list[bool]) -> bool:
    """Whether one of the arguments may be an array of sizes or axes.

    >>> may_hold_sizes(np.dot, [True, True]), may_hold_sizes(np.tile, [True, True])
    (False, True)
    """
    function = _of_numpy(function)
    if function in _CREATING:
        return any(is_array)
    return any(is_array[1:]) and not (function in _SEVERAL or is_elementwise(function) or _is_method(function))


def takes_values(function: Any) -> bool:
    """Whether no number that a function is given can be a size or an axis.

    >>> takes_values(np.array), takes_values(np.sum)
    (True, False)
    """
    function = _of_numpy(function)
    return is_elementwise(function) or function in _VALUES


def takes_indices(function: Any) -> bool:
    """Whether an array of integers that a function is given may hold indices."""
    return _of_numpy(function) in _INDEXING


def is_elementwise(function: Any) -> bool:
    """Whether a function acts element by element, matrix products among them: operators and ufuncs.

    >>> is_elementwise(operator.add), is_elementwise(np.sum)
    (True, False)
    """
    return isinstance(function, np.ufunc) or getattr(function, "__module__", None) == operator.add.__module__


def _of_numpy(function: Any) -> Any:
    """The function that a method stands for."""
    return getattr(function, "stands_for", function)


def _is_method(function: Any) -> bool:
    return isinstance(getattr(function, "__self__", None), np.ufunc)
