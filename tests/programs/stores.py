"""Stores into arrays: elements, slices, masks, index arrays; in loops, branches and recurrences; in-place operators."""

import numpy as np

from tests.zoo import arr, ex, pos, program

MASK = np.array([True, False, True, True])


# What is stored to.


@program(ex(arr(3)), ex(arr(3, 2)))
def one_element(x):
    y = x * 2.0
    y[0] = x[1] * x[2]
    return y * x


@program(ex(arr(2, 3)), ex(arr(2, 3, 2)))
def two_indices(x):
    y = np.sin(x)
    y[0, 1] = x[1, 2] * x[0, 0]
    y[1, -1] = y[0, 1] * y[0, 0]
    return y * y


@program(ex(arr(3, 3)))
def index_after_index(x):
    y = x * x
    y[0][1] = x[2, 2] * x[0, 0]
    y[-1][:2] = y[0][1] * x[1][1:]
    y[1][::2] *= x[0][0]
    return y


@program(ex(arr(6)), ex(arr(6, 2)))
def slices_with_steps(x):
    y = x * 1.5
    y[::2] = x[1::2] * x[:3]
    y[4:1:-2] = x[:2] * y[::5]
    y[-3:] = y[:3] + np.sin(x[3:])
    y[::-1] = y * x
    return y


@program(ex(arr(5), 1), ex(arr(5), 0), ex(arr(5), np.int64(2)))
def negative_and_computed_indices(x, k):
    y = np.cos(x)
    y[-1] = x[k] * x[-k]
    y[-k - 2] = y[-1] * y[k + 2]
    y[(3 * k + 2) % 5] = y[0] * x[0]
    y[k : k + 2] = y[-2:] * x[k]
    return y


@program(ex(arr(6)), ex(arr(3, 4)), ex(pos(3)))
def mask_from_the_values(x):
    y = x * x
    y[x > 0.05] = np.exp(x[x > 0.05])
    y[y > 1.3] *= 0.5
    return y * x


@program(ex(arr(4), MASK), ex(arr(4, 2), MASK), ex(arr(4), np.zeros(4, dtype=bool)))
def mask_argument_with_several_right_sides(x, mask):
    y = np.tanh(x)
    y[mask] = x[0] * x[1]
    z = x * y
    z[~mask] += x[~mask] ** 2
    z[mask] /= 2.0 + y[mask] ** 2
    return y, z


@program(ex(arr(4)), ex(arr(4, 2)))
def index_array_with_repeats_keeps_the_last(x):
    i = np.array([0, 2, 0, 3])
    y = x * x
    y[i] = np.sin(x)
    y[[1, 1, 1]] = x[1:] * x[0]
    return y * x


@program(ex(arr(3, 3)))
def pairs_of_index_arrays_with_repeats(x):
    rows = np.array([0, 2, 0, 1])
    columns = np.array([1, 1, 1, 0])
    y = x * 0.5
    y[rows, columns] = x[rows, 0] * x[2, 2]
    y[rows, 2] = x[0, 0]
    y[[0, 1, 0]] *= x
    return y


@program(ex(arr(3)), ex(arr(3, 2)))
def index_array_with_repeats_and_operators(x):
    i = np.array([0, 2, 0])
    y = x * 2.0
    y[i] += x * x
    y[i] *= np.cos(x)
    y[[1, 1]] -= x[1:]
    return y


@program(ex(arr(2, 3)), ex(arr(2, 2, 3)))
def ellipsis_and_newaxis(x):
    y = x * x
    y[..., 0] = x[..., 1] * x[..., 2]
    y[..., 1:, None] = np.sin(x)[..., :2, None]
    y[None] *= 1.0 + x
    y[...] = y * x
    y[0, ..., None] += x[1, ..., np.newaxis]
    return y


@program(ex(arr(2, 3, 2)))
def three_dimensions(x):
    y = np.zeros_like(x)
    y[0] = x[1] * x[0]
    y[:, 1] = x[:, 0] * x[0, 2]
    y[1, :, 1] += x[0, :, 0] ** 2
    y[1, 2, ::-1] = y[0, 0] * y[1, 0]
    return y


# Operators.


