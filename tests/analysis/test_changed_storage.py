"""What changes while a function runs: conditions, elements, objects outside, iterators, under other names too.

Every program here once had a wrong derivative.
"""

import enum
import functools
import sys
from collections import deque

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError, grad, jvp, value_and_grad, vjp
from srcgrad.modes import is_training
from srcgrad.testing import check_grads

BUF = np.array([2.0])
LOG = [1.0]
OTHER_LOG = LOG
PLACES = (0,)
W = np.array([1.0, 2.0])
TABLE = {"a": 2.0}


@pytest.fixture(autouse=True)
def as_they_were():
    BUF[:] = 2.0
    LOG[:] = [1.0]
    Settings.history[:] = [1.0]
    TABLE["a"] = 2.0


# --- conditions


def leaves_when_pending(x):
    pending = [1.0, 2.0, 3.0]
    y = x
    for _ in range(3):
        y = np.sin(y)
        if pending:
            pending.clear()
            break
        y = y * 2
    return y


def branches_when_pending(x):
    pending = [1.0]
    if pending:
        pending.pop()
        y = np.sin(x)
    else:
        y = x * x
    return y


def asks_two_lists(x):
    first, second = [], [1.0]
    if first or second:
        second.pop()
        y = np.sin(x)
    else:
        y = x * x
    return y


def stops_when_seen(x):
    seen = set()
    y = x
    for n in range(4):
        y = np.sin(y)
        if seen:
            seen.clear()
            continue
        seen.add(n)
        y = y * 2
    return y


@pytest.mark.parametrize(
    ("f", "right"),
    [
        (leaves_when_pending, np.cos(0.7)),
        (branches_when_pending, np.cos(0.7)),
        (asks_two_lists, np.cos(0.7)),
    ],
)
def test_a_condition_is_asked_once(f, right):
    assert f(0.7) == value_and_grad(f)(0.7)[0] == jvp(f)(0.7, 1.0)[0]
    assert [float(g) for g in (grad(f)(0.7), vjp(f)(0.7)[1](1.0), jvp(f)(0.7, 1.0)[1])] == pytest.approx([right] * 3)


def test_a_condition_is_asked_once_in_a_loop():
    f, h = stops_when_seen, 1e-6
    right = (f(0.7 + h) - f(0.7 - h)) / (2 * h)
    assert grad(f)(0.7) == pytest.approx(right, rel=1e-8)
    assert jvp(f)(0.7, 1.0)[1] == pytest.approx(right, rel=1e-8)


# --- attributes of classes and modules


class Settings:
    history = [1.0]  # noqa: RUF012


def more():
    Settings.history.append(Settings.history[-1] + 1.0)


def reads_a_growing_attribute(x):
    y = x
    for _ in range(3):
        k = Settings.history[-1] * 1.5
        more()
        y = y * k
    return y


def branches_on_a_growing_attribute(x):
    if Settings.history[-1] < 1.5:
        y = 3.0 * x
    else:
        y = 5.0 * x
    more()
    return y


@pytest.mark.parametrize(("f", "right"), [(reads_a_growing_attribute, 20.25), (branches_on_a_growing_attribute, 3.0)])
@pytest.mark.parametrize(
    "derivative", [grad, lambda f: lambda x: jvp(f)(x, 1.0)[1], lambda f: lambda x: vjp(f)(x)[1](1.0)]
)
def test_an_attribute_that_changes_is_read_once(f, right, derivative):
    assert derivative(f)(2.0) == pytest.approx(right)


# --- elements of lists and dicts


def a_number_beside_an_integer(x):
    y = [1]
    y.append(x)
    return y[-1] * x


def an_array_beside_a_number(x):
    y = [2.0]
    y.append(W)
    return np.sum(y[-1] * x)


def through_another_name(x):
    y = [2.0]
    z = y
    z.insert(0, W)
    return np.sum(y[0] * x)


def set_table():
    TABLE["a"] = W


def in_a_dict_outside(x):
    set_table()
    return np.sum(x * TABLE["a"])


