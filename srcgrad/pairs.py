"""A pair: one function for each sweep, the first handing over what the second reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from srcgrad import structures, tree
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Known, Mapping, Scalar, Sequence, kind_of
from srcgrad.analysis.liveness import Liveness
from srcgrad.assembly import bound_on_every_path, function_of, gradients, saved_order, without_dead_code
from srcgrad.pipeline import Prepared
from srcgrad.program import Externals
from srcgrad.transforms.exits import empty_exit, return_in_branches
from srcgrad.transforms.sweeps import Sweeps


@dataclass
class PairMaker:
    """Makes the pair of one prepared program.

    Where the pair is ``repeatable``, it belongs to a ``vjp``: the reverse sweep may run several times, and long after
    the forward sweep.
    """

    ready: Prepared
    sweeps: Sweeps
    externals: Externals
    repeatable: bool

    def functions(self, names: tuple[str, ...], guard: bool) -> tuple[Any, Any]:
        """The two functions; with ``guard`` they are called by the user, not by another derivative."""
        program, scope, sweeps = self.ready.program, self.ready.scope, self.sweeps
        reverse: list[Any] = [*sweeps.root.reverse, tree.return_(gradients(sweeps, program.wrt))]
        forward = list(sweeps.root.forward)
        if self.repeatable:
            reverse, kept_globals = self.own_globals(reverse)
            forward = [*kept_globals, *forward]
        local = (scope.local | tree.writes(forward)) - {sweeps.seed}
        reverse = without_dead_code(reverse, self.ready)
        empty = None if guard else empty_exit(forward, reverse, local)
        body = reverse if empty is None else empty.others
        saved = sorted(Liveness().block(body).uses & local, key=saved_order(forward, program))
        result = sweeps.result
        if guard:
            forward, result = self.guarded(forward, result, saved)
        handed = [self.handed_over(name) for name in saved]
        single = len(saved) == 1 and empty is None  # a tuple tells that this is not the exit that hands over None
        kept = handed[0] if single else tree.tuple_(handed) if saved else tree.constant(None)
        forward.append(tree.return_(tree.tuple_([result, kept]), program.function.body[-1]))
        if not guard:
            forward = return_in_branches(forward, None if empty is None else empty.first)
        forward = bound_on_every_path(forward, saved, program)
        parameter = saved[0] if single else program.namer.fresh("saved")
        arguments = tree.parameters([parameter, sweeps.seed], [tree.constant(1.0)] if guard else [])
        body = [*self.unpacked(saved, parameter), *body]
        if empty is not None:
            body.insert(0, tree.if_(tree.is_none(parameter), empty.reversal, [], empty.branch))
        return (
            function_of(program, names[0], program.function.args, forward),
            function_of(program, names[1], arguments, body),
        )

    def unpacked(self, saved: list[str], parameter: str) -> list[Any]:
        """The reverse sweep's first statements: names again for what was handed over."""
        made = []
        if saved != [parameter]:
            left = tree.tuple_(map(tree.target, saved), store=True)
            made.append(tree.assign(left, tree.name(parameter)))
        if self.repeatable:  # what is popped is needed again
            for name in saved:
                if name in self.sweeps.stacks:
                    whole = gast.BoolOp(gast.Or(), [tree.name(name), tree.list_([])])
                    made.append(tree.assign(name, tree.call("list", whole)))
        return made

    # --- what could change between the sweeps

    def own_globals(self, reverse: list[Any]) -> tuple[list[Any], list[Any]]:
        """Read copies of mutable globals in the reverse sweep; the copies are made first of all."""
        program = self.ready.program
        own = self.ready.scope.local | tree.writes(reverse)
        renamed: dict[str, Any] = {}
        made = []
        for name in sorted(tree.reads(reverse) - own):
            kind = kind_of(program.namespace[name]) if name in program.namespace else Known(None)
            if isinstance(kind, (Array, Sequence, Mapping)):
                kept = program.namer.version(f"{name}_kept")
                self.ready.scope.local.add(kept)
                self.ready.scope.kinds[kept] = kind
                renamed[name] = tree.name(kept)
                made.append(tree.assign(kept, self.copy_of(tree.name(name), kind)))
        return tree.substitute(reverse, renamed) if renamed else reverse, made

    def handed_over(self, name: str) -> Any:
        """A saved value, copied where it may be part of an object that somebody else can change."""
        node, kind = tree.name(name), self.ready.scope.kinds.get(name, UNKNOWN)
        if not self.repeatable or isinstance(kind, (Scalar, Known)):
            return node
        aliases = Aliases(self.ready.program.function, self.ready.scope)
        foreign = self.foreign_roots()
        if name in self.sweeps.stacks:
            return self.copy_of(node, UNKNOWN) if foreign else node
        return self.copy_of(node, kind) if aliases.together(name) & foreign else node

    def foreign_roots(self) -> set[str]:
        """Names of objects that hold storage out of our sight: mutable globals and arguments of unknown kind."""
        program, scope = self.ready.program, self.ready.scope
        found = {n for n in self.parameters() if isinstance(scope.kinds.get(n, UNKNOWN), (Known, type(UNKNOWN)))}
        for name in tree.reads(program.function.body) - scope.local:
            value = program.namespace.get(name)
            if value is not None and not isinstance(kind_of(value), Scalar) and not _is_code(value):
                found.add(name)
        return found

    def parameters(self) -> list[str]:
        """The names of the function's parameters."""
        arguments = self.ready.program.function.args
        return [a.id for a in [*arguments.args, *arguments.kwonlyargs]]

    def guarded(self, forward: list[Any], result: Any, saved: list[str]) -> tuple[list[Any], Any]:
        """Copies of what the caller could change between the sweeps: arguments and the result."""
        program, scope = self.ready.program, self.ready.scope
        aliases = Aliases(program.function, scope)
        kept = {aliases.find(name) for name in saved if not isinstance(scope.kinds.get(name), Scalar)}
        stacks = any(name in self.sweeps.stacks for name in saved)
        before = []
        for name in self.parameters():
            kind = scope.kinds.get(name, UNKNOWN)
            if isinstance(kind, (Scalar, Known)) or (aliases.find(name) not in kept and not stacks):
                continue
            before.append(tree.assign(name, self.copy_of(tree.name(name), kind), program.function))
        parts = result.elts if isinstance(result, gast.Tuple) else [result]
        copied = []
        for part in parts:
            kind = Inference(scope).kind(part)
            plain = isinstance(kind, (Scalar, Known)) or isinstance(part, gast.Constant)
            shared = stacks or not kept.isdisjoint({aliases.find(n) for n in tree.reads(part)})
            copied.append(part if plain or not shared else self.copy_of(part, kind))
        return [*before, *forward], tree.tuple_(copied) if isinstance(result, gast.Tuple) else copied[0]

    def copy_of(self, node: Any, kind: Kind) -> Any:
        """A copy of an argument or a result."""
        if isinstance(kind, Array):
            return tree.call(tree.attribute(self.externals.name_of(np, "np"), "copy"), node)
        return tree.call(self.externals.name_of(structures.detached, "detached"), node)


def _is_code(value: Any) -> bool:
    """Whether a global is a module, a function or a class: nothing that holds numbers of the user's."""
    return callable(value) or hasattr(value, "__spec__")