@program(ex(pos(6)), ex(pos(6, 2)))
def every_operator_on_slices(x):
    y = x * 2.0
    y[:2] += x[2:4]
    y[1:4] *= x[:3]
    y[::2] -= 0.25 * x[3:]
    y[3:] /= 1.0 + x[:3]
    y[-2:] **= 2
    y[:3] **= x[3:]
    return y


@program(ex(pos(4)))
def floor_division_and_modulo(x):
    y = x * 5.0
    z = x * 5.0
    y[1:] %= 1.3
    z[:3] //= 0.7
    y[0] %= 0.4
    z[-1] //= x[0] * 0.3
    return y * z


@program(ex(pos(3), pos(3, seed=1)), ex(pos(2, 2), pos(2, seed=1)), wrt=(0, 1))
def every_operator_on_the_whole_array(x, v):
    y = x.copy()
    y += v
    y *= y
    y -= x * v
    y /= v
    y **= 3
    y %= 100.0
    return y


@program(ex(arr(3, 3), arr(3, 3, seed=1)), wrt=(0, 1))
def matrix_product_in_place(x, w):
    y = x.copy()
    y @= w
    y[1:] @= x
    y[:2, :2] @= y[1:, 1:]
    y[0] @= w
    return y


@program(ex(arr(5)), ex(arr(5, 2)))
def overlapping_sides(x):
    y = np.sin(x)
    y[:2] *= y[1:3]
    y[1:] = y[:-1]
    y[2:] += y[:-2]
    y[::-1] -= 0.5 * y
    y[:] = y[::-1] * y
    y[1:4] = y[2:] * y[:3]
    return y


@program(ex(arr(3, 3)), ex(arr(3, 3, 3)))
def own_row_at_places(x):
    y = np.sin(x)
    y[[2, 0, 1]] = y[1]
    y[:, 1] = x[0, 0] * y[0, 0]
    y[np.array([True, False, True])] = y[2]
    return y


@program(ex(arr(3, 3)), ex(arr(3, 3, 3)), optional=True)
def own_row_is_broadcast(x):
    y = x * x
    y += y[0]
    y[:] *= y[1]
    y[1:] = y[-1]
    y -= 0.5 * y.sum(axis=0)
    y *= y[:, :1]
    return y


@program(ex(arr(3, 3)), ex(arr(2, 2)), optional=True)
def transposed_operand_of_itself(x):
    y = np.cos(x)
    y += y.T
    y *= y.T[::-1]
    y[0] -= y[:, 0]
    y[:, -1] = y[-1]
    y @= y.T
    return y


@program(ex(arr(2, 3), arr(3), 0.6), ex(arr(3, 3), arr(3), np.float64(0.6)), wrt=(0, 1, 2))
def right_sides_that_broadcast(x, row, a):
    y = x * x
    y[:] = row * a
    y[:, 1:] += x[:, :1]
    y[1:] *= row
    y[:, 0] = a
    y[..., -1] -= a * row[0]
    y += row
    y *= x[:, 1][:, None]
    return y


@program(ex(arr(3, 2)), ex(arr(3)))
def operators_on_elements(x):
    y = x * 2.0
    y[0] += x[1]
    y[1] *= y[0]
    y[2] -= y[1] * y[2]
    y[-1] /= 2.0 + x[0] * x[0]
    y[0] **= 2
    return y


def position(calls):
    calls.append(1)
    return len(calls)


@program(ex(arr(4)))
def index_of_an_operator_is_evaluated_once(x):
    calls = []
    y = x * x
    y[position(calls)] *= x[0]
    y[position(calls)] += x[position(calls)]
    return y * len(calls)


@program(ex(arr(4)), optional=True)
def index_is_bound_in_the_subscript(x):
    i = 0
    y = x * x
    y[(i := i + 1)] += x[i]
    y[(i := i + 1)] = y[i - 1] * x[i]
    return y * i


# What is stored.


@program(ex(arr(2, 3)), ex(arr(3, 3)))
def constants(x):
    y = np.sin(x)
    z = y[0, 0] * y[1]
    y[0, 0] = 0.0
    y[:, -1] = 2.5
    y[1] = [1.0, 0.5, -1.0]
    y[0, 1:] += (1.0, 3.0)
    return y * z


@program(ex(arr(6)))
def integers_and_bools(x):
    y = x * x
    z = x * y[1]
    y[0] = 3
    y[1] = True
    y[2:4] = np.array([1, 2])
    y[4] = x[4] > 0
    y[5] *= 2
    z[:3] = [1, 0, -1]
    z[3:] += np.arange(3)
    return y * z * x


