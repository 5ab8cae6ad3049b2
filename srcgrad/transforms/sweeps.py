"""What ``reverse`` makes: a forward and a reverse sweep, in sections that pair a block with its reversal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_of

Builtin = Callable[[Any], str]
Held = dict[str, set[str]]  # the names whose storage others may hold


@dataclass
class Section:
    """A block of the forward sweep and the block that reverses it.

    ``loop`` is the forward loop whose body this is; ``heads`` maps each name that the loop carries to the value
    that its body's end gives it; ``targets`` are bound by the loop itself.
    """

    forward: list[Any]
    reverse: list[Any]
    parent: Section | None = None
    loop: Any = None
    heads: dict[str, str] = field(default_factory=dict)
    targets: frozenset[str] = frozenset()
    inner: list[Section] = field(default_factory=list)

    @property
    def in_loop(self) -> bool:
        """Whether the block may run more than once in a call."""
        return self.loop is not None or (self.parent is not None and self.parent.in_loop)


@dataclass(frozen=True)
class Restore:
    """A store of the forward sweep to ``base``, and the statement that keeps what it overwrites, if any does.

    ``put`` is the statement of the reverse sweep that puts this back, None where nothing does.
    """

    base: str
    store: Any
    keep: Any
    put: Any

    @property
    def old(self) -> str | None:
        """The name that holds what is overwritten."""
        return None if self.keep is None else tree.single_target(self.keep)


@dataclass(frozen=True)
class Sweeps:
    """Both sweeps of a function, before what the loops overwrite is recorded.

    ``pairs`` are the first functions of the pairs that the forward sweep calls, ``one`` is the seed if none is given.
    ``restores`` are the stores with what puts back what they overwrite, ``mirrored`` those of adjoints in each other,
    all of which are ``shadow_bars``.
    """

    root: Section
    result: Any
    bars: dict[str, str]
    seed: str
    stacks: tuple[str, ...] = ()
    pairs: frozenset[str] = frozenset()
    has_aux: bool = False
    one: complex = 1.0
    restores: tuple[Restore, ...] = ()
    mirrored: tuple[Restore, ...] = ()
    shadow_bars: frozenset[str] = frozenset()

    def is_pair_call(self, node: Any) -> bool:
        """Whether an expression is a call of the first function of a pair."""
        return isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in self.pairs

    def aliases(self, function: Any, scope: Scope) -> tuple[Aliases, Held]:
        """The aliases of the primal's function, and whose storage it may be that pairs save."""
        aliases = aliases_of(function, scope)
        held = {}
        for node in tree.walk(self.root.forward):
            if isinstance(node, gast.Assign) and self.is_pair_call(node.value):
                value, saved = node.targets[0].elts
                given = [*node.value.args, *(keyword.value for keyword in node.value.keywords)]
                held[saved.id] = tree.writes(value) | {key for one in given for key in aliases.sources(one)}
        return aliases, held


def split(loop: Any, heads: frozenset[str]) -> tuple[list[Any], list[Any], list[Any]]:
    """A loop's body as its statements, the updates of what it carries, and its exit."""
    body: list[Any] = list(loop.body)
    leave: list[Any] = []
    updates: list[Any] = []
    if body and isinstance(body[-1], gast.If) and any(isinstance(s, gast.Break) for s in body[-1].body):
        leave = [body.pop()]
    while body and tree.single_target(body[-1]) in heads and isinstance(body[-1].value, gast.Name):
        updates.insert(0, body.pop())
    return body, updates, leave


def contributed(statements: list[Any], active: frozenset[str]) -> set[str]:
    """The active names whose adjoints the reversal of some statements may add to."""
    found: set[str] = set()
    for node in tree.walk(statements):
        target = tree.stored(node)
        if target is not None and target.value.id in active:
            found |= (tree.reads(node.value) | {target.value.id}) & active
        elif isinstance(node, gast.Assign) and not active.isdisjoint(tree.writes(node.targets[0])):
            found |= tree.reads(node.value) & active
        elif isinstance(node, tree.OnReverse):
            found |= tree.reads(node.primals) & active
    return found


def backwards(node: Any, trips: Any, scope: Scope, builtin: Builtin) -> Any:
    """The elements of an iterable in reverse order, of the first ``trips`` turns if the loop may leave early."""
    node = tree.copy(node)
    function = scope.resolve(node.func) if isinstance(node, gast.Call) else None
    if function is enumerate:
        items = node.args[0]
        count = tree.call(builtin(len), tree.copy(items)) if trips is None else tree.copy(trips)
        counts = tree.call(builtin(reversed), tree.call(builtin(range), count))
        return tree.call(builtin(zip), counts, backwards(items, trips, scope, builtin))
    is_reversed = function is reversed
    if is_reversed and trips is None:
        return node.args[0]
    if is_reversed:
        node = tree.subscript(node.args[0], gast.Slice(None, None, tree.constant(-1)))
    if trips is not None:
        node = tree.subscript(node, gast.Slice(None, trips, None))
    return tree.call(builtin(reversed), node)
