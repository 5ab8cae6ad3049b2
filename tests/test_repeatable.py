"""Jacobians by repeated calls: what draws random numbers, or does something each time, is not called again."""

import random
import time

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError

LOG = [1.0]


@pytest.fixture(autouse=True)
def _as_it_was():
    LOG[:] = [1.0]


def drop(x, rng):
    return x * (rng.random(3) < 0.5) * 2.0


def draws(x, rng):
    return x * rng.normal(size=3) + x * x


def draws_below(x):
    z = x * np.random.default_rng(0).normal(size=3)
    LOG.append(1.0)
    return z - np.max(z)


def test_a_jacobian_runs_its_primal_once():
    x = np.array([1.0, 2.0, 3.0])
    right = np.diag(np.random.default_rng(0).normal(size=3) + 2 * x)
    assert srcgrad.jacobian(draws)(x, np.random.default_rng(0)) == pytest.approx(right)
    with pytest.raises(DifferentiationError, match="once for each direction"):
        srcgrad.jacobian(draws_below, mode="forward")(x)
    rows = srcgrad.jacobian(draws_below)(x)
    assert LOG == [1.0, 1.0]
    assert rows == pytest.approx(srcgrad.jacobian(draws_below, mode="reverse")(x))


GENERATOR = np.random.default_rng(0)


def noise():
    return GENERATOR.normal(size=3)


def draws_in_a_callee(x):
    z = x * noise()
    return z - np.max(z)


def test_a_jacobian_of_what_a_callee_draws_runs_it_once():
    with pytest.raises(DifferentiationError, match="once for each direction"):
        srcgrad.jacobian(draws_in_a_callee, mode="forward")(np.array([1.0, 2.0, 3.0]))


def by_the_module_random(x):
    z = x * random.random()
    return z - np.max(z)


def by_a_distribution(x):
    z = x * random.gauss(0, 1)
    return z - np.max(z)


def without_a_seed(x):
    z = x * np.random.default_rng(None).normal()
    return z - np.max(z)


def by_an_old_generator(x):
    rng = np.random.RandomState()
    z = x * rng.normal()
    return z - np.max(z)


def by_the_clock(x):
    z = x * time.perf_counter()
    return z - np.max(z)


def by_another_name(x, rng):
    mine = rng
    z = x * mine.normal(size=3)
    return z - np.max(z)


def of_a_generator(x, rng):
    mine = np.random.default_rng(rng)
    z = x * mine.normal(size=3)
    return z - np.max(z)


def drawn_by_a_callee(x, rng):
    z = x * drop(x, rng)
    return z - np.max(z)


def of_a_seed(x, seed):
    rng = np.random.default_rng(seed)
    z = x * rng.normal(size=3)
    return z - np.max(z)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        *(
            (f, ())
            for f in (by_the_module_random, by_a_distribution, without_a_seed, by_an_old_generator, by_the_clock)
        ),
        *((f, (np.random.default_rng(0),)) for f in (by_another_name, of_a_generator, drawn_by_a_callee)),
    ],
)
def test_every_way_to_draw_is_seen(f, args):
    with pytest.raises(DifferentiationError, match="once for each direction"):
        srcgrad.jacobian(f, mode="forward")(np.array([1.0, 2.0, 3.0]), *args)


def test_a_seed_gives_the_same_numbers_again():
    x = np.array([1.0, 2.0, 3.0])
    forward = srcgrad.jacobian(of_a_seed, mode="forward")(x, 5)
    assert forward == pytest.approx(srcgrad.jacobian(of_a_seed, mode="reverse")(x, 5))
