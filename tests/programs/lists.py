"""Lists that get longer and shorter, and change the order of what they hold."""

import numpy as np

from tests.zoo import arr, ex, program


@program(ex(arr(3), 4), ex(arr(3), 1), ex(arr(2, 2), 3))
def states_are_appended(x, n):
    states = [x]
    for _ in range(n):
        states.append(np.tanh(states[-1] * x))
    return states[-1] * states[len(states) // 2]


@program(ex(arr(3), 3), ex(arr(3), 0), needs_kinds=True)
def appended_while_an_array_changes(x, n):
    u = x * 1.0
    seen, kept = [u], [u.copy()]
    for i in range(n):
        u[i] = np.sin(u[i - 1] * x[i])
        seen.append(u)
        kept.append(u.copy())
    seen[0][1] *= 2.0
    return sum(seen) + sum(kept) * x


@program(ex(arr(3)), ex(arr(3, 2)))
def every_method_of_lists(x):
    items = [x[0], x[1]]
    items.append(x[0] * x[1])
    items.insert(1, x[2] * x[2])
    items.extend([x[0], 2.0 * x[1]])
    last = items.pop()
    first = items.pop(0)
    items.reverse()
    others = items.copy()
    items.clear()
    items.append(last)
    others[0] = others[0] * x[1]
    return others[0] * others[1] + others[-1] * first + len(items) * others[2] * items[0]


@program(ex(arr(4)), ex(arr(1)))
def stack_of_numbers(x):
    stack = []
    for i in range(len(x)):
        stack.append(x[i])
    while len(stack) > 1:
        a = stack.pop()
        b = stack.pop()
        stack.append(a * b + np.sin(a))
    return stack[0]


@program(ex(arr(3), 5), ex(arr(3), 2), ex(arr(3), 0))
def queue_is_fed_and_emptied(x, n):
    queue = []
    for i in range(len(x)):
        queue.append(x[i])
    total = 0.0
    while queue:
        head = queue.pop(0)
        total = total * 0.5 + head * head
        if n > 0:
            queue.append(np.sin(head) * total)
            n -= 1
    return total


@program(ex(arr(4)), ex(arr(4, 2)))
def slices_of_lists(x):
    items = [x[0], x[1], x[2], x[0] * x[1]]
    items[1:3] = [items[2], items[1] * x[0], x[3]]
    items[::4] = items[-1:] + items[:1]
    part = items[1:]
    part[0] = part[0] * 2.0
    del items[2:4]
    del items[0]
    return items[0] + items[1] * part[0] * part[-1]


@program(ex(arr(3)))
def sums_and_multiples_of_lists(x):
    a = [x[0], x[1] * x[2]]
    b = a + [x[2]] + list((x[1],))
    b += [x[0] * 2.0]
    c = [x[0] * x[1], 2.0] * 2
    c[2] = c[2] * x[0]
    return b[-1] * c[2] + b[1] * c[1] * c[0]


@program(ex(arr(3)), ex(arr(2)), needs_kinds=True)
def branches_fill_different_lists(x):
    yes, no = [], [1.0]
    for i in range(len(x)):
        target = yes if i % 2 == 0 else no
        target.append(x[i] * x[0])
        target[0] = target[0] * x[i]
    return sum(yes) * 2.0 + sum(no) * x


@program(ex(arr(3), 4), ex(arr(3), 1))
def shared_arrays_change_places(x, n):
    y = x * 1.0
    items = [y, x * x, y]
    for i in range(n):
        items.insert(1, items[-1] * items[0])
        items[1][0] = x[1]
        u = items.pop()
        u += 1.0
        items.append(u)
        items.reverse()
    y[1] = x[2]
    return sum(items) * items[0]


@program(ex(arr(3), 3), ex(arr(3), 0), needs_kinds=True)
def copies_of_lists_share_their_arrays(x, n):
    y = x * 1.0
    first = [y] * 3
    second = first.copy()
    for i in range(n):
        first[1][0] = first[2][1] * x[i]
        second.append(x * first[0])
        second[-1][2] = y[0]
        first[0] = second[i] * 2.0
    return first[0] * first[2] * second[-1] * second[0]


@program(ex([0.3, -0.7, 1.1, 0.4]), needs_kinds=True)
def list_that_is_given_is_changed(values):
    values.append(values[0] * values[1])
    values.insert(1, values[2] ** 2)
    last = values.pop(0)
    del values[1]
    return values[0] * values[-1] * last + values[1]


@program(ex([arr(2), arr(2, seed=1)], 2), ex([arr(2), arr(2, seed=1)], 0), needs_kinds=True)
def given_list_of_arrays_grows(xs, n):
    for i in range(n):
        xs.append(xs[i] * xs[-1])
        xs[0][i] *= 2.0
    return sum(xs) * xs[0]


@program(ex(arr(4)), ex(arr(2)))
def results_are_lists(x):
    made = []
    for i in range(len(x) - 1):
        made.append(x[i] * x[i + 1])
        if i:
            made[i - 1] = made[i - 1] * made[i]
    return made


@program(ex(arr(4), 3), ex(arr(4), 0))
def appended_in_branches(x, n):
    made = [x[0]]
    for i in range(n):
        if i % 2:
            made.append(x[i] * made[-1])
        else:
            top = made.pop()
            made += [top * top, x[3] * top]
    return sum(made)


@program(ex(arr(4)), needs_kinds=True)
def lists_in_lists_are_updated(x):
    rows = [[x[0]], [x[1]]]
    rows[0] += []
    rows[1] += rows[0]
    rows[1] += rows[1]
    held = {"row": [x[2]], "made": [x[0]]}
    held["row"] += [x[3], x[0]]
    return rows[1][0] * rows[1][2] * rows[1][3] * held["row"][-1] + held["row"][1]


@program(ex(arr(4)))
def lists_are_read_in_the_order_they_are_written(x):
    items = [x[0], x[1], x[2], x[3]]
    first = items.pop() * (items + [items[0] * x[1]])[3]
    several = [items.pop(), items.copy(), items.pop(), list(items)]
    table = {"a": x[0], "b": x[1]}
    both = (table.setdefault("c", x[2]), dict(table), table.pop("a") * table.get("a", x[3]))
    items.append(items.pop(0) * len(items + [x[0]]))
    return first * several[0] * several[1][1] * several[3][0] + len(both[1]) * both[0] * both[2] * items[0]


@program(ex(arr(3), 2), ex(arr(3), 0), needs_kinds=True)
def elements_that_are_numbers_become_arrays(x, n):
    held = {"a": x[0]}
    for i in range(n):
        held["a"] = held["a"] * x
    y = held["a"] * held["a"]
    held["a"] += x
    y = y * held["a"]
    total = [0.0]
    for i in range(n):
        y = y * np.sin(total[0] + x)
        total[0] += x * x[i]
        y = y + total[0] ** 2
    return np.sum(y * held["a"])


@program(ex(arr(3)))
def nothing_is_added_to_lists(x):
    y, z = x * 1.0, x * 2.0
    a, b = [z, y] + []
    a[0] = x[1] * x[1]
    b[1] = a[0]
    made = [x[0]]
    made.extend([])
    made += []
    made += ()
    return y[1] * z[0] * made[0]


@program(ex(arr(3), [arr(3, seed=1)]), ex(arr(3), [0.3]), ex(arr(3), {0: arr(3)}))
def elements_of_a_list_that_is_given_are_updated(x, held):
    y = 0.0
    for i in range(3):
        held[0] += x * x[i]
        y = y + np.sum(held[0] * held[0])
    return y * held[0]


@program(ex(arr(3)), needs_kinds=True)
def grows_while_a_copy_is_run_over(x):
    items = [x, x * 2.0]
    for v in list(items):
        items.append(v * v)
    return sum(items)
