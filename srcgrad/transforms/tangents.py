"""The tangent of one flattened statement: what the rule's form makes of the tangents of the operands.

Elementwise terms and those of ``pushforward`` are added up, one for each active operand.  A linear function is applied
to the tangents, a bilinear one twice.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad import structures, tangents, tree
from srcgrad.analysis.computing import is_ufunc_of_elements
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Scalar, Unknown, same_shape
from srcgrad.analysis.operations import Apply, describe
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.rules.registry import is_numpys, pushforward_of
from srcgrad.template import template_of
from srcgrad.transforms.applied import with_arguments
from srcgrad.transforms.arithmetic import Arithmetic
from srcgrad.transforms.terms import Inlining


class Tangents:
    """Makes the tangents of primitives' results from their rules; ``dot`` names the tangent of an active name."""

    def __init__(
        self,
        program: Program,
        scope: Scope,
        active: frozenset[str],
        dot: Callable[[str], str],
        emit: Callable[[Any], None],
    ) -> None:
        self.program = program
        self.scope = scope
        self.active = active
        self.dot = dot
        self.emit = emit
        self.infer = Inference(scope)
        self.listable = _listable(program, scope)

    def of(self, node: Any, operation: Apply, out: str, results: tuple[str, ...] = ()) -> Any:
        """The tangent of ``out``, which is ``node``, an operation on atoms, or of ``results``; lets are emitted."""
        stated = pushforward_of(operation.primitive)
        if stated is not None:
            terms = self.terms(replace(operation, rule=stated), out, results)
            if not terms:
                return None
            if isinstance(self.scope.kinds.get(out, UNKNOWN), (Array, Scalar)):
                return total(terms)
            adding = self.program.external(tangents.plus, "plus")  # a result may be a tuple
            return functools.reduce(functools.partial(tree.call, adding), terms)
        if operation.rule.form == "elementwise":
            terms = self.terms(operation, out)
            return self.spread(total(terms), operation, out) if terms else None  # what is active is asked for its shape
        if operation.rule.form == "linear":
            return self.linear(node, operation)
        if operation.rule.form == "bilinear":
            return self.bilinear(node, operation)
        name = operation.rule.name
        raise refuse(
            node,
            self.program.source,
            f"the rule of '{name}' does not say its tangent, which forward mode needs",
            f"state it beside the rule: @srcgrad.rules.pushforward({name})",
        )

    # --- terms

    def terms(self, operation: Apply, out: str, results: tuple[str, ...] = ()) -> list[Any]:
        """The filled terms of the active operands, after what lets they read."""
        kept: list[tuple[Inlining, dict[str, Any], list[Any]]] = []
        shared: dict[str, Any] = {}
        for value, term in zip(operation.arguments.values(), terms_of(operation), strict=False):
            nodes = value if isinstance(value, list) else [value]
            if term is None or not any(map(self.is_active, nodes)):
                continue
            inlining = self.inlining(operation, out, value, results)
            bindings = shared or inlining.bindings()
            if shared:  # what depends on the differential is another value for each argument
                bindings = bindings | {n: tree.name(self.program.namer.temporary(n)) for n in inlining.of("d")}
            shared = shared or bindings
            bindings = {**bindings, "d": self.differential(value, operation)}
            filled = inlining.filled(term, bindings)
            parts = [filled]
            if isinstance(value, list) and isinstance(filled, gast.List):
                parts = [part for part, node in zip(filled.elts, value, strict=True) if self.is_active(node)]
            kept.append((inlining, bindings, parts))
        emitted: set[str] = set()
        for inlining, bindings, parts in kept:
            for let in inlining.lets(bindings, parts):
                if let.targets[0].id not in emitted:
                    emitted.add(let.targets[0].id)
                    self.emit(let)
        return [part for _, _, parts in kept for part in parts]

    def inlining(self, operation: Apply, out: str, value: Any, results: tuple[str, ...]) -> Inlining:
        """The template for the term of one argument."""
        d = None if isinstance(value, list) else self.tangent(value)
        weak = isinstance(value, list) or not isinstance(self.infer.kind(value), Array)
        arithmetic = Arithmetic(self.scope, operation, out, d, weak)
        return Inlining(self.program, self.scope, operation, out, str, arithmetic, results)

    def differential(self, value: Any, operation: Apply) -> Any:
        """The tangent of an operand, or the tangents of those in ``*args``; of a list for NumPy, an array."""
        if isinstance(value, list):
            return tree.list_(
                [self.differential(n, operation) if self.is_active(n) else tree.constant(None) for n in value]
            )
        dot = self.tangent(value)
        if is_numpys(operation.primitive) and value.id in self.listable:
            return tree.call(tree.attribute(self.program.external(np, "np"), "asarray"), dot)
        return dot

    def tangent(self, node: Any) -> Any:
        """A read of an active name's tangent."""
        return tree.name(self.dot(node.id))

    def is_active(self, node: Any) -> bool:
        """Whether an operand is differentiated."""
        return isinstance(node, gast.Name) and node.id in self.active

    def spread(self, term: Any, operation: Apply, out: str) -> Any:
        """An elementwise tangent in the shape of the result, where an operand that has none could make that larger."""
        whole = self.scope.kinds.get(out, UNKNOWN)
        kind = self.infer.kind(term)
        if isinstance(whole, Scalar):  # of an array without dimensions NumPy makes a number
            return tree.subscript(term, tree.tuple_([])) if isinstance(kind, Array) and kind.dims == () else term
        if isinstance(whole, Array) and self.is_widened(kind, whole, operation):
            dtype = tree.attribute(self.program.external(np, "np"), whole.dtype.name)
            term = tree.call(tree.attribute(self.program.external(np, "np"), "asarray"), term, dtype)
        if same_shape(kind, whole):
            return term
        spanned = self.spans(term)
        if all(self.is_small(node, spanned) for node in operation.operands()):
            return term
        return tree.call(self.program.external(structures.broadcast_like, "broadcast_like"), term, tree.name(out))

    def is_widened(self, kind: Kind, whole: Array, operation: Apply) -> bool:
        """Whether a Python number among the tangents may have given the result more digits than its value has."""
        if whole.dtype is None or whole.dtype.kind != "f" or whole.dtype == np.dtype(float):
            return False
        numbers = any(self.is_active(n) and isinstance(self.infer.kind(n), Scalar) for n in operation.operands())
        return numbers and not (isinstance(kind, Array) and kind.dtype is not None and kind.dtype == whole.dtype)

    def is_small(self, node: Any, spanned: set[str]) -> bool:
        """Whether an operand is not larger than an expression into whose shape some names surely broadcast."""
        names = {node.id} if isinstance(node, gast.Name) else set()
        if self.is_active(node):
            names.add(self.dot(node.id))
        if not names.isdisjoint(spanned):
            return True
        return isinstance(self.infer.kind(node), Scalar) or self.scope.literal(node) is not MISSING

    def spans(self, node: Any) -> set[str]:
        """The names that surely broadcast into the shape of an expression."""
        if isinstance(node, gast.Name):
            return {node.id}
        if isinstance(node, gast.BinOp):
            return self.spans(node.left) | self.spans(node.right)
        if isinstance(node, gast.UnaryOp):
            return self.spans(node.operand)
        if isinstance(node, gast.Call) and is_ufunc_of_elements(self.scope.resolve(node.func)) and not node.keywords:
            return set().union(*map(self.spans, node.args))
        return set()

    # --- linear functions

    def linear(self, node: Any, operation: Apply) -> Any:
        """The function of the tangents; what could be differentiated and is not becomes zero."""
        found: dict[str, Any] = {}
        for (name, value), term in zip(operation.arguments.items(), terms_of(operation), strict=False):
            if term is not None and "d" in template_of(operation.rule).flows(term):
                several = isinstance(value, list)
                nodes = [
                    self.tangent(n) if self.is_active(n) else self.zero(n) for n in (value if several else [value])
                ]
                found[name] = nodes if several else nodes[0]
        return with_arguments(node, operation, found, self.scope, self.program)

    def bilinear(self, node: Any, operation: Apply) -> Any:
        """The function of one tangent and the other operand, and the other way round."""
        pairs = list(operation.arguments.items())[:2]
        return total(
            [
                with_arguments(node, operation, {name: self.tangent(value)}, self.scope, self.program)
                for name, value in pairs
                if self.is_active(value)
            ]
        )

    def zero(self, node: Any, exact: bool = False) -> Any:
        """Zeros of the structure of an expression without effects; None for what is no number.

        ``exact``: of NumPy's numbers, too, which may be used as arrays of no dimensions.
        """
        kind, value = self.infer.kind(node), self.scope.literal(node)
        numpy = exact and isinstance(kind, Scalar) and any(issubclass(one, np.generic) for one in kind.types)
        if (isinstance(kind, Scalar) and not numpy) or type(value) in (bool, int, float):
            return tree.constant(0.0)
        if value is None or isinstance(value, str):
            return tree.constant(None)
        if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind == "f":
            return tree.call(tree.attribute(self.program.external(np, "np"), "zeros_like"), tree.copy(node))
        return tree.call(self.program.external(structures.zeros_for, "zeros_for"), tree.copy(node))


