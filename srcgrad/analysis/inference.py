"""Kinds of expressions, and of all names of a function by going round until nothing changes.

Works on a program in which every definition has a name of its own (see ``transforms.versions``), so that a kind
belongs to a name, not to a point of the program.
"""

from __future__ import annotations

import functools
import operator
import types
from collections import deque
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad import modes, tree
from srcgrad.analysis import sampling
from srcgrad.analysis.calls import computes
from srcgrad.analysis.indexing import index_dims
from srcgrad.analysis.kinds import (
    BOOL,
    INT,
    NEVER,
    UNKNOWN,
    Array,
    Kind,
    Known,
    Mapping,
    Scalar,
    Sequence,
    join,
    kind_of,
)
from srcgrad.analysis.operations import BINARY, UNARY, Apply, describe, is_user_function, unwrapped_partial
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.taken import derivative_kind, taken

CalleeKind = Callable[[types.FunctionType, list[Kind], dict[str, Kind]], Kind]
_ROUNDS = 12


def no_callees(function: types.FunctionType, args: list[Kind], keywords: dict[str, Kind]) -> Kind:
    """What is known of a user function's result where callees are not looked at."""
    return UNKNOWN


class Inference:
    """Finds kinds of expressions in one scope; ``callee_kind`` tells the kind of a user function's result."""

    def __init__(self, scope: Scope, callee_kind: CalleeKind = no_callees) -> None:
        self.scope = scope
        self.callee_kind = callee_kind

    def kind(self, node: Any) -> Kind:
        """The kind of an expression."""
        method = getattr(self, f"_{type(node).__name__}", None)
        return UNKNOWN if method is None else method(node)

    def _argument(self, node: Any) -> Any:
        literal = self.scope.literal(node)
        if literal is not MISSING and not isinstance(node, gast.Name):
            return sampling.Literal(literal)
        return self.kind(node)

    def _Name(self, node: Any) -> Kind:
        kind = self.scope.kind_of_name(node.id)
        return NEVER if isinstance(kind, Known) and kind.value is UnboundLocalError else kind  # see `versions`

    def _Constant(self, node: Any) -> Kind:
        return kind_of(node.value)

    def _JoinedStr(self, node: Any) -> Kind:
        return UNKNOWN

    def _BinOp(self, node: Any) -> Kind:
        return self._operator(BINARY[type(node.op).__name__], [node.left, node.right])

    def _UnaryOp(self, node: Any) -> Kind:
        if isinstance(node.op, gast.Not):
            return BOOL
        return self._operator(UNARY[type(node.op).__name__], [node.operand])

    def _Compare(self, node: Any) -> Kind:
        if len(node.ops) > 1 or type(node.ops[0]).__name__ in ("Is", "IsNot", "In", "NotIn"):
            return BOOL
        return self._operator(operator.lt, [node.left, node.comparators[0]])

    def _BoolOp(self, node: Any) -> Kind:
        return join(*[self.kind(value) for value in node.values])

    def _IfExp(self, node: Any) -> Kind:
        return join(self.kind(node.body), self.kind(node.orelse))

    def _List(self, node: Any) -> Kind:
        if any(isinstance(item, gast.Starred) for item in node.elts):
            return UNKNOWN
        items = tuple(self.kind(item) for item in node.elts)
        return Sequence(list if isinstance(node, gast.List) else tuple, items, join(*items))

    _Tuple = _List

    def _Attribute(self, node: Any) -> Kind:
        value = self.scope.resolve(node)
        if value is not MISSING:
            return kind_of(value)
        base = self.kind(node.value)
        if node.attr in ("size", "ndim"):
            return INT
        if node.attr == "shape" and isinstance(base, Array) and base.dims is not None:
            return Sequence(tuple, (INT,) * len(base.dims), INT)
        if node.attr == "dtype" and isinstance(base, Array) and base.dtype is not None:
            return Known(base.dtype)
        if node.attr in ("T", "real") and isinstance(base, (Array, Scalar)):
            function = np.transpose if node.attr == "T" else np.real
            return sampling.result_kind(function, (base,), ())
        return UNKNOWN

    def _Subscript(self, node: Any) -> Kind:
        base = self.kind(node.value)
        if isinstance(base, Array):
            return self._read_array(base, node.slice)
        if isinstance(base, Sequence):
            return self._read_sequence(base, node.slice)
        if isinstance(base, Mapping):
            key = self.scope.literal(node.slice)
            for candidate, kind in base.items:
                if key is not MISSING and candidate == key:
                    return kind
            return join(*[kind for _, kind in base.items])
        return UNKNOWN

    def _read_sequence(self, base: Sequence, index: Any) -> Kind:
        literal = self.scope.literal(index)
        if isinstance(literal, int) and base.items is not None and -len(base.items) <= literal < len(base.items):
            return base.items[literal]
        if isinstance(index, gast.Slice):
            return Sequence(base.type, None, base.item)
        return base.item

    def _read_array(self, base: Array, index: Any) -> Kind:
        parts = index.elts if isinstance(index, gast.Tuple) else [index]
        if base.dims is None:
            return Array(None, base.dtype)
        dims = index_dims(base.dims, parts, self.kind, self.scope)
        if dims is None:
            return Array(None, base.dtype)
        if dims == () and not any(self.scope.literal(p) is Ellipsis for p in parts):
            return Scalar(base.dtype.type) if base.dtype is not None and base.dtype.kind in "biufc" else UNKNOWN
        return Array(dims, base.dtype)

    def _Call(self, node: Any) -> Kind:
        function = self.scope.resolve(node.func)
        plain = not any(isinstance(a, gast.Starred) for a in node.args) and all(k.arg for k in node.keywords)
        if not plain:
            return UNKNOWN
        if isinstance(function, functools.partial):
            whole = unwrapped_partial(node, function)
            return UNKNOWN if whole is None else self._known_call(function.func, whole)
        if (found := taken(node, self.scope)) is not None:
            inside = lambda inner, scope: Inference(scope, self.callee_kind).kind(inner)  # noqa: E731
            return derivative_kind(node, found, self.scope, inside, self.callee_kind)
        if isinstance(node.func, gast.Call):
            return UNKNOWN
        if function is MISSING:
            return self._method(node)
        return self._known_call(function, node)

    def _known_call(self, function: Any, node: Any) -> Kind:
        if function is modes.stop_gradient and len(node.args) == 1:
            return self.kind(node.args[0])
        if is_user_function(function):
            return self.callee_kind(
                function, [self.kind(a) for a in node.args], {k.arg: self.kind(k.value) for k in node.keywords}
            )
        return self._primitive(function, node.args, node.keywords)

    def _method(self, node: Any) -> Kind:
        operation = describe(node, self.scope)
        base = self.kind(node.func.value) if isinstance(node.func, gast.Attribute) else UNKNOWN
        if isinstance(operation, Apply) and operation.rule.packed is not None and len(node.args) > 1:
            return self._primitive(operation.primitive, [node.func.value, tree.tuple_(node.args)], node.keywords)
        if not isinstance(base, (Array, Scalar)):
            return UNKNOWN
        function = getattr(np.ndarray, node.func.attr, None)
        if function is None or node.func.attr in ("setflags", "fill", "sort", "partition", "put", "resize"):
            return UNKNOWN
        return self._sampled(_method_caller(node.func.attr), [node.func.value, *node.args], node.keywords)

    def _primitive(self, function: Any, args: list[Any], keywords: list[Any]) -> Kind:
        if function in (np.reshape, np.zeros, np.ones, np.empty, np.full):
            made = self._shaped(function, args)
            if made is not None:
                return made
        if function is range:
            return Sequence(range, None, INT)
        if function is len:
            return INT
        if function is print:
            return Known(None)
        if function in (str, repr, format):
            return Known("text")
        if function in (list, tuple) and len(args) == 1:
            base = self.kind(args[0])
            if isinstance(base, Sequence):
                return Sequence(function, base.items, base.item)
            return Sequence(function, None, element_kind(base))
        if function in (enumerate, zip, reversed, sorted, iter) and args:
            return Sequence(function, None, iteration_kind(tree.call(function.__name__, *args), self, function))
        return self._sampled(function, args, keywords) if computes(function) else UNKNOWN

    def _shaped(self, function: Any, args: list[Any]) -> Kind | None:
        """The kind of an array whose shape is written out as a tuple."""
        position = 1 if function is np.reshape else 0
        if len(args) <= position or not isinstance(args[position], (gast.Tuple, gast.List)):
            return None
        base = self.kind(args[0]) if function is np.reshape else None
        dims = []
        for item in args[position].elts:
            literal = self.scope.literal(item)
            dims.append((literal == 1) if isinstance(literal, int) and literal >= 0 else None)
        if function is np.reshape:
            return Array(tuple(dims), base.dtype if isinstance(base, Array) else None)
        return Array(tuple(dims), np.dtype(float)) if len(args) == 1 and function is not np.full else None

    def _operator(self, function: Any, operands: list[Any]) -> Kind:
        arguments = tuple(self._argument(item) for item in operands)  # once: operands nest deeply
        kinds = [kind_of(a.value) if isinstance(a, sampling.Literal) else a for a in arguments]
        if any(isinstance(k, Array) and (k.dims is None or None in k.dims) for k in kinds) and all(
            isinstance(k, (Array, Scalar)) for k in kinds
        ):
            dims = broadcast_dims(kinds) if function is not operator.matmul else None
            flat = [Array((), k.dtype) if isinstance(k, Array) else k for k in kinds]
            scalar = sampling.result_kind(function, tuple(flat), ()) if function is not operator.matmul else UNKNOWN
            return Array(dims, np.dtype(scalar.type) if isinstance(scalar, Scalar) else None)
        return NEVER if NEVER in arguments else sampling.result_kind(function, arguments, ())

    def _sampled(self, function: Any, args: list[Any], keywords: list[Any]) -> Kind:
        positional = tuple(self._argument(a) for a in args)
        named = tuple((k.arg, self._argument(k.value)) for k in keywords)
        if NEVER in positional:
            return NEVER
        return sampling.result_kind(function, positional, named)


