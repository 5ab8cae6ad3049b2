"""Refuse what is done to objects and cannot be followed."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import NEVER, Given, is_object
from srcgrad.analysis.objects import ABSENT, class_entry, is_data_descriptor
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.implicit_calls import check_implicit_calls


def check_attributes(program: Program, scope: Scope, callee_kind: CalleeKind) -> None:
    """Refuse stores to attributes of what is no followed object, and what is done to one by code of its class."""
    kind = Inference(scope, callee_kind).kind
    check_implicit_calls(program, scope, kind)
    for node in tree.walk_forward(program.function.body):
        if isinstance(node, gast.For) and is_object(kind(node.iter)):
            reason = "this runs over an object, by code of its class"
            raise refuse(node.iter, program.source, reason, "run over a list that it holds")
        unpacked = isinstance(node, gast.Assign) and isinstance(node.targets[0], (gast.Tuple, gast.List))
        if unpacked and is_object(kind(node.value)):
            reason = "this takes an object apart, by code of its class"
            raise refuse(node.value, program.source, reason, "read its attributes")
        target = tree.stored(node)
        if target is not None and tree.is_field(target):
            _check_store(target, kind(target.value), program, scope)
            _check_removal(node, target, kind(target.value), program)


def _check_removal(node: Any, target: Any, whole: Any, program: Program) -> None:
    """Refuse ``del x.a`` where the class has an ``a`` as well, which is read from then on."""
    name = target.slice.value
    if tree.is_removal(node) and is_object(whole) and class_entry(whole.type, name) is not ABSENT:
        reason = f"the attribute '{name}' is deleted, and the class {whole.type.__name__} has one of that name"
        raise refuse(target, program.source, reason, "store None in it")


def _check_store(target: Any, whole: Any, program: Program, scope: Scope) -> None:
    name = target.slice.value
    if is_object(whole) and whole.type is not object:
        own = class_entry(whole.type, name)
        if own is not ABSENT and (is_data_descriptor(own) or hasattr(type(own), "__get__")):
            reason = f"'{name}' is more than a value in the class {whole.type.__name__}, and is stored to"
            raise refuse(target, program.source, reason, "give the attribute another name")
        return
    if whole == NEVER:
        return
    shown = f"this stores the attribute '{name}' of an object of which nothing is known"
    hint = "name it in wrt, give examples of the arguments, or use a local name instead"
    if isinstance(whole, Given) or scope.resolve(target.value) is not MISSING:
        shown = f"this stores the attribute '{name}' of an object outside of the function"
        hint = "pass the object as an argument, or use a local name instead"
    raise refuse(target, program.source, shown, hint)
