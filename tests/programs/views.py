"""Names that share storage: slices, rows, transposes, reshapes, parts, loop variables, aliases by case."""

import numpy as np

from tests.zoo import arr, ex, pos, program

# One view.


@program(ex(arr(4)), ex(arr(4, 2)))
def write_through_a_slice(x):
    y = x * x
    v = y[1:3]
    v[0] = x[0] * x[1]
    v *= x[2:]
    return y * x


@program(ex(arr(4)), ex(arr(4, 2)))
def write_to_the_base_is_seen_in_the_view(x):
    y = np.sin(x)
    v = y[1:]
    y[2] = x[0] * x[3]
    s = v * x[:-1]
    y *= x
    return s + v


@program(ex(arr(5)))
def both_are_written_in_turn(x):
    y = x * 1.5
    v = y[::-2]
    a = v * v
    y[0] = v[0] * v[1]
    v[2] *= x[1]
    y[1:] += y[:-1]
    v -= a
    return y * v[1]


@program(ex(arr(3, 4)))
def rows_and_columns(x):
    y = x * x
    row = y[1]
    column = y[:, -1]
    row[:] = x[0] * x[2]
    column += row[:3]
    row *= column[1]
    column[0] = row[0]
    return y


@program(ex(arr(2, 3)), ex(arr(3, 3)))
def transpose(x):
    y = np.cos(x)
    t = y.T
    t[0] = x[:, 1] * x[:, 2]
    y[0] *= t[:, 1]
    t += x.T
    t[-1, -1] **= 2
    return y * x


@program(ex(arr(2, 3)))
def ravel_of_a_contiguous_array(x):
    y = x * 2.0
    r = y.ravel()
    r[1:5] *= r[2:]
    y[1, 1] = r[0] * x[0, 0]
    r[-1] = y[0, 1]
    return y, r


@program(ex(arr(2, 3)), ex(arr(3, 2)))
def ravel_of_a_transpose_is_a_copy(x):
    y = x * 2.0
    r = y.T.ravel()
    r[1:5] *= r[2:]
    y *= r[0]
    r[0] = y[0, 1]
    return y, r


@program(ex(arr(2, 3)), ex(arr(6)), ex(np.asfortranarray(arr(2, 3))))
def reshape_is_a_view_or_a_copy(x):
    y = x.copy()
    r = y.reshape(3, 2)
    r[1] = r[0] * r[2]
    y *= 2.0
    z = y.T.reshape(-1)
    z[0] *= r[0, 1]
    r[2, 0] = z[1]
    return y, r, z


@program(ex(arr(2, 3)))
def flatten_is_a_copy(x):
    y = x * x
    f = y.flatten()
    f[2] = f[0] * f[1]
    y[0] *= f[:3]
    return y, f


@program(ex(arr(3)), ex(arr(2, 3)))
def newaxis_at_the_end(x):
    y = np.sin(x)
    c = y[..., None]
    c[..., 1:, 0] *= x[..., :-1]
    y += c[..., 0] ** 2
    c /= 2.0
    return y * x


@program(ex(arr(6)), ex(arr(6, 2)))
def parts_of_a_split(x):
    y = x * x
    a, b, c = np.split(y, 3)
    a[0] = b[0] * c[1]
    b += a
    y[-1] *= b[1]
    c[:] = c[::-1] * a
    first, rest = np.split(y, [2])
    rest *= 1.0 + first[0]
    return y


@program(ex(arr(3, 3)))
def diagonal_is_read(x):
    y = x * x
    d = np.diagonal(y)
    s = d * x[0]
    y[0, 0] = x[1, 2]
    y[1] *= 2.0
    return s * d + y.diagonal(1).sum() * d


@program(ex(arr(3)), ex(arr(2, 3)))
def asarray_is_the_array_itself(x):
    y = x * 2.0
    z = np.asarray(y)
    z[0] = x[1] * x[0]
    y *= z
    w = np.asarray(y, dtype=float)
    w += x
    return y * z


@program(ex(arr(3)), ex(arr(2, 2)))
def array_is_a_copy(x):
    y = x * 2.0
    z = np.array(y)
    z[0] = x[1] * y[0]
    y *= z
    z -= y
    w = y.astype(float, copy=False)
    w *= x
    return y, z, w


