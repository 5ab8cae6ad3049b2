"""Adjoint variables while the reverse sweep is written: which are set, and who owns their storage.

An adjoint is *unset*, *shared* (it may be the same object as another adjoint or as the caller's seed) or *owned*.
The first contribution is an assignment; a later one adds in place to an owned adjoint and makes a new one of a
shared one.  Which it is follows from groups: adjoints that may share storage are in one group, and an adjoint that
is alone in its group owns its storage.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import gast
import numpy as np

from srcgrad import contents, runtime, stacks, structures, tree
from srcgrad.analysis.indexing import is_basic, parts_of
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import FLOAT, UNKNOWN, Array, Kind, Known, Mapping, Scalar, Sequence, Unknown
from srcgrad.analysis.reach import is_code
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.stacked import stack_names
from srcgrad.analysis.views import may_share, storage_of
from srcgrad.program import Program
from srcgrad.transforms.sharing import FOREIGN, State, joined


class Bars:
    """The adjoints of one function's values during the emission of its reverse sweep."""

    def __init__(self, program: Program, scope: Scope, emit: Callable[[Any], None], like: Callable[[str], str]) -> None:
        self.program = program
        self.scope = scope
        self.emit = emit
        self.names: dict[str, str] = {}
        self.group: dict[str, int] = {}
        self._owner: dict[str, str] = {}
        self._held: dict[str, Any] = {}  # what a name that terms read was given
        self._held_group: dict[str, int] = {}  # of those that an adjoint may be
        self._groups = itertools.count(1)
        self.like = like
        self.shadows = program.shadows
        self.uniform: dict[str, str] = {}
        self._stacks = stack_names(program.function.body, scope)

    # --- names and state

    def name(self, primal: str) -> str:
        """The name of a value's adjoint."""
        if primal not in self.names:
            self.names[primal] = self.program.namer.derived(primal, "_bar")
            self._owner[self.names[primal]] = primal
            kind = self.kind(primal)
            if isinstance(kind, Scalar) or self.is_shadow(primal) or (isinstance(kind, Array) and kind.dims):
                self.scope.kinds[self.names[primal]] = kind
                self.scope.local.add(self.names[primal])
        return self.names[primal]

    def owner(self, bar: str) -> str:
        """The value whose adjoint has a name."""
        return self._owner[bar]

    def node(self, primal: str) -> Any:
        """A read of a value's adjoint."""
        if primal in self.uniform:
            filled = tree.call(
                self.numpy("full_like"), tree.name(self.like(primal)), tree.name(self.uniform.pop(primal))
            )
            self.emit(tree.assign(self.name(primal), filled))
        return tree.name(self.name(primal))

    def is_set(self, primal: str) -> bool:
        """Whether the adjoint has a value here, as it always has where the forward sweep makes it."""
        return primal in self.group or self.is_shadow(primal)

    def is_shadow(self, primal: str) -> bool:
        """Whether the adjoint is made in the forward sweep, and shared as the value is."""
        return primal in self.shadows and not isinstance(self.kind(primal), (Scalar, Known))

    def kill(self, primal: str) -> None:
        """Forget an adjoint that has been passed on."""
        self.group.pop(primal, None)
        self.uniform.pop(primal, None)

    def snapshot(self) -> dict[str, int]:
        """The state, to come back to for another branch."""
        for primal in list(self.uniform):
            self.node(primal)
        return dict(self.group)

    def restore(self, state: dict[str, int]) -> None:
        """Go back to a state."""
        self.group = dict(state)

    def is_owned(self, primal: str) -> bool:
        """Whether nothing else can be the same storage as the adjoint, or it is to share changes."""
        if self.is_shadow(primal):
            return True
        own = self.group.get(primal)
        return own != FOREIGN and sum(1 for other in self.group.values() if other == own) == 1

    def mark_foreign(self, primal: str) -> None:
        """Say that the adjoint, and what shares its storage, may be storage that is not ours."""
        own = self.group.get(primal)
        self.group.update({other: FOREIGN for other, group in self.group.items() if group == own})
        self.group[primal] = FOREIGN

    def join(self, *states: State) -> None:
        """Go on from where several states meet."""
        self.restore(joined(self._groups, *states))

    def kind(self, primal: str) -> Kind:
        """The kind of the value (its adjoint has the same)."""
        return self.scope.kinds.get(primal, UNKNOWN)

    # --- emission

    def zero(self, primal: str) -> Any:
        """An expression for zeros of the shape and structure of a value."""
        kind = self.kind(primal)
        if isinstance(kind, Scalar):
            return tree.constant(0.0 if self.program.complexity(kind) is False else 0j)
        if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind in "fc":
            return tree.call(self.numpy("zeros_like"), tree.name(self.like(primal)))
        return tree.call(self.helper(structures.zeros_for), tree.name(primal))

    def zero_structure(self, primal: str) -> Any:
        """Zeros into which can be added in place, for storage of any kind."""
        kind = self.kind(primal)
        if isinstance(kind, Array):
            return self.zero(primal)
        return tree.call(self.helper(contents.shadow), tree.name(primal))

    def numpy(self, function: str) -> Any:
        """``np.function``."""
        return tree.attribute(self.program.external(np, "np"), function)

    def helper(self, function: Any) -> Any:
        """A function of ``srcgrad.runtime`` by its name in the generated code."""
        return tree.name(self.program.external(function, function.__name__))

    def set_zero(self, primal: str) -> None:
        """Start an adjoint at zero."""
        self.emit(tree.assign(self.name(primal), self.zero(primal)))
        self.group[primal] = next(self._groups)

    def hold(self, statement: Any) -> None:
        """Emit what gives a name to a value that terms read: those that are this value share storage."""
        self._held[statement.targets[0].id] = statement.value
        self.emit(statement)

    def settle(self, primal: str) -> None:
        """Make sure that an adjoint has its own variable, not a number that stands for it."""
        if primal in self.uniform:
            self.node(primal)

    def own(self, primal: str) -> None:
        """Make sure that an adjoint is set and owned, so that it may be added to in place."""
        if not self.is_set(primal):
            self.set_zero(primal)
            return
        kind = self.kind(primal)
        if primal in self.uniform:
            self.node(primal)
        if isinstance(kind, Scalar) or self.is_owned(primal):
            return
        copying = self.numpy("copy") if isinstance(kind, Array) else self.helper(structures.copied)
        self.emit(tree.assign(self.name(primal), tree.call(copying, self.node(primal))))
        self.group[primal] = next(self._groups)

    def matched(self, primal: str, term: Any, sources: Iterable[Kind]) -> Any:
        """A term without its imaginary part where the value is real; ``sources`` are the kinds that it is made of.

        A stack has others' values, and may have been changed: what is taken off it is looked at there.
        """
        if primal in self._stacks:
            return term
        kind = self.kind(primal)
        known = self.program.complexity(kind)
        if known is True or all(self.program.complexity(source) is False for source in sources):
            return term
        if known is False and isinstance(kind, (Scalar, Array)):
            return tree.attribute(term, "real")
        if known is None and not isinstance(kind, (Array, Unknown)):
            return term  # where a number or an element of a list goes on as a real one, that has a name of its own
        return tree.call(self.helper(runtime.matched), term, tree.name(self.like(primal)))

    def add(self, primal: str, term: Any, foreign: bool = False, fresh: bool = False) -> None:
        """Emit one contribution to the adjoint of a value.

        ``foreign`` says that the term may be storage of the caller's, ``fresh`` that nobody else has it.
        """
        kind = self.kind(primal)
        if self.is_shadow(primal):
            self._add_to_shadow(primal, term)
            return
        if primal in self.uniform:
            self.node(primal)
        if not self.is_set(primal) and self.is_uniform(term):
            held = self.program.namer.derived(primal, "_bar")
            self.scope.kinds[held] = FLOAT if self.program.complexity(kind) is False else Scalar(complex)
            self.scope.local.add(held)
            self.emit(tree.assign(held, term.args[1]))
            self.uniform[primal] = held
            self.group[primal] = next(self._groups)
            return
        if not self.is_set(primal):
            self.emit(tree.assign(self.name(primal), term))
            names = set() if fresh else self.aliases(term)
            self._join(primal, names, foreign or not (fresh or self.is_ours(term)))
            return
        if isinstance(kind, (Sequence, Mapping)) or (isinstance(kind, Unknown) and self.may_be_structure(term)):
            adding = stacks.added if primal in self._stacks else structures.add
            term = tree.call(self.helper(adding), self.node(primal), term)
            self.emit(tree.assign(self.name(primal), term))
        elif self.is_owned(primal):
            self.emit(tree.augment(self.name(primal), "+", term))
            return
        else:
            self.emit(tree.assign(self.name(primal), tree.binary(self.node(primal), "+", term)))
            self.scope.kinds.pop(self.name(primal), None)  # of a number it may be an array of no dimensions
        self.group[primal] = next(self._groups)

    def _add_to_shadow(self, primal: str, term: Any) -> None:
        if isinstance(self.kind(primal), Array):
            every = tree.subscript(self.node(primal), tree.constant(...), store=True)
            self.emit(tree.augment(every, "+", term))
        else:
            adding = self.helper(contents.add_in_place)
            self.emit(tree.expression(tree.call(adding, self.node(primal), term)))

    def may_be_structure(self, term: Any) -> bool:
        """Whether a term may be a list or a dict, for which ``+`` means something else: what no arithmetic made."""
        if isinstance(term, gast.Call):
            return not (isinstance(term.func, gast.Attribute) and term.func.attr != "pop")
        return not isinstance(term, (gast.BinOp, gast.UnaryOp, gast.Constant))

    def is_uniform(self, term: Any) -> bool:
        """Whether a term is an array filled with one number: it is kept as that number as long as that will do."""
        return (
            isinstance(term, gast.Call)
            and isinstance(term.func, gast.Attribute)
            and term.func.attr == "full_like"
            and isinstance(Inference(self.scope).kind(term.args[1]), Scalar)
        )

    def _join(self, primal: str, names: set[str], foreign: bool) -> None:
        held = names & self._held.keys()
        primals = {self._owner[name] for name in names if name in self._owner}
        groups = {self.group[o] for o in primals if o in self.group}
        groups |= {self._held_group[name] for name in held if name in self._held_group}
        made = FOREIGN if foreign or FOREIGN in groups else next(self._groups)
        for states in (self.group, self._held_group):
            states.update({other: made for other, group in states.items() if group in groups})
        self._held_group.update(dict.fromkeys(held, made))
        self.group[primal] = made

    def add_at(self, primal: str, index: Any, term: Any) -> None:
        """Emit ``x_bar[index] += term``."""
        kind = self.kind(primal)
        if isinstance(kind, Scalar) or (isinstance(kind, Array) and kind.dims == () and not self.is_shadow(primal)):
            plain = all(self.scope.literal(part) is Ellipsis for part in parts_of(index))
            self.add(primal, term if plain else tree.call(self.numpy("sum"), term))
            return
        self.own(primal)
        place = tree.subscript(self.node(primal), index, store=True)
        if isinstance(kind, Array) and is_basic(index, Inference(self.scope).kind, self.scope):
            self.emit(tree.augment(place, "+", term))
        elif tree.is_field(place) and self.has_plain_adjoint(primal, index):
            total = tree.binary(tree.shallow(tree.copy(place), ctx=gast.Load()), "+", term)
            self.emit(tree.assign(place, total))
        else:
            whole = as_value(index, self.program.builtin(slice))
            added = tree.call(self.helper(structures.add_into), self.node(primal), whole, term)
            # what is not known may be a number, and a tuple's adjoint may be one: neither can be changed in place
            fixed = isinstance(kind, Unknown) or (isinstance(kind, Sequence) and kind.type is not list)
            fixed = fixed and not self.is_shadow(primal)
            self.emit(tree.assign(self.name(primal), added) if fixed else tree.expression(added))

    def has_plain_adjoint(self, primal: str, attribute: Any) -> bool:
        """Whether the adjoint of an attribute of an object surely is a number or an array."""
        kind = Inference(self.scope).kind(tree.subscript(tree.name(primal), attribute))
        return isinstance(kind, (Array, Scalar)) and self.program.complexity(kind) is not None

    # --- aliases of terms

    def aliases(self, node: Any) -> set[str]:
        """The adjoints, and names that terms read, that may share storage with an expression."""
        found = may_share(node, self.scope)
        for name in found & self._held.keys():
            found |= self.aliases(self._held[name])
        return found & (self._owner.keys() | self._held.keys())

    def is_ours(self, node: Any) -> bool:
        """Whether an expression is adjoints or new storage, and no argument, global or value of the primal's."""
        return all(name is not None and self._is_own(name) for name in storage_of(node, self.scope))

    def _is_own(self, name: str) -> bool:
        if name in self._owner:
            return True
        if name in self._held:
            return self.is_ours(self._held[name])
        value = self.scope.resolve(tree.name(name))
        return isinstance(self.scope.kind_of_name(name), Scalar) or (value is not MISSING and is_code(value))


def as_value(index: Any, name: str) -> Any:
    """An index as an expression outside brackets: slices become calls of ``slice``."""
    if isinstance(index, gast.Tuple):
        return tree.tuple_([as_value(item, name) for item in index.elts])
    if isinstance(index, gast.Slice):
        parts = [tree.constant(None) if p is None else p for p in (index.lower, index.upper, index.step)]
        return tree.call(name, *parts)
    return index


__all__ = ["Bars"]
