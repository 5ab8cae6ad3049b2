"""Pickles and copies: by name where the function can be found, else by text, also without the function's module."""

from __future__ import annotations

import copy
import functools
import importlib
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError, grad, value_and_grad, vjp

X = np.array([1.0, 2.0, 3.0])

MODULE = """
import math
import numpy as np
import srcgrad
from srcgrad import grad, value_and_grad, vjp

SCALE = 3.0
WEIGHTS = np.array([1.0, 2.0])

def helper(x):
    return math.sin(x) * SCALE

def plain(x, y=2.0, *, z=1.0):
    return x * x * y * z

@grad
def decorated(x):
    return x * x * x

class Model:
    def __init__(self, k):
        self.k = k

    @grad(wrt="x")
    def slope(self, x):
        return x * x

    def loss(self, x):
        return x * self.k

def closure(k):
    return grad(lambda x: x * x * k)

def trained(x):
    return x * x if srcgrad.is_training() else x

def rows(x):
    return np.sum(x * WEIGHTS)

by_lambda = grad(lambda x: helper(x) * x)
several = value_and_grad(lambda x, y: x * y * y, wrt=("x", "y"))
lone = grad(lambda x, n=2: x ** n, wrt=(0,))
with_aux = value_and_grad(lambda x: (x * x, "text"), wrt=(0,), has_aux=True)
asks = grad(lambda x: trained(x))
pulled = vjp(lambda x, y: rows(x) * y, ("x",))
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "pickled_here.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("pickled_here")
    sys.modules.pop("pickled_here", None)


def elsewhere(tmp_path: Path, pickled: object, program: str) -> str:
    """What a program prints in a process that cannot import the module, where ``d`` is what was pickled."""
    away = tmp_path / "away"
    away.mkdir(exist_ok=True)
    (away / "data").write_bytes(pickle.dumps(pickled))
    text = "import pickle, numpy as np, srcgrad\nd = pickle.load(open('data', 'rb'))\n" + textwrap.dedent(program)
    environment = os.environ | {"PYTHONPATH": str(Path(srcgrad.__file__).parents[1])}
    run = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, cwd=away, env=environment, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_a_function_goes_by_its_name(module):
    for made in (grad(module.plain), value_and_grad(module.plain, "y"), vjp(module.plain, (0, 1))):
        other = pickle.loads(pickle.dumps(made))
        assert other.primal is module.plain
        assert str(other(3.0)).split("<")[0] == str(made(3.0)).split("<")[0]
    assert len(pickle.dumps(grad(module.plain))) < 300
    assert pickle.loads(pickle.dumps(grad(np.sin)))(0.0) == 1.0
    assert pickle.loads(pickle.dumps(grad(functools.partial(module.plain, 2.0))))(3.0) == 4.0


def test_what_is_decorated_is_itself_again(module):
    assert pickle.loads(pickle.dumps(module.decorated)) is module.decorated
    assert pickle.loads(pickle.dumps(module.Model.slope)) is module.Model.slope
    assert pickle.loads(pickle.dumps(module.Model(2.0).slope))(3.0) == 6.0
    assert pickle.loads(pickle.dumps(grad(module.Model(2.0).loss)))(3.0) == 2.0


def test_lambdas_and_closures_go_by_text(module):
    made = module.closure(3.0)
    for _ in range(2):
        other = pickle.loads(pickle.dumps(made))
        assert other(2.0) == other(x=2.0) == 12.0
        np.testing.assert_array_equal(other(X), 6 * X)
        made = other
    assert other.primal is None
    assert "x_bar" in other.source
    with pytest.raises(TypeError, match="missing"):
        other()


@pytest.mark.parametrize(
    ("name", "expression", "expected"),
    [
        ("by_lambda", "d(0.0), d(x=0.0), np.shape(d(np.float64(1.0)))", "(0.0, 0.0, ())"),
        ("several", "d(3.0, 2), d(3.0, y=2.0)", "((12.0, (4.0, 12.0)), (12.0, (4.0, 12.0)))"),
        ("lone", "d(3.0), d(3, n=1)", "((6.0,), (1.0,))"),
        ("with_aux", "d(3.0)", "((9.0, 'text'), (6.0,))"),
        ("pulled", "d(np.ones(2), 2.0)[1](2.0)[0].tolist()", "[4.0, 8.0]"),
    ],
)
@pytest.mark.parametrize("called", [True, False])
def test_without_the_module(module, tmp_path, name, expression, expected, called):
    made = getattr(module, name)
    if called:
        eval(expression, {"d": made, "np": np})
    assert elsewhere(tmp_path, made, f"print(({expression}))") == expected


def test_modes_are_those_of_the_process(module, tmp_path):
    module.asks(3.0)
    program = """
    with srcgrad.predict_mode():
        print(d(3.0), end=" ")
    print(d(3.0), srcgrad.is_training())
    """
    assert elsewhere(tmp_path, module.asks, program) == "1.0 6.0 False"


def test_what_was_restored_can_be_saved(module, tmp_path):
    other = pickle.loads(pickle.dumps(module.closure(3.0)))
    other.save(tmp_path / "saved_again.py")
    assert "import numpy" in (tmp_path / "saved_again.py").read_text()
    for again in (copy.copy(other), copy.deepcopy(other)):
        assert again(2.0) == 12.0


def test_what_cannot_be_written_down_is_refused():
    lock = object()
    derivative = grad(lambda x: x * hash(lock))
    with pytest.raises(DifferentiationError):
        pickle.dumps(derivative)


def test_functions_of_the_main_program(tmp_path):
    (tmp_path / "main.py").write_text(
        textwrap.dedent("""\
        import pickle, sys, srcgrad
        def square(x):
            return x * x
        @srcgrad.grad
        def cube(x):
            return x * x * x
        slope = srcgrad.grad(square)
        slope(2.0)
        same = pickle.loads(pickle.dumps(slope))
        assert same.primal is square
        assert pickle.loads(pickle.dumps(cube)) is cube
        pickle.dump([slope, cube], open("data", "wb"))
        """)
    )
    environment = os.environ | {"PYTHONPATH": str(Path(srcgrad.__file__).parents[1])}
    subprocess.run([sys.executable, "main.py"], cwd=tmp_path, env=environment, check=True)
    slope, cube = pickle.loads((tmp_path / "data").read_bytes())
    assert (slope(3.0), cube(2.0)) == (6.0, 12.0)


# --- copies


def test_copies():
    made = grad(lambda x: x * x)
    for other in (copy.copy(made), copy.deepcopy(made)):
        assert other is not made
        assert other(3.0) == 6.0


# --- pullbacks


@pytest.mark.parametrize("wrt", ["x", ("x",), ("x", "y")])
def test_pullbacks(tmp_path, wrt):
    _value, pullback = vjp(lambda x, y: x * np.exp(y), wrt)(X, 0.5 * X)
    expected = pullback(2 * X)
    for other in (pickle.loads(pickle.dumps(pullback)), copy.copy(pullback), copy.deepcopy(pullback)):
        for _ in range(2):
            result = other(2 * X)
            assert isinstance(result, tuple) == isinstance(wrt, tuple)
            np.testing.assert_array_equal(result, expected)
        with pytest.raises(ValueError, match="shape"):
            other(np.ones(2))
    printed = elsewhere(tmp_path, pullback, "print(np.array(d(np.array([2.0, 4.0, 6.0]))).tolist())")
    assert printed == str(np.array(expected).tolist())


def doubled(x):
    return x * 2.0


def test_of_a_function_as_argument(module, tmp_path):
    derivative = srcgrad.grad(lambda x, act: act(x) * x)
    assert derivative(3.0, doubled) == 12.0
    other = pickle.loads(pickle.dumps(derivative))
    assert other._stored is not None
    assert other(3.0, doubled) == 12.0
    with pytest.raises(srcgrad.DifferentiationError, match="pickled without its function"):
        other.save(tmp_path / "m.py", 3.0, doubled)
