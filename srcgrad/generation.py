"""Generate a whole derivative: the function that was asked for and a pair for each function that it calls."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import gast

from srcgrad import modes, structures, tree
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import NEVER, UNKNOWN, Kind, Known, join
from srcgrad.analysis.open_kinds import waits
from srcgrad.analysis.operations import UserCall
from srcgrad.assembly import commented, decorated, function_of, with_seed
from srcgrad.conflicts import check_conflicts
from srcgrad.errors import DifferentiationError, refuse
from srcgrad.explain import Origin
from srcgrad.finishing import finished
from srcgrad.forward_functions import ForwardMaker, JacobianMaker, parts
from srcgrad.generated import Generated
from srcgrad.guards import Guard
from srcgrad.helpers import is_helper
from srcgrad.loader import is_generated
from srcgrad.named_programs import attributes_read, is_of_derivatives, named_program
from srcgrad.pairs import PairMaker
from srcgrad.pipeline import Calls, Prepared, followed, prepared, reversed_sweeps
from srcgrad.program import Externals, Program
from srcgrad.result_kinds import ResultKinds
from srcgrad.run_time_calls import is_run_time_call
from srcgrad.run_time_pairs import run_time_functions
from srcgrad.signatures import Kinds, bound_kinds, is_closed, tangent_names
from srcgrad.source import Source, from_file, read
from srcgrad.spelling import plain as plain
from srcgrad.transforms.auxiliary import in_callee
from srcgrad.transforms.batching import Unvectorised
from srcgrad.transforms.forward import Callee
from srcgrad.transforms.results import hint_of
from srcgrad.transforms.sweeps import Sweeps
from srcgrad.transforms.vectorise import vectorise

_Jacobian = Literal["jacobian", "jacobian_forward", "jacobian_reverse"]
Form = Literal["grad", "value_and_grad", "vjp", "jvp", "hvp", "elementwise_grad", "linearize", "transpose", _Jacobian]
_PARTS: dict[Form, tuple[str, ...]] = {
    "grad": ("grad",),
    "value_and_grad": ("grad",),
    "vjp": ("fwd", "bwd"),
    "jvp": ("jvp",),
    "hvp": ("hvp",),
    "elementwise_grad": ("grad",),
    "jacobian": ("jacobian",),
    "jacobian_forward": ("jacobian",),
    "jacobian_reverse": ("jacobian",),
    "transpose": ("pushforward",),
}
_FORWARD = ("jvp", "hvp", "jacobian", "jacobian_forward")
_JACOBIANS = ("jacobian", "jacobian_forward", "jacobian_reverse")
_LIMIT = 6  # pairs for different kinds of one callee: beyond that the kinds are left unknown


@dataclass(frozen=True)
class _Pair:
    """What a pair is made for."""

    function: types.FunctionType
    pattern: tuple[str, ...]
    kinds: Kinds
    blocks: tuple[Any, ...] = ()
    with_value: bool = True


@dataclass
class Generator:
    """Generates one derivative."""

    externals: Externals = field(default_factory=Externals)
    functions: list[Any] = field(default_factory=list)
    stages: list[tuple[str, Any]] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    pairs: dict[_Pair, tuple[str, ...]] = field(default_factory=dict)
    waiting: list[_Pair] = field(default_factory=list)
    results: ResultKinds = field(default_factory=ResultKinds)
    sources: dict[int, Source] = field(default_factory=dict)
    prepared: list[Program] = field(default_factory=list)
    variables: dict[tuple[int, str], str] = field(default_factory=dict)
    places: dict[_Pair, tuple[Any, Source]] = field(default_factory=dict)
    form: Form = "grad"
    origins: dict[str, Origin] = field(default_factory=dict)
    one_by_one: bool = False

    def generate(
        self,
        source: Source,
        wrt: tuple[str, ...],
        kinds: Mapping[str, Kind],
        form: Form,
        has_aux: bool,
        blocks: tuple[Any, ...] = (),
        holomorphic: bool = False,
    ) -> Generated:
        """Generate the derivative of a function, decorated by some modes, with respect to some of its parameters."""
        self.externals.complex = holomorphic
        program = self.program(source, wrt, kinds, has_aux)
        if form in ("grad", "value_and_grad", "elementwise_grad"):
            program = replace(program, result="complex" if holomorphic else "real")
        self.form = form
        stem = program.function.name.removesuffix("_bwd") if form == "transpose" else program.function.name
        main = tuple(self.unique(f"{stem}_{part}") for part in _PARTS[form])
        made = self.functions_of(program, main, guard=True)
        made = decorated(made, blocks, self.externals)
        while self.waiting:  # what is known at run time only comes last: what is changed in place is known then
            pair = next((one for one in self.waiting if not is_run_time_call(one.function)), self.waiting[0])
            self.waiting.remove(pair)
            try:
                self.functions.extend(self.pair(pair))
            except DifferentiationError as error:
                raise (in_callee(error, self.source(pair.function).tree) if has_aux else error) from None
        check_conflicts(self.prepared, self.variables, self.externals.relied)
        found = main, self.externals.objects, self.stages, self.guards, self.origins, self.externals.complex
        outside = tuple(program.outside for program in self.prepared)
        changes = any(program.changed for program in self.prepared)
        several = any(program.shadows for program in self.prepared)
        return Generated([*self.functions, *made], *found, outside, changes, several)

    def pair(self, pair: _Pair) -> list[Any]:
        """The functions of a callee; what is wrong in code that was generated is wrong with the user's call."""
        if is_run_time_call(pair.function):
            return self.at_run_time(pair)
        try:
            callee = self.program(self.source(pair.function), pair.pattern, dict(pair.kinds), False, called=True)
            made = self.functions_of(callee, self.pairs[pair], guard=False, with_value=pair.with_value)
            return decorated(made, pair.blocks, self.externals)
        except DifferentiationError as error:
            if not is_generated(error.filename or ""):
                raise
            reason = f"the derivative that is taken here cannot be differentiated again: {error.reason}"
            raise refuse(*self.places[pair], reason, "write this derivative out by hand") from None

    def at_run_time(self, pair: _Pair) -> list[Any]:
        """The functions for a call of what is known at run time only."""
        called = self.source(pair.function).tree
        if self.in_directions:
            raise Unvectorised("what is called is known at run time only")
        return run_time_functions(called, pair.pattern, self.pairs[pair], self.prepared, pair.with_value)

    # --- programs

    def source(self, function: types.FunctionType) -> Source:
        """The source of a callee, read once."""
        if id(function) not in self.sources:
            self.sources[id(function)] = read(modes.unwrapped(function)[0])
        return self.sources[id(function)]

    def unique(self, wish: str) -> str:
        """A global name for a generated function."""
        return self.externals.name_of(object(), wish.strip("_") if wish.startswith("__") else wish)

    def program(
        self, source: Source, wrt: Any, kinds: Mapping[str, Kind], has_aux: bool, called: bool = False
    ) -> Program:
        """A function with its globals under names that mean one thing in the whole derivative."""
        program, guards, variables = named_program(source, wrt, kinds, has_aux, self.externals)
        self.guards.extend(guards)
        self.variables.update(variables)
        return replace(program, called=called)

    def written_out(self, function: types.FunctionType, program: Program) -> Program | None:
        """A callee whose body is to be written where it is called, as it is; None of one that cannot be."""
        try:
            is_generator = inspect.isgeneratorfunction(function)
            source = from_file(function, is_called=False) if is_generator else self.source(function)
            return None if is_of_derivatives(source) else self.program(source, (), {}, False)
        except SyntaxError:
            return None

    # --- kinds of callees

    def callee_kind(self, function: types.FunctionType, args: list[Kind], keywords: dict[str, Kind]) -> Kind:
        """The kind of a user function's result for arguments of the given kinds."""
        try:
            source = self.source(function)
        except SyntaxError:
            return UNKNOWN
        kinds = bound_kinds(source, args, keywords)
        if kinds is None:
            return UNKNOWN
        kinds = self.results.bounded(function, kinds, _LIMIT)
        find = lambda: self.result_kind(source, dict(kinds))  # noqa: E731
        return self.results.of((function, kinds), find, is_open=any(waits(kind) for _, kind in kinds))

    def result_kind(self, source: Source, kinds: dict[str, Kind]) -> Kind:
        """The kind of what a function returns, as far as its recursive calls are known."""
        if is_helper(source.function) and any(isinstance(node, gast.NamedExpr) for node in tree.walk(source.tree)):
            return UNKNOWN  # those that ask for attributes take structures of any kind, and give them back
        try:
            program = self.program(source, (), kinds, False)
            program, scope, _ = followed(program, _unwatched, Calls(self.callee_kind, self.written_out))
        except SyntaxError:
            return UNKNOWN
        self.guards.extend(attributes_read(program.function, scope))
        value = program.function.body[-1].value
        known = {name: scope.kinds.get(name, NEVER) for name in scope.local}
        return UNKNOWN if value is None else join(Inference(replace(scope, kinds=known), self.callee_kind).kind(value))

    # --- functions

    def functions_of(self, program: Program, names: tuple[str, ...], guard: bool, with_value: bool = True) -> list[Any]:
        """The functions of a program; with ``guard`` they are called by the user, not by another derivative."""
        if guard and self.form in _JACOBIANS:
            return self.jacobian_functions(program, names)
        if self.form in _FORWARD:
            return [self.tangent_function(program, names[0], with_value and not (guard and self.form == "hvp"))]
        if guard and self.form != "vjp":
            return [self.combined(program, names[0], self.form == "value_and_grad")]
        return self.pair_functions(program, names, guard)

    def prepared_of(self, program: Program) -> tuple[Prepared, frozenset[str]]:
        """A program as single operations, the facts about it, and the names that the user wrote."""
        user = frozenset(tree.identifiers(program.function))
        ready = prepared(program, self.callee_kind, user, self.watch, self.written_out)
        self.prepared.append(ready.program)
        self.guards.extend(attributes_read(ready.program.function, ready.scope))
        returned = ready.program.function.body[-1].value
        kind = Inference(ready.scope, self.callee_kind).kind(returned)
        if isinstance(kind, Known):
            what = "nothing" if kind == Known(None) else "nothing that is a number or an array"
            raise refuse(
                program.source.tree,
                program.source,
                f"{program.function.name} returns {what}, so there is nothing to differentiate",
                hint_of(program),
            )
        return ready, user

    def prepare(self, program: Program, exact_seed: bool = False) -> tuple[Prepared, Sweeps, frozenset[str]]:
        """Both sweeps of a program, the facts about it, and the names that the user wrote."""
        ready, user = self.prepared_of(program)

        def names(call: UserCall, pattern: tuple[str, ...]) -> tuple[str, ...]:
            return self.callee(ready, call, pattern)

        return ready, reversed_sweeps(ready, names, exact_seed, self.watch), user

    def watch(self, name: str, function: Any) -> None:
        """Keep the text after a pass (of the function that was asked for)."""
        if not self.pairs or not any(stage == "renumber" for stage, _ in self.stages):
            self.stages.append((name, tree.shallow(function)))

    def combined(self, program: Program, name: str, with_value: bool) -> Any:
        """One function with both sweeps."""
        self.origins[name] = Origin(program.source)
        ready, sweeps, user = self.prepare(program, exact_seed=self.form == "transpose")
        gradients = [tree.name(sweeps.bars[w]) for w in program.wrt]
        before: list[Any] = [tree.expression(sweeps.result)]  # for what it does, if it does something
        if with_value or program.has_aux or self.form == "elementwise_grad":
            held = ready.program.namer.temporary("value")
            before = [tree.assign(held, sweeps.result)]
            value, auxiliary = parts(tree.name(held)) if program.has_aux else [tree.name(held), None]
            if self.form == "elementwise_grad":
                checking = ready.program.external(structures.elementwise, "elementwise")
                gradients = [tree.call(checking, gradient, value) for gradient in gradients]
        result = gradients[0] if len(gradients) == 1 else tree.tuple_(gradients)
        if with_value:
            result = tree.tuple_([tree.name(held), result])
        elif program.has_aux:
            result = tree.tuple_([result, auxiliary])
        comments = [tree.Comment("forward sweep"), tree.Comment("reverse sweep")]
        reverse = sweeps.root.reverse
        body = [comments[0], *sweeps.root.forward, *before, comments[1], *reverse, tree.return_(result)]
        arguments = with_seed(program.function.args, sweeps)
        function = function_of(program, name, arguments, body)
        return commented(finished(function, ready, user, self.watch), program.source)

    def pair_functions(self, program: Program, names: tuple[str, ...], guard: bool) -> list[Any]:
        """A function for each sweep; what the caller of ``vjp`` could change in between is copied."""
        for name, sweep in zip(names, ("forward sweep", "reverse sweep"), strict=True):
            self.origins[name] = Origin(program.source, sweep)
        ready, sweeps, user = self.prepare(program, exact_seed=not guard)
        repeatable = self.form == "vjp" or (self.form == "jacobian_reverse" and self.one_by_one)
        maker = PairMaker(ready, sweeps, repeatable, self.directed(ready, sweeps) if self.in_directions else None)
        forward, backward = maker.functions(names, guard)
        made = finished(backward, ready, user, self.watch)
        return [finished(forward, ready, user, self.watch), commented(made, program.source)]

    def directed(self, ready: Prepared, sweeps: Sweeps) -> Callable[[list[Any], str], list[Any]]:
        """What gives a reverse sweep all directions of its seed."""

        def directed(body: list[Any], seed: str) -> list[Any]:
            result = parts(sweeps.result)[0] if sweeps.has_aux else sweeps.result
            ready.scope.kinds[seed] = Inference(ready.scope, self.callee_kind).kind(result)
            results = tuple(sweeps.bars[name] for name in ready.program.wrt)
            return vectorise(body, ready.program, ready.scope, (seed,), results, self.made(), self.callee_kind)

        return directed

    def place(self, node: Any, program: Program) -> tuple[Any, Source]:
        """Where errors about a call point: at itself, or where the user calls what it was generated for."""
        caller = next((p for p in self.pairs if self.sources.get(id(p.function)) is program.source), None)
        if caller is not None and is_generated(program.source.file):
            return self.places[caller]
        return node, program.source

    def tangent_function(self, program: Program, name: str, with_value: bool = True) -> Any:
        """The function with its tangent."""
        self.origins[name] = Origin(program.source)
        for dot in tangent_names(program.source.tree, program.wrt):  # parameters: no version of a name may be one
            program.namer.take(dot)
        ready, user = self.prepared_of(program)

        def callee_of(call: UserCall, pattern: tuple[str, ...], is_read: bool) -> Callee:
            called = self.source(call.function).tree
            name = self.callee(ready, call, pattern, is_read)[0]
            return Callee(name, tangent_names(called, pattern), is_closed(called.args))

        maker = ForwardMaker(
            ready, user, self.watch, callee_of, self.callee_kind, self.made, self.in_directions, with_value
        )
        return maker.function(program, name)

    def made(self) -> dict[str, str]:
        """The names of the functions of callees, and what each is: ``jvp``, ``tangent``, ``fwd`` or ``bwd``."""
        return {
            name: part for pair, names in self.pairs.items() for name, part in zip(names, self.parts(pair), strict=True)
        }

    def parts(self, pair: _Pair) -> tuple[str, ...]:
        """What the functions of a callee are."""
        return _PARTS["vjp"] if self.form not in _FORWARD else ("jvp",) if pair.with_value else ("tangent",)

    @property
    def in_directions(self) -> bool:
        """Whether all directions are computed at once."""
        return self.form in _JACOBIANS and not self.one_by_one

    def jacobian_functions(self, program: Program, names: tuple[str, ...]) -> list[Any]:
        """A function of the other forms, and the one that calls it for all directions."""
        maker = JacobianMaker(program, self.one_by_one)
        if self.form in _FORWARD:
            inner = self.unique(f"{program.function.name}_jvp")
            return [self.tangent_function(program, inner), maker.by_columns(names[0], inner)]
        pair = tuple(self.unique(f"{program.function.name}_{part}") for part in _PARTS["vjp"])
        return [*self.pair_functions(program, pair, guard=False), maker.by_rows(names[0], *pair)]

    def callee(
        self, ready: Prepared, call: UserCall, pattern: tuple[str, ...], with_value: bool = True
    ) -> tuple[str, ...]:
        """The names of a callee's functions for the arguments of a call; they are generated later, once."""
        infer = Inference(ready.scope, self.callee_kind)
        source = self.source(call.function)
        keywords = {k.arg: infer.kind(k.value) for k in call.node.keywords}
        kinds = bound_kinds(source, [infer.kind(a) for a in call.node.args], keywords)
        if is_run_time_call(call.function) and source.tree.args.args[0].id in pattern:
            reason = "what is called is known at run time only, and may hold what is differentiated"
            raise refuse(call.node, ready.program.source, reason, "call a function by its name")
        if kinds is None:
            reason = f"the arguments do not fit the signature of '{call.function.__name__}'"
            raise refuse(call.node, ready.program.source, reason)
        same = [p for p in self.pairs if p.function is call.function and p.pattern == pattern]
        if len(same) >= _LIMIT or is_run_time_call(call.function):  # which sees for itself
            kinds = tuple((name, UNKNOWN) for name, _ in kinds)
        pair = _Pair(call.function, pattern, kinds, call.blocks, with_value)
        if pair not in self.pairs:
            stem = source.tree.name.strip("_") or source.tree.name  # of __call__, say
            self.pairs[pair] = tuple(self.unique(f"{stem}_{part}") for part in self.parts(pair))
            self.waiting.append(pair)
            self.places[pair] = self.place(call.node, ready.program)
        return self.pairs[pair]


def _unwatched(name: str, function: Any) -> None:
    return None
