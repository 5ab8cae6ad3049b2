"""Functions that change their arguments, as functions that return what they have made of copies of them."""

from __future__ import annotations

import inspect
import types
import weakref
from dataclasses import dataclass
from typing import Any

from srcgrad.contents import twins

_MARK = "__srcgrad_procedure__"


@dataclass(frozen=True)
class Procedure:
    """What a procedure was made from, and what it returns: names of parameters, and ``"return"``."""

    function: types.FunctionType
    of: tuple[str, ...]


def procedure_of(function: Any) -> Procedure | None:
    """What a function was made from by ``procedure``; None for any other."""
    found = getattr(function, "__dict__", {}).get(_MARK) if isinstance(function, types.FunctionType) else None
    return found if isinstance(found, Procedure) else None


def procedure(function: types.FunctionType, of: tuple[str, ...]) -> types.FunctionType:
    """A function of the same parameters that changes copies of some, and returns them as ``of`` says.

    >>> def double(x, out):
    ...     out[0] = 2.0 * x
    >>> out = [0.0]
    >>> procedure(double, ("return", "out"))(3.0, out), out
    ((None, [6.0]), [0.0])
    """
    made = _known.setdefault(function, {})
    found = made.get(of)
    same = found is not None and found.__defaults__ is function.__defaults__ and _code(found) is function.__code__
    if found is None or not same:
        found = made[of] = _made(function, of)
    return found


_known: weakref.WeakKeyDictionary[types.FunctionType, dict[tuple[str, ...], types.FunctionType]] = (
    weakref.WeakKeyDictionary()
)


def _code(made: types.FunctionType) -> Any:
    return made.__dict__["__code_of__"]


def _made(function: types.FunctionType, of: tuple[str, ...]) -> types.FunctionType:
    parameters = inspect.signature(function).parameters.values()
    names = [p.name for p in parameters]
    keyword = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    positional = [name for name in names if name not in keyword]
    header = ", ".join([*positional, *(["*", *keyword] if keyword else [])])
    given = ", ".join([*positional, *(f"{name}={name}" for name in keyword)])
    body = [f"    {name} = _copied({name})" for name in of if name != "return"]
    parts = ["_value" if name == "return" else name for name in of]
    text = f"def _made({header}):\n" + "\n".join(body)
    text += f"\n    _value = _function({given})\n    return {', '.join(parts)}\n"
    namespace: dict[str, Any] = {"_copied": twins, "_function": function}
    exec(text, namespace)  # the names are those of the function's own parameters
    made: types.FunctionType = namespace["_made"]
    made.__name__, made.__qualname__, made.__module__ = function.__name__, function.__qualname__, function.__module__
    made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    made.__dict__[_MARK] = Procedure(function, of)
    made.__dict__["__code_of__"] = function.__code__
    return made
