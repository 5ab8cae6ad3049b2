"""Loaded texts are found by tracebacks, inspect and pdb, and forgotten with their functions."""

from __future__ import annotations

import gc
import inspect
import io
import linecache
import os
import pdb
import re
import traceback

import numpy as np
import pytest

import srcgrad
from srcgrad.loader import is_generated, load

TEXT = '''\
def ratio(x, y):
    """Divide."""
    quotient = (
        x / y
    )
    return quotient + offset


def other(x):
    return [inner for inner in (lambda: ratio(x, x),)]
'''


@pytest.fixture
def filename(request):
    return f"<srcgrad {request.node.name} 1>"


def test_it_runs_in_globals_of_its_own(filename):
    namespace = {"offset": 1.0}
    module = load(TEXT, filename, namespace)
    assert module["ratio"](1.0, 2.0) == 1.5
    assert namespace == {"offset": 1.0}
    assert module["ratio"].__globals__ is module
    assert module["ratio"].__code__.co_filename == filename


def test_the_text_is_found(filename):
    module = load(TEXT, filename, {"offset": 0})
    linecache.checkcache()
    assert inspect.getsource(module["ratio"]) == TEXT.split("\n\n\n")[0] + "\n"
    with pytest.raises(ZeroDivisionError) as caught:
        module["ratio"](1, 0)
    frame = traceback.extract_tb(caught.tb)[-1]
    assert (frame.filename, frame.lineno, frame.line) == (filename, 4, "x / y")


def test_pdb_lists_it(filename):
    module = load(TEXT, filename, {"offset": 0})
    out = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO("step\nnext\nlonglist\ncontinue\n"), stdout=out)
    debugger.use_rawinput = False
    debugger.runcall(module["ratio"], 1, 2)
    assert "quotient = (" in out.getvalue()


def test_no_future_of_the_loader_or_the_caller_applies(filename):
    module = load("def f(x: 1 + 1): pass\n", filename, {})
    assert module["f"].__annotations__ == {"x": 2}


def is_forgotten(filename):
    """Whether the next text makes linecache forget one: it may be going through its entries when functions go."""
    gc.collect()
    load("pass\n", f"{filename} next", {})
    return filename not in linecache.cache


def test_it_is_forgotten_with_its_functions(filename):
    module = load(TEXT, filename, {"offset": 0})
    inner = module["other"](2.0)
    del module
    gc.collect()
    assert filename in linecache.cache
    assert inner[0]() == 1.0
    del inner
    assert is_forgotten(filename)


def test_a_traceback_keeps_it(filename):
    try:
        load(TEXT, filename, {"offset": 0})["ratio"](1, 0)
    except ZeroDivisionError as error:
        caught = error
    gc.collect()
    assert "x / y" in "".join(traceback.format_exception(None, caught, caught.__traceback__))
    del caught
    assert is_forgotten(filename)


def test_functions_may_go_while_linecache_looks_at_its_entries(filename):
    module = load(TEXT, filename, {})
    names = iter(list(linecache.cache))
    del module
    gc.collect()
    assert all(name in linecache.cache for name in names)


def test_a_name_taken_again_is_not_forgotten(filename):
    first = load(TEXT, filename, {})
    second = load("def g(): pass\n", filename, {})
    del first
    gc.collect()
    assert inspect.getsource(second["g"]) == "def g(): pass\n"


@pytest.mark.parametrize("text", ["x = = 1\n", "x = 1 / 0\n"])
def test_a_failure_leaves_nothing(filename, text):
    with pytest.raises((SyntaxError, ZeroDivisionError)):
        load(text, filename, {})
    assert is_forgotten(filename)


def test_dump_writes_real_files(tmp_path, monkeypatch):
    directory = tmp_path / "new" / "dump"
    monkeypatch.setenv("SRCGRAD_DUMP", str(directory))
    ratio = load(TEXT, "<srcgrad loss_grad 1>", {"offset": 0})["ratio"]
    (path,) = directory.iterdir()
    assert re.fullmatch(r"loss_grad_[0-9a-f]{10}\.py", path.name)
    assert path.read_text("utf-8") == TEXT
    assert ratio.__code__.co_filename == str(path.resolve())
    assert is_generated(ratio.__code__.co_filename)
    assert inspect.getsource(ratio).startswith("def ratio")
    again = load("é = 1\n" + TEXT, "<srcgrad loss_grad 1>", {"offset": 0})["ratio"]
    assert inspect.getsource(again).startswith("def ratio")
    assert inspect.getsource(ratio).startswith("def ratio")
    assert len(list(directory.iterdir())) == 2


def test_dump_writes_a_text_once(tmp_path, monkeypatch):
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path))
    load(TEXT, "<srcgrad loss_grad 1>", {"offset": 0})
    (path,) = tmp_path.iterdir()
    os.utime(path, (1, 1))
    other = load(TEXT, "<srcgrad loss_grad 2>", {"offset": 1})["ratio"]
    assert [path] == list(tmp_path.iterdir())
    assert path.stat().st_mtime == 1
    assert other(1.0, 2.0) == 1.5
    path.write_text("x = 1\n", encoding="utf-8")  # somebody's slip
    load(TEXT, "<srcgrad loss_grad 3>", {"offset": 0})
    assert path.read_text("utf-8") == TEXT


def test_dumped_derivatives_can_be_differentiated(tmp_path, monkeypatch):
    def cube(x):
        return x[0] ** 3 + x[0]

    x = np.array([2.0])
    expected = srcgrad.grad(lambda x: srcgrad.grad(cube)(x)[0])(x)
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path))
    assert srcgrad.grad(lambda x: srcgrad.grad(cube)(x)[0])(x) == expected == 12.0
    assert any(path.name.startswith("cube_grad_") for path in tmp_path.iterdir())


@pytest.mark.parametrize("name", ["<srcgrad ../../x 1>", "<srcgrad a/b:c\\d 1>", "<>", "<srcgrad .. >"])
def test_dump_stays_in_its_directory(tmp_path, monkeypatch, name):
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path / "dump"))
    load("x = 1\n", name, {})
    assert [p.parent for p in tmp_path.rglob("*.py")] == [tmp_path / "dump"]


def test_dump_keeps_long_names_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path))
    for count in (1, 2):
        load(f"x = {count}\n", f"<srcgrad {'f' * 300} {count}>", {})
    assert len(list(tmp_path.iterdir())) == 2
