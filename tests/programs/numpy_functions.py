"""NumPy functions, called as users call them."""

import numpy as np

from tests.zoo import add, arr, ex, pos, program

INSIDE = (ex(0.4), ex(np.float64(0.4)), ex(np.array([-0.3, 0.6])), ex(arr(2, 2) * 0.2))
POSITIVE = (ex(0.4), ex(pos(3)), ex(pos(2, 2)))
for function in (
    np.sin,
    np.cos,
    np.tan,
    np.arcsin,
    np.arccos,
    np.arctan,
    np.sinh,
    np.cosh,
    np.tanh,
    np.arcsinh,
    np.arctanh,
    np.exp,
    np.expm1,
    np.exp2,
    np.log1p,
    np.square,
    np.abs,
    np.negative,
    np.floor,
    np.ceil,
    np.sign,
    np.real,
):
    add(function, *INSIDE, name=f"numpy_functions.{function.__name__}")
for function in (np.log, np.log2, np.log10, np.sqrt, np.reciprocal):
    add(function, *POSITIVE, name=f"numpy_functions.{function.__name__}")
PAIRS = (ex(1.4, 0.8), ex(pos(3), pos(3, seed=1)), ex(pos(3, 1), pos(4)), ex(0.9, pos(2)))
for function in (
    np.add,
    np.subtract,
    np.multiply,
    np.divide,
    np.power,
    np.maximum,
    np.minimum,
    np.arctan2,
    np.hypot,
    np.logaddexp,
):
    add(function, *PAIRS, wrt=(0, 1), name=f"numpy_functions.two_{function.__name__}")

trapezoid = np.trapezoid if hasattr(np, "trapezoid") else np.trapz  # noqa: NPY201


@program(ex(arr(2, 3)), ex(arr(4)), ex(0.7), ex(np.array(0.7)), ex(arr(0)))
def sum_all(x):
    return np.sum(x) * x


@program(ex(arr(2, 3)), ex(arr(2, 3, 2)))
def sum_axes(x):
    return np.sum(x, axis=0) ** 2 + np.sum(x, axis=-1, keepdims=True).sum() * np.sum(x, axis=(0, 1)) * np.sum(x, 0)


@program(ex(arr(2, 3)))
def sum_keepdims(x):
    return x / (2.0 + np.sum(x * x, axis=1, keepdims=True)) * np.sum(x, keepdims=True)


@program(ex(arr(2, 3)), ex(arr(4)), ex(0.7))
def mean_all(x):
    return np.mean(x * x) * x


@program(ex(arr(2, 3)))
def mean_axes(x):
    return np.mean(x, axis=0) * np.mean(x, 1).sum() + np.mean(x, axis=1, keepdims=True) * x


@program(ex(arr(2, 3)), ex(arr(5)))
def variance(x):
    return np.var(x) * np.std(x, axis=0) + np.std(x) * x


@program(ex(pos(2, 3)), ex(pos(4)), ex(np.array([2.0, 0.0, 3.0])), ex(np.array([0.0, 0.0, 3.0])))
def product(x):
    return np.prod(x) * x + np.prod(x, axis=0)


@program(ex(arr(2, 3)), ex(arr(5)))
def maxima(x):
    return np.max(x) * np.min(x, axis=0) + np.amax(x, axis=-1, keepdims=True) * x


@program(ex(arr(2, 3)), ex(arr(4)))
def cumulative_sum(x):
    return np.cumsum(x) ** 2 + np.cumsum(x * x)


@program(ex(arr(2, 3)))
def cumulative_sum_along(x):
    return np.cumsum(x, axis=0) * np.cumsum(x, axis=-1)


@program(
    ex(arr(3), arr(3, seed=1)),
    ex(arr(2, 3), arr(3)),
    ex(arr(3), arr(3, 2)),
    ex(arr(2, 3), arr(3, 4)),
    ex(0.7, arr(3)),
    ex(arr(2, 3), 0.7),
    ex(0.7, 0.2),
    ex(arr(2, 2, 3), arr(3)),
    ex(arr(2, 3), arr(2, 3, 2)),
    ex(np.array(0.3), arr(2)),
    wrt=(0, 1),
)
def dot_of_every_shape(a, b):
    return np.dot(a, b) ** 2


