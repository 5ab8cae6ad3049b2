r"""Show what one pass does to a piece of source: for the doctests of the passes and for the curious.

>>> from srcgrad.transforms.desugar import desugar
>>> print(show(desugar, "def f(x):\n    y: float = x\n    return y"))
def f(x):
    y = x
    return y
"""

from __future__ import annotations

import builtins
import copy
import inspect
import textwrap
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.inference import no_callees
from srcgrad.analysis.kinds import Array, Kind, Scalar
from srcgrad.analysis.name_kinds import infer
from srcgrad.analysis.scope import Scope
from srcgrad.names import Namer
from srcgrad.program import Externals, Program
from srcgrad.writer import to_text


def example_program(source: str, **changes: Any) -> Program:
    """A program from the text of one function; it is differentiated by its first parameter.

    A parameter called ``x`` or ``xs`` counts as a vector, any other as a float.
    """
    function = gast.parse(textwrap.dedent(source).strip()).body[0]
    names = [a.id for a in function.args.args]
    vector: Kind = Array((False,), np.dtype(float))
    kinds = {name: vector if name in ("x", "xs", "ys") else Scalar(float) for name in names}
    lines = SimpleNamespace(file="<example>", lines=source.splitlines())
    namespace = {**vars(builtins), "np": np, "copy": copy, "SimpleNamespace": SimpleNamespace}
    return Program(function, namespace, lines, tuple(names[:1]), kinds, Namer(tree.identifiers(function)), **changes)


def show_generated(step: Callable[..., Any], source: str) -> str:
    """The text of a function after a rewrite of generated code."""
    function = gast.parse(textwrap.dedent(source).strip()).body[0]
    return to_text(step(function, Externals())).strip()


def show(step: Callable[..., Program], source: str, kinds: bool = False, **changes: Any) -> str:
    """The text of a function after a pass; ``kinds`` is for passes that need to know kinds."""
    program = example_program(source, **changes)
    if not kinds:
        return to_text(step(program).function).strip()
    arguments = tree.parameters_of(program.function)
    scope = Scope(program.namespace, arguments | tree.writes(program.function.body), dict(program.kinds))
    infer(program.function, scope)
    extra = (no_callees,) if "callee_kind" in inspect.signature(step).parameters else ()
    return to_text(step(program, scope, *extra).function).strip()
