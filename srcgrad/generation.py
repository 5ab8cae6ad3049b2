"""Generate a whole derivative: the function that was asked for and a pair for each function that it calls."""

from __future__ import annotations

import builtins
import types
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import gast

from srcgrad import modes, tree
from srcgrad.analysis import kinds as kinds_module
from srcgrad.analysis.calls import place_of
from srcgrad.analysis.complexes import mentions_complex, takes_complex
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import NEVER, UNKNOWN, Kind, Known, join
from srcgrad.analysis.operations import UserCall
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.assembly import Lines, decorated, function_of, with_seed
from srcgrad.conflicts import check_conflicts
from srcgrad.errors import DifferentiationError, refuse
from srcgrad.guards import Guard, is_ours, is_trusted
from srcgrad.loader import is_generated
from srcgrad.local_imports import hoisted_imports
from srcgrad.names import Namer
from srcgrad.pairs import PairMaker
from srcgrad.pipeline import Prepared, finished, prepared, reversed_sweeps, scope_of, structured
from srcgrad.program import Externals, Program
from srcgrad.signatures import Kinds, bound_kinds, literal_defaults
from srcgrad.source import Source, read
from srcgrad.transforms.additions import additions
from srcgrad.transforms.auxiliary import in_callee
from srcgrad.transforms.sweeps import Sweeps
from srcgrad.transforms.tidy import comment_reversal

Form = Literal["grad", "value_and_grad", "vjp"]
_LIMIT = 6  # pairs for different kinds of one callee: beyond that the kinds are left unknown
_ROUNDS = 4


@dataclass(frozen=True)
class _Pair:
    """What a pair is made for."""

    function: types.FunctionType
    pattern: tuple[str, ...]
    kinds: Kinds
    blocks: tuple[Any, ...] = ()


@dataclass
class Generated:
    """The functions of a derivative, the objects they use, the text after each pass, and what must stay as it is.

    ``complex`` says whether it is right for complex numbers where kinds are not known.
    """

    functions: list[Any]
    main: tuple[str, ...]
    objects: dict[str, Any]
    stages: list[tuple[str, Any]]
    guards: list[Guard]
    complex: bool = False


