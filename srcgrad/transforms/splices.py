"""The reversal of stores to slices of lists, by which lists get longer and shorter.

``items[len(items):] = [v]``, which appends, is undone by ``items.pop()``, and ``v_bar += items_bar.pop()`` takes the
cotangent.  Of any other slice the elements that go are kept.  The adjoint of a list that several names have is made
beside it: what is put in the list is put, with its own adjoint, in that of the list.
"""

from __future__ import annotations

from typing import Any, Protocol

import gast

from srcgrad import contents, structures, tree
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Scalar
from srcgrad.transforms.bars import Bars, as_value
from srcgrad.transforms.shadows import Shadows
from srcgrad.transforms.sweeps import Restore


class Contributions(Protocol):
    """What adds a cotangent to the adjoint of what was stored."""

    def __call__(self, value: Any, term: Any, base: str, target: Any, sign: int, fresh: bool) -> None:
        """Add ``term``, with a sign, to the adjoint of ``value``; ``fresh`` says that nobody else has it."""


class Splices:
    """Reverses stores to slices of lists; ``given`` adds to the adjoints of what is ``active``."""

    def __init__(self, bars: Bars, shadows: Shadows, active: frozenset[str], given: Contributions) -> None:
        self.bars = bars
        self.active = active
        self.program = bars.program
        self.scope = bars.scope
        self.kind = Inference(bars.scope).kind
        self.shadows = shadows
        self.given = given

    def reverse(self, statement: Any, target: Any) -> tuple[Restore, list[Any]]:
        """Emit the reversal of a store; how the list is put back, and the statements of the forward sweep."""
        base = target.value.id
        restore = self.restored(statement, target)
        self.bars.emit(restore.put)
        made = [] if restore.keep is None else [restore.keep]
        if self.bars.is_shadow(base):
            made += self.shared(statement, target)
        elif self.bars.is_set(base):
            self.bars.own(base)
            old = None if restore.keep is None else tree.name(str(tree.single_target(restore.keep)))
            self.taken(statement, target, old)
        return restore, [*made, statement]

    # --- what goes

    def restored(self, statement: Any, target: Any) -> Restore:
        """How the elements that go are kept and put back, and those that come taken out again."""
        base, value = target.value.id, statement.value
        if tree.is_end(target):
            return Restore(base, statement, None, self.shortened(base, value))
        if is_last(target, value):
            held = self.held(base, "_old")
            put = tree.expression(tree.call(tree.attribute(tree.name(base), "append"), tree.name(held)))
            last = tree.subscript(tree.name(base), tree.constant(-1))
            return Restore(base, statement, tree.assign(held, last, statement), put)
        held = self.held(base, "_old")
        keep = tree.assign(held, self.section(tree.name(base), target, value), statement)
        put = self.call(contents.put_section, tree.name(base), tree.name(held))
        return Restore(base, statement, keep, tree.expression(put))

    def held(self, base: str, suffix: str) -> str:
        """A name for what a list holds."""
        made = self.program.namer.derived(base, suffix)
        self.scope.local.add(made)
        return str(made)

    def call(self, helper: Any, *args: Any) -> Any:
        """A call of a function of ``contents`` or ``structures``."""
        return tree.call(self.bars.helper(helper), *args)

    def section(self, whole: Any, target: Any, value: Any) -> Any:
        """What a slice of a list, or of its adjoint, holds before as many elements come as a value has."""
        place = as_value(tree.copy(target.slice), self.program.builtin(slice))
        return self.call(contents.section, whole, place, self.count(value))

    def count(self, value: Any) -> Any:
        """How many elements come."""
        if isinstance(value, gast.List):
            return tree.constant(len(value.elts))
        return tree.call(self.program.builtin(len), tree.copy(value))

    def shortened(self, name: str, value: Any) -> Any:
        """The statement that takes from the end of a list what has been added to it."""
        if isinstance(value, gast.List) and len(value.elts) == 1:
            return tree.expression(tree.call(tree.attribute(name, "pop")))
        length = tree.call(self.program.builtin(len), tree.name(name))
        start = tree.binary(length, "-", self.count(value))
        place = tree.subscript(tree.name(name), gast.Slice(start, None, None), store=True)
        return tree.assign(place, tree.list_([]))

    # --- cotangents

    def taken(self, statement: Any, target: Any, old: Any) -> None:
        """Take the cotangents of what came out of the adjoint; what went, ``old``, has none."""
        bar = self.bars.name(target.value.id)
        if tree.is_end(target):
            self.taken_off(statement, target)
        elif is_last(target, statement.value):
            zero = self.call(structures.zeros_for, old)
            kind = self.kind(tree.subscript(tree.name(target.value.id), tree.constant(-1)))
            if isinstance(kind, Scalar) and self.program.complexity(kind) is False:
                zero = tree.constant(0.0)
            self.bars.emit(tree.expression(tree.call(tree.attribute(bar, "append"), zero)))
        else:
            self.parts(statement.value, self.call(contents.take_section, tree.name(bar), old), target)

    def taken_off(self, statement: Any, target: Any) -> Any:
        """The same at the end of a list; the node that takes the first of them off last."""
        bar, value = self.bars.name(target.value.id), statement.value
        if isinstance(value, gast.List) and value.elts:
            pops = [tree.call(tree.attribute(bar, "pop")) for _ in value.elts]
            for element, pop in zip(reversed(value.elts), pops, strict=True):
                self.give(element, pop, target)
            return pops[-1]
        start = tree.binary(tree.call(self.program.builtin(len), tree.name(bar)), "-", self.count(value))
        held = self.held(target.value.id, "_bar")
        self.bars.emit(tree.assign(held, tree.subscript(tree.name(bar), gast.Slice(start, None, None))))
        put = self.shortened(bar, value)
        self.bars.emit(put)
        self.give(value, tree.name(held), target, several=True)
        return put

    def parts(self, value: Any, term: Any, target: Any) -> None:
        """Hand the cotangents of what came to its elements."""
        if not isinstance(value, gast.List) or not value.elts:
            self.give(value, term, target, several=True)
            return
        held = self.held(target.value.id, "_bar")
        self.bars.emit(tree.assign(held, term))
        for place, element in enumerate(value.elts):
            self.give(element, tree.subscript(tree.name(held), tree.constant(place)), target)

    def give(self, value: Any, term: Any, target: Any, several: bool = False) -> None:
        """Add a cotangent, which is computed in any case, to the adjoint of an element, or of a list of ``several``.

        Adjoints that share storage have it already, but for the numbers in them.
        """
        is_active = isinstance(value, gast.Name) and value.id in self.active
        is_shared = is_active and self.bars.is_shadow(value.id) and self.bars.is_shadow(target.value.id)
        if is_shared and several:
            self.bars.emit(tree.expression(self.call(contents.add_numbers, tree.name(self.bars.name(value.id)), term)))
        elif is_active and not is_shared:
            self.given(value, term, target.value.id, target, 1, True)
        elif isinstance(term, gast.Call):
            self.bars.emit(tree.expression(term))

    # --- of a list that several names have

    def shared(self, statement: Any, target: Any) -> list[Any]:
        """The same store to the adjoint, in the forward sweep."""
        base, value = target.value.id, statement.value
        bar = tree.name(self.bars.name(base))
        place = tree.copy(target.slice)
        if tree.is_end(target):
            place = gast.Slice(tree.call(self.program.builtin(len), tree.copy(bar)), None, None)
        if isinstance(value, gast.List):
            mirrored = tree.list_([self.shadows.element(item) for item in value.elts])
        else:
            mirrored = self.shadows.element(value)
        store = tree.assign(tree.subscript(tree.copy(bar), place, store=True), mirrored, statement)
        if tree.is_end(target):
            put = self.taken_off(statement, target)
            return self.shadows.stored(base, store, None, put)
        held = self.held(base, "_bar_old")
        keep = tree.assign(held, self.section(tree.copy(bar), target, value), statement)
        put = self.call(contents.put_section, bar, tree.name(held))
        self.parts(value, put, target)
        return self.shadows.stored(base, store, keep, put)


def is_last(target: Any, value: Any) -> bool:
    """Whether a store takes the last element off a list."""
    place = target.slice
    last = isinstance(place, gast.Slice) and tree.equal(place.lower, tree.constant(-1)) and place.upper is None
    return last and isinstance(value, gast.List) and not value.elts


__all__ = ["Splices"]
