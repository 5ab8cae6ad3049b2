"""What both modes do with the template of a rule: bind its names, decide its choices, keep the lets that are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad import tree
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Kind
from srcgrad.analysis.operations import Apply
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.program import Program
from srcgrad.rules.registry import is_own
from srcgrad.template import Filler, Template, template_of
from srcgrad.transforms.arithmetic import Arithmetic
from srcgrad.transforms.proofs import proved


class Inlining:
    """A template in the place of one call: ``out = operation``, or several ``results`` that are taken apart."""

    def __init__(
        self,
        program: Program,
        scope: Scope,
        operation: Apply,
        out: str,
        like: Callable[[str], str],
        arithmetic: Arithmetic,
        results: tuple[str, ...] = (),
    ) -> None:
        self.program = program
        self.scope = scope
        self.operation = operation
        self.out = out
        self.results = results
        self.template: Template = template_of(operation.rule)
        if not is_own(operation.rule.body):
            program.externals.guards.extend(self.template.relied())
        self.use_math = getattr(operation.primitive, "__module__", "") == "math"
        safe = arithmetic.spelled(self.numpy)
        self.filler = Filler(program.external, self.prover(), like, safe)

    def bindings(self) -> dict[str, Any]:
        """What the names of the rule's body stand for, but for ``d``."""
        found: dict[str, Any] = {"out": tree.name(self.out)}
        if self.results:
            found["out"] = tree.list_(map(tree.name, self.results))
        for name, value in self.operation.arguments.items():
            found[name] = tree.list_(value) if isinstance(value, list) else value
        for let, _ in self.template.lets:
            found[let] = tree.name(self.program.namer.temporary(let))
        return found

    def filled(self, term: Any, bindings: dict[str, Any]) -> Any:
        """A term with the operands in the place of the rule's names."""
        return self.filler.fill(term, bindings, self.template, self.use_math)

    def lets(self, bindings: dict[str, Any], terms: list[Any]) -> list[Any]:
        """The statements for the lets that some filled terms read, in order."""
        needed = set(tree.reads(terms))
        chosen = []
        for let, value in reversed(self.template.lets):
            if bindings[let].id in needed:
                filled = self.filled(value, bindings)
                needed |= tree.reads(filled)
                chosen.append(tree.assign(bindings[let].id, filled))
        return chosen[::-1]

    def of(self, name: str) -> list[str]:
        """The lets that depend on one of the rule's names."""
        return [let for let, value in self.template.lets if name in self.template.flows(value)]

    def numpy(self, function: str) -> Any:
        """``np.function``."""
        return tree.attribute(self.program.external(np, "np"), function)

    def prover(self) -> Callable[[Any], bool]:
        """Decides the rule's ``known`` conditions from literal arguments and kinds."""
        infer, arguments = Inference(self.scope), self.operation.arguments

        def kind(name: str) -> Kind:
            if name in ("out", "d"):
                return self.scope.kinds.get(self.out, UNKNOWN)
            value = arguments.get(name)
            return UNKNOWN if value is None or isinstance(value, list) else infer.kind(value)

        def literal(name: str) -> Any:
            value = arguments.get(name, MISSING)
            if isinstance(value, list):
                return value  # of which a rule asks for the length
            return MISSING if value is MISSING else self.scope.literal(value)

        def number(name: str) -> bool | None:
            value = arguments.get(name)
            if isinstance(value, list):
                real = all(self.program.complexity(infer.kind(item)) is False for item in value)
                return False if real else None
            return self.program.complexity(kind(name))

        return lambda test: proved(test, literal, kind, number)


__all__ = ["Inlining"]