@program(ex(arr(3)))
def integer_array_cuts_what_it_gets(x):
    k = np.zeros(3, dtype=int)
    k[0] = 10.0 * x[0]
    k[1:] = 10.0 * x[1:]
    k[2] += 4
    return x * k + k[0]


@program(ex(arr(3)), ex(arr(3, 2)), optional=True)
def list_of_values(x):
    y = np.zeros_like(x)
    y[:2] = [x[0] * x[1], x[2]]
    y[1:] += [y[0], x[1]]
    return y * y


@program(ex(arr(3), 0.4), ex(arr(2, 2), 0.4), wrt=(0, 1))
def value_is_overwritten_after_the_store(x, a):
    v = x * a
    y = np.zeros((2,) + x.shape)
    y[0] = v
    v *= x
    y[1] = v
    v[0] = a
    return y * v


@program(ex(arr(4)))
def index_and_mask_change_after_the_store(x):
    i = np.array([0, 2])
    mask = x > 0.05
    y = x * x
    y[i] = np.sin(x[i])
    y[mask] *= x[mask]
    i[:] = [3, 1]
    mask[0] = not mask[0]
    y[i] *= x[:2]
    y[mask] += 1.0
    return y * x[i[0]]


# Where the array comes from.


@program(ex(arr(3)), ex(arr(2, 3)))
def made_by_every_constructor(x):
    a = np.zeros(x.shape)
    b = np.empty(x.shape)
    c = np.zeros_like(x)
    d = np.ones(x.shape)
    e = np.full(x.shape, 0.5)
    a[0] = x[0] * x[1]
    b[:] = x
    b[1] *= x[0]
    c[:1] += x[1:2]
    d[1:] *= x[:-1]
    e[...] -= x * x
    return a + b * c + d * e


@program(ex(arr(3)), ex(arr(2, 3)))
def made_by_every_copy(x):
    a = x.copy()
    b = np.array(x)
    c = x * 1.0
    d = np.copy(x)
    e = +x
    f = x.astype(float)
    a[0] *= x[1]
    b[1] = a[0] * x[0]
    c += b
    d[:] = c * d
    e[0] = 0.0
    f[-1] *= e[-1]
    return a * b + c * d + e * f + x


@program(ex(arr(3)), ex(arr(3, 3)))
def parameter_itself(x):
    a = x[0] * x[1]
    x[0] = x[1] * x[2]
    x[1:] *= a
    return x * x[0]


@program(ex(arr(3), arr(3, seed=1)), ex(arr(2, 2), arr(2)), wrt=(0, 1))
def parameter_with_operators(x, y):
    s = np.sum(x * y)
    x += y
    x *= x
    y *= s
    x -= y
    return x * y


@program(ex(arr(3), 4), ex(arr(3), 0))
def parameter_in_a_loop(x, n):
    for i in range(n):
        x[i % 3] = np.sin(x[i % 3] * x[(i + 1) % 3])
        x[1:] += 0.5 * x[:-1]
    return x


@program(ex(pos(3, seed=2).astype(np.float32)), ex(pos(2, 3, seed=2).astype(np.float32)))
def single_precision(x):
    y = np.zeros(x.shape, x.dtype)
    y[0] = x[1] * x[2] if x.ndim == 1 else x[1] * x[0]
    y[1:] = x[:-1] * 2.0
    y *= x
    y[-1] += 1.0
    return y


@program(ex(arr(3), 0.4), wrt=(0, 1))
def complex_array(x, angle):
    z = np.zeros(3, dtype=complex)
    z[0] = x[0] + 1j * x[1]
    z[1:] = x[1:] * np.exp(1j * angle)
    z[:2] *= z[1:]
    z[2] += 1j * z[0]
    return np.abs(z) ** 2 + z.real * z.imag


@program(ex(arr(4), 3), ex(arr(4), 0))
def integer_array_as_index_table(x, n):
    table = np.arange(4)
    table[0] = 2
    table[1:3] = table[2:0:-1]
    y = x * x
    for i in range(n):
        y[table[i]] *= x[i]
        table[i] = (table[i] + i) % 4
        y[table] += y[0]
    return y * x[table]


