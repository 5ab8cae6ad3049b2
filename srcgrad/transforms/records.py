"""Record what the reverse sweep reads and the loops overwrite.

For each value of a loop's body that the reversed body reads there is one of three ways.  It is computed again, if
that is cheap and what it is made of is at hand.  It is the value that the loop carries, before that is put back.
Or it is pushed on the loop's stack, with all else that the same block pushes, once a turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.effects import all_scalar, is_cheap, is_pure
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array
from srcgrad.analysis.liveness import Liveness
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program
from srcgrad.transforms.changes import Changes
from srcgrad.transforms.sweeps import Section, Sweeps

_LARGEST_RECOMPUTED = 60  # nodes: beyond that an expression is not cheap


def record(program: Program, scope: Scope, sweeps: Sweeps) -> Sweeps:
    """Insert pushes into the forward sweep, pops and recomputations into the reverse sweep."""
    worker = _Records(program, scope, sweeps)
    for section in _innermost_first(sweeps.root):
        if section.in_loop:
            worker.section(section)
        if section.loop is not None:
            _without_count(section)
    return replace(sweeps, stacks=tuple(worker.stacks))


def _innermost_first(section: Section) -> list[Section]:
    found: list[Section] = []
    for inner in section.inner:
        found.extend(_innermost_first(inner))
    return [*found, section]


@dataclass(frozen=True)
class _Definition:
    """Where a value of a block is defined, and its expression if it is a plain assignment."""

    index: int
    value: Any


class _Records:
    def __init__(self, program: Program, scope: Scope, sweeps: Sweeps) -> None:
        self.changes = Changes(program, scope, sweeps)
        self.shadow_bars = sweeps.shadow_bars
        self.program = program
        self.scope = scope
        self.liveness = Liveness()
        self.stacks: list[str] = []
        self.free = set(tree.parameters_of(program.function))

    def section(self, section: Section) -> None:
        """Make every value that the reversed block reads available there."""
        defined = _definitions(section.forward, section.heads)
        first = self.first_uses(section)
        needed = [name for name in defined if name in first]
        heads = {h for h in section.heads if h in first}
        again = self.recomputed(needed, defined, section, first)
        kept = [name for name in needed if name not in again]
        self.spread_uses(first, again, kept, defined)
        heads |= {h for h in section.heads if h in first}
        stored = tree.writes(section.reverse)  # an inner loop gives these further values of their own
        aliases = {n: h for h, n in section.heads.items() if h in heads and n in kept and n not in stored}
        kept = [name for name in kept if name not in aliases]
        self.insert(section, first, again, kept + sorted(heads), aliases, defined)

    def first_uses(self, section: Section) -> dict[str, int]:
        """For each name the first statement of the reversed block that needs its value."""
        found: dict[str, int] = {}
        killed: set[str] = set()
        for index, statement in enumerate(section.reverse):
            summary = self.liveness.statement(statement)
            for name in sorted(summary.uses - killed):
                found.setdefault(name, index)
            killed |= summary.kills
        return found

    # --- recompute or record

    def recomputed(
        self, needed: list[str], defined: dict[str, _Definition], section: Section, first: dict[str, int]
    ) -> set[str]:
        """The values that are computed again rather than pushed."""

        def leaves(name: str, kept: frozenset[str]) -> set[str] | None:
            return self.leaves(name, defined, section, kept, first[name])

        chosen = {name for name in needed if leaves(name, frozenset()) is not None}
        kept = {name for name in needed if name not in chosen}
        for name in needed:
            if name in kept and leaves(name, frozenset(kept - {name})) is not None:
                chosen.add(name)
                kept.discard(name)
        return chosen

    def leaves(
        self, name: str, defined: dict[str, _Definition], section: Section, kept: frozenset[str], use: int
    ) -> set[str] | None:
        """The names from which a value can be computed again for a reversed statement, None if it is not worth it."""
        found: set[str] = set()
        size, pending, seen = 0, [name], {name}
        while pending:
            wanted = pending.pop()
            definition = defined.get(wanted)
            if definition is not None and wanted in self.program.changed and not self.changes.is_view(definition.value):
                return None  # new storage, of other content by now
            if wanted in self.shadow_bars and self.is_new_list(getattr(definition, "value", None)):
                return None  # what is added to it has to be found in it
            if definition is None or definition.value is None or not self.may_repeat(definition.value):
                return None
            if not self.changes.is_same(definition.value, section, definition.index, use):
                return None
            size += sum(1 for _ in tree.walk(definition.value))
            if size > _LARGEST_RECOMPUTED:
                return None
            for read in tree.reads(definition.value):
                if read in kept or read not in defined:
                    found.add(read)
                elif read not in seen:
                    seen.add(read)
                    pending.append(read)
        return found

    def is_new_list(self, value: Any) -> bool:
        """Whether a value is a slice of a list."""
        if not isinstance(value, gast.Subscript) or not isinstance(value.slice, gast.Slice):
            return False
        return not isinstance(Inference(self.scope).kind(value.value), Array)

    def may_repeat(self, value: Any) -> bool:
        if not self.program.unstable.isdisjoint(tree.reads(value)):
            return False
        return is_pure(value, self.scope) and is_cheap(value, self.scope, all_scalar(value, self.scope))

    def spread_uses(
        self, first: dict[str, int], again: set[str], kept: list[str], defined: dict[str, _Definition]
    ) -> None:
        """What a recomputation reads is needed where the recomputed value is."""
        pending = sorted(again, key=lambda n: (-defined[n].index, n))
        while pending:
            name = pending.pop(0)
            for read in tree.reads(defined[name].value):
                if first.get(read, first[name] + 1) > first[name]:
                    first[read] = first[name]
                    if read in defined and read not in kept:
                        again.add(read)
                        pending.append(read)

    # --- statements

    def insert(
        self,
        section: Section,
        first: dict[str, int],
        again: set[str],
        pushed: list[str],
        aliases: dict[str, str],
        defined: dict[str, _Definition],
    ) -> None:
        made: list[tuple[int, int, int, Any]] = []
        like = section.loop
        pop_at = min((first[name] for name in pushed), default=0)
        second = {name: self.second(name) for name in [*sorted(aliases), *sorted(again)]}
        renamed = {name: tree.name(other) for name, other in second.items()}
        for name, head in sorted(aliases.items()):
            made.append((min(first[name], pop_at), 0, 0, tree.assign(second[name], tree.name(head), like)))
        if pushed:
            pop = self.push(section, pushed, defined)
            if aliases or not _runs_over_stack(section, pop, set(first), self.program.builtin(reversed)):
                made.append((pop_at, 1, 0, pop))
        for name in sorted(again):
            definition = defined[name]
            value = tree.substitute(definition.value, renamed)
            copy = tree.assign(second[name], value, section.forward[definition.index])
            made.append((first[name], 2, definition.index, copy))
        section.reverse[:] = tree.substitute(section.reverse, renamed)
        for index, _, _, statement in sorted(made, key=lambda item: item[:3], reverse=True):
            section.reverse.insert(index, statement)

    def second(self, name: str) -> str:
        """The name under which the reverse sweep has a value that it computes again."""
        made = self.program.namer.version(name)
        self.scope.local.add(made)
        self.scope.kinds[made] = self.scope.kinds.get(name, UNKNOWN)
        return made

    def push(self, section: Section, names: list[str], defined: dict[str, _Definition]) -> Any:
        """Push names in the forward block, make the stack before the outermost loop, and return the pop."""
        names = sorted(names, key=lambda n: (defined[n].index if n in defined else -1, n))
        label = "_".join(dict.fromkeys(self.program.namer.base(n) for n in names)) if len(names) < 3 else "loop"
        stack = self.program.namer.fresh(f"{label}_stack")
        self.stacks.append(stack)
        values = [tree.name(n) for n in names]
        value = values[0] if len(values) == 1 else tree.tuple_(values)
        after = max((defined[n].index + 1 for n in names if n in defined), default=0)
        push = tree.expression(tree.call(tree.attribute(stack, "append"), value))
        section.forward.insert(after, push)
        top = section
        while top.parent is not None and top.parent.in_loop:
            top = top.parent
        assert top.parent is not None
        block, place = next(at for at in _places(top.parent.forward) if at[0][at[1]] is _loop_of(section))
        block.insert(place, tree.assign(stack, tree.list_([]), section.loop))
        targets = [tree.target(n) for n in names]
        left = targets[0] if len(targets) == 1 else tree.tuple_(targets, store=True)
        return tree.assign(left, tree.call(tree.attribute(stack, "pop")), section.loop)


def _reversed_loop(section: Section) -> Any:
    """The loop of the reverse sweep whose body reverses a section, or None where there is nothing to reverse."""
    assert section.parent is not None
    found = (block[place] for block, place in _places(section.parent.reverse))
    return next((s for s in found if getattr(s, "body", None) is section.reverse), None)


def _places(block: list[Any]) -> Iterator[tuple[list[Any], int]]:
    """The places of the statements of a section, those in blocks with a manager, which are no sections, included."""
    for place, statement in enumerate(block):
        yield block, place
        if isinstance(statement, gast.With):
            yield from _places(statement.body)


def _without_count(section: Section) -> None:
    """Run over the elements alone where ``enumerate`` was reversed and nobody reads the count."""
    loop = _reversed_loop(section)
    counted = isinstance(section.loop, gast.For) and tree.is_call_of(section.loop.iter, "enumerate")
    if not isinstance(loop, gast.For) or not counted or len(getattr(loop.iter, "args", [])) != 2:
        return
    if not isinstance(loop.target, gast.Tuple) or len(loop.target.elts) != 2:
        return
    count, item = loop.target.elts
    if isinstance(count, gast.Name) and count.id not in tree.reads(section.reverse):
        loop.target, loop.iter = item, loop.iter.args[1]


def _runs_over_stack(section: Section, pop: Any, needed: set[str], reverse: str) -> bool:
    """Let the reversed loop run over what the forward loop pushed, where that is one push a turn and all it needs.

    Inside another loop the stack holds the turns of all its runs, so there it is popped.
    """
    if section.loop is None or section.parent is None or section.parent.in_loop:
        return False
    loop = _reversed_loop(section)
    if isinstance(loop.target, gast.Name) and loop.target.id in needed - tree.writes(pop):
        return False
    if not isinstance(loop.target, gast.Name) and tree.writes(loop.target) & needed:
        return False
    loop.target = pop.targets[0]
    loop.iter = tree.call(reverse, pop.value.func.value)
    return True


def _loop_of(section: Section) -> Any:
    """The outermost loop around a block."""
    found = None
    at: Section | None = section
    while at is not None:
        if at.loop is not None:
            found = at.loop
        at = at.parent
    return found


def _definitions(block: list[Any], heads: dict[str, str]) -> dict[str, _Definition]:
    """The values that a block itself defines, by name; what its inner blocks define is theirs.

    A name that inner branches or an inner loop leave behind is defined where they end.
    """
    found: dict[str, _Definition] = {}
    for index, statement in enumerate(block):
        if isinstance(statement, gast.Assign):
            name = tree.single_target(statement)
            for written in sorted(tree.writes(statement)):
                if written in heads:
                    continue
                value = statement.value if name is not None and written not in found else None
                found[written] = _Definition(index, value)
        elif isinstance(statement, gast.With):
            for written, _ in _definitions(statement.body, {}).items():
                found[written] = _Definition(index, None)
        elif isinstance(statement, gast.AugAssign) and isinstance(statement.target, gast.Name):
            found.setdefault(statement.target.id, _Definition(index, None))
        elif isinstance(statement, (gast.If, gast.For, gast.While)):
            for written in sorted(tree.writes(statement.body) | tree.writes(getattr(statement, "orelse", []))):
                if written in found or isinstance(statement, gast.If):
                    found[written] = _Definition(index, None)
    return found


__all__ = ["record"]
