"""Test, or refuse, where the new array that ``x += v`` makes would not be what NumPy leaves in the old one."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Scalar, Sequence, Unknown
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program


def own_updates(program: Program, scope: Scope) -> Program:
    """Test shape and dtype of what augmented assignments make, where the old ones might not do."""
    if not program.inplace:
        return program
    for node in tree.walk(program.function.body):
        name = tree.single_target(node)
        if name in program.inplace and isinstance(node.value, gast.BinOp):
            _check(node, str(name), scope, program)
    return program.with_body(_tested(program.function.body, scope, program))


def _tested(statements: list[Any], scope: Scope, program: Program) -> list[Any]:
    """The statements with a test after each update that could broadcast its own array, which NumPy refuses."""
    made: list[Any] = []
    for statement in statements:
        fields = {f: _tested(getattr(statement, f), scope, program) for f in _BLOCKS if getattr(statement, f, None)}
        made.append(tree.shallow(statement, **fields) if fields else statement)
        name = tree.single_target(statement)
        if name not in program.inplace or not isinstance(statement.value, gast.BinOp):
            continue
        old, added = statement.value.left, Inference(scope).kind(statement.value.right)
        if _may_widen(scope.kinds.get(old.id, UNKNOWN), added):
            shape = tree.attribute(program.external(np, "np"), "shape")
            sides = [tree.call(shape, tree.name(n)) for n in (str(name), old.id)]
            error = tree.call(program.builtin(ValueError), tree.constant("an array cannot be broadcast in place"))
            test = gast.Compare(sides[0], [gast.NotEq()], sides[1:])
            made.append(tree.if_(test, [tree.at(gast.Raise(error, None), statement)], [], statement))
        kind = scope.kinds.get(old.id, UNKNOWN)
        if _may_narrow(kind, scope.kinds.get(str(name), UNKNOWN), program):
            types = [tree.attribute(n, "dtype") for n in (str(name), old.id)]
            test = gast.Compare(types[0], [gast.NotEq()], types[1:])
            if not isinstance(kind, Array):
                array = tree.attribute(program.external(np, "np"), "ndarray")
                is_array = tree.call(program.builtin(isinstance), tree.name(old.id), array)
                test = gast.BoolOp(gast.And(), [is_array, test])
            reason = "an array would keep its dtype in place, which is not followed"
            error = tree.call(program.builtin(TypeError), tree.constant(reason))
            made.append(tree.if_(test, [tree.at(gast.Raise(error, None), statement)], [], statement))
    return made


def _may_narrow(old: Kind, made: Kind, program: Program) -> bool:
    """Whether an array may keep a dtype that is not the one of the sum, or product, that is written into it.

    Where nothing is known before the run, of no argument, dtypes are taken to stay as they are.
    """
    if isinstance(old, Unknown):
        return any(not isinstance(kind, Unknown) for kind in program.kinds.values())
    known = isinstance(made, Array) and made.dtype is not None
    return isinstance(old, Array) and (old.dtype is None or not known)


def _may_widen(old: Kind, added: Kind) -> bool:
    """Whether an array may get a larger shape by what is added to it."""
    if not isinstance(old, Array) or isinstance(added, Scalar):
        return False
    if old.dims is None or not isinstance(added, Array) or added.dims is None or len(added.dims) > len(old.dims):
        return True
    own = old.dims[len(old.dims) - len(added.dims) :]
    return any(mine is not False and other is not True for mine, other in zip(own, added.dims, strict=True))


def _check(node: Any, name: str, scope: Scope, program: Program) -> None:
    kind, made = scope.kinds.get(node.value.left.id), scope.kinds.get(name)
    base = program.namer.base(name)
    if isinstance(kind, Sequence):
        raise refuse(node, program.source, "extending a list in place cannot be differentiated yet", "make a new list")
    if isinstance(kind, Array) and isinstance(made, Array) and _differ(kind.dtype, made.dtype):
        reason = f"'{base}' has dtype {kind.dtype}, and what is added to it in place has a wider one"
        raise refuse(node, program.source, reason, f"write {base} = {base} ... to make a new array")


def _differ(left: Any, right: Any) -> bool:
    return left is not None and right is not None and left != right


_BLOCKS = ("body", "orelse")
