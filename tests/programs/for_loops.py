"""for over range, lists, tuples, arrays, enumerate, zip, reversed; what is carried and what is read afterwards."""

import itertools

import numpy as np

from tests.zoo import arr, ex, pos, program

COUNTS = (ex(0.7, 4), ex(0.7, 0), ex(0.7, 1), ex(arr(3), 3), ex(arr(2, 2), 0))


@program(*COUNTS)
def repeated_product(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


@program(*COUNTS)
def nonlinear_carry(x, n):
    for i in range(n):
        x = np.sin(x * x) + 0.1 * i
    return x


@program(*COUNTS)
def square_in_place_of_itself(x, n):
    for _ in range(n):
        x = x * x
    return x * 2.0


@program(*COUNTS)
def carried_value_read_afterwards(x, n):
    y = x
    for i in range(n):
        y = y * x + i
    z = y * y
    return z * y


@program(ex(0.7, 4), ex(0.7, 1), ex(arr(3), 2))
def defined_only_in_the_body(x, n):
    for i in range(n):
        t = x * (i + 1.0)
        t = t * t
    return t * x


@program(ex(0.7, 4), ex(0.7, 1))
def loop_variable_after_the_loop(x, n):
    y = x
    for i in range(n):
        y = y * x
    return y * i + x**i


@program(ex(0.7, 4), ex(0.7, 0))
def loop_variable_defined_before(x, n):
    i = 7
    y = x
    for i in range(n):
        y = y * x
    return y * i


@program(ex(0.7, 4), ex(0.7, 0))
def loop_variable_is_overwritten_in_the_body(x, n):
    y = x
    for i in range(n):
        y = y + x * i
        i = i * i
        y = y * (x + i)
    return y


@program(ex(0.7, 5))
def loop_variable_shadows_an_active_name(x, n):
    y = x * x
    z = y
    for y in range(n):
        z = z * x + y
    return z * y


@program(ex(0.7, 3), ex(0.7, 0))
def bound_changes_in_the_body(x, n):
    y = x
    for i in range(n):
        n = n + 2
        y = y * x + n
    return y * n


@program(ex(0.7), ex(arr(2)))
def range_with_start_and_step(x):
    y = x
    for i in range(2, 9, 3):
        y = y * x + i
    for i in range(5, -1, -2):
        y = np.sin(0.2 * y) * i + x
    return y


@program(ex(arr(3)), ex(arr(0)), ex(arr(3, 2)), ex(arr(0, 2)))
def elements_of_an_array(x):
    s = 0.0
    for v in x:
        s = s * 0.5 + v * v
    return s


@program(ex(arr(3, 2)), ex(arr(1, 2)))
def rows_of_a_matrix(x):
    h = np.ones(2)
    for row in x:
        h = np.tanh(h * row) + row
    return np.sum(h)


@program(ex(arr(3, 2)))
def row_after_the_loop(x):
    s = 0.0
    for row in x:
        s = s + np.sum(row * row)
    return s * row


@program(ex(arr(4)))
def element_after_the_loop(x):
    for v in x:
        pass
    return v * v * x[0]


@program(ex(0.7, [1.0, 2.0, 3.0]), ex(0.7, (1.0, 2.0)), ex(0.7, []), ex(arr(2), [arr(2), arr(2)]))
def sequence_of_constants(x, coefficients):
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


@program(ex(0.7, 0.3), ex(arr(3), 0.3), wrt=(0, 1))
def list_literal_of_active_values(x, a):
    y = 1.0
    for v in [x, x * a, a, 2.0, x]:
        y = y * v + v * v
    return y


@program(ex(0.7, 0.3), ex(arr(3), 0.3), wrt=(0, 1))
def tuple_literal_of_active_values(x, a):
    y = 1.0
    for v in (x, a, x * x):
        y = y * v + a
    return y


@program(ex(0.7))
def tuples_of_constants(x):
    y = x
    for a, b in [(1.0, 2.0), (3.0, 4.0)]:
        y = y * a + x * b * y
    return y


@program(ex(arr(4)), ex(arr(0)), ex(arr(3, 2)))
def enumerate_an_array(x):
    s = 0.0
    for i, v in enumerate(x):
        s = s + (i + 1) * v * v + s * v
    return s


@program(ex(0.7, [1.0, 2.0, 3.0]))
def enumerate_constants(x, cs):
    s = 0.0
    for k, c in enumerate(cs):
        s += c * x**k
    return s


@program(ex(0.7, [1.0, 2.0]))
def enumerate_from_one(x, cs):
    s = x
    for k, c in enumerate(cs, 1):
        s = s * c + x**k
    return s


@program(
    ex(arr(3), arr(3, seed=1)),
    ex(arr(0), arr(0)),
    ex(arr(4), arr(3)),
    ex(arr(2, 2), arr(3)),
    wrt=(0, 1),
)
def zip_two_arrays(x, y):
    s = 0.0
    for a, b in zip(x, y):
        s = s + a * b + s * a
    return s


@program(ex(arr(3), [2.0, 3.0, 4.0]), ex(arr(3), (2.0, 3.0)))
def zip_array_and_constants(x, cs):
    s = 1.0
    for a, c in zip(x, cs):
        s = s * a + c
    return s


@program(ex(arr(3), arr(3, seed=1)), wrt=(0, 1))
def enumerate_zip(x, y):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, y)):
        s = s * 0.5 + a * b * i + b * b
    return s