@program(
    ex(arr(2, 3), arr(3, 2)),
    ex(arr(3), arr(3, seed=1)),
    ex(arr(4, 2, 3), arr(3, 2)),
    ex(arr(3), arr(4, 3, 2)),
    wrt=(0, 1),
)
def matmul_of_every_shape(a, b):
    return np.matmul(a, b) ** 2


@program(ex(arr(2), arr(3)), ex(0.7, arr(3)), ex(arr(2, 2), arr(3)), wrt=(0, 1))
def outer(a, b):
    return np.outer(a, b) ** 2


@program(ex(arr(3), arr(3, seed=1)), ex(arr(2, 3), arr(3)), wrt=(0, 1))
def inner(a, b):
    return np.inner(a, b) ** 2


@program(ex(arr(3), arr(3, seed=1)), ex(arr(2, 3), arr(2, 3, seed=1)), wrt=(0, 1))
def vdot(a, b):
    return np.vdot(a, b) ** 2


@program(ex(arr(2, 3), arr(3, 4)), wrt=(0, 1))
def einsum_matrix(a, b):
    return np.einsum("ij,jk->ik", a, b) ** 2


@program(ex(arr(3), arr(3, 3)), wrt=(0, 1))
def einsum_forms(x, a):
    return np.einsum("i,ij,j->", x, a, x) * np.einsum("ij->ji", a) + np.einsum("ij,i", a, x)


@program(ex(arr(2, 3), arr(2, 3, 2)), wrt=(0, 1))
def einsum_batches(a, b):
    return np.einsum("bi,bij->bj", a, b) + np.einsum("bi->b", a)[:, None]


@program(ex(arr(3, 3)))
def einsum_diagonal(a):
    return np.einsum("ii->i", a) * np.einsum("ii", a)


@program(ex(arr(2, 3), arr(3, 4)), wrt=(0, 1))
def tensordot(a, b):
    return np.tensordot(a, b, axes=1) ** 2


@program(ex(arr(2, 3)), ex(arr(6)))
def reshapes(x):
    return np.reshape(x, (3, 2)) * np.ravel(x).reshape(3, 2) + np.reshape(x, -1)[0]


@program(ex(arr(2, 3)), ex(arr(2, 3, 4)), ex(arr(3)))
def transposes(x):
    return np.transpose(x) ** 2


@program(ex(arr(2, 3, 4)))
def axes_moved(x):
    return np.transpose(x, (2, 0, 1)) * np.moveaxis(x, -1, 0) + np.swapaxes(x, 0, 2).swapaxes(1, 2)


@program(ex(arr(3)), ex(arr(2, 3)))
def dimensions_added(x):
    return np.expand_dims(x, 0) * np.atleast_2d(x) + np.atleast_1d(x)[..., :1]


@program(ex(0.7), ex(arr(3)))
def at_least(x):
    return np.atleast_1d(x) * np.atleast_2d(x)


@program(ex(arr(1, 3, 1)))
def squeezed(x):
    return np.squeeze(x) * np.squeeze(x, axis=0)[:, 0]


@program(ex(arr(3), arr(2)), ex(arr(3), arr(0)), wrt=(0, 1))
def concatenated(x, y):
    z = np.concatenate([x, y, x])
    return z * np.sum(z)


@program(ex(arr(2, 3), arr(2, 1)), wrt=(0, 1))
def concatenated_along(x, y):
    return np.concatenate((x, y), axis=1) ** 2 * np.concatenate((y, x), axis=-1)


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1))
def stacks(x, y):
    return np.vstack([x, y]) * np.stack([y, x]) + np.stack((x, x), axis=0)


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1))
def more_stacks(x, y):
    h = np.hstack([x, y, x])
    c = np.column_stack([x, y])
    return np.sum(h * h) * c * np.stack([x, y], axis=1)


