"""What calls do to storage: a program is right or refused, never wrong, whatever shares, keeps or changes arrays."""

import functools
import itertools
import operator

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError
from tests.analysis import storage_settings as settings
from tests.analysis.storage_settings import CONFIG, TABLE, K, W

X = np.array([1.0, 2.0, 3.0])
CACHE = []
BOX = settings.Config()


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    settings.reset()
    CACHE.clear()


def store(v):
    CACHE.append(v)


def keep(holder, v):
    holder.append(v)


def keep_deeper(holder, v):
    keep(holder, v)


def get():
    return W


def get_default(a=W):
    return a


def cached():
    return CACHE[-1]


def put(v):
    BOX.w = v


def passes(a, b, n):
    if n == 0:
        return a
    return passes(b, a, n - 1)


def add_to(a, b):
    a += b
    return 1.0


ADD_ONE = functools.partial(add_to, b=1.0)
SETTER = settings.Config()

# --- stores of differentiated values


def appends(x):
    out = []
    for i in range(3):
        out.append(x[i] ** 2)
    y = np.array(out)
    return np.sum(y)


def extends(x):
    out = [1.0]
    out.extend([x[0], x[1]])
    c = out[1] * 2.0
    return c * x[2]


def updates_a_dict(x):
    d = {"b": 1.0}
    d.update(a=x)
    c = np.sum(d["a"])
    return c * x[0]


def stores_in_a_global(x):
    store(x)
    c = np.sum(CACHE[-1] ** 2)
    return np.sum(x) + c


def stores_in_a_global_read_by_a_callee(x):
    store(x)
    c = np.sum(cached() ** 2)
    return np.sum(x) + c


def stores_in_an_object(x):
    put(x)
    c = np.sum(BOX.w)
    return np.sum(x) * c


def callee_keeps(x):
    out = [1.0]
    keep_deeper(out, x[1])
    return out[1] * x[0]


def adds_at(x):
    buffer = np.zeros(3)
    np.add.at(buffer, [0, 0, 1], x)
    c = np.sum(buffer)
    return np.sum(x) + c


def fills(x):
    buffer = np.zeros(3)
    buffer.fill(x[0])
    c = np.sum(buffer)
    return np.sum(x) * c


# --- storage that has another name


def updates_a_global_from_a_callee(x):
    w = get()
    w *= 2
    return np.sum(x * W)


def updates_a_default(x):
    w = get_default()
    w *= 2
    return np.sum(x * W)


def updates_an_attribute(x):
    w = settings.W
    w *= 2
    return np.sum(x * settings.W)


def updates_from_a_dict(x):
    w = TABLE.get("w")
    w *= 2
    return np.sum(x * TABLE["w"])


def updates_what_a_method_returned(x):
    w = CONFIG.get()
    w *= 2
    return np.sum(x * CONFIG.w)


def updates_what_a_list_has(x):
    y = x * 2.0
    history = []
    history.append(y)
    y += 1
    c = np.sum(history[0])
    return np.sum(y) * c


def updates_what_a_callee_keeps(x):
    y = np.ones(3)
    holder = []
    keep_deeper(holder, y)
    y += 1
    return np.sum(holder[0] * x)


def updates_what_a_copied_list_has(x):
    y = np.ones(3)
    holder = [y].copy()
    y += 1
    return np.sum(holder[0] * x)


def updates_a_conjugate(x):
    y = x * 1.0
    w = y.conj()
    w += 1
    return np.sum(x * y)


def updates_through_recursion(x):
    y, z = x * 1.0, x * 2.0
    w = passes(y, z, 1)
    w += 1
    return np.sum(z * y)


def updates_what_a_loop_runs_over(x):
    w = x * 1.5
    s = 0.0
    for q in w:
        w *= 2.0
        s = s + q * q
    return s


def updates_what_enumerate_runs_over(x):
    w = x * 1.5
    s = 0.0
    for k, q in enumerate(w):
        if k == 1:
            w *= 2.0
        s = s + q * q
    return s


# --- storage that is changed behind the derivative's back


def callee_changes_a_module(x):
    y = x * W
    settings.change_w()
    return np.sum(y)


def callee_changes_a_default(x):
    y = x * W
    settings.change_default()
    return np.sum(y)


def callee_changes_an_object(x):
    w = CONFIG.w
    y = x * w
    settings.change_config()
    return np.sum(y)


def method_changes_its_object(x):
    y = x * CONFIG.w
    CONFIG.step()
    return np.sum(y)