@program(ex(arr(4)), ex(arr(3, 2)), ex(arr(0)))
def reversed_array(x):
    s = 0.5
    for v in reversed(x):
        s = s * v + v * v
    return s


@program(ex(0.7, 5), ex(0.7, 0))
def reversed_range(x, n):
    y = x
    for i in reversed(range(n)):
        y = np.sin(y * i) + x
    return y


@program(ex(0.7, [1.0, 2.0, 3.0]))
def reversed_list(x, cs):
    y = 0.0
    for c in reversed(cs):
        y = y * x + c
    return y


@program(ex(arr(6)))
def slices_as_sequences(x):
    s = 0.5
    for v in x[1:]:
        s = s * v + v
    for v in x[::-2]:
        s = s * v - v
    return s


@program(ex(arr(4)))
def neighbours(x):
    s = 0.0
    for a, b in zip(x[:-1], x[1:]):
        s = s + 100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2
    return s


@program(ex(arr(3)), ex(arr(2, 2)))
def iterates_a_computed_array(x):
    s = 0.0
    for v in x * x + 1.0:
        s = s * 0.3 + v * v
    return s


@program(ex(arr(3)), ex(arr(2, 2)))
def iterated_array_is_overwritten_in_the_body(x):
    s = 0.0
    for v in x:
        x = x * 0.5
        s = s + v * v + x
    return s * x


@program(ex(0.6, 4), ex(0.6, 0))
def fibonacci_like_swap(x, n):
    a = x
    b = x * x
    for _ in range(n):
        a, b = b, a + b * x
    return a * b


@program(ex(0.6, 0.3, 3), ex(0.6, 0.3, 0), ex(arr(2), 0.3, 4), wrt=(0, 1))
def two_carried_values(x, y, n):
    for i in range(n):
        x = x * y
        y = np.sin(x + y)
    return x + y


@program(ex(0.6, 0.3, 5), ex(0.6, 0.3, 2), ex(0.6, 0.3, 0), wrt=(0, 1))
def delayed_by_two_turns(x, y, n):
    a = x
    b = y
    c = 1.0
    for _ in range(n):
        c = b
        b = a
        a = a * b * c + x
    return a + 2.0 * b + 3.0 * c


@program(ex(0.6, 3), ex(0.6, 0))
def activity_arrives_late(x, n):
    a = 1.0
    b = 2.0
    c = x
    for _ in range(n):
        a = a + b * b
        b = b + c
    return a


@program(ex(0.6, 3), ex(0.6, 1), ex(0.6, 0))
def overwritten_by_a_constant_in_the_loop(x, n):
    y = x * x
    z = 0.0
    for i in range(n):
        z = z + y * x
        y = 2.0 * i
    return z + y


@program(ex(0.6, 3), ex(0.6, 0))
def reset_on_every_turn(x, n):
    s = 0.0
    for i in range(n):
        t = 1.0
        for j in range(i):
            t = t * x
        s = s + t * x
    return s


@program(ex(0.6, 4), ex(0.6, 0))
def carried_at_both_levels(x, n):
    s = x
    t = x * x
    for i in range(n):
        s = s * x + 0.2 * i
        for j in range(i):
            t = np.sin(t * s) + 0.1 * j
            s = s * 0.5 + 0.3 * t
        t = t * x
    return s * t