@program(ex(arr(3)), ex(arr(2, 3)), optional=True)
def real_and_imaginary_parts(x):
    z = x + 1j * x**2
    z.real[0] = x[1]
    re = z.real
    im = z.imag
    im *= re
    re[1:] += im[:-1]
    z *= 1.0 - 2.0j
    return re * im


@program(ex(arr(3)), ex(arr(2, 2)), optional=True)
def real_part_of_a_real_array_is_itself(x):
    y = x * 3.0
    r = y.real
    r *= x
    r[0] = y[1]
    return y * r


@program(ex(arr(1, 4)), ex(arr(4, 1)), saves=False)
def squeeze_and_expand(x):
    y = x * x
    s = np.squeeze(y)
    s[1:] = s[:-1] * s[1:]
    e = np.expand_dims(s, 0)
    e[0, 2] += y.ravel()[0]
    y *= 0.5
    return s * e


@program(ex(arr(2, 3)), ex(arr(2, 3, 2)))
def swapped_and_moved_axes(x):
    y = np.sin(x)
    s = y.swapaxes(0, 1)
    s[1] *= s[0]
    t = np.transpose(y)
    t[..., 0] += 1.0
    m = np.moveaxis(y, 0, -1)
    m[0, ..., 1] = m[2, ..., 0] * x[0, 0]
    return y


@program(ex(arr(3, 3)))
def flipped(x):
    y = x * x
    f = np.flip(y)
    f[0] = y[0] * x[1]
    g = y[::-1, ::-1]
    g += f
    h = np.fliplr(y)
    h[:, 0] *= 2.0
    return y


# Views that no name holds.


@program(ex(arr(3, 3)), optional=True)
def stores_into_views_without_names(x):
    y = x * x
    y.T[0] = x[1] * x[2]
    y[1:][0] *= x[0]
    y[:, 1:3][1][0] = y[0, 0] * y[2, 2]
    y.reshape(-1)[4] += x[0, 0]
    y.ravel()[5:7] = y[0, :2]
    y[None, 0].T[1:] *= 3.0
    return y


@program(ex(arr(3)), ex(arr(3, 2)))
def store_into_a_selection_is_lost(x):
    y = x * x
    y[[0, 1]][0] = 7.0
    y[y > 0.01][:1] *= 3.0
    (y * 2.0)[0] = x[1]
    y.copy()[1] = x[2]
    return y * x


@program(ex(arr(2, 3)), optional=True)
def store_through_flat(x):
    y = np.sin(x)
    y.flat[2] = x[0, 0] * x[1, 1]
    y.flat[3:] = y[0]
    return y


# Views of views.


@program(ex(arr(4, 4)))
def views_of_views(x):
    y = x * 1.5
    inner = y[1:]
    core = inner[:, 1:-1]
    column = core[:, 0]
    column *= x[0, :3]
    core[1] = column[:2] * y[0, :2]
    inner[0] += y[3]
    y[2, 1:3] **= 2
    return y, core.T, column


@program(ex(arr(2, 6)))
def transpose_of_a_reshape_of_a_row(x):
    y = x * x
    t = y[1].reshape(2, 3).T
    t[1] = x[0, :2] * t[0]
    t[2, ::-1] += t[1]
    y[1] *= x[0]
    t /= 2.0
    return y


@program(ex(arr(6), 3), ex(arr(6), 1), ex(arr(6), 0))
def view_shrinks_in_a_loop(x, n):
    y = x.copy()
    v = y
    for _ in range(n):
        v *= x[: len(v)]
        v = v[1:]
        v[0] += y[0] * v[-1]
        y[0] = np.sin(y[1])
    v[:] = v * v
    return y


@program(ex(arr(3, 3)), ex(arr(1, 3)))
def view_moves_from_row_to_row(x):
    y = x * x
    previous = y[-1]
    for i in range(len(y)):
        row = y[i]
        row *= previous
        previous[0] += x[i, 0]
        previous = row
    row[-1] = previous[0]
    return y


@program(ex(arr(4)), ex(arr(4, 2)))
def view_outlives_the_name_of_its_base(x):
    y = x * x
    v = y[1:]
    y = np.sin(x)
    v *= y[:-1]
    y[0] = v[0] * v[1]
    w = v[::-1]
    v = y[:2]
    v += w[:2]
    return y * x, w