def callee_binds_a_variable(x):
    y = x * settings.K
    settings.count()
    return np.sum(y * settings.K)


def reads_a_module(x):
    return np.sum(x * settings.W * x)


def another_function_reads_it(x):
    y = reads_a_module(x)
    settings.change_w()
    return y


def shuffles(x):
    index = np.arange(3)
    y = x[index] * np.array([1.0, 2.0, 3.0])
    np.random.shuffle(index)  # noqa: NPY002
    return np.sum(y)


def sorts_by_the_type(x):
    b = np.array([3.0, 1.0, 2.0])
    y = x * b
    np.ndarray.sort(b)
    return np.sum(y)


def sets_an_item(x):
    b = np.array([3.0, 1.0, 2.0])
    y = x * b
    operator.setitem(b, 0, 9.0)
    return np.sum(y)


def adds_by_the_operator(x):
    b = np.array([3.0, 1.0, 2.0])
    y = x * b
    operator.iadd(b, 1.0)
    return np.sum(y)


def calls_a_partial(x):
    y = x * 1.0
    z = np.sum(y * y)
    ADD_ONE(y)
    return z * np.sum(y)


def calls_a_lambda(x):
    y = x * 1.0
    z = np.sum(y * y)
    (lambda q: q.fill(3.0))(y)
    return z * np.sum(y)


def maps(x):
    y = x * 1.0
    z = np.sum(y * y)
    list(map(ADD_ONE, [y]))
    return z * np.sum(y)


def in_a_comprehension(x):
    y = x * 1.0
    z = np.sum(y * y)
    [add_to(k, 1.0) for k in [y]]
    return z * np.sum(y)


def writes_out_by_position(x):
    b = np.array([3.0, 1.0, 2.0])
    y = x * b
    np.sqrt(x * x, b)
    return np.sum(y)


def replaces_nan_in_place(x):
    b = np.array([3.0, np.nan, 2.0])
    y = x * np.where(np.isnan(b), 0.0, b)
    np.nan_to_num(b, copy=False)
    return np.sum(y)


def sorts_the_callers(x, b):
    b.sort()
    return np.sum(x * b)


REFUSED = [
    value
    for value in list(globals().values())
    if getattr(value, "__code__", None) and "x" in value.__code__.co_varnames[:1]
]
REFUSED.remove(reads_a_module)


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_right_or_refused_and_nothing_is_changed(function):
    arguments = [X.copy(), np.array([3.0, 1.0, 2.0])][: function.__code__.co_argcount]
    try:
        found = srcgrad.grad(function)(*arguments)
    except DifferentiationError as error:
        where = error.filename
    else:
        where = __file__
        steps = [1e-6 * unit for unit in np.eye(3)]
        ends = [[function(X + h, *map(np.copy, arguments[1:])) for h in (step, -step)] for step in steps]
        np.testing.assert_allclose(found, [(right - left) / 2e-6 for right, left in ends], rtol=1e-6, atol=1e-8)
    assert where == __file__
    np.testing.assert_array_equal(arguments[0], X)
    np.testing.assert_array_equal(W, X)
    np.testing.assert_array_equal(CONFIG.w, X)
    assert arguments[1:] == [] or arguments[1][0] == 3.0
    assert settings.K == K


# --- what is right


def scaled(v):
    v *= 2.0
    return v * v


def copies_into(x):
    w = np.zeros(3)
    np.copyto(w, [5.0, 6.0, 7.0])
    return np.sum(x * w)


def fills_the_diagonal(x):
    m = np.zeros((3, 3))
    np.fill_diagonal(m, 2.0)
    return np.sum(np.dot(m, x) * x)


def writes_a_sum_out(x):
    w = np.zeros(3)
    np.add(w, 1.5, out=w)
    np.multiply(w, 2.0, w)
    return np.sum(x * w)


def a_log_is_kept(x):
    log = []
    for _ in range(3):
        log.append(np.sum(x))
        x = x * x
    return np.sum(x)


def callee_gets_a_number(x):
    return scaled(x[0]) * np.sum(x)


def callee_gets_a_new_array(x):
    return np.sum(scaled_sum(x * 1.0)) * x[0]


def scaled_sum(v):
    return v + v


def updates_a_copy(x):
    y = x.astype(float)
    y += 1
    return np.sum(y * x)


def updates_picked_elements(x):
    y = x[[0, 1, 1]]
    y += 1
    return np.sum(y * x)