def _listable(program: Program, scope: Scope) -> set[str]:
    """The names that may stand for a list as far as kinds tell: those of unknown kind that no primitive computes."""
    computed = set()
    for node in tree.walk(program.function.body):
        name = tree.single_target(node)
        if (
            name is not None
            and isinstance(describe(node.value, scope), Apply)
            and not isinstance(node.value, gast.BinOp)
        ):
            computed.add(name)
    names = tree.parameters_of(program.function) | tree.writes(program.function.body)
    return {name for name in names - computed if isinstance(scope.kinds.get(name, UNKNOWN), Unknown)}


def terms_of(operation: Apply) -> tuple[Any, ...]:
    """The unfilled terms of an operation's rule."""
    return template_of(operation.rule).terms


def total(terms: list[Any]) -> Any:
    """The sum of some terms: equal ones are doubled, negated ones subtracted."""
    whole = terms[0]
    for term in terms[1:]:
        if tree.equal(whole, term):
            whole = tree.binary(tree.constant(2), "*", term)
            continue
        opposite = _without_minus(term)
        whole = tree.binary(whole, "+", term) if opposite is None else tree.binary(whole, "-", opposite)
    return whole


def _without_minus(node: Any) -> Any:
    """``a * b / c`` of ``-a * b / c``; None if there is no minus in front."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        return node.operand
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Mult, gast.Div, gast.MatMult)):
        left = _without_minus(node.left)
        return None if left is None else tree.shallow(node, left=left)
    return None


__all__ = ["Tangents", "terms_of", "total"]
