"""A pair: one function for each sweep, the first handing over what the second reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import contents, tree
from srcgrad.analysis.effects import is_trivial
from srcgrad.analysis.liveness import Liveness
from srcgrad.assembly import bound_on_every_path, function_of, gradients, saved_order, without_dead_code
from srcgrad.keeping import Keeper
from srcgrad.pipeline import Prepared
from srcgrad.transforms.exits import empty_exit, return_in_branches
from srcgrad.transforms.sweeps import Sweeps
from srcgrad.transforms.vectorise import Unvectorised

_OF_ARRAYS = {"shape", "size", "ndim", "T", "dtype"}


@dataclass
class PairMaker:
    """Makes the pair of one prepared program.

    Where the pair is ``repeatable``, it belongs to a ``vjp``: the reverse sweep may run several times, and long after
    the forward sweep.  ``directed`` gives the reverse sweep all directions of its seed.
    """

    ready: Prepared
    sweeps: Sweeps
    repeatable: bool
    directed: Callable[[list[Any], str], list[Any]] | None = None

    def functions(self, names: tuple[str, ...], guard: bool) -> tuple[Any, Any]:
        """The two functions; with ``guard`` they are called by the user, not by another derivative."""
        program, scope, sweeps = self.ready.program, self.ready.scope, self.sweeps
        reverse = list(sweeps.root.reverse)
        if self.directed is not None:
            if self.ready.stores:
                raise Unvectorised("stores, which are followed for one direction")
            reverse = self.directed(reverse, sweeps.seed)
        reverse.append(tree.return_(gradients(sweeps, program.wrt)))
        forward = list(sweeps.root.forward)
        keeper = Keeper(self.ready, self.sweeps) if self.repeatable else None
        if keeper is not None:
            reverse, kept = keeper.own_outside(reverse)
            forward = [*kept, *keeper.own_arguments(forward)]
        local = (scope.local | tree.writes(forward)) - {sweeps.seed}
        reverse = without_dead_code(reverse, self.ready)
        empty = None if guard else empty_exit(forward, reverse, local, sweeps.result)
        body = reverse if empty is None else empty.others
        saved = sorted(Liveness().block(body).uses & local, key=saved_order(forward, program))
        again = self.read_again(forward, saved)
        saved = [name for name in saved if name not in again]
        body = [*again.values(), *body]
        result = sweeps.result
        if keeper is not None and guard:
            forward, result = keeper.guarded(forward, result, saved)
        handed: list[Any] = [tree.name(name) for name in saved]
        if keeper is not None:
            copying, handed = keeper.handed_over(saved, self.changes)
            forward += copying
        single = len(saved) == 1 and empty is None  # a tuple tells that this is not the exit that hands over None
        whole = handed[0] if single else tree.tuple_(handed) if saved else tree.constant(None)
        forward.append(tree.return_(tree.tuple_([result, whole]), program.function.body[-1]))
        if not guard:
            forward = return_in_branches(forward, None if empty is None else empty.first)
        forward = bound_on_every_path(forward, saved, program)
        parameter = saved[0] if single else program.namer.fresh("saved")
        arguments = tree.parameters([parameter, sweeps.seed], [tree.constant(sweeps.one)] if guard else [])
        body = [*self.unpacked(saved, parameter), *body]
        if empty is not None:
            body.insert(0, tree.if_(tree.is_same(parameter, tree.constant(None)), empty.reversal, [], empty.branch))
        return (
            function_of(program, names[0], program.function.args, forward),
            function_of(program, names[1], arguments, body),
        )

    def read_again(self, forward: list[Any], saved: list[str]) -> dict[str, Any]:
        """The saved values that are elements or attributes of other saved ones, with the statements that read them."""
        found: dict[str, Any] = {}
        for statement in forward:
            name = tree.single_target(statement)
            if (
                name not in saved
                or name in self.ready.program.changed
                or isinstance(statement.value, (gast.Name, gast.Constant))
            ):
                continue
            reads = tree.reads(statement.value)
            attributes = {n.attr for n in tree.walk(statement.value) if isinstance(n, gast.Attribute)}
            changing = self.ready.program.unstable | self.ready.program.changed
            if self.sweeps.mirrored:  # which adjoint is in which is put back
                changing |= self.sweeps.shadow_bars
            kept = bool(reads) and reads <= set(saved) and reads.isdisjoint(changing)
            if kept and is_trivial(statement.value) and attributes <= _OF_ARRAYS:
                found[str(name)] = statement
        return found

    @property
    def changes(self) -> bool:
        """Whether the reverse sweep changes what the forward sweep has made."""
        return bool(self.ready.program.shadows) or any(one.put is not None for one in self.sweeps.restores)

    def unpacked(self, saved: list[str], parameter: str) -> list[Any]:
        """The reverse sweep's first statements: names again for what was handed over."""
        made = []
        if self.repeatable and self.changes and saved:  # what is put back and added to is as it was the next time
            copying = self.ready.program.external(contents.twins, "twins")
            made.append(tree.assign(parameter, tree.call(copying, tree.name(parameter))))
        if saved != [parameter]:
            left = tree.tuple_(map(tree.target, saved), store=True)
            made.append(tree.assign(left, tree.name(parameter)))
        if self.repeatable and not self.changes:  # what is popped is needed again
            for name in saved:
                if name in self.sweeps.stacks:
                    whole = gast.BoolOp(gast.Or(), [tree.name(name), tree.list_([])])
                    made.append(tree.assign(name, tree.call(self.ready.program.builtin(list), whole)))
        return made
