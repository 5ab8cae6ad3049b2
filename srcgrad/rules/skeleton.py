"""The rule that a user could write for a function that has none, ready to be filled in."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

_PLAIN = (type(None), bool, int, float, str)


def skeleton(primitive: Any, name: str) -> str:
    """The text of a rule for a function that is spelled ``name``.

    >>> print(skeleton(np.linalg.eigvalsh, "np.linalg.eigvalsh"))
    @srcgrad.rules.pullback(np.linalg.eigvalsh)
    def eigvalsh(a, UPLO='L', *, out, d):
        return ...  # the adjoint of a
    """
    short = str(getattr(primitive, "__name__", "function"))
    short = short if short.isidentifier() else "function"
    if isinstance(primitive, np.ufunc):
        names = ["x"] if primitive.nin == 1 else [f"x{k + 1}" for k in range(primitive.nin)]
        terms = ", ".join(["d * ..."] * len(names))
        return f"@srcgrad.rules.elementwise({name})\ndef {short}({', '.join(names)}, *, out, d):\n    return {terms}"
    parameters = _parameters(primitive)
    differentiated = [p for p in parameters if p.default is p.empty and p.kind is not p.KEYWORD_ONLY]
    terms = ", ".join(["..."] * len(differentiated)) or "..."
    what = ", ".join(p.name for p in differentiated) or "each argument"
    return (
        f"@srcgrad.rules.pullback({name})\ndef {short}({_shown(parameters)}):\n"
        f"    return {terms}  # the adjoint{'s' * (len(differentiated) > 1)} of {what}"
    )


def _parameters(primitive: Any) -> list[inspect.Parameter]:
    """The parameters that a rule can have; those without a plain default are left to the function."""
    try:
        found = list(inspect.signature(primitive).parameters.values())
    except (ValueError, TypeError):
        return [inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)]
    required = [p for p in found if p.default is p.empty or isinstance(p.default, _PLAIN)]
    return [
        p.replace(annotation=p.empty)
        for p in required
        if p.kind is not p.VAR_KEYWORD and p.name not in ("out", "d", "dtype", "like")
    ]


def _shown(parameters: list[inspect.Parameter]) -> str:
    special = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in ("out", "d")]
    return str(inspect.Signature([*parameters, *special]))[1:-1]