def _method_caller(name: str) -> Any:
    found = _CALLERS.get(name)
    if found is None:
        found = _CALLERS[name] = lambda value, *args, **keywords: getattr(value, name)(*args, **keywords)
    return found


_CALLERS: dict[str, Any] = {}


def broadcast_dims(kinds: list[Kind]) -> tuple[bool | None, ...] | None:
    """The dimensions of arrays and scalars broadcast against each other."""
    shapes = [() if isinstance(k, Scalar) else k.dims for k in kinds if isinstance(k, (Array, Scalar))]
    if any(shape is None for shape in shapes):
        return None
    rank = max(len(shape) for shape in shapes if shape is not None)
    columns = zip(*[(True,) * (rank - len(s)) + s for s in shapes if s is not None], strict=True)
    return tuple(False if False in c else None if None in c else True for c in columns)


def element_kind(kind: Kind) -> Kind:
    """The kind of what a loop over a value yields."""
    if isinstance(kind, Sequence):
        return kind.item
    if isinstance(kind, Array) and kind.dims:
        if len(kind.dims) > 1:
            return Array(kind.dims[1:], kind.dtype)
        return Scalar(kind.dtype.type) if kind.dtype is not None and kind.dtype.kind in "biufc" else UNKNOWN
    return UNKNOWN


