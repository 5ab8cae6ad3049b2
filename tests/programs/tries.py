"""``try``: exact, with what has been done before an exception."""

import contextlib

import numpy as np

from tests.zoo import arr, ex, program

VECTOR = ex(arr(3))
KINDS = ex(arr(3)), ex(np.array(0.7))


@program(*KINDS)
def nothing_is_raised(x):
    try:
        y = np.sin(x)
        y = y * x
    except ValueError:
        y = x
    else:
        y = y * 2.0
    return np.sum(y)


@program(VECTOR)
def raised_in_the_middle(x):
    s = x[0] * 1.0
    try:
        s = s * x[1]
        s = s * x[100]
        s = s * x[2]
    except IndexError:
        s = s * x[2] * x[2]
    return s


@program(ex(arr(3), 0), ex(arr(3), 1), ex(arr(3), 2), ex(arr(3), 9))
def several_handlers(x, n):
    y = x * 2.0
    try:
        y = y * x[0]
        if n == 0:
            raise ValueError("zero")
        y = y * x[n]
        if n == 1:
            raise KeyError
        y = y + [1.0, 2.0, 3.0][n]
    except ValueError as error:
        y = y * len(str(error))
    except (IndexError, KeyError):
        y = y * y
    else:
        y = np.sin(y)
    return np.sum(y)


@program(VECTOR)
def in_a_loop(x):
    s = 0.0
    for i in range(6):
        try:
            s += x[i] ** 2
        except IndexError:
            break
    return s * x[0]


@program(VECTOR)
def continue_in_handlers(x):
    s, count = 0.0, 0
    for v in [x[0], None, x[1], "text", x[2]]:
        try:
            t = v * 2.0
            s = s + t * t
        except TypeError:
            count += 1
            continue
        s = s * 1.5
    return s * count


@program(VECTOR)
def stores_before_the_exception(x):
    y = x.copy()
    for i in range(5):
        try:
            y[0] = y[0] * x[1]
            y[i] *= y[0]
            y[2] = 3.0
        except IndexError:
            y[1] = y[1] * y[0]
    return np.sum(y * x)


def checked(a):
    if a[0] > 0.2:
        raise ValueError("large")
    return a * a


@program(ex(np.array([0.5, 0.2, 0.3])), ex(np.array([0.1, 0.2, 0.3])))
def raised_in_a_callee(x):
    try:
        y = checked(x)
    except ValueError:
        y = x * 3.0
    return np.sum(y * x)


def stores_and_raises(a, b):
    a[0] = b[0] * 2.0
    a[1] = b[100] if b[0] > 0.2 else b[1]
    a[2] = 0.0


@program(ex(np.array([0.5, 0.2, 0.3])), ex(np.array([0.1, 0.2, 0.3])), needs_kinds=True)
def callee_that_stores_and_raises(x):
    y = np.sin(x)
    try:
        stores_and_raises(y, x)
    except IndexError:
        y[1] *= 2.0
    return np.sum(y * x)


@program(*KINDS)
def returns_inside(x):
    try:
        return np.sum(x * x)
    except ZeroDivisionError:
        return 0.0


@program(ex(arr(3), 1), ex(arr(3), 7))
def returns_in_both(x, n):
    for k in range(3):
        try:
            if k == 1:
                return x[n] * x[0]
        except IndexError:
            return x[0] * x[1] * k
    return 0.0


@program(VECTOR)
def at_last(x):
    s = np.sum(x * x)
    try:
        s = s * x[0]
    finally:
        s = s * 2.0
    return s


@program(VECTOR)
def at_last_after_a_return(x):
    y = x * 2.0
    try:
        return np.sum(y)
    finally:
        y *= 3.0


@program(VECTOR)
def at_last_in_loops(x):
    s = 0.0
    for i in range(5):
        try:
            if i == 3:
                break
            if i == 1:
                continue
            s = s + x[i]
        finally:
            s = s * 2.0
    return s * x[1]


@program(VECTOR)
def tries_in_tries(x):
    s = 0.0
    for i in range(5):
        try:
            try:
                s = s + x[i]
                s = s * [1.0, "a", 2.0, 3.0, 4.0][i]
            except TypeError:
                s = s * x[0]
            finally:
                s = s * 2.0
        except IndexError:
            s = s + 1.0
            continue
        s = s * 1.5
    return s


@program(VECTOR)
def raised_again(x):
    s = x[0]
    try:
        try:
            s = s * x[1]
            raise ValueError
        except ValueError:
            s = s * x[2]
            raise
        finally:
            s = s + x[0]
    except ValueError as error:
        s = s * 2.0 if isinstance(error, ValueError) else s
    return s


@program(ex(0.7), ex(-0.7))
def square_root_or_not(a):
    import math

    try:
        return math.sqrt(a) * a
    except ValueError:
        return a * a * a


