"""The adjoint of one flattened statement: which value gets which contribution.

Only terms of active operands are made, and of the rule's lets only those that a kept term reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from srcgrad import runtime, tree
from srcgrad.analysis.extents import Extent, Extents, summed_axes
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Scalar, same_shape
from srcgrad.analysis.operations import Apply
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program
from srcgrad.transforms.arithmetic import Arithmetic
from srcgrad.transforms.terms import Inlining


@dataclass(frozen=True)
class Contribution:
    """``term`` is added to the adjoint of ``operand``."""

    operand: str
    term: Any


class Adjoints:
    """Makes contributions of primitives from their rules."""

    def __init__(
        self,
        program: Program,
        scope: Scope,
        active: frozenset[str],
        emit: Callable[[Any], None],
        like: Callable[[str], str],
        extents: Extents,
    ) -> None:
        self.program = program
        self.scope = scope
        self.active = active
        self.emit = emit
        self.infer = Inference(scope)
        self.like = like
        self.extents = extents

    def of(
        self, operation: Apply, out: str, d: Any, uniform: bool = False, results: tuple[str, ...] = ()
    ) -> list[Contribution] | None:
        """The contributions of ``out = operation`` whose cotangent is ``d``; lets are emitted.

        A *uniform* cotangent is a number that stands for an array of the result's shape filled with it.  If a term
        would not get that shape from the operands, None is returned and nothing is emitted.  Of several ``results``
        that are taken apart ``d`` is the list of cotangents.
        """
        arithmetic = Arithmetic(self.scope, operation, out, d, uniform)
        if arithmetic.is_weak and arithmetic.mixes_precisions():
            if uniform:
                return None
            d = tree.call(self.numpy(arithmetic.type_name()), d)
        inlining = Inlining(self.program, self.scope, operation, out, self.like, arithmetic, results)
        bindings = {**inlining.bindings(), "d": d}
        kept = []
        template = inlining.template
        for place, (value, term) in enumerate(zip(operation.arguments.values(), template.terms, strict=False)):
            nodes = value if isinstance(value, list) else [value]
            if term is not None and place not in template.flat and any(self.is_active(node) for node in nodes):
                kept.append((value, inlining.filled(term, bindings)))
        whole = self.scope.kinds.get(out, UNKNOWN)
        if uniform and not all(same_shape(self.infer.kind(term), whole) for _, term in kept):
            return None
        for statement in inlining.lets(bindings, [term for _, term in kept]):
            self.emit(statement)
        made: list[Contribution] = []
        for value, term in kept:
            if isinstance(value, list):
                made.extend(self.several(value, term))
            else:
                if operation.rule.form == "elementwise":
                    term = self.reduced(term, value.id, out)
                made.append(Contribution(value.id, term))
        return _merged(made)

    def is_active(self, node: Any) -> bool:
        """Whether an operand is differentiated."""
        return isinstance(node, gast.Name) and node.id in self.active

    def several(self, values: list[Any], term: Any) -> list[Contribution]:
        """Contributions to the arguments of a ``*args`` parameter: the term is the list of them."""
        if not isinstance(term, gast.List):
            held = self.program.namer.temporary("parts")
            self.emit(tree.assign(held, term))
            term = tree.list_(tree.subscript(tree.name(held), tree.constant(n)) for n in range(len(values)))
        pairs = zip(values, term.elts, strict=True)
        return [Contribution(value.id, part) for value, part in pairs if self.is_active(value)]

    def reduced(self, term: Any, operand: str, out: str) -> Any:
        """Sum a term of the result's shape to the operand's shape, by as little as the kinds allow."""
        extent = self.extents.found.get(out)
        made = self.reduced_to(term, operand, self.scope.kinds.get(out, UNKNOWN), extent)
        return term if made is None else made

    def reduced_to(self, term: Any, operand: str, whole: Kind, extent: Extent | None) -> Any:
        """A term of a known kind and extent, summed to the operand's shape; None if it has that already."""
        kind = self.scope.kinds.get(operand, UNKNOWN)
        if same_shape(kind, whole) or (isinstance(kind, Scalar) and isinstance(whole, Scalar)):
            return None
        if isinstance(kind, Scalar) and isinstance(whole, Array):
            return tree.call(self.numpy("sum"), term)
        axes = summed_axes(self.extents.found.get(operand), extent) if isinstance(kind, Array) else None
        if axes == ():
            return None
        axes = axes or _summed_axes(kind, whole)
        if axes is None:
            helper = self.program.external(runtime.unbroadcast, "unbroadcast")
            return tree.call(helper, term, tree.name(self.like(operand)))
        axis = tree.constant(axes[0]) if len(axes) == 1 else tree.tuple_(map(tree.constant, axes))
        return tree.call(self.numpy("sum"), term, axis=axis)

    def numpy(self, function: str) -> Any:
        """``np.function``."""
        return tree.attribute(self.program.external(np, "np"), function)


def _summed_axes(kind: Kind, whole: Kind) -> tuple[int, ...] | None:
    """The leading axes of the result that an operand lacks, if nothing else is to be summed; None if not known."""
    if not (isinstance(kind, Array) and isinstance(whole, Array)) or kind.dims is None or whole.dims is None:
        return None
    surplus = len(whole.dims) - len(kind.dims)
    pairs = zip(kind.dims, whole.dims[surplus:], strict=True)
    if surplus <= 0 or any(a is None or b is None or a != b for a, b in pairs):
        return None
    return tuple(range(surplus))


def _merged(contributions: list[Contribution]) -> list[Contribution]:
    """One contribution for each operand: ``x * x`` gives ``2 * d * x``, not two statements."""
    found: dict[str, Contribution] = {}
    for item in contributions:
        old = found.get(item.operand)
        if old is None:
            found[item.operand] = item
        elif tree.equal(old.term, item.term):
            found[item.operand] = Contribution(item.operand, tree.binary(tree.constant(2), "*", item.term))
        else:
            found[item.operand] = Contribution(item.operand, tree.binary(old.term, "+", item.term))
    return list(found.values())


__all__ = ["Adjoints", "Contribution"]