def test_what_is_known_of_elements_ends_where_they_are_exchanged():
    assert grad(a_number_beside_an_integer)(3.0) == 6.0
    for f in (an_array_beside_a_number, through_another_name, in_a_dict_outside):
        TABLE["a"] = 2.0
        assert grad(f)(3.0) == pytest.approx(3.0)
        TABLE["a"] = 2.0
        assert vjp(f)(3.0)[1](1.0) == pytest.approx(3.0)


# --- stores that are not calls by name


def keep(v):
    LOG.append(v)


def in_a_generator(x):
    any(keep(v) for v in [2 * x])
    return LOG[-1] * x


def in_a_lambda(x):
    y = [1.0]
    (lambda v: y.append(v))(2 * x)
    return y[-1] * x


def by_a_bound_method(x):
    y = [1.0]
    put = y.append
    put(2 * x)
    return y[-1] * x


def by_a_bound_method_in_a_list(x):
    y = [1.0]
    puts = [y.append]
    puts[0](2 * x)
    return y[-1] * x


def in_an_attribute(x, box):
    [0.0 for box.value in [x * 2]]
    return box.value * x


def in_an_element(x, items):
    [0.0 for items[0] in [x * 2]]
    return items[0] * x


def by_an_operator(x, box):
    box << x
    return box.value * x


class Box:
    def __init__(self, value=1.0):
        self.value = value

    def keep(self, value):
        self.value = value

    def step(self):
        self.value += 1.0

    def __lshift__(self, other):
        self.value = other


SHARED = Box()


def by_another_name_of_an_object(x, box):
    SHARED.keep(x * 2)
    return box.value * x


def by_another_name_of_a_default(x, log=OTHER_LOG):
    LOG.append(2 * x)
    return log[-1] * x


def by_a_method_that_is_given(x, items, put):
    put(x * 2)
    return items[-1] * x