@program(VECTOR)
def lists_in_tries(x):
    parts = []
    for k in (0, 2, 5, 1):
        try:
            parts.append(x[k] * x[0])
        except IndexError:
            parts.append(x[1] * 3.0)
    return parts[0] * parts[2] + sum(parts)


@program(VECTOR)
def tests_that_raise(x):
    k, s = 0, 1.0
    try:
        while x[k] * x[k] < 9.0:
            s = s * x[k]
            k += 1
            for v in [x[k], x[k] * x[0]]:
                if [1.0, 1.0, 1.0][k] > 0.0:
                    s = s + v
    except IndexError:
        s = s * k
    return s


@program(VECTOR)
def names_bound_in_tries_only(x):
    for k in range(4):
        try:
            last, other = x[k], x[k] * 2.0
        except IndexError:
            pass
    return last * other


def outer(x, n):
    def inner(a):
        try:
            return a[n] * 2.0
        except IndexError as error:
            value = len(error.args)
        return a[0] * value * 3.0

    return inner(x) * inner(x * x)


@program(ex(arr(3), 1), ex(arr(3), 5))
def in_inner_functions(x, n):
    return outer(x, n)


@program(VECTOR)
def linear_algebra(x):
    a = np.outer(x, x)
    try:
        c = np.linalg.cholesky(a - np.eye(3) * 9.0)
        s = np.sum(c)
    except np.linalg.LinAlgError:
        s = np.sum(np.linalg.inv(a + np.eye(3)))
    return s


@program(VECTOR)
def records_of_turns_that_failed(x):
    y = np.outer(x, x)
    for k in range(3):
        try:
            y[k] *= y[k + 1]
        except IndexError:
            y[k] = 2.0 * x
    return np.sum(y * y)


@program(VECTOR)
def leaves_a_loop_through_finally(x):
    s = x[0]
    try:
        for j in range(3):
            try:
                if j == 1:
                    break
                if j == 5:
                    continue
                s = s * x[j]
            finally:
                s = s + x[0]
    except IndexError:
        s = s * x[1]
    return s


@program(VECTOR)
def unpacks_too_many_or_too_few(x):
    s, a, b, c = x[2], 1.0, x[0], x[1]
    try:
        a, b = x
        s = a * b
    except ValueError:
        s = s * s
    for p in [(x[0], x[1]), (x[2],), (x[1], x[2], x[0])]:
        try:
            u, v = p
            s = s + u * v
        except ValueError:
            s = s + p[0] * x[0]
    try:
        for u, v in [(x[0], x[1]), (x[2],)]:
            s = s + u * v
    except ValueError:
        s = s * x[1]
    return s * a * b * c


@program(VECTOR)
def handlers_that_raise_in_inner_functions(x):
    def inner(n):
        try:
            return x[n] * 2.0
        except IndexError:
            if n > 5:
                raise ValueError("far")
            return x[0]

    s = 0.0
    for n in (1, 4, 6, 2):
        try:
            s = s + inner(n)
        except ValueError as error:
            s = s * len(str(error))
    return s


@program(VECTOR)
def several_values_at_once(x):
    s, t = x[0], x[1]
    for k in range(6):
        try:
            s, t = t * x[k], s + x[k] * t
        except IndexError:
            s = s * 0.5
            continue
        finally:
            t = t * 1.1
    return s * t


class Stepped:
    def __init__(self, w):
        self.w = w
        self.log = []

    def step(self, k):
        self.w = self.w * 2.0
        self.log.append(self.w[k])
        return self.w[k] * 3.0


@program(VECTOR, needs_kinds=True)
def methods_that_change_their_object(x):
    stepped = Stepped(x * 1.0)
    s = 0.0
    for k in (0, 7, 1):
        try:
            s = s + stepped.step(k)
        except IndexError:
            s = s + np.sum(stepped.w)
    return s + len(stepped.log)


def product_of_all(v, depth):
    if depth == 0:
        raise ValueError
    try:
        return v * product_of_all(v, depth - 1)
    except ValueError:
        return v * v


@program(VECTOR)
def recursive_function_that_catches(x):
    return product_of_all(x[0], 3) * x[1]


@program(VECTOR)
def keys_that_are_missing(x):
    d = {"a": x[0]}
    s = 0.0
    for key in ("a", "b", "a"):
        try:
            s = s + d[key] ** 2
        except KeyError:
            d[key] = x[1] * s
            s = s + d[key]
    return s * d["b"]


@program(VECTOR)
def inner_functions_that_raise_in_inner_functions(x):
    a = x[1]
    y = x * 1.0

    def changed():
        nonlocal a
        a = a + x[1]
        y[0] = x[2]
        y[7] = 0.0

    def caught():
        nonlocal a
        try:
            changed()
        except IndexError:
            a = a * x[2]
            return 2.0
        return 1.0

    return caught() * a * np.sum(y * x)


