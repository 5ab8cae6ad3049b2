"""Adjoints that are made in the forward sweep, beside arrays that share storage: they share it in the same way.

What is bound to a name, taken as a view or put in a list is so mirrored on the adjoints, and a store is reversed in the
adjoint of whatever it went to.  Which array that is need not be known.
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad import contents, structures, tree
from srcgrad.analysis.indexing import is_basic, parts_of
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Array, Kind, Mapping, Scalar, Sequence, Unknown
from srcgrad.analysis.operations import Apply, Copy, Display, Read, UserCall, describe
from srcgrad.analysis.summaries import aliases_of, effect_of
from srcgrad.errors import refuse
from srcgrad.transforms.bars import Bars, as_value
from srcgrad.transforms.displays import object_display
from srcgrad.transforms.sweeps import Restore, Section

# the result of these is a view of an array, whatever its strides
_VIEWS = (
    np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.flip, np.flipud, np.fliplr, np.split,
    np.array_split,
)  # fmt: skip


class Shadows:
    """Makes the adjoints of names that share storage."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.program = bars.program
        self.scope = bars.scope
        self.names = bars.shadows
        self.kind = Inference(bars.scope).kind
        self.statements: dict[int, Any] = {}  # those that make adjoints
        self.restores: list[Restore] = []  # of adjoints that are stored in adjoints, as the values are
        self.aliases = aliases_of(self.program.function, bars.scope) if self.names else None

    def parameters(self) -> list[Any]:
        """The adjoints of parameters, before anything else."""
        found = sorted(self.names & tree.parameters_of(self.program.function))
        made = [tree.assign(self.bars.name(name), self.zeros(name), self.program.function) for name in found]
        self.statements.update({id(one): one for one in made})
        return made

    def made(self, statement: Any) -> list[Any]:
        """The statements that make the adjoints of what a statement binds."""
        found = self._made(statement)
        self.statements.update({id(one): one for one in found})
        return found

    def stored(self, base: str, store: Any, keep: Any, put: Any) -> list[Any]:
        """A store of the forward sweep of an adjoint in the one of ``base``, with what keeps what it overwrites."""
        self.restores.append(Restore(self.bars.name(base), store, keep, put))
        return [store] if keep is None else [keep, store]

    def are_apart(self, value: Any) -> bool:
        """Whether the parts of a value share no storage."""
        return self.aliases is None or self.aliases.are_apart(value)

    def _made(self, statement: Any) -> list[Any]:
        target = statement.targets[0]
        names = [part.id for part in target.elts] if isinstance(target, gast.Tuple) else [target.id]
        mine = list(filter(self.bars.is_shadow, names))
        if not mine:
            return []
        value = self.mirrored(statement)
        if value is None and len(mine) > 1 and not self.are_apart(statement.value):
            value = tree.call(self.bars.helper(contents.shadow), tree.tuple_(map(tree.name, mine)))
            left = tree.tuple_([tree.target(self.bars.name(name)) for name in mine], store=True)
            return [tree.assign(left, value, statement)]
        if value is None:
            return [tree.assign(self.bars.name(name), self.zeros(name), statement) for name in mine]
        if isinstance(target, gast.Name):
            return [tree.assign(self.bars.name(target.id), value, statement)]
        left = [tree.target(self.bars.name(n) if n in mine else self.unread()) for n in names]
        return [tree.assign(tree.tuple_(left, store=True), value, statement)]

    def sink(self, root: Section) -> None:
        """Make the adjoints where the reverse sweep starts, unless some are made in blocks, or stored in others."""
        top = [statement for statement in root.forward if id(statement) in self.statements]
        if len(top) == len(self.statements) and not self.restores:
            root.forward[:] = [statement for statement in root.forward if id(statement) not in self.statements]
            root.reverse[:0] = top

    def unread(self) -> str:
        """A name for the adjoint of a number among arrays, which has another one."""
        return self.program.namer.temporary("unread")

    def zeros(self, name: str) -> Any:
        """An adjoint for new storage."""
        return self.bars.zero_structure(name)

    def mirrored(self, statement: Any) -> Any:
        """What is done to values, done to their adjoints; None where the value is new storage."""
        value = statement.value
        operation = describe(value, self.scope)
        if isinstance(operation, Copy):
            return self.shadow(operation.source) if self.bars.is_shadow(operation.source) else None
        if isinstance(operation, Read):
            return self.read(operation, statement)
        if isinstance(operation, Display):
            elements = [self.element(item) for item in operation.elements]
            if operation.call is not None:
                return object_display(self.program, operation, statement.targets[0].id, elements)
            return operation.written(elements) if operation.type is dict else tree.list_(elements)
        if isinstance(operation, Apply) and operation.rule.view:
            return self.view(statement, operation)
        if isinstance(operation, UserCall) and any(
            isinstance(part, gast.Name) and part.id in self.names for part in effect_of(value, self.scope).shares
        ):
            reason = "this call may return storage that is changed in place, which cannot be followed yet"
            raise refuse(statement, self.program.source, reason, "return a copy from the function that is called")
        return None

    def shadow(self, name: str) -> Any:
        """The adjoint of a name."""
        return tree.name(self.bars.name(name))

    def element(self, node: Any) -> Any:
        """The adjoint of an element of a list or tuple."""
        if isinstance(node, gast.Name) and self.bars.is_shadow(node.id):
            return self.shadow(node.id)
        if isinstance(self.kind(node), (Array, Scalar)):
            return tree.call(self.bars.helper(structures.zeros_for), tree.copy(node))
        return tree.call(self.bars.helper(contents.zero_twins), tree.copy(node))

    def read(self, operation: Read, statement: Any) -> Any:
        """The adjoint of an element or a slice; None of what is a copy."""
        base = operation.value.id
        if not self.bars.is_shadow(base):  # what shares no storage with it is new: a slice of a list of numbers
            return None
        kind = self.bars.kind(base)
        if isinstance(kind, Array):
            if not is_basic(operation.index, self.kind, self.scope):
                if self.is_advanced(operation.index):
                    return None
                reason = "whether this is a view or a copy is not known, and what it is read from is changed in place"
                raise refuse(statement, self.program.source, reason, "make a copy of it: np.array(...)")
            if getattr(self.kind(statement.value), "dims", ()) is None and self.drops(operation.index):
                reason = "whether this is a number or a part is not known, and what it is read from is changed in place"
                raise refuse(statement, self.program.source, reason, "give examples of the arguments, or make a copy")
        elif isinstance(kind, Unknown):
            reason = f"'{self.program.namer.base(base)}' is changed in place, and what it is is not known"
            raise refuse(statement, self.program.source, reason, "annotate the arguments or give examples of them")
        if self.may_be_number(str(tree.single_target(statement)), kind):
            return tree.call(self.bars.helper(contents.element), self.shadow(base), tree.copy(operation.index))
        return tree.subscript(self.shadow(base), tree.copy(operation.index))

    def drops(self, index: Any) -> bool:
        """Whether an index may leave no dimension of an array: there is an integer in it, and no slice."""
        kept = (isinstance(p, gast.Slice) or self.scope.literal(p) in (None, Ellipsis) for p in parts_of(index))
        return not any(kept)

    def numbers(self, statement: Any) -> Any:
        """What adds the adjoints of the numbers in a slice of a list, which are no storage, to those in the list."""
        operation = describe(statement.value, self.scope)
        name = tree.single_target(statement)
        if not isinstance(operation, Read) or name is None or not self.bars.is_shadow(operation.value.id):
            return None
        kind = self.bars.kind(getattr(operation.value, "id", ""))
        if self.may_be_number(name, kind):
            adding = self.bars.helper(contents.add_element)
            place = as_value(tree.copy(operation.index), self.program.builtin(slice))
            return tree.expression(tree.call(adding, self.shadow(operation.value.id), place, self.shadow(name)))
        if not isinstance(operation.index, gast.Slice):
            return None
        if not isinstance(kind, Sequence) or isinstance(kind.item, (Array, Sequence)) or not self.bars.is_shadow(name):
            return None
        place = as_value(tree.copy(operation.index), self.program.builtin(slice))
        adding = self.bars.helper(contents.add_numbers)
        return tree.expression(tree.call(adding, self.shadow(operation.value.id), self.shadow(name), place))

    def give_back(self, statement: Any, is_new: Any, active: frozenset[str]) -> None:
        """Emit what hands the adjoints of numbers, which are no storage, back to what they were taken from."""
        target = statement.targets[0]
        for place, part in enumerate(target.elts if is_new is False and isinstance(target, gast.Tuple) else []):
            if part.id in active and not self.bars.is_shadow(part.id) and self.bars.is_set(part.id):
                adding = self.bars.helper(structures.add_into)
                term = tree.call(adding, self.mirrored(statement), tree.constant(place), self.bars.node(part.id))
                self.bars.emit(tree.expression(term))
                self.bars.kill(part.id)
        numbers = self.numbers(statement)
        if numbers is not None:
            self.bars.emit(numbers)

    def may_be_number(self, name: str, whole: Kind) -> bool:
        """Whether an element of a list may be a number or an array."""
        kind = self.bars.kind(name)
        open_kind = isinstance(kind, Unknown) or (isinstance(kind, Array) and kind.dims is None)
        return open_kind and self.bars.is_shadow(name) and isinstance(whole, (Mapping, Sequence))

    def is_advanced(self, index: Any) -> bool:
        """Whether an index surely holds an array or a list of indices, so that what is read is a copy."""
        kinds = [self.kind(part) for part in parts_of(index) if not isinstance(part, gast.Slice)]
        return any(
            (isinstance(kind, Array) and bool(kind.dims)) or (isinstance(kind, Sequence) and kind.type is list)
            for kind in kinds
        )

    # --- views

    def view(self, statement: Any, operation: Apply) -> Any:
        """The same view of the adjoint; where it depends on strides whether it is one, that is asked."""
        operands = [o for o in operation.operands() if isinstance(o, gast.Name) and o.id in self.names]
        if not operands:
            return None
        source = operands[0].id
        if len({operand.id for operand in operands}) > 1:
            reason = "this may be a view of one of several arrays, one of which is changed in place"
            raise refuse(statement, self.program.source, reason, "make a copy of it: np.array(...)")
        if operation.primitive is np.imag and self.program.complexity(self.bars.kind(source)) is not False:
            reason = "the imaginary part of a complex array is a view, and the array is changed in place"
            raise refuse(statement, self.program.source, reason, "make a copy of it: z.imag.copy()")
        if operation.primitive is np.broadcast_to:
            reason = "this repeats elements of an array that is changed in place"
            raise refuse(statement, self.program.source, reason, "make a copy of it: np.array(...)")
        same = tree.substitute(tree.copy(statement.value), {source: self.shadow(source)})
        if is_sure_view(operation, self.bars.kind(source)):
            return same
        name = tree.single_target(statement)
        if name is None:
            reason = "whether these are views or copies is not known, and what they are made of is changed in place"
            raise refuse(statement, self.program.source, reason, "give the result one name first")
        if isinstance(self.bars.kind(source), (Mapping, Sequence)) or isinstance(
            self.bars.kind(name), (Mapping, Sequence)
        ):
            reason = f"'{self.program.namer.base(source)}' is a list, or becomes one, that is changed in place"
            raise refuse(statement, self.program.source, reason, "make a copy of its elements first: [v for v in x]")
        helper = self.bars.helper(contents.mirrored)
        return tree.call(helper, same, self.shadow(source), tree.name(name), tree.name(source))

    def is_new(self, statement: Any) -> Any:
        """When the value of a statement is new storage: True, False, or an expression for it."""
        operation = describe(statement.value, self.scope)
        if isinstance(operation, Apply) and operation.rule.view:
            operands = [o for o in operation.operands() if isinstance(o, gast.Name) and o.id in self.names]
            if not operands:
                return True
            if is_sure_view(operation, self.bars.kind(operands[0].id)):
                return False
            names = [tree.name(str(tree.single_target(statement))), tree.name(operands[0].id)]
            return tree.invert(tree.call(self.bars.numpy("may_share_memory"), *names))
        if isinstance(operation, Read):
            return self.read(operation, statement) is None
        return not (isinstance(operation, Copy) and self.bars.is_shadow(operation.source))


def is_sure_view(operation: Apply, kind: Kind) -> bool:
    """Whether the result of a primitive is a view of an array of a kind, whatever its strides."""
    is_array = isinstance(kind, Array) and kind.dims is not None
    return is_array and any(operation.primitive is one for one in _VIEWS)