def updates_masked_elements(x):
    y = x[x > 1.5]
    y += 1
    return np.sum(y * y)


def draws(x):
    rng = np.random.default_rng(3)
    for _ in range(3):
        x = x * rng.uniform(1.0, 2.0, size=x.shape)
    return np.sum(x)


def reads_and_changes_in_one(x):
    return np.sum(x * BOX.get()) * BOX.w[0]


def iterates_once(x):
    items = iter([1.0, 2.0, 3.0])
    skipped = list(zip(range(2), items, strict=False))  # noqa: F841
    return np.sum(x) * next(items)


def conditional_value(x):
    return x[0] * (K if x[1] > 0 else x[2])


@pytest.mark.parametrize(
    "function",
    [
        copies_into,
        fills_the_diagonal,
        writes_a_sum_out,
        a_log_is_kept,
        callee_gets_a_number,
        callee_gets_a_new_array,
        updates_a_copy,
        updates_picked_elements,
        updates_masked_elements,
        draws,
        reads_and_changes_in_one,
        iterates_once,
        conditional_value,
    ],
    ids=lambda f: f.__name__,
)
def test_right(function):
    value, gradient = srcgrad.value_and_grad(function)(X.copy())
    np.testing.assert_allclose(value, function(X.copy()), rtol=1e-12)
    steps = 1e-6 * np.eye(3)
    expected = [(function(X + h) - function(X - h)) / 2e-6 for h in steps]
    np.testing.assert_allclose(gradient, expected, rtol=1e-6)


def test_asking_for_the_text_runs_nothing(tmp_path):
    path = tmp_path / "data.npy"
    np.save(path, X)

    def saves(x):
        np.save(path, x * 0.0)
        return np.sum(x * x)

    srcgrad.grad(saves).source_for(X)
    np.testing.assert_array_equal(np.load(path), X)
    srcgrad.grad(saves)(X)
    np.testing.assert_array_equal(np.load(path), 0.0 * X)


def test_errors_of_the_primal_are_kept():
    def checks(x):
        np.testing.assert_allclose(x, 100.0)
        return np.sum(x)

    with pytest.raises(AssertionError):
        srcgrad.grad(checks)(X)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * settings.K,
        lambda x: x * settings.W,
        lambda x: x * CONFIG.w,
        lambda x: x * settings.TABLE["w"],
        lambda x: use(x),
        lambda x: use(x, W),
        lambda x: x * get(),
        lambda x: loops_over_state(x),
    ],
)
def test_a_pullback_keeps_what_lies_outside(function):
    expected = srcgrad.grad(function)(X)
    _, pullback = srcgrad.vjp(function)(X)
    settings.K = 9.0
    for w in (W, TABLE["w"], CONFIG.w):
        w[:] = 9.0
    np.testing.assert_array_equal(pullback(), expected)


def use(x, w=W):
    return x * w


def loops_over_state(x):
    for _ in range(2):
        w = get()
        x = x * w
    return x


def quiet(a):
    return None


def loud(a):
    a += 1.0


hook = quiet


def calls_the_hook(a):
    hook(a)
    return 1.0


def uses_the_hook(x):
    y = x * 1.0
    z = np.sum(y * y)
    calls_the_hook(y)
    return z * np.sum(y)


def test_what_callees_do_is_looked_at_again():
    global hook
    derivative = srcgrad.grad(uses_the_hook)
    quietly = derivative(X)
    hook = loud
    try:
        loudly = derivative(X)
    finally:
        hook = quiet
    y = X
    np.testing.assert_allclose(quietly, 2 * y * np.sum(y) + np.sum(y * y))
    np.testing.assert_allclose(loudly, 2 * y * np.sum(y + 1.0) + np.sum(y * y))
    np.testing.assert_allclose(derivative(X), quietly)


def test_an_endless_iterator_is_not_run_through():
    def counts(x):
        s = 0.0
        for a, k in zip(x, itertools.count(1)):
            s = s + a * k
        return s

    np.testing.assert_array_equal(srcgrad.grad(counts)(X), [1.0, 2.0, 3.0])


class Odd:
    """An object whose class does not say what its module is."""

    def __call__(self):
        return 1.0


Odd.__module__ = property(lambda self: "odd")
ODD = Odd()


def test_a_class_need_not_say_what_its_module_is():
    def mentions_it(x):
        return x * (2.0 if ODD is not None else 1.0)

    assert srcgrad.grad(mentions_it)(3.0) == 2.0
