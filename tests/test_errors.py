"""Errors point at the user's code and say why and what to do."""

from __future__ import annotations

import copy
import pickle
import traceback
from types import SimpleNamespace

import gast
import numpy as np
import pytest

import srcgrad
from srcgrad.errors import DifferentiationError, SourceNotFoundError, refuse, refuse_call

TEXT = """\
def f(x):
    y = 'é' + foo(x)  # a comment
    for i in range(3):  # another
        x = (x +
             g(x))
    return x
"""


def parsed(text=TEXT):
    tree = gast.parse(text).body[0]
    return tree, SimpleNamespace(file="user.py", lines=text.splitlines(True), tree=tree)


def shown(error):
    return "".join(traceback.format_exception_only(type(error), error))


def marked(error):
    """The text under the carets."""
    lines = shown(error).splitlines()
    carets = lines[2]
    start = carets.index("^")
    return lines[1][start : start + carets.count("^")]


def test_it_is_located_in_characters_and_shows_reason_and_hint():
    tree, source = parsed()
    error = refuse(tree.body[0].value.right, source, "no rule for foo", "give one")
    assert (error.filename, error.lineno, error.offset) == ("user.py", 2, 15)
    assert (error.end_lineno, error.end_offset) == (2, 21)
    assert error.text == "    y = 'é' + foo(x)  # a comment\n"
    text = shown(error)
    assert 'File "user.py", line 2' in text
    assert "no rule for foo\n" in text
    assert text.count("Hint: give one") == 1
    assert marked(error) == "foo(x)"
    assert "no rule for foo" in str(error)
    assert (error.reason, error.hint) == ("no rule for foo", "give one")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (lambda t: t.body[1], "for i in range(3):"),
        (lambda t: t.body[1].body[0], "x = (x +"),
        (lambda t: t.body[1].body[0].value, "x +"),
        (lambda t: t, "def f(x):"),
        (lambda t: gast.Name("made", gast.Load(), None, None), "def f(x):"),
        (lambda t: t.args.args[0], "x"),
    ],
)
def test_of_several_lines_the_first_is_marked(path, text):
    tree, source = parsed()
    assert marked(refuse(path(tree), source, "reason")) == text


@pytest.mark.parametrize(
    "text",
    [
        "x = f('''#\n  # no comment''')\n",
        "x = f(  # c\n 1)\n",
        "x = (\t'a#b', # c\n1)\n",
        "x = f(\f\n1)",
    ],
)
def test_any_line_can_be_shown(text):
    tree, source = parsed(text)
    assert shown(refuse(tree, source, "reason")).count("^") > 0


def test_a_place_outside_the_file_is_no_second_error():
    tree, source = parsed()
    source.lines = []
    assert "reason" in shown(refuse(tree, source, "reason"))


def test_without_a_node():
    error = refuse_call("f has no parameter v", "its parameters: x")
    assert error.filename is None
    assert shown(error).endswith("f has no parameter v\nHint: its parameters: x\n")
    assert refuse_call("why").hint is None
    assert shown(refuse_call("why")).endswith("DifferentiationError: why\n")


def test_kinds():
    tree, source = parsed()
    assert type(refuse(tree, source, "why")) is DifferentiationError
    error = refuse(tree, source, "why", "hint", SourceNotFoundError)
    assert type(error) is SourceNotFoundError
    assert isinstance(error, DifferentiationError)
    assert isinstance(error, SyntaxError)


@pytest.mark.parametrize("clone", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
@pytest.mark.parametrize("located", [True, False])
def test_it_travels_between_processes(clone, located):
    tree, source = parsed()
    error = refuse(tree, source, "why", "what") if located else refuse_call("why", "what")
    other = clone(error)
    assert shown(other) == shown(error)
    assert (other.reason, other.hint) == ("why", "what")


@pytest.mark.parametrize(
    ("function", "argument", "reason"),
    [
        (lambda x: nump.sin(x), 1.0, "the name 'nump' is not defined"),  # noqa: F821
        (lambda x: sinn(x), 1.0, "the name 'sinn' is not defined"),  # noqa: F821
        (lambda x: np.sinn(x), 1.0, "the module numpy has no 'sinn'"),
        (lambda d: np.sum(d.values()), {"a": 1.0}, "the method 'values' of a dict cannot be differentiated yet"),
    ],
)
def test_what_is_not_there_is_named(function, argument, reason):
    with pytest.raises(srcgrad.DifferentiationError) as caught:
        srcgrad.grad(function)(argument)
    assert caught.value.reason == reason


def test_a_strict_zip_that_is_left_early():
    def left_early(x):
        s = 0.0
        for a, b in zip(x, [1.0, 2.0], strict=True):
            s = s + a * b
            if s > 0.5:
                break
        return s

    with pytest.raises(srcgrad.DifferentiationError, match="strict"):
        srcgrad.grad(left_early)(np.ones(3))