# Loop variables are views.


@program(ex(arr(3, 2)), ex(arr(0, 2)), ex(arr(2, 2, 2)))
def rows_are_written_in_a_loop(x):
    y = x * 2.0
    for row in y:
        row[:] = row * row
        row *= 2.0
        row[0] += row[-1]
    return y * x


@program(ex(arr(3)), ex(arr(0)))
def elements_in_a_loop_are_numbers(x):
    y = x * 2.0
    s = 0.0
    for v in y:
        y[0] += v * v
        v *= 3.0
        s += v
    return y, s


@program(ex(arr(3, 2)))
def rows_see_what_the_loop_writes_to_the_array(x):
    y = x.copy()
    s = 1.0
    for i, row in enumerate(y):
        y[2] += row * x[i]
        y[(i + 1) % 3] *= 1.5
        s = s + np.sum(row**2)
    row[0] = s
    return y


@program(ex(arr(3, 2), arr(3, 2, seed=1)), ex(arr(2, 3), arr(3, 3)), wrt=(0, 1))
def rows_of_two_arrays_in_step(x, w):
    y = x * x
    z = w * 2.0
    for a, b in zip(y, z):
        a *= b
        b[0] = a[1]
    for k, (a, b) in enumerate(zip(y, reversed(y))):
        a[k % 2] += b[0] * x[0, 1]
    return y, z


@program(ex(arr(2, 2, 3)))
def rows_of_rows(x):
    y = np.sin(x)
    for plane in y:
        for row in plane:
            row[1:] *= row[:-1]
        plane[0] += plane[1]
    first, second = y
    first -= second
    return y


@program(ex(arr(3, 4)))
def columns_in_a_loop(x):
    y = x * x
    for column in y.T:
        column[1:] += column[:-1] * x[0, 0]
    for row in y[::2]:
        row[::-1] *= row
    return y


@program(ex(arr(3, 2), 3), ex(arr(3, 2), 1), optional=True)
def view_lives_over_a_loop(x, n):
    y = x * 1.0
    first, *others = y
    last = y[-1]
    for i in range(n):
        last *= np.cos(first)
        y[1] = last + others[0] * x[i]
        first[i % 2] = y[1, 0] * last[1]
    return y * last


# Aliases.


@program(ex(arr(3)), ex(arr(2, 2)))
def second_name_and_both_are_written(x):
    a = x * x
    b = a
    b[0] = x[1] * x[0]
    a *= x
    b += a
    b = b * 2.0
    b[0] = 0.0
    return a, b


@program(ex(arr(3)), ex(arr(2, 2)))
def second_name_of_the_parameter(x):
    y = x
    y[0] = x[1] * x[1]
    x *= y
    y = y + 1.0
    x[1] = y[0]
    return x * y


@program(ex(arr(3), arr(3, seed=1), True), ex(arr(3), arr(3, seed=1), False), wrt=(0, 1))
def alias_by_a_conditional_expression(x, y, first):
    a = x * x
    b = y * y
    c = a if first else b
    c[0] = x[1] * y[2]
    a *= c
    b += c
    return a, b, c


@program(ex(arr(3), 1.0), ex(arr(3), 0.0), ex(arr(3), -1.0))
def alias_by_branches(x, p):
    a = np.sin(x)
    if p > 0:
        c = a
    elif p < 0:
        c = a[::-1]
    else:
        c = a.copy()
    c[0] *= x[0]
    a += x * c
    c **= 2
    return a * c


@program(ex(arr(3), arr(3, seed=1), 3), ex(arr(3), arr(3, seed=1), 2), ex(arr(3), arr(3, seed=1), 0), wrt=(0, 1))
def aliases_change_places_in_a_loop(x, y, n):
    a = x * 1.0
    b = y * 1.0
    first = a
    for i in range(n):
        a[i] = b[i] * x[0]
        first += 0.1 * b
        a, b = b, a
    a *= 2.0
    return first, a * b


