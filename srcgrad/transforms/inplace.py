"""NumPy's functions that change an array become stores to it: ``out=``, ``copyto``, ``fill``, ``sort``, ``np.add.at``.

>>> from srcgrad.transforms.examples import show
>>> print(show(inplace, '''
... def f(x):
...     y = np.zeros(3)
...     np.multiply(x, x, out=y)
...     y.sort()
...     np.add.at(y, [0, 0], x[:2])
...     return y
... ''', kinds=True))
def f(x):
    y = np.zeros(3)
    y[...] = np.multiply(x, x)
    y[...] = np.sort(y)
    y[...] = with_added_at(y, [0, 0], x[:2])
    return y
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad import placements, tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.effects import may_come_first
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Array, Kind, Scalar
from srcgrad.analysis.operations import is_user_function
from srcgrad.analysis.order import first_of
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summaries import aliases_in
from srcgrad.analysis.written import written_out
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.masked import is_masked, masked, out_of
from srcgrad.transforms.stores import updated
from srcgrad.tree import replaced
from srcgrad.writer import to_text

# the helper that returns what a function makes of its first argument, and the function's parameters
_PLACING: dict[Any, tuple[Callable[..., Any], tuple[str, ...]]] = {
    np.put: (placements.with_put, ("a", "ind", "v", "mode")),
    np.place: (placements.with_placed, ("arr", "mask", "vals")),
    np.putmask: (placements.with_masked, ("a", "mask", "values")),
    np.put_along_axis: (placements.with_along_axis, ("arr", "indices", "values", "axis")),
    np.fill_diagonal: (placements.with_diagonal, ("a", "val", "wrap")),
}
_METHODS = {"put": np.put}
# these read their arguments while they write; all others of NumPy's see to arguments that share storage with the result
_AT_ONCE = (np.concatenate, np.stack, np.put_along_axis, np.fill_diagonal)
# methods that NumPy has as functions of the same arguments, which return an array; the position of ``axis``
_SORTS = {"sort": 0, "partition": 1}
_RANKS = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}  # kinds of numbers, to be cast to those of a higher rank


def inplace(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Rewrite what changes an array that is differentiated, or puts something differentiated in it."""
    worker = _InPlace(program, scope, callee_kind)
    if not any(worker.is_changing(n) for n in tree.walk_forward(program.function.body) if isinstance(n, gast.Call)):
        return program
    body = worker.with_masks(program.function.body)
    if worker.has_masks:  # whose results are other names of arrays that are changed
        program = program.with_body(body)
        worker = _InPlace(program, scope, callee_kind)
    return program.with_body(worker.block(body))


