"""Loaded texts are found by tracebacks, inspect and pdb, and forgotten with their functions."""

from __future__ import annotations

import gc
import inspect
import io
import linecache
import pdb
import traceback

import pytest

from srcgrad.loader import load

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


def test_it_is_forgotten_with_its_functions(filename):
    module = load(TEXT, filename, {"offset": 0})
    inner = module["other"](2.0)
    del module
    gc.collect()
    assert filename in linecache.cache
    assert inner[0]() == 1.0
    del inner
    gc.collect()
    assert filename not in linecache.cache


def test_a_traceback_keeps_it(filename):
    try:
        load(TEXT, filename, {"offset": 0})["ratio"](1, 0)
    except ZeroDivisionError as error:
        caught = error
    gc.collect()
    assert "x / y" in "".join(traceback.format_exception(None, caught, caught.__traceback__))
    del caught
    gc.collect()
    assert filename not in linecache.cache


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
    gc.collect()
    assert filename not in linecache.cache


def test_dump_writes_real_files(tmp_path, monkeypatch, filename):
    directory = tmp_path / "new" / "dump"
    monkeypatch.setenv("SRCGRAD_DUMP", str(directory))
    ratio = load(TEXT, "<srcgrad loss_grad 1>", {"offset": 0})["ratio"]
    path = directory / "loss_grad_1.py"
    assert path.read_text("utf-8") == TEXT
    assert ratio.__code__.co_filename == str(path.resolve())
    assert inspect.getsource(ratio).startswith("def ratio")
    again = load("é = 1\n" + TEXT, "<srcgrad loss_grad 1>", {"offset": 0})["ratio"]
    assert inspect.getsource(again).startswith("def ratio")
    assert [p.name for p in directory.iterdir()] == ["loss_grad_1.py"]


@pytest.mark.parametrize("name", ["<srcgrad ../../x 1>", "<srcgrad a/b:c\\d 1>", "<>", "<srcgrad .. >"])
def test_dump_stays_in_its_directory(tmp_path, monkeypatch, name):
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path / "dump"))
    load("x = 1\n", name, {})
    assert [p.parent for p in tmp_path.rglob("*.py")] == [tmp_path / "dump"]


def test_dump_keeps_long_names_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("SRCGRAD_DUMP", str(tmp_path))
    for count in (1, 2):
        load("x = 1\n", f"<srcgrad {'f' * 300} {count}>", {})
    assert len(list(tmp_path.iterdir())) == 2