@dataclass
class Generator:
    """Generates one derivative."""

    externals: Externals = field(default_factory=Externals)
    functions: list[Any] = field(default_factory=list)
    stages: list[tuple[str, Any]] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    pairs: dict[_Pair, tuple[str, str]] = field(default_factory=dict)
    waiting: list[_Pair] = field(default_factory=list)
    results: dict[tuple[types.FunctionType, Kinds], Kind] = field(default_factory=dict)
    sources: dict[int, Source] = field(default_factory=dict)
    prepared: list[Program] = field(default_factory=list)
    variables: dict[tuple[int, str], str] = field(default_factory=dict)
    places: dict[_Pair, tuple[Any, Source]] = field(default_factory=dict)
    repeatable: bool = False

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
        if form != "vjp":
            program = replace(program, result="complex" if holomorphic else "real")
        self.repeatable = form == "vjp"
        main: tuple[str, ...]
        if form == "vjp":
            main = (self.unique(f"{program.function.name}_fwd"), self.unique(f"{program.function.name}_bwd"))
            made = self.pair_functions(program, main, guard=True)
        else:
            main = (self.unique(f"{program.function.name}_grad"),)
            made = [self.combined(program, main[0], form == "value_and_grad")]
        made = decorated(made, blocks, self.externals)
        while self.waiting:
            pair = self.waiting.pop(0)
            try:
                self.functions.extend(self.pair(pair))
            except DifferentiationError as error:
                raise (in_callee(error, self.source(pair.function).tree) if has_aux else error) from None
        check_conflicts(self.prepared, self.variables)
        return Generated(
            [*self.functions, *made], main, self.externals.objects, self.stages, self.guards, self.externals.complex
        )

    def pair(self, pair: _Pair) -> list[Any]:
        """The two functions of a callee; what is wrong in code that was generated is wrong with the user's call."""
        try:
            callee = self.program(self.source(pair.function), pair.pattern, dict(pair.kinds), False)
            made = self.pair_functions(callee, self.pairs[pair], guard=False)
            return decorated(made, pair.blocks, self.externals)
        except DifferentiationError as error:
            if not is_generated(error.filename or ""):
                raise
            reason = f"the derivative that is taken here cannot be differentiated again: {error.reason}"
            raise refuse(*self.places[pair], reason, "write this derivative out by hand") from None

    # --- programs

    def source(self, function: types.FunctionType) -> Source:
        """The source of a callee, read once."""
        if id(function) not in self.sources:
            self.sources[id(function)] = read(modes.unwrapped(function)[0])
        return self.sources[id(function)]

    def unique(self, wish: str) -> str:
        """A global name for a generated function."""
        return self.externals.name_of(object(), wish.strip("_") if wish.startswith("__") else wish)

    def program(self, source: Source, wrt: tuple[str, ...], kinds: Mapping[str, Kind], has_aux: bool) -> Program:
        """A function with its globals under names that mean one thing in the whole derivative."""
        function, imported, guards = hoisted_imports(tree.copy(source.tree), source)
        self.guards.extend(guards)
        namespace = ChainMap(dict(imported), source.namespace)  # type: ignore[arg-type]
        replaced: dict[str, Any] = {}
        own = tree.identifiers(function.args) | tree.writes(function.body)
        for name in sorted(tree.reads(function.body) - own):  # annotations and defaults are not looked up again
            if name not in namespace:
                continue
            value = namespace[name]
            self.guards.append((source.namespace, name, value))
            self.variables[source.variable(name)] = name
            if name in vars(builtins) and vars(builtins)[name] is value:
                continue
            known = self.externals.name_of(value, name) if name in self.externals.used else None
            if known is None and self.externals.objects.get(name, value) is value:
                self.externals.objects[name] = value
            elif (known := known or self.externals.name_of(value, name)) != name:
                replaced[name] = tree.name(known)
        for guard in _attributes_read(function, Scope(namespace, own)):
            self.guards.append(guard)
            self.variables[place_of(guard[0], guard[1])] = guard[1]
        function.body = tree.substitute(function.body, replaced) if replaced else function.body
        users = is_generated(source.file) or not is_ours(source.function)
        found = users and mentions_complex(function, Scope(namespace, own))
        self.externals.complex = self.externals.complex or found or takes_complex(kinds)
        if is_generated(source.file):
            function = additions(function, namespace, self.externals)
        self.avoid_clashes(function)
        literal_defaults(function, source, self.externals)
        local = tree.identifiers(function)
        self.externals.used |= (tree.identifiers(function.args) | tree.writes(function.body)) - set(
            self.externals.objects
        )
        return Program(
            function,
            ChainMap(self.externals.objects, *namespace.maps),
            source,
            wrt,
            dict(kinds),
            Namer(local, self.externals.used, self.externals.objects),
            externals=self.externals,
            has_aux=has_aux,
            user=frozenset(local),
            bound=frozenset(tree.identifiers(function.args) | tree.writes(function.body)),
        )

    def avoid_clashes(self, function: Any) -> None:
        """Rename what a callee binds under the name of a global of the derivative."""
        own = tree.writes(function.body) - tree.identifiers(function.args)
        for name in sorted(own & set(self.externals.objects)):
            fresh = Namer(tree.identifiers(function) | set(self.externals.objects)).fresh(f"{name}_")
            for node in tree.walk(function.body):
                if isinstance(node, gast.Name) and node.id == name:
                    node.id = fresh

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
        key = (function, kinds)
        if key in self.results:
            return self.results[key]
        self.results[key] = NEVER
        for _ in range(_ROUNDS):
            found = self.result_kind(source, dict(kinds))
            if found == self.results[key]:
                break
            self.results[key] = found
        else:
            self.results[key] = UNKNOWN
        if self.results[key] == NEVER:
            self.results[key] = UNKNOWN
        return self.results[key]

    def result_kind(self, source: Source, kinds: dict[str, Kind]) -> Kind:
        """The kind of what a function returns, as far as its recursive calls are known."""
        try:
            program = structured(self.program(source, (), kinds, False), _unwatched)
        except SyntaxError:
            return UNKNOWN
        scope = scope_of(program, self.callee_kind)
        self.guards.extend(_attributes_read(program.function, scope))
        value = program.function.body[-1].value
        known = {name: scope.kinds.get(name, NEVER) for name in scope.local}
        return (
            UNKNOWN
            if value is None
            else join(Inference(Scope(scope.namespace, scope.local, known), self.callee_kind).kind(value))
        )

    # --- functions

    def prepare(self, program: Program, exact_seed: bool = False) -> tuple[Prepared, Sweeps, frozenset[str]]:
        """Both sweeps of a program, the facts about it, and the names that the user wrote."""
        user = frozenset(tree.identifiers(program.function))
        ready = prepared(program, self.callee_kind, user, self.watch)
        self.prepared.append(ready.program)
        self.guards.extend(_attributes_read(ready.program.function, ready.scope))
        returned = ready.program.function.body[-1].value
        kind = Inference(ready.scope, self.callee_kind).kind(returned)
        if isinstance(kind, (Known, kinds_module.Mapping)):
            what = "nothing" if kind == Known(None) else "nothing that is a number or an array"
            raise refuse(
                program.source.tree,
                program.source,
                f"{program.function.name} returns {what}, so there is nothing to differentiate",
                "return the value that you want differentiated",
            )
        names = lambda call, pattern: self.pair_names(ready, call, pattern)  # noqa: E731
        return ready, reversed_sweeps(ready, names, exact_seed, self.watch), user

    def watch(self, name: str, function: Any) -> None:
        """Keep the text after a pass (of the function that was asked for)."""
        if not self.pairs or not any(stage == "renumber" for stage, _ in self.stages):
            self.stages.append((name, tree.shallow(function)))

    def combined(self, program: Program, name: str, with_value: bool) -> Any:
        """One function with both sweeps."""
        ready, sweeps, user = self.prepare(program)
        gradients = [tree.name(sweeps.bars[w]) for w in program.wrt]
        result = gradients[0] if len(gradients) == 1 else tree.tuple_(gradients)
        before: list[Any] = [tree.expression(sweeps.result)]  # for what it does, if it does something
        if with_value or program.has_aux:
            held = ready.program.namer.temporary("value")
            before = [tree.assign(held, sweeps.result)]
            auxiliary = tree.subscript(tree.name(held), tree.constant(1))
            result = tree.tuple_([tree.name(held) if with_value else result, result if with_value else auxiliary])
        comments = [tree.Comment("forward sweep"), tree.Comment("reverse sweep")]
        reverse = sweeps.root.reverse
        body = [comments[0], *sweeps.root.forward, *before, comments[1], *reverse, tree.return_(result)]
        arguments = with_seed(program.function.args, sweeps)
        function = function_of(program, name, arguments, body)
        return self.commented(finished(function, ready, user, self.watch), program)

    def commented(self, function: Any, program: Program) -> Any:
        """The function with the user's statements as comments in the reverse sweep."""
        start = next((n for n, s in enumerate(function.body) if getattr(s, "text", "") == "reverse sweep"), -1) + 1
        reverse = comment_reversal(function.body[start:], Lines(program.source).describe)
        function.body = function.body[:start] + reverse
        if start == 2:  # no forward sweep is left
            function.body = function.body[1:]
        return function

    def pair_functions(self, program: Program, names: tuple[str, ...], guard: bool) -> list[Any]:
        """A function for each sweep; what the caller of ``vjp`` could change in between is copied."""
        ready, sweeps, user = self.prepare(program, exact_seed=not guard)
        maker = PairMaker(ready, sweeps, self.repeatable)
        forward, backward = maker.functions(names, guard)
        made = finished(backward, ready, user, self.watch)
        return [finished(forward, ready, user, self.watch), self.commented(made, program)]

    def place(self, node: Any, program: Program) -> tuple[Any, Source]:
        """Where errors about a call point: at itself, or where the user calls what it was generated for."""
        caller = next((p for p in self.pairs if self.sources.get(id(p.function)) is program.source), None)
        if caller is not None and is_generated(program.source.file):
            return self.places[caller]
        return node, program.source

    def pair_names(self, ready: Prepared, call: UserCall, pattern: tuple[str, ...]) -> tuple[str, str]:
        """The names of a callee's pair for the arguments of a call; the pair is generated later, once."""
        infer = Inference(ready.scope, self.callee_kind)
        source = self.source(call.function)
        keywords = {k.arg: infer.kind(k.value) for k in call.node.keywords}
        kinds = bound_kinds(source, [infer.kind(a) for a in call.node.args], keywords)
        if kinds is None:
            raise refuse(
                call.node,
                ready.program.source,
                f"the arguments do not fit the signature of '{call.function.__name__}'",
            )
        same = [p for p in self.pairs if p.function is call.function and p.pattern == pattern]
        if len(same) >= _LIMIT:
            kinds = tuple((name, UNKNOWN) for name, _ in kinds)
        pair = _Pair(call.function, pattern, kinds, call.blocks)
        if pair not in self.pairs:
            stem = source.tree.name
            self.pairs[pair] = (self.unique(f"{stem}_fwd"), self.unique(f"{stem}_bwd"))
            self.waiting.append(pair)
            self.places[pair] = self.place(call.node, ready.program)
        return self.pairs[pair]


def _attributes_read(function: Any, scope: Scope) -> Iterator[Guard]:
    """The attributes of modules and classes that a function reads, but for those of numerical packages."""
    for node in tree.walk(function.body):
        if isinstance(node, gast.Attribute):
            owner, value = scope.resolve(node.value), scope.resolve(node)
            if value is not MISSING and not is_trusted(owner):
                yield owner, node.attr, value


def _unwatched(name: str, function: Any) -> None:
    return None