ITEMS = [1.0]


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (in_a_generator, ()),
        (by_a_bound_method_in_a_list, ()),
        (in_an_attribute, (Box(),)),
        (in_an_element, ([1.0],)),
        (by_another_name_of_an_object, (SHARED,)),
        (by_another_name_of_a_default, ()),
        (by_a_method_that_is_given, (ITEMS, ITEMS.append)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_store_is_seen(f, args):
    with pytest.raises(DifferentiationError):
        grad(f)(3.0, *args)
    with pytest.raises(DifferentiationError):
        jvp(f)(3.0, *args, x_dot=1.0)


def test_a_store_in_a_lambda_that_is_called_at_once():
    assert grad(in_a_lambda)(3.0) == jvp(in_a_lambda)(3.0, x_dot=1.0)[1] == 12.0


def test_a_store_by_an_operator():
    box = Box()
    assert grad(by_an_operator)(3.0, box) == jvp(by_an_operator)(3.0, box, x_dot=1.0)[1] == 6.0
    assert box.value == 1.0  # the derivative works on a copy


# --- one storage under several names


class Slots:
    __slots__ = ("__hidden", "buffer")


class Property:
    @property
    def buffer(self):
        return BUF


class Base:
    items = [BUF]  # noqa: RUF012


IN_SLOTS, BY_PROPERTY, IN_CLASS, IN_QUEUE, DEEP = Slots(), Property(), Base(), deque([BUF]), [[[[[BUF]]]]]
IN_SLOTS.buffer = BUF


def bump():
    BUF[0] += 1.0


def in_slots(x):
    z = np.sin(x) * IN_SLOTS.buffer
    bump()
    return np.sum(z)


def by_property(x):
    z = np.sin(x) * BY_PROPERTY.buffer
    bump()
    return np.sum(z)


def in_class(x):
    z = np.sin(x) * IN_CLASS.items[0]
    bump()
    return np.sum(z)


def in_queue(x):
    z = np.sin(x) * IN_QUEUE[0]
    bump()
    return np.sum(z)


def deep(x):
    z = np.sin(x) * DEEP[0][0][0][0][0]
    bump()
    return np.sum(z)


def as_default(x, w=BUF):
    z = np.sin(x) * w
    bump()
    return np.sum(z)


def inner(x, w=BUF):
    return np.sin(x) * w


def as_default_of_a_callee(x):
    z = inner(x)
    bump()
    return np.sum(z)


def squares(x):
    y = np.sum(x * x)
    bump()
    return y


def two_arguments(x, w, box):
    z = np.sin(x) * w
    box.step()
    return np.sum(z)


HELD = np.array([2.0])


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (in_slots, (0.7,)),
        (by_property, (0.7,)),
        (in_class, (0.7,)),
        (in_queue, (0.7,)),
        (deep, (0.7,)),
        (as_default, (0.7,)),
        (as_default, (0.7, BUF)),
        (as_default_of_a_callee, (0.7,)),
        (squares, (BUF,)),
        (squares, (BUF[:],)),
        (two_arguments, (0.7, HELD, Box(HELD))),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_one_storage_under_two_names_is_seen(f, args):
    for transform in (grad, vjp, srcgrad.linearize, srcgrad.jacobian):
        with pytest.raises(DifferentiationError):
            transform(f)(*args)


def test_arguments_of_their_own_are_right():
    assert grad(as_default)(0.7, np.array([2.0])) == pytest.approx(2.0 * np.cos(0.7))
    assert grad(squares)(np.array([3.0])) == pytest.approx([6.0])
    assert grad(two_arguments)(0.7, np.array([2.0]), Box()) == pytest.approx(2.0 * np.cos(0.7))
    assert HELD == [2.0]


# --- objects that change between the sweeps


class Holder:
    def __init__(self):
        self.a, self.n = np.array([3.0, 4.0]), 2


def an_attribute_in_a_loop(x, holder):
    s = 0.0
    for i in range(holder.n):
        w = holder.a
        s = s + np.sum(np.sin(x) * w * i)
    return s


def a_queue(x, queue):
    return np.sum(np.sin(x) * queue[0])


def test_a_pullback_reads_objects_as_they_were():
    x, holder, queue = np.array([1.0, 2.0]), Holder(), deque([np.array([3.0, 4.0])])
    _, pull = vjp(an_attribute_in_a_loop)(x, holder)
    holder.a[:], holder.n = 0.0, 1
    assert pull(1.0) == pytest.approx(np.cos(x) * [3.0, 4.0])
    _, pull = vjp(a_queue)(x, queue)
    queue[0][:] = 0.0
    assert pull(1.0) == pytest.approx(np.cos(x) * [3.0, 4.0])


# --- views, iterators


def a_view_by_a_tuple(x):
    buffer = np.outer(x, x)
    row = buffer[PLACES]
    buffer += 1.0
    return np.sum(row * row)


def an_element_of_a_sum(x, holder):
    w = (holder.items + holder.more)[0]
    w += 1.0
    return np.sum(x * holder.items[0])


def test_a_view_is_no_copy():
    holder = Box()
    holder.items, holder.more = [np.array([1.0, 2.0])], [np.ones(2)]
    check_grads(a_view_by_a_tuple, (np.array([0.7, 0.4]),))
    assert grad(an_element_of_a_sum)(np.ones(2), holder) == pytest.approx([2.0, 3.0])
    assert holder.items[0].tolist() == [1.0, 2.0]


def uses_up_an_iterator(x):
    items = iter([1.0, 2.0, 3.0])
    y = x * len([v for v in items])  # noqa: C416
    print([w for w in items])  # noqa: C416
    return y


def looks_into_an_iterator(x):
    items = iter([1.0, 2.0, 3.0])
    y = x
    for _ in range(2):
        y = y * np.sin(y) if 2.0 in items else y * y
    return y


def test_an_iterator_is_run_through_once(capsys):
    assert grad(uses_up_an_iterator)(2.0) == pytest.approx(3.0)
    assert capsys.readouterr().out == "[]\n"
    h = 1e-6
    right = (looks_into_an_iterator(0.7 + h) - looks_into_an_iterator(0.7 - h)) / (2 * h)
    assert grad(looks_into_an_iterator)(0.7) == pytest.approx(right, rel=1e-8)


def resized(x):
    y = np.ones(2)
    y.resize(1)
    return np.sum(y * x)


def test_another_shape_in_place_is_refused():
    with pytest.raises(DifferentiationError, match="resize"):
        grad(resized)(np.ones(2))


# --- defaults, with, inner derivatives


def root(x, a=np.pi):
    return x * np.sqrt(a)


def scaled(x, s=W):
    return np.sum(x * s * W)


def mode(v, flag=is_training()):  # noqa: B008
    return 2.0 if is_training() else 3.0


def asks_a_mode(x):
    return mode(1.0) * x


def keeps_with_default(v, n=len(LOG)):  # noqa: B008
    LOG.append(v)


def stores_by_a_callee_with_defaults(x):
    keeps_with_default(x * 2)
    return LOG[-1] * x


def test_what_a_default_reads_is_no_parameter():
    assert grad(root)(2.0) == pytest.approx(np.sqrt(np.pi))
    assert srcgrad.hessian(scaled)(2.0) == 0.0
    assert grad(asks_a_mode)(2.0) == 2.0
    with pytest.raises(DifferentiationError, match="'LOG'"):
        grad(stores_by_a_callee_with_defaults)(3.0)


def paused(x):
    with srcgrad.pause():
        a = x * 2
        b = a + 1
    return x * b


def test_a_block_reads_what_it_binds():
    assert grad(paused)(0.7) == pytest.approx(2.4)


class Real(float):
    pass


def weighted(x, m):
    return np.sum(m * m * x)


def test_an_inner_derivative_by_another_object_is_refused():
    with pytest.raises(DifferentiationError, match="object of another class"):
        grad(grad(weighted, wrt=1), wrt=0)(2.0, Real(3.0))


# --- elements of one result that are one object


def state(x):
    best = x * 1.0
    current = best
    return best, current


def parts_that_are_one(x):
    best, current = state(x)
    current *= x
    return np.sum(best * current)


def twice(x):
    y = x * x
    return [y, y]


def turns_that_are_one(x):
    s = 0.0
    for r in twice(x):
        r *= x
        s = s + np.sum(r * r)
    return s


def pair():
    w = np.array([1.0, 2.0, 3.0])
    return w, w


def constants_that_are_one(x):
    a, b = pair()
    y = np.sum(x * x * b)
    a.fill(0.0)
    return y


def apart(x):
    return x * 2.0, x * 3.0


def parts_that_are_two(x):
    a, b = apart(x)
    a += b
    return np.sum(a * b)


def slopes(f, x, h=1e-6):
    """The derivative by central differences, element by element."""
    return [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))]


