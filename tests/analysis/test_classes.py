"""Objects of the user's classes: their code runs as often as in the primal, and is not taken for NumPy's."""

import numpy as np
import pytest

from srcgrad import DifferentiationError, grad, jvp, value_and_grad
from srcgrad.testing import check_grads

LOG = [1.0]
W = np.array([1.0, 2.0])


@pytest.fixture(autouse=True)
def _as_it_was():
    LOG[:] = [1.0]


def keep(v):
    LOG.append(v)


ASKED: list[str] = []


class Data:
    """A data set that augments what it gives, and counts how often it was asked."""

    def __init__(self):
        self.asked = 0

    def __getitem__(self, place):
        ASKED.append("element")
        self.asked += 1
        return float(self.asked + place)

    @property
    def noise(self):
        ASKED.append("property")
        self.asked += 1
        return float(self.asked)


def reads_an_element(x, data):
    return x * data[0]


def reads_a_property(x, data):
    y = x
    for _ in range(2):
        k = data.noise
        y = y * k
    return y


@pytest.mark.parametrize(("f", "asked"), [(reads_an_element, 1), (reads_a_property, 2)])
def test_code_of_a_class_runs_as_often_as_in_the_primal(f, asked):
    for derivative, tangent in ((grad, ()), (value_and_grad, ()), (jvp, (1.0,))):
        data = Data()
        ASKED.clear()
        found = derivative(f)(1.3, data, *tangent)
        assert len(ASKED) == asked
        assert data.asked == 0  # the derivative works on a copy
        assert (found[1] if isinstance(found, tuple) else found) == pytest.approx(float(asked))


class Field:
    """Its methods have the names of an array's, and do something else."""

    def mean(self, x):
        return 3 * np.sum(x * x)

    def dot(self, x):
        return x * x

    def __add__(self, other):
        return 2 * other


FIELD = Field()


class Matrix(np.ndarray):
    def __mul__(self, other):
        return np.dot(self, other)


def matrix(rows):
    return np.array(rows).view(Matrix)


MATRIX = matrix([[1.0, 2.0], [3.0, 4.0]])


def asks_an_argument(x, field):
    return field.mean(x)


def multiplies_an_argument(x, field):
    return np.sum(field.dot(x))


def asks_what_it_makes(x):
    field = Field()
    return field.mean(x)


def adds_to_a_global(x):
    return np.sum(FIELD + x)


def multiplies_a_matrix(x):
    return np.sum(MATRIX * x)


def makes_a_matrix(x):
    m = Matrix((2, 2))
    return np.sum(m * x)


@pytest.mark.parametrize("f", [asks_an_argument, multiplies_an_argument])
def test_methods_of_other_objects_are_no_methods_of_arrays(f):
    check_grads(f, (np.ones(2), FIELD), wrt=0)


def test_methods_of_a_class_are_its_own():
    assert grad(asks_what_it_makes)(np.ones((2, 2))) == pytest.approx(np.full((2, 2), 6.0))


@pytest.mark.parametrize("f", [adds_to_a_global, multiplies_a_matrix, makes_a_matrix])
def test_operators_of_other_objects_are_no_operators_of_arrays(f):
    with pytest.raises(DifferentiationError, match="object of class"):
        grad(f)(np.ones((2, 2)))


def in_a_list(x, fields):
    return fields[0].mean(x)


def test_a_method_of_an_element_is_its_own():
    assert grad(in_a_list)(np.ones(2), [FIELD]).tolist() == [6.0, 6.0]


class Keeper:
    def __init__(self):
        self.value = 1.0

    def sum(self, v):
        self.value = v
        return 1.0

    def get(self, v):
        self.value = v

    def sort(self, items):
        items.append(W)

    def weight(self):
        return self.value

    @staticmethod
    def put(v):
        LOG.append(v)


def stores_by_sum(x, keeper):
    keeper.sum(2 * x)
    return keeper.value * x


def stores_by_get(x, keeper):
    keeper.get(2 * x)
    return keeper.value * x


def stores_in_what_it_makes(x):
    keeper = Keeper()
    keeper.sum(2 * x)
    return keeper.value * x


def stores_by_a_static_method(x, keeper):
    keeper.put(2 * x)
    return LOG[-1] * x


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (stores_by_sum, (Keeper(),)),
        (stores_by_get, (Keeper(),)),
    ],
)
def test_a_method_does_what_its_class_says(f, args):
    before = vars(args[0]).copy()
    assert grad(f)(3.0, *args) == pytest.approx(12.0)
    assert vars(args[0]) == before


def test_what_a_static_method_stores_outside_is_refused():
    with pytest.raises(DifferentiationError):
        grad(stores_by_a_static_method)(3.0, Keeper())


def test_what_a_method_stores_is_followed():
    assert grad(stores_in_what_it_makes)(3.0) == pytest.approx(12.0)


def appends_by_sort(x, keeper):
    y = [2.0]
    keeper.sort(y)
    return np.sum(y[-1] * x)


def asks_a_method_in_a_loop(x, keeper):
    for _ in range(2):
        x = x * keeper.weight()
    return x


def test_what_a_method_of_the_users_stores_is_no_lists():
    assert grad(appends_by_sort)(2.0, Keeper()) == pytest.approx(3.0)
    assert grad(asks_a_method_in_a_loop)(2.0, Keeper()) == 1.0


class Counting:
    __slots__ = ("empty", "full")

    def __init__(self):
        self.full = 1.0

    def __getattr__(self, name):
        LOG.append(name)
        raise AttributeError(name)


def logs(x, counting):
    keep(0.0)
    return x * x


def test_no_code_runs_where_objects_are_looked_at():
    assert grad(logs)(2.0, Counting()) == 4.0
    assert LOG == [1.0, 0.0]
