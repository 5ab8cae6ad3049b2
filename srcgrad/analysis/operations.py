"""What an expression does, as far as its derivative is concerned.

Every expression is one operation on operands: a primitive with a rule, a call of a user's function, a read of an
element, a display, a choice, a constant (no derivative), or something opaque that cannot be differentiated.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import gast

from srcgrad import tree
from srcgrad.analysis.binding import Unbound, bound, unwrapped_partial
from srcgrad.analysis.bound_methods import bound_method
from srcgrad.analysis.classes import class_of, has_own_operators, has_protocols, kind_of_path
from srcgrad.analysis.constructors import kept_arguments, made_class, place_of_field
from srcgrad.analysis.kinds import Known, Mapping, Unknown, is_dict, is_object
from srcgrad.analysis.kinds import Sequence as SequenceKind
from srcgrad.analysis.ruled import has_rule, ruled
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.suspects import is_suspect
from srcgrad.analysis.unknown import undefined, unknown_primitive
from srcgrad.modes import is_paused, unwrapped
from srcgrad.rules.registry import Rule, is_constant, is_constant_method, is_numpys, rule_of, rule_of_method
from srcgrad.run_time_calls import CALLING
from srcgrad.source_primitives import is_read_of_numpy
from srcgrad.writer import to_text

BINARY: dict[str, Any] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": operator.pow,
    "MatMult": operator.matmul,
    "LShift": operator.lshift,
    "RShift": operator.rshift,
    "BitOr": operator.or_,
    "BitXor": operator.xor,
    "BitAnd": operator.and_,
}
UNARY: dict[str, Any] = {"USub": operator.neg, "UAdd": operator.pos, "Invert": operator.invert}
SHAPE_ATTRIBUTES = {"shape", "size", "ndim", "dtype", "itemsize", "nbytes", "strides"}
ATTRIBUTES = ("T", "real", "imag")  # those that rules of methods are for
_ATTRIBUTE_METHODS = {"T": "transpose"}


@dataclass(frozen=True)
class Constant:
    """No derivative flows through it."""


@dataclass(frozen=True)
class Copy:
    """A name."""

    source: str


@dataclass(frozen=True)
class Apply:
    """A primitive with a rule; ``arguments`` maps the rule's parameters to nodes (a list for ``*args``)."""

    rule: Rule
    primitive: Any
    arguments: dict[str, Any]

    def operands(self) -> list[Any]:
        """All argument nodes."""
        found: list[Any] = []
        for value in self.arguments.values():
            found.extend(value if isinstance(value, list) else [value])
        return found


@dataclass(frozen=True)
class UserCall:
    """A call of a function whose source can be read, decorated by some modes."""

    function: types.FunctionType
    node: Any
    blocks: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Read:
    """``value[index]``."""

    value: Any
    index: Any


@dataclass(frozen=True)
class Display:
    """A display of a list, a tuple or a dict, which has ``keys``; or a ``call`` of a class that keeps what it gets."""

    elements: tuple[Any, ...]
    type: type
    keys: tuple[Any, ...] = ()
    call: Any = None

    def places(self) -> list[Any]:
        """The indices of the elements."""
        return list(self.keys or map(tree.constant, range(len(self.elements))))

    def written(self, elements: Sequence[Any]) -> Any:
        """The same display of other elements."""
        if self.call is not None:
            count = len(self.call.args) if self.keys else 0
            named = [gast.keyword(k.arg, e) for k, e in zip(self.call.keywords, elements[count:], strict=True)]
            args = list(elements[:count]) if self.keys else self.call.args
            return tree.shallow(self.call, args=args, keywords=named)
        if self.type is dict:
            return gast.Dict(list(map(tree.copy, self.keys)), list(elements))
        return tree.list_(elements) if self.type is list else tree.tuple_(elements)


@dataclass(frozen=True)
class Choice:
    """``body if test else orelse``."""

    test: Any
    body: Any
    orelse: Any


@dataclass(frozen=True)
class Opaque:
    """What cannot be differentiated, and why; ``hint`` says what to write instead.

    ``of_unknown``: it is a call of what is known at run time only.
    """

    reason: str
    hint: str | None = None
    of_unknown: bool = False


Operation: TypeAlias = Constant | Copy | Apply | UserCall | Read | Display | Choice | Opaque
_CONSTANT = Constant()


def describe(node: Any, scope: Scope) -> Operation:
    """Say what an expression does."""
    handler = _HANDLERS.get(type(node).__name__)
    if handler is None:
        return Opaque(
            f"{_SPEECH.get(type(node).__name__, type(node).__name__)} cannot be differentiated",
            "write it as a loop or as plain statements, or keep it free of values that are differentiated",
        )
    return handler(node, scope)


def _name(node: Any, scope: Scope) -> Operation:
    return Copy(node.id) if node.id in scope.local else _CONSTANT


def _constant(node: Any, scope: Scope) -> Operation:
    return _CONSTANT