@program(VECTOR)
def values_that_come_before_all_targets(x):
    a, b, c = x[0], x[1], x[2]
    try:
        a, b = c * 2.0, x[5]
    except IndexError:
        a = a * 3.0
    with contextlib.suppress(IndexError):
        (a, b), c = (c, a * 2.0), x[5]
    with contextlib.suppress(IndexError):
        a, *_ = c, b, x[5]

    def inner(n):
        p, q = a, b
        try:
            p, q = q * 2.0, x[n]
        except IndexError:
            return p * q
        return p + q

    return a * b * c + inner(7) * inner(1)


@program(VECTOR)
def finally_that_raises_while_leaving(x):
    def leaves(s):
        try:
            try:
                return s * x[1]
            finally:
                s = s * x[9]
        except IndexError:
            s = s + x[2]
        return s * 2.0

    total = leaves(x[0])
    for k in range(4):
        try:
            try:
                if k % 2:
                    continue
                total = total * x[k]
            finally:
                total = total * x[k + 1]
        except IndexError:
            total = total + x[2]
        total = total * 1.5
    return total


@program(ex(arr(3), 0), ex(arr(3), 1), ex(arr(3), 2))
def leaves_by_finally(x, n):
    total = x[0] * 1.0
    for k in range(4):
        try:
            total = total * x[k]
            if k == n:
                return total
            if k == n + 1:
                break
        finally:
            total = total * x[2]
            if n == 1:
                continue
            if n == 2 and k == 3:
                break
        total = total + x[1]
    try:
        total = total * x[n * 5]
    finally:
        return total * x[1]  # noqa: B012


LOG = []


class Logged:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        LOG.append(self.name)
        return len(self.name)

    def __exit__(self, kind, error, traceback):
        LOG.remove(self.name)


@program(ex(arr(3), 1), ex(arr(3), 7), ex(arr(3), 0), saves=False)
def managers_inside(x, n):
    y = x * 1.0
    for k in range(3):
        try:
            with Logged("outer") as length:
                y[0] = y[0] * length
                with np.errstate(all="ignore"), Logged("inner"):
                    y[1] = y[0] * x[n + k]
                    if n == 0 and k == 1:
                        return np.sum(y) * x[2]
                y[2] = y[2] * y[1]
        except IndexError:
            y[0] = y[0] * x[2] * (1 + len(LOG))
    return np.sum(y) * x[1] * (1 + len(LOG))


@program(ex(arr(3), 1), ex(arr(3), 7))
def loops_inside(x, n):
    total = x[0] * 1.0
    names = {"a": x[0] * 2.0, "b": x[1]}
    try:
        for k, (a, b) in enumerate(zip(x, x[::-1]), start=n):
            total = total + a * b * k
        for v in reversed(x):
            total = total * v
        for k, v in names.items():
            total = total + len(k) * v
        for k, v in enumerate(x[1:]):
            total = total * v * x[k + n]
    except IndexError:
        total = total * total
    return total


@program(VECTOR)
def loop_over_nothing(x):
    total = x[0] * 1.0
    for items in (x, None, x[:2], 3):
        try:
            for k, v in enumerate(items):
                total = total * v + k
        except TypeError:
            total = total * x[2]
    return total


def from_a_list(v):
    return [1.0][int(v * 4)] * v


FROM_A_LIST = np.frompyfunc(from_a_list, 1, 1)


class Unaddable:
    def __add__(self, other):
        raise IndexError


OBJECTS = np.array([Unaddable(), Unaddable()], dtype=object)


@program(VECTOR, saves=False)
def numbers_that_raise(x):
    s = x[0] * 1.0
    try:
        k = FROM_A_LIST(1.5)
        s = s * x[1] * k
    except IndexError:
        s = s * x[2]
    try:
        k = OBJECTS + 1.0
        s = s * len(k)
    except IndexError:
        s = s * s
    return s


class Swallowing:
    def __enter__(self):
        return 2.0

    def __exit__(self, kind, error, traceback):
        return kind is IndexError


def swallows(x):
    s = x[0] * x[1]
    with Swallowing():
        s = s * x[9]
    return s


@program(VECTOR, saves=False)
def managers_that_swallow(x):
    s = x[0] * 1.0
    for k in range(2):
        try:
            with Swallowing() as by:
                s = s * x[1] * by
                s = s * x[k + 2]
            s = s * 1.5
            with Swallowing():
                s = s + {}[k]
        except KeyError:
            s = s + x[2]
        except Exception:
            s = s * 0.1
    try:
        s = s * swallows(x)
    except Exception:
        s = x[2]
    return s
