"""Allow ``x += v`` on an array only where no other name can see the change.

The forward sweep makes a new array instead of changing the old one, so that the old value is at hand.
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.aliases import TURNS, Aliases
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Scalar, Sequence, Unknown
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_of
from srcgrad.errors import refuse
from srcgrad.program import Program


def own_updates(program: Program, scope: Scope, user: frozenset[str]) -> Program:
    """Refuse augmented assignments to storage that has another name; test the shape where the old one might not do."""
    if not program.inplace:
        return program
    aliases = aliases_of(program.function, scope)
    parameters = tree.parameters_of(program.function)
    for node in tree.walk(program.function.body):
        if isinstance(node, gast.For):
            _check_loop(node, scope, aliases, program)
        name = tree.single_target(node)
        if name in program.inplace and isinstance(node.value, gast.BinOp):
            _check(node, str(name), scope, aliases, parameters, user, program)
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


def _check_loop(loop: Any, scope: Scope, aliases: Aliases, program: Program) -> None:
    """A running loop has the storage that it runs over, though no name says so."""
    held = {other for key in aliases.sources(loop.iter) for other in aliases.together(key)}
    for node in tree.walk(loop.body):
        if held and tree.single_target(node) in program.inplace and isinstance(node.value, gast.BinOp):
            old = node.value.left.id
            if old in held and not isinstance(scope.kinds.get(old), Scalar):
                base = program.namer.base(old)
                raise refuse(
                    node,
                    program.source,
                    f"'{base}' is changed in place while a loop runs over it",
                    f"run over a copy, or write {base} = {base} ... to make a new array",
                )


def _check(
    node: Any,
    name: str,
    scope: Scope,
    aliases: Aliases,
    parameters: set[str],
    user: frozenset[str],
    program: Program,
) -> None:
    old = node.value.left.id
    kind, made = scope.kinds.get(old), scope.kinds.get(name)
    if isinstance(kind, Scalar):
        return
    base = program.namer.base(name)
    sign = _SIGNS.get(type(node.value.op).__name__, "+")
    hint = f"write {base} = {base} {sign} ..., or start from {base} = {base}.copy()"
    if isinstance(kind, Sequence):
        raise refuse(node, program.source, "extending a list in place cannot be differentiated yet", "make a new list")
    if old not in scope.local:
        raise refuse(node, program.source, f"'{base}' is a global variable; changing it cannot be differentiated", hint)
    together = {other for other in aliases.together(old) if program.namer.base(other) in user}
    others = sorted({program.namer.base(other) for other in together} - {base})
    in_turns = any(other.startswith(TURNS) for other in aliases.together(old))
    if others or together & parameters or in_turns or aliases.is_outside(old):
        who = f"{'another turn' if in_turns else 'something outside of the function'} may have the same array"
        if others or together & parameters:
            who = f"'{others[0]}' may be the same array" if others else "the caller has the same array"
        raise refuse(node, program.source, f"'{base}' is changed in place, but {who}", hint)
    if isinstance(kind, Array) and isinstance(made, Array) and _differ(kind.dtype, made.dtype):
        raise refuse(
            node,
            program.source,
            f"'{base}' has dtype {kind.dtype}, and what is added to it in place has a wider one",
            hint,
        )


def _differ(left: Any, right: Any) -> bool:
    return left is not None and right is not None and left != right


_BLOCKS = ("body", "orelse")
_SIGNS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Pow": "**", "MatMult": "@", "FloorDiv": "//", "Mod": "%",
}  # fmt: skip
