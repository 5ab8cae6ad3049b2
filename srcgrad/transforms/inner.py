"""Turn a derivative that is taken inside a differentiated function into a call of a plain generated function.

``grad(lambda y: x + y)(1.0)`` becomes a call of the derivative of a function of ``y`` and ``x``: what the lambda
captures is an argument like any other, so that the inner and the outer derivative cannot be confused.
"""

from __future__ import annotations

import itertools
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import FLOAT, Kind, Scalar
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.errors import refuse
from srcgrad.loader import load
from srcgrad.program import Program
from srcgrad.writer import to_text

_counter = itertools.count(1)


def inner(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Replace every call of a derivative that an argument of the outer derivative reaches."""
    worker = _Inner(program, scope, callee_kind)
    body = worker.rewritten(program.function.body)
    return program.with_body(body) if worker.found else program


class _Inner:
    def __init__(self, program: Program, scope: Scope, callee_kind: CalleeKind) -> None:
        self.program = program
        self.scope = scope
        self.varied = activity(program, scope).varied
        self.infer = Inference(scope, callee_kind)
        self.found = False

    def rewritten(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, gast.AST):
            return node
        if isinstance(node, gast.Call) and not self.varied.isdisjoint(tree.reads(node)):
            made = self.called(node)
            if made is not None:
                self.found = True
                return made
        return tree.rebuilt(node, self.rewritten)

    def called(self, node: Any) -> Any:
        """The call of a plain function that stands for a call of a derivative; None for any other call."""
        derivative = self.scope.resolve(node.func)
        captured: list[str] = []
        if hasattr(derivative, "plain_for") and not isinstance(derivative, type):
            return self.plain_call(derivative, node, captured)
        if not isinstance(node.func, gast.Call):
            return None
        transform = self.scope.resolve(node.func.func)
        if getattr(transform, "__srcgrad_transform__", None) is None:
            return None
        options = [*node.func.args[1:], *(k.value for k in node.func.keywords if k.arg != "function")]
        values = [self.scope.literal(option) for option in options]
        if not node.func.args or any(value is MISSING for value in values) or transform.__name__ == "vjp":
            raise self.refusal(node.func)
        primal = node.func.args[0]
        if isinstance(primal, gast.Lambda):
            function, captured = self.lifted(primal)
        else:
            function = self.scope.resolve(primal)
            if function is MISSING:
                raise self.refusal(primal)
        count = len(node.func.args) - 1
        named = {k.arg: v for k, v in zip(node.func.keywords, values[count:], strict=True)}
        return self.plain_call(transform(function, *values[:count], **named), node, captured)

    def refusal(self, node: Any) -> Exception:
        return refuse(
            node,
            self.program.source,
            "the derivative that is taken here is not known before the run",
            "take grad or value_and_grad of a lambda, or of a function that can be found by name",
        )

    def lifted(self, node: Any) -> tuple[Any, list[str]]:
        """A lambda as a function of its own: what it captures becomes further parameters."""
        own = tree.identifiers(node.args)
        captured = sorted((tree.reads(node.body) - own) & self.scope.local)
        arguments = tree.copy(node.args)
        arguments.args.extend(tree.parameter(name) for name in captured)
        if arguments.defaults or arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
            raise self.refusal(node)
        function = tree.function("inner", arguments, [tree.return_(node.body, node)])
        free = tree.reads(node.body) - own - set(captured)
        known = {name: self.program.namespace[name] for name in free if name in self.program.namespace}
        module = load(to_text([function]), f"<srcgrad inner {next(_counter)}>", known)
        return module["inner"], captured

    def plain_call(self, derivative: Any, node: Any, captured: list[str]) -> Any:
        args = [self.rewritten(a) for a in node.args] + [tree.name(name) for name in captured]
        keywords = [gast.keyword(k.arg, self.rewritten(k.value)) for k in node.keywords]
        kinds: list[Kind] = [self.infer.kind(a) for a in args]
        named = {k.arg: self.infer.kind(k.value) for k in keywords}
        function, is_tuple = derivative.plain_for([_real(k) for k in kinds], {k: _real(v) for k, v in named.items()})
        name = self.program.external(function, function.__name__)
        made = tree.at(gast.Call(tree.name(name), args, keywords), node)
        return tree.tuple_([made]) if is_tuple else made


def _real(kind: Kind) -> Kind:
    """Integers that are passed to a derivative count as real."""
    return FLOAT if isinstance(kind, Scalar) and kind.type is int else kind
