"""The derivative: a flattened function becomes a forward sweep and a reverse sweep.

The reverse sweep is written backwards over the statements.  It reads primal values by their names; what of that a
loop has overwritten is put right by ``records``.  Sections pair a block of the forward sweep with its reversal.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from srcgrad import contents, stacks, structures, tree
from srcgrad.analysis.extents import Extents
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Array, Scalar, Sequence
from srcgrad.analysis.operations import Apply, Copy, Display, Read, UserCall, describe
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.shapes import same_shapes
from srcgrad.program import Program
from srcgrad.transforms.adjoints import Adjoints, Contribution
from srcgrad.transforms.bars import Bars
from srcgrad.transforms.managers import reverse_inside
from srcgrad.transforms.moving import move
from srcgrad.transforms.paired_calls import PairedCalls, PairNames
from srcgrad.transforms.seeds import first_seed, seed_adjoints, settled_gradients
from srcgrad.transforms.shadows import Shadows
from srcgrad.transforms.sharing import refines
from srcgrad.transforms.sweeps import Section, Sweeps, backwards, contributed, split
from srcgrad.transforms.writes import Writes


def reverse(
    program: Program, scope: Scope, active: frozenset[str], pair_names: PairNames, exact_seed: bool = False
) -> Sweeps:
    """Write the forward and the reverse sweep of a flattened program.

    With ``exact_seed`` the seed has the structure and shape of the result already.
    """
    return _Reverse(program, scope, active, pair_names).sweeps(exact_seed)


class _Reverse:
    def __init__(self, program: Program, scope: Scope, active: frozenset[str], pair_names: PairNames) -> None:
        self.program = program
        self.scope = scope
        self.active = active
        self.out: list[Any] = []
        self.like: Any = None
        extents = Extents(program, scope)
        shapes = same_shapes(program, scope, extents)

        def like(name: str) -> str:
            return shapes.get(name, name)

        program = replace(program, shadows=program.shadows & active)
        self.bars = Bars(program, scope, self.emit, like)
        self.adjoints = Adjoints(program, scope, active, self.bars.hold, like, extents)
        self.shadows = Shadows(self.bars)
        self.writes = Writes(self.bars, self.adjoints, self.shadows)
        self.infer = Inference(scope)
        self.calls = PairedCalls(self.bars, self.adjoints, self.shadows, pair_names)

    def emit(self, statement: Any) -> None:
        self.out.append(tree.at(statement, self.like))

    def sweeps(self, exact_seed: bool) -> Sweeps:
        body = self.program.function.body
        seed = self.program.namer.fresh("y_bar")
        self.scope.local.add(seed)
        root = Section([], [])
        self.out = root.reverse
        returned = body[-1]
        self.like = returned
        seed_adjoints(self.program, self.bars, self.active, returned.value, seed, exact_seed)
        root.forward[:] = [*self.shadows.parameters(), *self.block(body[:-1], root)]
        self.shadows.sink(root)
        self.like = None
        gradients = settled_gradients(self.program, self.bars)
        pairs = frozenset(self.calls.pairs)
        one = first_seed(self.program, self.scope, returned.value)
        return Sweeps(
            root,
            returned.value,
            gradients,
            seed,
            pairs=pairs,
            has_aux=self.program.has_aux,
            one=one,
            restores=tuple(self.writes.restores),
            mirrored=tuple(self.shadows.restores),
            shadow_bars=frozenset(map(self.bars.name, self.program.shadows & self.active)),
        )

    # --- statements, last to first

    def block(self, statements: list[Any], section: Section) -> list[Any]:
        made = [self.statement(statement, section) for statement in reversed(statements)]
        return [statement for group in reversed(made) for statement in group]

    def statement(self, statement: Any, section: Section) -> list[Any]:
        self.like = statement
        if tree.stored(statement) is not None:
            return self.writes.reverse(statement)
        if isinstance(statement, gast.Assign):
            return self.shadowed(statement) if self.shadows.names else self.assignment(statement)
        if isinstance(statement, gast.If) and not any(isinstance(s, gast.Break) for s in statement.body):
            return self.branch(statement, section)
        if isinstance(statement, (gast.For, gast.While)):
            return self.loop(statement, section)
        if isinstance(statement, gast.With):
            return [self.entered(statement, section)]
        if isinstance(statement, tree.OnReverse):
            move(statement, self.bars, self.active, self.emit)
            return []
        return [statement]

    def entered(self, statement: Any, section: Section) -> Any:
        """A block with a manager; what NumPy does with errors there it does in the reverse sweep, too."""
        outer, self.out = self.out, []
        clone = tree.shallow(statement, body=self.block(statement.body, section))
        undone, self.out = self.out, outer
        self.out.extend(reverse_inside(statement, undone, self.scope))
        return clone

    def shadowed(self, statement: Any) -> list[Any]:
        """An assignment with that of the adjoints which share storage; nothing but new storage is reversed."""
        made = self.shadows.made(statement)
        if not made:
            return self.assignment(statement)
        is_new = self.shadows.is_new(statement)
        forward = [statement]
        self.shadows.give_back(statement, is_new, self.active)
        if is_new is True:
            forward = self.assignment(statement)
        elif is_new is not False:
            outer, self.out = self.out, []
            forward = self.assignment(statement)
            added, self.out = self.out, outer
            if added:
                self.emit(tree.if_(is_new, added, []))
        return [*forward, *made]

    def assignment(self, statement: Any) -> list[Any]:
        name = tree.single_target(statement)
        if name is None:
            return self.unpacked(statement)
        if name not in self.active or not self.is_active_value(statement.value):
            self.bars.kill(name)
            return [statement]
        operation = describe(statement.value, self.scope)
        if isinstance(operation, UserCall):
            return self.calls.reverse(statement, operation, [name])
        if not self.bars.is_set(name):
            return [statement]
        if isinstance(operation, Apply) and operation.rule.form == "elementwise" and name in self.bars.uniform:
            number = tree.name(self.bars.uniform[name])
            contributions = self.adjoints.of(operation, name, number, uniform=True)
            if contributions is not None:
                for item in self.matched(contributions, operation, [name]):
                    self.bars.add(item.operand, item.term)
                self.bars.kill(name)
                return [statement]
        d = self.bars.node(name)
        if isinstance(operation, Copy):
            if self.bars.is_shadow(name) and isinstance(self.bars.kind(operation.source), Scalar):
                d = tree.subscript(d, tree.tuple_([]))  # an array of no dimensions, as a number
            self.bars.add(operation.source, self.bars.matched(operation.source, d, [self.bars.kind(name)]))
        elif isinstance(operation, Read):
            if self.adjoints.is_active(operation.value):
                self.bars.add_at(operation.value.id, operation.index, d)
        elif isinstance(operation, Display):
            for place, element in zip(operation.places(), operation.elements, strict=True):
                is_shared = self.bars.is_shadow(name) and self.bars.is_shadow(getattr(element, "id", ""))
                if self.adjoints.is_active(element) and not is_shared:
                    part = tree.subscript(d, tree.copy(place))
                    self.bars.add(element.id, self.bars.matched(element.id, part, [self.bars.kind(name)]))
        elif isinstance(operation, Apply):
            is_copy = operation.primitive in (structures.detached, contents.twins, contents.shared_like)
            if is_copy and self.bars.is_shadow(name) and not isinstance(self.bars.kind(name), Array):
                d = tree.call(self.bars.helper(contents.once), d)  # one array may be there several times
            made = self.adjoints.of(operation, name, d) or []
            for item in self.in_order(self.matched(made, operation, [name]), name):
                self.bars.add(item.operand, item.term)
        self.bars.kill(name)
        return [statement]

    def matched(self, contributions: list[Contribution], operation: Apply, names: list[str]) -> list[Contribution]:
        """Contributions that are real where their operands are, though a result or another operand is complex."""
        if not self.program.externals.complex or operation.primitive in (stacks.push, stacks.pop, stacks.held):
            return contributions
        kinds = [*map(self.bars.kind, names), *map(self.infer.kind, operation.operands())]
        return [Contribution(o.operand, self.bars.matched(o.operand, o.term, kinds)) for o in contributions]

    def in_order(self, contributions: list[Contribution], name: str) -> list[Contribution]:
        """Copies of the cotangent, then additions, then new adjoints, an earlier version of the name's own last.

        So the cotangent is read for the last time where a new adjoint is made, which can then have its name.
        """
        base = self.program.namer.base

        def place(item: Contribution) -> tuple[bool, bool, bool]:
            computed = not isinstance(item.term, gast.Name)
            new = computed and not self.bars.is_set(item.operand)
            return computed, new, new and base(item.operand) == base(name)

        return sorted(contributions, key=place)

    def is_active_value(self, node: Any) -> bool:
        return not self.active.isdisjoint(tree.reads(node))

    def unpacked(self, statement: Any) -> list[Any]:
        operation = describe(statement.value, self.scope)
        names = [part.id for part in statement.targets[0].elts]
        if (
            isinstance(operation, UserCall)
            and not self.active.isdisjoint(names)
            and self.is_active_value(statement.value)
        ):
            return self.calls.reverse(statement, operation, names)
        if isinstance(operation, Apply) and not self.active.isdisjoint(names):
            d = tree.list_([self.calls.cotangent(name) for name in names])
            contributions = self.adjoints.of(operation, "", d, results=tuple(names)) or []
            for item in self.matched(contributions, operation, names):
                self.bars.add(item.operand, item.term)
            for name in names:
                self.bars.kill(name)
        return [statement]

    # --- branches

    def branch(self, statement: Any, section: Section) -> list[Any]:
        before = self.bars.snapshot()
        outer = self.out
        sides = []
        for block in (statement.body, statement.orelse):
            self.bars.restore(before)
            side = Section([], [], section)
            self.out = side.reverse
            side.forward[:] = self.block(block, side)
            section.inner.append(side)
            sides.append((side, self.bars.snapshot()))
        self.out = outer
        self.like = statement
        self.merge(sides, tree.writes(statement), [tree.raises(block) for block in (statement.body, statement.orelse)])
        body, orelse = sides[0][0], sides[1][0]
        if body.reverse or orelse.reverse:
            test = tree.copy(statement.test)
            blocks = (test, body.reverse, orelse.reverse) if body.reverse else (tree.invert(test), orelse.reverse, [])
            self.emit(tree.if_(*blocks))
        return [tree.if_(statement.test, body.forward, orelse.forward, statement)]

    def merge(self, sides: list[tuple[Section, dict[str, int]]], inside: set[str], raising: list[bool]) -> None:
        """An adjoint that one side sets is set to zero on the other; joins take the weaker owner.

        A side that raises is never reversed.
        """
        first, second = sides[0][1], sides[1][1]
        if any(raising):
            self.bars.restore({k: v for k, v in (second if raising[0] else first).items() if k not in inside})
            return
        for name in inside:
            first.pop(name, None)
            second.pop(name, None)
        outer = self.out
        for name in sorted(first.keys() ^ second.keys()):
            side, state = sides[0] if name in second else sides[1]
            self.out = side.reverse
            self.bars.restore(state)
            self.bars.set_zero(name)
            state[name] = self.bars.group[name]
        self.out = outer
        self.bars.join(first, second)

    # --- loops

    def loop(self, loop: Any, section: Section) -> list[Any]:
        main, updates, leave = split(loop, self.program.heads)
        heads = {u.targets[0].id: u.value.id for u in updates}
        carried = [h for h in heads if h in self.active and not self.bars.is_shadow(h)]
        updates = [one for update in updates for one in (update, *self.shadows.made(update))]
        mirrored = {u.targets[0].id: u.value.id for u in updates if isinstance(u.value, gast.Name)}
        inside = tree.writes(main) | (tree.writes(loop.target) if isinstance(loop, gast.For) else set())
        touched = (contributed(main, self.active) | {v for h, v in heads.items() if h in self.active}) - inside
        for head in carried:
            if not self.bars.is_set(head) and head in touched:
                self.bars.set_zero(head)
            elif self.bars.is_set(head) and isinstance(self.bars.kind(head), Sequence):
                self.bars.own(head)  # which every turn would have to copy
        for name in sorted((touched & self.active) - set(heads)):
            self.bars.own(name)
        targets = frozenset(tree.writes(loop.target)) if isinstance(loop, gast.For) else frozenset()
        state = self.bars.snapshot()
        for owned in (True, False):  # at first as if what a turn leaves shared no more than what it was given
            self.bars.restore(state)
            body = Section([], [], section, loop, mirrored, targets)
            outer, self.out = self.out, body.reverse
            body.forward[:] = self.body(main, carried, body, owned)
            self.out = outer
            if refines(self.bars.group, state):
                break
        self.bars.join(state, self.bars.group)
        section.inner.append(body)
        self.like = loop
        body.forward.extend([*updates, *leave])
        return self.reversed_loop(loop, body, bool(leave))

    def body(self, main: list[Any], carried: list[str], body: Section, owned: bool) -> list[Any]:
        """Reverse one turn: each carried adjoint moves to the value that the turn ends with."""
        live = [head for head in carried if self.bars.is_set(head)]
        before = self.bars.group.keys() - body.heads.keys()
        if not owned:
            for head in live:
                self.bars.mark_foreign(head)
        for head in reversed(live):
            if body.heads[head] in self.active:
                value, bar = body.heads[head], self.bars.node(head)
                self.bars.add(value, self.bars.matched(value, bar, [self.bars.kind(head)]))
        for head in live:
            self.bars.kill(head)
        forward = self.block(main, body)
        self.like = body.loop
        for head in [*live, *sorted(before)]:  # what a turn stores to as a whole starts anew
            if not self.bars.is_set(head):
                self.bars.set_zero(head)
        self.bars.snapshot()  # what is uniform is filled in the turn that it belongs to
        return forward

    def unread(self, name: str) -> str:
        """A name that nobody reads, ``name`` itself if the function does not."""
        base = self.program.namer.base
        taken = any(base(read) == name for read in tree.reads(self.program.function.body))
        return self.program.namer.fresh(name) if taken else name

    def reversed_loop(self, loop: Any, body: Section, leaves: bool) -> list[Any]:
        clone = tree.shallow(loop)
        clone.body = body.forward
        body.loop = clone
        if not body.reverse:
            return [clone]
        counted = leaves or isinstance(loop, gast.While)
        made = [clone]
        if counted:
            trips = self.program.namer.temporary("trips")
            self.scope.local.add(trips)
            self.scope.kinds[trips] = Scalar(int)
            made.insert(0, tree.assign(trips, tree.constant(0), loop))
            body.forward.insert(0, tree.augment(trips, "+", tree.constant(1), loop))
        if isinstance(loop, gast.While):
            target = tree.target(self.unread("_"))
            iterable = tree.call(self.program.builtin(range), tree.name(trips))
        else:
            target = tree.copy(loop.target)
            iterable = backwards(loop.iter, tree.name(trips) if counted else None, self.scope, self.program.builtin)
        self.emit(tree.for_(target, iterable, body.reverse))
        return made