@program(ex(0.7, 0.2), ex(np.float64(0.7), 2), wrt=(0, 1))
def array_of_scalars(x, y):
    v = np.array([x, y, x * y, 1.0])
    return v * v


@program(ex(0.7, 0.2), wrt=(0, 1))
def matrix_of_scalars(x, y):
    c = np.cos(x)
    s = np.sin(x)
    rotation = np.array([[c, -s], [s, c]])
    return rotation @ np.array([y, 1.0])


@program(ex(arr(2), arr(2, seed=1)), wrt=(0, 1))
def array_of_arrays(x, y):
    return np.array([x, y, x * y]) ** 2


@program(ex(arr(3)), ex(0.7))
def array_and_asarray(x):
    y = np.asarray(x) * np.array(x)
    return np.asarray(y) * y


@program(ex(arr(5)), ex(arr(2, 2)), ex(0.7), ex(-0.7))
def where(x):
    return np.where(x > 0, x * x, -x) * np.where(x < 0.5, 1.0, x)


@program(ex(arr(3, 1), arr(4)), ex(arr(3), 0.2), wrt=(0, 1))
def where_broadcasts(x, y):
    return np.where(x > y, x * y, 2.0 * y)


@program(ex(arr(5)), ex(0.2), ex(2.0))
def clip(x):
    return np.clip(x, -0.5, 0.5) * x + np.clip(x, 0.0, None)


@program(ex(arr(4)), ex(0.7), ex(-0.7))
def maximum_with_a_constant(x):
    return np.maximum(x, 0.0) * x + np.minimum(0.3, x)


@program(ex(arr(3)), ex(arr(2, 3)), ex(0.7))
def norms(x):
    return np.linalg.norm(x) * x


@program(ex(arr(2, 3)))
def norms_along(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True) + np.linalg.norm(x, axis=0)


@program(ex(arr(3)))
def norms_of_orders(x):
    return np.linalg.norm(x, 1) * np.linalg.norm(x, ord=2) + np.linalg.norm(x, np.inf)


@program(ex(arr(3, 3), arr(3)), ex(arr(3, 3), arr(3, 2)), wrt=(0, 1))
def solve(a, b):
    return np.linalg.solve(a, b) ** 2


@program(ex(arr(3, 3)))
def inverse(a):
    return np.linalg.inv(a) * a


@program(ex(arr(3, 3)), ex(arr(2, 2)))
def determinant(a):
    return np.linalg.det(a) * a


@program(ex(arr(3, 3)))
def log_determinant(a):
    s = a @ a.T + np.eye(3)
    sign, logdet = np.linalg.slogdet(s)
    return logdet


@program(ex(arr(3, 3)))
def trace_and_diagonals(a):
    return np.trace(a) * np.diag(a) * np.trace(a @ a)


@program(ex(arr(3)))
def diagonal_matrix(x):
    return np.diag(x * x) @ np.diag(x)


@program(ex(arr(3)), ex(arr(2, 3)))
def repeated_and_tiled(x):
    return np.sum(np.repeat(x, 2) ** 2) + np.sum(np.tile(x, 2) ** 3)


@program(ex(arr(5)), ex(arr(2, 5)))
def differences(x):
    return np.diff(x) ** 2


@program(ex(arr(4)))
def sorted_values(x):
    return np.sort(x) * np.arange(4.0)


@program(ex(arr(4)))
def flipped_and_rolled(x):
    return np.flip(x) * x + np.roll(x, 1) * x[::-1]


@program(ex(arr(3), 0.2), wrt=(0, 1))
def full_of_active(x, a):
    return np.full(3, a) * x + np.full_like(x, a) ** 2


@program(ex(arr(3)))
def broadcast_to(x):
    return np.broadcast_to(x, (2, 3)) ** 2


@program(ex(0.5, 2.0), wrt=(0, 1))
def linspace_of_active(a, b):
    return np.linspace(a, b, 5) ** 2


