"""An exception in generated code says which line of the user's it is about."""

from __future__ import annotations

import inspect
import io
import math
import pdb
import re
import sys
import traceback

import numpy as np
import pytest

import srcgrad
from srcgrad import DifferentiationError


def root(x):
    y = x * 2.0
    z = math.sqrt(y)
    return z * y


def spread_out(x):
    y = x * 2.0
    z = y + math.log(
        x - 2.0,
    )
    return z * y


def calls(x):
    return root(x) * 2.0


def loops(x, n):
    for _ in range(n):
        x = calls(x)
    return x + 0.0


def multiplies(x, w):
    h = w @ x
    return np.sum(h)


def branches(x):
    if x < 1.0:
        y = 1.0 / x
    else:
        y = x
    return y


def raised(function, *args):
    with pytest.raises(Exception) as caught:  # noqa: PT011  # of any kind: what is said beside it is looked at
        function(*args)
    return caught.value


def said(error):
    """What is said of the place: the note, or, before there were any, the entry in the traceback."""
    if sys.version_info >= (3, 11):
        (note,) = error.__notes__
        name, sweep, line, text, file = re.fullmatch(
            r'in the derivative of (\S+), (.*) of line (\d+): "(.*)" \((.*)\)', note
        ).groups()
    else:
        entries = [e for e in traceback.extract_tb(error.__traceback__) if e.name.startswith("the derivative of")]
        entry = entries[-1]
        name, sweep = re.fullmatch(r"the derivative of (\S+), (.*)", entry.name).groups()
        file, line, text = entry.filename, entry.lineno, entry.line
    assert file == __file__
    return name, sweep, int(line), text


def line_of(function, number):
    return function.__code__.co_firstlineno + number


def test_the_forward_sweep():
    w = np.ones((2, 4))
    found = said(raised(srcgrad.grad(multiplies), np.ones(3), w))
    assert found == ("multiplies", "forward sweep", line_of(multiplies, 1), "h = w @ x")


def test_branches():
    found = said(raised(srcgrad.grad(branches), 0.0))
    assert found == ("branches", "forward sweep", line_of(branches, 2), "y = 1.0 / x")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no columns in tracebacks")
@pytest.mark.parametrize("transform", [srcgrad.grad, srcgrad.value_and_grad])
def test_what_was_put_together_is_told_apart(transform):
    found = said(raised(transform(root), 0.0))
    assert found == ("root", "reverse sweep", line_of(root, 2), "z = math.sqrt(y)")


def test_calls_of_all_kinds():
    derivative = srcgrad.grad(root)
    derivative(1.0)
    assert said(raised(derivative, 0.0))[:2] == ("root", "reverse sweep")  # the generated choice
    assert said(raised(derivative, np.float64(-1.0)))[:2] == ("root", "forward sweep")  # other kinds
    assert said(raised(srcgrad.grad(root, (0,)), 0.0))[0] == "root"


def test_pullbacks():
    value, pullback = srcgrad.vjp(root)(0.0)
    assert value == 0.0
    error = raised(pullback)
    assert said(error)[:2] == ("root", "reverse sweep")
    assert said(raised(srcgrad.vjp(root), -1.0)) == ("root", "forward sweep", line_of(root, 2), "z = math.sqrt(y)")


def test_callees_have_lines_of_their_own():
    assert said(raised(srcgrad.grad(loops), 0.0, 2))[:2] == ("root", "reverse sweep")
    assert said(raised(srcgrad.grad(loops), -1.0, 2))[:3] == ("root", "forward sweep", line_of(root, 2))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="reads the notes")
def test_a_statement_of_several_lines_is_one_place():
    assert said(raised(srcgrad.grad(spread_out), 1.0))[2:] == (line_of(spread_out, 2), "z = y + math.log(x - 2.0)")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="reads the notes")
def test_a_derivative_called_by_a_primal_says_it_once():
    inner = srcgrad.grad(root)

    def outer(x, c):
        return x * inner(c)

    assert said(raised(srcgrad.grad(outer), 1.0, 0.0))[0] == "root"


def test_refusals_and_wrong_calls_are_left_alone():
    def refused(x):
        return str(x)

    for error in (
        raised(srcgrad.grad(refused), 1.0),
        raised(srcgrad.grad(root)),
        raised(srcgrad.grad(root), 1.0, 2.0),
    ):
        assert isinstance(error, (DifferentiationError, TypeError))
        assert not any("in the derivative of" in note for note in getattr(error, "__notes__", ()))


def test_the_exception_itself_stays():
    class Unusual(Exception):
        pass

    kept = Unusual("as it is", 1)

    def fails(x):
        y = x * x
        with srcgrad.on_reverse(y):
            raise kept
        return y

    derivative = srcgrad.grad(fails)
    for _ in range(3):
        assert raised(derivative, 1.0) is kept
    assert kept.args == ("as it is", 1)
    assert str(kept) == "('as it is', 1)"
    assert said(kept)[1:3] == ("reverse sweep", line_of(fails, 3))


def test_tracebacks_and_pdb_show_the_generated_text():
    derivative = srcgrad.grad(root)
    error = raised(derivative, 0.0)
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert "in root_grad" in text
    (line,) = [one.strip() for one in derivative.source.splitlines() if "/ z" in one]
    assert line in text
    plain = derivative.function(1.0)
    assert inspect.getsource(plain) == derivative.source.split("\n\n\n")[1]
    out = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO("step\nlist 1, 20\ncontinue\n"), stdout=out)
    debugger.use_rawinput = False
    debugger.runcall(plain, 1.0)
    assert line in out.getvalue()


def test_dumped_derivatives_too(tmp_path, monkeypatch):
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path))
    error = raised(srcgrad.grad(root), 0.0)
    assert said(error)[:2] == ("root", "reverse sweep")
    files = [entry.filename for entry in traceback.extract_tb(error.__traceback__)]
    assert any(str(path.resolve()) in files for path in tmp_path.iterdir())
