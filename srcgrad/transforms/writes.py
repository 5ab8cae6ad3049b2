"""The reversal of stores: the cotangent of what is stored is taken out of the adjoint, the old content put back.

The reverse of ``x[i] = v`` is ``v_bar += x_bar[i]`` and ``x_bar[i] = 0``.  The content that was overwritten is kept in
the forward sweep and put back first of all; ``restores`` drops both where the reverse sweep does not read it.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import contents, runtime, structures, tree
from srcgrad.analysis.indexing import is_basic, is_spliced
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Array, Kind, Mapping, Scalar, Sequence
from srcgrad.errors import refuse
from srcgrad.transforms.adjoints import Adjoints
from srcgrad.transforms.bars import Bars, as_value
from srcgrad.transforms.shadows import Shadows
from srcgrad.transforms.splices import Splices
from srcgrad.transforms.sweeps import Restore


class Writes:
    """Reverses stores; ``restores`` are those that have been reversed, last to first."""

    def __init__(self, bars: Bars, adjoints: Adjoints, shadows: Shadows) -> None:
        self.bars = bars
        self.adjoints = adjoints
        self.shadows = shadows
        self.splices = Splices(bars, shadows, adjoints.active, self.given)
        self.program = bars.program
        self.scope = bars.scope
        self.kind = Inference(bars.scope).kind
        self.restores: list[Restore] = []

    def reverse(self, statement: Any) -> list[Any]:
        """Emit the reversal of a store; the statements of the forward sweep are returned."""
        target = tree.stored(statement)
        if is_spliced(target, self.kind):
            restore, made = self.splices.reverse(statement, target)
            self.restores.append(restore)
            return made
        restore = self.restored(statement, target)
        self.restores.append(restore)
        self.bars.emit(restore.put)
        made = [restore.keep, statement]
        if self.is_exchanged(statement, target):
            made += self.exchanged(statement, target)
        elif self.bars.is_set(target.value.id) and tree.is_removal(statement):
            self.bars.own(target.value.id)
            zero = tree.call(self.bars.helper(structures.zeros_for), tree.copy(tree.overwritten(target)))
            place = tree.subscript(self.bars.node(target.value.id), tree.copy(target.slice), store=True)
            self.bars.emit(tree.assign(place, zero))
        elif self.bars.is_set(target.value.id):
            self.taken(statement, target, tree.name(restore.keep.targets[0].id))
        return made

    # --- what is overwritten

    def restored(self, statement: Any, target: Any) -> Restore:
        """How the old content is kept and put back."""
        base, index = target.value.id, target.slice
        held = self.program.namer.derived(base, "_old")
        self.scope.local.add(held)
        old = tree.copy(tree.overwritten(target))
        part = self.scope.kinds[held] = self.kind(old)
        if isinstance(self.bars.kind(base), Array):
            if not isinstance(part, Scalar):
                basic = isinstance(part, Array) and part.dims is not None and self.is_basic(index)
                old = self.copied(old) if basic else tree.call(self.bars.numpy("copy"), old)
            put = tree.assign(tree.subscript(tree.name(base), tree.copy(index), store=True), tree.name(held))
        else:
            place = as_value(tree.copy(index), self.program.builtin(slice))
            keeping = contents.entry if isinstance(statement, gast.Assign) else contents.content
            old = tree.call(self.bars.helper(keeping), tree.name(base), place)
            putting = self.bars.helper(contents.put_back)
            put = tree.expression(tree.call(putting, tree.name(base), tree.copy(place), tree.name(held)))
        return Restore(base, statement, tree.assign(held, old, statement), put)

    def is_basic(self, index: Any) -> bool:
        """Whether an index is surely one of integers and slices."""
        return is_basic(index, self.kind, self.scope)

    @staticmethod
    def copied(node: Any) -> Any:
        """``node.copy()``."""
        return tree.call(tree.attribute(node, "copy"))

    # --- cotangents

    def taken(self, statement: Any, target: Any, old: Any) -> None:
        """Take the cotangent of what is stored out of the adjoint of the storage, in place of ``old``."""
        base, index, value = target.value.id, target.slice, statement.value
        op = getattr(statement, "op", None)
        is_number = isinstance(self.kind(tree.overwritten(target)), Scalar)
        self.check_number(statement, base, index)
        if isinstance(op, (gast.Mult, gast.Div)):
            self.scaled(base, index, op, value)
            self.reduced(target, old, is_number)
        elif op is None and self.is_whole(base, index) and not self.bars.is_shadow(base):
            self.bars.settle(base)
            bar = self.bars.node(base)
            self.bars.kill(base)
            self.given(value, bar, base, target, 1)
        elif isinstance(self.bars.kind(base), Array):
            self.from_array(statement, target)
        elif tree.is_field(target) and is_number and self.bars.has_plain_adjoint(base, index):
            self.from_attribute(statement, target)
        elif op is None:
            self.bars.own(base)
            place = as_value(tree.copy(index), self.program.builtin(slice))
            before = [] if is_number else [old]
            term = tree.call(self.bars.helper(contents.taken_out), self.bars.node(base), place, *before)
            if self.adjoints.is_active(value):
                self.given(value, term, base, target, 1)
            else:
                self.bars.emit(tree.expression(term))
        else:
            place = as_value(tree.copy(index), self.program.builtin(slice))
            term = tree.call(self.bars.helper(contents.part), self.bars.node(base), place)
            if not is_number and isinstance(value, gast.Name):
                term = tree.call(self.bars.helper(runtime.unbroadcast), term, tree.name(value.id))
            self.given(value, term, base, target, self.sign(op))
            self.reduced(target, old, is_number)

    def reduced(self, target: Any, old: Any, is_number: bool) -> None:
        """What an operator updates in a list, a dict or an object was a number, perhaps, and has become an array."""
        base = target.value.id
        if is_number or isinstance(self.bars.kind(base), Array):
            return
        place = as_value(tree.copy(target.slice), self.program.builtin(slice))
        reducing = self.bars.helper(contents.reduce_to)
        self.bars.emit(tree.expression(tree.call(reducing, self.bars.node(base), place, old)))

    def from_attribute(self, statement: Any, target: Any) -> None:
        """The same for an attribute that is a number."""
        base, value, op = target.value.id, statement.value, getattr(statement, "op", None)
        self.bars.own(base)
        place = tree.subscript(self.bars.node(base), tree.copy(target.slice))
        self.given(value, place, base, target, self.sign(op))
        if op is None:
            zero = tree.assign(tree.shallow(tree.copy(place), ctx=gast.Store()), tree.constant(0.0))
            self.bars.emit(zero)

    def is_exchanged(self, statement: Any, target: Any) -> bool:
        """Whether an element is exchanged of a list or dict that several names have."""
        base = target.value.id
        if not self.bars.is_shadow(base) or isinstance(self.bars.kind(base), Array):
            return False
        is_list = isinstance(self.bars.kind(base), (Sequence, Mapping))
        if is_list and (isinstance(statement, gast.Assign) or isinstance(self.kind(tree.overwritten(target)), Scalar)):
            return isinstance(statement, gast.Assign)
        reason = f"an element of '{self.program.namer.base(base)}' is exchanged, which another name may share"
        raise refuse(statement, self.program.source, reason, "make a new list, or a copy of what is put in it")

    def exchanged(self, statement: Any, target: Any) -> list[Any]:
        """The same store to the adjoint, in the forward sweep; the cotangent of a number is taken out of it."""
        base, value = target.value.id, statement.value
        bar = tree.name(self.bars.name(base))
        place = as_value(tree.copy(target.slice), self.program.builtin(slice))
        held = self.program.namer.derived(base, "_bar_old")
        self.scope.local.add(held)
        keep = tree.assign(held, tree.call(self.bars.helper(contents.entry), bar, place), statement)
        mirrored = tree.subscript(bar, tree.copy(target.slice), store=True)
        store = tree.assign(mirrored, value if tree.is_removal(statement) else self.shadows.element(value), statement)
        if self.adjoints.is_active(value) and not self.bars.is_shadow(value.id):
            self.given(value, tree.subscript(bar, tree.copy(target.slice)), base, target, 1)
        putting = self.bars.helper(contents.put_back)
        put = tree.expression(tree.call(putting, bar, tree.copy(place), tree.name(held)))
        self.bars.emit(put)
        return self.shadows.stored(base, store, keep, put)

    @staticmethod
    def sign(op: Any) -> int:
        """The sign with which an operator takes what is stored."""
        return -1 if isinstance(op, gast.Sub) else 1

    def check_number(self, statement: Any, base: str, index: Any) -> None:
        """Refuse a store to an array of no dimensions that a mask may leave as it is: its adjoint is a number."""
        kind = self.bars.kind(base)
        if isinstance(kind, Array) and kind.dims == () and not (self.bars.is_shadow(base) or self.is_basic(index)):
            name = self.program.namer.base(base)
            reason = f"this may store to '{name}', which has no dimensions, or leave it as it is"
            raise refuse(statement, self.program.source, reason, f"use {name} = np.where(...), or an if statement")

    def is_whole(self, base: str, index: Any) -> bool:
        """Whether a store is to all of an array, which has no adjoint from before it."""
        kind = self.bars.kind(base)
        plain = isinstance(index, gast.Slice) and (index.lower, index.upper, index.step) == (None, None, None)
        every = plain or self.scope.literal(index) is Ellipsis or (isinstance(index, gast.Tuple) and not index.elts)
        return isinstance(kind, Array) and (every or kind.dims == ())

    def from_array(self, statement: Any, target: Any) -> None:
        """The same for a part of an array."""
        base, index, value = target.value.id, target.slice, statement.value
        op = getattr(statement, "op", None)
        self.bars.own(base)
        place = tree.subscript(self.bars.node(base), tree.copy(index))
        zero = tree.assign(tree.subscript(self.bars.node(base), tree.copy(index), store=True), tree.constant(0.0))
        if not self.adjoints.is_active(value):
            term = None
        elif not self.is_basic(index) and not self.is_mask(index):
            whole = as_value(tree.copy(index), self.program.builtin(slice))
            term = tree.call(self.bars.helper(contents.stored), self.bars.node(base), whole)
        else:
            term = self.part_of(place, value, op is None)
        if op is not None:
            self.given(value, term, base, target, self.sign(op))
        elif term is not None and self.bars.is_shadow(value.id):  # what is zeroed may be a part of what is added to
            held = self.program.namer.derived(value.id, "_bar")
            self.bars.emit(tree.assign(held, term))
            self.bars.emit(zero)
            self.given(value, tree.name(held), base, target, 1)
        else:
            if term is not None:
                self.given(value, term, base, target, 1)
            self.bars.emit(zero)

    def part_of(self, place: Any, value: Any, is_zeroed: bool) -> Any:
        """The adjoint of what was stored in a place of a basic index: a copy where it would not last long enough."""
        part = self.kind(tree.subscript(tree.name(self.bars.owner(place.value.id)), place.slice))
        if isinstance(part, Scalar) or not self.is_basic(place.slice):
            return place
        if self.bars.is_shadow(self.bars.owner(place.value.id)):  # which others change, too
            return self.copied(place)
        lasting = is_zeroed or self.program.namer.base(value.id) in self.program.user
        is_added = self.bars.is_set(value.id) and not self.bars.is_shadow(value.id)
        used_at_once = self.is_summed(value.id, part) or is_added
        return self.copied(place) if lasting and not used_at_once else place

    def is_mask(self, index: Any) -> bool:
        """Whether an index is one boolean array, which names no element twice."""
        kind = self.kind(index)
        return isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind == "b"

    def is_summed(self, operand: str, part: Kind) -> bool:
        """Whether a cotangent is surely summed to the shape of what was stored, which makes a new array."""
        return isinstance(self.scope.kinds.get(operand), Scalar) and isinstance(part, Array)

    def given(self, value: Any, term: Any, base: str, target: Any, sign: int, fresh: bool = False) -> None:
        """Add a cotangent to the adjoint of what was stored."""
        if not self.adjoints.is_active(value):
            return
        kind = self.bars.kind(base)
        if not isinstance(kind, (Sequence, Mapping)):  # an element of a list is not broadcast
            place = tree.overwritten(target)
            reduced = self.adjoints.reduced_to(term, value.id, self.kind(place), self.adjoints.extents.of(place))
            term = term if reduced is None else reduced
        fresh |= isinstance(self.kind(tree.overwritten(target)), Scalar) or (
            isinstance(term, gast.Call) and isinstance(term.func, gast.Attribute) and term.func.attr == "copy"
        )
        if sign < 0:
            term = tree.negate(term)
        self.bars.add(value.id, self.bars.matched(value.id, term, [kind]), fresh=fresh)

    def scaled(self, base: str, index: Any, op: Any, factor: Any) -> None:
        """``x[i] *= c`` is its own transpose."""
        kind = self.bars.kind(base)
        if isinstance(kind, Array) and kind.dims == () and not self.bars.is_shadow(base):
            bar = gast.BinOp(self.bars.node(base), op, tree.copy(factor))
            self.bars.kill(base)
            self.bars.add(base, bar)
            return
        self.bars.own(base)
        place = tree.subscript(self.bars.node(base), tree.copy(index), store=True)
        self.bars.emit(gast.AugAssign(place, op, tree.copy(factor)))
