"""An attribute that an object gets from its class until it is stored to becomes its own from the start.

So there is something to put back, and an adjoint, wherever the attribute is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.constructors import kept_arguments, made_class, stored_defaults
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Kind, Mapping, Sequence, is_object, items_of
from srcgrad.analysis.objects import ABSENT, class_entry, is_data_descriptor
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program

_Values = dict[tuple[type, str], Any]  # the first store to each


def class_values(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Return the program with plain values of classes stored in objects of which the same attribute is stored later."""
    kind_of = Inference(scope, callee_kind).kind
    values = _stored_values(program, kind_of)
    if not values:
        return program
    named = {id(s.value) for s in tree.walk_forward(program.function.body) if tree.single_target(s) is not None}
    for node in (n for n in tree.walk(program.function.body) if isinstance(n, gast.Call)):
        is_named = id(node) in named and made_class(scope.resolve(node.func), node, scope.resolve) is not None
        if not is_named and _lacks(kind_of(node), values):
            raise _refusal(kind_of(node), values, program)
    arguments = {name: kind for name, kind in program.kinds.items() if _lacks(kind, values)}
    before = []
    for name, kind in sorted(arguments.items()):
        if not is_object(kind) or any(_lacks(item, values) for item in items_of(kind)):  # type: ignore[arg-type]
            raise _refusal(kind, values, program)
        before += [_store(name, *found, program, values[found]) for found in _missing(kind, values)]
    return program.with_body([*before, *_block(program.function.body, values, scope, program)])


def _stored_values(program: Program, kind: Any) -> _Values:
    """The attributes of followed objects that are stored to, and of which their classes have plain values."""
    found: _Values = {}
    for node in tree.walk_forward(program.function.body):
        target = tree.stored(node)
        whole: Any = kind(target.value) if target is not None and tree.is_field(target) else None
        if is_object(whole):
            own = class_entry(whole.type, target.slice.value)
            if own is not ABSENT and not (hasattr(type(own), "__get__") or is_data_descriptor(own)):
                found.setdefault((whole.type, str(target.slice.value)), target)
    return found


def _missing(kind: Kind, values: _Values) -> list[tuple[type, str]]:
    """Those that an object does not have itself."""
    if not isinstance(kind, Mapping) or not is_object(kind):
        return []
    own = dict(kind.items or ())
    return sorted((one for one in values if one[0] is kind.type and one[1] not in own), key=lambda one: one[1])


def _refusal(kind: Kind, values: _Values, program: Program) -> Exception:
    """The error for objects that are somewhere in a value of a kind, where no store can be put."""
    (_, name), target = next((one, node) for one, node in values.items() if _lacks(kind, {one: node}))
    reason = f"'{name}' is stored to an object which has it from its class until then"
    return refuse(target, program.source, reason, "give the object a value of its own before")


def _lacks(kind: Kind, values: _Values) -> bool:
    """Whether a value is, or holds, an object that has one of them from its class."""
    if isinstance(kind, (Mapping, Sequence)):
        return bool(_missing(kind, values)) or any(_lacks(item, values) for item in items_of(kind))
    return False


def _block(statements: list[Any], values: _Values, scope: Scope, program: Program) -> list[Any]:
    made = []
    for statement in statements:
        made.append(tree.with_blocks(statement, lambda block: _block(block, values, scope, program)))
        name = tree.single_target(statement)
        if name is not None and isinstance(statement.value, gast.Call):
            made += [_store(name, *one, program, statement) for one in _left_out(statement.value, values, scope)]
    return made


def _left_out(call: Any, values: _Values, scope: Scope) -> Iterator[tuple[type, str]]:
    """Those that a new object does not have itself."""
    function = scope.resolve(call.func)
    kind = made_class(function, call, scope.resolve)
    given = kept_arguments(function, call) if kind is not None else None
    if given is not None:
        own = {*given, *(field.name for field in stored_defaults(kind, given))}
        yield from (one for one in values if one[0] is kind and one[1] not in own)


def _store(name: str, kind: type, attribute: str, program: Program, like: Any) -> Any:
    value = tree.attribute(program.external(kind, kind.__name__), attribute)
    return tree.assign(tree.field(tree.name(name), attribute, store=True), value, like)