def test_elements_of_one_result_may_be_one_object():
    with pytest.raises(DifferentiationError, match="may"):
        grad(constants_that_are_one)(np.array([0.5, 1.5, 0.7]))
    x = np.array([0.5, 1.5, 0.7])
    assert grad(parts_that_are_one)(x) == pytest.approx(4.0 * x**3)
    assert grad(turns_that_are_one)(x) == pytest.approx(slopes(turns_that_are_one, x))
    assert grad(parts_that_are_two)(np.array([1.0, 2.0])) == pytest.approx([30.0, 60.0])


# --- what derivatives and objects do when they are called


class Net:
    def __init__(self):
        self.h = 0.0

    def __call__(self, v):
        self.h = v
        return 1.0


def calls_an_object(x, net):
    net(x)
    return net.h * x


class Zeros:
    def __init__(self):
        self.array = np.array([1.0, 2.0, 3.0])

    def __call__(self):
        self.array *= 0.0


def calls_what_changes_itself(x, zeros):
    y = np.sum(x * x * zeros.array)
    zeros()
    return y


def empties(t):
    BUF.fill(0.0)
    return t * t


def takes_a_derivative_of_what_changes(x):
    y = np.sum(x * x * BUF)
    return y * grad(empties)(2.0)


def test_what_is_called_may_change_what_it_holds():
    net, zeros = Net(), Zeros()
    assert grad(calls_an_object)(1.3, net) == pytest.approx(2.6)
    assert grad(calls_what_changes_itself)(np.ones(3), zeros) == pytest.approx([2.0, 4.0, 6.0])
    assert (net.h, zeros.array.tolist()) == (0.0, [1.0, 2.0, 3.0])  # a copy has changed
    with pytest.raises(DifferentiationError, match="'BUF'"):
        grad(takes_a_derivative_of_what_changes)(np.ones(1))


