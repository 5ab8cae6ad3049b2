"""Modes: what code sees inside and outside recordings, in threads, tasks and after errors."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from srcgrad import modes
from srcgrad.modes import (
    is_recording,
    is_training,
    pause,
    predict_mode,
    record,
    set_training,
    stop_gradient,
    train_mode,
)


@pytest.fixture(autouse=True)
def modes_are_left_as_they_were():
    before = modes._state.get()
    yield
    assert modes._state.get() == before


def now():
    return is_recording(), is_training()


def test_outside_nothing_is_recorded_and_code_predicts():
    assert now() == (False, False)


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([record()], (True, True)),
        ([record(train_mode=True)], (True, True)),
        ([record(train_mode=False)], (True, False)),
        ([record(train_mode=False), record()], (True, False)),
        ([record(train_mode=False), record(train_mode=True)], (True, True)),
        ([predict_mode(), record()], (True, False)),
        ([predict_mode(), record(train_mode=True)], (True, True)),
        ([train_mode()], (False, True)),
        ([predict_mode()], (False, False)),
        ([record(), predict_mode()], (True, False)),
        ([record(), train_mode(), predict_mode(), train_mode()], (True, True)),
        ([pause()], (False, False)),
        ([record(), pause()], (False, False)),
        ([record(), pause(train_mode=True)], (False, True)),
        ([record(), train_mode(), pause()], (False, True)),
        ([train_mode(), pause(train_mode=False)], (False, False)),
        ([record(), pause(), record()], (True, True)),
        ([pause(), train_mode()], (False, True)),
    ],
)
def test_blocks_nest(blocks, expected):
    def enter(rest):
        if not rest:
            return now()
        with rest[0]:
            return enter(rest[1:])

    assert enter(blocks) == expected
    assert now() == (False, False)


def test_a_block_ends_with_an_error_too():
    with pytest.raises(ZeroDivisionError), record(), predict_mode():
        raise ZeroDivisionError
    assert now() == (False, False)


def test_one_block_may_be_entered_again():
    block = record()
    with block:
        with block, pause():
            assert now() == (False, False)
        assert now() == (True, True)
    with block:
        assert now() == (True, True)


def test_decorators_keep_the_function():
    @record(train_mode=False)
    def f(x, *, y=2):
        """Text."""
        if x > 0:
            return f(x - 1, y=y)
        return now(), y

    assert f(3, y=5) == ((True, False), 5)
    assert (f.__name__, f.__doc__, f.__wrapped__(0)) == ("f", "Text.", ((False, False), 2))
    assert now() == (False, False)


def test_async_functions_may_be_decorated_and_generators_may_not():
    @train_mode()
    async def f():
        await asyncio.sleep(0)
        return now()

    assert asyncio.run(f()) == (False, True)
    with pytest.raises(TypeError, match="generator"):

        @train_mode()
        def g():
            yield 1


@pytest.mark.parametrize("maker", [record, pause])
def test_parentheses_are_missed_early(maker):
    with pytest.raises(TypeError, match="parentheses"):

        @maker
        def f(): ...


def test_set_training_lasts_to_the_end_of_the_block():
    def run():
        assert set_training(False) is False
        with record():
            assert now() == (True, False)
            assert set_training(True) is False
            assert now() == (True, True)
        assert now() == (False, False)
        assert set_training(None) is False
        with record():
            assert now() == (True, True)

    contextvars.Context().run(run)


def test_threads_do_not_see_each_other():
    seen, block = {}, record()
    entered, left = threading.Event(), threading.Event()

    def other():
        seen["start"] = now()
        with block:
            seen["inside"] = now()
            entered.set()
            left.wait(10)
            seen["later"] = now()

    with block:
        thread = threading.Thread(target=other)
        thread.start()
        entered.wait(10)
    assert now() == (False, False)
    left.set()
    thread.join()
    # A thread starts with the modes of nobody (Python 3.14's free-threaded build aside).
    assert seen == {"start": (False, False), "inside": (True, True), "later": (True, True)}


def test_tasks_do_not_see_each_other():
    async def worker(block, turns):
        found = set()
        with block:
            for _ in range(turns):
                await asyncio.sleep(0)
                found.add(now())
        found.add(now())
        return found

    async def both():
        blocks = record(), predict_mode(), pause(train_mode=True)
        return await asyncio.gather(*(worker(b, n) for n, b in enumerate(blocks, 3)))

    assert asyncio.run(both()) == [
        {(True, True), (False, False)},
        {(False, False)},
        {(False, True), (False, False)},
    ]


def test_a_block_left_in_another_context_does_no_harm():
    def generator():
        with record():
            yield now()

    steps = generator()
    assert contextvars.copy_context().run(next, steps) == (True, True)
    steps.close()
    assert now() == (False, False)


def test_stop_gradient_is_the_identity():
    x = [1.0]
    assert stop_gradient(x) is x


def test_it_needs_nothing_but_the_standard_library(tmp_path):
    (tmp_path / "alone.py").write_text(Path(modes.__file__).read_text("utf-8"), "utf-8")
    code = "import sys, alone; assert 'srcgrad' not in sys.modules and 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


@pytest.mark.parametrize("flag", [3, 1, "no", [], 0.0])
def test_set_training_takes_booleans(flag):
    with pytest.raises(TypeError, match="True, False or None"):
        set_training(flag)
    assert set_training(None) is False


# --- decorated primals and callees


def graded(x):
    return 3.0 * x if srcgrad.is_training() else 5.0 * x


@srcgrad.predict_mode()
def predicts(x):
    return x * graded(x)


@srcgrad.train_mode()
def trains(x):
    return x * graded(x)


@srcgrad.record(train_mode=False)
def records(x):
    return x * graded(x)


@srcgrad.predict_mode()
@srcgrad.train_mode()
def innermost_wins(x):
    return x * graded(x)


@srcgrad.pause()
def paused(x):
    return x * graded(x)


class Model:
    @srcgrad.predict_mode()
    def loss(self, x):
        return x * graded(x)


@srcgrad.predict_mode()
def scaled(x, k=2.0):
    return x * x * k


def calls_all(x):
    return predicts(x) * trains(x) * scaled(x, k=x) + graded(x)


def calls_paused(x):
    return paused(x) * x


@pytest.mark.parametrize(
    ("function", "expected"),
    [(predicts, 10.0), (trains, 6.0), (records, 10.0), (innermost_wins, 6.0), (Model().loss, 10.0), (scaled, 4.0)],
)
def test_the_modes_of_a_decorated_primal_hold_in_its_derivative(function, expected):
    assert srcgrad.grad(function)(1.0) == expected
    assert srcgrad.vjp(function)(1.0)[1]() == expected
    assert srcgrad.value_and_grad(function)(1.0) == (expected / 2, expected)
    with srcgrad.train_mode():
        assert srcgrad.grad(function)(1.0) == expected
    with srcgrad.predict_mode():
        assert srcgrad.grad(function)(1.0) == expected


def test_the_modes_of_decorated_callees_hold_in_a_derivative(tmp_path):
    derivative = srcgrad.grad(calls_all)
    assert derivative(1.3) == pytest.approx(5 * 3 * 7 * 1.3**6 + 3)
    derivative.save(tmp_path / "saved.py", 1.3)
    module = {"__name__": "saved"}
    exec((tmp_path / "saved.py").read_text(encoding="utf-8"), module)
    assert module["calls_all_grad"](1.3) == derivative(1.3)
    assert srcgrad.grad(calls_paused)(2.0) == calls_paused(2.0) / 2


def test_a_decorator_that_nobody_asks_for_leaves_no_trace():
    assert "predict_mode" not in srcgrad.grad(scaled).source_for(1.0)


def test_a_paused_primal_is_refused():
    with pytest.raises(srcgrad.DifferentiationError, match="pause"):
        srcgrad.grad(paused)


@srcgrad.predict_mode()
def changes_the_second(k, a):
    a += k


def changed_behind_a_mode(x):
    y = x * 1.0
    z = np.sum(y * y)
    changes_the_second(1.0, y)
    return z * np.sum(y)


def test_what_a_decorated_callee_changes_is_seen():
    with pytest.raises(srcgrad.DifferentiationError, match="may change 'y'"):
        srcgrad.grad(changed_behind_a_mode)(np.ones(2))
