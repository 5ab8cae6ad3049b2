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
    return program.with_body(_without_unread(body, worker.named)) if worker.found else program


def _without_unread(body: list[Any], names: set[str]) -> list[Any]:
    """A body without the derivatives that had a name, where nothing reads it any more."""
    made: list[Any] = []
    read = tree.reads(body)
    for statement in body:
        name = tree.single_target(statement)
        if name in names and name not in read:
            continue
        clone = tree.shallow(statement)
        for field in ("body", "orelse"):
            if isinstance(getattr(statement, field, None), list):
                inside = _without_unread(getattr(statement, field), names - read)
                setattr(clone, field, inside or ([gast.Pass()] if field == "body" else []))
        made.append(clone)
    return made


class _Inner:
    def __init__(self, program: Program, scope: Scope, callee_kind: CalleeKind) -> None:
        self.program = program
        self.scope = scope
        self.varied = activity(program, scope).varied
        self.infer = Inference(scope, callee_kind)
        self.found = False
        self.named: set[str] = set()
        self.definitions: dict[str, Any] = {}  # None where branches meet
        for node in tree.walk(program.function.body):
            name = tree.single_target(node)
            if name is not None:
                self.definitions[name] = None if name in self.definitions else node.value

    def rewritten(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, gast.AST):
            return node
        if isinstance(node, gast.Call) and not self.varied.isdisjoint(self.reads(node)):
            made = self.called(node)
            if made is not None:
                self.found = True
                return made
        return tree.rebuilt(node, self.rewritten)

    def reads(self, node: Any) -> set[str]:
        """What a call reads, through the name of a derivative too."""
        return tree.reads(node) | (tree.reads(self.transform_call(node.func) or []))

    def transform_call(self, node: Any) -> Any:
        """The call of ``grad`` or the like that an expression is, or that the name for it stands for."""
        if isinstance(node, gast.Name) and node.id in self.scope.local:
            node = self.definitions.get(node.id)
        is_call = isinstance(node, gast.Call)
        known = is_call and getattr(self.scope.resolve(node.func), "__srcgrad_transform__", None) is not None
        return node if known else None

    def called(self, node: Any) -> Any:
        """The call of a plain function that stands for a call of a derivative; None for any other call."""
        if isinstance(node.func, gast.Attribute) and node.func.attr == "primal":
            return self.primal_call(node)
        derivative = self.scope.resolve(node.func)
        if _is_derivative(derivative):
            return self.plain_call(derivative, [], node)
        call = self.transform_call(node.func)
        if call is None:
            return None
        made = self.plain_call(*self.made(call), node)
        if isinstance(node.func, gast.Name):
            self.named.add(node.func.id)
        return made

    def primal_call(self, node: Any) -> Any:
        """``derivative.primal(x)`` is a call of the function itself."""
        derivative = self.scope.resolve(node.func.value)
        if not _is_derivative(derivative):
            return None
        name = self.program.external(derivative.primal, getattr(derivative.primal, "__name__", "primal"))
        args = [self.rewritten(a) for a in node.args]
        keywords = [gast.keyword(k.arg, self.rewritten(k.value)) for k in node.keywords]
        return tree.at(gast.Call(tree.name(name), args, keywords), node)

    def made(self, call: Any) -> tuple[Any, list[str]]:
        """The derivative that a call of ``grad`` makes, and what it captures."""
        transform = self.scope.resolve(call.func)
        options = [*call.args[1:], *(k.value for k in call.keywords if k.arg != "function")]
        values = [self.scope.literal(option) for option in options]
        if transform.__name__ == "vjp":
            raise self.refused_vjp(call)
        if not call.args or any(value is MISSING for value in values):
            raise self.refusal(call)
        primal = call.args[0]
        captured: list[str] = []
        if isinstance(primal, gast.Lambda):
            function, captured = self.lifted(primal)
        elif (within := self.transform_call(primal)) is not None:
            function, captured = self.made(within)
            self.named |= tree.reads(primal) & self.scope.local if isinstance(primal, gast.Name) else set()
        else:
            function = self.scope.resolve(primal)
            if function is MISSING:
                raise self.refusal(primal)
        named = {k.arg: v for k, v in zip(call.keywords, values[len(call.args) - 1 :], strict=True)}
        return transform(function, *values[: len(call.args) - 1], **named), captured

    def refusal(self, node: Any) -> Exception:
        return refuse(
            node,
            self.program.source,
            "the derivative that is taken here is not known before the run",
            "take grad or value_and_grad of a lambda, or of a function that can be found by name",
        )

    def refused_vjp(self, node: Any) -> Exception:
        return refuse(
            node,
            self.program.source,
            "a pullback inside a differentiated function cannot be differentiated",
            "write value_and_grad(f)(x) instead of vjp(f)(x), and multiply by the cotangent, or take "
            "grad(lambda x: np.sum(f(x) * y_bar))(x)",
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

    def plain_call(self, derivative: Any, captured: list[str], node: Any) -> Any:
        if derivative.form == "vjp":
            raise self.refused_vjp(node)
        args = [self.rewritten(a) for a in node.args] + [tree.name(name) for name in captured]
        keywords = [gast.keyword(k.arg, self.rewritten(k.value)) for k in node.keywords]
        kinds: list[Kind] = [self.infer.kind(a) for a in args]
        named = {k.arg: self.infer.kind(k.value) for k in keywords}
        real = {k: _real(v) for k, v in named.items()}
        function, is_tuple, relied = derivative.plain_for([_real(k) for k in kinds], real)
        self.program.externals.relied.extend(relied)
        name = self.program.external(function, function.__name__)
        made = tree.at(gast.Call(tree.name(name), args, keywords), node)
        return tree.tuple_([made]) if is_tuple else made


def _is_derivative(value: Any) -> bool:
    return hasattr(value, "plain_for") and not isinstance(value, type)


def _real(kind: Kind) -> Kind:
    """Integers that are passed to a derivative count as real."""
    return FLOAT if isinstance(kind, Scalar) and kind.type is int else kind