MODE = object()


def asks_for_an_object(x, p):
    y = np.sum(x * p["w"])
    return y * 3 if p["mode"] is MODE else y


def asks_for_one_object(x, ws):
    y = np.sum(x * ws[0])
    return y * 3 if ws[0] is ws[1] else y


def shuffles(x, rng):
    order = np.arange(3)
    rng.shuffle(order)
    return np.sum(x[order] * np.arange(3.0))


def test_a_forward_sweep_runs_on_the_objects_themselves():
    x, w = np.array([0.5, 1.5, 0.7]), np.ones(3)
    assert vjp(asks_for_an_object)(x, {"w": w, "mode": MODE})[1](1.0) == pytest.approx(3.0 * w)
    assert vjp(asks_for_one_object)(x, [w, w])[1](1.0) == pytest.approx(3.0 * w)
    mine, theirs = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(3):
        assert vjp(shuffles)(x, mine)[0] == shuffles(x, theirs)


CALLS: list[str] = []


class Asked:
    def __init__(self):
        self.times = 0

    def __bool__(self):
        CALLS.append("bool")
        self.times += 1
        return self.times > 1

    def __float__(self):
        CALLS.append("float")
        self.times += 1
        return float(self.times)


def asks_twice(x, asked):
    y = x * x if asked else x * 3
    return y * (2 if asked else 5)


def converts(x, asked):
    for _ in range(3):
        x = np.sin(x) * float(asked)
    return x * x


@pytest.mark.parametrize("f", [asks_twice, converts])
def test_special_methods_run_as_often_as_in_the_primal(f):
    def value(x):
        return f(x, Asked())

    right, asked = (value(0.7 + 1e-6) - value(0.7 - 1e-6)) / 2e-6, Asked()
    CALLS.clear()
    assert grad(f)(0.7, asked) == pytest.approx(right, rel=1e-7)
    assert (["bool"] * 2 if f is asks_twice else ["float"] * 3) == CALLS
    assert asked.times == 0  # the derivative works on a copy


def holds(items):
    return items[0]


def by_a_partial(x, get):
    w = get()
    y = np.sum(w * x * x)
    np.copyto(BUF, 7.0)
    return y


class Holds:
    def __init__(self, array):
        self.array = array

    def get(self):
        return self.array


@pytest.mark.parametrize("get", [functools.partial(holds, [BUF]), Holds(BUF).get])
def test_what_a_callable_holds_is_reached(get):
    with pytest.raises(DifferentiationError):
        grad(by_a_partial)(np.ones(1), get)


# --- everyday code that must not be refused


class Order(enum.IntEnum):
    TWO = 2


class Physics(float, enum.Enum):
    GRAVITY = 9.81


def by_an_enum(x):
    return np.sum(x**Order.TWO) * Physics.GRAVITY


def from_a_stack(x):
    stack, s = [0], 0.0
    while stack:
        i = stack.pop()
        s = s + x[i]
        if i < 2:
            stack.append(i + 1)
    return s


def drop(x, rng):
    return x * (rng.random(3) < 0.5) * 2.0


def drops_twice(x, seed):
    rng = np.random.default_rng(seed)
    return np.sum(drop(np.tanh(drop(x, rng)), rng))


class Registered:
    instances = []  # noqa: RUF012

    def __init__(self):
        self.scale, self.count = 2.0, 0
        self.instances.append(self)

    def step(self):
        self.count += 1


def two_of_one_class(x, a, b):
    a.step()
    return np.sum(x) * b.scale


def test_everyday_code_is_not_refused():
    x = np.array([0.5, 1.5, 0.7])
    assert grad(by_an_enum)(x) == pytest.approx(2 * 9.81 * x)
    assert grad(from_a_stack)(x) == pytest.approx(np.ones(3))
    assert grad(two_of_one_class)(x, Registered(), Registered()) == pytest.approx(np.full(3, 2.0))
    gradient, h = grad(drops_twice)(x, 5), 1e-6
    right = [(drops_twice(x + h * e, 5) - drops_twice(x - h * e, 5)) / (2 * h) for e in np.eye(3)]
    assert gradient == pytest.approx(right, abs=1e-8)


