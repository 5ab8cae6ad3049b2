"""Turn loops over differentiated sequences into loops over their indices, and make other iterables reversible.

A loop over ``range``, a list, a tuple or an array stays as it is if no derivative flows through its elements.

>>> from srcgrad.transforms.examples import show
>>> print(show(iterate, '''
... def f(x, ys):
...     total = 0.0
...     for a, y in zip(x, ys):
...         total = total + a * y
...     return total
... ''', kinds=True))
def f(x, ys):
    total = 0.0
    for index in range(min(len(x), len(ys))):
        a = x[index]
        y = ys[index]
        total = total + a * y
    return total
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import structures, tree
from srcgrad.analysis.activity import activity, is_active
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Array, Sequence, is_dict, is_tuple
from srcgrad.analysis.reads import is_mapping
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summaries import aliases_in
from srcgrad.errors import refuse
from srcgrad.program import Program


def iterate(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Rewrite every loop whose elements carry a derivative or that cannot be run in reverse."""
    varied = activity(program, scope).varied
    return program.with_body(_Iterate(program, scope, varied, callee_kind).block(program.function.body))


class _Iterate:
    def __init__(self, program: Program, scope: Scope, varied: frozenset[str], callee_kind: CalleeKind) -> None:
        self.program = program
        self.scope = scope
        self.varied = varied
        self.kind = Inference(scope, callee_kind).kind
        self.reads = [n.id for n in tree.names(program.function.body, gast.Load)]

    def block(self, statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        for statement in statements:
            clone = tree.with_blocks(statement, self.block)
            made.extend(self.loop(clone) if isinstance(clone, gast.For) else [clone])
        return made

    def loop(self, loop: Any) -> list[Any]:
        self.check_iterators(loop)
        is_followed = is_active(loop.iter, self.scope, self.varied) or self.is_changed(loop)
        if is_followed and not is_mapping(loop.iter, self.scope):
            return self.by_index(loop)
        if self.is_reversible(loop.iter):
            return [loop]
        held = self.program.namer.temporary("items")
        loop.iter, iterable = tree.name(held), loop.iter
        self.scope.local.add(held)
        return [tree.assign(held, self.call(list, iterable), loop), loop]

    def is_changed(self, loop: Any) -> bool:
        """Whether a loop stores to what it runs over, whose elements are read turn by turn."""
        bases = {target.value.id for node in tree.walk(loop.body) if (target := tree.stored(node)) is not None}
        if not bases:
            return False
        aliases = aliases_in(self.program.function, self.scope)
        return any(base in aliases.together(key) for key in aliases.sources(loop.iter) for base in bases)

    def check_iterators(self, loop: Any) -> None:
        """Refuse a loop over an iterator that somebody else takes from too: the loop takes more than it needs."""
        for node in tree.walk(loop.iter):
            kind = self.kind(node) if isinstance(node, gast.Name) else None
            if not isinstance(kind, Sequence) or is_tuple(kind) or kind.type in (list, range, sorted):
                continue
            base = self.program.namer.base(node.id)
            if sum(1 for name in self.reads if self.program.namer.base(name) == base) > 1:
                raise refuse(
                    node,
                    self.program.source,
                    f"this loop takes from the iterator '{base}', which is used elsewhere too",
                    f"make a list of it first: {base} = list(...)",
                )

    def is_reversible(self, node: Any) -> bool:
        """Whether ``reversed(node)`` gives the elements backwards without a copy."""
        if isinstance(node, gast.Call):
            function = self.scope.resolve(node.func)
            if function is reversed and len(node.args) == 1:
                return self.is_reversible(node.args[0])
            if function is enumerate and len(node.args) == 1 and not node.keywords:
                return isinstance(node.args[0], gast.Name) and self.is_reversible(node.args[0])
            return function is range
        if isinstance(node, (gast.List, gast.Tuple)):
            return True
        return self.is_sequence(node) and isinstance(node, (gast.Name, gast.Attribute))

    def by_index(self, loop: Any) -> list[Any]:
        before: list[Any] = []
        source = self.source(loop.iter, loop, before)
        index = self.program.namer.temporary("index")
        loop.body = self.bind(loop.target, source.element(tree.name(index)), loop) + loop.body
        loop.target = tree.target(index)
        loop.iter = self.call(range, self.least(source.counts))
        return [*before, loop]

    def call(self, function: Any, *args: Any) -> Any:
        """A call of a builtin, under whatever name the user has left for it."""
        return tree.call(self.program.builtin(function), *args)

    def bind(self, left: Any, value: Any, like: Any) -> list[Any]:
        """``left = value``, element by element where both are written out."""
        if isinstance(left, gast.Name):
            return [tree.assign(left.id, value, like)]
        if isinstance(value, gast.Tuple) and len(value.elts) == len(left.elts):
            pairs = zip(left.elts, value.elts, strict=True)
            return [statement for part, item in pairs for statement in self.bind(part, item, like)]
        if all(isinstance(part, gast.Name) for part in left.elts):
            return [tree.assign(left, value, like)]
        held = self.program.namer.temporary("item")
        items = (tree.subscript(tree.name(held), tree.constant(n)) for n in range(len(left.elts)))
        parts = [s for part, item in zip(left.elts, items, strict=True) for s in self.bind(part, item, like)]
        return [tree.assign(held, value, like), *parts]

    def source(self, node: Any, loop: Any, before: list[Any]) -> _Source:
        """How many turns a loop over ``node`` makes and what it meets in each."""
        function = self.scope.resolve(node.func) if isinstance(node, gast.Call) else MISSING
        if isinstance(node, gast.Call) and node.args:
            if function is enumerate:
                inner = self.source(node.args[0], loop, before)
                starts = [
                    self.held(start, loop, before) for start in (*node.args[1:], *(k.value for k in node.keywords))
                ]
                return _Source(inner.counts, lambda i: tree.tuple_([_shifted(i, starts), inner.element(i)]))
            if function is zip and all(k.arg == "strict" for k in node.keywords):
                return self.zipped(node, loop, before)
            if function is reversed:
                whole = self.source(node.args[0], loop, before)
                last = tree.binary(self.least(whole.counts), "-", tree.constant(1))
                return _Source(whole.counts, lambda i: whole.element(tree.binary(tree.copy(last), "-", i)))
            if function in (list, tuple) and not self.is_changed(loop):  # which has the elements as they were
                return self.source(node.args[0], loop, before)
        return self.elements(node, loop, before)

    def zipped(self, node: Any, loop: Any, before: list[Any]) -> _Source:
        """Several sources together: what is no sequence is run through as far as those go that are."""
        sized = [self.is_indexed(item) for item in node.args]
        sources: dict[int, _Source] = {}
        for position in sorted(range(len(sized)), key=lambda n: not sized[n]):
            item = node.args[position]
            if not sized[position]:
                known = [count for source in sources.values() for count in source.counts]
                helper = self.program.external(structures.listed, "listed")
                item = tree.call(helper, item, self.least(known))
            sources[position] = self.source(item, loop, before)
        parts = [sources[n] for n in range(len(sized))]
        counts = [count for part in parts for count in part.counts]
        if any(self.scope.literal(k.value) is not False for k in node.keywords):
            if any(isinstance(inner, gast.Break) for inner in tree.walk(loop.body)):
                reason = "a loop over zip(strict=...) that may be left early cannot be differentiated"
                raise refuse(
                    node, self.program.source, reason, "compare the lengths before the loop, and leave strict out"
                )
            error = tree.call(self.program.builtin(ValueError), tree.constant("zip() arguments have different lengths"))
            for other in counts[1:]:
                test = gast.Compare(tree.copy(counts[0]), [gast.NotEq()], [tree.copy(other)])
                for flag in (k.value for k in node.keywords if self.scope.literal(k.value) is not True):
                    test = gast.BoolOp(gast.And(), [tree.copy(flag), test])
                before.append(tree.if_(test, [tree.at(gast.Raise(error, None), loop)], [], loop))
        return _Source(counts, lambda i: tree.tuple_([part.element(i) for part in parts]))

    def is_indexed(self, node: Any) -> bool:
        """Whether what a loop meets in ``node`` can be had by index: what is differentiated always can."""
        if isinstance(node, gast.Call) and self.scope.resolve(node.func) in (enumerate, zip, reversed, list, tuple):
            return all(self.is_indexed(item) for item in node.args[:1])
        return is_active(node, self.scope, self.varied) or self.is_sequence(node)

    def least(self, counts: list[Any]) -> Any:
        """The least of some lengths."""
        return tree.copy(counts[0]) if len(counts) == 1 else self.call(min, *map(tree.copy, counts))

    def held(self, node: Any, loop: Any, before: list[Any]) -> Any:
        """A name for a value that is read in every turn, but evaluated once."""
        if isinstance(node, (gast.Name, gast.Constant)):
            return node
        name = self.program.namer.temporary("start")
        before.append(tree.assign(name, node, loop))
        return tree.name(name)

    def elements(self, node: Any, loop: Any, before: list[Any]) -> _Source:
        if not isinstance(node, gast.Name) or is_dict(self.kind(node)):
            held = self.program.namer.temporary("items")
            is_active_source = is_active(node, self.scope, self.varied) and not is_dict(self.kind(node))
            is_listed = isinstance(node, gast.Call) and self.scope.resolve(node.func) is structures.listed
            if not is_active_source and not is_listed and not self.is_sequence(node):
                node = self.call(list, node)
            before.append(tree.assign(held, node, loop))
            node = tree.name(held)
        return _Source([self.call(len, node)], lambda i: tree.subscript(tree.copy(node), tree.copy(i)))

    def is_sequence(self, node: Any) -> bool:
        """Whether a value surely is an array or a sequence, not an iterator."""
        kind = self.kind(node)
        return isinstance(kind, Array) or (isinstance(kind, Sequence) and kind.type in (list, range)) or is_tuple(kind)


@dataclass(frozen=True)
class _Source:
    """``counts`` are the lengths of what is run through together; ``element`` gives the element at an index."""

    counts: list[Any]
    element: Callable[[Any], Any]


def _shifted(index: Any, starts: list[Any]) -> Any:
    return tree.binary(tree.copy(starts[0]), "+", index) if starts else index
