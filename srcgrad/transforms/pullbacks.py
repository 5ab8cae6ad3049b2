"""Turn a pullback that is made and called inside a differentiated function into calls of the two functions of its pair.

``y, pullback = vjp(f)(x)`` becomes ``y, saved = f_fwd(x)``, and ``pullback(y_bar)`` becomes ``f_bwd(saved, y_bar)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import runtime, structures, tree
from srcgrad.analysis.inference import CalleeKind
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.taken import Taken, taken
from srcgrad.program import Program
from srcgrad.transforms.inner import Inner


@dataclass(frozen=True)
class _Pullback:
    """The second function of a pair, and the names of what the first one gave; ``lone``: its gradient is a tuple."""

    function: str
    value: str
    saved: str
    lone: bool


def pullbacks(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Replace the pullbacks that only are called, where an argument of the outer derivative reaches one.

    Any other one is refused later on, if a derivative flows through it.
    """
    calls = _calls(program)
    made = [(name, call, found) for name, call, found in _made(program, scope) if name in calls]
    worker = _Pullbacks(program, scope, callee_kind)
    for name, call, found in made:
        reads = set().union(*(tree.reads(one) for one in [call, *calls[name]]))
        if not worker.varied.isdisjoint(reads):
            worker.pairs[name] = found
    if not worker.pairs:
        return program
    body = worker.rewritten(program.function.body)
    return worker.program.with_body(body)


def _made(program: Program, scope: Scope) -> Iterator[tuple[str, Any, Taken]]:
    """The pullbacks that get a name of their own, with the calls that make them."""
    for node in tree.walk_forward(program.function.body):
        if not isinstance(node, gast.Assign) or not isinstance(node.value, gast.Call):
            continue
        left = node.targets[0]
        names = isinstance(left, gast.Tuple) and [getattr(part, "id", None) for part in left.elts]
        if names and len(names) == 2 and None not in names:
            found = taken(node.value, scope)
            if found is not None and found.form == "vjp" and not found.has_aux:
                yield str(names[1]), node.value, found


def _calls(program: Program) -> dict[str, list[Any]]:
    """The calls of names with one argument or none, of those names that nothing else reads."""
    reads: dict[str, int] = {}
    calls: dict[str, list[Any]] = {}
    for node in tree.walk(program.function.body):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
            reads[node.id] = reads.get(node.id, 0) + 1
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
            plain = (
                len(node.args) <= 1 and not node.keywords and not any(isinstance(a, gast.Starred) for a in node.args)
            )
            calls.setdefault(node.func.id, []).extend([node] if plain else [])
    return {name: found for name, found in calls.items() if len(found) == reads[name]}


class _Pullbacks(Inner):
    def __init__(self, program: Program, scope: Scope, callee_kind: CalleeKind) -> None:
        super().__init__(program, scope, callee_kind)
        self.pairs: dict[str, Taken] = {}
        self.made: dict[str, _Pullback] = {}

    def rewritten(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, gast.AST):
            return node
        if isinstance(node, gast.Assign) and isinstance(node.targets[0], gast.Tuple):
            value, *others = node.targets[0].elts
            name = getattr(others[0], "id", None) if others else None
            if name in self.pairs:
                return self.first(node, value.id, str(name))
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in self.made:
            return self.second(node, self.made[node.func.id])
        return tree.rebuilt(node, self.rewritten)

    def first(self, statement: Any, value: str, name: str) -> Any:
        """What makes a pullback gives what its second function needs instead."""
        found = self.pairs[name]
        plain, args, given = self.plain(statement.value, found)
        backward = self.program.external(plain.backward, plain.backward.__name__)
        wanted = found.wrt
        self.made[name] = _Pullback(backward, value, name, isinstance(wanted, (tuple, list)) and len(wanted) == 1)
        return tree.at(tree.shallow(statement, value=self.plain_call(statement.value, plain, args, given)), statement)

    def second(self, node: Any, pullback: _Pullback) -> Any:
        """The gradients for a cotangent, in the shape and dtype of the value; for ones where it is left out."""
        if node.args:
            checking = self.program.external(structures.as_tangent, "as_tangent")
            seed = tree.call(checking, self.rewritten(node.args[0]), tree.name(pullback.value))
        else:
            seed = tree.call(self.program.external(runtime.ones_like, "ones_like"), tree.name(pullback.value))
        call = tree.at(tree.call(pullback.function, tree.name(pullback.saved), seed), node)
        return tree.at(tree.tuple_([call]), node) if pullback.lone else call
