"""Stores as single operations: of an atom, at an index that is the same before and after."""

from __future__ import annotations

from typing import Any, Protocol

import gast
import numpy as np

from srcgrad import contents, tree
from srcgrad.analysis.indexing import is_basic, is_spliced, parts_of
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Array, Mapping, Scalar, Sequence, Unknown, is_tuple
from srcgrad.analysis.operations import Apply, describe
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_in
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.bars import as_value
from srcgrad.writer import to_text


class Flattener(Protocol):
    """What flattens expressions: into ``out``, with names for what is ``active`` or may not be evaluated again."""

    program: Program
    scope: Scope
    active: set[str]
    infer: Inference
    out: list[Any]

    def is_active(self, node: Any) -> bool:
        """Whether a derivative reaches an expression."""

    def is_stable(self, node: Any) -> bool:
        """Whether an expression may be evaluated again."""

    def atom(self, node: Any) -> Any:
        """A name for the value of an expression."""

    def hold(self, node: Any, wish: str) -> Any:
        """A name for what is not differentiated."""

    def index(self, node: Any) -> Any:
        """An index that may be evaluated again."""

    def array(self, node: Any) -> Any:
        """An array of a list."""


class FlatStores:
    """Flattens stores, with what flattens expressions."""

    def __init__(self, flattener: Flattener) -> None:
        self.flattener = flattener
        self.program = flattener.program
        self.scope = flattener.scope

    def store(self, statement: Any) -> None:
        """A store of an atom at an index that stays as it is; what an operator updates otherwise than linearly."""
        target = tree.stored(statement)
        base = target.value.id
        is_active = self.flattener.is_active(statement.value) and base in self.flattener.active
        if is_spliced(target, self.flattener.infer.kind):
            self.splice(statement, target)
            return
        if isinstance(statement, gast.Assign):
            overlaps = is_active and self.may_overlap(statement.value, target)
            value = self.stored_value(statement.value, base) if is_active else statement.value
            target = tree.shallow(target, slice=self.place(target.slice))
            value = self.read_first(value, target) if overlaps else value
            self.flattener.out.append(tree.at(gast.Assign([target], value, None), statement))
            return
        statement = tree.shallow(statement, target=tree.shallow(target, slice=self.place(target.slice)))
        is_mixed = self.check_alone(statement.target)  # nothing else has it: no array is changed that is needed again
        is_sum = isinstance(statement.op, (gast.Add, gast.Sub)) and not is_mixed
        if is_sum or base not in self.flattener.active:
            value = self.stored_value(statement.value, base, is_update=True) if is_active else statement.value
            self.flattener.out.append(tree.shallow(statement, value=value))
        elif isinstance(statement.op, (gast.Mult, gast.Div)) and not is_active and not is_mixed:
            factor = (
                statement.value
                if self.flattener.is_stable(statement.value)
                else self.flattener.hold(statement.value, "factor")
            )
            self.flattener.out.append(tree.shallow(statement, value=factor))
        else:
            whole = self.flattener.atom(tree.value_stored(statement))
            self.flattener.out.append(tree.at(gast.Assign([statement.target], whole, None), statement))

    def check_alone(self, target: Any) -> bool:
        """Look at run time whether an element that may be an array or a number, and is updated, is there once."""
        kind = self.flattener.infer.kind
        if isinstance(kind(target.value), Array) or isinstance(kind(tree.overwritten(target)), Scalar):
            return False
        place = as_value(tree.copy(target.slice), self.program.builtin(slice))
        checking = tree.name(self.program.external(contents.check_alone, "check_alone"))
        self.flattener.out.append(tree.expression(tree.call(checking, tree.name(target.value.id), place)))
        return isinstance(kind(target.value), (Mapping, Sequence))

    def splice(self, statement: Any, target: Any) -> None:
        """A store of atoms to a slice of a list."""
        if isinstance(statement, gast.AugAssign):
            reason = "a slice of a list is updated by an operator"
            raise refuse(statement, self.program.source, reason, "store to its elements one by one")
        value = statement.value
        if isinstance(value, gast.List) and not any(isinstance(item, gast.Starred) for item in value.elts):
            value = tree.list_([self.flattener.atom(item) for item in value.elts])
        elif self.flattener.is_active(value):
            self.check_listed(value)
            value = self.flattener.atom(value)
        else:
            value = self.flattener.hold(value, "values")
        if not tree.is_end(target):
            target = tree.shallow(target, slice=self.place(target.slice))
        self.flattener.out.append(tree.at(gast.Assign([target], value, None), statement))

    def check_listed(self, value: Any) -> None:
        """Refuse to store what is no list or tuple in a slice of a list."""
        kind = self.flattener.infer.kind(value)
        if not isinstance(kind, Sequence) or not (kind.type is list or is_tuple(kind)):
            reason = "what is stored in a slice of a list may be no list"
            raise refuse(value, self.program.source, reason, "store its elements one by one")

    def stored_value(self, node: Any, base: str, is_update: bool = False) -> Any:
        """An atom for what is stored; of an array that is stored in itself a copy, of a list in an array one."""
        listed = isinstance(self.flattener.infer.kind(node), Sequence) and isinstance(self.scope.kinds.get(base), Array)
        if listed and not is_update:  # of an update NumPy makes an array first
            self.check_parts(node, base)
        value = self.flattener.array(node) if listed else self.flattener.atom(node)
        is_holder = isinstance(self.scope.kinds.get(base), (Mapping, Sequence))
        if is_holder and isinstance(value, gast.Name) and value.id == base:
            reason = f"'{self.program.namer.base(base)}' is stored in itself"
            raise refuse(node, self.program.source, reason, "store what you need of it, or a copy")
        if isinstance(value, gast.Name) and value.id == base:
            return self.flattener.atom(tree.call(tree.attribute(self.program.external(np, "np"), "copy"), value))
        return value

    def read_first(self, value: Any, target: Any) -> Any:
        """A copy of what is stored, if at run time nothing is stored that is read afterwards."""
        copying = tree.name(self.program.external(contents.read_first, "read_first"))
        index = as_value(tree.copy(target.slice), self.program.builtin(slice))
        return self.flattener.atom(tree.call(copying, value, tree.name(target.value.id), index))

    def may_overlap(self, node: Any, target: Any) -> bool:
        """Whether a part of an array is stored in another one of one dimension and other strides, or at places.

        There NumPy stores one element after the other, though they may be read again; at lists of integers until 2.1.
        """
        if isinstance(self.flattener.infer.kind(target.value), (Mapping, Sequence)):
            return False  # which holds what it is given itself
        kind = self.flattener.infer.kind(node)
        is_new = not isinstance(node, (gast.Name, gast.Subscript, gast.Attribute, gast.Call))
        if isinstance(node, gast.Call):
            operation = describe(node, self.scope)
            is_new = not (isinstance(operation, Apply) and operation.rule.view)
        may_have_one = isinstance(kind, Unknown) or (isinstance(kind, Array) and len(kind.dims or (None,)) == 1)
        at_places = not is_basic(target.slice, self.flattener.infer.kind, self.scope)
        if is_new or not (may_have_one or at_places):
            return False
        aliases = aliases_in(self.program.function, self.scope)
        shared = aliases.sources(node) & aliases.together(target.value.id)
        part = self.flattener.infer.kind(tree.overwritten(target))
        if not at_places and isinstance(part, Array) and part.dims is not None and len(part.dims) != 1:
            return False  # of more dimensions NumPy makes a copy where they overlap
        mine, other = self.strides(target), self.strides(node)
        is_same = mine == other and (not at_places or self.is_row(target))
        return bool(shared) and not is_same and (at_places or not _are_opposite(mine, other))

    def is_row(self, target: Any) -> bool:
        """Whether whole rows are stored to: then a single row may be the value, for it is stored in itself as it is."""
        kind = self.flattener.infer.kind(target.slice)
        if isinstance(kind, Array):
            return kind.dims is not None and len(kind.dims) == 1
        return not isinstance(kind, Sequence) or (kind.type is list and isinstance(kind.item, Scalar))

    def strides(self, node: Any) -> tuple[Any, ...]:
        """What was taken of an array, part by part, but for slices in steps of one, which leave the strides alone."""
        if isinstance(node, gast.Name):
            found = (n for n in tree.walk(self.program.function.body) if tree.single_target(n) == node.id)
            values = [one.value for one in found]
            followed = len(values) == 1 and isinstance(values[0], (gast.Name, gast.Subscript, gast.Attribute))
            return self.strides(values[0]) if followed and values[0] is not node else ()
        if isinstance(node, gast.Attribute):
            return (*self.strides(node.value), node.attr)
        if not isinstance(node, gast.Subscript):
            return ("unknown", id(node))
        parts = [self.step(part) for part in parts_of(node.slice)]
        return (*self.strides(node.value), *([] if set(parts) == {"all"} else [tuple(parts)]))

    def step(self, part: Any) -> str:
        """What a part of an index takes of an axis: all in steps of one, a single element, or something else."""
        if not isinstance(part, gast.Slice):
            return "all" if self.scope.literal(part) is Ellipsis else "one"
        return "all" if part.step is None or self.scope.literal(part.step) == 1 else to_text(part.step)

    def check_parts(self, node: Any, base: str) -> None:
        """Refuse to store a list of parts of an array in it: NumPy stores one after the other, as they are then."""
        aliases = aliases_in(self.program.function, self.scope)
        if aliases.sources(node) & aliases.together(base):
            reason = f"this stores a list of parts of '{self.program.namer.base(base)}' in itself, one after the other"
            raise refuse(node, self.program.source, reason, "make an array of them first: np.array([...])")

    def place(self, node: Any) -> Any:
        """An index that is the same before and after the store, which may change the arrays that it is made of."""
        made = self.flattener.index(node)
        if isinstance(made, gast.Tuple):
            return tree.tuple_([self.place(item) for item in made.elts])
        if isinstance(made, gast.Name) and made.id in self.program.changed:
            copying = tree.attribute(self.program.external(np, "np"), "copy")
            if not isinstance(self.scope.kinds.get(made.id), Array):  # it may be a key
                copying = tree.name(self.program.external(contents.twins, "twins"))
            return self.flattener.hold(tree.call(copying, made), "index")
        return made


def _are_opposite(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    """Whether one part of an axis runs forwards and the other backwards: then NumPy makes a copy first."""
    lasts = [one[-1] if one and isinstance(one[-1], tuple) else () for one in (left, right)]
    signs = [last[:1] != () and last[0].startswith("-") for last in lasts]
    rests = [one[:-1] if one and isinstance(one[-1], tuple) and len(one[-1]) == 1 else one for one in (left, right)]
    return signs[0] != signs[1] and rests[0] == rests[1]