@program(ex(arr(3)))
def not_a_number_is_overwritten(x):
    y = np.full((2, 3), np.nan)
    y[0] = x * x
    y[1, :2] = y[0, 1:]
    y[1, 2] = x[0]
    z = np.full(3, np.inf)
    z[:] = y[0] * y[1]
    return z, y


@program(ex(arr(0), 3), ex(arr(0, 2), 3), ex(arr(3, 2), 0), ex(arr(2), 1))
def arrays_without_elements_and_loops_without_turns(x, n):
    y = np.zeros_like(x)
    for i in range(n):
        y[:] = x * y + x
        y[0:0] = x[0:0] ** 2
        y *= 1.5
        y[len(x) :] = 7.0
    y += x
    return y * y


# What the reverse sweep needs and what is overwritten.


@program(ex(arr(3)), ex(arr(3, 2)))
def overwritten_once(x):
    y = np.sin(x)
    a = y[0] * y[1]
    y[0] = y[0] * y[0]
    b = y * y
    y[:] = x
    return y * a + b


@program(ex(arr(3), 4), ex(arr(3), 1), ex(arr(3), 0))
def overwritten_many_times(x, n):
    y = x * 1.0
    s = 0.0
    for i in range(n):
        s = s + y[0] ** 2 * y[1]
        y[0] = np.sin(y[0] * x[i % 3])
        y[1:] = y[:-1] * y[1:]
    return s * y + y


@program(ex(arr(3), 3), ex(arr(3), 0))
def every_element_is_killed(x, n):
    y = np.exp(x)
    t = np.sum(y)
    y[:] = 1.0
    for i in range(n):
        y[0] = y[1] * x[i]
        y[1] = 2.0
        t = t * y[0]
    return t * y


@program(ex(arr(3), 4), ex(arr(3), 3))
def becomes_active_late(x, n):
    y = np.ones(4)
    z = np.ones(4)
    for i in range(n):
        z[i] = z[i - 1] + y[i] ** 2
        y[(i + 1) % 4] *= y[i] * 0.5
        y[(i + 2) % 4] += x[i % 3]
    return z


@program(ex(arr(4)), ex(arr(4, 2)))
def value_reads_the_same_array(x):
    y = np.cos(x)
    y[1] = y[0] * y[1] + y[2]
    y[2:] = y[:2] * y[3]
    y[0] = np.sum(y * y)
    y[y.shape[0] - 1] = y[-1] ** 2
    return y


# Control flow.


@program(ex(arr(4)), ex(arr(3, 2)))
def recurrence(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i] + np.sin(x[i])
    return y


@program(ex(arr(4, 3)), ex(arr(1, 3)))
def recurrence_in_two_dimensions(x):
    n, m = x.shape
    y = x.copy()
    for i in range(1, n):
        for j in range(m):
            y[i, j] = np.tanh(y[i - 1, j] * x[i, j] + y[i, j - 1])
    return y


@program(ex(arr(3), 4), ex(arr(3), 1), ex(arr(2, 2), 3))
def rows_from_rows(x, n):
    y = np.empty((n + 1,) + x.shape)
    y[0] = 1.0
    for i in range(1, n + 1):
        y[i] = x * y[i - 1] + 0.1 * i
    return y


@program(ex(arr(3, 4)))
def columns_from_columns(x):
    y = np.zeros((3, 4))
    y[:, 0] = x[:, -1]
    for j in range(1, 4):
        y[:, j] = np.sin(x[:, j] * y[:, j - 1])
        y[::-1, j] += y[:, 0]
    return y


@program(ex(arr(3), arr(3, seed=1)), ex(arr(0), arr(0)), wrt=(0, 1))
def nested_loops(x, w):
    n = len(x)
    y = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            y[i, j] = x[i] * w[j]
            for k in range(j):
                y[i, j] += y[i, k] * y[j, k]
        y[i, i] *= x[i]
    return y


@program(ex(arr(5), 0.25), ex(arr(5), -0.8), wrt=(0, 1))
def branches(x, a):
    y = np.zeros_like(x)
    for i in range(len(x)):
        if x[i] > a:
            y[i] = x[i] ** 2
        elif i % 2:
            y[i - 1] *= a
        else:
            y[i] = y[i - 1] if i > 1 else a
    if a > 0:
        y[0] = a * y[1]
    return y


