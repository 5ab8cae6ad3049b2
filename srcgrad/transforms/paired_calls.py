"""Calls of the user's functions in both sweeps: each is a call of one function of the callee's pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad import contents, tree
from srcgrad.analysis.kinds import UNKNOWN, Scalar, Sequence
from srcgrad.analysis.operations import UserCall
from srcgrad.transforms.adjoints import Adjoints
from srcgrad.transforms.bars import Bars
from srcgrad.transforms.shadows import Shadows

PairNames = Callable[[UserCall, tuple[str, ...]], tuple[str, ...]]


class PairedCalls:
    """Reverses calls; ``pairs`` are the first functions of the pairs that are called."""

    def __init__(self, bars: Bars, adjoints: Adjoints, shadows: Shadows, pair_names: PairNames) -> None:
        self.bars = bars
        self.adjoints = adjoints
        self.shadows = shadows
        self.pair_names = pair_names
        self.program = bars.program
        self.scope = bars.scope
        self.pairs: set[str] = set()

    def reverse(self, statement: Any, operation: UserCall, names: list[str]) -> list[Any]:
        """``y = g(x)`` becomes ``y, saved = g_fwd(x)``, reversed by ``x_bar = g_bwd(saved, y_bar)``."""
        if not any(self.bars.is_set(name) for name in names):
            return [statement]
        node = operation.node
        positional = list(operation.function.__code__.co_varnames[: len(node.args)])
        arguments = dict(zip(positional, node.args, strict=False)) | {k.arg: k.value for k in node.keywords}
        pattern = tuple(p for p, value in arguments.items() if self.adjoints.is_active(value))
        forward, backward = self.pair_names(operation, pattern)
        self.pairs.add(forward)
        saved = self.program.namer.temporary(f"{forward.rpartition('_fwd')[0]}_saved")
        self.scope.local.add(saved)
        self.scope.kinds[saved] = UNKNOWN
        left = statement.targets[0]
        value = tree.call(forward, *node.args)
        value.keywords = node.keywords
        made = tree.assign(tree.tuple_([left, tree.target(saved)], store=True), value, statement)
        cotangents = [self.cotangent(name) for name in names]
        given = cotangents[0] if isinstance(left, gast.Name) else tree.tuple_(cotangents)
        if any(map(self.bars.is_shadow, names)) and not self.shadows.are_apart(statement.value):
            given = tree.call(self.bars.helper(contents.once), given)
        gradients = tree.call(backward, tree.name(saved), given)
        for name in names:
            self.bars.kill(name)
        self.add_results([arguments[parameter].id for parameter in pattern], gradients)
        return [made]

    def add_results(self, operands: list[str], gradients: Any) -> None:
        """Add what a pair's second function returns: new storage for each of the operands, but a tuple for a tuple."""
        if len(operands) == 1:
            self.add_result(operands[0], gradients)
            return
        results = [self.program.namer.derived(operand, "_bar") for operand in operands]
        self.bars.emit(tree.assign(tree.tuple_(map(tree.target, results), store=True), gradients))
        for operand, result in zip(operands, results, strict=True):
            self.add_result(operand, tree.name(result))

    def add_result(self, operand: str, gradient: Any) -> None:
        """Add the gradient of one operand."""
        kind = self.bars.kind(operand)
        # nothing can be added to an element of a tuple, and a number may be what the callee was given
        fixed = isinstance(kind, Scalar) or (isinstance(kind, Sequence) and kind.type is not list)
        self.bars.add(operand, gradient, foreign=fixed, fresh=not fixed)

    def cotangent(self, name: str) -> Any:
        """The cotangent of a value, zeros if nothing has been added to it."""
        return self.bars.node(name) if self.bars.is_set(name) else self.bars.zero(name)
