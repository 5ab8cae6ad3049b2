"""Kinds of expressions, as far as kinds of names are known."""

from __future__ import annotations

import copy
import functools
import itertools
import operator
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad import modes, tree
from srcgrad.analysis import sampling
from srcgrad.analysis.array_api import array_api_kind
from srcgrad.analysis.binding import unwrapped_partial
from srcgrad.analysis.bound_methods import bound_method
from srcgrad.analysis.classes import draws
from srcgrad.analysis.computing import computes
from srcgrad.analysis.constructors import object_kind_of_call
from srcgrad.analysis.container_kinds import dict_call_kind, dict_kind, joined_dicts, method_kind, with_own_sites
from srcgrad.analysis.helper_kinds import helper_kind
from srcgrad.analysis.indexing import read_array, slice_of_sequence
from srcgrad.analysis.iteration import iteration_kind, place_kind
from srcgrad.analysis.kinds import (
    BOOL,
    INT,
    NEVER,
    PLAIN,
    TEXT,
    UNKNOWN,
    Array,
    Instance,
    Kind,
    Known,
    Mapping,
    Scalar,
    Sequence,
    Sites,
    is_discrete,
    is_object,
    join,
    kind_of,
    without_sites,
)
from srcgrad.analysis.made import broadcast_dims, common_dtype, element_kind, joined_sequences, shaped_kind, spread
from srcgrad.analysis.objects import attribute_kind, field_kind, is_named
from srcgrad.analysis.objects import kind_of_call as kind_of_method
from srcgrad.analysis.operations import ATTRIBUTES, BINARY, UNARY, Apply, describe, is_user_function
from srcgrad.analysis.ruled import kind_of_call, ruled
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.special_methods import OPERATORS, SIGNS, operator_kind, special_kind
from srcgrad.analysis.taken import derivative_kind, taken
from srcgrad.helpers import is_helper

_OWN_MODULES = ("builtins", "numpy", "srcgrad")  # whose classes have rules, or are functions in all but name
CalleeKind = Callable[[types.FunctionType, list[Kind], dict[str, Kind]], Kind]
# methods that return nothing, or that do more than compute a value
_NO_VALUES = ("setflags", "fill", "sort", "partition", "put", "resize", "itemset", "byteswap", "tofile", "dump")


def no_callees(function: types.FunctionType, args: list[Kind], keywords: dict[str, Kind]) -> Kind:
    """What is known of a user function's result where callees are not looked at."""
    return UNKNOWN