@program(ex(arr(3)), ex(arr(2, 2)))
def logical_functions(x):
    mask = np.logical_and(x > -0.5, np.isfinite(x))
    if np.any(mask):
        return np.where(mask, x * x, 0.0)
    return x


@program(ex(arr(3)))
def functions_of_shape(x):
    return x * np.size(x) + np.shape(x)[0] * x * x + np.ndim(x) * x


@program(ex(arr(4, 3), arr(3), arr(4, seed=1)), wrt=(1,))
def linear_regression(x, w, y):
    r = x @ w - y
    return np.mean(r**2)


@program(ex(arr(6, 3), arr(3), 0.1, np.array([0, 1, 1, 0, 1, 0])), wrt=("w", "b"))
def logistic_regression(x, w, b, labels):
    z = np.dot(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))


@program(ex(arr(4, 3), np.array([0, 2, 1, 2])))
def cross_entropy(logits, labels):
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(4), labels])


@program(ex(arr(5, 3), arr(3, 4), arr(4), arr(4, 2), arr(2), arr(5, 2)), wrt=("w1", "b1", "w2", "b2"))
def multilayer_perceptron(x, w1, b1, w2, b2, y):
    h = np.maximum(x @ w1 + b1, 0.0)
    p = np.tanh(h @ w2 + b2)
    return np.mean((p - y) ** 2)


@program(ex(arr(3)), ex(arr(2)))
def joined_by_an_index(x):
    return np.sum(np.r_[x, x * 2.0, 3.0] * np.r_[1.0, x, x * x]) + np.sum(np.c_[x, x * x] ** 2)


NESTED = (ex(0.4, 0.7),)
for function, label in (
    (lambda x, y: np.trace([[x, 1.0], [2.0, y]]) * x, "trace"),
    (lambda x, y: np.diagonal([[x, 1.0], [2.0, y]]) * x, "diagonal"),
    (lambda x, y: np.diag([x, y]) * x, "diag"),
    (lambda x, y: np.einsum("i,i->", [x, y], np.array([2.0, 3.0])) * x, "einsum"),
    (lambda x, y: np.einsum("i->", (x, y)) * x, "einsum_of_one"),
    (lambda x, y: np.arctan([x, y]), "arctan"),
    (lambda x, y: np.arctan2([x, y], (y, x)), "arctan2"),
    (lambda x, y: np.power([x, y], y), "power"),
    (lambda x, y: np.logaddexp2([x, y], y), "logaddexp2"),
    (lambda x, y: np.sum([[x, y], [y, 1.0]], axis=0) * x, "sum"),
    (lambda x, y: np.max([x, y, 0.1]) * x, "max"),
    (lambda x, y: np.where([True, False], [x, x], [y, y]), "where"),
    (lambda x, y: np.dot([x, y], [[x, 1.0], [1.0, y]]), "dot"),
    (lambda x, y: np.meshgrid([x, y], [y, x])[0] * x, "meshgrid"),
    (lambda x, y: np.append([x, y], [y]) * x, "append"),
    (lambda x, y: np.linalg.norm([x, y]) * x, "norm"),
    (lambda x, y: np.full((2, 2), [x, y]) * x, "full"),
    (lambda x, y: np.array([x, y]).dot([y, 2.0]) * x, "dot_method"),
):
    add(function, *NESTED, wrt=(0, 1), name=f"numpy_functions.of_lists_{label}")


@program(ex([0.4, 0.7]), ex((0.4, 0.7)), ex([[0.4, 0.7], [0.2, 0.3]]))
def of_a_list_argument(x):
    return np.sin(x) * np.sum(np.einsum("...->...", x))


@program(ex([[0.4, 0.7], [0.2, 0.3]]))
def diagonals_of_a_list_argument(x):
    return np.trace(x) * np.sum(np.diag(x)) + np.sum(np.einsum("ii->i", x))


@program(ex(arr(2, 3)), ex(arr(3, 3)))
def sum_last(x):
    return np.sum(x, axis=-1) * 1.5