def _binary(node: Any, scope: Scope) -> Operation:
    primitive = BINARY[type(node.op).__name__]
    kinds = [_quick_kind(side, scope) for side in (node.left, node.right)]
    if isinstance(node.op, gast.BitOr) and any(map(is_dict, kinds)):
        return Opaque("a union of dicts cannot be differentiated here", "use update")
    if any(isinstance(kind, SequenceKind) for kind in kinds):
        return Opaque(
            "lists and tuples cannot be concatenated or repeated in differentiated code",
            "use np.concatenate on arrays",
        )
    return _own_operator([node.left, node.right], scope) or _apply(primitive, [node.left, node.right], {}, scope)


def _own_operator(operands: list[Any], scope: Scope) -> Opaque | None:
    """Why NumPy's rules are not right for some operands: a class may give operators and methods another meaning."""
    for operand in operands:
        kind = class_of(operand, scope)
        if kind is not None and has_own_operators(kind):
            return Opaque(
                f"'{to_text(operand).strip()}' is an object of class {kind.__name__}, whose operators and methods may "
                "be others than those of arrays",
                "pass an array, np.asarray(...), or write what it computes as a function of arrays",
            )
    return None


def _quick_kind(node: Any, scope: Scope) -> Any:
    if isinstance(node, gast.Name):
        return scope.kind_of_name(node.id)
    if isinstance(node, (gast.List, gast.Tuple)):
        return SequenceKind(list, None, Known(None))
    if isinstance(node, gast.Dict):
        return Mapping(None, Known(None))
    return None


def _unary(node: Any, scope: Scope) -> Operation:
    primitive = UNARY.get(type(node.op).__name__)
    if primitive is None:
        return _CONSTANT
    return _own_operator([node.operand], scope) or _apply(primitive, [node.operand], {}, scope)


def _attribute(node: Any, scope: Scope) -> Operation:
    may_be_other = isinstance(kind_of_path(node.value, scope), Unknown) and is_suspect(node.attr, scope)
    if scope.resolve(node) is not MISSING or (node.attr in SHAPE_ATTRIBUTES and not may_be_other):
        return _CONSTANT
    if may_be_other:
        reason = f"the attribute '{node.attr}' is read of what may be an object of a class that has such an attribute"
        return Opaque(reason, "give examples of the arguments, or pass the value as an argument of its own")
    method = _ATTRIBUTE_METHODS.get(node.attr, node.attr)
    rule = rule_of_method(method)
    if rule is not None and node.attr in ATTRIBUTES:
        return bind_rule(rule, rule.primitives[0], [node.value], {}, scope)
    return Opaque(
        f"the attribute '{node.attr}' cannot be differentiated",
        "pass the value as an argument of its own",
    )


def _subscript(node: Any, scope: Scope) -> Operation:
    if not tree.is_field(node) and is_object(kind_of_path(node.value, scope)):
        return _own_operator([node.value], scope) or Read(node.value, node.slice)
    return Read(node.value, node.slice)


def _display(node: Any, scope: Scope) -> Operation:
    if any(isinstance(item, gast.Starred) for item in node.elts):
        return Opaque("a starred element cannot be differentiated", "list the elements one by one")
    return Display(tuple(node.elts), list if isinstance(node, gast.List) else tuple)


def _dict(node: Any, scope: Scope) -> Operation:
    if any(key is None for key in node.keys):
        return Opaque("a dict with ** in it cannot be differentiated", "write its keys out, or use update")
    return Display(tuple(node.values), dict, tuple(node.keys))