class Inference:
    """Finds kinds of expressions in one scope; ``callee_kind`` tells the kind of a user function's result."""

    def __init__(self, scope: Scope, callee_kind: CalleeKind = no_callees) -> None:
        self.scope = scope
        self.callee_kind = with_own_sites(callee_kind) if scope.sites else callee_kind

    def kind(self, node: Any) -> Kind:
        """The kind of an expression."""
        method = getattr(self, f"_{type(node).__name__}", None)
        return UNKNOWN if method is None else method(node)

    def _argument(self, node: Any) -> Any:
        own = isinstance(node, gast.Name) and node.id in self.scope.local
        literal = MISSING if own else self.scope.literal(node)  # a guard watches globals
        return without_sites(self.kind(node)) if literal is MISSING else sampling.Literal(literal)

    def _Name(self, node: Any) -> Kind:
        kind = self.scope.kind_of_name(node.id)
        return NEVER if isinstance(kind, Known) and kind.value is UnboundLocalError else kind  # see `versions`

    def _Constant(self, node: Any) -> Kind:
        return kind_of(node.value)

    def _BinOp(self, node: Any) -> Kind:
        word = type(node.op).__name__
        found = self._operator(BINARY[word], [node.left, node.right], OPERATORS[word])
        is_new = isinstance(node.left, gast.List)  # which no ``+=`` changes in place
        return replace(found, sites=self._sites(node)) if is_new and isinstance(found, Sequence) else found

    def _UnaryOp(self, node: Any) -> Kind:
        if isinstance(node.op, gast.Not):
            return BOOL
        word = type(node.op).__name__
        return self._operator(UNARY[word], [node.operand], SIGNS[word])

    def _Compare(self, node: Any) -> Kind:
        if any(isinstance(op, (gast.Is, gast.IsNot, gast.In, gast.NotIn)) for op in node.ops):
            return BOOL if len(node.ops) == 1 else UNKNOWN
        sides = itertools.pairwise([node.left, *node.comparators])
        return join(*[self._operator(operator.lt, list(pair)) for pair in sides])

    def _BoolOp(self, node: Any) -> Kind:
        return join(*[self.kind(value) for value in node.values])

    def _IfExp(self, node: Any) -> Kind:
        return join(self.kind(node.body), self.kind(node.orelse))

    def _List(self, node: Any) -> Kind:
        if any(isinstance(item, gast.Starred) for item in node.elts):
            return UNKNOWN
        items = tuple(self.kind(item) for item in node.elts)
        item = join(*items) if items else NEVER  # until something is put in it
        if isinstance(node, gast.Tuple):
            return Sequence(tuple, items, item)
        return Sequence(list, items, item, self._sites(node))

    _Tuple = _List

    def _Dict(self, node: Any) -> Kind:
        kind = dict_kind(node, self.kind, self.scope.literal)
        return replace(kind, sites=self._sites(node)) if isinstance(kind, Mapping) else kind

    def _sites(self, node: Any) -> Sites:
        """What makes a new list or dict, if kinds tell that."""
        return frozenset([id(node)]) if self.scope.sites else None

    def _ListComp(self, node: Any) -> Kind:
        names, kinds = set(self.scope.local), dict(self.scope.kinds)
        for generator in node.generators:
            inner = Inference(replace(self.scope, local=names, kinds=kinds), self.callee_kind)
            for name, found in spread(generator.target, iteration_kind(generator.iter, inner)):
                names.add(name)
                kinds[name] = found
        item = Inference(replace(self.scope, local=names, kinds=kinds), self.callee_kind).kind(node.elt)
        return Sequence(list, None, item, self._sites(node))

    def _Attribute(self, node: Any) -> Kind:
        value = self.scope.resolve(node)
        if value is not MISSING:
            return self.scope.kind_of_value(tree.path_of(node), value)
        base = self.kind(node.value)
        if isinstance(base, Mapping) and is_object(base):
            return attribute_kind(base, node.attr, self.callee_kind)
        if isinstance(base, Sequence):
            return field_kind(base, node.attr)
        if not isinstance(base, (Array, Scalar)):
            return UNKNOWN
        if node.attr in ("size", "ndim"):
            return INT
        if node.attr == "shape" and isinstance(base, Array) and base.dims is not None:
            return Sequence(tuple, (INT,) * len(base.dims), INT)
        if node.attr == "dtype" and isinstance(base, Array) and base.dtype is not None:
            return Known(base.dtype)
        return sampling.result_kind(sampling.attribute(node.attr), (base,), ()) if node.attr in ATTRIBUTES else UNKNOWN

    def _Subscript(self, node: Any) -> Kind:
        base = self.kind(node.value)
        if isinstance(base, Scalar) and issubclass(base.type, np.generic):
            base = Array((), None if base.also else np.dtype(base.type))  # is read as if it were an array
        if isinstance(base, Array):
            return read_array(base, node.slice, self.kind, self.scope)
        if isinstance(base, Sequence):
            return self._read_sequence(base, node.slice)
        if isinstance(base, Mapping) and is_object(base):
            if tree.is_field(node):
                return attribute_kind(base, node.slice.value)
            return special_kind("__getitem__", [base, self.kind(node.slice)], self.callee_kind)
        if isinstance(base, Mapping):
            key = self.scope.literal(node.slice)
            for candidate, kind in base.items or ():
                if key is not MISSING and candidate == key:
                    return kind
            return base.item
        return UNKNOWN

    def _read_sequence(self, base: Sequence, index: Any) -> Kind:
        literal = self.scope.literal(index)
        if isinstance(literal, int) and base.items is not None and -len(base.items) <= literal < len(base.items):
            return base.items[literal]
        if isinstance(index, gast.Slice):
            return slice_of_sequence(base, index, self.scope)
        kind = self.kind(index)
        return base.item if isinstance(kind, Scalar) and is_discrete(kind) else NEVER if kind == NEVER else UNKNOWN

    def _Call(self, node: Any) -> Kind:
        function = self.scope.resolve(node.func)
        if function is np.ndindex:
            sizes = [a.value if isinstance(a, gast.Starred) else a for a in node.args]
            return Sequence(np.ndindex, None, place_kind(list(map(self.kind, sizes))))
        plain = not any(isinstance(a, gast.Starred) for a in node.args) and all(k.arg for k in node.keywords)
        if not plain:
            return UNKNOWN
        if (called := ruled(node.func, self.scope)) is not None and not called.is_plain(function):
            return kind_of_call(called, node, self.kind, self.callee_kind)
        if isinstance(function, functools.partial):
            whole = unwrapped_partial(node, function)
            return UNKNOWN if whole is None else self._known_call(function.func, whole)
        if (found := taken(node, self.scope)) is not None:
            inside = lambda inner, scope: Inference(scope, self.callee_kind).kind(inner)  # noqa: E731
            return derivative_kind(node, found, self.scope, inside, self.callee_kind)
        if isinstance(node.func, gast.Call):
            return UNKNOWN
        if (method := bound_method(node.func, self.scope)) is not None:
            return self._known_call(method.function, node)
        if function is MISSING:
            return self._method(node) if isinstance(node.func, gast.Attribute) else self._object_called(node)
        return self._known_call(function, node)

    def _known_call(self, function: Any, node: Any) -> Kind:
        if function is modes.stop_gradient and len(node.args) == 1:
            return self.kind(node.args[0])
        if is_helper(function) and (found := helper_kind(function, node.args, self.kind, self.scope.literal)):
            return found
        if (function is copy.copy or function is copy.deepcopy) and len(node.args) == 1:
            found = self.kind(node.args[0])
            return replace(found, sites=self._sites(node)) if isinstance(found, (Sequence, Mapping)) else found
        if (found := array_api_kind(function, node.args, self.kind)) is not None:
            return found
        if is_user_function(function):
            return self.callee_kind(
                function, [self.kind(a) for a in node.args], {k.arg: self.kind(k.value) for k in node.keywords}
            )
        if function is np.random.default_rng:
            return Instance(np.random.Generator)
        if (made := object_kind_of_call(function, node, self.scope.resolve, self.kind)) is not None:
            return replace(made, sites=self._sites(node)) if isinstance(made, Mapping) else made
        if isinstance(function, type) and (
            draws(function) or str(function.__module__).split(".")[0] not in _OWN_MODULES
        ):
            return Instance(function)
        found = self._primitive(function, node.args, node.keywords)
        is_new = (function is list or function is sorted) and isinstance(found, Sequence)
        return replace(found, sites=self._sites(node)) if is_new else found  # type: ignore[type-var]

    def _object_called(self, node: Any) -> Kind:
        base = self.kind(node.func)
        if isinstance(base, Mapping) and is_object(base):
            return kind_of_method(base, "__call__", node, self.kind, self.callee_kind)
        return UNKNOWN

    def _method(self, node: Any) -> Kind:
        operation = describe(node, self.scope)
        base = self.kind(node.func.value)
        if isinstance(base, (Mapping, Sequence)) and (is_object(base) or is_named(base)):
            return kind_of_method(base, node.func.attr, node, self.kind, self.callee_kind)
        if isinstance(operation, Apply) and operation.rule.packed is not None and len(node.args) > 1:
            return self._primitive(operation.primitive, [node.func.value, tree.tuple_(node.args)], node.keywords)
        if (made := method_kind(base, node, self.kind)) is not None:
            return made
        if not isinstance(base, (Array, Scalar)):
            return UNKNOWN
        function = getattr(np.ndarray, node.func.attr, None)
        if function is None or node.func.attr in _NO_VALUES or self._wraps(function, node.args, node.keywords):
            return UNKNOWN
        return self._sampled(sampling.method(node.func.attr), [node.func.value, *node.args], node.keywords)

    def _primitive(self, function: Any, args: list[Any], keywords: list[Any]) -> Kind:
        if function in (np.reshape, np.zeros, np.ones, np.empty, np.full):
            made = shaped_kind(function, args, keywords, self.kind, self.scope.literal, self._sampled)
            if made is not None:
                return made
        if function is range:
            return Sequence(range, None, INT)
        if function in (len, int):
            return INT
        if function is slice:
            return PLAIN
        if function in (print, str, repr, format):
            return Known(None) if function is print else TEXT
        if function in (list, tuple) and len(args) == 1:
            base = self.kind(args[0])
            if isinstance(base, Sequence):
                return Sequence(function, base.items, base.item)
            return Sequence(function, None, element_kind(base))
        if function is dict and len(args) < 2 and all(k.arg for k in keywords):
            return dict_call_kind(args, keywords, self.kind, lambda node: iteration_kind(node, self))
        if function in (enumerate, zip, reversed, sorted, iter) and args:
            item = iteration_kind(tree.call(function.__name__, *args), self, function)
            return Sequence(list if function is sorted else function, None, item)
        if function in (max, min):
            return self._selected(args, keywords)
        if not computes(function) or self._wraps(function, args, keywords):
            return UNKNOWN
        found = self._sampled(function, args, keywords)
        if found == UNKNOWN and function in (np.zeros, np.ones, np.empty) and len(args) == 1:
            shape = self.kind(args[0])
            sure = isinstance(shape, Sequence) or isinstance(args[0], (gast.Tuple, gast.BinOp))
            return Array(None, None if keywords else np.dtype(float)) if sure else UNKNOWN  # of whatever shape
        return found

    def _wraps(self, function: Any, args: list[Any], keywords: list[Any]) -> bool:
        """Whether a call of ``take`` would run for ever on an array without elements, as NumPy's does."""
        taking = getattr(function, "__name__", "") in ("take", "choose")
        return taking and any(self.scope.literal(a) == "wrap" for a in (*args, *(k.value for k in keywords)))

    def _selected(self, args: list[Any], keywords: list[Any]) -> Kind:
        """The kind of what is one of the arguments, or of the elements of the only one."""
        kinds = [self.kind(a) for a in args]
        if len(kinds) == 1:
            kinds = [element_kind(kinds[0])]
        return join(*kinds, *[self.kind(k.value) for k in keywords if k.arg == "default"])

    def _operator(self, function: Any, operands: list[Any], word: str = "") -> Kind:
        arguments = tuple(self._argument(item) for item in operands)  # once: operands nest deeply
        kinds = [kind_of(a.value) if isinstance(a, sampling.Literal) else a for a in arguments]
        if NEVER in kinds:
            return NEVER
        if any(map(is_object, kinds)):
            return operator_kind(word, kinds, self.callee_kind)
        if function in (operator.add, operator.mul) and (found := joined_sequences(function, *kinds)) is not None:
            return found
        if function is operator.or_ and (found := joined_dicts(*kinds)) is not None:
            return found
        if any(isinstance(k, Array) and (k.dims is None or None in k.dims) for k in kinds) and all(
            isinstance(k, (Array, Scalar)) for k in kinds
        ):
            if function is operator.matmul and all(isinstance(k, Array) and k.dims is not None for k in kinds):
                return sampling.result_kind(function, arguments, ())
            dims = broadcast_dims(kinds) if function is not operator.matmul else None
            return Array(dims, common_dtype(function, kinds))
        return sampling.result_kind(function, arguments, ())

    def _sampled(self, function: Any, args: list[Any], keywords: list[Any]) -> Kind:
        out = next((k.value for k in keywords if k.arg == "out" and not tree.is_literal(k.value, None)), None)
        if out is not None:  # which is returned
            return self.kind(out) if not isinstance(out, gast.Tuple) else UNKNOWN
        positional = tuple(self._argument(a) for a in args)
        named = tuple((k.arg, self._argument(k.value)) for k in keywords)
        if NEVER in positional or any(kind == NEVER for _, kind in named):
            return NEVER
        return sampling.result_kind(function, positional, named)


__all__ = ["Inference", "iteration_kind"]
