"""The ordered passes, each with the reason for its place, and the two runs through them."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.filled import ANYTHING, Filling, Fillings, filled
from srcgrad.analysis.fillings import stored_kinds
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import (
    NEVER,
    UNKNOWN,
    Kind,
    given_outside,
    types_in,
    without_sites,
)
from srcgrad.analysis.name_kinds import infer
from srcgrad.analysis.places import Place
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.worklist import bound_otherwise
from srcgrad.errors import refuse
from srcgrad.loader import is_generated
from srcgrad.program import Program
from srcgrad.transforms.accept import accept, accept_callee
from srcgrad.transforms.attempted import changing_calls, check_attempts
from srcgrad.transforms.auxiliary import auxiliary, known_pairs
from srcgrad.transforms.cached_calls import cached_calls
from srcgrad.transforms.captured import captured
from srcgrad.transforms.class_values import class_values
from srcgrad.transforms.complexes import complexes
from srcgrad.transforms.comprehensions import followed_comprehensions
from srcgrad.transforms.containers import containers, methods_of
from srcgrad.transforms.copies import copies
from srcgrad.transforms.decided import decided
from srcgrad.transforms.desugar import desugar
from srcgrad.transforms.flatten import flatten
from srcgrad.transforms.function_tables import function_tables
from srcgrad.transforms.generators import generators
from srcgrad.transforms.indices import indices
from srcgrad.transforms.inlined import Read, inlined
from srcgrad.transforms.inner import inner
from srcgrad.transforms.inplace import inplace
from srcgrad.transforms.iterate import iterate
from srcgrad.transforms.jumps import jumps
from srcgrad.transforms.local_functions import local_functions
from srcgrad.transforms.managers import check_managers, managers
from srcgrad.transforms.matched import matched
from srcgrad.transforms.mutations import mutations
from srcgrad.transforms.object_checks import check_attributes
from srcgrad.transforms.objects import has_objects, objects
from srcgrad.transforms.ownership import own_updates
from srcgrad.transforms.paired_calls import PairNames
from srcgrad.transforms.placed import placed
from srcgrad.transforms.procedures import procedures
from srcgrad.transforms.pullbacks import pullbacks
from srcgrad.transforms.records import record
from srcgrad.transforms.recursions import recursions
from srcgrad.transforms.restores import restores
from srcgrad.transforms.results import results
from srcgrad.transforms.reverse import reverse
from srcgrad.transforms.run_time_calls import run_time_calls
from srcgrad.transforms.special_methods import special_methods
from srcgrad.transforms.spelled import spelled
from srcgrad.transforms.stars import Stars, known_stars, unstarred
from srcgrad.transforms.stores import shared, stores, updated
from srcgrad.transforms.sweeps import Sweeps
from srcgrad.transforms.versions import versions
from srcgrad.transforms.walrus import walrus

_MOST_FILLINGS = 12  # of one name
_DEEPEST = 12  # methods that are written out in each other
Pass = Callable[[Program], Program]
Watch = Callable[[str, Any], None]

STRUCTURE: tuple[Pass, ...] = (
    accept,  # first, so that errors point at what the user wrote
    recursions,  # before all that write inner functions out
    managers,  # before jumps, which may leave a block
    matched,  # before walrus, which may be in a guard
    walrus,  # before spelled, which moves expressions
    spelled,  # before desugar, which splits assignments
    desugar,  # before jumps, which looks at single assignments
    jumps,  # before versions, which joins names only where branches meet
    results,  # after jumps, when there is one return
    auxiliary,  # as well
    versions,  # before all that looks at kinds and activity, which belong to names
    placed,  # after versions: a derivative's name has one definition
)


def _none(function: types.FunctionType, program: Program) -> None:
    """No function is written out."""


@dataclass(frozen=True)
class Prepared:
    """A program ready for ``reverse``, with the facts that it needs."""

    program: Program
    scope: Scope
    active: frozenset[str]

    @property
    def stores(self) -> bool:
        """Whether an array that has a derivative is changed."""
        return not self.active.isdisjoint(self.program.changed)


def scope_of(program: Program, callee_kind: CalleeKind, versioned: bool = True) -> Scope:
    """The names of a program with their kinds.

    What is known of the elements of a list ends where something may exchange them, and what is not known may be an
    element of more lists: so this is done again until nothing more is found that is filled anew.
    """
    arguments = tree.parameters_of(program.function)
    local = arguments | tree.writes(program.function.body)
    classes = frozenset(kind for given in program.kinds.values() for kind in types_in(given))
    waiting = local - arguments - bound_otherwise(program.function)  # what may be known when more is stored
    refilled: dict[str, Fillings] = {}
    before: dict[str, Kind] | None = None
    while True:
        scope = Scope(program.namespace, local, refilled=refilled, sites=True, classes=classes)
        kinds = {name: given_outside(program.kinds.get(name, UNKNOWN)) for name in arguments}
        kinds |= {name: filled(kinds[name], stored) for name, stored in refilled.items() if name in kinds}
        scope.kinds.update(kinds)
        infer(program.function, scope, callee_kind, versioned, updated(program))
        if scope.kinds == before:  # which says the same about what is filled
            return _without_sites(scope)
        before = scope.kinds
        open_ = replace(scope, kinds=dict.fromkeys(waiting, NEVER) | scope.kinds)
        found = stored_kinds(program.function, open_, Inference(open_, callee_kind).kind)
        wider = {name: _bounded(refilled.get(name, frozenset()) | new) for name, new in found.items()}
        if all(refilled.get(name) == fillings for name, fillings in wider.items()):
            return _without_sites(scope)
        refilled = refilled | wider


def _without_sites(scope: Scope) -> Scope:
    """The same names, with kinds that do not tell where lists and dicts are made."""
    return replace(scope, kinds={name: without_sites(kind) for name, kind in scope.kinds.items()}, sites=False)


def _bounded(fillings: Fillings) -> Fillings:
    """The same, or anything where there are too many: the kind of a list that is put in itself has no end."""
    found: set[Filling] = set()
    for key in {one.key for one in fillings}:
        own = [one for one in fillings if one.key == key]
        if len(own) <= _MOST_FILLINGS:
            found.update(own)
        elif key is None:
            return frozenset([ANYTHING])
        else:
            found.update(Filling(one.holder, UNKNOWN, key) for one in own)
    return frozenset(found)


@dataclass(frozen=True)
class Calls:
    """How calls are seen through: those at some ``places`` are written out, with ``followed`` objects their methods.

    ``stars`` says what the arguments with stars of some calls hold, ``lists`` which lists share storage with what is
    differentiated once all operations have names.
    """

    callee_kind: CalleeKind
    read: Read = _none
    places: frozenset[Place] = frozenset()
    followed: bool = False
    stars: Mapping[Place, Stars] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()

    def spelled(self, function: types.FunctionType, program: Program) -> Program | None:
        """A callee that is written out for the functions that it is given, defines or is called with stars."""
        return self._made(function, program, _spelled)

    def body(self, function: types.FunctionType, program: Program) -> Program | None:
        """A callee that is written out where it is called: one return, its last statement."""
        return self._made(function, program, self._callee_body)

    def _callee_body(self, callee: Program) -> Program:
        made = function_tables(generators(_plain(accept(callee)), self.spelled))
        return jumps(desugar(captured(local_functions(made, self.spelled))))

    def _made(self, function: types.FunctionType, program: Program, passes: Pass) -> Program | None:
        callee = self.read(function, program)
        try:
            return None if callee is None else passes(callee)
        except SyntaxError:  # which is said where it is called
            return None


def _spelled(callee: Program) -> Program:
    """A callee after the first passes, up to the one that writes out functions that are values."""
    return _plain(accept_callee(callee))


def _plain(program: Program) -> Program:
    """A callee that has been accepted, with the statements that the other passes know."""
    return spelled(walrus(matched(managers(recursions(program)))))


def spelled_out(callee: Program, calls: Calls) -> Program:
    """A callee after the first passes, with the functions written out that are values of it."""
    made = generators(_spelled(callee), calls.spelled)
    return captured(local_functions(function_tables(made), calls.spelled))


def structured(program: Program, watch: Watch, calls: Calls) -> Program:
    """Run the passes that need no facts, or few, with the callees written out that are called at some places."""
    for step in STRUCTURE:
        program = step(program)
        watch(step.__name__, program.function)
        if step is spelled:  # before desugar, as callees are written out that are not desugared yet
            program = generators(unstarred(program, calls.stars), calls.spelled)
            program = captured(local_functions(function_tables(program), calls.spelled))
            watch("local_functions", program.function)
        if step is desugar:
            made = _seen_through(program, calls)
            if made is not program:
                watch("inlined", made.function)
            program = made
    return program


def _seen_through(program: Program, calls: Calls) -> Program:
    """Write callees out, before jumps: what a callee decides is decided here."""
    for _ in range(_DEEPEST):  # methods of methods
        before = program
        if calls.followed:
            scope = scope_of(program, calls.callee_kind, versioned=False)
            made = special_methods(program, scope, calls.callee_kind)
            program, scope = _rescoped(made, program, scope, calls.callee_kind, versioned=False)
            program, inits = objects(program, scope, calls.callee_kind, is_last=False)
            calls = replace(calls, places=calls.places | inits)
        program = inlined(program, calls.places, calls.body)
        made = local_functions(program, calls.spelled)
        program = program if made is program else desugar(made)  # what was written out is not desugared yet
        if not calls.followed or tree.equal(before.function, program.function):
            break
    return program


def followed(program: Program, watch: Watch, calls: Calls) -> tuple[Program, Scope, Calls]:
    """Run the first passes, with methods as functions where a function has to do with objects."""
    made = structured(program, watch, calls)
    scope = scope_of(made, calls.callee_kind)
    while (kept := decided(made, scope)) is not made:  # what is left may decide more
        made, scope = _rescoped(kept, made, scope, calls.callee_kind)
    if not has_objects(made, scope, calls.callee_kind):
        return made, scope, calls
    if not calls.followed:
        return followed(program, watch, replace(calls, followed=True))
    by_name = special_methods(made, scope, calls.callee_kind)
    made, scope = _rescoped(by_name, made, scope, calls.callee_kind)
    made, inits = objects(made, scope, calls.callee_kind)
    made = class_values(made, scope_of(made, calls.callee_kind), calls.callee_kind)
    watch("objects", made.function)
    return made, scope_of(made, calls.callee_kind), replace(calls, places=calls.places | inits)


def _with_stores(program: Program, watch: Watch, calls: Calls) -> tuple[Program, Scope, Calls]:
    """Run the passes after which all that changes is changed by stores, but for some calls, which are returned."""
    program, scope, calls = followed(program, watch, calls)
    callee_kind = calls.callee_kind
    if not (stars := known_stars(program, scope, callee_kind)).keys() <= calls.stars.keys():
        return program, scope, replace(calls, stars={**calls.stars, **stars})
    loops = followed_comprehensions(program, scope, callee_kind) | changing_calls(program, scope)
    if not loops <= calls.places:
        return program, scope, replace(calls, places=calls.places | loops)
    made = copies(program, scope, callee_kind)
    program, scope = _rescoped(made, program, scope, callee_kind)
    made = run_time_calls(program, scope)
    program, scope = _rescoped(made, program, scope, callee_kind)
    check_attempts(program, scope)
    check_attributes(program, scope, callee_kind)
    made = inplace(program, scope, callee_kind)
    program, scope = _rescoped(made, program, scope, callee_kind)
    made = containers(program, scope, callee_kind, calls.lists)
    program, scope = _rescoped(made, program, scope, callee_kind)
    made, rest = procedures(program, scope, callee_kind)
    program, scope = _rescoped(made, program, scope, callee_kind)
    return program, scope, replace(calls, places=calls.places | rest)


def _rescoped(
    made: Program, program: Program, scope: Scope, callee_kind: CalleeKind, versioned: bool = True
) -> tuple[Program, Scope]:
    """What a pass has made of a program, with its names: the same ones if that is the same program."""
    return (program, scope) if made is program else (made, scope_of(made, callee_kind, versioned))


def prepared(
    program: Program,
    callee_kind: CalleeKind,
    user: frozenset[str],
    watch: Watch,
    read: Read = _none,
    lists: frozenset[str] = frozenset(),
) -> Prepared:
    """Run all passes up to single operations on names; ``lists`` are followed in any case."""
    calls = Calls(callee_kind, read, lists=lists)
    given = program
    seen: list[tuple[str, Any]] = []  # what a run shows that is the last one
    while True:
        seen.clear()
        program, scope, found = _with_stores(given, lambda *stage: seen.append(stage), calls)
        if (found.places, found.stars) == (calls.places, calls.stars):
            break
        calls = found
    for name, function in seen:
        watch(name, function)
    check_managers(program, scope)
    made = stores(program, scope)  # before iterate, which asks what is changed in place
    program, scope = _rescoped(made, program, scope, callee_kind)
    if not is_generated(program.source.file):  # a derivative adds in place only to storage of its own
        program = own_updates(program, scope)  # after stores, which leaves in place what NumPy tests itself
    # loops over differentiated sequences become loops over indices: needs kinds and activity
    program = iterate(program, scope, callee_kind)
    watch("iterate", program.function)
    scope = scope_of(program, callee_kind)
    program = known_pairs(program, scope)
    made = pullbacks(program, scope, callee_kind)  # before mutations, to which a pullback may do anything
    program, scope = _rescoped(made, program, scope, callee_kind)
    made = cached_calls(program, scope)
    program, scope = _rescoped(made, program, scope, callee_kind)
    program = mutations(program, scope)
    program = indices(program, scope, callee_kind)
    program = complexes(program, scope)
    program = inner(program, scope, callee_kind)
    watch("inner", program.function)
    program = flatten(program, scope_of(program, callee_kind), callee_kind)
    watch("flatten", program.function)
    scope = scope_of(program, callee_kind)
    program = shared(program, scope)  # after flatten, which gives names to views
    active = activity(program, scope).active
    left = methods_of(program, scope, program.shadows & active)
    if left.keys() - lists:
        return prepared(given, callee_kind, user, watch, read, lists | left.keys())
    for name, call in left.items():
        reason = f"'{name}' may share storage with what is differentiated, and lies outside of the function"
        raise refuse(call, program.source, reason, "make a copy of what is put together: x.copy()")
    return Prepared(program, scope, active)


def reversed_sweeps(ready: Prepared, pair_names: PairNames, exact_seed: bool, watch: Watch) -> Sweeps:
    """Write both sweeps and record what the loops overwrite."""
    sweeps = reverse(ready.program, ready.scope, ready.active, pair_names, exact_seed)
    watch("reverse", _shown(ready, sweeps))
    sweeps = restores(ready.program, ready.scope, sweeps)
    sweeps = record(ready.program, ready.scope, sweeps)
    watch("records", _shown(ready, sweeps))
    return sweeps


def _shown(ready: Prepared, sweeps: Sweeps) -> Any:
    """Both sweeps as one function, as they are now."""
    forward, reverse_part = tree.copy(sweeps.root.forward), tree.copy(sweeps.root.reverse)
    gradients = tree.tuple_([tree.name(bar) for bar in sweeps.bars.values()])
    end = tree.return_(gradients if len(gradients.elts) != 1 else gradients.elts[0])
    body = [tree.Comment("forward sweep"), *forward, tree.Comment("reverse sweep"), *reverse_part, end]
    return tree.shallow(ready.program.function, body=body)