@program(ex(arr(3)))
def sum_last_of_a_vector(x):
    return np.sum(x, axis=-1) * 1.5 + x.sum(axis=-1) ** 2


@program(ex(arr(3, 4), True), ex(arr(3, 4), False), ex(arr(3, 1), True))
def keepdims_is_an_argument(x, keepdims):
    return np.sum(x, axis=1, keepdims=keepdims) ** 2 * np.mean(x, axis=0, keepdims=keepdims).sum()


@program(ex(pos(2), np.array([1, 2])), ex(0.5, np.array([1, 2])), ex(0.5, pos(3)))
def full_like_of_any_dtype(x, a):
    return np.sum(np.full_like(a, x) * 1.5) * x


@program(ex(arr(2, 3), pos(2, 3)), ex(arr(4), pos(4)), wrt=(0, 1))
def weighted_average(x, w):
    return np.average(x, weights=w) * np.average(x, axis=-1, weights=w) * np.average(x)


@program(ex(arr(2, 3)), ex(arr(4)), ex([0.4, 0.7]))
def quantiles(x):
    return np.median(x) * np.quantile(x, 0.3) + np.percentile(x, [10, 60], axis=-1) * np.nanmean(x) + np.nansum(x)


@program(ex(arr(3), arr(3, seed=1), 0.4), wrt=(0, 1, 2))
def integral_and_interpolation(x, y, at):
    x = np.cumsum(np.exp(x))
    return trapezoid(y, x) * np.interp(at, np.array([0.0, 0.5, 1.0]), y)


@program(ex(0.4, 0.3), wrt=(0, 1))
def evenly_spaced(start, step):
    return np.arange(start, 2.0, step) ** 2 * start + np.sum(np.arange(start, 1.1))


@program(ex(7.3, 2.0), ex(arr(3), 0.7), wrt=(0, 1))
def quotient_and_remainder(x, y):
    quotient, remainder = divmod(x, y)
    return quotient * remainder * x


@program(ex(arr(3)), ex(arr(2, 2)))
def copies_that_are_changed(x):
    y = np.array(x)
    y += 1.0
    z = np.diff(y)
    z *= 2.0
    w = np.einsum("i,i->i", z[0], z[0]) if z.ndim == 2 else np.einsum("i,i->i", z, z)
    w += 1.0
    return np.sum(w * w)


@program(ex(arr(2, 3)), ex(arr(3, 2)))
def joined_rows_of_an_array(x):
    return np.stack(x, axis=1) * np.sum(np.concatenate(x) ** 2)


@program(ex(arr(2, 3)), ex(arr(3, 2)))
def reshaped_to_one_size(x):
    return x.reshape(x.size) * np.reshape(x, 2 * 3, order="F") + np.sum(x.reshape(3, 2) ** 2)


@program(ex(arr(2, 3), 6), ex(arr(2, 3), (3, 2)), ex(arr(2, 3), [6]), ex(arr(2, 3), -1))
def reshaped_as_told(x, shape):
    return np.reshape(x * x, shape)


@program(ex(0.7), ex(np.float64(0.7)))
def sums_of_a_number_over_an_axis(x):
    return np.sum(x, axis=0) * np.sum(x * x, axis=-1) + np.mean(x)


@program(ex(arr(3)), ex(np.array(0.7)), ex(arr(3).astype(np.float32)))
def arrays_with_order_and_dimensions(x):
    y = np.array(x, ndmin=2, order="C")
    z = np.asarray(x * 2.0, order="F")
    w = np.array([x, z], ndmin=3, copy=True)
    return np.sum(y * z) + np.sum(w * w)


@program(ex(arr(3, 2)), ex(arr(3, 2).astype(np.float32)))
def sums_of_other_dtypes(x):
    y = np.sum(x * x, dtype=np.float64) + (x * x).sum(axis=0, dtype=x.dtype)[0]
    return y * np.sum(x, axis=1, dtype=np.float64, keepdims=True)[0, 0] + np.sum(x * 3.0, dtype=int)
