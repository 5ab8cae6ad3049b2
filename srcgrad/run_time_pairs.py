"""The functions of a derivative for a call of what is known at run time only.

>>> from srcgrad.calling import call_of
>>> from srcgrad.source import read
>>> from srcgrad.writer import to_text
>>> called = read(call_of(2, ())).tree
>>> print("".join(map(to_text, run_time_pair(called, ("x",), ("call_fwd", "call_bwd"), Externals(), False))).strip())
def call_fwd(function, x, x_2):
    return forward_call(function, ("x",), ("x", "x_2"), False, x, x_2)
def call_bwd(saved, y_bar):
    return backward_call(saved, y_bar)
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import calling, tree
from srcgrad.program import Externals, Program
from srcgrad.signatures import tangent_names


def run_time_functions(
    called: Any, pattern: tuple[str, ...], names: tuple[str, ...], programs: list[Program], with_value: bool
) -> list[Any]:
    """The functions of some names: a pair, or one for the tangent, which may be wanted with the value.

    ``programs`` are the functions that are differentiated with this call.
    """
    apart, externals = any(program.changed for program in programs), programs[0].externals
    if len(names) > 1:
        return run_time_pair(called, pattern, names, externals, apart)
    return run_time_tangent(called, pattern, names[0], externals, apart, with_value)


def run_time_pair(
    called: Any, pattern: tuple[str, ...], names: tuple[str, ...], externals: Externals, apart: bool
) -> list[Any]:
    """Both functions of a pair; ``pattern`` are the parameters of ``called`` that are differentiated.

    ``apart``: the result must be no storage of anybody else.
    """
    call = _call(calling.forward_call, called, pattern, f"{apart}, ", externals)
    text = f"{_parameters(called, ())}: return {call}"
    backward = externals.name_of(calling.backward_call, "backward_call")
    return _functions(f"def {names[0]}{text}", f"def {names[1]}(saved, y_bar): return {backward}(saved, y_bar)")


def run_time_tangent(
    called: Any, pattern: tuple[str, ...], name: str, externals: Externals, apart: bool, with_value: bool
) -> list[Any]:
    """The function for a value and its tangent, or for the tangent alone."""
    dots = tangent_names(called, pattern)
    given = f"{apart}, ({''.join(f'{dot}, ' for dot in dots)}), "
    part = "" if with_value else "[1]"
    call = _call(calling.tangent_call, called, pattern, given, externals)
    return _functions(f"def {name}{_parameters(called, dots)}: return {call}{part}")


def _parameters(called: Any, dots: tuple[str, ...]) -> str:
    """The parameters as text, with those for tangents after them."""
    named = [node.id for node in called.args.kwonlyargs]
    return f"({', '.join([*(node.id for node in called.args.args), *dots, *(['*', *named] if named else [])])})"


def _call(helper: Any, called: Any, pattern: tuple[str, ...], given: str, externals: Externals) -> str:
    """The call of a helper as text; arguments that are passed by name have names that end so."""
    function, *names = [node.id for node in called.args.args]
    named = [node.id for node in called.args.kwonlyargs]
    known = (*names, *(f"{name}=" for name in named))
    name = externals.name_of(helper, helper.__name__)
    return f"{name}({function}, {pattern!r}, {known!r}, {given}{', '.join([*names, *named])})"


def _functions(*texts: str) -> list[Any]:
    return [tree.copy(gast.parse(text).body[0]) for text in texts]