def _call(node: Any, scope: Scope) -> Operation:
    function = scope.resolve(node.func)
    if any(isinstance(a, gast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
        return Opaque("a call with * or ** cannot be differentiated", "pass the arguments one by one")
    keywords = {k.arg: k.value for k in node.keywords}
    if (found := ruled(node.func, scope)) is not None:
        rule = rule_of(found.function)
        args = [*([] if found.receiver is None else [found.receiver]), *node.args]
        return _CONSTANT if rule is None else bind_rule(rule, found.function, args, keywords, scope)
    if (method := bound_method(node.func, scope)) is not None:
        return UserCall(method.function, node)
    if function is MISSING:
        return _as_undefined(node.func, scope) or _method(node, keywords, scope)
    if isinstance(function, functools.partial):
        whole = unwrapped_partial(node, function)
        if whole is None:
            return Opaque(
                "a partial of values that are no numbers cannot be differentiated", "call the function itself"
            )
        node, function = whole, function.func
        keywords = {k.arg: k.value for k in node.keywords}
    if function is pow and len(node.args) == 2:
        function = operator.pow
    is_one = (function is max or function is min) and len(node.args) == 1 and keywords.keys() <= {"key"}
    if is_one and is_dict(_quick_kind(node.args[0], scope)):
        return _CONSTANT  # one of the keys
    if has_rule(function):  # of what a partial is one
        rule = rule_of(function)
        return _CONSTANT if rule is None else bind_rule(rule, function, list(node.args), keywords, scope)
    if (given := kept_arguments(function, node)) is not None:
        kind = made_class(function, node, scope.resolve) or function
        return Display(tuple(given.values()), kind, tuple(place_of_field(kind, name) for name in given), node)
    if is_user_function(function):
        own, blocks = unwrapped(function)
        return _CONSTANT if is_paused(function) else UserCall(own, node, blocks)
    return Opaque(*unknown_primitive(function, node.func))


def is_user_function(function: Any) -> bool:
    """Whether a callable is a Python function of the user's (not one of NumPy's own, but for those of polynomials)."""
    module = getattr(function, "__module__", None) or ""
    is_user = (module.split(".")[0] != "numpy" or is_read_of_numpy(function)) and module != CALLING
    return isinstance(function, types.FunctionType) and is_user


def _as_undefined(node: Any, scope: Scope) -> Operation | None:
    found = undefined(node, scope)
    return None if found is None else Opaque(*found)


def _method(node: Any, keywords: dict[str, Any], scope: Scope) -> Operation:
    if not isinstance(node.func, gast.Attribute):
        hint = "call a function that can be found by name in the module or in an enclosing function"
        return Opaque("it is not known before the run what is called here", hint, of_unknown=True)
    name, value = node.func.attr, node.func.value
    if kind_of_path(value, scope) == Known(None):  # which raises
        return _CONSTANT
    kind = _quick_kind(value, scope)
    if is_dict(kind):
        return Opaque(
            f"the method '{name}' of a dict cannot be differentiated yet",
            "read its values by their keys: for key in d: ... d[key]",
        )
    if isinstance(kind, SequenceKind) and name in ("index", "count"):
        return _CONSTANT
    if isinstance(kind, (SequenceKind, Known)):
        return Opaque(
            f"the method '{name}' of this object cannot be differentiated",
            "build a new list or array instead"
            if isinstance(kind, SequenceKind)
            else f"call a plain function instead, or give a rule for the method, as in {_rule_for(kind, name)}",
        )
    if (own := _own_operator([value], scope)) is not None:
        return own
    if isinstance(kind_of_path(value, scope), Unknown) and is_suspect(name, scope):
        reason = f"the method '{name}' is called of what may be an object of a class that has such a method"
        return Opaque(reason, "give examples of the arguments, or call a plain function")
    if is_constant_method(name):
        return _CONSTANT
    rule = rule_of_method(name)
    if rule is None:
        return Opaque(f"there is no rule for the derivative of the method '{name}'", "use the NumPy function instead")
    args = [value, *node.args]
    if rule.packed is not None and len(args) > 2:
        args = [value, tree.tuple_(node.args)]
    return bind_rule(rule, rule.primitives[0], args, keywords, scope)


def _rule_for(kind: Known, name: str) -> str:
    return f"@srcgrad.rules.pullback({type(kind.value).__name__}.{name})"


def _apply(primitive: Any, args: list[Any], keywords: dict[str, Any], scope: Scope) -> Operation:
    rule = rule_of(primitive)
    if rule is not None:
        return bind_rule(rule, primitive, args, keywords, scope)
    if is_constant(primitive):
        return _CONSTANT
    return Opaque(f"there is no rule for the derivative of '{primitive.__name__}'")


def bind_rule(rule: Rule, primitive: Any, args: Sequence[Any], keywords: dict[str, Any], scope: Scope) -> Operation:
    """The operation of a primitive on argument nodes, by the signature that its rule states."""
    try:
        rule, arguments = bound(rule, args, keywords, scope)
    except Unbound as error:
        return Opaque(*error.args)
    known = is_numpys(primitive) or getattr(primitive, "__module__", "") in ("builtins", "math")
    operands = [*args, *keywords.values()] if known else []
    if any(is_object(kind_of_path(o, scope)) for o in operands if isinstance(o, gast.AST)):
        return _own_operator(operands, scope) or Apply(rule, primitive, arguments)
    if any((kind := class_of(o, scope)) is not None and has_protocols(kind) for o in operands):
        return _own_operator(operands, scope) or Apply(rule, primitive, arguments)
    return Apply(rule, primitive, arguments)


_HANDLERS = {
    "Name": _name,
    "Constant": _constant,
    "JoinedStr": _constant,
    "Compare": _constant,
    "BinOp": _binary,
    "UnaryOp": _unary,
    "Attribute": _attribute,
    "Subscript": _subscript,
    "List": _display,
    "Tuple": _display,
    "Dict": _dict,
    "IfExp": lambda node, scope: Choice(node.test, node.body, node.orelse),
    "Call": _call,
    "Slice": _constant,
}
_SPEECH = {
    "BoolOp": "'and' / 'or' of differentiated values",
    "Lambda": "a lambda",
    "ListComp": "a list comprehension",
    "SetComp": "a set comprehension",
    "DictComp": "a dict comprehension",
    "GeneratorExp": "a generator expression",
    "Set": "a set display",
    "NamedExpr": "':='",
    "Await": "'await'",
    "Yield": "'yield'",
    "YieldFrom": "'yield from'",
    "Starred": "a starred expression",
}
