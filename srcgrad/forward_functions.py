"""Functions of forward mode, and those that compute Jacobians in either mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import jacobians, tree
from srcgrad.analysis.inference import CalleeKind
from srcgrad.assembly import function_of
from srcgrad.finishing import finished
from srcgrad.names import Namer
from srcgrad.pipeline import Prepared, Watch
from srcgrad.program import Program
from srcgrad.signatures import tangent_names, with_tangents
from srcgrad.transforms.forward import CalleeOf, forward
from srcgrad.transforms.vectorise import Unvectorised, vectorise


@dataclass(frozen=True)
class ForwardMaker:
    """Makes the function of one prepared program that computes its value and tangent, or the tangent only.

    With ``directions`` its tangents have all directions at once; ``made`` tells what callees' functions are.
    """

    ready: Prepared
    user: frozenset[str]
    watch: Watch
    callee_of: CalleeOf
    callee_kind: CalleeKind
    made: Callable[[], dict[str, str]]
    directions: bool = False
    with_value: bool = True

    def function(self, program: Program, name: str) -> Any:
        """The function, under a name."""
        ready, dots = self.ready, tangent_names(program.source.tree, program.wrt)
        found = forward(ready.program, ready.scope, ready.active, dots, self.callee_of, self.with_value)
        value, *auxiliary = parts(found.value) if program.has_aux else [found.value]
        body, tangent = found.body, found.tangent
        if self.directions:
            if ready.stores:
                raise Unvectorised("stores, which are followed for one direction")
            held = ready.program.namer.derived("value", "_dot")
            body = [*body, tree.assign(held, tangent)]
            body = vectorise(body, ready.program, ready.scope, dots, (held,), self.made(), self.callee_kind)
            tangent = tree.name(held)
        results = [value, tangent, *auxiliary] if self.with_value else [tangent, *auxiliary]
        last = tree.tuple_(results) if len(results) > 1 else tangent
        body = [*body, tree.return_(last, ready.program.function.body[-1])]
        function = function_of(program, name, with_tangents(program.function.args, dots), body)
        self.watch("forward", function)
        return finished(function, ready, self.user, self.watch)


def parts(pair: Any) -> list[Any]:
    """The value and the auxiliary value of a result that has both."""
    if isinstance(pair, gast.Tuple):
        return list(pair.elts)
    return [tree.subscript(tree.copy(pair), tree.constant(place)) for place in (0, 1)]


@dataclass(frozen=True)
class JacobianMaker:
    """Makes the function that calls others for all directions: at once, or, with ``one_by_one``, in turn."""

    program: Program
    one_by_one: bool

    def by_columns(self, name: str, tangent_function: str) -> Any:
        """``y, y_dot = f_jvp(x, directions(x)); return columns(y_dot, y, x)``."""
        program, fresh = self.program, self.namer().fresh
        dots = tangent_names(program.source.tree, program.wrt)
        value, tangent = fresh("value"), fresh("value_dot")
        auxiliary = [fresh("auxiliary")] if program.has_aux else []
        along = jacobians.directions_apart if self.one_by_one else jacobians.directions
        body = [tree.assign(_names(dots, store=True), self.call(along, self.arguments()))]
        if self.one_by_one:
            each = [fresh(f"{dot}_k") for dot in dots]
            loop = self.call(jacobians.each, _names(dots))
            turns = gast.comprehension(_names(each, store=True), loop, [], 0)
            results = fresh("results")
            call = self.called(tangent_function, each)
            body.append(tree.assign(results, gast.ListComp(call, [turns])))
            first = tree.subscript(tree.name(results), tree.constant(0))
            body.append(tree.assign(_names([value, "_", *auxiliary], store=True), first))
            one = fresh("result")
            picked = gast.comprehension(tree.target(one), tree.name(results), [], 0)
            tangents = gast.ListComp(tree.subscript(tree.name(one), tree.constant(1)), [picked])
            body.append(tree.assign(tangent, self.call(jacobians.joined, tangents)))
        else:
            body.append(
                tree.assign(_names([value, tangent, *auxiliary], store=True), self.called(tangent_function, dots))
            )
        made = self.call(jacobians.columns, tree.name(tangent), tree.name(value), self.arguments())
        return self.function(name, body, made, auxiliary)

    def by_rows(self, name: str, forward_function: str, backward: str) -> Any:
        """``y, saved = f_fwd(x); return rows(f_bwd(saved, directions(y)), x, y)``."""
        program, fresh = self.program, self.namer().fresh
        value, saved, seeds = fresh("value"), fresh("saved"), fresh("y_bar")
        body = [tree.assign(_names([value, saved], store=True), self.called(forward_function, ()))]
        auxiliary: list[str] = []
        if program.has_aux:
            auxiliary = [fresh("auxiliary")]
            body.append(tree.assign(_names([value, *auxiliary], store=True), tree.name(value)))
        body.append(tree.assign(seeds, self.call(jacobians.directions, tree.name(value))))
        cotangent = tree.name(seeds)
        if self.one_by_one:
            one = fresh("y_bar_k")
            turns = gast.comprehension(tree.target(one), self.call(jacobians.each, cotangent), [], 0)
            call = tree.call(backward, tree.name(saved), tree.name(one))
            gradients = self.call(jacobians.joined, gast.ListComp(call, [turns]))
        else:
            gradients = tree.call(backward, tree.name(saved), cotangent)
        made = self.call(jacobians.rows, gradients, self.arguments(), tree.name(value))
        return self.function(name, body, made, auxiliary)

    # --- parts

    def namer(self) -> Namer:
        """Makes the names of the function, which has nothing but the parameters of the primal and globals."""
        used = self.program.externals
        return Namer(tree.parameters_of(self.program.function), used.used - self.program.user, used.objects)

    def arguments(self) -> Any:
        """What is differentiated: one parameter, or a tuple."""
        return _names(self.program.wrt)

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """A call of a helper."""
        return tree.call(self.program.external(function, function.__name__), *args)

    def called(self, function: str, dots: Sequence[str]) -> Any:
        """A call with the function's own parameters, and tangents."""
        arguments = self.program.function.args
        own = [tree.name(a.id) for a in arguments.args]
        made = with_tangents(arguments, tuple(dots))
        by_name = [a.id for a in made.kwonlyargs]
        call = tree.call(function, *own, *(tree.name(dot) for dot in dots if dot not in by_name))
        wanted = dict(zip(dots, tangent_names(self.program.source.tree, self.program.wrt), strict=False))
        call.keywords = [gast.keyword(wanted.get(n, n), tree.name(n)) for n in by_name]
        return call

    def function(self, name: str, body: list[Any], made: Any, auxiliary: list[str]) -> Any:
        """The function with a Jacobian as its result, and the auxiliary value."""
        result = tree.tuple_([made, *map(tree.name, auxiliary)]) if auxiliary else made
        return function_of(self.program, name, self.program.function.args, [*body, tree.return_(result)])


def _names(names: Sequence[str], store: bool = False) -> Any:
    """One name, or a tuple of several."""
    nodes = [tree.target(n) if store else tree.name(n) for n in names]
    return nodes[0] if len(nodes) == 1 else tree.tuple_(nodes, store=store)