class _InPlace:
    def __init__(self, program: Program, scope: Scope, callee_kind: CalleeKind) -> None:
        self.program = program
        self.scope = scope
        self.kind = Inference(scope, callee_kind).kind
        self.aliases = aliases_in(program.function, scope, updated(program))
        self.varied = activity(program, scope).varied
        self.has_masks = False

    def with_masks(self, statements: list[Any]) -> list[Any]:
        """Statements with the calls that have ``where`` as stores to masks, each after what is evaluated before it."""
        made: list[Any] = []
        for statement in statements:
            statement = tree.with_blocks(statement, self.with_masks)
            value = None if tree.blocks(statement) else getattr(statement, "value", None)
            calls = [n for n in tree.walk(value or []) if isinstance(n, gast.Call) and is_masked(n, self.scope)]
            masks = [n for n in calls if self.is_changing(n) and self.is_followed(n, out_of(n))]
            stores = masked(statement, first_of(value, masks), self) if masks else None
            self.has_masks = self.has_masks or stores is not None
            made += [statement] if stores is None else [*stores[:-1], *self.with_masks(stores[-1:])]
        return made

    def is_changing(self, call: Any) -> bool:
        """Whether a call may be one of those that are rewritten."""
        return bool(self.aliases.effect(call).changes)

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        if tree.blocks(statement):
            return [tree.with_blocks(statement, self.block)]
        calls = [n for n in tree.walk(statement) if isinstance(n, gast.Call) and self.is_changing(n)]
        if len(calls) != 1:
            return [statement]
        call = calls[0]
        found = self.target_and_value(call)
        if found is None or not self.is_followed(call, found[0]):
            return [statement]
        self.check_overlap(call, found[0])
        return self.stored(statement, call, *found)

    def is_followed(self, call: Any, target: Any) -> bool:
        """Whether a derivative reaches what is changed, or what changes it."""
        keys = {other for key in self.aliases.sources(target) for other in self.aliases.together(key)}
        return not self.varied.isdisjoint(keys | real_reads(call, self.scope) | tree.reads(call))

    def stored(self, statement: Any, call: Any, target: Any, value: Any) -> list[Any]:
        """The store, and what is left of the statement that reads what is changed."""
        made = []
        changed = {other for key in self.aliases.sources(target) for other in self.aliases.together(key)}
        is_part = tree.is_part(target)
        if is_part and isinstance(self.kind(target.value), Array):  # an element of a list is an array itself
            place = tree.shallow(target, ctx=gast.Store())
        else:
            if not isinstance(target, gast.Name):
                held = self.program.namer.temporary("part")
                made.append(tree.assign(held, target, statement))
                value = replaced(value, target, tree.name(held))
                target = tree.at(tree.name(held), target)
            place = tree.subscript(tree.name(target.id), tree.constant(...), store=True)
        made.append(tree.assign(place, tree.at(value, call), statement))
        if isinstance(statement, gast.Expr) and statement.value is call:
            return made
        if not may_come_first(statement, call, changed, self.scope):
            reason = "this changes an array in the middle of an expression that reads it"
            raise refuse(call, self.program.source, reason, "write it as a statement of its own")
        return [*made, replaced(statement, call, tree.shallow(target))]

    # --- what a call stores

    def target_and_value(self, call: Any) -> tuple[Any, Any] | None:
        """The array that a call changes, and all that it holds then; None where that is not known."""
        function = self.scope.resolve(call.func)
        owner = self.scope.resolve(call.func.value) if isinstance(call.func, gast.Attribute) else MISSING
        if any(isinstance(a, gast.Starred) for a in call.args) or not all(k.arg for k in call.keywords):
            return None
        if is_user_function(function):
            return None  # whose ``out`` is a parameter like any other
        if isinstance(owner, np.ufunc) and call.func.attr == "at":
            return self.at(owner, call)
        if function is np.copyto:
            return self.copied(call)
        if function is not MISSING and any(function is known for known in _PLACING):
            return self.placed(
                *next(found for known, found in _PLACING.items() if known is function), list(call.args), call
            )
        if isinstance(call.func, gast.Attribute) and isinstance(self.kind(call.func.value), Array):
            return self.method(call.func.attr, call.func.value, call)
        return self.out(function, call)

    def method(self, name: str, array: Any, call: Any) -> tuple[Any, Any] | None:
        """What a method of an array leaves in it."""
        if name == "fill" and len(call.args) == 1:
            return array, call.args[0]
        if name in _METHODS:
            return self.placed(*_PLACING[_METHODS[name]], [array, *call.args], call)
        axes = [*call.args[_SORTS.get(name, 0) :], *(k.value for k in call.keywords if k.arg == "axis")][:1]
        if name in _SORTS and all(isinstance(self.kind(axis), Scalar) for axis in axes):  # NumPy's functions take None
            function = tree.attribute(self.program.external(np, "np"), name)
            return array, gast.Call(function, [array, *call.args], call.keywords)
        return self.out(getattr(np.ndarray, name, MISSING), call)

    def out(self, function: Any, call: Any) -> tuple[Any, Any] | None:
        """What is written into ``out``: the result without it."""
        targets = list(written_out(function, call, self.scope))
        named = [k for k in call.keywords if k.arg in ("where", "casting", "overwrite_input", "copy")]
        if len(targets) != 1 or named or targets[0] is (call.args[0] if call.args else None):
            return None
        target = targets[0]
        args = [a for a in call.args if a is not target]
        if any(a is target for a in call.args[:-1]):
            return None  # something follows it
        keywords = [k for k in call.keywords if k.arg != "out"]
        value = tree.shallow(call, args=args, keywords=keywords)
        self.check_dtype(call, target, value)
        if not isinstance(function, np.ufunc):
            self.check_shape(call, target, value)
        return target, value

    def at(self, ufunc: np.ufunc, call: Any) -> tuple[Any, Any] | None:
        """``np.add.at(x, index, t)``, which adds up where an index comes twice."""
        if ufunc not in (np.add, np.subtract) or len(call.args) != 3 or call.keywords:
            return None
        target, index, t = call.args
        helper = placements.with_added_at if ufunc is np.add else placements.with_subtracted_at
        return target, tree.call(self.program.external(helper, helper.__name__), target, index, t)

    def copied(self, call: Any) -> tuple[Any, Any] | None:
        """``np.copyto(x, v)``."""
        given = dict(zip(("dst", "src", "casting", "where"), call.args, strict=False))
        given |= {k.arg: k.value for k in call.keywords}
        if not {"dst", "src"} <= given.keys():
            return None
        target, value = given["dst"], given["src"]
        if "where" in given:
            function = tree.attribute(self.program.external(np, "np"), "where")
            value = tree.call(function, given["where"], value, target)
        casting = self.scope.literal(given["casting"]) if "casting" in given else "same_kind"
        if casting == "same_kind":
            self.check_dtype(call, target, given["src"])
        return (target, value) if casting in ("same_kind", "unsafe") else None

    def check_overlap(self, call: Any, target: Any) -> None:
        """Refuse to store parts of an array in it where what they hold depends on what was stored before."""
        function = self.scope.resolve(call.func)
        if not any(function is known for known in _AT_ONCE):
            return
        own = {other for key in self.aliases.sources(target) for other in self.aliases.together(key)}
        given = [node for node in (*call.args, *(k.value for k in call.keywords)) if node is not target]
        for node in (part for one in given for part in _items(one)):
            if self.aliases.sources(node) & own:
                reason = f"this writes parts of '{to_text(target)}' into it, one after the other"
                raise refuse(node, self.program.source, reason, "write a copy: np.array(...)")

    def check_dtype(self, call: Any, target: Any, value: Any) -> None:
        """Refuse what NumPy does not cast, though a store would."""
        dtypes = [_dtype_of(self.kind(node)) for node in (target, value)]
        own, given = (-1 if dtype is None else _RANKS.get(dtype.kind, -1) for dtype in dtypes)
        if 0 <= own < given:
            reason = f"NumPy does not write {dtypes[1]} into an array of {dtypes[0]} here"
            raise refuse(call, self.program.source, reason, f"make the array with dtype={dtypes[1]}")

    def check_shape(self, call: Any, target: Any, value: Any) -> None:
        """Refuse a result that does not fit: unlike a store, no function but a ufunc repeats it."""
        own, given = _dims_of(self.kind(target)), _dims_of(self.kind(value))
        if own is not None and given is not None and len(own) != len(given):
            reason = f"a result of {len(given)} dimensions is written into an array of {len(own)}"
            raise refuse(call, self.program.source, reason, "to repeat it, store it: y[...] = ...")

    def placed(
        self, helper: Callable[..., Any], parameters: tuple[str, ...], args: list[Any], call: Any
    ) -> tuple[Any, Any] | None:
        """What one of NumPy's functions that put values in places leaves in an array."""
        given = dict(zip(parameters, args, strict=False)) | {k.arg: k.value for k in call.keywords}
        nodes = [given[name] for name in parameters if name in given]
        if not nodes or len(nodes) != len(given) or any(name in given for name in parameters[len(nodes) :]):
            return None
        return nodes[0], tree.call(self.program.external(helper, helper.__name__), *nodes)


def _items(node: Any) -> list[Any]:
    """What a display holds, or the expression itself."""
    is_display = isinstance(node, (gast.List, gast.Tuple))
    return [item for one in node.elts for item in _items(one)] if is_display else [node]


def _dtype_of(kind: Kind) -> Any:
    """The dtype of an array or a number, None if it is not known."""
    return np.dtype(kind.type) if isinstance(kind, Scalar) else getattr(kind, "dtype", None)


def _dims_of(kind: Kind) -> Any:
    """The dimensions of an array or a number, None if it is not known how many."""
    return () if isinstance(kind, Scalar) else getattr(kind, "dims", None)
