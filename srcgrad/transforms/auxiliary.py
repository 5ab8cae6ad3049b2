"""Split off the auxiliary value of a function that returns ``(value, auxiliary)``; it is not differentiated.

>>> from srcgrad.transforms.examples import show
>>> print(show(auxiliary, '''
... def f(x):
...     if np.sum(x) > 0:
...         result = np.sum(x), {"x": x}
...     else:
...         result = g(x)
...     return result
... ''', has_aux=True))
def f(x):
    if np.sum(x) > 0:
        value = np.sum(x)
        aux = {"x": x}
    else:
        result = g(x)
        if not is_pair(result):
            raise TypeError("has_aux=True needs a function that returns a pair (value, auxiliary)")
        value = result[0]
        aux = result[1]
    return value, aux
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import structures, tree
from srcgrad.analysis.inference import Inference, no_callees
from srcgrad.analysis.kinds import UNKNOWN, Kind, Sequence, Unknown
from srcgrad.analysis.scope import Scope
from srcgrad.errors import DifferentiationError, refuse
from srcgrad.program import Program

_REASON = "has_aux=True needs a function that returns a pair (value, auxiliary)"
_HINT = "return exactly two values, or leave has_aux out"


def auxiliary(program: Program) -> Program:
    """Make the result a display of two elements, where ``has_aux`` is set; what may be no pair is tested."""
    if not program.has_aux:
        return program
    *body, returned = program.function.body
    if isinstance(returned.value, gast.Tuple):
        _check_display(returned.value, program)
        return program
    splitter = _Splitter(program)
    name = getattr(returned.value, "id", None)
    if name is not None and name not in tree.parameters_of(program.function) and name not in tree.reads(body):
        body = splitter.block(body, name)
    else:
        body += splitter.split(returned.value, returned, program.namer.temporary("result"))
    pair = tree.tuple_([tree.name(splitter.value), tree.name(splitter.aux)])
    return program.with_body([*body, tree.return_(pair, returned)])


def _check_display(node: Any, program: Program) -> None:
    if len(node.elts) != 2 or any(isinstance(part, gast.Starred) for part in node.elts):
        raise refuse(node, program.source, _REASON, _HINT)


class _Splitter:
    """Gives both parts of a result names of their own, wherever the result is assigned."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.value = program.namer.temporary("value")
        self.aux = program.namer.temporary("aux")

    def block(self, statements: list[Any], name: str) -> list[Any]:
        made: list[Any] = []
        for statement in statements:
            if tree.single_target(statement) == name:
                made += self.split(statement.value, statement, name)
                continue
            made.append(tree.with_blocks(statement, lambda block: self.block(block, name)))
        return made

    def split(self, value: Any, like: Any, held: str) -> list[Any]:
        if isinstance(value, gast.Tuple):
            _check_display(value, self.program)
            parts = value.elts
        elif isinstance(value, (gast.Dict, gast.Set, gast.Constant, gast.Lambda)):
            raise refuse(value, self.program.source, _REASON, _HINT)
        else:
            test = tree.call(self.program.external(structures.is_pair, "is_pair"), tree.name(held))
            error = tree.at(gast.Raise(tree.call(self.program.builtin(TypeError), tree.constant(_REASON)), None), like)
            check = tree.if_(tree.invert(test), [error], [], like)
            first, second = (tree.subscript(tree.name(held), tree.constant(n)) for n in (0, 1))
            made = [tree.assign(self.value, first, like), tree.assign(self.aux, second, like)]
            return [tree.assign(held, value, like), check, *made]
        return [tree.assign(n, v, like) for n, v in zip((self.value, self.aux), parts, strict=True)]


def known_pairs(program: Program, scope: Scope) -> Program:
    """Drop the tests of what is a pair before the run, and refuse what is none."""
    if not program.has_aux:
        return program
    return program.with_body(_without_tests(program.function.body, program, Inference(scope, no_callees)))


def _without_tests(statements: list[Any], program: Program, infer: Inference) -> list[Any]:
    made: list[Any] = []
    for statement in statements:
        held = _tested(statement, infer.scope)
        kind = UNKNOWN if held is None else infer.scope.kinds.get(held, UNKNOWN)
        if held is not None and not isinstance(kind, Unknown):
            if not _is_pair(kind):
                raise refuse(statement, program.source, _REASON, _HINT)
            if isinstance(kind, Sequence) and kind.items is not None:
                continue
        made.append(tree.with_blocks(statement, lambda block: _without_tests(block, program, infer)))
    return made


def _tested(statement: Any, scope: Scope) -> str | None:
    """The name whose value a statement tests for being a pair."""
    test = statement.test if isinstance(statement, gast.If) else None
    call = test.operand if isinstance(test, gast.UnaryOp) else None
    is_test = isinstance(call, gast.Call) and scope.resolve(call.func) is structures.is_pair
    return str(call.args[0].id) if is_test and call is not None else None


def _is_pair(kind: Kind) -> bool:
    return isinstance(kind, Sequence) and (kind.items is None or len(kind.items) == 2)


def in_callee(error: DifferentiationError, callee: Any) -> DifferentiationError:
    """A refusal inside a called function; with what to write where it is about that function's auxiliary value."""
    for node in tree.walk(callee):
        pair = node.value if isinstance(node, gast.Return) and isinstance(node.value, gast.Tuple) else None
        if pair is None or len(pair.elts) != 2 or error.lineno is None or error.offset is None:
            continue
        second, place = pair.elts[1], (error.lineno, error.offset - 1)
        if (second.lineno, second.col_offset) <= place <= (second.end_lineno, second.end_col_offset):
            hint = (
                f"let {callee.name} return its value only, and make the auxiliary value in the function that is "
                "differentiated: has_aux leaves alone only what that one returns"
            )
            return type(error)(error.reason, error.args[1], hint=hint)
    return error