def mentions_sys(x):
    return 0.0 if abs(x) < sys.float_info.epsilon else np.sin(x) / x


def test_a_module_with_a_home_of_its_own():
    assert grad(mentions_sys)(0.5) == pytest.approx((0.5 * np.cos(0.5) - np.sin(0.5)) / 0.25)


# --- dtypes


def narrows(w):
    v = np.ones_like(w)
    for _ in range(3):
        v *= W
    return np.sum(v * w)


def test_a_dtype_that_is_kept_in_place_is_not_followed():
    with pytest.raises((TypeError, DifferentiationError), match="dtype"):
        grad(narrows)(np.ones(2, np.float32))
    assert grad(narrows)(np.ones(2)) == pytest.approx([1.0, 8.0])


def test_a_store_by_a_bound_method_is_followed():
    assert grad(by_a_bound_method)(3.0) == 12.0
    assert jvp(by_a_bound_method)(3.0, x_dot=1.0) == (18.0, 12.0)


WEIGHTS, LISTED = np.ones(3), [1.0, 2.0]


class Scaling:
    def __init__(self):
        self.w = 1.5

    def scaled(self, x):
        return self.w * x


SCALING = Scaling()


def array_of_its_own_module(x, a):
    a[0] = x
    return np.sum(WEIGHTS * a)


def list_of_its_own_module(x, a):
    a[0] = x
    return LISTED[0] * a[0]


def object_of_its_own_module(x, a):
    a.w = x
    return SCALING.scaled(x) * a.w


def weights():
    return WEIGHTS[0]


def read_by_a_callee(x, a):
    a[0] = x
    return weights() * a[0]


@pytest.mark.parametrize(
    ("f", "argument", "other"),
    [
        (array_of_its_own_module, WEIGHTS, np.ones(3)),
        (array_of_its_own_module, WEIGHTS[:3], np.ones(3)),
        (list_of_its_own_module, LISTED, [1.0, 2.0]),
        (object_of_its_own_module, SCALING, Scaling()),
        (read_by_a_callee, WEIGHTS, np.ones(3)),
    ],
)
def test_an_argument_that_is_changed_is_nothing_that_is_read_from_outside(f, argument, other):
    for derivative in (grad(f), jvp(f)):
        dots = {} if derivative.form == "grad" else {"x_dot": 1.0}
        with pytest.raises(DifferentiationError, match="may read under another name"):
            derivative(2.0, argument, **dots)
        derivative(2.0, other, **dots)
        with pytest.raises(DifferentiationError, match="may read under another name"):
            derivative(2.0, argument, **dots)


def both(x, a, b):
    a[0] = x
    return np.sum(a * b)


def gradient_by_one_that_is_both(x, a):
    return srcgrad.grad(both)(x, a, a)


def gradient_by_a_part_of_another(x, a):
    return srcgrad.grad(both)(x, a, a[:])


def gradient_of_what_reads_outside(x, a):
    return srcgrad.grad(array_of_its_own_module)(x, WEIGHTS)


def pullback_by_one_that_is_both(x, a):
    y, pullback = srcgrad.vjp(both)(x, a, a)
    return y * pullback(1.0)


def call_that_stores_outside(x, a):
    return array_of_its_own_module(x, WEIGHTS)


def statement_that_stores_outside(x, a):
    array_of_its_own_module(x, WEIGHTS)
    return np.sum(WEIGHTS * a)


@pytest.mark.parametrize(
    "f",
    [
        gradient_by_one_that_is_both,
        gradient_by_a_part_of_another,
        gradient_of_what_reads_outside,
        pullback_by_one_that_is_both,
        call_that_stores_outside,
        statement_that_stores_outside,
    ],
)
def test_what_is_changed_inside_is_nothing_else(f):
    for derivative, dots in ((grad(f), {}), (jvp(f), {"x_dot": 1.0})):
        with pytest.raises(DifferentiationError, match=r"may be another argument|storage outside of the function"):
            derivative(2.0, np.ones(3), **dots)
    np.testing.assert_array_equal(WEIGHTS, np.ones(3))


