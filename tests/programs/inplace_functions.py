"""Functions and methods that write into an array: out=, ufunc.at, copyto, put, fill, sort and their like; del."""

import numpy as np

from tests.zoo import arr, ex, pos, program

# out= of ufuncs.


@program(ex(arr(3), arr(3, seed=1)), ex(arr(2, 3), arr(3)), wrt=(0, 1))
def out_of_ufuncs(x, w):
    y = np.empty_like(x)
    np.multiply(x, w, out=y)
    s = np.sum(y * y)
    np.sin(y, out=y)
    np.add(y, s, out=y)
    z = np.empty_like(x)
    np.divide(y, 2.0 + w * w, out=z)
    return y * z


@program(ex(arr(3), arr(3, seed=1)), ex(arr(2, 2), arr(2)), wrt=(0, 1))
def out_by_position(x, w):
    y = np.zeros(x.shape)
    np.add(x, w, y)
    np.multiply(y, x, y)
    np.exp(y, y)
    np.tanh(y * w, y)
    np.subtract(1.0, y, y)
    return y * x


@program(ex(arr(3)), ex(arr(2, 3)))
def out_is_an_operand(x):
    a = x * x
    b = np.cos(x)
    np.multiply(a, b, out=a)
    np.multiply(a, a, out=a)
    np.add(b, a, out=b)
    np.subtract(b, b * a, out=b)
    np.negative(a, out=a)
    return a * b


@program(ex(arr(3)), ex(arr(2, 2)))
def out_in_a_tuple(x):
    y = np.zeros_like(x)
    np.multiply(x, x, out=(y,))
    np.sin(y, out=(y,))
    return y * x


@program(ex(arr(4)), ex(arr(4, 2)), optional=True)
def out_is_a_slice(x):
    y = np.ones_like(x)
    np.multiply(x[1:], x[:-1], out=y[1:])
    np.add(y[::2], x[:2], out=y[::2])
    np.sin(y[2], out=y[2:3][0:1]) if x.ndim == 1 else np.sin(y[2], out=y[2])
    np.multiply(y[:2], y[1:3], out=y[2:])
    return y


@program(ex(arr(3)), ex(arr(3, 2)), optional=True)
def value_of_a_call_with_out(x):
    y = np.empty_like(x)
    z = np.multiply(x, x, out=y)
    z[0] = x[1]
    w = np.sin(y, out=np.empty_like(x)) * np.add(y, x, out=y)
    y[1] = z[0] * z[2]
    return y * z, w


@program(ex(arr(3)), ex(arr(2, 2)), optional=True)
def calls_with_out_in_each_other(x):
    y = np.empty_like(x)
    z = np.empty_like(x)
    np.add(np.multiply(x, x, out=y), np.sin(x, out=z), out=z)
    np.multiply(y, np.add(y, z, out=y), out=z)
    return y, z


@program(ex(arr(2, 3), arr(3)), ex(arr(3, 3), arr(3)), wrt=(0, 1))
def out_is_larger_than_the_operands(x, v):
    y = np.empty(x.shape)
    np.multiply(v, v[0], out=y)
    np.add(y[0], 1.0, out=y)
    np.multiply(y, v, out=y)
    np.subtract(y, x, y)
    return y


@program(ex(arr(4)), ex(arr(2, 4)), optional=True)
def where_of_ufuncs(x):
    mask = np.array([True, False, True, False])
    y = x * 2.0
    np.multiply(x, x, out=y, where=mask)
    np.divide(1.0, y, out=y, where=np.abs(y) > 0.05)
    np.sin(y, out=y, where=x > 0)
    z = np.log(x, out=np.zeros_like(x), where=x > 0)
    return y * x + z


@program(ex(arr(3), 4), ex(arr(3), 0))
def out_in_a_loop(x, n):
    y = x.copy()
    t = np.zeros_like(x)
    for i in range(n):
        np.multiply(y, x, out=t)
        np.add(t, 0.1 * i, out=y)
        np.sin(y[:2], out=y[1:])
        t *= y
    return y + t


@program(ex(pos(3)), ex(pos(2, 3)))
def maximum_and_clip_with_out(x):
    y = x * x
    np.maximum(y, x, out=y)
    np.minimum(y, 1.2, out=y)
    np.clip(y, 0.7, 1.1, out=y)
    z = x * 2.0
    z.clip(0.9, 2.5, out=z)
    return y * z


# out= of other functions.


@program(ex(arr(2, 3), arr(3, 2)), ex(arr(2, 2), arr(2, 2)), wrt=(0, 1))
def products_with_out(a, b):
    y = np.zeros((2, 2))
    np.dot(a, b, out=y)
    z = np.empty((2, 2))
    np.matmul(y, y.T, out=z)
    np.tanh(z, z)
    z += np.dot(z, a[:, :2], y)
    np.outer(y[0], z[1], out=y)
    return y * z