def infer(function: Any, scope: Scope, callee_kind: CalleeKind = no_callees) -> None:
    """Fill ``scope.kinds`` for every name that ``function`` binds; the parameters' kinds are there already."""
    inference = Inference(scope, callee_kind)
    fixed = tree.identifiers(function.args)
    bindings = list(_bindings(function.body))
    readers: dict[str, set[int]] = {}
    for number, (_, value, _) in enumerate(bindings):
        for read in tree.reads(value):
            readers.setdefault(read, set()).add(number)
    bound = {name for left, _, _ in bindings for name in tree.writes(left)}
    pending = deque(range(len(bindings)))
    waiting = set(pending)
    changes: dict[str, int] = {}
    while pending:
        number = pending.popleft()
        waiting.discard(number)
        left, value, how = bindings[number]
        if any(r in bound and r not in scope.kinds for r in tree.reads(value)):
            continue  # reached later, through its reader
        kind = inference.kind(value)
        if how == "element":
            kind = iteration_kind(value, inference)
        if kind == NEVER:
            continue
        for name, found in _spread(left, kind):
            if name in fixed:
                continue
            old = scope.kinds.get(name)
            new = found if old is None else join(old, found)
            if new != old:
                changes[name] = changes.get(name, 0) + 1
                scope.kinds[name] = new if changes[name] < _ROUNDS else UNKNOWN
                for reader in sorted(readers.get(name, ())):
                    if reader not in waiting:
                        waiting.add(reader)
                        pending.append(reader)


def _bindings(body: list[Any]) -> Any:
    """Every binding of the function as (target, value, how)."""
    for node in tree.walk(body):
        if isinstance(node, gast.Assign):
            yield node.targets[0], node.value, "value"
        elif isinstance(node, gast.For):
            yield node.target, node.iter, "element"


def iteration_kind(iterable: Any, inference: Inference, function: Any = None) -> Kind:
    """The kind of a loop's target; ``function`` is what the iterable calls, if that is known already."""
    if isinstance(iterable, gast.Call):
        function = function or inference.scope.resolve(iterable.func)
        if function is enumerate and iterable.args:
            item = iteration_kind(iterable.args[0], inference)
            return Sequence(tuple, (INT, item), UNKNOWN)
        if function is zip:
            return Sequence(tuple, tuple(iteration_kind(a, inference) for a in iterable.args), UNKNOWN)
        if function in (reversed, list, tuple, sorted, iter) and iterable.args:
            return iteration_kind(iterable.args[0], inference)
    return element_kind(inference.kind(iterable))


def _spread(left: Any, kind: Kind) -> Any:
    """The names of a target with the kind that each one gets."""
    if isinstance(left, gast.Name):
        yield left.id, kind
    elif isinstance(left, (gast.Tuple, gast.List)):
        items = kind.items if isinstance(kind, Sequence) and kind.items and len(kind.items) == len(left.elts) else None
        for position, part in enumerate(left.elts):
            yield from _spread(part, items[position] if items is not None else element_kind(kind))


__all__ = ["Inference", "broadcast_dims", "element_kind", "infer", "iteration_kind"]
