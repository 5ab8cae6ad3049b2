"""Turn a derivative that is taken inside a differentiated function into a call of a plain generated function.

``grad(lambda y: x + y)(1.0)`` becomes a call of the derivative of a function of ``y`` and ``x``: what the lambda
captures is an argument like any other, so that the inner and the outer derivative cannot be confused.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.aliases import HIDDEN
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Array, Kind, Scalar, Sequence, Unknown, complexity, settled
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_in
from srcgrad.analysis.taken import Taken, taken
from srcgrad.errors import DifferentiationError, refuse
from srcgrad.free_names import uses
from srcgrad.loader import is_generated, load
from srcgrad.names import Namer
from srcgrad.program import Plain, Program
from srcgrad.structures import as_tangent
from srcgrad.transforms.gathered import gathered_call
from srcgrad.writer import to_text

_counter = itertools.count(1)


def inner(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Replace every call of a derivative that an argument of the outer derivative reaches."""
    worker = Inner(program, scope, callee_kind)
    body = worker.rewritten(program.function.body)
    return worker.program.with_body(body) if worker.found else program


class Inner:
    """Replaces calls of derivatives in one program; ``found`` says whether there was one."""

    def __init__(self, program: Program, scope: Scope, callee_kind: CalleeKind) -> None:
        self.program = program
        self.scope = scope
        self.varied = activity(program, scope).varied
        self.infer = Inference(scope, callee_kind)
        self.found = False

    def rewritten(self, node: Any) -> Any:
        """A copy of a node or a list with every such call replaced."""
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, gast.AST):
            return node
        if isinstance(node, gast.Call) and not self.varied.isdisjoint(tree.reads(node)):
            found = taken(node, self.scope)
            made = self.primal_call(node) if found is None else self.called(node, found)
            if made is not None:
                self.found = True
                return made
        return tree.rebuilt(node, self.rewritten)

    def primal_call(self, node: Any) -> Any:
        """``derivative.primal(x)`` is a call of the function itself; None for any other call."""
        if not isinstance(node.func, gast.Attribute) or node.func.attr != "primal":
            return None
        derivative = self.scope.resolve(node.func.value)
        if not hasattr(derivative, "plain_for") or isinstance(derivative, type):
            return None
        name = self.program.external(derivative.primal, getattr(derivative.primal, "__name__", "primal"))
        args = [self.rewritten(a) for a in node.args]
        keywords = [gast.keyword(k.arg, self.rewritten(k.value)) for k in node.keywords]
        return tree.at(gast.Call(tree.name(name), args, keywords), node)

    def called(self, node: Any, found: Taken) -> Any:
        """The call of a plain function that stands for a call of a derivative."""
        if found.form == "vjp":
            raise self.refused_vjp(node.func)
        return self.plain_call(node, *self.plain(node, found))

    def plain(self, node: Any, found: Taken) -> tuple[Plain, list[Any], dict[str, Any]]:
        """The plain function of a derivative, and what a call of it gives that."""
        if not found.is_known:
            raise refuse(
                node.func,
                self.program.source,
                "the derivative that is taken here is not known before the run",
                "take grad or value_and_grad of a lambda, or of a function that can be found by name",
            )
        args = [self.rewritten(a) for a in node.args]
        given = {k.arg: self.rewritten(k.value) for k in node.keywords}
        function, layers = found.primal, [found]
        while isinstance(function, Taken):  # grad(grad(f))
            layers.append(function)
            function = function.primal
        captured: dict[str, Any] = {}
        places: int | None = None  # how many parameters a lambda has, if tangents could follow them
        if isinstance(function, gast.Lambda):
            defaults = {name: self.rewritten(value) for name, value in tree.defaults_of(function).items()}
            names = [a.id for a in [*function.args.posonlyargs, *function.args.args]]
            places = None if defaults or function.args.kwonlyargs else len(names)
            given = {n: v for n, v in defaults.items() if n not in (*names[: len(args)], *given)} | given
            wanted = found.wrt if isinstance(found.wrt, (tuple, list)) else (found.wrt,)
            function, captured = self.lifted(function, {*given, *(one for one in wanted if isinstance(one, str))})
        try:
            for layer in reversed(layers):
                function = layer.derivative or layer.transform(function, *layer.values, **dict(layer.options))
            derivative = function
            dots = getattr(derivative, "_dots", ())
            if captured and places is not None:  # what is captured is passed by name, and so are tangents then
                given |= dict(zip(dots, args[places:], strict=False))
                args = args[:places] + args[places + len(dots) :]
            given |= captured
            args, given = gathered_call(args, given, derivative.__signature__)
            named = {name: self.infer.kind(value) for name, value in given.items()}
            kinds = [self.infer.kind(a) for a in args]
            self.check_numbers(node, [*kinds, *named.values()])
            plain = derivative.plain_for(kinds, named)
        except TypeError as error:
            raise refuse(node, self.program.source, f"the arguments do not fit: {error}") from None
        except DifferentiationError as error:
            if error.filename is None or is_generated(error.filename):
                raise refuse(node, self.program.source, error.reason, error.hint) from None
            raise
        return plain, args, given

    def check_numbers(self, node: Any, kinds: list[Any]) -> None:
        """What is not known is real in a derivative that is made by itself: where it could be complex, refuse it."""
        open_ones = [kind for kind in kinds if isinstance(kind, (Unknown, Array)) and complexity(kind) is None]
        if self.program.externals.complex and open_ones:
            reason = "it is not known before the run whether an argument of this derivative is complex"
            raise refuse(node, self.program.source, reason, "make it real, np.real(x), or complex, x + 0j, before")

    def refused_vjp(self, node: Any) -> Exception:
        """Why a pullback is not taken here, and what to write instead."""
        return refuse(
            node,
            self.program.source,
            "a pullback inside a differentiated function cannot be differentiated",
            "give it a name and call that here: y, pullback = vjp(f)(x), and then pullback(y_bar); or take "
            "grad(lambda x: np.sum(f(x) * y_bar))(x)",
        )

    def lifted(self, node: Any, avoid: set[str]) -> tuple[Any, dict[str, Any]]:
        """A lambda as a function of its own: what it captures becomes further parameters, by keyword only.

        Also returns what is passed for these, whose names are none to ``avoid``: those that the user passes.
        """
        arguments = tree.copy(node.args)
        if arguments.vararg or arguments.kwarg:
            reason = "* and ** parameters cannot be differentiated"
            raise refuse(node, self.program.source, reason, "name every parameter")
        arguments.defaults, arguments.kw_defaults = [], [None] * len(arguments.kwonlyargs)
        function = tree.function("inner", arguments, [tree.return_(tree.copy(node.body), node)])
        namer = Namer((tree.identifiers(function) - self.scope.local) | tree.identifiers(arguments) | avoid)
        captured: dict[str, str] = {}
        known: dict[str, Any] = {}
        for use in uses(function):
            if use.name in self.scope.local:
                if use.name not in captured:
                    captured[use.name] = namer.fresh(self.program.namer.base(use.name))
                use.replace(captured[use.name])
            elif use.name in self.program.namespace:
                known[use.name] = self.program.namespace[use.name]
        arguments.kwonlyargs.extend(tree.parameter(name) for name in captured.values())
        arguments.kw_defaults.extend([None] * len(captured))
        module = load(to_text([function]), f"<srcgrad inner {next(_counter)}>", known)
        return module["inner"], {new: tree.name(old) for old, new in captured.items()}

    def plain_call(self, node: Any, plain: Plain, args: list[Any], given: dict[str, Any]) -> Any:
        """The call of a plain function, with what it needs to be given beside."""
        names = plain.positional
        args = [self.real(a) if name in plain.real else a for name, a in zip(names, args, strict=True)]
        given = {name: self.real(value) if name in plain.real else value for name, value in given.items()}
        for name, value in plain.left_out.items():
            if not isinstance(value, float):
                reason = f"the default of '{name}' holds integers, which count as real here"
                raise refuse(node, self.program.source, reason, f"pass {name}, or write its numbers as 1.0")
            given[name] = tree.constant(value)
        self.check_apart(node, plain, dict(zip(names, args, strict=True)) | given)
        args, given = self.with_tangents(plain, args, given)
        self.program.externals.conditions.extend(plain.conditions)
        name = self.program.external(plain.function, plain.function.__name__)
        keywords = [gast.keyword(name, value) for name, value in given.items()]
        return tree.at(gast.Call(tree.name(name), args, keywords), node)

    def check_apart(self, call: Any, plain: Plain, given: dict[str, Any]) -> None:
        """Raise where an argument of which a derivative changes a copy may be another one, or what it reads outside.

        Where it is a parameter, that is looked at when the function is called.
        """
        if plain.changed.isdisjoint(given):
            return
        aliases = aliases_in(self.program.function, self.scope)
        beyond = {HIDDEN, *aliases.outside} if plain.mentioned else set()
        parameters: set[str] = set()
        for name in sorted(plain.changed & given.keys()):
            keys = {o for key in aliases.sources(given[name]) for o in aliases.together(key)}
            others = {key for n, other in given.items() if n != name for key in aliases.sources(other)}
            if not keys.isdisjoint(others | beyond):
                reason = f"the argument '{name}', which is changed here, may be another argument, or an object outside"
                raise refuse(call, self.program.source, reason, "pass a copy of it")
            parameters |= keys & tree.parameters_of(self.program.function)
        before = self.program.outside
        copied, mentioned = before.copied | parameters, before.mentioned | plain.mentioned
        self.program = replace(self.program, outside=replace(before, copied=copied, mentioned=mentioned))

    def with_tangents(self, plain: Plain, args: list[Any], given: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with the tangents among them in the shape and dtype of their values, or refused at run time."""
        values = dict(zip(plain.positional, args, strict=True)) | given
        checking = self.program.external(as_tangent, "as_tangent") if plain.tangents else ""

        def checked(name: str, node: Any) -> Any:
            if name not in plain.tangents or plain.tangents[name] not in values:
                return node
            return tree.call(checking, node, tree.copy(values[plain.tangents[name]]))

        pairs = zip(plain.positional, args, strict=True)
        return [checked(n, a) for n, a in pairs], {n: checked(n, v) for n, v in given.items()}

    def real(self, node: Any) -> Any:
        """An argument with its integers made real, as a derivative does with what it is called with."""
        kind = self.infer.kind(node)
        made = settled(kind, True)
        if made == kind or isinstance(made, Unknown):
            return node
        if isinstance(kind, Scalar):
            if isinstance(literal := self.scope.literal(node), int) and not isinstance(node, gast.Name):
                return tree.constant(float(literal))
            return tree.call(self.program.builtin(float), node)
        if isinstance(kind, Sequence):
            items = self.real_items(node, kind)
            if items is not None:
                return items
        raise refuse(
            node,
            self.program.source,
            "what is differentiated here holds integers, which count as real",
            "convert them before: 1.0 for 1, float(n) for n",
        )

    def real_items(self, node: Any, kind: Sequence) -> Any:
        """A list or tuple with its integers made real; None where it cannot be written down."""
        display = tree.list_ if kind.type is list else tree.tuple_
        if isinstance(node, (gast.List, gast.Tuple)):
            return tree.at(display([self.real(item) for item in node.elts]), node)
        if _all_integers(kind):
            item = self.program.namer.fresh("item")
            self.scope.local.add(item)
            to_float = self.program.builtin(float)
            generator = gast.comprehension(tree.target(item), node, [], 0)
            values = gast.ListComp(tree.call(to_float, tree.name(item)), [generator])
            if kind.type is list:
                return values
            return tree.call(self.program.builtin(tuple), values)
        if isinstance(node, gast.Name) and kind.items is not None:
            parts = [tree.subscript(tree.name(node.id), tree.constant(n)) for n in range(len(kind.items))]
            return tree.at(display([self.real(part) for part in parts]), node)
        return None


def _all_integers(kind: Sequence) -> bool:
    kinds: tuple[Kind, ...] = (kind.item,) if kind.items is None else kind.items
    return all(isinstance(one, Scalar) and settled(one, True) != one for one in kinds)