@program(ex(arr(2, 3)), ex(arr(3, 3)), optional=True)
def reductions_with_out(x):
    y = np.zeros((4, 3))
    np.sum(x, axis=0, out=y[0])
    np.prod(x, axis=0, out=y[1])
    x.mean(axis=0, out=y[2])
    np.max(x * x, axis=0, out=y[3])
    x.sum(0, None, y[0])
    y[1] += np.sum(y, axis=0, out=y[2])
    return y


@program(ex(arr(2, 3)), ex(arr(3)))
def cumulative_sums_with_out(x):
    y = np.empty_like(x)
    np.cumsum(x * x, axis=-1, out=y)
    y[..., 0] *= 2.0
    z = y.cumsum(axis=0, out=np.empty_like(x))
    np.cumsum(z, axis=-1, out=z)
    return y * z


@program(ex(arr(3), arr(3, seed=1)), ex(arr(2, 2), arr(2, 2)), wrt=(0, 1))
def joined_with_out(a, b):
    y = np.empty((2,) + a.shape)
    np.stack([a, b], out=y)
    y[0] *= b
    z = np.zeros((2 * len(a),) + a.shape[1:])
    np.concatenate([y[0], a], out=z)
    z[1:] *= z[:-1]
    return y, z


@program(ex(arr(4)), ex(arr(4, 2)), optional=True)
def taken_with_out(x):
    y = np.empty((3,) + x.shape[1:])
    np.take(x, [2, 0, 2], axis=0, out=y, mode="clip")
    y[0] *= y[1]
    x.take([1, 1, 3], axis=0, out=y[:], mode="wrap")
    y[1] += x[0]
    return y * y


# ufunc.at.


@program(ex(arr(3), np.array([0, 2, 0, 0])), ex(arr(3, 2), np.array([1, 1])), ex(arr(3), np.array([], dtype=int)))
def add_at_adds_every_repeat(x, index):
    y = x * x
    np.add.at(y, index, np.sin(x[index]) * x[0])
    np.add.at(y, index, 0.5)
    return y * y


@program(ex(arr(2, 3), arr(4)), wrt=(0, 1))
def subtract_at_pairs_of_indices(x, v):
    y = np.cos(x)
    s = y[0] * y[1]
    rows = np.array([0, 1, 0, 0])
    columns = np.array([2, 0, 2, 1])
    np.subtract.at(y, (rows, columns), v * x[0, 1])
    np.add.at(y, (slice(None), [0, 0]), v[:2])
    return y * s[0]


@program(ex(arr(5), [0, 1, 1, 0, 3]), ex(arr(5), [4, 4, 4, 4, 4]))
def histogram_of_weights(x, bins):
    y = np.zeros(5)
    for _ in range(2):
        np.add.at(y, bins, x**2)
        x = x * y
    np.add.at(y, 2, x[0])
    return y


# copyto, put, place, putmask, fill.


@program(ex(arr(3), 0.4), ex(arr(2, 3), 0.4), wrt=(0, 1))
def copyto(x, a):
    y = np.zeros_like(x)
    np.copyto(y, x * a)
    s = y * y
    np.copyto(y[..., 1:], a)
    z = np.empty(x.shape)
    np.copyto(z, x[..., ::-1])
    np.copyto(z, 2.0, where=x > 0)
    np.copyto(z, s, where=np.array([True, False, False]))
    return y + z * x


@program(ex(arr(5)), ex(arr(2, 3)))
def put(x):
    y = x * x
    np.put(y, [0, 3, -1], np.sin(x.ravel()[:3]))
    np.put(y, [1, 2], x.ravel()[4])
    y.put([2, 2], x.ravel()[:2] * x.ravel()[2])
    np.put(y, [3, 4, 0], [x.ravel()[1], 0.5])
    return y * x


@program(ex(arr(5)), ex(arr(2, 3)))
def place_and_putmask(x):
    y = x * x
    mask = x > 0
    np.place(y, mask, x.ravel()[:2] * x.ravel()[3])
    z = np.cos(x)
    np.putmask(z, ~mask, y * x)
    np.putmask(z, mask, x.ravel()[:2])
    np.putmask(y, y > 0.6, 0.25)
    return y * z


@program(ex(arr(3)), ex(arr(2, 3)), optional=True)
def fill(x):
    y = x * x
    s = np.sum(y)
    y.fill(x.flat[1] * s)
    y *= x
    z = np.empty_like(x)
    z.fill(2.0)
    z[0] *= y[-1]
    y[..., :2].fill(0.5)
    return y * z


@program(ex(arr(3, 3), 0.4), ex(arr(2, 3), 0.4), wrt=(0, 1))
def fill_diagonal(x, a):
    y = x * x
    t = np.trace(y)
    np.fill_diagonal(y, a * t)
    z = np.sin(x)
    np.fill_diagonal(z, x[0, :2] if len(x) == 2 else x[0])
    np.fill_diagonal(z[1:], 3.0)
    return y * z


@program(ex(arr(2, 3)), ex(arr(3, 3)))
def put_along_axis(x):
    y = x * x
    order = np.argsort(x, axis=1)
    np.put_along_axis(y, order[:, :2], x[:, 1:] * x[:, :1], axis=1)
    np.put_along_axis(y, np.array([[0, 1, 0]]), x[0] + y[0], axis=0)
    np.put_along_axis(y, order[:, -1:], 0.5, 1)
    return y * x


