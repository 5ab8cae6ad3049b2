"""Write the arguments of calls with stars one by one, where it is known how many there are.

>>> from srcgrad.transforms.examples import show
>>> def two(program):
...     call = program.function.body[1].value
...     return unstarred(program, {place_of(call): Stars((2,), (("k",),))})
>>> print(show(two, '''
... def f(x):
...     pair, named = (x, x), {"k": x}
...     return g(*pair, **named)
... '''))
def f(x):
    pair, named = (x, x), {"k": x}
    return g(pair[0], pair[1], k=named["k"])
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Kind, Mapping, Sequence, is_dict
from srcgrad.analysis.places import Place, place_of
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program
from srcgrad.transforms.inlined import WrittenOut
from srcgrad.transforms.local_values import is_only_read, is_read_by_place
from srcgrad.transforms.parameters import with_displays, without_stars


@dataclass(frozen=True)
class Stars:
    """What the arguments with stars of a call hold, in order: how many elements, and which keys."""

    counts: tuple[int, ...]
    keys: tuple[tuple[str, ...], ...]


def known_stars(program: Program, scope: Scope, callee_kind: CalleeKind) -> dict[Place, Stars]:
    """The calls and displays with stars of which kinds tell what these hold."""
    kind, body = Inference(scope, callee_kind).kind, program.function.body
    given = {name: one for name, one in program.kinds.items() if name not in tree.writes(body)}

    def held(node: Any) -> int | tuple[str, ...] | None:
        name = getattr(node, "id", "")
        if name in given and is_dict(given[name]) and is_only_read(name, body):
            return _held_by(given[name])  # a call that is not followed yet gets a copy of it
        return _held_by(kind(node))

    return _found(program, held)


def _found(program: Program, held: Callable[[Any], int | tuple[str, ...] | None]) -> dict[Place, Stars]:
    """The calls and displays with stars that hold as many elements, or the keys, that ``held`` tells of each."""
    found: dict[Place, Stars] = {}
    for node in tree.walk(program.function.body):
        one, two = _starred(node) or ((), ())
        counts = tuple(size for size in map(held, one) if isinstance(size, int))
        keys = tuple(names for names in map(held, two) if isinstance(names, tuple))
        if (one or two) and len(counts) == len(one) and len(keys) == len(two):
            found[place_of(node)] = Stars(counts, keys)
    return found


def _held_by(kind: Kind) -> int | tuple[str, ...] | None:
    """How many elements a list or a tuple has, or which keys a dict, if these are texts; None if that is not known."""
    if isinstance(kind, Sequence):
        return None if kind.items is None else len(kind.items)
    if not isinstance(kind, Mapping) or not is_dict(kind) or kind.items is None:
        return None
    keys = tuple(key for key, _ in kind.items)
    return keys if all(isinstance(key, str) for key in keys) else None


def _starred(node: Any) -> tuple[list[Any], list[Any]] | None:
    """What has one star in a call or a display, and what two; None of anything else."""
    if isinstance(node, (gast.Tuple, gast.List)) and isinstance(node.ctx, gast.Load):
        one = [a.value for a in node.elts if isinstance(a, gast.Starred)]
        return (one, []) if one else None
    if not isinstance(node, gast.Call):
        return None
    one = [a.value for a in node.args if isinstance(a, gast.Starred)]
    two = [k.value for k in node.keywords if k.arg is None]
    return (one, two) if one or two else None


def _displayed(program: Program) -> dict[Place, Stars]:
    """The calls and displays with stars of lists and dicts that are written down, and stay as they are."""
    body = program.function.body
    bound = Counter(node.id for node in tree.names(body, gast.Store))
    sizes: dict[str, tuple[str, ...] | int] = {}
    for node in tree.walk(body):
        name = tree.single_target(node)
        if name is None or bound[name] != 1:
            continue
        value = node.value
        if isinstance(value, (gast.List, gast.Tuple)) and is_read_by_place(name, body):
            sizes |= {} if any(isinstance(one, gast.Starred) for one in value.elts) else {name: len(value.elts)}
        elif isinstance(value, gast.Dict) and is_only_read(name, body):
            keys = tuple(key.value for key in value.keys if isinstance(key, gast.Constant))
            known = len(keys) == len(value.keys) and all(isinstance(key, str) for key in keys)
            sizes |= {name: keys} if known else {}
    return _found(program, lambda node: sizes.get(getattr(node, "id", ""))) if sizes else {}


def unstarred(program: Program, stars: Table[Place, Stars]) -> Program:
    """The program with the arguments of some calls written one by one."""
    stars = {**_displayed(program), **stars}
    if not stars:
        return program
    worker = _Unstarred(program, stars)
    return program.with_body(worker.block(program.function.body))


class _Unstarred(WrittenOut):
    """Gives names to what has stars, then reads its elements."""

    def __init__(self, program: Program, stars: Table[Place, Stars]) -> None:
        super().__init__(program, frozenset(stars), lambda function, program: None)
        self.stars = stars

    def statement(self, statement: Any) -> list[Any]:
        made = super().statement(statement)
        return [tree.remade(one, self.spread) if not tree.blocks(one) else self.with_heads(one) for one in made]

    def with_heads(self, statement: Any) -> Any:
        """A loop or a branch with what it evaluates itself."""
        heads = {f: tree.remade(getattr(statement, f), self.spread) for f in ("test", "iter") if hasattr(statement, f)}
        return tree.shallow(statement, **heads)

    def parts(self, node: Any) -> list[Any]:
        found = [] if node is None else [one for one in tree.walk(node) if place_of(one) in self.stars]
        calls = [self.plain(one) for one in found]
        values = [value for one in calls for side in _starred(one) or () for value in side]
        return [value for value in values if not isinstance(value, gast.Name)]

    def is_loop(self, node: Any) -> bool:
        return False

    def written_out(self, part: Any, like: Any) -> list[Any] | None:
        return [part]

    def plain(self, node: Any) -> Any:
        """A call without the stars of displays; a display as it is."""
        return without_stars(with_displays(node, self.scope), {}, {}) if isinstance(node, gast.Call) else node

    def spread(self, node: Any, clone: Any) -> Any:
        """A call or a display without stars."""
        known = self.stars.get(place_of(node)) if _starred(clone) else None
        clone = clone if known is None else self.plain(clone)
        whole = _starred(clone)
        if known is None or whole is None or not all(isinstance(v, gast.Name) for side in whole for v in side):
            return clone
        counts, keys = iter(known.counts), iter(known.keys)
        is_call = isinstance(clone, gast.Call)
        args: list[Any] = []
        for argument in clone.args if is_call else clone.elts:
            if isinstance(argument, gast.Starred):
                args += [_element(argument.value, place) for place in range(next(counts))]
            else:
                args.append(argument)
        if not is_call:
            return tree.shallow(clone, elts=args)
        keywords: list[Any] = []
        for keyword in clone.keywords:
            if keyword.arg is None:
                keywords += [gast.keyword(key, _element(keyword.value, key)) for key in next(keys)]
            else:
                keywords.append(keyword)
        return tree.shallow(clone, args=args, keywords=keywords)


def _element(whole: Any, key: object) -> Any:
    return tree.at(tree.subscript(tree.name(whole.id), tree.constant(key)), whole)