@program(ex(arr(4), 4), ex(arr(4), 1))
def alias_of_the_last_turn(x, n):
    best = np.zeros(2)
    y = x * x
    for i in range(n):
        candidate = y[i % 3 : i % 3 + 2]
        if i % 2 == 0:
            best = candidate
        candidate *= x[i]
        best[0] += x[0] * best[1]
    best[:] = best[::-1] * 2.0
    return y, best


@program(ex(arr(3), 0), ex(arr(3), 2), ex(arr(3), 5))
def exit_decides_what_is_shared(x, n):
    y = x * x
    c = np.ones(3)
    for i in range(4):
        if i == n:
            break
        c = y
        c[i % 3] *= x[i % 3]
    c *= x
    y += c
    return y


@program(ex(arr(3), arr(3, seed=1), True), ex(arr(3), arr(3, seed=1), False), wrt=(0, 1))
def target_is_chosen_where_it_is_written(x, y, first):
    a = x * x
    b = y * x
    (a if first else b)[0] = x[1] * y[2]
    (b if first else a[:2])[1:] *= 3.0
    [a, b][int(first)][2] += a[0]
    return a, b


@program(ex(arr(3), arr(3, seed=1)), optional=True, wrt=(0, 1))
def real_and_imaginary_parts_are_assigned(x, y):
    z = np.zeros(3, dtype=complex)
    z.real = x
    z.imag = y * x
    z *= z
    z.real *= y
    return z.real, z.imag


def scaled_sum(a, b):
    a *= 2.0
    b[0] = a[1] * b[2]
    return a * b


@program(ex(arr(3)), ex(0.5 * arr(3, 2)), optional=True)
def same_array_passed_twice(x):
    y = x * x
    z = scaled_sum(y, y)
    w = scaled_sum(z, z[:])
    scaled_sum(y, z)
    return y, z, w


@program(ex(arr(5)), optional=True)
def overlapping_slices_passed(x):
    y = x * x
    z = scaled_sum(y[:3], y[1:4])
    z += scaled_sum(y[2:], y[2::-1])
    return y, z


@program(ex(arr(3), 3), ex(arr(3), 0))
def three_names_over_a_loop(x, n):
    a = x * 2.0
    b = a[1:]
    c = a
    for i in range(n):
        c[0] = np.sin(b[1] * x[i])
        b *= c[:2]
        a = a + x
        a[i] *= 0.5
        c[2] += a[0]
    return a, b, c


@program(ex(arr(3)), ex(arr(2, 3)))
def augmented_name_may_be_a_view(x):
    y = x * x
    v = y[0]
    v += x[-1]
    w = y[:1]
    w += x[-1:]
    return y, v, w


@program(ex(pos(4), 2), ex(pos(4), 0))
def view_of_what_was_overwritten_later(x, n):
    y = np.log(x)
    v = y[1:]
    s = np.exp(v)
    for _ in range(n):
        t = v * s
        y[:-1] = t * t
        s = s + np.tanh(v)
    return s * v


@program(ex(arr(2, 3)), optional=True)
def broadcast_view_is_read(x):
    y = x * x
    b = np.broadcast_to(y[0], (2, 3))
    s = b * x
    y[0, 1] = x[1, 1]
    return s + b


@program(ex(arr(4, 4)), needs_kinds=True)
def views_that_look_like_copies(m):
    a = m * m
    e = np.einsum("ii->i", a)
    e[0] = 3 * m[0, 0]
    w = np.ones(4)
    c = np.multiply(w, 2, out=w)
    c[0] = 5.0
    items = [np.ones(4)]
    others = items.copy()
    others[0][0] = 5.0
    k = np.array([0, 1])
    r, s = np.ix_(k, np.array([1, 2]))
    total = np.sum(m[r, s] ** 2)
    k[0] = 2
    return total + np.sum(m[r, s] ** 3) + np.sum(a * m) + np.sum(w * m) + np.sum(items[0] * m)


@program(ex(arr(4, 4)))
def rows_are_exchanged_one_after_the_other(m):
    a = m.copy()
    t = a[0].copy()
    a[0] = a[2]
    a[2] = t * a[0, 1]
    return np.sum(a * m * m)


@program(ex(arr(2, 3, 2)))
def layouts_that_are_neither_c_nor_fortran(x):
    y = x.transpose(1, 0, 2) * 2.0
    y[0] *= y[1]
    return y
