"""Move a block of the user's to the reverse sweep, under the names of the adjoints that it is about.

An adjoint that the block may change in place must be storage of its own; one that it hands on is shared afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import structures, tree
from srcgrad.analysis.kinds import Array, Kind, Scalar
from srcgrad.analysis.operations import Apply, describe
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_of
from srcgrad.program import Program
from srcgrad.transforms.bars import Bars


def move(block: Any, bars: Bars, active: frozenset[str], emit: Callable[[Any], None]) -> None:
    """Emit a block; what it may have given another shape is tested after it."""
    names: dict[str, str] = {}
    checks: list[Any] = []
    for position, primal in enumerate(node.id for node in block.primals):
        found = treatment(block, position, bars.kind(primal), bars.program, bars.scope)
        if not bars.is_set(primal):
            bars.set_zero(primal)
        elif found.changed:
            bars.own(primal)
        names[block.bars[position].id] = bar = bars.node(primal).id
        if found.unchecked:
            fitted = tree.call(bars.helper(structures.fitted), tree.name(bar), tree.name(bars.like(primal)))
            checks.append(tree.assign(bar, fitted))
        if primal not in active:
            bars.kill(primal)
        elif found.shared:
            bars.mark_foreign(primal)
    adjoints = names.values()
    statements = tree.renamed(block.statements, names)
    emit(tree.OnReverse([*map(tree.name, adjoints)], [*map(tree.target, adjoints)], statements))
    for check in checks:
        emit(check)


@dataclass(frozen=True)
class Treatment:
    """What a block may do to one of its adjoints.

    It may be ``changed`` in place, so that it must be storage of its own; be ``shared`` with something else afterwards;
    be ``unchecked``, as it may not have the shape of its value any more.
    """

    changed: bool
    shared: bool
    unchecked: bool


def treatment(block: Any, position: int, kind: Kind, program: Program, scope: Scope) -> Treatment:
    """What a block may do to the adjoint at a position, whose value is of the given kind."""
    bar = block.bars[position].id
    aliases = aliases_of(tree.shallow(program.function, body=block.statements), scope)
    mine = aliases.together(bar)
    touched: set[str] = set()
    rebinding: list[Any] = []
    for node in tree.walk(block.statements):
        if isinstance(node, gast.Call):
            touched |= {key for part in aliases.effect(node).changes for key in aliases.sources(part)}
            touched |= mine if scope.resolve(node.func) is breakpoint else set()
        elif isinstance(node, (gast.Subscript, gast.Attribute)) and isinstance(node.ctx, (gast.Store, gast.Del)):
            touched |= aliases.sources(node.value)
        elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            touched.add(node.target.id)
            rebinding += [node] if node.target.id == bar else []
        elif bar in _bound_by(node):
            rebinding.append(node)
    rebound = any(not isinstance(node, gast.AugAssign) for node in rebinding)
    sized = _Sized(bar, scope, kind)
    return Treatment(
        changed=not mine.isdisjoint(touched),
        shared=rebound or mine != {bar},
        unchecked=not all(map(sized.keeps, rebinding)),
    )


def _bound_by(node: Any) -> set[str]:
    """The names that a statement binds itself, without those inside it."""
    if isinstance(node, gast.Assign):
        return tree.writes(node.targets)
    if isinstance(node, (gast.AnnAssign, gast.NamedExpr, gast.For, gast.comprehension)):
        return tree.writes(node.target)
    if isinstance(node, gast.withitem):
        return tree.writes(node.optional_vars) if node.optional_vars is not None else set()
    return tree.writes(node.name) if isinstance(node, gast.ExceptHandler) and node.name is not None else set()


@dataclass(frozen=True)
class _Sized:
    """Whether what an adjoint is assigned surely has the shape that it had."""

    bar: str
    scope: Scope
    kind: Kind

    def keeps(self, node: Any) -> bool:
        if not isinstance(self.kind, (Array, Scalar)):
            return False  # a list times two is a longer list
        if isinstance(node, gast.AugAssign):  # arrays of some dimensions keep their shape in place
            return (isinstance(self.kind, Array) and bool(self.kind.dims)) or self.is_number(node.value)
        return tree.single_target(node) == self.bar and self.is_sized(node.value)

    def is_sized(self, node: Any) -> bool:
        if isinstance(node, gast.Name):
            return bool(node.id == self.bar)
        operation = describe(node, self.scope)
        if not isinstance(operation, Apply) or operation.rule.form != "elementwise":
            return False
        operands = operation.operands()
        return any(map(self.is_sized, operands)) and all(self.is_sized(o) or self.is_number(o) for o in operands)

    def is_number(self, node: Any) -> bool:
        if isinstance(node, gast.UnaryOp):
            return self.is_number(node.operand)
        if isinstance(node, gast.Name):
            return isinstance(self.scope.kind_of_name(node.id), Scalar)
        return isinstance(node, gast.Constant) and isinstance(node.value, (int, float))
