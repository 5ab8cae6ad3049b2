"""What a ``vjp`` keeps: copies of all that somebody could change between its two sweeps.

The reverse sweep runs when the user calls the pullback, and as often as they like.  By then arguments, globals and what
objects hold may have changed.
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad import contents, structures, tree
from srcgrad.analysis.aliases import HIDDEN
from srcgrad.analysis.binding import default_values
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import UNKNOWN, Array, Instance, Kind, Known, Mapping, Scalar, Sequence, Unknown, kind_of
from srcgrad.analysis.reach import is_code, is_mutable
from srcgrad.analysis.scope import MISSING
from srcgrad.pipeline import Prepared
from srcgrad.transforms.sweeps import Sweeps

_HOLDERS = (Sequence, Mapping)
_TRUSTED = {"numpy", "math"}  # modules whose constants stay as they are


class Keeper:
    """Makes the copies of one pair."""

    def __init__(self, ready: Prepared, sweeps: Sweeps) -> None:
        self.ready = ready
        self.sweeps = sweeps
        self.scope = ready.scope
        self.aliases, self.held = sweeps.aliases(ready.program.function, ready.scope)
        self.foreign = self._foreign()

    def _foreign(self) -> set[str]:
        """What stands for storage of somebody else: the outside, objects and unknown arguments, arrays as defaults."""
        found = {HIDDEN} | {path for path, value in self.aliases.outside.items() if is_mutable(value)}
        defaults = default_values(self.ready.program.source.function)
        for name in self.parameters():
            kind = self.scope.kinds.get(name, UNKNOWN)
            if isinstance(kind, (Known, Unknown)) or is_mutable(defaults.get(name)):
                found.add(name)
        return found

    def parameters(self) -> list[str]:
        """The names of the function's parameters."""
        arguments = self.ready.program.function.args
        return [a.id for a in [*arguments.args, *arguments.kwonlyargs]]

    def is_foreign(self, keys: set[str]) -> bool:
        """Whether one of some names may share storage with somebody else's."""
        return any(
            self.aliases.is_outside(key) or not self.foreign.isdisjoint(self.aliases.together(key)) for key in keys
        )

    def keys_of(self, name: str) -> set[str]:
        """Whose storage a name of the forward sweep may be: what a pair saves may be of what it is given, or gives."""
        return self.held.get(name, {name})

    # --- what lies outside

    def own_outside(self, reverse: list[Any]) -> tuple[list[Any], list[Any]]:
        """Let the reverse sweep read copies of what lies outside; the copies are made first of all."""
        own = self.scope.local | tree.writes(reverse)
        made: dict[str, Any] = {}
        names: dict[str, str] = {}

        def replaced(node: Any) -> Any:
            if isinstance(node, list):
                return [replaced(item) for item in node]
            if not isinstance(node, gast.AST) or isinstance(node, tree.OnReverse):
                return node  # a block of the user's means the objects themselves
            path = tree.path_of(node) if isinstance(node, (gast.Name, gast.Attribute)) else None
            if path is not None and isinstance(node.ctx, gast.Load) and self.may_change(node, path.split(".")[0], own):
                if path not in made:
                    held = self.ready.program.namer.temporary(path.replace(".", "_") + "_kept")
                    self.scope.local.add(held)
                    self.scope.kinds[held] = kind = Inference(self.scope).kind(node)
                    names[path], made[path] = held, tree.assign(held, self.copy_of(tree.copy(node), kind))
                return tree.name(names[path])
            return tree.rebuilt(node, replaced)

        changed = replaced(reverse)
        return (changed, [made[path] for path in sorted(made)]) if made else (reverse, [])

    def may_change(self, node: Any, root: str, own: set[str]) -> bool:
        """Whether a path means something else later: a mutable global, or an attribute of a module or an object."""
        if root in own:
            kind = self.scope.kinds.get(root, UNKNOWN)
            is_object = isinstance(kind, Known) and is_mutable(kind.value)
            return isinstance(node, gast.Attribute) and is_object and root in self.parameters()
        value = self.scope.resolve(node)
        if isinstance(node, gast.Name):
            return value is not MISSING and is_mutable(value) and isinstance(kind_of(value), (Array, *_HOLDERS))
        owner = self.scope.resolve(tree.name(root))
        if value is MISSING:
            return owner is not MISSING and is_mutable(owner) and not isinstance(kind_of(owner), (Array, *_HOLDERS))
        return not is_code(value) and str(getattr(owner, "__name__", "")).split(".")[0] not in _TRUSTED

    def own_arguments(self, forward: list[Any]) -> list[Any]:
        """Hand copies to callees whose pairs would keep what is somebody else's."""

        def replaced(node: Any) -> Any:
            if isinstance(node, list):
                return [replaced(item) for item in node]
            if not isinstance(node, gast.AST):
                return node
            clone = tree.rebuilt(node, replaced)
            if self.sweeps.is_pair_call(node):
                clone.args = [self.own_argument(a) for a in node.args]
                clone.keywords = [gast.keyword(k.arg, self.own_argument(k.value)) for k in node.keywords]
            return clone

        changed: list[Any] = replaced(forward) if self.sweeps.pairs else forward
        return changed

    def own_argument(self, node: Any) -> Any:
        """An argument of a callee, copied if it may be somebody else's storage."""
        kind = Inference(self.scope).kind(node)
        is_object = isinstance(kind, Known)
        return node if is_object or not self.is_foreign(self.aliases.sources(node)) else self.copy_of(node, kind)

    # --- what is handed over

    def handed_over(self, saved: list[str], changes: bool) -> tuple[list[Any], list[Any]]:
        """The last statements of the forward sweep, and the saved values, copied where somebody else can change them.

        The copies share storage as the values do if the reverse sweep ``changes`` something: what it puts back into
        an array is then in the views of it as well.
        """
        handed = {name: self.own_copy(name) if self.is_copied(name) else tree.name(name) for name in saved}
        held = [n for n in saved if not isinstance(self._kind(n), (Scalar, Known, Instance))]
        stacks = any(n in self.sweeps.stacks and self.is_copied(n) for n in held)
        shared = held if stacks else [n for n in held if self.is_copied(n)]  # a stack may hold views of all others
        if not changes or len(shared) < 2:
            return [], list(handed.values())
        own = {name: self.ready.program.namer.temporary(f"{name}_kept") for name in shared}
        twins = tree.call(self.ready.program.external(contents.twins, "twins"), tree.tuple_(map(tree.name, shared)))
        left = tree.tuple_(map(tree.target, own.values()), store=True)
        made = tree.assign(left, twins, self.ready.program.function.body[-1])
        handed |= {name: tree.name(kept) for name, kept in own.items()}
        return [made], list(handed.values())

    def own_copy(self, name: str) -> Any:
        """A copy of a saved value, of an object as it is when the forward sweep is done, which ran on that itself."""
        if isinstance(kind := self._kind(name), Instance):
            return tree.call(self.ready.program.external(structures.snapshot, "snapshot"), tree.name(name))
        return self.copy_of(tree.name(name), kind)

    def is_copied(self, name: str) -> bool:
        """Whether a saved value may be part of an object that somebody else can change."""
        kind = self._kind(name)
        if isinstance(kind, (Scalar, Known, Instance)):
            return isinstance(kind, Instance)
        if name in self.sweeps.stacks:
            return len(self.foreign) > 1 or self.aliases.has_unnamed()
        return self.is_foreign(self.keys_of(name))

    def _kind(self, name: str) -> Kind:
        return UNKNOWN if name in self.sweeps.stacks else self.scope.kinds.get(name, UNKNOWN)

    def guarded(self, forward: list[Any], result: Any, saved: list[str]) -> tuple[list[Any], Any]:
        """Copies of what the caller could change between the sweeps: arguments and the result."""
        scope, aliases = self.scope, self.aliases
        arrays = [name for name in saved if not isinstance(scope.kinds.get(name), Scalar)]
        kept = {aliases.find(key) for name in arrays for key in self.keys_of(name)}
        stacks = any(name in self.sweeps.stacks for name in saved)
        before = []
        for name in self.parameters():
            kind = scope.kinds.get(name, UNKNOWN)
            if isinstance(kind, (Scalar, Known, Instance)) or (aliases.find(name) not in kept and not stacks):
                continue
            before.append(tree.assign(name, self.copy_of(tree.name(name), kind), self.ready.program.function))
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
        if isinstance(kind, Array) and kind.dims:  # if not, it may be a number
            return tree.call(tree.attribute(self.ready.program.external(np, "np"), "copy"), node)
        return tree.call(self.ready.program.external(contents.twins, "twins"), node)