def gradient_inside(x, a):
    return srcgrad.grad(array_of_its_own_module)(x, a) * x


def test_derivatives_of_derivatives_are_given_nothing_twice():
    a = np.ones(3)
    assert srcgrad.hessian(both)(2.0, np.ones(3), np.ones(3)) == 0.0
    assert grad(gradient_inside)(2.0, np.ones(3)) == 1.0
    for call in (
        lambda: srcgrad.hessian(both)(2.0, a, a),
        lambda: srcgrad.hessian(both)(2.0, a, a[:]),
        lambda: srcgrad.hessian(array_of_its_own_module)(2.0, WEIGHTS),
        lambda: grad(gradient_inside)(2.0, WEIGHTS),
    ):
        with pytest.raises(DifferentiationError, match=r"shares storage|under another name"):
            call()


TABLE = {"a": np.sum, "b": np.prod}


class Keeper:
    def __init__(self):
        self.w = np.ones(3)

    def total(self, y):
        return np.sum(y)

    def copy(self):
        return self


KEEPER = Keeper()


def triples(y):
    y[0] = y[0] * 3.0
    return np.sum(y)


def sets_an_entry():
    TABLE["a"] = triples


def sets_a_method():
    KEEPER.total = triples


def by_the_table(y):
    return TABLE["a"](y)


def sets_and_calls(y):
    TABLE["a"] = triples
    TABLE["a"](y)


def entry_set_by_another(x):
    sets_an_entry()
    return TABLE["a"](x * 1.0)


def entry_set_before_a_callee(x):
    y = x * 1.0
    sets_an_entry()
    by_the_table(y)
    return np.sum(y * y)


def entry_set_where_it_is_called(x):
    y = x * 1.0
    sets_and_calls(y)
    return np.sum(y * y)


def method_set_by_another(x):
    y = x * 1.0
    sets_a_method()
    KEEPER.total(y)
    return np.sum(y * y)


@pytest.mark.parametrize(
    "f",
    [entry_set_by_another, entry_set_before_a_callee, entry_set_where_it_is_called, method_set_by_another],
)
def test_where_callees_are_looked_up_does_not_change(f, monkeypatch):
    monkeypatch.setitem(TABLE, "a", TABLE["a"])  # what is found at run time only is refused then
    for derivative in (grad(f), jvp(f)):
        dots = {} if derivative.form == "grad" else {"x_dot": np.ones(3)}
        with pytest.raises(DifferentiationError, match=r"may change|storage outside of the function"):
            derivative(np.array([0.3, 0.5, 0.7]), **dots)


def second_name_of_an_object(x):
    keeper = KEEPER
    keeper.w[0] = x[0]
    return np.sum(KEEPER.w * x)


def part_of_a_second_name(x):
    keeper = KEEPER
    w = keeper.w
    w[0] = x[0]
    return np.sum(KEEPER.w * x)


def copy_that_is_itself(x):
    keeper = KEEPER.copy()
    keeper.w[0] = x[0]
    return np.sum(KEEPER.w * x)


def object_in_a_copied_list(x):
    only = [KEEPER]
    keepers = list(only)
    keepers[0].w[0] = x[0]
    return np.sum(KEEPER.w * x)


def object_in_a_slice(x):
    keepers = [KEEPER]
    some = keepers[:]
    some[0].w[0] = x[0]
    return np.sum(KEEPER.w * x)


def object_in_a_copied_dict(x):
    keepers = {"k": KEEPER}
    some = keepers.copy()
    some["k"].w[0] = x[0]
    return np.sum(KEEPER.w * x)


@pytest.mark.parametrize(
    "f",
    [
        second_name_of_an_object,
        part_of_a_second_name,
        copy_that_is_itself,
        object_in_a_copied_list,
        object_in_a_slice,
        object_in_a_copied_dict,
    ],
)
def test_objects_outside_are_the_same_by_every_name(f):
    with pytest.raises(DifferentiationError, match="storage outside of the function"):
        grad(f)(np.array([0.3, 0.5, 0.7]))
    np.testing.assert_array_equal(KEEPER.w, np.ones(3))