@program(ex(arr(4), 5.0), ex(arr(4), 0.5), ex(arr(4), 0.0))
def while_with_break_and_continue(x, limit):
    y = np.zeros(4)
    i = 0
    while i < 4:
        i += 1
        if i == 2:
            continue
        y[i - 1] = x[i - 1] ** 2 + y[i - 2] * x[0]
        if np.sum(y) > limit:
            y[0] *= x[1]
            break
        y[:i] *= 1.1
    return y * i


@program(ex(arr(4), 0), ex(arr(4), 2), ex(arr(4), 7))
def early_return(x, last):
    y = x * x
    for i in range(4):
        if i == last:
            return y * x[i]
        y[i] = np.sin(y[i] * y[i - 1])
    y[0] = x[0]
    return y


@program(ex(arr(2, 3), arr(2), 3), ex(arr(2, 3), arr(2), 0), wrt=(0, 1))
def gauss_seidel(a, b, n):
    x = np.append(b, 0.5)
    for _ in range(n):
        for i in range(2):
            x[i] = (b[i] - a[i, i - 1] * x[i - 1] - a[i, 2] * x[2]) / (3.0 + a[i, i] ** 2)
        x[2] = x[0] * x[1]
    return x


@program(ex(arr(4), 3), ex(arr(4), 2), ex(arr(4), 0))
def buffers_change_places(x, n):
    u = x * x
    v = np.zeros_like(u)
    for _ in range(n):
        v[1:-1] = u[1:-1] * (u[2:] - u[:-2])
        v[0] = u[-1]
        u, v = v, u
    return u, v


@program(ex(arr(5), 0.2, 3), ex(arr(5), 0.2, 1), ex(arr(5), 0.2, 0), wrt=(0, 1))
def copy_of_the_last_step(u, c, n):
    un = np.zeros(5)
    for _ in range(n):
        un[:] = u
        u[1:] = un[1:] - c * un[1:] * (un[1:] - un[:-1])
        un[0] = u[-1]
        u = un.copy()
    return u + un * u


@program(ex(arr(4), 3), ex(arr(4), 0))
def new_array_takes_the_old_ones_name(x, n):
    u = x.copy()
    for i in range(n):
        un = np.empty_like(u)
        un[1:] = u[:-1] * u[1:]
        un[0] = u[0] ** 2 + i
        u[0] = 9.0
        u, un = un, u
        un[1] += u[1]
    return u * u


@program(ex(arr(6), 3), ex(arr(6), 0))
def red_and_black(x, n):
    y = x.copy()
    for _ in range(n):
        for color in (1, 2):
            s = slice(color, -1, 2)
            y[s] = 0.5 * (y[color - 1 : -2 : 2] + y[color + 1 :: 2]) * y[s]
    return y


# Targets.


@program(ex(arr(4)), ex(arr(4, 2)), optional=True)
def elements_in_tuple_targets(x):
    y = x * x
    y[0], z = x[1] * x[2], x[3]
    i, y[i] = 2, z * y[0]
    (y[1], y[3]), w = (z, y[2]), y[0]
    [y[0], *rest] = x
    return y * z + w * rest[0]


@program(ex(arr(4)))
def elements_are_swapped(x):
    y = np.sin(x)
    y[0], y[1] = y[1], y[0]
    y[2], y[0] = y[0] * y[2], y[3]
    y[[1, 3]] = y[[3, 1]]
    return y * x


@program(ex(arr(3, 2)), optional=True)
def rows_are_swapped_well_and_badly(x):
    y = x * x
    y[[0, 1]] = y[[1, 0]]
    y[1:] = y[:0:-1]
    y[0], y[1] = y[1], y[0]
    y[2], y[0] = y[0].copy(), y[2] * 2.0
    return y * x


@program(ex(arr(3)), ex(arr(2, 3)), ex(arr(0)), optional=True)
def element_is_the_loop_target(x):
    y = np.zeros((2,) + x.shape[1:])
    s = np.zeros(x.shape[1:])
    for y[0] in x:
        y[1] += y[0] ** 2
        s = s * y[0] + y[1]
    return y, s


@program(ex(arr(4)))
def several_targets(x):
    y = np.ones(4)
    y[0] = z = y[2] = x[0] * x[1]
    y[1:3] = w = y[:2] * z
    z = z * y[1]
    return y * z, w
