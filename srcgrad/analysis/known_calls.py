"""What is known of functions and methods that are no rules: which only compute, which share, change or keep storage.

These tables are lists of what may be relied upon: a function that is in none of them may do anything.
"""

from __future__ import annotations

import builtins
import cmath
import functools
import itertools
import math
import operator
import types
from typing import Any

import numpy as np


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _of(owner: Any, names: str) -> frozenset[Any]:
    """The functions of these names that a module has in this version."""
    return frozenset(getattr(owner, name) for name in names.split() if hasattr(owner, name))


# --- methods, by what their object is

ARRAY_COMPUTES = _words(
    "sum mean prod max min std var dot copy flatten tolist item cumsum cumprod round clip argmax argmin argsort "
    "argpartition nonzero any all take repeat compress choose trace ptp searchsorted tobytes is_integer "
    "as_integer_ratio hex bit_length bit_count"
)
ARRAY_SHARES = _words(
    "reshape ravel squeeze swapaxes transpose diagonal view conj conjugate astype getfield newbyteorder"
)
ARRAY_CHANGES = _words("fill sort put partition setflags byteswap itemset setfield")
# how many positional arguments come before `out`
ARRAY_BEFORE_OUT = {
    "sum": 2, "mean": 2, "prod": 2, "cumsum": 2, "cumprod": 2, "std": 2, "var": 2, "max": 1, "min": 1, "any": 1,
    "all": 1, "argmax": 1, "argmin": 1, "clip": 2, "round": 1, "take": 2, "dot": 1, "compress": 2, "trace": 4,
    "choose": 1, "ptp": 1,
}  # fmt: skip

HOLDER_COMPUTES = _words("index count keys isdisjoint issubset issuperset __len__ __contains__")
HOLDER_SHARES = _words("get items values copy union intersection difference symmetric_difference __getitem__ fromkeys")
HOLDER_KEEPS = _words(  # they change their object and keep what they are given
    "append extend insert update setdefault add appendleft extendleft __setitem__ __iadd__ __ior__ put"
)
HOLDER_CHANGES = _words(
    "pop popitem popleft remove discard clear sort reverse rotate __delitem__ intersection_update "
    "difference_update symmetric_difference_update"
)
DRAWS = _words(  # of random generators: they change their object only
    "normal uniform random integers choice standard_normal permutation rand randn randint random_sample binomial "
    "poisson exponential gamma beta multivariate_normal standard_exponential standard_gamma permuted gauss sample "
    "lognormal laplace chisquare dirichlet multinomial bytes geometric triangular vonmises seed spawn"
)
CHANGES_ARGUMENTS = _words("shuffle readinto readinto1 recv_into at")

# --- functions

BUILTIN_COMPUTES = _of(
    builtins,
    "abs all any ascii bin bool bytes callable chr complex divmod float format hasattr hash hex id int isinstance "
    "issubclass len oct ord pow range repr round slice str type",
)
BUILTIN_SHARES = _of(  # the value is, or holds, what they are given
    builtins, "dict enumerate frozenset getattr iter list max min reversed set sorted sum tuple zip"
)
CONSUMES = _of(  # they run through an iterator
    builtins, "all any dict frozenset list max min set sorted sum tuple"
) | {np.fromiter, math.fsum, math.prod}
ITERATORS = (
    _of(builtins, "enumerate zip reversed map filter iter")
    | _of(itertools, "count cycle repeat chain islice product accumulate combinations permutations zip_longest")
    | {np.ndindex}
)
CALLS_BACK = {map, filter, functools.reduce, np.apply_along_axis, np.fromfunction, np.piecewise}
BUILTIN_ACTS = _of(builtins, "print input open breakpoint")  # they act, but on nothing that holds numbers

OPERATOR_COMPUTES = _of(
    operator,
    "abs add and_ contains eq floordiv ge gt index inv invert is_ is_not le lshift lt matmul mod mul ne neg not_ or_ "
    "pos pow rshift sub truediv truth xor",
)
OPERATOR_SHARES = _of(operator, "getitem concat")
MATH_COMPUTES = frozenset(v for module in (math, cmath) for v in vars(module).values() if callable(v))

NUMPY_COMPUTES = _of(
    np,
    "angle apply_over_axes arange array2string array_repr array_str average bartlett base_repr binary_repr "
    "blackman bmat busday_count busday_offset choose common_type corrcoef cumulative_prod cumulative_sum "
    "datetime_as_string degrees diagflat ediff1d einsum_path extract finfo format_float_positional "
    "format_float_scientific fromstring geomspace geterr get_printoptions gradient hamming hanning histogram "
    "histogram2d histogram_bin_edges histogramdd i0 iinfo interp intersect1d is_busday isdtype kaiser logspace "
    "mask_indices matvec median mintypecode nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile "
    "nanprod nanquantile nanstd nansum nanvar packbits partition percentile poly polyadd polydiv "
    "polymul polysub ptp quantile roots row_stack setdiff1d setxor1d sinc sort_complex trapezoid trapz "
    "typename union1d unique unique_all unique_counts unique_inverse unique_values unpackbits unwrap vander vecdot "
    "vecmat",
) | _of(
    np.linalg,
    "cholesky cond det eig eigh eigvals eigvalsh inv lstsq matrix_norm matrix_rank multi_dot norm outer pinv qr "
    "slogdet solve svd svdvals tensorinv tensorsolve trace vecdot vector_norm cross",
)
NUMPY_SHARES = _of(
    np,
    "trim_zeros polyint polyder astype "
    "array array_split asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray asmatrix atleast_1d "
    "atleast_2d atleast_3d broadcast_arrays broadcast_to diag diagonal dsplit expand_dims flip fliplr flipud "
    "frombuffer hsplit ix_ matrix_transpose moveaxis nan_to_num permute_dims ravel real_if_close require reshape "
    "rollaxis split squeeze swapaxes transpose unstack vsplit",
) | _of(np.linalg, "matrix_power matrix_transpose")
NUMPY_CHANGES = _of(np, "copyto put place putmask fill_diagonal put_along_axis")
NUMPY_ACTS = _of(  # they read, write or set something, but change no array
    np,
    "save savez savez_compressed savetxt load loadtxt genfromtxt fromregex fromfile fromiter set_printoptions "
    "seterr seterrcall setbufsize getbufsize geterrcall info show_config show_runtime",
)
ACTING_MODULES = ("numpy.testing", "numpy.random")
UFUNC_BEFORE_OUT = {"reduce": 3, "accumulate": 3, "reduceat": 4}
NUMPY_BEFORE_OUT = {np.dot: 2, np.concatenate: 2}  # of functions without a signature in some versions


def receiver_of(function: Any) -> Any:
    """The object that a method of Python's or NumPy's own, ``items.append``, is bound to."""
    owner = getattr(function, "__self__", None) if isinstance(function, types.BuiltinMethodType) else None
    if owner is None or isinstance(owner, (types.ModuleType, type, np.ufunc)):
        return None
    return None if str(getattr(function, "__module__", "")).startswith(ACTING_MODULES) else owner