# Methods.


@program(ex(arr(5)), ex(arr(3, 4)))
def sort_in_place(x):
    y = x * x
    y.sort()
    y[..., 0] *= y[..., -1]
    z = x * y
    z.sort(axis=0)
    z[::-1].sort(0)
    return y * z


@program(ex(arr(5)), ex(arr(5, seed=3)))
def partition_in_place(x):
    y = np.sin(x)
    y.partition(2)
    z = y[2] * x
    y[2] = x[0]
    return np.sum(y[:2]) * z, y[2] * y[3:].sum()


@program(ex(arr(4, 6)), ex(arr(2, 40)))
def partition_along_an_axis(x):
    y = x * x
    y.partition((1, 3), axis=1)
    low = np.partition(x, 1, axis=None)[:2]
    x = np.partition(x, 0, 0)
    return np.sum(y[:, 1] * y[:, 3]) * low[0] * low[1] + np.sum(x[0] ** 3)


@program(ex(arr(3), 3), ex(arr(3), 0))
def sort_in_a_loop(x, n):
    y = x * x
    v = y[1:]
    for i in range(n):
        y.sort()
        v *= 1.0 + x[i]
        y[0] += v[1]
    return y * x


@program(ex(arr(4)), optional=True)
def resize_in_place(x):
    y = x * x
    y.resize((2, 2), refcheck=False)
    y[0] *= y[1]
    z = x * 2.0
    z[1:] *= x[0]
    z.resize((2, 2), refcheck=False)
    return y @ z


# Names that go away.


@program(ex(arr(3), 3), ex(arr(3), 0))
def deleted_names(x, n):
    y = x * x
    z = y[1:]
    y[1] *= x[0]
    del y
    z *= 2.0
    for i in range(n):
        t = z * x[i]
        z[0] += t[1]
        del t
    w = np.zeros(3)
    w[1:] = z
    del z, x
    return w


@program(ex(arr(3), arr(3, seed=1)), ex(arr(2, 2), arr(2, 2, seed=1)), wrt=(0, 1))
def parameter_is_out(x, y):
    np.multiply(x, y, out=x)
    np.sin(x, y)
    np.add.at(x, [0, 0, 1], y[0])
    np.copyto(y[1:], x[:-1])
    x.sort(0)
    return x * y


@program(ex(arr(4), 0.3), ex(arr(4), 1.2), wrt=(0, 1), optional=True)
def buffers_given_to_a_callee(x, a):
    scratch = np.empty_like(x)
    y = np.empty_like(x)
    step(x, a, scratch, y)
    step(y, a, scratch, y)
    step(scratch, a, out=x, scratch=y)
    return x * y + scratch


def step(x, a, scratch, out):
    np.multiply(x, a, out=scratch)
    np.sin(scratch, out=scratch)
    np.add(scratch, x, out=out)
    out[0] = scratch[-1] * a


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1))
def horner_in_place(x, c):
    y = np.full_like(x, c[-1])
    for k in range(len(c) - 2, -1, -1):
        np.multiply(y, x, out=y)
        np.add(y, c[k], out=y)
    return y


@program(ex(arr(2, 3)), ex(arr(3, 2)), optional=True)
def in_place_operators_by_name(x):
    y = x * 1.0
    y.__imul__(x)
    y.__setitem__(0, y[1] * x[0])
    y[1].__iadd__(x[0])
    return y


@program(ex(arr(4), arr(4, seed=1)), wrt=(0, 1), needs_kinds=True)
def out_where_something_is_true(a, b):
    positive = b > 0
    y = np.divide(a, b, out=np.zeros_like(a), where=positive)
    np.multiply(y, b, out=y, where=a > 0)
    return y + np.log(b, out=np.zeros_like(b), where=b > 0.1) * np.exp(a, out=a * 1.0, where=~positive)


@program(ex(arr(3, 4), arr(4, seed=1), 0.7), wrt=(0, 1, 2), needs_kinds=True)
def out_where_in_more_dimensions(a, b, s):
    y = np.zeros((3, 4))
    z = np.multiply(a, b, out=y, where=b > 0) * 2.0
    row = y[1]
    for i in range(3):
        np.multiply(row, s, out=row, where=a[i] > 0)
    z = z + np.add(s, b, out=y, where=a > 0)
    return z * y


@program(ex(arr(3)), needs_kinds=True)
def out_where_among_others_that_write(x):
    y, w, m = x * 1.0, x * 2.0, x > 0.1
    first = np.sum(np.add(y, x, out=y) * np.multiply(y, y, out=y, where=m))
    np.add(np.multiply(y, 2.0, out=y), x, out=w, where=m)
    second = np.sum(y) + np.sum(np.add(y, x, out=y)) * np.sum(np.multiply(y, w, out=y, where=m))
    return first * np.sum(y * w) + second
