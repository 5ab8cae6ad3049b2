"""Which ``known`` conditions of a rule can be proved from literal arguments and kinds."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.kinds import Array, Kind, Scalar, complexity, ndim
from srcgrad.analysis.scope import MISSING
from srcgrad.template import is_known

_BUILTINS = {
    "len": len,
    "isinstance": isinstance,
    "float": float,
    "int": int,
    "tuple": tuple,
    "list": list,
    "bool": bool,
}


class _Unproved(Exception):
    pass


def proved(
    test: Any,
    literal: Callable[[str], Any],
    kind: Callable[[str], Kind],
    number: Callable[[str], bool | None] | None = None,
) -> bool:
    """Whether a rule's condition is proved: False where it is false and where it is not decided.

    ``literal`` gives the value of an argument that is written out (the nodes, of a ``*args`` parameter), or MISSING;
    ``kind`` is asked for ``np.ndim(x)`` and ``np.result_type(x)``, ``number`` for ``np.iscomplexobj(x)``.
    """
    if number is None:
        number = lambda name: complexity(kind(name))  # noqa: E731
    if isinstance(test, gast.BoolOp):
        parts = (proved(value, literal, kind, number) for value in test.values)
        return all(parts) if isinstance(test.op, gast.And) else any(parts)
    if is_known(test):
        try:
            return _evaluate(test.args[0], literal, kind, number)
        except Exception:  # not decided, or not decidable for these literals: the generic branch is right
            return False
    return False


def _evaluate(
    node: Any, literal: Callable[[str], Any], kind: Callable[[str], Kind], number: Callable[[str], bool | None]
) -> bool:
    """The truth of a condition; of a conjunction or disjunction also where some of its parts are not decided."""
    if isinstance(node, gast.BoolOp):
        decided = [_decided(value, literal, kind, number) for value in node.values]
        last = isinstance(node.op, gast.Or)
        if last in decided:
            return last
        if None in decided:
            raise _Unproved
        return not last
    environment: dict[str, Any] = {}

    def close(item: Any) -> Any:
        if isinstance(item, list):
            return [close(part) for part in item]
        if not isinstance(item, gast.AST):
            return item
        if isinstance(item, gast.Call) and isinstance(item.func, gast.Attribute):
            name = item.args[0].id
            if item.func.attr == "iscomplexobj":
                return held(number(name))
            return held({"ndim": ndim, "result_type": _dtype}[item.func.attr](kind(name)))
        if isinstance(item, gast.Name) and item.id not in _BUILTINS:
            value = literal(item.id)
            if value is MISSING:
                raise _Unproved
            return held(value, True)
        return tree.rebuilt(item, close)

    def held(value: Any, known: bool = False) -> Any:
        if value is None and not known:
            raise _Unproved
        name = f"_{len(environment)}"
        environment[name] = value
        return tree.name(name)

    expression = gast.gast_to_ast(gast.Expression(close(node)))
    return bool(eval(compile(ast.fix_missing_locations(expression), "<rule>", "eval"), dict(_BUILTINS), environment))


def _decided(
    node: Any, literal: Callable[[str], Any], kind: Callable[[str], Kind], number: Callable[[str], bool | None]
) -> bool | None:
    try:
        return _evaluate(node, literal, kind, number)
    except Exception:
        return None


def _dtype(kind: Kind) -> Any:
    if isinstance(kind, Array):
        return kind.dtype
    return np.dtype(kind.type) if isinstance(kind, Scalar) else None


__all__ = ["proved"]
