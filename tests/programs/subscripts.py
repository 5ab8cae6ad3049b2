"""Subscript reads: integers, slices, newaxis, ellipsis, masks, integer arrays with repeats."""

import numpy as np

from tests.zoo import arr, ex, pos, program

REPEATS = np.array([0, 2, 2, 1, 0, 0])


@program(ex(arr(3)), ex(arr(3, 2)))
def integers(x):
    return x[0] * x[1] + x[-1] * x[0]


@program(ex(arr(2, 3)), ex(arr(2, 3, 2)))
def two_integers(x):
    return x[0, 1] * x[1, -1] + x[0][1] * x[1][0]


@program(ex(arr(6)), ex(arr(6, 2)))
def slices(x):
    return x[1:4] * x[:3] + x[3:] * x[::2] - x[::-2] + x[-3:]


@program(ex(arr(5)))
def overlapping_slices(x):
    return np.sum((x[2:] - 2.0 * x[1:-1] + x[:-2]) ** 2)


@program(ex(arr(4)))
def empty_slice(x):
    return np.sum(x[2:2]) + x[1:1].sum() + x[0]


@program(ex(arr(3, 4)))
def rows_and_columns(x):
    return x[1] * x[0, :] + x[:, 1][:, None] * x[2] + x[:, 1:2] * x[1:2, :]


@program(ex(arr(3)), ex(arr(2, 3)))
def newaxis(x):
    return x[:, None] * x[None, :] + x[np.newaxis]


@program(ex(arr(2, 3)), ex(arr(2, 2, 3)), ex(arr(3)))
def ellipsis(x):
    return x[..., 0] * x[..., -1] + x[..., 1:2].sum() * x[..., None].sum()


@program(ex(arr(2, 3)))
def whole_array(x):
    return x[:] * x[...] + x[:, :]


@program(ex(np.array(0.7)))
def empty_tuple_index(x):
    return x[()] * x[()]


@program(ex(arr(5)), ex(arr(2, 3)), ex(-pos(3)))
def boolean_mask(x):
    return x[x > 0] ** 2


@program(
    ex(arr(3), np.array([True, False, True])),
    ex(arr(3, 2), np.array([True, False, True])),
    ex(arr(2), np.array([False, False])),
)
def mask_argument(x, mask):
    return x[mask] * 3.0 + np.sum(x[~mask] ** 2)


@program(ex(arr(5)))
def mask_is_overwritten(x):
    mask = x > 0
    y = x[mask]
    mask = x < 0.2
    return np.sum(y * y) + np.sum(x[mask] ** 3)


@program(
    ex(arr(3), REPEATS),
    ex(arr(3, 2), REPEATS),
    ex(arr(3), np.array([[0, 0], [2, 0]])),
    ex(arr(3), np.array([], dtype=int)),
)
def integer_array_with_repeats(x, index):
    return x[index] ** 2 * 1.5


@program(ex(arr(3)), ex(arr(3, 2)))
def list_as_index(x):
    return x[[0, 0, 2]] * x[[1, 0, -1]]


@program(ex(arr(3, 3)))
def pairs_of_index_arrays(x):
    i = np.array([0, 0, 2, 0])
    j = np.array([1, 1, 2, 0])
    return x[i, j] ** 2 + x[i, 0] * x[1, j]


@program(ex(arr(3, 4)))
def index_array_and_slice(x):
    i = np.array([0, 2, 0])
    return x[i, 1:] * x[i][:, :3] + x[:, i][:1]


@program(ex(arr(3)))
def index_array_is_overwritten(x):
    i = np.array([0, 1, 1])
    y = x[i]
    i = i[::-1]
    z = x[i]
    i = 2
    return y * z * x[i]


@program(ex(arr(4), 3), ex(arr(4), 0))
def index_changes_in_a_loop(x, n):
    i = 0
    s = 0.5
    for _ in range(n):
        s = s * x[i] + x[i] * x[-i]
        i = (i + 2) % 3
    return s * x[i]


@program(ex(arr(4)))
def index_by_data(x):
    i = np.argmax(x)
    j = int(np.argmin(x))
    return x[i] * x[j] + x[i]


@program(ex(arr(4)))
def repeated_reads(x):
    s = 0.0
    for i in range(8):
        s = s + x[i // 2] * x[i % 3]
    return s


@program(ex(arr(6)))
def computed_slices(x):
    s = 0.0
    for k in range(1, 4):
        s = s + np.sum(x[k:] * x[:-k])
    return s


@program(ex(arr(2, 3)))
def variable_tuple_as_index(x):
    ij = (1, 2)
    s = slice(0, 2)
    return x[ij] * x[0, s]


@program(ex(arr(4)))
def subscript_of_an_expression(x):
    return (x * x)[1] * np.sin(x)[2:] + (x + 1.0)[0]


@program(ex(arr(3)))
def overwritten_after_reading(x):
    y = x[0]
    x = x * x
    z = x[0]
    x = x[1:] * y
    return z * x[0] + x[1] * y


@program(ex(arr(3)))
def named_like_its_element(x):
    x = x[1]
    x = x * x
    return x


@program(ex(arr(4, 4)))
def nested_views(x):
    y = x[1:]
    z = y[:, 1:]
    return z[0] * z[-1] + y[0, 0]


@program(ex(arr(3)))
def view_is_the_result(x):
    return x[1:]


@program(ex(arr(2, 3)), ex(arr(3, 3)))
def view_beside_its_base(x):
    y = x[0]
    z = y * 2.0
    return y, x, z


@program(ex(0.7, arr(3)), wrt=(0, 1))
def element_times_array(a, x):
    return a * x[0] * x


@program(ex(arr(3), 1), ex(arr(3), -1), ex(arr(3), np.int64(2)))
def index_argument(x, i):
    return x[i] ** 2 + x[i - 1]


@program(ex(arr(3, 3)))
def trace_by_hand(x):
    s = 0.0
    for i in range(3):
        for j in range(3):
            s += x[i, j] * x[j, i] * (1.0 if i != j else 0.5)
    return s


@program(ex(arr(2, 3)))
def boolean_mask_by_rows(x):
    rows = np.array([True, False])
    return x[rows] * x[:, np.array([True, False, True])].sum()


@program(ex(arr(3, dtype=np.float32), np.array([0, 0, 1])))
def single_precision_repeats(x, index):
    return x[index] * x[index]


@program(ex(arr(4)))
def string_and_constants_in_lists(x):
    table = [3, 1, 0]
    names = ["a", "b"]
    return x[table[0]] * x[table[2]] * len(names)


@program(ex(0.7, {"scale": 2.0, "shift": [1.0, 0.5]}))
def dictionary_of_constants(x, config):
    return config["scale"] * x * x + config["shift"][1] * x


def with_part(parts, place, part):
    found = list(parts)
    found[place] = part
    return tuple(found)


@program(ex(arr(3, 4), 0), ex(arr(3, 4), 1), needs_kinds=True)
def lists_of_slices(x, axis):
    first, last = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    first[axis], last[axis] = slice(1, None), slice(None, -1)
    d = x[tuple(first)] - x[tuple(last)]
    d *= x[tuple(last)]
    parts = [None, slice(None)]
    parts[0] = slice(0, 1)
    every = (slice(None),) * 2
    other = with_part(every, axis, slice(None, None, 2))
    mixed = (slice(0, 2), 1)
    d = d * np.sum(x[mixed]) * np.sum(x[with_part(mixed, 1, slice(None))])
    return np.sum(d * d) + np.sum(x[tuple(parts)]) * np.sum(x[other] * x[with_part(every, axis, 0)].sum())
