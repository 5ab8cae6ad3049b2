"""Drop what puts overwritten content back where the reverse sweep does not read it afterwards.

What is left makes the content of changed storage the same at each point of the reverse sweep as it was at that of the
forward sweep which it reverses.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad import contents, tree
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.contents import ContentReads, content_reads
from srcgrad.analysis.kinds import UNKNOWN, Array, Known, Mapping, Scalar, Sequence
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program
from srcgrad.transforms.sweeps import Held, Section, Sweeps


def restores(program: Program, scope: Scope, sweeps: Sweeps) -> Sweeps:
    """Keep the restores that are needed, and a copy of a result that they would change."""
    if not sweeps.restores:
        return sweeps
    aliases, held = sweeps.aliases(program.function, scope)
    classes = {id(one.put): _classes_of(one.base, aliases, scope, changed=True) for one in sweeps.restores}
    needed = _Needed(aliases, scope, held, classes)
    needed.before(sweeps.root.reverse, frozenset())
    kept = [one for one in sweeps.restores if id(one.put) in needed.kept]
    lost = [one for one in sweeps.restores if id(one.put) not in needed.kept]
    _without(sweeps.root, {id(one.put) for one in lost})
    read = tree.reads(sweeps.root.reverse)  # the adjoint of a list may need to know what it held
    _without(sweeps.root, {id(one.keep) for one in lost if one.old not in read})
    sweeps = _own_result(program, scope, sweeps, {aliases.find(one.base) for one in kept}, aliases)
    final = (one if id(one.put) in needed.kept else replace(one, put=None) for one in sweeps.restores)
    return replace(sweeps, restores=tuple(final))


class _Needed(ContentReads):
    """Goes backwards over the reverse sweep; ``kept`` are the restores whose content is read after them."""

    def __init__(self, aliases: Aliases, scope: Scope, held: Held, puts: dict[int, frozenset[str]]) -> None:
        self.aliases = aliases
        self.scope = scope
        self.held = held
        self.puts = puts
        self.classes = frozenset().union(*puts.values())
        self.kept: set[int] = set()

    def statement(self, node: Any, live: frozenset[str]) -> frozenset[str]:
        if id(node) not in self.puts:
            return super().statement(node, live)
        if self.puts[id(node)].isdisjoint(live):
            return live
        self.kept.add(id(node))
        return live | self.read(tree.stored(node).slice if tree.stored(node) is not None else _arguments(node))

    def read(self, node: Any) -> frozenset[str]:
        """The classes of storage whose content is read: by what is no array that of arrays and lists."""
        names = {key for name in content_reads(node, self.scope) for key in self.held.get(name, (name,))}
        found = (_classes_of(name, self.aliases, self.scope) for name in names)
        return frozenset().union(*found) & self.classes


def _classes_of(name: str, aliases: Aliases, scope: Scope, changed: bool = False) -> frozenset[str]:
    """The classes of storage that a name reads, or changes: arrays, and lists, that may share storage.

    Who reads a list may read the arrays in it, but who changes what it is made of does not change them.
    """
    kind, found = scope.kinds.get(name, UNKNOWN), aliases.find(name)
    if isinstance(kind, Array):
        return frozenset([found])
    lists = f"{found} (its lists)"
    return frozenset([lists] if changed and isinstance(kind, (Mapping, Sequence)) else [found, lists])


def _arguments(put: Any) -> list[Any]:
    """What a call reads that puts something back, but for what it changes."""
    return list(put.value.args[1:])


def _without(section: Section, dropped: set[int]) -> None:
    """Take statements out of a section and all inside it, in place: its blocks are those of its statements."""
    for block in (section.forward, section.reverse):
        _filter(block, dropped)
    for inner in section.inner:
        _without(inner, dropped)


def _filter(block: list[Any], dropped: set[int]) -> None:
    block[:] = [statement for statement in block if id(statement) not in dropped]
    for statement in block:
        if isinstance(statement, gast.With):  # which is no section of its own
            _filter(statement.body, dropped)


def _own_result(program: Program, scope: Scope, sweeps: Sweeps, classes: set[str], aliases: Aliases) -> Sweeps:
    """Hand out copies of results whose content the reverse sweep puts back to what it was."""

    def own(node: Any) -> Any:
        kind = scope.kinds.get(node.id, UNKNOWN) if isinstance(node, gast.Name) else UNKNOWN
        shared = {aliases.find(key) for key in aliases.sources(node)}
        if isinstance(kind, (Scalar, Known)) or shared.isdisjoint(classes):
            return node
        copying = tree.attribute(program.external(np, "np"), "copy")
        if not (isinstance(kind, Array) and kind.dims):  # it may be a number
            copying = tree.name(program.external(contents.twins, "twins"))
        held = program.namer.temporary("value")
        scope.local.add(held)
        scope.kinds[held] = kind
        sweeps.root.forward.append(tree.assign(held, tree.call(copying, node), program.function.body[-1]))
        return tree.name(held)

    result = sweeps.result
    if isinstance(result, gast.Tuple):
        return replace(sweeps, result=tree.tuple_([own(part) for part in result.elts]))
    return sweeps if result is None else replace(sweeps, result=own(result))