@program(ex(arr(3, 3)), ex(arr(0, 2)), ex(arr(2, 0)))
def nested_over_a_matrix(x):
    s = 0.0
    for i in range(x.shape[0]):
        r = 1.0
        for j in range(x.shape[1]):
            r = r * x[i, j] + 0.1
        s = s + r * r
    return s


@program(ex(arr(2, 3)))
def nested_over_rows_and_elements(x):
    s = 0.3
    for row in x:
        for v in row:
            s = s * v + np.sum(row)
    return s


@program(ex(0.7, 4), ex(-0.7, 4), ex(0.7, 0))
def branch_in_a_loop(x, n):
    y = x
    for i in range(n):
        if i % 2 == 0:
            y = y * x
        else:
            y = np.sin(y)
    return y


@program(ex(0.7, 5), ex(-0.7, 5))
def branch_on_the_carried_value(x, n):
    y = x
    for i in range(n):
        if y > 0.3:
            y = y * x - 0.5
        else:
            y = y + x * x + 0.2
    return y


@program(ex(0.7, 4), ex(0.7, 1))
def defined_in_a_branch_of_a_loop(x, n):
    y = x
    for i in range(n):
        if i == 0:
            t = x * x
        y = y * t
    return y * t


@program(ex(0.7, 3), ex(0.7, 0))
def value_of_the_previous_turn(x, n):
    previous = 1.0
    y = x
    for i in range(n):
        if i > 0:
            y = y * previous
        previous = y * y
        y = y + x
    return y * previous


@program(ex(0.7, 3), ex(0.7, 0))
def loop_else(x, n):
    y = x
    for i in range(n):
        y = y * x
    else:
        y = y + x * x
    return y


@program(
    ex(arr(4, 4), arr(4, 3), arr(4), [arr(3, seed=k) for k in range(5)]),
    ex(arr(2, 2), arr(2, 1), arr(2), []),
    wrt=(0, 1, 2),
)
def recurrent_network(w, u, h, xs):
    for x in xs:
        h = np.tanh(np.dot(w, h) + np.dot(u, x))
    return np.sum(h)


@program(ex(arr(2, 2), arr(3, 2)), wrt=(0, 1))
def outputs_of_every_turn(w, xs):
    h = np.zeros(2)
    loss = 0.0
    for x in xs:
        h = np.tanh(w @ h + x)
        loss += np.sum(h * h)
    return loss, h


@program(ex(pos(3), 3), ex(pos(2, 2), 2))
def power_iteration(x, n):
    y = x
    for _ in range(n):
        y = y * x
        y = y / np.sqrt(np.sum(y * y))
    return y


@program(ex(0.4, 3), ex(0.4, 0))
def empty_body(x, n):
    for i in range(n):
        pass
    return x * n


@program(ex(0.4, 3), ex(0.4, 1))
def dead_loop(x, n):
    y = x
    for i in range(n):
        y = y * x
    return x * x


@program(ex(arr(5), np.array([0, 2, 2, 4])), ex(arr(3), [0, 0]))
def loop_over_indices(x, indices):
    s = 0.2
    for i in indices:
        s = s * x[i] + x[i] ** 2
    return s


@program(ex(0.3))
def sequence_of_strings(x):
    for name in ["square", "sine", "square"]:
        if name == "square":
            x = x * x
        else:
            x = np.sin(x) + 1.0
    return x


@program(ex(0.7))
def loop_over_functions_is_a_choice(x):
    for n in (1, 2, 3):
        for m in (n, n + 1):
            x = x * 0.5 + m * x**n
    return x


@program(ex(arr(3)))
def zip_with_an_iterator(x):
    items = iter([1.0, 2.0, 3.0, 4.0])
    s = 0.0
    for a, k in zip(x, items):
        s = s + a * k
    return s


@program(ex(arr(3)))
def zip_with_an_endless_iterator(x):
    s = 0.0
    for k, a in zip(itertools.count(1), x):
        s = s + a * k
    return s


@program(ex(arr(3), arr(3)), ex(arr(0), []))
def zip_strict(x, y):
    s = 0.0
    for a, b in zip(x, y, strict=True):
        s = s + a * b
    return s


STARTS = []


def start():
    STARTS.append(1)
    return 2


@program(ex(arr(3)), saves=False)
def enumerate_from_a_call(x):
    s = 0.0
    for i, q in enumerate(x, start()):
        s = s + i * q
    return s


@program(ex(arr(3)))
def newaxis_on_numbers(x):
    s = x[0]
    total = np.sum(x)
    return np.sum(s[..., None] * x) + np.sum(total[None] * x)
